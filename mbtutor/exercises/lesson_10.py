"""Lesson 10: a convolution written out, a batch norm mended, an epoch with augmentation, the shapes in a network."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Order, Prediction, Question, Write, function_in, seen, short

TITLE = "Recognise images with a convolutional network"

# Each case: a picture and a filter. No two faults give the same answers on all of them.
PICTURES = (
    ([[1, 2, 0, 1], [0, 3, 1, 2], [4, 0, 2, 1]], [[1, 2], [0, -1]]),
    ([[2, 0, 1, 5], [1, 4, 0, 3], [3, 1, 2, 0], [0, 2, 6, 1], [1, 1, 3, 2]], [[1, 0, 2], [0, 3, -1], [4, 1, 0]]),
    ([[1, 2], [3, 4]], [[1, 2], [3, 5]]),
    ([[3, 1], [2, 5]], [[2]]),
)


def _examine_convolve(convolve):
    for picture, weights in PICTURES:
        got = _table(convolve(np.array(picture, float), np.array(weights, float)), (picture, weights))
        right = _convolved(picture, weights)
        if got.shape != right.shape or not np.allclose(got, right):
            raise NotYet(_fault_of_convolve(got, picture, weights), _given(picture, weights, got.tolist()))


def _convolved(picture, weights):
    return np.asarray(function_in(CONVOLVE.solution)(np.array(picture, float), np.array(weights, float)))


def _given(picture, weights, got):
    return seen(f"{picture}, {weights}", got, _convolved(picture, weights).tolist())


def _table(got, given):
    if got is None:
        raise NotYet("Your function returns nothing. Does every way through it end in `return`?")
    try:
        table = np.asarray(got, float)
    except (TypeError, ValueError):
        raise NotYet("Return a table of numbers, one for each place.", _given(*given, got)) from None
    if table.ndim != 2:
        raise NotYet("Return a table with rows and columns, one number for each place.", _given(*given, got))
    return table


def _fault_of_convolve(got, picture, weights):
    for name, mistake in CONVOLVE.mistakes.items():
        wrong = np.asarray(function_in(mistake.code)(np.array(picture, float), np.array(weights, float)))
        if wrong.shape == got.shape and np.allclose(wrong, got):
            return name
    right = _convolved(picture, weights)
    if got.shape != right.shape:
        there, here = (f"{rows} x {columns}" for rows, columns in (right.shape, got.shape))
        return f"There are {there} places here; your table has {here}."
    return "The shape is right, the numbers are not. Work the number at the top left out by hand."


def _loops(rows="len(picture) - size + 1", columns="len(picture[0]) - size + 1", put="[i, j]", value=None, window=None):
    """A solution of 10.1, or with another line in it a fault."""
    window = window or "picture[i : i + size, j : j + size]"
    value = value or "(window * weights).sum()"
    return f"""
import numpy as np


def convolve(picture, weights):
    size = len(weights)
    rows, columns = {rows}, {columns}
    answers = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = {window}
            answers{put} = {value}
    return answers
