"""The form of the scaling lab: how the rows are split, how the columns are scaled, and how fast the network learns."""

from dataclasses import dataclass

import ipywidgets

from .. import checks, preparation
from .controls import WIDE, NumberField, NumberSlider, clock_buttons, menu, pace_menu, rate_slider

SCALINGS = {"none": None, "standard": preparation.standardize, "min-max": preparation.min_max}
FRACTIONS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 0.98)
LARGEST_EPOCHS = 1000


@dataclass(frozen=True)
class Preparation:
    """How the rows become ready. val, test, stratify: as in mb.split. leak: the statistics come from all rows."""

    scaling: str
    val: float
    test: float
    stratify: bool
    leak: bool

    @classmethod
    def checked(cls, scaling, val, test, stratify, leak):
        """The same, after a look at each; ValueError for what the controls do not offer."""
        low, high = FRACTIONS[0], FRACTIONS[-1]
        for name, fraction in (("val", val), ("test", test)):
            if checks.number(name, fraction, low) > high:
                raise ValueError(f"{name} must be a fraction from {low} to {high} in this lab; got {fraction!r}")
        if val + test >= 1:
            raise ValueError(f"val + test must be below 1, so that rows are left to train on; got {val} + {test}")
        return cls(checks.choice("scaling", scaling, tuple(SCALINGS)), val, test, bool(stratify), bool(leak))

    def parts_of(self, data, seed):
        """(train, val, test) as split, and the same three scaled. ValueError for fractions that leave no row."""
        if self.val + self.test >= 1:
            raise ValueError("Validation and test together must be below 1, so that rows are left to train on.")
        split = preparation.split(data, self.val, self.test, seed, self.stratify)
        scale = SCALINGS[self.scaling]
        if scale is None:
            return split, split
        if self.leak:
            return split, scale(data, *split)[1:]  # the statistics of every row, test rows included
        return split, scale(*split)


@dataclass(frozen=True)
class ScalingSettings:
    """What the learner chose."""

    preparation: Preparation
    lr: float
    epochs: int


class ScalingForm:
    """Menu, sliders, switches and fields; arguments and attributes as those of TrainingForm.

    start: the ScalingSettings to begin with.
    """

    def __init__(self, start, pace, changed, lr_changed):
        first = start.preparation
        self.scaling = menu("Scaling", list(SCALINGS), first.scaling)
        self.val = _fraction("Validation fraction", first.val, changed, "Which share of the rows is for validation")
        self.test = _fraction("Test fraction", first.test, changed, "Which share of the rows is for the final test")
        self.stratify = _switch("stratify: every class in its share", first.stratify)
        self.leak = _switch("leak: take the statistics from all rows", first.leak)
        self.lr = rate_slider(start.lr, lr_changed)
        self.epochs = ipywidgets.BoundedIntText(
            description="Train for, in epochs", value=start.epochs, min=1, max=LARGEST_EPOCHS, style=WIDE
        )
        self.epochs.layout.width = "auto"
        self.pace, self.clock = pace_menu(pace), clock_buttons()
        for widget in (self.scaling, self.stratify, self.leak, self.epochs):
            widget.observe(lambda change: changed(), "value")
        split = [self.val.widget, self.test.widget, self.stratify]
        self.widget = ipywidgets.VBox(
            [self.scaling, self.leak, *split, self.lr.widget, self.epochs, self.pace],
            layout={"width": "290px", "min_width": "290px", "padding": "0 12px 0 0"},
        )

    @property
    def settings(self):
        """The ScalingSettings as the controls stand."""
        how = (self.scaling.value, self.val.value, self.test.value, self.stratify.value, self.leak.value)
        return ScalingSettings(Preparation(*how), self.lr.value, self.epochs.value)


def _fraction(name, value, changed, about):
    field = NumberField(min=FRACTIONS[0], max=FRACTIONS[-1], step=0.01)
    marks = {0.01: "1%", 0.05: "5%", 0.15: "15%", 0.4: "40%", 0.98: "98%"}
    return NumberSlider(name, value, FRACTIONS, field, marks, changed, about)


def _switch(name, value):
    return ipywidgets.Checkbox(description=name, value=value, indent=False, style=WIDE, layout={"width": "auto"})
