"""The same training step in five libraries. Each contender is an endless generator: one `next` makes `updates` updates.

All train the same network on the same rows (X (n, 784) float32, y (n,) class numbers): 784 -> 128 ReLU -> 10, softmax
cross-entropy, plain SGD, float32, a new order every epoch, the short last batch kept. After every update the loss is
a Python float: each `next` returns the list of them (scikit-learn and the bare products: see there).
"""

import itertools
import warnings

import numpy as np

HIDDEN, CLASSES, LEARNING_RATE = 128, 10, 0.01


def data(rows=12_800, features=784, seed=0):
    """Return (X, y): a faint pattern for each class under normal noise, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, CLASSES, rows)
    patterns = rng.standard_normal((CLASSES, features), dtype=np.float32)
    return 0.5 * rng.standard_normal((rows, features), dtype=np.float32) + 0.05 * patterns[y], y


def mbtutor(X, y, size, updates, threads):
    import mbtutor as mb

    layers = [mb.Dense(X.shape[1], HIDDEN), mb.ReLU(), mb.Dense(HIDDEN, CLASSES)]
    return mbtutor_of(layers, mb.MiniBatches((X, y), batch_size=size), updates)


def mbtutor_of(layers, batches, updates):
    """mbtutor with other layers."""
    import mbtutor as mb

    net = mb.Network(layers, dtype=np.float32)
    net.compile("cross_entropy", mb.SGD(lr=LEARNING_RATE))
    run = mb.train(net, batches, updates=10**9)
    next(run)  # the untrained state
    while True:
        yield [next(run).loss for _ in range(updates)]


def pytorch(X, y, size, updates, threads):
    """PyTorch eager, as written by someone who wants it quick: tensors, and rows picked by number."""
    return pytorch_of(_pytorch_layers(X), X, y, size, updates, threads)


def pytorch_of(layers, X, y, size, updates, threads):
    """PyTorch eager with other layers, on rows that a tensor holds."""
    torch, step = _pytorch_step(layers, threads)
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    rows = (index if isinstance(index, slice) else torch.from_numpy(index) for index in _rows_by_hand(len(X), size))
    while True:
        yield [step(X[index], y[index]) for index in itertools.islice(rows, updates)]


def dataloader(X, y, size, updates, threads):
    """PyTorch as its tutorials write it: TensorDataset and DataLoader."""
    torch, step = _pytorch_step(_pytorch_layers(X), threads)
    dataset = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    loader = torch.utils.data.DataLoader(dataset, batch_size=size, shuffle=True, num_workers=0)
    batches = (batch for _ in itertools.count() for batch in loader)
    while True:
        yield [step(*batch) for batch in itertools.islice(batches, updates)]


def sklearn(X, y, size, updates, threads):
    """MLPClassifier.fit does its own batching. It is called on whole epochs of all rows, or of as many as are needed.

    It adds up its losses, a float each, and shows their mean over an epoch.
    """
    from sklearn.neural_network import MLPClassifier

    warnings.filterwarnings("ignore", message="Stochastic Optimizer: Maximum iterations")
    chunk = min(len(X), size * updates)
    epochs = updates // -(-chunk // size)
    net = MLPClassifier(
        HIDDEN, solver="sgd", momentum=0, nesterovs_momentum=False, alpha=0, batch_size=size, warm_start=True,
        learning_rate_init=LEARNING_RATE, max_iter=epochs, n_iter_no_change=10**9, random_state=0,
    )  # fmt: skip
    for start in itertools.cycle(range(0, len(X), chunk)):
        net.fit(X[start : start + chunk], y[start : start + chunk])
        yield net.loss_curve_[-epochs:]


def jax(X, y, size, updates, threads):
    """One jitted function picks the rows, finds the gradient and returns the new weights (in place of the old)."""
    import jax
    import jax.numpy as jnp

    def loss(weights, X, y):
        (W1, b1), (W2, b2) = weights
        log_p = jax.nn.log_softmax(jax.nn.relu(X @ W1 + b1) @ W2 + b2)
        return -jnp.take_along_axis(log_p, y[:, None], axis=1).mean()

    def update(weights, X, y):
        value, gradient = jax.value_and_grad(loss)(weights, X, y)
        return value, jax.tree.map(lambda w, g: w - LEARNING_RATE * g, weights, gradient)

    by_number = jax.jit(lambda weights, X, y, index: update(weights, X[index], y[index]), donate_argnums=0)
    all_rows = jax.jit(update, donate_argnums=0)

    weights = jax.tree.map(jnp.asarray, _weights(X.shape[1]))
    X, y, rows, losses = jnp.asarray(X), jnp.asarray(y), _rows_by_hand(len(X), size), []
    for index in rows:
        if isinstance(index, slice):
            value, weights = all_rows(weights, X, y)
        else:
            value, weights = by_number(weights, X, y, index)
        losses.append(float(value))
        if len(losses) == updates:
            yield losses
            losses = []


def products(X, y, size, updates, threads):
    """The five matrix products of the step and nothing else, on rows that lie ready, into arrays that lie ready."""
    (W1, _), (W2, _) = _weights(X.shape[1])
    lengths = itertools.cycle([min(size, len(X) - start) for start in range(0, len(X), size)])
    H, dH = np.ones((2, size, HIDDEN), np.float32)
    Y, dW1, dW2 = np.empty((size, CLASSES), np.float32), np.empty_like(W1), np.empty_like(W2)
    while True:
        for n in itertools.islice(lengths, updates):
            np.matmul(X[:n], W1, out=H[:n])
            np.matmul(H[:n], W2, out=Y[:n])
            np.matmul(H[:n].T, Y[:n], out=dW2)
            np.matmul(Y[:n], W2.T, out=dH[:n])
            np.matmul(X[:n].T, dH[:n], out=dW1)
        yield []


ALL = {
    "mbtutor": mbtutor,
    "PyTorch eager": pytorch,
    "PyTorch DataLoader": dataloader,
    "scikit-learn": sklearn,
    "JAX jit": jax,
    "bare products": products,
}


def _pytorch_layers(X):
    from torch import nn

    return [nn.Linear(X.shape[1], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES)]


def _pytorch_step(layers, threads):
    import torch

    torch.set_num_threads(threads)
    net = torch.nn.Sequential(*layers)
    loss_function = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE)

    def step(X, y):
        optimizer.zero_grad()
        loss = loss_function(net(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return torch, step


def _rows_by_hand(n, size):
    """Row numbers of one batch after the other, for ever; a batch of all rows is a slice, which copies nothing."""
    rng = np.random.default_rng(0)
    while True:
        order = rng.permutation(n) if size < n else None
        for start in range(0, n, size):
            yield slice(None) if order is None else order[start : start + size]


def _weights(features):
    rng = np.random.default_rng(0)
    shapes = ((features, HIDDEN), (HIDDEN, CLASSES))
    return [(0.05 * rng.standard_normal(shape, dtype=np.float32), np.zeros(shape[1], np.float32)) for shape in shapes]
