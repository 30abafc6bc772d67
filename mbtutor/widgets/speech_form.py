"""The form of the speech lab: which word is shown, what a row is, who is held out, and how the networks are trained."""

from dataclasses import dataclass, replace

import ipywidgets

from .. import checks
from .controls import clock_buttons, column, menu, pace_menu, powers_up_to, rate_slider, seed_field
from .settings import Settings
from .training_form import LARGEST_HIDDEN, batch_size_marks, batch_size_slider, budget_fields, hidden_slider
from .two_splits import FRAME, ROWS


@dataclass(frozen=True)
class SpeechSettings(Settings):
    """What the learner chose for a run: the Settings, what a row is, and whether the seed draws who is held out."""

    rows: str = FRAME
    drawn: bool = False

    def __post_init__(self):
        super().__post_init__()
        checks.choice("rows", self.rows, ROWS)


class SpeechForm:
    """Sliders and menus for one pair of runs, and the menu of the word that is shown.

    start: the SpeechSettings to begin with; counts: {what a row is: how many rows are trained on}; words: their names;
    held_out: how many speakers are; pace: updates a second, or math.inf. changed(): called after a change that needs a
    new run; lr_changed(): after a new learning rate; word_changed(): after another word, which changes the picture
    alone. `widget` is what to display; `clock` and `pace` are placed and observed by the lab.
    """

    def __init__(self, start, counts, words, held_out, pace, changed, lr_changed, word_changed):
        self._start, self._counts, self._changed = start, counts, changed
        self.word = menu("Word in the picture", [(name, number) for number, name in enumerate(words)], 0)
        self.rows = menu("A row is", list(ROWS), start.rows)
        who = [(f"the last {held_out} speakers", False), (f"{held_out} drawn by the seed", True)]
        self.drawn = menu("Held out", who, start.drawn)
        self.batch_size = batch_size_slider(start.batch_size, counts[start.rows], changed)
        self.lr = rate_slider(start.lr, lr_changed)
        self.hidden = hidden_slider(start.hidden, LARGEST_HIDDEN[False], changed)
        self.amount, self.budget = budget_fields(start)
        self.seed_field = seed_field(start.seed)
        self.pace, self.clock = pace_menu(pace), clock_buttons()
        self.clock.value = "updates"
        self.word.observe(lambda change: word_changed(), "value")
        self.rows.observe(lambda change: self._rows_changed(), "value")
        for widget in (self.drawn, self.amount, self.budget, self.seed_field):
            widget.observe(lambda change: changed(), "value")
        sliders = [self.batch_size.widget, self.lr.widget, self.hidden.widget]
        budget = ipywidgets.HBox([self.amount, self.budget])
        self.widget = column([self.word, self.rows, self.drawn, *sliders, budget, self.seed_field, self.pace])

    @property
    def settings(self):
        """The SpeechSettings as the controls stand."""
        names = ("rows", "drawn", "batch_size", "lr", "hidden", "amount", "budget")
        chosen = {name: getattr(self, name).value for name in names}
        return replace(self._start, seed=self.seed_field.value, **chosen)

    def _rows_changed(self):
        """No batch can hold more rows than there are."""
        rows = self._counts[self.rows.value]
        self.batch_size.offer(powers_up_to(rows), batch_size_marks(rows))
        self._changed()
