"""Part 3 of the guide: the training loop. It hands out one record an update; who asks for no more has stopped it."""

import time
from typing import NamedTuple

import numpy as np

from . import checks
from .batches import MiniBatches
from .datasets.dataset import as_dataset
from .datasets.sequences import numbers_of
from .evaluation import check_fit, evaluate
from .network import NotFinite


class Update(NamedTuple):
    """What one update was like. Update 0 is the untrained network: without a batch it has no loss of its own."""

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


def train(
    net,
    batches,
    *,
    epochs=None,
    updates=None,
    validation=None,
    validate_every=None,
    patience=None,
    schedule=None,
    micro_batch_size=None,
    resume=None,
):
    """Return a Run: an iterator of Updates, each made when it is asked for. `list(train(...))` is a whole run.

    net: a compiled Network, changed in place. batches: MiniBatches. epochs or updates: how long, one of the two.
    validation: a Dataset to measure before the first update, then every `validate_every` updates (by default at
    the end of each epoch) and after the last. patience: stop after that many validations in a row without a lower
    validation loss; then (and at the end of the run) the best weights seen are put back.
    schedule: a function from the number of an update (1, 2, ...) to its learning rate, such as mb.warm_up(...); it
    sets `net.optimizer.lr` before each update. By default the optimizer's own rate stays.
    micro_batch_size: gradient accumulation: compute each batch in pieces of so many rows, to save memory.
    resume: the `Run.state()` of an earlier run; the rest comes out as if that run had never stopped.

    Everything is checked before the first update: raises ValueError or TypeError. While running it raises
    TrainingDiverged, with the last finite weights in place, when the loss or a weight stops being finite.
    """
    return Run(net, batches, epochs, updates, validation, validate_every, patience, schedule, micro_batch_size, resume)


class Stage(NamedTuple):
    """A part of a training run that has its own batch size and learning rate."""

    epochs: int
    batch_size: int
    lr: float


def train_in_stages(net, data, stages, *, seed=0, **options):
    """Yield the Updates of several stages of training, one after the other, as those of one run.

    stages: a list of (epochs, batch_size, lr), such as mb.Stage(4, 64, 0.1). options: as for `train`. Growing the
    batch and lowering the rate are both a list of stages. Every stage is checked before the first update.
    """
    stages = list(stages)
    if not stages or not all(isinstance(stage, (tuple, list)) and len(stage) == 3 for stage in stages):
        raise ValueError(f"stages must be a list of (epochs, batch_size, lr), such as [(4, 64, 0.1)]; got {stages!r}")
    runs = [(checks.positive_number("lr", lr), MiniBatches(data, size, seed=seed), n) for n, size, lr in stages]
    for _, batches, epochs in runs:
        train(net, batches, epochs=epochs, **options)  # what is wrong with a later stage is told now
    last = None
    for lr, batches, epochs in runs:
        net.optimizer.lr = lr
        batches.epoch = last.epoch if last else 0  # the orders go on where the stage before ended
        for update in train(net, batches, epochs=epochs, **options):
            if last is None or update.number:
                yield _after(last, update)
        last = _after(last, update)


def _after(last, update):
    """The update as one that follows `last`, counted from there on."""
    if last is None:
        return update
    return update._replace(**{name: getattr(last, name) + getattr(update, name) for name in Update._fields[:4]})


