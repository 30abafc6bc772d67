"""The curves of runs beside the answer that knows nothing: their accuracy, or how far off they are in a unit."""

import numpy as np

from .histories import LINES, curve_points, draw, loss_ceiling
from .picture import INK

# As LINES, for a target of numbers: the panel on the right is that of the typical error.
ERROR_LINES = {name: LINES[name] for name in ("batch_loss", "loss", "val_loss")}
ERROR_LINES["error"] = ("accuracy", *LINES["val_accuracy"][1:])


def baselines(histories, clock="examples", end=None, highest_loss=None, first=0, *, level=None, unit="", deviation=0):
    """As `curves`, with a dotted line at `level`: what an answer that looks at no column reaches.

    level: a share of rows right or a typical error, as mb.baseline returns it; None before there is one.
    unit, deviation: of a target of numbers, whose losses are those of mb.standardize_target; the right panel is then
    the typical error, deviation * sqrt(loss), in that unit. A deviation of 0 stands for classes.
    """
    lines = ERROR_LINES if deviation else LINES
    points = baseline_points(histories[-1], clock, deviation)
    figure = draw(histories, clock, end, highest_loss, first, lines, points)
    right = figure.axes[1]
    if deviation:
        _as_errors(right, histories, clock, deviation)
        highest = deviation * np.sqrt(highest_loss or loss_ceiling(histories))
        right.set(ylim=(0, max(highest, 1.15 * (level or 0))), title=f"Typical error in {unit} (lower is better)")
    if level is not None:
        right.axhline(level, color=INK, linewidth=1.6, linestyle=(0, (1, 1.5)))
        text = "the mean of train" if deviation else "the commonest class"
        right.text(0.985, level, f"always {text}", transform=right.get_yaxis_transform(), ha="right", va="bottom")
    return figure


def baseline_points(history, clock, deviation=0):
    """{line: (x, y)}: the points of each line of the last history, as `baselines` draws them."""
    points = curve_points(history, clock)
    if not deviation:
        return points
    x, losses = points["val_loss"]
    return {name: points[name] for name in ERROR_LINES if name != "error"} | {"error": (x, deviation * np.sqrt(losses))}


def _as_errors(axes, histories, clock, deviation):
    """Let the thin lines of earlier runs, drawn without points, show their errors."""
    for line, history in zip(axes.lines, histories[:-1]):
        x, losses = history.measured("val_loss", clock)
        line.set_data(x, deviation * np.sqrt(losses))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
