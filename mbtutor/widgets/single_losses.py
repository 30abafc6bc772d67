"""What a single answer costs: losses as functions of one score or of one error, each with its slope."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class OneLoss:
    """loss, slope: functions of an array of scores (or errors), element by element."""

    loss: callable
    slope: callable


def of_a_score(answer):
    """{name: OneLoss} of the score for "yes", where the right answer is 1 for yes and 0 for no."""
    return {
        "squared error": OneLoss(
            lambda s: (chance(s) - answer) ** 2,
            lambda s: 2 * (chance(s) - answer) * chance(s) * (1 - chance(s)),
        ),
        "cross-entropy": OneLoss(lambda s: np.logaddexp(0, s) - answer * s, lambda s: chance(s) - answer),
    }


def of_an_error(delta):
    """{name: OneLoss} of how far a number is from its target. delta: where Huber's loss becomes straight."""
    return {
        "squared error": OneLoss(lambda e: e**2, lambda e: 2 * e),
        "absolute error": OneLoss(np.abs, np.sign),
        "Huber's loss": OneLoss(
            lambda e: np.where(np.abs(e) <= delta, e**2 / 2, delta * (np.abs(e) - delta / 2)),
            lambda e: np.clip(e, -delta, delta),
        ),
    }


def chance(score):
    """The probability of yes that a score stands for: its sigmoid."""
    return 0.5 * (1 + np.tanh(0.5 * score))
