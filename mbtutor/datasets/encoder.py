"""Turns a table's numbers and texts into columns that a network can take, by what the training rows held."""

from dataclasses import dataclass

import numpy as np

from .. import checks
from .mapped import MappedRows, chunks
from .table import Table
from .wording import few, quoted

MOST_CATEGORIES = 1000  # 0/1 columns of one text column


@dataclass(frozen=True, eq=False)
class Encoder:
    """Remembers how the columns of a table became those of X.

    table: the Table of no rows that says how the columns were read. names: (width,) of the columns of X.
    numbers: places of the number columns in the table; means: what fills their gaps; placed: where they go in X.
    gaps: {place in the table: the 0/1 column of X that says "is missing"}.
    categories: {place in the table: (texts,) int, the 0/1 column of X of each text; -1 for one not seen in train}.
    """

    table: Table
    names: tuple
    numbers: np.ndarray
    means: np.ndarray
    placed: np.ndarray
    gaps: dict
    categories: dict

    @property
    def width(self):
        """The number of columns of X."""
        return len(self.names)

    def apply(self, values):
        """Return the rows of X, (n, width) float64, of values of a table, (n, columns)."""
        X = np.zeros((len(values), self.width))
        found = values[:, self.numbers]
        X[:, self.placed] = np.where(np.isnan(found), self.means, found)
        for place, column in self.gaps.items():
            X[:, column] = np.isnan(values[:, place])
        for place, columns in self.categories.items():
            chosen = self._column_of(values[:, place], columns)
            rows = np.flatnonzero(chosen >= 0)
            X[rows, chosen[rows]] = 1
        return X

    def tell_unseen(self, tables):
        """Say once for each column which texts and gaps these tables have that train had not."""
        texts, gaps = [set() for _ in self.table.names], np.zeros(len(self.table.names), bool)
        for table in tables:
            for part in chunks(table.values):
                gaps |= np.isnan(part).any(axis=0)
                for place in self.categories:
                    texts[place].update(table.categories[place][number] for number in self._unseen(part, place))
        for place, name in enumerate(self.table.names):
            if texts[place]:
                shown = few(sorted(texts[place]), most=5)
                checks.note(f"column {quoted(name)}: train had no {shown}; such a row is 0 in all its columns")
            if gaps[place] and place not in self.gaps:
                filled = "0 in all its columns" if place in self.categories else "filled with train's mean"
                checks.note(f"column {quoted(name)}: train had no gap; one elsewhere is {filled}")

    def encode(self, values):
        """Return a table's values as X: an array, or MappedRows that are encoded as they are read."""
        return values.encoded(self) if isinstance(values, MappedRows) else self.apply(values)

    def check(self, table):
        """Raise a ValueError unless the table was read as this one was."""
        mine = self.table
        alike = (table.names, table.kinds) == (mine.names, mine.kinds) and all(
            theirs[: len(texts)] == texts for theirs, texts in zip(table.categories, mine.categories)
        )
        if not alike:
            raise ValueError(
                f"{table.name} was read in another way than the table that train came from. Read it with "
                "mb.read_csv(path, like=train)"
            )

    def _unseen(self, values, place):
        """The numbers of the texts in a column that train did not have."""
        numbers = np.unique(values[~np.isnan(values[:, place]), place])
        return numbers[self._column_of(numbers, self.categories[place]) < 0].astype(int)

    def _column_of(self, numbers, columns):
        """The column of X of each text, -1 for gaps and texts that train did not have."""
        known = ~np.isnan(numbers) & (numbers < len(columns))
        return np.where(known, columns[np.where(known, numbers, 0).astype(int)], -1)


def fitted(table):
    """Return the Encoder whose means and categories are those of this table's rows alone."""
    total, count, seen = _statistics(table)
    names, placed, gaps, categories = [], [], {}, {}
    numbers = [place for place, kind in enumerate(table.kinds) if kind == "numbers"]
    for place, name in enumerate(table.names):
        if count[place] == 0:
            raise ValueError(
                f"column {quoted(name)} is missing in every row of train. Leave it out: drop=[{quoted(name)}]"
            )
        if table.kinds[place] == "numbers":
            placed.append(len(names))
            names.append(name)
        else:
            texts = _texts_of(table, place, seen[place], count[place])
            categories[place] = np.full(len(table.categories[place]), -1)
            for number in texts:
                categories[place][number] = len(names)
                names.append(f"{name}={table.categories[place][number]}")
        if count[place] < len(table):
            gaps[place] = len(names)
            names.append(f"{name} is missing")
    means = total[numbers] / count[numbers]
    if not np.isfinite(means).all():
        name = table.names[numbers[int(np.argmin(np.isfinite(means)))]]
        raise ValueError(f"column {quoted(name)} holds numbers too large to add up; divide it by its largest first")
    numbers, placed = np.array(numbers, int), np.array(placed, int)
    return Encoder(table.without_rows(), tuple(names), numbers, means, placed, gaps, categories)


def _statistics(table):
    """(sum of each column, count of its cells, how often each of its texts occurs), read in chunks."""
    total, count = np.zeros(len(table.names)), np.zeros(len(table.names), int)
    seen = [np.zeros(len(texts), int) for texts in table.categories]
    for part in chunks(table.values):
        known = ~np.isnan(part)
        count += known.sum(axis=0)
        with np.errstate(over="ignore"):  # told in words by fitted
            total += np.where(known, part, 0).sum(axis=0)
        for place, kind in enumerate(table.kinds):
            if kind == "text":
                numbers = part[known[:, place], place].astype(int)
                seen[place] += np.bincount(numbers, minlength=len(seen[place]))
    return total, count, seen


def _texts_of(table, place, seen, count):
    """The numbers of the texts of a column that occur, in the order of the alphabet; not where they name each row."""
    name, texts = table.names[place], table.categories[place]
    found = sorted(np.flatnonzero(seen).tolist(), key=texts.__getitem__)
    if len(found) > max(10, count / 2):
        raise ValueError(
            f"column {quoted(name)} has {len(found):,} different texts in {count:,} rows of train, so it looks like a "
            f"name of each row, which tells nothing about new rows. Leave it out: drop=[{quoted(name)}]"
        )
    if len(found) > MOST_CATEGORIES:
        raise ValueError(
            f"column {quoted(name)} has {len(found):,} different texts; at most {MOST_CATEGORIES:,} become columns. "
            f"Put the rare ones together in the file, or leave it out: drop=[{quoted(name)}]"
        )
    return found
