"""Lesson 01: standardising by hand, statistics from the wrong rows, splitting the rows, and one new picture."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, function_in, seen, short, taken

TITLE = "Prepare the data"
LARGEST_BY_ADDING = 1e100  # no number that anybody adds to a deviation makes more of a row; infinity made finite does


def _tables():
    """(train, other): 4 and 2 rows of three columns that differ in size; the last one's deviation is far below 1."""
    train = [[5.7, 124.6, 1.1], [2.4, 127.2, 0.8], [3.9, 88.4, 1.3], [5.6, 100.9, 0.9]]
    return np.array(train), np.array([[3.1, 163.5, 1.6], [8.4, 117.4, 0.7]])


def _pair(got, second="other"):
    """Both arrays of an answer; NotYet for anything else. second: what the exercise calls the second one."""
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    one_table = isinstance(got, np.ndarray) and got.ndim < 3
    got = taken(got, 10)
    if one_table or len(got) != 2:
        raise NotYet(f"Return both tables: `return train, {second}`.")
    try:
        return [np.asarray(part, dtype=float) for part in got]
    except (TypeError, ValueError):
        raise NotYet(f"Return two arrays of numbers, one for each table; got {short(got)}.") from None


def _compare(exercise, got, tables, given):
    """NotYet unless the pair `got` is what the solution makes of the tables: the mistake that makes it, if one does."""
    right = _pair(function_in(exercise.solution)(*tables))
    if _agree(got, right):
        return
    fault = "The shapes are right, the numbers are not."
    if [part.shape for part in got] != [part.shape for part in right]:
        fault = f"The shapes must stay {tables[0].shape} and {tables[1].shape}; got {got[0].shape} and {got[1].shape}."
    if _agree(got[::-1], right):
        fault = "The numbers are right, but the two tables are swapped: train comes first."
    with np.errstate(divide="ignore", invalid="ignore"):  # a mistake's warning is not the learner's
        made = [name for name in exercise.mistakes if _agree(got, function_in(exercise.mistakes[name].code)(*tables))]
    raise NotYet(
        made[0] if made else fault, seen(given, *([part.round(2).tolist() for part in pair] for pair in (got, right)))
    )


def _agree(got, right):
    return all(one.shape == other.shape and np.allclose(one, other, atol=1e-5) for one, other in zip(got, right))


def _examine_standardize(standardize):
    train, other = _tables()
    got = _pair(standardize(train, other))
    _compare(STANDARDIZE, got, (train, other), f"train={train.tolist()}, other={other.tolist()}")
    train[:, 1], other[:, 1] = 3, (3, 4)
    got = _pair(standardize(train, other))
    given = "a second column that is 3 in every row of train, and 3, 4 in other"
    if not np.isfinite(np.concatenate(got)).all():
        raise NotYet("divided by zero", f"Given {given}, it returned {short([part[:, 1].tolist() for part in got])}.")
    became = f"Given {given}, other's column became {short(got[1][:, 1].tolist())}."
    if np.abs(got[1]).max() > LARGEST_BY_ADDING or not got[1][:, 1].any():
        raise NotYet("papered over", became)
    if np.abs(got[1]).max() > 1000:
        raise NotYet("tiny number", became)
    _compare(STANDARDIZE, got, (train, other), given)


