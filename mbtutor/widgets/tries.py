"""The runs of a lab as a table of hyperparameters: what was tried, what it reached, and which is the best so far."""

import html
from dataclasses import dataclass, field

from .scores import Accuracy
from .tables import table


@dataclass(frozen=True)
class Try:
    """One run as it stood when it was last at rest.

    cells: {setting: text}. loss, accuracy or error: on the validation rows. net: a copy of the network.
    error: where the target is a number, the typical error in its own unit; accuracy is None then.
    """

    number: int
    cells: dict
    updates: int
    loss: float
    accuracy: float
    net: object = field(compare=False)
    error: float | None = None


class Tries:
    """The tries since the last reset, by the number of their run. score: what they are judged by."""

    def __init__(self, score=None):
        self._tries, self.score = {}, score or Accuracy()

    def __len__(self):
        return len(self._tries)

    def clear(self):
        """Forget them all."""
        self._tries.clear()

    def note(self, tried):
        """Add a Try, or put it in the place of an earlier state of the same run."""
        self._tries[tried.number] = tried

    @property
    def best(self):
        """The Try with the best score on the validation rows (of equal ones that with the lowest loss), or None."""
        return max(self._tries.values(), key=self.score.rank, default=None)

    @property
    def newest(self):
        """The Try of the latest run, or None."""
        return self._tries[max(self._tries)] if self._tries else None

    def html(self):
        """The tries as a table, with the best one and the spread of the seeds in words above it, as HTML text."""
        rows = [self._row(tried) for tried in self._tries.values()]
        tried = f'<div style="overflow-x:auto">{table("Hyperparameters tried", rows)}</div>'
        return f'<div class="mbtutor-tries">{self._words()}{tried}</div>'

    def _words(self):
        if not self._tries:
            return ""
        best, count = self.best, len(self._tries)
        text = f"<b>Best by validation: run {best.number}</b>, {html.escape(self.score.praise(best))}, "
        return f"{text}of {count} run{'s' if count > 1 else ''} tried. {self._spread()}"

    def _spread(self):
        *_, newest = self._tries.values()
        alike = [tried for tried in self._tries.values() if _without_seed(tried) == _without_seed(newest)]
        if len(alike) == 1:
            return "Train again with another seed to see how much of that is luck."
        reached = [self.score.value(tried) for tried in alike]
        numbers = ", ".join(str(tried.number) for tried in alike)
        return f"Runs {numbers} differ by nothing but the seed: {html.escape(self.score.apart(reached))}."

    def _row(self, tried):
        reached = {"validation loss": f"{tried.loss:.4f}"}
        reached[f"validation {self.score.name}"] = self.score.text(self.score.value(tried), digits=2)
        number = f"{tried.number} ◀ best" if tried is self.best else tried.number
        row = {"run": number, **tried.cells, "updates": f"{tried.updates:,}", **reached}
        return {name: str(cell).replace(" ", "\N{NO-BREAK SPACE}") for name, cell in row.items()}


def _without_seed(tried):
    return {**tried.cells, "seed": None, "updates": tried.updates}
