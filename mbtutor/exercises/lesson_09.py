"""Lesson 09: gradients added up piece by piece, memory that stays small, and the batch that fits a budget."""

import numpy as np

from ..experiments import peak_bytes
from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short

TITLE = "Fit it in memory"
NOTHING = "Your function returns nothing. Does it end in `return`?"


def _vector(got, length):
    """The learner's answer as an array of that length; NotYet where it is none."""
    if got is None:
        raise NotYet(NOTHING)
    try:
        got = np.asarray(got, float)
    except (TypeError, ValueError):
        raise NotYet(f"Return one array of numbers; got {short(got)}.") from None
    if got.shape != (length,):
        raise NotYet(f"Return one array of {length} numbers; yours has shape {got.shape}.")
    return got


def _same(a, b):
    return np.allclose(a, b, rtol=1e-9, atol=1e-9)


# 09.1 --------------------------------------------------------------------------------------------------------------

_pieces = []  # (rows, gradient) of each piece whose gradient was asked for


def _mean_gradient(X, y):
    """The gradient of a mean squared error at certain weights."""
    if len(X) != len(y):
        raise NotYet(f"You asked for the gradient of {len(X)} rows of X with {len(y)} of y. Cut both alike.")
    if not len(y):
        raise NotYet("You asked for the gradient of no rows at all. Where does your last piece begin?")
    gradient = 2 * X.T @ (X @ np.array([1.0, -2.0, 0.5]) - y) / len(y)
    _pieces.append((len(y), gradient))
    return gradient


def _examine_accumulation(accumulated_gradient):
    rng = np.random.default_rng(0)
    for rows, micro in ((10, 4), (8, 4), (5, 8), (7, 1)):
        X, y = rng.normal(size=(rows, 3)), rng.normal(size=rows)
        right = _mean_gradient(X, y)
        _pieces.clear()
        got = _vector(accumulated_gradient(_mean_gradient, X, y, micro), 3)
        given = seen(f"{rows} rows, micro={micro}", got.round(3).tolist(), right.round(3).tolist())
        most = max((size for size, _ in _pieces), default=0)
        if most > micro:
            raise NotYet("too many at once", f"With micro={micro} you asked for {most} rows at once.")
        if not _same(got, right):
            raise NotYet(_fault_of_accumulation(got, list(_pieces), X, y, micro), given)


def _fault_of_accumulation(got, own, X, y, micro):
    pieces = [(X[start : start + micro], y[start : start + micro]) for start in range(0, len(y), micro)]
    means, sizes = [_mean_gradient(*piece) for piece in pieces], [len(piece[1]) for piece in pieces]
    rows, full = len(y), [mean for mean, size in zip(means, sizes) if size == micro]
    asked = sum(size for size, _ in own)
    whole = [size * mean for mean, size in zip(means, sizes)]
    faults = {
        "mean of means": sum(means) / len(means),
        "not divided": sum(means),
        "sum of all": sum(whole),
        "sum of all, as if full": sum(means) * micro,
        "pieces all full": sum(means) * micro / rows,
        "over the rows": sum(means) / rows,
        "over the rows, of a piece": sum(means) / micro,
        "last row lost": sum(full) * micro / rows,
        "last row lost, mean": sum(full) / max(1, len(full)),
        "last piece only": sizes[-1] / rows * means[-1],
        "last piece only, mean": means[-1],
        "returned too early": sizes[0] / rows * means[0],
        "mean of means, of other pieces": sum(mean for _, mean in own) / max(1, len(own)),
    }
    name = next((name for name, value in faults.items() if _same(got, value)), None)
    if name:
        return name.partition(",")[0]
    if asked != rows:
        return f"Your pieces have {asked} rows together, but there are {rows}. Where does each piece begin and end?"
    return "That is not the gradient of the mean over all rows."


