"""From a history, a data set or a table of counts to a matplotlib figure."""

from .chain_rule import backward_pass
from .clouds import cloud, microscope, noise_line, noise_points
from .columns import class_shares, histograms
from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .layers import architecture, weights_between
from .mistakes import confusion, misread, read_as, shades
from .picture import BLUE, GREEN, INK, VERMILLION, png
from .races import LANES, loss_span, race, race_points
from .rows import answer, batches_of, gallery, images, one_epoch
from .slopes import slope, slope_at
from .targets import plateaus, trade_off
from .valleys import STYLES, valley, valley_points

__all__ = [
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
    "class_shares",
    "cloud",
    "confusion",
    "curve_points",
    "curves",
    "gallery",
    "histograms",
    "images",
    "loss_ceiling",
    "loss_span",
    "microscope",
    "misread",
    "noise_line",
    "noise_points",
    "one_epoch",
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
