"""Lesson 16: prepare by train alone, a column that gives the answer away, and the whole loop from a blank page."""

import numpy as np

from .. import datasets
from ..datasets import Dataset
from ..evaluation import baseline, typical_error
from ..layers import Dense
from ..network import Network
from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, function_in, short

TITLE = "Solve your own problem"


def _penguins():
    """The penguins, with gaps and categories, as a Table."""
    return datasets.read_csv(datasets.example_csv("penguins"), "species")


def _examine_prepare(prepare):
    table = _penguins()
    right = function_in(PREPARE.solution)(table)
    got = _three(prepare(table))
    if not _same(got, right):
        raise NotYet(_fault_of_prepare(got, right, table))


def _three(got):
    """The learner's three Datasets; NotYet for anything else."""
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    if not isinstance(got, (tuple, list)) or len(got) != 3 or not all(isinstance(part, Dataset) for part in got):
        raise NotYet(f"Return three Datasets, `train, val, test`; got {short(_kinds(got))}.")
    return tuple(got)


def _kinds(got):
    return [type(part).__name__ for part in got] if isinstance(got, (tuple, list)) else type(got).__name__


def _same(got, right):
    return all(
        a.X.shape == b.X.shape and np.allclose(a.X, b.X, atol=1e-9) and np.array_equal(a.y, b.y)
        for a, b in zip(got, right)
    )


def _fault_of_prepare(got, right, table):
    for name, mistake in PREPARE.mistakes.items():
        if _same(got, function_in(mistake.code)(table)):
            return name
    if [len(part) for part in got] != [len(part) for part in right]:
        return f"The parts have {[len(part) for part in got]} rows; 70%, 15% and 15% are {[len(p) for p in right]}."
    return "The parts have the right sizes, but not the right numbers. Split with seed=0, then encode and scale."


PREPARE = Write(
    id="16.1",
    task="Find the bug: the training rows know something of the rows that are held out. Mend `prepare`.",
    starter='''
import mbtutor as mb


def prepare(table):
    """Return (train, val, test), encoded and standardised, 15% each to validate and to test, seed 0."""
    data = mb.standardize(mb.encode(table))
    return mb.split(data, val=0.15, test=0.15, seed=0)
''',
    hints=(
        "Which rows does a mean come from that is taken before the split?",
        "`mb.split` takes a table as well. `mb.encode` and `mb.standardize` take several parts: the first is train, "
        "and all numbers come from it.",
        "`train, val, test = mb.split(table, val=0.15, test=0.15, seed=0)`, then the same three through `mb.encode`, "
        "then through `mb.standardize`.",
    ),
    solution="""
import mbtutor as mb


def prepare(table):
    train, val, test = mb.split(table, val=0.15, test=0.15, seed=0)
    train, val, test = mb.encode(train, val, test)
    return mb.standardize(train, val, test)
""",
    explanation="Split first: what fills a gap, which categories there are, mean and deviation, all of it is learned, "
    "and what is learned comes from train. Here the leak is small; with few rows or rare categories it is not.",
    repair=True,
    examine=_examine_prepare,
    mistakes={
        "all rows": Mistake(
            "Everything is still measured on all rows, before the split. Split the table first.",
            "import mbtutor as mb\n\n\ndef prepare(table):\n    data = mb.standardize(mb.encode(table))\n"
            "    return mb.split(data, val=0.15, test=0.15, seed=0)",
        ),
        "encoded by all": Mistake(
            "Mean and deviation come from train now. But the gaps were filled before the split, with the mean of all "
            "rows: split the table, then encode the three parts.",
            "import mbtutor as mb\n\n\ndef prepare(table):\n"
            "    return mb.standardize(*mb.split(mb.encode(table), val=0.15, test=0.15, seed=0))",
        ),
        "each by its own": Mistake(
            "Each part is scaled by its own mean and deviation. A new row comes alone and has none: hand the three "
            "parts to `mb.standardize` together.",
            "import mbtutor as mb\n\n\ndef prepare(table):\n"
            "    parts = mb.encode(*mb.split(table, val=0.15, test=0.15, seed=0))\n"
            "    return tuple(mb.standardize(part) for part in parts)",
        ),
        "not scaled": Mistake(
            "The parts are encoded, and not standardised yet.",
            "import mbtutor as mb\n\n\ndef prepare(table):\n"
            "    return mb.encode(*mb.split(table, val=0.15, test=0.15, seed=0))",
        ),
        "by the test": Mistake(
            "The numbers come from the last part, because it stands first in the call. Train goes first.",
            "import mbtutor as mb\n\n\ndef prepare(table):\n"
            "    parts = mb.encode(*mb.split(table, val=0.15, test=0.15, seed=0))\n"
            "    return mb.standardize(*parts[::-1])[::-1]",
        ),
    },
)

