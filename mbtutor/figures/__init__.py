"""From a history, a data set or a table of counts to a matplotlib figure."""

from .chain_rule import backward_pass
from .clouds import cloud, microscope, noise_line, noise_points
from .columns import class_shares, histograms
from .descents import by_rate, descent_points, descents
from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .layers import architecture, weights_between
from .losses import loss_and_slope, outlier
from .mistakes import confusion, misread, read_as, shades
from .picture import BLUE, GREEN, INK, VERMILLION, png
from .races import LANES, loss_span, race, race_points
from .rows import answer, batches_of, gallery, images, one_epoch
from .slopes import slope, slope_at
from .targets import plateaus, trade_off
from .valleys import AXES, STYLES, valley, valley_points

__all__ = [
    "AXES",
    "BLUE",
    "GREEN",
    "INK",
    "LANES",
    "LINES",
    "POINTS",
    "STYLES",
    "VERMILLION",
    "answer",
    "architecture",
    "backward_pass",
    "batches_of",
    "by_rate",
    "class_shares",
    "cloud",
    "confusion",
    "curve_points",
    "curves",
    "descent_points",
    "descents",
    "gallery",
    "histograms",
    "images",
    "loss_and_slope",
    "loss_ceiling",
    "loss_span",
    "microscope",
    "misread",
    "noise_line",
    "noise_points",
    "one_epoch",
    "outlier",
    "plateaus",
    "png",
    "race",
    "race_points",
    "read_as",
    "shades",
    "slope",
    "slope_at",
    "trade_off",
    "valley",
    "valley_points",
    "weights_between",
]
