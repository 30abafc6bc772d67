"""How many rows a second a network is trained on: what one update costs, against the batch size."""

import copy
from typing import NamedTuple

import numpy as np

from .. import checks
from ..batches import MiniBatches
from ..datasets.dataset import as_dataset
from ..network import Network
from ..training import train
from .sweep import parts_of
from .targets import fit_plateau

WARM_UP, ROUND = 3, 10  # updates that are not timed, and updates of one size before the next size has its turn
NO_LEARNING = 1e-9  # what an update costs does not depend on its learning rate, and with this one nothing runs away


class Speed(NamedTuple):
    """The cost of one update of a batch size: seconds, its rows gathered, without validation."""

    batch_size: int
    seconds: float

    @property
    def rows(self):
        """Rows a second."""
        return self.batch_size / self.seconds


def throughput(net, data, batch_sizes, *, updates=30, seed=0):
    """Return a Speed for each batch size: the median time of so many updates, after some to warm up.

    net: a compiled Network, which stays as it is. data: a Dataset. batch_sizes: whole numbers from 1 to all rows.
    The sizes take turns, so that a machine whose speed drifts is as slow for one as for the others.
    """
    data, updates = as_dataset(data), checks.whole_number("updates", updates)
    sizes = [checks.whole_number("batch_sizes", size, maximum=len(data)) for size in batch_sizes]
    runs = [_run(net, data, size, updates + WARM_UP, seed) for size in sizes]
    times = [[] for _ in sizes]
    for _ in range(-(-updates // ROUND)):
        for run, found in zip(runs, times):
            found += _timed(run, min(ROUND, updates - len(found)))
    return [Speed(size, float(np.median(found))) for size, found in zip(sizes, times)]


def fit_speed(speeds):
    """Return the Plateau of seconds a row through these Speeds: t / B = m (1 + knee / B).

    m is what a row costs in a large batch; the knee is the batch size at which an update costs twice its rows, half
    of it spent on what every update has to do once. Raises ValueError where the cost of a row does not fall like that.
    """
    sizes = [speed.batch_size for speed in speeds]
    return fit_plateau(sizes, [speed.seconds / speed.batch_size for speed in speeds])


def _run(net, data, size, updates, seed):
    """A run of a network like `net`, warmed up."""
    layers, loss, optimizer, dtype = parts_of(net)
    fresh, optimizer = Network(layers, seed=seed, dtype=dtype), copy.copy(optimizer)
    optimizer.lr = NO_LEARNING
    fresh.compile(loss, optimizer)
    run = train(fresh, MiniBatches(data, size, seed=seed), updates=updates)
    for _ in range(WARM_UP + 1):  # the record of the untrained network comes first
        next(run)
    return run


def _timed(run, updates):
    """The seconds of each of the next updates."""
    seconds = [run.seconds, *(next(run).seconds for _ in range(updates))]
    return np.diff(seconds).tolist()
