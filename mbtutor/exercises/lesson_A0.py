"""Lesson A0: shapes that fit, scores as a matrix product, a mean gone wrong, and the slope of a curve."""

import numbers

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short

TITLE = "Warm up: arrays, matrix products and slopes"

SHAPES = Choose(
    id="A0.1",
    task="Choose the shapes that fit.",
    options={
        "A": "W (64, 10) and b (10,)",
        "B": "W (10, 64) and b (10,)",
        "C": "W (32, 10) and b (10,)",
        "D": "W (64, 10) and b (32,)",
    },
    right="A",
    replies={
        "B": "The inner sizes must agree: (32, 64) @ (10, 64) puts 64 beside 10. It is W.T, turned over, that fits.",
        "C": "The inner sizes must agree: (32, 64) @ (32, 10) puts 64 beside 32. W needs a row for each of 64 pixels.",
        "D": "The product fits, (32, 10). But b is laid over its rows, so it needs a number for each of 10 columns.",
    },
    hints=(
        "Write the shapes side by side: (32, 64) @ W. The two sizes in the middle must be the same.",
        "The product keeps the outer sizes, (32, 10); b is added to each of its rows.",
    ),
    solution='mb.check("A0.1", "A")',
    explanation="(32, 64) @ (64, 10) gives (32, 10): the inner 64 is summed away. The 10 numbers of b are added to "
    "each row by broadcasting.",
)


def _tables():
    """Tables X, W and biases b; the first pair is square, where many wrong ways run without an error."""
    rng = np.random.default_rng(0)
    for n, d, k in ((3, 3, 3), (5, 4, 2), (1, 64, 10), (6, 2, 1)):
        yield tuple(rng.integers(-4, 5, size=shape) / 2 for shape in ((n, d), (d, k), (k,)))


def _examine_scores(score_table):
    for X, W, b in _tables():
        got, right = score_table(X, W, b), X @ W + b
        table = _as_numbers(got)
        if table.shape != right.shape or not np.allclose(table, right):
            given = f"X {X.shape}, W {W.shape}, b {b.shape}"
            raise NotYet(_fault_of_scores(table, X, W, b), seen(given, table, right))


def _as_numbers(got):
    """What a function returned as an array of floats; NotYet where that can't be."""
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    try:
        return np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise NotYet(f"The answer must be made of numbers; got {short(got)}.") from None


def _fault_of_scores(table, X, W, b):
    if len(X) == len(W):  # the square tables, with which every one of these can be computed
        wrong = {
            "one by one": X * W + b,
            "other way round": W @ X + b,
            "turned over": X @ W.T + b,
            "no bias": X @ W,
            "bias down the rows": X @ W + b[:, None],
        }
        for name, values in wrong.items():
            if table.shape == values.shape and np.allclose(table, values):
                return name
    if table.shape != (len(X), W.shape[1]):
        return f"There must be a row for each row of X and a column for each column of W; got shape {table.shape}."
    return "The shape is right, but the scores are not yet."


SCORES = Write(
    id="A0.2",
    task="Compute a table of scores.",
    starter='''
def score_table(X, W, b):
    """Return the scores (n, k) of n rows: X (n, d), weights W (d, k), one number b (k,) added for each column."""
    ...
''',
    hints=(
        "One score is a weighted sum: a row of X times a column of W, added up. The matrix product makes all of them.",
        "`X @ W` has shape (n, k). Adding `b`, of shape (k,), lays it over every row.",
        "`return X @ W + b`",
    ),
    solution="""
def score_table(X, W, b):
    return X @ W + b
""",
    explanation="One matrix product makes every weighted sum at once, and broadcasting adds `b` to each row. A layer "
    "of a network is this line.",
    examine=_examine_scores,
    mistakes={
        "one by one": Mistake(
            "`*` multiplies number by number and adds nothing up. The matrix product is `@`.",
            "def score_table(X, W, b):\n    return X * W + b",
        ),
        "other way round": Mistake(
            "The order matters: the rows come first, `X @ W`. Turned round it mixes rows instead of columns.",
            "def score_table(X, W, b):\n    return W @ X + b",
        ),
        "turned over": Mistake(
            "W is turned over: it has a column for each score already. Without `.T` the inner sizes agree.",
            "def score_table(X, W, b):\n    return X @ W.T + b",
        ),
        "no bias": Mistake(
            "The products are right; `b` is still to be added.",
            "def score_table(X, W, b):\n    return X @ W",
        ),
        "bias down the rows": Mistake(
            "`b` has a number for each column of the scores, but here it is added down the rows. `+ b` is enough.",
            "def score_table(X, W, b):\n    return X @ W + b[:, None]",
        ),
    },
)


