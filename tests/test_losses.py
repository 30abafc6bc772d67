"""Every loss is a mean, its gradient its derivative, and labels that do not fit are refused with the cure."""

import math
import re

import numpy as np
import pytest
from pieces import numeric_gradient, relative_error

from mbtutor.losses import (
    LOSSES,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    OneHotSquaredError,
    as_loss,
)

rng = np.random.default_rng(0)
Y = 3 * rng.normal(size=(6, 4))
CLASSES = np.array([0, 3, 1, 2, 3, 3])
SHARES = rng.dirichlet(np.ones(4), 6)
CASES = [
    (CrossEntropy, Y, CLASSES),
    (CrossEntropy, Y, SHARES),
    (CrossEntropy, Y, np.eye(4, dtype=int)[CLASSES]),
    (CrossEntropy, Y[:1], CLASSES[:1]),
    (BinaryCrossEntropy, Y[:, :1], CLASSES % 2),
    (BinaryCrossEntropy, Y, (SHARES > 0.3).astype(float)),
    (BinaryCrossEntropy, Y, SHARES),
    (MeanSquaredError, Y[:, :1], SHARES[:, 0]),
    (MeanSquaredError, Y, SHARES),
    (MeanSquaredError, Y[:, :1], CLASSES),
    (MeanAbsoluteError, Y[:, :1], SHARES[:, 0]),
    (MeanAbsoluteError, Y, SHARES),
    (MeanAbsoluteError, Y[:, :1], CLASSES),
    (Huber, Y[:, :1], SHARES[:, 0]),
    (Huber, Y, SHARES),
    (Huber, Y[:, :1], CLASSES),
    (lambda: Huber(2.5), Y, SHARES),
    (OneHotSquaredError, Y, CLASSES),
    (OneHotSquaredError, Y, SHARES),
    (OneHotSquaredError, Y[:1], CLASSES[:1]),
]
every_case = pytest.mark.parametrize("make, Y, y", CASES)


def test_every_loss_of_the_room_is_checked_here():
    assert {type(make()) for make, _, _ in CASES} == set(LOSSES.values())


@every_case
def test_gradients_agree_with_central_differences(make, Y, y):
    Y, loss = Y.copy(), make()
    exact = loss.forward(Y, y)[1]()
    assert exact.shape == Y.shape
    assert relative_error(numeric_gradient(lambda: loss.forward(Y, y)[0], Y), exact) <= 1e-7


@every_case
def test_a_loss_is_a_mean_over_its_rows(make, Y, y):
    loss = make()
    alone = [loss.forward(Y[i : i + 1], y[i : i + 1])[0] for i in range(len(Y))]
    assert loss.forward(Y, y)[0] == pytest.approx(np.mean(alone), abs=1e-12)


@every_case
def test_forward_changes_nothing_and_backward_can_be_called_twice(make, Y, y):
    Y, y = Y.copy() + 1, y.copy()
    before, answers = Y.copy(), y.copy()
    _, backward = make().forward(Y, y)
    assert np.array_equal(backward(), backward()) and np.array_equal(Y, before) and np.array_equal(y, answers)


@every_case
def test_a_float32_network_stays_in_float32(make, Y, y):
    _, backward = make().forward(Y.astype(np.float32), y)
    assert backward().dtype == np.float32


def test_the_losses_are_the_textbook_ones():
    from scipy.special import (
        expit,
        log_softmax,
    )  # imported here: test_mutants starts this file often, and scikit-learn is slow to load
    from sklearn.metrics import log_loss

    assert CrossEntropy().forward(Y, CLASSES)[0] == pytest.approx(
        log_loss(CLASSES, np.exp(log_softmax(Y, axis=1))), abs=1e-12
    )
    binary = -(SHARES * np.log(expit(Y)) + (1 - SHARES) * np.log(expit(-Y))).mean()
    assert BinaryCrossEntropy().forward(Y, SHARES)[0] == pytest.approx(binary, abs=1e-12)
    assert MeanSquaredError().forward(Y, SHARES)[0] == pytest.approx(((Y - SHARES) ** 2).mean(), abs=1e-12)