ACCUMULATION = Write(
    id="09.1",
    task="Write gradient accumulation.",
    starter='''
def accumulated_gradient(mean_gradient, X, y, micro):
    """Return the gradient of the mean loss over all rows of X, y, from pieces of at most `micro` rows."""
    ...
''',
    hints=(
        "`X[start : start + micro]` is a piece; a slice that reaches beyond the end is just shorter.",
        "A piece of n rows counts with the share n / len(y) of all rows.",
        "Begin with `total = 0`. In `for start in range(0, len(y), micro):` add "
        "`len(piece_y) / len(y) * mean_gradient(piece_X, piece_y)` to it.",
    ),
    solution="""
def accumulated_gradient(mean_gradient, X, y, micro):
    total = 0
    for start in range(0, len(y), micro):
        piece_X, piece_y = X[start : start + micro], y[start : start + micro]
        total = total + len(piece_y) / len(y) * mean_gradient(piece_X, piece_y)
    return total
""",
    explanation="Each piece's mean gradient times its share of the rows adds up to the mean over all rows, however "
    "short the last piece is. Only one piece and one sum are held at a time.",
    examine=_examine_accumulation,
    mistakes={
        "mean of means": Mistake(
            "This is the mean of the pieces' gradients: the rows of a short last piece weigh too much. Weight each "
            "piece by its share of the rows.",
            "import numpy as np\n\n\ndef accumulated_gradient(mean_gradient, X, y, micro):\n"
            "    starts = range(0, len(y), micro)\n"
            "    return np.mean([mean_gradient(X[i : i + micro], y[i : i + micro]) for i in starts], axis=0)",
        ),
        "not divided": Mistake(
            "You add up means: with k pieces the result is about k times too large. Weight each piece by its share.",
            "def accumulated_gradient(mean_gradient, X, y, micro):\n    starts = range(0, len(y), micro)\n"
            "    return sum(mean_gradient(X[i : i + micro], y[i : i + micro]) for i in starts)",
        ),
        "sum of all": Mistake(
            "This is the sum over all rows. Divide it by their number, once, at the end.",
            "def accumulated_gradient(mean_gradient, X, y, micro):\n    total = 0\n"
            "    for i in range(0, len(y), micro):\n        piece = y[i : i + micro]\n"
            "        total = total + len(piece) * mean_gradient(X[i : i + micro], piece)\n    return total",
        ),
        "pieces all full": Mistake(
            "You count every piece as full. The last one may be short: its share is `len(piece_y) / len(y)`.",
            "def accumulated_gradient(mean_gradient, X, y, micro):\n    starts = range(0, len(y), micro)\n"
            "    total = sum(mean_gradient(X[i : i + micro], y[i : i + micro]) for i in starts)\n"
            "    return total * micro / len(y)",
        ),
        "over the rows": Mistake(
            "You add up means but divide by rows. Turn each mean into a sum first, times its own rows; then divide by "
            "the number of all rows.",
            "def accumulated_gradient(mean_gradient, X, y, micro):\n    starts = range(0, len(y), micro)\n"
            "    return sum(mean_gradient(X[i : i + micro], y[i : i + micro]) for i in starts) / len(y)",
        ),
        "last row lost": Mistake(
            "The short last piece is left out. Let the loop run over `range(0, len(y), micro)`.",
            "def accumulated_gradient(mean_gradient, X, y, micro):\n    total = 0\n"
            "    for k in range(len(y) // micro):\n        here = slice(k * micro, (k + 1) * micro)\n"
            "        total = total + micro / len(y) * mean_gradient(X[here], y[here])\n    return total",
        ),
        "last piece only": Mistake(
            "Only the last piece counts. Start the sum before the loop, and add to it inside.",
            "def accumulated_gradient(mean_gradient, X, y, micro):\n    for i in range(0, len(y), micro):\n"
            "        piece = y[i : i + micro]\n"
            "        total = len(piece) / len(y) * mean_gradient(X[i : i + micro], piece)\n    return total",
        ),
        "returned too early": Mistake(
            "Your function returns after the first piece. Take the `return` out of the loop.",
            "def accumulated_gradient(mean_gradient, X, y, micro):\n    total = 0\n"
            "    for i in range(0, len(y), micro):\n        piece = y[i : i + micro]\n"
            "        total = total + len(piece) / len(y) * mean_gradient(X[i : i + micro], piece)\n"
            "        return total",
        ),
        "too many at once": Mistake(
            "The result may be right, but you asked for more than `micro` rows at once, and that is what does not fit.",
            "def accumulated_gradient(mean_gradient, X, y, micro):\n    return mean_gradient(X, y)",
        ),
    },
)

# 09.2 --------------------------------------------------------------------------------------------------------------

