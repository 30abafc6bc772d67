"""The batch norm lab of lesson 10: one network in both modes, and the running mean that follows the batches."""

import time

import ipywidgets
import numpy as np

from .. import checks, figures
from ..batches import MiniBatches
from ..datasets import as_dataset
from ..experiments import BothModes
from ..training import train as start_training
from .controls import PACES, up_to
from .live_curves import LiveCurves
from .live_picture import LivePicture
from .norm_form import LARGEST_BATCH, NormForm, NormSettings
from .programs import program_tabs, show_texts
from .programs.norms import norm_programs
from .runs import Run
from .runs_lab import RunsLab
from .training_form import LARGEST_BUDGET

VALIDATIONS = 30  # about how many a run has
ALIKE = 0.02  # accuracies that close to each other are called alike


class ModeCurves(LiveCurves):
    """The live picture of the validation rows in both modes."""

    def figure(self, histories, clock, end=None, highest_loss=None, first=0):
        return figures.modes(histories, clock, end, highest_loss, first)

    def points(self, history):
        return figures.mode_points(history, self.clock)


class NormRun(Run):
    """A run of BothModes; its words and its line in the table say the accuracy in both."""

    def sentence(self):
        """Where the run is, in words."""
        numbers, evaluated = self.history.measured("val_accuracy")
        if not len(numbers):
            return "no update yet"
        own, made = self.history.measured("accuracy")[1], self.history["number"][-1]
        text = f"update {made:,.0f} of {self._ends['updates']:,}: "
        text += f"measured at {numbers[-1]:,.0f}, " if made > numbers[-1] else ""
        return f"{text}{figures.EVALUATION} {evaluated[-1]:.1%} right, {figures.OWN} {own[-1]:.1%}"

    def row(self):
        """{column: text} of this run in the table."""
        found = {"updates": f"{self.history['number'][-1]:,.0f}"}
        for name, text in (("val_accuracy", figures.EVALUATION), ("accuracy", figures.OWN)):
            found[text] = f"{self.history.measured(name)[1][-1]:.1%}"
        return {"run": self.number, **self.cells, **found}


