"""Lesson 05: the variance of the rows' gradients, batches drawn without replacement, how many rows are enough."""

import math
import numbers

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short

TITLE = "See the noise in the gradient"


def _number(got):
    """The learner's answer as a float; NotYet where it is no number."""
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    if np.ndim(got) or not isinstance(np.asarray(got).item(), numbers.Real):
        raise NotYet(f"The answer must be one number; got {_kind(got)}.")
    return float(got)


def _kind(got):
    return f"an array of shape {got.shape}" if isinstance(got, np.ndarray) else type(got).__name__


def _same(a, b):
    return abs(a - b) <= 1e-9 * max(1, abs(a), abs(b))


def _first(got, faults):
    """The name of the first fault that gives this number, or None."""
    return next((name for name, value in faults.items() if _same(got, value)), None)


GRADIENTS = (
    [[1.0, 2.0], [3.0, 2.0], [5.0, 8.0]],
    [[0.0, 1.0, 4.0], [2.0, 1.0, 0.0], [1.0, -3.0, 5.0], [5.0, 1.0, 3.0]],
    [[2.0], [6.0]],
    [[1.5, -1.0], [1.5, -1.0]],
)


def _examine_variance(variance_of_rows):
    for rows in GRADIENTS:
        gradients = np.array(rows)
        right = float(gradients.var(axis=0, ddof=1).sum())
        got = variance_of_rows(gradients.copy())
        if isinstance(got, np.ndarray) and got.shape == gradients.shape[1:] != ():
            raise NotYet("one for each weight", seen(f"gradients={rows}", got.tolist(), right))
        got = _number(got)
        if not _same(got, right):
            fault = _fault_of_variance(got, gradients) or "That is not the variance of the rows' gradients yet."
            raise NotYet(fault, seen(f"gradients={rows}", got, right))


def _fault_of_variance(got, gradients):
    n, weights = gradients.shape
    squares = (gradients - gradients.mean(axis=0)) ** 2
    faults = {
        "divided by N": squares.sum() / n,
        "mean over the weights": squares.sum() / (n - 1) / weights,
        "mean of everything": squares.mean(),
        "not divided": squares.sum(),
        "not from the mean": (gradients**2).sum() / (n - 1),
        "one mean for all": ((gradients - gradients.mean()) ** 2).sum() / (n - 1),
        "a root": np.sqrt(squares.sum() / (n - 1)),
    }
    return _first(got, faults)


VARIANCE = Write(
    id="05.1",
    task="Write the variance of the rows' gradients.",
    starter='''
def variance_of_rows(gradients):
    """Return the variance of the rows' gradients, one number. gradients: (n, weights), one row's gradient a line."""
    ...
''',
    hints=(
        "Three steps: the mean gradient, the squared distance of each row's gradient from it, their sum divided by "
        "n - 1.",
        "`gradients.mean(axis=0)` is the gradient of all rows, one number for each weight. Broadcasting subtracts it "
        "from every line.",
        "`((gradients - gradients.mean(axis=0)) ** 2).sum() / (len(gradients) - 1)`",
    ),
    solution="""
def variance_of_rows(gradients):
    mean = gradients.mean(axis=0)
    return ((gradients - mean) ** 2).sum() / (len(gradients) - 1)
""",
    explanation="The squared distance of a row's gradient from the mean adds up over the weights, and the variance "
    "is the mean of these distances; n - 1 instead of n makes up for the mean having been taken from the same rows.",
    examine=_examine_variance,
    mistakes={
        "divided by N": Mistake(
            "Nearly: divide by n - 1, not by n. The formula with 1 - B/N holds for that one.",
            "def variance_of_rows(gradients):\n    return gradients.var(axis=0).sum()",
        ),
        "mean over the weights": Mistake(
            "This is the mean over the weights. The squared length of a gradient is the sum over its weights.",
            "def variance_of_rows(gradients):\n    return gradients.var(axis=0, ddof=1).mean()",
        ),
        "mean of everything": Mistake(
            "This divides by n times the number of weights. Add up over the weights, and divide by n - 1.",
            "def variance_of_rows(gradients):\n    return ((gradients - gradients.mean(axis=0)) ** 2).mean()",
        ),
        "one for each weight": Mistake(
            "This is a variance for each weight. Add them up: one number is wanted.",
            "def variance_of_rows(gradients):\n    return gradients.var(axis=0, ddof=1)",
        ),
        "not divided": Mistake(
            "This is the sum of the squared distances. Divide it by n - 1, the number of rows less one.",
            "def variance_of_rows(gradients):\n    return ((gradients - gradients.mean(axis=0)) ** 2).sum()",
        ),
        "not from the mean": Mistake(
            "These are the squared lengths of the gradients. Subtract the mean gradient first.",
            "def variance_of_rows(gradients):\n    return (gradients**2).sum() / (len(gradients) - 1)",
        ),
        "one mean for all": Mistake(
            "`gradients.mean()` is one number for everything. Each weight has a mean of its own: `axis=0`.",
            "def variance_of_rows(gradients):\n"
            "    return ((gradients - gradients.mean()) ** 2).sum() / (len(gradients) - 1)",
        ),
        "a root": Mistake(
            "This is the square root of it, a typical distance. The variance is wanted: leave out the root.",
            "def variance_of_rows(gradients):\n    return gradients.var(axis=0, ddof=1).sum() ** 0.5",
        ),
    },
)

