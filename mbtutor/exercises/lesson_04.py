"""Lesson 04: accuracy over batches, the loss of a short last batch, precision and recall, and which run to report."""

import numbers

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen

TITLE = "Evaluate the model"


def _number(got):
    """The learner's answer as a float; NotYet where it is no number."""
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    if not _is_number(got):
        raise NotYet(f"The answer must be one number; got {type(got).__name__}.")
    return float(got)


def _is_number(got):
    """Whether it is one number, be it wrapped in an array without an axis."""
    return np.ndim(got) == 0 and isinstance(np.asarray(got).item(), numbers.Real)


def _same(a, b):
    return abs(a - b) < 1e-6  # wide enough for a right answer that adds 1e-8 against a division by zero


NO_SHARE = "A share lies between 0 and 1."
LAST_ROWS = "You divide by the rows of the last batch alone. Add up `len(y)` inside the loop, with `+=`."
FULL_BATCHES = "You count every batch as full. The last one may be short: add up `len(y)`."


def _batches(*rights_and_lengths):
    """Pairs (X, y) whose first column of X is the right answer for that many of the rows, and a wrong one after."""
    batches = []
    for right, length in rights_and_lengths:
        y = np.arange(length) % 3
        X = np.column_stack([np.where(np.arange(length) < right, y, y + 1), np.ones(length)])
        batches.append((X, y))
    return batches


def _first_column(X):
    return X[:, 0].astype(int)


def _examine_accuracy(evaluate_accuracy):
    for counts in (((4, 4), (2, 4), (1, 2)), ((3, 4), (1, 4)), ((0, 5),), ((32, 32), (30, 32), (0, 1))):
        right, rows = map(sum, zip(*counts))
        got = _number(evaluate_accuracy(_first_column, _batches(*counts)))
        if _same(got, right / rows):
            continue
        text = ", ".join(f"{good} of {length} rows right" for good, length in counts)
        raise NotYet(_fault_of_accuracy(got, counts), seen(f"batches with {text}", got, right / rows))


def _fault_of_accuracy(got, counts):
    shares = [right / length for right, length in counts]
    right, rows = map(sum, zip(*counts))
    faults = {
        "mean of means": sum(shares) / len(shares),
        "returned too early": shares[0],
        "last batch only": shares[-1],
        "not divided": right,
        "full batches": right / (len(counts) * counts[0][1]),
        "last rows": right / counts[-1][1],
        "over batches": right / len(counts),
        "length of a pair": right / (2 * len(counts)),
        "shares over rows": sum(shares) / rows,
        "wrong rows": 1 - right / rows,
    }
    other = "That is not the share of rows right." if 0 <= got <= 1 else NO_SHARE
    return next((name for name, value in faults.items() if _same(got, value)), other)


