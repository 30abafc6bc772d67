"""Lesson 14: an epoch in PyTorch, losses behind a bar, rows in one order, the lines of a tape, softmax twice."""

import numpy as np

from .. import export, frameworks
from ..batches import MiniBatches
from ..layers import Dense
from ..losses import as_loss
from ..network import Network
from ..optimizers import SGD
from .exercise import Choose, Mistake, NotYet, Order, Prediction, Question, Write, function_in, seen, short

TITLE = "Do it in a framework"
CASES = ((7, 3, 0.5), (6, 3, 0.1), (5, 8, 1.0))  # rows, batch size, learning rate
STAND_INS = "(PyTorch is not installed here, so objects with the same methods stood in for its own.)"


class Rows(np.ndarray):
    """A batch of X or y where PyTorch is missing: an array whose `size` is a method, as a tensor's is."""

    def size(self, axis=None):
        """The shape, or the length of one axis."""
        return self.shape if axis is None else self.shape[axis]


class Loss(float):
    """The loss of a batch where PyTorch is missing. Computing with it gives what is still tied to the way back."""

    def backward(self):
        """Add the slopes to those that the network holds, as PyTorch does."""
        self.way_back()

    def item(self):
        """The plain number."""
        return float(self)

    def detach(self):
        """The loss, for itself."""
        return self


def _tied(operation):
    return lambda self, other: Loss(getattr(float, operation)(self, float(other)))


for _operation in ("__add__", "__radd__", "__mul__", "__rmul__", "__truediv__"):
    setattr(Loss, _operation, _tied(_operation))


class Net:
    """The network where PyTorch is missing: its slopes add up until they are cleared."""

    def __init__(self, net):
        self.inner, self.slopes, self.training = net, None, True

    def __call__(self, X):
        scores, self._backward = self.inner.forward(np.asarray(X), training=self.training)
        return scores.view(Rows)

    def train(self, mode=True):
        """Turn to training."""
        self.training = mode
        return self

    def eval(self):
        """Turn to evaluation."""
        return self.train(False)

    def zero_grad(self, set_to_none=True):
        """Forget the slopes."""
        self.slopes = None

    def loss_of(self, scores, y):
        """The mean cross-entropy of these scores."""
        value, slopes = as_loss("cross_entropy").forward(np.asarray(scores), np.asarray(y))
        loss, back = Loss(value), self._backward

        def way_back():
            gradient = back(slopes())
            self.slopes = gradient if self.slopes is None else self.slopes + gradient

        loss.way_back = way_back
        return loss


class Sgd:
    """The optimizer where PyTorch is missing."""

    def __init__(self, net, lr):
        self.net, self.lr = net, lr

    def zero_grad(self, set_to_none=True):
        """Forget the slopes."""
        self.net.zero_grad()

    def step(self):
        """Move the weights against the slopes that are there."""
        if self.net.slopes is not None:
            self.net.inner.weights -= self.lr * self.net.slopes


def _stand_ins(net, batches, lr):
    """(net, loader, loss_of, optimizer, a function that returns the weights)."""
    standing = Net(net)
    loader = [(X.view(Rows), y.view(Rows)) for X, y in batches]
    return standing, loader, standing.loss_of, Sgd(standing, lr), lambda: net.weights


def _torch_parts(net, batches, lr):
    """The same, of PyTorch itself."""
    torch = frameworks.needed("torch")
    module = export.to_pytorch(net).train()
    loader = [(torch.tensor(X), torch.tensor(y)) for X, y in batches]

    def weights():
        export.from_pytorch(module, net)
        return net.weights

    return module, loader, torch.nn.CrossEntropyLoss(), torch.optim.SGD(module.parameters(), lr), weights


def _warm_up():
    """Make one epoch with PyTorch, where it is installed: at its first update it loads much more, for seconds."""
    if frameworks.installed("torch"):
        frameworks.needed("torch").set_num_threads(1)
        _examine_epoch(function_in(EPOCH.solution))


def _case(rows, batch_size, lr):
    """(net, batches of arrays, lr) that are the same each time."""
    rng = np.random.default_rng(rows)
    data = rng.normal(size=(rows, 4)), rng.permutation(np.arange(rows) % 3)
    net = Network([Dense(4, 3)], seed=rows)
    net.compile("cross_entropy", SGD(lr))
    return net, [(batch.X, batch.y) for batch in MiniBatches(data, min(batch_size, rows))], lr


