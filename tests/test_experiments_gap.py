"""Both losses in one go, where patience ends a run, labels made wrong, and the interval around a mean."""

import math

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor.experiments import BothLosses, confidence_interval, on_all_cores, stopping_point
from mbtutor.experiments.intervals import T_95


def run(**options):
    layers = [mb.Dense(4, 8), mb.ReLU(), mb.Dropout(0.5), mb.Dense(8, 3)]
    net, val = make_net(layers, optimizer=mb.SGD(lr=0.5)), make_data(40, seed=1)
    return net, mb.train(net, mb.MiniBatches(make_data(50), 10), validation=val, **options)


def test_both_losses_are_measured_on_all_rows_without_dropout_and_change_no_run():
    (net, plain), (other, watched) = run(updates=12, validate_every=4), run(updates=12, validate_every=4)
    expected = [(update.number, update.val_loss) for update in plain]
    measured = []
    for update in BothLosses(watched):
        assert (update.number, update.val_loss) == expected[update.number]
        if update.val_loss is None:
            assert update.loss is None and update.accuracy is None
        else:
            found = mb.evaluate(other, make_data(50))
            assert (update.loss, update.accuracy) == (found["loss"], found["accuracy"])
            measured.append(update.number)
    assert measured == [0, 4, 8, 12]
    np.testing.assert_array_equal(net.weights, other.weights)


def test_a_run_without_validation_is_refused():
    with pytest.raises(ValueError, match="no validation rows"):
        BothLosses(mb.train(make_net(), mb.MiniBatches(make_data(50), 10), updates=3))
    with pytest.raises(ValueError, match="no validation rows"):
        BothLosses([1, 2])


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_the_stopping_point_is_where_train_stops_and_what_it_puts_back(patience):
    _, whole = run(updates=300, validate_every=1)
    point = stopping_point([update.val_loss for update in whole], patience)
    net, stopped = run(updates=300, validate_every=1, patience=patience)
    history = mb.History(stopped)
    assert point.stop == history["number"][-1] < 300
    assert (
        mb.evaluate(net, make_data(40, seed=1))["loss"]
        == history["val_loss"][point.best]
        == np.nanmin(history["val_loss"])
    )


def test_the_stopping_point_by_hand():
    assert stopping_point([3, 2, 2.5, 1, 1, 1, 0], 2) == (3, 5), "an equal loss is no lower one"
    assert stopping_point([3, 2, 2.5, 1], None) == (3, None)
    assert stopping_point([3, 4, 5], 5) == (0, None)
    assert stopping_point([], 5) == (None, None)
    with pytest.raises(ValueError, match="patience must be a whole number of at least 1; got 0"):
        stopping_point([1, 2], 0)


# Intervals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("freedom", T_95)
def test_within_t_lies_95_percent_of_students_distribution(freedom):
    t = T_95[freedom]
    x = (np.arange(200_000) + 0.5) / 200_000 * t
    log_top = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - 0.5 * math.log(freedom * math.pi)
    density = np.exp(log_top - (freedom + 1) / 2 * np.log1p(x**2 / freedom))
    assert 2 * density.mean() * t == pytest.approx(0.95, abs=6e-5)


def test_the_interval_by_hand():
    mean, low, high = confidence_interval([1, 2, 3, 4])
    reach = 3.182 * math.sqrt(5 / 3) / 2
    assert (mean, low, high) == pytest.approx((2.5, 2.5 - reach, 2.5 + reach))
    assert str(confidence_interval([0.5, 0.5])) == "+0.500 (from +0.500 to +0.500)"


def test_between_two_entries_of_the_table_the_wider_interval_is_taken():
    values = np.arange(36.0)
    assert confidence_interval(values).high == pytest.approx(17.5 + 2.042 * values.std(ddof=1) / 6)


def test_about_95_of_100_intervals_hold_the_true_mean():
    rng = np.random.default_rng(0)
    held = [confidence_interval(rng.normal(3, 2, size=10) - 3).holds_zero for _ in range(4000)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan], [[1, 2], [3, 4]]])
def test_what_has_no_interval_is_refused(values):
    with pytest.raises(ValueError, match="at least 2 finite numbers"):
        confidence_interval(values)


# Wrong labels -----------------------------------------------------------------------------------------------------


def test_the_share_of_wrong_labels_is_exact_and_every_one_is_wrong():
    data = make_data(200)
    for share, count in ((0, 0), (0.2, 40), (0.013, 3), (1, 200)):
        wrong = mb.datasets.with_wrong_labels(data, share, seed=3)
        assert (wrong.y != data.y).sum() == count
        assert set(wrong.y) <= {0, 1, 2} and wrong.X is data.X
    again = mb.datasets.with_wrong_labels(data, 0.2, seed=4)
    assert not np.array_equal(again.y, mb.datasets.with_wrong_labels(data, 0.2, seed=3).y)


def test_wrong_labels_fall_evenly_on_the_other_classes():
    data = mb.Dataset(np.zeros((9000, 1)), np.zeros(9000, int), class_names=("a", "b", "c", "d"))
    counts = np.bincount(mb.datasets.with_wrong_labels(data, 1.0).y)
    assert counts[0] == 0 and (abs(counts[1:] - 3000) < 200).all()


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan, "0.2"])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="share must be a number"):
        mb.datasets.with_wrong_labels(make_data(), share)


def test_a_regression_has_no_labels_to_make_wrong():
    with pytest.raises(ValueError, match="at least 2 classes; got 0"):
        mb.datasets.with_wrong_labels(mb.Dataset(np.zeros((4, 1)), np.arange(4.0)), 0.5)


# Cores ------------------------------------------------------------------------------------------------------------


def test_jobs_come_back_in_order_and_their_errors_too():
    assert on_all_cores(lambda a, b=1: a * b, [{"a": 2, "b": 3}, {"a": 5}]) == [6, 5]
    with pytest.raises(ZeroDivisionError):
        on_all_cores(lambda a: 1 / a, [{"a": 0}])
    with pytest.raises(ValueError, match="workers must be a whole number"):
        on_all_cores(len, [], workers=0)