"""


CONVOLVE = Write(
    id="10.1",
    task="Write the convolution of one grey picture with one filter.",
    starter='''
def convolve(picture, weights):
    """Return the answers of one filter, (h - k + 1, w - k + 1), without bias and padding, in steps of 1.

    picture: (h, w). weights: (k, k).
    """
    ...
''',
    hints=(
        "How many places are there? The top left corner of a window of 2 rows can lie in 3 of 4 rows.",
        "For the place (i, j) the window is `picture[i : i + k, j : j + k]`; it is as large as the weights.",
        "`(window * weights).sum()` is the answer at one place. Two loops go over all of them, or use "
        "`sliding_window_view(picture, weights.shape)`, and sum over the last two axes.",
    ),
    solution=_loops().strip("\n") + "\n",
    explanation="Each answer sees one window only, and all windows are met by the same weights. The package does the "
    "same for all pictures, channels and filters at once, as one matrix product.",
    examine=_examine_convolve,
    mistakes={
        "flipped": Mistake(
            "You turn the filter round before you use it. (Mathematicians call that convolution; networks do not turn "
            "it, since its weights are learned anyway.)",
            _loops(value="(window * weights[::-1, ::-1]).sum()"),
        ),
        "one short": Mistake(
            "A row and a column are missing: the last place counts too. There are h - k + 1 of them.",
            _loops("len(picture) - size", "len(picture[0]) - size"),
        ),
        "mean": Mistake(
            "You take the mean of the products. A filter takes their sum.", _loops(value="(window * weights).mean()")
        ),
        "matrix product": Mistake(
            "`@` is a matrix product. Here each pixel is multiplied by the weight above it: `*`, then the sum.",
            _loops(value="(window @ weights).sum()"),
        ),
        "apart": Mistake(
            "Your windows do not overlap: they lie k pixels apart. Here the next window begins one pixel further.",
            _loops(
                "len(picture) // size",
                "len(picture[0]) // size",
                window="picture[i * size :, j * size :][:size, :size]",
            ),
        ),
        "turned": Mistake(
            "Rows and columns of your answers are swapped.", _loops().replace("return answers", "return answers.T")
        ),
        "filter turned": Mistake(
            "Rows and columns of the filter are swapped.", _loops(value="(window * weights.T).sum()")
        ),
        "whole picture": Mistake(
            "Every place has the same answer. Does your window move with i and j?",
            _loops(window="picture[:size, :size]"),
        ),
        "largest": Mistake(
            "You take the largest product. That is pooling; a filter adds them up.",
            _loops(value="(window * weights).max()"),
        ),
    },
)


def _examine_norm(batch_norm):
    for training in (False, True):
        for X, mean, var in _batches():
            got = _three(batch_norm(X.copy(), mean.copy(), var.copy(), training), X.shape)
            right = _normalised(X, mean, var, training)
            if not all(np.allclose(mine, theirs, atol=1e-3) for mine, theirs in zip(got, right)):
                raise NotYet(_fault_of_norm(got, X, mean, var, training), _told(X, training, got, right))


def _batches():
    rng = np.random.default_rng(3)
    for rows in (2, 5):
        yield rng.normal(3, 2, (rows, 2)).round(1), np.array([1.0, -2.0]), np.array([4.0, 0.25])


def _normalised(X, mean, var, training):
    return function_in(NORM.solution)(X, mean, var, training)


def _three(got, shape):
    if got is None:
        raise NotYet("Your function returns nothing. Does every way through it end in `return`?")
    try:
        Y, mean, var = (np.asarray(part, float) for part in got)
    except (TypeError, ValueError):
        raise NotYet(
            "Return three arrays, also when nothing is learned: `return Y, running_mean, running_var`."
        ) from None
    if Y.shape != shape or not mean.shape == var.shape == shape[1:]:
        raise NotYet("Y must have the shape of X, and the running statistics one number for each column.")
    return Y, mean, var


def _told(X, training, got, right):
    names = ("Y", "the running mean", "the running variance")
    place = next(i for i in range(3) if not np.allclose(got[i], right[i], atol=1e-3))
    mine, theirs = (short(np.round(part[place], 3).tolist()) for part in (got, right))
    given = f"X = {X.tolist()}, a running mean of [1, -2], a running variance of [4, 0.25] and training={training}"
    return f"Given {given}, {names[place]} came out as `{mine}`; right is `{theirs}`."


def _fault_of_norm(got, X, mean, var, training):
    for name, mistake in NORM.mistakes.items():
        wrong = function_in(mistake.code)(X, mean, var, training)
        if all(np.allclose(mine, theirs, atol=1e-3) for mine, theirs in zip(got, wrong)):
            return name
    return "That is not right yet. Which mean and variance belong to which mode?"


def _norm(asked="running_mean, running_var", learned="batch_mean, batch_var", moves="if training:", share="0.1"):
    """A solution of 10.2, or with another line in it a fault."""
    return f"""
import numpy as np


def batch_norm(X, running_mean, running_var, training):
    batch_mean, batch_var = X.mean(axis=0), X.var(axis=0)
    mean, var = ({learned}) if training else ({asked})
    Y = (X - mean) / np.sqrt(var + 1e-5)
    {moves}
        running_mean = running_mean + {share} * (batch_mean - running_mean)
        running_var = running_var + {share} * (batch_var - running_var)
    return Y, running_mean, running_var
