"""Lesson A3: the answer of an ensemble, the mean of weights along a run, and what one network alone can gain."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short

TITLE = "Average an ensemble"


def _softmax(scores, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


# Scores of each member for each row, (members, rows, classes). In the first two arrays every known mistake gives itself
# away; the third has two classes, the fourth another number of everything.
SCORES = (
    np.array(
        [
            [[2.5, 0.0, -3.0], [-2.0, 3.0, 1.5], [-6.5, -5.0, -0.5]],
            [[1.5, -4.5, -5.0], [-1.0, -3.0, -1.5], [0.5, 0.0, 0.0]],
            [[-1.0, -4.0, 4.5], [0.0, -4.5, -1.0], [2.5, 1.5, -1.5]],
        ]
    ),
    np.array(
        [
            [[-3.5, 1.0, 1.5], [-2.5, -0.5, -3.5], [1.5, 2.0, 1.5]],
            [[-5.0, -1.5, -0.5], [-1.5, -0.5, 3.5], [-3.0, 2.0, 1.5]],
            [[4.5, 1.0, 4.0], [-1.0, 0.5, -0.5], [3.0, -1.5, 0.0]],
        ]
    ),
    np.array([[[0.5, 0.1], [0.0, 3.0], [1.0, 2.0], [4.0, -1.0]]]),
    np.random.default_rng(3).normal(0, 3, size=(5, 12, 4)),
)


def _examine_answers(answers):
    for scores in SCORES:
        got = answers(scores.copy())
        if got is None:
            raise NotYet("Your function returns nothing. Does it end in `return`?")
        try:
            numbers = np.asarray(got).astype(float)
        except (TypeError, ValueError):
            raise NotYet(f"Return an array of class numbers; got {short(got)}.") from None
        right = _softmax(scores).mean(axis=0).argmax(axis=-1)
        if not np.array_equal(numbers, right):
            fault = _fault_of_answers(numbers, scores, right)
            given = f"scores={np.round(scores, 1).tolist()}"
            raise NotYet(fault, seen(given, np.asarray(got).tolist(), right.tolist()))


def _fault_of_answers(got, scores, right):
    P = _softmax(scores)
    votes = np.eye(scores.shape[-1])[scores.argmax(axis=-1)].sum(axis=0)
    faults = {
        "probabilities": P.mean(axis=0),
        "each member": scores.argmax(axis=-1),
        "over the rows": P.mean(axis=1).argmax(axis=-1),
        "scores": scores.mean(axis=0).argmax(axis=-1),
        "vote": votes.argmax(axis=-1),
        "the surest": P.max(axis=0).argmax(axis=-1),
        "softmax over rows": _softmax(scores, axis=1).mean(axis=0).argmax(axis=-1),
        "softmax over members": _softmax(scores, axis=0).mean(axis=0).argmax(axis=-1),
        "softmax over everything": _softmax(scores, axis=(0, 1, 2)).mean(axis=0).argmax(axis=-1),
    }
    for name, wrong in faults.items():
        if got.shape == wrong.shape and np.allclose(got, wrong):
            return name
    if got.shape != right.shape:
        return f"One class number for each row, shape {right.shape}; got shape {got.shape}."
    return "These are not the classes with the highest mean probability."


_START = "def answers(scores):\n    "
_POWERS = "e = np.exp(scores - scores.max(axis={0}, keepdims=True))\n    p = e / e.sum(axis={0}, keepdims=True)\n    "
_NUMPY = "import numpy as np\n\n\n"

ANSWERS = Write(
    id="A3.1",
    task="Write the answer of an ensemble.",
    starter='''
def answers(scores):
    """Return the class of each row, (n,). scores: (members, n, K), what each network puts out, before the softmax."""
    ...
''',
    hints=(
        "Three steps: the softmax of each member's scores, the mean over the members, the largest of each row.",
        "The classes are the last axis, the members the first: `axis=-1` for the softmax, `axis=0` for the mean.",
        "`p = np.exp(scores)`, then `p = p / p.sum(axis=-1, keepdims=True)`, then "
        "`return p.mean(axis=0).argmax(axis=-1)`.",
    ),
    solution="""
import numpy as np


