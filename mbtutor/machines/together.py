"""Data-parallel training played in one process: copies of a network, each with its share of every batch."""

import copy
from typing import NamedTuple

import numpy as np

from .. import checks
from ..datasets.dataset import as_dataset
from ..network import Network
from .shares import average, shares

WEIGHTED, MEANS, NONE = AVERAGING = ("weighted by rows", "mean of means", "not at all")
EQUAL, SLOW, SAME = ROWS = ("equal shares", "a slow worker takes fewer", "the same for all")
SLOW_SHARE = 0.25  # of what another worker takes


class Step(NamedTuple):
    """The workers after one update. Step 0 is the start."""

    number: int
    losses: tuple  # of each worker's network on the validation rows
    alone: float  # the same of one process that makes the whole batch
    apart: float  # the largest distance between the weights of two workers
    off: float  # the largest distance of a worker's weights from those of the one process


class Together:
    """Workers that train one network together, and beside them one process that does it alone. An iterator of Steps.

    net: a compiled Network, copied for every worker. batches: MiniBatches, whose batch is that of all workers.
    val: the rows to measure on. averaging, rows: one of AVERAGING and of ROWS. own_weights: every worker draws first
    weights of its own. Raises ValueError or TypeError before the first update for what could not be trained.
    """

    def __init__(self, net, batches, workers, val, updates, *, averaging=WEIGHTED, rows=EQUAL, own_weights=False):
        net.check_compiled()
        self.workers = checks.whole_number("workers", workers)
        self.averaging = checks.choice("averaging", averaging, AVERAGING)
        self.rows = checks.choice("rows", rows, ROWS)
        self.batches, self.val = batches, as_dataset(val)
        self.total = checks.whole_number("updates", updates)
        self.alone = copy.deepcopy(net)
        self.nets = [_copy(net, seed if own_weights else None) for seed in range(self.workers)]
        self._steps = self._loop()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._steps)

    def parts(self, rows):
        """The slice of each worker in a batch of so many rows."""
        if self.rows == SAME:
            return [shares(rows, self.workers)[-1]] * self.workers
        if self.rows == EQUAL or self.workers == 1:
            return shares(rows, self.workers)
        speeds = np.array([SLOW_SHARE] + [1] * (self.workers - 1))
        edges = np.rint(rows * np.cumsum(speeds) / speeds.sum()).astype(int).tolist()
        return [slice(*edge) for edge in zip([0, *edges], edges)]

    def _loop(self):
        yield self._measured(0)
        number = 0
        while True:
            for batch in self.batches:
                if number == self.total:
                    return
                number += 1
                self._update(batch.X, batch.y)
                yield self._measured(number)

    def _update(self, X, y):
        parts = self.parts(len(y))
        gradients = [_gradient(net, X[part], y[part]) for net, part in zip(self.nets, parts)]
        rows = [part.stop - part.start for part in parts]
        if self.averaging == WEIGHTED:
            gradients = [average(gradients, rows)] * self.workers
        elif self.averaging == MEANS:
            gradients = [average(gradients, [min(n, 1) for n in rows])] * self.workers
        for net, gradient in zip((*self.nets, self.alone), (*gradients, _gradient(self.alone, X, y))):
            _apply(net, gradient)

    def _measured(self, number):
        losses = [_loss(net, self.val) for net in (*self.nets, self.alone)]
        weights = [net.weights for net in self.nets]
        apart = max(np.linalg.norm(one - other) for one in weights for other in weights)
        off = max(np.linalg.norm(one - self.alone.weights) for one in weights)
        return Step(number, tuple(losses[:-1]), losses[-1], float(apart), float(off))


def _copy(net, seed):
    if seed is None:
        return copy.deepcopy(net)
    other = Network(net.layers, seed=seed, dtype=net.dtype)
    other.compile(net.loss, copy.copy(net.optimizer))
    return other


def _gradient(net, X, y):
    """Of the mean loss of these rows; 0 where there are none."""
    return net.loss_and_gradient(X, y)[1] if len(y) else np.zeros_like(net.weights)


def _apply(net, gradient):
    with np.errstate(all="ignore"):  # told in words, below
        step, net.optimizer_state = net.optimizer.step(net.weights, gradient.copy(), net.optimizer_state)
        net.weights -= step
        if not np.isfinite(np.vdot(net.weights, net.weights)):
            raise ArithmeticError(f"the weights became infinite. Lower the learning rate (it is {net.optimizer.lr:g})")


def _loss(net, data):
    with np.errstate(all="ignore"):
        return float(net.loss.forward(net.forward(data.X)[0], data.y)[0])
