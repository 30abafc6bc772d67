"""The columns of a data set, before and after scaling, and the classes of its parts after a split."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from .picture import BLUE, GREEN, INK, VERMILLION, Picture

BINS = 17  # a step for each of the 17 counts of ink in a digit's pixel
MIDDLE = (0.5, 99.5)  # per cent: the axis holds these numbers of every column, so that no stray one squeezes the rest
HEIGHT = 0.8  # of the tallest bar, where two columns are 1 apart


def histograms(before, after, columns, scaling="scaled"):
    """Some columns of the training and validation rows as they were and as they are now, all on one axis each time.

    before, after: (train, val) Datasets. columns: the numbers of the columns. scaling: what was done, in a few words.
    """
    figure = Picture(figsize=(9.2, 0.62 * len(columns) + 1.2), dpi=72)
    inch = 1 / figure.get_figheight()
    figure.subplots_adjust(left=0.09, right=0.985, top=1 - 0.35 * inch, bottom=0.75 * inch, wspace=0.06)
    titles = (f"Before: {len(columns)} of the columns as they are", f"After: the same columns, {scaling}")
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, parts, title in zip((left, right), (before, after), titles):
        axes.set_title(title)
        _one_below_the_other(axes, [part.X[:, columns] for part in parts])
    names = before[0].feature_names
    left.set_yticks(range(len(columns)), [names[column] if names else f"column {column}" for column in columns])
    left.invert_yaxis()
    below = {"loc": "lower center", "ncols": 3, "frameon": False, "fontsize": 9}
    known = dict(zip(*left.get_legend_handles_labels()[::-1]))  # one entry a kind of line, not one a column
    figure.legend(known.values(), known.keys(), **below)
    return figure


def _one_below_the_other(axes, parts):
    """A histogram a column, its bars as high as their share of the rows, and below it the mean of the first part."""
    lows, highs = np.percentile(np.concatenate(parts), MIDDLE, axis=0)
    thinnest = (highs.max() - lows.min() or 1) / 500  # a column that never varies is still to be seen
    for column, (low, high) in enumerate(zip(lows, highs)):
        edges = np.linspace(low, max(high, low + thinnest), BINS + 1)
        train, val = (np.histogram(np.clip(part[:, column], *edges[[0, -1]]), edges)[0] / len(part) for part in parts)
        tops = [column - HEIGHT * shares / max(train.max(), val.max()) for shares in (train, val)]
        axes.stairs(tops[0], edges, baseline=column, fill=True, color=BLUE, alpha=0.4, label="training rows")
        axes.stairs(tops[1], edges, baseline=column, color=VERMILLION, linestyle="--", label="validation rows")
    spread = {"xerr": parts[0].std(axis=0), "label": "training rows: mean and standard deviation"}
    axes.errorbar(parts[0].mean(axis=0), np.arange(len(lows)) + 0.12, fmt="o", color=BLUE, markersize=4, **spread)
    axes.set_ylim(-0.9, len(lows) - 0.7)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.tick_params(left=False)
    axes.grid(axis="x", color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)


def class_shares(*parts, names=None):
    """How many rows of each class the parts of a split have: one panel a part, all of one height.

    parts: Datasets with class labels. names: what to call them, by default their own names.
    """
    figure = Picture(figsize=(9.2, 2.4), layout="constrained")
    names = names or [part.name for part in parts]
    classes = parts[0].class_names or tuple(map(str, range(parts[0].classes)))
    panels = figure.subplots(1, len(parts), sharey=True)
    panels[0].set_ylabel("rows")
    for axes, part, name, colour in zip(panels, parts, names, (BLUE, VERMILLION, GREEN)):
        counts = np.bincount(part.y, minlength=len(classes))
        axes.bar(classes, counts, color=colour)
        axes.set_title(f"{name}: {len(part):,} rows, by class", fontsize=11)
        axes.spines[["top", "right"]].set_visible(False)
    return figure
