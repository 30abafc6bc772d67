"""Rows of a data set as pictures, and how they are cut into batches."""

import numpy as np
from matplotlib.patches import Rectangle

from .picture import BLUE, INK, VERMILLION, Picture

ON_A_LINE = 24  # tiles
LONGEST_ANSWER = 5  # letters that fit below a tile


def images(data, rows, columns=16):
    """Some rows of a data set as the pictures they are, (height, width) of ink with a border between them."""
    rows = np.asarray(rows)
    X = data.X[rows] if data.scaler is None else data.X[rows] * data.scaler.scale + data.scaler.offset
    return sheet(X.reshape(-1, *data.image_shape), columns)


def sheet(pictures, columns, border=0.0):
    """Pictures (n, height, width) side by side on one sheet, (height, width), with a border of that ink around each."""
    n, height, width = pictures.shape
    lines = -(-n // columns)
    whole = np.full((lines * (height + 1) + 1, min(columns, n) * (width + 1) + 1), float(border))
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + 1) + 1, i % columns * (width + 1) + 1
        whole[top : top + height, left : left + width] = picture
    return whole


def answer(data, row):
    """The answer of one row as text: the name or number of its class, or its target(s)."""
    if data.class_names and data.y.ndim == 1:
        return data.class_names[data.y[row]]
    return ", ".join(f"{value:.3g}" if data.y.dtype.kind == "f" else str(value) for value in np.atleast_1d(data.y[row]))


def gallery(data, rows, columns=10):
    """Some rows of a data set as pictures, each with its answer above it."""
    rows = np.asarray(rows)
    lines = -(-len(rows) // columns)
    width = max(0.8 * columns, 3.2)  # room for the title
    figure = Picture(figsize=(width, 1.05 * lines + 0.5), layout="constrained")
    figure.suptitle(f"{len(rows)} rows of {data.name}, each with its answer", fontsize=11)
    for place, row in zip(figure.subplots(lines, columns, squeeze=False).ravel(), rows):
        place.imshow(images(data, [row])[1:-1, 1:-1], cmap="gray_r")
        place.set_title(answer(data, row), fontsize=10)
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


def batches_of(batches, epochs=2, first=0):
    """The rows in their own order, then the batches in which they are handed out: a panel an epoch.

    batches: MiniBatches over a few dozen rows. epochs: how many to show. first: the first of them, counted from 0.
    """
    rows = np.arange(len(batches.data))
    kind = "class" if batches.data.classes else "target"
    title = f"The {len(rows)} rows in their own order: row number, below it the {kind}"
    panels = {title: [(rows, "not in batches yet", INK, "-")]}
    panels |= dict(_epoch_panel(batches, epoch) for epoch in range(first, first + epochs))
    places = [_set_in_lines([len(rows) for rows, *_ in groups]) for groups in panels.values()]
    lines = [1 + place[-1][-1][0] for place in places]
    tall = 2.25 if batches.data.image_shape else 1.45  # of a line, in widths of a tile
    figure = Picture(figsize=(9.2, 0.37 * tall * sum(lines) + 0.35 * len(lines)), layout="constrained")
    for axes, title, place, count in zip(figure.subplots(len(lines), height_ratios=lines), panels, places, lines):
        axes.set_title(title, loc="left", fontsize=11)
        for group, spots in zip(panels[title], place):
            _draw_group(axes, batches.data, group, spots, tall)
        axes.set(xlim=(0, ON_A_LINE), ylim=(0.5 - tall * count, 0.5), aspect="equal")
        axes.set_axis_off()
    return figure


def _epoch_panel(batches, epoch):
    """(title, groups) of one epoch; a group is its rows, its caption, its colour and its line style."""
    handed, left_out = batches.rows_of(epoch)
    title = f"Epoch {epoch + 1}: {len(handed)} update{'s' if len(handed) > 1 else ''}"
    if len(handed[-1]) < batches.batch_size:
        title += f", the last batch is short ({len(handed[-1])} of {batches.batch_size} rows)"
    looks = ((BLUE, "-"), (VERMILLION, "--"))
    groups = [
        (rows, f"update {number}: {len(rows)} rows" if len(rows) > 3 else f"{number}", *looks[(number - 1) % 2])
        for number, rows in enumerate(handed, 1)
    ]
    if len(left_out):
        title += f", {len(left_out)} of {len(batches.data)} rows left out"
        groups.append((left_out, "left out" if len(left_out) > 1 else "out", INK, ":"))
    return title, groups


def _set_in_lines(sizes):
    """[[(line, column), ...], ...]: a place for every tile, group by group; one that fits on a line is not torn."""
    places, at = [], 0
    for size in sizes:
        if at % ON_A_LINE + size > ON_A_LINE:
            at += -at % ON_A_LINE  # begin a new line
        places.append([divmod(at + i, ON_A_LINE) for i in range(size)])
        at += size
    return places


def _draw_group(axes, data, group, spots, tall):
    rows, caption, colour, style = group
    for line in sorted({line for line, _ in spots}):
        columns = [column for other, column in spots if other == line]
        corner, size = (columns[0] + 0.06, 0.55 - tall * (line + 1)), (len(columns) - 0.12, tall - 0.6)
        axes.add_patch(Rectangle(corner, *size, facecolor=(colour, 0.12), edgecolor=colour, linestyle=style))
    axes.text(spots[0][1] + 0.1, 0.05 - tall * spots[0][0], caption, fontsize=8, color=colour, weight="bold")
    for row, (line, column) in zip(rows, spots):
        _draw_tile(axes, data, row, column, -0.17 - tall * line, faint=style == ":")


def _draw_tile(axes, data, row, left, top, faint):
    if data.image_shape:
        place, pale = (left + 0.12, left + 0.88, top - 0.76, top), 0.35 if faint else 1
        axes.imshow(images(data, [row])[1:-1, 1:-1], cmap="gray_r", extent=place, alpha=pale, zorder=2)
        top -= 0.84
    named = answer(data, row)
    named = named if len(named) <= LONGEST_ANSWER else f"{named[: LONGEST_ANSWER - 1]}."
    axes.text(left + 0.5, top, row, fontsize=7.5, weight="bold", ha="center", va="top")
    axes.text(left + 0.5, top - 0.38, named, fontsize=7, alpha=0.8, ha="center", va="top")
