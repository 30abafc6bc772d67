"""Lesson A1: Huber's loss, a loss that overflows, a loss for late parcels, and a rate for a summed loss."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short

TITLE = "Choose a loss function"

ERRORS = np.array([0.0, 0.5, -0.5, 1.0, -2.0, 3.0, -0.25, 12.0])
DELTAS = 1.0, 2.0, 0.5


def _examine_huber(huber):
    for delta in DELTAS:
        losses, slopes = _pair(huber(ERRORS, delta))
        right_losses, right_slopes = _huber(ERRORS, delta)
        if np.allclose(losses, right_losses) and np.allclose(slopes, right_slopes):
            continue
        place = int(np.argmax(~np.isclose(losses, right_losses) | ~np.isclose(slopes, right_slopes)))
        given = f"an error of {ERRORS[place]:g} (among others) and delta={delta:g}"
        got, right = (losses[place], slopes[place]), (right_losses[place], right_slopes[place])
        raise NotYet(_fault_of_huber(losses, slopes, delta), seen(given, _plain(got), _plain(right)))


def _huber(errors, delta):
    size = np.abs(errors)
    return np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2)), np.clip(errors, -delta, delta)


def _plain(numbers):
    """The numbers as a tuple of Python's own, rounded so that they can be read."""
    return tuple(round(float(number), 6) for number in numbers)


def _pair(got):
    """Two arrays as long as ERRORS, from what a learner's function returned; NotYet where it is something else."""
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    try:
        losses, slopes = (np.asarray(part, dtype=float) for part in got)
    except (TypeError, ValueError):
        raise NotYet(f"Return two arrays, `return losses, slopes`; got {short(got)}.") from None
    if losses.shape != ERRORS.shape or slopes.shape != ERRORS.shape:
        shapes = f"got {losses.shape} and {slopes.shape}"
        raise NotYet(f"Losses and slopes need a number for each error, shape {ERRORS.shape}; {shapes}.")
    return losses, slopes


def _fault_of_huber(losses, slopes, delta):
    size = np.abs(ERRORS)
    right_losses, right_slopes = _huber(ERRORS, delta)
    wrong_losses = {
        "not halved": np.where(size <= delta, ERRORS**2, delta * (size - delta / 2)),
        "a jump": np.where(size <= delta, ERRORS**2 / 2, delta * size),
        "delta taken off whole": np.where(size <= delta, ERRORS**2 / 2, delta * (size - delta)),
        "cases swapped": np.where(size > delta, ERRORS**2 / 2, delta * (size - delta / 2)),
        "over delta": right_losses / delta,
        "slopes first": right_slopes,
        "only squared": ERRORS**2 / 2,
        "sign lost": np.where(delta >= ERRORS, ERRORS**2 / 2, delta * (ERRORS - delta / 2)),
    }
    for name, values in wrong_losses.items():
        if np.allclose(losses, values) and not np.allclose(values, right_losses):
            return name
    if not np.allclose(losses, right_losses):
        return "These are not the losses yet."
    wrong_slopes = {
        "slope without a sign": np.where(size <= delta, ERRORS, delta),
        "slope 1": np.where(size <= delta, ERRORS, np.sign(ERRORS)),
        "slope not held": ERRORS,
        "slope of the square": np.where(size <= delta, 2 * ERRORS, delta * np.sign(ERRORS)),
        "slope the other way": -right_slopes,
        "slope shared out": right_slopes / len(ERRORS),
    }
    for name, values in wrong_slopes.items():
        if np.allclose(slopes, values) and not np.allclose(values, right_slopes):
            return name
    return "The losses are right; the slopes are not yet."


