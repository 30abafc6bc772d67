"""What labs are set with, by mouse, keyboard or screen reader: a slider has a field beside it that says the same."""

import math

import ipywidgets
import traitlets

from .. import checks
from ..history import CLOCKS

PACES = {f"{pace:,} a second": pace for pace in (1, 5, 20, 50, 100, 200, 1000)} | {"as fast as it can": math.inf}
# The learning rates a slider stops at: three in each power of ten from 0.0001 to 10.
RATES = [digit * 10**power for power in range(-4, 1) for digit in (1, 2, 5)] + [10]
LARGEST_SEED = 9999
WIDE = {"description_width": "initial"}  # room for the whole label
NARROW = {"width": "290px", "min_width": "290px", "padding": "0 12px 0 0"}  # of a form beside a picture


class _TellsLimits:
    """A number field that says so when a number had to be changed to fit between its min and its max."""

    said = None  # said(text), set by who shows it; the text is empty after a number that fits

    @traitlets.validate("value")
    def _validate_value(self, proposal):
        value = super()._validate_value(proposal)
        if self.said:
            given = proposal["value"]
            limits = f"{self.description} goes from {self.min:,} to {self.max:,}; {given:,} became {value:,}."
            self.said("" if given == value else limits)
        return value


class WholeField(_TellsLimits, ipywidgets.BoundedIntText):
    """A field for a whole number from min to max."""


class NumberField(_TellsLimits, ipywidgets.BoundedFloatText):
    """A field for a number from min to max."""


class NumberSlider:
    """A slider over chosen values with a number field for any other value; `value` is the field's.

    options: the values the slider stops at. field: a WholeField or NumberField. marks: {value: text} written under
    the slider. changed(): called after a change by the learner, once, when the slider is let go or the field is left.
    `widget` is what to display.
    """

    def __init__(self, name, value, options, field, marks, changed, tooltip=""):
        self.options, self._changed, self._moving = list(options), changed, False
        self.field = field
        self.field.description, self.field.value, self.field.tooltip = name, value, tooltip
        self.field.style.description_width, self.field.layout.width = "initial", "auto"
        self.slider = ipywidgets.SelectionSlider(
            options=_labelled(self.options),
            value=self._nearest(value),
            readout=False,
            continuous_update=False,
            layout={"width": "auto", "margin": "0 6px"},
            tooltip=f"{name}: drag, or use the arrow keys",
        )
        self.slider.observe(self._slid, "value")
        self.field.observe(self._typed, "value")
        self._scale = ipywidgets.HTML(_scale(self.options, marks), layout={"margin": "-5px 14px 4px 14px"})
        self.limits = ipywidgets.HTML(layout={"display": "none", "margin": "-4px 0 0 0"})
        self.field.said = self._say_limits
        self.widget = ipywidgets.VBox([self.field, self.limits, self.slider, self._scale], layout={"width": "100%"})

    @property
    def value(self):
        return self.field.value

    def offer(self, options, marks):
        """Stop at other values from now on, and let the field go no further than the last; `changed` is not called."""
        self.options, self._moving = list(options), True
        with self.slider.hold_sync():  # the page never sees the new stops with the old place
            self.slider.options = _labelled(self.options)
            self.field.max = self.options[-1]
            self.slider.value = self._nearest(self.field.value)
        self._scale.value, self._moving = _scale(self.options, marks), False

    def disable(self, disabled=True):
        """Let the learner move it or not."""
        self.field.disabled = self.slider.disabled = disabled

    def _say_limits(self, text):
        self.limits.layout.display = None if text else "none"
        self.limits.value = f'<span class="mbtutor-limits" role="status" style="font-size:12px">{text}</span>'

    def _slid(self, change):
        if not self._moving:
            self.field.value = change["new"]

    def _typed(self, change):
        if self._moving:
            return
        self._moving = True  # the slider follows the field, and must not answer it
        self.slider.value = self._nearest(change["new"])
        self._moving = False
        self._changed()

    def _nearest(self, value):
        by_ratio = self.options[0] > 0
        return min(self.options, key=lambda option: abs(math.log(option / value) if by_ratio else option - value))


def push_buttons(about, actions, width="auto"):
    """{name: Button}. about: {name: (style, tooltip)}. actions: what a click on each calls, in the same order."""
    made = {}
    for (name, (style, tooltip)), action in zip(about.items(), actions, strict=True):
        button = ipywidgets.Button(description=name, button_style=style, tooltip=tooltip, layout={"width": width})
        button.on_click(lambda button, action=action: action())
        made[name] = button
    return made


def rate_slider(lr, changed):
    """The slider of the learning rate."""
    field = NumberField(min=1e-6, max=100, step=0.01)
    marks = {0.0001: "0.0001", 0.001: "0.001", 0.01: "0.01", 0.1: "0.1", 1: "1", 10: "10"}
    return NumberSlider("Learning rate", lr, RATES, field, marks, changed, "How far one update moves the weights")


def menu(name, options, value):
    """A labelled drop-down menu. options: values, or (text, value) pairs."""
    return ipywidgets.Dropdown(description=name, options=options, value=value, style=WIDE, layout={"width": "auto"})


def seed_field(seed):
    """The field of the seed."""
    return ipywidgets.BoundedIntText(
        description="Seed",
        value=seed,
        max=max(LARGEST_SEED, seed),
        style=WIDE,
        layout={"width": "auto"},
        tooltip="Which first weights and which order of the rows chance deals out",
    )


def pace_menu(pace):
    """How many updates a second a run makes, one of PACES."""
    return menu("Pace, in updates", list(PACES.items()), pace)


def clock_buttons():
    """What the horizontal axis counts, one of CLOCKS."""
    return ipywidgets.ToggleButtons(
        options=list(CLOCKS),
        description="Horizontal axis",
        style={**WIDE, "button_width": "90px"},
        layout={"width": "auto"},
    )


def column(widgets):
    """The widgets of a form: one below another beside the picture, two in a row where there is no room beside it."""
    for widget in widgets:
        widget.layout.flex, widget.layout.max_width = "1 1 270px", "360px"
    wrap = {"display": "flex", "flex_flow": "row wrap", "align_items": "flex-start", "align_content": "flex-start"}
    wrap |= {"grid_gap": "0 12px"}
    return ipywidgets.Box(widgets, layout={**NARROW, **wrap, "width": "auto", "flex": "1 1 290px"})


def powers_up_to(highest):
    """1, 2, 4, ... below `highest`, then `highest` itself."""
    return [2**k for k in range(highest.bit_length()) if 2**k < highest] + [highest]


def _labelled(options):
    return [(f"{option:g}", option) for option in options]


def _scale(options, marks):
    """The marks under a slider, each at the place of its value."""
    places = {
        options.index(value) / max(1, len(options) - 1): text for value, text in marks.items() if value in options
    }
    return "".join(
        [
            '<div aria-hidden="true" style="position:relative;height:15px;font:10px/12px sans-serif;opacity:.75">',
            *(
                f'<span style="position:absolute;left:{100 * place:.1f}%;white-space:nowrap;'
                f'transform:translateX(-{100 * place:.0f}%)">{text}</span>'
                for place, text in places.items()
            ),
            "</div>",
        ]
    )


def up_to(highest, name, value, lowest=1):
    """Return `value` if it is a whole number from `lowest` to `highest`, as the controls allow, else a ValueError."""
    if checks.whole_number(name, value, lowest) > highest:
        raise ValueError(f"{name} must be at most {highest:,} in this lab; got {value}")
    return value
