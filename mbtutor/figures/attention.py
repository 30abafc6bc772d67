"""Attention maps: how much each token of a text listens to each other one, a panel for every head."""

import math

import numpy as np
from matplotlib.colors import to_rgb

from .picture import BLUE, INK, VERMILLION, Picture

WIDE = 14  # with more tokens than this, the panels stand two in a row, so that the letters can be read
PAD = "\N{MIDDLE DOT}"  # what a padding position is called


def attention(maps, tokens, title=""):
    """A panel for every head: row = the token that listens, column = the one it listens to, darker = more.

    maps: (heads, longest, longest), each row of a head adding up to 1. tokens: a text for each position; those that
    are missing at the end are padding. A dot marks what each token listens to most. title: of the whole picture.
    """
    maps = np.asarray(maps)
    heads, longest, _ = maps.shape
    tokens = token_names(tokens, longest)
    columns = min(heads, 4 if longest <= WIDE else 2)
    lines = math.ceil(heads / columns)
    panel = 9.2 / columns
    height = min(panel, 4.2) + 0.15
    figure = Picture(figsize=(9.2, lines * height + 0.3), dpi=72, layout="constrained")
    figure.suptitle(title, fontsize=11)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for head, (axes, weights) in enumerate(zip(panels, maps), start=1):
        _draw_head(axes, weights, tokens)
        axes.set_title(f"head {head}", fontsize=10, loc="left")
    for axes in panels[heads:]:
        axes.set_axis_off()
    panels[0].set_ylabel("listens", fontsize=9)
    panels[0].set_xlabel("to", fontsize=9)
    return figure


def token_names(tokens, longest):
    """What the positions are called in a picture: the tokens with a mark for a space, then the padding."""
    return [token.replace(" ", "_") for token in tokens] + [PAD] * (longest - len(tokens))


def listened_to(weights):
    """The position that each token listens to most, (longest,); weights: (longest, longest) of one head."""
    return np.asarray(weights).argmax(axis=1)


def _draw_head(axes, weights, tokens):
    longest = len(tokens)
    picture = np.empty((longest, longest, 4))
    picture[..., :3], picture[..., 3] = to_rgb(BLUE), np.sqrt(weights)  # the root, so that small shares are seen too
    axes.imshow(picture, interpolation="none")
    best = listened_to(weights)
    axes.plot(best, np.arange(longest), "o", color=VERMILLION, markersize=min(4, 40 / longest))
    size = 9 if longest <= 10 else 7.5 if longest <= 2 * WIDE else 6
    axes.set_xticks(range(longest), tokens, fontsize=size, rotation=90 if longest > 10 else 0)
    axes.set_yticks(range(longest), tokens, fontsize=size)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set(color=INK, alpha=0.4)