_read = {"most": 0, "last": 0, "rows": np.zeros(0, bool)}  # rows at a time, the end of the last read, which rows
COLUMNS = 32


def _rows_of_file(start, stop):
    """Made-up rows of a file; nothing is kept."""
    _read["most"], _read["last"] = max(_read["most"], stop - start), max(_read["last"], stop)
    _read["rows"][start:stop] = True
    return np.sqrt(np.arange(start * COLUMNS, stop * COLUMNS, dtype=float)).reshape(-1, COLUMNS)


def _examine_means(column_means):
    for rows, chunk in ((10, 4), (9, 3), (5, 8), (8000, 100)):
        X = _rows_of_file(0, rows)
        right, got = X.mean(axis=0), None
        del X
        _read.update(most=0, last=0, rows=np.zeros(rows, bool))

        def call():
            nonlocal got
            got = column_means(_rows_of_file, rows, chunk)  # noqa: B023

        held = peak_bytes(call)
        got = _vector(got, COLUMNS)
        if not _same(got, right):
            text = seen(f"rows={rows}, chunk={chunk}", got[:3].round(3).tolist(), right[:3].round(3).tolist())
            raise NotYet(_fault_of_means(got, rows, chunk), f"{text} (The first three columns.)")
        if _read["most"] > chunk:
            raise NotYet("read at once", f"With chunk={chunk} you read {_read['most']} rows at once.")
        if rows > 1000 and held > 6 * chunk * COLUMNS * 8:
            raise NotYet(
                "keeps all", f"A chunk takes {chunk * COLUMNS * 8 / 1e6:.2f} MB; yours took {held / 1e6:.2f} MB."
            )


def _fault_of_means(got, rows, chunk):
    if _read["last"] > rows:
        return f"You read up to row {_read['last']}, but the file has {rows} rows: the last chunk may be shorter."
    missed = rows - _read["rows"].sum()
    parts = [_rows_of_file(start, min(start + chunk, rows)) for start in range(0, rows, chunk)]
    faults = {
        "mean of means": np.mean([part.mean(axis=0) for part in parts], axis=0),
        "not divided": sum(part.sum(axis=0) for part in parts),
        "as if full": sum(part.mean(axis=0) for part in parts) * chunk / rows,
        "first chunk only": parts[0].sum(axis=0) / rows,
        "last chunk only": parts[-1].sum(axis=0) / rows,
        "over the chunks": sum(part.sum(axis=0) for part in parts) / len(parts),
    }
    name = next((name for name, value in faults.items() if _same(got, value)), None)
    if name:
        return name
    if missed:
        return f"You have not read {missed} of the {rows} rows. Where does each chunk begin and end?"
    return "These are not the means of the columns."


