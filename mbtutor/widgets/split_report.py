"""What a split and a scaling came to, in words and numbers: rows, classes, where the statistics come from."""

import html

import numpy as np

from .. import figures
from .tables import table

COLOURS = {"train": figures.BLUE, "val": figures.VERMILLION, "test": figures.GREEN}
NAMES = {"train": "train", "val": "validation", "test": "test"}


def report(data, parts, how, note=""):
    """HTML text. parts: the Datasets of the split. how: the Preparation. note: what the scaling printed."""
    lines = [_bar(parts), _classes(data, parts), _statistics(data, parts[0], how), html.escape(note.strip())]
    return "".join(f'<div class="mbtutor-report" style="line-height:1.6">{line}</div>' for line in lines if line)


def columns_table(before, after, columns):
    """HTML text: mean and standard deviation of these columns, before and after scaling. Arguments: (train, val)."""
    names = before[0].feature_names
    rows = [
        {
            "column": names[column] if names else f"column {column}",
            "train before": _mean_and_deviation(before[0], column),
            "train after": _mean_and_deviation(after[0], column),
            "validation after": _mean_and_deviation(after[1], column),
        }
        for column in columns
    ]
    return table("Mean ± standard deviation", rows)


def _bar(parts):
    """The rows as one bar, cut where the split cuts."""
    return f'<div style="display:flex;gap:2px;max-width:860px">{"".join(map(_piece, parts))}</div>'


def _piece(part):
    colour = COLOURS[part.name]
    look = f"border:2px solid {colour};background:color-mix(in srgb, {colour} 22%, transparent);padding:2px 8px"
    text = f"<b>{NAMES[part.name]}</b> {len(part):,} rows"
    return f'<span style="flex:{len(part)} 1 0;min-width:max-content;{look}">{text}</span>'


def _classes(data, parts):
    """How far the parts are from having their share of every class."""
    classes = np.arange(data.classes)
    everything = (data.y[:, None] == classes).sum(axis=0)
    counts = {part.name: (part.y[:, None] == classes).sum(axis=0) for part in parts}
    off = max(np.abs(counts[part.name] - everything * len(part) / len(data)).max() for part in parts)
    shared = (
        "equally shared, to a row" if off < 2 else f"<b>not equally shared</b>, one is {off:.0f} rows off its share"
    )
    fewest = ", ".join(f"{counts[part.name].min():,} in {NAMES[part.name]}" for part in parts)
    return f"Classes: {shared}. Rows of the rarest class: {fewest}."


def _statistics(data, train, how):
    if how.scaling == "none":
        return "Statistics: none are taken."
    what = {"standard": "mean and standard deviation", "min-max": "lowest and highest number"}[how.scaling]
    if how.leak:
        return f"Statistics ({what}): from <b>all {len(data):,} rows</b>, test rows included. That is a leak."
    return f"Statistics ({what}): from the {len(train):,} training rows alone."


def _mean_and_deviation(part, column):
    mean, deviation = (round(float(number), 2) + 0.0 for number in (part.X[:, column].mean(), part.X[:, column].std()))
    return f"{mean:,.2f} ± {deviation:,.2f}"  # + 0.0: no minus before a zero
