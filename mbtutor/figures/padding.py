"""Sequences of unequal length in one batch: what of it is padding, over an epoch too, and the time that takes."""

import numpy as np
from matplotlib.patches import Rectangle

from .picture import BLUE, GREEN, INK, VERMILLION, Picture

HATCH = "////"
MOST_TILES = 22  # that a line has room for, unless a text is longer
# How the batches were made: (colour, marker).
WAYS = {
    "as they come": (VERMILLION, "o"),
    "alike in length": (BLUE, "s"),
    "by token budget": (GREEN, "^"),
}


def padded_batches(batches, rows=12):
    """The first batch of each, side by side, its padding hatched. batches: {title: batches of a data set of texts}."""
    figure = Picture(figsize=(4.6 * len(batches), 0.2 * rows + 0.5), layout="constrained")
    for axes, (title, made) in zip(figure.subplots(1, len(batches), squeeze=False)[0], batches.items()):
        texts = texts_of(made.data, made.rows_of(0)[0][0])
        _draw_tiles(axes, texts, rows)
        axes.set_title(f"{title}: {rows} of the {len(texts)} names", fontsize=11)
    return figure


def epoch_and_times(shapes, timed, marked=None):
    """Two panels: the positions of each batch of an epoch, and the seconds of an epoch against them.

    shapes: [(real positions, all positions)] a batch. marked: the place of one batch, for a line called "now".
    timed: [(way, whether every position was computed, positions computed, seconds)], with a way of WAYS.
    """
    figure = Picture(figsize=(9.2, 2.9), dpi=72)
    left, right = figure.subplots(1, 2, width_ratios=[1.45, 1])
    figure.subplots_adjust(left=0.075, right=0.985, top=0.89, bottom=0.3, wspace=0.24)
    _draw_epoch(left, shapes, marked)
    _draw_times(right, timed)
    return figure


def padding(texts, shapes, timed, marked=None, rows=12):
    """What the padding lab shows: some texts of a batch, padded to the longest, above the panels of epoch_and_times."""
    tall, below = 0.24 * rows, 3.1  # inches
    figure = Picture(figsize=(9.2, tall + below + 0.3))
    whole = tall + below + 0.3
    axes = figure.add_axes((0.075, below / whole, 0.9, tall / whole))
    _draw_tiles(axes, texts, rows)
    axes.set_title(f"{min(rows, len(texts))} of the {len(texts)} names of a batch", fontsize=11, loc="left")
    panels = [figure.add_axes((left, 0.8 / whole, width, 1.75 / whole)) for left, width in ((0.075, 0.5), (0.66, 0.32))]
    _draw_epoch(panels[0], shapes, marked)
    _draw_times(panels[1], timed)
    return figure


def texts_of(data, rows):
    """The texts of these rows of a Dataset with a vocabulary."""
    return [data.vocabulary.decode(data.X.item(row)) for row in rows]


def shown_places(texts, most):
    """The places of up to so many of the texts, in their order, the longest text among them."""
    longest = max(range(len(texts)), key=lambda place: len(texts[place]))
    first = range(min(most, len(texts)))
    return [*first] if longest in first else [*first[:-1], longest]


def _draw_tiles(axes, texts, rows):
    longest, places = max(map(len, texts)), shown_places(texts, rows)
    for line, text in enumerate(texts[place] for place in places):
        for place, letter in enumerate(text):
            axes.add_patch(Rectangle((place + 0.05, line + 0.05), 0.9, 0.9, facecolor=BLUE, alpha=0.16, linewidth=0))
            axes.text(place + 0.5, line + 0.52, letter, ha="center", va="center", fontsize=9)
        rest = longest - len(text)
        if not rest:
            continue
        look = {"facecolor": "none", "edgecolor": VERMILLION, "hatch": HATCH, "linewidth": 0.8}
        axes.add_patch(Rectangle((len(text) + 0.05, line + 0.08), rest - 0.1, 0.84, **look))
    axes.set(xlim=(0, max(longest, MOST_TILES)), ylim=(len(places), 0), aspect="equal", anchor="NW")
    axes.set_axis_off()


def _draw_epoch(axes, shapes, marked):
    real, whole = np.array(shapes).T
    edges = np.arange(len(whole) + 1)
    axes.stairs(real, edges, fill=True, color=BLUE, alpha=0.75, label="characters")
    look = {"facecolor": "none", "edgecolor": VERMILLION, "hatch": HATCH, "linewidth": 0.8}
    axes.stairs(whole, edges, baseline=real, fill=True, label="padding", **look)
    where = [] if marked is None else [marked + 0.5, marked + 0.5]
    axes.plot(where, [0, 1.1 * whole.max()][: len(where)], color=INK, linewidth=1.6, gid="now")
    axes.set(xlim=(0, len(whole)), ylim=(0, 1.1 * whole.max()), xlabel="batches of an epoch, in their order")
    axes.set_title(f"Positions in each batch: {1 - real.sum() / whole.sum():.1%} padding", fontsize=11)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.spines[["top", "right"]].set_visible(False)
    _legend(axes, 2)


def _draw_times(axes, timed):
    for way, (colour, marker) in WAYS.items():
        for every in (True, False):
            points = [(number / 1000, seconds) for *kind, number, seconds in timed if kind == [way, every]]
            look = {"marker": marker, "color": colour, "linestyle": "", "ms": 7, "clip_on": False}
            fill = {} if every else {"markerfacecolor": "none", "markeredgewidth": 1.8}
            axes.plot(*zip(*points) if points else ([], []), **look, **fill, label=way if every else None)
    positions, seconds = ([point[place] for point in timed] for place in (2, 3))
    axes.set(xlim=(0, 1.15 * max(positions, default=70_000) / 1000), ylim=(0, 1.2 * max(seconds, default=1)))
    axes.set(xlabel="positions computed, in thousands", ylabel="seconds an epoch")
    axes.set_title("Measured (hollow: padding left out)", fontsize=11)
    axes.grid(color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    _legend(axes, 3)


def _legend(axes, columns):
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.24), "ncols": columns, "frameon": False}
    axes.legend(fontsize=8.5, handlelength=1.2, columnspacing=0.9, handletextpad=0.3, **below)
