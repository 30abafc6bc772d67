"""The exercises of lesson 09: right answers written in other ways pass, and others are told what is the matter."""

import numpy as np
import pytest

from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet

ACCUMULATION, MEANS, LARGEST, _ = lessons.lesson("09").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def accumulated(mean_gradient, X, y, micro):
    starts = range(0, len(y), micro)
    parts = [len(y[i : i + micro]) * mean_gradient(X[i : i + micro], y[i : i + micro]) for i in starts]
    return sum(parts) / len(y)


def means(read, rows, chunk):
    return sum(read(i, min(i + chunk, rows)).sum(axis=0) for i in range(0, rows, chunk)) / rows


def largest(small, large, budget):
    slope = (large[1] - small[1]) / (large[0] - small[0])
    return max(0, int(np.floor((budget - small[1]) / slope + small[0])))


def test_other_right_answers_pass():
    ACCUMULATION.examine(accumulated)
    ACCUMULATION.examine(lambda *given: list(accumulated(*given)))
    MEANS.examine(means)
    LARGEST.examine(largest)
    LARGEST.examine(lambda *given: float(largest(*given)))
    LARGEST.examine(lambda *given: np.int64(largest(*given)))


def test_smaller_pieces_than_allowed_pass():
    ACCUMULATION.examine(lambda mean_gradient, X, y, micro: accumulated(mean_gradient, X, y, 1))
    MEANS.examine(lambda read, rows, chunk: means(read, rows, max(1, chunk // 2)))


@pytest.mark.parametrize("exercise", [ACCUMULATION, MEANS], ids=["09.1", "09.2"])
@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "returns nothing"),
        ("far", "Return one array of numbers; got 'far'."),
        (0.5, "yours has shape ()"),
        (np.ones(2), "yours has shape (2,)"),
        (np.ones((1, 3)), "yours has shape (1, 3)"),
    ],
    ids=["None", "text", "number", "too few", "table"],
)
def test_what_is_no_array_of_the_right_length_is_named(exercise, got, words):
    assert words in str(fault(exercise, lambda *_: got))


@pytest.mark.parametrize(
    ("got", "words"),
    [(None, "returns nothing"), ("450", "got str"), ((450,), "got tuple"), (True, "got bool"), (np.ones(2), "ndarray")],
    ids=str,
)
def test_what_is_no_number_of_rows_is_named(got, words):
    assert words in str(fault(LARGEST, lambda *_: got))


def test_a_piece_without_rows_is_named():
    def one_too_many(mean_gradient, X, y, micro):
        return accumulated(mean_gradient, X, y, micro) + 0 * mean_gradient(X[len(y) :], y[len(y) :])

    assert "no rows at all" in str(fault(ACCUMULATION, one_too_many))


def test_pieces_of_other_sizes_are_judged_by_what_they_are():
    def halves(mean_gradient, X, y, micro, weigh):
        count = -(-len(y) // micro)
        parts = list(zip(np.array_split(X, count), np.array_split(y, count)))
        return sum(weigh(part, parts) * mean_gradient(*part) for part in parts)

    ACCUMULATION.examine(lambda *given: halves(*given, lambda part, parts: len(part[1]) / len(given[2])))
    met = fault(ACCUMULATION, lambda *given: halves(*given, lambda part, parts: 1 / len(parts)))
    assert met.mistake == "mean of means"


def test_rows_left_out_or_asked_for_twice_are_counted():
    def some(mean_gradient, X, y, micro):
        return accumulated(mean_gradient, X[:-3], y[:-3], micro)

    def twice(*given):
        return 3 * (accumulated(*given) + accumulated(*given))

    assert "Your pieces have 7 rows together, but there are 10." in str(fault(ACCUMULATION, some))
    assert "Your pieces have 20 rows together, but there are 10." in str(fault(ACCUMULATION, twice))
    assert "10 rows of X with 4 of y" in str(fault(ACCUMULATION, lambda g, X, y, micro: g(X, y[:micro])))


def test_a_sum_of_means_divided_by_anything_else_is_named():
    def means(mean_gradient, X, y, micro):
        return sum(mean_gradient(X[i : i + micro], y[i : i + micro]) for i in range(0, len(y), micro))

    assert fault(ACCUMULATION, lambda *given: means(*given) / given[3]).mistake == "over the rows"
    assert fault(ACCUMULATION, lambda *given: means(*given) * given[3]).mistake == "sum of all"


def test_rows_that_are_not_read_or_not_there_are_named():
    def short(read, rows, chunk):
        return sum(read(i, min(i + chunk - 1, rows)).sum(axis=0) for i in range(0, rows, chunk)) / rows

    def long(read, rows, chunk):
        return sum(read(i, i + chunk).sum(axis=0) for i in range(0, rows, chunk)) / rows

    assert "You have not read 2 of the 10 rows." in str(fault(MEANS, short))
    met = fault(MEANS, long)
    assert met.mistake.startswith("You read up to row 12, but the file has 10 rows") and "`[" in met.seen


def test_a_chunk_read_row_by_row_passes():
    def one_by_one(read, rows, chunk):
        total = 0
        for row in range(rows):
            total = total + read(row, row + 1)[0]
        return total / rows

    MEANS.examine(one_by_one)


def test_what_does_not_fit_at_all_is_0_rows():
    assert "return 0, not None" in str(fault(LARGEST, lambda *given: largest(*given) or None))
    assert "not even one row fits" in str(fault(LARGEST, lambda *given: max(1, largest(*given))))


def test_a_line_by_least_squares_is_as_good():
    LARGEST.examine(
        lambda small, large, budget: max(
            0, int((budget - (fit := np.polyfit([small[0], large[0]], [small[1], large[1]], 1))[1]) // fit[0])
        )
    )


def test_a_constant_or_twice_the_gradient_is_no_known_fault():
    for factor in (0, 2.5, -1):
        met = fault(ACCUMULATION, lambda *given, factor=factor: factor * accumulated(*given))
        assert met.mistake == "That is not the gradient of the mean over all rows." and "10 rows, micro=4" in met.seen
    assert "not the means of the columns" in str(fault(MEANS, lambda *given: 2.5 * means(*given)))
    assert "not where the line meets" in str(fault(LARGEST, lambda *given: largest(*given) + 5))


def test_reading_a_row_twice_is_allowed_but_keeping_all_is_told_in_megabytes():
    MEANS.examine(lambda read, rows, chunk: (means(read, rows, chunk), means(read, rows, chunk))[1])
    met = fault(MEANS, lambda read, rows, chunk: list(map(read, [0] * 300, [chunk] * 300)) and means(read, rows, chunk))
    assert met.mistake == "keeps all" and "A chunk takes 0.03 MB" in met.seen


def test_one_row_too_many_or_too_few_is_noticed():
    for step in (-1, 1):
        with pytest.raises(NotYet):
            LARGEST.examine(lambda *given, step=step: max(0, largest(*given) + step))
