"""Lesson 00: counting updates, a mean over a short batch, and the order of things in one update."""

import numbers

from .exercise import Mistake, NotYet, Order, Prediction, Question, Write, seen

TITLE = "Start here: train your first network"


def _examine_count(updates_in_an_epoch):
    for rows, batch_size in ((24, 8), (20, 8), (1, 1), (5, 8), (3934, 32), (100, 100), (7, 1)):
        got, right = updates_in_an_epoch(rows, batch_size), -(-rows // batch_size)
        if isinstance(got, numbers.Real) and got == right and float(got).is_integer():
            continue
        raise NotYet(_fault_of_count(got, rows, batch_size), seen(f"rows={rows}, batch_size={batch_size}", got, right))


def _fault_of_count(got, rows, batch_size):
    if got is None:
        return "Your function returns nothing. Does it end in `return`?"
    if not isinstance(got, numbers.Real):
        return "The answer must be one number."
    if got == rows / batch_size and rows % batch_size:
        return "not whole"
    if got == rows // batch_size:
        return "rounded down"
    if got == rows // batch_size + 1:
        return "one too many"
    if got == batch_size:
        return "size is not number"
    return "epoch is not update" if got == 1 else "The count is not right yet."


COUNT = Write(
    id="00.1",
    task="Count the updates of an epoch.",
    starter='''
def updates_in_an_epoch(rows, batch_size):
    """Return how many updates one epoch has, the short last batch included."""
    ...
''',
    hints=(
        "With 24 rows in batches of 8 there are 3 updates. With 20 rows there are 8 + 8 + 4: also 3.",
        "`rows // batch_size` counts the full batches; a remainder, `rows % batch_size`, makes one more.",
        "Write `import math` above the function; then `math.ceil(x)` rounds x up to a whole number.",
    ),
    solution="""
import math


def updates_in_an_epoch(rows, batch_size):
    return math.ceil(rows / batch_size)
""",
    explanation="Rows divided by the batch size, rounded up: a batch that is only partly full still makes an update.",
    examine=_examine_count,
    mistakes={
        "rounded down": Mistake(
            "The rows of the short last batch are lost: they make an update as well. Round up, not down.",
            "def updates_in_an_epoch(rows, batch_size):\n    return rows // batch_size",
        ),
        "not whole": Mistake(
            "Half an update cannot be made. The short last batch makes a whole one: round up.",
            "def updates_in_an_epoch(rows, batch_size):\n    return rows / batch_size",
        ),
        "one too many": Mistake(
            "One too many where the rows divide evenly: then there is no short last batch.",
            "def updates_in_an_epoch(rows, batch_size):\n    return rows // batch_size + 1",
        ),
        "size is not number": Mistake(
            "The batch size says how many rows are in a batch, not how many batches there are.",
            "def updates_in_an_epoch(rows, batch_size):\n    return batch_size",
        ),
        "epoch is not update": Mistake(
            "An epoch is not one update: it has an update for every batch. One is right for the full batch alone.",
            "def updates_in_an_epoch(rows, batch_size):\n    return 1",
        ),
    },
)


def _examine_mean(mean_loss):
    for losses, batch_size in (([1.0, 2.0, 3.0, 6.0], 4), ([2.0, 4.0], 2), ([3.0, 5.0, 4.0], 8), ([2.5], 32)):
        got, right = mean_loss(losses, batch_size), sum(losses) / len(losses)
        if isinstance(got, numbers.Real) and abs(got - right) < 1e-9:
            continue
        by_size = isinstance(got, numbers.Real) and abs(got - sum(losses) / batch_size) < 1e-9
        total = isinstance(got, numbers.Real) and abs(got - sum(losses)) < 1e-9
        fault = "by batch size" if by_size else "no division" if total else "That is not the mean of these losses."
        raise NotYet(fault, seen(f"losses={losses}, batch_size={batch_size}", got, right))


MEAN = Write(
    id="00.2",
    task="Find the bug: the loss of the last batch of an epoch always looks too good.",
    starter='''
def mean_loss(losses, batch_size):
    """Return the mean of the losses of one batch; `losses` has one number a row."""
    return sum(losses) / batch_size
''',
    hints=(
        "Try it by hand with three losses of 4.0 and a batch size of 8. What should the mean be, and what comes out?",
        "The last batch of an epoch may have fewer rows than `batch_size` says. How many rows are there really?",
        "`len(losses)` is the number of rows in this batch.",
    ),
    solution="""
def mean_loss(losses, batch_size):
    return sum(losses) / len(losses)
""",
    explanation="A mean divides by how many there are. The last batch may be short, so count its rows: `len(losses)`. "
    "Dividing by the batch size would make its loss, and its gradient, too small.",
    repair=True,
    examine=_examine_mean,
    mistakes={
        "by batch size": Mistake(
            "A short batch is still divided by the full batch size, so its mean comes out too small.",
            "def mean_loss(losses, batch_size):\n    total = sum(losses)\n    return total / batch_size",
        ),
        "no division": Mistake(
            "This is the sum. A mean divides it by how many rows there are.",
            "def mean_loss(losses, batch_size):\n    return sum(losses)",
        ),
    },
)

UPDATE = Order(
    id="00.3",
    task="Put the parts of training in order.",
    lines={
        "A": "measure the loss of these answers",
        "B": "move every weight a little way down its slope",
        "C": "take the next batch of rows",
        "D": "find the slope of the loss for every weight (the gradient)",
        "E": "let the network answer for these rows",
    },
    rules=(
        ("C", "E", "The network can answer for the rows of a batch only once the batch is taken: C comes before E."),
        ("E", "A", "A loss compares answers with the truth, so the network must answer first: E comes before A."),
        ("A", "D", "The slope is the slope of the loss: measure the loss first, A before D."),
        ("D", "B", "A weight must know which way is down before it moves: find the gradient first, D before B."),
    ),
    hints=("What has to be at hand before the network can answer?", "The move of the weights, B, is the last."),
    solution='mb.check("00.3", "CEADB")',
    explanation="Take a batch, answer, measure, find the gradient, move: that is one update, and an epoch repeats it "
    "until every row was used.",
)

EXERCISES = [COUNT, MEAN, UPDATE]


def _outcome(lab):
    """What a run in batches of 32 and one with all rows at once reached, each after its five epochs."""
    rows, reached = len(lab.train), {}
    for run in lab.runs:
        size = run.cells["batch size"]
        asked = run.cells == {**run.cells, "learning rate": "0.1", "optimizer": "SGD", "hidden": 32}
        if asked and size in (32, rows) and run.finished and run.history["examples"][-1] == 5 * rows:
            reached[size] = run.history.measured("val_accuracy")[1][-1], run.history["number"][-1]
    if len(reached) < 2:
        return None
    (small, updates), (full, few) = reached[32], reached[rows]
    text = (
        f"Batches of 32 made {updates:,.0f} updates and read {small:.0%} of the validation rows right; "
        f"all rows at once made {few:,.0f} and read {full:.0%}."
    )
    return (1 if abs(small - full) < 0.02 else 0 if small > full else 2), text


PREDICTION = Prediction(
    question="A network is shown the same 3,934 pictures five times over: once in batches of 32, once all at once. "
    "Which of the two reads more digits right in the end?",
    options=("the one with batches of 32", "both the same: they saw the same pictures", "the one that saw all at once"),
    then="Press Train. Then drag the batch size all the way to the right, to “all”, and press Train again.",
    outcome=_outcome,
)

QUIZ = [
    Question(
        text="1,000 rows, batch_size=10. How many updates does one epoch have?",
        options=(
            ("100", "Yes: 1,000 rows / 10 a batch."),
            ("10", "That would be ten batches. batch_size=10 means ten rows in each batch."),
            ("1", "An epoch is not an update. Every batch makes one, and there are 1,000 / 10 batches."),
            ("1,000", "That is what batch size 1 would make: one update a row."),
        ),
        right=0,
    ),
    Question(
        text="While it trains, a framework prints “125/125”. What does it count?",
        options=(
            ("rows", "It counts batches. With 4,000 rows and batch size 32 there are 125 of them, and 4,000 rows."),
            ("epochs", "Within each epoch it counts again from 1; the epochs have a line of their own."),
            ("updates, one a batch", "Yes: with 4,000 rows and batch size 32 an epoch has 125 updates."),
        ),
        right=2,
    ),
    Question(
        text="You double the batch size and train for one epoch again. What changes?",
        options=(
            ("The network sees twice as many rows.", "An epoch is every row once, whatever the batch size."),
            ("The weights move half as often.", "Yes: the same rows, in half as many updates."),
            (
                "The loss curve gets jumpier.",
                "Smoother: a mean over more rows jumps less. You saw the jumps with batch size 1.",
            ),
        ),
        right=1,
    ),
]
