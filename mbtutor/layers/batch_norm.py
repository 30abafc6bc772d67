"""Batch norm: bring each feature to mean 0 and deviation 1 over the batch, then to a scale that is learned."""

import math

import numpy as np

from .. import checks
from .base import Layer, split_lead


class BatchNorm(Layer):
    """Y = gamma (X - mean) / sqrt(variance + eps) + beta, with one mean, variance, gamma and beta for each feature.

    X and Y (n, features), or images (n, features, height, width), whose channels are the features. gamma (features,)
    starts at 1, beta (features,) at 0. Ioffe and Szegedy (2015), algorithms 1 and 2.

    While training, mean and variance are those of the batch, so a row's output depends on the rows beside it. Outside
    training they are running_mean and running_var: every batch has moved them by the share `momentum` towards its own
    mean and its own variance (divided by count - 1, as PyTorch does).
    """

    parameter_names = ("gamma", "beta")
    statistic_names = ("running_mean", "running_var")

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.features = checks.whole_number("features", features)
        self.momentum = checks.number("momentum", momentum, 0, 1)
        self.eps = checks.positive_number("eps", eps)
        self.gamma = self.beta = self.running_mean = self.running_var = None

    def initialise(self, rng, dtype):
        self.gamma, self.beta = np.ones(self.features, dtype), np.zeros(self.features, dtype)
        self.running_mean, self.running_var = np.zeros(self.features, dtype), np.ones(self.features, dtype)

    def forward(self, X, *, training=False, rng=None, mask=None):
        axes = (0, *range(2, X.ndim))  # all but that of the features
        each = (-1, *(1 for _ in axes[1:]))  # the shape in which one value a feature is computed with X
        mean, var = self._of_batch(X, axes) if training else (self.running_mean, self.running_var)
        scale = 1 / np.sqrt(var + self.eps)
        Z = (X - mean.reshape(each)) * scale.reshape(each)

        def backward(dY, out=None, need_dX=True):
            out = out or {"gamma": None, "beta": None}
            gradients = {"gamma": (dY * Z).sum(axes, out=out["gamma"]), "beta": dY.sum(axes, out=out["beta"])}
            if not need_dX:
                return None, gradients
            if training:  # X moves the mean and the variance of the batch too
                share = self.features / X.size
                dY = dY - (share * gradients["beta"]).reshape(each) - Z * (share * gradients["gamma"]).reshape(each)
            return dY * (self.gamma * scale).reshape(each), gradients

        return Z * self.gamma.reshape(each) + self.beta.reshape(each), backward

    def _of_batch(self, X, axes):
        """(mean, variance) of each feature in the batch; the running statistics move towards them."""
        count = X.size // self.features
        if count < 2:
            raise ValueError(f"{self!r} needs two rows or more while training; got {len(X)}")
        mean, var = X.mean(axes), X.var(axes)
        self.running_mean += self.momentum * (mean - self.running_mean)
        self.running_var += self.momentum * (var * (count / (count - 1)) - self.running_var)
        return mean, var

    def output_shape(self, shape):
        if shape is None:
            return None
        lead, row = split_lead(shape)
        if lead == (None,):
            mend = "Sequences are padded, and the padding would count: use LayerNorm there"
        elif len(row) not in (1, 3):
            mend = "Put Flatten() before it"
        elif row[0] != self.features:
            mend = f"If they are right, use BatchNorm({row[0]})"
        else:
            return shape
        raise ValueError(
            f"{self!r} takes rows or images of {self.features} features; got rows of shape {shape}. {mend}"
        )

    def least_rows(self, shape):
        return 2 if math.prod(shape[1:]) == 1 else 1

    def __repr__(self):
        usual = (self.momentum, self.eps) == (0.1, 1e-5)
        return f"BatchNorm({self.features}{'' if usual else f', momentum={self.momentum}, eps={self.eps}'})"
