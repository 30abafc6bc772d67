"""Lesson 11: padding and what it wastes, a mean that leaves it out, and batches of names alike in length."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short, taken

TITLE = "Read text with a recurrent network"
NOTHING = "Your function returns nothing. Does it end in `return`?"

# 11.1 --------------------------------------------------------------------------------------------------------------

# (lengths in the order of the rows, batch size)
CUTS = (
    ((3, 9, 4, 4, 6, 6, 12, 2, 5, 7), 4),
    ((5, 8, 2, 3), 2),
    ((7, 7, 7), 5),
    ((30, 3, 4, 5, 6, 7, 8), 3),
)


def _examine_wasted(wasted):
    for lengths, size in CUTS:
        got, right = wasted(np.array(lengths), size), _wasted(lengths, size)
        if got is None:
            raise NotYet(NOTHING)
        if isinstance(got, (bool, np.bool_)) or np.ndim(got) or not np.issubdtype(np.asarray(got).dtype, np.number):
            raise NotYet(f"Return one number, the share of all positions; got {short(got)}.")
        if abs(got - right) > 1e-9:
            given = seen(f"lengths={list(lengths)}, batch_size={size}", round(float(got), 3), round(right, 3))
            raise NotYet(_fault_of_wasted(float(got), lengths, size), given)


def _parts(lengths, size):
    return [np.array(lengths[start : start + size]) for start in range(0, len(lengths), size)]


def _wasted(lengths, size):
    return 1 - sum(lengths) / sum(len(part) * part.max() for part in _parts(lengths, size))


def _fault_of_wasted(got, lengths, size):
    parts, real = _parts(lengths, size), sum(lengths)
    padded = sum(len(part) * part.max() for part in parts)
    faults = {
        "mean of shares": np.mean([1 - part.sum() / (len(part) * part.max()) for part in parts]),
        "longest of all": 1 - real / (len(lengths) * max(lengths)),
        "share that is real": real / padded,
        "count": padded - real,
        "padding over real": padded / real - 1,
        "last as if full": 1 - real / (size * sum(part.max() for part in parts)),
        "sorted": _wasted(sorted(lengths), size),
    }
    # Where two faults agree in one case, another case tells them apart: the first that fits is named.
    name = next((name for name, value in faults.items() if abs(got - value) < 1e-9), None)
    return name or "That is not the share of padding. How many positions has each batch, and how many are real?"


WASTED = Write(
    id="11.1",
    task="Write the share of padding.",
    starter="""
def wasted(lengths, batch_size):
    \"\"\"Return the share of padding when names of these lengths, in this order, are cut into batches.\"\"\"
    ...
""",
    hints=(
        "Count positions, batch by batch: a batch of b names whose longest has m characters has b times m.",
        "`part = lengths[start : start + batch_size]` are the lengths of one batch; the last may have fewer.",
        "Add `len(part) * max(part)` up over all batches. The share is `1 - sum(lengths) / total`.",
    ),
    solution="""
def wasted(lengths, batch_size):
    total = 0
    for start in range(0, len(lengths), batch_size):
        part = lengths[start : start + batch_size]
        total += len(part) * max(part)
    return 1 - sum(lengths) / total