ACCURACY = Write(
    id="04.1",
    task="Write the loop that measures accuracy, batch by batch.",
    starter='''
def evaluate_accuracy(predict, batches):
    """Return the share of all rows that are right. predict(X) gives class numbers; batches holds pairs (X, y)."""
    ...
''',
    hints=(
        "Count, and divide once at the end: how many rows were right, and how many rows were there?",
        "For one batch, `(predict(X) == y).sum()` rows are right, of `len(y)`.",
        "Set `right = rows = 0` before `for X, y in batches:`, add to both inside the loop, and return "
        "`right / rows` after it.",
    ),
    solution="""
def evaluate_accuracy(predict, batches):
    right = rows = 0
    for X, y in batches:
        right += (predict(X) == y).sum()
        rows += len(y)
    return right / rows
""",
    explanation="Rows are counted, not batches, so each row weighs the same wherever the batches are cut. Nothing is "
    "updated: the loop only asks the network and compares.",
    examine=_examine_accuracy,
    mistakes={
        "mean of means": Mistake(
            "This is the mean of the batches' accuracies: the rows of a short batch weigh too much. Count rows.",
            "import numpy as np\n\n\ndef evaluate_accuracy(predict, batches):\n"
            "    return np.mean([(predict(X) == y).mean() for X, y in batches])",
        ),
        "returned too early": Mistake(
            "Your function returns after the first batch. Take the `return` out of the loop.",
            "def evaluate_accuracy(predict, batches):\n    right = rows = 0\n    for X, y in batches:\n"
            "        right += (predict(X) == y).sum()\n        rows += len(y)\n        return right / rows",
        ),
        "last batch only": Mistake(
            "Only the last batch counts. Start the sums before the loop and add to them inside it, with `+=`.",
            "def evaluate_accuracy(predict, batches):\n    for X, y in batches:\n"
            "        right, rows = (predict(X) == y).sum(), len(y)\n    return right / rows",
        ),
        "not divided": Mistake(
            "This is how many rows are right. A share divides it by how many rows there are.",
            "def evaluate_accuracy(predict, batches):\n    return sum((predict(X) == y).sum() for X, y in batches)",
        ),
        "full batches": Mistake(
            FULL_BATCHES,
            "def evaluate_accuracy(predict, batches):\n    size = len(batches[0][1])\n"
            "    return sum((predict(X) == y).sum() for X, y in batches) / (size * len(batches))",
        ),
        "last rows": Mistake(
            LAST_ROWS,
            "def evaluate_accuracy(predict, batches):\n    right = 0\n    for X, y in batches:\n"
            "        right += (predict(X) == y).sum()\n        rows = len(y)\n    return right / rows",
        ),
        "over batches": Mistake(
            "The right rows are divided by the number of batches. Divide by the number of rows: add up `len(y)`.",
            "def evaluate_accuracy(predict, batches):\n"
            "    return sum((predict(X) == y).sum() for X, y in batches) / len(batches)",
        ),
        "length of a pair": Mistake(
            "A batch is a pair (X, y) here, so its `len` is 2. The number of its rows is `len(y)`.",
            "def evaluate_accuracy(predict, batches):\n    right = rows = 0\n    for batch in batches:\n"
            "        X, y = batch\n        right += (predict(X) == y).sum()\n        rows += len(batch)\n"
            "    return right / rows",
        ),
        "shares over rows": Mistake(
            "You add up shares but divide by rows: far too small. Add up how many are right, with `.sum()`.",
            "def evaluate_accuracy(predict, batches):\n    right = rows = 0\n    for X, y in batches:\n"
            "        right += (predict(X) == y).mean()\n        rows += len(y)\n    return right / rows",
        ),
        "wrong rows": Mistake(
            "This is the share of rows that are wrong. Accuracy is the share that are right: `==`.",
            "def evaluate_accuracy(predict, batches):\n"
            "    return sum((predict(X) != y).sum() for X, y in batches) / sum(len(y) for X, y in batches)",
        ),
    },
)


def _first_column_mean(X, y):
    return float(X[:, 0].mean())


# Each case: batches, written as the losses of their rows. In the first one every fault gives a number of its own.
LOSSES = (
    ([1.0, 2.0, 3.0, 6.0], [0.0, 1.0, 1.0, 2.0], [7.0, 9.0]),
    ([1.0, 2.0], [4.0, 5.0], [9.0]),
    ([3.0, 1.0], [5.0, 3.0]),
    ([2.5],),
)


def _examine_loss(validation_loss):
    for cut in LOSSES:
        batches = [(np.array(losses)[:, None], np.zeros(len(losses), dtype=int)) for losses in cut]
        losses = sum(cut, [])
        got, right = _number(validation_loss(_first_column_mean, batches)), sum(losses) / len(losses)
        if not _same(got, right):
            text = " and ".join(map(str, cut))
            raise NotYet(_fault_of_loss(got, cut), seen(f"batches whose rows have the losses {text}", got, right))


def _fault_of_loss(got, cut):
    means, lengths = [sum(part) / len(part) for part in cut], [len(part) for part in cut]
    rows, total = sum(lengths), sum(map(sum, cut))
    faults = {
        "mean of means": sum(means) / len(cut),
        "means over rows": sum(means) / rows,
        "rows over batches": total / len(cut),
        "last rows": total / lengths[-1],
        "not divided": total,
        "divided twice": total / rows / len(cut),
        "divided instead": sum(mean / length for mean, length in zip(means, lengths)),
        "full batches": total / (len(cut) * lengths[0]),
    }
    return next((name for name, value in faults.items() if _same(got, value)), "That is not the mean over all rows.")