STANDARDIZE = Write(
    id="01.1",
    task="Standardise two tables by the statistics of the first.",
    starter='''
import numpy as np


def standardize(train, other):
    """Return (train, other) with every column at mean 0 and standard deviation 1 in train.

    train (n, d) and other (m, d) are arrays; a column that never varies in train gets scale 1.
    """
    ...
''',
    hints=(
        "Two numbers are needed for each column, both from `train` alone: its mean and its standard deviation.",
        "`train.mean(axis=0)` and `train.std(axis=0)` have one number a column; `(train - mean) / scale` fits them.",
        "`np.where(scale == 0, 1, scale)` puts a 1 where the scale is 0.",
    ),
    solution="""
import numpy as np


def standardize(train, other):
    mean, scale = train.mean(axis=0), train.std(axis=0)
    scale = np.where(scale == 0, 1, scale)
    return (train - mean) / scale, (other - mean) / scale
""",
    explanation="One mean and one deviation a column, from train alone, and both tables by the same numbers. "
    "Where the deviation is 0 there is nothing to divide by, so the scale is 1.",
    examine=_examine_standardize,
    mistakes={
        "own statistics": Mistake(
            "`other` is scaled by its own mean and deviation. Then the same number means one thing in "
            "train and another there. Scale both by the numbers of train.",
            "def standardize(train, other):\n    return [(X - X.mean(axis=0)) / X.std(axis=0) for X in (train, other)]",
        ),
        "all rows": Mistake(
            "The mean and the deviation come from both tables together. That is the leak: take them from train alone.",
            "import numpy as np\n\n\ndef standardize(train, other):\n    X = np.concatenate([train, other])\n"
            "    return (train - X.mean(axis=0)) / X.std(axis=0), (other - X.mean(axis=0)) / X.std(axis=0)",
        ),
        "one for the table": Mistake(
            "You took one mean and one deviation for the whole table. Each column needs its own: `axis=0`.",
            "def standardize(train, other):\n"
            "    return (train - train.mean()) / train.std(), (other - train.mean()) / train.std()",
        ),
        "not divided": Mistake(
            "The means are right: every column of train has mean 0. Now divide by the deviation of each column.",
            "def standardize(train, other):\n    return train - train.mean(axis=0), other - train.mean(axis=0)",
        ),
        "min-max": Mistake(
            "That is min-max: in train every column runs from 0 to 1. Standardising takes the mean away and divides by "
            "the standard deviation.",
            "import numpy as np\n\n\ndef standardize(train, other):\n"
            "    low, size = train.min(axis=0), np.ptp(train, axis=0)\n"
            "    return (train - low) / size, (other - low) / size",
        ),
        "by the range": Mistake(
            "The means are right: every column of train has mean 0. But you divided by its range, from the lowest to "
            "the highest; divide by its standard deviation.",
            "import numpy as np\n\n\ndef standardize(train, other):\n"
            "    mean, size = train.mean(axis=0), np.ptp(train, axis=0)\n"
            "    return (train - mean) / size, (other - mean) / size",
        ),
        "one row less": Mistake(
            "Your deviation divides by the number of rows less one (`ddof=1`). That is used to guess the deviation of "
            "rows not seen; here train itself shall have deviation 1, so divide by all its rows.",
            "def standardize(train, other):\n    mean, scale = train.mean(axis=0), train.std(axis=0, ddof=1)\n"
            "    return (train - mean) / scale, (other - mean) / scale",
        ),
        "variance": Mistake(
            "You divided by the variance. The deviation is its square root: `train.std(axis=0)`.",
            "def standardize(train, other):\n    mean, scale = train.mean(axis=0), train.var(axis=0)\n"
            "    return (train - mean) / scale, (other - mean) / scale",
        ),
        "parentheses": Mistake(
            "Python divides before it subtracts: put parentheses around `train - mean`, and around `other - mean`.",
            "def standardize(train, other):\n    mean, scale = train.mean(axis=0), train.std(axis=0)\n"
            "    return train - mean / scale, other - mean / scale",
        ),
        "other as it was": Mistake(
            "train is right, but `other` came back as it was. Scale it too, by the numbers of train.",
            "def standardize(train, other):\n    return (train - train.mean(axis=0)) / train.std(axis=0), other.copy()",
        ),
        "each row": Mistake(
            "You took the mean and the deviation of each row. `axis=0` gives one number for each column.",
            "def standardize(train, other):\n"
            "    return [(X - X.mean(1, keepdims=True)) / X.std(1, keepdims=True) for X in (train, other)]",
        ),
        "at least 1": Mistake(
            "A column whose deviation is below 1 was divided by 1. Scale 1 is only for a deviation of 0.",
            "import numpy as np\n\n\ndef standardize(train, other):\n"
            "    mean, scale = train.mean(axis=0), np.maximum(train.std(axis=0), 1)\n"
            "    return (train - mean) / scale, (other - mean) / scale",
        ),
        "divided by zero": Mistake(
            "A column that never varies in train has deviation 0, and dividing by that gives NaN or infinity. "
            "Use scale 1.",
            "def standardize(train, other):\n    mean, scale = train.mean(axis=0), train.std(axis=0)\n"
            "    return (train - mean) / scale, (other - mean) / scale",
        ),
        "left as it was": Mistake(
            "The column that never varies in train came back as it was. Only its scale is special: its mean is taken "
            "away as in the others.",
            "def standardize(train, other):\n    mean, scale = train.mean(axis=0), train.std(axis=0)\n"
            "    mean[scale == 0], scale[scale == 0] = 0, 1\n    return (train - mean) / scale, (other - mean) / scale",
        ),
        "tiny number": Mistake(
            "A tiny number added to the deviation keeps NaN away, but a new row that differs a little then becomes "
            "enormous. Use scale 1 where the deviation is 0.",
            "def standardize(train, other):\n    mean, scale = train.mean(axis=0), train.std(axis=0) + 1e-8\n"
            "    return (train - mean) / scale, (other - mean) / scale",
        ),
        "papered over": Mistake(
            "Dividing by 0 was papered over: what came out was replaced afterwards, and a new row that differs a "
            "little becomes enormous, or its difference is lost. Use scale 1 where the deviation is 0.",
            "import numpy as np\n\n\ndef standardize(train, other):\n"
            "    mean, scale = train.mean(axis=0), train.std(axis=0)\n"
            "    return [np.nan_to_num((X - mean) / scale) for X in (train, other)]",
        ),
    },
)