""",
    explanation="Each batch is a rectangle, as wide as its longest name. What the characters do not fill is padding; "
    "the share is taken once, of all positions of the epoch.",
    examine=_examine_wasted,
    mistakes={
        "mean of shares": Mistake(
            "This is the mean of the batches' shares, so a small batch weighs as much as a large one. Add up positions "
            "first, divide once.",
            "import numpy as np\n\n\ndef wasted(lengths, batch_size):\n"
            "    parts = [lengths[i : i + batch_size] for i in range(0, len(lengths), batch_size)]\n"
            "    return np.mean([1 - sum(part) / (len(part) * max(part)) for part in parts])",
        ),
        "longest of all": Mistake(
            "You pad every name to the longest of all. A batch is padded to its own longest.",
            "def wasted(lengths, batch_size):\n    return 1 - sum(lengths) / (len(lengths) * max(lengths))",
        ),
        "share that is real": Mistake(
            "This is the share that is real. The padding is the rest: 1 minus it.",
            "def wasted(lengths, batch_size):\n"
            "    parts = [lengths[i : i + batch_size] for i in range(0, len(lengths), batch_size)]\n"
            "    return sum(lengths) / sum(len(part) * max(part) for part in parts)",
        ),
        "count": Mistake(
            "This is how many positions are padding. Divide by all positions for the share.",
            "def wasted(lengths, batch_size):\n"
            "    parts = [lengths[i : i + batch_size] for i in range(0, len(lengths), batch_size)]\n"
            "    return sum(len(part) * max(part) for part in parts) - sum(lengths)",
        ),
        "padding over real": Mistake(
            "This is padding for each real position. The share is of *all* positions, real and padding.",
            "def wasted(lengths, batch_size):\n"
            "    parts = [lengths[i : i + batch_size] for i in range(0, len(lengths), batch_size)]\n"
            "    return sum(len(part) * max(part) for part in parts) / sum(lengths) - 1",
        ),
        "last as if full": Mistake(
            "You count the last batch as full. It has `len(part)` names, not `batch_size`.",
            "def wasted(lengths, batch_size):\n"
            "    parts = [lengths[i : i + batch_size] for i in range(0, len(lengths), batch_size)]\n"
            "    return 1 - sum(lengths) / sum(batch_size * max(part) for part in parts)",
        ),
        "sorted": Mistake(
            "You sorted the lengths first: that is bucketing. Here the names are cut in the order they come in.",
            "def wasted(lengths, batch_size):\n    lengths = sorted(lengths)\n"
            "    parts = [lengths[i : i + batch_size] for i in range(0, len(lengths), batch_size)]\n"
            "    return 1 - sum(lengths) / sum(len(part) * max(part) for part in parts)",
        ),
    },
)

# 11.2 --------------------------------------------------------------------------------------------------------------


def _examine_mean(mean_over_time):
    rng = np.random.default_rng(0)
    for lengths in ((2, 5, 3), (1, 4), (3, 3)):
        mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
        X = rng.normal(size=(*mask.shape, 2))  # not 0 past an end: a state that was held stands there
        got = mean_over_time(X.copy(), mask.copy())
        if got is None:
            raise NotYet(NOTHING)
        try:
            got = np.asarray(got, float)
        except (TypeError, ValueError):
            raise NotYet(f"Return one array of numbers; got {short(got)}.") from None
        right = np.array([row[:length].mean(axis=0) for row, length in zip(X, lengths)])
        if got.shape != right.shape:
            shape = f"Return one row for each sequence, shape {right.shape}; yours has shape {got.shape}."
            raise NotYet("all rows together" if got.shape == right.shape[1:] else shape)
        if not np.allclose(got, right):
            given = seen(f"lengths {list(lengths)}", got.round(3).tolist(), right.round(3).tolist())
            raise NotYet(_fault_of_mean(got, X, mask), given)


def _fault_of_mean(got, X, mask):
    real = np.where(mask[:, :, None], X, 0).sum(axis=1)
    faults = {
        "padding counted": X.mean(axis=1),
        "over the longest": real / X.shape[1],
        "not divided": real,
        "over all positions": real / mask.sum(),
        "over the rows": real / len(X),
        "mask the wrong way round": np.where(mask[:, :, None], 0, X).sum(axis=1) / mask.sum(axis=1, keepdims=True),
        "sum of all": X.sum(axis=1) / mask.sum(axis=1, keepdims=True),
    }
    name = next((name for name, value in faults.items() if np.allclose(got, value)), None)
    return name or "That is not the mean of the real positions of each row."


MEAN = Write(
    id="11.2",
    task="Find the bug: the same name gets another answer beside a longer one.",
    starter="""
def mean_over_time(X, mask):
    \"\"\"Return for each row the mean of X (n, longest, k) over its real positions, (n, k).\"\"\"
    return X.mean(axis=1)