class Run:
    """One training run, an iterator of Updates; see `train`. `state()` between two updates is a checkpoint."""

    def __init__(
        self,
        net,
        batches,
        epochs,
        updates,
        validation,
        validate_every,
        patience,
        schedule,
        micro_batch_size,
        resume,
    ):
        if not isinstance(batches, MiniBatches):
            raise TypeError(f"batches must be mb.MiniBatches(train, batch_size=32) or the like; got {batches!r:.60}")
        self.net, self.batches = net, batches
        self.total = self._total_updates(epochs, updates)
        self.validation = None if validation is None else as_dataset(validation)
        self.validate_every = (
            len(batches) if validate_every is None else checks.whole_number("validate_every", validate_every)
        )
        self.patience = None if patience is None else checks.whole_number("patience", patience)
        if schedule is not None and not callable(schedule):
            raise TypeError(f"schedule must be a function such as mb.warm_up(lr=0.4, updates=100); got {schedule!r}")
        self.schedule, self.micro_batch_size = schedule, micro_batch_size
        if micro_batch_size is not None:
            checks.whole_number("micro_batch_size", micro_batch_size)
        if self.validation is None and (patience, validate_every) != (None, None):
            raise ValueError("patience and validate_every need rows to validate on: pass validation=val")
        for name, data in (("batches", batches.data), ("validation", self.validation)):
            if data is not None:
                check_fit(net, data, name)
        _check_smallest(net, batches, micro_batch_size)
        self.seconds = 0.0
        self._recorded = -1  # the last update that has a record
        # What belongs together is one tuple, replaced whole, so that no interrupt can come in between:
        self._place = None, 0  # the epoch under way, and how many updates were made before it
        self._best = -1, None, None, 0  # the last validated update, the best loss, what was learned then, how long ago
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
        epoch, before = self._place
        validated, best_loss, best, waited = self._best
        return {
            "network": self.net.state(),
            "batches": {**epoch.state(), "position": self.number - before} if epoch else {},
            "number": self.number,
            "recorded": self._recorded,
            "seconds": self.seconds,
            "validated": validated,
            "best_loss": best_loss,
            "best_weights": {} if best is None else {name: array.copy() for name, array in best.items()},
            "waited": waited,
        }

    def _resume(self, state):
        """Go to the place of `state`; everything in it is checked before the network or the batches change."""
        checks.has_names("resume", state, self.state())
        number = checks.whole_number("resume's number", state["number"], minimum=0)
        position = self.batches.place(state["batches"])[1] if state["batches"] else 0
        if number < position or (number - position) % len(self.batches):
            raise ValueError(f"resume's number does not fit its batches; got number {number}, position {position}")
        recorded = checks.whole_number("resume's recorded", state["recorded"], minimum=-1)
        seconds, best = checks.number("resume's seconds", state["seconds"], 0), self._best_of(state)
        self.net.load_state(state["network"])
        self._first = self.net.updates - number
        self._recorded, self.seconds, self._best = recorded, seconds, best
        if state["batches"]:
            self._place = self.batches.resume(state["batches"]), number - position

    def _best_of(self, state):
        loss, best = state["best_loss"], state["best_weights"] or None
        if loss is not None:
            loss = checks.number("resume's best_loss", loss)
        if best is not None:
            best = self.net.checked_learned("resume's best_weights", best)
        validated = checks.whole_number("resume's validated", state["validated"], minimum=-1)
        return validated, loss, best, checks.whole_number("resume's waited", state["waited"], minimum=0)

    def progress(self, **measured):
        """The Update for where the run stands, with what was measured there."""
        (epoch, before), number = self._place, self.number
        examples = epoch.rows_before(number - before, epochs=before // len(self.batches)) if epoch else 0
        return Update(number, self._epoch_of(number), examples, self.seconds, **measured)

    def _epoch_of(self, number):
        return (number - 1) // len(self.batches) + 1

    def _loop(self):
        if self._recorded < self.number:  # update 0, or one whose record was lost to an interrupt
            yield self._record()
        while self.number < self.total and not self._out_of_patience():
            started = time.perf_counter()
            if self.schedule:
                self.net.optimizer.lr = self.schedule(self.number + 1)
            batch = self._next_batch()
            loss, accuracy = self._update(batch)
            self.seconds += time.perf_counter() - started
            yield self._record(loss=loss, accuracy=accuracy)
        if self.patience and self._best[2] is not None:
            self.net.restore(self._best[2])

    def _next_batch(self):
        epoch, before = self._place
        if epoch and epoch.position != self.number - before:
            raise RuntimeError(
                f"the network was changed from elsewhere: this run made {before + epoch.position} updates, the network "
                f"counts {self.number}. Start a new one: mb.train(net, batches, ...)"
            )
        batch = next(epoch, None) if epoch else None
        if batch is None:
            epoch = iter(self.batches)
            self._place = epoch, self.number
            batch = next(epoch)
        return batch

    def _update(self, batch):
        try:
            if self.micro_batch_size:
                return self.net.update_in_pieces(batch, self.micro_batch_size)
            return self.net.update(batch.X, batch.y)
        except NotFinite as error:
            with np.errstate(over="ignore"):  # if the rows are to blame (changed since they were checked), say that
                checks.finite("X", numbers_of(batch.X).astype(self.net.dtype), batch.index)
                checks.finite("y", batch.y, batch.index)
            raise self._diverged(self.number + 1, error) from None

    def _diverged(self, number, error):
        return TrainingDiverged(
            f"update {number} (epoch {self._epoch_of(number)}): {error}. The weights of update {self.number} are kept. "
            f"Lower the learning rate (it is {self.net.optimizer.lr:g})"
        )

    def _record(self, **measured):
        if self._validates_now():
            try:
                found = evaluate(self.net, self.validation)
            except NotFinite as error:
                raise self._diverged(self.number, error) from None
            measured |= {"val_loss": found["loss"], "val_accuracy": found.get("accuracy")}
            if self._best[0] < self.number:
                self._best = self._better(found["loss"])
        self._recorded = self.number
        return self.progress(**measured)

    def _validates_now(self):
        return self.validation is not None and (self.number % self.validate_every == 0 or self.number == self.total)

    def _better(self, val_loss):
        _, best_loss, best, waited = self._best
        if best_loss is None or val_loss < best_loss:
            return self.number, val_loss, self.net.learned() if self.patience else None, 0
        return self.number, best_loss, best, waited + 1

    def _out_of_patience(self):
        return self.patience is not None and self._best[3] >= self.patience

    def _total_updates(self, epochs, updates):
        if (epochs is None) == (updates is None):
            raise ValueError(
                f"give either epochs or updates, one of the two; got epochs={epochs!r}, updates={updates!r}"
            )
        if updates is not None:
            return checks.whole_number("updates", updates)
        return checks.whole_number("epochs", epochs) * len(self.batches)


def _check_smallest(net, batches, micro_batch_size):
    """Raise a ValueError where a batch, or the last piece of one, would have too few rows for a layer."""
    least, sizes = net.least_rows(batches.data.X.shape[1:]), {batches.smallest, batches.batch_size}
    if micro_batch_size is not None:
        sizes = {min(size % micro_batch_size or micro_batch_size, size) for size in sizes}
    if min(sizes) < least:
        raise ValueError(
            f"the network needs batches of at least {least} rows (BatchNorm takes a mean over them); these have one of "
            f"{min(sizes)}. Use another batch_size, or MiniBatches(..., drop_last=True) for a short last batch"
        )
