"""The first lab: choose a batch size, press Train, and watch a network learn."""

import ipywidgets

from .. import checks
from ..batches import MiniBatches
from ..datasets.dataset import as_dataset
from ..training import train as start_training
from . import svg
from .batch_preview import preview
from .controls import PACES, up_to
from .network_view import network_view
from .programs import program_tabs, show_programs
from .runs_lab import RunsLab
from .settings import HE, Settings
from .training_form import LARGEST_BUDGET, LARGEST_HIDDEN, MOST_HIDDEN_LAYERS, TrainingForm

VALIDATIONS = 100  # about how many points the validation curve of a run has


class TrainingLab(RunsLab):
    """Trains a network on `train`, one click away, and shows loss and accuracy live.

    train, val: Datasets with class labels. architecture=True adds controls for the layers, the activation, the first
    weights and the loss, and a picture of the network. The rest is where the controls start: batch_size (1 up to all
    rows), lr, optimizer (a name in the menu), hidden units in each of 0 to 3 hidden_layers, activation ("ReLU", "Tanh",
    "Sigmoid"), init ("He uniform", "all zero"), loss ("cross-entropy", "mean squared error"), epochs or a budget of
    updates, seed, pace (updates a second; math.inf: as fast as it can).
    Nothing trains until Train is clicked; `run()` does the same without a browser.
    Raises ValueError for a setting that the controls do not offer.
    """

    name = "training_lab"
    form_kind = TrainingForm

    def __init__(
        self,
        train,
        val,
        *,
        architecture=False,
        batch_size=32,
        lr=0.1,
        optimizer="SGD",
        hidden=32,
        hidden_layers=1,
        activation="ReLU",
        init=HE,
        loss="cross-entropy",
        epochs=5,
        updates=None,
        seed=0,
        pace=200,
    ):
        self.train, self.val = as_dataset(train), as_dataset(val)
        if not self.train.classes:
            raise ValueError(f"train must have class labels in y for this lab; got {self.train.y.dtype} targets")
        budget, amount = ("epochs", epochs) if updates is None else ("updates", updates)
        start = Settings(
            batch_size=up_to(len(self.train), "batch_size", batch_size),
            lr=lr,
            optimizer=optimizer,
            hidden=up_to(LARGEST_HIDDEN[bool(architecture)], "hidden", hidden),
            budget=budget,
            amount=up_to(LARGEST_BUDGET, budget, amount),
            seed=seed,
            hidden_layers=up_to(MOST_HIDDEN_LAYERS, "hidden_layers", hidden_layers, lowest=0),
            activation=activation,
            init=init,
            loss=loss,
        )
        pace = checks.choice("pace", pace, tuple(PACES.values()))
        changes = self.handler(self._changed), self.handler(self._lr_changed)
        form = self.form_kind(start, len(self.train), pace, *changes, bool(architecture))
        self._prefix, self.code = svg.new_prefix(), program_tabs()
        self.network = ipywidgets.HTML() if architecture else None
        super().__init__(form, **self._page(form))

    def _page(self, form):
        """Make the widgets around form and curves: above, below and sections, as RunsLab takes them."""
        self.preview = ipywidgets.HTML()
        above = _side_by_side(form.network, self.network, self.preview) if self.network else self.preview
        return {"above": [above], "sections": {"Show the code": self.code}}

    def _new_run(self, settings):
        net = settings.make_network(self.train.X.shape[1], self.train.classes)
        batches = MiniBatches(self.train, settings.batch_size, seed=settings.seed)
        updates = settings.amount * (len(batches) if settings.budget == "epochs" else 1)
        every = max(1, updates // VALIDATIONS)
        training = start_training(net, batches, updates=updates, validation=self.val, validate_every=every)
        return training, f"batch size {settings.batch_size}", self._cells(settings)

    def _cells(self, settings):
        cells = {"batch size": settings.batch_size, "learning rate": f"{settings.lr:g}"}
        cells["optimizer"] = settings.optimizer
        if not self.network:
            return {**cells, "hidden": settings.hidden}
        layers = f"{settings.hidden_layers} x {settings.hidden} {settings.activation}"
        cells["hidden layers"] = layers if settings.hidden_layers else "no hidden layer"
        return {**cells, "first weights": settings.init, "loss": settings.loss}

    def _explain_settings(self):
        settings = self.form.settings
        columns = 16 if self.network else 32  # beside the picture of a network there is half the room
        self.preview.value = preview(MiniBatches(self.train, settings.batch_size, seed=settings.seed), columns)
        if self.network:
            self.network.value = network_view(settings, self.train.X.shape[1], self.train.classes, self._prefix)
        show_programs(self.code, settings, self.train)


def _side_by_side(form, picture, text):
    picture.layout.flex, picture.layout.margin, picture.layout.width = "0 1 400px", "0 24px 0 0", "auto"
    text.layout.flex, text.layout.width = "1 1 380px", "auto"
    return ipywidgets.HBox([form, picture, text], layout={"flex_flow": "row wrap"})