"""


NORM = Write(
    id="10.2",
    task="Find the bug: what the trained network says of a row depends on the rows that are asked about with it.",
    starter='''
def batch_norm(X, running_mean, running_var, training):
    """Return (Y, running_mean, running_var): X (n, d) normalised, and the running statistics (d,) to go on with.

    While training, the batch is normalised by its own statistics, and the running ones move a tenth of the way to
    them. When the network is asked, the running ones normalise it, and stay as they are.
    """
    batch_mean, batch_var = X.mean(axis=0), X.var(axis=0)
    Y = (X - batch_mean) / np.sqrt(batch_var + 1e-5)
    running_mean = running_mean + 0.1 * (batch_mean - running_mean)
    running_var = running_var + 0.1 * (batch_var - running_var)
    return Y, running_mean, running_var
''',
    hints=(
        "Where does the function ask whether `training` is True? Ask about one row by hand: what is its deviation from "
        "the mean of that batch?",
        "Outside training two things must differ: what normalises X, and that nothing moves.",
        "Begin with `if not training: return (X - running_mean) / np.sqrt(running_var + 1e-5), running_mean, "
        "running_var`.",
    ),
    solution="""
import numpy as np


def batch_norm(X, running_mean, running_var, training):
    if not training:
        return (X - running_mean) / np.sqrt(running_var + 1e-5), running_mean, running_var
    batch_mean, batch_var = X.mean(axis=0), X.var(axis=0)
    Y = (X - batch_mean) / np.sqrt(batch_var + 1e-5)
    running_mean = running_mean + 0.1 * (batch_mean - running_mean)
    running_var = running_var + 0.1 * (batch_var - running_var)
    return Y, running_mean, running_var
