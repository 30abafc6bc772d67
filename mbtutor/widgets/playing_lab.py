"""What every lab that plays something shares: its buttons, its player, and how often it draws."""

import time

from ..player import Player
from .lab import Lab
from .runs_page import enable, run_buttons

FRAME = 1 / 15  # seconds between two pictures: a browser shows every one of these


class PlayingLab(Lab):
    """A lab with a start button, Pause, One update, Stop, Reset and Save; a subclass says what is played.

    form: anything with `widget` (to display), `clock` and `pace` (widgets). `start_button`, `going`: what the first
    button is called, and what the lab says while it plays. A subclass has
    `_begin()`: hand the Player something new to pull.
    `_keep(items)`: keep what was pulled.
    `_draw()`, `_frame()`: draw all anew; show the newest numbers, called at most 15 times a second.
    `_rest()`: show what is shown only at rest. `_forget()`: drop everything played so far.
    `_first_steps()`: how many items to pull before the first update that the learner asks for.
    `_has_played()`: whether there is something to save or to forget.
    `save(folder)`: write files, return their paths.
    """

    start_button, going, ready = "Train", "Training.", "Ready: press Train."
    forgotten = "Reset: all runs are forgotten, the settings stay."

    def __init__(self, form):
        super().__init__()
        self.form, self._last_frame = form, 0.0
        self._player = Player(self._record, self._ended, form.pace.value or None)
        form.clock.observe(self.handler(lambda change: self._draw()), "value")
        form.pace.observe(self.handler(self._pace_changed), "value")
        actions = (self._start, self._pause, self._one_update, self._stop, self._reset, self._save)
        self.buttons = run_buttons([self.handler(action) for action in actions], self.start_button)

    def close(self):
        """Stop what runs and give the widgets' memory back."""
        self._player.stop()
        super().close()

    # What the learner does ----------------------------------------------------------------------------------------

    def _start(self):
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
            for _ in range(self._first_steps()):
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
        self._forget()
        self._settle(self.forgotten)

    def _save(self):
        paths = self.save()
        self.say(f"Saved {len(paths)} files: {', '.join(map(str, paths))}")

    def _pace_changed(self, change):
        self._player.pace = change["new"] or None

    def _begin_anew(self):
        """Other settings: what is going on ends, and something new begins with them."""
        if self._player.loaded:
            playing = self._player.playing
            self._begin()
            if playing:
                self._play()
            else:
                self._settle("A new run, not started yet.")

    # What goes on -------------------------------------------------------------------------------------------------

    def _play(self):
        self._player.play()
        self._enable()
        self.say(self.going)

    def _record(self, items):
        """The player's news after every slice: keep all of it, draw some of it."""
        self._keep(items)
        if time.perf_counter() - self._last_frame >= FRAME:
            self._frame()

    def _ended(self, error):
        """The player's last word."""
        self._settle("Finished." if error is None else "")
        if error is not None:
            self.fail(error)
        self.tell_watchers()

    def _settle(self, text):
        """Show the state of rest after something has ended or was held."""
        self._frame()
        self._rest()
        self._enable()
        self.say(text)

    def _enable(self):
        enable(self.buttons, self._player.playing, self._player.loaded, self._has_played())
