"""The map on the page: a grid of buttons, one for each batch size and learning rate, with the loss of their runs."""

import ipywidgets

from .. import figures

HEAD = '<div style="font-size:12px;line-height:28px;text-align:{};white-space:nowrap">{}</div>'
AXES = '<b style="float:left">batch size &darr;</b><b>learning rate &rarr;</b>'
EMPTY = "\N{MIDDLE DOT}"
# A border tells which cells are drawn below; without one a cell keeps the same size.
CELL = {"width": "auto", "height": "30px", "margin": "1px", "padding": "0"}
BORDERS = {"none": "2px solid transparent", "earlier": "2px dashed currentColor", "newest": "3px solid currentColor"}
SIDE = 66  # dots for the batch sizes


class RateGrid:
    """`widget` shows the grid. batch_sizes: its rows; lrs: its columns. clicked(cell): called with (size, lr)."""

    def __init__(self, batch_sizes, lrs, clicked):
        self._sizes, self._lrs = tuple(batch_sizes), tuple(lrs)
        self._layouts = {name: ipywidgets.Layout(**CELL, border=border) for name, border in BORDERS.items()}
        self._plain, self._styles = _style(), [_style(shade) for shade in range(figures.SHADES)]
        self._buttons = {}  # by their place (row, column): the learning rate of a column may change
        for place in [(row, column) for row in range(len(self._sizes)) for column in range(len(self._lrs))]:
            button = ipywidgets.Button(description=EMPTY, layout=self._layouts["none"], style=self._plain)
            button.on_click(lambda button, place=place: clicked(self._cell(place)))
            self._buttons[place] = button
        self._heads = [ipywidgets.HTML() for _ in self._lrs]
        self.signs = ipywidgets.HTML()
        grid = ipywidgets.GridBox(
            self._children(), layout={"grid_template_columns": f"{SIDE}px repeat({len(self._lrs)}, minmax(60px, 1fr))"}
        )
        grid.layout.min_width = f"{SIDE + 62 * len(self._lrs)}px"
        axes = ipywidgets.HTML(HEAD.format("center", AXES))
        self.widget = ipywidgets.VBox([axes, grid, self.signs], layout={"overflow": "auto", "max_width": "720px"})

    def __getitem__(self, cell):
        """The button of that cell (batch size, learning rate)."""
        return self._buttons[self._sizes.index(cell[0]), self._lrs.index(cell[1])]

    def show(self, lrs, losses, guess, drawn):
        """Write the losses into their cells. drawn: the cells that are drawn as curves, the newest last."""
        self._lrs = tuple(lrs)
        for head, lr in zip(self._heads, self._lrs):
            head.value = HEAD.format("center", f"{lr:g}")
        texts, shades = figures.cell_texts(losses, guess), figures.loss_shades(losses, guess)
        for place, button in self._buttons.items():
            cell = self._cell(place)
            button.style = self._styles[shades[cell]] if cell in shades else self._plain
            button.description = texts.get(cell, EMPTY)
            button.tooltip = _about(cell, losses.get(cell))
            border = "newest" if drawn and cell == drawn[-1] else "earlier" if cell in drawn else "none"
            button.layout = self._layouts[border]
        signs = figures.signs_used(losses, guess).replace("    ", "&emsp;")
        self.signs.value = f'<div style="font-size:12px;min-height:20px">{signs}</div>'

    def close(self):
        """Give back the memory of what is not on the page at the moment."""
        for part in (*self._layouts.values(), self._plain, *self._styles):
            part.close()

    def _cell(self, place):
        return self._sizes[place[0]], self._lrs[place[1]]

    def _children(self):
        children = [ipywidgets.HTML(), *self._heads]
        for row, size in enumerate(self._sizes):
            children.append(ipywidgets.HTML(HEAD.format("right", f"{size:,}&nbsp;")))
            children += [self._buttons[row, column] for column in range(len(self._lrs))]
        return children


def _style(shade=None):
    if shade is None:
        return ipywidgets.ButtonStyle()
    background, letters = figures.cell_colours(shade)
    return ipywidgets.ButtonStyle(button_color=background, text_color=letters)


def _about(cell, loss):
    where = f"batch size {cell[0]:,}, learning rate {cell[1]:g}"
    if loss is None:
        return f"{where}: no run yet; a click makes it"
    return f"{where}: validation loss {loss:.4g}; a click shows the curve"
