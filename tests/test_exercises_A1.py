"""The exercises of lesson A1: right answers written in other ways pass, and others are told what is the matter."""

import numpy as np
import pytest

from mbtutor import losses
from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet

HUBER, BINARY, _, _ = lessons.lesson("A1").EXERCISES


def huber(errors, delta):
    pairs = [_one(error, delta) for error in errors]
    return [loss for loss, _ in pairs], [slope for _, slope in pairs]


def _one(error, delta):
    if abs(error) <= delta:
        return error**2 / 2, error
    return delta * abs(error) - delta**2 / 2, delta if error > 0 else -delta


def binary(scores, y):
    return np.mean([np.log1p(np.exp(-abs(s))) + max(s, 0) - s * right for s, right in zip(scores, y)])


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def test_lists_loops_and_other_formulas_are_right_too():
    HUBER.examine(huber)
    HUBER.examine(lambda errors, delta: np.array(huber(errors, delta)))
    BINARY.examine(binary)
    BINARY.examine(lambda scores, y: np.array([binary(scores, y)]))


def test_the_package_would_pass():
    def packaged(errors, delta):
        loss, pairs = losses.Huber(delta), []
        for error in errors:
            value, backward = loss.forward(np.array([[error]]), np.zeros(1))
            pairs.append((value, backward().item()))
        return np.array(pairs).T

    HUBER.examine(packaged)
    BINARY.examine(lambda scores, y: losses.BinaryCrossEntropy().forward(scores[:, None], y)[0])


@pytest.mark.parametrize(
    "got",
    ["text", 3.0, [1, 2, 3], ({}, {})],
    ids=["text", "a number", "three", "dicts"],
)
def test_what_is_no_pair_of_arrays_is_named(got):
    assert fault(HUBER, lambda *_: got).mistake.startswith("Return two arrays, `return losses, slopes`; got")


def test_a_mean_is_no_loss_for_each_error():
    means = fault(HUBER, lambda *given: tuple(map(np.mean, huber(*given))))
    assert fault(HUBER, lambda e, d: (e, None)).mistake.endswith("shape (8,); got (8,) and ().")
    assert means.mistake == "Losses and slopes need a number for each error, shape (8,); got () and ()."


def test_other_losses_and_slopes_are_not_taken_for_a_known_fault():
    assert fault(HUBER, lambda e, d: (np.abs(e), np.sign(e))).mistake == "These are not the losses yet."
    slopes = fault(HUBER, lambda e, d: (huber(e, d)[0], np.clip(2 * e, -d, d)))
    assert slopes.mistake == "The losses are right; the slopes are not yet."


def test_the_error_shown_is_the_first_that_is_wrong():
    seen = fault(HUBER, lambda e, d: (huber(e, d)[0], np.where(e > 0, huber(e, d)[1], 0))).seen
    assert "an error of -0.5 (among others) and delta=1`, it returned `(0.125, 0.0)`; right is `(0.125, -0.5)`" in seen


@pytest.mark.parametrize("got", ["text", [0.1, 0.2], np.zeros(3), {}], ids=["text", "list", "array", "dict"])
def test_what_is_no_number_is_named(got):
    assert fault(BINARY, lambda *_: got).mistake.startswith("The answer must be one number, the mean over the rows")


@pytest.mark.parametrize("exercise", [HUBER, BINARY], ids=["A1.1", "A1.2"])
def test_nothing_returned_is_named(exercise):
    assert fault(exercise, lambda *_: None).mistake == "Your function returns nothing. Does it end in `return`?"


@pytest.mark.parametrize("limit", [1e-300, 1e-15, 1e-7])
def test_a_loss_that_is_cut_off_is_known_wherever_it_is_cut(limit):
    def cut(scores, y):
        p = 1 / (1 + np.exp(-scores))
        return -(y * np.log(p + limit) + (1 - y) * np.log(1 - p + limit)).mean()

    assert fault(BINARY, cut).mistake == "cut off"


def test_a_loss_of_one_answer_alone_misses_a_part():
    assert fault(BINARY, lambda scores, y: np.logaddexp(0, -scores).mean()).mistake == "half of it"


def test_nan_turned_into_0_is_no_cure():
    starter = {}
    exec(BINARY.starter, starter)
    assert fault(BINARY, lambda *given: np.nan_to_num(starter["binary_cross_entropy"](*given))).mistake == "cut off"
