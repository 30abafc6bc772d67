"""The live picture: matplotlib draws the axes once, as SVG; a frame only rewrites the paths of the lines.

Sending a rendered image costs 20 to 140 ms a frame, rewriting paths about 2 ms, and both are the same picture:
a function of the room `figures` draws it, here and in every static figure.
"""

import html
import re

import ipywidgets
import numpy as np
from matplotlib.patches import Polygon

from . import svg


class LivePicture:
    """`widget` is an ipywidgets.HTML that shows a figure whose lines and filled areas with a gid move.

    name: the class of its SVG.
    """

    def __init__(self, name):
        self.widget = ipywidgets.HTML(layout={"width": "100%"})
        self._name, self._id = name, svg.new_prefix()

    def draw(self, figure):
        """Draw everything anew (about 60 ms), for `frame` to fill: axes that must grow, another choice of lines."""
        found = [line for axes in figure.axes for line in (*axes.lines, *axes.patches) if line.get_gid()]
        lines = {line.get_gid(): line for line in found}
        for line in found:  # any path: matplotlib writes none for a line without points
            x, y = line.axes.get_xlim(), line.axes.get_ylim()
            if isinstance(line, Polygon):
                line.set_xy([(x[0], y[0]), (x[1], y[0]), (x[1], y[1])])
            else:
                line.set_data(x, y)
        self._pieces = _cut(svg.body(figure, self._id), self._id, lines)
        self._to_figure = {name: line.axes.transData.frozen() for name, line in lines.items()}
        self._size = figure.bbox.size

    def frame(self, points, description, n):
        """Show these points (2 ms). points: {gid: (x, y)}. description: what a screen reader says of the picture.

        n: how many points there are, as the page's `data-n`.
        """
        paths = {name: _path(points[name], self._to_figure[name], self._size) for name in self._to_figure}
        head = f'<svg class="{self._name}" data-n="{n}" role="img" aria-label="{html.escape(description)}" '
        self.widget.value = head + "".join(piece if name is None else paths[name] for name, piece in self._pieces)


def _cut(text, prefix, names):
    """Cut the SVG text at the paths of the live lines: a list of (None, text) and (name of the line, "")."""
    pieces, place = [], 0
    for match in re.finditer(rf'<g id="{prefix}({"|".join(map(re.escape, names))})">\s*<path d="([^"]*)"', text):
        pieces += [(None, text[place : match.start(2)]), (match.group(1), "")]
        place = match.end(2)
    return [*pieces, (None, text[place:])]


def _path(points, transform, size):
    """The points as SVG path text; a point that is not finite leaves a gap.

    At 72 dots an inch a figure's dots are SVG's units; SVG counts y from the top.
    """
    xy = np.column_stack([np.asarray(values, dtype=float) for values in points])
    gaps = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    with np.errstate(over="ignore", invalid="ignore"):  # one that ran away is clipped, one in a gap is left out
        xy = transform.transform(xy)
    xy[:, 1] = size[1] - xy[:, 1]
    xy = np.clip(xy, -size, 2 * size)
    pieces = [piece[np.isfinite(piece).all(axis=1)] for piece in np.split(xy, gaps)]
    return (
        "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in piece.tolist()) for piece in pieces if len(piece))
        or "M0 0"
    )
