"""The rows of a small data set as tiles on a page: in their own order, then epoch by epoch in their batches."""

import html
from dataclasses import dataclass

from .. import figures
from .batch_preview import png_address

PIXELS = 32  # about how high a picture is on the page
STYLE = f"""<style>
.mbtutor-tiles {{ font: 11px/1.3 var(--jp-ui-font-family, sans-serif); color: var(--jp-ui-font-color1, currentColor) }}
.mbtutor-tiles p {{ margin: 12px 0 5px; font-size: 13px }}
.mbtutor-tiles .groups, .mbtutor-tiles .group {{ display: flex; flex-wrap: wrap; align-items: flex-start; gap: 7px }}
.mbtutor-tiles .group {{ --colour: {figures.INK}; gap: 1px; padding: 3px; border: 2px solid var(--colour);
  border-radius: 5px; background: color-mix(in srgb, var(--colour) 9%, transparent);
  box-sizing: border-box; min-width: 84px; max-width: 100% }}
.mbtutor-tiles .odd {{ --colour: {figures.BLUE} }}
.mbtutor-tiles .even {{ --colour: {figures.VERMILLION} }}
.mbtutor-tiles .group.even {{ border-style: dashed }}
.mbtutor-tiles .group.out {{ border-style: dotted; filter: grayscale(1); opacity: .6 }}
.mbtutor-tiles .group > b {{ flex: 1 0 100%; width: 0; min-width: 100%; padding-left: 3px; box-sizing: border-box }}
.mbtutor-tiles .group > b span {{ white-space: nowrap }}
.mbtutor-tiles .tile {{ width: var(--tile); text-align: center; border-radius: 4px; font-size: 10px; line-height: 1.2 }}
.mbtutor-tiles .tile:only-of-type {{ margin: 0 auto }}
.mbtutor-tiles i {{ display: block; width: var(--width); height: var(--height); margin: 0 auto 1px;
  background: var(--sheet) calc(-1 * var(--row) * var(--step) - var(--border)) calc(-1 * var(--border)) / var(--whole);
  image-rendering: pixelated }}
.mbtutor-tiles small {{ display: block; font-size: inherit; opacity: .8; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis }}
.mbtutor-tiles .used {{ opacity: .5 }}
.mbtutor-tiles .now {{ background: color-mix(in srgb, var(--colour) 35%, transparent);
  box-shadow: 0 0 0 2px var(--colour) }}
</style>"""


@dataclass(frozen=True)
class ShownEpoch:
    """One epoch as it stands.

    number: counted from 1. batches: the row numbers of each. left_out: the row numbers of none.
    used: how many of the batches have been handed out. now: the place of the one in use, counted from 0, or None.
    """

    number: int
    batches: list
    left_out: object
    used: int = 0
    now: int | None = None

    def state(self, place):
        """What the batch at that place is: "now", "used", or "" for one that is still to come."""
        return "now" if place == self.now else "used" if place < self.used else ""


