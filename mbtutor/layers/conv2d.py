"""The convolutional layer: a few small filters look at every place of an image, each with the same weights."""

import math

import numpy as np

from .. import checks
from .base import Layer
from .images import IMAGES_FIRST, ROWS_FIRST, count_windows, windows_of

ONE_THREAD = 2**18  # OpenBLAS computes a product of so many multiplications, or fewer, on one thread


class Conv2D(Layer):
    """Each number of Y is a filter's weighted sum of one window of the image, over all channels, plus a bias.

    X (n, channels, height, width), W (filters, channels, kernel_size, kernel_size), b (filters,),
    Y (n, filters, rows, columns), where rows = (height + 2 padding - kernel_size) // stride + 1, and columns likewise.
    stride: how far one window lies from the next. padding: how many zeros to put around the image on every side.

    W starts uniform in ±sqrt(6 / numbers in a window), as in Dense (He et al. 2015, eq. 10); b starts at 0.
    """

    parameter_names = ("W", "b")

    def __init__(self, channels, filters, kernel_size, stride=1, padding=0):
        self.channels = checks.whole_number("channels", channels)
        self.filters = checks.whole_number("filters", filters)
        self.kernel_size = checks.whole_number("kernel_size", kernel_size)
        self.stride = checks.whole_number("stride", stride)
        self.padding = checks.whole_number("padding", padding, minimum=0)
        self.W = self.b = None

    def initialise(self, rng, dtype):
        shape = self.filters, self.channels, self.kernel_size, self.kernel_size
        limit = math.sqrt(6 / math.prod(shape[1:]))
        self.W = rng.uniform(-limit, limit, shape).astype(dtype)
        self.b = np.zeros(self.filters, dtype)

    def forward(self, X, *, training=False, rng=None, mask=None):
        _, rows, columns = self.output_shape(X.shape[1:])
        W = self.W.reshape(self.filters, -1)
        Y = self._product(W, self._windows_as_columns(X))
        Y += self.b[:, None]

        def backward(dY, out=None, need_dX=True):
            dY = dY.transpose(ROWS_FIRST).reshape(rows, self.filters, columns * len(X))
            gradients = out or {"W": np.empty_like(self.W), "b": np.empty_like(self.b)}
            windows = self._windows_as_columns(X)  # copied again: to keep them would take far more memory than X
            parts = sum(dY[..., part] @ windows[..., part].swapaxes(1, 2) for part in self._parts(dY))
            parts.sum(axis=0, out=gradients["W"].reshape(W.shape))
            dY.sum(axis=(0, 2), out=gradients["b"])
            return self._from_columns(self._product(W.T, dY), X.shape) if need_dX else None, gradients

        return Y.reshape(rows, self.filters, columns, len(X)).transpose(IMAGES_FIRST), backward

    def _windows_as_columns(self, X):
        """(rows, numbers in a window, columns * n): the windows of all images, for each row of them a matrix."""
        X = np.ascontiguousarray(X.transpose(ROWS_FIRST))
        if self.padding:
            around = (self.padding, self.padding)
            X = np.pad(X, [around, (0, 0), around, (0, 0)])
        windows = windows_of(X.transpose(IMAGES_FIRST), self.kernel_size, self.stride).transpose(2, 1, 4, 5, 3, 0)
        return windows.reshape(len(windows), self.W[0].size, -1)

    def _product(self, A, columns):
        """A @ columns, (rows, ..., columns * n)."""
        Y = np.empty((len(columns), len(A), columns.shape[2]), columns.dtype)
        for part in self._parts(columns):
            np.matmul(A, columns[..., part], out=Y[..., part])
        return Y

    def _parts(self, columns):
        """Slices of the last axis, so short that each matrix product with them is computed on one thread.

        A second thread gains next to nothing here, and to wait for it at every product, where the processor has other
        work as well, takes many times as long as the product.
        """
        length = max(1, ONE_THREAD // self.W.size)
        return [slice(start, start + length) for start in range(0, columns.shape[2], length)]

    def _from_columns(self, dwindows, shape):
        """dX (n, channels, height, width), where each number adds up its gradients from all windows it stands in."""
        n, channels, height, width = shape
        size, around = self.kernel_size, self.padding
        dX = np.zeros((height + 2 * around, channels, width + 2 * around, n), dwindows.dtype).transpose(IMAGES_FIRST)
        dwindows = dwindows.reshape(len(dwindows), channels, size, size, -1, n).transpose(5, 1, 0, 4, 2, 3)
        places = windows_of(dX, size, self.stride, writeable=True)
        for i, j in np.ndindex(size, size):
            places[..., i, j] += dwindows[..., i, j]
        return dX[:, :, around : around + height, around : around + width]

    def output_shape(self, shape):
        if shape is None:
            return None
        windows = count_windows(self, shape, self.padding)
        if shape[0] != self.channels:
            raise ValueError(
                f"{self!r} takes images of {self.channels} channels; got rows of shape {shape}. If they are right, "
                f"make its channels {shape[0]}"
            )
        return (self.filters, *windows)

    def __repr__(self):
        usual = (self.stride, self.padding) == (1, 0)
        options = "" if usual else f", stride={self.stride}, padding={self.padding}"
        return f"Conv2D({self.channels}, {self.filters}, {self.kernel_size}{options})"