MEANS = Write(
    id="09.2",
    task="Find the bug: the means are right, but the whole file ends up in memory.",
    starter='''
def column_means(read, rows, chunk):
    """Return the mean of each column of a file; read(start, stop) returns those of its rows."""
    parts = [read(start, min(start + chunk, rows)) for start in range(0, rows, chunk)]
    return sum(part.sum(axis=0) for part in parts) / rows
''',
    hints=(
        "How many chunks exist at the moment when the last one has been read?",
        "A list keeps all that is in it. Add up chunk by chunk, so that each may be forgotten at once.",
        "Begin with `total = 0`; in the loop `total = total + read(start, min(start + chunk, rows)).sum(axis=0)`.",
    ),
    solution="""
def column_means(read, rows, chunk):
    total = 0
    for start in range(0, rows, chunk):
        total = total + read(start, min(start + chunk, rows)).sum(axis=0)
    return total / rows
""",
    explanation="Nothing refers to a chunk once it has been added up, so Python gives its memory back before the next "
    "one is read. A list of the chunks keeps every one of them, and with them the whole file.",
    repair=True,
    examine=_examine_means,
    mistakes={
        "keeps all": Mistake(
            "The means are right, but the chunks are still all kept. Add each one up before you read the next.",
            "import numpy as np\n\n\ndef column_means(read, rows, chunk):\n"
            "    parts = [read(start, min(start + chunk, rows)) for start in range(0, rows, chunk)]\n"
            "    return np.concatenate(parts).mean(axis=0)",
        ),
        "read at once": Mistake(
            "Now you read more than `chunk` rows at once: that is the whole problem in one line.",
            "def column_means(read, rows, chunk):\n    return read(0, rows).mean(axis=0)",
        ),
        "mean of means": Mistake(
            "Little memory, but wrong means: a short last chunk weighs too much. Add up sums, divide once by `rows`.",
            "import numpy as np\n\n\ndef column_means(read, rows, chunk):\n    starts = range(0, rows, chunk)\n"
            "    return np.mean([read(i, min(i + chunk, rows)).mean(axis=0) for i in starts], axis=0)",
        ),
        "not divided": Mistake(
            "These are the sums of the columns. Divide by the number of rows at the end.",
            "def column_means(read, rows, chunk):\n    starts = range(0, rows, chunk)\n"
            "    return sum(read(i, min(i + chunk, rows)).sum(axis=0) for i in starts)",
        ),
        "as if full": Mistake(
            "You count every chunk as full, but the last one may be short. Add up sums, divide once by `rows`.",
            "def column_means(read, rows, chunk):\n    starts = range(0, rows, chunk)\n"
            "    return sum(chunk * read(i, min(i + chunk, rows)).mean(axis=0) for i in starts) / rows",
        ),
        "first chunk only": Mistake(
            "Your function returns after the first chunk. Take the `return` out of the loop.",
            "def column_means(read, rows, chunk):\n    total = 0\n    for i in range(0, rows, chunk):\n"
            "        total = total + read(i, min(i + chunk, rows)).sum(axis=0)\n        return total / rows",
        ),
        "last chunk only": Mistake(
            "Only the last chunk counts. Start the sum before the loop, and add to it inside.",
            "def column_means(read, rows, chunk):\n    for i in range(0, rows, chunk):\n"
            "        total = read(i, min(i + chunk, rows)).sum(axis=0)\n    return total / rows",
        ),
        "over the chunks": Mistake(
            "The sum is right. Divide it by the number of rows, not by the number of chunks.",
            "def column_means(read, rows, chunk):\n    starts = range(0, rows, chunk)\n"
            "    return sum(read(i, min(i + chunk, rows)).sum(axis=0) for i in starts) / len(starts)",
        ),
    },
)

# 09.3 --------------------------------------------------------------------------------------------------------------

# ((batch size, bytes), (batch size, bytes), budget in bytes)
MEASURED = (
    ((100, 3_000_000), (200, 5_000_000), 10_030_000),
    ((32, 2_656_000), (64, 2_912_000), 2_400_000),
    ((1, 1_008_000), (256, 3_048_000), 5_003_000),
    ((10, 1_000_000), (20, 1_800_000), 100_000),
)


def _examine_largest(largest_batch):
    for small, large, budget in MEASURED:
        got, right = largest_batch(small, large, budget), _largest(small, large, budget)
        if got is None:
            raise NotYet(NOTHING if right else "Where not even one row fits, return 0, not None.")
        if isinstance(got, bool) or not isinstance(got, (int, float, np.number)):
            raise NotYet(f"The answer must be one number of rows; got {type(got).__name__}.")
        if got != right:
            given = seen(f"small={small}, large={large}, budget={budget:,}", got, right)
            raise NotYet(_fault_of_largest(got, small, large, budget), given)