LEAK = Choose(
    id="16.2",
    task="Choose the column that gives the answer away.",
    options={
        "A": "the age of the patient",
        "B": "the blood pressure at admission",
        "C": "the number of days until discharge",
        "D": "the number of the ward",
    },
    right="C",
    replies={
        "A": "The age is known on the first day, and may well tell something. It can stay.",
        "B": "That was measured at admission, when the answer is wanted. It can stay.",
        "D": "It is known at admission. It is a category, so it is read as text. But it does not give the answer away.",
    },
    hints=(
        "Imagine the day on which the network is to be asked. Which of the cells is still empty then?",
        "A cell that is filled in only later must not be a column.",
    ),
    solution='mb.check("16.2", "C")',
    explanation="At admission nobody knows when the patient will go home: the column is filled in later, and tells how "
    "the illness went. Such columns make a network that is wonderful on every row you have, the test "
    "rows too, and of no use on the day.",
)

MARGIN = 0.6  # of the baseline's error: what is to be reached at most
SHARE = 0.2  # of the rows to validate, and as many to test


def _examine_solve(solve):
    path = str(datasets.example_csv("cars"))
    net, train, val, test = _four(solve(path))
    truth = datasets.read_csv(path, "mpg", drop=["car_name"]).y
    parts = {"train": train, "val": val, "test": test}
    rows = sum(map(len, parts.values()))
    if rows != len(truth):
        raise NotYet(f"The three parts hold {rows} rows together; the file has {len(truth)}. Each belongs to one part.")
    if len(train) < max(len(val), len(test)):
        raise NotYet("small train")
    if not np.allclose(np.sort(np.concatenate([_in_mpg(part) for part in parts.values()])), np.sort(truth)):
        raise NotYet("The parts do not hold the target mpg of each row of the file once. Is the target `mpg`?")
    _check_scaled(parts)
    if net.updates == 0:
        raise NotYet("no update")
    _check_shape(net, parts, rows)
    error, guess = typical_error(net, val), baseline(train, val)
    if not error <= MARGIN * guess:
        raise NotYet(
            f"On validation it is {error:.1f} miles per gallon off; the mean of train is {guess:.1f} off, and at most "
            f"{MARGIN * guess:.1f} is asked for. Train for more epochs, or try another learning rate."
        )


def _four(got):
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    if not isinstance(got, (tuple, list)) or len(got) != 4:
        raise NotYet(f"Return four things, `net, train, val, test`; got {short(_kinds(got))}.")
    net, *parts = got
    if not isinstance(net, Network):
        raise NotYet(f"The first thing must be the network; got {type(net).__name__}. `fit` returns the history.")
    if not all(isinstance(part, Dataset) for part in parts):
        raise NotYet(f"After the network come three Datasets; got {short(_kinds(parts))}.")
    return tuple(got)


def _check_shape(net, parts, rows):
    """NotYet where the shares or the layers are others than those asked for, such as those of the lesson."""
    held_out = [len(parts["val"]), len(parts["test"])]
    if any(abs(count - SHARE * rows) > 1 for count in held_out):
        raise NotYet(
            f"There are {held_out[0]} rows to validate and {held_out[1]} to test; 20% of {rows} rows are "
            f"{SHARE * rows:.0f}: `val=0.2, test=0.2`."
        )
    if sum(isinstance(layer, Dense) for layer in net.layers) < 3:
        raise NotYet("one hidden layer")


def _in_mpg(part):
    return part.y if part.target_scaler is None else part.target_scaler.undo(part.y)


def _check_scaled(parts):
    """NotYet where the columns of train are not at mean 0 and deviation 1, or the others were scaled by themselves."""
    means = {name: part.X.mean(axis=0) for name, part in parts.items()}
    every = np.concatenate([part.X for part in parts.values()])
    if np.allclose(means["train"], 0, atol=1e-6):
        if np.allclose(means["val"], 0, atol=1e-6) or np.allclose(means["test"], 0, atol=1e-6):
            raise NotYet("each by its own")
        return
    if np.allclose(every.mean(axis=0), 0, atol=1e-6):
        raise NotYet("all rows")
    raise NotYet("not scaled")


_READ = 'table = mb.read_csv(path, target="mpg", drop=["car_name"])'
_SPLIT = "mb.split(table, val=0.2, test=0.2, seed=0)"
_ONE_HIDDEN = "mb.Dense(train.X.shape[1], 16), mb.ReLU(), mb.Dense(16, 1)"
_TWO_HIDDEN = "mb.Dense(train.X.shape[1], 16), mb.ReLU(), mb.Dense(16, 16), mb.ReLU(), mb.Dense(16, 1)"


