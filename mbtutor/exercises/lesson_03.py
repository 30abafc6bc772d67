"""Lesson 03: the way back through a layer, a sum that should be a mean, the loop in order, and one whole update."""

import numpy as np

from .exercise import Mistake, NotYet, Order, Prediction, Question, Write, seen, short

TITLE = "Train the model"
NOT_A_NUMBER = "NaN came out: `np.exp` of a large score overflows. Subtract the largest score of each row first."


def _examine_parts(got, right, wrong, given):
    """NotYet unless every array of `got` is that of `right`, {name: array}; wrong: {mistake: (name, array)}."""
    if not isinstance(got, (tuple, list)) or len(got) != len(right):
        raise NotYet(f"Return {len(right)} things: `return {', '.join(right)}`.", f"It returned `{short(got)}`.")
    for (name, values), part in zip(right.items(), got):
        if not _close(part, values):
            known = [mistake for mistake, (where, faulty) in wrong.items() if where == name and _close(part, faulty)]
            fault = known[0] if known else _fault_of_array(name, part, values)
            raise NotYet(fault, seen(given, _rounded(part), _rounded(values)))


def _rounded(values):
    """The numbers as a learner can compare them: with three digits. What is no array of numbers stays as it is."""
    try:
        return values if values is None else np.vectorize(_with_three_digits)(np.asarray(values, dtype=float)).tolist()
    except (TypeError, ValueError):
        return values


def _with_three_digits(number):
    return float(f"{round(number, 9):.3g}") + 0.0  # neither 1e-17 nor -0.0


def _as_text(**given):
    """What a function was given: small tables as a learner can type them, of large ones the shape."""
    return ", ".join(
        f"{name}={np.asarray(part).tolist()}" if np.size(part) <= 6 else f"{name} of shape {np.shape(part)}"
        for name, part in given.items()
    )


def _close(got, right):
    try:
        return np.shape(got) == np.shape(right) and np.allclose(got, right, rtol=1e-6, atol=1e-9)
    except (TypeError, ValueError):  # no numbers at all
        return False


def _fault_of_array(name, got, right):
    if got is None:
        return f"Nothing came back for {name}. Does your function end in `return`?"
    try:
        got = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        return f"{name} must be an array of numbers."
    if np.isnan(got).any():
        return NOT_A_NUMBER
    if got.shape != right.shape:
        return f"{name} must have the shape {right.shape}; yours has {got.shape}."
    return f"{name} has the right shape, but not yet the right numbers."


def _examine_backward(dense_backward):
    rng = np.random.default_rng(3)
    by_hand = [np.array(table, dtype=float) for table in ([[1, 2], [3, 0]], [[1, -1], [2, 0]], [[1, 0], [2, -1]])]
    random = [
        [rng.normal(size=shape) for shape in ((rows, inputs), (inputs, outputs), (rows, outputs))]
        for rows, inputs, outputs in ((5, 4, 2), (1, 2, 6))
    ]
    for X, W, dY in (by_hand, *random):
        (rows, inputs), outputs = X.shape, W.shape[1]
        right = {"dX": dY @ W.T, "dW": X.T @ dY, "db": dY.sum(axis=0)}
        wrong = {
            "order": ("dX", right["dW"]),
            "turned over": ("dW", dY.T @ X),
            "stopped": ("dX", right["dX"] * (X > 0)),
            "divided": ("dW", right["dW"] / rows),
            "mean": ("db", dY.mean(axis=0)),
            "across": ("db", dY.sum(axis=1)),
        }
        if rows == inputs == outputs:  # with square tables every product can be computed, the wrong ones as well
            wrong |= {"W not turned": ("dX", dY @ W), "X not turned": ("dW", X @ dY)}
        wrong = {name: fault for name, fault in wrong.items() if rows > 1 or name in ("order", "turned over")}
        given = _as_text(X=X, W=W, dY=dY)
        _examine_parts(dense_backward(X, W, dY), right, wrong, given)


