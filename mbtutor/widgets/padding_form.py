"""The form of the padding lab: how the batches are made, and what the network computes of them."""

from dataclasses import dataclass

from .. import checks, figures
from ..batches import BucketBatches, MiniBatches
from .controls import NumberSlider, WholeField, column, menu, powers_up_to

SIZES, BUDGETS = (4, 256), (64, 4096)  # from, to
AS_THEY_COME, ALIKE, BY_BUDGET = figures.WAYS
COMPUTED = {"every position": True, "real positions only": False}


@dataclass(frozen=True)
class PaddingSettings:
    """How batches are made. way: one of figures.WAYS. size: rows a batch or, by token budget, positions.

    every: whether the network computes every position or leaves padding out.
    Raises ValueError for what the controls do not offer.
    """

    way: str
    size: int
    every: bool

    def __post_init__(self):
        checks.choice("way", self.way, tuple(figures.WAYS))
        name, limits = ("token_budget", BUDGETS) if self.way == BY_BUDGET else ("batch_size", SIZES)
        checks.whole_number(name, self.size, *limits)

    def batches_of(self, data):
        """The batches of that data set."""
        if self.way == AS_THEY_COME:
            return MiniBatches(data, self.size)
        if self.way == ALIKE:
            return BucketBatches(data, self.size)
        return BucketBatches(data, token_budget=self.size)

    @property
    def words(self):
        """The batches in a few words."""
        return f"{self.way}, {self.size:,} {'positions' if self.way == BY_BUDGET else 'names'} a batch"


class PaddingForm:
    """Menus and sliders. changed(): called after any change; `widget` is what to display."""

    def __init__(self, way, batch_size, token_budget, every, changed):
        self._changed = changed
        self.way = menu("Batches are made", list(figures.WAYS), way)
        self.batch_size = self._slider("Batch size", batch_size, SIZES, "How many names are in a batch")
        about = "How many positions a padded batch may have: names times the longest"
        self.token_budget = self._slider("Token budget", token_budget, BUDGETS, about)
        self.computed = menu("Computed", list(COMPUTED.items()), every)
        for widget in (self.way, self.computed):
            widget.observe(lambda change: self._moved(), "value")
        self._disable_what_does_nothing()
        self.widget = column([self.way, self.batch_size.widget, self.token_budget.widget, self.computed])

    @property
    def settings(self):
        """The PaddingSettings as the controls stand."""
        size = self.token_budget if self.way.value == BY_BUDGET else self.batch_size
        return PaddingSettings(self.way.value, size.value, self.computed.value)

    def _slider(self, name, value, limits, about):
        low, high = limits
        stops = [stop for stop in powers_up_to(high) if stop >= low]
        marks = {stop: f"{stop:,}" for stop in stops[::2]}
        return NumberSlider(name, value, stops, WholeField(min=low, max=high), marks, self._changed, about)

    def _moved(self):
        self._disable_what_does_nothing()
        self._changed()

    def _disable_what_does_nothing(self):
        self.batch_size.disable(self.way.value == BY_BUDGET)
        self.token_budget.disable(self.way.value != BY_BUDGET)
