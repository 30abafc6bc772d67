"""A lab of paths: several ways of training start at one place of a landscape and walk, one update at a time."""

import csv
import time
from pathlib import Path

import ipywidgets
import numpy as np

from .. import figures, files
from ..player import Player
from .controls import WIDE, NumberField, NumberSlider, WholeField, pace_menu, push_buttons, rate_slider
from .folds import folded
from .lab import Lab
from .live_picture import LivePicture
from .tables import table

FRAME = 1 / 15  # seconds between two pictures
MOST_UPDATES = 1000
LARGEST_SEED = 9999


class PathsLab(Lab):
    """What the labs of paths share: a landscape, a start, walkers that set out from it, and their buttons.

    A subclass makes its own controls and then calls this constructor. labels: of the paths there can be, each with a
    box to tick. landscape: where to walk. start: (w, b). controls: widgets that stand in the form between the start
    and the rest. buttons: {name: (style, tooltip, action)}, more of them. below: widgets under the picture. sections:
    {title: widget}, folded away with the table of paths.
    It also says:
    `name`: how its saved files begin.
    `_walkers()`: a Walker for each path there can be, new, at the start, as the controls stand.
    `_landings()`: (label, points) of single updates to be marked in the picture, or None.
    `_moved()`: show what else belongs to the place where the start is now.
    """

    name = "paths"
    walk_button = "Run paths"

    def __init__(
        self, labels, landscape, start, lr, updates, seed, pace, controls=(), buttons=None, below=(), sections=None
    ):
        super().__init__()
        self.landscape, self.walkers, self._last_frame = landscape, [], 0.0
        self._player = Player(self._record, self._ended, pace)
        self.shown = [self._box(label) for label in labels]
        self._build(start, lr, updates, seed, pace, controls, buttons or {}, below, sections or {})
        self._moved()
        self._draw()
        self._settle(f"Ready: press {self.walk_button}, or move the start.")

    @property
    def start(self):
        """The pair of weights (w, b) from which everybody sets out, as the sliders stand."""
        return np.array([self.first.value, self.second.value])

    def save(self, folder="exports"):
        """Write the picture (PNG) and what was measured (CSV) into `folder`; return their paths."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{self.name}.png"]
        with files.replacing(paths[0]) as file:
            file.write(figures.png(self.figure()))
        for what, lines in self._tables().items():
            paths.append(folder / f"{self.name}_{what}.csv")
            with files.replacing(paths[-1], "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(map(_cells, lines))
        return paths

    def close(self):
        """Stop what runs and give the widgets' memory back."""
        self._player.stop()
        super().close()

    # What a subclass says -----------------------------------------------------------------------------------------

    def _walkers(self):
        raise NotImplementedError

    def _landings(self):
        """Nothing is marked, unless a subclass marks something."""

    def _moved(self):
        """Nothing else belongs to a place, unless a subclass has something."""

    def _tables(self):
        """{what: its lines as in a CSV file, the header first}; only what there is."""
        if not self.walkers:
            return {}
        land, lines = self.landscape, [("path", "update", "w", "b", "loss")]
        for walker in self.walkers:
            losses = land.loss(land.lowest) + land.above_lowest(walker.points)
            lines += [(walker.label, k, *place, loss) for k, (place, loss) in enumerate(zip(walker.points, losses))]
        return {"paths": lines}

    def _has_something(self):
        """Whether there is something to save or to forget."""
        return bool(self.walkers)

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self, start, lr, updates, seed, pace, controls, buttons, below, sections):
        moved = self.handler(self._start_moved)
        self.first = _place_slider("Start: weight w", start[0], self.landscape.first, moved)
        self.second = _place_slider("Start: bias b", start[1], self.landscape.second, moved)
        self.rate = rate_slider(lr, self.handler(self._rate_changed))
        self.updates = _whole("Updates of a path", updates, 1, MOST_UPDATES, "Where a path ends")
        self.seed = _whole("Seed", seed, 0, max(LARGEST_SEED, seed), "Which order of the rows chance deals out")
        self.pace = pace_menu(pace)
        self.updates.observe(self.handler(lambda change: self._updates_changed()), "value")
        self.seed.observe(self.handler(lambda change: self._seed_changed()), "value")
        self.pace.observe(self.handler(self._pace_changed), "value")
        self.buttons = push_buttons(*_of(self._own_buttons(buttons), self.handler))
        self.picture = LivePicture("mbtutor-valley")
        self.words, self.table = (ipywidgets.HTML(layout={"width": "100%"}) for _ in range(2))
        paths = ipywidgets.Box(self.shown, layout={"flex_flow": "row wrap"})
        where = [self.first.widget, self.second.widget, self.rate.widget, *controls]
        who = [ipywidgets.HTML("<b>Paths</b>"), paths, self.updates, self.seed, self.pace]
        row = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        live = [row, self.words, self.status, self.picture.widget, *below]
        right = ipywidgets.VBox(live, layout={"flex": "100 1 520px", "width": "auto"})
        self.view.children = [
            ipywidgets.HBox([_form(where, who), right], layout={"flex_flow": "row wrap"}),
            folded({"Table of the paths": self.table, **sections}),
        ]

    def _box(self, label):
        layout = {"width": "auto", "margin": "2px 14px 2px 2px"}
        box = ipywidgets.Checkbox(value=True, description=label, indent=False, layout=layout)
        box.observe(self.handler(lambda change: self._chosen_changed()), "value")
        return box

    def _own_buttons(self, more):
        return {
            self.walk_button: ("success", "Let every chosen path set out from the start", self._run_paths),
            "One update": ("", "Let every path make one update, then hold", self._one_update),
            "Stop": ("danger", "Hold everything; what was done stays", self._stop),
            "Reset": ("", "Forget the paths; the settings stay", self._reset),
            **more,
            "Save": ("", "Write the picture and the numbers into the folder exports", self._save),
        }

    # What a learner does ------------------------------------------------------------------------------------------

    def _run_paths(self):
        if self._player.playing:
            return  # the second half of a double click
        if not self._on_the_way():
            self._set_out()
        self._player.load(self._rounds())
        self._player.play()
        self._enable()
        self.say("On the way.")

    def _one_update(self):
        if not self._on_the_way():
            self._set_out()
        self._player.load(self._rounds())
        self._player.step()
        self._player.stop()
        self._settle("One update made.")

    def _stop(self):
        self._player.stop()
        self._settle("Stopped.")
        self.tell_watchers()

    def _reset(self):
        self._anew()
        self._settle("Reset: the paths are forgotten, the settings stay.")

    def _save(self):
        paths = self.save()
        self.say(f"Saved {len(paths)} files: {', '.join(map(str, paths))}")

    def _start_moved(self):
        self._anew()
        self._settle(f"A new start at w = {self.first.value:g}, b = {self.second.value:g}.")

    def _rate_changed(self):
        """The learning rate counts from the next update on; no path has to end for it."""
        for walker in self.walkers:
            walker.training.net.optimizer.lr = self.rate.value
        self._settle(f"The next update is made with learning rate {self.rate.value:g}.")

    def _pace_changed(self, change):
        self._player.pace = change["new"] or None

    def _seed_changed(self):
        self._anew()
        self._settle(f"Seed {self.seed.value} deals out other batches.")

    def _updates_changed(self):
        self._player.stop()
        self.walkers = []
        self._draw()
        self._settle(f"A path will have {self.updates.value:,} updates.")

    def _chosen_changed(self):
        self._forget_paths()
        self._settle(f"Paths chosen: {', '.join(self._chosen()) or 'none'}.")

    def _chosen(self):
        """The labels of the paths that are ticked."""
        return [box.description for box in self.shown if box.value]

    def _forget_paths(self):
        """Other paths are wanted; those so far are of the past."""
        self._player.stop()
        if self.walkers:
            self.walkers = []
            self._draw()

    def _anew(self):
        """Another start, or other luck: nothing that was shown holds any more."""
        self._forget_paths()
        self._moved()

    # The walk -----------------------------------------------------------------------------------------------------

    def _set_out(self):
        if not self._chosen():
            raise ValueError("no path is chosen: tick at least one of the boxes under Paths")
        self.walkers = [walker for walker in self._walkers() if walker.label in self._chosen()]
        for walker in self.walkers:
            walker.step()  # to the start itself
        self._draw()

    def _on_the_way(self):
        return any(walker.updates < self.updates.value and not walker.fell for walker in self.walkers)

    def _rounds(self):
        """Let every walker make one update after another; yields how many rounds were made."""
        while self._on_the_way():
            for walker in self.walkers:
                walker.step()
            yield len(self.walkers)

    def _walk_to_the_end(self):
        self._set_out()
        self._player.load(self._rounds())
        self._player.run()

    def _record(self, rounds):
        """The player's news after every slice."""
        if time.perf_counter() - self._last_frame >= FRAME:
            self._frame()

    def _ended(self, error):
        self._settle(self._arrived() if error is None else "")
        if error is not None:
            self.fail(error)
        self.tell_watchers()

    def _arrived(self):
        fallen = [walker.label for walker in self.walkers if walker.fell]
        more = f" {', '.join(fallen)} ran away: lower the learning rate." if fallen else ""
        return f"Arrived.{more}"

    # The picture --------------------------------------------------------------------------------------------------

    def _valley(self):
        """What figures.valley is called with."""
        land, paths = self.landscape, {walker.label: walker.path for walker in self.walkers}
        return land.first, land.second, land.losses, land.lowest, self.start, paths, self._landings(), land.names

    def _draw(self):
        self.picture.draw(figures.valley(*self._valley()))
        self._frame()

    def _frame(self):
        text = self._sentence()
        *_, start, paths, landings, _ = self._valley()
        rounds = max((walker.updates for walker in self.walkers), default=0)
        self.picture.frame(figures.valley_points(start, paths, landings), text, rounds)
        self.words.value = f'<div class="mbtutor-words" style="line-height:1.5">{text}</div>'
        self._last_frame = time.perf_counter()

    def _settle(self, text):
        """Show the state of rest after something has ended or was held."""
        self._frame()
        self.table.value = table("The paths", [self._row(walker) for walker in self.walkers])
        self._enable()
        self.say(text)

    def _enable(self):
        playing = self._player.playing
        self.buttons["Stop"].disabled = not playing
        self.buttons["Reset"].disabled = self.buttons["Save"].disabled = not self._has_something()
        for name in (self.walk_button, "One update"):
            self.buttons[name].disabled = playing

    def _sentence(self):
        """Where everybody is, in words."""
        land = self.landscape
        if not self.walkers:
            (w, b), least = land.lowest, _short(land.loss(land.lowest))
            return f"Loss at the start {_short(land.loss(self.start))}; lowest {least}, at w = {w:.2f}, b = {b:.2f}"
        made = max(walker.updates for walker in self.walkers)
        losses = ", ".join(f"{walker.label}: {_short(land.loss(walker.points[-1]))}" for walker in self.walkers)
        return f"Update {made:,} of {self.updates.value:,}, loss over all rows: {losses}"

    def _row(self, walker):
        w, b = walker.points[-1]
        loss = self.landscape.loss(walker.points[-1])
        cells = {"path": walker.label, "updates": walker.updates, **self._cells(walker)}
        return {**cells, "w": _short(w), "b": _short(b), "loss": _short(loss, 4)}

    def _cells(self, walker):
        """More columns of the table."""
        return {"rows used": f"{walker.rows_used:,}"}


