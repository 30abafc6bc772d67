"""A loss of two weights, drawn whole, and the path of training through it."""

import re

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor import experiments


@pytest.fixture
def line():
    """(network of two weights, data)."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    net = mb.Network([mb.Dense(1, 1)])
    net.compile("mean_squared_error", mb.SGD(lr=0.1))
    return net, mb.Dataset(x[:, None], 2 * x - 1 + rng.normal(size=30))


def test_the_grid_holds_the_loss_of_every_pair(line):
    net, data = line
    first, second = [-1, 0.5, 2], [0.0, 3.0]
    losses = experiments.loss_grid(net, data, first, second)
    assert losses.shape == (2, 3)
    for place in np.ndindex(2, 3):
        w, b = first[place[1]], second[place[0]]
        assert losses[place] == pytest.approx(((w * data.X[:, 0] + b - data.y) ** 2).mean(), rel=1e-12)


def test_the_network_ends_as_it_was(line):
    net, data = line
    before = net.weights.copy()
    experiments.loss_grid(net, data, [0, 1], [0, 1])
    np.testing.assert_array_equal(net.weights, before)


def test_a_path_has_the_weights_of_every_update(line):
    net, data = line
    batches, start = mb.MiniBatches(data, 8, seed=1), net.weights.copy()
    path = experiments.weight_path(net, batches, updates=6)
    assert path.shape == (7, 2)
    np.testing.assert_array_equal(path[0], start)
    np.testing.assert_array_equal(path[-1], net.weights)
    net.weights = start
    net.update(*next(iter(mb.MiniBatches(data, 8, seed=1))))
    np.testing.assert_array_equal(path[1], net.weights)


def test_a_network_of_more_weights_is_refused():
    with pytest.raises(ValueError, match=re.escape("net must have exactly 2 weights, such as mb.Network([mb.Dense(1")):
        experiments.loss_grid(make_net(), make_data(), [0], [0])
