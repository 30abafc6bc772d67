"""Rows of unequal length, such as words and utterances: kept end to end, and padded to the longest of a batch."""

import numpy as np

from .. import checks


class Sequences:
    """n sequences of unequal length. Indexing by a slice or by row numbers returns them Padded.

    items: a list of n arrays, each (length,) of whole numbers or (length, ...) of numbers, at least one position long
    and alike but for the length. values: (positions, ...), all of them end to end. lengths: (n,) positions a row.
    shape: (n, None, ...), the None standing for a length that differs from row to row.
    Raises TypeError or ValueError, naming the row, for an empty sequence, another width, NaN or infinity.
    """

    def __init__(self, items):
        items = _arrays(items)
        values = np.concatenate(items)
        for row, item in enumerate(items):
            checks.finite(f"sequence {row}", item)
        self._hold(values, np.array([len(item) for item in items]))

    def _hold(self, values, lengths):
        self.values, self.lengths = values, lengths
        self._starts = np.cumsum(lengths) - lengths
        return self

    def __len__(self):
        return len(self.lengths)

    @property
    def shape(self):
        return (len(self), None, *self.values.shape[1:])

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def dtype(self):
        return self.values.dtype

    def __getitem__(self, rows):
        lengths, places = self.lengths[rows], np.arange(self.lengths[rows].max())
        mask = places < lengths[:, None]
        padded = self.values[np.where(mask, self._starts[rows][:, None] + places, 0)]
        padded[~mask] = 0
        return Padded(padded, mask)

    def take(self, rows, axis=0):
        """Gather these rows, as `numpy.ndarray.take` does along its first axis (there is no other here)."""
        return self[rows]

    def part(self, rows):
        """The Sequences of these of our rows, in this order."""
        return Sequences([self.item(row) for row in np.arange(len(self))[rows]])

    def item(self, row):
        """One sequence as it came, (length, ...)."""
        return self.values[self._starts[row] : self._starts[row] + self.lengths[row]]

    def with_values(self, values):
        """Sequences of the same lengths, with other values of the shape (positions, ...)."""
        return Sequences.__new__(Sequences)._hold(values, self.lengths)

    def __repr__(self):
        return f"Sequences({len(self)} of {self.lengths.min()} to {self.lengths.max()} positions)"


class Padded:
    """A batch of sequences as one array. values: (b, longest, ...), 0 past an end. mask: (b, longest), True before it.

    `len()` is b. shape is that of Sequences, (b, None, ...).
    """

    def __init__(self, values, mask):
        self.values, self.mask = values, mask

    def __len__(self):
        return len(self.values)

    @property
    def shape(self):
        return (len(self), None, *self.values.shape[2:])

    @property
    def dtype(self):
        return self.values.dtype

    @property
    def lengths(self):
        """Positions before the end of each row, (b,)."""
        return self.mask.sum(axis=1)

    @property
    def wasted(self):
        """The share of positions that are padding, from 0 up to, not including, 1."""
        return 1 - float(self.mask.mean())

    def __getitem__(self, rows):
        return Padded(self.values[rows], self.mask[rows])

    def __repr__(self):
        return f"Padded({len(self)} sequences, longest {self.values.shape[1]}, {self.wasted:.0%} padding)"


def numbers_and_mask(X):
    """(the array, its mask) of Padded rows, and (X, None) of rows that are an array already."""
    return (X.values, X.mask) if isinstance(X, Padded) else (X, None)


def numbers_of(X):
    """The plain array that holds the numbers of X, whatever holds its rows."""
    return X.values if isinstance(X, (Sequences, Padded)) else X


def _arrays(items):
    items = [checks.numeric(f"sequence {row}", item) for row, item in enumerate(items)]
    if not items:
        raise ValueError("items must hold at least one sequence; got none")
    for row, item in enumerate(items):
        if not item.ndim or not len(item):
            raise ValueError(f"sequence {row} is empty (shape {item.shape}); drop it, or give it at least one position")
        if item.shape[1:] != items[0].shape[1:]:
            raise ValueError(
                f"every sequence must have positions of one shape; sequence 0 has {items[0].shape[1:]}, "
                f"sequence {row} has {item.shape[1:]}"
            )
    return items
