"""Lesson 05: the variance of the rows' gradients, batches drawn without replacement, how many rows are enough."""

import math
import numbers

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen

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
    """The name of the first fault that gives this number, or None. faults: {name: the numbers it gives}."""
    return next((name for name, values in faults.items() if any(_same(got, value) for value in values)), None)


# In the first table every fault gives a number of its own.
GRADIENTS = (
    [[1.0, 2.0], [3.0, 2.0], [5.0, 8.0], [3.0, 4.0], [3.0, 4.0]],
    [[0.0, 1.0, 4.0], [2.0, 1.0, 0.0], [1.0, -3.0, 5.0]],
    [[2.0], [6.0]],
    [[1.5, -1.0], [1.5, -1.0]],
)


def _examine_variance(variance_of_rows):
    for rows in GRADIENTS:
        gradients = np.array(rows)
        right = float(gradients.var(axis=0, ddof=1).sum())
        got = variance_of_rows(gradients.copy())
        if isinstance(got, np.ndarray) and got.shape in ((gradients.shape[1],), (len(gradients),)):
            which = "one for each weight" if len(got) == gradients.shape[1] else "one for each row"
            raise NotYet(which, seen(f"gradients={rows}", got.tolist(), right))
        got = _number(got)
        if not _same(got, right):
            fault = _fault_of_variance(got, gradients) or "That is not the variance of the rows' gradients yet."
            raise NotYet(fault, seen(f"gradients={rows}", got, right))


def _fault_of_variance(got, gradients):
    n, weights = gradients.shape
    differences = gradients - gradients.mean(axis=0)
    squares, lengths = (differences**2).sum(), np.linalg.norm(differences, axis=1)
    from_0, from_one = (gradients**2).sum(), ((gradients - gradients.mean()) ** 2).sum()
    faults = {
        "divided by N": [squares / n],
        "without brackets": [squares / n - 1],
        "mean over the weights": [squares / (n - 1) / weights],
        "mean of everything": [squares / n / weights, squares / (n * weights - 1)],
        "divided by the weights": [squares / weights],
        "not divided": [squares],
        "not from the mean": [from_0 / divisor for divisor in (n - 1, n, n * weights)],
        "one mean for all": [from_one / divisor for divisor in (n - 1, n, n * weights, n * weights - 1)],
        "the other axis": [gradients.var(axis=1, ddof=ddof).sum() for ddof in range(min(weights, 2))],
        "a root": [np.sqrt(squares / (n - 1)), *(gradients.std(axis=0, ddof=ddof).sum() for ddof in (0, 1))],
        "not squared": [
            part / divisor for part in (np.abs(differences).sum(), lengths.sum(), 0) for divisor in (n - 1, n)
        ],
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
        "without brackets": Mistake(
            "Nearly: `/ n - 1` divides by n and then takes 1 away. Put the n - 1 into brackets.",
            "def variance_of_rows(gradients):\n"
            "    return ((gradients - gradients.mean(axis=0)) ** 2).sum() / len(gradients) - 1",
        ),
        "mean over the weights": Mistake(
            "This is the mean over the weights. The squared length of a gradient is the sum over its weights.",
            "def variance_of_rows(gradients):\n    return gradients.var(axis=0, ddof=1).mean()",
        ),
        "mean of everything": Mistake(
            "This divides by n times the number of weights. Add up over the weights, and divide by n - 1.",
            "def variance_of_rows(gradients):\n    return ((gradients - gradients.mean(axis=0)) ** 2).mean()",
        ),
        "divided by the weights": Mistake(
            "This divides by the number of weights. Divide by the number of rows less one, `len(gradients) - 1`.",
            "def variance_of_rows(gradients):\n"
            "    return ((gradients - gradients.mean(axis=0)) ** 2).sum() / gradients.shape[1]",
        ),
        "one for each row": Mistake(
            "This is a number for each row. Add them up and divide by n - 1: one number is wanted.",
            "def variance_of_rows(gradients):\n    return ((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1)",
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
            "This has one mean for everything. Each weight has a mean of its own: `axis=0`.",
            "def variance_of_rows(gradients):\n"
            "    return ((gradients - gradients.mean()) ** 2).sum() / (len(gradients) - 1)",
        ),
        "the other axis": Mistake(
            "`axis=1` goes along a row's gradient, over its weights. The mean over the rows is `axis=0`.",
            "def variance_of_rows(gradients):\n    return gradients.var(axis=1, ddof=1).sum()",
        ),
        "a root": Mistake(
            "A square root was taken: that is a typical distance. The variance is wanted, without the root.",
            "def variance_of_rows(gradients):\n    return gradients.var(axis=0, ddof=1).sum() ** 0.5",
        ),
        "not squared": Mistake(
            "The differences are added up without being squared. Square each of them first: `** 2`.",
            "def variance_of_rows(gradients):\n"
            "    return abs(gradients - gradients.mean(axis=0)).sum() / (len(gradients) - 1)",
        ),
    },
)

