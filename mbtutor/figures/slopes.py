"""A loss of one weight as a curve, with a ball on it that walks downhill."""

import numpy as np

from .picture import BLUE, INK, VERMILLION, Picture

POINTS = 240  # of the curve: more look the same on a screen


def slope(loss, places, lr=None, span=(-3, 3)):
    """A curve with a ball on it: the slope where it lies, the places where it was, and its next step.

    loss: a function of one weight. places: the values the weight had; the ball lies at the last. lr: the learning
    rate of the next step, None for no step. span: the ends of the weight's axis, which is widened to hold all places.
    """
    w, rise = places[-1], slope_at(loss, places[-1])
    figure = Picture(figsize=(7.2, 4.1), dpi=72)
    figure.subplots_adjust(left=0.09, right=0.98, top=0.91, bottom=0.21)
    axes = figure.subplots()
    axes.set_title(f"The loss of one weight: at w = {w:z.2f} its slope is {rise:z.2f}")
    _draw_loss(axes, loss, _widened(span, places))
    if len(places) > 1:
        way = {"linestyle": ":", "linewidth": 1, "marker": "o", "mfc": "none", "alpha": 0.7, "clip_on": False}
        axes.plot(places, [loss(place) for place in places], color="black", label="its way so far", **way)
    _draw_tangent(axes, w, loss(w), rise)
    if lr is not None:
        _draw_step(axes, loss, w, w - lr * rise)
    ball = {"linestyle": "", "marker": "o", "ms": 12, "mfc": "#E69F00", "mec": "black", "mew": 1.4, "zorder": 5}
    axes.plot(w, loss(w), label="the ball", clip_on=False, **ball)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=5, fontsize=9, frameon=False)
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
