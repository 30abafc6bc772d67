"""The rows that a network reads wrong: a menu of the mistakes it makes, and the pictures of the chosen kind."""

import html
import itertools

import ipywidgets
import numpy as np

from .. import figures
from .batch_preview import png_address
from .controls import menu

MOST = 24  # pictures on the page
ALL = "all"
COLUMNS = 32  # of the sheet that holds the pictures of all rows
LARGEST_SHEET = 4_000_000  # pixels; beyond it rows are named by their number

_numbers = itertools.count()


class Mistakes:
    """Shows rows of `data` that were read wrong, each as "3 read as 8"; `widget` is what to display.

    The menu chooses among the kinds of mistake, (true class, what was said), the commonest first.
    """

    def __init__(self, data, handler):
        self.data, self._predicted, self._offering = data, None, False
        self._sheet = f"mbtutor-sheet-{next(_numbers)}"
        self._pictured = bool(data.image_shape) and len(data) * np.prod(data.image_shape) <= LARGEST_SHEET
        self.menu = menu("Show the mistakes", [(ALL, ALL)], ALL)
        self.menu.observe(handler(lambda change: self._offering or self._draw()), "value")
        self.pictures = ipywidgets.HTML()
        # The page gets the pictures of all rows once, so that a frame has to say no more than where each one is.
        sheet = ipywidgets.HTML(self._style() if self._pictured else "", layout={"display": "none"})
        flex = {"flex": "1 1 380px", "width": "auto"}
        self.widget = ipywidgets.VBox([sheet, self.menu, self.pictures], layout=flex)

    def show(self, predicted):
        """Show the mistakes of these answers, (n,) class numbers; None: there are no answers yet.

        The menu stays as it is, so that it can be used while a network learns; see `offer`.
        """
        self._predicted = predicted
        self._draw()

    def offer(self, matrix):
        """Let the menu list the mistakes of this confusion matrix (None: no mistakes).

        The chosen kind stays chosen where it is still made; where it is not, all mistakes are shown again.
        """
        kinds = [] if matrix is None else [tuple(kind) for kind in np.argwhere(matrix).tolist() if kind[0] != kind[1]]
        kinds.sort(key=lambda kind: -matrix[kind])
        kept = self.menu.value if self.menu.value in kinds else ALL
        texts = [f"{figures.read_as(self.data, *kind)} ({matrix[kind]})" for kind in kinds]
        self._offering = True  # new options choose the first one for a moment: that is not the learner's choice
        with self.menu.hold_sync():
            self.menu.options = [(ALL, ALL), *zip(texts, kinds)]
            self.menu.value = kept
        self._offering = False
        self._draw()

    def _draw(self):
        if self._predicted is None:
            self.pictures.value = '<div class="mbtutor-mistakes">They appear here as soon as a network answers.</div>'
            return
        rows = np.flatnonzero(self._chosen())
        text = f"{len(rows):,} row{'' if len(rows) == 1 else 's'} read wrong"
        text += "" if self.menu.value == ALL else " in this way"
        text += f"; the first {MOST}:" if len(rows) > MOST else ":" if len(rows) else "."
        pictures = "".join(map(self._figure, rows[:MOST].tolist()))
        flow = "display:flex;flex-wrap:wrap;gap:6px 10px;margin-top:6px;line-height:1.3"
        self.pictures.value = f'<div class="mbtutor-mistakes">{text}<div style="{flow}">{pictures}</div></div>'

    def _chosen(self):
        """Which rows to show, (n,) bool."""
        if self.menu.value == ALL:
            return self._predicted != self.data.y
        true, said = self.menu.value
        return (self.data.y == true) & (self._predicted == said)

    def _figure(self, row):
        words = html.escape(figures.read_as(self.data, self.data.y[row], self._predicted[row]))
        picture = self._picture(row) if self._pictured else f"<b>row {row}</b>"
        caption = f"<figcaption>{words}</figcaption>"
        return f'<figure style="margin:0;text-align:center">{picture}{caption}</figure>'

    def _picture(self, row):
        line, column = divmod(row, COLUMNS)
        height, width, scale = self._sizes()
        left, top = -(column * (width + 1) + 1) * scale, -(line * (height + 1) + 1) * scale
        return f'<i class="{self._sheet}" title="row {row}" style="background-position:{left}px {top}px"></i>'

    def _style(self):
        """The one sheet of pictures, as the background of every <i> of its class."""
        height, width, scale = self._sizes()
        sheet = figures.images(self.data, range(len(self.data)), COLUMNS)
        return (
            f"<style>.{self._sheet} {{ display:inline-block; width:{width * scale}px; height:{height * scale}px; "
            f"background:url({png_address(sheet)}); background-size:{sheet.shape[1] * scale}px; "
            "image-rendering:pixelated }</style>"
        )

    def _sizes(self):
        """(height, width) of a picture in its own pixels, and how many pixels of the page each of them takes."""
        height, width = self.data.image_shape
        return height, width, max(1, 50 // width)
