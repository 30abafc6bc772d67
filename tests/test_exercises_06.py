"""The exercises of lesson 06: right answers written in other ways pass, odd ones are told what is the matter."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

import mbtutor as mb
from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet
from mbtutor.widgets.rate_maps import Choice

SCHEDULE, LIST, _, GROW = lessons.lesson("06").EXERCISES
PREDICTION = lessons.lesson("06").PREDICTION


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def packaged(lr, batch_size, reference, updates):
    return mb.warm_up(mb.scaled_lr(lr, batch_size, reference), updates)


def in_two_branches(lr, batch_size, reference, updates):
    k = batch_size / reference
    return lambda number: np.array(k * lr) if number >= updates else np.float64(lr * k / updates * number)


def loop(stages):
    made = []
    for epochs, batch_size, lr in stages:
        made.append([epochs, int(batch_size * stages[0][2] / lr + 0.5), stages[0][2]])
    return made


def test_right_answers_written_in_other_ways_pass():
    SCHEDULE.examine(packaged)
    SCHEDULE.examine(in_two_branches)
    LIST.examine(lambda lr, reference, sizes: np.array(sizes) * lr / reference)
    LIST.examine(lambda lr, reference, sizes: (mb.scaled_lr(lr, size, reference) for size in sizes))
    GROW.examine(loop)
    GROW.examine(lambda stages: [mb.Stage(*stage) for stage in loop(stages)])
    GROW.examine(lambda stages: np.array([(e, np.int64(b), lr) for e, b, lr in loop(stages)], dtype=object))


def test_stages_of_the_solution_can_be_trained():
    data = mb.datasets.make_clusters(80, features=4, classes=3)
    net = mb.Network([mb.Dense(4, 3)], seed=0)
    net.compile("cross_entropy", mb.SGD(0.4))
    *_, last = mb.train_in_stages(net, data, loop([(2, 16, 0.4), (2, 16, 0.1)]))
    assert last.number == 2 * 5 + 2 * 2


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda *given: None, "Your function returns nothing. Does it end in `return rate`?"),
        (lambda *given: lambda number: None, "rate(1) must be a number; got None."),
        (lambda *given: lambda number: [number], "rate(1) must be a number; got [1]."),
        (lambda *given: lambda number: 0.0, "nothing left"),
        (lambda *given: lambda number: 0.3, "These are not the scaled and warmed-up rates yet."),
        (lambda *given: 0.4, "no function"),
    ],
)
def test_what_is_no_schedule_is_named(function, message):
    assert fault(SCHEDULE, function).mistake == message


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda *given: None, "Your function returns nothing. Does it end in `return rates`?"),
        (lambda lr, reference, sizes: ["a" for _ in sizes], "Each rate must be a number; got 'a'."),
        (lambda lr, reference, sizes: [2 * lr * size / reference for size in sizes], "These are not the scaled"),
        (lambda lr, reference, sizes: [], "one too few"),
        (lambda lr, reference, sizes: {size: lr * size / reference for size in sizes}, "A list of the rates alone is"),
        (lambda lr, reference, sizes: [round(lr * size / reference, 1) for size in sizes], "These are not the scaled"),
        (lambda *given: 0.2, "Your function must return or yield several things"),
    ],
)
def test_what_is_no_list_of_rates_is_named(function, message):
    assert fault(LIST, function).mistake.startswith(message)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda stages: None, "Your function returns nothing. Does it end in `return`?"),
        (lambda stages: [(1, 2)], "Each stage is three numbers (epochs, batch size, rate); got (1, 2)."),
        (lambda stages: [(1, "a", 0.1)], "A batch size must be a number; got 'a'."),
        (lambda stages: [(1, 16, None)], "A rate must be a number; got None."),
        (lambda stages: loop(stages)[:1], "There must be as many stages as you were given."),
        (lambda stages: [(e, 3 * b, lr) for e, b, lr in loop(stages)], "These are not the stages yet."),
        (lambda stages: [(e, b + 1, lr) for e, b, lr in loop(stages)], "cut off"),
        (lambda stages: [(e, 2**place * b, lr) for place, (e, b, lr) in enumerate(stages)], "These are not the stages"),
        (lambda stages: [(e, float(b), lr) for e, b, lr in loop(stages)], "not whole"),
    ],
)
def test_what_are_no_stages_is_named(function, message):
    assert fault(GROW, function).mistake.startswith(message)


def lab(losses, optimizer="SGD", unit="epochs"):
    return SimpleNamespace(losses=losses, choice=Choice(optimizer, unit, 4))


LOSSES = {(16, 0.05): 0.19, (64, 0.025): 1.08, (64, 0.05): 0.56, (64, 0.1): 0.30, (64, 0.2): 0.19}


def test_the_prediction_reads_its_answer_from_the_map():
    place, words = PREDICTION.outcome(lab(LOSSES))
    assert place == 3 and "Batch size 16 with rate 0.05 ended at 0.190. Batch size 64 ended at 1.080" in words
    assert PREDICTION.outcome(lab(LOSSES | {(16, 0.05): 0.31}))[0] == 2


@pytest.mark.parametrize(
    "other",
    [
        lab({}),
        lab({cell: loss for cell, loss in LOSSES.items() if cell != (64, 0.1)}),
        lab(LOSSES, optimizer="Adam"),
        lab(LOSSES, unit="updates"),
        lab(LOSSES | {(64, 0.2): math.inf}),
    ],
    ids=["no run yet", "a cell is missing", "Adam", "equal updates", "diverged"],
)
def test_the_prediction_waits_for_the_map_it_asks_about(other):
    assert PREDICTION.outcome(other) is None