""",
    explanation="In evaluation mode a row is met by numbers that training has left behind, the same in any company. In "
    "PyTorch this fault is a forgotten `model.eval()`.",
    repair=True,
    examine=_examine_norm,
    mistakes={
        "batch when asked": Mistake(
            "The running statistics stay now, but X is still normalised by the batch when the network is asked.",
            _norm(asked="batch_mean, batch_var"),
        ),
        "moves when asked": Mistake(
            "X is normalised right, but asking still moves the running statistics: the next answer would be another.",
            _norm(moves="if True:"),
        ),
        "both when asked": Mistake(
            "When the network is asked, nothing may come from the batch, and nothing may move. Here both still "
            "happen: is `training` used, and is your `if` the right way round?",
            _norm(asked="batch_mean, batch_var", moves="if True:"),
        ),
        "unchanged when asked": Mistake(
            "When the network is asked, X comes back as it was. It must be normalised by the running statistics.",
            _norm(asked="0, 1 - 1e-5"),
        ),
        "running while training": Mistake(
            "While training, the batch is normalised by its own mean and variance, not by the running ones.",
            _norm(learned="running_mean, running_var"),
        ),
        "never moves": Mistake("The running statistics must move while training.", _norm(moves="if False:")),
        "replaced": Mistake(
            "The running statistics have become those of the newest batch. They move a tenth of the way to them.",
            _norm(share="1.0"),
        ),
        "nine tenths": Mistake(
            "The running statistics move nine tenths of the way. A tenth was asked for.", _norm(share="0.9")
        ),
        "deviation": Mistake(
            "X is divided by the variance. Divide by its root, the standard deviation.",
            _norm().replace("np.sqrt(var + 1e-5)", "(var + 1e-5)"),
        ),
    },
)

EPOCH = Order(
    id="10.3",
    task="Put the steps of an epoch with augmentation in order.",
    lines={
        "A": "Move each picture of the batch at random.",
        "B": "Take the next 32 row numbers.",
        "C": "Measure the loss of the validation rows, as they are stored.",
        "D": "Draw an order of the training rows.",
        "E": "Change the weights by the gradient of the batch.",
        "F": "Gather the pictures of the batch, as they are stored.",
    },
    rules=(
        ("D", "B", "Row numbers are taken from an order, which must be drawn first: D before B."),
        ("B", "F", "Which pictures to gather is known from the row numbers: B before F."),
        ("F", "A", "A picture must be there before it can be moved: F before A."),
        ("A", "E", "The gradient is that of the moved pictures: A before E."),
        ("E", "C", "The network is measured after it has learned: E before C."),
    ),
    hints=(
        "What is done once in an epoch, and what for every batch?",
        "An order, the row numbers of a batch, its pictures, the moves, the update; the validation comes last.",
    ),
    solution='mb.check("10.3", "DBFAEC")',
    explanation="The stored pictures stay as they are: the moves are made on a copy, for this batch only. So the next "
    "epoch starts from the same pictures again, and no picture wanders off.",
)

SHAPE = Choose(
    id="10.4",
    task="Choose the number of inputs of the last layer.",
    options={"A": "1,960", "B": "2,560", "C": "5,880", "D": "7,840"},
    right="A",
    replies={
        "B": "That is right if the convolution kept the size, 32 x 32. Without padding a window of 5 loses 4 lines.",
        "C": "A filter looks at all three channels and gives one number: 10 channels come out, not 30.",
        "D": "That is without the pooling, which halves height and width.",
    },
    hints=(
        "How many places has a window of 5 in a line of 32? And what does pooling by 2 leave of them?",
        "28 x 28 after the convolution, 14 x 14 after the pooling; one such table for each filter.",
    ),
    solution='mb.check("10.4", "A")',
    explanation="10 x 14 x 14 = 1,960. `mb.Network` checks this when it is made, and says which number would fit.",
)

EXERCISES = [CONVOLVE, NORM, EPOCH, SHAPE]

LAST = 15  # batches whose mean loss stands for the training loss at the end


def _outcome(lab):
    """Compare the last two finished runs that differ by nothing but a shift; None as long as there are none."""
    runs = [run for run in lab.runs if run.finished]
    plain = [run for run in runs if run.cells["shift"] == 0]
    pairs = [(still, moved) for moved in runs if moved.cells["shift"] for still in plain if _alike(still, moved)]
    if not pairs:
        return None
    (train, val), (train_moved, val_moved) = map(_losses, pairs[-1])
    moved = pairs[-1][1].cells["shift"]
    text = f"Without a shift the training loss ended at {train:.2f}, the validation loss at {val:.2f}; with a shift of "
    text += f"{moved} at {train_moved:.2f} and {val_moved:.2f}."
    return 2 * (val_moved < val) + (train_moved < train), text


def _alike(still, moved):
    return {**still.cells, "shift": 0} == {**moved.cells, "shift": 0} and _updates(still) == _updates(moved)


def _updates(run):
    return run.history["number"][-1]


def _losses(run):
    """(training loss, validation loss) at the end of a run."""
    return run.history.smoothed("loss", LAST)[-1], run.history.measured("val_loss")[1][-1]


PREDICTION = Prediction(
    question="A network learns to read 500 pictures. Then an equal network learns from the same pictures, but each "
    "is moved by up to one pixel, anew every time it comes. How do the losses of this second network end?",
    options=(
        "both higher",
        "the training loss lower, the validation loss higher",
        "the training loss higher, the validation loss lower",
        "both lower",
    ),
    then="Press Train and wait until the run has finished. Then set Shift to “up to 1 pixel” and press Train again.",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 08: the training loss falls on while the validation loss rises. What helped most there?",
    options=(
        ("more hidden units", "They give the network more room to learn rows by heart."),
        ("more rows to learn from", "Yes. Augmentation, below, makes more rows out of those there are."),
        ("a larger batch size", "With tuned rates and equal updates it prevented nothing."),
    ),
    right=1,
)

QUIZ = [
    Question(
        text="A layer has 8 filters of 5 x 5 on grey pictures of 28 x 28. How many weights does it have, with biases?",
        options=(
            ("208", "Yes: 8 times 25 and a bias. The same weights serve every place of the picture."),
            ("4,608", "That is how many numbers come out: 8 pictures of 24 x 24."),
            ("6,280", "That would be 8 units that see the whole picture. A filter sees 25 pixels at a time."),
        ),
        right=0,
    ),
    Question(
        text="Each picture is moved at random, and you train for ten epochs. When are the moves drawn?",
        options=(
            (
                "once, before the training",
                "Then the network meets the same ten times, and gained little here: it can learn these by heart too.",
            ),
            ("for every batch, when it is handed out", "Yes: in every epoch the picture may come at another place."),
            ("for every batch, and for the validation rows", "Validation rows stay: they say how it reads real rows."),
        ),
        right=1,
    ),
    Question(
        text="A network with batch norm is asked about one single picture. Which mean does batch norm subtract?",
        options=(
            (
                "that of the batch: the picture itself",
                "Behind a Dense layer, all would come out alike. Asked, it is in evaluation mode.",
            ),
            ("the running mean", "Yes: what the training batches have left behind, the same for every row."),
            ("0", "That is where the running mean starts. The batches have moved it since."),
        ),
        right=1,
    ),
]
