"""The settings of the gradient microscope as programs: its paths, and the noise of the gradient at their start."""

from typing import NamedTuple

from .text import keras_imports, real


class Paths(NamedTuple):
    """What the microscope shows. start: (w, b). batch_sizes: of the paths. rows: how many there are. draws: batches."""

    start: tuple
    lr: float
    batch_sizes: list
    updates: int
    seed: int
    rows: int
    draws: int


def paths_programs(paths):
    """{framework: text}: each prints where every path ends, with the loss there, and the noise by batch size."""
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    return {name: maker(paths, ", ".join(map(real, paths.start))) for name, maker in makers.items()}


GIVEN = "# data: the data set that you gave to the lab"
ABOUT_NOISE = "# The noise at the start: how far, squared, the gradient of a batch lies from that of all rows."


def _noise_sizes(paths):
    return [2**k for k in range(paths.rows.bit_length()) if 2**k < paths.rows] + [paths.rows]


def _mbtutor(paths, start):
    return f"""import mbtutor as mb

{GIVEN}

net = mb.Network([mb.Dense(1, 1)])
net.compile("mean_squared_error", mb.SGD(lr={real(paths.lr)}))
ends = {{}}
for batch_size in {paths.batch_sizes}:
    net.weights = [{start}]
    mb.fit(net, mb.MiniBatches(data, batch_size, seed={paths.seed}), updates={paths.updates})
    ends[batch_size] = [*map(float, net.weights), mb.evaluate(net, data)["loss"]]

{ABOUT_NOISE}
net.weights = [{start}]
noise = {{}}
measurements = mb.experiments.noise_by_batch_size(net, data, draws={paths.draws}, seed={paths.seed})
for batch_size, measured, expected in measurements:
    noise[batch_size] = [measured, float(expected)]
print({{"ends": ends, "noise": noise}})
"""


def _pytorch(paths, start):
    return f"""import itertools

import torch
from torch.func import grad, vmap
from torch.utils.data import DataLoader, TensorDataset

{GIVEN}
X, y = torch.tensor(data.X[:, 0]), torch.tensor(data.y)
start = torch.tensor([{start}], dtype=X.dtype)


def loss(weights, X, y):
    return ((weights[0] * X + weights[1] - y) ** 2).mean()


ends = {{}}
for batch_size in {paths.batch_sizes}:
    torch.manual_seed({paths.seed})
    weights = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([weights], lr={real(paths.lr)})
    loader = DataLoader(TensorDataset(X, y), batch_size, shuffle=True)
    epochs = itertools.chain.from_iterable(itertools.repeat(loader))  # batch after batch, epoch after epoch
    for X_batch, y_batch in itertools.islice(epochs, {paths.updates}):
        optimizer.zero_grad()
        loss(weights, X_batch, y_batch).backward()
        optimizer.step()
    ends[batch_size] = [*weights.tolist(), loss(weights, X, y).item()]

{ABOUT_NOISE}
gradients = vmap(grad(loss), (None, 0, 0))(start, X, y)  # that of each row by itself
n, full, variance, noise = len(y), gradients.mean(0), gradients.var(0).sum().item(), {{}}
for batch_size in {_noise_sizes(paths)}:
    batches = [gradients[torch.randperm(n)[:batch_size]].mean(0) for _ in range({paths.draws})]
    measured = ((torch.stack(batches) - full) ** 2).sum(1).mean().item()
    noise[batch_size] = [measured, variance / batch_size * (1 - batch_size / n)]
print({{"ends": ends, "noise": noise}})
"""


def _keras(paths, start):
    return f"""{keras_imports("itertools")}import numpy as np

import mbtutor as mb  # for the batches

{GIVEN}
w, b = {start}
start = [np.array([[w]]), np.array([b])]
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

ends = {{}}
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.SGD(learning_rate={real(paths.lr)}))
for batch_size in {paths.batch_sizes}:
    model.set_weights(start)
    batches = mb.MiniBatches(data, batch_size, seed={paths.seed})
    epochs = itertools.chain.from_iterable(itertools.repeat(batches))  # batch after batch, epoch after epoch
    for X_batch, y_batch in itertools.islice(epochs, {paths.updates}):
        model.train_on_batch(X_batch, y_batch)
    weights = [float(array.item()) for array in model.get_weights()]
    ends[batch_size] = [*weights, float(model.test_on_batch(data.X, data.y))]

{ABOUT_NOISE}
# Keras itself hands out no gradient. An update with learning rate 1 moves the weights by minus the gradient.
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.SGD(learning_rate=1.0))
gradients = []
for row in range(len(data)):
    model.set_weights(start)
    model.train_on_batch(data.X[row : row + 1], data.y[row : row + 1])
    gradients.append([float((before - now).item()) for before, now in zip(start, model.get_weights())])
gradients, rng = np.array(gradients), np.random.default_rng({paths.seed})
n, full, variance, noise = len(data), gradients.mean(0), gradients.var(0, ddof=1).sum(), {{}}
for batch_size in {_noise_sizes(paths)}:
    batches = [gradients[rng.permutation(n)[:batch_size]].mean(0) for _ in range({paths.draws})]
    measured = ((np.array(batches) - full) ** 2).sum(1).mean()
    noise[batch_size] = [float(measured), float(variance / batch_size * (1 - batch_size / n))]
print({{"ends": ends, "noise": noise}})
"""


def _tensorflow(paths, start):
    return f"""import tensorflow as tf

{GIVEN}
tf.random.set_seed({paths.seed})
X, y = tf.constant(data.X[:, 0]), tf.constant(data.y)
rows = tf.data.Dataset.from_tensor_slices((X, y)).shuffle(len(y))
weights = tf.Variable([{start}], dtype=X.dtype)


def losses(X, y):
    return (weights[0] * X + weights[1] - y) ** 2


ends = {{}}
for batch_size in {paths.batch_sizes}:
    weights.assign([{start}])
    for X_batch, y_batch in rows.batch(batch_size).repeat().take({paths.updates}):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(losses(X_batch, y_batch))
        weights.assign_sub({real(paths.lr)} * tape.gradient(loss, weights))
    ends[batch_size] = [*map(float, weights), float(tf.reduce_mean(losses(X, y)))]

{ABOUT_NOISE}
weights.assign([{start}])
with tf.GradientTape() as tape:
    of_rows = losses(X, y)
gradients = tape.jacobian(of_rows, weights)  # that of each row by itself
n, full, noise = len(y), tf.reduce_mean(gradients, axis=0), {{}}
variance = float(tf.reduce_sum(tf.math.reduce_variance(gradients, axis=0))) * n / (n - 1)
for batch_size in {_noise_sizes(paths)}:
    batches = tf.stack([tf.random.shuffle(gradients)[:batch_size] for _ in range({paths.draws})])
    distances = tf.reduce_sum((tf.reduce_mean(batches, axis=1) - full) ** 2, axis=1)
    noise[batch_size] = [float(tf.reduce_mean(distances)), variance / batch_size * (1 - batch_size / n)]
print({{"ends": ends, "noise": noise}})
"""
