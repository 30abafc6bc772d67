"""Show the code: the settings of a lab as a program for mbtutor, PyTorch or Keras, ready to run."""

import html
from dataclasses import dataclass

import ipywidgets

from ..optimizers import SGD, Adam, AdamW, RMSProp

# What the lab calls it: our class and its options, then PyTorch's and Keras's name and options for the same rule.
OPTIMIZERS = {
    "SGD": (SGD, {}, "SGD", {}, "SGD", {}),
    "SGD with momentum": (SGD, {"momentum": 0.9}, "SGD", {"momentum": 0.9}, "SGD", {"momentum": 0.9}),
    "Nesterov momentum": (
        SGD,
        {"momentum": 0.9, "nesterov": True},
        "SGD",
        {"momentum": 0.9, "nesterov": True},
        "SGD",
        {"momentum": 0.9, "nesterov": True},
    ),
    "RMSProp": (RMSProp, {}, "RMSprop", {}, "RMSprop", {"rho": 0.99, "epsilon": 1e-08}),
    "Adam": (Adam, {}, "Adam", {}, "Adam", {"epsilon": 1e-08}),
    "AdamW": (AdamW, {}, "AdamW", {}, "AdamW", {"weight_decay": 0.01, "epsilon": 1e-08}),
}


@dataclass(frozen=True)
class Settings:
    """What the learner chose. budget is "epochs" or "updates", amount how many of them."""

    batch_size: int
    lr: float
    optimizer: str
    hidden: int
    budget: str
    amount: int
    seed: int

    def make_optimizer(self):
        """The optimizer object of these settings."""
        kind, options, *_ = OPTIMIZERS[self.optimizer]
        return kind(lr=self.lr, **options)


def programs(settings, train):
    """{"mbtutor": text, "PyTorch": text, "Keras": text}: each makes the data, trains and prints what it reached.

    Where mbtutor does not know how the learner made the data, the program uses `train` and `val` as they stand.
    """
    shape = {"inputs": train.X.shape[1], "outputs": train.classes, **vars(settings)}
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras}
    return {name: make(settings, shape, _data_lines(train)) for name, make in makers.items()}


def program_tabs():
    """The widget that shows the programs, one tab a framework."""
    return ipywidgets.Tab([ipywidgets.HTML() for _ in range(3)], titles=("mbtutor", "PyTorch", "Keras"))


def show_programs(tabs, settings, train):
    """Write the programs of these Settings into the tabs."""
    for tab, text in zip(tabs.children, programs(settings, train).values()):
        tab.value = f'<pre class="mbtutor-code" style="overflow-x:auto">{html.escape(text)}</pre>'


def _data_lines(train):
    if not train.recipe:
        return "# train and val: the two data sets that you gave to the lab"
    return "\n".join(train.recipe)


def _mbtutor(settings, shape, data):
    kind, options, *_ = OPTIMIZERS[settings.optimizer]
    return f"""import mbtutor as mb

{data}

batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed={settings.seed})
net = mb.Network([mb.Dense({shape["inputs"]}, {settings.hidden}), mb.ReLU(), \
mb.Dense({settings.hidden}, {shape["outputs"]})], seed={settings.seed})
net.compile(loss="cross_entropy", optimizer=mb.{kind.__name__}({_arguments(lr=settings.lr, **options)}))
history = mb.fit(net, batches, {settings.budget}={settings.amount}, validation=val)
print(mb.evaluate(net, val))
"""


def _pytorch(settings, shape, data):
    _, _, name, options, _, _ = OPTIMIZERS[settings.optimizer]
    return f"""import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import mbtutor as mb  # for the data alone

{data}

torch.manual_seed({settings.seed})
X, y = torch.tensor(train.X, dtype=torch.float32), torch.tensor(train.y)
loader = DataLoader(TensorDataset(X, y), batch_size={settings.batch_size}, shuffle=True)
net = nn.Sequential(nn.Linear({shape["inputs"]}, {settings.hidden}), nn.ReLU(), \
nn.Linear({settings.hidden}, {shape["outputs"]}))
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.{name}(net.parameters(), {_arguments(lr=settings.lr, **options)})

epochs = itertools.chain.from_iterable(itertools.repeat(loader))  # batch after batch, epoch after epoch
for X_batch, y_batch in itertools.islice(epochs, {_updates(settings)}):
    optimizer.zero_grad()
    loss = loss_of(net(X_batch), y_batch)
    loss.backward()
    optimizer.step()

with torch.no_grad():
    Y, y = net(torch.tensor(val.X, dtype=torch.float32)), torch.tensor(val.y)
print({{"loss": loss_of(Y, y).item(), "accuracy": (Y.argmax(1) == y).double().mean().item()}})
"""


def _keras(settings, shape, data):
    *_, name, options = OPTIMIZERS[settings.optimizer]
    if settings.budget == "epochs":
        training = f"""model.fit(train.X, train.y, batch_size={settings.batch_size}, epochs={settings.amount}, \
validation_data=(val.X, val.y), verbose=0)"""
    else:
        training = f"""batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed={settings.seed})
epochs = itertools.chain.from_iterable(itertools.repeat(batches))  # batch after batch, epoch after epoch
for X_batch, y_batch in itertools.islice(epochs, {settings.amount}):
    model.train_on_batch(X_batch, y_batch)"""
    return f"""import itertools

import keras

import mbtutor as mb  # for the data

{data}

keras.utils.set_random_seed({settings.seed})
layers = [keras.layers.Dense({settings.hidden}, activation="relu"), keras.layers.Dense({shape["outputs"]})]
model = keras.Sequential([keras.Input((train.X.shape[1],)), *layers])
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.{name}({_arguments(learning_rate=settings.lr, **options)}),
    metrics=["accuracy"],
)
{training}
loss, accuracy = model.evaluate(val.X, val.y, verbose=0)
print({{"loss": loss, "accuracy": accuracy}})
"""


def _updates(settings):
    return settings.amount if settings.budget == "updates" else f"{settings.amount} * len(loader)"


def _arguments(**options):
    return ", ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in options.items()
    )