LOSS = Write(
    id="04.2",
    task="Find the bug: the validation loss changes when the same rows are cut into other batches.",
    starter='''
def validation_loss(mean_loss, batches):
    """Return the mean loss over all rows. mean_loss(X, y) gives the mean loss of one batch."""
    total = 0.0
    for X, y in batches:
        total += mean_loss(X, y)
    return total / len(batches)
''',
    hints=(
        "Try it by hand: a batch of 4 rows with a mean loss of 3.0 and one of 2 rows with 3.5. Twelve and seven make "
        "nineteen, over six rows.",
        "The mean of a batch times its number of rows is the sum of its losses.",
        "Two lines are wrong: `total += mean_loss(X, y) * len(y)`, and the last one divides by the number of rows.",
    ),
    solution="""
def validation_loss(mean_loss, batches):
    total, rows = 0.0, 0
    for X, y in batches:
        total += mean_loss(X, y) * len(y)
        rows += len(y)
    return total / rows
""",
    explanation="A mean times its number of rows is a sum again; sums may be added, and the total is divided once, by "
    "all the rows. The mean of batch means agrees with it only where all batches are equally long.",
    repair=True,
    examine=_examine_loss,
    mistakes={
        "mean of means": Mistake(
            "This is still the mean of the batch means: the rows of a short batch weigh more than others.",
            "import numpy as np\n\n\ndef validation_loss(mean_loss, batches):\n"
            "    return np.mean([mean_loss(X, y) for X, y in batches])",
        ),
        "means over rows": Mistake(
            "You add up means but divide by rows: far too small. Turn each mean into a sum first, times `len(y)`.",
            "def validation_loss(mean_loss, batches):\n    total, rows = 0.0, 0\n    for X, y in batches:\n"
            "        total += mean_loss(X, y)\n        rows += len(y)\n    return total / rows",
        ),
        "rows over batches": Mistake(
            "The total is right now. Divide it by the number of rows, not by the number of batches.",
            "def validation_loss(mean_loss, batches):\n    total = 0.0\n    for X, y in batches:\n"
            "        total += mean_loss(X, y) * len(y)\n    return total / len(batches)",
        ),
        "last rows": Mistake(
            LAST_ROWS,
            "def validation_loss(mean_loss, batches):\n    total = 0.0\n    for X, y in batches:\n"
            "        total += mean_loss(X, y) * len(y)\n        rows = len(y)\n    return total / rows",
        ),
        "not divided": Mistake(
            "This is the sum of all losses. Divide it by the number of rows.",
            "def validation_loss(mean_loss, batches):\n    return sum(mean_loss(X, y) * len(y) for X, y in batches)",
        ),
        "divided twice": Mistake(
            "Divided by the rows and by the batches too. The number of rows is enough.",
            "def validation_loss(mean_loss, batches):\n    total, rows = 0.0, 0\n    for X, y in batches:\n"
            "        total += mean_loss(X, y) * len(y)\n        rows += len(y)\n    return total / rows / len(batches)",
        ),
        "divided instead": Mistake(
            "Each mean is divided by its rows once more. A mean times its rows is the sum of its losses.",
            "def validation_loss(mean_loss, batches):\n    return sum(mean_loss(X, y) / len(y) for X, y in batches)",
        ),
        "full batches": Mistake(
            FULL_BATCHES,
            "def validation_loss(mean_loss, batches):\n    size = len(batches[0][1])\n"
            "    return sum(mean_loss(X, y) * len(y) for X, y in batches) / (size * len(batches))",
        ),
    },
)

MATRICES = ([[8, 2, 0], [1, 5, 0], [3, 0, 0]], [[5, 1], [2, 4]], [[0, 3], [0, 7]])


