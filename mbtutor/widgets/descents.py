"""Two scores that walk downhill from one start, each by its own loss, and what their steps did, in words."""

from .single_losses import chance, of_a_score

ANSWERS = {"no": 0, "yes": 1}
FLAT = 0.05  # with a slope below this, a score hardly moves


class Descent:
    """A walk of one score for each loss. places: {name: [scores, the start first]}. rates: one for each step."""

    def __init__(self, start, answer):
        self.start, self.answer, self.rates = start, answer, []
        self.losses = of_a_score(ANSWERS[answer])
        self.places = {name: [start] for name in self.losses}

    def go(self, steps, lr):
        """Make these steps, score <- score - lr * slope, for each loss; return what happened in words."""
        for _ in range(steps):
            self.rates.append(lr)
            for name, way in self.places.items():
                way.append(float(way[-1] - lr * self.losses[name].slope(way[-1])))
        head = "One step" if steps == 1 else f"{steps} steps"
        ends = " ".join(f"{name.capitalize()}: {self._about(name)}." for name in self.places)
        return f"{head} with learning rate {lr:g}. {ends}"

    def head(self):
        """The line above the losses."""
        return f"Right answer: {self.answer}. Each loss at its own score:"

    def words(self):
        """One line for each loss: where its score is, what that costs, and how steep the loss is there."""
        return [f"{name}: {self._numbers(name, -1)}" for name in self.places]

    def rows(self, most):
        """The last places of the walk, at most so many, as rows of a table."""
        steps = len(self.rates)
        return [self._row(step) for step in range(max(0, steps + 1 - most), steps + 1)]

    def right(self, name):
        """Whether that loss's score is on the side of the right answer now."""
        return self._is_right(self.places[name][-1])

    def _is_right(self, score):
        return score > 0 if self.answer == "yes" else score < 0

    def _about(self, name):
        before, now = self.places[name][0], self.places[name][-1]
        if self._is_right(now):
            side = "it was right and is surer now" if self._is_right(before) else "wrong before, right now"
        else:
            flat = abs(self.losses[name].slope(now)) < FLAT
            side = "still wrong, where its loss is almost flat" if flat else "still wrong, but on its way"
        return f"score {before:.2f} -> {now:z.2f}, {side}"

    def _numbers(self, name, step):
        score = self.places[name][step]
        one = self.losses[name]
        costs = f"loss {one.loss(score):.2f}, slope {one.slope(score):z.4f}"
        return f"score {score:z.2f} ({chance(score):.1%} yes), {costs}"

    def _row(self, step):
        row = {"step": step}
        for name, way in self.places.items():
            numbers = {"score": way[step], "loss": self.losses[name].loss(way[step])}
            row |= {f"{name}: {what}": f"{value:z.2f}" for what, value in numbers.items()}
        return row | {"learning rate": f"{self.rates[step]:g}" if step < len(self.rates) else ""}
