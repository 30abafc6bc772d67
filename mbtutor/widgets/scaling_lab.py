"""The lab of the prepared data: split the rows, scale the columns, and see what a network makes of them."""

import contextlib
import io
from dataclasses import replace

import ipywidgets
import numpy as np

from .. import checks, figures
from ..batches import MiniBatches
from ..datasets.dataset import as_dataset
from ..layers import Dense, ReLU
from ..network import Network
from ..optimizers import SGD
from ..training import train as start_training
from . import svg
from .controls import PACES, up_to
from .programs import program_tabs, show_programs
from .runs_lab import RunsLab
from .scaling_form import LARGEST_EPOCHS, Preparation, ScalingForm, ScalingSettings
from .settings import Settings
from .split_report import columns_table, report

BATCH_SIZE, HIDDEN, VALIDATIONS, COLUMNS = 32, 32, 100, 4


class ScalingLab(RunsLab):
    """Shows how `data` is split and scaled, and trains the network of lesson 00 on it, one click away.

    data: a Dataset of rows (n, d) with class labels. The rest is where the controls start: scaling ("none", "standard"
    or "min-max"), val, test and stratify as in mb.split, leak (the statistics come from all rows), lr, epochs, pace
    (updates a second; math.inf: as fast as it can). columns: the numbers of the columns to show, by default four.
    Nothing trains until Train is clicked; `run()` does the same without a browser.
    Raises ValueError for a setting that the controls do not offer.
    """

    name = "scaling_lab"

    def __init__(
        self,
        data,
        *,
        scaling="none",
        val=0.15,
        test=0.15,
        stratify=True,
        leak=False,
        lr=0.1,
        epochs=5,
        columns=None,
        seed=0,
        pace=200,
    ):
        self.data = data = as_dataset(data)
        if not data.recipe:  # then the code begins with the data as the learner has it
            self.data = replace(data, recipe=(f"# {data.name}: the data set that you gave to the lab",))
        if not self.data.classes or len(self.data.X.shape) != 2 or not isinstance(self.data.X, np.ndarray):
            raise ValueError(f"data must be a table of rows (n, d) in memory, with class labels in y; got {self.data}")
        self.columns = _spread(self.data.X) if columns is None else _known(columns, self.data.X.shape[1])
        self.seed = checks.whole_number("seed", seed, minimum=0)
        preparation = Preparation.checked(scaling, val, test, stratify, leak)
        epochs = up_to(LARGEST_EPOCHS, "epochs", epochs)
        start = ScalingSettings(preparation, checks.positive_number("lr", lr), epochs)
        pace = checks.choice("pace", pace, tuple(PACES.values()))
        form = ScalingForm(start, pace, self.handler(self._changed), self.handler(self._lr_changed))
        self._shown, self._refused, self._ids = None, False, svg.new_prefix()
        self.report, self.numbers, self.code = ipywidgets.HTML(), ipywidgets.HTML(), program_tabs()
        self.picture = ipywidgets.HTML(layout={"flex": "1 1 560px", "width": "auto"})
        columns = ipywidgets.HBox([self.picture, self.numbers], layout={"flex_flow": "row wrap"})
        super().__init__(form, [self.report, columns], sections={"Show the code": self.code})

    def fail(self, error):
        """Settings that can't be prepared have stopped nothing: say what is wrong with them, until they are mended."""
        if self._refused and isinstance(error, ValueError):
            return self.say(str(error), error=True)
        return super().fail(error)

    def parts(self):
        """(train, val, test) as the controls stand, scaled."""
        self._show_preparation()
        return self._scaled

    def _new_run(self, settings):
        train, val, _ = parts = self.parts()
        net = Network([Dense(train.X.shape[1], HIDDEN), ReLU(), Dense(HIDDEN, train.classes)], seed=self.seed)
        net.compile(loss="cross_entropy", optimizer=SGD(settings.lr))
        batches = MiniBatches(train, min(BATCH_SIZE, len(train)), seed=self.seed)
        every = max(1, settings.epochs * len(batches) // VALIDATIONS)
        training = start_training(net, batches, epochs=settings.epochs, validation=val, validate_every=every)
        how = settings.preparation
        cells = {"scaling": how.scaling, "learning rate": f"{settings.lr:g}", "leak": "yes" if how.leak else "no"}
        cells |= {"split": " / ".join(f"{len(part):,}" for part in parts), "epochs": settings.epochs}
        return training, f"scaling {how.scaling}", cells

    def _explain_settings(self):
        settings, refused = self.form.settings, self._refused
        self._refused = True  # until the rows are split and scaled
        train = self.parts()[0]
        self._refused = False
        if refused:
            self.say("Ready: press Train.")
        size = min(BATCH_SIZE, len(train))
        show_programs(
            self.code, Settings(size, settings.lr, "SGD", HIDDEN, "epochs", settings.epochs, self.seed), train
        )

    def _show_preparation(self):
        """Split and scale anew, and show it, where the learner has changed how."""
        how = self.form.settings.preparation
        if how == self._shown:
            return
        with contextlib.redirect_stdout(io.StringIO()) as note:  # a lab says on its page what a cell would print
            before, self._scaled = how.parts_of(self.data, self.seed)
        self._shown = how
        self.report.value = report(self.data, before, how, note.getvalue())
        self.numbers.value = columns_table(before[:2], self._scaled[:2], self.columns)
        figure = figures.histograms(before[:2], self._scaled[:2], self.columns, _done(how.scaling))
        text = (
            f"Histograms of {len(self.columns)} columns before and after scaling; the table beside has their numbers."
        )
        self.picture.value = svg.picture(figure, "mbtutor-histograms", self._ids, text)

    def _ended(self, error):
        super()._ended(error)
        reached = self.history.measured("val_accuracy")[1]
        if error is None and reached[-1] < 2 / self.data.classes:
            self.say(
                "Finished, but it reads hardly more than guessing would. Updates that are far too large for these "
                "columns do that, and so do too few of them, or too small ones."
            )


def _done(scaling):
    return {"none": "not scaled", "standard": "standardised", "min-max": "scaled by min-max"}[scaling]


def _spread(X):
    """The numbers of some columns, from one that varies little to the one that varies most."""
    order = np.argsort(X.std(axis=0), kind="stable")
    return order[np.unique(np.linspace(len(order) // 3, len(order) - 1, COLUMNS).astype(int))].tolist()


def _known(columns, count):
    if not columns or max(checks.whole_number("columns", column, minimum=0) for column in columns) >= count:
        raise ValueError(f"columns must be a list of numbers from 0 to {count - 1}; got {columns!r}")
    return list(columns)