def _right_epoch(net, batches, lr, kept=False):
    """(losses, weights) after one epoch; kept: no slope is ever cleared."""
    losses, slopes = [], 0
    for X, y in batches:
        loss, gradient = net.loss_and_gradient(X, y)
        slopes = slopes * kept + gradient
        net.weights -= lr * slopes
        losses.append(loss)
    return losses, net.weights.copy()


def _examine_epoch(one_epoch):
    real = frameworks.installed("torch")
    for case in CASES:
        net, batches, lr = _case(*case)
        before = net.weights.copy()
        *parts, weights = (_torch_parts if real else _stand_ins)(net, batches, lr)
        got = one_epoch(*parts)
        losses, right = _right_epoch(*_case(*case))
        _, kept = _right_epoch(*_case(*case), kept=True)
        given = f"Given {case[0]} rows in batches of {', '.join(str(len(y)) for _, y in batches)}"
        _check_weights(weights(), before, right, {"kept": kept}, given)
        _check_mean(got, losses, [len(y) for _, y in batches], given)
    return "" if real else STAND_INS


def _check_weights(got, before, right, wrong, given):
    if np.allclose(got, right, atol=1e-9):
        return
    if np.array_equal(got, before):
        raise NotYet("unmoved", f"{given}, every weight is what it was.")
    known = [name for name, weights in wrong.items() if np.allclose(got, weights, atol=1e-9)]
    message = "After the epoch the weights are not those of one update for every batch."
    raise NotYet(known[0] if known else message, f"{given}, the first weight is {got[0]:.4f}; right is {right[0]:.4f}.")


def _check_mean(got, losses, sizes, given):
    if got is None:
        raise NotYet("Nothing came back. Return the mean loss of the epoch's rows.")
    if type(got).__name__ in ("Tensor", "Loss"):
        raise NotYet("tied")
    try:
        got = float(got)
    except (TypeError, ValueError):
        raise NotYet(f"Return one number, the mean loss of the rows; got {short(got)}.") from None
    right = np.average(losses, weights=sizes)
    wrong = {
        "mean of means": np.mean(losses),
        "last": losses[-1],
        "sum": np.sum(losses),
        "not divided": right * sum(sizes),
    }
    if not np.isclose(got, right, rtol=1e-7):
        known = [name for name, value in wrong.items() if np.isclose(got, value, rtol=1e-7)]
        message = "The weights are right; the mean loss of the rows is not yet."
        raise NotYet(known[0] if known else message, f"{given}, it returned {got:.4f}; right is {right:.4f}.")


def _one_epoch(start="", clear="optimizer.zero_grad()", update="loss.backward()\n        optimizer.step()", **ends):
    """The text of a function that makes one epoch, with some of its lines replaced."""
    counted = ends.get("counted", "total += loss.item() * len(y)\n        rows += len(y)")
    result = ends.get("result", "total / rows")
    return f"""
def one_epoch(net, loader, loss_of, optimizer):
    total, rows = 0, 0{start}
    for X, y in loader:
        {clear}
        loss = loss_of(net(X), y)
        {update}
        {counted}
    return {result}
"""


EPOCH = Write(
    id="14.1",
    task="Write one epoch in PyTorch.",
    starter='''
def one_epoch(net, loader, loss_of, optimizer):
    """Make one update for each batch (X, y) of the loader; return the mean loss of its rows, a plain number."""
    ...
''',
    hints=(
        "Five lines for each batch: clear the old slopes, forward, loss, backward, update.",
        "`optimizer.zero_grad()`, `loss = loss_of(net(X), y)`, `loss.backward()`, `optimizer.step()`.",
        "The mean over the rows: add up `loss.item() * len(y)` and `len(y)`, and divide at the end. The last batch may "
        "be short.",
    ),
    solution=_one_epoch(),
    explanation="PyTorch finds the way back by itself, but adds the new slopes to those there are: they are "
    "cleared before each batch. `.item()` takes the plain number; the loss itself keeps the whole way back in memory.",
    examine=_examine_epoch,
    prepare=_warm_up,
    may_change_input=True,
    mistakes={
        "kept": Mistake(
            "The slopes of all batches so far add up, and each step goes along them all. Clear them before each batch.",
            _one_epoch(clear="pass"),
        ),
        "unmoved": Mistake(
            "No weight has moved. The order is clear, forward, loss, backward, step; a step needs slopes.",
            _one_epoch(update="loss.backward()\n        optimizer.zero_grad()\n        optimizer.step()"),
        ),
        "tied": Mistake(
            "A tensor came back that is still tied to the way back, and keeps it in memory. Count `loss.item()`.",
            _one_epoch(counted="total = total + loss * len(y)\n        rows += len(y)"),
        ),
        "mean of means": Mistake(
            "That is the mean of the batches. A short last batch counts by its rows: weigh each loss by `len(y)`.",
            _one_epoch(counted="total += loss.item()\n        rows += 1"),
        ),
        "last": Mistake(
            "That is the loss of the last batch. Add up those of all batches.",
            _one_epoch(counted="total, rows = loss.item(), 1"),
        ),
        "sum": Mistake(
            "That is the sum of the batches' losses. Weigh each by its rows, and divide by all rows.",
            _one_epoch(counted="total += loss.item()", result="total"),
        ),
        "not divided": Mistake(
            "That is a sum over the rows. Divide it by how many rows there were.",
            _one_epoch(result="total"),
        ),
    },
)


