"""Rows in mini-batches of one size, in a new order every epoch."""

import numpy as np

from .. import checks
from ..datasets.dataset import as_dataset
from ..preparation import shuffled


class Batch:
    """Some rows with their answers: X (b, ...), y (b, ...), index (b,) their row numbers. `len(batch)` is b.

    Its rows are gathered when X or y is first asked for, so that `pieces` never holds more than one piece of them.
    """

    __slots__ = ("index", "_data", "_mixed", "_augment", "_X", "_y")

    def __init__(self, data, index, mixed, augment=None):
        self.index, self._data, self._mixed = index, data, mixed  # mixed: the row numbers are in no order
        self._augment = augment  # a function from the rows to the rows as they shall be learned
        self._X = self._y = None

    @property
    def X(self):  # noqa: N802
        if self._X is None:
            self._X = _gathered(self._data.X, self.index, self._mixed)
            if self._augment:
                self._X = self._augment(self._X)
        return self._X

    @property
    def y(self):
        if self._y is None:
            self._y = _gathered(self._data.y, self.index, self._mixed)
        return self._y

    def pieces(self, size):
        """Yield the same rows as smaller batches of up to `size` rows each, a micro-batch at a time."""
        for start in range(0, len(self), checks.whole_number("size", size)):
            piece = Batch(self._data, self.index[start : start + size], self._mixed)
            if self._augment:  # what is drawn for a row must not depend on the piece it is in
                piece._X = self.X[start : start + size]
            yield piece

    def __len__(self):
        return len(self.index)

    def __iter__(self):  # so that `for X, y in batches` reads as in the frameworks
        return iter((self.X, self.y))

    def __repr__(self):
        return f"Batch({len(self)} rows, index {self.index[:5].tolist()}{'...' if len(self) > 5 else ''})"


