"""Lesson 02: cutting rows into batches, keeping pairs together, and a new order every epoch."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short, taken

TITLE = "Make mini-batches"
OWN_RNG = (
    "The same seed gave another order the second time. Draw from the `rng` that you were given, so that a run can be "
    "repeated."
)


def _examine_batches(make_batches):
    for n, batch_size in ((24, 8), (20, 8), (7, 1), (100, 9)):
        rng = np.random.default_rng(n)
        first, second = _rows(make_batches, n, batch_size, rng), _rows(make_batches, n, batch_size, rng)
        again = _rows(make_batches, n, batch_size, np.random.default_rng(n))
        fault = _fault_of_rows(first, n, batch_size) or _fault_of_order(first, second, again, n)
        if fault:
            raise NotYet(fault, f"Given `n={n}, batch_size={batch_size}`, the batches were `{short(first)}`.")


def _rows(make_batches, n, batch_size, rng):
    """The batches as lists of whole numbers."""
    got = make_batches(n, batch_size, rng)
    if got is None:
        raise NotYet("Nothing comes out of your function. Hand out each batch with `yield`.")
    found = taken(got, 100 * n)  # more than can be right: what they hold is a better hint than how many they are
    shown = f"Given `n={n}, batch_size={batch_size}`, it gave `{short(found)}`."
    if any(np.iterable(batch) and any(map(np.iterable, batch)) for batch in found):
        raise NotYet("all at once" if len(found) == 1 else "not rows alone", shown)
    try:
        return [[int(row) for row in np.asarray(batch).ravel()] for batch in found]
    except (TypeError, ValueError):
        raise NotYet("Each batch must be a list or an array of row numbers.", shown) from None


def _fault_of_rows(batches, n, batch_size):
    rows = sorted(row for batch in batches for row in batch)
    if batches and all(len(batch) == 1 for batch in batches) and len(batches) == batch_size < n:
        return "returned"
    if len(batches) == batch_size != -(-n // batch_size):
        return "size is not number"
    if len(set(rows)) < len(rows):
        if set(rows) == set(range(n)):
            return "twice"
        return "new orders" if all(len(set(batch)) == len(batch) for batch in batches) else "replacement"
    if rows == list(range(1, n + 1)):
        return "Rows are counted from 0 to n - 1."
    if rows and set(rows) < set(range(n)):
        if len(rows) == n // batch_size * batch_size:
            return "drops last"
        return "end of slice" if [] in batches else "rows missing"
    if rows != list(range(n)):
        return "These are not the row numbers 0 to n - 1."
    sizes = [len(batch) for batch in batches]
    if 0 in sizes:
        return "empty"
    if any(size != batch_size for size in sizes[:-1]):
        return "Every batch but the last must hold `batch_size` rows."
    return ""


def _fault_of_order(first, second, again, n):
    order = [row for batch in first for row in batch]
    if order == list(range(n)):
        return "not shuffled"
    if n > 10 and len(first[0]) > 1 and all(max(batch) - min(batch) < len(batch) for batch in first):
        return "neighbours"
    if first == second:
        return "once"
    return "global" if first != again else ""


BATCHES = Write(
    id="02.1",
    task="Write the iterator: every row once, in a new order, in batches.",
    starter='''
def make_batches(n, batch_size, rng):
    """Yield lists of row numbers that hold each of 0 ... n-1 once, `batch_size` at a time."""
    ...
''',
    hints=(
        "First make one long list of all row numbers in a random order; then cut it into pieces.",
        "`rng.permutation(n)` gives the numbers 0 to n-1 in a random order. "
        "`range(0, n, batch_size)` gives the place where each piece begins.",
        "A slice may reach beyond the end: `order[16:24]` of 20 numbers holds the last 4. So the short batch comes "
        "by itself. Hand out each piece with `yield`.",
    ),
    solution="""
def make_batches(n, batch_size, rng):
    order = rng.permutation(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]