HUBER = Write(
    id="A1.1",
    task="Write Huber's loss and its slope.",
    starter='''
def huber(errors, delta):
    """Return (losses, slopes) of Huber's loss, a number for each error. errors: (n,); delta: where it gets straight."""
    ...
''',
    hints=(
        "Two cases, by the size of the error: `np.abs(errors) <= delta` is True for the small ones. "
        "`np.where(condition, a, b)` takes from a where it is True, else from b.",
        "Small: loss e² / 2, slope e. Large: loss delta (|e| - delta / 2), slope delta with the sign of e.",
        "`np.clip(errors, -delta, delta)` gives all the slopes at once.",
    ),
    solution="""
import numpy as np


def huber(errors, delta):
    size = np.abs(errors)
    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2))
    slopes = np.clip(errors, -delta, delta)
    return losses, slopes
""",
    explanation="Near the target it is a parabola, so that the slope shrinks and the fit can come to rest. Far away it "
    "is straight, and no single row can pull harder than delta.",
    examine=_examine_huber,
    mistakes={
        "not halved": Mistake(
            "A small error costs half its square, or the loss jumps where the two cases meet.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2, delta * (size - delta / 2))\n"
            "    return losses, np.clip(errors, -delta, delta)",
        ),
        "a jump": Mistake(
            "At an error of delta the loss jumps from half of delta squared to twice as much. Take `delta / 2` from "
            "the size first.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2, delta * size)\n"
            "    return losses, np.clip(errors, -delta, delta)",
        ),
        "delta taken off whole": Mistake(
            "At an error of delta the loss falls back to 0. Take `delta / 2` from the size, not all of delta.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta))\n"
            "    return losses, np.clip(errors, -delta, delta)",
        ),
        "cases swapped": Mistake(
            "The two cases are swapped: small errors are squared, large ones lie on a straight line.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size > delta, errors**2 / 2, delta * (size - delta / 2))\n"
            "    return losses, np.clip(errors, -delta, delta)",
        ),
        "over delta": Mistake(
            "This is Huber's loss divided by delta, which some libraries call smooth L1. Here nothing is divided.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2 / delta, size - delta / 2)\n"
            "    return losses, np.clip(errors / delta, -1, 1)",
        ),
        "slopes first": Mistake(
            "These two are swapped: first the losses, then the slopes.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2))\n"
            "    return np.clip(errors, -delta, delta), losses",
        ),
        "only squared": Mistake(
            "This is half the squared error for every error. Beyond delta the loss must go on as a straight line.",
            "def huber(errors, delta):\n    return errors**2 / 2, errors",
        ),
        "sign lost": Mistake(
            "A large error below zero is taken for a small one. Compare its size, `np.abs(errors)`, with delta.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n"
            "    losses = np.where(errors <= delta, errors**2 / 2, delta * (errors - delta / 2))\n"
            "    return losses, np.clip(errors, -delta, delta)",
        ),
        "slope without a sign": Mistake(
            "The losses are right. But a large error below zero needs the slope -delta: the loss falls to the right.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2))\n"
            "    return losses, np.where(size <= delta, errors, delta)",
        ),
        "slope 1": Mistake(
            "The losses are right. The straight part rises by delta for each step of 1, not by 1.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2))\n"
            "    return losses, np.where(size <= delta, errors, np.sign(errors))",
        ),
        "slope not held": Mistake(
            "The losses are right. The slopes are those of a parabola everywhere: beyond delta they must stay at "
            "delta.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2))\n"
            "    return losses, errors",
        ),
        "slope of the square": Mistake(
            "The losses are right. The slope of half a square, e² / 2, is e, not 2e.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2))\n"
            "    return losses, np.where(size <= delta, 2 * errors, delta * np.sign(errors))",
        ),
        "slope the other way": Mistake(
            "The losses are right. The slopes have the wrong sign: where the error is above 0, the loss rises with it.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2))\n"
            "    return losses, -np.clip(errors, -delta, delta)",
        ),
        "slope shared out": Mistake(
            "The losses are right. Each slope here is that of one error alone: do not divide by their number.",
            "import numpy as np\n\n\ndef huber(errors, delta):\n    size = np.abs(errors)\n"
            "    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2))\n"
            "    return losses, np.clip(errors, -delta, delta) / len(errors)",
        ),
    },
)

# Scores and right answers; in the later cases a chance rounds to exactly 0 or 1.
SCORES = (
    ([0.5, -1.0, 2.0], [1, 0, 0]),
    ([3.0], [1]),
    ([40.0, -1.0], [0, 1]),
    ([-40.0], [0]),
    ([-800.0, 800.0, 1.0], [1, 0, 1]),
)


def _examine_binary(binary_cross_entropy):
    for scores, y in SCORES:
        scores, y = np.array(scores), np.array(y)
        with np.errstate(all="ignore"):
            got = _number(binary_cross_entropy(scores, y))
        right = float((np.logaddexp(0, scores) - y * scores).mean())
        if not np.isclose(got, right, rtol=1e-5):
            given = f"scores={scores.tolist()}, y={y.tolist()}"
            raise NotYet(_fault_of_binary(got, scores, y), seen(given, got, round(right, 6)))


def _number(got):
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    try:
        value = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        value = np.empty(2)
    if value.size != 1:
        raise NotYet(f"The answer must be one number, the mean over the rows; got {short(got)}.")
    return value.item()


