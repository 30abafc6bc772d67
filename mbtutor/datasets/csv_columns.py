"""The cells of one column of a CSV file become numbers: measurements, or the places of texts in a list."""

import re

import numpy as np

from .csv_rows import check_nul
from .table import MISSING
from .wording import quoted

MOST_TEXTS = 100_000  # different texts of a column that are kept in memory
DECIMAL_COMMA = re.compile(r"[+-]?\d{1,3}(\.\d{3})*,\d+|[+-]?\d+,\d+")


class CellColumn:
    """Reads the cells of a column, a chunk at a time, into floats with NaN for gaps.

    kind: "numbers", "text", or None until the first cell that is not missing has said it. texts: the known ones.
    first: (line, cell) that said the kind. fraction: (line, cell) of the first number that is not whole, or None.
    Raises ValueError, naming line, column, cell and fix, for a cell that is not of the column's kind.
    """

    def __init__(self, name, where, missing=MISSING, decimal=".", kind=None, texts=()):
        self.name, self.where, self.missing, self.decimal, self.kind = name, where, frozenset(missing), decimal, kind
        self.forced = kind is not None
        self.texts = list(texts)
        self.first = self.fraction = None
        self._gaps = self.missing | {""}
        self._may_have_gaps = any(self._number(mark) is not None for mark in missing)  # such as -999
        self._places = {text: float(place) for place, text in enumerate(texts)}  # of a text
        self._known = {}  # of a cell as it stands

    def read(self, cells, lines):
        """Return the cells as floats, (len(cells),) float64."""
        if self.kind is None and not self._settled(cells, lines):
            return np.full(len(cells), np.nan)
        return self._numbers(cells, lines) if self.kind == "numbers" else self._texts(cells, lines)

    def is_missing(self, cell):
        """True for a cell that is empty or one of the marks for missing."""
        return cell.strip() in self._gaps

    def _settled(self, cells, lines):
        """True once the kind is known."""
        for cell, line in zip(cells, lines):
            if not self.is_missing(cell):
                self.kind = "text" if self._number(cell) is None else "numbers"
                self.first = (line, cell.strip())
                return True
        return False

    def _numbers(self, cells, lines):
        values = self._plain_numbers(cells)
        if values is None:
            values = np.array([self._number_or_gap(cell, line) for cell, line in zip(cells, lines)])
        if self.fraction is None:
            odd = np.flatnonzero(values % 1 > 0)
            self.fraction = (lines[odd[0]], cells[odd[0]].strip()) if len(odd) else None
        return values

    def _plain_numbers(self, cells):
        """The quick way where every cell is a plain finite number or a gap, else None."""
        gaps = 0
        if self._may_have_gaps:
            missing = [cell.strip() in self._gaps for cell in cells]
            gaps = sum(missing)
            cells = ["nan" if gap else cell for gap, cell in zip(missing, cells)]
        joined = "".join(cells)
        if "_" in joined or (self.decimal != "." and "." in joined):
            return None
        if self.decimal in joined and self.decimal != ".":
            cells = [cell.replace(self.decimal, ".") for cell in cells]
        try:
            values = np.fromiter(map(float, cells), float, len(cells))
        except ValueError:
            return None
        return values if np.isfinite(values).sum() + gaps == len(values) else None

    def _number(self, cell):
        """The number that a cell is, or None for text."""
        if "_" in cell or (self.decimal != "." and "." in cell):  # float() takes 1_000
            return None
        try:
            value = float(cell.replace(self.decimal, "."))
        except ValueError:
            return None
        return None if np.isnan(value) else value

    def _number_or_gap(self, cell, line):
        if self.is_missing(cell):
            self._may_have_gaps = True
            return np.nan
        check_nul(cell, self._place(line))
        value = self._number(cell)
        if value is None:
            raise ValueError(self._mixed(line, cell.strip()))
        if np.isinf(value):
            raise ValueError(
                f"{self._place(line)}: {quoted(cell.strip())} is not finite. Repair that cell, or count it as missing: "
                f"missing=[*mb.datasets.MISSING, {quoted(cell.strip())}]"
            )
        return value

    def _texts(self, cells, lines):
        try:
            return np.fromiter(map(self._known.__getitem__, cells), float, len(cells))
        except KeyError:
            for cell, line in zip(cells, lines):
                if cell not in self._known:
                    self._known[cell] = np.nan if self.is_missing(cell) else self._place_of(cell.strip(), line)
            return self._texts(cells, lines)

    def _place_of(self, text, line):
        """The place of a text that may be new."""
        if text in self._places:
            return self._places[text]
        check_nul(text, self._place(line))
        if not self.forced:
            self._check_text(text, line)
        if len(self.texts) == MOST_TEXTS:
            raise ValueError(
                f"{self._place(line)}: more than {MOST_TEXTS:,} different texts, so it looks like a name of each row, "
                f"which tells nothing about new rows. Leave it out: drop=[{quoted(self.name)}]"
            )
        self.texts.append(text)
        return self._places.setdefault(text, float(len(self.texts) - 1))

    def _check_text(self, text, line):
        if DECIMAL_COMMA.fullmatch(text) and self.decimal != ",":
            raise ValueError(self._decimal_comma(line, text))
        value = self._number(text)
        if value is not None and np.isfinite(value):
            raise ValueError(self._mixed(line, text))

    def _mixed(self, line, cell):
        if self.decimal != "," and DECIMAL_COMMA.fullmatch(cell):
            return self._decimal_comma(line, cell)
        one, other = ("text", "numbers") if self.kind == "numbers" else ("a number", "text")
        first = f" (the first is {quoted(self.first[1])} in line {self.first[0]})" if self.first else ""
        text = cell if self.kind == "numbers" or not self.first else self.first[1]
        return (
            f"{self._place(line)}: {quoted(cell)} is {one} in a column of {other}{first}. Repair the cell; or count "
            f"it as missing, missing=[*mb.datasets.MISSING, {quoted(text)}]; or read the whole column as text, "
            f"text=[{quoted(self.name)}]"
        )

    def _decimal_comma(self, line, cell):
        return (
            f'{self._place(line)}: {quoted(cell)} has a comma. If it is a decimal comma, pass decimal=","; if it parts '
            f"thousands, remove it; if the column is text, pass text=[{quoted(self.name)}]"
        )

    def _place(self, line):
        return f"{self.where}, line {line}, column {quoted(self.name)}"
