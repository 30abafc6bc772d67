"""A ball that walks down a loss curve: where it was, and what each of its steps did, in words."""

from dataclasses import dataclass, field

import numpy as np

LIMIT = 20  # a step beyond this weight is not made: a ball that climbs would soon be out of every picture
FLAT = 0.005  # a slope that is written as 0.00


@dataclass(frozen=True)
class Curve:
    """A loss of one weight. loss, slope: functions of w. span: the weights that are shown at first."""

    formula: str
    loss: callable
    slope: callable
    span: tuple


CURVES = {
    "parabola": Curve("loss = w²", lambda w: w**2, lambda w: 2 * w, (-3, 3)),
    "two valleys": Curve(
        "loss = (w² - 2)² / 4 + 0.3 w + 1",
        lambda w: (w**2 - 2) ** 2 / 4 + 0.3 * w + 1,
        lambda w: w * (w**2 - 2) + 0.3,
        (-2.4, 2.4),
    ),
}


@dataclass
class Walk:
    """One walk of the ball. name: of its curve. places: the weights, the start first. rates: one for each step."""

    name: str
    places: list
    rates: list = field(default_factory=list)

    @property
    def curve(self):
        """The Curve under the ball."""
        return CURVES[self.name]

    @property
    def w(self):
        """The weight where the ball lies now."""
        return self.places[-1]

    def go(self, steps, lr):
        """Make these steps, w <- w - lr * slope, and return what happened in words; none is made beyond LIMIT."""
        start = self.w
        for made in range(steps):
            target = self.w - lr * self.curve.slope(self.w)
            if abs(target) > LIMIT:
                return _thrown_out(made, target)
            self.places.append(target)
            self.rates.append(lr)
        head = "One step" if steps == 1 else f"{steps} steps"
        before, after = self.curve.loss(start), self.curve.loss(self.w)
        return f"{head}: loss {before:.2f} -> {after:.2f}. {_about(self.curve, *self.places[-2:])}"

    def next_step(self, lr):
        """Where the ball lies and where its next step goes, in one line."""
        slope = self.curve.slope(self.w)
        factor = f"({slope:.2f})" if slope <= -FLAT else f"{slope:z.2f}"
        place = f"w = {self.w:z.2f}, loss {self.curve.loss(self.w):.2f}, slope {slope:z.2f}"
        return f"{place}: the step is -{lr:g} x {factor} = {-lr * slope:z.2f}"

    def rows(self, most):
        """The last places of the walk, at most so many, as rows of a table."""
        first = max(0, len(self.places) - most)
        return [self._row(step) for step in range(first, len(self.places))]

    def _row(self, step):
        w = self.places[step]
        numbers = {"w": w, "loss": self.curve.loss(w), "slope": self.curve.slope(w)}
        rate = f"{self.rates[step]:g}" if step < len(self.rates) else ""
        return {"step": step, **{name: f"{value:z.2f}" for name, value in numbers.items()}, "learning rate": rate}


def _about(curve, before, after):
    """What one step did, in words: down, across, or up the other side."""
    lower = curve.loss(before) - curve.loss(after)
    if abs(curve.slope(after)) < FLAT and lower >= 0:
        return "Here the curve is flat, so the steps hardly move the ball any more."
    if abs(lower) < 1e-9:
        return "The ball jumped over the valley and landed just as high on the other side: it will swing for ever."
    if lower < 0:
        return "The last step was too long: it jumped over the valley and landed higher. Lower the learning rate."
    turns = np.diff(np.sign(np.diff(curve.loss(np.linspace(before, after, 201)))))  # -2 at a hilltop, 2 in a valley
    if turns.min() < 0:
        return "The last step jumped over a hill, into another valley."
    return "The last step jumped over the lowest point, and landed lower." if turns.max() > 0 else "It rolled down."


def _thrown_out(made, target):
    return (
        f"{made or 'No'} step{'' if made < 2 else 's'} made: the next one would throw the ball to w = {target:.2f}, "
        "out of the picture. Go back to the start and lower the learning rate."
    )
