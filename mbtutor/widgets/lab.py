"""What every lab shares: it shows its errors, cleans up after a cell that runs again, and leaves a picture behind."""

import asyncio
import functools
import html
import os
import traceback
import weakref

import ipywidgets
from IPython import get_ipython

from .. import figures

# Where the keyboard is must be seen, in a light and a dark theme; ipywidgets draws no more than a pale border. It also
# draws the arrow of a menu black on a dark page: there it is drawn again in white.
WHITE_ARROW = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E"
    "%3Cpath fill='none' stroke='white' stroke-width='2' d='M5 7l4 4 4-4'/%3E%3C/svg%3E"
)
STYLE = f"""<style>:is(.mbtutor-lab, .mbtutor-asking) :focus-visible:focus-visible {{
  outline: 2px solid {figures.BLUE} !important; outline-offset: 1px }}
.mbtutor-lab :is(.mbtutor-status, .mbtutor-progress) {{ line-height: 1.6 }}
[data-jp-theme-light="false"] .mbtutor-lab {{
  --jp-widgets-dropdown-arrow: url("{WHITE_ARROW}") }}</style>"""

_of_cell = {}  # which labs each notebook cell made when it last ran: {cell: (how often it has run, [labs])}


class Lab:
    """A room of sliders and pictures. A subclass fills `self.view` and writes `figure` and `run`.

    Errors in a handler never vanish: `handler` shows them in the status line.
    """

    css_class = "mbtutor-lab"  # what its part of the page is called

    def __new__(cls, *arguments, **options):
        lab = super().__new__(cls)
        lab._made_with, lab._watchers = (arguments, options), []
        lab._home = _running_loop()
        return lab

    def __init__(self):
        self.status = ipywidgets.HTML()
        self.view = ipywidgets.VBox([self.status]).add_class(self.css_class)
        _retire_earlier(self)

    def figure(self):
        """The matplotlib figure that shows what the lab shows now."""
        raise NotImplementedError

    def twin(self):
        """A new lab made with the same arguments: the same data and the same first settings."""
        arguments, options = self._made_with
        return type(self)(*arguments, **options)

    def run(self):
        """Do what the lab's main button does, to its end and without a browser."""
        raise NotImplementedError

    def watch(self, callback):
        """Call callback(lab) when the lab comes to rest: a run has ended or, in a lab without runs, a control moved."""
        self._watchers.append(callback)

    def tell_watchers(self):
        """Say to whoever watches that the lab has come to rest; an error of theirs is shown in the lab."""
        for callback in self._watchers:
            self.handler(callback)(self)

    def close(self):
        """Stop whatever runs and give the widgets' memory back."""
        for widget in list(_all_widgets(self.view)):
            for part in (getattr(widget, "style", None), widget.layout, widget):
                if part is not None:
                    part.close()

    def say(self, text, error=False):
        """Put one line into the status, where a screen reader announces it."""
        style = "color:var(--jp-error-color1,#B00020);font-weight:600" if error else ""
        role = "alert" if error else "status"
        line = f'<div class="mbtutor-status" role="{role}" style="{style}">{html.escape(text)}</div>'
        self.status.value = STYLE + line

    def fail(self, error):
        """Show an exception to the learner: what happened, in words; where, only for one that nobody foresaw."""
        if isinstance(error, KeyboardInterrupt):
            return self.say("Stopped by an interrupt of the kernel. What was done so far is kept.")
        foreseen = isinstance(error, (ValueError, TypeError, ArithmeticError))
        place = "" if foreseen else " at " + "".join(traceback.format_tb(error.__traceback__)[-1:]).strip()
        return self.say(f"{'Stopped' if foreseen else type(error).__name__}: {error}{place}", error=True)

    def handler(self, action):
        """Wrap a button's or slider's action so that its error is shown in the lab.

        Some kernels bring clicks on another thread than the one that trains: they are handed over to the event loop
        in which the lab was made, so that a lab does one thing at a time.
        """

        @functools.wraps(action)
        def guarded(*arguments):
            try:
                return action(*arguments)
            except Exception as error:
                return self.fail(error)

        @functools.wraps(action)
        def at_home(*arguments):
            if self._home is None or self._home is _running_loop() or not self._home.is_running():
                return guarded(*arguments)
            return self._home.call_soon_threadsafe(guarded, *arguments)

        return at_home

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The live lab for a page with a kernel; a picture and a line of text for every other reader."""
        lab = self
        if os.environ.get("MBTUTOR_SNAPSHOT"):  # set by `make notebooks`: keep the picture of the default run
            lab = self.twin()
            lab.run()
        bundle = self.view._repr_mimebundle_()
        bundle.update({"text/plain": repr(self), "image/png": figures.png(lab.figure())})
        return bundle

    def __repr__(self):
        return f"{type(self).__name__}: run this cell to get its buttons, sliders and live picture"


def _running_loop():
    """The event loop that runs in this thread now, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _all_widgets(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _all_widgets(child)


def _retire_earlier(lab):
    """Close the labs that an earlier run of the same cell made: their buttons are no longer on the page."""
    cell, run = _current_cell()
    if cell is None:
        return
    earlier_run, labs = _of_cell.get(cell, (run, []))
    if earlier_run != run:
        for earlier in labs:
            if earlier() is not None:
                earlier().close()
        labs = []
    _of_cell[cell] = run, [*labs, weakref.ref(lab)]


def _current_cell():
    """(id of the notebook cell that is running, how many cells have run), or (None, None) outside a notebook."""
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return None, None
    metadata = kernel.get_parent("shell").get("metadata", {})
    return metadata.get("cellId"), shell.execution_count