@pytest.mark.parametrize("K", [1, 2, 10, 1000])
def test_equal_outputs_cost_ln_k(K):
    assert CrossEntropy().forward(np.full((3, K), 7.0), np.zeros(3, int))[0] == pytest.approx(math.log(K), abs=1e-12)
    assert BinaryCrossEntropy().forward(np.zeros((3, K)), np.ones((3, K)))[0] == pytest.approx(math.log(2), abs=1e-12)


@pytest.mark.parametrize("size", [1e3, 1e8, 1e300])
def test_huge_outputs_do_not_overflow(size):
    outputs = np.array([[size, -size], [-size, size]])
    for loss, y in ((CrossEntropy(), np.array([0, 1])), (BinaryCrossEntropy(), np.array([[1, 0], [0, 1]]))):
        right, backward = loss.forward(outputs, y)
        wrong, _ = loss.forward(outputs, 1 - y)
        assert right == 0 and wrong >= size and not backward().any()


def test_decisions():
    assert CrossEntropy().decide(np.array([[1.0, 2, 0]])).tolist() == [1]
    assert BinaryCrossEntropy().decide(np.array([[0.1], [-0.1], [0.0]])).tolist() == [1, 0, 0]
    assert BinaryCrossEntropy().decide(np.array([[0.1, -0.1]])).tolist() == [[1, 0]]
    assert all(loss.decide(Y) is None for loss in (MeanSquaredError(), MeanAbsoluteError(), Huber()))
    assert OneHotSquaredError().decide(np.array([[1.0, 2, 0]])).tolist() == [1]


@pytest.mark.parametrize("K", [1, 2, 10, 1000])
def test_the_squared_error_of_classes_is_that_of_their_one_hot_rows(K):
    outputs, classes = rng.normal(size=(6, K)), np.arange(6) % K
    one_hot = (classes[:, None] == np.arange(K)).astype(float)
    loss, backward = OneHotSquaredError().forward(outputs, classes)
    expected, expected_backward = MeanSquaredError().forward(outputs, one_hot)
    assert loss == expected and np.array_equal(backward(), expected_backward())
    assert OneHotSquaredError().forward(0 * outputs, classes)[0] == pytest.approx(1 / K, abs=1e-12)


@pytest.mark.parametrize("delta", [0.1, 1, 4])
def test_huber_is_squared_near_by_and_straight_far_away(delta):
    outputs, targets = np.array([[0.05], [-0.05], [9.0], [-9.0]]), np.zeros(4)
    alone = [Huber(delta).forward(outputs[i : i + 1], targets[i : i + 1]) for i in range(4)]
    assert [loss for loss, _ in alone] == pytest.approx([0.00125, 0.00125] + 2 * [delta * (9 - delta / 2)])
    assert [backward().item() for _, backward in alone] == pytest.approx([0.05, -0.05, delta, -delta])


def test_a_huge_delta_makes_huber_half_the_squared_error_and_a_tiny_one_delta_times_the_absolute_error():
    half = MeanSquaredError().forward(Y, SHARES)[0] / 2
    assert Huber(1e6).forward(Y, SHARES)[0] == pytest.approx(half, rel=1e-12)
    straight = 1e-6 * MeanAbsoluteError().forward(Y, SHARES)[0]
    assert Huber(1e-6).forward(Y, SHARES)[0] == pytest.approx(straight, rel=1e-4)


@pytest.mark.parametrize("loss", [MeanAbsoluteError(), Huber()])
def test_a_hit_has_no_slope(loss):
    loss, backward = loss.forward(Y, Y.copy())
    assert loss == 0 and not backward().any()


@pytest.mark.parametrize(("loss", "best"), [("mean_squared_error", np.mean), ("mean_absolute_error", np.median)])
def test_of_all_constants_the_mean_or_the_median_costs_least(loss, best):
    targets = rng.normal(size=11) ** 3
    costs = [as_loss(loss).forward(np.full((11, 1), best(targets) + off), targets)[0] for off in (0, -0.01, 0.01)]
    assert costs[0] == min(costs)


