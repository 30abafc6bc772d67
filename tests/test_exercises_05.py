"""The exercises of lesson 05: right answers written in other ways pass, and others are told what is the matter."""

import math

import numpy as np
import pytest

from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet

VARIANCE, NOISE, SMALLEST, _ = lessons.lesson("05").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def noise(gradients, batch_size, draws, rng):
    batches = [rng.permutation(gradients)[:batch_size].mean(axis=0) for _ in range(draws)]
    return np.mean(((np.array(batches) - gradients.mean(axis=0)) ** 2).sum(axis=1))


@pytest.mark.parametrize(
    "variance",
    [
        lambda gradients: gradients.var(axis=0, ddof=1).sum(),
        lambda gradients: np.trace(np.atleast_2d(np.cov(gradients, rowvar=False))),
        lambda gradients: sum(np.var(column, ddof=1) for column in gradients.T),
    ],
    ids=["var", "trace", "column by column"],
)
def test_the_variance_may_be_written_in_other_ways(variance):
    VARIANCE.examine(variance)


def test_a_noise_drawn_in_another_way_is_right():
    NOISE.examine(noise)


def test_a_noise_of_the_distance_instead_of_its_square_is_not():
    assert fault(NOISE, lambda *given: noise(*given) ** 0.5).mistake.startswith("That is not the mean squared distance")


def test_a_noise_from_the_formula_alone_is_right_too():
    """Whoever knows the formula has understood it."""
    NOISE.examine(lambda g, size, draws, rng: g.var(axis=0, ddof=1).sum() / size * (1 - size / len(g)))


@pytest.mark.parametrize(
    "smallest",
    [
        lambda variance, n, wanted: max(1, math.ceil(1 / (wanted / variance + 1 / n) - 1e-9)),
        lambda variance, n, wanted: np.int64(
            min(size for size in range(1, n + 1) if variance / size * (1 - size / n) <= wanted)
        ),
        lambda variance, n, wanted: float(math.ceil(1 / (wanted / variance + 1 / n) - 1e-9)),
    ],
    ids=["turned round", "numpy", "a float that is whole"],
)
def test_the_smallest_batch_may_be_found_in_other_ways(smallest):
    SMALLEST.examine(smallest)


@pytest.mark.parametrize("exercise", [VARIANCE, NOISE, SMALLEST], ids=["05.1", "05.2", "05.3"])
@pytest.mark.parametrize(
    ("got", "said"),
    [
        (None, "Your function returns nothing. Does it end in `return`?"),
        ("0.7", "The answer must be one number; got str."),
        ([0.7], "The answer must be one number; got list."),
        (np.ones((2, 2, 2)), "The answer must be one number; got an array of shape (2, 2, 2)."),
    ],
    ids=["nothing", "text", "list", "array"],
)
def test_what_is_no_number_is_named(exercise, got, said):
    assert fault(exercise, lambda *_: got).mistake == said


def test_never_good_enough_returns_nothing():
    def short_loop(variance, n, wanted):
        for size in range(1, n):
            if variance / size * (1 - size / n) <= wanted:
                return size
        return None

    assert fault(SMALLEST, short_loop).mistake.startswith("Your function returns nothing")


def test_the_answer_of_the_choice_is_the_largest_factor():
    def gain(before, after):
        return (1 + 400 / before) / (1 + 400 / after)

    gains = [gain(16, 32), gain(400, 800), gain(5_000, 10_000)]
    assert (
        gains == sorted(gains, reverse=True) and "ABC"[int(np.argmax(gains))] == lessons.lesson("05").EXERCISES[3].right
    )
