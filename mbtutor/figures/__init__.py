"""From a history, a data set or a table of counts to a matplotlib figure."""

from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .picture import png
from .rows import gallery, images, one_epoch
from .slopes import slope, slope_at

__all__ = ["LINES", "POINTS", "curve_points", "curves", "gallery", "images", "loss_ceiling", "one_epoch", "png"]
__all__ += ["slope", "slope_at"]
