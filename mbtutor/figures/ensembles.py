"""An ensemble: each member as it trains, and what becomes of the mean of their answers as members are added."""

import numpy as np
from matplotlib.ticker import MaxNLocator, MultipleLocator

from .. import checks
from ..history import CLOCKS
from .histories import EARLIER, legend_below, thinned
from .picture import BLUE, INK, SKY, VERMILLION, Picture

# The lines of the run that is going on: panel, colour, width, what it is. A dot or a bar is a very short, thick line.
MEMBER_LINES = {
    "before": ("training", SKY, 0.9, "members before it"),
    "now": ("training", BLUE, 2, "member in training"),
    "alone": ("ready", BLUE, 3, "a member alone"),
    "mean": ("ready", VERMILLION, 2, "mean of so many members"),
    "dots": ("ready", VERMILLION, 8, None),
}
# Where the axis of the mistakes may end, and how far apart its ticks are then.
CEILINGS = {0.2: 0.04, 0.4: 0.1, 0.7: 0.1, 1.0: 0.2}
UNITS = {"examples": "examples seen by the member", "updates": "updates made by the member"}
UNITS["seconds"] = "seconds spent on updates of the member"
MOST_MEMBERS = 8
HALF, DOT = 0.24, 0.02  # of the width of a bar and of a dot, in members


def ensemble(histories, clock="updates", end=None, highest=None, first=0):
    """Left: the share of validation rows that each member reads wrong as it trains. Right: what each reads wrong alone
    once it is ready, and the mean of so many members.

    histories: of MembersRun, or one of them; of earlier ones the mean is drawn, thin. end: where the left horizontal
    axis ends. highest: where the vertical axes end, one of CEILINGS. first: how many runs came before, for the colours.
    The lines have the gids of MEMBER_LINES, for a live picture.
    """
    checks.choice("clock", clock, CLOCKS)
    histories = [histories] if not isinstance(histories, (list, tuple)) else histories
    highest = highest or error_ceiling(histories)
    figure = Picture(figsize=(9.2, 3.9), dpi=72)
    # Fixed margins: a layout that adapts takes twice as long, and the axes would jump from run to run.
    figure.subplots_adjust(left=0.055, right=0.985, top=0.92, bottom=0.36, wspace=0.17)
    left, right = figure.subplots(1, 2)
    _draw_earlier(right, histories[:-1], first)
    _draw_lines({"training": left, "ready": right}, ensemble_points(histories[-1], clock))
    ends = [x[-1] for history in histories for x, _ in by_member(history, clock) if len(x)]
    left.set(xlim=(0, end or max(ends, default=0) or 1), xlabel=UNITS[clock])
    left.set_title("Share of validation rows read wrong, in training")
    right.set(xlim=(0.5, MOST_MEMBERS + 0.5), xticks=range(1, MOST_MEMBERS + 1), xlabel="members")
    right.set_title("The same, of members that are ready")
    if clock != "seconds":
        left.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        left.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    for axes in (left, right):
        axes.set_ylim(0, highest)
        axes.yaxis.set_major_locator(MultipleLocator(CEILINGS[highest]))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.grid(color=INK, alpha=0.15, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    _legends(left, right, histories[-1].label)
    return figure


def ensemble_points(history, clock):
    """{line: (x, y)}: the points of each line of MEMBER_LINES."""
    *before, now = by_member(history, clock) or [(np.zeros(0), np.zeros(0))]
    alone, mean = ready(history)
    count = np.arange(1, len(mean) + 1)
    return {
        "before": _with_gaps(map(thinned, *zip(*before))) if before else (np.zeros(0), np.zeros(0)),
        "now": thinned(*now),
        "alone": _with_gaps(((k - HALF, k + HALF), (wrong, wrong)) for k, wrong in zip(count, alone)),
        "mean": (count, mean),
        "dots": _with_gaps(((k - DOT, k + DOT), (wrong, wrong)) for k, wrong in zip(count, mean)),
    }


def by_member(history, clock):
    """[(x, share of validation rows read wrong), ...]: a pair for each member, its clock beginning at 0."""
    starts = np.flatnonzero(history["epoch"] == 0)  # the untrained network comes first
    pairs = []
    for start, stop in zip(starts, [*starts[1:], len(history)]):
        x, accuracy = history.clock(clock)[start:stop], history["accuracy"][start:stop]
        known = ~np.isnan(accuracy)
        pairs.append((x[known] - x[0], 1 - accuracy[known]))
    return pairs


def ready(history):
    """(share of rows that each member reads wrong that is ready, share of the mean of so many members), (members,)."""
    joined = ~np.isnan(history["val_accuracy"])
    return 1 - history["accuracy"][joined], 1 - history["val_accuracy"][joined]


def error_ceiling(histories):
    """Where the axis of the mistakes ends: the first of CEILINGS that holds every member that is ready."""
    worst = max([wrong for history in histories for part in ready(history) for wrong in part], default=0)
    return next(ceiling for ceiling in CEILINGS if ceiling >= worst)


def _draw_earlier(axes, histories, first):
    for number, history in enumerate(histories, first):
        colour, dashes = EARLIER[number % len(EARLIER)]
        _, mean = ready(history)
        look = {"color": colour, "linestyle": dashes, "linewidth": 1.3}
        axes.plot(range(1, len(mean) + 1), mean, label=history.label, **look)


def _draw_lines(panels, points):
    for name, (panel, colour, width, label) in MEMBER_LINES.items():
        caps = "round" if name == "dots" else "butt"
        look = {"color": colour, "linewidth": width, "solid_capstyle": caps, "gid": name, "label": label}
        look["snap"] = False  # a dot may lie between two pixels
        panels[panel].plot(*points[name], **look)


def _with_gaps(pieces):
    """The lines (x, y) as one line with gaps between them."""
    pieces = list(pieces)
    if not pieces:
        return np.zeros(0), np.zeros(0)
    return tuple(np.concatenate([[*part, np.nan] for part in parts]) for parts in zip(*pieces))


def _legends(left, right, current):
    """Say below the left panel what the lines of this run are, below the right one which runs came before."""
    kinds = [label for *_, label in MEMBER_LINES.values() if label]
    lines = [line for axes in (left, right) for line in zip(*axes.get_legend_handles_labels())]
    legend_below(left, [line for line in lines if line[1] in kinds], current, columns=2)
    earlier = [line for line in lines if line[1] not in kinds]
    legend_below(right, earlier, "earlier runs, the mean", columns=1 if len(earlier) > 2 else 2)


def by_members(counts, errors, title="Share of validation rows read wrong"):
    """What ensembles of so many members read wrong.

    counts: (c,) numbers of members. errors: {label: (c, seeds)}; a line is the mean, the bars reach from the least to
    the most. At most three lines.
    """
    figure = Picture(figsize=(7, 3.4), dpi=72, layout="constrained")
    axes = figure.subplots()
    looks = ((VERMILLION, "-", "o"), (BLUE, (0, (4, 1.5)), "s"), (INK, (0, (1, 1.2)), "^"))
    for (label, wrong), (colour, dashes, marker) in zip(errors.items(), looks, strict=False):
        wrong = np.asarray(wrong)
        mean = wrong.mean(axis=1)
        bars = np.abs([wrong.min(axis=1), wrong.max(axis=1)] - mean)
        axes.errorbar(counts, mean, bars, color=colour, linestyle=dashes, marker=marker, capsize=3, label=label)
    axes.set(xscale="log", xlabel="members", title=title, ylim=(0, None))
    axes.set_xticks(counts, counts)
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.grid(color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    return figure
