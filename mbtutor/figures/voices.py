"""Spoken words as pictures: the frames of one word in every voice, and on which of them a network was trained."""

import numpy as np

from .gaps import gap_between
from .histories import LINES, draw, thinned
from .picture import BLUE, GREEN, INK, VERMILLION, Picture

# What became of a row: marker, colour, whether it is filled, what it is.
MARKS = {
    "learned": ("s", BLUE, True, "learned from"),
    "held out": ("o", INK, False, "held out, not asked yet"),
    "right": ("o", GREEN, True, "held out, answered right"),
    "wrong": ("x", VERMILLION, True, "held out, answered wrong"),
}
SPLIT_LINES = {
    "gap": ("accuracy", VERMILLION, None, "-", "gap"),
    "loss": (*LINES["loss"][:4], "split by row"),
    "val_loss": (*LINES["val_loss"][:4], "split by speaker"),
    "accuracy": (*LINES["accuracy"][:4], "split by row"),
    "val_accuracy": (*LINES["val_accuracy"][:4], "split by speaker"),
}
BETWEEN = 1.5  # empty frames between two speakers


def voices(frames, speakers, word, marks):
    """The frames of one word in every voice as columns of colour, and below them what became of each row.

    frames: a list of (frames, features), one array a speaker. speakers: their names. word: what they said.
    marks: {title of a line: a list of lists of keys of MARKS, one list a speaker}; a list is spread over the frames.
    """
    figure = Picture(figsize=(9.2, 3.7), dpi=72)
    axes, lines = figure.subplots(2, 1, height_ratios=(3.6, len(marks)), sharex=True)
    figure.subplots_adjust(left=0.15, right=0.99, top=0.91, bottom=0.21, hspace=0.06)
    widths = np.array([len(part) for part in frames])
    starts = np.cumsum(widths + BETWEEN) - widths - BETWEEN
    low, high = np.percentile(np.concatenate(frames), (2, 98))
    for start, part in zip(starts, frames):
        place = (start, start + len(part), part.shape[1] + 0.5, 0.5)
        axes.imshow(part.T, cmap="viridis", vmin=low, vmax=high, extent=place, aspect="auto", interpolation="none")
    axes.set_title(f'The word "{word}" in {len(frames)} voices: each column is a frame, its colours are its numbers')
    axes.set(ylim=(frames[0].shape[1] + 0.5, 0.5), ylabel="number in the frame")
    lines.set(xlim=(-0.5, starts[-1] + widths[-1] + 0.5), ylim=(len(marks) - 0.5, -0.5), xlabel="speaker")
    lines.set_yticks(range(len(marks)), list(marks))
    lines.set_xticks(starts + widths / 2, speakers)
    for panel in (axes, lines):
        panel.spines[:].set_visible(False)
        panel.tick_params(length=0)
    _draw_marks(lines, starts, widths, marks)
    return figure


def _draw_marks(axes, starts, widths, marks):
    for name, (marker, colour, filled, label) in MARKS.items():
        found = [
            (start + width * (place + 0.5) / len(row), line)
            for line, rows in enumerate(marks.values())
            for start, width, row in zip(starts, widths, rows)
            for place, mark in enumerate(row)
            if mark == name
        ]
        look = {"facecolors": colour if filled else "none", "edgecolors": colour} if marker != "x" else {"c": colour}
        axes.scatter(*zip(*found or [(np.nan, np.nan)]), s=16, marker=marker, linewidths=1.3, label=label, **look)
    below = {"loc": "upper center", "bbox_to_anchor": (0.42, -0.42), "ncols": len(MARKS), "frameon": False}
    axes.legend(fontsize=9, handletextpad=0.2, columnspacing=1.4, **below)


def recordings(data, rows):
    """Some recordings of a data set of log-mel frames as pictures, time to the right and pitch upwards.

    data: such as mb.datasets.load_wavs(...) returns. rows: their numbers.
    """
    figure = Picture(figsize=(9.2, 2.9), layout="constrained")
    panels = figure.subplots(1, len(rows), sharey=True, squeeze=False)[0]
    low, high = np.percentile(np.concatenate([data.X.item(row) for row in rows]), (2, 98))
    for axes, row in zip(panels, rows):
        frames, voice = data.X.item(row), "" if data.groups is None else f" ({data.groups[row]})"
        axes.imshow(frames.T, cmap="viridis", vmin=low, vmax=high, origin="lower", aspect="auto", interpolation="none")
        axes.set_title(f"{data.class_names[data.y[row]]}{voice}, {len(frames)} frames", fontsize=11)
        axes.set_xlabel("frame")
    marked = np.linspace(0, len(data.feature_names) - 1, 5).astype(int)
    panels[0].set_yticks(marked, [data.feature_names[band] for band in marked])
    return figure


def split_gap(histories, clock="updates", end=None, highest_loss=None, first=0):
    """The last history as the curves of two splits with the gap between them, earlier ones as thin curves.

    In a history loss and accuracy are those on rows held out by row, val_loss and val_accuracy those on rows held out
    by speaker. The arguments are those of `curves`.
    """
    return draw(histories, clock, end, highest_loss, first, SPLIT_LINES, split_points(histories[-1], clock))


def split_points(history, clock):
    """{line: (x, y)}: the points of each line of SPLIT_LINES."""
    lines = {name: thinned(*history.measured(name, clock)) for name in SPLIT_LINES if name != "gap"}
    return {"gap": gap_between(lines["accuracy"], lines["val_accuracy"]), **lines}
