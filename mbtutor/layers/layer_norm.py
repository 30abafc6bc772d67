"""Layer norm: bring the numbers of each position to mean 0 and deviation 1, then to a scale that is learned."""

import numpy as np

from .. import checks
from .base import Layer, split_lead


class LayerNorm(Layer):
    """Y = gamma (X - mean) / sqrt(variance + 1e-5) + beta, mean and variance over the features of one position.

    X and Y (n, features) or (n, longest, features); gamma (features,) starts at 1, beta (features,) at 0.
    Ba et al. (2016), eq. 4.
    """

    parameter_names = ("gamma", "beta")

    def __init__(self, features):
        self.features = checks.whole_number("features", features)
        self.gamma = self.beta = None

    def initialise(self, rng, dtype):
        self.gamma, self.beta = np.ones(self.features, dtype), np.zeros(self.features, dtype)

    def forward(self, X, *, training=False, rng=None, mask=None):
        Z = X - _mean(X)
        scale = 1 / np.sqrt(_mean(Z * Z) + 1e-5)
        Z *= scale

        def backward(dY, out=None, need_dX=True):
            out = out or {"gamma": None, "beta": None}
            rows = dY.reshape(-1, self.features)
            gradients = {
                "gamma": (rows * Z.reshape(rows.shape)).sum(axis=0, out=out["gamma"]),
                "beta": rows.sum(axis=0, out=out["beta"]),
            }
            if not need_dX:
                return None, gradients
            dZ = dY * self.gamma
            return scale * (dZ - _mean(dZ) - Z * _mean(dZ * Z)), gradients

        return Z * self.gamma + self.beta, backward

    def output_shape(self, shape):
        lead, row = ((...,), (self.features,)) if shape is None else split_lead(shape)
        if row != (self.features,):
            mend = f"use LayerNorm({row[0]})" if len(row) == 1 else "put Embedding or Flatten before it"
            raise ValueError(f"{self!r} takes {self.features} numbers a position; got rows of shape {row}: {mend}")
        return (*lead, self.features)

    def __repr__(self):
        return f"LayerNorm({self.features})"


def _mean(X):
    """The mean of each row, (..., 1). Of short rows, einsum adds up several times faster than numpy's mean."""
    return np.einsum("...f->...", X)[..., None] / X.shape[-1]
