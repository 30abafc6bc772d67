"""A question on the page: choose, commit, and read the reply; by mouse or by keyboard."""

import ipywidgets

from .lab import Lab

LETTERS = "abcdefgh"


class Asking(Lab):
    """What quiz and prediction share: a widget without a picture, and the questions as text for every other reader."""

    css_class = "mbtutor-asking"

    def figure(self):
        """None: there is nothing to draw."""

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {**self.view._repr_mimebundle_(), "text/plain": repr(self)}


def choices(options):
    """Radio buttons, none of them chosen. Their `index` is None or the number of the chosen one."""
    buttons = ipywidgets.RadioButtons(options=list(options), value=None, layout={"width": "auto"})
    buttons.add_class("mbtutor-choices")
    return buttons


def button(text, action, style="", tooltip=""):
    """A button as wide as its text."""
    layout = {"width": "auto", "align_self": "flex-start"}
    made = ipywidgets.Button(description=text, button_style=style, tooltip=tooltip or text, layout=layout)
    made.on_click(lambda _: action())
    return made


def boxed(children, colour="#0072B2"):
    """The widgets one below the other, with a bar of that colour on the left."""
    layout = {"border_left": f"4px solid {colour}", "padding": "4px 4px 8px 14px", "margin": "6px 0"}
    return ipywidgets.VBox(children, layout=layout)


def paragraph(text, role=""):
    """One paragraph of HTML. role: "status" where a screen reader shall announce a change."""
    role = f' role="{role}"' if role else ""
    return f'<div class="mbtutor-paragraph" style="line-height:1.5;max-width:780px"{role}>{text}</div>'


def listed(text, options):
    """A question and its options as plain lines."""
    return "\n".join([text, *(f"  {letter}) {option}" for letter, option in zip(LETTERS, options))])