def _form(*groups):
    """The groups of controls, one under the other beside the picture, or side by side above it on a narrow page."""
    column = {"width": "290px", "padding": "0 12px 0 0"}
    columns = [ipywidgets.VBox(group, layout=column) for group in groups]
    around = {"flex": "1 1 290px", "min_width": "290px", "flex_flow": "row wrap", "align_content": "flex-start"}
    return ipywidgets.Box(columns, layout=around)


def _of(buttons, handler):
    """What push_buttons takes, from {name: (style, tooltip, action)}."""
    about = {name: (style, tooltip) for name, (style, tooltip, _) in buttons.items()}
    return about, [handler(action) for *_, action in buttons.values()]


def _place_slider(name, value, values, changed):
    """A slider over the whole width or height of the landscape, in steps of 0.05."""
    low, high = values[0], values[-1]
    stops = [step / 20 for step in range(int(np.ceil(20 * low)), int(20 * high) + 1)]
    marks = {stop: f"{stop:g}" for stop in stops if stop == round(2 * stop) / 2}
    field = NumberField(min=stops[0], max=stops[-1], step=0.05)
    slider = NumberSlider(name, value, stops, field, marks, changed, "Where every path sets out")
    slider.slider.continuous_update = True  # the ball follows the mouse
    return slider


def _whole(name, value, low, high, tooltip):
    field = WholeField(description=name, value=value, min=low, max=high, tooltip=tooltip, style=WIDE)
    field.layout.width = "auto"
    return field


def _cells(line):
    """The values as they stand in a CSV file, fractions with ten digits."""
    return [f"{value:.10g}" if isinstance(value, float) else value for value in line]


def _short(value, digits=3):
    if not np.isfinite(value):
        return "too large"
    return f"{value:.{digits}f}" if abs(value) < 1000 else f"{value:.1e}"
