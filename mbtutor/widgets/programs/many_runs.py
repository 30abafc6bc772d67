"""Many runs of one network as a program: the race of batch sizes, and the map of learning rates."""

from textwrap import indent

from . import networks, pytorch
from .text import keras_imports, made, real

INDENT = "    "


def map_programs(net, train, sizes, lrs, seeds, choice):
    """{framework: text} of the program that fills the map. choice: the Choice of its optimizer and budget."""
    grid = f"batch_sizes = {list(sizes)}\nlrs = {list(lrs)}"
    mbtutor = f"""import mbtutor as mb

{made(train)}

{grid}
{networks.mbtutor_layers(net)}
net, lr = mb.Network(layers), lrs[0]  # every run has its own
net.compile("{net.loss.name}", {networks.mbtutor_optimizer(net)})
sweep = mb.experiments.Sweep(net, train, val, batch_sizes, lrs, range({seeds}), {choice.unit}={choice.amount})
losses = mb.experiments.mean_by(sweep, lambda run: run.val_loss)
print(losses)
"""
    updates = {
        "updates": f"{choice.amount}",
        "epochs": f"{choice.amount} * math.ceil(len(train) / batch_size)",
        "examples": f"math.ceil({choice.amount} / batch_size)",
    }[choice.unit]
    cells = f"""{grid}
losses = {{}}
for batch_size in batch_sizes:
    for lr in lrs:
        found = []
        for seed in range({seeds}):
            for net, _ in itertools.islice(training(batch_size, lr, seed), {updates}):
                pass
            found.append(val_loss(net))
        losses[batch_size, lr] = sum(found) / len(found)
print(losses)
"""
    modules = ["itertools"] + ["math"] * ("math" in updates)
    return {"mbtutor": mbtutor, **_in_frameworks(net, train, modules, cells, "This map")}


def race_programs(net, train, lanes, seed, ends, look):
    """{framework: text} of the program that makes the race, lane by lane.

    lanes: {name: (batch size, learning rate)}. ends: {"target", "updates", "examples" or "seconds": where a lane ends}.
    look: rows from one look at the validation loss to the next.
    """
    names = {"target": "loss <=", "updates": "updates >=", "examples": "examples >=", "seconds": "seconds >="}
    end = " or ".join(f"{names[name]} {value:g}" for name, value in ends.items())
    lanes = f"{{{', '.join(f'{name!r}: ({size}, {real(lr)})' for name, (size, lr) in lanes.items())}}}".replace(
        "'", '"'
    )
    first = f"""reached = {{}}
for lane, (batch_size, lr) in {lanes}.items():
    every = max(1, {look} // batch_size)  # updates from one look at the validation loss to the next
"""
    last = """    reached[lane] = {"updates": updates, "examples": examples, "seconds": seconds, "loss": loss}
print(reached)
"""
    mbtutor = f"""import mbtutor as mb

{made(train)}

{networks.mbtutor_layers(net)}
{first}    net = mb.Network(layers, seed={seed})
    net.compile("{net.loss.name}", {networks.mbtutor_optimizer(net)})
    batches = mb.MiniBatches(train, batch_size, seed={seed})
    for update in mb.train(net, batches, updates=10**9, validation=val, validate_every=every):
        updates, examples, seconds = update.number, update.examples, update.seconds
        loss = loss if update.val_loss is None else update.val_loss
        if {end}:
            break
{last}"""
    race = f"""{first}    examples, started = 0, time.perf_counter()
    for updates, (net, rows) in enumerate(training(batch_size, lr, seed={seed}), start=1):
        examples, seconds = examples + rows, time.perf_counter() - started
        if updates == 1 or updates % every == 0:
            loss = val_loss(net)
        if {end}:
            break
{last}"""
    return {"mbtutor": mbtutor, **_in_frameworks(net, train, ["time"], race, "This race")}


