"""From a history, a data set or a table of counts to a matplotlib figure."""

from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .mistakes import confusion, misread, read_as, shades
from .picture import png
from .rows import gallery, images, one_epoch

__all__ = ["LINES", "POINTS", "confusion", "curve_points", "curves", "gallery", "images", "loss_ceiling", "misread"]
__all__ += ["one_epoch", "png", "read_as", "shades"]
