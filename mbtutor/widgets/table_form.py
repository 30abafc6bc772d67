"""The forms of the table lab: how a run is made, how the file is read, and the words of the model card."""

from dataclasses import dataclass, replace

import ipywidgets

from ..datasets import MISSING
from .controls import WIDE, menu, powers_up_to
from .evaluation_lab import SeededForm
from .settings import ALL_LOSSES, OF_NUMBERS, Settings

FOUND = ""  # what the menus hold for "as the file says"
ENCODINGS = {"UTF-8": FOUND, "Latin-1 (older Windows programs)": "latin-1", "UTF-16": "utf-16"}
DELIMITERS = {"found in the file": FOUND, "comma": ",", "semicolon": ";", "tab": "\t", "|": "|"}
DECIMALS = {"point, as in 3.14": FOUND, "comma, as in 3,14": ","}
TASKS = {"as the column says": FOUND, "classes": "classification", "a number": "regression"}


@dataclass(frozen=True)
class TableSettings(Settings):
    """What the learner chose for a run: the Settings, and which columns are left out."""

    left_out: tuple = ()

    known_losses = tuple(ALL_LOSSES)


class TableForm(SeededForm):
    """Sliders and fields for one run, for any table: `fit` says how many rows there are, and what is learned."""

    chosen = {}  # of the Settings: what the lab says beside the controls

    @property
    def settings(self):
        """The TableSettings as the controls stand."""
        return replace(super().settings, **self.chosen)

    def fit(self, rows, left_out, for_a_number):
        """Batches of up to that many rows from now on; the names of the columns left out; what the loss is of."""
        marks = {size: str(size) for size in (1, 8, 32, 128, 512, 2048) if 3 * size <= rows}
        self.batch_size.offer(powers_up_to(rows), marks | {rows: f"{rows:,}"})
        self.chosen = {"left_out": left_out, "loss": next(iter(OF_NUMBERS)) if for_a_number else "cross-entropy"}


class ReadingForm:
    """How the file is read, for one that is not read right by itself. changed(): called after a change.

    `widget` is what to display.
    """

    def __init__(self, changed):
        self.encoding = menu("Encoding", list(ENCODINGS.items()), FOUND)
        self.delimiter = menu("Cells are parted by", list(DELIMITERS.items()), FOUND)
        self.decimal = menu("Decimal sign", list(DECIMALS.items()), FOUND)
        self.missing = _names("Also missing", "cells such as -999")
        self.text = _names("Categories", "columns of numbers, such as a code")
        self.skipped = _names("Not to be read", "columns")
        fields = [self.encoding, self.delimiter, self.decimal, self.missing, self.text, self.skipped]
        for field in fields:
            field.observe(lambda change: self._quiet or changed(), "value")
        self._quiet, self._fields = False, fields
        about = ipywidgets.HTML(
            "Several names or cells are written with commas between them. "
            f"Missing anyway: the empty cell, {', '.join(MISSING[1:])}."
        )
        self.widget = ipywidgets.VBox([*fields, about], layout={"max_width": "560px"})

    @property
    def options(self):
        """{option of read_csv: value}, those that were set."""
        chosen = {name: getattr(self, name).value for name in ("encoding", "delimiter", "decimal")}
        chosen["missing"] = [*MISSING, *_parted(self.missing)] if _parted(self.missing) else None
        chosen |= {"text": _parted(self.text), "drop": _parted(self.skipped)}
        return {name: value for name, value in chosen.items() if value}

    def reset(self):
        """As at the beginning, for another file; nothing is called."""
        self._quiet = True
        for field in self._fields:
            field.value = FOUND
        self._quiet = False


class CardForm:
    """The two parts of a model card that only who made the model can write. `widget` is what to display."""

    def __init__(self):
        self.use = _words("What is it for?", "Who may use the model, for what, and how they read its answers")
        self.limits = _words("Where must it not be used?", "Rows unlike these, other places or years, decisions")
        self.widget = ipywidgets.VBox([self.use, self.limits], layout={"width": "100%"})


def _names(name, placeholder):
    return ipywidgets.Text(
        description=name,
        placeholder=placeholder,
        continuous_update=False,
        style=WIDE,
        layout={"width": "auto"},
    )


def _parted(field):
    return [name.strip() for name in field.value.split(",") if name.strip()]


def _words(name, placeholder):
    layout = {"width": "auto", "max_width": "780px", "height": "64px"}
    return ipywidgets.Textarea(description=name, placeholder=placeholder, style=WIDE, layout=layout)