class BatchTiles:
    """Draws rows of `data` as tiles; the pictures are rendered once, as one sheet, however often they are shown."""

    def __init__(self, data):
        self.data = data
        self._word = "class" if data.classes else "target"
        self._answers = [f"{self._word} {figures.answer(data, row)}" for row in range(len(data))]
        letters, sheet = max(map(len, self._answers)), _sheet_style(data) if data.image_shape else {"width": "0px"}
        tile = f"max(var(--width) + 6px, {min(110, max(40, 5.5 * letters)):.0f}px)"  # 5.5 pixels a letter
        self._style = ";".join(f"--{name}:{value}" for name, value in {**sheet, "tile": tile}.items())

    def html(self, batches, epochs, current):
        """HTML text: the rows in their own order, marked as far as epoch `current` has come, then each epoch.

        batches: the MiniBatches that hand the rows out. epochs: ShownEpochs, and current is one of them.
        """
        rows = range(len(batches.data))
        places = {row: place for place, part in enumerate(current.batches) for row in part if current.state(place)}
        stored = "".join(self._tile(row, *_about(current, places.get(row))) for row in rows)
        picture = "its picture, " if self.data.image_shape else ""
        head = f"<b>The rows in their own order.</b> Each tile is one row: {picture}its row number, its {self._word}. "
        head += "Framed: in the batch of this update. Pale: used before in this epoch."
        parts = [_section(head, _group("", "", stored)), *(self._epoch(batches, epoch) for epoch in epochs)]
        return f'{STYLE}<div class="mbtutor-tiles" style="{self._style}">{"".join(parts)}</div>'

    def _epoch(self, batches, epoch):
        groups = []
        for place, rows in enumerate(epoch.batches):
            about, look = _about(epoch, place)
            tiles = "".join(self._tile(row, about) for row in rows)
            groups.append(_group(_caption(epoch, place, batches.batch_size), look, tiles))
        if len(epoch.left_out):
            tiles = "".join(self._tile(row, f", left out of epoch {epoch.number}") for row in epoch.left_out)
            groups.append(_group(f"left out this epoch: {counted(len(epoch.left_out), 'row')}", "out", tiles))
        return _section(_head(batches, epoch), "".join(groups))

    def _tile(self, row, about, look=""):
        answer = html.escape(self._answers[row])
        picture = f'<i style="--row:{row}"></i>' if self.data.image_shape else ""
        title = f"row {row}, {answer}{about}"
        return f'<span class="tile {look}" title="{title}">{picture}row {row}<small>{answer}</small></span>'


def counted(number, thing):
    """A number with its thing: 1 row, 8 rows."""
    return f"{number} {thing}{'s' if number != 1 else ''}"


def _about(epoch, place):
    """(what a tile's title says of its batch, the classes that colour it), for the batch at that place or none."""
    if place is None:
        return "", ""
    return f", in batch {place + 1} of epoch {epoch.number}", f"{('odd', 'even')[place % 2]} {epoch.state(place)}"


def _caption(epoch, place, batch_size):
    rows, mark = epoch.batches[place], {"now": "▶ ", "used": "✓ ", "": ""}[epoch.state(place)]
    short = ", the short last batch" if len(rows) < batch_size else ""
    return f"<span>{mark}update {place + 1}:</span> {counted(len(rows), 'row')}{short}"


def _head(batches, epoch):
    """What is written over an epoch: how many of the rows, in which order, and whether it is over."""
    n, out, again = len(batches.data), len(epoch.left_out), epoch.number > 1
    order = "the same order again" if again else "their own order"
    if batches.shuffle and len(epoch.batches[0]) < n:
        order = "a new shuffled order" if again else "a shuffled order"
    rows = f"{n - out} of the {n} rows" if out else f"each of the {n} rows" if n > 1 else "the only row"
    over = " (over)" if epoch.used == len(epoch.batches) else ""
    return f"<b>Epoch {epoch.number}{over}:</b> {rows} once, in {order}"


def _section(head, groups):
    return f'<p>{head}</p><div class="groups">{groups}</div>'


def _group(caption, look, tiles):
    return f'<div class="group {look}">{f"<b>{caption}</b>" if caption else ""}{tiles}</div>'


def _sheet_style(data):
    """{name: value} for a style: all pictures side by side in one, and the sizes that cut one of them out."""
    height, width = data.image_shape
    scale = max(1, round(PIXELS / height))
    sheet = figures.images(data, range(len(data)), columns=len(data))
    return {
        "sheet": f"url({png_address(sheet)})",
        "width": f"{scale * width}px",
        "height": f"{scale * height}px",
        "step": f"{scale * (width + 1)}px",
        "border": f"{scale}px",
        "whole": f"{scale * sheet.shape[1]}px {scale * sheet.shape[0]}px",
    }
