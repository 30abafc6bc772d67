"""Your own table: a CSV file is read in chunks into a Table, in memory or beside it in a file.

The standard library's csv module reads the cells, not pandas: it tells the line of every row, so that each message here
names line, column and cell; and it guesses no types, so that no cell is changed on the way (pandas turns a column of
numbers with one typing error into text, and 1e999 into infinity, without a word).
"""

import os
import struct
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from .. import checks, files
from . import examples
from .csv_answers import answers, answers_like
from .csv_columns import CellColumn
from .csv_header import chosen_columns, columns_like, header_of, listed
from .csv_rows import checked_encoding, checked_path, found_delimiter, rows_of
from .table import MISSING, GappedRows, Table
from .wording import counted, quoted, texts

CHUNK = 512  # rows read at once: their cells stay in the cache of the processor
USUAL = {
    "task": None,
    "drop": (),
    "text": (),
    "missing": MISSING,
    "missing_target": "error",
    "names": None,
    "delimiter": None,
    "decimal": ".",
    "encoding": "utf-8",
    "memory_map": None,
}
WITH_LIKE = ("missing_target", "names", "delimiter", "encoding", "memory_map")


def read_csv(path, target=None, *, like=None, **options):
    """Return the table in a CSV file as a Table; see its `columns`, then mb.split and mb.encode it.

    target: the name of the column to be learned. Text makes classes with these names, and so do whole numbers of at
    most 20 different values (a note says so); other numbers are a regression. Without a target the Table can be looked
    at, not trained on.
    like: a Table, or a Dataset made from one: the file is read as theirs was, for new rows. Its columns are found by
    name, and the target may be absent. Of the options it takes the last five and missing_target.

    Options:
    task: "classification" or "regression", where the rule above is not what is meant.
    drop: names of columns to leave out, such as an id. text: names of columns of numbers that are categories.
    missing: the cells that mean "not known", beside the empty one (mb.datasets.MISSING unless said).
    missing_target: "error", or "drop" to leave out rows without a target, which a note counts.
    decimal: "." or ",".
    names: a name for each column, for a file without a header. delimiter: found among , ; tab and | unless said.
    encoding: "utf-8" unless said.
    memory_map: a folder, or a file ending in .npy, that takes the values, so that a file larger than the memory can be
    trained on: it is read a few hundred rows at a time, and encoded batch by batch. Only y stays in memory.

    Blanks around a cell do not count, blank lines are passed over, and a cell that begins with = is plain text.
    Raises ValueError, naming line, column, cell and fix, for what is no table to learn from; nothing is written then.
    """
    given, (path, start) = os.fspath(path) if isinstance(path, os.PathLike) else path, checked_path(path)
    options = {**USUAL, **_checked(options)}
    options["encoding"] = checked_encoding(path, start, options["encoding"])
    reader = _Reader(path, target, _known_table(like, target, options), options)
    place = _map_path(options["memory_map"], path)
    table = reader.in_memory() if place is None else reader.mapped(place)
    example = examples.EXAMPLES.get(examples.name_of(path))
    source, licence = (example.SOURCE, example.LICENCE) if example else (given, "")
    name = "table" if like is None else "new"
    line = f"{name} = {_call(given, target, like, options)}"
    return replace(table, name=name, source=source, licence=licence, recipe=(line,))