BACKWARD = Write(
    id="03.1",
    task="Write the way back through a Dense layer.",
    starter='''
def dense_backward(X, W, dY):
    """Return dX, dW, db of Y = X @ W + b. X (n, d), W (d, k), dY (n, k): the slope of the loss for each number of Y."""
    ...
''',
    hints=(
        "A slope has the shape of what it belongs to: dX is (n, d), dW is (d, k), db is (k,). What gives that?",
        "Each weight collects, over all rows, what it was multiplied by times the slope that arrives: `X.T @ dY`. "
        "b was added to every row, so it collects the slopes of every row: a sum down the columns.",
        "The way back through the weights: `dY @ W.T`.",
    ),
    solution="""
def dense_backward(X, W, dY):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)
""",
    explanation="Every slope is what arrives from the right times the slope of this step alone, added up over all the "
    "ways on which it arrives. For dW and db these ways are the rows, for dX the columns of Y.",
    examine=_examine_backward,
    mistakes={
        "W not turned": Mistake(
            "dX: the way back goes through W turned over, `W.T`. Without it, it fits square tables alone.",
            "def dense_backward(X, W, dY):\n    return dY @ W, X.T @ dY, dY.sum(axis=0)",
        ),
        "X not turned": Mistake(
            "dW: it is X that must be turned over, so that the sum runs over the rows: `X.T`.",
            "def dense_backward(X, W, dY):\n    return dY @ W.T, X @ dY, dY.sum(axis=0)",
        ),
        "turned over": Mistake(
            "dW has its rows and columns exchanged: W is (d, k), and so must dW be.",
            "def dense_backward(X, W, dY):\n    return dY @ W.T, dY.T @ X, dY.sum(axis=0)",
        ),
        "stopped": Mistake(
            "dX is stopped where X is not above 0, as a ReLU does it. This layer has no ReLU: every slope goes on.",
            "def dense_backward(X, W, dY):\n    return dY @ W.T * (X > 0), X.T @ dY, dY.sum(axis=0)",
        ),
        "divided": Mistake(
            "dW is divided by the number of rows once too often: the loss was a mean, so dY is divided already.",
            "def dense_backward(X, W, dY):\n    return dY @ W.T, X.T @ dY / len(X), dY.sum(axis=0)",
        ),
        "mean": Mistake(
            "db is a sum over the rows, not a mean: the loss was a mean, so dY is divided already.",
            "def dense_backward(X, W, dY):\n    return dY @ W.T, X.T @ dY, dY.mean(axis=0)",
        ),
        "across": Mistake(
            "db adds up along the rows. There is one b for each column: sum with `axis=0`.",
            "def dense_backward(X, W, dY):\n    return dY @ W.T, X.T @ dY, dY.sum(axis=1)",
        ),
        "order": Mistake(
            "These are the right tables in another order: return dX, dW, db.",
            "def dense_backward(X, W, dY):\n    return X.T @ dY, dY @ W.T, dY.sum(axis=0)",
        ),
    },
)


def _softmax(scores, axis=1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


BATCH_SIZES = 32, 512  # those that the exercise speaks of


def _examine_slopes(slopes_of_scores):
    cases = [(np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]), np.array([0, 2]))]
    for rows, classes in ((7, 10), (1, 2)):
        rng = np.random.default_rng(rows)
        cases.append((_softmax(rng.normal(size=(rows, classes))), rng.integers(classes, size=rows)))
    for p, y in cases:
        (rows, classes), onehot = p.shape, np.eye(p.shape[1])[y]
        wrong = {"summed": p - onehot, "every number": (p - onehot) / p.size, "uphill": (onehot - p) / rows}
        wrong |= {"by classes": (p - onehot) / classes}
        wrong |= {f"fixed at {size}": (p - onehot) / size for size in BATCH_SIZES}
        wrong |= {"only the 1": p - onehot / rows, "only p": p / rows - onehot, "again and again": p.copy()}
        for row in range(rows):
            wrong["again and again"] = (wrong["again and again"] - onehot * (np.arange(rows) == row)[:, None]) / rows
        wrong = {name: ("slopes", values) for name, values in wrong.items() if rows > 1}
        given = _as_text(p=p, y=y)
        _examine_parts([slopes_of_scores(p, y)], {"slopes": (p - onehot) / rows}, wrong, given)


def _slopes(step, result):
    """The text of a repair: what each turn of the loop does, and what is returned."""
    return f"""
def slopes_of_scores(p, y):
    slopes = p.copy()
    for row, right in enumerate(y):
        {step}
    return {result}
"""


