"""The settings of the memory lab as programs: what one update holds, for each batch size."""

from ..settings import OPTIMIZERS
from . import keras, pytorch
from .text import arguments, keras_imports, layer_lines, made

GIVEN = "# train: the data set that you gave to the lab"
LR = 0.01  # the memory does not depend on it


def memory_programs(settings, data, sizes):
    """{framework: text}: each prints the bytes of an update for each of these batch sizes."""
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    widths = [data.X.shape[1], *[settings.hidden] * settings.hidden_layers, data.classes]
    return {name: maker(settings, _rows(settings, data), widths, sizes) for name, maker in makers.items()}


def _rows(settings, data):
    """The lines that write the rows into a file, as training finds them; the same in every program."""
    mapped, how = (', mmap_mode="r"', "left in their file") if settings.mapped else ("", "read into memory")
    return f"""{made(data, given=GIVEN)}
folder = tempfile.TemporaryDirectory()
np.save(f"{{folder.name}}/rows.npy", train.X[:].astype("{settings.dtype}"))


def load():  # the rows, {how}
    return np.load(f"{{folder.name}}/rows.npy"{mapped})
"""


def _mbtutor(settings, rows, widths, sizes):
    kind, options = OPTIMIZERS[settings.optimizer]
    pieces = f", {settings.pieces}" if settings.pieces else ""
    return f"""import tempfile

import numpy as np

import mbtutor as mb

{rows}

layers = [
{layer_lines(widths, "mb.Dense", "mb.ReLU()")}
]
net = mb.Network(layers, dtype="{settings.dtype}")
net.compile("cross_entropy", mb.{kind.__name__}({arguments(lr=LR, **options)}))
peaks = {{}}
for batch_size in {sizes}:
    peaks[batch_size] = mb.experiments.update_peak(net, lambda: (load(), train.y), batch_size{pieces})
print(peaks)
"""


def _pytorch(settings, rows, widths, sizes):
    name, options = pytorch.OPTIMIZERS[settings.optimizer]
    tensor = "load()" if settings.mapped else "torch.tensor(load())"
    batch = "torch.tensor(X[piece.numpy()])" if settings.mapped else "X[piece]"
    return f"""import tempfile

import numpy as np
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

import mbtutor as mb  # for the data

{rows}

def update(batch_size):
    X, y = {tensor}, torch.tensor(train.y)
    net = nn.Sequential(
{layer_lines(widths, "    nn.Linear", "nn.ReLU()")}
    ).to(torch.{settings.dtype})
    optimizer = torch.optim.{name}(net.parameters(), {arguments(lr=LR, **options)})
    order = torch.randperm(len(y))[:batch_size]
    for piece in order.split({settings.pieces or "batch_size"}):  # the gradients of the pieces add up
        loss = nn.functional.cross_entropy(net({batch}), y[piece], reduction="sum") / batch_size
        loss.backward()
    optimizer.step()


def peak_bytes(function):  # on a GPU: torch.cuda.max_memory_allocated()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        function()
    held = most = 0
    for event in profiler.profiler.kineto_results.events():  # in the order of time
        if event.name() == "[memory]":  # memory was asked for, or given back
            held += event.nbytes()
            most = max(most, held)
    return most


update(2)  # to warm up
peaks = {{batch_size: peak_bytes(lambda: update(batch_size)) for batch_size in {sizes}}}
print(peaks)
"""


def _keras(settings, rows, widths, sizes):
    name, options = keras.OPTIMIZERS[settings.optimizer]
    pieces = settings.pieces or "batch_size"
    return f"""{keras_imports("math", "tempfile")}import numpy as np

import mbtutor as mb  # for the data

{rows}

# Keras does not say what it held at most: the arrays of one update are added up, without what a step needs for a
# moment. It hands out no gradient either, but that is as large as the weights.
def update_bytes(batch_size):
    X, size = load(), min(batch_size, {pieces})
    steps = math.ceil(batch_size / size)
    model = keras.Sequential([
        keras.Input(({widths[0]},), dtype="{settings.dtype}"),
{_layers("keras", settings, widths)}
    ])
    optimizer = keras.optimizers.{name}(
        {arguments(learning_rate=LR, **options)}, gradient_accumulation_steps=steps if steps > 1 else None
    )
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer=optimizer)
    order = np.random.default_rng(0).permutation(len(X))[:batch_size]
    for start in range(0, batch_size, size):
        piece = order[start : start + size]
        model.train_on_batch(X[piece], train.y[piece])
    outputs = keras.Model(model.inputs, [layer.output for layer in model.layers])(X[order[:size]])
    weights = [*model.trainable_variables, *model.trainable_variables]  # and the gradient
    outputs += 2 * [max(outputs, key=keras.ops.size)]  # on the way back, the slopes of two layers at a time
    arrays = map(keras.ops.convert_to_numpy, [*weights, *optimizer.variables, *outputs])
    rows = X[order[:size]].nbytes + train.y[order[:size]].nbytes{"" if settings.mapped else " + X.nbytes"}
    return rows + sum(array.nbytes for array in arrays)


print({{batch_size: update_bytes(batch_size) for batch_size in {sizes}}})
"""


def _tensorflow(settings, rows, widths, sizes):
    name, options = keras.OPTIMIZERS[settings.optimizer]
    pieces = settings.pieces or "batch_size"
    added = "[total + new for total, new in zip(total, gradient)] if total else gradient"
    held = "gradient, total" if settings.pieces else "gradient"
    return f"""import tempfile

import numpy as np
import tensorflow as tf

import mbtutor as mb  # for the data

{rows}
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


# On a CPU, TensorFlow does not say what it held at most (for a GPU: tf.config.experimental.get_memory_info). So the
# arrays of one update are added up, without what a step needs for a moment.
def update_bytes(batch_size):
    X, size, total = load(), min(batch_size, {pieces}), []
    model = tf.keras.Sequential([
        tf.keras.Input(({widths[0]},), dtype="{settings.dtype}"),
{_layers("tf.keras", settings, widths)}
    ])
    optimizer = tf.keras.optimizers.{name}({arguments(learning_rate=LR, **options)})
    order = np.random.default_rng(0).permutation(len(X))[:batch_size]
    for start in range(0, batch_size, size):  # the gradients of the pieces add up
        piece = order[start : start + size]
        outputs = [tf.constant(X[piece])]
        with tf.GradientTape() as tape:
            for layer in model.layers:
                outputs.append(layer(outputs[-1]))
            loss = loss_of(train.y[piece], outputs[-1]) / batch_size
        gradient = tape.gradient(loss, model.trainable_variables)
        total = {added}
        largest = outputs if start == 0 else largest  # the last piece may be shorter
    optimizer.apply_gradients(zip(total, model.trainable_variables))
    largest += 2 * [max(largest[1:], key=tf.size)]  # on the way back, the slopes of two layers at a time
    held = [largest, model.trainable_variables, optimizer.variables, {held}]
    rows = train.y[order[:size]].nbytes{"" if settings.mapped else " + X.nbytes"}
    return rows + sum(np.asarray(array).nbytes for arrays in held for array in arrays)


print({{batch_size: update_bytes(batch_size) for batch_size in {sizes}}})
"""


def _layers(module, settings, widths):
    """The lines of the layers, as Keras writes them."""
    bends = ['activation="relu", '] * (len(widths) - 2) + [""]
    calls = zip(widths[1:], bends)
    return "\n".join(f'        {module}.layers.Dense({size}, {bend}dtype="{settings.dtype}"),' for size, bend in calls)
