"""A race: the validation losses of several runs on one scale, and what each batch size needed to reach the target."""

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from .. import checks
from ..history import CLOCKS
from .picture import BLUE, GREEN, INK, SKY, VERMILLION, Picture

# The lanes: a colour, dashes and a marker each, so that none is told by its colour alone.
LANES = (
    (BLUE, "-", "o"),
    (VERMILLION, (0, (5, 1.5)), "s"),
    (GREEN, (0, (1, 1.2)), "^"),
    ("#CC79A7", (0, (5, 1.5, 1, 1.5)), "D"),
    ("#E69F00", (0, (3, 1, 1, 1, 1, 1)), "v"),
    (SKY, (0, (9, 2)), "P"),
)
UNITS = {"examples": "examples seen", "updates": "updates made", "seconds": "seconds spent on updates"}
POINTS = 240
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50, 100)
MARKS = ("updates", "examples", "seconds")  # the columns of what was reached


def race(lanes, clock="examples", end=None, losses=None, target=None, reached=None, results=()):
    """The validation loss of each lane on one scale, and beside it what each batch size needed to reach the target.

    lanes: {number of the lane, 0 to 5: History}. clock: what both panels count. end, losses: where the horizontal
    axis ends, and (lowest, highest) of the loss axis; by default where the data does. reached: {number: Reached} of
    the lanes at the target. results: (batch size, Reached) of earlier races, drawn as hollow dots.
    The line of a lane has the gid "lane-0", ..., as in `race_points`.
    """
    checks.choice("clock", clock, CLOCKS)
    reached = reached or {}
    figure = Picture(figsize=(9.2, 4.3), dpi=72)
    # Fixed margins: a layout that adapts takes twice as long, and the axes would jump.
    figure.subplots_adjust(left=0.055, right=0.985, top=0.92, bottom=0.25, wspace=0.18)
    left, right = figure.subplots(1, 2, width_ratios=[1.55, 1])
    _draw_lanes(left, lanes, clock, end, losses or loss_span(lanes.values(), target), target, reached)
    sizes = {number: round(_batch_size(lanes[number])) for number in reached}
    _draw_results(right, clock, [(sizes[number], *reached[number], number) for number in reached], results)
    return figure


def race_points(lanes, clock):
    """{gid: (x, y)}: the points of each lane's line, at most about POINTS of them."""
    return {f"lane-{number}": _thinned(*history.measured("val_loss", clock)) for number, history in lanes.items()}


def loss_span(histories, target=None):
    """(lowest, highest) of a loss axis for these runs: around the target, up to a little above the first loss."""
    values = [history.measured("val_loss")[1] for history in histories]
    values = [found for found in values if len(found)]
    first = max((found[0] for found in values), default=2.5)
    lowest = min([found.min() for found in values] + [target or 0.4 * first])
    low = max(lowest, 1e-4 * first)  # a loss of 0 has no place on an axis that goes by ratios
    return 0.88 * low, 1.15 * max(first, 1.2 * low)


def _draw_lanes(axes, lanes, clock, end, losses, target, reached):
    axes.set_title("Validation loss: how wrong (lower is better)")
    for number, history in lanes.items():
        colour, dashes, marker = LANES[number]
        points = race_points({number: history}, clock)[f"lane-{number}"]
        axes.plot(*points, color=colour, linestyle=dashes, linewidth=2, label=history.label, gid=f"lane-{number}")
        if number in reached:
            place = getattr(reached[number], clock)
            axes.plot(place, target, color=colour, marker=marker, ms=9, mec="black", clip_on=False, zorder=5)
    if target is not None:
        axes.axhline(target, color=INK, linewidth=1.2, linestyle=(0, (6, 3)))
        place = {"xycoords": ("axes fraction", "data"), "xytext": (4, -8), "textcoords": "offset points", "va": "top"}
        axes.annotate(f"target {target:.3g}", (0, target), **place)
    ends = [history.clock(clock)[-1] for history in lanes.values() if len(history)]
    axes.set(xlim=(0, end or max(ends, default=0) or 1), yscale="log", ylim=losses, xlabel=UNITS[clock])
    plain_ticks(axes.yaxis, [tick for tick in TICKS if losses[0] <= tick <= losses[1]])
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=clock != "seconds"))
    if clock != "seconds":
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    tidy(axes)
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.15), "ncols": 3, "frameon": False}
        axes.legend(handles, labels, fontsize=9, handlelength=2.8, columnspacing=1.2, **below)


def _draw_results(axes, clock, now, earlier):
    """now: (batch size, updates, examples, seconds, number of the lane). earlier: (batch size, Reached)."""
    axes.set_title(f"{clock.capitalize()} to the target")
    place = MARKS.index(clock)
    past = [(size, found[place]) for size, found in earlier if found[place] > 0]
    present = [(size, values[place], number) for size, *values, number in now if values[place] > 0]
    if past:
        axes.plot(*zip(*past), linestyle="", marker="o", ms=6, mfc="none", mec=INK, alpha=0.8, label="earlier races")
    best = {}
    for size, value, *_ in [*past, *present]:
        best[size] = min(value, best.get(size, np.inf))
    if len(best) > 1:
        axes.plot(*zip(*sorted(best.items())), color=INK, linewidth=1.2, zorder=1, label="the best of each size")
    for size, value, number in present:
        colour, _, marker = LANES[number]
        axes.plot(size, value, color=colour, marker=marker, ms=9, mec="black", linestyle="", zorder=3)
    axes.set(xlabel="batch size")
    if best:
        _log_axes(axes, list(best), [value for _, value, *_ in [*past, *present]])
    else:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "no lane is there yet", ha="center", va="center", transform=axes.transAxes)
    tidy(axes)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, frameon=False, fontsize=9)


def _log_axes(axes, sizes, values):
    axes.set(xscale="log", yscale="log", xlim=(min(sizes) / 1.6, 1.6 * max(sizes)))
    axes.set_ylim(min(values) / 1.5, 1.5 * max(values))
    kept = sorted(sizes) if len(sizes) <= 7 else sorted(sizes)[:: -(-len(sizes) // 7)]
    plain_ticks(axes.xaxis, kept)
    steps = [digit * 10.0**power for power in range(-5, 9) for digit in (1, 2, 5)]
    inside = [step for step in steps if min(values) / 1.5 <= step <= 1.5 * max(values)]
    plain_ticks(axes.yaxis, inside if len(inside) <= 8 else inside[::3])


def plain_ticks(axis, ticks):
    """Ticks at these places, with numbers that need no power of ten."""
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(FixedLocator([]))
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1000 else f"{value:g}"))


def tidy(axes):
    """A faint grid, and no frame where nothing is measured."""
    axes.grid(color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _batch_size(history):
    return history["examples"][1] if len(history) > 1 else 1


def _thinned(x, y):
    step = max(1, -(-len(x) // POINTS))
    keep = np.unique(np.append(np.arange(0, len(x), step), len(x) - 1)) if len(x) else []
    return x[keep], y[keep]