SLOPES = Write(
    id="03.2",
    task="Find the bug: a learning rate that suits small batches explodes with large ones.",
    starter='''
def slopes_of_scores(p, y):
    """Return the slope of the batch's loss for every score. p: (n, K) probabilities; y: (n,) the right classes."""
    slopes = p.copy()
    for row, right in enumerate(y):
        slopes[row, right] -= 1
    return slopes
''',
    hints=(
        "Each row pulls with a strength of its own. With 512 rows, how hard do all of them pull together?",
        "The loss of a batch is the mean over its rows. What does the mean do to the slope of each row?",
        "Divide by how many rows there really are, `len(y)`.",
    ),
    solution=_slopes("slopes[row, right] -= 1", "slopes / len(y)"),
    explanation="Without the division it is the slope of a sum, and sixteen times the rows push sixteen times as hard. "
    "With the mean, a learning rate means the same at every batch size.",
    repair=True,
    examine=_examine_slopes,
    mistakes={
        "summed": Mistake(
            "The slopes of the rows still add up: the more rows, the larger the step.",
            "import numpy as np\n\n\ndef slopes_of_scores(p, y):\n    return p - np.eye(p.shape[1])[y]",
        ),
        "every number": Mistake(
            "Divided by every number of the table. The loss is a mean over the rows alone.",
            "import numpy as np\n\n\ndef slopes_of_scores(p, y):\n    return (p - np.eye(p.shape[1])[y]) / p.size",
        ),
        "by classes": Mistake(
            "Divided by the number of classes. The loss is a mean over the rows.",
            "import numpy as np\n\n\ndef slopes_of_scores(p, y):\n    return (p - np.eye(p.shape[1])[y]) / p.shape[1]",
        ),
        **{
            f"fixed at {size}": Mistake(
                f"Divided by {size} whatever the batch. Other batches have other sizes, and the last one may be short.",
                _slopes("slopes[row, right] -= 1", f"slopes / {size}"),
            )
            for size in BATCH_SIZES
        },
        "only the 1": Mistake(
            "Only the 1 is divided. The mean divides the whole slope: divide once, after the loop.",
            _slopes("slopes[row, right] -= 1 / len(y)", "slopes"),
        ),
        "only p": Mistake(
            "Only the probabilities are divided. The 1 must be divided too: divide once, after the loop.",
            "import numpy as np\n\n\ndef slopes_of_scores(p, y):\n    return p / len(y) - np.eye(p.shape[1])[y]",
        ),
        "again and again": Mistake(
            "The whole table is divided in every turn of the loop. Divide once, after the loop.",
            _slopes("slopes[row, right] -= 1\n        slopes = slopes / len(y)", "slopes"),
        ),
        "uphill": Mistake(
            "The sign is turned: raising the score of the right class lowers the loss, so its slope is negative.",
            "import numpy as np\n\n\ndef slopes_of_scores(p, y):\n    return (np.eye(p.shape[1])[y] - p) / len(y)",
        ),
    },
)

LOOP = Order(
    id="03.3",
    task="Put the lines of the loop in order.",
    lines={
        "A": "weights = update(weights, gradients, lr=0.1)",
        "B": "for batch in batches:",
        "C": "hidden, scores = forward(batch.X, weights)",
        "D": "gradients = backward(batch.X, hidden, dscores, weights)",
        "E": "for epoch in range(5):",
        "F": "loss, dscores = cross_entropy(scores, batch.y)",
    },
    rules=(
        ("E", "B", "An epoch goes through all batches, so the loop over epochs is the outer one: E before B."),
        ("B", "C", "`batch.X` is known only once a batch was taken: B before C."),
        ("C", "F", "The loss judges scores, so there must be scores first: C before F."),
        ("F", "D", "The way back begins with `dscores`, which the loss returns: F before D."),
        ("D", "A", "The update needs the gradients: D before A."),
    ),
    hints=("Two lines open a loop. Which of the two is the outer one?", "After that: forward, loss, backward, update."),
    solution='mb.check("03.3", "EBCFDA")',
    explanation="Epochs, batches, and for each batch forward, loss, backward, update. In every framework the loop "
    "has this order.",
)


def _examine_update(one_update):
    tables = [[1, 0], [0, 2]], [[0, 1, 0], [1, 0, 0]], [0, 0, 1]
    cases = [(*(np.array(table, dtype=float) for table in tables), np.array([0, 2]), 0.3)]
    for rows, lr, shift in ((9, 0.1, 0), (1, 2.0, 0), (4, 0.1, 1000)):  # np.exp overflows from 710 on
        rng = np.random.default_rng(rows)
        X, y = rng.normal(size=(rows, 3)), rng.integers(5, size=rows)
        cases.append((X, rng.normal(size=(3, 5)), rng.normal(size=5) + shift, y, lr))
    for X, W, b, y, lr in cases:
        rows, scores, onehot = len(y), X @ W + b, np.eye(len(b))[y]
        slopes = (_softmax(scores) - onehot) / rows
        right = {"W": W - lr * X.T @ slopes, "b": b - lr * slopes.sum(axis=0)}
        faulty = {"uphill": -slopes, "summed": slopes * rows, "no softmax": (scores - onehot) / rows}
        faulty["down the rows"] = (_softmax(scores, axis=0) - onehot) / rows
        faulty["every row"] = (_softmax(scores) - onehot.any(axis=0)) / rows
        faulty["one for all rows"] = (_softmax(scores, axis=None) - onehot) / rows
        faulty["no 1"] = _softmax(scores) / rows
        faulty["ReLU"] = (_softmax(np.maximum(scores, 0)) - onehot) / rows
        faulty["divided twice"] = slopes / rows
        wrong = {name: ("W", W - lr * X.T @ values) for name, values in faulty.items() if rows > 1}
        wrong |= {"no rate": ("W", W - X.T @ slopes), "gradients": ("W", X.T @ slopes), "b stays": ("b", b)}
        wrong["rate of the lesson"] = ("W", W - 0.1 * X.T @ slopes)
        wrong["mean of b"] = ("b", b - lr * slopes.mean(axis=0))
        _examine_parts(one_update(X, y, W, b, lr), right, wrong, _as_text(X=X, y=y, W=W, b=b, lr=lr))


