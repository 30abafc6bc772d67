"""Measures agree with scikit-learn's, weigh every row alike, and are plain numbers."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pieces import make_data, make_net, same

import mbtutor as mb
from mbtutor.network import NotFinite

DROPOUT = [mb.Dense(4, 8), mb.Dropout(0.5), mb.Dense(8, 3)]


@pytest.mark.parametrize("batch_size", [1, 7, 32, 49, 50, 51, 10**9])
def test_every_row_weighs_the_same_at_every_batch_size(batch_size):
    net, data = make_net(), make_data()
    alone = [net.loss_and_gradient(data.X[i : i + 1], data.y[i : i + 1], training=False)[0] for i in range(50)]
    measured = mb.evaluate(net, data, batch_size)
    assert measured["loss"] == pytest.approx(np.mean(alone), abs=1e-12)
    assert measured["accuracy"] == pytest.approx(np.mean(net.predict(data.X) == data.y), abs=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_measures_are_plain_numbers(dtype):
    measured = mb.evaluate(make_net(dtype=dtype), make_data())
    assert {name: type(value) for name, value in measured.items()} == {"loss": float, "accuracy": float}
    assert json.loads(json.dumps(measured)) == measured and type(mb.accuracy([0, 1], [0, 0])) is float


def test_a_regression_has_no_accuracy():
    net = make_net(loss="mean_squared_error")
    assert mb.evaluate(net, (make_data().X, np.zeros((50, 3)))).keys() == {"loss"}


def test_measuring_changes_nothing_and_switches_dropout_off():
    net = make_net(DROPOUT)
    before = net.state()
    assert mb.evaluate(net, make_data()) == mb.evaluate(net, make_data())
    assert same(net.state(), before)


@pytest.mark.parametrize(
    "net, data, error, words",
    [
        (mb.Network([mb.Dense(4, 3)]), make_data(), ValueError, "the network has no loss yet: call net.compile"),
        (
            make_net(),
            make_data(d=5),
            ValueError,
            "data: layer 0: Dense(4, 8) takes rows of 4 numbers; got rows of shape (5,)",
        ),
        (make_net(), (make_data().X, make_data().y + 1), ValueError, "subtract 1 from y"),
        (make_net(), (make_data().X, make_data().y[:-1]), ValueError, "X of shape (50, 4) and y of shape (49,)"),
        (make_net(), ([[1, 2, 3, np.inf]], [0]), ValueError, "X holds inf at row 0, column 3"),
        (make_net(), make_data().X, TypeError, "data must be a Dataset or a pair (X, y); got ndarray"),
        ("net", make_data(), TypeError, "net must be a Network"),
    ],
)
def test_rows_that_cannot_be_measured_are_refused(net, data, error, words):
    with pytest.raises(error, match=re.escape(words)):
        mb.evaluate(net, data)


@pytest.mark.parametrize("value", [0, -1, 2.5, "8", None])
def test_a_senseless_batch_size_is_refused(value):
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1"):
        mb.evaluate(make_net(), make_data(), batch_size=value)


def test_a_loss_that_is_not_finite_is_told_in_words(recwarn):
    net = make_net(loss="mean_squared_error")
    with pytest.raises(NotFinite, match="the loss on data became inf; its numbers, or the weights, are too large"):
        mb.evaluate(net, (np.full((2, 4), 1e300), np.zeros((2, 3))))
    assert not recwarn.list


pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


@given(pairs)
@settings(deadline=None)  # the first example waits for the import
def test_the_measures_are_scikit_learns(pairs):
    from sklearn import metrics  # imported here: test_mutants starts this file often, and scikit-learn is slow to load

    y, predicted = np.array(pairs).T
    matrix = mb.confusion_matrix(y, predicted, classes=5)
    assert matrix.tolist() == metrics.confusion_matrix(y, predicted, labels=range(5)).tolist()
    assert matrix.sum() == len(pairs)
    assert mb.accuracy(y, predicted) == pytest.approx(metrics.accuracy_score(y, predicted), abs=1e-12)
    theirs = metrics.precision_recall_fscore_support(y, predicted, labels=range(5), zero_division=0)[:3]
    assert np.allclose(list(mb.precision_recall_f1(y, predicted, classes=5).values()), theirs, rtol=0, atol=1e-12)


def test_rows_are_the_truth_and_columns_the_answers():
    assert mb.confusion_matrix([0, 0, 1], [0, 1, 1]).tolist() == [[1, 1], [0, 1]]
    small = np.array([0, 200, 255], np.uint8)  # 255 * 256 does not fit in a uint8
    assert mb.confusion_matrix(small, small).diagonal().sum() == 3


@pytest.mark.parametrize("measure", [mb.accuracy, mb.confusion_matrix, mb.precision_recall_f1])
@pytest.mark.parametrize(
    "y, predicted, words",
    [
        ([0, 1], [0], "one class number a row each; got shapes (2,) and (1,)"),
        ([[0], [1]], [0, 1], "got shapes (2, 1) and (2,)"),
        ([], [], "got shapes (0,) and (0,)"),
        ([0.0, 1.0], [0, 1], "must be whole class numbers; got dtypes float64 and int64"),
        (["a", "b"], ["a", "b"], "must be whole class numbers"),
    ],
)
def test_pairs_that_cannot_be_compared_are_refused(measure, y, predicted, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        measure(y, predicted)


@pytest.mark.parametrize(
    "y, classes, words", [([-1, 0], None, "class numbers must run from 0"), ([0, 3], 3, "from 0 to 2; got 0 to 3")]
)
def test_classes_out_of_range_are_refused(y, classes, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        mb.confusion_matrix(y, [0, 0], classes)


# A target of numbers ----------------------------------------------------------------------------------------------


def lines_of(n, seed=0):
    X = np.random.default_rng(seed).normal(size=(n, 4))
    return mb.Dataset(X, 300 + 50 * X[:, 0])


def test_the_typical_error_is_in_the_targets_own_unit():
    train, val = lines_of(80), lines_of(30, seed=1)
    scaled, held_out = mb.standardize_target(train, val)
    net = make_net([mb.Dense(4, 1)], "mean_squared_error")
    off = scaled.target_scaler.undo(net.predict(val.X)[:, 0]) - val.y
    assert mb.typical_error(net, held_out) == pytest.approx(np.sqrt(np.mean(off**2)))
    deviation, loss = scaled.target_scaler.scale, mb.evaluate(net, held_out)["loss"]
    assert mb.typical_error(net, held_out) == pytest.approx(deviation * np.sqrt(loss))
    assert mb.typical_error(net, val) == pytest.approx(np.sqrt(mb.evaluate(net, val)["loss"]))


def test_the_baseline_of_numbers_is_the_mean_of_train():
    train, val = lines_of(80), lines_of(30, seed=1)
    right = np.sqrt(np.mean((val.y - train.y.mean()) ** 2))
    assert mb.baseline(train, val) == pytest.approx(right)
    scaled, held_out = mb.standardize_target(train, val)
    assert mb.baseline(scaled, held_out) == pytest.approx(right)
    assert mb.baseline(scaled, scaled) == pytest.approx(scaled.target_scaler.scale)


def test_the_baseline_of_classes_is_the_commonest_of_train():
    train, val = mb.Dataset(np.zeros((5, 1)), [0, 1, 1, 2, 1]), mb.Dataset(np.zeros((4, 1)), [1, 2, 2, 1])
    assert mb.baseline(train, val) == 0.5


def test_classes_have_no_typical_error():
    with pytest.raises(ValueError, match="must have a target of numbers; it has classes: use mb.evaluate"):
        mb.typical_error(make_net(), make_data())
