"""Lesson A2: the update of momentum, the correction of Adam's start, and which learning rate to try."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short

TITLE = "Choose an optimizer"


def _pair(got, shape, names):
    """The two arrays that a learner's update returns; NotYet where they are not that."""
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    try:
        first, second = (np.asarray(part, dtype=float) for part in got)  # weights alone are three numbers, no pair
    except (TypeError, ValueError):
        raise NotYet(f"Return two things: `return {names}`; got {short(got)}.") from None
    if first.shape != shape or second.shape != shape:
        raise NotYet(f"Both must have the shape of the gradient, {shape}; got {first.shape} and {second.shape}.")
    return first, second


def _close(one, other):
    return np.allclose(one, other, rtol=1e-5, atol=1e-12)  # wherever a tiny number keeps Adam from dividing by 0


def _rounded(numbers):
    """The array as a list that can be read."""
    return np.round(numbers, 6).tolist()


WEIGHTS, VELOCITY = np.array([1.0, -2.0, 0.5]), np.array([0.4, 1.0, -2.0])
# Gradient, learning rate and m of each update.
UPDATES = (([0.5, 4.0, -1.0], 0.1, 0.9), ([-1.0, 2.0, 0.0], 0.1, 0.9), ([3.0, 0.25, 1.0], 0.02, 0.5))


def _examine_momentum(momentum_update):
    weights, velocity = WEIGHTS, VELOCITY
    for gradient, lr, m in UPDATES:
        gradient = np.array(gradient)
        arrays = {"weights": weights, "gradient": gradient, "velocity": velocity}
        given = ", ".join(f"{name}={_rounded(array)}" for name, array in arrays.items()) + f", lr={lr}, m={m}"
        got = momentum_update(weights.copy(), gradient.copy(), velocity.copy(), lr, m)
        got = _pair(got, weights.shape, "weights, velocity")
        right = weights - lr * (m * velocity + gradient), m * velocity + gradient
        if not all(map(_close, got, right)):
            fault = _fault_of_momentum(got, weights, gradient, velocity, lr, m)
            raise NotYet(fault, seen(given, *(tuple(map(_rounded, pair)) for pair in (got, right))))
        weights, velocity = right


def _fault_of_momentum(got, weights, gradient, velocity, lr, m):
    new, faded = m * velocity + gradient, velocity + m * gradient
    mean, scaled = m * velocity + (1 - m) * gradient, m * velocity + lr * gradient
    fixed = 0.9 * velocity + gradient
    faults = {
        "uphill": (weights + lr * new, new),
        "old velocity": (weights - lr * velocity, new),
        "gradient only": (weights - lr * gradient, new),
        "velocity forgotten": (weights - lr * new, velocity),
        "m times the gradient": (weights - lr * faded, faded),
        "m times both": (weights - lr * m * (velocity + gradient), m * (velocity + gradient)),
        "nothing fades": (weights - lr * (velocity + gradient), velocity + gradient),
        "mean": (weights - lr * mean, mean),
        "Nesterov": (weights - lr * (gradient + m * new), new),
        "rate in the velocity": (weights - scaled, scaled),
        "rate in the velocity, downhill": (weights + m * velocity - lr * gradient, m * velocity - lr * gradient),
        "downhill": (weights + lr * (m * velocity - gradient), m * velocity - gradient),
        "no rate": (weights - new, new),
        "numbers fixed, both": (weights - 0.1 * fixed, fixed),
        "numbers fixed, m": (weights - lr * fixed, fixed),
        "numbers fixed, the rate": (weights - 0.1 * new, new),
        "swapped": (new, weights - lr * new),
    }
    for name, wrong in faults.items():
        if all(map(_close, got, wrong)):
            return name.partition(",")[0]
    return "That is not the update of momentum yet."


