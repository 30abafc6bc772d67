"""The noise of batch gradients: the formula holds, the estimates are free of bias, bad input is refused."""

import itertools
import re

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor import experiments
from mbtutor.network import NotFinite


@pytest.fixture(scope="module")
def net():
    """A network of 51 weights in the middle of its training, with dropout, which must not act here."""
    net = make_net([mb.Dense(4, 6), mb.Tanh(), mb.Dropout(0.5), mb.Dense(6, 3)])
    mb.fit(net, mb.MiniBatches(make_data(40), 8, seed=0), epochs=2)
    return net


@pytest.fixture(scope="module")
def data():
    return make_data(40)


def by_hand(net, data):
    """(n, weights) gradients of the rows, from the loss of each row alone."""
    return np.array(
        [net.loss_and_gradient(data.X[i : i + 1], data.y[i : i + 1], training=False)[1] for i in range(len(data))]
    )


# One row, all rows -------------------------------------------------------------------------------------------------


def test_each_row_has_its_gradient_and_their_mean_is_that_of_all(net, data):
    gradients = experiments.sample_gradients(net, data)
    np.testing.assert_array_equal(gradients, by_hand(net, data))
    full = experiments.full_gradient(net, data)
    np.testing.assert_allclose(gradients.mean(axis=0), full, atol=1e-15)
    np.testing.assert_allclose(full, net.loss_and_gradient(data.X, data.y, training=False)[1], atol=1e-15)


def test_rows_are_taken_in_the_order_given(net, data):
    gradients = by_hand(net, data)
    np.testing.assert_array_equal(experiments.sample_gradients(net, data, [3, 0, 3]), gradients[[3, 0, 3]])


def test_a_long_data_set_is_read_in_parts_and_gives_the_same(net, data, monkeypatch):
    whole = experiments.full_gradient(net, data)
    monkeypatch.setattr("mbtutor.experiments.noise.ROWS_AT_ONCE", 7)
    np.testing.assert_allclose(experiments.full_gradient(net, data), whole, atol=1e-15)


def test_rows_in_a_memory_map_give_the_same(net, data, tmp_path):
    np.save(tmp_path / "X.npy", data.X)
    mapped = mb.Dataset(np.load(tmp_path / "X.npy", mmap_mode="r"), data.y)
    assert experiments.gradient_variance(net, mapped) == experiments.gradient_variance(net, data)
    assert experiments.batch_noise(net, mapped, 4, draws=5) == experiments.batch_noise(net, data, 4, draws=5)


def test_the_variance_is_the_trace_of_the_covariance(net, data):
    covariance = np.cov(by_hand(net, data), rowvar=False, ddof=1)
    assert experiments.gradient_variance(net, data) == pytest.approx(np.trace(covariance), rel=1e-12)


def test_measuring_changes_nothing(net, data):
    before = net.state()
    list(experiments.noise_by_batch_size(net, data, draws=2))
    experiments.noise_scale(net, data, small=2, big=8, draws=2)
    after = net.state()
    np.testing.assert_array_equal(before["weights"], after["weights"])
    assert before["rng"] == after["rng"] and before["updates"] == after["updates"]


# The formula -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4])
def test_over_all_batches_that_there_are_the_formula_is_exact(net, batch_size):
    data = make_data(5, seed=1)
    gradients, variance = by_hand(net, data), experiments.gradient_variance(net, data)
    batches = [gradients[list(rows)].mean(axis=0) for rows in itertools.combinations(range(5), batch_size)]
    exact = np.mean([((batch - gradients.mean(axis=0)) ** 2).sum() for batch in batches])
    assert exact == pytest.approx(variance / batch_size * (1 - batch_size / 5), rel=1e-12)


@pytest.mark.parametrize("batch_size", [1, 4, 16, 64, 256, 1024, 3000])
def test_400_draws_on_the_digits_are_within_15_percent_of_the_formula(batch_size, digits):
    net, train = make_net([mb.Dense(64, 32), mb.ReLU(), mb.Dense(32, 10)]), digits[0]
    variance = experiments.gradient_variance(net, train)
    measured = experiments.batch_noise(net, train, batch_size, draws=400)
    assert measured == pytest.approx(variance / batch_size * (1 - batch_size / len(train)), rel=0.15)


def test_all_rows_in_the_batch_leave_no_noise(net, data):
    assert experiments.batch_noise(net, data, 40, draws=20) < 1e-28


def test_the_slope_is_minus_one_once_the_factor_is_divided_out(net):
    data = make_data(400)
    *found, last = experiments.noise_by_batch_size(net, data, draws=1000)
    sizes, measured, expected = np.transpose(found)
    assert sizes.tolist() == [1, 2, 4, 8, 16, 32, 64, 128, 256] and last.batch_size == 400
    slope = np.polyfit(np.log(sizes), np.log(measured / (1 - sizes / 400)), 1)[0]
    assert slope == pytest.approx(-1, abs=0.03)
    np.testing.assert_allclose(measured / expected, 1, atol=0.1)
    assert last.expected == 0 and last.measured < 1e-28


