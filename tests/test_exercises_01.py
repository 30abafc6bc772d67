"""Lesson 01's checks: right answers written in another way, odd answers met in words, and the prediction's outcome."""

import numpy as np
import pytest
from pieces import all_digits

import mbtutor as mb
from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet, function_in

STANDARDIZE, PREPARE, SPLIT, _ = lessons.lesson("01").EXERCISES
PREDICTION = lessons.lesson("01").PREDICTION

ALSO_RIGHT = {
    "a loop over columns": (
        STANDARDIZE,
        """
def standardize(train, other):
    done = [[], []]
    for j in range(train.shape[1]):
        mean, scale = sum(train[:, j]) / len(train), train[:, j].std() or 1
        for part, table in zip(done, (train, other)):
            part.append([(x - mean) / scale for x in table[:, j]])
    return [[list(row) for row in zip(*part)] for part in done]
""",
    ),
    "scale times": (
        STANDARDIZE,
        """
def standardize(train, other):
    scale = train.std(axis=0, keepdims=True)
    scale[scale == 0] = 1
    for table in (train, other):
        yield table / scale - train.mean(axis=0) / scale
""",
    ),
    "ptp": (
        PREPARE,
        "def prepare(train, val):\n    low = train.min(0)\n    size = train.max(0) - low\n"
        "    return {1: (train - low) / size, 2: (val - low) / size}.values()",
    ),
    "numpy's split": (
        SPLIT,
        "import numpy as np\n\n\ndef split_rows(rows, val, test, seed):\n"
        "    order = np.random.default_rng(seed).permutation(rows)\n"
        "    return np.split(order, [rows - val - test, rows - test])",
    ),
    "lists": (
        SPLIT,
        "import random\n\n\ndef split_rows(rows, val, test, seed):\n    order = list(range(rows))\n"
        "    random.Random(seed).shuffle(order)\n    held = val + test\n"
        "    return sorted(order[held:]), sorted(order[:val]), set(order[val:held])",
    ),
}