def _examine_prepare(prepare):
    train, val = _tables()
    got = _pair(prepare(train, val), "val")
    _compare(PREPARE, got, (train, val), f"train={train.tolist()}, val={val.tolist()}")


PREPARE = Write(
    id="01.2",
    task="Find the bug: adding a validation row changes the numbers the network is trained on.",
    starter='''
import numpy as np


def prepare(train, val):
    """Return (train, val) with every column running from 0 to 1 in train; no column is constant."""
    everything = np.concatenate([train, val])
    low, high = everything.min(axis=0), everything.max(axis=0)
    return (train - low) / (high - low), (val - low) / (high - low)
''',
    hints=(
        "Which rows decide what `low` and `high` are?",
        "The prepared validation rows may go a little below 0 or above 1; that is all right.",
    ),
    solution="""
def prepare(train, val):
    low, high = train.min(axis=0), train.max(axis=0)
    return (train - low) / (high - low), (val - low) / (high - low)
""",
    explanation="The lowest and the highest number are learned, so they are learned from the training rows alone. "
    "The validation rows are only scaled by them, and may go beyond 0 and 1.",
    repair=True,
    examine=_examine_prepare,
    mistakes={
        "all rows": Mistake(
            "The validation rows still have a say in the lowest or the highest number of a column.",
            "import numpy as np\n\n\ndef prepare(train, val):\n    X = np.vstack([train, val])\n"
            "    low, size = X.min(axis=0), np.ptp(X, axis=0)\n    return (train - low) / size, (val - low) / size",
        ),
        "high of all": Mistake(
            "`low` comes from train alone now, but `high` still from all rows.",
            "import numpy as np\n\n\ndef prepare(train, val):\n"
            "    low, high = train.min(axis=0), np.vstack([train, val]).max(axis=0)\n"
            "    return (train - low) / (high - low), (val - low) / (high - low)",
        ),
        "low of all": Mistake(
            "`high` comes from train alone now, but `low` still from all rows.",
            "import numpy as np\n\n\ndef prepare(train, val):\n"
            "    low, high = np.vstack([train, val]).min(axis=0), train.max(axis=0)\n"
            "    return (train - low) / (high - low), (val - low) / (high - low)",
        ),
        "parentheses": Mistake(
            "Python divides before it subtracts: keep the parentheses around `high - low`, in both places.",
            "def prepare(train, val):\n    low, high = train.min(axis=0), train.max(axis=0)\n"
            "    return (train - low) / high - low, (val - low) / high - low",
        ),
        "own statistics": Mistake(
            "Now each part is scaled by its own range, so the same ink is one number in train and another in val. "
            "Scale val by the range of train.",
            "def prepare(train, val):\n"
            "    return [(X - X.min(axis=0)) / (X.max(axis=0) - X.min(axis=0)) for X in (train, val)]",
        ),
        "cut off": Mistake(
            "Do not cut the validation rows off at 0 and 1: a number beyond the range of train is news, not an error.",
            "import numpy as np\n\n\ndef prepare(train, val):\n    low, high = train.min(axis=0), train.max(axis=0)\n"
            "    return (train - low) / (high - low), np.clip((val - low) / (high - low), 0, 1)",
        ),
        "only val": Mistake(
            "Now the range comes from val. The training rows say what is low and high, for both.",
            "def prepare(train, val):\n    low, high = val.min(axis=0), val.max(axis=0)\n"
            "    return (train - low) / (high - low), (val - low) / (high - low)",
        ),
        "one for the table": Mistake(
            "You took one range for the whole table. Each column needs its own: `axis=0`.",
            "def prepare(train, val):\n    low, high = train.min(), train.max()\n"
            "    return (train - low) / (high - low), (val - low) / (high - low)",
        ),
        "val as it was": Mistake(
            "train is right, but `val` came back as it was. Scale it too, by the range of train.",
            "def prepare(train, val):\n    low, high = train.min(axis=0), train.max(axis=0)\n"
            "    return (train - low) / (high - low), val.copy()",
        ),
        "standardised": Mistake(
            "That has mean 0 and deviation 1. Here every column of train shall run from 0 to 1.",
            "def prepare(train, val):\n    mean, scale = train.mean(axis=0), train.std(axis=0)\n"
            "    return (train - mean) / scale, (val - mean) / scale",
        ),
    },
)


