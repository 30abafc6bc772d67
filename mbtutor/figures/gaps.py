"""The gap between training and validation, as a run goes on: where it opens, and where early stopping ends the run."""

import numpy as np

from .. import checks
from ..experiments import stopping_point
from ..history import CLOCKS
from .histories import LINES, draw, thinned
from .picture import GREEN, INK, VERMILLION

GAP_LINES = {
    "gap": ("loss", VERMILLION, None, "-", "gap"),
    "loss": (*LINES["loss"][:4], "training, all rows"),
    "val_loss": LINES["val_loss"],
    "best": ("loss", GREEN, 1.6, "-", "lowest point"),
    "stop": ("loss", INK, 1.8, (0, (1, 1.5)), "patience used up"),
    "accuracy": (*LINES["accuracy"][:4], "training, all rows"),
    "val_accuracy": LINES["val_accuracy"],
}
SKY_HIGH = 1e6  # where an upright line ends: above any picture


def gap(histories, clock="updates", end=None, highest_loss=None, first=0, patience=None):
    """The last history as training and validation curves with the gap between them, earlier ones as thin curves.

    histories: of BothLosses, whose training loss is that of all rows, or one of them. patience: marks where early
    stopping with that patience ends the run. The rest as for `curves`.
    """
    checks.choice("clock", clock, CLOCKS)
    histories = [histories] if not isinstance(histories, (list, tuple)) else histories
    return draw(histories, clock, end, highest_loss, first, GAP_LINES, gap_points(histories[-1], clock, patience))


def gap_points(history, clock, patience=None):
    """{line: (x, y)}: the points of each line of GAP_LINES."""
    lines = {name: thinned(*history.measured(name, clock)) for name in LINES if name != "batch_loss"}
    x, losses = history.measured("val_loss", clock)
    low, stop = stopping_point(losses, patience)
    lines["gap"] = gap_between(lines["loss"], lines["val_loss"])
    lines["best"], lines["stop"] = _upright(x, low), _upright(x, stop)
    return {name: lines[name] for name in GAP_LINES}


def gap_between(one, other):
    """The outline of the area between two lines, each (x, y)."""
    return tuple(np.concatenate([values, others[::-1]]) for values, others in zip(one, other))


def _upright(x, place):
    """A line from the bottom of the picture to its top, or none."""
    return (np.empty(0), np.empty(0)) if place is None else (np.full(2, x[place]), np.array([0, SKY_HIGH]))
