"""A loss says in one number how wrong the outputs are; its gradient says which way they should move.

Every loss is a mean over the rows (or numbers) it is given, so that a learning rate means the same at every batch size.
`forward(Y, y)` returns (loss, backward); `backward()` returns dY, the gradient of the loss for Y.
"""

import numpy as np

from . import checks


class _OfClasses:
    """What losses for classes share: which answers they take, and how they decide."""

    def check(self, y, outputs):
        """Raise a ValueError that says how to mend labels that `outputs` classes cannot hold."""
        (_check_probabilities if y.ndim == 2 else _check_classes)(y, outputs)

    def decide(self, Y):
        """The class with the largest output, (n,)."""
        return Y.argmax(axis=1)


class CrossEntropy(_OfClasses):
    """Softmax cross-entropy for classes: loss = mean of -log p[y], where p = softmax(Y).

    Y: (n, K) outputs before the softmax. y: (n,) class numbers, or (n, K) probabilities.
    All outputs equal give a loss of ln K.
    """

    name = "cross_entropy"

    def forward(self, Y, y):
        # One class a row, one example a column: numpy is quickest along long rows.
        Z = np.array(Y.T, order="C")  # a copy also of one row, which ascontiguousarray would not make
        Z -= Z.max(axis=0)  # softmax does not change, and exp cannot overflow
        E = np.exp(Z)
        total = E.sum(axis=0)
        columns = np.arange(len(Y))
        if y.ndim == 2:
            y = y.astype(Y.dtype, copy=False)  # float64 answers would make a float32 network compute in float64
        if y.ndim == 1:
            loss = (np.log(total) - Z[y, columns]).sum() / len(Y)
        else:
            loss = (np.log(total) * y.sum(axis=1) - (y.T * Z).sum(axis=0)).sum() / len(Y)

        def backward():
            dZ = E / total  # the softmax
            if y.ndim == 1:
                dZ[y, columns] -= 1
            else:
                dZ = dZ * y.sum(axis=1) - y.T
            dZ /= len(Y)
            return dZ.T

        return loss, backward


class BinaryCrossEntropy:
    """Cross-entropy for yes/no answers: loss = mean of log(1 + exp(Y)) - y Y, where sigmoid(Y) is the chance of yes.

    Y: (n, k) outputs before the sigmoid. y: (n,) or (n, k), 0 or 1 (or a probability).
    """

    name = "binary_cross_entropy"

    def forward(self, Y, y):
        y = _like(y, Y)
        loss = (np.logaddexp(0, Y) - y * Y).mean()

        def backward():
            return (0.5 * (1 + np.tanh(0.5 * Y)) - y) / Y.size

        return loss, backward

    def check(self, y, outputs):
        """Raise a ValueError for answers outside 0..1 or of another shape than the outputs."""
        _check_targets(y, outputs)
        if y.min() < 0 or y.max() > 1:
            raise ValueError(f"y must hold 0 for no and 1 for yes; got values from {y.min()} to {y.max()}")

    def decide(self, Y):
        """1 where yes is likelier than no, (n,) for one output and (n, k) for k."""
        answers = (Y > 0).astype(np.int64)
        return answers[:, 0] if answers.shape[1] == 1 else answers


class _OfNumbers:
    """What losses for numbers to be hit share: which targets they take. A regression decides on no class.

    Y: (n, k) outputs. y: (n,) or (n, k) targets.
    """

    def check(self, y, outputs):
        """Raise a ValueError for targets of another shape than the outputs."""
        if y.ndim == 1 and outputs > 1 and y.dtype.kind in "iu":
            raise ValueError(
                f"y holds one whole number a row, the network {outputs} outputs: for class numbers use "
                f'loss="one_hot_squared_error", for a number to be hit a network with 1 output'
            )
        _check_targets(y, outputs)

    def decide(self, Y):
        """None: a regression decides on no class, so it has no accuracy."""


class MeanSquaredError(_OfNumbers):
    """For numbers to be hit: loss = mean of (Y - y)**2 over every number.

    Y: (n, k) outputs. y: (n,) or (n, k) targets. Of all constants, the mean of the targets costs least.
    """

    name = "mean_squared_error"

    def forward(self, Y, y):
        difference = Y - _like(y, Y)
        return (difference * difference).mean(), lambda: difference * (2 / Y.size)


