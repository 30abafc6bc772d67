"""The histories of runs as loss and accuracy curves."""

import numpy as np
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from .. import checks
from ..history import CLOCKS
from .picture import BLUE, INK, SKY, VERMILLION, Picture

# Earlier runs: a colour and a dash pattern each, so that none is told by its colour alone.
EARLIER = (
    ("#009E73", (0, (1, 1.5))),
    ("#CC79A7", (0, (5, 1.5, 1, 1.5))),
    ("#E69F00", (0, (3, 1, 1, 1, 1, 1))),
    ("#56B4E9", (0, (8, 2))),
    ("#777777", (0, (2, 3))),
)
# The lines of the run that is going on: panel, colour, width, dashes, what it is.
LINES = {
    "batch_loss": ("loss", SKY, 0.8, "-", "each batch"),
    "loss": ("loss", BLUE, 2, "-", "training, last 500 rows"),
    "val_loss": ("loss", VERMILLION, 2, (0, (4, 1.5)), "validation"),
    "accuracy": ("accuracy", BLUE, 2, "-", "training, last 500 rows"),
    "val_accuracy": ("accuracy", VERMILLION, 2, (0, (4, 1.5)), "validation"),
}
SMOOTHED_EXAMPLES = 500
UNITS = 6  # a layer with more units is drawn with a gap
POINTS = 240  # a line of more points looks the same on a screen and takes longer to draw


def curves(histories, clock="examples", end=None, highest_loss=None, first=0):
    """The last history as loss and accuracy curves, the earlier ones behind it as thin validation curves.

    histories: a list of History, each with a label. clock: "examples", "updates" or "seconds".
    An earlier history of another loss than the last one's is drawn on the accuracy panel alone.
    end, highest_loss: where the x-axis and the loss axis end; by default where the data does.
    first: how many runs came before these, so that each keeps its colour when an older one is left out.
    """
    checks.choice("clock", clock, CLOCKS)
    return draw(histories, clock, end, highest_loss, first, LINES, curve_points(histories[-1], clock))


def draw(histories, clock, end, highest_loss, first, lines, points):
    """The picture of `curves` with other lines for the last history.

    lines: as LINES; one of width None is the outline of an area, and filled. points: {line: (x, y)}.
    """
    figure, axes = panels(clock)
    *earlier, current = histories
    for number, history in enumerate(earlier, first):
        colour, dashes = EARLIER[number % len(EARLIER)]
        for panel in axes if history.loss == current.loss else ["accuracy"]:
            x, y = history.measured(f"val_{panel}", clock)
            axes[panel].plot(*thinned(x, y), color=colour, linestyle=dashes, linewidth=1.3, label=history.label)
    for name, (x, y) in points.items():
        panel, colour, width, dashes, label = lines[name]
        if width is None:
            outline = np.column_stack([x, y]) if len(x) else [(0, 0)]
            axes[panel].add_patch(Polygon(outline, color=colour, alpha=0.35, linewidth=0, label=label, gid=name))
        else:
            axes[panel].plot(x, y, color=colour, linewidth=width, linestyle=dashes, label=label, gid=name)
    ends = [history.clock(clock)[-1] for history in histories if len(history)]
    axes["loss"].set(xlim=(0, end or max(ends, default=0) or 1), ylim=(0, highest_loss or loss_ceiling(histories)))
    axes["accuracy"].set(xlim=axes["loss"].get_xlim(), ylim=(0, 1))
    legends(axes, current.label, lines)
    return figure


