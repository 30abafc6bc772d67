"""The constant or the straight line that costs a few points least, under three losses."""

import itertools

import numpy as np

ROUNDS = 500  # of reweighting, at most
STILL = 1e-9  # a fit that moves by less stands still, to more digits than are shown


def fits(x, y, delta, line):
    """{name of the loss: (height at x = 0, rise for each x)}. line: False fits a constant, whose rise is 0."""
    table = np.column_stack([np.ones(len(x)), x]) if line else np.ones((len(x), 1))
    best = {
        "squared error": _weighted(table, y, np.ones(len(y))),
        "absolute error": _least_absolute(table, y),
        "Huber's loss": _huber(table, y, delta),
    }
    return {name: (float(fit[0]), float(fit[1]) if line else 0.0) for name, fit in best.items()}


def _weighted(table, y, weights):
    """Least squares where each point counts as often as its weight says."""
    return np.linalg.solve(table.T @ (weights[:, None] * table), table.T @ (weights * y))


def _least_absolute(table, y):
    """One of the best fits goes exactly through as many points as it has numbers: try them all."""
    columns = table.shape[1]
    tried = [list(few) for few in itertools.combinations(range(len(y)), columns)]
    candidates = np.array([np.linalg.solve(table[few], y[few]) for few in tried])
    costs = np.abs(candidates @ table.T - y).sum(axis=1)
    return candidates[costs.argmin()]


def _huber(table, y, delta):
    """Least squares again and again; a point that lies beyond delta counts delta / its distance."""
    fit = _weighted(table, y, np.ones(len(y)))
    for _ in range(ROUNDS):
        before, distance = fit, np.abs(table @ fit - y)
        fit = _weighted(table, y, delta / np.maximum(distance, delta))
        if np.abs(fit - before).max() < STILL:
            break
    return fit
