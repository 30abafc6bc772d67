"""The exercises of lesson 15: right answers written in other ways pass, and others are told what is the matter."""

import numpy as np
import pytest

from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet

AVERAGING, ROWS, _ = lessons.lesson("15").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def batches_of(order, batch_size):
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def rows_of(rank, workers, n, batch_size, epoch, cut=np.array_split):
    order = np.random.default_rng(1000 + epoch).permutation(n)
    return [cut(batch, workers)[rank] for batch in batches_of(order, batch_size)]


def test_other_right_answers_pass():
    AVERAGING.examine(lambda all_reduce, gradient, rows: all_reduce(gradient * (rows / all_reduce(rows))))
    AVERAGING.examine(lambda all_reduce, gradient, rows: list(all_reduce(rows * gradient) / all_reduce(rows)))
    AVERAGING.examine(lambda all_reduce, gradient, rows: (both := all_reduce([*(rows * gradient), rows]))[:3] / both[3])
    ROWS.examine(rows_of)
    ROWS.examine(lambda *given: [part.tolist() for part in rows_of(*given)])
    ROWS.examine(lambda *given: iter(rows_of(*given)))


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "returns nothing"),
        ("far", "Return one array of numbers; got 'far'."),
        (0.5, "yours has shape ()"),
        (np.ones(2), "yours has shape (2,)"),
    ],
    ids=["None", "text", "number", "too few"],
)
def test_what_is_no_gradient_is_named(got, words):
    assert words in str(fault(AVERAGING, lambda *_: got))


def test_a_worker_that_does_not_come_ends_the_wait_of_the_others():
    def only_the_first_calls_twice(all_reduce, gradient, rows):
        total = all_reduce(rows * gradient)
        return total / all_reduce(rows) if rows == 5 else total

    assert fault(AVERAGING, only_the_first_calls_twice).mistake == "not all take part"


def test_an_error_of_one_worker_is_told_as_it_is():
    def broken(all_reduce, gradient, rows):
        return all_reduce(gradient[rows + 1])

    with pytest.raises(IndexError):
        AVERAGING.examine(broken)


def test_values_that_cannot_be_added_are_named():
    met = fault(AVERAGING, lambda all_reduce, gradient, rows: all_reduce(gradient if rows == 5 else rows))
    assert "values of different shapes" in met.mistake


def test_a_mean_over_another_number_is_named():
    met = fault(AVERAGING, lambda all_reduce, gradient, rows: all_reduce(gradient) / all_reduce(rows))
    assert met.mistake == "divided by the workers"
    assert "not the gradient" in fault(AVERAGING, lambda all_reduce, g, rows: 3 * all_reduce(g)).mistake


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda *given: None, "returns nothing"),
        (lambda *given: 3, "must return or yield several things"),
        (lambda *given: [["a"]], "Return a list of arrays of row numbers"),
        (lambda *given: rows_of(*given)[:-1], "a part of every batch, also of a short last one"),
        (lambda *given: [part[part > 0] for part in rows_of(*given)], "Some rows are used by no worker"),
        (lambda *given: [part + 1 for part in rows_of(*given)], "there are none of these numbers"),
        (lambda rank, *given: rows_of(given[0] - 1 - rank, *given) + [np.arange(0)], "a part of every batch"),
    ],
    ids=["nothing", "number", "letters", "short one left out", "a row lost", "from 1", "one too many"],
)
def test_what_are_no_shares_is_named(function, words):
    assert words in str(fault(ROWS, function))


def test_an_order_that_is_drawn_anew_for_each_call_is_found():
    rng = np.random.default_rng(0)

    def drawn(rank, workers, n, batch_size, epoch):
        if rank == 0:
            drawn.order = rng.permutation(n)
        return [batch[rank::workers] for batch in batches_of(drawn.order, batch_size)]

    assert "it returns other rows" in fault(ROWS, drawn).mistake


def test_the_counts_say_how_many_rows_are_lost():
    met = fault(ROWS, lambda rank, workers, n, size, epoch: rows_of(0, workers, n, size, epoch))
    assert met.mistake == "same rows" and "of 20 rows, 10 are used by no worker, and 10 times" in met.seen
