"""The lab of lesson 06: a map of learning rate and batch size that fills in as its runs end."""

import asyncio
import csv
import math
from pathlib import Path

import ipywidgets

from .. import checks, figures, files
from ..datasets.dataset import as_dataset
from ..experiments import Sweep
from .cell_curves import CellCurves
from .controls import push_buttons, up_to
from .folds import folded
from .lab import Lab
from .programs import program_tabs, show_texts
from .programs.many_runs import map_programs
from .rate_form import AMOUNTS, SEEDS, RateForm
from .rate_grid import RateGrid
from .rate_maps import Choice, RateMap
from .runs_page import NOTE
from .settings import Settings
from .tables import table

BATCH_SIZES = tuple(16 * 2**k for k in range(8))  # 16 to 2,048
SGD_RATES = tuple(0.025 * 2**k for k in range(8))  # 0.025 to 3.2
# Where the rates of each optimizer lie, as a multiple of those of plain SGD.
SCALES = {"SGD": 1, "SGD with momentum": 0.1, "Nesterov momentum": 0.1, "RMSProp": 0.02, "Adam": 0.02, "AdamW": 0.02}
BUTTONS = {
    "Start": ("success", "Make the runs that are missing, on all cores"),
    "Stop": ("danger", "End the runs under way; the cells that are filled stay"),
    "Reset": ("", "Forget all runs; the settings stay"),
    "Save": ("", "Write the map and its numbers into the folder exports"),
}