def test_batches_are_drawn_without_replacement_and_anew_each_time(net, data, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "mbtutor.experiments.noise._gradient", lambda net, data, rows: drawn.append(rows) or np.zeros(51)
    )
    list(experiments.squared_distances(net, data, 6, draws=50))
    batches = [rows.tolist() for rows in drawn[1:]]  # the first is the gradient of all rows
    assert len(batches) == 50 and all(len(set(rows)) == 6 for rows in batches)
    assert len(set(map(tuple, batches))) == 50 and set(itertools.chain(*batches)) == set(range(40))


def test_the_seed_deals_out_the_batches(net, data):
    one, again, other = (experiments.batch_noise(net, data, 4, draws=10, seed=seed) for seed in (1, 1, 2))
    assert one == again != other


def test_distances_come_one_by_one(net, data):
    distances = experiments.squared_distances(net, data, 4, draws=3)
    first = next(distances)
    assert np.mean([first, *distances]) == experiments.batch_noise(net, data, 4, draws=3)


# The noise scale ---------------------------------------------------------------------------------------------------


def test_the_noise_scale_is_that_of_the_rows_with_the_gradient_freed_of_its_own_noise(net):
    data = make_data(200)
    full, variance = experiments.full_gradient(net, data), experiments.gradient_variance(net, data)
    found = experiments.noise_scale(net, data, small=4, big=100, draws=20_000)
    assert found.noise == pytest.approx(variance, rel=0.03)
    assert found.gradient_square == pytest.approx(full @ full - variance / 200, rel=0.1)
    assert found.scale == found.noise / found.gradient_square


def test_over_all_batches_that_there_are_both_estimates_are_exact(net, monkeypatch):
    data = make_data(6, seed=1)
    orders = [np.array(order) for order in itertools.permutations(range(6))]
    monkeypatch.setattr("mbtutor.experiments.noise._drawn", lambda *_: (order[:4] for order in orders))
    found = experiments.noise_scale(net, data, small=2, big=4, draws=len(orders))
    full, variance = experiments.full_gradient(net, data), experiments.gradient_variance(net, data)
    assert found.noise == pytest.approx(variance, rel=1e-9)
    assert found.gradient_square == pytest.approx(full @ full - variance / 6, rel=1e-9)


def test_at_the_bottom_no_batch_is_large_enough():
    x = np.random.default_rng(0).normal(size=100)
    net = mb.Network([mb.Dense(1, 1)])
    net.compile("mean_squared_error", mb.SGD(lr=0.1))
    data = mb.Dataset(x[:, None], x + np.random.default_rng(1).normal(size=100))
    net.weights = np.linalg.lstsq(np.column_stack([x, np.ones(100)]), data.y, rcond=None)[0]
    found = experiments.noise_scale(net, data, small=10, big=100, draws=2000)
    assert found.gradient_square < 0 and found.scale == np.inf


# What is refused ---------------------------------------------------------------------------------------------------

WRONG = {
    "a batch of none": (lambda net, data: experiments.batch_noise(net, data, 0), "batch_size must be a whole number"),
    "a batch of more than all": (
        lambda net, data: experiments.squared_distances(net, data, 41),
        "batch_size must be a whole number from 1 to 40; got 41",
    ),
    "no draw": (lambda net, data: experiments.batch_noise(net, data, 4, draws=0), "draws must be a whole number"),
    "no draw, later": (
        lambda net, data: experiments.noise_by_batch_size(net, data, draws=0),
        "draws must be a whole number of at least 1; got 0",
    ),
    "one size too many": (
        lambda net, data: experiments.noise_by_batch_size(net, data, [1, 50]),
        "batch_sizes must be a whole number from 1 to 40; got 50",
    ),
    "a negative seed": (lambda net, data: experiments.batch_noise(net, data, 4, seed=-1), "seed must be"),
    "small as big": (
        lambda net, data: experiments.noise_scale(net, data, small=8, big=8),
        "small must be a whole number from 1 to 7; got 8",
    ),
    "big beyond all": (
        lambda net, data: experiments.noise_scale(net, data, big=41),
        "big must be a whole number from 2 to 40; got 41",
    ),
    "a row that is not there": (
        lambda net, data: experiments.sample_gradients(net, data, [0, 40]),
        "rows must be a list of whole numbers from 0 to 39; got array([ 0, 40])",
    ),
    "no rows": (lambda net, data: experiments.sample_gradients(net, data, []), "rows must be a list"),
    "rows as floats": (lambda net, data: experiments.sample_gradients(net, data, [0.5]), "rows must be a list"),
    "one row to vary": (
        lambda net, data: experiments.gradient_variance(net, data.subset([0])),
        "data must have at least 2 rows, or nothing can vary; got 1",
    ),
    "rows too wide": (lambda net, data: experiments.full_gradient(net, make_data(9, d=5)), "data: layer 0"),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_bad_input_is_refused_at_once(net, data, call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(net, data)


def test_a_network_without_a_loss_and_no_network_at_all_are_refused(data):
    with pytest.raises(ValueError, match="the network has no loss yet"):
        experiments.full_gradient(mb.Network([mb.Dense(4, 3)]), data)
    with pytest.raises(TypeError, match="net must be a Network"):
        experiments.full_gradient("net", data)


def test_a_network_that_ran_away_is_told_in_words(data):
    net = make_net()
    net.weights[...] = 1e200
    with pytest.raises(NotFinite, match="the weights are too large; take those of an earlier update"):
        experiments.gradient_variance(net, data)
