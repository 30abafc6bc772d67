"""What a map of learning rates and batch sizes knows: the runs that have ended, and what each cell says of them."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..experiments import Setting, mean_by


class Choice(NamedTuple):
    """What all runs of one map share."""

    optimizer: str
    unit: str  # of the budget: "epochs", "updates" or "examples"
    amount: int

    def __str__(self):
        return f"{self.optimizer}, {self.amount:,} {self.unit if self.amount > 1 else self.unit[:-1]} a run"


@dataclass
class RateMap:
    """The runs of one map. batch_sizes, lrs: its rows and columns. outcomes: {Setting: Outcome} of what has ended."""

    choice: Choice
    batch_sizes: tuple
    lrs: tuple
    outcomes: dict = field(default_factory=dict)

    def take(self, outcome):
        """Keep the outcome of one more run."""
        self.outcomes[outcome.setting] = outcome

    def settings(self, seeds, cells=None):
        """The runs of the map (or of those cells), column by column; in each, the largest batches are the quickest."""
        cells = [(size, lr) for lr in self.lrs for size in reversed(self.batch_sizes)] if cells is None else cells
        return [Setting(*cell, seed) for cell in cells for seed in range(seeds)]

    def missing(self, seeds, cells=None):
        """Those of `settings` that have not ended yet."""
        return [setting for setting in self.settings(seeds, cells) if setting not in self.outcomes]

    def made(self, seeds):
        """How many of all the runs have ended."""
        return len(self.settings(seeds)) - len(self.missing(seeds))

    def losses(self, seeds):
        """{(batch size, learning rate): validation loss}, the mean over those of the seeds that have ended."""
        ended = [outcome for outcome in self.outcomes.values() if outcome.setting.seed < seeds]
        return mean_by(ended, lambda outcome: outcome.val_loss)

    def of_cell(self, cell, seeds):
        """The Outcomes of a cell (batch size, learning rate), in the order of their seeds."""
        found = (self.outcomes.get(Setting(*cell, seed)) for seed in range(seeds))
        return [outcome for outcome in found if outcome is not None]

    def progress(self, seeds):
        """How far the map is, and its lowest loss, in words."""
        losses = self.losses(seeds)
        text = f"{self.made(seeds)} of {len(self.settings(seeds))} runs"
        if not losses or not np.isfinite(min(losses.values())):
            return text
        loss, (size, lr) = min((loss, cell) for cell, loss in losses.items())
        return f"{text}; lowest loss so far {loss:.3f}, at batch size {size:,} and learning rate {lr:g}"

    def sentence(self, cell, seeds):
        """What became of the runs of one cell, in words."""
        ended = self.of_cell(cell, seeds)
        where = f"Batch size {cell[0]:,}, learning rate {cell[1]:g} ({self.choice})"
        for outcome in ended:
            if outcome.error:
                return f"{where}: seed {outcome.setting.seed} diverged, {outcome.error}."
        losses = [outcome.val_loss for outcome in ended]
        updates = f"{ended[0].history['number'][-1]:,.0f} update{'s' if ended[0].history['number'][-1] > 1 else ''}"
        reached = f"{where}: after {updates} the validation loss is {np.mean(losses):.3f}"
        spread = f", the mean of {len(losses)} seeds from {min(losses):.3f} to {max(losses):.3f}"
        return f"{reached}{spread if len(losses) > 1 else ''}; {np.mean([o.val_accuracy for o in ended]):.1%} right."

    def rows(self, seeds):
        """The map as rows of a table, one for each batch size, with the losses as numbers."""
        losses = self.losses(seeds)
        return [
            {"batch size": f"{size:,}"} | {f"rate {lr:g}": _number(losses.get((size, lr))) for lr in self.lrs}
            for size in self.batch_sizes
        ]


def _number(loss):
    if loss is None:
        return ""
    return f"{loss:.4f}" if loss < 1000 else "diverged" if not np.isfinite(loss) else f"{loss:.0e}"
