"""What a trained network attends to: the weights of its attention layers for given rows."""

import numpy as np

from ..datasets.sequences import numbers_and_mask
from ..layers import Residual, SelfAttention


def attention_maps(net, X):
    """How much each position listens to each, one array (n, heads, longest, longest) for every SelfAttention of `net`.

    X: sequences as `net.predict` takes them, or Padded. Raises ValueError as `net.predict` does, and for a network
    without a SelfAttention, in its layers or in those of a Residual.
    """
    if not attention_layers(net.layers):
        raise ValueError(f"net has no SelfAttention to look at; got {net!r}")
    X, mask = numbers_and_mask(net.checked(X)[:])
    found = []
    _through(net.layers, np.asarray(X, dtype=net.dtype), mask, found)
    return found


def attention_layers(layers):
    """Every SelfAttention of these layers, in order, those of a Residual too."""
    inner = [layer.layers if isinstance(layer, Residual) else [layer] for layer in layers]
    return [layer for some in inner for layer in some if isinstance(layer, SelfAttention)]


def _through(layers, X, mask, found):
    """The output of the layers; the weights of each SelfAttention on the way are appended to `found`."""
    for layer in layers:
        if isinstance(layer, Residual):
            X = X + _through(layer.layers, X, mask, found)
            continue
        if isinstance(layer, SelfAttention):
            found.append(layer.weights(X, mask))
        X = layer.forward(X, mask=mask)[0]
    return X
