"""A network as a picture: its layers, and the weights between them."""

import numpy as np
from matplotlib.collections import LineCollection

from .. import checks
from .picture import BLUE, SKY, VERMILLION, Picture

UNITS = 6  # a layer with more units is drawn with a gap


def architecture(sizes, activation="ReLU", zero=False):
    """The layers of a network, inputs on the left and outputs on the right, and how many weights are between them.

    sizes: how many numbers go in, come out of each hidden layer, and come out at the end, such as [64, 32, 10].
    activation: its name, for the hidden layers. zero: dotted lines, for weights that are all zero.
    """
    for i, size in enumerate(sizes):
        checks.whole_number(f"sizes[{i}]", size)
    figure = Picture(figsize=(5.6, 2.5), dpi=72)
    axes = figure.add_axes((0, 0, 1, 0.9))
    axes.set_title(f"The network and its {weights_between(sizes):,} weights", fontsize=11)
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        _bundle(axes, i, inputs, outputs, ":" if zero else "-")
    for i, size in enumerate(sizes):
        kind, colour = {0: ("inputs", SKY), len(sizes) - 1: ("outputs", VERMILLION)}.get(i, (activation, BLUE))
        heights = _heights(size)
        axes.scatter(np.full(len(heights), i), heights, s=70, color=colour, edgecolor="white", zorder=3)
        axes.text(i, 0, "⋮" if size > UNITS else "", ha="center", va="center", fontsize=13)
        axes.text(i, -1.25, f"{size:,}\n{kind}", ha="center", va="top", fontsize=10)
    axes.set(xlim=(-0.4, len(sizes) - 0.6), ylim=(-2.1, 1.75))
    axes.set_axis_off()
    return figure


def weights_between(sizes):
    """How many weights a network of Dense layers has: from each unit to each of the next layer, and a bias for each."""
    return sum(inputs * outputs + outputs for inputs, outputs in zip(sizes, sizes[1:]))


def _heights(size):
    """How high the units of a layer stand, between -1 and 1; a large layer has a gap in the middle."""
    if size > UNITS:
        return np.array([-1, -0.7, -0.4, 0.4, 0.7, 1])
    return np.linspace(-0.2, 0.2, size) * (size - 1)


def _bundle(axes, i, inputs, outputs, dashes):
    """The weights between two layers as lines, and their number above."""
    ends = [[(i, low), (i + 1, high)] for low in _heights(inputs) for high in _heights(outputs)]
    axes.add_collection(LineCollection(ends, colors="#888888", linewidths=0.5, alpha=0.8, linestyles=dashes))
    text = f"{inputs} x {outputs} + {outputs}\n= {weights_between([inputs, outputs]):,}"
    axes.text(i + 0.5, 1.2, text, ha="center", va="bottom", fontsize=9)
