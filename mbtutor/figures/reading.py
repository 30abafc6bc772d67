"""What a network would answer after each letter of a text."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from .picture import BLUE, Picture

SHADES = LinearSegmentedColormap.from_list("reading", ["#FFFFFF", BLUE])


def reading(texts, probabilities, classes):
    """A panel for each text: a column for each letter, a row for each class, darker where the answer is likelier.

    probabilities: for each text (letters, classes), after each letter. The likeliest class of a column has a dot.
    """
    widths = [len(text) for text in texts]
    figure = Picture(figsize=(1.6 + 0.26 * sum(widths), 3.1), layout="constrained")
    figure.suptitle("The probability of each answer, after each letter (dot: the likeliest)", fontsize=11)
    panels = figure.subplots(1, len(texts), squeeze=False, width_ratios=widths, sharey=True)[0]
    for axes, text, shares in zip(panels, texts, probabilities):
        shares = np.asarray(shares)
        axes.imshow(shares.T, cmap=SHADES, vmin=0, vmax=1, aspect="auto")
        best = shares.argmax(axis=1)
        pale = shares.max(axis=1) > 0.5  # a light dot on a dark cell
        axes.scatter(range(len(text)), best, s=12, c=np.where(pale, "white", "#333333"))
        axes.set_xticks(range(len(text)), list(text), fontsize=11)
        axes.set_yticks(range(len(classes)), classes, fontsize=9)
        axes.tick_params(length=0)
    return figure
