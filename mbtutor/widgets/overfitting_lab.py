"""The lab of lesson 08: watch the gap between training and validation open, and try what holds it back."""

import time
from dataclasses import replace

import ipywidgets
import numpy as np

from .. import checks, figures
from ..batches import MiniBatches
from ..datasets import as_dataset, with_wrong_labels
from ..experiments import BothLosses, stopping_point
from ..training import train as start_training
from .controls import PACES, up_to
from .live_curves import LiveCurves
from .overfitting_form import OverfittingForm, OverfittingSettings, checked
from .programs import made, program_tabs, show_programs
from .runs import Run
from .runs_lab import RunsLab
from .training_form import LARGEST_BUDGET, LARGEST_HIDDEN

VALIDATIONS = 50  # about how many a run has, whatever its batch size: patience is counted in them
SUPPOSED = 5  # the patience whose stop is marked where patience is off
LOOK = 1 / 4  # seconds between two looks at the wrong labels while a run goes on
RISE = 1.05  # a validation loss that many times its lowest has risen


class GapCurves(LiveCurves):
    """The live picture of both losses and the gap between them. patience: whose stop is marked."""

    patience = SUPPOSED

    def figure(self, histories, clock, end=None, highest_loss=None, first=0):
        return figures.gap(histories, clock, end, highest_loss, first, self.patience)

    def points(self, history):
        return figures.gap_points(history, self.clock, self.patience)


class OverfittingRun(Run):
    """A run of both losses. It says how wide the gap is, how low validation came, and where patience ends it."""

    patience = None  # the lab writes it: that of the run, None where it is off

    def sentence(self):
        """Where the run is, in words."""
        numbers, losses = self.history.measured("val_loss")
        if not len(losses):
            return "no update yet"
        train, made = self.history.measured("loss")[1], self.history["number"][-1]
        text = f"update {made:,.0f} of {self._ends['updates']:,}: "
        text += f"measured at {numbers[-1]:,.0f}, " if made > numbers[-1] else ""
        text += f"training loss {train[-1]:.3f}, "
        text += f"validation loss {losses[-1]:.3f}, gap {losses[-1] - train[-1]:.3f}"
        low, stop = stopping_point(losses, self.patience or SUPPOSED)
        text += f"; lowest validation loss {losses.min():.3f} at update {numbers[losses.argmin()]:,.0f}"
        if self.patience is None and stop is not None:
            text += f"; a patience of {SUPPOSED} would have stopped at update {numbers[stop]:,.0f} "
            text += f"and gone back to {losses[low]:.3f}"
        return text

    @property
    def stopped_early(self):
        """Whether patience has ended the run."""
        return stopping_point(self.history.measured("val_loss")[1], self.patience).stop is not None

    @property
    def rise(self):
        """The last validation loss as a multiple of the lowest one."""
        losses = self.history.measured("val_loss")[1]
        return losses[-1] / losses.min()

    def row(self):
        """{column: text} of this run in the table."""
        numbers, losses = self.history.measured("val_loss")
        train, accuracy = (self.history.measured(name)[1][-1] for name in ("loss", "val_accuracy"))
        found = {"updates": f"{self.history['number'][-1]:,.0f}", "training loss": f"{train:.3f}"}
        found |= {"validation loss": f"{losses[-1]:.3f}", "gap": f"{losses[-1] - train:.3f}"}
        found |= {"lowest validation loss": f"{losses.min():.3f}", "at update": f"{numbers[losses.argmin()]:,.0f}"}
        return {"run": self.number, **self.cells, **found, "validation accuracy": f"{accuracy:.1%}"}


