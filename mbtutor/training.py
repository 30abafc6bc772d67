"""Part 3 of the guide: the training loop. It hands out one record an update; who asks for no more has stopped it."""

import time
from typing import NamedTuple

from . import checks
from .batches import MiniBatches
from .datasets.dataset import as_dataset
from .evaluation import check_fit, evaluate
from .network import NotFinite


class Update(NamedTuple):
    """What one update was like. Update 0 is the untrained network: it has no loss of its own, since no batch was drawn."""

    number: int  # updates so far
    epoch: int  # the epoch it belongs to, counted from 1 (0 before the first)
    examples: int  # rows used so far, counting a row again each time it is used
    seconds: float  # spent on updates; not on validation, nor while nobody asks for the next one
    loss: float | None = None  # of the batch, before its update
    accuracy: float | None = None  # of the batch, before its update
    val_loss: float | None = None  # of the validation rows, after the update, when they were looked at
    val_accuracy: float | None = None


class TrainingDiverged(ArithmeticError):
    """The loss or a weight became NaN or infinite. The network keeps its last finite weights."""


def train(net, batches, *, epochs=None, updates=None, validation=None, validate_every=None, patience=None, resume=None):
    """Return a Run: an iterator of Updates, each made when it is asked for. `list(train(...))` is a whole run.

    net: a compiled Network, changed in place. batches: MiniBatches. epochs or updates: how long, one of the two.
    validation: a Dataset to measure before the first update, then every `validate_every` updates (by default at
    the end of each epoch) and after the last. patience: stop after that many validations in a row without a lower
    validation loss; then (and at the end of the run) the best weights seen are put back.
    resume: the `Run.state()` of an earlier run; the rest comes out as if that run had never stopped.

    Everything is checked before the first update: raises ValueError or TypeError. While running it raises
    TrainingDiverged, with the last finite weights in place, when the loss or a weight stops being finite.
    """
    return Run(net, batches, epochs, updates, validation, validate_every, patience, resume)


class Run:
    """One training run, an iterator of Updates; see `train`. `state()` between two updates is a checkpoint."""

    def __init__(self, net, batches, epochs, updates, validation, validate_every, patience, resume):
        if not isinstance(batches, MiniBatches):
            raise TypeError(f"batches must be mb.MiniBatches(train, batch_size=32) or the like; got {batches!r:.60}")
        self.net, self.batches = net, batches
        self.total = self._total_updates(epochs, updates)
        self.validation = None if validation is None else as_dataset(validation)
        self.validate_every = (
            len(batches) if validate_every is None else checks.whole_number("validate_every", validate_every)
        )
        self.patience = None if patience is None else checks.whole_number("patience", patience)
        if self.validation is None and (patience, validate_every) != (None, None):
            raise ValueError("patience and validate_every need rows to validate on: pass validation=val")
        for data in (batches.data, self.validation):
            if data is not None:
                check_fit(net, data)
        self.seconds, self._epoch, self._epoch_from, self._epochs_done = 0.0, None, 0, 0
        self._best_loss, self._best_weights, self._waited = None, None, 0
        self._first = net.updates  # the count of the network's updates when this run began
        if resume is not None:
            self._resume(resume)
        self._records = self._loop()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._records)

    @property
    def number(self):
        """Updates made so far. The network counts them, in the same breath as it changes its weights."""
        return self.net.updates - self._first

    def state(self):
        """Everything needed to go on from the last whole update, as a dict of arrays and plain values."""
        batches = self._epoch.state() if self._epoch else {}
        return {
            "network": self.net.state(),
            "batches": {**batches, "position": self.number - self._epoch_from} if batches else {},
            "number": self.number,
            "epochs_done": self._epochs_done,
            "seconds": self.seconds,
            "best_loss": self._best_loss,
            "best_weights": {} if self._best_weights is None else {"weights": self._best_weights.copy()},
            "waited": self._waited,
        }

    def _resume(self, state):
        missing = [name for name in self.state() if name not in state]
        if missing:
            raise ValueError(f"resume must be a Run.state(); {', '.join(missing)} is missing")
        if state["batches"]:
            self._epoch = self.batches.resume(state["batches"])
            self._epoch_from = state["number"] - self._epoch.position
        self.net.load_state(state["network"])
        self._first = self.net.updates - state["number"]
        self._epochs_done, self.seconds = state["epochs_done"], state["seconds"]
        self._best_loss, self._waited = state["best_loss"], state["waited"]
        self._best_weights = state["best_weights"].get("weights")

    def _loop(self):
        if self.number == 0:
            yield self._record()
        while self.number < self.total and not self._out_of_patience():
            started = time.perf_counter()
            batch = self._next_batch()
            loss, accuracy = self._update(batch)
            self.seconds += time.perf_counter() - started
            yield self._record(loss, accuracy)
        if self.patience and self._best_weights is not None:
            self.net.weights[...] = self._best_weights

    def _next_batch(self):
        batch = next(self._epoch, None) if self._epoch else None
        if batch is None:
            self._epochs_done += self._epoch is not None
            self._epoch, self._epoch_from = iter(self.batches), self.number
            batch = next(self._epoch)
        return batch

    def _update(self, batch):
        try:
            return self.net.update(batch.X, batch.y)
        except NotFinite as error:
            raise TrainingDiverged(
                f"update {self.number + 1} (epoch {self._epochs_done + 1}): {error}. The weights of update {self.number} "
                f"are kept. Lower the learning rate (it is {self.net.optimizer.lr:g})"
            ) from None

    def _record(self, loss=None, accuracy=None):
        val_loss = val_accuracy = None
        if self._validates_now():
            measured = evaluate(self.net, self.validation)
            val_loss, val_accuracy = measured["loss"], measured.get("accuracy")
            self._remember_best(val_loss)
        epoch = self._epochs_done + 1 if self.number else 0
        return Update(self.number, epoch, self._examples(), self.seconds, loss, accuracy, val_loss, val_accuracy)

    def _examples(self):
        n, size = len(self.batches.data), self.batches.batch_size
        an_epoch = len(self.batches) * size if self.batches.drop_last else n
        return self._epochs_done * an_epoch + min((self.number - self._epoch_from) * size, an_epoch)

    def _validates_now(self):
        return self.validation is not None and (self.number % self.validate_every == 0 or self.number == self.total)

    def _remember_best(self, val_loss):
        if self._best_loss is None or val_loss < self._best_loss:
            self._best_loss, self._waited = val_loss, 0
            self._best_weights = self.net.weights.copy() if self.patience else None
        else:
            self._waited += 1

    def _out_of_patience(self):
        return self.patience is not None and self._waited >= self.patience

    def _total_updates(self, epochs, updates):
        if (epochs is None) == (updates is None):
            raise ValueError(
                f"give either epochs or updates, one of the two; got epochs={epochs!r}, updates={updates!r}"
            )
        if updates is not None:
            return checks.whole_number("updates", updates)
        return checks.whole_number("epochs", epochs) * len(self.batches)
