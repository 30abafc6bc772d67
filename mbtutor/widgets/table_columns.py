"""The columns of a table, one a line: what each holds, and a box to leave it out; by mouse or by keyboard."""

import html

import ipywidgets

MOST = 60  # columns with a line of their own
LINE = '<span style="display:inline-block;width:{}px;text-align:{};padding-right:16px">{}</span>'
WIDTHS = (("kind", 62, "left"), ("missing", 54, "right"), ("different", 62, "right"))


class TableColumns:
    """The box of a column is ticked where it is learned from; changed() is called when one was. `widget` to display."""

    def __init__(self, changed):
        self._changed, self._quiet, self.boxes, self._unseen = changed, False, {}, ()
        layout = {"max_height": "330px", "overflow": "auto", "margin": "2px 0 6px 0", "width": "auto"}
        self.widget = ipywidgets.VBox(layout=layout).add_class("mbtutor-columns")

    def show(self, columns, left_out=()):
        """Show these Columns, each ticked unless it is left out."""
        for row in self.widget.children:
            row.close()
        self.boxes, rows = {}, []
        for column in columns[:MOST]:
            box = ipywidgets.Checkbox(
                value=column.name not in left_out,
                description=_short(column.name),
                indent=False,
                tooltip=f"Learn from {_short(column.name)}",
                layout={"width": "210px", "min_width": "210px", "margin": "0"},
            )
            box.observe(self._ticked, "value")
            self.boxes[column.name] = box
            rows.append(
                ipywidgets.HBox(
                    [box, ipywidgets.HTML(_line(column))], layout={"min_height": "26px", "align_items": "center"}
                )
            )
        self._unseen = tuple(column.name for column in columns[MOST:] if column.name in left_out)
        head = ipywidgets.HTML(_head(len(columns), len(self._unseen)))
        self.widget.children = [head, *rows]

    def mark_target(self, target):
        """The target is what is to be found: it cannot be learned from, and its box says so."""
        self._quiet = True
        for name, box in self.boxes.items():
            if name == target:
                box.value = False
            elif box.disabled:  # the target before
                box.value = True
            box.disabled = name == target
            box.description = f"{_short(name)} (target)" if name == target else _short(name)
        self._quiet = False

    def left_out(self, target):
        """The names of the columns that are not ticked, but for the target."""
        unticked = [name for name, box in self.boxes.items() if not box.value]
        return tuple(name for name in (*unticked, *self._unseen) if name != target)

    def _ticked(self, change):
        if not self._quiet:
            self._changed()


def _head(count, unseen):
    """The first line. unseen: how many of the columns without a box are left out."""
    cells = "".join(LINE.format(width, side, f"<b>{name}</b>") for name, width, side in WIDTHS)
    others = f"{count - MOST - unseen:,} of the others are learned from" if unseen else "the others are learned from"
    more = f" The first {MOST} of {count:,} columns; {others}." if count > MOST else ""
    return (
        '<div style="line-height:1.5"><span style="display:inline-block;width:210px"><b>learn from</b></span>'
        f"{cells}<b>the first values</b>{more}</div>"
    )


def _line(column):
    _, kind, missing, different, examples = column.cells()
    texts = dict(zip(("kind", "missing", "different"), (kind, f"{missing}", f"{different}")))
    cells = "".join(LINE.format(width, side, html.escape(texts[name])) for name, width, side in WIDTHS)
    return f'<div style="line-height:1.5;white-space:nowrap">{cells}{html.escape(examples)}</div>'


def _short(name):
    name = " ".join(name.split())
    return name if len(name) <= 28 else name[:27] + "…"
