"""The form of the augmentation lab: how much there is to learn from, and what is done to the pictures of a batch."""

from dataclasses import dataclass, replace

import ipywidgets
import numpy as np

from .. import batches, checks
from ..layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU
from ..network import Network
from ..optimizers import Adam
from .controls import NumberSlider, WholeField, clock_buttons, column, menu, pace_menu, powers_up_to, rate_slider
from .controls import seed_field as field_of_the_seed
from .training_form import budget_fields

LARGEST_BATCH = 256  # one update of it stays well under 0.2 s
SHIFTS = {"none": 0, "up to 1 pixel": 1, "up to 2 pixels": 2, "up to 4 pixels": 4}
NOISES = {"none": 0.0} | {f"{deviation:g}": deviation for deviation in (0.1, 0.2, 0.4)}
ROWS = (500, 1000, 2000)  # stops of the menu, as far as there are so many rows, and all


@dataclass(frozen=True)
class AugmentationSettings:
    """What the learner chose for a run. budget: "epochs" or "updates", amount: how many of them."""

    rows: int
    batch_size: int
    lr: float
    shift: int  # pixels
    noise: float  # standard deviation
    budget: str
    amount: int
    seed: int

    def __post_init__(self):
        checks.positive_number("lr", self.lr)
        checks.whole_number("seed", self.seed, minimum=0)
        checks.choice("shift", self.shift, tuple(SHIFTS.values()))
        checks.choice("noise", self.noise, tuple(NOISES.values()))

    def augment(self):
        """The function (X, rng) that changes the pictures of a batch, or None."""
        steps = [batches.random_shift(self.shift)] if self.shift else []
        steps += [batches.random_noise(self.noise)] if self.noise else []
        return _one_after_another(steps) if steps else None

    def rows_of(self, train):
        """So many rows of `train`, evenly spread over it."""
        return train.subset(np.arange(self.rows) * len(train) // self.rows)

    def make_network(self, shape, classes):
        """The untrained network for images of `shape`, (channels, height, width), compiled."""
        layers = [Conv2D(shape[0], 8, 5), ReLU(), MaxPool2D(2), Conv2D(8, 16, 3), ReLU(), MaxPool2D(2), Flatten()]
        (numbers,) = Network(layers).output_shape(shape)
        net = Network([*layers, Dense(numbers, classes)], seed=self.seed, dtype=np.float32)
        net.compile("cross_entropy", Adam(self.lr))
        return net


def _one_after_another(steps):
    def augment(X, rng):
        for step in steps:
            X = step(X, rng)
        return X

    return augment


class AugmentationForm:
    """Sliders and menus for one run.

    start: the AugmentationSettings to begin with; rows: how many there are; pace: updates a second, or math.inf.
    changed(): called after a change that needs a new run; lr_changed(): after a new learning rate, which does not.
    `widget` is what to display; `clock` and `pace` are placed and observed by the lab.
    """

    def __init__(self, start, rows, pace, changed, lr_changed):
        self._start = start
        stops = sorted({start.rows, rows, *(stop for stop in ROWS if stop < rows)})
        self.rows = menu("Training rows", [(f"{'all ' * (stop == rows)}{stop:,}", stop) for stop in stops], start.rows)
        self.batch_size = _batch_size_slider(start.batch_size, min(rows, LARGEST_BATCH), changed)
        self.lr = rate_slider(start.lr, lr_changed)
        self.shift = menu("Shift", list(SHIFTS.items()), start.shift)
        self.noise = menu("Noise", list(NOISES.items()), start.noise)
        self.amount, self.budget = budget_fields(start)
        self.seed = field_of_the_seed(start.seed)
        self.pace, self.clock = pace_menu(pace), clock_buttons()
        self.clock.value = "updates"
        for widget in (self.rows, self.shift, self.noise, self.amount, self.budget, self.seed):
            widget.observe(lambda change: changed(), "value")
        budget = ipywidgets.HBox([self.amount, self.budget])
        menus = [self.shift, self.noise, self.rows]
        self.widget = column([*menus, self.batch_size.widget, self.lr.widget, budget, self.seed, self.pace])

    @property
    def settings(self):
        """The AugmentationSettings as the controls stand."""
        names = ("rows", "batch_size", "lr", "shift", "noise", "budget", "amount", "seed")
        return replace(self._start, **{name: getattr(self, name).value for name in names})


def _batch_size_slider(size, highest, changed):
    marks = {1: "1", 8: "8", 32: "32", 128: "128", highest: f"{highest}"}
    field = WholeField(min=1, max=highest)
    return NumberSlider(
        "Batch size", size, powers_up_to(highest), field, marks, changed, "Rows averaged for one update"
    )
