"""Sections of a lab that are folded away: each has a button that opens and closes it, by mouse or by keyboard."""

import ipywidgets

ICONS = {False: "caret-right", True: "caret-down"}  # {is the section open: what its button shows}


def folded(sections):
    """The widget with all sections, {title: widget}, closed. (The Tab key passes by an ipywidgets.Accordion.)"""
    return ipywidgets.VBox([_fold(*section) for section in sections.items()], layout={"margin": "8px 0 0 0"})


def _fold(title, section):
    layout = {"width": "auto", "align_self": "flex-start"}
    button = ipywidgets.ToggleButton(description=title, tooltip="Open or close this section", layout=layout)

    def show(change=None):
        button.icon, section.layout.display = ICONS[button.value], None if button.value else "none"

    button.observe(show, "value")
    show()
    return ipywidgets.VBox([button, section])
