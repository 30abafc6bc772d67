"""The form of the memory lab: what the learner can set, and the network that follows from it."""

from dataclasses import dataclass

import ipywidgets

from .. import checks
from ..layers import Dense, ReLU
from ..network import Network
from .controls import NumberField, NumberSlider, WholeField, column, menu, powers_up_to, up_to
from .settings import OPTIMIZERS

# One update on all digits at once stays under 0.2 s with these.
LARGEST_HIDDEN, MOST_HIDDEN_LAYERS, SMALLEST_PIECE = 256, 2, 16
BUDGETS = (0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 100)
DTYPES = {"float64, 8 bytes a number": "float64", "float32, 4 bytes a number": "float32"}
PLACES = {"in memory": False, "in a mapped file": True}


@dataclass(frozen=True)
class MemorySettings:
    """What is measured, but for the batch size. pieces: rows in a micro-batch, None for no accumulation.

    Raises ValueError for what the controls do not offer.
    """

    hidden: int
    hidden_layers: int
    optimizer: str
    dtype: str
    pieces: int | None
    mapped: bool

    def __post_init__(self):
        up_to(LARGEST_HIDDEN, "hidden", self.hidden)
        up_to(MOST_HIDDEN_LAYERS, "hidden_layers", self.hidden_layers, lowest=0)
        checks.choice("optimizer", self.optimizer, tuple(OPTIMIZERS))
        checks.choice("dtype", self.dtype, tuple(DTYPES.values()))

    def make_network(self, inputs, outputs):
        """The untrained network, compiled."""
        sizes = [inputs, *[self.hidden] * self.hidden_layers]
        layers = [layer for pair in zip(sizes, sizes[1:]) for layer in (Dense(*pair), ReLU())]
        net = Network([*layers, Dense(sizes[-1], outputs)], dtype=self.dtype)
        kind, options = OPTIMIZERS[self.optimizer]
        net.compile("cross_entropy", kind(lr=0.01, **options))
        return net

    @property
    def words(self):
        """The settings in a few words, as a curve is called."""
        layers = f"{self.hidden_layers} x {self.hidden}" if self.hidden_layers else "no hidden layer"
        more = [self.optimizer, self.dtype]
        more += [f"pieces of {self.pieces}"] if self.pieces else []
        more += ["mapped file"] if self.mapped else []
        return ", ".join([layers, *more])


class MemoryForm:
    """Sliders and menus. changed(): called after any change; `widget` is what to display."""

    def __init__(self, start, batch_size, budget, rows, changed):
        self.batch_size = NumberSlider(
            "Batch size",
            batch_size,
            powers_up_to(rows),
            WholeField(min=1, max=rows),
            {1: "1", 32: "32", 256: "256", rows: f"all {rows:,}"},
            changed,
            "How many rows are averaged for one update",
        )
        self.budget = NumberSlider(
            "Budget in MB",
            budget,
            BUDGETS,
            NumberField(min=0.1, max=1000, step=0.5),
            {0.5: "0.5", 2: "2", 10: "10", 100: "100"},
            changed,
            "How much memory there is for training",
        )
        self.hidden = NumberSlider(
            "Hidden units",
            start.hidden,
            powers_up_to(LARGEST_HIDDEN),
            WholeField(min=1, max=LARGEST_HIDDEN),
            {1: "1", 8: "8", 64: "64", LARGEST_HIDDEN: str(LARGEST_HIDDEN)},
            changed,
            "How many numbers each hidden layer has for a row",
        )
        self.pieces = NumberSlider(
            "Micro-batch size",
            start.pieces or 64,
            [size for size in powers_up_to(rows) if size >= SMALLEST_PIECE],
            WholeField(min=SMALLEST_PIECE, max=rows),
            {SMALLEST_PIECE: str(SMALLEST_PIECE), 256: "256", rows: f"{rows:,}"},
            changed,
            "How many rows are computed at once",
        )
        self.layers = menu("Hidden layers", list(range(MOST_HIDDEN_LAYERS + 1)), start.hidden_layers)
        self.optimizer = menu("Optimizer", list(OPTIMIZERS), start.optimizer)
        self.dtype = menu("Numbers", list(DTYPES.items()), start.dtype)
        self.place = menu("The data set is", list(PLACES.items()), start.mapped)
        self.accumulate = ipywidgets.Checkbox(
            value=start.pieces is not None,
            description="Accumulate gradients",
            indent=False,
            tooltip="Compute each batch in pieces",
        )
        for widget in (self.layers, self.optimizer, self.dtype, self.place, self.accumulate):
            widget.observe(lambda change: self._moved(changed), "value")
        self._disable_what_does_nothing()
        sliders = [self.batch_size.widget, self.budget.widget, self.hidden.widget]
        menus = [self.layers, self.optimizer, self.dtype, self.place, self.accumulate, self.pieces.widget]
        self.widget = column([*sliders, *menus])

    @property
    def settings(self):
        """The MemorySettings as the controls stand."""
        return MemorySettings(
            self.hidden.value,
            self.layers.value,
            self.optimizer.value,
            self.dtype.value,
            self.pieces.value if self.accumulate.value else None,
            self.place.value,
        )

    def _moved(self, changed):
        self._disable_what_does_nothing()
        changed()

    def _disable_what_does_nothing(self):
        self.hidden.disable(self.layers.value == 0)
        self.pieces.disable(not self.accumulate.value)
