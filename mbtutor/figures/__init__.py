"""From a history, a data set or a table of counts to a matplotlib figure."""

from .chain_rule import backward_pass
from .columns import class_shares, histograms
from .heat_map import SHADES, best_of_rows, cell_colours, cell_texts, heat_map, loss_shades, signs_used
from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .layers import architecture, weights_between
from .mistakes import confusion, misread, read_as, shades
from .picture import BLUE, GREEN, INK, VERMILLION, png
from .rows import answer, batches_of, gallery, images, one_epoch
from .slopes import slope, slope_at

__all__ = [
    "BLUE",
    "GREEN",
    "INK",
    "LINES",
    "POINTS",
    "SHADES",
    "VERMILLION",
    "answer",
    "architecture",
    "backward_pass",
    "batches_of",
    "best_of_rows",
    "cell_colours",
    "cell_texts",
    "class_shares",
    "confusion",
    "curve_points",
    "curves",
    "gallery",
    "heat_map",
    "histograms",
    "images",
    "loss_ceiling",
    "loss_shades",
    "misread",
    "one_epoch",
    "png",
    "read_as",
    "shades",
    "signs_used",
    "slope",
    "slope_at",
    "weights_between",
]