def _examine_split(split_rows):
    for rows, val, test in ((40, 10, 6), (25, 5, 5), (12, 4, 0), (12, 0, 4)):
        parts = _parts(split_rows(rows, val, test, 0), rows)
        given = f"rows={rows}, val={val}, test={test}, seed=0"
        _check_sizes(parts, (rows - val - test, val, test), rows, given)
        shown = f"Given `{given}`, the validation rows were {short(parts[1].tolist())}."
        if any(len(part) and (np.diff(np.sort(part)) == 1).all() for part in parts):
            raise NotYet("in file order", shown)
        if not all(map(np.array_equal, parts, _parts(split_rows(rows, val, test, 0), rows))):
            raise NotYet("not repeatable", shown)
        if all(map(np.array_equal, parts, _parts(split_rows(rows, val, test, 1), rows))):
            raise NotYet("always the same", shown)


def _parts(got, rows):
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    parts = taken(got, 10)
    if len(parts) != 3:
        raise NotYet(f"Return three arrays of row numbers, for train, val and test; {len(parts)} came back.")
    if not all(map(np.iterable, parts)):
        raise NotYet(f"Return the row numbers of each part, not how many there are; got {short(got)}.")
    parts = [taken(part, rows) for part in parts]
    parts = [np.asarray(part, dtype=None if part else int) for part in parts]  # an empty part has no number to tell
    if not all(part.ndim == 1 and part.dtype.kind in "iu" for part in parts):
        raise NotYet(f"Each part must be a list of whole row numbers; got {short(got)}.")
    return parts


def _check_sizes(parts, sizes, rows, given):
    together = np.concatenate(parts)
    counted = f"Given `{given}`, the parts have {', '.join(str(len(part)) for part in parts)} rows"
    shown = f"{counted}, {len(np.unique(together))} different ones of {rows}."
    if not set(together.tolist()) <= set(range(rows)):
        raise NotYet(f"Row numbers go from 0 to rows - 1, here {rows - 1}.", shown)
    if any(size == 0 and len(part) == rows for part, size in zip(parts, sizes)):
        raise NotYet("from the end", shown)
    if len(np.unique(together)) < len(together):
        raise NotYet("twice", shown)
    if len(together) < rows:
        raise NotYet("rows lost", shown)
    if not len(parts[0]) and rows in map(len, parts):
        raise NotYet("fractions", shown)
    if tuple(map(len, parts)) != sizes:
        raise NotYet("The parts do not have the sizes asked for. Return train, val, test in this order.", shown)


