"""The tries of the table lab: each was made from columns of its own, is judged by the same, and can be saved."""

import copy
import math
from dataclasses import dataclass, replace

from ..evaluation import evaluate
from ..network import NotFinite
from .sealed_test import SealedTest
from .tries import Try


@dataclass(frozen=True)
class TableTry(Try):
    """A Try that can be saved: with its settings, the Parts it was made from, and its History."""

    settings: object = None
    parts: object = None
    history: object = None

    @classmethod
    def of(cls, run, training, settings, parts):
        """The Run as it stands. training: what mb.train returned for it."""
        net, made = copy.deepcopy(training.net), training.number
        if made < training.total:  # it was stopped: a program makes as many updates
            settings = replace(settings, budget="updates", amount=made)
        measured, error = _measured(net, parts)
        more = {"error": error, "settings": settings, "parts": parts, "history": run.history}
        return cls(run.number, dict(run.cells), made, *measured, net, **more)


class SealedRows(SealedTest):
    """The test under seal, where each run may have been made from other columns of the same rows."""

    def rows_for(self, tried):
        return tried.parts.test


def _measured(net, parts):
    """((loss, accuracy or None), typical error or None) on the validation rows; infinitely bad where it ran away."""
    try:
        found = evaluate(net, parts.val)
    except NotFinite:
        return (math.inf, None if parts.deviation else 0.0), math.inf if parts.deviation else None
    error = parts.score.of(net, parts.val) if parts.deviation else None
    return (found["loss"], found.get("accuracy")), error
