"""The lab of lesson 10: pictures that come changed in every batch, and the network that learns to read them."""

import time

import ipywidgets
import numpy as np

from .. import checks
from ..batches import MiniBatches
from ..datasets import as_dataset
from ..training import train as start_training
from .augmentation_form import LARGEST_BATCH, AugmentationForm, AugmentationSettings
from .coming_pictures import coming_pictures
from .controls import PACES, up_to
from .filter_view import filter_view
from .mistakes import Mistakes
from .programs import program_tabs, show_texts
from .programs.images import augmentation_programs
from .runs_lab import RunsLab
from .training_form import LARGEST_BUDGET

VALIDATIONS = 20  # about how many a run has
LOOK = 1 / 2  # seconds between two looks at filters and mistakes while a run goes on


class AugmentationLab(RunsLab):
    """Trains a small convolutional network on pictures of `train` that are shifted, or made noisy, in every batch.

    train, val: Datasets of grey pictures, X (n, 1, height, width), with class labels; those of `val` are never changed.
    The rest is where the controls start: rows of `train` to learn from, batch_size (at most 256), lr, shift (pixels),
    noise (a standard deviation), epochs or a budget of updates, seed, pace (updates a second; math.inf: as fast as it
    can). The optimizer is Adam, the network computes in float32.
    Nothing trains until Train is clicked; `run()` does the same without a browser. `predicted` is what the network
    said last of each validation row, or None.
    Raises ValueError for a setting that the controls do not offer, and for rows that are no such pictures.
    """

    name = "augmentation_lab"

    def __init__(
        self,
        train,
        val,
        *,
        rows=500,
        batch_size=32,
        lr=0.003,
        shift=0,
        noise=0.0,
        epochs=12,
        updates=None,
        seed=0,
        pace=50,
    ):
        self.train, self.val = _pictures("train", train), _pictures("val", val)
        budget, amount = ("epochs", epochs) if updates is None else ("updates", updates)
        start = AugmentationSettings(
            rows=up_to(len(self.train), "rows", rows),
            batch_size=up_to(min(LARGEST_BATCH, len(self.train)), "batch_size", batch_size),
            lr=lr,
            shift=shift,
            noise=noise,
            budget=budget,
            amount=up_to(LARGEST_BUDGET, budget, amount),
            seed=seed,
        )
        start.make_network(self.train.X.shape[1:], self.train.classes)  # pictures that are too small are refused now
        pace = checks.choice("pace", pace, tuple(PACES.values()))
        form = AugmentationForm(
            start, len(self.train), pace, self.handler(self._changed), self.handler(self._lr_changed)
        )
        self.explained, self.coming, self.filters = (ipywidgets.HTML() for _ in range(3))
        self.mistakes, self.predicted, self._looked = Mistakes(self.val, self.handler), None, 0.0
        self.filters.layout.flex, self.filters.layout.width = "1 1 380px", "auto"
        learned = ipywidgets.HBox([self.filters, self.mistakes.widget], layout={"flex_flow": "row wrap"})
        self.code = program_tabs()
        super().__init__(form, [self.explained, self.coming], [learned], {"Show the code": self.code})

    def _explain_settings(self):
        settings = self.form.settings
        batches = self._batches(settings)
        changed = [f"moved by up to {settings.shift} pixel{'s'[: settings.shift > 1]}"] * (settings.shift > 0)
        changed += [f"with noise of deviation {settings.noise:g}"] * (settings.noise > 0)
        how = f"<b>{' and '.join(changed)}, anew in every batch</b>" if changed else "as they are stored, every time"
        self.explained.value = (
            f'<div class="mbtutor-explained" style="line-height:1.5">The network learns from <b>{settings.rows:,} of '
            f"{len(self.train):,} pictures</b>, {how}. An epoch has {len(batches):,} "
            f"update{'s'[: len(batches) > 1]}. The {len(self.val):,} validation pictures stay as they are.</div>"
        )
        self._show_coming(batches)
        show_texts(self.code, augmentation_programs(settings, self.train))

    def _show_coming(self, batches, epoch=0):
        self._epoch_shown = epoch
        self.coming.value = coming_pictures(batches, epoch)

    # A run --------------------------------------------------------------------------------------------------------

    def _batches(self, settings):
        rows = settings.rows_of(self.train)
        return MiniBatches(rows, min(settings.batch_size, len(rows)), seed=settings.seed, augment=settings.augment())

    def _new_run(self, settings):
        net = settings.make_network(self.train.X.shape[1:], self.train.classes)
        batches = self._batches(settings)
        updates = settings.amount * (len(batches) if settings.budget == "epochs" else 1)
        every = max(1, updates // VALIDATIONS)
        training = start_training(net, batches, updates=updates, validation=self.val, validate_every=every)
        cells = {"shift": settings.shift, "noise": f"{settings.noise:g}", "rows": settings.rows}
        cells |= {"batch size": batches.batch_size, "learning rate": f"{settings.lr:g}", "seed": settings.seed}
        return training, f"shift {settings.shift}", cells

    # What it shows ------------------------------------------------------------------------------------------------

    def _frame_more(self):
        if self._training is None:
            self.predicted, self.filters.value = None, '<div class="mbtutor-filters">No run yet.</div>'
            self.mistakes.show(None)
        elif not self._player.playing or time.perf_counter() - self._looked >= LOOK:
            self._look()

    def _look(self):
        """Show the network as it is now: its filters, its mistakes, and the pictures of the epoch it is in."""
        net, epoch = self._training.net, max(0, int(self.history["epoch"][-1]) - 1) if len(self.history) else 0
        self.filters.value = filter_view(net.layers[0], self.val.X[len(self.val) // 2])
        self.predicted = net.predict(self.val.X)
        self.mistakes.show(self.predicted)
        if epoch != self._epoch_shown:
            self._show_coming(self._training.batches, epoch)
        self._looked = time.perf_counter()

    def _settle(self, text):
        super()._settle(text)
        kinds = None
        if self.predicted is not None:
            kinds = np.zeros((self.train.classes, self.train.classes), int)
            np.add.at(kinds, (self.val.y, self.predicted), 1)
        self.mistakes.offer(kinds)


def _pictures(name, data):
    data = as_dataset(data)
    if not data.classes or data.X.ndim != 4 or data.X.shape[1] != 1 or not data.image_shape:
        raise ValueError(
            f"{name} must hold grey pictures, X (n, 1, height, width), with class labels, such as "
            f"mb.datasets.load_images() gives; got {data!r}"
        )
    return data
