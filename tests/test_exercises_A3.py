"""The exercises of lesson A3: right answers written in other ways pass, and others are told what is the matter."""

import numpy as np
import pytest

from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet

ANSWERS, MEAN, SHIP = lessons.lesson("A3").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def softmax(scores):
    e = np.exp(scores)
    return e / e.sum(axis=-1, keepdims=True)


def test_the_answer_may_be_written_in_other_ways():
    def with_loops(scores):
        found = []
        for row in range(scores.shape[1]):
            total = 0
            for member in scores:
                e = [2.718281828459045 ** float(score) for score in member[row]]
                total = total + np.array(e) / sum(e)
            found.append(int(np.argmax(total)))
        return found

    for right in (
        with_loops,
        lambda scores: softmax(scores).sum(axis=0).argmax(axis=1),
        lambda scores: tuple(softmax(scores).mean(0).argmax(-1)),
        lambda scores: softmax(scores).mean(axis=0).argmax(axis=1).astype(float),
    ):
        ANSWERS.examine(right)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda scores: None, "Your function returns nothing"),
        (lambda scores: "two", "Return an array of class numbers; got 'two'."),
        (lambda scores: 2, "One class number for each row, shape (3,); got shape ()."),
        (lambda scores: np.zeros((3, 2)), "One class number for each row, shape (3,); got shape (3, 2)."),
        (lambda scores: np.ones(3), "These are not the classes with the highest mean probability."),
        (lambda scores: softmax(scores).mean(axis=0), "probabilities"),
        (lambda scores: scores.sum(axis=0).argmax(axis=-1), "scores"),
        (lambda scores: softmax(scores).prod(axis=0).argmax(axis=-1), "scores"),
        (lambda scores: softmax(scores).argmax(axis=-1), "each member"),
    ],
)
def test_other_answers_are_told_what_is_the_matter(function, said):
    assert fault(ANSWERS, function).mistake.startswith(said)


def test_what_was_seen_is_plain():
    seen = fault(ANSWERS, lambda scores: scores.mean(axis=0).argmax(axis=-1)).seen
    assert "array" not in seen and "it returned `[" in seen


def test_the_mean_may_be_written_in_other_ways():
    def summed(weights, run, skip):
        total, count = 0, 0
        for number, _ in enumerate(run, start=1):
            if number > skip:
                total, count = total + weights, count + 1
        return total / count

    def running(weights, run, skip):
        mean = np.zeros_like(weights)
        for number, _ in enumerate(run):
            if number >= skip:
                mean += (weights - mean) / (number - skip + 1)
        return mean

    def sliced(weights, run, skip):
        path = [list(weights) for _ in run]
        return np.mean(path[skip:], axis=0).tolist()

    for right in (summed, running, sliced):
        MEAN.examine(right)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda weights, run, skip: None, "Your function returns nothing"),
        (lambda weights, run, skip: "w", "Return an array of weights; got 'w'."),
        (lambda weights, run, skip: 1.0, "The mean must have the shape of the weights, (2,); got ()."),
        (lambda weights, run, skip: [weights for _ in run][-1], "last"),
        (lambda weights, run, skip: np.array([7.0] * len(weights)), "That is not their mean."),
        (lambda weights, run, skip: sum([weights.copy() for _ in run][skip:]), "sum"),
    ],
)
def test_other_means_are_told_what_is_the_matter(function, said):
    assert fault(MEAN, function).mistake.startswith(said)


def test_one_network_is_averaged_along_its_run():
    assert MEAN.may_change_input and SHIP.right == "C" and set(SHIP.replies) == {"A", "B", "D"}