def _fault_of_binary(got, scores, y):
    losses = np.logaddexp(0, scores) - y * scores
    if not np.isfinite(got):
        return "still infinite"
    wrong = {
        "a sum": [losses.sum()],
        "answers swapped": [(np.logaddexp(0, scores) - (1 - y) * scores).mean()],
        "half of it": [np.logaddexp(0, scores).mean(), np.logaddexp(0, -scores).mean(), (-y * scores).mean()],
        "turned round": [-losses.mean()],
    }
    for name, values in wrong.items():
        if len(scores) > 1 and np.isclose(got, values).any():
            return name
    if np.abs(scores).max() >= 40:
        return "cut off"
    return "That is not the mean of the losses yet."


BINARY = Write(
    id="A1.2",
    task="Find the bug: the loss becomes nan as soon as the network is very sure.",
    starter='''
import numpy as np


def binary_cross_entropy(scores, y):
    """Return the mean loss of yes/no answers. scores: (n,), for yes; y: (n,), 1 for yes and 0 for no."""
    p = 1 / (1 + np.exp(-scores))
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
''',
    hints=(
        "Try it with a score of 40. What is `p`, what is `1 - p`, and what is the logarithm of that?",
        "Leave out p. With a pencil: -ln p is ln(1 + exp(s)) - s, and -ln(1 - p) is ln(1 + exp(s)).",
        "Both in one line: ln(1 + exp(s)) - y s. `np.logaddexp(0, scores)` is ln(1 + exp(s)), and it cannot overflow.",
    ),
    solution="""
import numpy as np


def binary_cross_entropy(scores, y):
    return (np.logaddexp(0, scores) - y * scores).mean()
""",
    explanation="From a score of about 37 on, p is rounded to 1, and the logarithm of 1 - p = 0 is minus infinity. "
    "Taken from the scores, the loss stays exact. This is why losses want scores, not probabilities.",
    repair=True,
    examine=_examine_binary,
    mistakes={
        "still infinite": Mistake(
            "Still no finite number where the network is very sure: somewhere `np.exp` overflows or `np.log` meets 0.",
            "import numpy as np\n\n\ndef binary_cross_entropy(scores, y):\n    p = 1 / (1 + np.exp(-scores))\n"
            "    return -np.where(y == 1, np.log(p), np.log(1 - p)).mean()",
        ),
        "cut off": Mistake(
            "Finite, but wrong where the network is very sure: limiting p cuts the loss off. There it has no slope "
            "left, and nothing is learned. Compute it from the scores, without p.",
            "import numpy as np\n\n\ndef binary_cross_entropy(scores, y):\n"
            "    p = np.clip(1 / (1 + np.exp(-scores)), 1e-12, 1 - 1e-12)\n"
            "    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()",
        ),
        "a sum": Mistake(
            "This is the sum over the rows: it would grow with the batch. Take the mean.",
            "import numpy as np\n\n\ndef binary_cross_entropy(scores, y):\n"
            "    return (np.logaddexp(0, scores) - y * scores).sum()",
        ),
        "answers swapped": Mistake(
            "Yes and no are swapped: a high score must cost little where y is 1.",
            "import numpy as np\n\n\ndef binary_cross_entropy(scores, y):\n"
            "    return (np.logaddexp(0, scores) - (1 - y) * scores).mean()",
        ),
        "half of it": Mistake(
            "One of the two parts is missing: the loss is ln(1 + exp(s)) minus y times s.",
            "import numpy as np\n\n\ndef binary_cross_entropy(scores, y):\n    return np.logaddexp(0, scores).mean()",
        ),
        "turned round": Mistake(
            "The sign is wrong: a loss is 0 at best, and above 0 otherwise.",
            "import numpy as np\n\n\ndef binary_cross_entropy(scores, y):\n"
            "    return (y * scores - np.logaddexp(0, scores)).mean()",
        ),
    },
)

PARCELS = Choose(
    id="A1.3",
    task="Choose a loss for late parcels.",
    options={
        "A": "the squared error",
        "B": "Huber's loss, with delta at a few hours",
        "C": "cross-entropy over 400 classes, one for each hour",
        "D": "binary cross-entropy",
    },
    right="B",
    replies={
        "A": "Squared, the parcels that were lost for weeks pull hardest, and the answer for every other one suffers.",
        "C": "To cross-entropy hour 20 instead of 21 is as wrong as hour 400. The hours are numbers, with an order.",
        "D": "That is for yes or no, such as 'will it be late?'. Here a number is asked for.",
    },
    hints=(
        "Is the answer a class or a number? And what do the few odd rows do to each loss?",
        "Which loss is squared for the usual errors and straight for those of weeks?",
    ),
    solution='mb.check("A1.3", "B")',
    explanation="A number to be hit, with a few rows that are far off and not to be believed: Huber's loss. With the "
    "absolute error it would do as well; its answer is the median.",
)

