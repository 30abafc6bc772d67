"""The form of the map of learning rates: what all its runs share."""

import ipywidgets

from .controls import WIDE, WholeField, clock_buttons, menu
from .rate_maps import Choice
from .settings import OPTIMIZERS

# How long a run is at first, and at most, in each unit: no run of the map takes more than some seconds.
AMOUNTS = {"epochs": (4, 50), "updates": (100, 2_000), "examples": (16_000, 200_000)}
SEEDS = {"1 (quick)": 1, "3, and their mean": 3}


class RateForm:
    """Budget, optimizer and seeds. start: the Choice to begin with. changed(): called after a change of the learner.

    `widget` is what to display; `clock` stands beside the curves.
    """

    def __init__(self, start, seeds, cache, changed):
        self._amounts = {unit: amount for unit, (amount, _) in AMOUNTS.items()} | {start.unit: start.amount}
        self._changed, self._moving = changed, False
        self.optimizer = menu("Optimizer", list(OPTIMIZERS), start.optimizer)
        self.unit = menu("Every run gets equally many", list(AMOUNTS), start.unit)
        self.amount = WholeField(
            description="How many", min=1, max=AMOUNTS[start.unit][1], value=start.amount, style=WIDE
        )
        self.amount.layout.width = "auto"
        self.limits = ipywidgets.HTML(layout={"display": "none"})
        self.amount.said = self._say_limits
        self.seeds = menu("Seeds for each cell", list(SEEDS.items()), seeds)
        self.cache = ipywidgets.Checkbox(
            description="Keep the results on disk",
            value=cache,
            indent=False,
            tooltip="A run that was made before, on another day too, is then only read",
        )
        self.clock = clock_buttons()
        self.unit.observe(self._unit_changed, "value")
        for widget in (self.optimizer, self.amount, self.seeds):
            widget.observe(lambda change: self._moving or changed(), "value")
        parts = [self.unit, self.amount, self.limits, self.optimizer, self.seeds, self.cache]
        self.widget = ipywidgets.VBox(parts, layout={"width": "290px", "min_width": "290px", "padding": "0 12px 0 0"})

    @property
    def choice(self):
        """The Choice as the controls stand."""
        return Choice(self.optimizer.value, self.unit.value, self.amount.value)

    def _unit_changed(self, change):
        """Another unit brings its own number, the one that was last used with it."""
        self._moving = True  # two fields change, and it is one change
        self._amounts[change["old"]] = self.amount.value
        self.amount.max = AMOUNTS[change["new"]][1]
        self.amount.value = self._amounts[change["new"]]
        self._moving = False
        self._changed()

    def _say_limits(self, text):
        self.limits.layout.display = None if text else "none"
        self.limits.value = f'<span class="mbtutor-limits" role="status" style="font-size:12px">{text}</span>'
