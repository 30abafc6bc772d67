"""The same few pictures as they are stored, and as they come in an epoch and in the next, changed anew each time."""

import numpy as np

from .. import figures
from ..batches import Epoch
from .batch_preview import png_address

SHOWN = 12  # pictures
BORDER = 0.3  # the ink around each, so that a small shift is seen


def coming_pictures(batches, epoch):
    """HTML text: SHOWN rows of `batches` as they are stored, and as they come in that epoch (from 0) and the next."""
    data = batches.data
    rows = np.arange(min(SHOWN, len(data))) * len(data) // min(SHOWN, len(data))
    lines = {"as they are stored": data.X[rows]}
    lines |= {f"in epoch {number + 1}": as_they_come(batches, number, rows) for number in (epoch, epoch + 1)}
    return f'<div class="mbtutor-coming">{"".join(_line(*line) for line in lines.items())}</div>'


def as_they_come(batches, epoch, rows):
    """These rows as that epoch hands them out, (rows, channels, height, width)."""
    found = {}
    for batch in Epoch(batches, epoch):
        shared, places, _ = np.intersect1d(batch.index, rows, return_indices=True)
        found |= {row: batch.X[place] for row, place in zip(shared.tolist(), places)}
    return np.array([found[row] for row in rows.tolist()])


def _line(words, pictures):
    sheet = figures.sheet(np.clip(pictures[:, 0], 0, 1), len(pictures), BORDER)
    style = f"width:{1.5 * sheet.shape[1]:.0f}px;max-width:calc(100% - 130px);image-rendering:pixelated"
    picture = f'<img src="{png_address(sheet)}" alt="{len(pictures)} pictures {words}" style="{style}">'
    row = "display:flex;align-items:center;gap:8px;margin:2px 0"
    return f'<div style="{row}"><span style="width:120px">{words}</span>{picture}</div>'
