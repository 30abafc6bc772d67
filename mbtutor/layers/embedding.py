"""Embedding: a row of numbers, which is learned, for each character (or other token) of a vocabulary."""

import numpy as np

from .. import checks
from .base import Layer, split_lead


class Embedding(Layer):
    """Y[i, t] = W[X[i, t]], with X (n, longest) whole numbers, W (vocabulary_size, features), Y (n, longest, features).

    W starts normal with deviation 1. A whole number has no slope, so the gradient for X is 0.
    """

    parameter_names = ("W",)

    def __init__(self, vocabulary_size, features):
        self.vocabulary_size = checks.whole_number("vocabulary_size", vocabulary_size)
        self.features = checks.whole_number("features", features)
        self.W = None

    def initialise(self, rng, dtype):
        self.W = rng.normal(size=(self.vocabulary_size, self.features)).astype(dtype)

    def forward(self, X, *, training=False, rng=None, mask=None):
        tokens = X.astype(np.intp)  # the network hands over every number as a float

        def backward(dY, out=None, need_dX=True):
            out = out or {"W": None}
            # The gradient of a token is the sum of dY over its places, which sorting puts side by side.
            places = tokens.ravel().argsort(kind="stable")
            found, starts = np.unique(tokens.ravel()[places], return_index=True)
            dW = np.zeros_like(self.W) if out["W"] is None else out["W"]
            dW[...] = 0
            dW[found] = np.add.reduceat(dY.reshape(-1, self.features)[places], starts)
            return np.zeros_like(X) if need_dX else None, {"W": dW}

        return self.W[tokens], backward

    def output_shape(self, shape):
        lead, row = ((None,), ()) if shape is None else split_lead(shape)
        if not lead or row:
            raise ValueError(
                f"{self!r} takes sequences of whole numbers; got rows of shape {shape}. If they are such numbers, "
                "make them mb.Sequences(X)" + ("; if they are measurements, leave Embedding out" if row else "")
            )
        return (None, self.features)

    def check_rows(self, X):
        right = (X >= 0) & (self.vocabulary_size > X) & (np.floor(X) == X)
        if not right.all():
            raise ValueError(
                f"X must hold whole numbers from 0 to {self.vocabulary_size - 1} for {self!r}; got {X[~right][0]}. "
                "Number the characters from 0 and give vocabulary_size as many as there are"
            )

    def __repr__(self):
        return f"Embedding({self.vocabulary_size}, {self.features})"
