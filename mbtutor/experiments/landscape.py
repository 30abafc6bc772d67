"""A network of two weights can be drawn whole: its loss as a landscape, its training as a path."""

import numpy as np

from .. import checks
from ..datasets.dataset import as_dataset
from ..evaluation import check_fit, evaluate
from ..training import train


def loss_grid(net, data, first, second):
    """Return the loss over all rows for every pair of the two weights, (len(second), len(first)).

    net: a compiled network of exactly two weights, such as mb.Network([mb.Dense(1, 1)]); it ends as it was.
    first, second: the values of its first and its second weight. Raises ValueError for a network of another size.
    """
    data = as_dataset(data)
    check_fit(net, data)
    if net.weights.size != 2:
        raise ValueError(
            f"net must have exactly 2 weights, such as mb.Network([mb.Dense(1, 1)]); got {net.weights.size}"
        )
    first, second = (checks.numeric(name, values) for name, values in (("first", first), ("second", second)))
    kept, losses = net.weights.copy(), np.empty((len(second), len(first)))
    for place in np.ndindex(losses.shape):
        net.weights[...] = first[place[1]], second[place[0]]
        losses[place] = evaluate(net, data)["loss"]
    net.weights[...] = kept
    return losses


def weight_path(net, batches, **options):
    """Train, and return the weights before the first update and after each one, (updates + 1, weights).

    batches, options: as for mb.train.
    """
    return np.array([net.weights.copy() for _ in train(net, batches, **options)])
