"""Rows that stay in a file: a memory map is read, checked and scaled one batch at a time, never whole."""

import mmap

import numpy as np

from .. import checks


def is_mapped(array):
    """True for a numpy.memmap and for every view of one."""
    while array is not None:
        if isinstance(array, (np.memmap, mmap.mmap)):
            return True
        array = array.base if isinstance(array, np.ndarray) else getattr(array, "obj", None)
    return False


class MappedRows:
    """Chosen rows of a memory-mapped array, encoded and scaled as they are read.

    source: (N, ...) the mapped array; numbers: (n,) which of its rows, in which order, or None for all of them.
    encoder, scaler: applied to what is read, in this order. Indexing by a slice or by row numbers returns an ordinary
    array. Raises ValueError at the first batch that holds NaN or infinity.
    """

    def __init__(self, source, numbers=None, scaler=None, encoder=None):
        self.source, self.numbers, self.scaler, self.encoder = source, numbers, scaler, encoder

    def __len__(self):
        return len(self.source) if self.numbers is None else len(self.numbers)

    @property
    def shape(self):
        return (len(self), *(self.source.shape[1:] if self.encoder is None else (self.encoder.width,)))

    @property
    def ndim(self):
        return self.source.ndim

    @property
    def dtype(self):
        return self.source.dtype if self.scaler is None else self.scaler.dtype(self.source.dtype)

    def __getitem__(self, rows):
        numbers = rows if self.numbers is None else self.numbers[rows]
        X = np.asarray(self.source[numbers])
        X = self._checked(X if self.encoder is None else self.encoder.apply(X), numbers)
        return X if self.scaler is None else self.scaler.apply(X)

    def _checked(self, X, numbers):
        checks.finite("X", X, range(len(self.source))[numbers] if isinstance(numbers, slice) else numbers)
        return X

    def take(self, rows, axis=0):
        """Read these rows, as `numpy.ndarray.take` does along its first axis (there is no other here)."""
        return self[rows]

    def part(self, rows):
        """The MappedRows of these of our rows; nothing is read."""
        return MappedRows(self.source, self._numbers_of(rows), self.scaler, self.encoder)

    def scaled(self, scaler):
        """The same rows under a further scaler; nothing is read."""
        scaler = scaler if self.scaler is None else self.scaler.then(scaler)
        return MappedRows(self.source, self.numbers, scaler, self.encoder)

    def _numbers_of(self, rows):
        return np.arange(len(self))[rows] if self.numbers is None else self.numbers[rows]


def chunks(X):
    """Yield X in slices, so that statistics need little memory beside it: half a megabyte of a file, 16 in memory."""
    bytes_at_once = 2**19 if isinstance(X, MappedRows) else 2**24
    row_bytes = max(1, X.dtype.itemsize * int(np.prod(X.shape[1:])))
    step = max(1, bytes_at_once // row_bytes)
    for start in range(0, len(X), step):
        yield X[start : start + step]