DRAWS = 3000
CLOSE = 0.12  # how far a mean over so many draws may lie from what is expected


def _examine_noise(noise_of_batches):
    rows = np.random.default_rng(7).normal(size=(12, 3)) + [3, 0, 0]
    variance = rows.var(axis=0, ddof=1).sum()
    for size in (12, 6, 1, 11):
        got = _number(noise_of_batches(rows.copy(), size, DRAWS, np.random.default_rng(size)))
        right = variance / size * (1 - size / 12)
        if abs(got - right) > CLOSE * right + 1e-9:
            given = f"12 gradients, batch_size={size}, draws={DRAWS}"
            raise NotYet(_fault_of_noise(got, rows, size), seen(given, round(got, 4), round(right, 4)))


def _fault_of_noise(got, rows, size):
    variance = rows.var(axis=0, ddof=1).sum()
    replaced, right = rows.var(axis=0).sum() / size, variance / size * (1 - size / 12)
    first = ((rows[:size].mean(axis=0) - rows.mean(axis=0)) ** 2).sum()

    def near(value):
        return abs(got - value) <= CLOSE * value

    if near(replaced):
        return "with replacement"
    if size < 12 and _same(got, first):
        return "always the same rows"
    if right and near(right * DRAWS):
        return "not divided"
    if right and near(right / 3):
        return "mean over the weights"
    return "That is not the mean squared distance over batches without a row twice."


NOISE = Write(
    id="05.2",
    task="Find the bug: with all rows in the batch there should be no noise left.",
    starter='''
def noise_of_batches(gradients, batch_size, draws, rng):
    """Return the mean squared distance of so many batches' gradients from that of all rows. gradients: (n, weights)."""
    full = gradients.mean(axis=0)
    total = 0.0
    for _ in range(draws):
        rows = rng.choice(len(gradients), size=batch_size)
        batch = gradients[rows].mean(axis=0)
        total += ((batch - full) ** 2).sum()
    return total / draws
''',
    hints=(
        "Try `np.random.default_rng(0).choice(5, size=5)` in a new cell. Does a number come twice?",
        "Which rows are in a batch of all n rows? In training each of them once, since an epoch deals them out.",
        "`rng.choice(len(gradients), size=batch_size, replace=False)`",
    ),
    solution="""
def noise_of_batches(gradients, batch_size, draws, rng):
    full = gradients.mean(axis=0)
    total = 0.0
    for _ in range(draws):
        rows = rng.choice(len(gradients), size=batch_size, replace=False)
        batch = gradients[rows].mean(axis=0)
        total += ((batch - full) ** 2).sum()
    return total / draws
""",
    explanation="`choice` puts every row back before it draws the next one, so that some come twice and some not at "
    "all. Then the factor 1 - B/N is missing: the noise at B = N is σ²/N (with N instead of N - 1) and not 0.",
    repair=True,
    examine=_examine_noise,
    mistakes={
        "with replacement": Mistake(
            "Rows are still put back: some are in a batch twice, others are missing. Training deals each row out once.",
            "def noise_of_batches(gradients, batch_size, draws, rng):\n    total = 0.0\n    for _ in range(draws):\n"
            "        rows = rng.integers(len(gradients), size=batch_size)\n"
            "        total += ((gradients[rows].mean(axis=0) - gradients.mean(axis=0)) ** 2).sum()\n"
            "    return total / draws",
        ),
        "always the same rows": Mistake(
            "Every draw takes the first rows. Shuffle the row numbers anew in each: `rng.permutation(len(gradients))`.",
            "def noise_of_batches(gradients, batch_size, draws, rng):\n    total = 0.0\n    for _ in range(draws):\n"
            "        rows = range(batch_size)\n"
            "        total += ((gradients[rows].mean(axis=0) - gradients.mean(axis=0)) ** 2).sum()\n"
            "    return total / draws",
        ),
        "not divided": Mistake(
            "The batches are right now, but their distances are only added up: divide by the number of draws.",
            "def noise_of_batches(gradients, batch_size, draws, rng):\n    total = 0.0\n    for _ in range(draws):\n"
            "        rows = rng.permutation(len(gradients))[:batch_size]\n"
            "        total += ((gradients[rows].mean(axis=0) - gradients.mean(axis=0)) ** 2).sum()\n"
            "    return total",
        ),
        "mean over the weights": Mistake(
            "The batches are right now, but the squared distance is the sum over the weights, not their mean.",
            "def noise_of_batches(gradients, batch_size, draws, rng):\n    total = 0.0\n    for _ in range(draws):\n"
            "        rows = rng.permutation(len(gradients))[:batch_size]\n"
            "        total += ((gradients[rows].mean(axis=0) - gradients.mean(axis=0)) ** 2).mean()\n"
            "    return total / draws",
        ),
    },
)

