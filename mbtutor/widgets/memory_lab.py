"""The lab of memory: measure what an update takes at most, for any batch size, and fit it into a budget."""

import tempfile
import time
from pathlib import Path

import ipywidgets
import numpy as np

from .. import checks, figures
from ..datasets.dataset import Dataset, as_dataset
from ..experiments import update_parts, update_peak
from ..player import Player
from . import svg
from .controls import powers_up_to, push_buttons, up_to
from .folds import folded
from .lab import Lab
from .memory_curve import MemoryCurve
from .memory_form import SMALLEST_PIECE, MemoryForm, MemorySettings
from .programs import program_tabs, show_texts
from .programs.memory import memory_programs
from .tables import table

MB = figures.MB
MOST_ROWS = 6000  # with more, one measurement could take longer than Stop may wait
FRAME = 0.15  # seconds from one picture to the next: drawing one takes longer than most measurements
EARLIER = 4  # as many curves of other settings stay in the picture
BUTTONS = {
    "Measure": ("success", "Make one update with this batch size and measure its memory"),
    "Measure all sizes": ("success", "The same for 1, 2, 4, ... and all rows"),
    "Find the limit": ("success", "Measure until the largest batch size that fits the budget is known"),
    "Stop": ("danger", "Measure no more; what was measured stays"),
    "Clear": ("", "Forget all that was measured; the settings stay"),
}


