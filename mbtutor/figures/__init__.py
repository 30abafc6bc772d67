"""From a history, a data set or a table of counts to a matplotlib figure."""

from .chain_rule import backward_pass
from .columns import class_shares, histograms
from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .layers import architecture, weights_between
from .memory import MB, PARTS, memory
from .mistakes import confusion, misread, read_as, shades
from .picture import BLUE, GREEN, INK, VERMILLION, png
from .rows import answer, batches_of, gallery, images, one_epoch
from .slopes import slope, slope_at

__all__ = [
    "BLUE",
    "GREEN",
    "INK",
    "LINES",
    "MB",
    "PARTS",
    "POINTS",
    "VERMILLION",
    "answer",
    "architecture",
    "backward_pass",
    "batches_of",
    "class_shares",
    "confusion",
    "curve_points",
    "curves",
    "gallery",
    "histograms",
    "images",
    "loss_ceiling",
    "memory",
    "misread",
    "one_epoch",
    "png",
    "read_as",
    "shades",
    "slope",
    "slope_at",
    "weights_between",
]