""",
    hints=(
        "Which argument is never used?",
        "Only positions where the mask is True may count, and a row's sum is divided by how many these are: "
        "`mask.sum(axis=1)`.",
        "`mask[:, :, None]` has a third axis of length 1, so `X * mask[:, :, None]` is 0 where there is padding. "
        "`keepdims=True` keeps the counts as a column.",
    ),
    solution="""
def mean_over_time(X, mask):
    total = (X * mask[:, :, None]).sum(axis=1)
    return total / mask.sum(axis=1, keepdims=True)
""",
    explanation="Padding counts neither in the sum nor in the number. Then a row's mean is the same in any company.",
    repair=True,
    examine=_examine_mean,
    mistakes={
        "over the longest": Mistake(
            "The sums are right, but each is divided by the longest length. Divide by its own: `mask.sum(axis=1)`.",
            "def mean_over_time(X, mask):\n    return (X * mask[:, :, None]).mean(axis=1)",
        ),
        "padding counted": Mistake(
            "The mean still goes over the padding: leave out the positions where the mask is False.",
            "def mean_over_time(X, mask):\n    return X.sum(axis=1) / X.shape[1]",
        ),
        "not divided": Mistake(
            "These are sums: a long name weighs more than a short one. Divide by the number of real positions.",
            "def mean_over_time(X, mask):\n    return (X * mask[:, :, None]).sum(axis=1)",
        ),
        "over all positions": Mistake(
            "You divide by the real positions of the whole batch: then a row depends on its company again. Count row "
            "by row: `mask.sum(axis=1, keepdims=True)`.",
            "def mean_over_time(X, mask):\n    return (X * mask[:, :, None]).sum(axis=1) / mask.sum()",
        ),
        "over the rows": Mistake(
            "You divide by the number of rows. Divide by the number of real positions of each.",
            "def mean_over_time(X, mask):\n    return (X * mask[:, :, None]).sum(axis=1) / len(X)",
        ),
        "mask the wrong way round": Mistake(
            "You kept the padding and left out the names: the mask is True where a position is real.",
            "def mean_over_time(X, mask):\n"
            "    return (X * ~mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)",
        ),
        "sum of all": Mistake(
            "You divide by the right number, but the sum still has the padding in it. What stands there need not be 0.",
            "def mean_over_time(X, mask):\n    return X.sum(axis=1) / mask.sum(axis=1, keepdims=True)",
        ),
        "all rows together": Mistake(
            "This is one mean for all rows together. Sum along axis 1 alone, and divide each row by its own count.",
            "def mean_over_time(X, mask):\n    return X[mask].mean(axis=0)",
        ),
    },
)

# 11.3 --------------------------------------------------------------------------------------------------------------


def _examine_buckets(buckets):
    for n, size in ((60, 8), (40, 5)):
        lengths = np.random.default_rng(n).integers(3, 12, size=n)
        rng = np.random.default_rng(1)
        first, second = (_batches(buckets(lengths.copy(), size, rng), n) for _ in range(2))
        again = _batches(buckets(lengths.copy(), size, np.random.default_rng(1)), n)
        fault = _fault_of_rows(first, n, size) or _fault_of_order(first, second, again, lengths)
        if fault:
            shown = [lengths[batch].tolist() for batch in first]
            raise NotYet(fault, f"The lengths in its batches of {size} were `{short(shown)}`.")


def _batches(got, n):
    if got is None:
        raise NotYet(NOTHING)
    try:
        return [np.array([int(row) for row in batch]) for batch in taken(got, 2 * n)]
    except (TypeError, ValueError):
        raise NotYet("Return a list of batches, each a list or an array of row numbers.") from None


def _fault_of_rows(batches, n, size):
    rows = sorted(row for batch in batches for row in batch.tolist())
    if rows != list(range(n)):
        return f"Each of the {n} rows must be in exactly one batch; {len(set(rows))} of them are, {len(rows)} in all."
    if len(batches) != -(-n // size) or max(map(len, batches)) > size:
        yours = f"yours are {len(batches)}, the largest of {max(map(len, batches))}"
        return f"{n} rows in batches of {size} are {-(-n // size)} batches; {yours}."
    return ""


def _fault_of_order(first, second, again, lengths):
    padded = sum(len(batch) * lengths[batch].max() for batch in first)
    if padded > 1.25 * lengths.sum():
        return "not alike"
    means = [[lengths[batch].mean() for batch in epoch] for epoch in (first, second)]
    if all(epoch == sorted(epoch) for epoch in means):
        return "short to long"
    if all(epoch == sorted(epoch, reverse=True) for epoch in means):
        return "long to short"
    together = [{frozenset(batch.tolist()) for batch in epoch} for epoch in (first, second)]
    if together[0] == together[1]:
        return "same company" if list(map(list, first)) != list(map(list, second)) else "same epoch"
    if list(map(list, first)) != list(map(list, again)):
        return "The same seed gave other batches the second time. Draw from the `rng` that you were given."
    return ""


BUCKETS = Write(
    id="11.3",
    task="Find the bug: each epoch goes from the shortest names to the longest.",
    starter="""