def _examine_scores(precision_and_recall):
    for matrix in map(np.array, MATRICES):
        for k in range(len(matrix)):
            with np.errstate(all="ignore"):
                got = _pair(precision_and_recall(matrix, k))
            right = tuple(_share(matrix[k, k], whole) for whole in (matrix[:, k].sum(), matrix[k].sum()))
            if not all(map(_same, got, right)):
                raise NotYet(_fault_of_scores(got, matrix, k), seen(f"matrix={matrix.tolist()}, k={k}", got, right))


def _pair(got):
    try:
        precision, recall = got
    except (TypeError, ValueError):
        raise NotYet("Return two numbers: `return precision, recall`.") from None
    if not (_is_number(precision) and _is_number(recall)):
        raise NotYet("Precision and recall of class k must each be a number.")
    return float(precision), float(recall)


def _fault_of_scores(got, matrix, k):
    called, true = matrix[:, k].sum(), matrix[k].sum()
    if any(value != value for value in got):
        return "0 / 0"
    if any(value != 0 for value, whole in zip(got, (called, true)) if not whole):
        return "not 0"
    if all(map(_same, got, (_share(matrix[k, k], true), _share(matrix[k, k], called)))):
        return "swapped"
    if all(_same(value, matrix[k, k] / matrix.sum()) for value in got):
        return "of all rows"
    if not all(0 <= value <= 1 for value in got):
        return NO_SHARE
    return "These are not the precision and the recall of that class yet."


def _share(part, whole):
    return float(part / whole) if whole else 0.0


SCORES = Write(
    id="04.3",
    task="Write precision and recall of one class.",
    starter='''
def precision_and_recall(matrix, k):
    """Return (precision, recall) of class k; matrix[i, j] counts the rows of true class i that were called j."""
    ...
''',
    hints=(
        "Precision looks down column k: of everything that was called k, how much is k? Recall looks along row k.",
        "`matrix[k, k]` rows are right. Column k adds up to `matrix[:, k].sum()`, row k to `matrix[k].sum()`.",
        "Where nothing was called k, 0 / 0 is no number. Return 0.0 there: `matrix[k, k] / called if called else 0.0`.",
    ),
    solution="""
def precision_and_recall(matrix, k):
    right, called, true = matrix[k, k], matrix[:, k].sum(), matrix[k].sum()
    precision = right / called if called else 0.0
    recall = right / true if true else 0.0
    return precision, recall
""",
    explanation="Both have the same rows above the line, those of class k that were called k. Precision divides them "
    "by all that were called k (a column), recall by all that are k (a row).",
    examine=_examine_scores,
    mistakes={
        "swapped": Mistake(
            "These two are swapped. Precision divides by the column (called k), recall by the row (is k).",
            "def precision_and_recall(matrix, k):\n    a, b = matrix[k].sum(), matrix[:, k].sum()\n"
            "    return (matrix[k, k] / a if a else 0.0), (matrix[k, k] / b if b else 0.0)",
        ),
        "of all rows": Mistake(
            "You divide by all the rows there are. Divide by column k for precision, by row k for recall.",
            "def precision_and_recall(matrix, k):\n    share = matrix[k, k] / matrix.sum()\n    return share, share",
        ),
        "0 / 0": Mistake(
            "Right but for one thing: where nothing was called k, or nothing is k, 0 / 0 gives nan. Return 0.0.",
            "def precision_and_recall(matrix, k):\n"
            "    return matrix[k, k] / matrix[:, k].sum(), matrix[k, k] / matrix[k].sum()",
        ),
        "not 0": Mistake(
            "Where nothing was called k, its precision counts as 0; where nothing is k, so does its recall.",
            "def precision_and_recall(matrix, k):\n    a, b = matrix[:, k].sum(), matrix[k].sum()\n"
            "    return (matrix[k, k] / a if a else 1.0), (matrix[k, k] / b if b else 1.0)",
        ),
    },
)

