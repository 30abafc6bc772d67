"""The form of the race: which lanes run, with which batch sizes and learning rates, and where the race ends."""

from dataclasses import dataclass

import ipywidgets

from ..figures import LANES
from ..schedules import scaled_lr
from .controls import WIDE, NumberField, WholeField, clock_buttons, column, menu, pace_menu, rate_slider

NAMES = "ABCDEF"
FEWEST = 2
RULES = ONE, LINEAR, OWN = "one for all", "linear scaling", "each its own"
REFERENCE = 32  # the batch size that a linearly scaled rate is given for
BUDGETS = {
    "at the target": "target",
    "after the same examples": "examples",
    "after the same updates": "updates",
    "after the same seconds": "seconds",
}
AMOUNTS = {"examples": 20_000, "updates": 100, "seconds": 1}  # where a budget begins
MOST = {"examples": 1_000_000, "updates": 20_000, "seconds": 60}
LARGEST_SEED = 9999


@dataclass(frozen=True)
class RaceSettings:
    """What the learner chose. lanes: {number: (batch size, learning rate)} of those that run, 0 to 5.

    budget: a value of BUDGETS; amount: how much of it, None for "target".
    """

    lanes: dict
    budget: str
    amount: float | None
    target: float
    seed: int


class LaneFields:
    """One lane on the page: whether it runs, its batch size and its learning rate. changed(): after each change."""

    def __init__(self, number, runs, size, lr, rows, changed):
        name = NAMES[number]
        self.runs = ipywidgets.Checkbox(description=f"Lane {name}", value=runs, indent=False, style=WIDE)
        self.size = WholeField(description=f"Batch {name}", value=size, min=1, max=rows, style=WIDE)
        self.lr = NumberField(description=f"Rate {name}", value=lr, min=1e-6, max=100, step=0.01, style=WIDE)
        limits = [ipywidgets.HTML(layout={"display": "none"}) for _ in range(2)]
        for widget in (self.runs, self.size, self.lr):
            widget.layout.width, widget.layout.margin = "auto", "1px 0"
            widget.observe(lambda change: changed(), "value")
        for field, said in zip((self.size, self.lr), limits):
            field.said = lambda text, said=said: _say(said, text)
        self._swatch = ipywidgets.HTML(_swatch(number))
        self.widget = ipywidgets.VBox(
            [self._swatch, self.runs, self.size, limits[0], self.lr, limits[1]],
            layout={"flex": "1 1 112px", "width": "auto", "max_width": "150px", "margin": "0 6px 4px 0"},
        ).add_class("mbtutor-lane")

    def show(self, own_rate):
        """Let only fields be filled that count: a lane that does not run has none."""
        self.size.disabled = not self.runs.value
        self.lr.disabled = not (self.runs.value and own_rate)
        self._swatch.layout.visibility = "visible" if self.runs.value else "hidden"


