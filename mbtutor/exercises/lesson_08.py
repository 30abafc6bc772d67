"""Lesson 08: early stopping, dropout, a fair trial in order, and a conclusion that says no more than its data."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Order, Prediction, Question, Write, function_in, seen, short

TITLE = "Stop overfitting"

# (losses, patience): in the first case every known fault gives an answer of its own.
STOPS = (
    ([0.9, 0.7, 0.8, 0.75, 0.6, 0.65, 0.62, 0.61, 0.66, 0.5, 0.7, 0.8, 0.9, 0.4], 3),
    ([0.5, 0.5, 0.5, 0.4], 2),
    ([1.0, 0.8, 0.9, 0.7], 1),
    ([1.0, 0.9, 0.8], 5),
    ([0.3], 1),
)


def _examine_stop(early_stopping):
    for losses, patience in STOPS:
        got, right = _pair(early_stopping(list(losses), patience)), _stop(losses, patience)
        if got != right:
            raise NotYet(_fault_of_stop(got, losses, patience), seen(f"{losses}, patience={patience}", got, right))


def _stop(losses, patience):
    return function_in(STOP.solution)(losses, patience)


def _pair(got):
    if got is None:
        raise NotYet("Your function returns nothing. Does every way through it end in `return`?")
    returned = f"It returned `{short(got)}`."
    try:
        stop, best = got
        if stop is None:
            raise NotYet("no end", returned)
        pair = int(stop), int(best)
    except (TypeError, ValueError):
        raise NotYet("Return two whole numbers: `return stop, best`.", returned) from None
    if pair != (stop, best):
        raise NotYet("losses", returned)
    return pair


def _fault_of_stop(got, losses, patience):
    for name, mistake in STOP.mistakes.items():
        if function_in(mistake.code)(losses, patience) == got:
            return name
    return "That is not where the rule ends this run. Follow it by hand, one loss after the other."


def _stopping(waiting="waited += 1", lower="loss < losses[best]", enough="waited == patience", back="number, best"):
    """A solution of 08.1, or with another line in it a fault."""
    return f"""
def early_stopping(losses, patience):
    best, waited = 0, 0
    for number, loss in enumerate(losses):
        if {lower}:
            best, waited = number, 0
        elif number > 0:
            {waiting}
        if {enough}:
            break
    return {back}
"""


STOP = Write(
    id="08.1",
    task="Write early stopping.",
    starter='''
def early_stopping(losses, patience):
    """Return (stop, best): the number of the last validation made, and of the one whose weights are put back.

    losses: the validation losses in order, numbered from 0. The run stops after `patience` validations in a row
    without a loss below the lowest so far, or at the end of the list.
    """
    ...
''',
    hints=(
        "Go through the losses one by one. What must you remember on the way? Where the lowest was, and how many "
        "came since without a lower one.",
        "Set `best = 0` and `waited = 0`. For `number, loss in enumerate(losses)`: a loss below `losses[best]` makes "
        "`best = number` and `waited = 0`; any other one after the first adds 1 to `waited`.",
        "As soon as `waited == patience`, `return number, best`. After the loop, `return len(losses) - 1, best`.",
    ),
    solution="""
def early_stopping(losses, patience):
    best, waited = 0, 0
    for number, loss in enumerate(losses[1:], start=1):
        if loss < losses[best]:
            best, waited = number, 0
        else:
            waited += 1
        if waited == patience:
            return number, best
    return len(losses) - 1, best
