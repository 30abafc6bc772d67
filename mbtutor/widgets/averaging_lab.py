"""The lab of averaging: workers that train one network together, beside one process that does it alone."""

import time
from typing import NamedTuple

import ipywidgets

from .. import figures
from ..batches import MiniBatches
from ..datasets.dataset import as_dataset
from ..layers import Dense, ReLU
from ..machines import AVERAGING, ROWS, Step, Together
from ..network import Network
from ..optimizers import SGD
from ..player import Player
from .averaging_form import AveragingForm, AveragingSettings
from .controls import push_buttons
from .folds import folded
from .lab import Lab
from .live_picture import LivePicture
from .programs import program_tabs, show_texts
from .programs.averaging import averaging_programs
from .tables import table

UPDATES, HIDDEN, VALIDATED, MOST_ROWS = 100, 32, 200, 6000  # of a run; units; rows that every worker is measured on
PACE = 25  # updates a second, so that there is something to see
FRAME = 1 / 10  # seconds from one picture to the next
BUTTONS = {
    "Train": ("success", f"Let the workers make {UPDATES} updates"),
    "One update": ("", "Let the workers make a single update"),
    "Stop": ("danger", "End the run; what was made stays in the picture"),
    "Clear": ("", "Forget all runs; the settings stay"),
}


class Made(NamedTuple):
    """A run that came to its end: the settings, and the workers after the last update."""

    settings: AveragingSettings
    last: Step