def _largest(small, large, budget):
    slope = (large[1] - small[1]) // (large[0] - small[0])
    return max(0, (budget - small[1]) // slope + small[0])


def _fault_of_largest(got, small, large, budget):
    slope = (large[1] - small[1]) / (large[0] - small[0])
    fixed, exact = small[1] - slope * small[0], (budget - small[1]) / slope + small[0]
    if got < 0:
        return "negative"
    if exact < 1:
        return "Here not even one row fits: return 0."
    faults = {
        "not whole": exact,
        "rounded up": np.ceil(exact),
        "in proportion": budget * large[0] // large[1],
        "in proportion, exact": budget * large[0] / large[1],
        "in proportion, to the small one": budget * small[0] // small[1],
        "fixed part forgotten": budget // slope,
        "fixed part added": (budget + fixed) // slope,
        "small batch forgotten": (budget - small[1]) // slope,
        "capped": large[0],
        "one too few": exact // 1 - 1,
    }
    name = next((name for name, value in faults.items() if abs(got - value) < 1e-6), None)
    if name:
        return name.partition(",")[0]
    return "That is not where the line meets the budget. (A pair is the batch size first, then the bytes.)"


LARGEST = Write(
    id="09.3",
    task="Write how many rows fit.",
    starter='''
def largest_batch(small, large, budget):
    """Return the largest batch size within the budget, 0 for none; small, large: two pairs (batch size, bytes)."""
    ...
''',
    hints=(
        "Memory grows along a straight line. By how many bytes for each row? Divide the difference of the bytes by the "
        "difference of the rows.",
        "The fixed part is what is left of one measurement without its rows: `bytes - per_row * rows`.",
        "What the budget leaves beside the fixed part, divided by the bytes of a row, rounded down: `//`. And never "
        "below 0.",
    ),
    solution="""
def largest_batch(small, large, budget):
    per_row = (large[1] - small[1]) / (large[0] - small[0])
    fixed = small[1] - per_row * small[0]
    return max(0, int((budget - fixed) // per_row))
""",
    explanation="Two points fix a line: its slope is the bytes of a row, and where it begins are weights, gradient and "
    "the rest that is there for any batch. Rounded down, because the last row must fit as a whole.",
    examine=_examine_largest,
    mistakes={
        "in proportion": Mistake(
            "You scale the batch with the budget, as if all memory grew with the rows. The fixed part does not.",
            "def largest_batch(small, large, budget):\n    return budget * large[0] // large[1]",
        ),
        "fixed part forgotten": Mistake(
            "The bytes of a row are right. Take the fixed part (weights, gradient) off the budget first.",
            "def largest_batch(small, large, budget):\n"
            "    return int(budget // ((large[1] - small[1]) / (large[0] - small[0])))",
        ),
        "fixed part added": Mistake(
            "The fixed part takes room away: subtract it from the budget.",
            "def largest_batch(small, large, budget):\n"
            "    per_row = (large[1] - small[1]) / (large[0] - small[0])\n"
            "    return int((budget + small[1] - per_row * small[0]) // per_row)",
        ),
        "not whole": Mistake(
            "A batch holds whole rows. Round down: `int(...)`, or `//` in place of `/`.",
            "def largest_batch(small, large, budget):\n"
            "    per_row = (large[1] - small[1]) / (large[0] - small[0])\n"
            "    return max(0, (budget - small[1] + per_row * small[0]) / per_row)",
        ),
        "rounded up": Mistake(
            "Rounded up, the last row is over the budget. Round down.",
            "import math\n\n\ndef largest_batch(small, large, budget):\n"
            "    per_row = (large[1] - small[1]) / (large[0] - small[0])\n"
            "    return max(0, math.ceil((budget - small[1]) / per_row + small[0]))",
        ),
        "small batch forgotten": Mistake(
            "So many rows fit beside those of the small batch. Count these as well, or begin at the fixed part.",
            "def largest_batch(small, large, budget):\n"
            "    return max(0, int((budget - small[1]) // ((large[1] - small[1]) / (large[0] - small[0]))))",
        ),
        "capped": Mistake(
            "You stop at the larger of the two measured sizes, but the budget has room for more rows.",
            "def largest_batch(small, large, budget):\n"
            "    per_row = (large[1] - small[1]) / (large[0] - small[0])\n"
            "    rows = int((budget - small[1]) // per_row + small[0])\n    return max(0, min(rows, large[0]))",
        ),
        "one too few": Mistake(
            "One row more fits: what is rounded down needs nothing taken off.",
            "def largest_batch(small, large, budget):\n"
            "    per_row = (large[1] - small[1]) / (large[0] - small[0])\n"
            "    return max(0, int((budget - small[1]) // per_row + small[0]) - 1)",
        ),
        "negative": Mistake(
            "Right but for one thing: where not even the fixed part fits, return 0: `max(0, ...)`.",
            "def largest_batch(small, large, budget):\n"
            "    per_row = (large[1] - small[1]) / (large[0] - small[0])\n"
            "    return int((budget - small[1]) // per_row + small[0])",
        ),
    },
)

WHAT_HELPS = Choose(
    id="09.4",
    task="Choose what to change.",
    options={
        "A": "SGD in place of Adam",
        "B": "gradient accumulation, in pieces of 32 rows",
        "C": "batch size 32",
        "D": "the data set in a memory-mapped file",
    },
    right="B",
    replies={
        "A": "That saves Adam's state, 1 GB: 11 GB are left, still too much. And it is another update.",
        "C": "It would fit, but each update would be the mean of 32 rows, not of 64.",
        "D": "That saves the data set, which is not in this list. The 10 GB are what the layers compute.",
    },
    hints=(
        "Which line of the list is by far the largest, and what does it grow with?",
        "Half the rows at once, half the activations. Which of the options computes fewer rows at once and still "
        "averages 64 of them?",
    ),
    solution='mb.check("09.4", "B")',
    explanation="Pieces of 32 halve the 10 GB; the running sum of the gradients costs 0.5 GB more. That makes 7.5 GB, "
    "and the update is still the mean of 64 rows.",
)

EXERCISES = [ACCUMULATION, MEANS, LARGEST, WHAT_HELPS]

ASKED = {"hidden": 256, "hidden_layers": 1, "optimizer": "SGD", "dtype": "float64", "pieces": None, "mapped": False}


def _outcome(lab):
    """How many times as much all rows took as 32 of them, with the settings of the question; None if not measured."""
    rows = len(lab.data)
    for curve in lab.curves:
        if vars(curve.settings) == ASKED and {32, rows} <= set(curve.peaks):
            few, all_rows = curve.peaks[32], curve.peaks[rows]
            text = f"Batch size 32 took {few / 1e6:.1f} MB, all {rows:,} rows {all_rows / 1e6:.1f} MB"
            ratio = all_rows / few
            choice = 0 if ratio < 2 else 1 if ratio < rows / 64 else 2
            return choice, f"{text}: {ratio:.0f} times as much for {rows / 32:.0f} times the rows."
    return None


PREDICTION = Prediction(
    question="Training a network of 256 hidden units on mini-batches of 32 rows takes 2.7 MB: data set, weights, and "
    "all that an update computes. How much does it take with all 3,934 rows in one batch, 123 times as many?",
    options=(
        "2.7 MB: it is the same network and the same data",
        "between 20 and 40 MB",
        "about 330 MB: 123 times as much",
    ),
    then="Press Measure all sizes and watch the points appear. Then press Find the limit.",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 04: one batch of 100 rows has a mean loss of 0.5, a last one of 20 rows has 1.1. What is the "
    "mean loss over all 120 rows?",
    options=(
        ("0.8", "That is the mean of the two means: it lets 20 rows weigh as much as 100."),
        ("0.6", "Yes: (100 x 0.5 + 20 x 1.1) / 120. Each batch counts by its rows."),
        ("1.6", "That is the sum of the two means."),
        ("0.5", "That leaves the short batch out."),
    ),
    right=1,
)

QUIZ = [
    Question(
        text="An update with batch size 256 takes 1.2 GB, of which 0.2 GB are weights and gradient. How much does "
        "batch size 512 take, roughly?",
        options=(
            ("1.2 GB", "The network is the same, but it computes twice as many rows at once."),
            ("1.4 GB", "That doubles the part that does not grow."),
            ("2.2 GB", "Yes: 0.2 GB stay, the 1.0 GB of the rows doubles."),
            ("2.4 GB", "Weights and gradient do not double: there is one of each, whatever the batch."),
        ),
        right=2,
    ),
    Question(
        text="A network trained with Adam does not fit into memory even with batch size 1. What can help?",
        options=(
            ("gradient accumulation", "There is no smaller piece than one row, and the sum of gradients costs more."),
            ("SGD in place of Adam, or float32", "Yes: Adam's state is twice the weights; float32 halves all of it."),
            ("a memory-mapped data set", "It saves the data set, but one row at a time is already all that is read."),
            ("a lower learning rate", "The learning rate changes how far an update goes, not what it holds."),
        ),
        right=1,
    ),
    Question(
        text="You add up the gradients of four equal pieces and forget to divide. What does plain SGD do?",
        options=(
            ("the same update", "Each piece's gradient is a mean already: the sum of four is four times the mean."),
            ("an update four times as long", "Yes, as if the learning rate were four times as high."),
            ("an update a quarter as long", "It is the other way round: a sum is larger than a mean."),
            ("a noisier update", "The direction is the same; it is the length that is wrong."),
        ),
        right=1,
    ),
]
