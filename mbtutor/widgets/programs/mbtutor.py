"""The settings of a lab as a program for this package."""

from ..settings import ACTIVATIONS, LOSSES, OPTIMIZERS, ZERO
from .text import arguments, layer_lines


def program(settings, sizes, data):
    """The text of the program. sizes: of the layers, from the inputs to the outputs. data: lines that make the data."""
    kind, options = OPTIMIZERS[settings.optimizer]
    zero = "net.weights[...] = 0\n" if settings.init == ZERO else ""
    return f"""import mbtutor as mb

{data}

batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed={settings.seed})
layers = [
{layer_lines(sizes, "mb.Dense", f"mb.{ACTIVATIONS[settings.activation].__name__}()")}
]
net = mb.Network(layers, seed={settings.seed})
{zero}optimizer = mb.{kind.__name__}({arguments(lr=settings.lr, **options)})
net.compile(loss="{LOSSES[settings.loss]}", optimizer=optimizer)
history = mb.fit(net, batches, {settings.budget}={settings.amount}, validation=val)
print(mb.evaluate(net, val))
"""