class AveragingLab(Lab):
    """Plays data-parallel training in one process: copies of one network, each with its share of every batch.

    train, val: Datasets with flat rows and class labels. The rest is where the controls start: workers (1 to 8),
    local_batch (1 to 64 rows a worker), lr, averaging (one of mb.machines.AVERAGING), rows (one of mb.machines.ROWS),
    own_weights. `steps` are those of the run shown, `made` the runs that came to their end. `run()` makes one.
    Raises ValueError for a setting that the controls do not offer.
    """

    def __init__(
        self, train, val, *, workers=4, local_batch=16, lr=0.1, averaging=AVERAGING[0], rows=ROWS[0], own_weights=False
    ):
        self.train, self.val = _checked("train", train), _checked("val", val)
        self.val = self.val.subset(range(min(VALIDATED, len(self.val))))
        start = AveragingSettings(workers, local_batch, lr, averaging, rows, bool(own_weights))
        super().__init__()
        self.made, self.steps = [], []
        self._player = Player(self._pulled, self._ended, PACE)
        self.form = AveragingForm(start, self.handler(self._changed))
        self._build()
        self._begin()
        self._draw("Ready: press Train.")

    def figure(self):
        """What the lab shows now, as a matplotlib figure."""
        return figures.together(self.steps, self.settings.workers, UPDATES)

    def run(self):
        """Make one run, without a browser or an event loop."""
        self._begin()
        self._load()
        self._player.run()

    def close(self):
        """Stop, and give the widgets' memory back."""
        self._player.stop()
        super().close()

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self):
        self.buttons = push_buttons(BUTTONS, map(self.handler, [self._train, self._one, self._stop, self._clear]))
        self.picture, self.code = LivePicture("mbtutor-workers"), program_tabs()
        self.words, self.table = (ipywidgets.HTML(layout={"width": "100%"}) for _ in range(2))
        self.words.layout.min_height = "66px"  # three lines, so that the picture does not jump
        row = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        live = [row, self.words, self.status, self.picture.widget]
        right = ipywidgets.VBox(live, layout={"flex": "1000 1 520px", "width": "auto"})
        self.view.children = [
            ipywidgets.HBox([self.form.widget, right], layout={"flex_flow": "row wrap"}),
            folded({"Table of the runs": self.table, "Show the code": self.code}),
        ]

    def _draw(self, happened):
        """Draw all anew; `happened` is for the status line."""
        self.picture.draw(self.figure())
        self.table.value = table(f"Runs of {UPDATES} updates", [_line(made) for made in self.made])
        playing = self._player.playing
        for name, button in self.buttons.items():
            button.disabled = playing if name != "Stop" else not playing
        self._frame(happened)

    def _frame(self, happened):
        text = self._sentences()
        self.words.value = f'<div class="mbtutor-words" style="line-height:1.5">{text}</div>'
        points = figures.together_points(self.steps, self.settings.workers)
        self.picture.frame(points, text, len(self.steps))
        self._drawn = time.perf_counter()
        self.say(happened)

    def _sentences(self):
        """What the picture shows, in words."""
        settings, last = self.settings, self.steps[-1]
        size, rows = min(settings.batch_size, len(self.train)), self._rows_of_workers()
        batches = -(-len(self.train) // size)
        shares = f"{rows[0]} each" if len(set(rows)) == 1 else ", ".join(map(str, rows))
        losses = f"{min(last.losses):.3f}"
        if max(last.losses) - min(last.losses) >= 0.001:
            losses = f"from {losses} to {max(last.losses):.3f}"
        return (
            f"A batch of {size} rows for {settings.workers} worker{'s' * (settings.workers > 1)}, {shares}; "
            f"{batches:,} updates an epoch. After update {last.number}: validation loss of the workers {losses}, "
            f"of one process {last.alone:.3f}. "
            f"Weights: {_distance(last.apart)} between workers, {_distance(last.off)} from the one process."
        )

    def _rows_of_workers(self):
        size = min(self.settings.batch_size, len(self.train))
        return [part.stop - part.start for part in self._run.parts(size)]

    # What a learner does ------------------------------------------------------------------------------------------

    def _train(self):
        if self._player.playing:
            return  # the second half of a double click
        if not self._player.loaded:
            self._begin()
            self._load()
        self._player.play()
        self._draw("Training.")

    def _one(self):
        if not self._player.loaded:
            self._begin()
            self._load()
        self._player.step()
        if self._player.loaded:
            self._draw("One update made.")

    def _stop(self):
        self._player.stop()
        self._draw("Stopped.")
        self.tell_watchers()

    def _clear(self):
        self._player.stop()
        self.made = []
        self._begin()
        self._draw("Cleared: the settings stay.")

    def _changed(self):
        was_training = self._player.playing
        self._player.stop()
        self._begin()
        stopped = "Stopped, because a control moved. " if was_training else ""
        self._draw(f"{stopped}Set: {self.settings.words}.")
        self.tell_watchers()

    # Training -----------------------------------------------------------------------------------------------------

    def _begin(self):
        """Workers with the settings as they stand, before their first update."""
        self.settings = settings = self.form.settings
        net = Network([Dense(self.train.X.shape[1], HIDDEN), ReLU(), Dense(HIDDEN, self.train.classes)], seed=0)
        net.compile("cross_entropy", SGD(settings.lr))
        batches = MiniBatches(self.train, min(settings.batch_size, len(self.train)), seed=0)
        options = {"averaging": settings.averaging, "rows": settings.rows, "own_weights": settings.own_weights}
        self._run = Together(net, batches, settings.workers, self.val, UPDATES, **options)
        self.steps = [next(self._run)]
        show_texts(self.code, averaging_programs(settings, self._run))

    def _load(self):
        self._player.load(self._run)

    def _pulled(self, items):
        self.steps += items
        if items and time.perf_counter() - self._drawn >= FRAME:
            self._frame("Training.")

    def _ended(self, error):
        if error is None:
            self.made.append(Made(self.settings, self.steps[-1]))
        self._draw(f"Done: {self.steps[-1].number} updates.")
        if error is not None:
            self.fail(error)
        self.tell_watchers()


def _distance(value):
    """A distance between weights in words: what rounding leaves is not worth its digits."""
    return "nothing but rounding" if value < 1e-10 else f"{value:.2g}"


def _line(made):
    """The cells of one run."""
    settings, last = made
    return {
        "settings": settings.words,
        "updates": last.number,
        "loss of the workers": f"{min(last.losses):.3f} to {max(last.losses):.3f}",
        "of one process": f"{last.alone:.3f}",
        "between workers": _distance(last.apart),
        "from one process": _distance(last.off),
    }


def _checked(name, data):
    data = as_dataset(data)
    if not data.classes or data.X.ndim != 2:
        got = f"X of shape {data.X.shape}, y of {data.y.dtype}"
        raise ValueError(f"{name} must have flat rows and class labels for this lab; got {got}")
    if len(data) > MOST_ROWS:
        raise ValueError(f"{name} must have up to {MOST_ROWS:,} rows in this lab; got {len(data):,}")
    return data