def _examine_error(mean_squared_error):
    for answers, truth in (
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]),
        ([1.0, 4.0, 2.5, 0.0], [0.0, 2.0, 2.0, 3.0]),
        ([3.0], [1.0]),
    ):
        answers, truth = np.array(answers).reshape(-1, 1), np.array(truth)
        got, differences = mean_squared_error(answers, truth), answers.ravel() - truth
        value, right = _as_numbers(got), np.mean(differences**2)
        if value.size == 1 and np.isclose(value.item(), right):
            continue
        given = f"answers={answers.tolist()}, truth={truth.tolist()}"
        raise NotYet(_fault_of_error(value, answers, truth), seen(given, value.tolist(), float(right)))


def _fault_of_error(value, answers, truth):
    if value.size != 1:
        return "The answer must be one number: the mean over all rows."
    differences, table = answers.ravel() - truth, answers - truth
    wrong = {
        "every pair": [np.mean(table**2), np.sum(table**2), np.sum(table**2) / len(truth)],
        "sum": [np.sum(differences**2)],
        "not squared": [np.mean(differences), np.mean(np.abs(differences))],
    }
    for name, values in wrong.items():
        if np.isclose(value.item(), values).any():
            return name
    return "That is not the mean of the squared differences yet."


ERROR = Write(
    id="A0.3",
    task="Find the bug: the loss is large although every answer is right.",
    starter='''
def mean_squared_error(answers, truth):
    """Return the mean of the squared differences. answers: (n, 1), a table with one column. truth: (n,)."""
    differences = answers - truth
    return (differences**2).mean()
''',
    hints=(
        "Which shape has `answers - truth` when answers has shape (3, 1) and truth has shape (3,)? Try it in a cell.",
        "Broadcasting compares shapes from the right: (3, 1) and (3,) become (3, 3), each answer minus each truth.",
        "Give both the same shape first: `answers[:, 0]` and `answers.ravel()` have shape (n,).",
    ),
    solution="""
def mean_squared_error(answers, truth):
    differences = answers[:, 0] - truth
    return (differences**2).mean()
""",
    explanation="A column (n, 1) minus a row of n numbers is a table (n, n): every answer minus every truth, and no "
    "error is raised. Bring both to the same shape before you subtract.",
    repair=True,
    examine=_examine_error,
    mistakes={
        "every pair": Mistake(
            "Every answer is still compared with every truth: (n, 1) minus (n,) is a table (n, n).",
            "import numpy as np\n\n\ndef mean_squared_error(answers, truth):\n"
            "    return np.sum((answers - truth) ** 2) / len(truth)",
        ),
        "sum": Mistake(
            "This is the sum. The mean divides it by how many rows there are.",
            "def mean_squared_error(answers, truth):\n    return ((answers[:, 0] - truth) ** 2).sum()",
        ),
        "not squared": Mistake(
            "The differences are not squared: those above and below cancel out, or weigh otherwise.",
            "def mean_squared_error(answers, truth):\n    return (answers[:, 0] - truth).mean()",
        ),
    },
)


def _parabola(x):
    return x**2


def _cubic(x):
    return x**3 - 2 * x


def _line(x):
    return 5 - 3 * x


def _examine_slope(central_slope):
    for f, words, x, h in (
        (_parabola, "x**2", 2.0, 0.25),
        (_line, "5 - 3 * x", 1.0, 0.25),
        (_cubic, "x**3 - 2 * x", 0.33, 0.1),
        (_cubic, "x**3 - 2 * x", -1.0, 0.5),
        (_parabola, "x**2", 0.0, 0.1),
    ):
        got, right = central_slope(f, x, h), (f(x + h) - f(x - h)) / (2 * h)
        got = got.item() if isinstance(got, np.ndarray) and got.size == 1 else got
        if isinstance(got, numbers.Real) and np.isclose(got, right):
            continue
        if not isinstance(got, numbers.Real):
            _as_numbers(got)  # says it where nothing is returned
            raise NotYet(f"The slope must be one number; got {short(got)}.")
        raise NotYet(_fault_of_slope(got, f, x, h), seen(f"f(x) = {words}, x={x}, h={h}", float(got), float(right)))


def _fault_of_slope(got, f, x, h):
    rise = f(x + h) - f(x - h)
    wrong = {
        "one side": [(f(x + h) - f(x)) / h, (f(x) - f(x - h)) / h],
        "half the way": [rise / h],
        "times h": [rise / 2 * h],
        "no brackets": [f(x + h) - f(x - h) / (2 * h)],
        "halved": [rise / 2],
        "no division": [rise],
        "upside down": [-rise / (2 * h)],
    }
    for name, values in wrong.items():
        if np.isclose(got, values).any():
            return name
    return "That is not the rise from x - h to x + h, divided by the way between them, yet."


