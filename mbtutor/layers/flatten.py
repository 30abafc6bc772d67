"""Flatten: turn each picture (or any block of numbers) into one row."""

import math

from .base import Layer


class Flatten(Layer):
    """Y = X with each row of shape (a, b, ...) laid out as one row of a * b * ... numbers."""

    def forward(self, X, *, training=False, rng=None, mask=None):
        return X.reshape(len(X), -1), lambda dY, out=None, need_dX=True: (dY.reshape(X.shape), {})

    def output_shape(self, shape):
        if shape is None or shape[:1] == (...,):
            return None
        if None in shape:
            raise ValueError("Flatten() needs rows of one size; sequences differ in length. Put MeanOverTime() there")
        return (math.prod(shape),)