class NormLab(RunsLab):
    """Trains a network with batch norm after its hidden layer, and asks it for the validation rows in both modes.

    train, val: Datasets with class labels. The rest is where the controls start: batch_size (2 to 256), norm (False: no
    batch norm), momentum (the share of the newest batch in the running mean), lr, epochs or a budget of updates, seed,
    pace (updates a second; math.inf: as fast as it can). The network has 64 hidden units, the optimizer is Adam.
    Nothing trains until Train is clicked; `run()` does the same without a browser. `means` has the means of one hidden
    unit in the newest run, see mb.experiments.BothModes.
    Raises ValueError for a setting that the controls do not offer.
    """

    name = "norm_lab"
    curves_kind, run_kind = ModeCurves, NormRun

    def __init__(
        self,
        train,
        val,
        *,
        batch_size=32,
        norm=True,
        momentum=0.1,
        lr=0.002,
        epochs=3,
        updates=None,
        seed=0,
        pace=50,
    ):
        self.train, self.val = as_dataset(train), as_dataset(val)
        if not self.train.classes:
            raise ValueError(f"train must have class labels in y for this lab; got {self.train.y.dtype} targets")
        budget, amount = ("epochs", epochs) if updates is None else ("updates", updates)
        start = NormSettings(
            batch_size=up_to(min(LARGEST_BATCH, len(self.train)), "batch_size", batch_size, lowest=2),
            norm=norm,
            momentum=momentum,
            lr=lr,
            budget=budget,
            amount=up_to(LARGEST_BUDGET, budget, amount),
            seed=seed,
        )
        pace = checks.choice("pace", pace, tuple(PACES.values()))
        form = NormForm(start, len(self.train), pace, self.handler(self._changed), self.handler(self._lr_changed))
        self.explained, self.verdict = ipywidgets.HTML(), ipywidgets.HTML()
        self._trace = LivePicture("mbtutor-means")
        self._span = self._trace_end = None
        self.code = program_tabs()
        below = [self.verdict, self._trace.widget]
        super().__init__(form, [self.explained], below, {"Show the code": self.code})

    @property
    def means(self):
        """[(update, mean of the batch, running mean, mean of all rows or NaN), ...] of the newest run."""
        return self._training.means if self._training else []

    def _explain_settings(self):
        settings = self.form.settings
        rows, size = len(self.train), settings.batch_size
        updates = rows // size + (rows % size > 1)
        norm = f"Batch norm takes its mean over <b>{size} rows</b>" if settings.norm else "<b>No batch norm</b>"
        self.explained.value = (
            f'<div class="mbtutor-explained" style="line-height:1.5">{norm}. An epoch over {rows:,} rows has '
            f"{updates:,} update{'s'[: updates > 1]}. The {len(self.val):,} validation rows are asked for twice: in "
            f"{figures.EVALUATION}, with the running statistics, and in batches of {size} that are normalised by their "
            "own.</div>"
        )
        show_texts(self.code, norm_programs(settings, self.train, self._lonely(size)))

    # A run --------------------------------------------------------------------------------------------------------

    def _new_run(self, settings):
        inputs, size = int(np.prod(self.train.X.shape[1:])), settings.batch_size
        net = settings.make_network(inputs, self.train.classes)
        batches = MiniBatches(self.train, size, seed=settings.seed, drop_last=self._lonely(size))
        updates = settings.amount * (len(batches) if settings.budget == "epochs" else 1)
        every = max(1, updates // VALIDATIONS)
        training = start_training(net, batches, updates=updates, validation=self.val, validate_every=every)
        norm = f"share {settings.momentum:g}" if settings.norm else "none"
        cells = {"batch size": size, "batch norm": norm, "learning rate": f"{settings.lr:g}", "seed": settings.seed}
        return BothModes(training, self._farthest(net)), f"batch size {size}", cells

    def _lonely(self, size):
        """Whether the last batch would have one row, and so no deviation."""
        return len(self.train) % size == 1

    def _farthest(self, net):
        """The hidden unit whose mean lies farthest from 0 at the start, where the running means begin."""
        X = np.asarray(self.train.X, float).reshape(len(self.train), -1).mean(axis=0)
        return int(np.abs(X @ net.layers[1].W + net.layers[1].b).argmax())

    # What it shows ------------------------------------------------------------------------------------------------

    def _draw_axes(self):
        super()._draw_axes()
        self._draw_trace()

    def _draw_trace(self):
        self._span, self._trace_end = figures.mean_span(self.means), self._updates()
        self._trace.draw(figures.means(self.means, self._trace_end, self._span))

    def _updates(self):
        return self._training.total if self._training else self._new_run(self.form.settings)[0].total

    def _frame_more(self):
        low, high = figures.mean_span(self.means)
        if low < self._span[0] - 1e-9 or high > self._span[1] + 1e-9 or self._trace_end != self._updates():
            self._draw_trace()
        text = self._means_in_words()
        self._trace.frame(figures.mean_points(self.means), text, len(self.means))
        self.verdict.value = f'<div class="mbtutor-verdict" role="status" style="line-height:1.5">{self._said()}</div>'
        self._last_frame = time.perf_counter()

    def _means_in_words(self):
        if not self.means:
            return "Means of one feature: none yet."
        number, batch, running, _ = self.means[-1]
        return (
            f"Hidden unit {self._training.feature}, update {number:,}: mean of the batch {batch:.2f}, "
            f"running mean {running:.2f}"
        )

    def _said(self):
        evaluated, own = (self.history.measured(name)[1] for name in ("val_accuracy", "accuracy"))
        if not len(evaluated) or len(self.history) < 2:
            return "No run yet."
        if not self.means:
            return "Without batch norm there is one mode: the two curves are the same."
        gap = evaluated[-1] - own[-1]
        alike = (
            "<b>Both modes read alike</b>"
            if abs(gap) < ALIKE
            else f"<b>The modes differ by {100 * gap:+.0f} points</b>"
        )
        return f"{alike}. {self._means_in_words()}."
