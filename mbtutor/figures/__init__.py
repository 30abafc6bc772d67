"""From a history, a data set or a table of counts to a matplotlib figure."""

from .chain_rule import backward_pass
from .columns import class_shares, histograms
from .gaps import GAP_LINES, gap, gap_points
from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .layers import architecture, weights_between
from .mistakes import confusion, misread, read_as, shades
from .picture import BLUE, GREEN, INK, VERMILLION, png
from .rows import answer, batches_of, gallery, images, one_epoch
from .slopes import slope, slope_at

__all__ = [
    "BLUE",
    "GAP_LINES",
    "GREEN",
    "INK",
    "LINES",
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
    "gap",
    "gap_points",
    "histograms",
    "images",
    "loss_ceiling",
    "misread",
    "one_epoch",
    "png",
    "read_as",
    "shades",
    "slope",
    "slope_at",
    "weights_between",
]