""",
    explanation="Only what came before counts: when the run stops, nobody knows whether a lower loss would still have "
    "come. A large patience asks for more of the future, and pays for it in updates.",
    examine=_examine_stop,
    mistakes={
        "equal": Mistake(
            "An equal loss is no lower loss: it has to be `<`, so that a level curve uses patience up too.",
            _stopping(lower="loss <= losses[best]"),
        ),
        "previous": Mistake(
            "You compare each loss with the one before it. It must be lower than the lowest so far: `losses[best]`.",
            "def early_stopping(losses, patience):\n    best = waited = 0\n    for number in range(1, len(losses)):\n"
            "        waited = 0 if losses[number] < losses[number - 1] else waited + 1\n"
            "        best = number if losses[number] < losses[best] else best\n"
            "        if waited == patience:\n            return number, best\n    return len(losses) - 1, best",
        ),
        "not in a row": Mistake(
            "You count all validations without a lower loss. They must come in a row: a lower loss sets it to 0.",
            _stopping().replace("best, waited = number, 0", "best = number"),
        ),
        "too late": Mistake(
            "You stop one validation too late: patience is used up when `waited` equals it, not when it is larger.",
            _stopping(enough="waited > patience"),
        ),
        "future": Mistake(
            "Your best is the lowest loss of the whole list. At the stop the later ones have not been measured.",
            _stopping(back="number, losses.index(min(losses))"),
        ),
        "last": Mistake(
            "You put the weights of the last validation back. Those of the lowest loss are wanted: `best`.",
            _stopping(back="number, number"),
        ),
        "swapped": Mistake(
            "These two are swapped: first where it stops, then the best.", _stopping(back="best, number")
        ),
        "from one": Mistake(
            "The validations are numbered from 0, as the places of a list are.", _stopping(back="number + 1, best + 1")
        ),
        "losses": Mistake(
            "Return the numbers of two validations, such as 0, 1, 2, and not their losses.",
            _stopping(back="number, losses[best]"),
        ),
        "first counts": Mistake(
            "You count the first validation as one without a lower loss. Nothing came before it: it does not count.",
            _stopping().replace("elif number > 0", "else"),
        ),
        "too early": Mistake(
            "You stop too early: patience is used up when `waited` equals it, and not before.",
            _stopping(enough="waited >= patience - 1 and number"),
        ),
        "end": Mistake(
            "You count one too many at the end of the list: its last number is `len(losses) - 1`.",
            _stopping(back="(number if waited == patience else len(losses)), best"),
        ),
        "no end": Mistake(
            "A run that never uses up its patience stops at the last validation. Return its number, not None.",
            _stopping(back="(number if waited == patience else None), best"),
        ),
        "never stops": Mistake(
            "Your run never stops before the end of the list. Compare `waited` with `patience` after each loss.",
            _stopping(enough="False"),
        ),
    },
)


def _examine_dropout(dropout):
    X = np.linspace(1, 2, 6000).reshape(60, 100)
    for p, training in ((0.2, True), (0.5, True), (0.2, False), (0.0, True)):
        got = _array(dropout(X.copy(), p, training, np.random.default_rng(1)), X.shape)
        fault = _fault_of_dropout(got, X, p, training)
        if fault:
            given = f"60 x 100 numbers, p={p}, training={training}"
            raise NotYet(
                fault,
                f"Given {given}, it left {np.mean(got != 0):.0%} on, with mean {got.mean():.2f}; "
                f"right is about {1 - p if training else 1:.0%} on, with mean {X.mean():.2f}.",
            )


def _array(got, shape):
    if got is None:
        raise NotYet("Your function returns nothing. Does every way through it end in `return`?")
    try:
        got = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise NotYet("Return an array of numbers, as large as X.") from None
    if got.shape != shape:
        raise NotYet(f"The answer must have the shape of X, {shape}; yours has {got.shape}.")
    return got


def _fault_of_dropout(got, X, p, training):
    if not np.isfinite(got).all():
        return "NaN or infinity came out. Is something divided by 0?"
    if not training:
        return "" if np.allclose(got, X) else ("only scaled" if (got != 0).all() else "always")
    on = got != 0
    if p and on.all():
        return "never"
    if p and on.any() and any((on.mean(axis=axis) % 1 == 0).all() for axis in (0, 1)):  # each all on or all off
        return "together"
    factor = got[on] / X[on] if on.any() else np.zeros(1)
    if abs(on.mean() - (1 - p)) > 0.03:
        return "share"
    if np.allclose(factor, 1 / (1 - p)):
        return ""
    faults = {1.0: "not scaled", 1 - p: "wrong way", 1 / p if p else np.inf: "by p", 1 / on.mean(): "by luck"}
    known = [fault for size, fault in faults.items() if np.allclose(factor, size)]
    return known[0] if known else "Each number that is left on must become `X / (1 - p)`."


def _dropped(keep="rng.random(X.shape) >= p", scaled="X * keep / (1 - p)", off="X"):
    return (
        f"def dropout(X, p, training, rng):\n    if not training:\n        return {off}\n"
        f"    keep = {keep}\n    return {scaled}"
    )


DROPOUT = Write(
    id="08.2",
    task="Find the bug: the trained network answers differently each time, and dropout makes its numbers too small.",
    starter='''
def dropout(X, p, training, rng):
    """Return X with each number switched off with probability p while training; the mean stays what it was."""
    keep = rng.random(X.shape) >= p
    return X * keep
''',
    hints=(
        "Two things are wrong. What should happen to X when training is False? And what is the mean of 100 ones after "
        "20 of them were switched off?",
        "Outside training X comes back as it is. While training, of the numbers a share of 1 - p is left.",
        "Begin with `if not training: return X`, and end with `return X * keep / (1 - p)`.",
    ),
    solution="""