""",
    explanation="Shuffle all row numbers, then cut: each row falls into exactly one batch, and the last batch is short "
    "by itself where the rows do not divide evenly.",
    examine=_examine_batches,
    may_change_input=True,  # drawing from rng moves it on: that is what makes the next epoch another
    mistakes={
        "replacement": Mistake(
            "Some rows repeat, so others are missing: you drew with replacement. Shuffle all rows once, then cut.",
            "def make_batches(n, batch_size, rng):\n"
            "    for start in range(0, n, batch_size):\n"
            "        yield rng.integers(n, size=min(batch_size, n - start))",
        ),
        "new orders": Mistake(
            "Some rows repeat, so others are missing: each batch is cut from another order. Draw one order, before the "
            "loop.",
            "def make_batches(n, batch_size, rng):\n"
            "    for start in range(0, n, batch_size):\n"
            "        yield rng.permutation(n)[start : start + batch_size]",
        ),
        "end of slice": Mistake(
            "Rows are missing, and there are batches without rows. A slice ends `batch_size` places after its start: "
            "`order[start : start + batch_size]`.",
            "def make_batches(n, batch_size, rng):\n"
            "    order = rng.permutation(n)\n"
            "    for start in range(0, n, batch_size):\n"
            "        yield order[start:batch_size]",
        ),
        "rows missing": Mistake(
            "Some rows are missing. Does the first slice begin at place 0, and each other one where the last ended?",
            "def make_batches(n, batch_size, rng):\n"
            "    order = rng.permutation(n)\n"
            "    for start in range(1, n, batch_size):\n"
            "        yield order[start : start + batch_size]",
        ),
        "all at once": Mistake(
            "All batches came out at once, in one list. Hand out each of them by itself: `yield` inside the loop.",
            "def make_batches(n, batch_size, rng):\n"
            "    order = rng.permutation(n)\n"
            "    yield [order[start : start + batch_size] for start in range(0, n, batch_size)]",
        ),
        "not rows alone": Mistake(
            "A batch must be one list of row numbers; yours has lists in it. Hand out `rows` alone, without X and y.",
            "def make_batches(n, batch_size, rng):\n"
            "    order = rng.permutation(n)\n"
            "    for start in range(0, n, batch_size):\n"
            "        rows = order[start : start + batch_size]\n"
            "        yield rows, rows",
        ),
        "returned": Mistake(
            "`return` ends the function at the first batch. Hand out each batch with `yield`, and the loop goes on.",
            "def make_batches(n, batch_size, rng):\n"
            "    order = rng.permutation(n)\n"
            "    for start in range(0, n, batch_size):\n"
            "        return order[start : start + batch_size]",
        ),
        "twice": Mistake(
            "Some rows come twice. Do your slices overlap, or was the last batch filled up?",
            "def make_batches(n, batch_size, rng):\n"
            "    order = rng.permutation(n)\n"
            "    for start in range(0, n):\n"
            "        yield order[start : start + batch_size]",
        ),
        "empty": Mistake(
            "There is a batch without rows. Where the rows divide evenly, nothing is left for another batch.",
            "def make_batches(n, batch_size, rng):\n"
            "    order = rng.permutation(n)\n"
            "    for i in range(n // batch_size + 1):\n"
            "        yield order[i * batch_size : (i + 1) * batch_size]",
        ),
        "drops last": Mistake(
            "The rows of the short last batch are lost. Go on until no row is left, even if the last batch is small.",
            "def make_batches(n, batch_size, rng):\n"
            "    order = rng.permutation(n)\n"
            "    for i in range(n // batch_size):\n"
            "        yield order[i * batch_size : (i + 1) * batch_size]",
        ),
        "not shuffled": Mistake(
            "The rows come in their own order. If the file is sorted, each batch holds one class: shuffle first.",
            "def make_batches(n, batch_size, rng):\n"
            "    for start in range(0, n, batch_size):\n"
            "        yield list(range(start, min(n, start + batch_size)))",
        ),
        "neighbours": Mistake(
            "You shuffled the batches, but inside each the rows are still neighbours. Shuffle the rows, then cut.",
            "def make_batches(n, batch_size, rng):\n"
            "    starts = list(range(0, n - n % batch_size, batch_size))\n"
            "    for start in [*rng.permutation(starts), *range(len(starts) * batch_size, n, batch_size)]:\n"
            "        yield list(range(start, min(n, start + batch_size)))",
        ),
        "once": Mistake(
            "The second epoch had the same order as the first. Draw the order from `rng` each time the function runs.",
            "import numpy as np\n\n\ndef make_batches(n, batch_size, rng):\n"
            "    order = np.random.default_rng(0).permutation(n)\n"
            "    for start in range(0, n, batch_size):\n"
            "        yield order[start : start + batch_size]",
        ),
        "global": Mistake(
            OWN_RNG,
            "import numpy as np\n\n\ndef make_batches(n, batch_size, rng):\n"
            "    order = np.random.permutation(n)\n"
            "    for start in range(0, n, batch_size):\n"
            "        yield order[start : start + batch_size]",
        ),
        "size is not number": Mistake(
            "`batch_size` is how many rows are in a batch, not how many batches there are.",
            "import numpy as np\n\n\ndef make_batches(n, batch_size, rng):\n"
            "    yield from np.array_split(rng.permutation(n), batch_size)",
        ),
    },
)


def _pair_of(answer):
    try:
        new_X, new_y = (np.asarray(part) for part in answer)
    except (TypeError, ValueError):
        raise NotYet("Return two things: X and y, in this order.") from None
    return new_X, new_y


def _examine_pairs(shuffled_pairs):
    X = np.arange(60.0).reshape(30, 2)
    y = np.arange(30)
    rng = np.random.default_rng(1)
    new_X, new_y = _pair_of(shuffled_pairs(X.copy(), y.copy(), rng))
    if new_X.shape == y.shape and new_y.shape in (X.shape, y.shape):
        raise NotYet("swapped" if new_y.shape == X.shape else "numbers alone")
    if new_X.shape != X.shape or new_y.shape != y.shape:
        raise NotYet("X and y must keep their shapes.", seen(f"X {X.shape}, y {y.shape}", new_X.shape, X.shape))
    if not (np.array_equal(np.sort(new_y), y) and np.array_equal(new_X[np.argsort(new_X[:, 0])], X)):
        raise NotYet("replacement")
    if np.array_equal(new_X[:, 0] / 2, new_y):
        if np.array_equal(new_y, y):
            raise NotYet("not shuffled")
        if np.array_equal(_pair_of(shuffled_pairs(X.copy(), y.copy(), rng))[1], new_y):
            raise NotYet("same order")
        if not np.array_equal(_pair_of(shuffled_pairs(X, y, np.random.default_rng(1)))[1], new_y):
            raise NotYet(OWN_RNG)
        return
    moved = not np.array_equal(new_X, X), not np.array_equal(new_y, y)
    row = int(np.flatnonzero(new_X[:, 0] / 2 != new_y)[0])
    where = f"Row {row} of the new X was row {int(new_X[row, 0] / 2)} before, row {row} of the new y row {new_y[row]}."
    raise NotYet("torn" if all(moved) else "only one", where)


PAIRS = Write(
    id="02.2",
    task="Find the bug: the network never gets beyond guessing.",
    starter='''
def shuffled_pairs(X, y, rng):
    """Return X and y with their rows in a new random order."""
    return rng.permutation(X), rng.permutation(y)
''',
    hints=(
        "Each call of `rng.permutation` draws a new order. How many orders are there in this function?",
        "Row 3 of X must stay beside row 3 of y. Draw one order, and use it for both.",
        "`order = rng.permutation(len(X))`, then `X[order]` and `y[order]`.",
    ),
    solution="""
