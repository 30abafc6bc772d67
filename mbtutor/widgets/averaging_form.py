"""The form of the averaging lab: how many workers, what each takes of a batch, and what becomes of their gradients."""

from dataclasses import dataclass

from .. import checks
from ..machines import AVERAGING, ROWS
from .controls import NumberSlider, WholeField, column, menu, powers_up_to, rate_slider, up_to

MOST_WORKERS, LARGEST_LOCAL = 8, 64
FIRST_WEIGHTS = {"the same for all": False, "each its own": True}


@dataclass(frozen=True)
class AveragingSettings:
    """How workers train together. local: rows of a batch for each worker, where the shares are equal.

    Raises ValueError for what the controls do not offer.
    """

    workers: int
    local: int
    lr: float
    averaging: str
    rows: str
    own_weights: bool

    def __post_init__(self):
        up_to(MOST_WORKERS, "workers", self.workers)
        up_to(LARGEST_LOCAL, "local_batch", self.local)
        checks.positive_number("lr", self.lr)
        checks.choice("averaging", self.averaging, AVERAGING)
        checks.choice("rows", self.rows, ROWS)

    @property
    def batch_size(self):
        """The rows of a batch of all workers together."""
        return self.workers * self.local

    @property
    def words(self):
        """The settings in a few words."""
        averaged = "not averaged" if self.averaging == AVERAGING[-1] else f"averaged: {self.averaging}"
        weights = ", own first weights" if self.own_weights else ""
        return f"{self.workers} x {self.local} rows, rate {self.lr:g}, {averaged}, {self.rows}{weights}"


class AveragingForm:
    """Sliders and menus. changed(): called after any change; `widget` is what to display."""

    def __init__(self, start, changed):
        self.workers = NumberSlider(
            "Workers",
            start.workers,
            range(1, MOST_WORKERS + 1),
            WholeField(min=1, max=MOST_WORKERS),
            {1: "1", 2: "2", 4: "4", 8: "8"},
            changed,
            "How many processes or machines train together",
        )
        self.local = NumberSlider(
            "Local batch size",
            start.local,
            powers_up_to(LARGEST_LOCAL),
            WholeField(min=1, max=LARGEST_LOCAL),
            {1: "1", 4: "4", 16: "16", 64: "64"},
            changed,
            "How many rows of a batch each worker takes",
        )
        self.rate = rate_slider(start.lr, changed)
        self.averaging = menu("Averaging", AVERAGING, start.averaging)
        self.rows = menu("Rows", ROWS, start.rows)
        self.first = menu("First weights", list(FIRST_WEIGHTS.items()), start.own_weights)
        for widget in (self.averaging, self.rows, self.first):
            widget.observe(lambda change: changed(), "value")
        sliders = [slider.widget for slider in (self.workers, self.local, self.rate)]
        self.widget = column([*sliders, self.averaging, self.rows, self.first])

    @property
    def settings(self):
        """The AveragingSettings as the controls stand."""
        numbers = self.workers.value, self.local.value, self.rate.value
        return AveragingSettings(*numbers, self.averaging.value, self.rows.value, self.first.value)
