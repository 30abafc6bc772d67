"""How many updates a batch size needs to reach a target, and the curve with a plateau that this follows."""

from typing import NamedTuple

import numpy as np

from .. import checks


class Reached(NamedTuple):
    """Where a run first was at its target, on each of the three clocks."""

    updates: int
    examples: int
    seconds: float


def reached(history, target):
    """Return where the validation loss of that run first was at or below `target`: Reached, or None if it never was."""
    losses = history["val_loss"]
    places = np.flatnonzero(losses <= target)
    if not len(places):
        return None
    number, examples, seconds = (history[name][places[0]] for name in ("number", "examples", "seconds"))
    return Reached(int(number), int(examples), float(seconds))


class Plateau(NamedTuple):
    """The curve value = level (1 + knee / size): it falls like 1 / size below the knee and is level far above it.

    At size = knee the value is twice the level.
    """

    level: float
    knee: float

    def at(self, sizes):
        """The value of the curve for these sizes, an array like them."""
        return self.level * (1 + self.knee / np.asarray(sizes, float))


def fit_plateau(sizes, values):
    """Return the Plateau that lies nearest to the values, each difference counted as a share of its value.

    sizes, values: (n,) positive numbers, at least two different sizes. With updates to a target over batch sizes the
    knee is the critical batch size (McCandlish et al. 2018, equation 2.11: (S/S_min - 1)(E/E_min - 1) = 1, where S is
    updates, E examples, and the critical size E_min/S_min). With seconds a row it is where speed stops growing.
    Raises ValueError where the values do not fall like that.
    """
    sizes, values = np.asarray(sizes, float), np.asarray(values, float)
    if sizes.shape != values.shape or sizes.ndim != 1 or len(np.unique(sizes)) < 2:
        raise ValueError(
            "sizes and values must be two lists of equal length with two different sizes or more; "
            f"got shapes {sizes.shape} and {values.shape}"
        )
    for name, array in (("sizes", sizes), ("values", values)):
        if not (np.isfinite(array) & (array > 0)).all():
            raise ValueError(f"{name} must be finite numbers above 0; got {array.tolist()}")
    # value = a + b / size is linear in a and b; divided by the value, every point weighs the same.
    (a, b), *_ = np.linalg.lstsq(np.column_stack([1 / values, 1 / (sizes * values)]), np.ones(len(sizes)), rcond=None)
    if a <= 0 or b <= 0:
        raise ValueError(f"values must fall towards a level as sizes grow; got {values.tolist()} for {sizes.tolist()}")
    return Plateau(float(a), float(b / a))


def best_lr(outcomes, measure):
    """Return {batch size: learning rate} with the lowest mean of measure(outcome) over the seeds.

    outcomes: of a Sweep. measure: a function from an Outcome to a number, infinite where the run failed.
    """
    means = mean_by(outcomes, measure)
    if not means:
        raise ValueError("outcomes must hold at least one Outcome of a Sweep; got none")
    sizes = sorted({batch_size for batch_size, _ in means})
    return {size: min((mean, lr) for (b, lr), mean in means.items() if b == size)[1] for size in sizes}


def mean_by(outcomes, measure):
    """Return {(batch size, learning rate): mean of measure(outcome) over the seeds}."""
    values = {}
    for outcome in outcomes:
        values.setdefault(outcome.setting[:2], []).append(measure(outcome))
    return {setting: float(np.mean(found)) for setting, found in values.items()}


def updates_to(target):
    """Return a measure for `best_lr`: the updates to that validation loss, infinite where it was not reached."""
    checks.number("target", target)

    def measure(outcome):
        place = reached(outcome.history, target)
        return np.inf if place is None else place.updates

    return measure
