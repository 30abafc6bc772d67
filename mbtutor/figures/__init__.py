"""From a history, a data set or a table of counts to a matplotlib figure."""

from .attention import attention, listened_to, token_names
from .baselines import ERROR_LINES, baseline_points, baselines
from .chain_rule import backward_pass
from .clouds import cloud, microscope, noise_line, noise_points
from .columns import class_shares, histograms
from .descents import by_rate, descent_points, descents
from .ensembles import (
    MEMBER_LINES,
    MOST_MEMBERS,
    by_member,
    by_members,
    ensemble,
    ensemble_points,
    error_ceiling,
    ready,
)
from .filters import SIGNED, filters
from .gaps import GAP_LINES, gap, gap_points
from .heat_map import SHADES, best_of_rows, cell_colours, cell_texts, heat_map, loss_shades, signs_used
from .histories import LINES, POINTS, curve_points, curves, loss_ceiling
from .layers import architecture, weights_between
from .losses import loss_and_slope, outlier
from .memory import MB, PARTS, memory
from .mistakes import confusion, misread, read_as, shades
from .norm import EVALUATION, MEAN_LINES, MODE_LINES, OWN, mean_points, mean_span, means, mode_points, modes
from .padding import WAYS, epoch_and_times, padded_batches, padding, shown_places, texts_of
from .picture import BLUE, GREEN, INK, VERMILLION, png
from .races import LANES, loss_span, race, race_points
from .reading import reading
from .rows import answer, batches_of, gallery, images, one_epoch, sheet
from .slopes import slope, slope_at
from .targets import plateaus, trade_off
from .valleys import AXES, STYLES, valley, valley_points
from .voices import MARKS, SPLIT_LINES, recordings, split_gap, split_points, voices
from .workers import averaging, together, together_points

__all__ = [
    "AXES",
    "BLUE",
    "ERROR_LINES",
    "EVALUATION",
    "GAP_LINES",
    "GREEN",
    "INK",
    "LANES",
    "LINES",
    "MARKS",
    "MB",
    "MEAN_LINES",
    "MEMBER_LINES",
    "MODE_LINES",
    "MOST_MEMBERS",
    "PARTS",
    "OWN",
    "POINTS",
    "SHADES",
    "SIGNED",
    "SPLIT_LINES",
    "STYLES",
    "VERMILLION",
    "WAYS",
    "answer",
    "architecture",
    "attention",
    "averaging",
    "backward_pass",
    "baseline_points",
    "baselines",
    "batches_of",
    "best_of_rows",
    "by_member",
    "by_members",
    "by_rate",
    "cell_colours",
    "cell_texts",
    "class_shares",
    "cloud",
    "confusion",
    "curve_points",
    "curves",
    "descent_points",
    "descents",
    "ensemble",
    "ensemble_points",
    "epoch_and_times",
    "error_ceiling",
    "filters",
    "gallery",
    "gap",
    "gap_points",
    "heat_map",
    "histograms",
    "images",
    "listened_to",
    "loss_and_slope",
    "loss_ceiling",
    "loss_shades",
    "loss_span",
    "mean_points",
    "mean_span",
    "means",
    "memory",
    "microscope",
    "misread",
    "mode_points",
    "modes",
    "noise_line",
    "noise_points",
    "one_epoch",
    "outlier",
    "padded_batches",
    "padding",
    "plateaus",
    "png",
    "race",
    "race_points",
    "read_as",
    "reading",
    "ready",
    "recordings",
    "shades",
    "sheet",
    "shown_places",
    "signs_used",
    "slope",
    "slope_at",
    "split_gap",
    "split_points",
    "texts_of",
    "together",
    "together_points",
    "token_names",
    "trade_off",
    "valley",
    "valley_points",
    "voices",
    "weights_between",
]
