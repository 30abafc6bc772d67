"""The runs of a lab as a table of hyperparameters: what was tried, what it reached, and which is the best so far."""

from dataclasses import dataclass, field

import numpy as np

from .tables import table


@dataclass(frozen=True)
class Try:
    """One run as it stood when it was last at rest.

    cells: {setting: text}. loss, accuracy: on the validation rows. net: a copy of the network.
    """

    number: int
    cells: dict
    updates: int
    loss: float
    accuracy: float
    net: object = field(compare=False)


class Tries:
    """The tries since the last reset, by the number of their run."""

    def __init__(self):
        self._tries = {}

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
        """The Try with the highest validation accuracy (of equal ones that with the lowest loss), or None."""
        return max(self._tries.values(), key=lambda tried: (tried.accuracy, -tried.loss), default=None)

    def html(self):
        """The tries as a table, with the best one and the spread of the seeds in words above it, as HTML text."""
        rows = [self._row(tried) for tried in self._tries.values()]
        tried = f'<div style="overflow-x:auto">{table("Hyperparameters tried", rows)}</div>'
        return f'<div class="mbtutor-tries">{self._words()}{tried}</div>'

    def _words(self):
        if not self._tries:
            return ""
        best, count = self.best, len(self._tries)
        text = f"<b>Best by validation: run {best.number}</b>, {best.accuracy:.1%} of the validation rows right, "
        return f"{text}of {count} run{'s' if count > 1 else ''} tried. {self._spread()}"

    def _spread(self):
        *_, newest = self._tries.values()
        alike = [tried for tried in self._tries.values() if _without_seed(tried) == _without_seed(newest)]
        if len(alike) == 1:
            return "Train again with another seed to see how much of that is luck."
        reached = [tried.accuracy for tried in alike]
        numbers = ", ".join(str(tried.number) for tried in alike)
        return (
            f"Runs {numbers} differ by nothing but the seed: from {min(reached):.1%} to {max(reached):.1%}, "
            f"{100 * np.ptp(reached):.1f} points apart."
        )

    def _row(self, tried):
        reached = {"validation loss": f"{tried.loss:.4f}", "validation accuracy": f"{tried.accuracy:.2%}"}
        number = f"{tried.number} ◀ best" if tried is self.best else tried.number
        row = {"run": number, **tried.cells, "updates": f"{tried.updates:,}", **reached}
        return {name: str(cell).replace(" ", "\N{NO-BREAK SPACE}") for name, cell in row.items()}


def _without_seed(tried):
    return {**tried.cells, "seed": None, "updates": tried.updates}
