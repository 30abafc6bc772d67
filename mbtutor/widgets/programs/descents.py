"""The paths of the optimizer lab as a program: every optimizer sets out from one place of the valley."""

from typing import NamedTuple

from ..settings import OPTIMIZERS
from . import keras, pytorch
from .text import arguments, keras_imports


class Descents(NamedTuple):
    """What is walked. column: lines that make `X` of the standardised column `z`. start: (w, b) from the lowest loss.

    names: of the optimizers, as the labs call them. updates: of each path.
    """

    column: str
    start: tuple
    names: list
    lr: float
    batch_size: int
    seed: int
    updates: int


def descents_programs(paths):
    """{framework: text}: each prints how far every path ends above the lowest loss."""
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    return {name: maker(paths, ", ".join(f"{place:g}" for place in paths.start)) for name, maker in makers.items()}


def _valley(paths):
    """The lines that prepare the column and find the lowest loss, the same in every program."""
    return f"""# data: the data set that you gave to the lab, one column and one number to hit a row
z, y = (data.X - data.X.mean()) / data.X.std(), data.y
{paths.column}
columns = np.column_stack([X, np.ones(len(X))])
best = np.linalg.lstsq(columns, y, rcond=None)[0]  # w and b of the lowest loss
lowest = float(((columns @ best - y) ** 2).mean())"""


def _mbtutor(paths, start):
    kinds = {name: (f"mb.{kind.__name__}", options) for name, (kind, options) in OPTIMIZERS.items()}
    return f"""import numpy as np

import mbtutor as mb

{_valley(paths)}

optimizers = {{
{_lines(paths, kinds, "{kind}({options})", lr=paths.lr)}
}}
rows, left = mb.Dataset(X, y), {{}}
for name, optimizer in optimizers.items():
    net = mb.Network([mb.Dense(1, 1)])
    net.weights = best + np.array([{start}])
    net.compile("mean_squared_error", optimizer)
    mb.fit(net, mb.MiniBatches(rows, batch_size={paths.batch_size}, seed={paths.seed}), updates={paths.updates})
    left[name] = mb.evaluate(net, rows)["loss"] - lowest
print(left)
"""


def _pytorch(paths, start):
    kinds = {name: (f"torch.optim.{kind}", options) for name, (kind, options) in pytorch.OPTIMIZERS.items()}
    return f"""import itertools

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

{_valley(paths)}

torch.manual_seed({paths.seed})
X, y = torch.tensor(X[:, 0]), torch.tensor(y)
loader = DataLoader(TensorDataset(X, y), batch_size={paths.batch_size}, shuffle=True)
optimizers = {{
{_lines(paths, kinds, "lambda weights: {kind}(weights, {options})", lr=paths.lr)}
}}


def loss(weights, X, y):
    return ((weights[0] * X + weights[1] - y) ** 2).mean()


left = {{}}
for name, make in optimizers.items():
    weights = torch.tensor(best + np.array([{start}]), requires_grad=True)
    optimizer = make([weights])
    epochs = itertools.chain.from_iterable(itertools.repeat(loader))  # batch after batch, epoch after epoch
    for X_batch, y_batch in itertools.islice(epochs, {paths.updates}):
        optimizer.zero_grad()
        loss(weights, X_batch, y_batch).backward()
        optimizer.step()
    left[name] = loss(weights, X, y).item() - lowest
print(left)
"""


def _keras(paths, start):
    kinds = {name: (f"keras.optimizers.{kind}", options) for name, (kind, options) in keras.OPTIMIZERS.items()}
    return f"""{keras_imports("itertools")}import numpy as np

import mbtutor as mb  # for the batches

{_valley(paths)}

optimizers = {{
{_lines(paths, kinds, "{kind}({options})", learning_rate=paths.lr)}
}}
left = {{}}
for name, optimizer in optimizers.items():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    w, b = best + np.array([{start}])
    model.set_weights([np.array([[w]]), np.array([b])])
    model.compile(loss="mean_squared_error", optimizer=optimizer)
    batches = mb.MiniBatches(mb.Dataset(X, y), batch_size={paths.batch_size}, seed={paths.seed})
    epochs = itertools.chain.from_iterable(itertools.repeat(batches))  # batch after batch, epoch after epoch
    for X_batch, y_batch in itertools.islice(epochs, {paths.updates}):
        model.train_on_batch(X_batch, y_batch)
    left[name] = float(((model.predict(X, verbose=0)[:, 0] - y) ** 2).mean() - lowest)
print(left)
"""


def _tensorflow(paths, start):
    kinds = {name: (f"tf.keras.optimizers.{kind}", options) for name, (kind, options) in keras.OPTIMIZERS.items()}
    return f"""import numpy as np
import tensorflow as tf

{_valley(paths)}

tf.keras.utils.set_random_seed({paths.seed})
X, y = tf.constant(X[:, 0]), tf.constant(y)
batches = tf.data.Dataset.from_tensor_slices((X, y)).shuffle(len(y)).batch({paths.batch_size})
optimizers = {{
{_lines(paths, kinds, "{kind}({options})", learning_rate=paths.lr)}
}}


def loss(weights, X, y):
    return tf.reduce_mean((weights[0] * X + weights[1] - y) ** 2)


left = {{}}
for name, optimizer in optimizers.items():
    weights = tf.Variable(best + np.array([{start}]))
    for X_batch, y_batch in batches.repeat().take({paths.updates}):
        with tf.GradientTape() as tape:
            batch_loss = loss(weights, X_batch, y_batch)
        optimizer.apply_gradients([(tape.gradient(batch_loss, weights), weights)])
    left[name] = float(loss(weights, X, y)) - lowest
print(left)
"""


def _lines(paths, kinds, call, **lr):
    """One line of a dict for each optimizer. kinds: {name: (what it is called, its options)}."""
    made = {name: (kinds[name][0], arguments(**lr, **kinds[name][1])) for name in paths.names}
    return "\n".join(f'    "{name}": {call.format(kind=kind, options=text)},' for name, (kind, text) in made.items())
