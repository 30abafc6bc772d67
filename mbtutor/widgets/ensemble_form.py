"""The form of the ensemble lab: how many members there are, in what they differ, and how each is trained."""

from dataclasses import dataclass, replace

import ipywidgets
import numpy as np

from .. import checks, figures
from .controls import NumberSlider, WholeField, clock_buttons, column, menu, pace_menu, powers_up_to, rate_slider
from .controls import seed_field as field_of_the_seed
from .settings import Settings
from .training_form import batch_size_marks, batch_size_slider, budget_fields, hidden_slider

LARGEST_HIDDEN = 256
FEWEST_ROWS = 10
ROWS = (100, 300, 1000)  # stops of the menu, as far as there are more rows than that, and all
BOTH, BATCHES, WEIGHTS, NOTHING = "weights and batches", "batches alone", "weights alone", "nothing"
# In what members differ: whether each has first weights, and an order of the batches, of its own.
DIFFER = {BOTH: (True, True), BATCHES: (False, True), WEIGHTS: (True, False), NOTHING: (False, False)}


@dataclass(frozen=True)
class EnsembleSettings(Settings):
    """What the learner chose for a run: the Settings of each member, how many there are, and in what they differ."""

    members: int = 4
    differ: str = BOTH
    rows: int = 1000

    def __post_init__(self):
        super().__post_init__()
        checks.choice("differ", self.differ, tuple(DIFFER))

    def seeds(self):
        """(seed of the first weights, seed of the batch order) of each member; another seed gives all other ones."""
        first = figures.MOST_MEMBERS * self.seed
        weights, order = DIFFER[self.differ]
        return [(first + weights * member, first + order * member) for member in range(self.members)]

    def make_member(self, inputs, outputs, first_weights):
        """The untrained network of a member, compiled. first_weights: their seed."""
        return replace(self, seed=first_weights).make_network(inputs, outputs)

    def rows_of(self, train):
        """So many rows of `train`, evenly spread over it."""
        return train if self.rows == len(train) else train.subset(np.arange(self.rows) * len(train) // self.rows)


class EnsembleForm:
    """Sliders and menus for one ensemble.

    start: the EnsembleSettings to begin with; rows: how many there are; pace: updates a second, or math.inf.
    changed(): called after a change, which always needs a new run. `widget` is what to display; `clock` and `pace` are
    placed and observed by the lab.
    """

    def __init__(self, start, rows, pace, changed):
        self._start, self._changed = start, changed
        self.members = _members_slider(start.members, changed)
        self.differ = menu("They differ in", list(DIFFER), start.differ)
        stops = sorted({start.rows, rows, *(stop for stop in ROWS if stop < rows)})
        self.rows = menu("Training rows", [(f"{'all ' * (stop == rows)}{stop:,}", stop) for stop in stops], start.rows)
        self.batch_size = batch_size_slider(start.batch_size, start.rows, changed)
        self.lr = rate_slider(start.lr, changed)
        self.hidden = hidden_slider(start.hidden, LARGEST_HIDDEN, changed)
        self.amount, self.budget = budget_fields(start)
        self.seed = field_of_the_seed(start.seed)
        self.pace, self.clock = pace_menu(pace), clock_buttons()
        self.clock.value = "updates"
        self.rows.observe(lambda change: self._rows_changed(), "value")
        for widget in (self.differ, self.amount, self.budget, self.seed):
            widget.observe(lambda change: changed(), "value")
        sliders = [self.batch_size.widget, self.lr.widget, self.hidden.widget]
        budget = ipywidgets.HBox([self.amount, self.budget])
        ensemble = [self.members.widget, self.differ, self.rows]
        self.widget = column([*ensemble, *sliders, budget, self.seed, self.pace])

    @property
    def settings(self):
        """The EnsembleSettings as the controls stand."""
        names = ("members", "differ", "rows", "batch_size", "lr", "hidden", "amount", "budget", "seed")
        return replace(self._start, **{name: getattr(self, name).value for name in names})

    def _rows_changed(self):
        """No batch can hold more rows than there are."""
        rows = self.rows.value
        self.batch_size.offer(powers_up_to(rows), batch_size_marks(rows))
        self._changed()


def _members_slider(members, changed):
    most = figures.MOST_MEMBERS
    marks = {count: str(count) for count in range(1, most + 1)}
    return NumberSlider(
        "Members", members, list(marks), WholeField(min=1, max=most), marks, changed, "How many networks are trained"
    )
