"""How far each of several paths is above the lowest loss, update by update; and what a learning rate leads to."""

import numpy as np

from .picture import INK, Picture, power_of_ten
from .valleys import STYLES, legend_beside

RANGE = (1e-6, 10)  # of the loss above the lowest


def descents(curves, updates):
    """The loss above the lowest against the updates made, in powers of ten.

    curves: {label: (style, losses)}, one number for each update and the first for the start; style picks one of
    STYLES. updates: where the axis ends. The lines have the gid "curve-LABEL", for a live picture.
    """
    figure, axes = _wide()
    points = descent_points(curves)
    for label, (style, _) in curves.items():
        colour, dashes, width = STYLES[style]
        line = {"color": colour, "linestyle": dashes, "linewidth": width}
        axes.plot(*points[f"curve-{label}"], gid=f"curve-{label}", label=label, **line)
    axes.set(yscale="log", xlim=(0, updates), ylim=RANGE)
    axes.set(xlabel="updates made", ylabel="loss above the lowest", title="Loss above the lowest")
    _finish(axes)
    return figure


def descent_points(curves):
    """{gid: (x, y)} of the lines of `descents`; a loss beyond the axis stays at its edge."""
    low, high = RANGE
    inside = {label: np.clip(np.nan_to_num(losses, nan=high), low, high) for label, (_, losses) in curves.items()}
    return {f"curve-{label}": (np.arange(len(losses)), losses) for label, losses in inside.items()}


def by_rate(curves, highest, title):
    """The loss that each learning rate has led to, both axes in powers of ten.

    curves: {label: (style, rates, losses)}; losses (rates, seeds): the line is their mean, the bars reach from the
    least to the most. A loss above `highest`, or none at all, is drawn at the upper edge.
    """
    figure, axes = _wide()
    for label, (style, rates, losses) in curves.items():
        colour, dashes, width = STYLES[style]
        losses = np.clip(np.nan_to_num(losses, nan=highest), None, highest)
        mean = losses.mean(axis=1)
        bars = np.abs([losses.min(axis=1), losses.max(axis=1)] - mean)
        axes.errorbar(rates, mean, bars, color=colour, linestyle=dashes, linewidth=width, capsize=3, label=label)
    axes.set(xscale="log", yscale="log", title=title)
    axes.set(xlabel="learning rate", ylabel="validation loss")
    axes.set_yticks([tick for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5) if tick < highest])
    axes.set_ylim(0.9 * min(np.nanmin(losses) for _, _, losses in curves.values()), 1.05 * highest)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    _finish(axes)
    return figure


def _wide():
    figure = Picture(figsize=(9.2, 3.6), dpi=72)
    return figure, figure.add_axes((0.08, 0.15, 0.68, 0.75))


def _finish(axes):
    axes.yaxis.set_major_formatter(lambda value, _: power_of_ten(value))
    axes.minorticks_off()  # they take half the time of drawing
    axes.grid(color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[1]:
        legend_beside(axes)
