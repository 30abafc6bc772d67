"""The lab of the slope: a ball on a loss curve, and the steps that a learning rate lets it take downhill."""

import ipywidgets

from .. import checks, figures
from . import svg
from .controls import NumberField, NumberSlider, menu, push_buttons
from .folds import folded
from .lab import Lab
from .programs import program_tabs, show_texts
from .programs.slopes import slope_programs
from .tables import table
from .walks import CURVES, LIMIT, Walk

SHOWN = 20  # as many of the last places of a walk are drawn and listed
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.1, 1.5, 2)
BUTTONS = {
    "Step": ("success", "Move the ball by one step"),
    "Ten steps": ("success", "Move the ball by ten steps"),
    "Back to the start": ("", "Put the ball back where you last placed it"),
}


class SlopeLab(Lab):
    """Shows a loss curve with a ball on it, the slope where it lies, and the step that a learning rate makes of it.

    curve: "parabola" or "two valleys"; w: the weight to start from, between -20 and 20; lr: the learning rate.
    `walks` keeps every walk of the ball, the newest last. `run()` makes ten steps, as the button does.
    Raises ValueError for a setting that the controls do not offer.
    """

    def __init__(self, curve="parabola", *, w=2.0, lr=0.1):
        curve = checks.choice("curve", curve, tuple(CURVES))
        w, lr = checks.number("w", w, -LIMIT, LIMIT), checks.number("lr", lr, 0.0001, 10)
        super().__init__()
        self.walks = [Walk(curve, [w])]
        self._ids = svg.new_prefix()
        self._build(curve, w, lr)
        self._show("Ready: press Step, or move the ball by its slider w.")

    @property
    def walk(self):
        """The walk that is going on."""
        return self.walks[-1]

    def figure(self):
        """What the lab shows now, as a matplotlib figure."""
        curve, places = self.walk.curve, self.walk.places[-SHOWN:]
        return figures.slope(curve.loss, places, self.rate.value, curve.span)

    def run(self):
        """Make ten steps, as the button Ten steps does."""
        self._step(10)

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self, curve, w, lr):
        self.curve = menu("Curve", list(CURVES), curve)
        self.weight = NumberSlider(
            "Weight w",
            w,
            [tenth / 10 for tenth in range(-30, 31)],
            NumberField(min=-LIMIT, max=LIMIT, step=0.1),
            {-3: "-3", 0: "0", 3: "3"},
            self.handler(self._placed),
            "Where the ball lies",
        )
        self.weight.slider.continuous_update = True  # the ball follows the mouse
        self.rate = NumberSlider(
            "Learning rate",
            lr,
            RATES,
            NumberField(min=0.0001, max=10, step=0.01),
            {0.01: "0.01", 0.1: "0.1", 0.5: "0.5", 1: "1", 2: "2"},
            self.handler(self._rate_changed),
            "How far one step goes for a slope of 1",
        )
        self.curve.observe(lambda change: self.handler(self._curve_changed)(), "value")
        actions = [lambda: self._step(1), lambda: self._step(10), self._back]
        self.buttons = push_buttons(BUTTONS, map(self.handler, actions))
        self.picture, self.words, self.table = (ipywidgets.HTML(layout={"width": "100%"}) for _ in range(3))
        self.code = program_tabs()
        narrow = {"width": "290px", "min_width": "290px", "padding": "0 12px 0 0"}
        form = ipywidgets.VBox([self.curve, self.weight.widget, self.rate.widget], layout=narrow)
        row = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        self.status.layout.min_height = "58px"  # two lines, so that the picture does not jump
        live = [row, self.words, self.status, self.picture]
        right = ipywidgets.VBox(live, layout={"flex": "1 1 420px", "width": "auto"})
        self.view.children = [
            ipywidgets.HBox([form, right], layout={"flex_flow": "row wrap"}),
            folded({"Table of the steps": self.table, "Show the code": self.code}),
        ]

    def _show(self, happened):
        text = self.walk.next_step(self.rate.value)
        self.weight.field.value = round(self.walk.w, 2)
        self.words.value = f'<div class="mbtutor-words" style="line-height:1.5">{text}</div>'
        self.picture.value = svg.picture(self.figure(), "mbtutor-slope", self._ids, text)
        self.table.value = table("The walk so far", self.walk.rows(SHOWN))
        show_texts(self.code, slope_programs(self.curve.value, self.walk.places[0], self.rate.value, LIMIT))
        self.buttons["Back to the start"].disabled = not self.walk.rates
        self.say(happened)

    # What a learner does ------------------------------------------------------------------------------------------

    def _step(self, steps):
        self._show(self.walk.go(steps, self.rate.value))
        self.tell_watchers()

    def _back(self):
        self._begin(self.walk.places[0], "Back at the start.")

    def _placed(self):
        """The learner has put the ball somewhere; where the field only follows a step there is nothing to do."""
        if self.weight.value != round(self.walk.w, 2):
            self._begin(self.weight.value, f"A new start at w = {self.weight.value:g}.")

    def _curve_changed(self):
        self._begin(self.walk.places[0], f"Another curve: {CURVES[self.curve.value].formula}.")

    def _rate_changed(self):
        self._show(f"The next step is made with learning rate {self.rate.value:g}.")
        self.tell_watchers()

    def _begin(self, w, happened):
        if not self.walk.rates:
            self.walks.pop()  # a ball that was only moved to and fro has made no walk
        self.walks.append(Walk(self.curve.value, [w]))
        self._show(happened)
        self.tell_watchers()