class OverfittingLab(RunsLab):
    """Trains a network on some rows of `train`, some of them with wrong labels, and shows both losses and their gap.

    train, val: Datasets with class labels; the labels of `val` stay right. The rest is where the controls start: rows
    of `train` to learn from, wrong (the share of their labels that is wrong), batch_size, lr, weight_decay, dropout,
    patience (a number of validations; None: off), epochs or a budget of updates, seed, pace (updates a second;
    math.inf: as fast as it can). hidden: units of the one hidden layer. The optimizer is SGD.
    Nothing trains until Train is clicked; `run()` does the same without a browser. `repeated` tells how many of the
    wrong labels the network gives as its answer, of how many.
    Raises ValueError for a setting that the controls do not offer.
    """

    name = "overfitting_lab"
    curves_kind, run_kind = GapCurves, OverfittingRun

    def __init__(
        self,
        train,
        val,
        *,
        rows=300,
        wrong=0.2,
        batch_size=32,
        lr=0.1,
        weight_decay=0.0,
        dropout=0.0,
        patience=None,
        epochs=150,
        updates=None,
        hidden=64,
        seed=0,
        pace=200,
    ):
        self.train, self.val = as_dataset(train), as_dataset(val)
        if not self.train.classes:
            raise ValueError(f"train must have class labels in y for this lab; got {self.train.y.dtype} targets")
        budget, amount = ("epochs", epochs) if updates is None else ("updates", updates)
        start = OverfittingSettings(
            rows=up_to(len(self.train), "rows", rows),
            wrong=wrong,
            batch_size=up_to(rows, "batch_size", batch_size),
            lr=lr,
            optimizer="SGD",
            hidden=up_to(LARGEST_HIDDEN[False], "hidden", hidden),
            budget=budget,
            amount=up_to(LARGEST_BUDGET, budget, amount),
            seed=seed,
            weight_decay=weight_decay,
            dropout=dropout,
            patience=patience,
        )
        pace = checks.choice("pace", pace, tuple(PACES.values()))
        changes = self.handler(self._changed), self.handler(self._lr_changed)
        form = OverfittingForm(checked(start), len(self.train), pace, *changes)
        self.explained, self.verdict, self.code = ipywidgets.HTML(), ipywidgets.HTML(), program_tabs()
        self._rows, self._looked, self.repeated = None, 0.0, (0, 0)
        super().__init__(form, [self.explained], [self.verdict], {"Show the code": self.code})

    def _explain_settings(self):
        settings = self.form.settings
        updates = -(-settings.rows // settings.batch_size)
        wrong = round(settings.wrong * settings.rows)
        validations = "every update" if _every(settings) == 1 else f"every {_every(settings)} updates"
        self.explained.value = (
            f'<div class="mbtutor-explained" style="line-height:1.5">The network learns from '
            f"<b>{settings.rows:,} of {len(self.train):,} rows</b>, {wrong:,} of them with a wrong label. An epoch has "
            f"{updates:,} update{'s'[: updates > 1]}, the run {_updates(settings):,}; both losses are measured "
            f"{validations}, on all training rows and on {len(self.val):,} validation rows.</div>"
        )
        shown = replace(settings, validate_every=_every(settings))
        show_programs(self.code, shown, self._rows_of(settings))

    # A run --------------------------------------------------------------------------------------------------------

    def _new_run(self, settings):
        net = settings.make_network(self.train.X.shape[1], self.train.classes)
        batches = MiniBatches(self._rows_of(settings), settings.batch_size, seed=settings.seed)
        options = {"validation": self.val, "validate_every": _every(settings), "patience": settings.patience}
        training = BothLosses(start_training(net, batches, updates=_updates(settings), **options))
        cells = {"rows": settings.rows, "wrong labels": f"{settings.wrong:.0%}", "batch size": settings.batch_size}
        cells |= {"learning rate": f"{settings.lr:g}", "weight decay": f"{settings.weight_decay:g}"}
        cells |= {"dropout": f"{settings.dropout:g}", "patience": settings.patience or "off", "seed": settings.seed}
        return training, f"{settings.rows} rows", cells

    def _rows_of(self, settings):
        few = self.train.subset(np.arange(settings.rows))
        line = f"with_wrong_labels(train.subset(range({settings.rows})), {settings.wrong:g})"
        recipe = made(self.train), f"train = mb.datasets.{line}"
        return replace(with_wrong_labels(few, settings.wrong), name="train", recipe=recipe)

    def _begin(self):
        super()._begin()
        self._runs.newest.patience = self.form.settings.patience
        self.curves.patience = self.form.settings.patience or SUPPOSED
        self._frame()

    def _settle(self, text):
        super()._settle(text)
        if text == "Finished." and self._runs.newest.stopped_early:
            self.say(f"Stopped early: {self._early()}")

    def _early(self):
        numbers, losses = self.history.measured("val_loss")
        best, patience = losses.argmin(), self._runs.newest.patience
        return (
            f"{patience} validation{'s'[: patience > 1]} without a lower loss. The weights of update "
            f"{numbers[best]:,.0f} are put back, with validation loss {losses[best]:.3f}."
        )

    # What it shows ------------------------------------------------------------------------------------------------

    def _frame_more(self):
        if self._training is None:
            self.repeated, self.verdict.value = (0, 0), _paragraph("No run yet.")
        elif not self._player.playing or time.perf_counter() - self._looked >= LOOK:
            self._look()

    def _look(self):
        """Count the wrong labels that the network, as it is now, gives as its answer, and say what is going on."""
        rows = self._training.batches.data
        wrong = np.flatnonzero(rows.y != self.train.y[: len(rows)])
        with np.errstate(all="ignore"):  # a network that ran away answers as well
            repeated = self._training.net.predict(rows.X[wrong]) == rows.y[wrong] if len(wrong) else wrong
        self.repeated = int(np.count_nonzero(repeated)), len(wrong)
        self.verdict.value = _paragraph(self._verdict())
        self._looked = time.perf_counter()

    def _verdict(self):
        repeated, wrong = self.repeated
        losses = self.history.measured("val_loss")[1]
        if not len(losses):
            return "No update yet."
        text = "<b>Not overfitting so far:</b> the validation loss is at its lowest, or close to it."
        if self._runs.newest.stopped_early:
            text = "<b>Stopped before it overfitted further:</b> the weights of the lowest point are back."
        elif self._runs.newest.rise > RISE:
            text = f"<b>Overfitting:</b> the validation loss has risen from {losses.min():.3f} to {losses[-1]:.3f}."
        return f"{text} Of {wrong} wrong labels the network now repeats <b>{repeated}</b>." if wrong else text


def _updates(settings):
    return settings.amount * (-(-settings.rows // settings.batch_size) if settings.budget == "epochs" else 1)


def _every(settings):
    return max(1, _updates(settings) // VALIDATIONS)


def _paragraph(text):
    return f'<div class="mbtutor-verdict" role="status" style="line-height:1.5">{text}</div>'
