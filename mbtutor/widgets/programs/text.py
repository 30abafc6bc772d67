"""How values are written in a program, and what all programs say alike."""

import html

GIVEN = "# train and val: the two data sets that you gave to the lab"


def keras_imports(*modules):
    """The lines that import Keras, and these modules before. Keras chooses TensorFlow, also where it is missing."""
    return f"""{chr(10).join(f"import {name}" for name in sorted(["importlib.util", "os", *modules]))}

installed = filter(importlib.util.find_spec, ["tensorflow", "torch", "jax"])
os.environ.setdefault("KERAS_BACKEND", next(installed))  # what Keras computes with
import keras
"""


def made(data, name="train", given=GIVEN):
    """The lines that make the data set, called `name`; where mbtutor does not know them, who gave it."""
    return "\n".join(data.recipe) if data.recipe and data.name == name else given


def real(value):
    """A number with its point, as Keras wants a learning rate: 1.0, not 1."""
    text = f"{value:g}"
    return text if set(text) & set(".en") else f"{text}.0"


def arguments(**options):
    """The options as they stand in a call: `lr=0.1, momentum=0.9`."""
    return ", ".join(f"{name}={real(value) if isinstance(value, float) else value}" for name, value in options.items())


def decay(settings):
    """The weight decay as an option of the optimizer, where there is one."""
    return {"weight_decay": settings.weight_decay} if settings.weight_decay else {}


def layer_lines(sizes, dense, activation, dropout=""):
    """One indented line a layer: the Dense layer called `dense`, then `activation` and `dropout` but after the last."""
    activation += f", {dropout}" if dropout else ""
    calls = [f"{dense}({inputs}, {outputs})," for inputs, outputs in zip(sizes, sizes[1:])]
    return "\n".join([f"    {call} {activation}," for call in calls[:-1]] + [f"    {calls[-1]}"])


def page(text):
    """The program as HTML text."""
    return f'<pre class="mbtutor-code" style="overflow-x:auto">{html.escape(text)}</pre>'
