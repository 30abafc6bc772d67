"""Where a network is right and where it is wrong: the confusion matrix, and the rows that it read wrong."""

import numpy as np
from matplotlib.patches import Rectangle

from .picture import BLUE, INK, VERMILLION, Picture
from .rows import images


def shades(matrix):
    """How dark each cell of a confusion matrix (K, K) is, 0 to 1: the root of its share of the rows of its true class.

    The root, because a mistake made four times in a hundred must be seen as well.
    """
    matrix = np.asarray(matrix)
    return np.sqrt(matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True)))


def confusion(matrix, class_names=(), name="the rows"):
    """A confusion matrix (K, K) as a shaded table: row = true class, column = what the network said.

    class_names: K texts, by default 0, 1, ... name: the rows that were counted, in words, for the title.
    """
    matrix = np.asarray(matrix)
    classes, right = len(matrix), np.trace(matrix)
    figure = Picture(figsize=(0.46 * classes + 1.2, 0.4 * classes + 1.5), layout="constrained")
    axes = figure.subplots()
    axes.set_title(f"Confusion matrix of {name}:\n{right} right (framed), {matrix.sum() - right} wrong", fontsize=11)
    for ticks in (axes.set_xticks, axes.set_yticks):
        ticks(range(classes), class_names or range(classes))
    axes.set(xlabel="what the network said", ylabel="true class")
    axes.set(xlim=(-0.5, classes - 0.5), ylim=(classes - 0.5, -0.5))
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.xaxis.set_label_position("top")
    axes.spines[:].set(color=INK, alpha=0.3)
    for (true, said), shade in np.ndenumerate(shades(matrix)):
        _draw_cell(axes, true, said, matrix[true, said], shade)
    return figure


def _draw_cell(axes, true, said, count, shade):
    right = true == said
    look = {"facecolor": (BLUE, 0.5 * shade), "edgecolor": BLUE} if right else {"facecolor": (VERMILLION, 0.9 * shade)}
    axes.add_patch(Rectangle((said - 0.46, true - 0.46), 0.92, 0.92, **look))
    if count or right:
        axes.text(said, true, count, ha="center", va="center", fontsize=10, weight="bold" if right else "normal")


def misread(data, predicted, rows=None, columns=10, title=None):
    """Pictures of rows that were read wrong, each with "3 read as 8" above it.

    predicted: (n,) the class numbers that the network gave to the rows of `data`. rows: which rows to show, by
    default the first ones that are wrong, one line of them. title: by default how many of them are shown.
    """
    predicted = np.asarray(predicted)
    wrong = np.flatnonzero(predicted != data.y)
    rows = wrong[:columns] if rows is None else np.asarray(rows)
    lines = max(1, -(-len(rows) // columns))
    figure = Picture(figsize=(0.95 * columns, 1.05 * lines + 0.35), layout="constrained")
    title = title or f"{len(rows)} of the {len(wrong)} rows of {data.name} that were read wrong"
    figure.suptitle(title, fontsize=11)
    places = figure.subplots(lines, columns, squeeze=False).ravel()
    for place, row in zip(places, rows):
        place.imshow(images(data, [row])[1:-1, 1:-1], cmap="gray_r")
        place.set_title(read_as(data, data.y[row], predicted[row]), fontsize=9)
    for place in places:
        place.set_axis_off()
    return figure


def read_as(data, true, said):
    """A mistake in words, "3 read as 8". true, said: class numbers."""
    names = data.class_names or range(1 + max(true, said))
    return f"{names[true]} read as {names[said]}"
