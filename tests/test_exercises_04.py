"""The exercises of lesson 04: right answers written in other ways pass, and others are told what is the matter."""

import numpy as np
import pytest

from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet

ACCURACY, LOSS, SCORES, _ = lessons.lesson("04").EXERCISES


def accuracy(predict, batches):
    return sum((predict(X) == y).sum() for X, y in batches) / sum(len(y) for _, y in batches)


def loss(mean_loss, batches):
    return sum(mean_loss(X, y) * len(y) for X, y in batches) / sum(len(y) for _, y in batches)


def scores(matrix, k):
    return matrix[k, k] / (matrix[:, k].sum() + 1e-8), matrix[k, k] / (matrix[k].sum() + 1e-8)


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def test_a_number_in_an_array_without_an_axis_is_a_number():
    ACCURACY.examine(lambda *given: np.array(accuracy(*given)))
    LOSS.examine(lambda *given: np.float32(loss(*given)))
    SCORES.examine(lambda *given: tuple(map(np.asarray, scores(*given))))


@pytest.mark.parametrize("exercise", [ACCURACY, LOSS], ids=["04.1", "04.2"])
@pytest.mark.parametrize("got", ["0.7", [0.7], np.array([0.7])], ids=["text", "list", "array"])
def test_what_is_no_number_is_named(exercise, got):
    assert fault(exercise, lambda *_: got).mistake == f"The answer must be one number; got {type(got).__name__}."


def test_a_percentage_is_no_share():
    assert fault(ACCURACY, lambda *given: 100 * accuracy(*given)).mistake == "A share lies between 0 and 1."
    assert fault(SCORES, lambda *given: 100 * np.array(scores(*given))).mistake == "A share lies between 0 and 1."


def means(mean_loss, batches):
    return [mean_loss(X, y) for X, y in batches]


@pytest.mark.parametrize(
    "function",
    [
        lambda *given: np.median(means(*given)),
        lambda *given: sum(means(*given)) / len(given[1][-1][1]),
        lambda *given: np.mean(means(*given)) / len(given[1][-1][1]),
        lambda *given: means(*given)[-1],
    ],
    ids=["median", "over the last rows", "mean over the last rows", "last batch"],
)
def test_no_loss_is_taken_for_another_fault(function):
    assert fault(LOSS, function).mistake == "That is not the mean over all rows."


@pytest.mark.parametrize(
    "pair",
    [{"precision": 0.5, "recall": 0.5}, (np.ones(3), np.ones(3)), (None, 0.5)],
    ids=["dict", "every class", "None"],
)
def test_precision_and_recall_are_two_numbers(pair):
    assert fault(SCORES, lambda *_: pair).mistake == "Precision and recall of class k must each be a number."


def test_the_numbers_shown_are_plain():
    seen = fault(SCORES, lambda *_: (np.float64(0.5), 0.5)).seen
    assert "np.float64" not in seen and "right is `(0.6666666666666666, 0.8)`" in seen