def batches_alike(lengths, batch_size, rng):
    \"\"\"Return a list of batches, arrays of row numbers, alike in length.\"\"\"
    rows = rng.permutation(len(lengths))
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    return [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
""",
    hints=(
        "The rows are sorted, then cut. In which order do the batches come out?",
        "Keep the batches whole, and deal them out in a random order: `rng.permutation(number of batches)`.",
        "`cut = [...]` as it stands, then `return [cut[place] for place in rng.permutation(len(cut))]`.",
    ),
    solution="""
import numpy as np


def batches_alike(lengths, batch_size, rng):
    rows = rng.permutation(len(lengths))
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    cut = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    return [cut[place] for place in rng.permutation(len(cut))]
""",
    explanation="The sort makes rows alike; the second shuffle mixes the batches. Without it the last updates of every "
    "epoch see nothing but long names, and the countries that have them.",
    repair=True,
    may_change_input=True,  # drawing from rng moves it on
    examine=_examine_buckets,
    mistakes={
        "short to long": Mistake(
            "The batches still come from short to long in every epoch. Shuffle the *batches* after cutting.",
            "import numpy as np\n\n\ndef batches_alike(lengths, batch_size, rng):\n    rows = np.argsort(lengths)\n"
            "    return [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]",
        ),
        "long to short": Mistake(
            "Now the batches come from long to short in every epoch. Deal them out in a random order.",
            "import numpy as np\n\n\ndef batches_alike(lengths, batch_size, rng):\n    rows = np.argsort(lengths)\n"
            "    return [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)][::-1]",
        ),
        "not alike": Mistake(
            "The rows of a batch are not alike in length. Sort the shuffled rows by *their* lengths, `lengths[rows]`, "
            "cut, and then shuffle whole batches only.",
            "def batches_alike(lengths, batch_size, rng):\n    rows = rng.permutation(len(lengths))\n"
            "    return [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]",
        ),
        "same company": Mistake(
            "The batches come in a new order, but hold the same rows in every epoch. Shuffle the rows before sorting "
            "as well, so that rows of one length meet others.",
            "import numpy as np\n\n\ndef batches_alike(lengths, batch_size, rng):\n"
            '    rows = np.argsort(lengths, kind="stable")\n'
            "    cut = [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]\n"
            "    return [cut[place] for place in rng.permutation(len(cut))]",
        ),
        "same epoch": Mistake(
            "The second epoch is the first one again. Draw both orders from the `rng` that you were given.",
            "import numpy as np\n\n\ndef batches_alike(lengths, batch_size, rng):\n    rng = np.random.default_rng(0)\n"
            "    rows = rng.permutation(len(lengths))\n"
            '    rows = rows[np.argsort(lengths[rows], kind="stable")]\n'
            "    cut = [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]\n"
            "    return [cut[place] for place in rng.permutation(len(cut))]",
        ),
    },
)

# 11.4 --------------------------------------------------------------------------------------------------------------

WHERE = Choose(
    id="11.4",
    task="Choose where to look.",
    options={
        "A": "The network has not been trained for long enough.",
        "B": "A layer takes the last column of the batch, not the last real position of each row.",
        "C": "The batches are not shuffled.",
        "D": "The embedding has too few numbers for each character.",
    },
    right="B",
    replies={
        "A": "A network that knows too little is wrong alone too, and wrong in the same way in any company.",
        "C": "The order of the batches matters for training. Here a trained network answers.",
        "D": "The same embedding gives a good answer when the name comes alone.",
    },
    hints=(
        "What is different about *york* in the two batches: its letters, the weights, or what stands after it?",
        "Beside a longer name there is padding after `k`. Which of the options lets that into the answer?",
    ),
    solution='mb.check("11.4", "B")',
    explanation="Alone, the last column is the `k`. Beside a longer name it is padding, and what comes out for it "
    "depends on how much padding there is.",
)

EXERCISES = [WASTED, MEAN, BUCKETS, WHERE]


def _outcome(lab):
    """The padding of batches of 32 names as they come, once an epoch of them has been measured."""
    for timed in lab.timed:
        if (timed.settings.way, timed.settings.size) == ("as they come", 32):
            share = 1 - timed.real / timed.positions
            choice = 0 if share < 0.2 else 1 if share < 0.45 else 2
            return (
                choice,
                f"Of {timed.positions:,} positions, {timed.positions - timed.real:,} were padding: {share:.0%}.",
            )
    return None


PREDICTION = Prediction(
    question="The names have 3 to 30 characters, 9.5 on average. In batches of 32 names as they come, each padded to "
    "the longest of its batch: how much of what the network is given is padding?",
    options=("about a tenth", "about a third", "more than half"),
    then="Press Next batch a few times, then Measure an epoch.",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 02: the rows of a file are sorted by class, and batches are made without shuffling. What goes "
    "wrong?",
    options=(
        ("some rows are never used", "Each row is in one batch, shuffled or not."),
        (
            "each batch holds one class or two, and each update pulls its own way",
            "Yes. An order must not say the class.",
        ),
        ("the last batch is short", "That depends on the number of rows, not on their order."),
        ("nothing: an epoch has all the rows", "It has, but the updates come one by one, and the last classes win."),
    ),
    right=1,
)

QUIZ = [
    Question(
        text="A batch has four names of 4, 6, 6 and 16 characters. How many of its positions are padding?",
        options=(
            ("none: each name is as long as it is", "An array has rows of one length: all four get 16 positions."),
            ("32 of 64", "Yes: 4 times 16 positions, 32 characters."),
            ("12 of 64", "Those are only the ones after the shortest name. The two of 6 are filled up as well."),
            ("32 of 32", "32 are the characters. With the padding there are 4 times 16 positions."),
        ),
        right=1,
    ),
    Question(
        text="What is the mask for?",
        options=(
            ("It makes the batch a rectangle", "Padding does that. The mask says which positions it is."),
            (
                "It hides letters from the network, so that it guesses",
                "Some networks are trained so; this mask hides only padding.",
            ),
            (
                "It says where each name ends, so that padding changes no answer",
                "Yes: 0 is a character too, so the numbers alone do not say it.",
            ),
            ("It makes training faster, and that is all", "It may save time, but above all it keeps answers right."),
        ),
        right=2,
    ),
    Question(
        text="You sort the names by length before cutting them into batches. What must you shuffle?",
        options=(
            ("nothing: names alike in length are random enough", "Then every epoch goes from short to long names."),
            ("the letters of each name", "Then no name can be read any more."),
            ("the rows inside each batch", "A gradient is a mean over the batch: their order there changes nothing."),
            (
                "the batches, and the rows of one length",
                "Yes: the first mixes short and long, the second gives each row other company in every epoch.",
            ),
        ),
        right=3,
    ),
]
