"""The test set under seal: it can be opened once, for the run that validation has chosen, and is then used up."""

import html

import ipywidgets

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

    def renew(self, test, tries):
        """Seal another test set, which no run has seen, for other tries. test: None where there is none yet."""
        self.test, self.tries, self.opened, self.button.description = test, tries, None, "Open the test set"
        self.refresh()

    def rows_for(self, tried):
        """The test rows as that run takes them."""
        return self.test

    def _open(self):
        if self.button.disabled:
            return  # the second half of a double click
        best, count, score = self.tries.best, len(self.tries), self.tries.score
        test = self.rows_for(best)
        chosen, judged, beside = score.text(score.value(best)), score.text(score.of(best.net, test)), score.beside(test)
        self._result = (
            f"Run {best.number}, the best of {count} by validation: validation {score.name} {html.escape(chosen)}, "
            f"<b>test {score.name} {html.escape(judged)}</b>{f' ({html.escape(beside)})' if beside else ''}."
        )
        self.opened, self.button.description = best, "Opened"
        self.refresh()

    def _sealed(self, best):
        if self.test is None:
            return "<b>There is no test set yet.</b>"
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