RATE = Choose(
    id="A1.4",
    task="Choose the learning rate for a summed loss.",
    options={"A": "0.004", "B": "0.001", "C": "0.00025", "D": "0.032"},
    right="C",
    replies={
        "A": "That makes each update longer still. The sum over 128 rows has already grown four times.",
        "B": "That is the old rate. The sum over 128 rows is about four times that over 32: four times as far.",
        "D": "That is 32 times the old rate: what a mean over 32 rows would need. This program still adds up.",
    },
    hints=(
        "How much longer is the gradient of a sum over 128 rows than one over 32 rows, roughly?",
        "With a sum, rate times batch size is what a mean would call its rate. Keep it the same.",
    ),
    solution='mb.check("A1.4", "C")',
    explanation="0.001 times 32 is 0.032, the rate that a mean would need; 0.032 / 128 = 0.00025. With a mean "
    "there is nothing to work out.",
)

EXERCISES = [HUBER, BINARY, PARCELS, RATE]

SURE, STEPS = -6.0, 10  # the prediction's question: so sure of the wrong answer, and after so many steps of rate 1
ENDS = {(False, True): 0, (True, False): 1, (True, True): 2, (False, False): 3}  # (squared error, cross-entropy) right


def _outcome(lab):
    """Where the newest walk of the question has led; None where there was none."""
    for walk in reversed(lab.walks):
        asked = (walk.start, walk.answer) in ((SURE, "yes"), (-SURE, "no"))
        if asked and len(walk.rates) >= STEPS and set(walk.rates[:STEPS]) == {1}:
            at = {name: way[STEPS] for name, way in walk.places.items()}
            right = tuple(score * walk.start < 0 for score in at.values())
            ends = ", by ".join(f"{name} to {score:.2f}" for name, score in at.items())
            return ENDS[right], f"From {walk.start:g}, {STEPS} steps brought the score by {ends}."
    return None


PREDICTION = Prediction(
    question="The right answer is yes, but the network says no and is very sure: its score is -6, a 0.2% chance of "
    "yes. Ten steps downhill with learning rate 1: which loss brings the score above 0?",
    options=(
        "only cross-entropy",
        "only the squared error: squaring punishes a large error hardest",
        "both",
        "neither",
    ),
    then="Set the starting score to -6 and press Ten steps.",
    outcome=_outcome,
)

QUIZ = [
    Question(
        text="The right answer is yes, and the network gives it a probability of 0.001. Which loss pulls harder at the "
        "score?",
        options=(
            (
                "the squared error: large errors count squared",
                "The error of a probability is 1 at most, and its slope is multiplied by p (1 - p), here 0.001.",
            ),
            (
                "cross-entropy",
                "Yes: its slope is p - 1, here -0.999. It pulls hardest where the network is most wrong.",
            ),
            ("both alike: wrong is wrong", "Their slopes here are about -0.002 and -0.999."),
        ),
        right=1,
    ),
    Question(
        text="A program adds up the losses of a batch. Someone doubles its batch size and leaves the learning rate "
        "as it is. What changes?",
        options=(
            ("Each update goes about twice as far.", "Yes: twice as many slopes add up. Half the rate would undo it."),
            (
                "Each update goes half as far, as more rows share it.",
                "Sharing would be a mean. A sum grows with each row.",
            ),
            (
                "Nothing: a learning rate means the same at every batch size.",
                "That is what a mean gives you. This program adds up.",
            ),
            (
                "Each epoch sees twice as many rows.",
                "An epoch is one pass over all rows, at every batch size. It has half as many updates now.",
            ),
        ),
        right=0,
    ),
    Question(
        text="A picture may show a cat, a dog, both or neither. Which outputs and which loss?",
        options=(
            (
                "2 outputs, softmax and cross-entropy",
                "Softmax makes the two add up to 1: then it can't be both, nor neither.",
            ),
            ("2 outputs, binary cross-entropy", "Yes: two separate questions, each answered by yes or no."),
            (
                "1 output, squared error",
                "One number can't tell the four cases apart, and classes are no numbers to hit.",
            ),
        ),
        right=1,
    ),
]

RECALL = Question(
    text="From lesson 03: a network knows nothing yet and gives each of ten classes the same probability. What is its "
    "cross-entropy?",
    options=(
        ("0.1", "That is the probability of each class. The loss is minus its logarithm."),
        ("0.9", "That is how far 0.1 is from 1. Cross-entropy is minus the logarithm of 0.1."),
        ("2.30", "Yes: minus ln 0.1, which is ln 10."),
        ("10", "That is the number of classes. Its logarithm, ln 10, is the loss."),
    ),
    right=2,
)
