"""Small data and networks that many tests build, and what a learner does with a lab."""

import asyncio
import re
import time
from functools import cache

import numpy as np

import mbtutor as mb


@cache
def all_digits():
    return mb.datasets.load_digits()


@cache
def prepared_digits():
    """(train, val, test) of the digits, standardised."""
    return mb.standardize(*mb.split(all_digits(), seed=0))


def make_data(n=50, d=4, classes=3, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return mb.Dataset(rng.normal(size=(n, d)).astype(dtype), rng.permutation(np.arange(n) % classes))


def make_net(layers=None, loss="cross_entropy", optimizer=None, seed=0, dtype=np.float64):
    net = mb.Network(layers or [mb.Dense(4, 8), mb.ReLU(), mb.Dense(8, 3)], seed=seed, dtype=dtype)
    net.compile(loss, optimizer or mb.SGD(lr=0.1))
    return net


def same(one, other):
    """True if two states (dicts of dicts, arrays and plain values) agree to the last bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return np.array_equal(one, other)


def numeric_gradient(function, array, h=1e-5):
    """The gradient of function() for `array`, by central differences; array is moved and put back."""
    gradient = np.empty(array.shape)
    for place in np.ndindex(array.shape):
        value = array[place]
        array[place] = value + h
        above = function()
        array[place] = value - h
        gradient[place] = (above - function()) / (2 * h)
        array[place] = value
    return gradient


def relative_error(numeric, exact):
    """How far two gradients are apart, for their size."""
    return np.linalg.norm(numeric - exact) / max(np.linalg.norm(numeric) + np.linalg.norm(exact), 1e-8)


def in_loop(scenario):
    """Run an async test as a kernel would: everything is clicked inside one running event loop."""
    asyncio.run(scenario())


async def until(condition, seconds=10):
    """Let the event loop go on until the condition holds."""
    limit = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < limit, "it did not happen"
        await asyncio.sleep(0.002)


def click(lab, name):
    """Click the button of that name."""
    lab.buttons[name].click()


def status(lab):
    """The words of a lab's status line."""
    return re.sub("<style>.*?</style>|<[^>]*>", "", lab.status.value, flags=re.S)
