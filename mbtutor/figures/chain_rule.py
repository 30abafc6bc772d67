"""One number on its way through a small network, and the slopes of the loss on their way back."""

from matplotlib.patches import FancyBboxPatch

from .. import checks
from .picture import BLUE, INK, VERMILLION, Picture

NUMBERS, SLOPES, WEIGHTS = 2.3, 1.15, 0.0  # how high the three rows of boxes stand
PLACES = {"x": 0, "h": 1, "a": 2, "s": 3, "loss": 4}
WIDTH, HEIGHT = 0.56, 0.5  # of a box
TITLE = "One number goes forward (above); the slopes of its loss come back (below)"


def backward_pass(x=2.0, w1=1.5, w2=2.0, target=5.0, title=TITLE):
    """One number x forward through weight w1, ReLU, weight w2 and a squared error, and the slopes of the loss back.

    The upper row holds the numbers, the row below it the slope of the loss for each of them, the lowest row the slopes
    for the two weights. Raises ValueError for anything that is not a number from -1000 to 1000.
    """
    for name, value in {"x": x, "w1": w1, "w2": w2, "target": target}.items():
        checks.number(name, value, -1000, 1000)
    numbers, slopes, of_weights = passes(x, w1, w2, target)
    figure = Picture(figsize=(9.2, 4.1), dpi=72)
    axes = figure.add_axes((0.01, 0, 0.98, 0.91))
    axes.set_title(title, fontsize=12)
    _forward(axes, numbers, (f"× w₁ = {text(w1)}", "ReLU", f"× w₂ = {text(w2)}", f"(s − {text(target)})²"))
    sign = "1 (h above 0)" if numbers["h"] > 0 else "0 (h not above 0)"
    _backward(axes, slopes, (sign, f"w₂ = {text(w2)}", f"2 (s − {text(target)}) = {text(slopes['s'])}"))
    _into_weight(axes, "h", "w₁", f"× x = {text(x)}", of_weights["w1"])
    _into_weight(axes, "s", "w₂", f"× a = {text(numbers['a'])}", of_weights["w2"])
    for height, words in {NUMBERS: "the numbers", SLOPES: "slopes of the loss", WEIGHTS: "slopes for weights"}.items():
        axes.text(-1.45, height, words, va="center", fontsize=11, color=INK)
    axes.set(xlim=(-1.5, 4.4), ylim=(-0.35, 2.85))
    axes.set_axis_off()
    return figure


def passes(x, w1, w2, target):
    """The forward and the backward pass: ({name: number}, {name: its slope}, {weight: its slope})."""
    h = x * w1
    a = max(h, 0.0)
    s = a * w2
    numbers = {"x": x, "h": h, "a": a, "s": s, "loss": (s - target) ** 2}
    ds = 2 * (s - target)
    da = ds * w2
    dh = da * (h > 0)
    return numbers, {"loss": 1.0, "s": ds, "a": da, "h": dh}, {"w1": dh * x, "w2": ds * a}


def text(value):
    """The number in at most three digits, with a true minus sign."""
    return f"{value + 0.0:.3g}".replace("-", "−")


def _forward(axes, numbers, steps):
    for name, value in numbers.items():
        _box(axes, PLACES[name], NUMBERS, name, value, BLUE)
    for place, step in enumerate(steps):
        _arrow(axes, (place + WIDTH / 2, NUMBERS), (place + 1 - WIDTH / 2, NUMBERS), BLUE, "-")
        axes.text(place + 0.5, NUMBERS + 0.31, step, ha="center", fontsize=10, color=BLUE)


def _backward(axes, slopes, factors):
    for name, value in slopes.items():
        _box(axes, PLACES[name], SLOPES, f"for {name}", value, VERMILLION)
    for place, factor in enumerate(factors, 1):
        _arrow(axes, (place + 1 - WIDTH / 2, SLOPES), (place + WIDTH / 2, SLOPES), VERMILLION, "--")
        axes.text(place + 0.5, SLOPES + 0.31, f"× {factor}", ha="center", fontsize=10, color=VERMILLION)


def _into_weight(axes, name, weight, factor, slope):
    place = PLACES[name]
    _arrow(axes, (place, SLOPES - HEIGHT / 2), (place, WEIGHTS + HEIGHT / 2), VERMILLION, "--")
    axes.text(place + 0.08, (SLOPES + WEIGHTS) / 2, factor, va="center", fontsize=10, color=VERMILLION)
    _box(axes, place, WEIGHTS, f"for {weight}", slope, VERMILLION, filled=True)


def _box(axes, place, height, name, value, colour, filled=False):
    """A name above a number, in a frame."""
    corner, shape = (place - WIDTH / 2, height - HEIGHT / 2), "round,pad=0,rounding_size=0.08"
    face = {"facecolor": colour if filled else "white", "edgecolor": colour, "linewidth": 1.6}
    axes.add_patch(FancyBboxPatch(corner, WIDTH, HEIGHT, boxstyle=shape, **face))
    centred = {"ha": "center", "va": "center", "color": "white" if filled else "black"}
    axes.text(place, height + 0.12, name, fontsize=10, **centred)
    axes.text(place, height - 0.09, text(value), fontsize=13, weight="bold", **centred)


def _arrow(axes, start, end, colour, dashes):
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.6, "linestyle": dashes, "shrinkA": 2, "shrinkB": 2}
    axes.annotate("", end, start, arrowprops=style)
