"""Several runs at once, side by side on one clock: whoever is furthest behind moves next."""

from .. import checks
from ..datasets.dataset import as_dataset
from ..history import CLOCKS
from ..training import TrainingDiverged
from .sweep import Plan, Setting, parts_of

MOST_UPDATES = 10**9  # a racer ends by the limits of its race; mb.train wants to be told some end
LOOK = 16  # examples from one validation to the next: every update from that batch size on


class Race:
    """An iterator of (place in `runs`, Update); each next update is that of the run furthest behind on the clock.

    So the runs stand side by side on that clock at any moment, whatever one update of each of them costs.
    runs: of mb.train, before their first update, each with a network of its own (see `racers`).
    clock: "examples", "updates" or "seconds"; it may be changed while the race goes on.
    examples, updates, seconds: where a run ends; target: it ends where its validation loss is as low. A run that
    diverges ends as well: `errors` says why, {place: text}.
    """

    def __init__(self, runs, clock="examples", *, examples=None, updates=None, seconds=None, target=None):
        self.runs, self.clock = list(runs), checks.choice("clock", clock, CLOCKS)
        if not self.runs:
            raise ValueError("runs must hold at least one run of mb.train(...); got none")
        self._limits = {
            name: checks.number(name, limit, 0)
            for name, limit in (("examples", examples), ("updates", updates), ("seconds", seconds))
            if limit is not None
        }
        if not self._limits:
            raise ValueError("give at least one of examples, updates, seconds, where a run ends; got none of them")
        self._target = None if target is None else checks.number("target", target)
        self.errors = {}
        self._last = dict.fromkeys(range(len(self.runs)))  # the newest Update of each run under way

    def __iter__(self):
        return self

    def __next__(self):
        while self._last:
            place = min(self._last, key=self._progress)
            try:
                update = next(self.runs[place])
            except (StopIteration, TrainingDiverged) as end:
                del self._last[place]
                if isinstance(end, TrainingDiverged):
                    self.errors[place] = str(end)
                continue
            self._last[place] = update
            if self._is_done(update):
                del self._last[place]
            return place, update
        raise StopIteration

    @property
    def under_way(self):
        """The places of the runs that have not ended, in order."""
        return list(self._last)

    def _progress(self, place):
        update = self._last[place]
        return -1 if update is None else on_clock(update, self.clock)

    def _is_done(self, update):
        if self._target is not None and update.val_loss is not None and update.val_loss <= self._target:
            return True
        return any(on_clock(update, clock) >= limit for clock, limit in self._limits.items())


def on_clock(update, clock):
    """Where an Update stands on that clock."""
    return update.number if clock == "updates" else getattr(update, clock)


def racers(net, train, val, settings, look=LOOK):
    """Return a run for each Setting, untrained: the layers, loss and optimizer of `net`, which stays as it is.

    settings: (batch size, learning rate, seed) each. look: examples from one validation to the next, so that a
    small batch is not validated after every update. Raises ValueError or TypeError for what could not be trained.
    """
    parts, train, val = parts_of(net), as_dataset(train), as_dataset(val)
    look = checks.whole_number("look", look)
    runs = []
    for setting in map(Setting._make, settings):
        size = checks.whole_number("batch_size", setting.batch_size)
        plan = Plan(*parts, train, val, "updates", MOST_UPDATES, None, validate_every=max(1, look // size))
        runs.append(plan.start(setting))
    return runs
