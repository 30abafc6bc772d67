"""What a network is made of, before anything trains: a picture of its layers, and its start and its loss in words."""

import functools

from .. import figures
from . import svg
from .settings import HE

STARTS = {
    True: "The first weights are drawn at random (He uniform), the biases are 0.",
    False: "Every weight is 0 at the start.",
}
LOSSES = {
    "cross-entropy": "The loss is cross-entropy: -ln of the share that the network gives to the right class.",
    "mean squared error": "The loss is the mean squared error: the network should answer 1 for the right class and 0 "
    "for the others. Its numbers have another size than those of cross-entropy: compare accuracies.",
}


def network_view(settings, inputs, outputs, prefix):
    """HTML text: the layers in words and as a picture, how the weights start, and the loss."""
    words = in_words(settings, inputs, outputs)
    text = f"<b>{words}</b>. {STARTS[settings.init == HE]} {LOSSES[settings.loss]}"
    picture = _picture(tuple(settings.sizes(inputs, outputs)), settings.activation, settings.init != HE, words, prefix)
    return f'<div class="mbtutor-network" style="line-height:1.5">{text}{picture}</div>'


def in_words(settings, inputs, outputs):
    """The layers of these settings as text: 64 inputs → 32 ReLU → 10 outputs: 2,410 weights."""
    hidden = [f"{settings.hidden} {settings.activation}"] * settings.hidden_layers
    layers = " → ".join([f"{inputs:,} inputs", *hidden, f"{outputs} outputs"])
    return f"{layers}: {figures.weights_between(settings.sizes(inputs, outputs)):,} weights"


@functools.lru_cache(maxsize=8)  # a change of the batch size, say, leaves the picture as it is
def _picture(sizes, activation, zero, words, prefix):
    figure = figures.architecture(sizes, activation, zero)
    return svg.picture(figure, "mbtutor-layers", prefix, words)
