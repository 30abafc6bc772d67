"""The lab of padding: what batches of unequal texts consist of, and the time that an epoch of them takes."""

import time
from dataclasses import dataclass

import ipywidgets

from .. import checks, figures
from ..datasets.dataset import as_dataset
from ..datasets.sequences import Sequences
from ..layers import GRU, Dense, Embedding, LastStep
from ..network import Network
from ..optimizers import Adam
from ..player import Player
from .controls import push_buttons
from .folds import folded
from .lab import Lab
from .live_picture import LivePicture
from .name_tiles import name_tiles
from .padding_form import AS_THEY_COME, PaddingForm, PaddingSettings
from .programs import program_tabs, show_texts
from .programs.padding import padding_programs
from .tables import table

MOST_ROWS, LONGEST = 6000, 40  # with more, an update could take longer than Stop may wait
UNITS = 64  # of the network whose time is measured
FRAME = 1 / 10  # seconds from one picture to the next while it measures
BUTTONS = {
    "Next batch": ("", "Show the next batch of this epoch"),
    "Measure an epoch": ("success", "Train a network for one epoch and add up the seconds of its updates"),
    "Stop": ("danger", "Measure no more; a part of an epoch does not count"),
    "Clear": ("", "Forget all that was measured; the settings stay"),
}


@dataclass(frozen=True)
class Timed:
    """One measured epoch. real, positions: of all its batches together. computed: what the network computed."""

    settings: PaddingSettings
    updates: int
    real: int
    positions: int
    seconds: float

    @property
    def computed(self):
        return self.positions if self.settings.every else self.real

    @property
    def point(self):
        """What figures.epoch_and_times takes."""
        return self.settings.way, self.settings.every, self.computed, self.seconds


