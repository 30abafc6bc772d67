"""The live picture: matplotlib draws the axes once, as SVG; a frame only rewrites the paths of the lines.

Sending a rendered image costs 20 to 140 ms a frame, rewriting paths about 2 ms, and both are the same picture:
`figures.curves` draws it, here and in every static figure.
"""

import re

import ipywidgets
import numpy as np
from matplotlib.patches import Polygon

from .. import figures
from . import svg


class LiveCurves:
    """`widget` is an ipywidgets.HTML that shows the last history live and the earlier ones as thin curves.

    A subclass that draws other lines overrides `names`, `figure` and `points`.
    """

    names = tuple(figures.LINES)

    def __init__(self):
        self.widget = ipywidgets.HTML(layout={"width": "100%"})
        self._id = svg.new_prefix()

    def figure(self, histories, clock, end=None, highest_loss=None, first=0):
        """The picture, standing still. Arguments as for figures.curves."""
        return figures.curves(histories, clock, end, highest_loss, first)

    def points(self, history):
        """{name of a live line: (x, y)}."""
        return figures.curve_points(history, self.clock)

    def draw(self, histories, clock, end=None, first=0):
        """Draw everything anew (about 60 ms): for a new run, another clock, or an axis that must grow.

        end, first: as for figures.curves.
        """
        self.clock, self.end = clock, end or self._roomy_end(histories, clock)
        self.highest_loss = figures.loss_ceiling(histories)
        figure = self.figure(histories, clock, self.end, self.highest_loss, first)
        lines = {line.get_gid(): line for axes in figure.axes for line in [*axes.lines, *axes.patches]}
        lines = {name: line for name, line in lines.items() if name}
        for line in lines.values():  # any path: matplotlib writes none for a line without points
            if isinstance(line, Polygon):
                line.set_xy([(0, 0), (self.end, 0), (self.end, 1)])
            else:
                line.set_data([0, self.end], [0, 1])
        self._pieces = _cut(svg.body(figure, self._id), self._id, self.names)
        self._to_figure = {name: line.axes.transData.frozen() for name, line in lines.items()}
        self._height = figure.bbox.height
        self.frame(histories[-1], "")

    def frame(self, history, description):
        """Show the newest points of the run (2 ms). description: what a screen reader says of the picture."""
        points = self.points(history)
        paths = {name: _path(points[name], self._to_figure[name], self._height) for name in points}
        self.widget.value = "".join(
            piece if name is None else paths[name] for name, piece in self._with_description(history, description)
        )

    def outgrown(self, histories):
        """True when the last run has left the axes, so that they must be drawn again."""
        if not len(histories[-1]):
            return False
        beyond_the_end = histories[-1].clock(self.clock)[-1] > self.end
        return beyond_the_end or figures.loss_ceiling(histories) > 1.05 * self.highest_loss

    def off_the_top(self, history):
        """True when the newest loss measured lies above the picture."""
        losses = history.measured("val_loss")[1]
        return bool(len(losses)) and losses[-1] > self.highest_loss

    def _with_description(self, history, description):
        yield None, f'<svg class="mbtutor-curves" data-n="{len(history)}" role="img" aria-label="{description}" '
        yield from self._pieces

    def _roomy_end(self, histories, clock):
        """An axis without a known end (seconds) grows in large steps, so that it is drawn again rarely."""
        return 1.5 * max([0.2, *(history.clock(clock)[-1] for history in histories if len(history))])


def _cut(text, prefix, names):
    """Cut the SVG text at the paths of the live lines: a list of (None, text) and (name of the line, "")."""
    pieces, place = [], 0
    for match in re.finditer(rf'<g id="{prefix}({"|".join(names)})">\s*<path d="([^"]*)"', text):
        pieces += [(None, text[place : match.start(2)]), (match.group(1), "")]
        place = match.end(2)
    return [*pieces, (None, text[place:])]


def _path(points, transform, height):
    """The points as SVG path text. At 72 dots an inch a figure's dots are SVG's units; SVG counts y from the top."""
    known = np.isfinite(points[1])
    xy = transform.transform(np.column_stack([points[0][known], points[1][known]]))
    xy[:, 1] = np.clip(height - xy[:, 1], -height, 2 * height)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy.tolist()) if len(xy) else "M0 0"
