"""The exercises of lesson 10: right answers written in other ways pass, and others are told what is the matter."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import mbtutor as mb
from mbtutor.exercises import lesson_10, lessons
from mbtutor.exercises.exercise import NotYet, function_in
from mbtutor.history import History
from mbtutor.training import Update

CONVOLVE, NORM, EPOCH, SHAPE = lessons.lesson("10").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def convolve(picture, weights):
    return (sliding_window_view(picture, weights.shape) * weights).sum(axis=(2, 3))


def test_a_convolution_may_be_written_otherwise_and_return_lists():
    CONVOLVE.examine(convolve)
    CONVOLVE.examine(lambda picture, weights: convolve(picture, weights).tolist())


def test_the_solution_computes_what_the_package_does():
    rng = np.random.default_rng(0)
    layer = mb.Network([mb.Conv2D(1, 1, 3)]).layers[0]
    picture = rng.normal(size=(7, 6))
    packaged, _ = layer.forward(picture[None, None])
    np.testing.assert_allclose(function_in(CONVOLVE.solution)(picture, layer.W[0, 0]), packaged[0, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (None, "returns nothing"),
        ("x", "Return a table of numbers"),
        (3.0, "a table with rows and columns"),
        (np.zeros((9, 9)), "There are 2 x 3 places here; your table has 9 x 9."),
        (np.zeros((2, 3)), "the numbers are not"),
    ],
)
def test_other_answers_of_the_convolution_are_told_what_is_missing(got, text):
    assert text in fault(CONVOLVE, lambda *_: got).mistake


def test_the_solution_of_the_batch_norm_is_the_layer_in_both_modes():
    X = np.random.default_rng(0).normal(3, 2, size=(6, 4))
    layer = mb.Network([mb.BatchNorm(4)]).layers[0]
    mean, var = layer.running_mean.copy(), layer.running_var.copy()
    Y, mean, _ = function_in(NORM.solution)(X, mean, var, True)
    np.testing.assert_allclose(Y, layer.forward(X, training=True)[0], atol=1e-9)
    np.testing.assert_allclose(mean, layer.running_mean)
    asked, *_ = function_in(NORM.solution)(X[:1], layer.running_mean, layer.running_var, False)
    np.testing.assert_allclose(asked, layer.forward(X[:1])[0], atol=1e-9)


def test_the_batch_norm_may_scale_its_variance_by_hand_and_return_a_list():
    def batch_norm(X, mean, var, training):
        m, v = (X.mean(0), ((X - X.mean(0)) ** 2).mean(0)) if training else (mean, var)
        moved = [0.9 * mean + 0.1 * m, 0.9 * var + 0.1 * v] if training else [mean, var]
        return [(X - m) / (v + 1e-5) ** 0.5, *moved]

    NORM.examine(batch_norm)


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (lambda X, *_: None, "returns nothing"),
        (lambda X, *_: X, "Return three arrays"),
        (lambda X, mean, var, _: (X[:1], mean, var), "Y must have the shape of X"),
        (lambda X, mean, var, _: (X, mean[0], var), "Y must have the shape of X"),
        (lambda X, mean, var, _: (X * 0, mean, var), "Which mean and variance belong to which mode?"),
    ],
)
def test_other_answers_of_the_batch_norm_are_told_what_is_missing(got, text):
    assert text in fault(NORM, got).mistake


def test_an_epoch_has_one_order():
    assert [before + after for before, after, _ in EPOCH.rules] == ["DB", "BF", "FA", "AE", "EC"]


def test_the_shape_is_that_of_the_layers():
    shape = (3, 32, 32)
    for layer in (mb.Conv2D(3, 10, 5), mb.ReLU(), mb.MaxPool2D(2), mb.Flatten()):
        shape = layer.output_shape(shape)
    assert f"{shape[0]:,}" == SHAPE.options[SHAPE.right]


def run(loss, val_loss, finished=True, updates=40, **cells):
    cells = {"shift": 0, "rows": 500, "seed": 0, **cells}
    history = History(Update(n, 1, 10 * n, 0.0, loss=loss, val_loss=val_loss) for n in range(updates + 1))
    return SimpleNamespace(finished=finished, cells=cells, history=history)


@pytest.mark.parametrize(("train", "val", "option"), [(0.2, 0.4, 0), (0.05, 0.4, 1), (0.2, 0.1, 2), (0.05, 0.1, 3)])
def test_the_prediction_tells_the_four_ends_apart(train, val, option):
    runs = [run(0.1, 0.2), run(train, val, shift=1)]
    seen, text = lesson_10.PREDICTION.outcome(SimpleNamespace(runs=runs))
    assert seen == option
    assert text.endswith(f"0.10, the validation loss at 0.20; with a shift of 1 at {train:.2f} and {val:.2f}.")


def test_the_prediction_waits_for_two_whole_runs_that_differ_by_the_shift_alone():
    plain = run(0.1, 0.2)
    for other in (
        run(0.2, 0.1, shift=1, finished=False),
        run(0.2, 0.1, shift=1, rows=1000),
        run(0.2, 0.1, shift=1, updates=60),
        run(0.2, 0.1),
    ):
        assert lesson_10.PREDICTION.outcome(SimpleNamespace(runs=[plain, other])) is None