# variance, n, wanted: in none of them is a batch size exactly at the limit but for the last, which is exact in binary.
WANTED = ((10.0, 100, 0.5), (10.0, 100, 100.0), (6.0, 50, 0.013), (3.0, 1000, 0.7), (8.0, 64, 0.0), (8.0, 64, 1.875))


def _examine_smallest(smallest_batch):
    for variance, n, wanted in WANTED:
        got = smallest_batch(variance, n, wanted)
        value, right = _number(got), _smallest(variance, n, wanted)
        if value == right:
            continue
        given = f"variance={variance:g}, n={n}, wanted={wanted:g}"
        raise NotYet(_fault_of_smallest(value, variance, n, wanted), seen(given, short(got), right))


def _smallest(variance, n, wanted):
    return next(size for size in range(1, n + 1) if variance / size * (1 - size / n) <= wanted)


def _fault_of_smallest(value, variance, n, wanted):
    right = _smallest(variance, n, wanted)
    if value != round(value):
        return "not whole"
    if value == right - 1:
        return "one too few"
    if value == right + 1:
        return "one too many"
    if wanted and value == min(n, max(1, math.ceil(variance / wanted))):
        return "without the factor"
    return "With that batch size the noise is too large, or a smaller one would do."


SMALLEST = Write(
    id="05.3",
    task="Write how many rows are enough for a noise that is wanted.",
    starter='''
def smallest_batch(variance, n, wanted):
    """Return the smallest batch size, of 1 to n, whose noise (variance / B) (1 - B / n) is at most `wanted`."""
    ...
''',
    hints=(
        "No formula has to be turned round: try B = 1, 2, 3, ... and return the first that is good enough.",
        "`for B in range(1, n + 1):` reaches n, where the noise is 0 and always good enough.",
        "Inside the loop: `if variance / B * (1 - B / n) <= wanted:` and then `return B`.",
    ),
    solution="""
def smallest_batch(variance, n, wanted):
    for B in range(1, n + 1):
        if variance / B * (1 - B / n) <= wanted:
            return B
""",
    explanation="The noise falls with every row that is added, so the first batch size that is good enough is the "
    "smallest. Turned round, the formula says 1 / (wanted / variance + 1 / n), rounded up.",
    examine=_examine_smallest,
    mistakes={
        "without the factor": Mistake(
            "This is right for endless data. With n rows the factor (1 - B / n) lets fewer rows do.",
            "import math\n\n\ndef smallest_batch(variance, n, wanted):\n"
            "    return min(n, max(1, math.ceil(variance / wanted))) if wanted else n",
        ),
        "not whole": Mistake(
            "A batch has a whole number of rows: take the next whole number above.",
            "def smallest_batch(variance, n, wanted):\n    return 1 / (wanted / variance + 1 / n)",
        ),
        "one too few": Mistake(
            "One row too few: with this many the noise is still above what is wanted. Round up, not down.",
            "def smallest_batch(variance, n, wanted):\n    return max(1, int(1 / (wanted / variance + 1 / n) - 1e-9))",
        ),
        "one too many": Mistake(
            "One row too many: the noise may be exactly what is wanted (`<=`), and B starts at 1.",
            "def smallest_batch(variance, n, wanted):\n    for B in range(1, n + 1):\n"
            "        if variance / B * (1 - B / n) <= wanted:\n            return min(n, B + 1)",
        ),
    },
)

