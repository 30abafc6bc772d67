"""The form of the training lab: what the learner can set, with the values at hand."""

from dataclasses import replace

import ipywidgets

from .controls import (
    NARROW,
    WIDE,
    NumberSlider,
    WholeField,
    clock_buttons,
    column,
    menu,
    pace_menu,
    powers_up_to,
    rate_slider,
)
from .settings import ACTIVATIONS, INITS, LOSSES, OPTIMIZERS

# One update on all digits at once stays under 0.2 s: with 512 units in one hidden layer, or 256 in each of three.
LARGEST_HIDDEN = {False: 512, True: 256}  # {are there controls for more than one hidden layer: units}
MOST_HIDDEN_LAYERS = 3
LARGEST_BUDGET = 100_000


class TrainingForm:
    """Sliders and fields for one training run.

    start: the Settings to begin with; rows: how many rows there are to train on; pace: updates a second, or math.inf.
    architecture: True adds the menus of the network, in the dict `architecture` by their names in Settings.
    changed(): called after a change that needs a new run; lr_changed(): after a new learning rate, which does not.
    `widget` is what to display, and with architecture `network` too; `clock` and `pace` are placed and observed by
    the lab.
    """

    def __init__(self, start, rows, pace, changed, lr_changed, architecture=False):
        self._start = start
        self.batch_size = batch_size_slider(start.batch_size, rows, changed)
        self.lr = rate_slider(start.lr, lr_changed)
        self.hidden = hidden_slider(start.hidden, LARGEST_HIDDEN[architecture], changed)
        self.architecture = _architecture_menus(start) if architecture else {}
        self.optimizer = menu("Optimizer", list(OPTIMIZERS), start.optimizer)
        self.amount, self.budget = budget_fields(start)
        self.pace, self.clock = pace_menu(pace), clock_buttons()
        self._disable_what_does_nothing()
        for widget in (self.optimizer, self.amount, self.budget, *self.architecture.values()):
            widget.observe(lambda change: self._menu_moved(changed), "value")
        budget = ipywidgets.HBox([self.amount, self.budget])
        self.network, of_network, of_training = None, [self.hidden.widget], [self.optimizer, budget, self.pace]
        if architecture:
            layers, activation, init, loss = self.architecture.values()
            of_network, of_training = [], [loss, *of_training]
            self.network = ipywidgets.VBox([layers, self.hidden.widget, activation, init], layout=NARROW)
        self.widget = column([self.batch_size.widget, self.lr.widget, *of_network, *of_training])

    @property
    def settings(self):
        """The Settings as the controls stand."""
        return replace(
            self._start,
            batch_size=self.batch_size.value,
            lr=self.lr.value,
            optimizer=self.optimizer.value,
            hidden=self.hidden.value,
            budget=self.budget.value,
            amount=self.amount.value,
            **{name: widget.value for name, widget in self.architecture.items()},
        )

    def _menu_moved(self, changed):
        self._disable_what_does_nothing()
        changed()

    def _disable_what_does_nothing(self):
        """Without a hidden layer there are no hidden units and no activation to choose."""
        if self.architecture:
            none = self.architecture["hidden_layers"].value == 0
            self.hidden.disable(none)
            self.architecture["activation"].disabled = none


def budget_fields(start):
    """How long a run goes on: (the field of the amount, the menu of its unit), for one line."""
    amount = ipywidgets.BoundedIntText(
        description="Train for", value=start.amount, min=1, max=LARGEST_BUDGET, style=WIDE, layout={"width": "50%"}
    )
    unit = ipywidgets.Dropdown(
        description="Unit", options=["epochs", "updates"], value=start.budget, style=WIDE, layout={"width": "50%"}
    )
    return amount, unit


def batch_size_marks(rows):
    """What is written under the slider of the batch size."""
    return {1: "1", 32: "32", 64: "64", 128: "128", rows: f"all {rows:,}"}


def batch_size_slider(size, rows, changed):
    """The slider of the batch size, from 1 to all `rows`."""
    return NumberSlider(
        "Batch size",
        size,
        powers_up_to(rows),
        WholeField(min=1, max=rows),
        batch_size_marks(rows),
        changed,
        "How many rows are averaged for one update",
    )


def hidden_slider(units, highest, changed):
    """The slider of the hidden units, from 1 to `highest`."""
    return NumberSlider(
        "Hidden units",
        units,
        powers_up_to(highest),
        WholeField(min=1, max=highest),
        {1: "1", 8: "8", 32: "32", 128: "128", highest: str(highest)},
        changed,
        "How many numbers the network has between its input and its output",
    )


def _architecture_menus(start):
    """{name in Settings: widget} for the network's layers, its first weights and its loss."""
    return {
        "hidden_layers": menu("Hidden layers", list(range(MOST_HIDDEN_LAYERS + 1)), start.hidden_layers),
        "activation": menu("Activation", list(ACTIVATIONS), start.activation),
        "init": menu("First weights", list(INITS), start.init),
        "loss": menu("Loss", list(LOSSES), start.loss),
    }