class MemoryLab(Lab):
    """Measures the most memory that one update on `data` holds, and shows it against the batch size and a budget.

    data: a Dataset with class labels, 16 to 6,000 rows. The rest is where the controls start: batch_size, budget in
    MB, hidden units in each of 0 to 2 hidden_layers, optimizer (a name in the menu), dtype ("float64", "float32"),
    micro_batch_size for gradient accumulation (None: off), mapped: the data set stays in a file.
    `curves` keeps what was measured, the present settings last. `run()` measures all sizes, then finds the limit.
    Raises ValueError for a setting that the controls do not offer.
    """

    def __init__(
        self,
        data,
        *,
        batch_size=32,
        budget=10,
        hidden=256,
        hidden_layers=1,
        optimizer="SGD",
        dtype="float64",
        micro_batch_size=None,
        mapped=False,
    ):
        self.data = _checked(data)
        rows = len(self.data)
        if micro_batch_size is not None:
            checks.whole_number("micro_batch_size", micro_batch_size, SMALLEST_PIECE, rows)
        start = MemorySettings(hidden, hidden_layers, optimizer, dtype, micro_batch_size, bool(mapped))
        up_to(rows, "batch_size", batch_size)
        if not 0.1 <= checks.number("budget", budget) <= 1000:
            raise ValueError(f"budget must be from 0.1 to 1,000 MB in this lab; got {budget}")
        super().__init__()
        self._folder = None  # where the data set lies in a file, once something is measured
        self._ids = svg.new_prefix()
        self._player = Player(self._measured, self._ended)
        self.form = MemoryForm(start, batch_size, budget, rows, self.handler(self._changed))
        self._build()
        self._forget()
        self._show("Ready: press Measure.")

    @property
    def curve(self):
        """What was measured with the settings as they stand."""
        return self.curves[-1]

    @property
    def budget(self):
        """The budget in bytes."""
        return self.form.budget.value * MB

    def figure(self):
        """What the lab shows now, as a matplotlib figure."""
        series = [(curve.settings.words, curve.peaks) for curve in self.curves]
        curve, size = self.curve, self._shown_size()
        parts = curve.parts.get(size, {}), curve.peaks.get(size), size, len(self.data)
        return figures.memory(series, self.budget, curve.line, curve.limit(self.budget), *parts)

    def run(self):
        """Measure all sizes and find the limit, without a browser or an event loop."""
        for sizes in (self._all_sizes(), self._limit_sizes()):
            self._load_player(sizes)
            self._player.run()

    def close(self):
        """Stop, remove the file, and give the widgets' memory back."""
        self._player.stop()
        if self._folder:
            self._folder.cleanup()
        super().close()

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self):
        actions = [self._one, self._all, self._limit, self._stop, self._clear]
        self.buttons = push_buttons(BUTTONS, map(self.handler, actions))
        self.picture, self.words, self.table = (ipywidgets.HTML(layout={"width": "100%"}) for _ in range(3))
        self.code = program_tabs()
        row = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        self.words.layout.min_height = "66px"  # three lines, so that the picture does not jump
        live = [row, self.words, self.status, self.picture]
        right = ipywidgets.VBox(live, layout={"flex": "1000 1 520px", "width": "auto"})
        self.view.children = [
            ipywidgets.HBox([self.form.widget, right], layout={"flex_flow": "row wrap"}),
            folded({"Table of the measurements": self.table, "Show the code": self.code}),
        ]

    def _show(self, happened):
        text = self.curve.sentences(self._shown_size(), self.budget)
        self.words.value = f'<div class="mbtutor-words" style="line-height:1.5">{text}</div>'
        self.picture.value = svg.picture(self.figure(), "mbtutor-memory", self._ids, text)
        self.table.value = table(f"Measured with {self.curve.settings.words}, in MB", self.curve.rows(self.budget))
        playing = self._player.playing
        for name, button in self.buttons.items():
            button.disabled = playing if name != "Stop" else not playing
        self._drawn = time.perf_counter()
        self.say(happened)

    def _shown_size(self):
        """The batch size whose parts are shown: that of the slider, or the newest where that is not measured."""
        size, measured = self.form.batch_size.value, list(self.curve.peaks)
        return size if size in measured or not measured else measured[-1]

    # What a learner does ------------------------------------------------------------------------------------------

    def _one(self):
        self._begin([self.form.batch_size.value])

    def _all(self):
        self._begin(self._all_sizes())

    def _limit(self):
        self._begin(self._limit_sizes())

    def _stop(self):
        self._player.stop()
        self._show("Stopped.")
        self.tell_watchers()

    def _clear(self):
        self._forget()
        self._show("Cleared: the settings stay.")

    def _changed(self):
        """A control has moved: what is being measured ends, and other settings begin a curve of their own."""
        was_measuring = self._player.playing
        self._player.stop()
        self._turn_to_settings()
        now = f"batch size {self.form.batch_size.value:,}, budget {self.budget / MB:g} MB, {self.curve.settings.words}"
        self._show(f"{'Stopped, because a control moved. ' if was_measuring else ''}Set: {now}.")
        self.tell_watchers()

    def _turn_to_settings(self):
        settings = self.form.settings
        show_texts(self.code, memory_programs(settings, self.data, self._all_sizes()))
        kept = {curve.settings: curve for curve in self.curves if curve.peaks}
        curve = kept.pop(settings, None) or MemoryCurve(settings, len(self.data))
        self.curves = [*kept.values(), curve][-EARLIER - 1 :]

    def _forget(self):
        self.curves = []
        self._turn_to_settings()

    # Measuring ----------------------------------------------------------------------------------------------------

    def _begin(self, sizes):
        if self._player.playing:
            return  # the second half of a double click
        self._load_player(sizes)
        self._player.play()
        self._show("Measuring.")

    def _load_player(self, sizes):
        self._done = 0
        self._player.load(self._measurements(sizes))

    def _all_sizes(self):
        return powers_up_to(len(self.data))

    def _limit_sizes(self):
        return self.curve.search(self.budget)

    def _measurements(self, sizes):
        """Measure one batch size after the other, each when it is asked for; yield (batch size, bytes)."""
        settings, curve = self.form.settings, self.curve
        net = settings.make_network(self.data.X.shape[1], self.data.classes)
        for size in sizes:
            peak = update_peak(net, lambda: self._load(settings), size, settings.pieces)
            curve.add(size, peak, self._parts(net, settings, size))
            yield size, peak

    def _parts(self, net, settings, size):
        data = self._load(settings)
        held = {} if settings.mapped else {"data set": data.X.nbytes}
        return held | update_parts(net, data, size, settings.pieces)

    def _load(self, settings):
        """The data set as training finds it: read into memory, or left in its file."""
        if not self._folder:
            self._folder = tempfile.TemporaryDirectory(prefix="mbtutor-memory-")
        path = Path(self._folder.name, f"{settings.dtype}.npy")
        if not path.exists():
            np.save(path, self.data.X[:].astype(settings.dtype))
        return Dataset(np.load(path, mmap_mode="r" if settings.mapped else None), self.data.y)

    def _measured(self, items):
        self._done += len(items)
        if items and time.perf_counter() - self._drawn >= FRAME:
            size, peak = items[-1]
            self._show(f"Measuring. Batch size {size:,}: {peak / MB:.2f} MB.")

    def _ended(self, error):
        self._show(f"Done: {self._done} measured.")
        if error is not None:
            self.fail(error)
        self.tell_watchers()


def _checked(data):
    data = as_dataset(data)
    if not data.classes or data.X.ndim != 2:
        got = f"X of shape {data.X.shape}, y of {data.y.dtype}"
        raise ValueError(f"data must have flat rows and class labels for this lab; got {got}")
    if not SMALLEST_PIECE <= len(data) <= MOST_ROWS:
        limits = f"from {SMALLEST_PIECE} to {MOST_ROWS:,}"
        raise ValueError(f"data must have {limits} rows in this lab; got {len(data):,}")
    return data
