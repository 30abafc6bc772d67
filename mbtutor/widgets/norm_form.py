"""The form of the batch norm lab."""

from dataclasses import dataclass, replace

import ipywidgets

from .. import checks
from ..layers import BatchNorm, Dense, Flatten, ReLU
from ..network import Network
from ..optimizers import Adam
from .controls import NumberSlider, WholeField, clock_buttons, column, menu, pace_menu, powers_up_to, rate_slider
from .controls import seed_field as field_of_the_seed
from .training_form import budget_fields

HIDDEN = 64
LARGEST_BATCH = 256
NORMS = {"after the hidden layer": True, "none": False}
SHARES = (0.01, 0.1, 0.5, 0.9)


@dataclass(frozen=True)
class NormSettings:
    """What the learner chose for a run. budget: "epochs" or "updates", amount: how many of them."""

    batch_size: int
    norm: bool
    momentum: float
    lr: float
    budget: str
    amount: int
    seed: int
    hidden: int = HIDDEN

    def __post_init__(self):
        checks.positive_number("lr", self.lr)
        checks.whole_number("seed", self.seed, minimum=0)
        checks.choice("norm", self.norm, tuple(NORMS.values()))
        checks.choice("momentum", self.momentum, SHARES)

    def make_network(self, inputs, classes):
        """The untrained network, compiled."""
        norm = [BatchNorm(self.hidden, momentum=self.momentum)] if self.norm else []
        layers = [Flatten(), Dense(inputs, self.hidden), *norm, ReLU(), Dense(self.hidden, classes)]
        net = Network(layers, seed=self.seed)
        net.compile("cross_entropy", Adam(self.lr))
        return net


class NormForm:
    """Sliders and menus for one run.

    start: the NormSettings to begin with; rows: how many there are; pace: updates a second, or math.inf.
    changed(): called after a change that needs a new run; lr_changed(): after a new learning rate, which does not.
    `widget` is what to display; `clock` and `pace` are placed and observed by the lab.
    """

    def __init__(self, start, rows, pace, changed, lr_changed):
        self._start = start
        self.batch_size = _batch_size_slider(start.batch_size, min(rows, LARGEST_BATCH), changed)
        self.norm = menu("Batch norm", list(NORMS.items()), start.norm)
        self.momentum = menu("Share of the newest batch", [(f"{share:g}", share) for share in SHARES], start.momentum)
        self.lr = rate_slider(start.lr, lr_changed)
        self.amount, self.budget = budget_fields(start)
        self.seed = field_of_the_seed(start.seed)
        self.pace, self.clock = pace_menu(pace), clock_buttons()
        self.clock.value = "updates"
        for widget in (self.norm, self.momentum, self.amount, self.budget, self.seed):
            widget.observe(lambda change: self._moved(changed), "value")
        self.momentum.disabled = not start.norm
        budget = ipywidgets.HBox([self.amount, self.budget])
        norm = [self.batch_size.widget, self.norm, self.momentum]
        self.widget = column([*norm, self.lr.widget, budget, self.seed, self.pace])

    @property
    def settings(self):
        """The NormSettings as the controls stand."""
        names = ("batch_size", "norm", "momentum", "lr", "budget", "amount", "seed")
        return replace(self._start, **{name: getattr(self, name).value for name in names})

    def _moved(self, changed):
        self.momentum.disabled = not self.norm.value  # without batch norm it does nothing
        changed()


def _batch_size_slider(size, highest, changed):
    marks = {2: "2", 8: "8", 32: "32", 128: "128", highest: f"{highest}"}
    field = WholeField(min=2, max=highest)
    stops = powers_up_to(highest)[1:]
    return NumberSlider("Batch size", size, stops, field, marks, changed, "Rows that batch norm averages over")