class MeanAbsoluteError(_OfNumbers):
    """For numbers to be hit: loss = mean of |Y - y| over every number; its slope at a hit counts as 0.

    Y: (n, k) outputs. y: (n,) or (n, k) targets. Of all constants, the median of the targets costs least.
    """

    name = "mean_absolute_error"

    def forward(self, Y, y):
        difference = Y - _like(y, Y)
        return np.abs(difference).mean(), lambda: np.sign(difference) / Y.size


class Huber(_OfNumbers):
    """For numbers to be hit, some of them false: squared for small errors, straight for large ones.

    With e = |Y - y|, loss = mean of e**2 / 2 where e <= delta, and of delta (e - delta / 2) beyond (Huber 1964).
    Y: (n, k) outputs. y: (n,) or (n, k) targets. delta: the error, above 0, from which on the slope stays the same.
    """

    name = "huber"

    def __init__(self, delta=1.0):
        self.delta = checks.positive_number("delta", delta)

    def forward(self, Y, y):
        difference = Y - _like(y, Y)
        held = np.clip(difference, -self.delta, self.delta)
        return (held * (difference - held / 2)).mean(), lambda: held / Y.size

    def __repr__(self):
        return f"Huber({self.delta:g})"


class OneHotSquaredError(_OfClasses):
    """Mean squared error for classes: loss = mean of (Y - y)**2, where y is 1 for the right class and 0 for the others.

    Y: (n, K) outputs, without a softmax. y: (n,) class numbers, or (n, K) probabilities.
    All outputs 0 give a loss of 1 / K.
    """

    name = "one_hot_squared_error"

    def forward(self, Y, y):
        return MeanSquaredError().forward(Y, np.eye(Y.shape[1], dtype=Y.dtype)[y] if y.ndim == 1 else y)


_EVERY = CrossEntropy, BinaryCrossEntropy, MeanSquaredError, MeanAbsoluteError, Huber, OneHotSquaredError
LOSSES = {loss.name: loss for loss in _EVERY}


def as_loss(loss):
    """Return the loss of that name, or the loss object itself."""
    if isinstance(loss, str):
        return LOSSES[checks.choice("loss", loss, tuple(LOSSES))]()
    if isinstance(loss, type) or not all(hasattr(loss, name) for name in ("forward", "check", "decide")):
        raise TypeError(f"loss must be one of {', '.join(map(repr, LOSSES))} or a loss object; got {loss!r}")
    return loss


def _like(y, Y):
    """Targets in the shape of the outputs: without this, (n,) against (n, 1) would silently become (n, n)."""
    y = y[:, None] if y.ndim == 1 and Y.shape[1] == 1 else y
    if y.shape != Y.shape:
        raise ValueError(f"y must have the shape of the outputs, {Y.shape}; got {y.shape}")
    return y.astype(Y.dtype, copy=False)


def _check_targets(y, outputs):
    columns = 1 if y.ndim == 1 else y.shape[1]
    if columns != outputs:
        raise ValueError(
            f"y of shape {y.shape} has {columns} targets a row, the network {outputs} outputs; make them equal"
        )


def _check_classes(y, outputs):
    if y.dtype.kind not in "iu":
        raise ValueError(
            f"y holds {y.dtype} numbers such as {y[0]}; this loss needs class numbers 0..{outputs - 1}. Use "
            'y.astype(int) if they are classes, or loss="mean_squared_error" if they are measurements'
        )
    low, high = y.min(), y.max()
    if low == 1 and high == outputs:
        raise ValueError(f"y runs from 1 to {high}, but classes are counted from 0: subtract 1 from y")
    if low < 0 or high >= outputs:
        raise ValueError(f"y must hold class numbers from 0 to {outputs - 1}, one for each output; got {low} to {high}")


def _check_probabilities(y, outputs):
    if y.shape[1] == 1:
        raise ValueError(f"y is a column, shape {y.shape}; class numbers have shape (n,): use y.ravel()")
    _check_targets(y, outputs)
    if y.min() < 0 or not np.allclose(y.sum(axis=1), 1):
        raise ValueError("y of shape (n, K) must hold probabilities: nothing below 0, each row adding up to 1")