CHOICE = Choose(
    id="05.4",
    task="Choose where a larger batch helps most.",
    options={
        "A": "from 16 rows to 32",
        "B": "from 400 rows to 800",
        "C": "from 5,000 rows to 10,000",
        "D": "each of them equally: the noise is halved every time",
    },
    right="A",
    replies={
        "B": "Here noise and gradient are about equally strong. Halving one of two equal parts saves a quarter.",
        "C": "Here the noise is small beside the gradient already: twice the work for next to nothing.",
        "D": "The noise is halved every time, but not what it is compared with. Put the numbers into 1 + 400/B.",
    },
    hints=(
        "The squared length of a batch's gradient is on average |g|² (1 + 400/B): 1 for the gradient, the rest noise.",
        "Compute 1 + 400/B before and after: 26 and 13.5 for A.",
    ),
    solution='mb.check("05.4", "A")',
    explanation="1 + 400/B falls from 26 to 13.5 (A), from 2 to 1.5 (B), from 1.08 to 1.04 (C). Well below the noise "
    "scale, twice the rows make nearly twice as good an update; well above it, they are wasted.",
)

EXERCISES = [VARIANCE, NOISE, SMALLEST, CHOICE]

SHARES = (1 / 16, 1 / 4, 1 / 2, 1)  # what each option of the prediction says


def _outcome(lab):
    """Which share of the typical distance is left from 16 rows to 64, as the lab has measured it; None before."""
    found = {noise.batch_size: math.sqrt(noise.measured) for noise in lab.noise}
    if 16 not in found or 64 not in found or not found[64]:
        return None
    share = found[64] / found[16]
    nearest = min(range(len(SHARES)), key=lambda option: abs(math.log(SHARES[option] / share)))
    text = f"The typical distance was {found[16]:.3f} with 16 rows and {found[64]:.3f} with 64: {share:.2f} of it."
    return nearest, text


PREDICTION = Prediction(
    question="The gradient of a batch of 16 rows lies, typically, some distance away from the gradient of all rows. "
    "How much of that distance is left with 64 rows, four times as many?",
    options=("a sixteenth", "a quarter", "half", "all of it: 16 rows are plenty"),
    then="Press Run paths and watch who jumps about. Then press Measure the noise: its points for 16 and 64 rows "
    "answer the question.",
    outcome=_outcome,
)

QUIZ = [
    Question(
        text="Of two paths from the same start, one jumps about and one is smooth. Which has the larger batches?",
        options=(
            ("The one that jumps: it adds up the faults of more rows.", "A batch's gradient is a mean, not a sum."),
            ("The smooth one.", "Yes: the mean of more rows lies closer to the mean of all rows."),
            (
                "That depends on the learning rate alone.",
                "It scales the jumps of both. Where they come from is the batch.",
            ),
        ),
        right=1,
    ),
    Question(
        text="Why is the noise 0 when the batch holds all rows?",
        options=(
            ("Because the training has arrived at the bottom.", "It is 0 anywhere: also at the start."),
            (
                "Because N is large, so that σ²/N is next to nothing.",
                "Small, but not 0. The factor 1 - B/N makes it 0.",
            ),
            ("Because every batch is then the same rows, in another order.", "Yes: nothing is left to chance."),
        ),
        right=2,
    ),
    Question(
        text="A batch of one row is drawn again and again at the same place. The mean of all these gradients is",
        options=(
            ("the gradient of all rows.", "Yes: noisy, but right on average. Larger batches are only closer to it."),
            (
                "shorter than the gradient of all rows.",
                "Single gradients are longer, as a rule; their mean is the same.",
            ),
            ("somewhere else: small batches point the wrong way.", "One of them may. On average they point right."),
        ),
        right=0,
    ),
]

RECALL = Question(
    text="From lesson 04: twenty runs had the same settings and twenty seeds, and ended 1.4 points apart. What had the "
    "seed changed?",
    options=(
        ("the learning rate", "That is a setting, and the same for all of them."),
        ("the first weights, and which rows came together in a batch", "Yes. This lesson looks at the second."),
        ("which rows were for validation", "The rows were split once, before; all runs had the same."),
        ("nothing: computers round differently each time", "The same seed gives the same run again."),
    ),
    right=1,
)