def _examine_own(own):
    for losses, sizes in (([1.0, 0.5, 2.0], [4, 4, 2]), ([0.5, 0.25], [3, 3]), ([2.0], [5])):
        rows = np.cumsum(sizes)
        shown = np.cumsum(np.multiply(losses, sizes)) / rows
        grown = np.diff(shown * rows, prepend=0)
        wrong = {"shown": shown, "differences": np.diff(shown, prepend=0), "sums": grown, "all rows": grown / rows}
        wrong["alike"] = np.diff(shown * np.arange(1, len(shown) + 1), prepend=0)
        wrong["forward"] = np.cumsum(shown * sizes) / rows
        got = own(shown.tolist(), list(sizes))
        try:
            numbers = np.array(list(got), dtype=float)
        except (TypeError, ValueError):
            raise NotYet(f"Return a list of numbers, one for each batch; got {short(got)}.") from None
        if numbers.shape != shown.shape:
            raise NotYet(f"There are {len(losses)} batches, so {len(losses)} numbers; {numbers.size} came back.")
        if not np.allclose(numbers, losses, rtol=1e-9):
            known = [name for name, values in wrong.items() if np.allclose(numbers, values, rtol=1e-9)]
            given = f"shown={np.round(shown, 4).tolist()}, sizes={sizes}"
            message = "Those are not the losses of the batches."
            raise NotYet(known[0] if known else message, seen(given, np.round(numbers, 4).tolist(), losses))


def _own(result, update="total, rows = mean * (rows + size), rows + size"):
    return f"""
def own(shown, sizes):
    losses, total, rows = [], 0, 0
    for mean, size in zip(shown, sizes):
        losses.append({result})
        {update}
    return losses
"""


OWN = Write(
    id="14.2",
    task="Find each batch's own loss in what Keras shows.",
    starter='''
def own(shown, sizes):
    """Return each batch's own loss. shown: what Keras shows after each batch; sizes: how many rows each has."""
    ...
''',
    hints=(
        "A mean of 3 over 10 rows: what do the losses of these rows add up to?",
        "Every mean so far is a sum over the rows so far, divided by them. By how much did that sum grow?",
        "Keep the sum and the rows before the batch. Its own loss is what the sum grew by, divided by its rows.",
    ),
    solution=_own("(mean * (rows + size) - total) / size"),
    explanation="The mean drags the early, high losses along until the epoch ends, so it falls more slowly than the "
    "losses of the batches. What Keras shows is rounded to float32, and the way back multiplies that rounding by the "
    "rows so far: late in an epoch fewer digits are right.",
    examine=_examine_own,
    mistakes={
        "shown": Mistake("Those are still the means of all rows so far.", _own("mean")),
        "differences": Mistake(
            "A mean minus the mean before it is no loss: each is divided by rows of its own. Take sums first.",
            _own("mean - total", "total = mean"),
        ),
        "sums": Mistake(
            "Those are sums over the rows of each batch. Divide each by the batch's rows.",
            _own("mean * (rows + size) - total"),
        ),
        "all rows": Mistake(
            "What the sum grew by is of this batch alone. Divide it by the batch's rows, not by all rows so far.",
            _own("(mean * (rows + size) - total) / (rows + size)"),
        ),
        "alike": Mistake(
            "Each batch counts alike here. A short batch counts by its rows.",
            _own("mean * (rows + 1) - total", "total, rows = mean * (rows + 1), rows + 1"),
        ),
        "forward": Mistake(
            "That takes the mean once more. Go the other way: from the mean so far to the batch.",
            _own("(total + mean * size) / (rows + size)", "total, rows = total + mean * size, rows + size"),
        ),
    },
)