ROWS, DRAWS = 5, 3000
CLOSE = 0.12  # how far a mean over so many draws may lie from what is expected


def _examine_noise(noise_of_batches):
    rows = np.random.default_rng(7).normal(size=(ROWS, 3)) + [3, 0, 0]
    variance = rows.var(axis=0, ddof=1).sum()
    for size in (ROWS, 2, 1, ROWS - 1):

        def ask(draws, size=size):
            return _number(noise_of_batches(rows.copy(), size, draws, np.random.default_rng(size)))

        got, right = ask(DRAWS), variance / size * (1 - size / ROWS)
        if abs(got - right) > CLOSE * right + 1e-9:
            given = f"{ROWS} gradients, batch_size={size}, draws={DRAWS}"
            raise NotYet(_fault_of_noise(got, rows, size, ask(1)), seen(given, round(got, 4), round(right, 4)))


def _fault_of_noise(got, rows, size, of_one_draw):
    replaced = rows.var(axis=0).sum() / size
    share, variance = 1 - size / ROWS, rows.var(axis=0, ddof=1).sum()
    faults = {
        "with replacement": [replaced],
        "with replacement, times the factor": [replaced * share],
        "not divided": [variance / size * share * DRAWS],
        "mean over the weights": [variance / size * share / rows.shape[1]],
    }
    if size < ROWS:  # of all rows, every draw gives the same
        if got <= 1e-9:
            return "no noise at all"
        if _same(got, of_one_draw):
            return "always the same rows"
        if _same(got * DRAWS, of_one_draw):
            return "one draw only"
    near = (name for name, (value,) in faults.items() if value and abs(got - value) <= CLOSE * value)
    return next(near, "That is not the mean squared distance over batches without a row twice.")


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
        "with replacement, times the factor": Mistake(
            "This multiplies by 1 - B/N, but rows are still put back: some are in a batch twice. Draw without that.",
            "def noise_of_batches(gradients, batch_size, draws, rng):\n    total = 0.0\n    for _ in range(draws):\n"
            "        rows = rng.choice(len(gradients), size=batch_size)\n"
            "        total += ((gradients[rows].mean(axis=0) - gradients.mean(axis=0)) ** 2).sum()\n"
            "    return total / draws * (1 - batch_size / len(gradients))",
        ),
        "no noise at all": Mistake(
            "Now there is no noise even where some rows are left out. Are only `batch_size` rows in the batch?",
            "def noise_of_batches(gradients, batch_size, draws, rng):\n    total = 0.0\n    for _ in range(draws):\n"
            "        rows = rng.permutation(len(gradients))\n"
            "        total += ((gradients[rows].mean(axis=0) - gradients.mean(axis=0)) ** 2).sum()\n"
            "    return total / draws",
        ),
        "one draw only": Mistake(
            "Only the first draw is counted: the `return` must come after the loop, not in it.",
            "def noise_of_batches(gradients, batch_size, draws, rng):\n    total = 0.0\n    for _ in range(draws):\n"
            "        rows = rng.permutation(len(gradients))[:batch_size]\n"
            "        total += ((gradients[rows].mean(axis=0) - gradients.mean(axis=0)) ** 2).sum()\n"
            "        return total / draws",
        ),
        "always the same rows": Mistake(
            "Every draw takes the same rows. Draw anew inside the loop: `rng.permutation(len(gradients))`.",
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
    for place, (variance, n, wanted) in enumerate(WANTED):
        got, right = smallest_batch(variance, n, wanted), _smallest(variance, n, wanted)
        given = f"variance={variance:g}, n={n}, wanted={wanted:g}"
        if got is None and place:  # it returned something before
            raise NotYet("none is good enough", seen(given, got, right))
        value = _number(got)
        if value != right:
            raise NotYet(_fault_of_smallest(value, variance, n, wanted), seen(given, got, right))


def _smallest(variance, n, wanted):
    return next(size for size in range(1, n + 1) if variance / size * (1 - size / n) <= wanted)


def _fault_of_smallest(value, variance, n, wanted):
    right = _smallest(variance, n, wanted)
    if _same(value, variance / right * (1 - right / n)):
        return "the noise itself"
    if value != round(value):
        return "not whole"
    if value == right - 1:
        return "one too few"
    if value == right + 1:
        return "one too many"
    if wanted and value == min(n, max(1, math.ceil(variance / wanted))):
        return "without the factor"
    if value == _smallest(variance, n, wanted**2):
        return "the root"
    if 1 <= value <= n:
        return "enough, but not the smallest" if value > right else "too few"
    return f"A batch of {n} rows at most has 1 to {n} of them."


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
        "the noise itself": Mistake(
            "This is the noise that is left. Return the batch size it is left with, `B`.",
            "def smallest_batch(variance, n, wanted):\n    for B in range(1, n + 1):\n"
            "        if variance / B * (1 - B / n) <= wanted:\n            return variance / B * (1 - B / n)",
        ),
        "none is good enough": Mistake(
            "Here your loop ends without an answer. Does it reach n, and does it take what is exactly `wanted` (`<=`)?",
            "def smallest_batch(variance, n, wanted):\n    for B in range(1, n):\n"
            "        if variance / B * (1 - B / n) <= wanted:\n            return B",
        ),
        "the root": Mistake(
            "You compare a distance. `wanted` is a squared distance, like the formula: leave out the root.",
            "def smallest_batch(variance, n, wanted):\n    for B in range(1, n + 1):\n"
            "        if (variance / B * (1 - B / n)) ** 0.5 <= wanted:\n            return B",
        ),
        "too few": Mistake(
            "With so few rows the noise is above what is wanted. Is the comparison the right way round?",
            "def smallest_batch(variance, n, wanted):\n    for B in range(1, n + 1):\n"
            "        if variance / B * (1 - B / n) >= wanted:\n            return B",
        ),
        "enough, but not the smallest": Mistake(
            "That many are enough, but fewer would do: try every B from 1 on, and take the first.",
            "def smallest_batch(variance, n, wanted):\n"
            "    return max(B for B in range(1, n + 1) if variance / B * (1 - B / n) <= wanted)",
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
        text="Two paths from the same start have the same learning rate. One jumps about, one is smooth. Which has the "
        "larger batches?",
        options=(
            ("The one that jumps: it adds up the faults of more rows.", "A batch's gradient is a mean, not a sum."),
            ("The smooth one.", "Yes: the mean of more rows lies closer to the mean of all rows."),
            (
                "That cannot be told: jumps come from the learning rate alone.",
                "It scales the jumps, and is the same here. Where they come from is the batch.",
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