MOMENTUM = Write(
    id="A2.1",
    task="Write the update of momentum.",
    starter='''
def momentum_update(weights, gradient, velocity, lr, m):
    """Return (new weights, new velocity). All are arrays of one shape, but for the numbers lr and m."""
    ...
''',
    hints=(
        "First the velocity: m times the old one, plus the gradient.",
        "Then the weights: minus the learning rate times the *new* velocity.",
        "`velocity = m * velocity + gradient`, then `return weights - lr * velocity, velocity`.",
    ),
    solution="""
def momentum_update(weights, gradient, velocity, lr, m):
    velocity = m * velocity + gradient
    return weights - lr * velocity, velocity
""",
    explanation="The velocity adds up gradients and forgets a tenth of itself at each update (for m = 0.9). What all "
    "gradients agree on piles up; what changes its sign cancels.",
    examine=_examine_momentum,
    may_change_input=True,  # as optimizers do
    mistakes={
        "uphill": Mistake(
            "The weights go uphill: subtract the learning rate times the velocity.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = m * velocity + gradient\n"
            "    return weights + lr * velocity, velocity",
        ),
        "old velocity": Mistake(
            "The weights move by the old velocity. Compute the new one first, and use it.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n"
            "    return weights - lr * velocity, m * velocity + gradient",
        ),
        "gradient only": Mistake(
            "The weights move by the gradient alone, as in plain SGD. Move them by the new velocity.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n"
            "    return weights - lr * gradient, m * velocity + gradient",
        ),
        "velocity forgotten": Mistake(
            "The weights are right, but the old velocity is returned: the next update would start from nothing.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n"
            "    return weights - lr * (m * velocity + gradient), velocity",
        ),
        "m times the gradient": Mistake(
            "m belongs to the old velocity, which fades; the gradient counts in full.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = velocity + m * gradient\n"
            "    return weights - lr * velocity, velocity",
        ),
        "mean": Mistake(
            "That is a running mean, as Adam keeps it. Here the gradient counts in full: no factor 1 - m.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n"
            "    velocity = m * velocity + (1 - m) * gradient\n    return weights - lr * velocity, velocity",
        ),
        "m times both": Mistake(
            "m belongs to the old velocity alone: `m * velocity + gradient`, without brackets.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = m * (velocity + gradient)\n"
            "    return weights - lr * velocity, velocity",
        ),
        "nothing fades": Mistake(
            "The old velocity counts in full, so it would never slow down. Only m times of it is left.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = velocity + gradient\n"
            "    return weights - lr * velocity, velocity",
        ),
        "Nesterov": Mistake(
            "That is Nesterov's update, which looks one step ahead. Plain momentum subtracts lr times the velocity.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = m * velocity + gradient\n"
            "    return weights - lr * (gradient + m * velocity), velocity",
        ),
        "rate in the velocity": Mistake(
            "Some books put the learning rate into the velocity. In the table above it stays outside: "
            "v = m v + g, and lr times v moves the weights.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = m * velocity - lr * gradient\n"
            "    return weights + velocity, velocity",
        ),
        "downhill": Mistake(
            "In the table above the velocity adds up gradients, v = m v + g, and is subtracted; yours points downhill.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = m * velocity - gradient\n"
            "    return weights + lr * velocity, velocity",
        ),
        "no rate": Mistake(
            "The learning rate is missing: subtract lr times the velocity.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = m * velocity + gradient\n"
            "    return weights - velocity, velocity",
        ),
        "numbers fixed": Mistake(
            "Right for lr = 0.1 and m = 0.9, but these may be others: use what the function is given.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = 0.9 * velocity + gradient\n"
            "    return weights - lr * velocity, velocity",
        ),
        "swapped": Mistake(
            "These two are swapped: first the weights, then the velocity.",
            "def momentum_update(weights, gradient, velocity, lr, m):\n    velocity = m * velocity + gradient\n"
            "    return velocity, weights - lr * velocity",
        ),
    },
)

MEANS = ((1, [0.05, -0.2], [0.00025, 0.004]), (2, [0.1, 0.3], [0.001, 0.02]), (50, [0.4, -0.3], [0.2, 0.1]))


def _examine_adam(adam_step):
    for count, mean, square in MEANS:
        got = adam_step(np.array(mean), np.array(square), count, 0.01)
        if got is None:
            raise NotYet("Your function returns nothing. Does it end in `return`?")
        got = np.asarray(got, dtype=float)
        right = _adam(np.array(mean), np.array(square), count)
        if got.shape != (2,) or not _close(got, right):
            given = f"mean={mean}, square={square}, count={count}, lr=0.01"
            fault = _fault_of_adam(got, np.array(mean), np.array(square), count)
            raise NotYet(fault, seen(given, _rounded(got), _rounded(right)))


def _adam(mean, square, count):
    return 0.01 * mean / (1 - 0.9**count) / (np.sqrt(square / (1 - 0.999**count)) + 1e-8)