@pytest.mark.parametrize("delta", [0, -1, np.inf, np.nan, "1", None])
def test_a_delta_that_is_no_length_is_refused(delta):
    with pytest.raises(ValueError, match="delta must be a finite number above 0; got"):
        Huber(delta)


def test_huber_says_its_delta():
    assert repr(Huber(0.5)) == "Huber(0.5)" and as_loss("huber").delta == 1


def test_whole_numbers_to_be_hit_are_not_taken_for_classes():
    assert MeanSquaredError().forward(np.zeros((2, 1)), np.array([0, 3]))[0] == 4.5


def test_a_row_of_targets_is_never_spread_over_a_table():
    with pytest.raises(ValueError, match=re.escape("y must have the shape of the outputs, (6, 4); got (6,)")):
        MeanSquaredError().forward(Y, CLASSES)


@pytest.mark.parametrize(
    "name, y, outputs, words",
    [
        ("cross_entropy", [1, 2, 3], 3, "y runs from 1 to 3, but classes are counted from 0: subtract 1 from y"),
        ("cross_entropy", [0, 3], 3, "y must hold class numbers from 0 to 2, one for each output; got 0 to 3"),
        ("cross_entropy", [-1, 1], 3, "got -1 to 1"),
        ("cross_entropy", [1.0, 2.0], 3, "y holds float64 numbers such as 1.0"),
        ("cross_entropy", [0.3, 1.7], 3, 'loss="mean_squared_error" if they are measurements'),
        ("cross_entropy", [[1], [2]], 3, "y is a column, shape (2, 1); class numbers have shape (n,): use y.ravel()"),
        ("cross_entropy", [[0.5, 0.4]], 2, "y of shape (n, K) must hold probabilities"),
        ("cross_entropy", [[1.5, -0.5]], 2, "nothing below 0, each row adding up to 1"),
        ("cross_entropy", [[0.5, 0.5]], 3, "y of shape (1, 2) has 2 targets a row, the network 3 outputs"),
        ("one_hot_squared_error", [1, 2, 3], 3, "classes are counted from 0: subtract 1 from y"),
        ("one_hot_squared_error", [0.3, 1.7], 3, "this loss needs class numbers 0..2"),
        ("binary_cross_entropy", [1, 2], 1, "y must hold 0 for no and 1 for yes; got values from 1 to 2"),
        ("binary_cross_entropy", [-1.0, 1.0], 1, "got values from -1.0 to 1.0"),
        ("binary_cross_entropy", [0, 1], 2, "1 targets a row, the network 2 outputs"),
        ("mean_squared_error", [0.0, 1.0], 3, "1 targets a row, the network 3 outputs"),
        ("mean_squared_error", [0, 2], 3, 'for class numbers use loss="one_hot_squared_error"'),
        ("mean_squared_error", [[0.0, 1]], 1, "2 targets a row, the network 1 outputs"),
        ("mean_absolute_error", [0, 2], 3, 'for class numbers use loss="one_hot_squared_error"'),
        ("huber", [0.0, 1.0], 3, "1 targets a row, the network 3 outputs"),
    ],
)
def test_labels_that_do_not_fit_are_refused_with_the_cure(name, y, outputs, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        as_loss(name).check(np.array(y), outputs)


@pytest.mark.parametrize(
    "name, y, outputs", [("cross_entropy", [0, 0], 1), ("cross_entropy", [1, 1], 3), ("cross_entropy", [1, 2], 3)]
)
def test_labels_that_fit_are_taken(name, y, outputs):
    as_loss(name).check(np.array(y), outputs)


@pytest.mark.parametrize("loss", [3, None, ["cross_entropy"], CrossEntropy, object()])
def test_what_is_no_loss_is_refused(loss):
    with pytest.raises(TypeError, match="loss must be one of 'cross_entropy', .* or a loss object; got"):
        as_loss(loss)


def test_an_unknown_loss_lists_the_known_ones():
    with pytest.raises(ValueError, match="loss must be one of 'cross_entropy', .*; got 'hinge'"):
        as_loss("hinge")
    loss = CrossEntropy()
    assert as_loss(loss) is loss
