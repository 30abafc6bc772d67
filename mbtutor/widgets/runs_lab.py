"""A lab that trains: its buttons, its player, its live curves, and the runs it keeps to compare."""

import time

import ipywidgets

from ..player import Player
from .lab import Lab
from .live_curves import LiveCurves
from .runs import Run, Runs
from .runs_page import enable, page, run_buttons

FRAME = 1 / 15  # seconds between two pictures: a browser shows every one of these


class RunsLab(Lab):
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
        super().__init__()
        self.form = form
        self._player = Player(self._record, self._ended, form.pace.value or None)
        form.clock.observe(self.handler(lambda change: self._draw()), "value")
        form.pace.observe(self.handler(self._pace_changed), "value")
        actions = (self._train, self._pause, self._one_update, self._stop, self._reset, self._save)
        self.buttons = run_buttons([self.handler(action) for action in actions])
        self.curves, self.progress = self.curves_kind(), ipywidgets.HTML()
        self.table = ipywidgets.HTML(layout={"overflow": "auto"})
        live, sections = [self.curves.widget, self.progress, self.status], sections or {}
        sections = {"Table of the runs": self.table, **sections}
        self.view.children = page(self.buttons, form, live, above, below, sections)
        self._reset()
        self.say("Ready: press Train.")

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

    def close(self):
        """Stop what runs and give the widgets' memory back."""
        self._player.stop()
        super().close()

    # What a subclass says ------------------------------------------------------------------------------------------

    def _new_run(self, settings):
        raise NotImplementedError

    def _explain_settings(self):
        """Nothing to explain, unless a subclass has something."""

    def _frame_more(self):
        """Nothing but the curves, unless a subclass has more."""

    # What the learner does ----------------------------------------------------------------------------------------

    def _train(self):
        if self._player.playing:
            return  # the second half of a double click
        self._begin()
        self._play()

    def _pause(self):
        if self._player.playing:
            self._player.pause()
            self._settle("Paused.")
        elif self._player.loaded:
            self._play()

    def _one_update(self):
        if not self._player.loaded:
            self._begin()
            self._player.step()  # the untrained network comes first
        self._player.step()
        if self._player.loaded:
            self._settle("One update made.")

    def _stop(self):
        if self._player.loaded:
            self._player.stop()
            self._settle("Stopped.")
            self.tell_watchers()

    def _reset(self):
        self._player.stop()
        self._runs, self._training = Runs(self.run_kind), None
        self._draw()
        self._explain_settings()
        self._settle("Reset: all runs are forgotten, the settings stay.")

    def _save(self):
        paths = self.save()
        self.say(f"Saved {len(paths)} files: {', '.join(map(str, paths))}")

    def _changed(self):
        """Another setting than the learning rate: what is running ends as a thin curve, and a new run begins."""
        self._explain_settings()
        if self._player.loaded:
            playing = self._player.playing
            self._begin()
            if playing:
                self._play()
            else:
                self._settle("A new run, not started yet.")

    def _lr_changed(self):
        """The learning rate counts from the next update on; no run has to end for it."""
        self._explain_settings()
        if self._player.loaded:
            self._training.net.optimizer.lr = self.form.settings.lr
            self._runs.newest.cells["learning rate"] += f", then {self.form.settings.lr:g}"

    def _pace_changed(self, change):
        self._player.pace = change["new"] or None

    # A run --------------------------------------------------------------------------------------------------------

    def _begin(self):
        self._player.stop()
        self._enable()  # settings that can make no run leave the buttons ready for another try
        self._training, label, cells = self._new_run(self.form.settings)
        self._runs.begin(self._training, label, cells)
        self._player.load(self._training)
        self._draw()

    def _play(self):
        self._player.play()
        self._enable()
        self.say("Training.")

    def _record(self, updates):
        """The player's news after every slice: keep all of it, draw some of it."""
        for update in updates:
            self.history.append(update)
        if time.perf_counter() - self._last_frame >= FRAME:
            self._frame()

    def _ended(self, error):
        """The player's last word on a run."""
        self._settle("Finished." if error is None else "")
        if error is not None:
            self.fail(error)
        self.tell_watchers()

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

    def _settle(self, text):
        """Show the state of rest after a run has ended or was held."""
        self._frame()
        self.table.value = self._runs.table()
        self._enable()
        self.say(text)

    def _enable(self):
        enable(self.buttons, self._player.playing, self._player.loaded, bool(self._runs.kept))

    def _end(self):
        """Where the horizontal axis ends: at the end of the longest run (or of the first to come), if that is known."""
        clock = self.form.clock.value
        if self._runs.kept or clock == "seconds":
            return self._runs.end(clock)
        return self.run_kind(1, *self._new_run(self.form.settings)).end(clock)
