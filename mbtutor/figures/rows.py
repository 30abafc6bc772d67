"""Rows of a data set as pictures, and how they are cut into batches."""

import numpy as np
from matplotlib.patches import Rectangle

from .picture import BLUE, INK, VERMILLION, Picture


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


def _listed(numbers):
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}"
