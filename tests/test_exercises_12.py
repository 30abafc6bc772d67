"""The exercises of lesson 12: right answers written in other ways pass, and others are told what is the matter."""

from types import SimpleNamespace

import numpy as np
import pytest

import mbtutor as mb
from mbtutor.exercises import lesson_12, lessons
from mbtutor.exercises.exercise import NotYet, function_in

CUT, WEIGHTS, STEPS, FITS = lessons.lesson("12").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def cut(lengths, budget):
    start = 0
    for row in range(len(lengths) + 1):
        if row == len(lengths) or (row - start + 1) * lengths[row] > budget:
            yield np.arange(start, row)
            start = row


def test_batches_may_be_yielded_one_by_one_and_be_arrays():
    CUT.examine(cut)


def test_the_solution_cuts_where_the_package_does():
    lengths = np.sort(np.random.default_rng(0).integers(3, 12, size=60))
    data = mb.Dataset(mb.Sequences([np.zeros(length, int) for length in lengths]), np.arange(60) % 2)
    batches = mb.BucketBatches(data, token_budget=40, shuffle=False)
    packaged = [batch.index.tolist() for batch in batches]
    assert function_in(CUT.solution)(lengths.tolist(), 40) == packaged


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (None, "Your function returns nothing."),
        (3, "Your function must return or yield several things"),
        ([1, 2], "Return a list of lists of row numbers"),
        ([], "yours has none"),
        ([[0, 1], [1, 2]], "Every row must be in exactly one batch"),
        ([[0, 1, 2, 3, 4, 5, 6, 7]], "more positions than the budget"),
        ([[0], [1], [2], [3], [4], [5], [6], [7]], "Those are not the batches"),
    ],
)
def test_other_batches_are_told_what_is_missing(got, text):
    assert text in fault(CUT, lambda *_: got).mistake


def test_every_fault_of_the_cut_gives_an_answer_of_its_own_in_the_first_case():
    lengths, budget = lesson_12.CUTS[0]
    answers = {name: str(function_in(known.code)(lengths, budget)) for name, known in CUT.mistakes.items()}
    assert len({*answers.values(), str(function_in(CUT.solution)(lengths, budget))}) == len(answers) + 1


def test_the_softmax_may_be_written_otherwise():
    def attention_weights(scores, real):
        E = np.exp(scores) * real
        return E / E.sum(axis=1)[:, None]

    WEIGHTS.examine(attention_weights)


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (lambda S, real: None, "returns nothing"),
        (lambda S, real: "x", "array of numbers"),
        (lambda S, real: S[0], "the shape of scores, (4, 4)"),
        (lambda S, real: S * np.nan, "NaN came out"),
        (lambda S, real: S, "Each row must add up to 1"),
        (lambda S, real: np.full(S.shape, 1 / len(S)), "not the softmax of the scores"),
    ],
)
def test_other_weights_are_told_what_is_missing(got, text):
    assert text in fault(WEIGHTS, got).mistake


def test_the_steps_have_one_order():
    assert [before + after for before, after, _ in STEPS.rules] == ["BD", "DC", "CE", "EA", "AF"]


def lab(padding, mask, moved):
    switches = SimpleNamespace(padding=padding, padding_mask=mask)
    return SimpleNamespace(switches=switches, moved_by_padding=moved, read="oslo")


def test_the_prediction_waits_for_padding_without_a_mask():
    outcome = lesson_12.PREDICTION.outcome
    assert outcome(lab(10, True, 0.0)) is None and outcome(lab(2, False, 0.3)) is None
    assert outcome(lab(10, False, 0.31)) == (
        1,
        "Without the mask, 10 positions of padding moved a probability of “oslo” by 31 points.",
    )
    assert outcome(lab(5, False, 0.001))[0] == 0
