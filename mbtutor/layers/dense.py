"""The fully connected layer: every output is a weighted sum of every input, plus a bias."""

import math

import numpy as np

from .. import checks
from .base import Layer, split_lead


class Dense(Layer):
    """Y = X W + b, with X (n, inputs), W (inputs, outputs), b (outputs,), Y (n, outputs).

    Of sequences, X (n, longest, inputs), it computes every position alike.

    W starts uniform in ±sqrt(6 / inputs), which keeps the size of the signal from ReLU layer to ReLU layer
    (He et al. 2015, eq. 10); b starts at 0.
    """

    parameter_names = ("W", "b")

    def __init__(self, inputs, outputs):
        self.inputs = checks.whole_number("inputs", inputs)
        self.outputs = checks.whole_number("outputs", outputs)
        self.W = self.b = None

    def initialise(self, rng, dtype):
        limit = math.sqrt(6 / self.inputs)
        self.W = rng.uniform(-limit, limit, (self.inputs, self.outputs)).astype(dtype)
        self.b = np.zeros(self.outputs, dtype)

    def forward(self, X, *, training=False, rng=None, mask=None):
        Y = X @ self.W
        Y += self.b

        def backward(dY, out=None, need_dX=True):
            out = out or {"W": None, "b": None}
            rows, dY_rows = X.reshape(-1, self.inputs), dY.reshape(-1, self.outputs)  # positions are rows here
            # Of one row, X.T @ dY is a column times a row, which numpy's dot does faster than its matmul.
            product = np.dot if len(rows) == 1 else np.matmul
            gradients = {"W": product(rows.T, dY_rows, out=out["W"]), "b": dY_rows.sum(axis=0, out=out["b"])}
            return dY @ self.W.T if need_dX else None, gradients

        return Y, backward

    def output_shape(self, shape):
        lead, row = ((...,), ()) if shape is None else split_lead(shape)
        if shape is not None and row != (self.inputs,):
            raise ValueError(
                f"{self!r} takes rows of {self.inputs} numbers; got rows of shape {row}. "
                f"If they are right, {self._mend(row)}"
            )
        return (*lead, self.outputs)

    def _mend(self, row):
        if not row:
            return f"put Embedding(vocabulary_size, {self.inputs}) before it"
        return f"use Dense({row[0]}, {self.outputs})" if len(row) == 1 else "put Flatten() before it"

    def __repr__(self):
        return f"Dense({self.inputs}, {self.outputs})"