def shuffled_pairs(X, y, rng):
    order = rng.permutation(len(X))
    return X[order], y[order]
""",
    explanation="One order for both. With two orders every picture stands beside the answer of another one, and there "
    "is nothing left to learn.",
    repair=True,
    examine=_examine_pairs,
    may_change_input=True,  # drawing from rng moves it on
    mistakes={
        "torn": Mistake(
            "The pairs are torn apart: X and y are each in an order of their own.",
            "def shuffled_pairs(X, y, rng):\n    y = rng.permutation(y)\n    return rng.permutation(X), y",
        ),
        "swapped": Mistake(
            "X and y came back the other way round: return X first.",
            "def shuffled_pairs(X, y, rng):\n    order = rng.permutation(len(X))\n    return y[order], X[order]",
        ),
        "numbers alone": Mistake(
            "What came back as X has one number a row: is it the order itself? Pick the rows with it: `X[order]`.",
            "def shuffled_pairs(X, y, rng):\n    order = rng.permutation(len(X))\n    return order, y[order]",
        ),
        "only one": Mistake(
            "One of the two was shuffled and the other was not, so the pairs are torn apart.",
            "def shuffled_pairs(X, y, rng):\n    return rng.permutation(X), y",
        ),
        "same order": Mistake(
            "The pairs are whole, but they come in the same order each time. Draw the order from `rng`.",
            "def shuffled_pairs(X, y, rng):\n    return X[::-1], y[::-1]",
        ),
        "not shuffled": Mistake(
            "The pairs are whole, but nothing was shuffled.",
            "def shuffled_pairs(X, y, rng):\n    return X, y",
        ),
        "replacement": Mistake(
            "Some rows repeat and others are gone: an order must hold every row number once.",
            "def shuffled_pairs(X, y, rng):\n"
            "    order = rng.integers(len(X), size=len(X))\n"
            "    return X[order], y[order]",
        ),
    },
)

SETTING = Choose(
    id="02.3",
    task="Choose the settings.",
    options={
        "A": "mb.MiniBatches(train, batch_size=64, shuffle=False)",
        "B": "mb.MiniBatches(train, batch_size=64, shuffle=True, drop_last=True)",
        "C": "mb.MiniBatches(train, batch_size=64, shuffle=True)",
        "D": "mb.MiniBatches(train, batch_size=157, shuffle=True)",
    },
    right="C",
    replies={
        "A": "Without shuffling, the rows come in the order of the file: one class after the other, in every epoch.",
        "B": "`drop_last=True` leaves the short last batch out: 10,000 rows in batches of 64 have a last batch of 16.",
        "D": "157 is how many batches there are; `batch_size` says how many rows are in each.",
    },
    hints=("Which of them use every row in an epoch?", "10,000 / 64 = 156.25: there is a short last batch."),
    solution='mb.check("02.3", "C")',
    explanation="`shuffle=True` mixes the classes anew in each epoch, and without `drop_last` the short last batch of "
    "16 rows is used as well: 157 updates.",
)


def _examine_orders(orders):
    for n, epochs in ((12, 3), (40, 5)):
        rng = np.random.default_rng(n)
        found = taken(orders(n, epochs, rng), 2 * n * epochs)  # all orders in one list are met in words of their own
        if any(np.ndim(order) != 1 for order in found):
            raise NotYet("one list", f"Given `n={n}, epochs={epochs}`, it returned `{short(found)}`.")
        got = [[int(row) for row in order] for order in found]
        shown = f"Given `n={n}, epochs={epochs}`, it returned `{short(got)}`."
        if len(got) != epochs:
            raise NotYet(f"There must be one order an epoch: {epochs}, not {len(got)}.", shown)
        if any(len(set(order)) < n for order in got):
            raise NotYet("replacement", shown)
        if any(sorted(order) != list(range(n)) for order in got):
            raise NotYet("Each order must hold the numbers 0 to n - 1.", shown)
        if all(order == got[0] for order in got):
            never, twice = got[0] == list(range(n)), len({id(order) for order in found}) < epochs
            raise NotYet("never" if never else "one array" if twice and _drawn(rng, n) > 1 else "once", shown)
        if list(range(n)) in got:
            raise NotYet("first in file order", shown)
        if len({tuple(order) for order in got}) < epochs:
            raise NotYet("Some epochs have the same order.", shown)
        if _neighbours(got[0]) == _neighbours(got[1]):
            raise NotYet("rolled", shown)
        again = taken(orders(n, epochs, np.random.default_rng(n)), epochs)
        if [[int(row) for row in order] for order in again] != got:
            raise NotYet(OWN_RNG, shown)
        if _drawn(rng, n) == 0:
            raise NotYet("Nothing was drawn from the `rng` that you were given: another seed gives the same orders.")


def _neighbours(order):
    """The pairs of rows that follow each other, around the end as well."""
    return set(zip(order, order[1:] + order[:1]))


def _drawn(rng, n):
    """How many orders of n rows were drawn from the generator of that seed, up to 9."""
    fresh, state = np.random.default_rng(n), rng.bit_generator.state
    for count in range(10):
        if fresh.bit_generator.state == state:
            return count
        fresh.permutation(n)
    return 9


ORDERS = Write(
    id="02.4",
    task="Find the bug: every epoch looks the same.",
    starter='''
def orders(n, epochs, rng):
    """Return a list with one order of the rows 0 ... n-1 for each epoch."""
    order = rng.permutation(n)
    return [order for epoch in range(epochs)]
''',
    hints=(
        "How often is `rng.permutation` called, and how often should it be?",
        "Every epoch needs a new order: the drawing belongs inside the loop.",
    ),
    solution="""