REPORT = Choose(
    id="04.4",
    task="Choose the number to report.",
    options={
        "A": "run 1, with 96.9% (its validation accuracy)",
        "B": "run 1, with 96.1% (its test accuracy)",
        "C": "run 2, with 96.8% (its test accuracy)",
        "D": "run 3, with 96.4% (the test accuracy closest to its validation accuracy)",
    },
    right="B",
    replies={
        "A": "Run 1 is the right choice, but this score helped to choose it: the best of several is partly luck.",
        "C": "That chooses by the test rows. They become validation rows by it, and nothing is left to judge with.",
        "D": "That chooses by the test rows as well, and a small gap says nothing on how good a run is.",
    },
    hints=(
        "Which score may choose, and which one may only report?",
        "Choose the run as if the last column were covered by your hand. Then lift the hand from one line.",
    ),
    solution='mb.check("04.4", "B")',
    explanation="Validation chooses run 1; the test then says how good it is, and that number stands, even though "
    "another run would have looked better. It is lower than 96.9% because the winner's score holds some luck.",
)

EXERCISES = [ACCURACY, LOSS, SCORES, REPORT]

LEARNED = 0.8  # the share of rows right from which on the prediction's question has an answer
ANSWERS = {1: 0, 8: 1, 9: 2}  # the digit that stands for each option of the prediction; any other digit is option 3


def _outcome(lab):
    """Which wrong answer stands most often in the newest confusion matrix; None where the network has not learned."""
    if lab.matrix is None or lab.matrix.trace() < LEARNED * lab.matrix.sum():
        return None
    wrong = lab.matrix.sum(axis=0) - lab.matrix.diagonal()
    if not wrong.any():
        return None
    second, first = np.argsort(wrong, kind="stable")[-2:]
    text = f"The network read {wrong.sum()} of the {lab.matrix.sum()} rows wrong. In {wrong[first]} of them it said "
    more = f"; the next in line is {second}, with {wrong[second]}" if wrong[second] else ""
    return ANSWERS.get(int(first), 3), f"{text}{first}{more}."


PREDICTION = Prediction(
    question="A network has learned to read digits; of the 843 validation rows it still reads a few dozen wrong. "
    "When it is wrong, which digit does it say most often?",
    options=("1", "8", "9", "another digit"),
    then="Press Train and wait until the run has finished. Then look down the columns of the confusion matrix.",
    outcome=_outcome,
)

QUIZ = [
    Question(
        text="One batch of 100 rows has 90 right, a last batch of 20 rows has all 20 right. What is the accuracy?",
        options=(
            ("95%", "That is the mean of 90% and 100%: it lets 20 rows weigh as much as 100."),
            ("90%", "That leaves the short batch out. Its rows count as well."),
            ("about 92%", "Yes: 110 of 120 rows. Count rows, not batches."),
            ("100%", "That is the last batch alone."),
        ),
        right=2,
    ),
    Question(
        text="You change the learning rate and train again with one seed: 96.2% of the validation rows instead of "
        "95.9%. What do you know?",
        options=(
            ("The new learning rate is better.", "Not from this. Seeds alone moved the accuracy by a whole point."),
            ("Next to nothing yet.", "Yes. Train both with several seeds and compare their means."),
            (
                "It is better, because both were measured on the same rows.",
                "The same rows take out one kind of luck. The first weights and the order of the rows are another.",
            ),
        ),
        right=1,
    ),
    Question(
        text="A network calls every picture a 9. Of 1,000 pictures 100 are nines. Its precision and recall for 9?",
        options=(
            ("precision 100%, recall 10%", "The other way round: it misses no nine, but few of its nines are one."),
            ("precision 10%, recall 100%", "Yes: it finds every nine, and is right in one of ten of its answers."),
            ("both 10%", "10% is its precision, and its accuracy. It misses no nine, so its recall is 100%."),
        ),
        right=1,
    ),
]

RECALL = Question(
    text="From lesson 02: the 843 validation rows are cut into batches of 100. What comes out?",
    options=(
        ("8 batches of 100", "That loses 43 rows. They make a short ninth batch."),
        ("9 batches, the last with 43 rows", "Yes: 8 times 100, and the 43 that are left."),
        ("9 batches of 100", "There are not enough rows for that: the last batch stays short."),
        ("100 batches", "The batch size says how many rows are in a batch, not how many batches there are."),
    ),
    right=1,
)
