"""The form of the training lab: what the learner can set, with the values at hand."""

import ipywidgets

from .controls import WIDE, NumberSlider, clock_buttons, menu, pace_menu, powers_up_to, rate_slider
from .programs import OPTIMIZERS, Settings

LARGEST_HIDDEN = 512
LARGEST_BUDGET = 100_000


class TrainingForm:
    """Sliders and fields for one training run.

    start: the Settings to begin with; rows: how many rows there are to train on; pace: updates a second, or math.inf.
    changed(): called after a change that needs a new run; lr_changed(): after a new learning rate, which does not.
    `widget` is what to display; `clock` and `pace` are widgets of their own, to be placed and observed by the lab.
    """

    def __init__(self, start, rows, pace, changed, lr_changed):
        self.seed = start.seed
        self.batch_size = NumberSlider(
            "Batch size",
            start.batch_size,
            powers_up_to(rows),
            ipywidgets.BoundedIntText(min=1, max=rows),
            {1: "1", 32: "32", 64: "64", 128: "128", rows: f"all {rows:,}"},
            changed,
            "How many rows are averaged for one update",
        )
        self.lr = rate_slider(start.lr, lr_changed)
        self.hidden = NumberSlider(
            "Hidden units",
            start.hidden,
            powers_up_to(LARGEST_HIDDEN),
            ipywidgets.BoundedIntText(min=1, max=LARGEST_HIDDEN),
            {1: "1", 8: "8", 32: "32", 128: "128", LARGEST_HIDDEN: str(LARGEST_HIDDEN)},
            changed,
            "How many numbers the network has between its input and its output",
        )
        self.optimizer = menu("Optimizer", list(OPTIMIZERS), start.optimizer)
        self.amount = ipywidgets.BoundedIntText(
            description="Train for", value=start.amount, min=1, max=LARGEST_BUDGET, style=WIDE, layout={"width": "50%"}
        )
        self.budget = ipywidgets.Dropdown(
            options=["epochs", "updates"],
            value=start.budget,
            tooltip="The unit of the budget",
            layout={"width": "50%"},
        )
        self.pace = pace_menu(pace)
        self.clock = clock_buttons()
        for widget in (self.optimizer, self.amount, self.budget):
            widget.observe(lambda change: changed(), "value")
        self.widget = ipywidgets.VBox(
            [
                self.batch_size.widget,
                self.lr.widget,
                self.hidden.widget,
                self.optimizer,
                ipywidgets.HBox([self.amount, self.budget]),
                self.pace,
            ],
            layout={"width": "290px", "min_width": "290px", "padding": "0 12px 0 0"},
        )

    @property
    def settings(self):
        """The Settings as the controls stand."""
        return Settings(
            batch_size=self.batch_size.value,
            lr=self.lr.value,
            optimizer=self.optimizer.value,
            hidden=self.hidden.value,
            budget=self.budget.value,
            amount=self.amount.value,
            seed=self.seed,
        )
