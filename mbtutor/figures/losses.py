"""What one answer costs under several losses, how steep each loss is there, and what each makes of an outlier."""

import numpy as np

from .picture import BLUE, GREEN, INK, VERMILLION, Picture
from .slopes import slope_at

POINTS = 241  # of a curve: more look the same on a screen
# A colour, a dash pattern, a marker and its size, so that no loss is told by its colour alone.
LOOKS = ((BLUE, "-", "o", 9), (VERMILLION, (0, (5, 2)), "s", 11), (GREEN, (0, (1, 1.3)), "D", 7))


def loss_and_slope(losses, places, span, axis="score"):
    """Losses as curves over what a network says, beside them their slopes, with a marker where each one is.

    losses: {name: function of an array of numbers, element by element}, at most three. places: {name: the numbers
    the network said, one after another}; the marker lies at the last. span: the ends of the horizontal axis.
    axis: what it counts.
    """
    figure = Picture(figsize=(7.8, 3.7), dpi=72)
    figure.subplots_adjust(left=0.07, right=0.985, top=0.91, bottom=0.25, wspace=0.2)
    left, right = figure.subplots(1, 2)
    _draw_losses(left, "Loss (large mark: now; small: before)", losses, places, _widened(span, places))
    _draw_slopes(right, "Slope of the loss there", losses, places, _widened(span, places))
    for axes in (left, right):
        axes.set_xlabel(axis)
    _legend(figure, left)
    return figure


def outlier(x, y, number, fits, losses, errors, span):
    """Points with one outlier, what each loss fits to them, and how the outlier weighs in each loss.

    x, y: (n,) the points; number: which of them is the outlier. fits: {name: (height at x = 0, rise for each x)}.
    losses: {name: function of an array of errors}. errors: {name: how far its fit lies above the outlier}.
    span: the ends of the axis of errors. A marker at an edge stands for a loss or slope beyond it.
    """
    figure = Picture(figsize=(7.8, 4.7), dpi=72)
    figure.subplots_adjust(left=0.06, right=0.985, top=0.925, bottom=0.2, wspace=0.22, hspace=0.66)
    grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1))
    points, above, below = (figure.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1]))
    _draw_fits(points, x, y, number, fits)
    places, ends = {name: [error] for name, error in errors.items()}, np.array(span, dtype=float)
    costs = [loss(ends) for loss in losses.values()]
    slopes = [slope_at(loss, ends) for loss in losses.values()]
    _draw_losses(above, "Loss (marked: the outlier's)", losses, places, span, _room(costs))
    _draw_slopes(below, "Slope: how hard a point pulls", losses, places, span, _room(slopes))
    for axes in (above, below):
        axes.set_xlabel("error: fit minus point")
    _legend(figure, points)
    return figure


def _widened(span, places):
    """The span, or a wider one where a place lies outside."""
    every = [place for way in places.values() for place in way]
    return min(span[0], *every), max(span[1], *every)


def _room(values):
    """How far an axis reaches: as the second largest loss needs it, since a parabola would leave the rest flat."""
    return max(3.2, 1.3 * sorted(np.abs(value).max() for value in values)[-2])


def _draw_losses(axes, title, losses, places, span, top=None):
    grid = np.linspace(*span, POINTS)
    top = top or 1.06 * max(loss(grid).max() for loss in losses.values())
    for (name, loss), look in zip(losses.items(), LOOKS):
        way = np.array(places[name], dtype=float)
        _curve(axes, grid, loss(grid), name, look)
        _way(axes, way, loss(way), (0, top), look)
    _frame(axes, title, span, (-0.03 * top, top))


def _draw_slopes(axes, title, losses, places, span, reach=None):
    grid = np.linspace(*span, POINTS)
    slopes = {name: slope_at(loss, grid) for name, loss in losses.items()}
    ends = np.array([[values.min(), values.max()] for values in slopes.values()])
    low, high = (-reach, reach) if reach else (min(0, ends.min()) - 0.06, max(0, ends.max()) + 0.06)
    axes.axhline(0, color=INK, linewidth=0.8, alpha=0.6)
    for (name, loss), look in zip(losses.items(), LOOKS):
        way = np.array(places[name], dtype=float)
        _curve(axes, grid, slopes[name], name, look)
        _way(axes, way, slope_at(loss, way), (low, high), look)
    _frame(axes, title, span, (low, high))


def _draw_fits(axes, x, y, number, fits):
    ends = np.array([x.min() - 0.5, x.max() + 0.5])
    for (name, (height, rise)), look in zip(fits.items(), LOOKS):
        _curve(axes, ends, height + rise * ends, name, look)
    others = np.arange(len(x)) != number
    axes.plot(x[others], y[others], color="black", linestyle="", marker="o", ms=5.5, label="points")
    ball = {"marker": "*", "ms": 17, "mfc": "#E69F00", "mec": "black", "mew": 1, "zorder": 5, "clip_on": False}
    axes.plot(x[number], y[number], linestyle="", label="the outlier", **ball)
    axes.set_xlabel("x")
    _frame(axes, "The points, and what each loss fits", ends, (min(0, 1.1 * y.min()), max(10, 1.06 * y.max())))


def _curve(axes, x, y, name, look):
    axes.plot(x, y, color=look[0], linestyle=look[1], linewidth=2.2, label=name)


def _way(axes, x, y, limits, look):
    """Where a loss is, as a large marker, the places before it as small open ones; a number for what lies outside."""
    colour, _, marker, size = look
    inside = np.clip(y, *limits)
    axes.plot(x[:-1], inside[:-1], color=colour, linestyle="", marker=marker, ms=4, mfc="none", alpha=0.75)
    ball = {"marker": marker, "ms": size, "mec": "black", "mew": 1.2, "clip_on": False, "zorder": 5}
    axes.plot(x[-1:], inside[-1:], color=colour, linestyle="", **ball)
    if inside[-1] != y[-1]:
        axes.annotate(
            f"{y[-1]:.0f}", (x[-1], inside[-1]), (9, 4 if y[-1] < 0 else -4), textcoords="offset points", color=colour
        )


def _frame(axes, title, xlim, ylim):
    axes.set_title(title, y=1.02)  # matplotlib would look for the best height, which takes a quarter of the drawing
    axes.set(xlim=xlim, ylim=ylim)
    axes.locator_params(nbins=6)
    axes.grid(color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _legend(figure, axes):
    lines = axes.get_legend_handles_labels()
    figure.legend(*lines, loc="lower center", ncols=len(lines[0]), fontsize=10, frameon=False, handlelength=2.6)
