"""The exercises of lesson 11: right answers written in other ways pass, and others are told what is the matter."""

import numpy as np
import pytest

from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet

WASTED, MEAN, BUCKETS, _ = lessons.lesson("11").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def cut(rows, size):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def buckets(lengths, size, rng):
    noisy = lengths + rng.random(len(lengths)) / 2
    made = cut(np.argsort(noisy), size)
    rng.shuffle(made_of := list(range(len(made))))
    return [made[place] for place in made_of]


def test_other_right_answers_pass():
    WASTED.examine(lambda lengths, size: 1 - sum(lengths) / sum(len(p) * p.max() for p in cut(lengths, size)))
    WASTED.examine(lambda lengths, size: np.float64(padding(lengths, size)))
    MEAN.examine(lambda X, mask: [row[real].mean(axis=0) for row, real in zip(X, mask)])
    MEAN.examine(lambda X, mask: np.ma.array(X, mask=~np.repeat(mask[:, :, None], 2, axis=2)).mean(axis=1).data)
    BUCKETS.examine(buckets)
    BUCKETS.examine(lambda *given: [batch.tolist() for batch in buckets(*given)])
    BUCKETS.examine(lambda *given: iter(buckets(*given)))


def padding(lengths, size):
    parts = cut(lengths, size)
    return sum((part.max() - part).sum() for part in parts) / sum(len(part) * part.max() for part in parts)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "returns nothing"),
        ("half", "Return one number"),
        (np.array([0.5]), "Return one number"),
        (True, "Return one number"),
        (0.123, "not the share of padding"),
    ],
    ids=str,
)
def test_what_is_no_share_is_named(got, words):
    assert words in str(fault(WASTED, lambda *_: got))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda X, mask: None, "returns nothing"),
        (lambda X, mask: "mean", "Return one array of numbers"),
        (lambda X, mask: X, "shape (3, 2); yours has shape (3, 5, 2)"),
        (lambda X, mask: X[:, 0], "not the mean of the real positions"),
    ],
    ids=["None", "text", "whole", "first"],
)
def test_what_is_no_mean_is_named(answer, words):
    assert words in str(fault(MEAN, answer))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda lengths, size, rng: None, "returns nothing"),
        (lambda lengths, size, rng: 3, "must return or yield several things"),
        (lambda lengths, size, rng: np.argsort(lengths), "a list of batches"),
        (lambda *given: buckets(*given)[1:], "must be in exactly one batch"),
        (lambda *given: buckets(*given) + [[0]], "61 in all"),
        (lambda lengths, size, rng: buckets(lengths, 2 * size, rng), "yours are 4"),
    ],
    ids=["None", "number", "flat", "lost", "twice", "too large"],
)
def test_what_are_no_batches_is_named(answer, words):
    assert words in str(fault(BUCKETS, answer))


def test_an_order_of_ones_own_is_named():
    def own(lengths, size, rng):
        return buckets(lengths, size, np.random.default_rng())

    assert "The same seed gave other batches" in str(fault(BUCKETS, own))
