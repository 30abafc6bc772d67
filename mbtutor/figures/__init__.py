"""From a history, a data set or a table of counts to a matplotlib figure."""

from .columns import class_shares, histograms
from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .picture import BLUE, GREEN, VERMILLION, png
from .rows import gallery, images, one_epoch

__all__ = [
    "BLUE",
    "GREEN",
    "LINES",
    "POINTS",
    "VERMILLION",
    "class_shares",
    "curve_points",
    "curves",
    "gallery",
    "histograms",
    "images",
    "loss_ceiling",
    "one_epoch",
    "png",
]