def _solution(prepare, updates="epochs=20", lr="0.1", fit=True, layers=_TWO_HIDDEN):
    """The code of a function that solves it, or fails to. prepare: lines that make train, val and test of table."""
    train = f"    mb.fit(net, mb.MiniBatches(train, 32), {updates})\n" if fit else ""
    lines = "".join(f"    {line}\n" for line in (_READ, *prepare))
    return f"""
import mbtutor as mb


def solve(path):
{lines}    net = mb.Network([{layers}])
    net.compile(loss="mean_squared_error", optimizer=mb.SGD(lr={lr}))
{train}    return net, train, val, test
"""


_RIGHT = (
    f"train, val, test = {_SPLIT}",
    "train, val, test = mb.standardize(*mb.encode(train, val, test))",
    "train, val, test = mb.standardize_target(train, val, test)",
)
_TARGET = _RIGHT[2]

SOLVE = Write(
    id="16.3",
    task="Write the whole loop, from a blank page.",
    starter='''
def solve(path):
    """Return (net, train, val, test): a trained network for the target "mpg", and the three prepared Datasets.

    path: of cars.csv. Leave the column "car_name" out; 20% to validate, 20% to test, two hidden layers.
    """
    ...
''',
    hints=(
        "The order is that of this lesson: read, split, encode, standardise, standardise the target, batches, network, "
        "compile, fit.",
        '`table = mb.read_csv(path, target="mpg", drop=["car_name"])`, then `mb.split(table, val=0.2, test=0.2, '
        "seed=0)`, and the three parts through `mb.encode`, `mb.standardize` and `mb.standardize_target`.",
        "A hidden layer is a `mb.Dense` with a `mb.ReLU()` behind it: two of them make three `mb.Dense` with the last, "
        "`mb.Dense(16, 1)`. A number to be hit needs its own loss, too: "
        '`net.compile(loss="mean_squared_error", optimizer=mb.SGD(lr=0.1))`. Then `mb.fit(net, mb.MiniBatches(train, '
        "32), epochs=20)`.",
    ),
    solution=_solution(_RIGHT),
    explanation="Nine lines, each of them a lesson of this course. Only the first knows that it is about cars.",
    examine=_examine_solve,
    mistakes={
        "all rows": Mistake(
            "The columns were standardised before the split: the rows held out have a share in the mean. Split first.",
            _solution((f"train, val, test = {_SPLIT.replace('table', 'mb.standardize(mb.encode(table))')}", _TARGET)),
        ),
        "each by its own": Mistake(
            "Each part was standardised by its own mean. Hand all three to `mb.standardize` together, train first.",
            _solution(
                (
                    f"parts = mb.encode(*{_SPLIT})",
                    "train, val, test = (mb.standardize(part) for part in parts)",
                    _TARGET,
                )
            ),
        ),
        "not scaled": Mistake(
            "The columns of train are not at mean 0: weights in pounds swamp everything else. `mb.standardize`, with "
            "train first.",
            _solution((f"train, val, test = mb.encode(*{_SPLIT})", _TARGET), lr="1e-6"),
        ),
        "small train": Mistake(
            "Train is the smallest part. The order is `train, val, test`, as `mb.split` returns them.",
            _solution((_RIGHT[0].replace("train, val, test", "test, val, train"), *_RIGHT[1:])),
        ),
        "no update": Mistake(
            "The network has not made one update: `mb.fit(net, batches, epochs=20)`. (`mb.train` does nothing until "
            "you loop over it.)",
            _solution(_RIGHT, fit=False),
        ),
        "one hidden layer": Mistake(
            "The network has one hidden layer, as in the lesson; two are asked for. Put another `mb.Dense` and "
            "`mb.ReLU()` between the first and the last.",
            _solution(_RIGHT, layers=_ONE_HIDDEN),
        ),
    },
)

EXERCISES = [PREPARE, LEAK, SOLVE]


def _outcome(lab):
    """How many validation penguins the newest run names right; None for another table and before a run has ended."""
    own, parts = lab.choice.own, lab.choice.parts
    if own.name != "penguins.csv" or parts is None or parts.deviation or not lab.tries.best:
        return None
    if lab.choice.target.value != "species":
        return None
    share, rows, level = lab.tries.newest.accuracy, len(parts.val), parts.level
    nearest = min(range(4), key=lambda option: abs((level, 0.7, 0.85, 1.0)[option] - share))
    text = f"It named {round(share * rows)} of {rows} right, {share:.0%}. Always the commonest species: {level:.0%}."
    return nearest, text