class LearningRateMap(Lab):
    """A map of validation losses: batch sizes down, learning rates across; a click on a cell shows its curve.

    train, val: Datasets with class labels. batch_sizes: the rows, by default from 16 up to 2,048, as far as there are
    so many rows to train on. lrs: the columns, by default eight that suit the optimizer; they belong to `optimizer`,
    and other optimizers get theirs in proportion. epochs, updates or examples: the budget of every run, one of the
    three, by default 4 epochs. hidden: units of the one hidden layer. seeds: 1 or 3 for each cell. cache: whether
    results are kept on disk at first. workers: processes, by default one a core.
    Nothing trains until Start (or an empty cell) is clicked; `run()` fills the map without a browser. `losses` is the
    map as it stands, `choice` the optimizer and the budget that its runs share.
    Raises ValueError for a setting that the controls do not offer.
    """

    def __init__(
        self,
        train,
        val,
        *,
        batch_sizes=None,
        lrs=None,
        optimizer="SGD",
        epochs=None,
        updates=None,
        examples=None,
        hidden=32,
        seeds=1,
        cache=False,
        workers=None,
    ):
        self.train, self.val = as_dataset(train), as_dataset(val)
        if not self.train.classes:
            raise ValueError(f"train must have class labels in y for this lab; got {self.train.y.dtype} targets")
        net = _network(self.train, optimizer, hidden)
        start = Choice(optimizer, *_budget(epochs=epochs, updates=updates, examples=examples))
        rows = len(self.train)
        sizes = [size for size in BATCH_SIZES if size <= rows] if batch_sizes is None else batch_sizes
        self._sizes = _ordered("batch_sizes", [up_to(rows, "a batch size", size) for size in sizes])
        self._lrs = _rates_of_all(lrs, optimizer)
        checks.choice("seeds", seeds, tuple(SEEDS.values()))
        # Not iterated: it refuses now what could not be trained later.
        Sweep(net, self.train, self.val, settings=[(self._sizes[0], 0.1, 0)], updates=1, workers=workers)
        super().__init__()
        self._hidden, self._workers = hidden, workers
        self._sweep = self._task = None  # what is running, and the task that waits for it
        self._cells = None  # the cells whose runs that are; None: all of the map
        self.form = RateForm(start, seeds, bool(cache), self.handler(self._changed))
        self._build()
        self._reset()
        self.say("Ready: press Start, and click a cell once it is filled.")

    @property
    def choice(self):
        """The optimizer and the budget of the map on the page."""
        return self.form.choice

    @property
    def losses(self):
        """{(batch size, learning rate): validation loss} of the map on the page, as far as its runs have ended."""
        return self.map.losses(self.form.seeds.value)

    @property
    def outcomes(self):
        """The Outcomes of the runs of the map on the page that have ended."""
        return list(self.map.outcomes.values())

    def run(self):
        """Fill the map, without a browser or an event loop; return its losses."""
        missing = self.map.missing(self.form.seeds.value)
        for outcome in self._sweep_of(missing) if missing else ():
            self.map.take(outcome)
        self._settle("Finished.")
        self.tell_watchers()
        return self.losses

    def figure(self):
        """The map on the page as a matplotlib figure."""
        seeds = self.form.seeds.value
        title = f"Validation loss ({self.choice}{f', mean of {seeds} seeds' if seeds > 1 else ''})"
        return figures.heat_map(self.losses, list(self._sizes), list(self.map.lrs), self._guess, title)

    def save(self, folder="exports"):
        """Write the picture (PNG) and the runs (CSV) of the map into `folder`; return their paths."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"learning_rate_map.{kind}" for kind in ("png", "csv")]
        with files.replacing(paths[0]) as file:
            file.write(figures.png(self.figure()))
        with files.replacing(paths[1], "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["batch_size", "lr", "seed", "val_loss", "val_accuracy", "error"])
            for outcome in sorted(self.outcomes, key=lambda outcome: outcome.setting):
                writer.writerow([*outcome.setting, outcome.val_loss, outcome.val_accuracy, outcome.error])
        return paths

    def close(self):
        """Call off what runs and give the widgets' memory back."""
        self._call_off()
        self.grid.close()
        super().close()

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self):
        self._guess = math.log(self.train.classes)
        actions = (self._start, self._stop, self._reset, self._save)
        self.buttons = push_buttons(BUTTONS, map(self.handler, actions), width="98px")
        self.grid = RateGrid(self._sizes, self._lrs[self.choice.optimizer], self.handler(self._clicked))
        self.progress, self.words, self.table = (ipywidgets.HTML() for _ in range(3))
        self.table.layout.overflow = "auto"
        self.bar = ipywidgets.IntProgress(layout={"width": "auto", "height": "10px", "margin": "2px"})
        self.bar.style.bar_color = figures.BLUE
        self.curves, self.code = CellCurves(), program_tabs()
        self.form.clock.observe(self.handler(lambda change: self._draw_curves()), "value")
        row = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        map_side = [row, self.progress, self.bar, self.status, self.grid.widget]
        right = ipywidgets.VBox(map_side, layout={"flex": "1 1 560px", "width": "auto", "max_width": "760px"})
        self._shown = ipywidgets.VBox([self.words, self.form.clock, self.curves.widget])
        self.view.children = [
            ipywidgets.HBox([self.form.widget, right], layout={"flex_flow": "row wrap"}),
            self._shown,
            folded({"Table of the map": self.table, "Show the code": self.code}),
            ipywidgets.HTML(NOTE),
        ]

    def _show(self):
        """Show the map as it stands, in cells and in words."""
        seeds = self.form.seeds.value
        self.grid.show(self.map.lrs, self.losses, self._guess, self.curves.cells(self.choice))
        self.progress.value = f'<div class="mbtutor-progress">{self.map.progress(seeds)}</div>'
        self.bar.max, self.bar.value = len(self.map.settings(seeds)), self.map.made(seeds)

    def _settle(self, text):
        """Show the state of rest after the runs have ended or were called off."""
        self._show()
        title = f"Validation loss ({self.choice}): a row for each batch size, a column for each learning rate"
        self.table.value = table(title, self.map.rows(self.form.seeds.value))
        net, seeds = _network(self.train, self.choice.optimizer, self._hidden), self.form.seeds.value
        show_texts(self.code, map_programs(net, self.train, self._sizes, self.map.lrs, seeds, self.choice))
        self._enable()
        self.say(text)

    def _enable(self):
        running = self._sweep is not None
        self.buttons["Start"].disabled, self.buttons["Stop"].disabled = running, not running
        self.buttons["Save"].disabled = not self.map.outcomes
        self.buttons["Reset"].disabled = not (running or any(known.outcomes for known in self._maps.values()))

    def _draw_curves(self):
        self._shown.layout.display = None if len(self.curves) else "none"
        self.curves.draw(self.form.clock.value, self._said)
        self.words.value = f'<div class="mbtutor-words" role="status" style="line-height:1.5">{self._said}</div>'

    # What the learner does ----------------------------------------------------------------------------------------

    def _start(self):
        if self._sweep is None:
            self._begin()

    def _stop(self):
        if self._sweep is not None:
            self._call_off()
            self._settle("Stopped. Start goes on with the cells that are missing.")
            self.tell_watchers()

    def _reset(self):
        self._call_off()
        self._maps, self._said = {}, ""
        self.curves.clear()
        self._open()
        self._draw_curves()
        self._settle("Reset: all runs are forgotten, the settings stay.")

    def _save(self):
        self.say(f"Saved 2 files: {', '.join(map(str, self.save()))}")

    def _changed(self):
        """Another budget, optimizer or number of seeds is another map; if the map was being filled, this one is now."""
        running = self._sweep is not None and self._cells is None
        self._call_off()
        self._open()
        made, missing = bool(self.map.outcomes), bool(self.map.missing(self.form.seeds.value))
        text = "another map, not started yet" if not made else "a map that can go on" if missing else "a full map"
        self._settle(f"{self.choice}: {text}.")
        if running:
            self._begin()

    def _clicked(self, cell):
        """Show the curve of that cell; where there is none yet, make its runs first."""
        if self.map.of_cell(cell, 1):
            self._show_cell(cell)
        elif self._sweep is None:
            self._begin([cell])
        else:
            self.say("This cell has no run yet: it will be filled in a moment.")

    def _show_cell(self, cell):
        seeds = self.form.seeds.value
        self._said = self.map.sentence(cell, seeds)
        self.curves.add((self.choice, cell), self.map.of_cell(cell, 1)[0])
        self._draw_curves()
        self._show()

    # The runs -----------------------------------------------------------------------------------------------------

    def _open(self):
        """Take the map of the choice as the controls stand; a map that was begun before is still there."""
        lrs = self._lrs[self.choice.optimizer]
        self.map = self._maps.setdefault(self.choice, RateMap(self.choice, self._sizes, lrs))

    def _begin(self, cells=None):
        """Start the runs that are missing, of the whole map or of those cells."""
        missing = self.map.missing(self.form.seeds.value, cells)
        if not missing:
            self.say("Every run of this map is made. Change a setting for another map, or press Reset.")
            return
        self._sweep, self._cells = self._sweep_of(missing), cells
        # asyncio itself keeps only a weak reference to a task, so we hold one.
        self._task = asyncio.get_running_loop().create_task(self._fill(self._sweep))
        self._enable()
        self.say(f"Training on {self._sweep.workers} core{'s' if self._sweep.workers > 1 else ''}.")

    def _sweep_of(self, settings):
        net = _network(self.train, self.choice.optimizer, self._hidden)
        budget = {self.choice.unit: self.choice.amount}
        options = {"workers": self._workers, "cache": self.form.cache.value}
        return Sweep(net, self.train, self.val, settings=settings, **budget, **options)

    async def _fill(self, sweep):
        """Take the outcomes as they come, until the end or until the sweep is called off."""
        error = None
        try:
            async for outcome in sweep.outcomes():
                if self._sweep is sweep:
                    self.map.take(outcome)
                    self._show()
        except Exception as problem:
            error = problem
        if self._sweep is sweep:
            self._ended(error)

    def _ended(self, error):
        self._sweep = None
        self._settle("Finished. Click a cell to see its curve.")
        if error is not None:
            self.fail(error)
        for cell in self._cells or ():
            self._show_cell(cell)
        self.tell_watchers()

    def _call_off(self):
        """End the runs under way, if there are any; what they were is forgotten."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None


def _network(train, optimizer, hidden):
    """The untrained network that every run starts anew; the sweep gives each its own learning rate and seed."""
    settings = Settings(1, 0.1, optimizer, checks.whole_number("hidden", hidden), "epochs", 1, seed=0)
    return settings.make_network(train.X.shape[1], train.classes)


def _budget(**amounts):
    """(unit, amount) of the one that is given, 4 epochs if none is."""
    given = {unit: amount for unit, amount in amounts.items() if amount is not None} or {"epochs": 4}
    if len(given) > 1:
        raise ValueError(f"give one of {', '.join(AMOUNTS)}; got {', '.join(given)}")
    ((unit, amount),) = given.items()
    return unit, up_to(AMOUNTS[unit][1], unit, amount)


def _rates_of_all(lrs, optimizer):
    """{optimizer: its learning rates}: those of `optimizer` (by default those that suit it), others in proportion."""
    own = [lr * SCALES[optimizer] for lr in SGD_RATES] if lrs is None else lrs
    own = _ordered("lrs", [checks.positive_number("a learning rate", lr) for lr in own])
    # Six digits, to be rid of the dust of floating point.
    return {name: tuple(float(f"{lr * scale / SCALES[optimizer]:.6g}") for lr in own) for name, scale in SCALES.items()}


def _ordered(name, values):
    """The values in order, as a tuple; a ValueError where there are none or one stands there twice."""
    if not values or len(set(values)) < len(values):
        raise ValueError(f"{name} must hold one value or more, each once; got {values}")
    return tuple(sorted(values))
