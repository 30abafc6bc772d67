"""The curves of the cells that were clicked in a map: the newest one in full, up to five earlier ones behind it."""

import ipywidgets

from .. import figures
from ..history import History
from . import svg
from .runs import EARLIER


class CellCurves:
    """`widget` shows the curves. A cell is named by a key (choice, (batch size, learning rate))."""

    def __init__(self):
        self.widget = ipywidgets.HTML(layout={"width": "100%"})
        self._prefix, self._kept, self._left_out = svg.new_prefix(), {}, 0

    def __len__(self):
        return len(self._kept)

    def __contains__(self, key):
        return key in self._kept

    def clear(self):
        """Forget them all."""
        self._kept, self._left_out = {}, 0

    def add(self, key, outcome):
        """Show the run of that Outcome as the newest curve."""
        self._kept.pop(key, None)
        self._kept[key] = outcome
        if len(self._kept) > EARLIER + 1:
            self._kept.pop(next(iter(self._kept)))
            self._left_out += 1

    def cells(self, choice):
        """The cells of the map of that Choice that are shown, the newest last."""
        return [cell for other, cell in self._kept if other == choice]

    def draw(self, clock, description):
        """Draw what is kept against that clock. description: for a screen reader."""
        if not self._kept:
            self.widget.value = ""
            return
        figure = figures.curves(self.histories(), clock, first=self._left_out)
        self.widget.value = svg.picture(figure, "mbtutor-curves", self._prefix, description)

    def histories(self):
        """The Histories that are shown, the newest last, each named by what tells it from the others."""
        shared = len({choice for choice, _ in self._kept}) == 1
        for (choice, (size, lr)), outcome in self._kept.items():
            outcome.history.label = f"batch {size:,}, rate {lr:g}" + ("" if shared else f", {choice}")
        return [outcome.history for outcome in self._kept.values()] or [History(label="no cell yet")]
