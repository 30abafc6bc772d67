"""The workers of the averaging lab as a program: copies of one network in one process, and what they make together."""

from ...machines import AVERAGING, ROWS
from .text import arguments, keras_imports, made, real

WEIGHTED, MEANS, NONE = AVERAGING
EQUAL, SLOW, SAME = ROWS
BATCHES = "epochs = itertools.chain.from_iterable(itertools.repeat(batches))  # batch after batch, epoch after epoch"
END = 'apart = max(float(np.linalg.norm(one - other)) for one in weights for other in weights)\nprint({"loss": '


def averaging_programs(settings, workers):
    """{framework: text}: each prints the loss of every worker, and how far apart their weights are.

    settings: the lab's AveragingSettings. workers: the Together that the lab runs.
    """
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    return {name: maker(settings, workers) for name, maker in makers.items()}


# What several programs say alike -------------------------------------------------------------------------------------


def _data(workers):
    """The rows to learn from, and those that every worker is measured on."""
    return f"""{made(workers.batches.data)}
val = val.subset(range({len(workers.val)}))  # what every worker is measured on"""


def _sizes(workers):
    """(inputs, hidden units, classes) of the network."""
    first, _, last = workers.alone.layers
    return first.inputs, first.outputs, last.outputs


def _first_weights(workers):
    """The call that makes mbtutor's network with the first weights of `seed`."""
    inputs, hidden, classes = _sizes(workers)
    return f"mb.Network([mb.Dense({inputs}, {hidden}), mb.ReLU(), mb.Dense({hidden}, {classes})], seed=seed)"


def _all_workers(settings):
    """The line that makes the workers by `worker(seed)`."""
    seeds = "seed) for seed in" if settings.own_weights else "seed=0) for _ in"
    return f"workers = [worker({seeds} range({settings.workers})]"


def _batches(workers):
    return f"batches = mb.MiniBatches(train, batch_size={workers.batches.batch_size}, seed={workers.batches.seed})"


def _shares(settings):
    """The function that cuts a batch, as Together.parts does."""
    count = settings.workers
    if settings.rows == SAME:
        return f"""def shares(rows):  # the mistake: every worker takes the same rows
    return [slice(rows * {count - 1} // {count}, rows)] * {count}
"""
    says, edges = "a slice for each worker", f"[rows * worker // {count} for worker in range({count + 1})]"
    if settings.rows == SLOW and count > 1:
        says += ": the first takes a quarter of what another takes"
        edges = f"[0, *(round(rows * (worker - 0.75) / {count - 0.75}) for worker in range(1, {count + 1}))]"
    return f"""def shares(rows):  # {says}
    edges = {edges}
    return [slice(*edge) for edge in zip(edges, edges[1:])]
"""


def _may_idle(workers):
    """Whether a batch may leave a worker without a row."""
    rows, size = len(workers.batches.data), workers.batches.batch_size
    return any(part.start == part.stop for n in (size, rows % size or size) for part in workers.parts(n))


def _mean(settings, workers, value="copy"):
    """The mean over the workers' `copies` of one matrix. value: what of a copy."""
    if settings.averaging == WEIGHTED:
        return f"sum(n * {value} for n, copy in zip(rows, copies)) / sum(rows)"
    total = "sum(copies)" if value == "copy" else f"sum({value} for copy in copies)"
    return f"{total} / {'sum(n > 0 for n in rows)' if _may_idle(workers) else settings.workers}"


def _counted(settings, workers):
    """The line that counts each worker's rows, where the mean needs it."""
    needed = settings.averaging == WEIGHTED or settings.averaging == MEANS and _may_idle(workers)
    return "    rows = [part.stop - part.start for part in parts]\n" if needed else ""


# The programs --------------------------------------------------------------------------------------------------------


def _mbtutor(settings, workers):
    inputs, hidden, classes = _sizes(workers)
    own = ", own_weights=True" if settings.own_weights else ""
    return f"""import mbtutor as mb

{_data(workers)}

net = mb.Network([mb.Dense({inputs}, {hidden}), mb.ReLU(), mb.Dense({hidden}, {classes})], seed=0)
net.compile("cross_entropy", mb.SGD({arguments(lr=settings.lr)}))
{_batches(workers)}
how = {{"averaging": "{settings.averaging}", "rows": "{settings.rows}"}}
steps = mb.machines.Together(net, batches, {settings.workers}, val, updates={workers.total}, **how{own})
*_, last = steps  # it makes one update after another
print({{"loss": list(last.losses), "apart": last.apart}})
"""


