"""The exercises of lesson 05: right answers written in other ways pass, and others are told what is the matter."""

import math
import operator

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


@pytest.mark.parametrize(
    ("variance", "mistake"),
    [
        (lambda g: ((g - g.mean()) ** 2).sum() / len(g), "one mean for all"),
        (lambda g: np.var(g), "one mean for all"),
        (lambda g: (g**2).mean(), "not from the mean"),
        (lambda g: g.std(axis=0).sum(), "a root"),
        (lambda g: np.linalg.norm(g - g.mean(axis=0), axis=1).mean(), "not squared"),
        (lambda g: (g - g.mean(axis=0)).sum(), "not squared"),
        (lambda g: g.var(axis=1), "one for each row"),
        (lambda g: g.var(axis=0).sum() / len(g), "That is not the variance of the rows' gradients yet."),
    ],
)
def test_a_fault_of_the_variance_is_known_by_more_than_one_of_its_numbers(variance, mistake):
    assert fault(VARIANCE, variance).mistake == mistake


def test_rows_drawn_once_for_all_draws_are_told_apart_from_rows_put_back():
    def outside_the_loop(gradients, batch_size, draws, rng):
        rows = rng.permutation(len(gradients))[:batch_size]
        return ((gradients[rows].mean(axis=0) - gradients.mean(axis=0)) ** 2).sum()

    assert fault(NOISE, outside_the_loop).mistake == "always the same rows"


def test_sums_instead_of_means_are_not_taken_for_rows_that_stay():
    def sums(gradients, batch_size, draws, rng):
        batches = [rng.permutation(gradients)[:batch_size].sum(axis=0) for _ in range(draws)]
        return np.mean(((np.array(batches) - gradients.mean(axis=0)) ** 2).sum(axis=1))

    assert fault(NOISE, sums).mistake.startswith("That is not the mean squared distance")


def good_enough(sizes, compare):
    """What looks for the smallest batch size among sizes(n)."""

    def smallest(variance, n, wanted):
        return next((B for B in sizes(n) if compare(variance / B * (1 - B / n), wanted)), None)

    return smallest


@pytest.mark.parametrize(
    "smallest",
    [
        good_enough(lambda n: range(1, n), operator.le),
        good_enough(lambda n: range(1, n + 1), operator.lt),
    ],
    ids=["without n", "less than"],
)
def test_no_answer_where_there_should_be_one_is_told_with_the_case(smallest):
    met = fault(SMALLEST, smallest)
    assert met.mistake == "none is good enough" and "wanted=0`" in met.seen


def test_a_batch_of_no_rows_or_of_more_than_there_are_is_refused():
    for size in (0, 1000):
        assert fault(SMALLEST, lambda variance, n, wanted, size=size: size).mistake.startswith("A batch of 100 rows at")


def test_the_answer_of_the_choice_is_the_largest_factor():
    def gain(before, after):
        return (1 + 400 / before) / (1 + 400 / after)

    gains = [gain(16, 32), gain(400, 800), gain(5_000, 10_000)]
    assert (
        gains == sorted(gains, reverse=True) and "ABC"[int(np.argmax(gains))] == lessons.lesson("05").EXERCISES[3].right
    )