SLOPE = Write(
    id="A0.4",
    task="Find a slope by moving to both sides.",
    starter='''
def central_slope(f, x, h):
    """Return the slope of the curve f at x: the rise from x - h to x + h, divided by the way between them."""
    ...
''',
    hints=(
        "The rise is how much higher the curve is at `x + h` than at `x - h`.",
        "How far is it from `x - h` to `x + h`? Divide the rise by that, and mind the brackets.",
        "`(f(x + h) - f(x - h)) / (2 * h)`",
    ),
    solution="""
def central_slope(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)
""",
    explanation="Moving to both sides is called the central difference. On a parabola it is exact for every h, where "
    "moving to one side alone is off by h.",
    examine=_examine_slope,
    mistakes={
        "one side": Mistake(
            "This moves to one side only, and is off by about h. Take the rise from x - h to x + h.",
            "def central_slope(f, x, h):\n    return (f(x + h) - f(x)) / h",
        ),
        "half the way": Mistake(
            "Twice too steep: from x - h to x + h the way is 2 * h, not h.",
            "def central_slope(f, x, h):\n    return (f(x + h) - f(x - h)) / h",
        ),
        "times h": Mistake(
            "Python divides by 2 and then multiplies by h. The way needs brackets: `/ (2 * h)`.",
            "def central_slope(f, x, h):\n    return (f(x + h) - f(x - h)) / 2 * h",
        ),
        "no brackets": Mistake(
            "Python divides before it subtracts: put brackets round the rise.",
            "def central_slope(f, x, h):\n    return f(x + h) - f(x - h) / (2 * h)",
        ),
        "halved": Mistake(
            "You divided by 2 alone. The way from x - h to x + h is 2 * h.",
            "def central_slope(f, x, h):\n    return (f(x + h) - f(x - h)) / 2",
        ),
        "no division": Mistake(
            "This is the rise alone. A slope is the rise divided by the way.",
            "def central_slope(f, x, h):\n    return f(x + h) - f(x - h)",
        ),
        "upside down": Mistake(
            "The sign is wrong: a curve that rises to the right has a positive slope.",
            "def central_slope(f, x, h):\n    return (f(x - h) - f(x + h)) / (2 * h)",
        ),
    },
)

EXERCISES = [SHAPES, SCORES, ERROR, SLOPE]

TOO_LARGE, ENOUGH = 1.1, 3  # the learning rate that was asked for, and after how many steps its answer is plain


def _outcome(lab):
    """Where the newest walk with the learning rate of the question has led."""
    for walk in reversed(lab.walks):
        if walk.name == "parabola" and len(walk.rates) >= ENOUGH and set(walk.rates) == {TOO_LARGE} and walk.places[0]:
            first = ", ".join(f"{w:.2f}" for w in walk.places[: ENOUGH + 1])
            text = f"The ball went {first}, ...: after {len(walk.rates)} steps it lay at w = {walk.w:.2f}."
            return 3, f"{text} The loss rose from {walk.places[0] ** 2:.2f} to {walk.w**2:.2f}."
    return None


PREDICTION = Prediction(
    question="A ball lies at w = 2 on the curve loss = w². Ten steps with learning rate 0.1 bring it down to w = 0.21. "
    "Where do ten steps with learning rate 1.1 bring it?",
    options=(
        "closer to the bottom: with longer steps it gets there sooner",
        "to the bottom exactly, where it stops",
        "it swings between 2 and -2, and gets neither higher nor lower",
        "further from the bottom than it was",
    ),
    then="Press Ten steps. Then Back to the start, set the learning rate to 1.1, and press Ten steps again.",
    outcome=_outcome,
)

QUIZ = [
    Question(
        text="X holds 5,620 rows and 64 columns. Which shape has `X.mean(axis=0)`?",
        options=(
            ("(5620,)", "That is axis=1. The axis you name is the one that is averaged away: axis 0, the rows."),
            ("(64,)", "Yes: axis 0, the rows, is averaged away, and one mean a column is left."),
            ("one number", "That is `X.mean()` without an axis: the mean of the whole table."),
        ),
        right=1,
    ),
    Question(
        text="`rows = [3, 50, 7]`. What is `X[rows]`?",
        options=(
            ("the rows from 3 to 50, every 7th", "That is the slice `X[3:50:7]`. A list picks the rows that it names."),
            ("the number at row 3, column 50", "That is `X[3, 50]`. A list of row numbers picks whole rows."),
            ("three rows: 3, 50 and 7, in this order", "Yes: rows picked by number. A mini-batch is made like this."),
        ),
        right=2,
    ),
    Question(
        text="At w = 1 the slope of the loss is -3. The learning rate is 0.1. Where is w after one step?",
        options=(
            ("1.3", "Yes: 1 - 0.1 x (-3) = 1.3. The curve falls to the right, and so the step goes right."),
            ("0.7", "That walks uphill. The step is minus the learning rate times the slope, and here minus minus."),
            ("4", "That is the whole slope. The learning rate takes a tenth of it: 1 + 0.3."),
        ),
        right=0,
    ),
]
