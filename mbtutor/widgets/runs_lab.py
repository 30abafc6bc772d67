"""A lab that trains: its live curves, and the runs it keeps to compare."""

import time

import ipywidgets

from .live_curves import LiveCurves
from .playing_lab import PlayingLab
from .runs import Run, Runs
from .runs_page import page


class RunsLab(PlayingLab):
    """The machinery of every lab with a Train button; one run at a time, the last five earlier ones as thin curves.

    A subclass first makes its form and its own widgets, then hands them to this constructor. form: anything with
    `widget` (to display), `settings` (as the controls stand), `clock` and `pace` (widgets); its controls call
    `_changed`, or `_lr_changed` for the learning rate, each wrapped in `handler`. above, below: widgets over and under
    the form and the curves. sections: {title: widget}, folded away with the table of runs.

    It also says what differs:
    `name`: how its saved files begin.
    `_new_run(settings)`: (what mb.train returns, the run in a few words, {column: text} for the table of runs); the
    column of a learning rate that can change during a run is called "learning rate".
    `_explain_settings()`: show what the settings mean, as soon as they change.
    `_frame_more()`: draw what it shows besides the curves; called with each frame, and when a run comes to rest.
    """

    name = "lab"
    curves_kind, run_kind = LiveCurves, Run  # what draws the runs, and what says a run in words and as a row

    def __init__(self, form, above=(), below=(), sections=None):
        super().__init__(form)
        self.curves, self.progress = self.curves_kind(), ipywidgets.HTML()
        self.table = ipywidgets.HTML(layout={"overflow": "auto"})
        live, sections = [self.curves.widget, self.progress, self.status], sections or {}
        sections = {"Table of the runs": self.table, **sections}
        self.view.children = page(self.buttons, form, live, above, below, sections)
        self._reset()
        self.say(self.ready)

    @property
    def history(self):
        """The History of the newest run; empty before the first."""
        return self.histories[-1]

    @property
    def histories(self):
        """The Histories of the runs kept, oldest first; the newest one is the run that is drawn live."""
        return self._runs.histories

    @property
    def runs(self):
        """The runs kept, oldest first, each with its `history`, its settings as `cells`, and whether it `finished`."""
        return list(self._runs.kept)

    def run(self):
        """Train to the end of the budget, without a browser or an event loop; return the History."""
        self._begin()
        self._player.run()
        return self.history

    def figure(self):
        """The curves on the page as a matplotlib figure."""
        return self.curves.figure(self.histories, self.form.clock.value, self._end(), first=self._runs.left_out)

    def save(self, folder="exports"):
        """Write the picture (PNG) and one table of numbers a run (CSV) into `folder`; return their paths."""
        return self._runs.save(folder, self.name, self.figure())

    # What a subclass says ------------------------------------------------------------------------------------------

    def _new_run(self, settings):
        raise NotImplementedError

    def _explain_settings(self):
        """Nothing to explain, unless a subclass has something."""

    def _frame_more(self):
        """Nothing but the curves, unless a subclass has more."""

    # What the learner does ----------------------------------------------------------------------------------------

    def _changed(self):
        """Another setting than the learning rate: what is running ends as a thin curve, and a new run begins."""
        self._explain_settings()
        self._begin_anew()

    def _lr_changed(self):
        """The learning rate counts from the next update on; no run has to end for it."""
        self._explain_settings()
        if self._player.loaded:
            self._training.net.optimizer.lr = self.form.settings.lr
            self._runs.newest.cells["learning rate"] += f", then {self.form.settings.lr:g}"

    # A run --------------------------------------------------------------------------------------------------------

    def _begin(self):
        self._player.stop()
        self._enable()  # settings that can make no run leave the buttons ready for another try
        self._training, label, cells = self._new_run(self.form.settings)
        self._runs.begin(self._training, label, cells)
        self._player.load(self._training)
        self._draw()

    def _keep(self, updates):
        for update in updates:
            self.history.append(update)

    def _forget(self):
        self._runs, self._training = Runs(self.run_kind), None
        self._draw()
        self._explain_settings()

    def _first_steps(self):
        return 1  # the untrained network

    def _has_played(self):
        return bool(self._runs.kept)

    # The picture --------------------------------------------------------------------------------------------------

    def _draw(self):
        """Draw the axes anew, as for a new run or another clock."""
        self._draw_axes()
        self._frame()

    def _draw_axes(self):
        self.curves.draw(self.histories, self.form.clock.value, self._end(), self._runs.left_out)

    def _frame(self):
        """Show the newest numbers, in the picture and in words."""
        if self.curves.outgrown(self.histories):
            self._draw_axes()
        text = self._runs.sentence()
        text += "; the loss is off the top of the picture" if self.curves.off_the_top(self.history) else ""
        self.curves.frame(self.history, text)
        self.progress.value = f'<div class="mbtutor-progress">{text}</div>'
        self._frame_more()
        self._last_frame = time.perf_counter()

    def _rest(self):
        self.table.value = self._runs.table()

    def _end(self):
        """Where the horizontal axis ends: at the end of the longest run (or of the first to come), if that is known."""
        clock = self.form.clock.value
        if self._runs.kept or clock == "seconds":
            return self._runs.end(clock)
        return self.run_kind(1, *self._new_run(self.form.settings)).end(clock)
