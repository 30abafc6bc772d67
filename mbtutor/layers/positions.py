"""Which positions of a padded batch are real: what the layers for sequences share."""

import numpy as np

from .base import split_lead


def real_positions(X, mask):
    """The mask (n, longest) of X (n, longest, ...), all True where none came; ValueError where it can't be one."""
    if mask is None:
        return np.ones(X.shape[:2], bool)
    mask = np.asarray(mask, bool)
    if mask.shape != X.shape[:2]:
        raise ValueError(f"mask must have one entry a position, shape {X.shape[:2]}; got shape {mask.shape}")
    empty = ~mask[:, 0]
    if empty.any():
        raise ValueError(f"mask has no True in row {empty.argmax()}: an empty sequence. Drop that row")
    if (mask[:, 1:] > mask[:, :-1]).any():
        raise ValueError("mask must be True up to the end of each row and False after it; got a True after a False")
    return mask


def check_sequences(layer, shape, features=None):
    """Raise a ValueError, with the mend, unless rows of `shape` are sequences with `features` numbers a position.

    features: None for any. shape: as in `Layer.output_shape`.
    """
    if shape is None:
        return
    lead, position = split_lead(shape)
    fits = f"{layer!r} takes sequences" + (f" of {features} numbers a position" if features else "")
    if not lead:
        raise ValueError(
            f"{fits}; got flat rows of shape {shape}. Make the data mb.Sequences(X), and put layers that end a "
            "sequence, such as LastStep(), after those that take one"
        )
    if not position:
        mend = f"Put Embedding(vocabulary_size, {features or 'features'}) before it"
        raise ValueError(f"{fits}; got single numbers. {mend}")
    if len(position) > 1:
        raise ValueError(f"{fits}; got positions of shape {position}. Lay each out as one row of the sequence")
    if position[0] != (features or position[0]):
        raise ValueError(f"{fits}; got {position[0]}. If they are right, write {position[0]} in place of {features}")


class Steps:
    """The real positions of a batch in the order of time: position 0 of every row, then position 1 of those that go on.

    The longest rows come first, so the rows that go on at a step are the first ones of the step before.
    rows, times: (positions,) where each stands in the batch. slices: for each step, which of the positions are its own.
    """

    def __init__(self, mask):
        self.mask, lengths = mask, mask.sum(axis=1)
        self.order = np.argsort(-lengths, kind="stable")
        self.times, ranks = mask[self.order].T.nonzero()
        self.rows = self.order[ranks]
        ends = mask.sum(axis=0).cumsum()
        self.slices = [slice(start, end) for start, end in zip([0, *ends], ends)]

    def pack(self, X):
        """(positions, ...) of X (n, longest, ...)."""
        return X[self.rows, self.times]

    def unpack(self, packed, after):
        """(n, longest, ...) of packed (positions, ...), with after (n, ...), the longest row first, past each end."""
        X = np.empty((*self.mask.shape, *packed.shape[1:]), packed.dtype)
        X[self.order] = after[:, None]
        X[self.rows, self.times] = packed
        return X

    def sum_after(self, X):
        """(n, ...), the longest row first: the sum of X (n, longest, ...) past each end."""
        return X.sum(axis=1, where=~self.mask[:, :, None])[self.order]
