"""The test set under seal: it can be opened once, for the run that validation has chosen, and is then used up."""

import ipywidgets

from ..evaluation import evaluate
from .questions import boxed, button, paragraph


class SealedTest:
    """A button that opens `test` for the best of the `tries`, once; there is no way back. `widget` is what to display.

    opened: None, then the Try that was judged.
    """

    def __init__(self, test, tries, handler):
        self.test, self.tries, self.opened = test, tries, None
        self.button = button("Open the test set", handler(self._open), "warning", "Measure the best run, once for all")
        self.text = ipywidgets.HTML()
        self.widget = boxed([self.text, self.button], "#E69F00")
        self.refresh()

    def refresh(self):
        """Say how things stand with the tries as they are now."""
        best = self.tries.best
        self.button.disabled = best is None or self.opened is not None
        self.text.value = paragraph(self._sealed(best) if self.opened is None else self._used_up(best), "status")

    def _open(self):
        if self.button.disabled:
            return  # the second half of a double click
        best, count = self.tries.best, len(self.tries)
        reached = evaluate(best.net, self.test)["accuracy"]
        self._result = (
            f"Run {best.number}, the best of {count} by validation: validation accuracy {best.accuracy:.1%}, "
            f"<b>test accuracy {reached:.1%}</b>."
        )
        self.opened, self.button.description = best, "Opened"
        self.refresh()

    def _sealed(self, best):
        judged = "Train first." if best is None else f"It would judge run {best.number}, the best by validation."
        return (
            f"<b>The test set is sealed:</b> {len(self.test):,} rows that no run has learned from and no choice has "
            f"used. Open it when you have done with choosing, once: after that it is no longer a test. {judged}"
        )

    def _used_up(self, best):
        text = (
            f"<b>The test set has been opened.</b> {self._result}<br>It is used up. You can go on training, but if you "
            "choose again with that number in mind, the test set has become a second validation set."
        )
        if best is not None and best != self.opened:
            text += f" Run {best.number} is the best by validation now, and no unseen rows are left to judge it."
        return text