def orders(n, epochs, rng):
    return [rng.permutation(n) for epoch in range(epochs)]
""",
    explanation="A new order for each epoch, drawn inside the loop. With one order for all of them the same rows share "
    "a batch every time.",
    repair=True,
    examine=_examine_orders,
    may_change_input=True,
    mistakes={
        "once": Mistake(
            "The rows were shuffled once: every epoch still has the same order, and so the same batches.",
            "def orders(n, epochs, rng):\n    return [rng.permutation(n)] * epochs",
        ),
        "one array": Mistake(
            "Every entry is the same array, changed in place. Append a copy of it, or use `rng.permutation`.",
            "def orders(n, epochs, rng):\n"
            "    order, found = list(range(n)), []\n"
            "    for epoch in range(epochs):\n"
            "        rng.shuffle(order)\n"
            "        found.append(order)\n"
            "    return found",
        ),
        "one list": Mistake(
            "Return a list of orders, one for each epoch: a list of lists. `append` adds a whole order, `+=` and "
            "`extend` add its numbers.",
            "def orders(n, epochs, rng):\n"
            "    found = []\n"
            "    for epoch in range(epochs):\n"
            "        found += list(rng.permutation(n))\n"
            "    return found",
        ),
        "first in file order": Mistake(
            "One epoch has the rows in their own order. Shuffle before the first epoch as well.",
            "import numpy as np\n\n\ndef orders(n, epochs, rng):\n"
            "    order, found = np.arange(n), []\n"
            "    for epoch in range(epochs):\n"
            "        found.append(order.copy())\n"
            "        rng.shuffle(order)\n"
            "    return found",
        ),
        "rolled": Mistake(
            "The order only moves along: the same rows still stand beside each other. Draw a new order.",
            "import numpy as np\n\n\ndef orders(n, epochs, rng):\n"
            "    order = rng.permutation(n)\n"
            "    return [np.roll(order, epoch) for epoch in range(epochs)]",
        ),
        "never": Mistake(
            "Nothing is shuffled: each epoch has the rows in their own order.",
            "def orders(n, epochs, rng):\n    return [list(range(n)) for epoch in range(epochs)]",
        ),
        "replacement": Mistake(
            "Rows repeat within an epoch: you drew with replacement, so others are never used.",
            "def orders(n, epochs, rng):\n    return [rng.integers(n, size=n) for epoch in range(epochs)]",
        ),
    },
)

EXERCISES = [BATCHES, PAIRS, SETTING, ORDERS]


def _outcome(lab):
    """Which rows the first two epochs leave out, once the lab stands as the question asks."""
    batches = lab.batches
    if (len(batches.data), batches.batch_size, batches.drop_last, batches.shuffle) != (20, 8, True, True):
        return None
    first, second = (sorted(int(row) for row in batches.rows_of(epoch)[1]) for epoch in (0, 1))
    first_rows, second_rows = (", ".join(map(str, rows)) for rows in (first, second))
    text = f"Epoch 1 leaves out the rows {first_rows}; epoch 2 leaves out {second_rows}."
    return (0 if first == second else 1), text


PREDICTION = Prediction(
    question="20 rows in batches of 8, and the short last batch is dropped (`drop_last`): 4 rows are left out of the "
    "first epoch. Which rows are left out of the second epoch, if the rows are shuffled?",
    options=("the same four", "four that are drawn anew", "none: now it is their turn"),
    then="Set N to 20 rows and B to 8, switch drop_last on, and compare the two epochs.",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 01: which rows may the mean and the standard deviation be taken from, when you standardise?",
    options=(
        ("from all rows, so that the numbers are exact", "Then the validation and test rows have had a say: a leak."),
        ("from the training rows alone", "Yes. The other parts are scaled by the training part's numbers."),
        ("from each part by itself", "Then the same pixel would mean different things in training and in validation."),
    ),
    right=1,
)

QUIZ = [
    Question(
        text="1,000 rows, batch_size=64, nothing dropped. How many updates does an epoch have?",
        options=(
            ("15", "1,000 / 64 = 15.6, and the 40 rows that are left make an update as well: round up."),
            ("16", "Yes: 15 full batches and one of 40 rows."),
            ("64", "batch_size is the number of rows in a batch, not the number of batches."),
            ("1,000", "One update a row would be batch size 1."),
        ),
        right=1,
    ),
    Question(
        text="What does a new order in every epoch change?",
        options=(
            ("The network sees other rows in each epoch.", "It sees every row once in each epoch, whatever the order."),
            ("Each row meets other rows in its batch.", "Yes: so each epoch averages over other mixtures."),
            ("It makes an epoch faster.", "The arithmetic is the same; gathering the rows even costs a little."),
        ),
        right=1,
    ),
    Question(
        text="You halve the batch size. How many rows does the network see in an epoch?",
        options=(
            ("half as many", "Half as many in each batch, but twice as many batches."),
            ("twice as many", "Twice as many batches, but each has half the rows."),
            ("the same number", "Yes: an epoch is every row once. There are twice as many updates."),
        ),
        right=2,
    ),
]
