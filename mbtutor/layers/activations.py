"""Activations bend the straight lines between Dense layers; without them the network could only draw straight lines."""

import numpy as np

from .base import Layer


class ReLU(Layer):
    """Y = max(X, 0), element by element; its slope at 0 counts as 0."""

    def forward(self, X, *, training=False, rng=None, mask=None):
        # A row of zeros: numpy compares whole rows faster than it does one 0.
        Y = np.maximum(X, np.zeros(X.shape[1:], X.dtype))

        def backward(dY, out=None, need_dX=True):
            return dY * (Y > 0), {}

        return Y, backward


class Tanh(Layer):
    """Y = tanh(X), element by element, between -1 and 1."""

    def forward(self, X, *, training=False, rng=None, mask=None):
        Y = np.tanh(X)

        def backward(dY, out=None, need_dX=True):
            return dY * (1 - Y * Y), {}

        return Y, backward


class Sigmoid(Layer):
    """Y = 1 / (1 + exp(-X)), element by element, between 0 and 1."""

    def forward(self, X, *, training=False, rng=None, mask=None):
        Y = 0.5 * (1 + np.tanh(0.5 * X))  # the same function, and it cannot overflow

        def backward(dY, out=None, need_dX=True):
            return dY * Y * (1 - Y), {}

        return Y, backward
