"""The race: several batch sizes train side by side, and the first at the target depends on what is counted."""

import time

import ipywidgets
import numpy as np

from .. import checks, figures
from ..datasets.dataset import as_dataset
from ..experiments import Race, Setting
from ..experiments.race import LOOK, racers
from .controls import PACES, up_to
from .lanes import Lanes, arrival
from .live_picture import LivePicture
from .playing_lab import PlayingLab
from .programs import program_tabs, show_texts
from .programs.many_runs import race_programs
from .race_form import BUDGETS, LARGEST_SEED, MOST, NAMES, ONE, OWN, RULES, RaceForm
from .runs_page import page

MOST_UPDATES, MOST_EPOCHS = 5000, 100  # a race until the target ends there for who never reaches it
NEXT_SIZES = (4, 2048, 1, 8192, 32, 128, 512)  # what lanes begin with that do not run yet


class BatchSizeRace(PlayingLab):
    """Trains 2 to 6 networks side by side, alike but for batch size and learning rate, one click away.

    net: a compiled Network; each lane trains a new one of its layers, loss and optimizer, all from the same weights.
    train, val: Datasets. batch_sizes: of the lanes that run at first. The rest is where the controls start: lr, the
    rate of all lanes, or lrs, one for each lane; rates ("one for all", "linear scaling" from batch size 32, "each its
    own"); target, the validation loss to reach; budget ("target", "examples", "updates" or "seconds") and its amount;
    seed; pace (updates a second of all lanes together; math.inf: as fast as they can).
    The lane that is furthest behind on the horizontal axis moves next, so that the lanes stand side by side on it.
    Nothing trains until Race is clicked; `run()` does the same without a browser.
    Raises ValueError for a setting that the controls do not offer.
    """

    name = "batch_size_race"
    start_button, going, ready = "Race", "Racing.", "Ready: press Race."
    forgotten = "Reset: all races are forgotten, the settings stay."

    def __init__(
        self,
        net,
        train,
        val,
        batch_sizes=(16, 64, 256, 1024),
        *,
        lr=0.1,
        lrs=None,
        rates=None,
        target=None,
        budget="target",
        amount=None,
        seed=0,
        pace=50,
    ):
        self.net, self.train, self.val = net, as_dataset(train), as_dataset(val)
        sizes, lanes = _lanes(batch_sizes, lr, lrs, len(self.train))
        rates = (ONE if lrs is None else OWN) if rates is None else checks.choice("rates", rates, RULES)
        racers(net, self.train, self.val, [Setting(*lane) for lane in lanes[: len(sizes)]])  # told at once if it can't
        if target is None:
            target = round(0.5 * np.log(self.train.classes), 3) if self.train.classes else 1.0
        checks.choice("budget", budget, tuple(BUDGETS.values()))
        if amount is not None and (budget == "target" or checks.positive_number("amount", amount) > MOST[budget]):
            most = f"at most {MOST[budget]:,} {budget}" if budget in MOST else "left out for a race until the target"
            raise ValueError(f"amount must be {most} in this lab; got {amount!r}")
        form = RaceForm(
            lanes,
            len(sizes),
            len(self.train),
            checks.positive_number("lr", lr),
            rates,
            budget,
            amount,
            checks.positive_number("target", target),
            up_to(LARGEST_SEED, "seed", seed, lowest=0),
            checks.choice("pace", pace, tuple(PACES.values())),
            self.handler(self._changed),
        )
        super().__init__(form)
        self._refused = False  # whether the settings as they stand can make no race
        self._picture, self.code = LivePicture("mbtutor-race"), program_tabs()
        self.table, self.every = (ipywidgets.HTML(layout={"overflow": "auto"}) for _ in range(2))
        live = [self._picture.widget, self.status]
        sections = {"Table of all races": self.every, "Show the code": self.code}
        self.view.children = page(self.buttons, form, live, [form.lanes_widget], [self.table], sections)
        self._show_code()
        self._reset()
        self.say(self.ready)

    @property
    def lanes(self):
        """The lanes of the newest race by number, each with its `setting`, `history` and, at the target, `reached`."""
        return dict(self._lanes.lanes)

    @property
    def results(self):
        """What became of every lane of every race so far, oldest first."""
        return self._lanes.results()

    def run(self):
        """Race to the end, without a browser or an event loop; return {batch size: Reached, or None}."""
        self._begin()
        self._player.run()
        return {lane.setting.batch_size: lane.reached for lane in self.lanes.values()}

    def figure(self):
        """What the lab shows now, as a matplotlib figure."""
        return figures.race(**self._shown())

    def save(self, folder="exports"):
        """Write the picture (PNG) and one table of numbers a lane (CSV) into `folder`; return their paths."""
        return self._lanes.save(folder, self.name, self.figure())

    # What the learner does ----------------------------------------------------------------------------------------

    def _changed(self):
        """Another setting: the race that is on ends, and a new one begins with it."""
        if self._player.loaded:
            self._begin_anew()
            self._show_code()
            return
        self._draw()
        try:
            self._show_code()  # settings that can make no race are told at once
        except ValueError as error:
            self._refused = True
            self.say(str(error), error=True)
        else:
            if self._refused:
                self.say(self.ready)
            self._refused = False

    def _show_code(self):
        settings = self.form.settings
        lanes = {NAMES[number]: lane for number, lane in settings.lanes.items()}
        texts = race_programs(self.net, self.train, lanes, settings.seed, self._limits(settings), LOOK)
        show_texts(self.code, texts)

    # A race -------------------------------------------------------------------------------------------------------

    def _begin(self):
        self._player.stop()
        self._enable()  # settings that can make no race leave the buttons ready for another try
        settings = self.form.settings
        lanes = {number: Setting(*lane, settings.seed) for number, lane in settings.lanes.items()}
        self._race = Race(
            racers(self.net, self.train, self.val, lanes.values()), self.form.clock.value, **self._limits(settings)
        )
        self._lanes.begin(lanes, settings.target)
        self._places = list(lanes)  # of the runs in the race: the numbers of their lanes
        self._player.load(self._race)
        self._draw()

    def _limits(self, settings):
        if settings.budget == "target":
            most = {"updates": MOST_UPDATES, "examples": MOST_EPOCHS * len(self.train)}
            return {**most, "target": settings.target}
        return {settings.budget: settings.amount}

    def _keep(self, moves):
        for place, update in moves:
            lane = self._lanes.lanes[self._places[place]]
            if lane.append(update):
                self._arrived = True
                self.say(arrival(lane))
        for place, error in self._race.errors.items():
            self._lanes.lanes[self._places[place]].error = error

    def _forget(self):
        self._lanes, self._race, self._places, self._arrived = Lanes(), None, [], False
        self._draw()

    def _first_steps(self):
        return len(self._places)  # every lane's untrained network

    def _has_played(self):
        return bool(self._lanes.lanes)

    def _ended(self, error):
        super()._ended(error)
        if error is None:
            self.say(f"Race {self._lanes.race} finished. {self._lanes.winners()}{self._unfinished()}")

    def _unfinished(self):
        """Who did not reach the target, and why."""
        away = [lane for lane in self.lanes.values() if not lane.reached]
        fell = [lane.name for lane in away if lane.error]
        text = f" Diverged: {', '.join(fell)}; lower the learning rate there." if fell else ""
        short = [lane.name for lane in away if not lane.error]
        return text + (f" Not there: {', '.join(short)}." if short else "")

    # The picture --------------------------------------------------------------------------------------------------

    def _shown(self):
        """What figures.race is called with."""
        clock, lanes, target = self.form.clock.value, self._lanes, self.form.target.value
        if lanes.lanes:
            target = next(iter(lanes.lanes.values())).target
        histories = lanes.histories
        return {
            "lanes": histories,
            "clock": clock,
            "end": self._end,
            "losses": figures.loss_span(histories.values(), target),
            "target": target,
            "reached": lanes.reached,
            "results": lanes.earlier(target),
        }

    def _draw(self):
        """Draw the axes anew, as for a new race, another clock, or a lane at the target."""
        clock = self.form.clock.value
        if self._race:
            self._race.clock = clock
        self._end = self._roomy_end(clock)
        shown = self._shown()
        self._lowest, self._target, self._arrived = shown["losses"][0], shown["target"], False
        self._picture.draw(figures.race(**shown))
        self._show()

    def _roomy_end(self, clock):
        """Where the horizontal axis ends: where the race does, if that is known; else it grows in large steps."""
        settings, far = self.form, self._lanes.end(clock)
        if settings.budget.value == clock and far <= 1.1 * settings.amount.value:
            return 1.02 * max(settings.amount.value, far)
        if self._race and far and not (self._player.loaded and self._race.under_way):
            return 1.04 * far
        return 1.5 * max(far, {"examples": 1000, "updates": 20, "seconds": 0.02}[clock])

    def _frame(self):
        """Show the newest numbers, on axes that are drawn again where they must be."""
        if self._arrived or self._outgrown():
            self._draw()
        else:
            self._show()

    def _show(self):
        """Show the newest numbers, in the picture and in words."""
        histories = self._lanes.histories
        points = figures.race_points(histories, self.form.clock.value)
        self._picture.frame(points, self._lanes.sentence(), sum(map(len, histories.values())))
        self.table.value = self._lanes.table()
        self._last_frame = time.perf_counter()

    def _outgrown(self):
        """Whether a lane has left the axes."""
        beyond_the_end = self._lanes.end(self.form.clock.value) > self._end
        return beyond_the_end or figures.loss_span(self._lanes.histories.values(), self._target)[0] < self._lowest

    def _rest(self):
        if self._race and self._roomy_end(self.form.clock.value) != self._end:
            self._draw()  # at rest the axis ends where the lanes do
        self.every.value = self._lanes.all_races()


def _lanes(batch_sizes, lr, lrs, rows):
    """(batch sizes of the lanes that run, (batch size, rate) of all six)."""
    sizes = [up_to(rows, "batch_sizes", size) for size in batch_sizes]
    if not 2 <= len(sizes) <= len(NAMES):
        raise ValueError(f"batch_sizes must be a list of 2 to {len(NAMES)} sizes; got {batch_sizes!r}")
    rates = [lr] * len(sizes) if lrs is None else list(lrs)
    if len(rates) != len(sizes):
        raise ValueError(f"lrs must be as many as batch_sizes, {len(sizes)}; got {lrs!r}")
    rates = [checks.positive_number("lrs", rate) for rate in rates]
    others = [size for size in NEXT_SIZES if size <= rows and size not in sizes] + [1] * len(NAMES)
    idle = [(size, lr) for size in others[: len(NAMES) - len(sizes)]]
    return sizes, [*zip(sizes, rates), *idle]
