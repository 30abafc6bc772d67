"""The exercises of lesson 07: right answers written in other ways pass, and others are told what is the matter."""

import numpy as np
import pytest

from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet
from mbtutor.experiments import fit_plateau

CRITICAL, REACHED, QUICKEST, MACHINES = lessons.lesson("07").EXERCISES


def critical(one, of_one, other, of_other):
    return fit_plateau([one, other], [of_one, of_other]).knee


def reached(updates, losses, target):
    return next((update for update, loss in zip(updates, losses) if loss <= target), None)


def quickest(sizes, updates, seconds):
    times = np.array([np.inf if n is None else n for n in updates]) * np.array(seconds)
    return sizes[times.argmin()]


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def test_other_ways_to_write_it_pass():
    CRITICAL.examine(critical)
    CRITICAL.examine(lambda *given: np.float32(critical(*given)) * 1.0)
    CRITICAL.examine(lambda *given: np.array(critical(*given)))
    REACHED.examine(reached)
    REACHED.examine(lambda *given: None if reached(*given) is None else int(reached(*given)))
    QUICKEST.examine(quickest)
    QUICKEST.examine(lambda *given: np.int64(quickest(*given)))


@pytest.mark.parametrize("exercise", [CRITICAL, QUICKEST], ids=["07.1", "07.3"])
@pytest.mark.parametrize("got", ["160", [160.0], np.array([160.0])], ids=["text", "list", "array"])
def test_what_is_no_number_is_named(exercise, got):
    assert fault(exercise, lambda *_: got).mistake == f"The answer must be one number; got {type(got).__name__}."


@pytest.mark.parametrize("exercise", [CRITICAL, QUICKEST], ids=["07.1", "07.3"])
def test_a_function_without_return_is_told_so(exercise):
    assert "returns nothing" in fault(exercise, lambda *_: None).mistake


def test_a_flag_instead_of_an_update_is_no_number():
    assert "The answer must be one number" in fault(REACHED, lambda *_: "20").mistake


@pytest.mark.parametrize("wrong", [np.inf, -1, 10**9], ids=["infinity", "-1", "a billion"])
def test_a_number_for_a_run_that_never_arrives_is_not_none(wrong):
    def marked(updates, losses, target):
        found = reached(updates, losses, target)
        return wrong if found is None else found

    assert fault(REACHED, marked).mistake == "no number"


@pytest.mark.parametrize(
    ("exercise", "function"),
    [(CRITICAL, lambda *_: 12345.0), (REACHED, lambda updates, *_: -7), (QUICKEST, lambda *_: 12345)],
    ids=["07.1", "07.2", "07.3"],
)
def test_no_answer_is_taken_for_another_fault(exercise, function):
    assert fault(exercise, function).mistake.startswith("That is not")


def test_the_lists_of_the_learner_may_be_changed():
    def popping(sizes, updates, seconds):
        best = quickest(sizes, updates, seconds)
        sizes.clear()
        return best

    QUICKEST.examine(popping)


def test_each_fault_gives_an_answer_of_its_own():
    """In the first case of each exercise, so that a fault is met with its own message."""
    module = lessons.lesson("07")
    for (one, other), values in [(run, module._from_two(*run[0], *run[1])) for run in module.RUNS]:
        assert len({round(value, 6) for value in values.values()}) == len(values), (one, other)
    values = module._choices(*module.RACES[0])
    assert len(set(values.values())) == len(values)


def test_the_choice_of_machines_holds_by_the_curve():
    updates = {size: 1 + 160 / size for size in (64, 512)}
    sooner = updates[64] / updates[512]
    assert 2.5 < sooner < 3 and 2.75 < 8 / sooner < 3.25
    assert MACHINES.right == "B"
