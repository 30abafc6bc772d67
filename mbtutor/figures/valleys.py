"""The loss of two weights as a landscape seen from above, and the paths that training takes through it."""

import numpy as np

from .picture import BLUE, GREEN, INK, SKY, VERMILLION, Picture

# How paths are told apart: a colour, a dash pattern and a width each.
STYLES = (
    (VERMILLION, "-", 1.1),
    ("#E69F00", (0, (5, 1)), 1.6),
    ("#CC79A7", (0, (4, 1, 1, 1)), 2),
    ("black", "-", 2.4),
    (GREEN, (0, (1, 1)), 2.2),
    (BLUE, (0, (8, 2)), 2),
)
LEVELS = 14
AXES = ("weight w", "bias b")


def valley(first, second, losses, lowest, start, paths, landings=None, names=AXES):
    """A loss of two weights as a landscape, with the paths that were walked in it.

    first, second: (a,) and (b,), the two weights along the axes. losses: (b, a). lowest, start: pairs of weights.
    paths: {label: (style, points)}; style picks one of STYLES, points (k, 2) are the pairs of weights it went through.
    landings: (label, points), where single updates from the start would land. names: of the two axes.
    What moves in a lab has a gid, as in `valley_points`.
    """
    figure = Picture(figsize=(9.2, 4.7), dpi=72)
    figure.subplots_adjust(left=0.07, right=0.76, top=0.92, bottom=0.11)
    axes = figure.subplots()
    draw_valley(axes, first, second, losses, lowest, start, paths, landings, names)
    legend_beside(axes)
    return figure


def draw_valley(axes, first, second, losses, lowest, start, paths, landings=None, names=AXES):
    """Draw it into these axes; arguments as for `valley`."""
    _draw_landscape(axes, first, second, losses)
    points = valley_points(start, paths, landings)
    axes.plot(*lowest, linestyle="", marker="*", ms=13, mfc="white", mec="black", label="lowest loss", zorder=6)
    plot_dots(axes, points["start"], gid="start", color=INK, size=9, label="start", zorder=3)
    if landings is not None:
        plot_dots(axes, points["landings"], "landings", SKY, 3.6, alpha=0.9, label=landings[0], zorder=2)
    for label, (style, _) in paths.items():
        colour, dashes, width = STYLES[style]
        line = {"color": colour, "linestyle": dashes, "linewidth": width}
        axes.plot(*points[f"path-{label}"], gid=f"path-{label}", label=label, zorder=4, **line)
        plot_dots(axes, points[f"end-{label}"], f"end-{label}", colour, 9, zorder=5)
    axes.set(xlim=(first[0], first[-1]), ylim=(second[0], second[-1]), xlabel=names[0], ylabel=names[1])
    axes.set_aspect("equal", adjustable="box")
    axes.set_title("The loss of two weights, from above")


def legend_beside(axes):
    """Say to the right of the axes what is what."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.01), fontsize=9.5, frameon=False, handlelength=3.2)


def valley_points(start, paths, landings=None):
    """{gid: (x, y)} of every line of `valley` that moves: the start, the landings, each path and its end."""
    points = {"start": balls([start])}
    if landings is not None:
        points["landings"] = balls(landings[1])
    for label, (_, way) in paths.items():
        points |= {f"path-{label}": np.transpose(way), f"end-{label}": balls(way[-1:])}
    return points


def balls(points, relative=False):
    """Dots (k, 2) as lines too short to be seen but for their round ends: a live picture moves lines, nothing else.

    relative: for axes in powers of ten, where a short line has a short ratio.
    """
    x, y = np.transpose(points)
    gap = np.full(len(x), np.nan)
    return np.column_stack([x, x * 1.001 if relative else x + 1e-4, gap]).ravel(), np.column_stack([y, y, gap]).ravel()


def plot_dots(axes, points, gid, color, size, label=None, **look):
    """Draw what `balls` made, `size` dots of an inch wide; the legend shows one round dot."""
    axes.plot(*points, gid=gid, color=color, linewidth=size, solid_capstyle="round", snap=False, **look)
    if label:
        axes.plot([], [], linestyle="", marker="o", ms=size, mec="none", color=color, label=label, **look)


def _draw_landscape(axes, first, second, losses):
    """Lines of equal loss, the wider apart the flatter; the higher the loss, the deeper the blue."""
    low, high = losses.min(), losses.max()
    levels = low + (high - low) * (np.arange(LEVELS + 1) / LEVELS) ** 2
    shades = [(0, 0.447, 0.698, 0.03 + 0.35 * k / LEVELS) for k in range(LEVELS)]
    axes.contourf(first, second, losses, levels, colors=shades)
    axes.contour(first, second, losses, levels[1:-1], colors=INK, linewidths=0.5, alpha=0.6)