def _examine_order(in_order):
    rng = np.random.default_rng(5)
    for sizes in ((2, 2, 1), (3, 3), (4,)):
        n = sum(sizes)
        X, y, order = np.arange(2.0 * n).reshape(n, 2), np.arange(n) + 10, rng.permutation(n)
        if n == 5:
            order = np.array([3, 0, 4, 1, 2])
        rows = np.split(order, np.cumsum(sizes)[:-1])
        got = in_order(X, y, rows)
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            raise NotYet("Return two things: `return X[order], y[order]`.", f"It returned `{short(got)}`.")
        wrong = {"whole batches short": [part[order][: sizes[0]] for part in (X, y)]}
        wrong["backwards"] = [part[np.argsort(order)] for part in (X, y)]
        wrong["sorted"] = [X, y]
        wrong["y stays"] = [X[order], y]
        wrong["X stays"] = [X, y[order]]
        if _same(got, (X[order], y[order])):
            continue
        known = [name for name, pair in wrong.items() if _same(got, pair)]
        message = "The rows do not come in the order of the batches, each with its own answer."
        given = f"y={y.tolist()}, rows={[part.tolist() for part in rows]}"
        raise NotYet(known[0] if known else message, seen(f"{given}", np.asarray(got[1]).tolist(), y[order].tolist()))


def _same(got, right):
    return all(np.array_equal(np.asarray(one), other) for one, other in zip(got, right))


def _in_order(order="[row for batch in rows for row in batch]", result="X[order], y[order]"):
    return f"""
def in_order(X, y, rows):
    order = {order}
    return {result}
"""


IN_ORDER = Write(
    id="14.3",
    task="Find the bug: Keras learns nothing.",
    starter='''
def in_order(X, y, rows):
    """Return X and y as model.fit(X, y, shuffle=False) needs them. rows: the row numbers of each batch, in turn."""
    order = [row for batch in rows for row in batch]
    return X[order], y
''',
    hints=(
        "A row and its answer belong together. Which answer stands beside the first row of the new X?",
        "Whatever is done to the rows of X must be done to y.",
    ),
    solution=_in_order(),
    explanation="Nothing raises an error here: the shapes fit, and the network learns answers to other pictures. A "
    "loss that stays near that of guessing is the only sign, so try 20 rows first.",
    repair=True,
    examine=_examine_order,
    mistakes={
        "y stays": Mistake(
            "The rows of X are in the new order, y is in the old one: each picture has the answer of another.",
            _in_order(result="X[order], y.copy()"),
        ),
        "X stays": Mistake("Now y is in the new order, and X is not.", _in_order(result="X, y[order]")),
        "sorted": Mistake(
            "X and y fit together again, but in the old order: the batches are then others than those in `rows`.",
            _in_order(result="X, y"),
        ),
        "whole batches short": Mistake(
            "Only the first batch came back. Join the rows of all batches.",
            _in_order(order="list(rows[0])"),
        ),
        "backwards": Mistake(
            "That puts each row back where it came from. The first row of the first batch must come first: `X[order]`.",
            _in_order(order="sorted(range(len(y)), key=[row for batch in rows for row in batch].__getitem__)"),
        ),
    },
)

TAPE = Order(
    id="14.4",
    task="Put the lines of TensorFlow's loop in order.",
    lines={
        "A": "optimizer.apply_gradients(zip(gradients, weights))",
        "B": "loss = loss_of(y, scores)",
        "C": "with tf.GradientTape() as tape:",
        "D": "gradients = tape.gradient(loss, weights)",
        "E": "for X, y in dataset:",
        "F": "scores = model(X, training=True)",
    },
    rules=(
        ("E", "C", "A tape is for one batch: the loop over the batches comes before it, E before C."),
        ("C", "F", "The tape must run before the forward pass, or it has nothing to follow back: C before F."),
        ("F", "B", "The loss judges scores, so there must be scores first: F before B."),
        ("B", "D", "The slopes are those of the loss: B before D."),
        ("D", "A", "The update needs the slopes: D before A."),
    ),
    hints=("What must be on before the forward pass begins?", "After the tape: forward, loss, slopes, update."),
    solution='mb.check("14.4", "ECFBDA")',
    explanation="The tape records what is computed while it runs, and goes back along it once. There is nothing to "
    "clear: the next batch gets a new tape.",
)

