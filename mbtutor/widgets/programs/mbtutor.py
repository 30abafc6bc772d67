"""The settings of a lab as a program for this package."""

from ..settings import ACTIVATIONS, ALL_LOSSES, OPTIMIZERS, ZERO
from .text import arguments, decay, layer_lines

UNIT = "print(mb.typical_error(net, val))  # in the unit of the target\n"


def program(settings, sizes, data):
    """The text of the program. sizes: of the layers, from the inputs to the outputs. data: lines that make the data."""
    kind, options = OPTIMIZERS[settings.optimizer]
    zero = "net.weights[...] = 0\n" if settings.init == ZERO else ""
    options = options | decay(settings)
    drop = f"mb.Dropout({settings.dropout:g})" if settings.dropout else ""
    return f"""import mbtutor as mb

{data}

batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed={settings.seed})
layers = [
{layer_lines(sizes, "mb.Dense", f"mb.{ACTIVATIONS[settings.activation].__name__}()", drop)}
]
net = mb.Network(layers, seed={settings.seed})
{zero}optimizer = mb.{kind.__name__}({arguments(lr=settings.lr, **options)})
net.compile(loss="{ALL_LOSSES[settings.loss]}", optimizer=optimizer)
history = mb.fit(net, batches, {settings.budget}={settings.amount}, validation=val{_stopping(settings)})
print(mb.evaluate(net, val))
{UNIT if settings.for_a_number else ""}"""


def _stopping(settings):
    if settings.patience is None:
        return ""
    every = "" if settings.validate_every is None else f", validate_every={settings.validate_every}"
    return f"{every}, patience={settings.patience}"