def answers(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p.mean(axis=0).argmax(axis=-1)
""",
    explanation="A member that is sure counts for more than one that wavers, but no member can count for more than 1: "
    "that is what the softmax sees to. (The largest score is subtracted so that no power overflows.)",
    examine=_examine_answers,
    mistakes={
        "probabilities": Mistake(
            "These are the mean probabilities. Return the class of each row: where is the largest?",
            _NUMPY + _START + _POWERS.format(-1) + "return p.mean(axis=0)",
        ),
        "each member": Mistake(
            "That is the answer of every member. One answer a row is wanted, of all members together.",
            _START + "return scores.argmax(axis=-1)",
        ),
        "over the rows": Mistake(
            "The mean was taken over the rows. The members are the first axis: `mean(axis=0)`.",
            _NUMPY + _START + _POWERS.format(-1) + "return p.mean(axis=1).argmax(axis=-1)",
        ),
        "scores": Mistake(
            "You average the scores (or multiply the probabilities, which is the same): a member with large scores "
            "then outweighs all others. Take the softmax first, then the mean.",
            _START + "return scores.mean(axis=0).argmax(axis=-1)",
        ),
        "vote": Mistake(
            "That is a vote: a member that wavers counts as much as one that is sure. Average the probabilities.",
            _NUMPY + _START + "votes = np.eye(scores.shape[-1])[scores.argmax(axis=-1)]\n    "
            "return votes.sum(axis=0).argmax(axis=-1)",
        ),
        "the surest": Mistake(
            "You follow the member that is surest. Take the mean over the members, not the largest.",
            _NUMPY + _START + _POWERS.format(-1) + "return p.max(axis=0).argmax(axis=-1)",
        ),
        "softmax over rows": Mistake(
            "The softmax went down the rows. Probabilities add up to 1 over the classes, the last axis.",
            _NUMPY + _START + _POWERS.format(1) + "return p.mean(axis=0).argmax(axis=-1)",
        ),
        "softmax over members": Mistake(
            "The softmax went over the members. Probabilities add up to 1 over the classes, the last axis.",
            _NUMPY + _START + _POWERS.format(0) + "return p.mean(axis=0).argmax(axis=-1)",
        ),
        "softmax over everything": Mistake(
            "One sum was taken over everything. Each row of each member has a softmax of its own: "
            "`sum(axis=-1, keepdims=True)`.",
            _NUMPY + _START + "p = np.exp(scores) / np.exp(scores).sum()\n    return p.mean(axis=0).argmax(axis=-1)",
        ),
    },
)


class _Training:
    """A stand-in for a training run: every time it is asked it moves `weights` in place, as `mb.train` does."""

    def __init__(self, steps):
        self.weights, self._steps = np.zeros(len(steps[0])), steps

    def __iter__(self):
        for step in self._steps:
            self.weights -= step
            yield


STEPS = (
    (2, np.array([[-4.0, 0.0], [-1.0, 2.0], [3.0, -1.0], [0.0, -7.0], [1.0, 2.0]])),
    (1, np.array([[1.0, -3.0, 0.5], [2.0, 2.0, -1.0], [-6.0, 0.5, 4.0]])),
    (0, np.array([[1.0], [3.0], [-2.0]])),
)


def _examine_mean(average_path):
    for skip, steps in STEPS:
        training = _Training(steps)
        got = average_path(training.weights, training, skip)
        if got is None:
            raise NotYet("Your function returns nothing. Does it end in `return`?")
        try:
            got = np.array(got, dtype=float)
        except (TypeError, ValueError):
            raise NotYet(f"Return an array of weights; got {short(got)}.") from None
        path = -np.cumsum(steps, axis=0)
        right = path[skip:].mean(axis=0)
        if got.shape != right.shape:
            raise NotYet(f"The mean must have the shape of the weights, {right.shape}; got {got.shape}.")
        if not np.allclose(got, right):
            given = f"skip={skip}, weights after each update: {path.tolist()}"
            raise NotYet(_fault_of_mean(got, path, skip), seen(given, got.tolist(), right.tolist()))


def _fault_of_mean(got, path, skip):
    kept = path[skip:]
    faults = {
        "last": path[-1],
        "all": path.mean(axis=0),
        "one less": path[skip + 1 :].mean(axis=0),
        "one more": path[max(0, skip - 1) :].mean(axis=0),
        "sum": kept.sum(axis=0),
        "divided by all": kept.sum(axis=0) / len(path),
        "first": kept[0],
    }
    return next((name for name, wrong in faults.items() if np.allclose(got, wrong)), "That is not their mean.")


def _averaging(line="kept.append(weights.copy())", condition="number >= skip", end="np.mean(kept, axis=0)"):
    return f"""
import numpy as np


def average_path(weights, run, skip):
    kept = []
    for number, _ in enumerate(run):
        if {condition}:
            {line}
    return {end}
"""


MEAN = Write(
    id="A3.2",
    task="Find the bug: the mean of the weights along a run comes out as the last weights.",
    starter='''
def average_path(weights, run, skip):
    """Return the mean of the weights after each update of `run`, without the first `skip` updates.

    weights: the array that every update of the run changes in place.
    """
    kept = []
    for number, _ in enumerate(run):
        if number >= skip:
            kept.append(weights)
    return np.mean(kept, axis=0)
''',
    hints=(
        "What does the list hold in the end? Print `kept[0] is kept[1]`.",
        "The list holds one array many times over, and the training goes on changing it.",
        "Keep a copy of each: `kept.append(weights.copy())`.",
    ),
    solution="""
import numpy as np


def average_path(weights, run, skip):
    kept = []
    for number, _ in enumerate(run):
        if number >= skip:
            kept.append(weights.copy())
    return np.mean(kept, axis=0)
""",
    explanation="Training writes the new weights into the same array, so the list held its last state many times. "
    "Adding up, as `total = total + weights` does, needs no copies and no list.",
    repair=True,
    may_change_input=True,  # the run does
    examine=_examine_mean,
    mistakes={
        "last": Mistake(
            "Still the last weights. The list holds one array many times, and the training changes it in place.",
            _averaging("kept.append(weights)"),
        ),
        "all": Mistake(
            "All updates are averaged now. Leave out the first `skip`: they were still on their way.",
            _averaging(condition="True"),
        ),
        "one less": Mistake(
            "One update too few: `skip` are left out, and `number` counts from 0.",
            _averaging(condition="number > skip"),
        ),
        "one more": Mistake(
            "One update too many: `skip` are left out, and `number` counts from 0.",
            _averaging(condition="number + 1 >= skip"),
        ),
        "sum": Mistake("That is their sum. Divide by how many there are.", _averaging(end="np.sum(kept, axis=0)")),
        "divided by all": Mistake(
            "The sum was divided by the number of all updates. Divide by how many were kept.",
            _averaging(end="np.sum(kept, axis=0) / (number + 1)"),
        ),
        "first": Mistake("That is the first of the weights that are kept. Take the mean.", _averaging(end="kept[0]")),
    },
)

SHIP = Choose(
    id="A3.3",
    task="Choose what to do where only one network fits.",
    options={
        "A": "train five networks with five seeds, and average their weights",
        "B": "train five networks with five seeds, and keep the one with the lowest validation error",
        "C": "train one network, and average its weights along the last part of the run",
        "D": "train one network with all rows in each batch, and average its weights along the last part of the run",
    },
    right="C",
    replies={
        "A": "They lie in different places, and what lies in the middle is a poor network: see the table above.",
        "B": "That works, and costs five trainings. The mean along one run came out lower, for the price of one.",
        "D": "Without the noise of batches there is nothing to average out: the last weights and the mean are alike.",
    },
    hints=(
        "Where do the weights of two networks with different seeds lie, and where those of one run?",
        "What is averaged out along a run? Look at the table by batch size.",
    ),
    solution='mb.check("A3.3", "C")',
    explanation="Along the last part of one run the weights jitter around one place, because every batch pulls another "
    "way. Their mean is nearer to that place, and is one network: as quick to ask as any other.",
)

EXERCISES = [ANSWERS, MEAN, SHIP]

ENOUGH = 4  # members whose mean answers the prediction


def _outcome(lab):
    """What became of the mean beside its members; None before there are four that differ."""
    if lab.ensemble is None or len(lab.ensemble) < ENOUGH or lab.runs[-1].cells["differ in"] == "nothing":
        return None
    alone = [1 - float((answers == lab.val.y).mean()) for answers in lab.answers]
    mean = 1 - lab.ensemble.evaluate(lab.val)["accuracy"]
    best, average = min(alone), sum(alone) / len(alone)
    text = f"{len(alone)} members read {best:.1%} to {max(alone):.1%} wrong, {average:.1%} on average; "
    text += f"their mean reads {mean:.1%} wrong."
    if mean < best:
        return 2, text
    return (1 if mean < average else 0), text


PREDICTION = Prediction(
    question="Four networks are trained on the same rows, with four seeds. Each row is then given to all four, and the "
    "mean of their probabilities decides. How many rows does the mean read wrong?",
    options=(
        "about as many as its members do on average",
        "fewer than that, but not fewer than the best member",
        "fewer than the best member",
    ),
    then="Press Train, and wait until four members are ready.",
    outcome=_outcome,
)

QUIZ = [
    Question(
        text="Why can the mean of four networks read fewer rows wrong than the best of the four?",
        options=(
            ("They make different mistakes: where one is wrong, most others are right.", "Yes."),
            ("The mean follows the best member.", "It does not know which one that is. All count alike."),
            ("Four networks have seen four times as many rows.", "All have seen the same rows."),
        ),
        right=0,
    ),
    Question(
        text="The error of an ensemble falls from 1 member to 4, and hardly from 8 to 16. Why not on to 0?",
        options=(
            ("The later members are trained worse.", "All are trained alike."),
            ("Some rows are hard for most members: adding more of them does not help there.", "Yes."),
            ("The mean of 16 numbers is rounded.", "Rounding is far too small to matter here."),
        ),
        right=1,
    ),
    Question(
        text="The weights along the last part of a run are averaged. With batches of 8 the error falls, with all rows "
        "in a batch it stays. Why?",
        options=(
            ("A full batch has fewer weights to average.", "The network has as many weights at every batch size."),
            ("A full batch is better anyway.", "After the mean, the small batches were at least as good."),
            ("Only small batches make the weights jitter, and it is the jitter that cancels.", "Yes."),
        ),
        right=2,
    ),
]

RECALL = Question(
    text="From lesson 04: a network is trained twice, once with seed 0 and once with seed 1. The second reads fewer "
    "validation rows wrong. What do you know?",
    options=(
        ("Seed 1 is better: use it from now on.", "On other rows, or with other settings, another seed may lead."),
        ("How much chance alone can do.", "Yes: first weights and the order of the rows make that difference."),
        ("The first network was not trained long enough.", "Both made the same updates."),
    ),
    right=1,
)
