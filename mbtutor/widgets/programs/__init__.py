"""Show the code: the settings of a lab as a program for mbtutor, PyTorch or Keras, ready to run."""

import html

import ipywidgets

from . import keras, mbtutor, pytorch


def programs(settings, train):
    """{"mbtutor": text, "PyTorch": text, "Keras": text}: each makes the data, trains and prints what it reached.

    Where mbtutor does not know how the learner made the data, the program uses `train` and `val` as they stand.
    """
    sizes = settings.sizes(train.X.shape[1], train.classes)
    data = "\n".join(train.recipe) or "# train and val: the two data sets that you gave to the lab"
    makers = {"mbtutor": mbtutor, "PyTorch": pytorch, "Keras": keras}
    return {name: maker.program(settings, sizes, data) for name, maker in makers.items()}


def program_tabs(titles=("mbtutor", "PyTorch", "Keras")):
    """The widget that shows the programs, one tab a framework."""
    return ipywidgets.Tab([ipywidgets.HTML() for _ in titles], titles=titles)


def show_programs(tabs, settings, train):
    """Write the programs of these Settings into the tabs."""
    show_texts(tabs, programs(settings, train))


def show_texts(tabs, texts):
    """Write these programs into the tabs, one each. texts: as `programs` returns them."""
    for tab, text in zip(tabs.children, texts.values()):
        tab.value = f'<pre class="mbtutor-code" style="overflow-x:auto">{html.escape(text)}</pre>'