class _Reader:
    """The columns of one file, and how far it has been read."""

    def __init__(self, path, target, like, options):
        self.path, self.like, self.options = path, like, options
        self.delimiter = options["delimiter"] or found_delimiter(path, options["encoding"])
        header = header_of(path, options["encoding"], self.delimiter, options["names"])
        self.width, self.rows, self.dropped = len(header), 0, 0
        if like is None:
            names = chosen_columns(path, header, target, options["drop"])
            known = dict.fromkeys(listed("text", options["text"], header), ("text", ()))
            self.marks, self.decimal = tuple(texts("missing", options["missing"])), options["decimal"]
        else:
            names, target = columns_like(path, header, like), like.target if like.target in header else None
            known = dict(zip(like.names, zip(like.kinds, like.categories)))
            known[like.target] = (like.target_kind, like.class_names if like.target_kind == "text" else ())
            self.marks, self.decimal = like.missing, like.decimal
        self.places = [header.index(name) for name in names]
        self.columns = [
            CellColumn(name, path.name, self.marks, self.decimal, *known.get(name, (None, ()))) for name in names
        ]
        self.features = self.columns if target is None else self.columns[:-1]
        self.target = None if target is None else self.columns[-1]

    def in_memory(self):
        """The Table with its values in an array."""
        blocks = list(self._blocks())
        table = self._table([y for _, y in blocks])
        return replace(table, values=np.concatenate([values for values, _ in blocks]))

    def mapped(self, place):
        """The Table with its values in a .npy file, written beside it and put there when all is read and checked."""
        ys = []
        with files.replacing(place) as file:
            file.write(_npy_header(0, len(self.features)))
            for values, y in self._blocks():
                file.write(values.tobytes())
                ys.append(y)
            table = self._table(ys)
            file.seek(0)
            file.write(_npy_header(self.rows - self.dropped, len(self.features)))
        return replace(table, values=GappedRows(np.load(place, mmap_mode="r")))

    def _blocks(self):
        """Yield (values, y) of a few hundred rows at a time; y is None without a target."""
        with closing(rows_of(self.path, self.options["encoding"], self.delimiter)) as rows:
            if self.options["names"] is None:
                next(rows)  # the header
            while block := list(islice(rows, CHUNK)):
                lines, cells = zip(*block)
                self._check_widths(lines, cells)
                by_column = list(zip(*cells))
                read = [column.read(by_column[place], lines) for column, place in zip(self.columns, self.places)]
                self.rows += len(lines)
                if self.target is None:
                    yield np.column_stack(read), None
                else:
                    y = read.pop()
                    kept = self._with_target(y, by_column[self.places[-1]], lines)
                    yield np.column_stack(read)[kept], y[kept]

    def _check_widths(self, lines, cells):
        for line, row in zip(lines, cells):
            if len(row) != self.width:
                raise ValueError(
                    f"{self.path.name}, line {line} has {counted(len(row), 'cell')}, and the table has "
                    f"{counted(self.width, 'column')}. Repair that line (a cell that holds {self.delimiter!r} needs "
                    "quotes around it)"
                )

    def _with_target(self, y, cells, lines):
        """Which rows to keep: those with a target."""
        gaps = np.isnan(y)
        if self.options["missing_target"] != "drop" and gaps.any():
            first = int(gaps.argmax())
            raise ValueError(
                f"{self.path.name}, line {lines[first]}, column {quoted(self.target.name)}: the target is missing, "
                f"{quoted(cells[first].strip())}. Fill it in, or leave such rows out: missing_target='drop'"
            )
        self.dropped += int(gaps.sum())
        return ~gaps

    def _table(self, ys):
        """The Table without its values, once every row is read."""
        self._check_all()
        target, like = self.target, self.like
        y, class_names = (None, ()) if target is None else self._answers(np.concatenate(ys))
        if self.dropped:
            checks.note(
                f"{self.dropped:,} of {counted(self.rows, 'row')} have no {quoted(target.name)} and are left out"
            )
        return Table(
            None,
            tuple(column.name for column in self.features),
            tuple(column.kind for column in self.features),
            tuple(tuple(column.texts) for column in self.features),
            y,
            target=like.target if like is not None else target.name if target else "",
            target_kind=like.target_kind if like is not None else target.kind if target else "",
            class_names=class_names,
            missing=self.marks,
            decimal=self.decimal,
        )

    def _check_all(self):
        """Raise a ValueError where the file had no rows, or a column no cells."""
        if self.rows == 0:
            raise ValueError(f"{self.path.name} has a header and no rows. Put the rows below it")
        if self.rows == self.dropped:
            raise ValueError(
                f"{self.path.name}: the target {quoted(self.target.name)} is missing in every row. Choose another"
            )
        for column in self.features:
            if column.kind is None:
                raise ValueError(
                    f"{self.path.name}: column {quoted(column.name)} is missing in every row. Leave it out: "
                    f"drop=[{quoted(column.name)}]"
                )

    def _answers(self, y):
        if self.like is None:
            return answers(y, self.target, self.options["task"], self.path.name)
        return answers_like(y, self.target, self.like.class_names, self.path.name)


def _checked(options):
    """The options that were given, if they can be."""
    unknown = sorted(set(options) - set(USUAL))
    if unknown:
        raise TypeError(f"read_csv has no option {unknown[0]!r}; its options are {', '.join(USUAL)}")
    chosen = {**USUAL, **options}
    checks.choice("decimal", chosen["decimal"], (".", ","))
    checks.choice("task", chosen["task"], (None, "classification", "regression"))
    checks.choice("missing_target", chosen["missing_target"], ("error", "drop"))
    delimiter = chosen["delimiter"]
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n\0'):
        raise ValueError(f"delimiter must be one character, such as ';' or '\\t'; got {delimiter!r}")
    return options


def _known_table(like, target, options):
    """The Table that says how to read, or None."""
    if like is None:
        return None
    found = like if isinstance(like, Table) else getattr(getattr(like, "encoder", None), "table", None)
    if found is None:
        raise ValueError(f"like must be a Table of mb.read_csv, or a Dataset made from one; got {type(like).__name__}")
    said = [name for name, value in options.items() if name not in WITH_LIKE and value != USUAL[name]]
    if target is not None or said:
        raise ValueError(f"like says how the columns are read; leave out {said[0] if said else 'target'}")
    return found


def _map_path(memory_map, path):
    """Where the values go: a file named after the CSV file in a folder, or the file itself."""
    if memory_map is None:
        return None
    place = Path(memory_map).expanduser()
    if place.is_dir():
        return place / f"{path.name}.npy"
    if place.suffix != ".npy":
        raise ValueError(f"memory_map must be a folder that exists, or a file ending in .npy; got {str(memory_map)!r}")
    return place


def _npy_header(rows, width):
    """The first 128 bytes of a .npy file (format 1.0), which are as many for any number of rows."""
    text = repr({"descr": "<f8", "fortran_order": False, "shape": (rows, width)})
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.ljust(117).encode() + b"\n"


def _call(given, target, like, options):
    """The call that reads this file again, for "Show the code"."""
    name = examples.name_of(given)  # which may lie elsewhere on another machine
    said = [f"mb.datasets.example_csv({name!r})" if name else repr(given)]
    said += [] if target is None else [f"target={target!r}"]
    said += [] if like is None else [f"like={like.name}"]
    changed = {name: value for name, value in options.items() if value not in (USUAL[name], "utf-8-sig")}
    said += [
        f"{name}={os.fspath(value) if isinstance(value, os.PathLike) else value!r}" for name, value in changed.items()
    ]
    return f"mb.read_csv({', '.join(said)})"