def _in_frameworks(net, train, modules, end, what):
    """{framework: text}: the data, one run as a generator, and then `end`."""
    makers = {"PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    missing = networks.untranslated(net)
    if missing:
        return {name: f"# {what} is not written for {name} here: it has {missing}.\n" for name in makers}
    return {name: f"{maker(net, train, modules)}\n\n{end}" for name, maker in makers.items()}


def _imports(modules):
    return "".join(f"import {name}\n" for name in modules)


def _pytorch(net, train, modules):
    first = pytorch.first_weights().rstrip()
    return f"""{_imports(modules)}
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import mbtutor as mb  # for the data alone

{made(train)}

X, y = torch.tensor(train.X, dtype=torch.float32), torch.tensor(train.y)
X_val, y_val = torch.tensor(val.X, dtype=torch.float32), torch.tensor(val.y)
{networks.pytorch_loss(net)}

def training(batch_size, lr, seed):
    \"\"\"Make one update after another, without end; yield the network after each, and the rows it has used.\"\"\"
    torch.manual_seed(seed)  # the same first weights for every batch size
    net = nn.Sequential(
{indent(networks.pytorch_layers(net), INDENT)}
    )
{indent(first, INDENT)}
    optimizer = {networks.pytorch_optimizer(net)}
    loader = DataLoader(TensorDataset(X, y), batch_size, shuffle=True)
    while True:
        for X_batch, y_batch in loader:
            optimizer.zero_grad()
            loss_of(net(X_batch), y_batch).backward()
            optimizer.step()
            yield net, len(y_batch)


def val_loss(net):
    net.eval()
    with torch.no_grad():
        loss = loss_of(net(X_val), y_val).item()
    net.train()
    return loss
"""


def _keras(net, train, modules):
    loss, answers = networks.keras_loss(net)
    return f"""{keras_imports(*modules)}
import mbtutor as mb  # for the data

{made(train)}


def training(batch_size, lr, seed):
    \"\"\"Make one update after another, without end; yield the model after each, and the rows it has used.\"\"\"
    keras.utils.set_random_seed(seed)  # the same first weights for every batch size
    model = keras.Sequential([
        keras.Input({train.X.shape[1:]}),
{indent(networks.keras_layers(net, "keras"), INDENT)}
    ])
    model.compile(
        loss={loss},
        optimizer={networks.keras_optimizer(net, "keras")},
    )
    batches = mb.MiniBatches(train, batch_size, seed=seed)
    while True:
        for X_batch, y_batch in batches:
            model.train_on_batch(X_batch, {answers.format(y="y_batch")})
            yield model, len(y_batch)


def val_loss(model):
    return float(model.test_on_batch(val.X, {answers.format(y="val.y")}))
"""


def _tensorflow(net, train, modules):
    return f"""{_imports(modules)}
import tensorflow as tf

import mbtutor as mb  # for the data

{made(train)}

X, y = tf.constant(train.X, tf.float32), tf.constant(train.y)
X_val, y_val = tf.constant(val.X, tf.float32), tf.constant(val.y)
{networks.tensorflow_loss(net)}

def training(batch_size, lr, seed):
    \"\"\"Make one update after another, without end; yield the model after each, and the rows it has used.\"\"\"
    tf.keras.utils.set_random_seed(seed)  # the same first weights for every batch size
    model = tf.keras.Sequential([
        tf.keras.Input({train.X.shape[1:]}),
{indent(networks.keras_layers(net, "tf.keras"), INDENT)}
    ])
    optimizer = {networks.keras_optimizer(net, "tf.keras")}
    batches = tf.data.Dataset.from_tensor_slices((X, y)).shuffle(len(train)).batch(batch_size)

    @tf.function  # is compiled once, and runs without Python then
    def update(X, y):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(X, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))

    for X_batch, y_batch in batches.repeat():
        update(X_batch, y_batch)
        yield model, len(y_batch)


def val_loss(model):
    return float(loss_of(y_val, model(X_val)))
"""
