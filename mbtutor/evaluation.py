"""Part 4 of the guide: measure what a network can do on rows it has not learned from."""

import numpy as np

from . import checks
from .datasets.dataset import as_dataset
from .network import Network, NotFinite


def evaluate(net, data, batch_size=1024):
    """Return {"loss": mean loss, "accuracy": share of rows right} over all rows (no accuracy for a regression).

    The rows go through in batches, so that memory stays small; each batch counts by its length, so that a short
    last batch weighs no more than its rows. Dropout is off. Raises ValueError for rows the network cannot take, and
    NotFinite where the loss would be NaN or infinite.
    """
    data = as_dataset(data)
    batch_size = checks.whole_number("batch_size", batch_size)
    check_fit(net, data)
    loss = right = 0.0
    with np.errstate(all="ignore"):  # numbers that overflow are told in words, below
        for start in range(0, len(data), batch_size):
            X, y = data.X[start : start + batch_size], data.y[start : start + batch_size]
            Y, _ = net.forward(X)
            loss += float(net.loss.forward(Y, y)[0]) * len(y)
            accuracy = net.accuracy(Y, y)
            right += 0 if accuracy is None else accuracy * len(y)
    if not np.isfinite(loss):
        raise NotFinite(f"the loss on {data.name} became {loss}; its numbers, or the weights, are too large")
    result = {"loss": loss / len(data)}
    return result if accuracy is None else {**result, "accuracy": right / len(data)}


def typical_error(net, data):
    """Return how far off the network's numbers are, in the target's own unit: the root of the mean squared error.

    data: a Dataset with a target of numbers; what mb.standardize_target did to it is undone. Raises ValueError for
    classes, and for rows the network cannot take.
    """
    data = _of_numbers(as_dataset(data))
    check_fit(net, data)
    with np.errstate(all="ignore"):  # a network that ran away is infinitely far off
        return _spread(net.predict(data.X).reshape(data.y.shape) - data.y, data)


def baseline(train, data):
    """Return what an answer that looks at no column reaches on `data`: every network has to beat it.

    With classes it is always the commonest class of train, and the number is the share of rows right. With a target of
    numbers it is always the mean of train, and the number is its typical error in the target's own unit.
    """
    train, data = as_dataset(train), as_dataset(data)
    if train.classes:
        return float(np.mean(data.y == np.bincount(train.y).argmax()))
    return _spread(train.y.mean(axis=0) - _of_numbers(data).y, data)


def _of_numbers(data):
    if data.y.dtype.kind != "f":
        raise ValueError(f"{data.name} must have a target of numbers; it has classes: use mb.evaluate")
    return data


def _spread(off, data):
    off = off if data.target_scaler is None else off * data.target_scaler.scale
    return float(np.sqrt(np.mean(np.square(off))))


def check_fit(net, data, name="data"):
    """Raise the error that says why this network cannot learn or be measured on these rows; else do nothing."""
    if not isinstance(net, Network):
        raise TypeError(f"net must be a Network such as mb.Network([mb.Dense(64, 10)]); got {type(net).__name__}")
    net.check_compiled()
    net.check_windows()
    try:
        outputs = net.check_rows(data.X)
        if len(outputs) != 1:
            mend = "put LastStep or MeanOverTime before its end" if None in outputs else "put Flatten first"
            raise ValueError(f"the network's outputs have shape {outputs} a row; end it with a Dense layer, or {mend}")
        net.loss.check(data.y, outputs[0])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def accuracy(y, predicted):
    """The share of rows where `predicted` (n,) equals y (n,)."""
    y, predicted = _pair(y, predicted)
    return int(np.count_nonzero(y == predicted)) / len(y)


def share_interval(right, rows):
    """Return (low, high): where the true share lies, in 95 of 100 such intervals, when `right` of `rows` were right.

    Wilson 1927: it stays within 0 and 1, also for few rows and where all or none are right. Raises ValueError for
    counts that are not whole numbers with 0 <= right <= rows, rows >= 1.
    """
    rows = checks.whole_number("rows", rows)
    share, z2 = checks.whole_number("right", right, 0, rows) / rows, 1.959964**2
    middle = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    reach = np.sqrt(z2 * (share * (1 - share) / rows + z2 / (4 * rows**2))) / (1 + z2 / rows)
    return max(0.0, float(middle - reach)), min(1.0, float(middle + reach))


def confusion_matrix(y, predicted, classes=None):
    """Return (K, K) counts: row = true class, column = predicted class; the diagonal is what was right.

    y, predicted: (n,) class numbers from 0. classes: K, by default the largest number seen plus 1.
    """
    y, predicted = _pair(y, predicted)
    highest = int(max(y.max(), predicted.max()))
    classes = highest + 1 if classes is None else checks.whole_number("classes", classes)
    if min(y.min(), predicted.min()) < 0 or highest >= classes:
        raise ValueError(
            f"class numbers must run from 0 to {classes - 1}; got {min(y.min(), predicted.min())} to {highest}"
        )
    return np.bincount(y * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def precision_recall_f1(y, predicted, classes=None):
    """Return {"precision", "recall", "f1"}, each (K,): one number a class, between 0 and 1.

    precision: of the rows called k, the share that are k. recall: of the rows that are k, the share called k.
    f1: their harmonic mean. Where a share would be 0 / 0 (no row called k, no row that is k) it counts as 0.
    """
    matrix = confusion_matrix(y, predicted, classes)
    right, called, true = matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)
    return {"precision": _share(right, called), "recall": _share(right, true), "f1": _share(2 * right, called + true)}


def _share(part, whole):
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def _pair(y, predicted):
    y, predicted = np.asarray(y), np.asarray(predicted)
    if y.shape != predicted.shape or y.ndim != 1 or not len(y):
        raise ValueError(
            f"y and predicted must have one class number a row each; got shapes {y.shape} and {predicted.shape}"
        )
    if y.dtype.kind not in "iu" or predicted.dtype.kind not in "iu":
        raise ValueError(f"y and predicted must be whole class numbers; got dtypes {y.dtype} and {predicted.dtype}")
    return y.astype(np.int64), predicted.astype(np.int64)
