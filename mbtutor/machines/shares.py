"""Share out the rows of a batch to workers, and make one gradient of theirs."""

import numpy as np

from .. import checks


def shares(rows, workers):
    """Return a slice for each worker: together all of `rows` rows, as even as can be (some may be empty)."""
    rows, workers = checks.whole_number("rows", rows, 0), checks.whole_number("workers", workers)
    edges = [rows * worker // workers for worker in range(workers + 1)]
    return [slice(*edge) for edge in zip(edges, edges[1:])]


def average(gradients, rows):
    """Return the gradient of all rows, (weights,): that of each worker counts by the rows it has seen.

    gradients: one (weights,) for each worker, of the mean loss of its rows. rows: how many those are, one number a
    worker. A worker without rows has no gradient of its own, and counts nothing, whatever stands in its place.
    """
    if len(gradients) != len(rows) or not sum(rows):
        raise ValueError(f"give each worker's gradient and its rows; got {len(gradients)} gradients, rows {list(rows)}")
    return sum(n / sum(rows) * np.asarray(gradient) for gradient, n in zip(gradients, rows) if n)


def averaged_gradient(net, X, y, workers):
    """Return the gradient of the mean loss over X, y, each worker's share computed by itself, (weights,).

    net: a compiled Network. It is that of `net.loss_and_gradient(X, y)` but for rounding.
    """
    parts = [part for part in shares(len(y), workers) if part.start < part.stop]
    gradients = [net.loss_and_gradient(X[part], y[part])[1] for part in parts]
    return average(gradients, [part.stop - part.start for part in parts])
