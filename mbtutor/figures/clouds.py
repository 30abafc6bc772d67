"""The gradients of many batches as a cloud around that of all rows, and how the cloud shrinks with the batch size."""

import numpy as np

from .picture import BLUE, INK, SKY, VERMILLION, Picture, power_of_ten
from .valleys import AXES, balls, draw_valley, legend_beside, plot_dots


def cloud(gradients, full, radius, reach):
    """Each batch's gradient as a dot, that of all rows as an arrow from 0, and a circle of the radius expected.

    gradients: (k, 2). full: (2,). reach: how far the axes go to each side of `full`, so that clouds can be compared.
    """
    figure, axes = _square()
    draw_cloud(axes, gradients, full, radius, reach)
    return figure


def noise_line(measured, variance, rows, limits=None):
    """The noise against the batch size, both axes in powers of ten, beside what is expected.

    measured: a list of BatchNoise, as mb.experiments.noise_by_batch_size yields. variance: σ² of the rows' gradients.
    limits: of the vertical axis. A noise of 0, as with all rows in the batch, has no place on such an axis.
    What moves in a lab has a gid, as in `noise_points`.
    """
    figure, axes = _square()
    draw_noise_line(axes, measured, variance, rows, limits)
    return figure


def microscope(of_valley, of_cloud, of_line):
    """The three pictures of the gradient microscope in one figure: arguments of valley, cloud and noise_line."""
    figure = Picture(figsize=(9.2, 9.2), dpi=72)
    top = figure.add_axes((0.07, 0.53, 0.69, 0.43))
    draw_valley(top, *of_valley)
    legend_beside(top)
    draw_cloud(figure.add_axes((0.08, 0.12, 0.38, 0.33)), *of_cloud)
    draw_noise_line(figure.add_axes((0.58, 0.12, 0.39, 0.33)), *of_line)
    return figure


def draw_cloud(axes, gradients, full, radius, reach):
    """Draw it into these axes; arguments as for `cloud`."""
    axes.axhline(0, color=INK, linewidth=0.6, alpha=0.5)
    axes.axvline(0, color=INK, linewidth=0.6, alpha=0.5)
    dots = {"linestyle": "", "marker": "o", "ms": 4, "mec": "none", "alpha": 0.6}
    axes.plot(*gradients.T, mfc=SKY, label=f"{len(gradients)} batches", **dots)
    angle = np.linspace(0, 2 * np.pi, 73)
    circle = full[:, None] + radius * np.array([np.cos(angle), np.sin(angle)])
    axes.plot(*circle, color=VERMILLION, linewidth=1.6, linestyle=(0, (4, 1.5)), label="typical distance, expected")
    axes.annotate("", full, (0, 0), arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 2, "shrinkB": 0})
    axes.plot([], [], color="black", linewidth=2, label="all rows")
    axes.set(xlim=(full[0] - reach, full[0] + reach), ylim=(full[1] - reach, full[1] + reach))
    axes.set(xlabel=f"slope for {AXES[0]}", ylabel=f"slope for {AXES[1]}")
    axes.set_aspect("equal", adjustable="box")
    _finish(axes, f"The gradients of {len(gradients)} batches")


def draw_noise_line(axes, measured, variance, rows, limits=None):
    """Draw it into these axes; arguments as for `noise_line`."""
    points = noise_points(measured, variance, rows)
    dashed = {"linestyle": (0, (4, 1.5)), "linewidth": 1.6, "color": VERMILLION}
    axes.plot(*points["slope"], gid="slope", color=INK, linewidth=1.2, linestyle=(0, (1, 1.5)), label="σ²/B, slope -1")
    axes.plot(*points["expected"], gid="expected", label="σ²/B (1 - B/N)", **dashed)
    plot_dots(axes, points["measured"], gid="measured", color=BLUE, size=7, label="measured")
    axes.set(xscale="log", yscale="log", xlim=(0.8, 1.3 * rows), ylim=limits or (variance / rows / 8, 3 * variance))
    axes.set(xlabel="B, rows in a batch", ylabel="mean squared distance")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: power_of_ten(value))
    axes.minorticks_off()  # they take half the time of drawing
    axes.grid(color=INK, alpha=0.15, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    _finish(axes, "The noise against the batch size")


def noise_points(measured, variance, rows):
    """{gid: (x, y)} of every line of `noise_line`; where the noise is 0 but for rounding there is no point."""
    sizes = np.geomspace(1, rows, 100)
    expected = variance / sizes * np.maximum(1 - sizes / rows, 1e-9)
    shown = [(noise.batch_size, noise.measured) for noise in measured if noise.measured > 1e-9 * variance]
    dots = balls(np.reshape(shown, (-1, 2)), relative=True)
    return {"slope": (sizes, variance / sizes), "expected": (sizes, expected), "measured": dots}


def _square():
    figure = Picture(figsize=(4.6, 4.4), dpi=72)
    return figure, figure.add_axes((0.17, 0.25, 0.8, 0.67))


def _finish(axes, title):
    axes.set_title(title, fontsize=11)
    below = {"loc": "upper center", "bbox_to_anchor": (0.45, -0.17), "frameon": False}
    axes.legend(ncols=2, fontsize=9, columnspacing=1.2, **below)
