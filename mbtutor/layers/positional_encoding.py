"""Positional encoding: add to each position a pattern that says where it stands, for layers that don't know order."""

import numpy as np

from .. import checks
from .base import Layer
from .positions import check_sequences


class PositionalEncoding(Layer):
    """Y[i, t] = X[i, t] + table[t], with X and Y (n, longest, features) and table (longest, features).

    table[t, 2k] = sin(t / 10000^(2k / features)), table[t, 2k + 1] = cos of the same (Vaswani et al. 2017, 3.5).
    longest: the most positions that a sequence may have.
    """

    def __init__(self, features, longest=64):
        self.features = checks.whole_number("features", features)
        self.longest = checks.whole_number("longest", longest)
        column = np.arange(self.features)
        angle = np.arange(self.longest)[:, None] / 10000 ** (column // 2 * 2 / self.features)
        self.table = np.where(column % 2, np.cos(angle), np.sin(angle))

    def forward(self, X, *, training=False, rng=None, mask=None):
        self.check_length(X.shape[1])
        return X + self.table[: X.shape[1]].astype(X.dtype), lambda dY, out=None, need_dX=True: (dY, {})

    def check_length(self, length):
        if length > self.longest:
            raise ValueError(
                f"{self!r} takes sequences of up to {self.longest} positions; got one of {length}. Use longest={length}"
            )

    def output_shape(self, shape):
        check_sequences(self, shape, self.features)
        return (None, self.features)

    def __repr__(self):
        return f"PositionalEncoding({self.features}, longest={self.longest})"
