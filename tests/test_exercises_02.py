"""Lesson 02's checks: right answers written in another way, and odd answers met in words that fit them."""

import pytest

from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet, function_in

BATCHES, PAIRS, _, ORDERS = lessons.lesson("02").EXERCISES

ALSO_RIGHT = {
    "a list of lists": (
        BATCHES,
        "def make_batches(n, batch_size, rng):\n    rows = rng.permutation(n).tolist()\n"
        "    return [rows[start : start + batch_size] for start in range(0, n, batch_size)]",
    ),
    "sorted inside the batch": (
        BATCHES,
        "def make_batches(n, batch_size, rng):\n    rows = list(range(n))\n    rng.shuffle(rows)\n"
        "    while rows:\n        yield sorted(rows[:batch_size])\n        rows = rows[batch_size:]",
    ),
    "zip": (
        PAIRS,
        "def shuffled_pairs(X, y, rng):\n    pairs = list(zip(X, y))\n    rng.shuffle(pairs)\n    return zip(*pairs)",
    ),
    "a table of orders": (
        ORDERS,
        "import numpy as np\n\n\ndef orders(n, epochs, rng):\n"
        "    return np.array([rng.permutation(n) for epoch in range(epochs)])",
    ),
}

ODD = {
    "nothing": (BATCHES, "def f(n, size, rng):\n    print(rng.permutation(n)[:size])", "Nothing comes out"),
    "endless": (BATCHES, "def f(n, size, rng):\n    while True:\n        yield rng.permutation(n)", "goes on and on"),
    "all rows of the notebook": (
        BATCHES,
        "import numpy as np\nX, y = np.zeros((512, 8)), np.zeros(512)\ndef f(n, size, rng):\n"
        "    for start in range(0, 512, size):\n        yield X[start : start + size], y[start : start + size]",
        "not rows alone",
    ),
    "uneven batches at once": (
        BATCHES,
        "def f(n, size, rng):\n    rows = rng.permutation(n)\n    yield [rows[:5], rows[5:]]",
        "all at once",
    ),
    "a draw for each batch": (
        BATCHES,
        "def f(n, size, rng):\n    return [rng.choice(n, size, replace=False) for start in range(0, n, size)]",
        "new orders",
    ),
    "one row less a batch": (
        BATCHES,
        "def f(n, size, rng):\n    rows = rng.permutation(n)\n"
        "    return [rows[start : start + size - 1] for start in range(0, n, size)]",
        "rows missing",
    ),
    "words": (BATCHES, "def f(n, size, rng):\n    return [None] * size", "Each batch must be a list or an array"),
    "two orders": (PAIRS, "def f(X, y, rng):\n    order = rng.permutation(len(X))\n    return order, order", "numbers"),
    "a column short": (PAIRS, "def f(X, y, rng):\n    return X[:, :1], y", "must keep their shapes"),
    "X alone": (PAIRS, "def f(X, y, rng):\n    return X[rng.permutation(len(X))]", "Return two things"),
    "the first epoch alone": (ORDERS, "def f(n, epochs, rng):\n    return rng.permutation(n)", "one list"),
    "two orders in turn": (
        ORDERS,
        "def f(n, epochs, rng):\n    two = rng.permutation(n), rng.permutation(n)\n"
        "    return [two[epoch % 2] for epoch in range(epochs)]",
        "Some epochs have the same order",
    ),
    "an order too many": (
        ORDERS,
        "def f(n, epochs, rng):\n    return [rng.permutation(n) for epoch in range(epochs + 1)]",
        "There must be one order an epoch: 3, not 4",
    ),
}


@pytest.mark.parametrize("way", ALSO_RIGHT)
def test_a_right_answer_may_be_written_in_another_way(way):
    exercise, code = ALSO_RIGHT[way]
    exercise.examine(function_in(code))


@pytest.mark.parametrize("way", ODD)
def test_an_odd_answer_is_met_in_words(way):
    exercise, code, message = ODD[way]
    with pytest.raises(NotYet, match=message):
        exercise.examine(function_in(code))


def test_what_came_back_is_shown_in_plain_numbers():
    with pytest.raises(NotYet) as met:
        ORDERS.examine(function_in("def f(n, epochs, rng):\n    return list(rng.permutation(n))"))
    assert "it returned `[" in met.value.seen and "np." not in met.value.seen