def _fault_of_adam(got, mean, square, count):
    first, second = 1 - 0.9**count, 1 - 0.999**count
    faults = {
        "not corrected": 0.01 * mean / (np.sqrt(square) + 1e-8),
        "mean not corrected": 0.01 * mean / (np.sqrt(square / second) + 1e-8),
        "square not corrected": 0.01 * mean / first / (np.sqrt(square) + 1e-8),
        "as if it were the first": 0.01 * mean / 0.1 / (np.sqrt(square / 0.001) + 1e-8),
        "no root": 0.01 * mean / first / (square / second + 1e-8),
        "uphill": -_adam(mean, square, count),
        "no rate": 100 * _adam(mean, square, count),
        "shares swapped": 0.01 * mean / second / (np.sqrt(square / first) + 1e-8),
        "multiplied": 0.01 * mean * first / (np.sqrt(square * second) + 1e-8),
        "counted on": _adam(mean, square, count + 1),
    }
    if count > 1:
        faults["counted on, one less"] = _adam(mean, square, count - 1)
    elif np.isnan(got).any():
        return "counted on"
    name = next((name for name, wrong in faults.items() if _close(got, wrong)), "That is not Adam's step yet.")
    return name.partition(",")[0]


ADAM = Write(
    id="A2.2",
    task="Find the bug: with a steady gradient, Adam's steps do not stay as long as the learning rate.",
    starter='''
def adam_step(mean, square, count, lr):
    """Return the step of update number `count`, counted from 1. mean, square: running means of g and of g**2."""
    mean = mean / (1 - 0.9)
    square = square / (1 - 0.999)
    return lr * mean / (square**0.5 + 1e-8)
''',
    hints=(
        "Both running means start at 0 and hold too little at first. After many updates nothing has to be made up for.",
        "At update 1 the mean holds a share 1 - 0.9 of the gradient, at update 2 a share 1 - 0.9 * 0.9, and so on.",
        "The powers are missing: `1 - 0.9**count` and `1 - 0.999**count`.",
    ),
    solution="""
def adam_step(mean, square, count, lr):
    mean = mean / (1 - 0.9**count)
    square = square / (1 - 0.999**count)
    return lr * mean / (square**0.5 + 1e-8)
""",
    explanation="A running mean that starts at 0 holds a share 1 - 0.9**count of what it should. Dividing by that "
    "share is right from the first update on, and fades away by itself as the power goes to 0.",
    repair=True,
    examine=_examine_adam,
    mistakes={
        "not corrected": Mistake(
            "Without the two divisions the first steps are wrong: both running means start at 0. Keep them.",
            "def adam_step(mean, square, count, lr):\n    return lr * mean / (square**0.5 + 1e-8)",
        ),
        "mean not corrected": Mistake(
            "The square is right now; the mean needs its power as well: `1 - 0.9**count`.",
            "def adam_step(mean, square, count, lr):\n    square = square / (1 - 0.999**count)\n"
            "    return lr * mean / (square**0.5 + 1e-8)",
        ),
        "square not corrected": Mistake(
            "The mean is right now; the square needs its power as well: `1 - 0.999**count`.",
            "def adam_step(mean, square, count, lr):\n    mean = mean / (1 - 0.9**count)\n"
            "    return lr * mean / (square**0.5 + 1e-8)",
        ),
        "as if it were the first": Mistake(
            "Still divided as if every update were the first. How often has each mean been updated? `count` says it.",
            "def adam_step(mean, square, count, lr):\n"
            "    return lr * mean / (1 - 0.9) / ((square / (1 - 0.999)) ** 0.5 + 1e-8)",
        ),
        "no root": Mistake(
            "The size of a gradient is the root of the mean square: keep the `**0.5`.",
            "def adam_step(mean, square, count, lr):\n    mean = mean / (1 - 0.9**count)\n"
            "    return lr * mean / (square / (1 - 0.999**count) + 1e-8)",
        ),
        "uphill": Mistake(
            "Right but for the sign. Here the step itself is returned; it is subtracted from the weights elsewhere.",
            "def adam_step(mean, square, count, lr):\n    mean = mean / (1 - 0.9**count)\n"
            "    square = square / (1 - 0.999**count)\n    return -lr * mean / (square**0.5 + 1e-8)",
        ),
        "no rate": Mistake(
            "Right but for the learning rate, which is missing: `lr * ...`.",
            "def adam_step(mean, square, count, lr):\n    mean = mean / (1 - 0.9**count)\n"
            "    square = square / (1 - 0.999**count)\n    return mean / (square**0.5 + 1e-8)",
        ),
        "shares swapped": Mistake(
            "The two powers are swapped: 0.9 belongs to the mean, 0.999 to the square.",
            "def adam_step(mean, square, count, lr):\n    mean = mean / (1 - 0.999**count)\n"
            "    square = square / (1 - 0.9**count)\n    return lr * mean / (square**0.5 + 1e-8)",
        ),
        "multiplied": Mistake(
            "Both hold too little at first, so they must be divided by their shares, not multiplied.",
            "def adam_step(mean, square, count, lr):\n    mean = mean * (1 - 0.9**count)\n"
            "    square = square * (1 - 0.999**count)\n    return lr * mean / (square**0.5 + 1e-8)",
        ),
        "counted on": Mistake(
            "One off: `count` begins at 1, and the power of update number `count` is `count` itself.",
            "def adam_step(mean, square, count, lr):\n    mean = mean / (1 - 0.9 ** (count + 1))\n"
            "    square = square / (1 - 0.999 ** (count + 1))\n    return lr * mean / (square**0.5 + 1e-8)",
        ),
    },
)

