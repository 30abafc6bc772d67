"""Augmentation: change the pictures of a batch a little, anew each time, in ways that leave their answer as it is."""

import numpy as np

from .. import checks


def random_shift(pixels=1):
    """A function (X, rng) for `MiniBatches(..., augment=...)` that moves each picture by up to so many pixels.

    X: (n, channels, height, width). Each picture moves by a whole number of rows and of columns, from -pixels to
    pixels, all equally likely; what comes in from outside is 0.
    """
    pixels = checks.whole_number("pixels", pixels)

    def shift(X, rng):
        n, _, height, width = _image_shape(X)
        if pixels >= min(height, width):
            raise ValueError(f"pixels must be below the size of the pictures, {height} x {width}; got {pixels}")
        around = np.pad(X, [(0, 0), (0, 0), (pixels, pixels), (pixels, pixels)])
        windows = np.lib.stride_tricks.sliding_window_view(around, (height, width), axis=(2, 3))
        down, right = rng.integers(0, 2 * pixels + 1, (2, n))
        return windows[np.arange(n), :, down, right]

    return shift


def random_noise(deviation=0.1):
    """A function (X, rng) for `MiniBatches(..., augment=...)` that adds normal noise to every number of X."""
    deviation = checks.positive_number("deviation", deviation)
    return lambda X, rng: X + rng.normal(0, deviation, X.shape).astype(X.dtype)


def _image_shape(X):
    if X.ndim != 4:
        raise ValueError(
            f"random_shift moves pictures, X (n, channels, height, width); got rows of shape {X.shape[1:]}"
        )
    return X.shape
