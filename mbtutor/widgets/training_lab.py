"""The first lab: choose a batch size, press Train, and watch a network learn."""

import ipywidgets

from .. import checks
from ..batches import MiniBatches
from ..datasets.dataset import as_dataset
from ..layers import Dense, ReLU
from ..network import Network
from ..training import train as start_training
from .batch_preview import preview
from .controls import PACES, up_to
from .programs import OPTIMIZERS, Settings, program_tabs, show_programs
from .runs_lab import RunsLab
from .training_form import LARGEST_BUDGET, LARGEST_HIDDEN, TrainingForm

VALIDATIONS = 100  # about how many points the validation curve of a run has


class TrainingLab(RunsLab):
    """Trains a network with one hidden layer on `train`, one click away, and shows loss and accuracy live.

    train, val: Datasets with class labels. The rest is where the controls start: batch_size (1 up to all rows), lr,
    optimizer (a name in the menu), hidden units, epochs or a budget of updates, seed, pace (updates a second; math.inf:
    as fast as it can). Nothing trains until Train is clicked; `run()` does the same without a browser.
    Raises ValueError for a setting that the controls do not offer.
    """

    name = "training_lab"
    form_kind = TrainingForm

    def __init__(
        self, train, val, *, batch_size=32, lr=0.1, optimizer="SGD", hidden=32, epochs=5, updates=None, seed=0, pace=200
    ):
        self.train, self.val = as_dataset(train), as_dataset(val)
        if not self.train.classes:
            raise ValueError(f"train must have class labels in y for this lab; got {self.train.y.dtype} targets")
        budget, amount = ("epochs", epochs) if updates is None else ("updates", updates)
        start = Settings(
            batch_size=up_to(len(self.train), "batch_size", batch_size),
            lr=checks.positive_number("lr", lr),
            optimizer=checks.choice("optimizer", optimizer, tuple(OPTIMIZERS)),
            hidden=up_to(LARGEST_HIDDEN, "hidden", hidden),
            budget=budget,
            amount=up_to(LARGEST_BUDGET, budget, amount),
            seed=checks.whole_number("seed", seed, minimum=0),
        )
        pace = checks.choice("pace", pace, tuple(PACES.values()))
        changes = self.handler(self._changed), self.handler(self._lr_changed)
        form = self.form_kind(start, len(self.train), pace, *changes)
        super().__init__(form, **self._page())

    def _page(self):
        """Make the widgets around form and curves: above, below and sections, as RunsLab takes them."""
        self.preview, self.code = ipywidgets.HTML(), program_tabs()
        return {"above": [self.preview], "sections": {"Show the code": self.code}}

    def _new_run(self, settings):
        layers = [Dense(self.train.X.shape[1], settings.hidden), ReLU(), Dense(settings.hidden, self.train.classes)]
        net = Network(layers, seed=settings.seed)
        net.compile(loss="cross_entropy", optimizer=settings.make_optimizer())
        batches = MiniBatches(self.train, settings.batch_size, seed=settings.seed)
        updates = settings.amount * (len(batches) if settings.budget == "epochs" else 1)
        every = max(1, updates // VALIDATIONS)
        training = start_training(net, batches, updates=updates, validation=self.val, validate_every=every)
        cells = {"batch size": settings.batch_size, "learning rate": f"{settings.lr:g}"}
        cells |= {"optimizer": settings.optimizer, "hidden": settings.hidden}
        return training, f"batch size {settings.batch_size}", cells

    def _explain_settings(self):
        settings = self.form.settings
        self.preview.value = preview(MiniBatches(self.train, settings.batch_size, seed=settings.seed))
        show_programs(self.code, settings, self.train)