def _one_update(softmax="e / e.sum(axis=1, keepdims=True)", slopes="(p - np.eye(p.shape[1])[y]) / len(y)", **lines):
    """The text of a function that makes one update, with some of its lines replaced."""
    powers = lines.get("powers", "np.exp(scores - scores.max(axis=1, keepdims=True))")
    moved = lines.get("moved", "W - lr * X.T @ slopes, b - lr * slopes.sum(axis=0)")
    return f"""
import numpy as np


def one_update(X, y, W, b, lr):
    scores = X @ W + b
    e = {powers}
    p = {softmax}
    slopes = {slopes}
    return {moved}
"""


UPDATE = Write(
    id="03.4",
    task="Write one whole update of a network with a single layer.",
    starter='''
def one_update(X, y, W, b, lr):
    """Return W, b after one update of the network scores = X @ W + b by cross-entropy. y: (n,) the right classes."""
    ...
''',
    hints=(
        "Four steps, as in the loop: scores, probabilities (softmax), slopes of the scores, update of W and of b.",
        "The slopes of the scores: the probabilities, minus 1 at the right class, divided by `len(y)`. "
        "`np.eye(K)[y]` is a table with a 1 at the right class of each row; K is `W.shape[1]`.",
        "For this layer `dW = X.T @ slopes` and `db = slopes.sum(axis=0)`. New weights: `W - lr * dW`, `b - lr * db`.",
    ),
    solution=_one_update(),
    explanation="That is all of training: everything else repeats it. Subtracting each row's largest score changes no "
    "probability, and `np.exp` cannot overflow.",
    examine=_examine_update,
    mistakes={
        "uphill": Mistake(
            "The weights move uphill, so the loss rises. The gradient points up: subtract it.",
            _one_update(moved="W + lr * X.T @ slopes, b + lr * slopes.sum(axis=0)"),
        ),
        "summed": Mistake(
            "The slopes are those of a sum over the rows. The loss is their mean: divide by `len(y)`.",
            _one_update(slopes="p - np.eye(p.shape[1])[y]"),
        ),
        "no softmax": Mistake(
            "The scores themselves were compared with the right classes. Turn them into probabilities first.",
            _one_update(softmax="scores"),
        ),
        "down the rows": Mistake(
            "The probabilities must add up to 1 in each row; yours do in each column. Sum with `axis=1`.",
            _one_update(powers="np.exp(scores - scores.max(axis=0))", softmax="e / e.sum(axis=0)"),
        ),
        "no rate": Mistake(
            "The step is the gradient itself. Multiply it by the learning rate.",
            _one_update(moved="W - X.T @ slopes, b - slopes.sum(axis=0)"),
        ),
        "b stays": Mistake(
            "W has moved, b has not. Its gradient is `slopes.sum(axis=0)`, one sum for each class. (A plain `.sum()`, "
            "over all classes, is always 0.)",
            _one_update(moved="W - lr * X.T @ slopes, b"),
        ),
        "gradients": Mistake(
            "These are the gradients. Return the new weights: `W - lr * dW` and `b - lr * db`.",
            _one_update(moved="X.T @ slopes, slopes.sum(axis=0)"),
        ),
        "mean of b": Mistake(
            "db is a sum over the rows, not a mean: the slopes were divided by `len(y)` already.",
            _one_update(moved="W - lr * X.T @ slopes, b - lr * slopes.mean(axis=0)"),
        ),
        "every row": Mistake(
            "That takes 1 from these columns in every row: use `p[np.arange(len(y)), y]`.",
            _one_update(slopes="p / len(y)\n    slopes[:, y] -= 1 / len(y)"),
        ),
        "one for all rows": Mistake(
            "The probabilities of all rows together add up to 1. In each row they must: `axis=1, keepdims=True`.",
            _one_update(softmax="e / e.sum()", powers="np.exp(scores - scores.max())"),
        ),
        "no 1": Mistake(
            "Every score has the slope p. At the right class of each row it must be p - 1.",
            _one_update(slopes="p / len(y)"),
        ),
        "ReLU": Mistake(
            "The scores went through a ReLU. This network has a single Dense layer: the scores are X @ W + b.",
            _one_update(powers="np.maximum(scores, 0)\n    e = np.exp(e - e.max(axis=1, keepdims=True))"),
        ),
        "divided twice": Mistake(
            "Divided by the number of rows once too often: the slopes hold the mean already.",
            _one_update(moved="W - lr * X.T @ slopes / len(y), b - lr * slopes.sum(axis=0) / len(y)"),
        ),
        "rate of the lesson": Mistake(
            "The learning rate is 0.1 whatever `lr` is. Use what the function is given.",
            _one_update(moved="W - 0.1 * X.T @ slopes, b - 0.1 * slopes.sum(axis=0)"),
        ),
        "overflow": Mistake(NOT_A_NUMBER, _one_update(powers="np.exp(scores)")),
    },
)

