"""The exercises of lesson A2: right answers written in other ways pass, and others are told what is the matter."""

import numpy as np
import pytest

from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet

MOMENTUM, ADAM, _ = lessons.lesson("A2").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def test_momentum_may_be_written_in_other_ways():
    MOMENTUM.examine(lambda w, g, v, lr, m: [w - lr * g - lr * m * v, g + v * m])

    def in_place(weights, gradient, velocity, lr, m):
        velocity *= m
        velocity += gradient
        weights -= lr * velocity
        return weights, velocity

    MOMENTUM.examine(in_place)


def test_adam_may_be_written_in_other_ways():
    ADAM.examine(lambda mean, square, t, lr: (lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)) * mean / np.sqrt(square))


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (None, "Your function returns nothing"),
        (3, "Return two things: `return weights, velocity`; got 3."),
        ((1, 2, 3), "Return two things"),
        (("a", "b"), "Return two things"),
        ((np.ones(3), np.ones(2)), "Both must have the shape of the gradient, (2,); got (3,) and (2,)."),
    ],
)
def test_what_is_no_pair_is_named(got, said):
    assert fault(MOMENTUM, lambda *_: got).mistake.startswith(said)


def test_a_step_of_another_shape_is_not_adams():
    assert fault(ADAM, lambda *_: None).mistake.startswith("Your function returns nothing")
    assert fault(ADAM, lambda *_: 0.01).mistake == "That is not Adam's step yet."


def test_numbers_that_were_seen_are_plain():
    seen = fault(MOMENTUM, lambda w, g, v, lr, m: (w, v)).seen
    assert "array" not in seen and "weights=[1.0, -2.0]" in seen