ODD = {
    "nothing": (STANDARDIZE, "def f(train, other):\n    pass", "returns nothing"),
    "one table": (STANDARDIZE, "def f(train, other):\n    return [train]", "Return both tables: `return train, other`"),
    "train alone": (STANDARDIZE, "def f(train, other):\n    return train", "Return both tables: `return train, other`"),
    "other alone": (STANDARDIZE, "def f(train, other):\n    return other", "Return both tables: `return train, other`"),
    "val alone": (PREPARE, "def f(train, val):\n    return val", "Return both tables: `return train, val`"),
    "below 1": (
        STANDARDIZE,
        "def f(train, other):\n    s = train.std(axis=0)\n    s[s < 1] = 1\n"
        "    return (train - train.mean(axis=0)) / s, (other - train.mean(axis=0)) / s",
        "at least 1",
    ),
    "nothing where it is 0": (
        STANDARDIZE,
        "import numpy as np\ndef f(train, other):\n    m, s = train.mean(axis=0), train.std(axis=0)\n"
        "    return [np.nan_to_num((X - m) / s, posinf=0, neginf=0) for X in (train, other)]",
        "papered over",
    ),
    "machine's smallest step": (
        STANDARDIZE,
        "import numpy as np\ndef f(train, other):\n    m, s = train.mean(axis=0), train.std(axis=0)\n"
        "    return [(X - m) / (s + np.finfo(float).eps) for X in (train, other)]",
        "tiny number",
    ),
    "min-max where a column never varies": (
        STANDARDIZE,
        "import numpy as np\ndef f(train, other):\n    low, size = train.min(axis=0), np.ptp(train, axis=0)\n"
        "    return [(X - low) / np.where(size > 0, size, 1) for X in (train, other)]",
        "min-max",
    ),
    "right but swapped": (
        STANDARDIZE,
        "def f(train, other):\n    m, s = train.mean(axis=0), train.std(axis=0)\n"
        "    return (other - m) / s, (train - m) / s",
        "the two tables are swapped",
    ),
    "a number": (STANDARDIZE, "def f(train, other):\n    return 1.5", "return or yield several things"),
    "text": (PREPARE, "def f(train, val):\n    return 'ab'", "Return two arrays of numbers"),
    "swapped": (PREPARE, "def f(train, val):\n    return val, train", r"The shapes must stay \(4, 3\) and \(2, 3\)"),
    "far off": (PREPARE, "def f(train, val):\n    return 2 * train, val", "The shapes are right, the numbers are not"),
    "two parts": (SPLIT, "def f(n, v, t, s):\n    return range(n), []", "Return three arrays of row numbers"),
    "a mask": (SPLIT, "def f(n, v, t, s):\n    return [[True] * n] * 3", "Each part must be a list of whole"),
    "counts": (SPLIT, "def f(n, v, t, s):\n    return n - v - t, v, t", "the row numbers of each part, not how many"),
    "empty": (SPLIT, "def f(n, v, t, s):\n    return [], [], []", "rows lost"),
    "an empty part": (
        SPLIT,
        "import numpy as np\ndef f(n, v, t, s):\n    a = np.random.default_rng(s).permutation(n)\n"
        "    return a[v + t :], a[:v], a[v:t]",
        "rows lost",
    ),
    "fractions from the end": (
        SPLIT,
        "import numpy as np\ndef f(n, v, t, s):\n    a = np.random.default_rng(s).permutation(n)\n"
        "    v, t = int(n * v), int(n * t)\n    return a[: -v - t], a[-v - t : -t], a[-t:]",
        "fractions",
    ),
    "no validation rows, from the end": (
        SPLIT,
        "import numpy as np\ndef f(n, v, t, s):\n    a = np.random.default_rng(s).permutation(n)\n"
        "    return a[t : n - v], a[-v:], a[:t]",
        "from the end",
    ),
    "all to train": (SPLIT, "def f(n, v, t, s):\n    return range(n), [], []", "do not have the sizes asked for"),
    "endless": (SPLIT, "import itertools\ndef f(n, v, t, s):\n    return [itertools.count()] * 3", "goes on and on"),
    "from 1": (
        SPLIT,
        "import numpy as np\ndef f(n, v, t, s):\n    a = np.random.default_rng(s).permutation(n) + 1\n"
        "    return a[v + t :], a[:v], a[v : v + t]",
        "Row numbers go from 0",
    ),
    "other order": (
        SPLIT,
        "import numpy as np\ndef f(n, v, t, s):\n    a = np.random.default_rng(s).permutation(n)\n"
        "    return a[:v], a[v : v + t], a[v + t :]",
        "do not have the sizes asked for",
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


def test_a_known_mistake_that_warns_adds_nothing_to_what_the_learner_printed(recwarn):
    constant = function_in(STANDARDIZE.mistakes["left as it was"].code)
    with pytest.raises(NotYet, match="left as it was"):
        STANDARDIZE.examine(constant)
    assert not recwarn.list


def test_the_solutions_agree_with_the_package(capsys):
    train, val, _ = mb.split(all_digits())
    varying = train.X.std(axis=0) > 0  # 01.2 knows no others
    for exercise, packaged, columns in (
        (STANDARDIZE, mb.standardize, np.ones(64, bool)),
        (PREPARE, mb.min_max, varying),
    ):
        solved = function_in(exercise.solution)(train.X[:, columns], val.X[:, columns])
        for got, right in zip(solved, packaged(train, val)):
            np.testing.assert_allclose(got, right.X[:, columns], atol=1e-12)


def test_the_outcome_compares_the_pixels_as_they_are_with_scaled_ones():
    lab = mb.ScalingLab(all_digits())
    for scaling, seen in (("standard", False), ("none", True), ("min-max", True)):
        assert PREDICTION.outcome(lab) is None
        lab.form.scaling.value = scaling
        lab.run()
        if seen:
            break
    true, text = PREDICTION.outcome(lab)
    assert PREDICTION.options[true] == "less than half as many"
    assert text.startswith("It read 3") and text.endswith("97% with standard scaling.")
    lab.form.scaling.value = "min-max"
    lab.run()
    assert PREDICTION.outcome(lab)[1].endswith("97% with standard scaling and 96% with min-max scaling.")
    lab.close()


@pytest.mark.parametrize("options", [{"val": 0.2, "test": 0.1}, {"test": 0.2}, {"leak": True}, {"epochs": 4}])
def test_a_lab_with_another_split_a_leak_or_other_epochs_shows_no_outcome(options):
    lab = mb.ScalingLab(all_digits(), **options)
    for scaling in ("none", "standard"):
        lab.form.scaling.value = scaling
        lab.run()
    assert PREDICTION.outcome(lab) is None
    lab.close()


def test_runs_of_other_settings_and_unfinished_ones_are_no_outcome():
    lab = mb.ScalingLab(all_digits(), lr=0.01)
    for scaling in ("none", "standard"):
        lab.form.scaling.value = scaling
        lab.run()
    lab.form.lr.field.value = 0.1
    for scaling in ("none", "standard"):
        lab.form.scaling.value = scaling
        lab.buttons["One update"].click()
        lab.buttons["Stop"].click()
    assert PREDICTION.outcome(lab) is None
    lab.close()
