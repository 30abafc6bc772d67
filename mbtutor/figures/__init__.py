"""From a history, a data set or a table of counts to a matplotlib figure."""

from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .mistakes import confusion, misread, read_as, shades
from .picture import BLUE, INK, VERMILLION, png
from .rows import answer, batches_of, gallery, images, one_epoch
from .slopes import slope, slope_at

__all__ = [
    "BLUE",
    "INK",
    "LINES",
    "POINTS",
    "VERMILLION",
    "answer",
    "batches_of",
    "confusion",
    "curve_points",
    "curves",
    "gallery",
    "images",
    "loss_ceiling",
    "misread",
    "one_epoch",
    "png",
    "read_as",
    "shades",
    "slope",
    "slope_at",
]
