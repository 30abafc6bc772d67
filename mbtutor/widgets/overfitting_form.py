"""The form of the overfitting lab: how much there is to learn from, how it is learned, and what holds it back."""

from dataclasses import dataclass, replace

import ipywidgets

from .. import checks
from .controls import (
    NumberSlider,
    WholeField,
    clock_buttons,
    column,
    menu,
    pace_menu,
    powers_up_to,
    rate_slider,
    seed_field,
)
from .settings import Settings
from .training_form import batch_size_marks, batch_size_slider, budget_fields

ROWS = (20, 50, 100, 200, 300, 500, 1000, 2000)  # stops of the slider, as far as there are so many, and all
WRONG = {"none": 0.0, "5%": 0.05, "10%": 0.1, "20%": 0.2, "30%": 0.3, "50%": 0.5}
DECAYS = {"none": 0.0} | {f"{decay:g}": decay for decay in (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)}
DROPOUTS = {"none": 0.0} | {f"{share:.0%} of the hidden units": share for share in (0.1, 0.2, 0.3, 0.5, 0.7, 0.8)}
OFF = 0  # what the menu has for no patience: a menu takes None for nothing chosen
PATIENCES = {"off": OFF} | {f"{count} validation{'s'[: count > 1]}": count for count in (1, 2, 3, 5, 10, 20)}


@dataclass(frozen=True)
class OverfittingSettings(Settings):
    """What the learner chose for a run: the Settings, how many rows it learns from, and the share of wrong labels."""

    rows: int = 300
    wrong: float = 0.0


class OverfittingForm:
    """Sliders and menus for one run.

    start: the OverfittingSettings to begin with; rows: how many there are; pace: updates a second, or math.inf.
    changed(): called after a change that needs a new run; lr_changed(): after a new learning rate, which does not.
    `widget` is what to display; `clock` and `pace` are placed and observed by the lab.
    """

    def __init__(self, start, rows, pace, changed, lr_changed):
        self._start, self._changed = start, changed
        self.rows = _rows_slider(start.rows, rows, self._rows_changed)
        self.batch_size = batch_size_slider(start.batch_size, start.rows, changed)
        self.lr = rate_slider(start.lr, lr_changed)
        self.wrong = menu("Wrong labels", list(WRONG.items()), start.wrong)
        self.weight_decay = menu("Weight decay", list(DECAYS.items()), start.weight_decay)
        self.dropout = menu("Dropout", list(DROPOUTS.items()), start.dropout)
        self.patience = menu("Patience", list(PATIENCES.items()), start.patience or OFF)
        self.amount, self.budget = budget_fields(start)
        self.seed_field = seed_field(start.seed)
        self.pace, self.clock = pace_menu(pace), clock_buttons()
        self.clock.value = "updates"
        menus = [self.wrong, self.weight_decay, self.dropout, self.patience]
        fields = [self.amount, self.budget, self.seed_field]
        for widget in (*menus, *fields):
            widget.observe(lambda change: changed(), "value")
        sliders = [self.rows.widget, self.batch_size.widget, self.lr.widget]
        budget = ipywidgets.HBox([self.amount, self.budget])
        self.widget = column([*sliders, *menus, budget, self.seed_field, self.pace])

    @property
    def settings(self):
        """The OverfittingSettings as the controls stand."""
        names = ("rows", "batch_size", "lr", "wrong", "weight_decay", "dropout", "amount", "budget")
        chosen = {name: getattr(self, name).value for name in names}
        return replace(self._start, seed=self.seed_field.value, patience=self.patience.value or None, **chosen)

    def _rows_changed(self):
        """No batch can hold more rows than there are."""
        rows = self.rows.value
        self.batch_size.offer(powers_up_to(rows), batch_size_marks(rows))
        self._changed()


def checked(start):
    """Return the OverfittingSettings, if the menus offer them; else a ValueError that lists what they offer."""
    for name, offered in {"wrong": WRONG, "weight_decay": DECAYS, "dropout": DROPOUTS}.items():
        checks.choice(name, getattr(start, name), tuple(offered.values()))
    checks.choice("patience", start.patience, (None, *filter(None, PATIENCES.values())))
    return start


def _rows_slider(value, rows, changed):
    stops = [stop for stop in ROWS if stop < rows] + [rows]
    marks = {stop: f"{stop:,}" for stop in (20, 100, 300, 1000) if stop < rows} | {rows: f"all {rows:,}"}
    field = WholeField(min=min(10, rows), max=rows)
    return NumberSlider("Training rows", value, stops, field, marks, changed, "How many rows the network learns from")