def dropout(X, p, training, rng):
    if not training:
        return X
    keep = rng.random(X.shape) >= p
    return X * keep / (1 - p)
""",
    explanation="A share of 1 - p is left on, so each of them is divided by 1 - p: the next layer gets as much as it "
    "is used to, with and without dropout. When the network is asked for an answer, nothing is left to chance.",
    repair=True,
    examine=_examine_dropout,
    mistakes={
        "always": Mistake(
            "Outside training numbers are still switched off at random. Return X as it is when `training` is False.",
            "def dropout(X, p, training, rng):\n    keep = rng.random(X.shape) >= p\n    return X * keep / (1 - p)",
        ),
        "only scaled": Mistake(
            "Outside training nothing is switched off any more, but X is still changed. Return it as it is.",
            _dropped(off="X / (1 - p)"),
        ),
        "not scaled": Mistake(
            "The right share is switched off, but the rest is not made larger for it: divide by `1 - p`.",
            _dropped(scaled="X * keep"),
        ),
        "wrong way": Mistake(
            "What is left on has become smaller. Dividing by `1 - p` makes it larger.",
            _dropped(scaled="X * keep * (1 - p)"),
        ),
        "by p": Mistake(
            "You divide by the share that is switched off. Divide by the share that is left: `1 - p`.",
            _dropped(scaled="X * keep / p if p else X"),
        ),
        "by luck": Mistake(
            "You divide by the share that happened to be left on. Divide by the one that is left on average: `1 - p`.",
            _dropped(scaled="X * keep / keep.mean()"),
        ),
        "never": Mistake(
            "While training nothing is switched off. Is `training` asked the right way round?",
            _dropped().replace("if not training", "if training"),
        ),
        "together": Mistake(
            "Whole rows or columns are switched off together. Draw for each number of X: `rng.random(X.shape)`.",
            _dropped(keep="rng.random(X.shape[1]) >= p"),
        ),
        "share": Mistake(
            "The share that is left on must be 1 - p; yours is another one.",
            _dropped(keep="rng.random(X.shape) < p", scaled="X * keep / p if p else X * keep"),
        ),
    },
)

TRIAL = Order(
    id="08.3",
    task="Put the steps of a fair trial in order.",
    lines={
        "A": "Train the settings so chosen again, with fresh rows and seeds.",
        "B": "For each batch size, keep the learning rate with the lowest mean validation loss.",
        "C": "Write down the question, what is measured, and the same budget of updates for all.",
        "D": "Take the differences pair by pair, and the confidence interval of their mean.",
        "E": "For each batch size, train with several learning rates.",
        "F": "Measure the trained networks on the test rows.",
    },
    rules=(
        ("C", "E", "Decide what counts before you have seen any result: C before E."),
        ("E", "B", "A rate can be kept only among those that were tried: E before B."),
        ("B", "A", "What is trained again is what was chosen: B before A."),
        ("A", "F", "The networks that are judged must be trained first: A before F."),
        ("F", "D", "Differences are taken between test results: F before D."),
    ),
    hints=(
        "What must be decided before the first run, so that no result can talk you into another question?",
        "After that: try rates, keep one for each batch size, train afresh, measure, compare.",
    ),
    solution='mb.check("08.3", "CEBAFD")',
    explanation="The question comes before the runs, the choice before the judgement, and what judges has had no part "
    "in the choice: neither the test rows nor the seeds.",
)

CONCLUSION = Choose(
    id="08.4",
    task="Choose the sentence that says no more than the data.",
    options={
        "A": "Dropout prevents overfitting.",
        "B": "Dropout lowered the test loss here; for the accuracy this trial cannot tell.",
        "C": "Dropout lowers the loss by 0.08 and raises the accuracy by 0.4 points.",
        "D": "Dropout makes no difference, because one of the two intervals holds 0.",
    },
    right="B",
    replies={
        "A": "One data set, one network and one dropout rate were tried, and no gap was measured at all.",
        "C": "The interval of the accuracy holds 0: a loss of points fits these runs as well. And “here” is missing.",
        "D": "The interval of the loss lies wholly below 0. And one that holds 0 does not show that there is nothing.",
    },
    hints=("Which of the two intervals holds 0?", "Where was it tried? Would you bet on another data set?"),
    solution='mb.check("08.4", "B")',
    explanation="An interval that leaves 0 out tells the direction, for this data and network. One that holds 0 tells "
    "that the trial was too small to see a difference of that size, if there is one.",
)

EXERCISES = [STOP, DROPOUT, TRIAL, CONCLUSION]

EPOCHS, ROWS = 150, 300  # of the run that is asked for
ROSE, STAYED = 1.1, 1.02  # a last validation loss that many times the lowest has risen, or stayed level


def _outcome(lab):
    """Whether the validation loss of the first finished run without help fell to the end, stayed or rose."""
    for run in lab.runs:
        if not run.finished or run.cells["rows"] != ROWS or run.history["examples"][-1] < EPOCHS * ROWS:
            continue
        helped = run.cells["patience"] != "off" or run.cells["dropout"] != "0" or run.cells["weight decay"] != "0"
        if not helped and run.cells["wrong labels"] == "20%":
            losses, train = (run.history.measured(name)[1] for name in ("val_loss", "loss"))
            text = f"The training loss fell to {train[-1]:.2f}. The validation loss fell to {losses.min():.2f} and "
            ratio = losses[-1] / losses.min()
            return (2 if ratio > ROSE else 1 if ratio > STAYED else 0), f"{text}ended at {losses[-1]:.2f}."
    return None


PREDICTION = Prediction(
    question="A network learns from 300 digits, 150 times over. Of every five of their labels, one is wrong. What does "
    "the loss on the validation rows do, whose labels are all right?",
    options=(
        "it falls to the end, like the training loss",
        "it falls, then stays level",
        "it falls, then rises again",
    ),
    then="Press Train and wait until the run has finished.",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 04: of twenty settings you keep the one with the best validation score. What about that score?",
    options=(
        ("It tells how good the network will be on new rows.", "It helped to choose, so part of it is luck."),
        ("It is likely too good; the test rows will tell.", "Yes: the best of many was partly lucky."),
        (
            "It is likely too bad, because validation rows are few.",
            "Few rows make it uncertain; choosing makes it too good.",
        ),
    ),
    right=1,
)

QUIZ = [
    Question(
        text="The training loss is 0.02 and falling, the validation loss 1.1 and rising. What would you try?",
        options=(
            ("train on: the loss is still falling", "That of the training rows. On new rows it gets worse."),
            (
                "go back to where the validation loss was lowest",
                "Yes, that is early stopping; more rows or dropout too.",
            ),
            ("more hidden units", "That gives it more room to learn rows by heart."),
        ),
        right=1,
    ),
    Question(
        text="The learning rate is 0.1, the weight decay 0.01, and the gradient of a weight is 0. What does an update "
        "of SGD do to this weight?",
        options=(
            ("nothing: its gradient is 0", "Decay pulls at every weight, whatever its gradient."),
            ("it takes 1% of it away", "The decay is multiplied by the learning rate: 0.1 times 0.01."),
            ("it takes 0.1% of it away", "Yes: w - 0.1 (0 + 0.01 w) = 0.999 w."),
            ("it takes 0.01 away", "It takes a share of the weight: a large weight loses more than a small one."),
        ),
        right=2,
    ),
    Question(
        text="With one learning rate for both and the same number of epochs, batch size 300 ends with the smaller gap "
        "between training and validation than batch size 10. What does that show?",
        options=(
            ("Large batches prevent overfitting.", "It made 30 times fewer updates: it may just not have learned yet."),
            ("Small batches prevent overfitting.", "Theirs is the larger gap here; but the comparison is not fair."),
            (
                "Little: the two had neither equal updates nor fitting rates.",
                "Yes. Look at the losses too, not only the gap.",
            ),
        ),
        right=2,
    ),
]