SPLIT = Write(
    id="01.3",
    task="Split the numbers of the rows into train, validation and test.",
    starter='''
import numpy as np


def split_rows(rows, val, test, seed):
    """Return three arrays of row numbers (train, val, test): every number from 0 to rows - 1 in one of them.

    val and test say how many rows these parts have (0 is allowed), train gets the rest. The order is random, but
    the same seed always gives the same split.
    """
    ...
''',
    hints=(
        "Shuffle the numbers of all rows first; then cut the shuffled numbers into three pieces.",
        "`np.random.default_rng(seed).permutation(rows)` holds every number from 0 to rows - 1, shuffled.",
        "`order[:val]`, `order[val : val + test]` and `order[val + test :]` are three pieces that share no row.",
    ),
    solution="""
import numpy as np


def split_rows(rows, val, test, seed):
    order = np.random.default_rng(seed).permutation(rows)
    return order[val + test :], order[:val], order[val : val + test]
""",
    explanation="All row numbers, shuffled once and cut in three: the pieces can't overlap, and no row is lost. "
    "`mb.split` does this inside each class, so that every part has its share of them all.",
    examine=_examine_split,
    mistakes={
        "in file order": Mistake(
            "The rows are taken in the order of the file. If it is sorted, a part holds only some of the classes. "
            "Shuffle first.",
            "import numpy as np\n\n\ndef split_rows(rows, val, test, seed):\n    order = np.arange(rows)\n"
            "    return order[val + test :], order[:val], order[val : val + test]",
        ),
        "twice": Mistake(
            "Some rows are in two parts, or twice in one. A validation row that is also trained on proves nothing: "
            "shuffle all row numbers once, and cut the parts from them.",
            "import numpy as np\n\n\ndef split_rows(rows, val, test, seed):\n    rng = np.random.default_rng(seed)\n"
            "    return [rng.permutation(rows)[:size] for size in (rows - val - test, val, test)]",
        ),
        "from the end": Mistake(
            "A part of 0 rows was given them all: -0 is 0, so `order[-0:]` is everything. Cut from the front instead, "
            "as in `order[:val]`.",
            "import numpy as np\n\n\ndef split_rows(rows, val, test, seed):\n"
            "    order = np.random.default_rng(seed).permutation(rows)\n"
            "    return order[: -val - test], order[-val - test : -test], order[-test:]",
        ),
        "rows lost": Mistake(
            "Some rows are in no part. Train gets all that is left.",
            "import numpy as np\n\n\ndef split_rows(rows, val, test, seed):\n"
            "    order = np.random.default_rng(seed).permutation(rows)\n"
            "    return order[val + test : -1], order[:val], order[val : val + test]",
        ),
        "fractions": Mistake(
            "One part has every row: val and test are numbers of rows, not fractions.",
            "import numpy as np\n\n\ndef split_rows(rows, val, test, seed):\n"
            "    order, first = np.random.default_rng(seed).permutation(rows), int(rows * val)\n"
            "    second = first + int(rows * test)\n"
            "    return order[second:], order[:first], order[first:second]",
        ),
        "not repeatable": Mistake(
            "The same seed gave two different splits. Start your own generator from it: `np.random.default_rng(seed)`.",
            "import numpy as np\n\n\ndef split_rows(rows, val, test, seed):\n    order = np.random.permutation(rows)\n"
            "    return order[val + test :], order[:val], order[val : val + test]",
        ),
        "always the same": Mistake(
            "Two seeds gave the same split. Hand `seed` on to the generator.",
            "import numpy as np\n\n\ndef split_rows(rows, val, test, seed):\n"
            "    order = np.random.default_rng(0).permutation(rows)\n"
            "    return order[val + test :], order[:val], order[val : val + test]",
        ),
    },
)

NEW_PICTURE = Choose(
    id="01.4",
    task="Prepare one new picture for a network that was trained on standardised rows.",
    options={
        "A": "`mb.standardize(new)`",
        "B": "`new.X / 16`",
        "C": "`train.scaler.apply(new.X)`",
        "D": "`mb.standardize(everything)`, where `everything` is the old rows and the new one, and then its last row",
    },
    right="C",
    replies={
        "A": "One row is its own mean, so every pixel becomes 0, whatever the picture shows. The network needs the "
        "scale it was trained with.",
        "B": "That runs from 0 to 1, but the network was trained on columns of mean 0 and deviation 1. The same ink "
        "would be another number.",
        "D": "Then each new picture moves the mean a little, and the old rows change under a network that was trained "
        "on them. The scale stays as training left it.",
    },
    hints=("What did the network see for this much ink while it was trained?", "A scaler is kept for exactly this."),
    solution='mb.check("01.4", "C")',
    explanation="The scaler belongs to the model: the numbers it learned from the training rows prepare every row that "
    "comes later, a single one as well.",
)