def panels(clock):
    """An empty figure with a loss panel and an accuracy panel: (figure, {"loss": axes, "accuracy": axes})."""
    figure = Picture(figsize=(9.2, 3.9), dpi=72)
    left, right = figure.subplots(1, 2)
    # Fixed margins: a layout that adapts takes twice as long, and the axes would jump from run to run.
    figure.subplots_adjust(left=0.05, right=0.975, top=0.92, bottom=0.36, wspace=0.15)
    left.set_title("Loss: how wrong (lower is better)")
    right.set_title("Accuracy: share of rows right (higher is better)")
    left.yaxis.set_major_formatter(lambda value, _: f"{value:g}" if value < 10_000 else f"{value / 1000:g}k")
    right.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    if clock != "seconds":
        for axes in (left, right):
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    units = {"examples": "examples seen", "updates": "updates made", "seconds": "seconds spent on updates"}
    for axes in (left, right):
        axes.set_xlabel(units[clock])
        axes.grid(color=INK, alpha=0.15, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, {"loss": left, "accuracy": right}


def legends(axes, current, lines=LINES):
    """Say below each panel what its lines are: the kinds of line on the left, the earlier runs on the right."""
    kinds = {label for *_, label in lines.values()}
    live = [line for line in zip(*axes["loss"].get_legend_handles_labels()) if line[1] in kinds]
    earlier = [line for line in zip(*axes["accuracy"].get_legend_handles_labels()) if line[1] not in kinds]
    legend_below(axes["loss"], live, current, columns=3)
    long = any(len(label) > 30 for _, label in earlier)
    legend_below(axes["accuracy"], earlier, "earlier runs, validation", columns=1 if long else 2)


def legend_below(axes, lines, title, columns):
    """The legend below a panel, with its title. lines: (handle, label) pairs; nothing where there are none."""
    if lines:
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.17), "ncols": columns, "frameon": False}
        near = {"handlelength": 2.6, "columnspacing": 1.2}
        if columns == 1:  # five earlier runs below one another
            near |= {"labelspacing": 0.05, "borderpad": 0.2}
        axes.legend(*zip(*lines), title=title, fontsize=9, title_fontsize=9, **near, **below)


def curve_points(history, clock):
    """{line: (x, y)}: the points of each line of LINES, at most about POINTS of them."""
    window = max(1, round(SMOOTHED_EXAMPLES / max(1, _batch_size(history))))
    x = history.clock(clock)
    points = {"batch_loss": envelope(x[1:], history["loss"][1:])}
    for name in ("loss", "accuracy"):
        points[name] = thinned(x[1:], history.smoothed(name, window)[1:])
        points[f"val_{name}"] = thinned(*history.measured(f"val_{name}", clock))
    return {name: points[name] for name in LINES}


def loss_ceiling(histories):
    """Where the loss axis ends: a little above the highest validation loss, but not beyond twice the first one.

    Only histories with the last one's loss count; where one of them starts far above another, the axis serves the
    lower one: it ends at five times its first loss.
    """
    losses = [history.measured("val_loss")[1] for history in histories if history.loss == histories[-1].loss]
    losses = [values for values in losses if len(values)]
    if not losses:
        return 2.5
    highest = max(min(values.max(), 2 * values[0]) for values in losses)
    return 1.08 * min(highest, 5 * min(values[0] for values in losses))


def _batch_size(history):
    return history["examples"][1] if len(history) > 1 else 1


def thinned(x, y):
    """About POINTS of the points of a line, the first and the newest among them."""
    step = max(1, -(-len(x) // POINTS))
    keep = np.arange(0, len(x), step)
    if len(x) and keep[-1] != len(x) - 1:
        keep = np.append(keep, len(x) - 1)  # the newest point is always shown
    return x[keep], y[keep]


def envelope(x, y):
    """Of a line that jumps: the lowest and the highest point of each stretch, so that thinning hides no jump."""
    width = -(-len(x) // (POINTS // 2))
    if width <= 2:
        return x, y
    starts = range(0, len(x), width)
    stretches = ((start, y[start : start + width]) for start in starts)
    ends = {start + place for start, part in stretches for place in (part.argmin(), part.argmax())}
    kept = sorted(ends | {len(x) - 1})  # the newest point is always shown
    return x[kept], y[kept]