TWICE = Choose(
    id="14.5",
    task="Choose what to change.",
    options={
        "A": "The training: more epochs, at a higher learning rate, for accuracy still rises.",
        "B": "The axis: `nn.Softmax(dim=0)`, because the batch is in the rows.",
        "C": "The network: it ends in its last `nn.Linear`, and the loss stays as it is.",
        "D": "The loss: `nn.NLLLoss()`, because it takes no softmax of its own.",
    },
    right="C",
    replies={
        "A": "That helps accuracy a little, but not the loss: even with every answer right and sure it is 1.46.",
        "B": "`dim=0` would share each class out among the rows of the batch. `dim=1` is the axis of the classes.",
        "D": "`NLLLoss` expects the logarithms of probabilities. Given probabilities it takes none, and falls below 0.",
    },
    hints=(
        "At 1.46 the softmax of the network gives 1 to the right class and 0 to the others. What does the loss make of "
        "these numbers?",
        "`CrossEntropyLoss` takes scores and applies softmax itself. How often is it applied here?",
    ),
    solution='mb.check("14.5", "C")',
    explanation="Softmax of (1, 0, ..., 0) is only 0.23 for the right class, and -ln 0.23 is 1.46. In Keras it is the "
    "other way round: without `from_logits=True` the loss expects probabilities, and scores are wrong.",
)

EXERCISES = [EPOCH, OWN, IN_ORDER, TAPE, TWICE]


def _outcome(lab):
    """How many updates a finished run of one epoch in batches of 100 made."""
    rows = len(lab.train)
    for run in lab.runs:
        if run.finished and run.cells["batch size"] == 100 and run.history["examples"][-1] == rows:
            updates = int(run.history["number"][-1])
            text = f"One epoch of {rows:,} rows in batches of 100 made {updates} updates: the bar ends at "
            text += f"{updates}/{updates}."
            return (2 if updates == -(-rows // 100) else 3), text
    return None


PREDICTION = Prediction(
    question="Keras shows a bar while it trains. There are 3,934 training rows, and batch_size=100. Where does the bar "
    "stand at the end of each epoch?",
    options=(
        "3934/3934",
        "100/100",
        "40/40",
        "39/39",
    ),
    then="Set “Batch size” to 100 and “Train for” to 1 epoch, press Train, and read how many updates it made.",
    outcome=_outcome,
)

RECALL = Question(
    text="A network with batch norm is asked for its answers. What must be said first?",
    options=(
        ("nothing: a network is a function", "Batch norm and dropout compute differently while training."),
        ("that it is not training now", "Yes: then it uses its running statistics, and a row's answer is its own."),
        ("the batch size it was trained with", "The running statistics serve any number of rows, even a single one."),
    ),
    right=1,
)

QUIZ = [
    Question(
        text="While Keras trains on MNIST, which has 60,000 rows, it shows 1875/1875. What is counted?",
        options=(
            ("1,875 samples", "MNIST has 60,000 training samples, and every one of them is used."),
            ("1,875 updates", "Yes: 60,000 rows in batches of 32, one update for each batch."),
            ("1,875 epochs", "The bar fills anew in every epoch."),
        ),
        right=1,
    ),
    Question(
        text="A PyTorch loop lacks optimizer.zero_grad(). What happens?",
        options=(
            ("an error at the second batch", "No error comes; PyTorch adds up on purpose, for gradient accumulation."),
            ("nothing: backward() overwrites the slopes", "backward() adds to the slopes that are there."),
            ("the slopes of earlier batches take part in each step", "Yes. It is like a momentum that never fades."),
        ),
        right=2,
    ),
    Question(
        text="Keras reports loss 0.60 for the first epoch, and val_loss 0.30. What does that say?",
        options=(
            (
                "The validation rows are easier.",
                "Perhaps, but the two are not measured alike: one with weights that moved, one after the epoch.",
            ),
            ("Little: the 0.60 is a mean over the whole epoch, from its start.", "Yes: the early updates count in it."),
            ("The network underfits.", "To say so, measure both losses with the same weights, by model.evaluate."),
        ),
        right=1,
    ),
]
