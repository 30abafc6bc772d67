"""What a run is judged by: the share of rows right, or how far off its numbers are. Which of two runs is better?"""

import numpy as np

from ..evaluation import baseline, evaluate, typical_error


class Accuracy:
    """For classes: more is better; of runs that are equal the one with the lower loss.

    train: the rows learned from, where an answer that is always their commonest class shall stand beside the result.
    """

    name = "accuracy"

    def __init__(self, train=None):
        self.train = train

    def of(self, net, data):
        return evaluate(net, data)["accuracy"]

    def value(self, tried):
        return tried.accuracy

    def rank(self, tried):
        """The higher, the better."""
        return tried.accuracy, -tried.loss

    def text(self, value, digits=1):
        return f"{value:.{digits}%}"

    def praise(self, tried):
        """What the best run reached, in words."""
        return f"{tried.accuracy:.1%} of the validation rows right"

    def apart(self, values):
        return f"from {min(values):.1%} to {max(values):.1%}, {100 * np.ptp(values):.1f} points apart"

    def beside(self, data):
        """The answer that knows nothing, in words."""
        if self.train is None:
            return ""
        counts = np.bincount(self.train.y)
        commonest = self.train.class_names[counts.argmax()] if self.train.class_names else counts.argmax()
        return f"always the commonest class, {commonest}: {baseline(self.train, data):.1%}"


class TypicalError:
    """For a target of numbers: less is better. unit: what the numbers count, such as the name of the column."""

    name = "error"

    def __init__(self, train, unit):
        self.train, self._unit = train, unit

    def of(self, net, data):
        return typical_error(net, data)

    def value(self, tried):
        return tried.error

    def rank(self, tried):
        """The higher, the better."""
        return -tried.error, -tried.loss

    def text(self, value, digits=1):
        return f"{value:.{digits + 2}g} {self._unit}"

    def praise(self, tried):
        """What the best run reached, in words."""
        return f"a typical error of {self.text(tried.error)} on the validation rows"

    def apart(self, values):
        return f"typical errors from {self.text(min(values))} to {self.text(max(values))}"

    def beside(self, data):
        """The answer that knows nothing, in words."""
        return f"always the mean of train: {self.text(baseline(self.train, data))}"
