"""Batch norm as a run goes on: the validation rows in both modes, and the running mean that follows the batches."""

import numpy as np

from .. import checks
from ..history import CLOCKS
from .histories import LINES, draw, envelope, thinned
from .picture import GREEN, INK, SKY, VERMILLION, Picture

EVALUATION, OWN = "evaluation mode", "normalised by their own batch"
MODE_LINES = {
    "loss": (*LINES["loss"][:4], OWN),
    "val_loss": (*LINES["val_loss"][:4], EVALUATION),
    "accuracy": (*LINES["accuracy"][:4], OWN),
    "val_accuracy": (*LINES["val_accuracy"][:4], EVALUATION),
}
MEAN_LINES = {
    "batch": (SKY, 0.9, "-", "mean of each batch"),
    "running": (VERMILLION, 2.2, (0, (4, 1.5)), "running mean"),
    "rows": (GREEN, 2, (0, (1, 1.2)), "mean of all training rows"),
}


def modes(histories, clock="updates", end=None, highest_loss=None, first=0):
    """The validation rows of the last history in both modes, earlier ones in evaluation mode as thin curves.

    histories: of BothModes, or one of them. The rest as for `curves`.
    """
    checks.choice("clock", clock, CLOCKS)
    histories = [histories] if not isinstance(histories, (list, tuple)) else histories
    return draw(histories, clock, end, highest_loss, first, MODE_LINES, mode_points(histories[-1], clock))


def mode_points(history, clock):
    """{line: (x, y)}: the points of each line of MODE_LINES."""
    return {name: thinned(*history.measured(name, clock)) for name in MODE_LINES}


def means(table, end=None, span=None):
    """The mean of one feature in each batch, and the running mean. table: `means` of BothModes.

    end: where the horizontal axis ends. span: (lowest, highest) of the vertical one.
    """
    figure = Picture(figsize=(9.2, 2.7), dpi=72)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.05, right=0.975, top=0.89, bottom=0.33)
    for name, points in mean_points(table).items():
        colour, width, dashes, label = MEAN_LINES[name]
        axes.plot(*points, color=colour, linewidth=width, linestyle=dashes, label=label, gid=name)
    axes.set(xlim=(0, end or max(1, len(table))), ylim=span or mean_span(table))
    axes.set(title="One feature before batch norm: its mean", xlabel="updates made")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=3, frameon=False, fontsize=9)
    return figure


def mean_points(table):
    """{line: (x, y)}: the points of each line of MEAN_LINES."""
    numbers, batch, running, rows = _columns(table)
    measured = ~np.isnan(rows)
    return {
        "batch": envelope(numbers, batch),
        "running": thinned(numbers, running),
        "rows": thinned(numbers[measured], rows[measured]),
    }


def mean_span(table):
    """Where the vertical axis of `means` begins and ends: a little beyond all the numbers and 0."""
    numbers = np.append(_columns(table)[1:].ravel(), [0, 0.1])
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    return low - 0.15 * (high - low), high + 0.15 * (high - low)


def _columns(table):
    return np.asarray(table, float).reshape(-1, 4).T
