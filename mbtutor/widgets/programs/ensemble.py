"""The settings of the ensemble lab as programs for this package, PyTorch, Keras and TensorFlow."""

from .text import keras_imports, layer_lines, made, real


def ensemble_programs(settings, train):
    """{framework: text}: each trains the members of these EnsembleSettings and prints what their mean reaches."""
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    sizes = settings.sizes(train.X.shape[1], train.classes)
    return {name: maker(settings, sizes, _data(settings, train)) for name, maker in makers.items()}


def _data(settings, train):
    few = f"\ntrain = train.subset(np.arange({settings.rows}) * len(train) // {settings.rows})"
    return made(train) + (few if settings.rows < len(train) else "")


def _seeds(settings):
    """The seeds of the members; written as a rule where every member has a pair of its own."""
    seeds = settings.seeds()
    own = len(seeds) > 1 and all(weights == order for weights, order in seeds) and seeds[0] != seeds[1]
    text = f"[(seed, seed) for seed in range({seeds[0][0]}, {seeds[-1][0] + 1})]" if own else f"{seeds}"
    return f"# For each member: the seed of its first weights, and that of the order of its batches.\nseeds = {text}"


def _updates(settings, epoch):
    return f"{settings.amount}" if settings.budget == "updates" else f"{settings.amount} * {epoch}"


END = """P = np.mean(probabilities, axis=0)
loss = -np.log(P[np.arange(len(val)), val.y]).mean()
print({"loss": float(loss), "accuracy": float((P.argmax(axis=1) == val.y).mean())})
"""


def _mbtutor(settings, sizes, data):
    numpy = "import numpy as np\n\n" if "np." in data else ""
    return f"""{numpy}import mbtutor as mb

{data}

{_seeds(settings)}
members = []
for first_weights, order in seeds:
    layers = [
{_deeper(layer_lines(sizes, "mb.Dense", "mb.ReLU()"))}
    ]
    net = mb.Network(layers, seed=first_weights)
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr={settings.lr:g}))
    batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed=order)
    mb.fit(net, batches, {settings.budget}={settings.amount})
    members.append(net)
ensemble = mb.experiments.Ensemble(members)
print(ensemble.evaluate(val))
"""


def _pytorch(settings, sizes, data):
    return f"""import itertools

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import mbtutor as mb  # for the data alone

{data}

X, y = torch.tensor(train.X, dtype=torch.float32), torch.tensor(train.y)
{_seeds(settings)}
probabilities = []
for first_weights, order in seeds:
    torch.manual_seed(first_weights)
    net = nn.Sequential(
{_deeper(layer_lines(sizes, "nn.Linear", "nn.ReLU()"))}
    )
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    dice = torch.Generator().manual_seed(order)
    loader = DataLoader(TensorDataset(X, y), batch_size={settings.batch_size}, shuffle=True, generator=dice)
    optimizer = torch.optim.SGD(net.parameters(), lr={settings.lr:g})
    epochs = itertools.chain.from_iterable(itertools.repeat(loader))  # batch after batch, epoch after epoch
    for X_batch, y_batch in itertools.islice(epochs, {_updates(settings, "len(loader)")}):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(X_batch), y_batch).backward()
        optimizer.step()
    with torch.no_grad():
        outputs = net(torch.tensor(val.X, dtype=torch.float32))
        probabilities.append(outputs.softmax(dim=1).double().numpy())
{END}"""


def _keras(settings, sizes, data):
    return f"""{keras_imports("itertools")}import numpy as np

import mbtutor as mb  # for the data and the order of the batches

{data}

{_seeds(settings)}
probabilities = []
for first_weights, order in seeds:
    keras.utils.set_random_seed(first_weights)
    model = keras.Sequential([
        keras.Input(({sizes[0]},)),
{_keras_layers(sizes)}
    ])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, optimizer=keras.optimizers.SGD(learning_rate={real(settings.lr)}))
    batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed=order)
    epochs = itertools.chain.from_iterable(itertools.repeat(batches))  # batch after batch, epoch after epoch
    for X_batch, y_batch in itertools.islice(epochs, {_updates(settings, "len(batches)")}):
        model.train_on_batch(X_batch, y_batch)
    outputs = model.predict(val.X, verbose=0)
    probabilities.append(keras.ops.convert_to_numpy(keras.ops.softmax(outputs)).astype(float))
{END}"""


def _tensorflow(settings, sizes, data):
    shapes = ", ".join(f"({inputs}, {outputs})" for inputs, outputs in zip(sizes, sizes[1:]))
    return f"""import numpy as np
import tensorflow as tf

import mbtutor as mb  # for the data alone

{data}


def forward(weights, X):
    W1, b1, W2, b2 = weights
    return tf.nn.relu(X @ W1 + b1) @ W2 + b2


@tf.function
def update(weights, X, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, forward(weights, X)))
    for weight, gradient in zip(weights, tape.gradient(loss, weights)):
        weight.assign_sub({settings.lr:g} * gradient)


rows = tf.data.Dataset.from_tensor_slices((train.X.astype("float32"), train.y))
{_seeds(settings)}
probabilities = []
for first_weights, order in seeds:
    tf.random.set_seed(first_weights)
    start, weights = tf.keras.initializers.HeUniform(seed=first_weights), []
    for shape in [{shapes}]:
        weights += [tf.Variable(start(shape)), tf.Variable(tf.zeros(shape[1]))]
    batches = rows.shuffle(len(train), seed=order).batch({settings.batch_size})
    for X_batch, y_batch in batches.repeat().take({_updates(settings, "len(batches)")}):
        update(weights, X_batch, y_batch)
    outputs = forward(weights, val.X.astype("float32"))
    probabilities.append(tf.nn.softmax(outputs).numpy().astype(float))
{END}"""


def _keras_layers(sizes):
    start = 'kernel_initializer="he_uniform"'
    hidden = [f'        keras.layers.Dense({size}, activation="relu", {start}),' for size in sizes[1:-1]]
    return "\n".join([*hidden, f"        keras.layers.Dense({sizes[-1]}, {start}),"])


def _deeper(lines):
    return "\n".join(f"    {line}" for line in lines.splitlines())