EXERCISES = [STANDARDIZE, PREPARE, SPLIT, NEW_PICTURE]


ASKED = {"learning rate": "0.1", "epochs": 5, "leak": "no", "split": "3,934 / 843 / 843"}  # with the lab as it opens


def _outcome(lab):
    """What the last full runs with and without scaling reached, with the settings of the question."""
    reached = {}
    for run in lab.runs:
        if run.finished and ASKED.items() <= run.cells.items():
            reached[run.cells["scaling"]] = run.history.measured("val_accuracy")[1][-1]
    scaled = [name for name in reached if name != "none"]
    if "none" not in reached or not scaled:
        return None
    share = reached["none"] / max(reached[name] for name in scaled)
    read = [f"{reached[name]:.0%} with {name} scaling" for name in scaled]
    text = f"It read {reached['none']:.0%} from the pixels as they are, {' and '.join(read)}."
    return (0 if share > 0.97 else 1 if share > 0.5 else 2 if share > 0.2 else 3), text


PREDICTION = Prediction(
    question="Every pixel is a number from 0 to 16. The network of lesson 00 learns from them as they are: five "
    "epochs, learning rate 0.1, which served well there. Then it learns again, from scaled pixels. How many validation "
    "digits does it read from the pixels as they are, compared with the scaled ones?",
    options=(
        "as many: all pixels are on one scale already",
        "somewhat fewer, but more than half as many",
        "less than half as many",
        "hardly any: it can only guess",
    ),
    then="Press Train. Then set Scaling to “standard” and press Train again. Try “min-max” as well.",
    outcome=_outcome,
)

RECALL = Question(
    text="3,934 rows, batch size 32, five epochs. How often does the network learn from each row?",
    options=(
        ("5 times", "Yes: an epoch is every row once, whatever the batch size."),
        ("615 times", "615 is the number of updates: 123 an epoch, five times. Each of them uses 32 other rows."),
        ("32 times", "32 rows are in a batch. Each of them is in one batch an epoch, so it is used five times."),
        ("once", "Once an epoch, and there are five."),
    ),
    right=0,
)

QUIZ = [
    Question(
        text="After `min_max`, a pixel of a validation row is 1.1. What does it mean?",
        options=(
            (
                "The scaling has a bug.",
                "It does what it should: 0 to 1 is the range in train, and other rows may go beyond.",
            ),
            (
                "The pixel has more ink than it ever had in train.",
                "Yes: 1 is the highest number of that column in train.",
            ),
            (
                "The validation rows should have been scaled by themselves.",
                "Then the same ink would be two different numbers, and the network could not know.",
            ),
        ),
        right=1,
    ),
    Question(
        text="You have tried ten settings. Which rows say which one to keep, and which say how good it is?",
        options=(
            ("test, and test again", "The best of ten looks good partly by luck on the rows that chose it."),
            (
                "train, and test",
                "A network can know its training rows by heart; they do not tell which setting is better.",
            ),
            ("validation, and test", "Yes: validation rows choose, and the test rows, opened once, report."),
            (
                "validation, and validation again",
                "The rows that chose flatter the choice. Test rows have not been asked yet.",
            ),
        ),
        right=2,
    ),
    Question(
        text="What does a stratified split promise?",
        options=(
            ("Each part has the same number of rows.", "The sizes are what you ask for, such as 70%, 15% and 15%."),
            ("Each class has the same number of rows.", "A rare class stays rare; it is rare in every part alike."),
            ("Each part has its share of every class.", "Yes: 15% of the rows, and 15% of the eights."),
            ("No row is in two parts.", "That holds for every split worth the name, stratified or not."),
        ),
        right=2,
    ),
]
