"""Pooling: shrink an image by keeping the largest number of each window."""

from functools import reduce

import numpy as np

from .. import checks
from .base import Layer
from .images import count_windows, windows_of


class MaxPool2D(Layer):
    """Each number of Y is the largest of a kernel_size x kernel_size window of the image, channel by channel.

    X (n, channels, height, width), Y (n, channels, rows, columns), rows = (height - kernel_size) // stride + 1.
    stride: how far one window lies from the next; by default kernel_size, so that they touch. Where the last window
    would reach over the edge, it is left out. The gradient goes to the largest number, the first of several equal ones.
    """

    def __init__(self, kernel_size, stride=None):
        self.kernel_size = checks.whole_number("kernel_size", kernel_size)
        self.stride = self.kernel_size if stride is None else checks.whole_number("stride", stride)

    def forward(self, X, *, training=False, rng=None, mask=None):
        self.output_shape(X.shape[1:])
        Y = reduce(np.maximum, self._places(X))

        def backward(dY, out=None, need_dX=True):
            dX, left = np.zeros_like(X), np.empty_like(Y)
            left[...] = dY  # what no number has taken yet, in Y's order of memory
            for place, dplace in zip(self._places(X), self._places(dX)):
                taken = left * (place == Y)
                dplace += taken
                left -= taken
            return dX, {}

        return Y, backward

    def _places(self, X):
        """The first number of every window, then the second, ...: for each place of a window a view onto X."""
        windows = windows_of(X, self.kernel_size, self.stride, writeable=True)
        return [windows[..., i, j] for i, j in np.ndindex(self.kernel_size, self.kernel_size)]

    def output_shape(self, shape):
        return None if shape is None else (shape[0], *count_windows(self, shape))

    def __repr__(self):
        return f"MaxPool2D({self.kernel_size}{'' if self.stride == self.kernel_size else f', stride={self.stride}'})"
