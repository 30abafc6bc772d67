"""What an update costs: measured with the clock of a training run, and the knee that follows."""

import sys

import numpy as np
import pytest
from pieces import make_data, make_net

from mbtutor.experiments import Speed, fit_speed, throughput

DATA = make_data(400)


def test_each_size_has_the_median_of_its_updates():
    speeds = throughput(make_net(), DATA, [1, 20, 400], updates=15)
    assert [speed.batch_size for speed in speeds] == [1, 20, 400]
    assert all(0 < speed.seconds < 1 for speed in speeds)
    for speed in speeds:
        assert speed.rows == speed.batch_size / speed.seconds


def test_it_times_what_the_run_counts_and_nothing_else(monkeypatch):
    """A run whose clock is made up: update n takes n milliseconds, so that the median is known."""
    module = sys.modules["mbtutor.experiments.throughput"]  # the name in the package is the function's

    class Counted:
        def __init__(self):
            self.number, self.seconds = -1, 0.0

        def __next__(self):
            self.number += 1
            self.seconds += self.number / 1000
            return self

    made = []
    monkeypatch.setattr(module, "train", lambda *_, **options: made.append(options) or Counted())
    (speed,) = throughput(make_net(), DATA, [8], updates=25)
    warm = module.WARM_UP
    assert speed.seconds == pytest.approx(np.median(np.arange(warm + 1, warm + 26)) / 1000)
    assert made == [{"updates": 25 + warm}]


def test_the_network_and_its_rate_stay_as_they_are():
    net = make_net()
    before = net.weights.copy()
    throughput(net, DATA, [10], updates=3)
    np.testing.assert_array_equal(net.weights, before)
    assert net.optimizer.lr == 0.1


def test_a_rate_that_would_diverge_does_not_matter():
    net = make_net(loss="one_hot_squared_error")
    net.optimizer.lr = 1e6
    assert throughput(net, DATA, [10], updates=30)[0].seconds > 0


def test_the_knee_is_found_again_from_what_updates_cost():
    speeds = [Speed(size, 2e-6 * (size + 150)) for size in (1, 4, 16, 64, 256, 1024)]
    found = fit_speed(speeds)
    assert found.level == pytest.approx(2e-6) and found.knee == pytest.approx(150)


def test_a_larger_batch_takes_more_rows_a_second():
    one, all_rows = throughput(make_net(), DATA, [1, 400])
    assert all_rows.rows > 5 * one.rows


@pytest.mark.parametrize("sizes", [[0], [401], [2.5]])
def test_sizes_that_are_no_batches_are_refused(sizes):
    with pytest.raises(ValueError, match="batch_sizes must be a whole number from 1 to 400"):
        throughput(make_net(), DATA, sizes)


def test_the_number_of_updates_is_checked():
    with pytest.raises(ValueError, match="updates"):
        throughput(make_net(), DATA, [4], updates=0)
