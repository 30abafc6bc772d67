"""From a history, a data set or a table of counts to a matplotlib figure. The colours are Okabe and Ito's."""

import io

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from . import checks
from .history import CLOCKS

INK = "#666666"  # grid and frames: readable on a light and on a dark page
BLUE, VERMILLION, SKY = "#0072B2", "#D55E00", "#56B4E9"
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
POINTS = 240  # a line of more points looks the same on a screen and takes longer to draw


class Picture(Figure):
    """A matplotlib figure that a notebook shows by itself, and that says in words what it is."""

    def _repr_png_(self):
        return png(self)

    def __repr__(self):
        return f"Picture: {self.get_suptitle() or '; '.join(axes.get_title() for axes in self.axes)}"


def png(figure):
    """The figure as the bytes of a PNG, without the date and version that would make two alike differ."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=90, metadata={"Software": None})
    return file.getvalue()


def curves(histories, clock="examples", end=None, highest_loss=None):
    """The last history as loss and accuracy curves, the earlier ones behind it as thin validation curves.

    histories: a list of History, each with a label. clock: "examples", "updates" or "seconds".
    end, highest_loss: where the x-axis and the loss axis end; by default where the data does.
    """
    checks.choice("clock", clock, CLOCKS)
    figure, axes = panels(clock)
    *earlier, current = histories
    for history, (colour, dashes) in zip(earlier, EARLIER):
        for panel in axes:
            x, y = history.measured(f"val_{panel}", clock)
            axes[panel].plot(*_thinned(x, y), color=colour, linestyle=dashes, linewidth=1.3, label=history.label)
    for name, (x, y) in curve_points(current, clock).items():
        panel, colour, width, dashes, label = LINES[name]
        axes[panel].plot(x, y, color=colour, linewidth=width, linestyle=dashes, label=label, gid=name)
    ends = [history.clock(clock)[-1] for history in histories if len(history)]
    axes["loss"].set(xlim=(0, end or max(ends, default=0) or 1), ylim=(0, highest_loss or loss_ceiling(histories)))
    axes["accuracy"].set(xlim=axes["loss"].get_xlim(), ylim=(0, 1))
    legends(axes, current.label)
    return figure


def panels(clock):
    """An empty figure with a loss panel and an accuracy panel: (figure, {"loss": axes, "accuracy": axes})."""
    figure = Picture(figsize=(9.2, 3.9), dpi=72)
    left, right = figure.subplots(1, 2)
    # Fixed margins: a layout that adapts takes twice as long, and the axes would jump from run to run.
    figure.subplots_adjust(left=0.05, right=0.985, top=0.92, bottom=0.36, wspace=0.15)
    left.set_title("Loss: how wrong (lower is better)")
    right.set_title("Accuracy: share of rows right (higher is better)")
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


def legends(axes, current):
    """Say below each panel what its lines are: the kinds of line on the left, the earlier runs on the right."""
    handles, labels = axes["loss"].get_legend_handles_labels()
    kinds = {label for *_, label in LINES.values()}
    lines = list(zip(handles, labels))
    _legend(axes["loss"], [line for line in lines if line[1] in kinds], current, columns=3)
    _legend(axes["accuracy"], [line for line in lines if line[1] not in kinds], "earlier runs, validation", columns=2)


def _legend(axes, lines, title, columns):
    if lines:
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.17), "ncols": columns, "frameon": False}
        axes.legend(
            *zip(*lines), title=title, fontsize=9, title_fontsize=9, handlelength=2.6, columnspacing=1.2, **below
        )


def curve_points(history, clock):
    """{line: (x, y)}: the points of each line of LINES, at most about POINTS of them."""
    window = max(1, round(SMOOTHED_EXAMPLES / max(1, _batch_size(history))))
    x = history.clock(clock)
    points = {"batch_loss": (x[1:], history["loss"][1:])}
    for name in ("loss", "accuracy"):
        points[name] = x[1:], history.smoothed(name, window)[1:]
        points[f"val_{name}"] = history.measured(f"val_{name}", clock)
    return {name: _thinned(*points[name]) for name in LINES}


def loss_ceiling(histories):
    """Where the loss axis ends: a little above the highest validation loss, but not beyond four times the first one."""
    losses = [history.measured("val_loss")[1] for history in histories]
    losses = [values for values in losses if len(values)]
    if not losses:
        return 2.5
    return 1.08 * max(min(values.max(), 4 * values[0]) for values in losses)


def images(data, rows, columns=16):
    """Some rows of a data set as the pictures they are, (height, width) of ink with a border between them."""
    height, width = data.image_shape
    rows = np.asarray(rows)
    lines = -(-len(rows) // columns)
    sheet = np.zeros((lines * (height + 1) + 1, min(columns, len(rows)) * (width + 1) + 1))
    X = data.X[rows] if data.scaler is None else data.X[rows] * data.scaler.scale + data.scaler.offset
    for i, picture in enumerate(X.reshape(-1, height, width)):
        top, left = i // columns * (height + 1) + 1, i % columns * (width + 1) + 1
        sheet[top : top + height, left : left + width] = picture
    return sheet


def gallery(data, rows, columns=10):
    """Some rows of a data set as pictures, each with its answer above it."""
    rows = np.asarray(rows)
    lines = -(-len(rows) // columns)
    figure = Picture(figsize=(0.8 * columns, 1.05 * lines + 0.5), layout="constrained")
    figure.suptitle(f"{len(rows)} rows of {data.name}, each with its answer", fontsize=11)
    for place, row in zip(figure.subplots(lines, columns, squeeze=False).ravel(), rows):
        place.imshow(images(data, [row])[1:-1, 1:-1], cmap="gray_r")
        place.set_title(data.class_names[data.y[row]] if data.class_names else data.y[row], fontsize=10)
    for place in figure.axes:
        place.set_axis_off()
    return figure


def one_epoch(rows=24, batch_sizes=(24, 8, 1)):
    """The idea in one picture: the same rows, cut into batches of three sizes; each arrow is one update."""
    figure = Picture(figsize=(9.2, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.set_title(
        f"One epoch over {rows} rows: the same rows, cut into batches of {_listed(batch_sizes)}", fontsize=12
    )
    for line, size in enumerate(batch_sizes):
        _cut_into_batches(axes, rows, size, top=-2.2 * line)
    axes.set(xlim=(-7.5, rows + 0.5), ylim=(-2.2 * len(batch_sizes) + 0.5, 1.3))
    axes.set_axis_off()
    return figure


def _cut_into_batches(axes, rows, size, top):
    updates = -(-rows // size)
    name = {rows: "full batch", 1: "one at a time"}.get(size, "mini-batch")
    count = f"{updates} update{'s' if updates > 1 else ''}"
    axes.text(-7.3, top + 0.2, f"{name}\nbatch size {size}\n{count}", va="center", fontsize=10)
    for row in range(rows):
        colour = (BLUE, VERMILLION)[row // size % 2]
        axes.add_patch(Rectangle((row + 0.08, top), 0.84, 0.9, facecolor=colour, alpha=0.8))
    for update in range(updates):
        middle = (update * size + min(rows, (update + 1) * size)) / 2
        axes.annotate("", (middle, top - 0.75), (middle, top - 0.05), arrowprops={"arrowstyle": "-|>", "color": INK})


def slope(loss, places, lr=None, span=(-3, 3)):
    """A curve with a ball on it: the slope where it lies, the places where it was, and its next step.

    loss: a function of one weight. places: the values the weight had; the ball lies at the last. lr: the learning
    rate of the next step, None for no step. span: the ends of the weight's axis, which is widened to hold all places.
    """
    w, rise = places[-1], slope_at(loss, places[-1])
    figure = Picture(figsize=(7.2, 4.3), dpi=72)
    figure.subplots_adjust(left=0.09, right=0.98, top=0.91, bottom=0.24)
    axes = figure.subplots()
    axes.set_title(f"The loss of one weight: at w = {w:z.2f} its slope is {rise:z.2f}")
    _draw_loss(axes, loss, _widened(span, places))
    if len(places) > 1:
        way = {"linestyle": ":", "linewidth": 1, "marker": "o", "mfc": "none", "clip_on": False}
        axes.plot(places, [loss(place) for place in places], color=INK, label="its way so far", **way)
    _draw_tangent(axes, w, loss(w), rise)
    if lr is not None:
        _draw_step(axes, loss, w, w - lr * rise)
    ball = {"linestyle": "", "marker": "o", "ms": 12, "mfc": "#E69F00", "mec": "black", "mew": 1.4, "zorder": 5}
    axes.plot(w, loss(w), label="the ball", clip_on=False, **ball)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=5, fontsize=9, frameon=False)
    return figure


def slope_at(loss, w, little=1e-5):
    """How fast the curve rises at w: move a little to the right and to the left, divide the rise by the way."""
    return (loss(w + little) - loss(w - little)) / (2 * little)


def _widened(span, places):
    """The span, or a wider one with some room at its ends where a place lies outside."""
    low, high = min(*span, *places), max(*span, *places)
    return span if (low, high) == tuple(span) else (1.1 * low - 0.1 * high, 1.1 * high - 0.1 * low)


def _draw_loss(axes, loss, span):
    grid = np.linspace(*span, POINTS)
    heights = np.array([loss(w) for w in grid])
    room = 0.06 * (heights.max() - heights.min())
    axes.plot(grid, heights, color=BLUE, linewidth=2, label="loss")
    axes.set(xlim=span, ylim=(heights.min() - room, heights.max() + room), xlabel="w, the weight", ylabel="loss")
    axes.grid(color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_tangent(axes, w, height, rise):
    """A straight line through the ball, as steep as the curve there, and as long on the page wherever it lies."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    reach = 0.13 / np.hypot(1 / (right - left), 0.5 * rise / (top - bottom))  # the axes are half as high as wide
    line = {"color": VERMILLION, "linewidth": 2.4, "linestyle": (0, (3, 1))}
    axes.plot([w - reach, w + reach], [height - rise * reach, height + rise * reach], label="slope here", **line)


def _draw_step(axes, loss, w, target):
    """An arrow as long as the next step, and a dotted line from its head to the curve."""
    head, colour = float(np.clip(target, *axes.get_xlim())), "#009E73"
    arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (head, loss(w)), (w, loss(w)), arrowprops=arrow)
    axes.plot([], [], color=colour, marker=">", label="next step")
    if head == target:
        axes.plot([target, target], [loss(w), loss(target)], ":", color=colour, linewidth=1.6)


def _listed(numbers):
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}"


def _batch_size(history):
    return history["examples"][1] if len(history) > 1 else 1


def _thinned(x, y):
    step = max(1, -(-len(x) // POINTS))
    keep = np.arange(0, len(x), step)
    if len(x) and keep[-1] != len(x) - 1:
        keep = np.append(keep, len(x) - 1)  # the newest point is always shown
    return x[keep], y[keep]