RATE = Choose(
    id="A2.3",
    task="Choose the learning rates to try.",
    options={
        "A": "0.3, as it is tuned",
        "B": "3, since Adam divides the gradient",
        "C": "0.003, 0.01 and 0.03, and compare them by validation",
        "D": "none: Adam finds its own",
    },
    right="C",
    replies={
        "A": "A step of Adam is about as long as its learning rate, in every weight. 0.3 was far too long here.",
        "B": "It divides the gradient by its own size, so a step is about as long as the rate. 3 is enormous.",
        "D": "It sets each weight's step in proportion to the others. How long they all are is still the rate.",
    },
    hints=(
        "Look at the picture of the rates: where does each line have its lowest point?",
        "The best rates of SGD and of Adam are a factor of ten or more apart.",
    ),
    solution='mb.check("A2.3", "C")',
    explanation="A learning rate belongs to its optimizer. Whoever changes the optimizer searches again, around a rate "
    "that is usual for the new one, and lets the validation rows decide.",
)

EXERCISES = [MOMENTUM, ADAM, RATE]

ENOUGH = 80  # updates from which on the paths answer the prediction


def _outcome(lab):
    """What became of Adam in the turned valley beside momentum and SGD; None before all three have been there."""
    left = lab.left()
    wanted = ("SGD", "SGD with momentum", "Adam")
    turned = lab.lie.value == "across the axes" and lab.condition.value >= 20 and lab.rate.value <= 0.05
    if not turned or any(name not in left for name in wanted) or min(w.updates for w in lab.walkers) < ENOUGH:
        return None
    sgd, momentum, adam = (left[name] for name in wanted)
    text = f"In the turned valley, Adam ended {adam:.4f} above the lowest loss, momentum {momentum:.4f}, SGD {sgd:.4f}."
    if adam > 2 * momentum:
        return 1, text
    return (2 if adam > 2 * sgd else 0), text


PREDICTION = Prediction(
    question="In a long, narrow valley along the axes, Adam and momentum come far nearer to the bottom in 100 updates "
    "than plain SGD. Now the same valley is turned by 45 degrees. Which of them still comes near the bottom?",
    options=(
        "both: turning changes nothing",
        "momentum does, Adam falls far behind it",
        "neither: SGD is the best of the three now",
    ),
    then="Press Run paths. Then set The valley lies to across the axes, and press it again.",
    outcome=_outcome,
)

QUIZ = [
    Question(
        text="Why does momentum speed up along the floor of a valley, but not across it?",
        options=(
            ("It uses a larger learning rate along the floor.", "There is one learning rate, the same everywhere."),
            ("Gradients that agree pile up in the velocity; those that change sign cancel.", "Yes."),
            ("It knows where the lowest loss is.", "It knows gradients, nothing else."),
        ),
        right=1,
    ),
    Question(
        text="All gradients become a hundred times smaller, because the loss is divided by 100. What about the steps?",
        options=(
            ("Those of Adam stay as they were, those of SGD become a hundred times smaller.", "Yes."),
            ("Both become a hundred times smaller.", "Adam divides the gradient by its own size: the 100 cancels."),
            ("Both stay as they were.", "A step of SGD is the learning rate times the gradient."),
        ),
        right=0,
    ),
    Question(
        text="Two optimizers are compared, both with learning rate 0.01, and Adam wins clearly. What do you know?",
        options=(
            ("Adam is the better optimizer.", "At the rate that suits Adam. SGD would like a larger one."),
            (
                "Adam is better for small learning rates.",
                "0.01 is not small for Adam. The rates mean different things.",
            ),
            ("Little: each needs a learning rate of its own.", "Yes. Tune both, with several seeds, and compare then."),
        ),
        right=2,
    ),
]

RECALL = Question(
    text="From lesson 05: batches of 32 rows are replaced by batches of 128. What becomes of the typical distance from "
    "the gradient of all rows?",
    options=(
        ("It is halved.", "Yes: four times the rows, half the distance."),
        ("It becomes a quarter.", "That is the squared distance."),
        (
            "It stays: the rows are the same.",
            "Which of them come together in a batch is chance, less so in larger ones.",
        ),
    ),
    right=0,
)
