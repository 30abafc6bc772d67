"""What a lab with runs looks like: its buttons, and where everything stands on the page."""

import ipywidgets

from .controls import push_buttons
from .folds import folded

BUTTONS = {
    "Train": ("success", "Start a run from the same untrained network"),
    "Pause": ("", "Hold the run, or let it go on"),
    "One update": ("", "Make exactly one update, then hold"),
    "Stop": ("danger", "End the run; its curve stays"),
    "Reset": ("", "Forget all runs; the settings stay"),
    "Save": ("", "Write the picture and the numbers into the folder exports"),
}
NOTE = (
    '<small style="opacity:.75">The square in JupyterLab\'s toolbar stops a cell. It does not stop this lab: '
    "use the lab's own Stop.</small>"
)


def run_buttons(actions, start="Train"):
    """{name: Button} in the order of BUTTONS. actions: what a click on each calls, in the same order.

    start: what the first button is called.
    """
    first, *others = BUTTONS
    about = {start: BUTTONS[first], **{name: BUTTONS[name] for name in others}}
    return push_buttons(about, actions, width="98px")


def enable(buttons, playing, loaded, runs):
    """Offer only the buttons that do something now. loaded: a run is under way, held or not. runs: there are some."""
    next(iter(buttons.values())).disabled = playing
    buttons["Pause"].disabled = buttons["Stop"].disabled = not loaded
    buttons["Pause"].description = "Go on" if loaded and not playing else "Pause"
    buttons["Save"].disabled = buttons["Reset"].disabled = not runs


def page(buttons, form, live, above, below, sections):
    """The widgets of the page, top to bottom. live: what stands beside the form. sections: {title: widget}, folded."""
    row = ipywidgets.HBox(list(buttons.values()), layout={"flex_flow": "row wrap"})
    right = ipywidgets.VBox([row, form.clock, *live], layout={"flex": "1000 1 520px", "width": "auto"})
    return [
        *above,
        ipywidgets.HBox([form.widget, right], layout={"flex_flow": "row wrap"}),
        *below,
        folded(sections),
        ipywidgets.HTML(NOTE),
    ]