class MiniBatches:
    """Hands out the rows of a data set in batches; every `for` over it is one epoch, in an order of its own.

    data: a Dataset, or a pair (X, y). batch_size: rows a batch, 1 up to all; the last batch of an epoch is
    short when the rows do not divide evenly, unless drop_last=True leaves it out. shuffle: a new order each epoch,
    set by (seed, epoch) alone. augment: a function (X, rng) that returns other rows of the same shape, such as
    mb.random_shift(1), called anew for every batch; what it draws is set by (seed, epoch, place of the batch) alone.
    `len()` is the number of updates an epoch has. Rows in their own order are views, never copies, and so is a batch
    of all the rows (their order inside one batch changes no average).
    Raises ValueError for a batch_size or seed that is not a whole number, or that leaves no batch.
    """

    def __init__(self, data, batch_size=32, *, shuffle=True, drop_last=False, seed=0, augment=None):
        self.data = as_dataset(data)
        self.batch_size = checks.whole_number("batch_size", batch_size)
        self.seed = checks.whole_number("seed", seed, minimum=0)
        self.shuffle, self.drop_last = bool(shuffle), bool(drop_last)
        if augment is not None and not callable(augment):
            raise TypeError(f"augment must be a function of (X, rng), such as mb.random_shift(1); got {augment!r}")
        self.augment = augment
        self.epoch = 0  # the number of the next epoch
        self._check_size()

    def __setattr__(self, name, value):
        if name != "epoch" and name in vars(self):  # an epoch under way would lose or repeat rows
            raise AttributeError(f"{name} of MiniBatches cannot be changed; make new ones: mb.MiniBatches(data, ...)")
        super().__setattr__(name, value)

    def __len__(self):
        n = len(self.data)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self):
        self.epoch += 1
        return Epoch(self, self.epoch - 1)

    def __repr__(self):
        return f"MiniBatches({len(self.data)} rows, batch_size={self.batch_size}: {len(self)} updates an epoch)"

    def order(self, epoch):
        """Return the row numbers in the order of that epoch (counted from 0), (n,) int64."""
        n = len(self.data)
        return shuffled(n, self.seed, epoch) if self.shuffle and self.batch_size < n else np.arange(n)

    @property
    def mixed(self):
        """True if the rows of a batch come in no order, so that it can't be a slice of the data."""
        return self.shuffle and self.batch_size < len(self.data)

    @property
    def smallest(self):
        """The rows of the smallest batch."""
        return self.batch_size if self.drop_last else len(self.data) % self.batch_size or self.batch_size

    def edges(self, epoch):
        """Where each batch of that epoch begins in `order(epoch)`, and where the last ends: len + 1 numbers."""
        return range(0, (len(self) + 1) * self.batch_size, self.batch_size)

    def rows_of(self, epoch):
        """Return the row numbers of each batch of that epoch (counted from 0), and those it leaves out: (list, array).

        The batches are handed out as in any `for`; the epoch that comes next is not touched.
        """
        batches = [batch.index for batch in Epoch(self, epoch)]
        return batches, self.order(epoch)[sum(map(len, batches)) :]

    def resume(self, state):
        """Return the rest of the epoch that `Epoch.state()` described; the epochs after it follow as they would have.

        Raises ValueError where the state was taken with other rows, another batch size, seed or order.
        """
        epoch, position = self.place(state)
        self.epoch = epoch + 1
        return Epoch(self, epoch, position)

    def place(self, state):
        """Return (epoch, position) of a state, or raise the ValueError that `resume` would; nothing changes."""
        if not isinstance(state, dict):
            raise ValueError(f"state must be what Epoch.state() returned, a dict; got {type(state).__name__}")
        for name, mine in self._settings().items():
            if state.get(name) != mine:
                raise ValueError(f"state was taken with {name}={state.get(name)!r}; these batches have {name}={mine!r}")
        epoch = checks.whole_number("state's epoch", state.get("epoch"), minimum=0)
        position = checks.whole_number("state's position", state.get("position"), minimum=0)
        if position > len(self):
            raise ValueError(f"state's position must be at most {len(self)}, the batches of an epoch; got {position}")
        return epoch, position

    def _settings(self):
        return {
            "rows": len(self.data),
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "drop_last": self.drop_last,
            "seed": self.seed,
            "augmented": self.augment is not None,
        }

    def _check_size(self):
        n = len(self.data)
        if self.batch_size > n and self.drop_last:
            raise ValueError(
                f"batch_size must be at most the {n} rows when drop_last=True, or every batch would be dropped; "
                f"got {self.batch_size}"
            )
        if self.batch_size > n:
            checks.note(f"batch_size {self.batch_size} is more than the {n} rows: each epoch is one batch of {n}")


class Epoch:
    """One pass over the rows: an iterator of batches that knows its place and can be resumed."""

    def __init__(self, batches, number, position=0):
        self.number, self.position = number, position  # position: batches handed out so far
        self._batches, self._order, self._count = batches, batches.order(number), len(batches)
        self._edges = batches.edges(number)
        self._mixed = batches.mixed

    def __iter__(self):
        return self

    def __next__(self):
        if self.position == self._count:
            raise StopIteration
        index = self._order[self._edges[self.position] : self._edges[self.position + 1]]
        augment = self._batches.augment and self._augmentation(self.position)
        self.position += 1
        return Batch(self._batches.data, index, self._mixed, augment)

    def _augmentation(self, position):
        """What the batch at that position does to its rows: the same whenever it is asked."""
        augment, key = self._batches.augment, (self._batches.seed, self.number, position)
        return lambda X: augment(X, np.random.default_rng(key))

    def rows_before(self, position, epochs=0):
        """The rows of so many whole epochs, and of the batches of this one before that position."""
        whole, so_far = min(self._edges[-1], len(self._order)), min(self._edges[position], len(self._order))
        return epochs * whole + so_far

    def state(self):
        """Where this epoch stands, as a dict of plain values that survives JSON; see MiniBatches.resume."""
        return {**self._batches._settings(), "epoch": self.number, "position": self.position}


def _gathered(array, index, mixed):
    if mixed:
        return array.take(index, axis=0)  # gathers wide rows faster than array[index] does
    # Rows in their own order are a slice: numpy gives a view of it, and a file is read in one piece.
    return array[index[0] : index[-1] + 1]