class RaceForm:
    """Lanes, learning rates and budget of a race.

    lanes: (batch size, learning rate) of the six lanes; running: how many of them run at first. lr, rule: the rate
    of them all and one of RULES. changed(): called after a change that needs a new race. `widget` is the column
    beside the picture, `lanes_widget` the row above it; `clock` and `pace` are placed and observed by the lab.
    """

    def __init__(self, lanes, running, rows, lr, rule, budget, amount, target, seed, pace, changed):
        self._changed, self._moving = changed, False
        self.lanes = [
            LaneFields(number, number < running, size, rate, rows, self._moved)
            for number, (size, rate) in enumerate(lanes)
        ]
        self.rule = menu("Learning rates", list(RULES), rule)
        self.rate = rate_slider(lr, self._moved)
        self.budget = menu("The race ends", list(BUDGETS.items()), budget)
        self._amounts = {**AMOUNTS, **({budget: amount} if amount else {})}
        self.amount = NumberField(description="How many", min=1, max=1e9, style=WIDE, layout={"width": "auto"})
        self.target = NumberField(description="Target loss", value=target, min=1e-6, max=1000, step=0.01, style=WIDE)
        self.seed = WholeField(description="Seed", value=seed, min=0, max=max(LARGEST_SEED, seed), style=WIDE)
        self.target.layout.width = self.seed.layout.width = "auto"
        self.pace, self.clock = pace_menu(pace), clock_buttons()
        self._show_rates()
        self._show_amount()
        self.rule.observe(lambda change: self._moved(), "value")
        self.budget.observe(lambda change: self._budget_moved(), "value")
        for widget in (self.amount, self.target, self.seed):
            widget.observe(lambda change: self._moved(), "value")
        fields = [self.budget, self.amount, self.target, self.seed, self.pace]
        self.widget = column([self.rule, self.rate.widget, *fields])
        self.lanes_widget = ipywidgets.HBox([lane.widget for lane in self.lanes], layout={"flex_flow": "row wrap"})

    @property
    def settings(self):
        """The RaceSettings as the controls stand; ValueError for fewer than two lanes."""
        running = {n: (lane.size.value, lane.lr.value) for n, lane in enumerate(self.lanes) if lane.runs.value}
        if len(running) < FEWEST:
            raise ValueError("A race needs two lanes at least: tick another one.")
        budget = self.budget.value
        amount = None if budget == "target" else self.amount.value
        return RaceSettings(running, budget, amount, self.target.value, self.seed.value)

    def _moved(self):
        if self._moving:
            return
        self._show_rates()
        self._changed()

    def _budget_moved(self):
        self._show_amount()
        self._moved()

    def _show_rates(self):
        """Write the rate that the rule gives into each lane."""
        rule, self._moving = self.rule.value, True  # the fields follow, and must not answer
        for lane in self.lanes:
            if rule != OWN:
                lr = self.rate.value if rule == ONE else scaled_lr(self.rate.value, lane.size.value, REFERENCE)
                lane.lr.value = min(float(f"{lr:.4g}"), lane.lr.max)
            lane.show(rule == OWN)
        self.rate.disable(rule == OWN)
        self.rate.field.description = f"Rate for batch size {REFERENCE}" if rule == LINEAR else "Learning rate"
        self._moving = False

    def _show_amount(self):
        budget, self._moving = self.budget.value, True
        self.amount.layout.display = "none" if budget == "target" else None
        if budget != "target":
            self.amount.min, self.amount.max = (0.1 if budget == "seconds" else 1), MOST[budget]
            self.amount.description = f"How many {budget}"
            self.amount.value = self._amounts[budget]
        self._moving = False


def _say(limits, text):
    """Show that a number had to be changed to fit, or nothing."""
    limits.layout.display = None if text else "none"
    limits.value = f'<span class="mbtutor-limits" role="status" style="font-size:12px">{text}</span>'


def _swatch(number):
    """The colour, the dashes and the marker of a lane, as the picture has them."""
    colour, dashes, marker = LANES[number]
    dashes = " ".join(f"{2 * length:g}" for length in dashes[1]) if dashes != "-" else "none"
    shapes = {
        "o": '<circle cx="60" cy="8" r="5.5"',
        "s": '<rect x="55" y="3" width="10" height="10"',
        "^": '<path d="M54 13L60 2L66 13Z"',
        "D": '<path d="M60 1.5L66.5 8L60 14.5L53.5 8Z"',
        "v": '<path d="M54 3L60 14L66 3Z"',
        "P": '<path d="M58 2h4v4h4v4h-4v4h-4v-4h-4v-4h4Z"',
    }
    line = f'<path d="M2 8H118" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"/>'
    shape = f'{shapes[marker]} fill="{colour}" stroke="currentColor"/>'
    style = "display:block;width:100%;max-width:130px"
    return f'<svg viewBox="0 0 120 16" aria-hidden="true" style="{style}">{line}{shape}</svg>'
