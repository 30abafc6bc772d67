"""Layers in a row, each fed by the one before: what a network and a residual block have in common."""

import contextlib

from .base import Layer


def checked_layers(layers):
    """The layers as a list; ValueError for anything else."""
    layers = list(layers) if isinstance(layers, (list, tuple)) else layers
    if not isinstance(layers, list) or not layers or not all(isinstance(layer, Layer) for layer in layers):
        raise ValueError(f"layers must be a list of layers such as [mb.Dense(64, 10)]; got {layers!r}")
    return layers


def output_shape(layers, shape):
    """The shape of one output row for an input row of `shape`; ValueError where a layer does not fit."""
    for number, layer in enumerate(layers):
        with _said_of(number):
            shape = layer.output_shape(shape)
    return shape


def least_rows(layers, shape):
    """The fewest rows of `shape` that a batch must have while training."""
    least = 1
    for layer in layers:
        least, shape = max(least, layer.least_rows(shape)), layer.output_shape(shape)
    return least


def check_length(layers, length):
    """Raise a ValueError where a layer cannot take sequences of that many positions."""
    for number, layer in enumerate(layers):
        with _said_of(number):
            layer.check_length(length)


@contextlib.contextmanager
def _said_of(number):
    try:
        yield
    except ValueError as error:
        raise ValueError(f"layer {number}: {error}") from None
