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
    assert MOMENTUM.may_change_input


def test_adam_may_be_written_in_other_ways():
    for tiny in (0, 1e-8, 1e-7):  # wherever it is added
        ADAM.examine(
            lambda mean, square, t, lr, tiny=tiny: (
                lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * mean / (np.sqrt(square) + tiny)
            )
        )


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (None, "Your function returns nothing"),
        (3, "Return two things: `return weights, velocity`; got 3."),
        ((1, 2, 3), "Return two things"),
        (("a", "b"), "Return two things"),
        ((np.ones(3), np.ones(2)), "Both must have the shape of the gradient, (3,); got (3,) and (2,)."),
        (np.ones(3), "Return two things: `return weights, velocity`; got array"),
    ],
)
def test_what_is_no_pair_is_named(got, said):
    assert fault(MOMENTUM, lambda *_: got).mistake.startswith(said)


def test_a_step_of_another_shape_is_not_adams():
    assert fault(ADAM, lambda *_: None).mistake.startswith("Your function returns nothing")
    assert fault(ADAM, lambda *_: 0.01).mistake == "That is not Adam's step yet."


def test_numbers_that_were_seen_are_plain():
    seen = fault(MOMENTUM, lambda w, g, v, lr, m: (w, v)).seen
    assert "array" not in seen and "weights=[1.0, -2.0, 0.5]" in seen


def test_numbers_that_are_fixed_in_the_code_do_not_pass():
    for lr, m in ((0.1, None), (None, 0.9), (0.1, 0.9)):

        def fixed(w, g, v, given_lr, given_m, lr=lr, m=m):
            v = (m or given_m) * v + g
            return w - (lr or given_lr) * v, v

        assert fault(MOMENTUM, fixed).mistake == "numbers fixed"


def test_a_velocity_of_another_kind_is_named_as_such():
    def with_rate(sign):
        return lambda w, g, v, lr, m: (w - sign * (m * v + sign * lr * g), m * v + sign * lr * g)

    assert {fault(MOMENTUM, with_rate(sign)).mistake for sign in (1, -1)} == {"rate in the velocity"}
    assert fault(MOMENTUM, lambda w, g, v, lr, m: (w, 2 * v)).mistake == "That is not the update of momentum yet."


@pytest.mark.parametrize("more", [-1, 1])
def test_a_count_that_is_one_off_is_named(more):
    def off(mean, square, count, lr):
        with np.errstate(all="ignore"):
            count = np.float64(count + more)
            return lr * mean / (1 - 0.9**count) / (np.sqrt(square / (1 - 0.999**count)) + 1e-8)

    assert fault(ADAM, off).mistake == "counted on"