PREDICTION = Prediction(
    question="A table describes 344 penguins of three species: island, bill, flipper, weight, sex, year. A network of "
    "16 hidden units learns the species of 240 of them. How many of the 52 validation penguins will it name right? "
    "(152 of the 344 are Adelies.)",
    options=(
        "about 4 in 10: no more than always saying Adelie",
        "about 7 in 10",
        "about 85 in 100",
        "nearly all of them",
    ),
    then="Press Train and wait until the run has finished. The dotted line in the picture knows no penguin.",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 04: of twenty settings the best by validation reaches 97.1%. Which number do you report?",
    options=(
        ("97.1%", "It was chosen for being the highest of twenty, so part of it is luck."),
        ("the mean of the twenty", "Nobody will use the other nineteen."),
        ("what the chosen one reaches on the test rows", "Yes: rows that had no part in learning or choosing."),
        (
            "the highest test accuracy of the twenty",
            "That chooses by the test rows, and nothing is left to judge with.",
        ),
    ),
    right=2,
)

QUIZ = [
    Question(
        text="There are 240 training rows, and batch_size=10. How many updates has an epoch?",
        options=(
            ("10", "The batch size says how many rows are in a batch, not how many batches there are."),
            ("24", "Yes: 240 rows, ten at a time, each once."),
            ("240", "That would be batches of one row."),
            ("1", "An update is made after every batch; an epoch is all of them."),
        ),
        right=1,
    ),
    Question(
        text="A bar shows 1875/1875 while a network learns from 60,000 rows in batches of 32. What does it count?",
        options=(
            ("rows: it learns from 1,875 of them", "It counts batches. Each of the 60,000 rows is in one of them."),
            ("batches: 1,875 of 32 rows are the 60,000", "Yes. It is one epoch, and 1,875 updates."),
            ("epochs", "An epoch is over when the bar is full."),
        ),
        right=1,
    ),
    Question(
        text="You go from batches of 32 rows to batches of 128. How many rows does an epoch see?",
        options=(
            ("four times as many", "The batches hold more, and there are fewer. An epoch is every row once."),
            ("as many as before", "Yes: every row once. But it makes a quarter of the updates."),
            ("a quarter", "It makes a quarter of the updates; each looks at four times as many rows."),
        ),
        right=1,
    ),
    Question(
        text="Two runs differ by the batch size alone: 8 and 512. Whose batch losses jump more from update to update?",
        options=(
            ("those of 512: larger steps", "A mean over more rows varies less. The noise falls as 1 / B."),
            ("those of 8", "Yes: a mean over eight rows depends much on which eight they are."),
            ("both alike: the data are the same", "The data are, the batches are not."),
        ),
        right=1,
    ),
    Question(
        text="1,000 rows in batches of 300, the last one short. What is the loss of the epoch?",
        options=(
            ("the mean of the four batch losses", "The last batch has 100 rows and would weigh as much as 300."),
            ("the mean of the first three", "That leaves 100 rows out."),
            ("each batch loss weighted by its rows", "Yes: so that every row counts alike."),
        ),
        right=2,
    ),
    Question(
        text="Do small batches give networks that do better on new rows?",
        options=(
            (
                "Yes, their noise always helps.",
                "Lesson 08 put it on trial with equal updates and tuned rates: no such lead.",
            ),
            (
                "Only a fair trial tells, on the data at hand.",
                "Yes: equal budgets, rates tuned for each, several seeds.",
            ),
            ("No, large ones always do.", "At equal epochs a large batch makes few updates, and often ends behind."),
        ),
        right=1,
    ),
    Question(
        text="Is a larger batch faster?",
        options=(
            (
                "Always: the computer likes large arrays.",
                "Up to the knee of the machine. And a target needs many updates.",
            ),
            ("Never: each update takes longer.", "It takes longer, and far fewer may be needed."),
            (
                "Up to a point, set by the machine and by the task",
                "Yes: beyond the knee rows cost full price, beyond the critical size they save no updates.",
            ),
        ),
        right=2,
    ),
    Question(
        text="A loss becomes infinite after a few updates. What do you try first?",
        options=(
            ("a lower learning rate", "Yes. And look whether columns and target are standardised."),
            ("more epochs", "The weights have run away; going on takes them further."),
            ("more hidden units", "The steps are too long; a larger network does not shorten them."),
        ),
        right=0,
    ),
    Question(
        text="Which rows may decide what fills a gap in the test rows?",
        options=(
            ("the test rows", "A new row comes alone, and nothing may be learned from the test."),
            ("all rows: the more, the better the mean", "So the test rows would have a share in what was learned."),
            ("the training rows", "Yes. It is part of what was learned, like mean and deviation."),
        ),
        right=2,
    ),
    Question(
        text="A first try predicts next month's sales with hardly any error. What do you do?",
        options=(
            ("report it", "Not before you know why. Such a score is nearly always a leak."),
            (
                "look for a column that is written after the answer",
                "Yes: ask of each column if it is known on the day.",
            ),
            ("train for longer", "There is nothing left to gain, and something to find."),
        ),
        right=1,
    ),
]
