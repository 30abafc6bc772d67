"""Show the code: the settings of a lab as a program for mbtutor and for each framework, ready to run."""

import ipywidgets

from . import keras, mbtutor, pytorch, tensorflow
from .text import made, page

MAKERS = {"mbtutor": mbtutor, "PyTorch": pytorch, "Keras": keras, "TensorFlow": tensorflow}


def programs(settings, train):
    """{framework: text}: each program makes the data, trains and prints what it reached.

    Where mbtutor does not know how the learner made the data, the program uses `train` and `val` as they stand.
    """
    sizes, data = settings.sizes(train.X.shape[1], train.classes or 1), made(train)
    return {name: maker.program(settings, sizes, data) for name, maker in MAKERS.items()}


def program_tabs():
    """The widget that shows the programs, one tab a framework."""
    return ipywidgets.Tab([ipywidgets.HTML() for _ in MAKERS], titles=tuple(MAKERS))


def show_programs(tabs, settings, train):
    """Write the programs of these Settings into the tabs."""
    show_texts(tabs, programs(settings, train))


def show_texts(tabs, texts):
    """Write these programs into the tabs. texts: {framework: text}, for every one of MAKERS."""
    for tab, name in zip(tabs.children, MAKERS, strict=True):
        tab.value = page(texts[name])
