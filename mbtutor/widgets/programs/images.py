"""The settings of the labs of lesson 10 as programs for this package."""

from .text import arguments

DATA = "# train and val: the two data sets that you gave to the lab"


def augmentation_program(settings, train):
    """The text of the program that makes the run of these AugmentationSettings."""
    _, height, width = train.X.shape[1:]
    numbers = 16 * _halved(_halved(height - 4) - 2) * _halved(_halved(width - 4) - 2)
    steps = [f"mb.random_shift({settings.shift})"] * (settings.shift > 0)
    steps += [f"mb.random_noise({settings.noise:g})"] * (settings.noise > 0)
    augment = f", augment={steps[0]}" if len(steps) == 1 else ", augment=augment" if steps else ""
    options = f"few, batch_size={settings.batch_size}, seed={settings.seed}{augment}"
    both = f"""shift, noise = {", ".join(steps)}


def augment(X, rng):
    return noise(shift(X, rng), rng)


"""
    return f"""import numpy as np

import mbtutor as mb

{_data(train)}
few = train.subset(np.arange({settings.rows}) * len(train) // {settings.rows})
{both if len(steps) == 2 else ""}batches = mb.MiniBatches({options})
layers = [
    *(mb.Conv2D(1, 8, 5), mb.ReLU(), mb.MaxPool2D(2)),
    *(mb.Conv2D(8, 16, 3), mb.ReLU(), mb.MaxPool2D(2)),
    *(mb.Flatten(), mb.Dense({numbers}, {train.classes})),
]
net = mb.Network(layers, seed={settings.seed}, dtype=np.float32)
{_training(settings)}"""


def norm_program(settings, train, drop_last):
    """The text of the program that makes the run of these NormSettings."""
    inputs, hidden = train.X[0].size, settings.hidden
    norm = f" mb.BatchNorm({hidden}, momentum={settings.momentum:g})," if settings.norm else ""
    last = ", drop_last=True" if drop_last else ""
    own = """own = mb.experiments.by_own_batches(net, val, batches.batch_size)
print("by their own batches: loss", own[0], "accuracy", own[1])
"""
    return f"""import mbtutor as mb

{_data(train)}
batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed={settings.seed}{last})
layers = [mb.Flatten(), mb.Dense({inputs}, {hidden}),{norm} mb.ReLU(), mb.Dense({hidden}, {train.classes})]
net = mb.Network(layers, seed={settings.seed})
{_training(settings)}{own if settings.norm else ""}"""


def _data(train):
    return "\n".join(train.recipe) or DATA


def _training(settings):
    return f"""net.compile(loss="cross_entropy", optimizer=mb.Adam({arguments(lr=settings.lr)}))
history = mb.fit(net, batches, {settings.budget}={settings.amount}, validation=val)
print(mb.evaluate(net, val))
"""


def _halved(length):
    return length // 2