def _pytorch(settings, workers):
    inputs, hidden, classes = _sizes(workers)
    loss = "loss_of(net(X[part]), y[part])"
    if _may_idle(workers):  # the mean over no rows would be no number
        loss = 'loss_of(net(X[part]), y[part], reduction="sum") / max(1, len(y[part]))'
    averaged = f"""{_counted(settings, workers)}\
    for copies in zip(*(net.parameters() for net in workers)):  # one matrix, as each worker has it
        mean = {_mean(settings, workers, "copy.grad")}
        for copy in copies:
            copy.grad = mean
"""
    return f"""import itertools

import numpy as np
import torch
from torch import nn

import mbtutor as mb  # for the data, the first weights and the batches

{_data(workers)}


def worker(seed):
    net = nn.Sequential(nn.Linear({inputs}, {hidden}), nn.ReLU(), nn.Linear({hidden}, {classes}))
    first = {_first_weights(workers)}
    for mine, layer in zip(net, first.layers):
        if isinstance(mine, nn.Linear):
            mine.weight.data = torch.tensor(layer.W.T, dtype=torch.float32)
            nn.init.zeros_(mine.bias)
    return net


{_shares(settings)}

{_all_workers(settings)}
optimizers = [torch.optim.SGD(net.parameters(), {arguments(lr=settings.lr)}) for net in workers]
loss_of = nn.functional.cross_entropy
{_batches(workers)}
{BATCHES}
for X, y in itertools.islice(epochs, {workers.total}):
    X, y, parts = torch.tensor(X, dtype=torch.float32), torch.tensor(y), shares(len(y))
    for net, part in zip(workers, parts):
        net.zero_grad()
        loss = {loss}
        loss.backward()
{"" if settings.averaging == NONE else averaged}\
    for optimizer in optimizers:
        optimizer.step()
with torch.no_grad():
    X, y = torch.tensor(val.X, dtype=torch.float32), torch.tensor(val.y)
    losses = [loss_of(net(X), y).item() for net in workers]
    weights = [torch.cat([w.flatten() for w in net.parameters()]).numpy() for net in workers]
{END}losses, "apart": apart}})
"""


def _keras(settings, workers):
    inputs, hidden, classes = _sizes(workers)
    train = "    model.train_on_batch(X, y)\n"
    if _may_idle(workers):
        train = f"    if len(y):  # a worker without rows stays where it is\n    {train}"
    averaged = f"""\
    steps = [step(model, X[part], y[part]) for model, part in zip(workers, parts)]
{_counted(settings, workers)}\
    mean = [{_mean(settings, workers)} for copies in zip(*steps)]
    for model, weights in zip(workers, before):
        model.set_weights([w + move for w, move in zip(weights, mean)])
"""
    alone = """\
    for model, part in zip(workers, parts):
        step(model, X[part], y[part])
"""
    before = "    before = [model.get_weights() for model in workers]\n"
    return f"""{keras_imports("itertools")}import numpy as np

import mbtutor as mb  # for the data, the first weights and the batches

{_data(workers)}


def worker(seed):
    model = keras.Sequential([
        keras.Input(({inputs},)),
        keras.layers.Dense({hidden}, activation="relu"),
        keras.layers.Dense({classes}),
    ])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, optimizer=keras.optimizers.SGD(learning_rate={real(settings.lr)}))
    first = {_first_weights(workers)}
    model.set_weights(list(first.parameters().values()))
    return model


{_shares(settings)}

# Keras hands out no gradient. SGD moves the weights by it, times the learning rate: the moves say as much.
def step(model, X, y):
    before = model.get_weights()
{train}    return [new - old for new, old in zip(model.get_weights(), before)]


{_all_workers(settings)}
{_batches(workers)}
{BATCHES}
for X, y in itertools.islice(epochs, {workers.total}):
    parts = shares(len(y))
{alone if settings.averaging == NONE else before + averaged}\
losses = [float(model.evaluate(val.X, val.y, batch_size=len(val), verbose=0)) for model in workers]
weights = [np.concatenate([w.ravel() for w in model.get_weights()]) for model in workers]
{END}losses, "apart": apart}})
"""


def _tensorflow(settings, workers):
    mean_loss = "tf.reduce_mean(losses)"
    if _may_idle(workers):  # the mean over no rows would be no number
        mean_loss = "tf.reduce_sum(losses) / max(1, len(y))"
    averaged = f"""{_counted(settings, workers)}\
    mean = [{_mean(settings, workers)} for copies in zip(*gradients)]
    gradients = [mean] * {settings.workers}
"""
    return f"""import itertools

import numpy as np
import tensorflow as tf

import mbtutor as mb  # for the data, the first weights and the batches

{_data(workers)}


def worker(seed):
    first = {_first_weights(workers)}
    return [tf.Variable(w, dtype=tf.float32) for w in first.parameters().values()]


def loss_of(weights, X, y):
    W1, b1, W2, b2 = weights
    outputs = tf.nn.relu(X @ W1 + b1) @ W2 + b2
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, outputs)
    return {mean_loss}


def gradient(weights, X, y):
    with tf.GradientTape() as tape:
        loss = loss_of(weights, X, y)
    return tape.gradient(loss, weights)


{_shares(settings)}

{_all_workers(settings)}
{_batches(workers)}
{BATCHES}
for X, y in itertools.islice(epochs, {workers.total}):
    X, parts = X.astype("float32"), shares(len(y))
    gradients = [gradient(weights, X[part], y[part]) for weights, part in zip(workers, parts)]
{"" if settings.averaging == NONE else averaged}\
    for weights, moves in zip(workers, gradients):
        for w, move in zip(weights, moves):
            w.assign_sub({real(settings.lr)} * move)
losses = [float(loss_of(weights, val.X.astype("float32"), val.y)) for weights in workers]
weights = [np.concatenate([w.numpy().ravel() for w in worker]) for worker in workers]
{END}losses, "apart": apart}})
"""