class PaddingLab(Lab):
    """Shows batches of texts of unequal length with their padding, and measures the time of an epoch on a click.

    data: a Dataset of texts (Sequences, with a vocabulary) and class labels, up to 6,000 of up to 40 characters. The
    rest is where the controls start: way ("as they come", "alike in length", "by token budget"), batch_size (4 to
    256), token_budget (64 to 4,096, at least the longest text), every_position (False: padding is left out).
    `timed` keeps the measured epochs. `run()` measures one epoch.
    Raises ValueError for a setting that the controls do not offer.
    """

    def __init__(self, data, *, way=AS_THEY_COME, batch_size=32, token_budget=512, every_position=True):
        self.data = _checked(data)
        PaddingSettings(AS_THEY_COME, batch_size, bool(every_position))
        PaddingSettings("by token budget", token_budget, True)
        checks.choice("way", way, tuple(figures.WAYS))
        super().__init__()
        self.timed, self._place = [], 0
        self._player = Player(self._measured, self._ended)
        self.form = PaddingForm(way, batch_size, token_budget, bool(every_position), self.handler(self._changed))
        self._build()
        self._make_batches()
        self._draw("Ready: press Next batch.")

    def figure(self):
        """What the lab shows now, as a matplotlib figure."""
        points = [timed.point for timed in self.timed]
        return figures.padding(self._texts(), self._shapes, points, self._place)

    def run(self):
        """Measure one epoch, without a browser or an event loop."""
        self._player.load(self._updates())
        self._player.run()

    def close(self):
        """Stop, and give the widgets' memory back."""
        self._player.stop()
        super().close()

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self):
        actions = [self._next, self._measure, self._stop, self._clear]
        self.buttons = push_buttons(BUTTONS, map(self.handler, actions))
        self.picture = LivePicture("mbtutor-padding")
        self.words, self.tiles, self.table = (ipywidgets.HTML(layout={"width": "100%"}) for _ in range(3))
        self.code = program_tabs()
        row = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        live = [row, self.words, self.status, self.tiles]
        right = ipywidgets.VBox(live, layout={"flex": "1000 1 520px", "width": "auto"})
        self.view.children = [
            ipywidgets.HBox([self.form.widget, right], layout={"flex_flow": "row wrap"}),
            self.picture.widget,
            folded({"Table of the measured epochs": self.table, "Show the code": self.code}),
        ]

    def _draw(self, happened):
        """Draw all anew; `happened` is for the status line."""
        self.picture.draw(figures.epoch_and_times(self._shapes, [timed.point for timed in self.timed], self._place))
        self.table.value = table("The measured epochs", [_line(timed) for timed in self.timed])
        playing = self._player.playing
        for name, button in self.buttons.items():
            button.disabled = playing if name != "Stop" else not playing
        self._show_batch(happened)

    def _show_batch(self, happened):
        """Show the batch at our place."""
        rows, (real, whole) = self._rows[self._place], self._shapes[self._place]
        answers = [figures.answer(self.data, row) for row in rows]
        self.tiles.value = name_tiles(self._texts(), answers)
        text = self._sentences(len(rows), real, whole)
        self.words.value = f'<div class="mbtutor-words" style="line-height:1.5">{text}</div>'
        top = 1.1 * max(whole for _, whole in self._shapes)
        self.picture.frame({"now": ([self._place + 0.5] * 2, [0, top])}, text, self._place + 1)
        self._drawn = time.perf_counter()
        self.say(happened)

    def _sentences(self, names, real, whole):
        """What the picture shows, in words."""
        total_real, total = map(sum, zip(*self._shapes))
        return (
            f"Batch {self._place + 1:,} of {len(self._rows):,}: {names} names, the longest has {whole // names} "
            f"characters. {whole:,} positions, {whole - real:,} of them padding ({1 - real / whole:.0%}). "
            f"The whole epoch: {total:,} positions, {1 - total_real / total:.1%} padding."
        )

    def _texts(self):
        return figures.texts_of(self.data, self._rows[self._place])

    # What a learner does ------------------------------------------------------------------------------------------

    def _next(self):
        self._place = (self._place + 1) % len(self._rows)
        self._show_batch(f"Batch {self._place + 1:,}.")
        self.tell_watchers()

    def _measure(self):
        if self._player.playing:
            return  # the second half of a double click
        self._player.load(self._updates())
        self._player.play()
        self._draw("Measuring.")

    def _stop(self):
        self._player.stop()
        self._draw("Stopped: a part of an epoch does not count.")
        self.tell_watchers()

    def _clear(self):
        self.timed = []
        self._draw("Cleared: the settings stay.")

    def _changed(self):
        was_measuring = self._player.playing
        self._player.stop()
        self._make_batches()
        self._draw(f"{'Stopped, because a control moved. ' if was_measuring else ''}Set: {self._settings.words}.")
        self.tell_watchers()

    def _make_batches(self):
        """The batches of one epoch with the settings as they stand, from the first on."""
        settings, lengths = self.form.settings, self.data.X.lengths
        self._batches, self._settings = settings.batches_of(self.data), settings
        self._rows, _ = self._batches.rows_of(0)
        self._shapes = [(int(lengths[rows].sum()), int(len(rows) * lengths[rows].max())) for rows in self._rows]
        self._place = 0
        show_texts(self.code, padding_programs(settings, self.data, UNITS))

    # Measuring ----------------------------------------------------------------------------------------------------

    def _updates(self):
        """Make one update after the other, each when it is asked for; yield (its place, its seconds)."""
        net, every = _make_network(self.data), self._settings.every
        self._seconds = 0.0
        for place, rows in enumerate(self._rows):
            started = time.perf_counter()
            X = self.data.X[rows]
            net.update(X.values if every else X, self.data.y[rows])
            yield place, time.perf_counter() - started

    def _measured(self, items):
        self._seconds += sum(seconds for _, seconds in items)
        if items:
            self._place = items[-1][0]
        if items and time.perf_counter() - self._drawn >= FRAME:
            self._show_batch(f"Measuring. {self._seconds:.2f} seconds so far.")

    def _ended(self, error):
        if error is None:
            real, positions = map(sum, zip(*self._shapes))
            self.timed.append(Timed(self._settings, len(self._rows), real, positions, self._seconds))
        self._draw(f"Done: an epoch took {self._seconds:.2f} seconds.")
        if error is not None:
            self.fail(error)
        self.tell_watchers()


def _make_network(data):
    """An untrained network that reads the texts of `data`, compiled."""
    layers = [Embedding(len(data.vocabulary), 32), GRU(32, UNITS), LastStep(), Dense(UNITS, data.classes)]
    net = Network(layers, dtype="float32")
    net.compile("cross_entropy", Adam(lr=0.003))
    return net


def _line(timed):
    """The cells of one measured epoch."""
    return {
        "batches": timed.settings.words,
        "updates": f"{timed.updates:,}",
        "positions": f"{timed.positions:,}",
        "padding": f"{1 - timed.real / timed.positions:.1%}",
        "computed": f"{timed.computed:,}",
        "seconds": f"{timed.seconds:.2f}",
    }


def _checked(data):
    data = as_dataset(data)
    if not isinstance(data.X, Sequences) or not data.vocabulary or not data.classes:
        raise ValueError("data must be texts with class labels for this lab, such as mb.datasets.load_places()")
    if len(data) > MOST_ROWS or data.X.lengths.max() > LONGEST:
        got = f"{len(data):,} of up to {data.X.lengths.max()}"
        raise ValueError(
            f"data must have up to {MOST_ROWS:,} texts of up to {LONGEST} characters in this lab; got {got}"
        )
    return data
