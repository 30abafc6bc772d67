"""Predict first: the learner commits to an answer, the lab below unlocks, and what happened is put beside it."""

import html

import ipywidgets

from ..exercises import lessons, record
from ..exercises.result import marked_up
from .questions import Asking, boxed, button, choices, listed, paragraph


class Predict(Asking):
    """A question above a lab. Committing or skipping unlocks the lab; Run All passes by.

    number: the lesson's. lab: the lab that answers. An answer of an earlier day is shown, and the lab is open then.
    """

    def __init__(self, number, lab):
        super().__init__()
        self.number, self.lab, self.prediction = number, lab, lessons.lesson(number).PREDICTION
        self.said = self._seen = None  # what the learner said; what the lab has shown (index or number, words)
        self.field = self._field()
        self.commit = button("Commit", self.handler(self._commit), "primary", "Hold on to this answer; the lab opens")
        self.skip = button("Skip", self._unlock, "", "Open the lab without an answer")
        self.answers = ipywidgets.HTML()
        self.buttons = ipywidgets.HBox([self.commit, self.skip])
        question = ipywidgets.HTML(paragraph(f"<b>Predict.</b> {marked_up(self.prediction.question)}"))
        box = boxed([question, self.field, self.buttons, self.status, self.answers], "#CC79A7")
        self.view.children = [box, lab.view]
        self._lock()
        self._put_back(record.load()["predictions"].get(number, {}).get("said"))
        lab.watch(self._happened)

    def close(self):
        """Close the lab as well."""
        self.lab.close()
        super().close()

    def _field(self):
        if self.prediction.options:
            return choices(self.prediction.options)
        return ipywidgets.BoundedFloatText(
            value=self.prediction.low,
            min=self.prediction.low,
            max=self.prediction.high,
            description=f"Your number ({self.prediction.unit})" if self.prediction.unit else "Your number",
            style={"description_width": "initial"},
            layout={"width": "260px"},
        )

    def _lock(self):
        self.lab.view.layout.display = "none"
        self.say("The lab opens here as soon as you commit to an answer, or skip.")

    def _unlock(self):
        self.lab.view.layout.display = None
        self.field.disabled = True
        self.buttons.layout.display = "none"
        self.say(self.prediction.then)

    def _commit(self):
        said = self.field.index if self.prediction.options else self.field.value
        if said is None:
            self.say("Choose one of the answers first, or skip.")
            return
        self._hold(said)
        try:
            record.mark("predictions", self.number, said=said, when=record.today())
        except OSError:
            self.say(f"{self.prediction.then} (Your answer could not be kept for another day.)")

    def _put_back(self, said):
        options = self.prediction.options
        if options and isinstance(said, int) and 0 <= said < len(options):
            self.field.index = said
            self._hold(said)
        elif not options and isinstance(said, float) and self.prediction.low <= said <= self.prediction.high:
            self.field.value = said
            self._hold(said)

    def _hold(self, said):
        self.said = said
        self._unlock()
        self._happened(self.lab)

    def _happened(self, lab):
        """Put what the lab has shown beside what the learner said; where it has shown nothing yet, say so."""
        self._seen = self.prediction.outcome(lab) or self._seen  # what was seen stays, whatever is tried next
        happened = "Not seen yet." if self._seen is None else html.escape(self._seen[1])
        if self._seen is not None and self.prediction.options:
            happened += " " + self._compared(self._seen[0])
        self.answers.value = _side_by_side({"You said": html.escape(self._words()), "What happened": happened})

    def _words(self):
        if self.said is None:
            return "nothing; you skipped the question"
        if self.prediction.options:
            return self.prediction.options[self.said]
        return f"{self.said:g} {self.prediction.unit}"

    def _compared(self, true):
        if self.said is None:
            return ""
        if self.said == true:
            return "<b>As you said.</b>"
        return f"<b>Not as you said:</b> {html.escape(self.prediction.options[true])}."

    def __repr__(self):
        return listed(f"Predict (run this cell to answer): {self.prediction.question}", self.prediction.options)


def predict(number, lab):
    """Return the prediction of that lesson above its lab; KeyError for a lesson without one."""
    return Predict(number, lab)


def _side_by_side(cells):
    style = "flex:1 1 260px;padding:2px 16px 2px 0"
    boxes = "".join(f'<div style="{style}"><b>{name}</b><br>{text}</div>' for name, text in cells.items())
    row = "display:flex;flex-wrap:wrap;line-height:1.5"
    return f'<div class="mbtutor-answers" role="status" style="{row}">{boxes}</div>'
