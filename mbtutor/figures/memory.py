"""The most memory that an update takes, for many batch sizes, and what it is made of."""

import numpy as np

from .histories import EARLIER
from .picture import BLUE, INK, VERMILLION, Picture

MB = 1e6
MARKERS = "s^Dv*"
# What memory is made of: colour and pattern, so that none is told by its colour alone.
PARTS = {
    "data set": ("#999999", ""),
    "weights": ("#E69F00", "//"),
    "optimizer's state": ("#CC79A7", "xx"),
    "gradient": ("#F0E442", ".."),
    "rows of the batch": ("#56B4E9", "\\\\"),
    "activations": ("#0072B2", ""),
    "slopes": ("#009E73", "--"),
    "the rest": ("#FFFFFF", "++"),
}


def memory(series, budget, line=None, limit=None, parts=None, measured=None, size=None, rows=None):
    """Measured peaks against the batch size, with a budget; beside them what one peak is made of.

    series: [(label, {batch size: bytes})], the last one in full colour, the earlier ones thin. budget: bytes.
    line: a Line through the last series (see experiments.line_fit). limit: the largest batch size that was found to
    fit. parts: {name of PARTS: bytes}, empty while none are known, None for a picture without them; measured: the
    bytes of the peak that they belong to, at batch size `size`.
    rows: where the axis of the batch size ends, by default at the largest.
    """
    figure = Picture(figsize=(9.2 if parts is not None else 6.6, 4.2), dpi=72)
    if parts is None:
        left = figure.add_axes((0.085, 0.27, 0.89, 0.64))
    else:
        left, right = figure.subplots(1, 2, width_ratios=[2.5, 1])
        figure.subplots_adjust(left=0.065, right=0.78, top=0.91, bottom=0.27, wspace=0.2)
        _draw_parts(right, parts, measured, size)
    _draw_series(left, series, line, rows)
    _draw_budget(left, budget, limit)
    return figure


def _draw_series(axes, series, line, rows):
    *earlier, (label, now) = series
    for number, (name, points) in enumerate(earlier):
        colour, dashes = EARLIER[number % len(EARLIER)]
        look = {"color": colour, "linestyle": dashes, "marker": MARKERS[number % len(MARKERS)]}
        axes.plot(*_sorted(points), linewidth=1, ms=4, label=name, **look)
    largest = rows or max([1, *(size for _, points in series for size in points)])
    if line:
        ends = np.array([1, largest])
        axes.plot(ends, line.at(ends) / MB, color=BLUE, linewidth=1, alpha=0.6, gid="line")
    axes.plot(*_sorted(now), color=BLUE, linestyle="", marker="o", ms=6.5, label=label, gid="now", clip_on=False)
    highest = max([0, *(peak for _, points in series for peak in points.values())]) / MB
    axes.set(xlim=(0, 1.04 * largest), ylim=(0, 1.12 * highest or 1))
    axes.set(xlabel="batch size B, in rows", ylabel="MB")
    axes.set_title("The most memory an update takes")
    axes.grid(color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    below = {"loc": "upper left", "bbox_to_anchor": (0.04, 0.165), "ncols": 2, "frameon": False}
    axes.figure.legend(*axes.get_legend_handles_labels(), fontsize=9, handlelength=2.4, columnspacing=1.4, **below)


def _draw_budget(axes, budget, limit):
    top = axes.get_ylim()[1]
    if budget / MB > top:
        nothing = not any(line.get_ydata().size for line in axes.lines)
        axes.set_ylim(0, 1.5 * budget / MB if nothing else min(1.08 * budget / MB, 2 * top))
    top = axes.get_ylim()[1]
    if budget / MB <= top:
        axes.axhline(budget / MB, color=VERMILLION, linestyle=(0, (6, 2)), linewidth=1.8, gid="budget")
        axes.axhspan(budget / MB, top, color=VERMILLION, alpha=0.08, linewidth=0)
    where = min(budget / MB, top)
    more = "" if budget / MB <= top else " (above the picture)"
    axes.annotate(
        f"budget {budget / MB:g} MB{more}",
        (0, where),
        (4, 3 if where < 0.93 * top else -10),
        textcoords="offset points",
        color=VERMILLION,
        fontsize=9,
    )
    if limit:
        axes.plot([limit, limit], [0, where], color=VERMILLION, linewidth=1.2, linestyle=":", gid="limit")
        right = limit > 0.8 * axes.get_xlim()[1]
        offset, side = ((-4, 4), "right") if right else ((4, 4), "left")
        text = f"{limit:,} rows fit"
        axes.annotate(text, (limit, 0), offset, textcoords="offset points", ha=side, color=VERMILLION, fontsize=9)


def _draw_parts(axes, parts, measured, size):
    axes.set_title("What it is made of" + (f" at B = {size:,}" if size and parts else ""), fontsize=11)
    axes.set(xlim=(-0.6, 1.6), xticks=[0, 1], xticklabels=["by the\nshapes", "measured"])
    axes.spines[["top", "right"]].set_visible(False)
    top = 0
    for name, (colour, hatch) in PARTS.items():
        size = parts.get(name, 0) / MB
        look = {"facecolor": colour, "hatch": hatch, "edgecolor": "#333333", "linewidth": 0.6}
        text = f"{name} {size:.2f}" if parts else name
        axes.bar(0, size, 0.8, bottom=top, label=text, gid=f"part-{name}", **look)
        top += size
    axes.bar(1, (measured or 0) / MB, 0.8, facecolor=BLUE, alpha=0.35, edgecolor="#333333", linewidth=0.6)
    axes.set_ylim(0, 1.12 * max(top, (measured or 0) / MB) or 1)
    handles, names = axes.get_legend_handles_labels()
    side = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.02), "frameon": False}
    axes.legend(handles[::-1], names[::-1], fontsize=9, handlelength=1.6, title="MB", title_fontsize=9, **side)


def _sorted(points):
    sizes = sorted(points)
    return sizes, [points[size] / MB for size in sizes]
