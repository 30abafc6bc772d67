"""The table that a learner brought: its file, how it is read, and the parts that a network learns from."""

import ast
import contextlib
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..datasets import example_csv, read_csv
from ..evaluation import baseline
from ..preparation import encode, split, standardize, standardize_target
from .scores import Accuracy, TypicalError

MOST_NUMBERS = 2_000_000  # of all rows together, so that Stop is heard in time between two updates
EXAMPLES = {"penguins": "species", "cars": "mpg"}  # the tables that ship, and what is to be learned in each
LEFT_OUT = {"cars": ("car_name",)}  # names of the rows


class Parts(NamedTuple):
    """What a run is made from: the three prepared Datasets, what judges it, and what was decided on the way (notes)."""

    train: object
    val: object
    test: object
    score: object
    notes: tuple

    @property
    def level(self):
        """What an answer that looks at no column reaches on the validation rows."""
        return baseline(self.train, self.val)

    @property
    def deviation(self):
        """The target's deviation in train; 0 for classes."""
        return float(self.train.target_scaler.scale) if self.train.target_scaler else 0.0


class OwnTable:
    """One CSV file. path: of the file, whose name the page calls it by. reading: how it is read, options of read_csv.

    columns: what each column holds. Raises ValueError, naming line and column, for a file that is no table.
    """

    def __init__(self, path, **reading):
        self.path, self.reading = Path(path), reading
        self.name = self.path.name
        table = read_csv(self.path, **self.reading)
        self.columns, self.rows, self._kept, self._whole = table.columns, len(table), {}, (None, None)

    @classmethod
    def example(cls, name):
        """The table of that name that ships."""
        return cls(example_csv(name))

    def has(self, name):
        """Whether there is a column of that name."""
        return any(column.name == name for column in self.columns)

    @property
    def content(self):
        """The bytes of the file, or None for a table that ships: a program finds it by its name."""
        return None if self.ships else self.path.read_bytes()

    @property
    def ships(self):
        """Whether it is one of the examples."""
        return self.path.stem in EXAMPLES and self.path == Path(example_csv(self.path.stem))

    def parts(self, target, drop=(), task=None):
        """The Parts for that target without those columns; the last ones are kept.

        Raises ValueError in words for what cannot be learned from.
        """
        key = target, tuple(drop), task
        if key not in self._kept:
            self._kept = {key: self._prepared(*key)}
        return self._kept[key]

    def _prepared(self, target, drop, task):
        table, notes = self._read(target, task)
        heard = io.StringIO()
        with contextlib.redirect_stdout(heard):  # a note on the page, not below the cell
            parts = standardize(*encode(*split(self._without(table, drop), val=0.15, test=0.15, seed=0)))
        numbers = sum(len(part) for part in parts) * parts[0].X.shape[1]
        if numbers > MOST_NUMBERS:
            raise ValueError(
                f"{self.name} makes {numbers:,} numbers, more than the {MOST_NUMBERS:,} of this lab; take fewer "
                "rows, or train without the lab: mb.read_csv(path, memory_map=...)"
            )
        if table.class_names:
            score = Accuracy(parts[0])
        else:
            parts = standardize_target(*parts)
            score = TypicalError(parts[0], target)
        return Parts(*parts, score, (*notes, *_notes(heard)))

    def _read(self, target, task):
        """(the Table with every column, notes), kept; rows without the target are left out, and a note counts them."""
        if self._whole[:2] != (target, task):
            options = {**self.reading, **({"task": task} if task else {})}
            if any(column.missing for column in self.columns if column.name == target):
                options["missing_target"] = "drop"
            heard = io.StringIO()
            with contextlib.redirect_stdout(heard):
                table = read_csv(self.path, target, **options)
            if not self.ships:  # a program stands beside the file
                recipe = tuple(line.replace(repr(str(self.path)), repr(self.name)) for line in table.recipe)
                table = replace(table, recipe=recipe, source=self.name)
            self._whole = target, task, table, _notes(heard)
        return self._whole[2:]

    def _without(self, table, drop):
        """The Table without these columns, as read_csv(..., drop=...) would return it."""
        unknown = [name for name in drop if name not in table.names]
        if unknown:
            raise ValueError(f"left_out must name columns of {self.name} beside the target; got {unknown[0]!r}")
        keep = [place for place, name in enumerate(table.names) if name not in drop]
        if not keep:
            raise ValueError("no column is left to learn from; tick one")
        kept = {name: tuple(getattr(table, name)[i] for i in keep) for name in ("names", "kinds", "categories")}
        recipe = _call(table.recipe[0], [*self.reading.get("drop", []), *drop])
        return replace(table, values=table.values[:, keep], recipe=recipe, **kept)


def _call(line, drop):
    """The line of a program that reads the table, without these columns; as several lines where it is long."""
    call = ast.parse(line).body[0].value
    options = {option.arg: ast.unparse(option.value) for option in call.keywords} | ({"drop": drop} if drop else {})
    parts = [*map(ast.unparse, call.args), *(f"{name}={value}" for name, value in options.items())]
    line = f"table = mb.read_csv({', '.join(parts)})"
    return (line,) if len(line) <= 110 else ("table = mb.read_csv(", *(f"    {part}," for part in parts), ")")


def _notes(heard):
    return tuple(line.removeprefix("note: ") for line in heard.getvalue().splitlines())


def file_name(name):
    """A name for the copy of an uploaded file: no folder and nothing that a system or a program could stumble over."""
    name = re.sub(r"[^\w.-]+", "_", name.replace("\\", "/").split("/")[-1]).lstrip(".")[-80:]
    return name if name.lower().endswith(".csv") else f"{name or 'table'}.csv"


def for_the_lab(message):
    """The message of an error as a sentence, with where in the lab its remedy is."""
    if "drop=[" in message:
        return f"{message}. In this lab: untick that column, or name it under “Not to be read” if nothing is shown yet."
    if any(f"{option}=" in message for option in ("encoding", "decimal", "delimiter", "missing", "text")):
        return f"{message}. In this lab: see “How the file is read”."
    return f"{message}."
