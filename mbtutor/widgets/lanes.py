"""The lanes of a race: what each run has done so far, where it reached the target, and the races before this one."""

from pathlib import Path
from typing import NamedTuple

from .. import figures
from ..experiments import Reached, Setting
from ..files import replacing
from ..history import History
from .race_form import NAMES
from .tables import table

CLOCKS = ("updates", "examples", "seconds")
KEPT = 60  # results of earlier races


class Lane:
    """One run of a race. number: 0 to 5. target: the validation loss to reach."""

    def __init__(self, number, setting, target):
        self.number, self.setting, self.target = number, setting, target
        self.name = NAMES[number]
        label = f"{self.name}: B = {setting.batch_size:,}, rate {setting.lr:.3g}"
        self.history, self.reached, self.error = History(label=label), None, ""

    def append(self, update):
        """Keep an Update; return True if the target is reached by it, for the first time."""
        self.history.append(update)
        if self.reached or update.val_loss is None or update.val_loss > self.target:
            return False
        self.reached = Reached(update.number, update.examples, update.seconds)
        return True

    def loss(self):
        """The newest validation loss, as text."""
        losses = self.history.measured("val_loss")[1]
        return (f"{losses[-1]:.3f}" if losses[-1] < 1000 else f"{losses[-1]:.1e}") if len(losses) else ""

    def row(self):
        """{column: text} for the table."""
        last = {name: self.history.clock(name)[-1] if len(self.history) else 0 for name in CLOCKS}
        cells = {"lane": self.name, "batch size": f"{self.setting.batch_size:,}", "rate": f"{self.setting.lr:g}"}
        cells |= {name: _amount(name, value) for name, value in last.items()} | {"loss": self.loss()}
        return cells | _to_target(self.reached, self.error)


class Result(NamedTuple):
    """What became of a lane, after its race."""

    race: int
    lane: str
    setting: Setting
    target: float
    reached: Reached | None
    error: str

    def row(self):
        """{column: text} for the table."""
        setting = {"batch size": f"{self.setting.batch_size:,}", "rate": f"{self.setting.lr:g}"}
        cells = {"race": self.race, "lane": self.lane, **setting, "seed": self.setting.seed}
        return {**cells, "target": f"{self.target:.4g}", **_to_target(self.reached, self.error)}


class Lanes:
    """The race that is on, and the results of those before it."""

    def __init__(self):
        self.lanes, self._earlier, self.race = {}, [], 0

    def begin(self, settings, target):
        """Start another race. settings: {number of the lane: Setting}."""
        self._earlier = self.results()[-KEPT:]
        self.race += 1
        self.lanes = {number: Lane(number, setting, target) for number, setting in settings.items()}

    def results(self):
        """The Results of every lane so far that has made an update, oldest first."""
        present = [
            Result(self.race, lane.name, lane.setting, lane.target, lane.reached, lane.error)
            for lane in self.lanes.values()
            if len(lane.history)
        ]
        return [*self._earlier, *present]

    def earlier(self, target):
        """(batch size, Reached) of earlier races for the same target."""
        return [
            (result.setting.batch_size, result.reached)
            for result in self._earlier
            if result.reached and result.target == target
        ]

    @property
    def histories(self):
        """{number: History}."""
        return {number: lane.history for number, lane in self.lanes.items()}

    @property
    def reached(self):
        """{number: Reached} of the lanes at the target."""
        return {number: lane.reached for number, lane in self.lanes.items() if lane.reached}

    def end(self, clock):
        """How far the furthest lane has come on that clock."""
        return max((lane.history.clock(clock)[-1] for lane in self.lanes.values() if len(lane.history)), default=0)

    def table(self):
        """The lanes as they stand, as HTML text."""
        return table("The lanes", [lane.row() for lane in self.lanes.values()])

    def all_races(self):
        """Every result so far, as HTML text."""
        return table("All races", [result.row() for result in self.results()])

    def sentence(self):
        """Where every lane is, in words."""
        if not self.lanes:
            return "No race yet."
        return "; ".join(
            f"{lane.name} ({lane.setting.batch_size:,}): "
            + (f"loss {lane.loss()} after {lane.history['number'][-1]:,.0f} updates" if len(lane.history) else "waits")
            for lane in self.lanes.values()
        )

    def winners(self):
        """Who needed the fewest updates, examples and seconds to the target, in words."""
        there = [lane for lane in self.lanes.values() if lane.reached]
        if not there:
            return "No lane has reached the target."
        parts = []
        for name in CLOCKS:
            best = min(there, key=lambda lane: getattr(lane.reached, name))
            value = getattr(best.reached, name)
            ties = [lane for lane in there if getattr(lane.reached, name) == value]
            parts.append(f"fewest {name}: {' and '.join(map(_name, ties))} ({_amount(name, value)})")
        return f"To the target, {'; '.join(parts)}."

    def save(self, folder, name, figure):
        """Write the figure (PNG) and one table of numbers a lane (CSV) into `folder`; return their paths."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{name}.png"]
        with replacing(paths[0]) as file:
            file.write(figures.png(figure))
        for lane in self.lanes.values():
            paths.append(folder / f"{name}_lane_{lane.name}.csv")
            lane.history.to_csv(paths[-1])
        return paths


def arrival(lane):
    """The moment a lane reached the target, in words."""
    where = lane.reached
    return (
        f"Lane {lane.name} (batch size {lane.setting.batch_size:,}) is at the target after {where.updates:,} updates, "
        f"{where.examples:,} examples, {where.seconds:.3f} seconds."
    )


def _name(lane):
    return f"{lane.name} with batch size {lane.setting.batch_size:,}"


def _amount(clock, value):
    return f"{value:.3f} s" if clock == "seconds" else f"{value:,.0f}"


def _to_target(reached, error):
    cells = {f"{clock} to target": "" for clock in CLOCKS}
    if reached:
        return {name: _amount(clock, getattr(reached, clock)) for clock, name in zip(CLOCKS, cells)}
    return cells | {"updates to target": "diverged" if error else "not yet"}
