"""The gap between the rows a network learns from and those it does not: measured in one go, and where to stop."""

from typing import NamedTuple

import numpy as np

from .. import checks
from ..evaluation import evaluate


class BothLosses:
    """A training run whose records hold loss and accuracy on all training rows, in place of those of one batch.

    run: what mb.train(..., validation=val) returned. Where it validates, the network is measured on the training rows
    as well, without dropout, so that the two losses differ by nothing but the rows; other records hold neither.
    Iterating makes the run: `mb.History(BothLosses(run))` keeps it.
    """

    def __init__(self, run):
        if getattr(run, "validation", None) is None:
            raise ValueError("run must be what mb.train(..., validation=val) returned; it has no validation rows")
        self.run, self.net, self.batches, self.total = run, run.net, run.batches, run.total

    def __iter__(self):
        for update in self.run:
            found = {} if update.val_loss is None else evaluate(self.net, self.batches.data)
            yield update._replace(loss=found.get("loss"), accuracy=found.get("accuracy"))


class StoppingPoint(NamedTuple):
    """Places in a list of validation losses, counted from 0; None where there is no such place."""

    best: int | None  # the lowest loss up to the stop
    stop: int | None  # the validation at which patience was used up


def stopping_point(losses, patience=None):
    """Return where early stopping ends a run with these validation losses, and which one it goes back to.

    losses: (n,), in order; a loss counts as lower only if it is below all before it. patience: how many validations in
    a row without a lower loss end the run, as in `mb.train`; None: the run is never ended.
    """
    if patience is not None:
        checks.whole_number("patience", patience)
    best = stop = None
    for place, loss in enumerate(np.asarray(losses, float).tolist()):
        if best is None or loss < losses[best]:
            best = place
        elif patience is not None and place - best >= patience:
            stop = place
            break
    return StoppingPoint(best, stop)