EXERCISES = [BACKWARD, SLOPES, LOOP, UPDATE]


def _outcome(lab):
    """What the last finished run from zero weights reached with a hidden layer, and without."""
    reached = {}
    for run in lab.runs:
        if run.finished and run.cells["first weights"] == "all zero":
            reached[run.cells["hidden layers"] != "no hidden layer"] = run.history.measured("val_accuracy")[1][-1]
    if len(reached) < 2:
        return None
    learned = reached[True] > 0.5, reached[False] > 0.5
    text = (
        f"From zero weights, the network with a hidden layer ended at {reached[True]:.0%} of the validation rows, "
        f"the one without at {reached[False]:.0%}. One in ten is guessing."
    )
    return [(True, True), (True, False), (False, True), (False, False)].index(learned), text


PREDICTION = Prediction(
    question="Two networks start with every weight at 0. One has a hidden layer of 32 units, the other has none, so "
    "its scores come straight from the pixels. Both see all pictures five times. Which of them learns to read digits?",
    options=(
        "both: the updates move the weights away from 0",
        "only the one with the hidden layer",
        "only the one without a hidden layer",
        "neither: nothing can start from all zeros",
    ),
    then="Set “First weights” to “all zero” and press Train. Then set “Hidden layers” to 0 and press Train again.",
    outcome=_outcome,
)

RECALL = Question(
    text="1,000 rows, batch size 64, no row left out. How many updates do 3 epochs make?",
    options=(
        ("3", "An epoch is not an update: it makes one for every batch."),
        ("45", "That drops the short batch: 15 full ones are 960 rows. The other 40 rows make an update too."),
        ("48", "Yes: 1,000 / 64 is 15.6, rounded up 16 updates an epoch, three times."),
        ("192", "64 is the number of rows in a batch, not of batches in an epoch."),
    ),
    right=2,
)

QUIZ = [
    Question(
        text="For one weight the gradient is -3; the learning rate is 0.1. What does the update do to this weight?",
        options=(
            ("subtracts 0.3: the gradient points downhill", "It points uphill. w - 0.1 (-3) is w + 0.3."),
            ("adds 0.3", "Yes: w - 0.1 (-3) = w + 0.3. The loss falls to the right, so the weight moves right."),
            ("sets it to -0.3", "The update changes the weight by a step; it does not replace it."),
        ),
        right=1,
    ),
    Question(
        text="An epoch had two batches: 32 rows with a mean loss of 0.2, then 8 rows with a mean loss of 1.2. "
        "What was the mean loss of its 40 rows?",
        options=(
            ("0.7", "That is the mean of the two batches, as if 8 rows weighed as much as 32."),
            ("1.4", "That is a sum. A mean lies between 0.2 and 1.2."),
            ("0.4", "Yes: (32 * 0.2 + 8 * 1.2) / 40. Each batch counts by its rows."),
        ),
        right=2,
    ),
    Question(
        text="You put two more hidden layers into a network and change nothing else. What is certain?",
        options=(
            ("It reads more digits right.", "Not certain: try 1 and 3 hidden layers in the lab, with learning rate 1."),
            ("It has more weights to learn.", "Yes. Whether they help is seen on the validation rows only."),
            ("Its training loss ends lower.", "It could be lower; with too large a learning rate it ends far higher."),
        ),
        right=1,
    ),
]
