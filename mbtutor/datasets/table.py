"""A table as it was read from a file: columns of numbers and of text, with their gaps, before it is encoded."""

import html
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from .mapped import MappedRows, chunks

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "None", "?")
COUNTED = 10_000  # different values are counted up to here
SHOWN = 3  # examples of a column


@dataclass(frozen=True, eq=False)
class Table:
    """n rows of columns that are numbers or text, as mb.read_csv returns them.

    values: (n, columns) float64, NaN where a cell is missing; a text column holds the places of its texts in
    `categories`; or GappedRows, which stay in a file. names, kinds ("numbers" or "text"): one a column.
    categories: for each text column its texts in the order in which the file has them; () for numbers.
    y: (n,) class numbers or floats, None for a table without a target; target, target_kind: its name and kind.
    class_names: for classes, in the order of their numbers. missing, decimal: how cells were read.

    A Table can be split, and becomes Datasets by mb.encode.
    """

    values: object
    names: tuple
    kinds: tuple
    categories: tuple
    y: object = None
    target: str = ""
    target_kind: str = ""
    class_names: tuple = ()
    missing: tuple = MISSING
    decimal: str = "."
    name: str = "table"
    source: str = ""
    licence: str = ""
    recipe: tuple = field(default=(), repr=False)

    def __len__(self):
        return len(self.values)

    def __repr__(self):
        return f"Table({self.name}: {self._what()})\n{self.columns!r}"

    def _repr_html_(self):
        return f"<p>{html.escape(f'{self.name}: {self._what()}')}</p>{self.columns._repr_html_()}"

    @cached_property
    def columns(self):
        """What each column holds, the target last: Columns of name, kind, missing, different and examples."""
        columns = _described(self.values, self.names, self.kinds, self.categories)
        if self.y is not None:
            y = self.y[:, None].astype(float)
            columns += _described(y, (self.target,), (self.target_kind,), (self.class_names,), target=True)
        return Columns(columns)

    def subset(self, rows):
        """The Table of these row numbers, in this order (of a file nothing is read)."""
        values = self.values.part(rows) if isinstance(self.values, MappedRows) else self.values[rows]
        return replace(self, values=values, y=None if self.y is None else self.y[rows])

    def without_rows(self):
        """The Table of no rows that says how these columns were read."""
        y = None if self.y is None else self.y[:0]
        return replace(self, values=np.empty((0, len(self.names))), y=y, recipe=())

    def _what(self):
        if self.y is None:
            target = "no target"
        else:
            target = f"target {self.target}" + (f", {len(self.class_names)} classes" if self.class_names else "")
        return f"{len(self):,} rows, {len(self.names)} columns, {target}"


class GappedRows(MappedRows):
    """Rows of a Table that stay in a file: a gap is NaN, so nothing is checked before they are encoded."""

    def _checked(self, X, numbers):
        return X

    def part(self, rows):
        """The GappedRows of these of our rows; nothing is read."""
        return GappedRows(self.source, self._numbers_of(rows))

    def encoded(self, encoder):
        """The MappedRows that apply an Encoder to what they read."""
        return MappedRows(self.source, self.numbers, encoder=encoder)


@dataclass(frozen=True)
class Column:
    """One column in numbers. different: how many values, counted up to 10,001; examples: the first of them, as text."""

    name: str
    kind: str
    missing: int
    different: int
    examples: tuple
    target: bool = False

    def cells(self):
        """What a table of columns shows of this one."""
        name = _one_line(self.name, 40) + (" (target)" if self.target else "")
        different = f"{self.different:,}" if self.different <= COUNTED else f"over {COUNTED:,}"
        return name, self.kind, f"{self.missing:,}", different, ", ".join(self.examples)


class Columns(tuple):
    """The columns of a Table, shown as a small table; `columns["name"]` finds one by its name."""

    HEAD = ("column", "kind", "missing", "different", "examples")

    def __getitem__(self, place):
        if isinstance(place, str):
            return {column.name: column for column in self}[place]
        return super().__getitem__(place)

    def __repr__(self):
        rows = [self.HEAD, *(column.cells() for column in self)]
        widths = [max(map(len, cells)) for cells in zip(*rows)]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def _repr_html_(self):
        head = "".join(f'<th scope="col">{name}</th>' for name in self.HEAD)
        rows = [map(html.escape, column.cells()) for column in self]
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        return f'<table class="mbtutor-table"><tr>{head}</tr>{body}</table>'


def _described(values, names, kinds, categories, target=False):
    """A Column for each column of values, read in chunks."""
    missing, found = np.zeros(len(names), int), [np.empty(0)] * len(names)
    firsts = [[] for _ in names]
    for part in chunks(values):
        gaps = np.isnan(part)
        missing += gaps.sum(axis=0)
        for i, column in enumerate(part.T):
            if len(found[i]) <= COUNTED:
                column = column[~gaps[:, i]]
                firsts[i] = _first_different(firsts[i], column)
                found[i] = np.unique(np.concatenate([found[i], column]))
    return tuple(
        Column(
            names[i],
            kinds[i],
            int(missing[i]),
            min(len(found[i]), COUNTED + 1),
            tuple(_shown(value, categories[i]) for value in firsts[i]),
            target,
        )
        for i in range(len(names))
    )


def _first_different(firsts, column):
    """The first different values, those known so far before those of the column."""
    if len(firsts) == SHOWN:
        return firsts
    return list(dict.fromkeys([*firsts, *column[:1000].tolist()]))[:SHOWN]


def _shown(value, categories):
    return _one_line(categories[int(value)], 24) if categories else f"{value:.6g}"


def _one_line(text, most):
    """A text as it can stand in a table: in one line, cut where it is long, without characters that move the cursor."""
    text = " ".join(text.split())
    text = text if text.isprintable() else repr(text)[1:-1]
    return text if len(text) <= most else text[: most - 1] + "…"
