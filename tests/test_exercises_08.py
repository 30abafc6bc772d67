"""The exercises of lesson 08: right answers written in other ways pass, and others are told what is the matter."""

from types import SimpleNamespace

import numpy as np
import pytest

from mbtutor import experiments
from mbtutor.exercises import lesson_08, lessons
from mbtutor.exercises.exercise import NotYet, function_in
from mbtutor.history import History
from mbtutor.training import Update

STOP, DROPOUT, TRIAL, CONCLUSION = lessons.lesson("08").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def stop(losses, patience):
    best = 0
    for number in range(len(losses)):
        best = number if losses[number] < losses[best] else best
        if number - best == patience:
            break
    return np.array([number, best])


def test_early_stopping_may_be_written_otherwise_and_return_an_array():
    STOP.examine(stop)
    STOP.examine(lambda *given: list(map(float, stop(*given))))


def test_the_solution_stops_where_the_package_does():
    rng = np.random.default_rng(0)
    for patience in (1, 3, 100):
        losses = rng.random(40).round(1).tolist()
        number, best = function_in(STOP.solution)(losses, patience)
        point = experiments.stopping_point(losses, patience)
        assert (number, best) == (39 if point.stop is None else point.stop, point.best)


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (None, "Your function returns nothing."),
        (3, "Return two whole numbers"),
        ("ab", "Return two whole numbers"),
        ((6, 0.5), "losses"),
        ((None, 2), "no end"),
        ((0, 0), "That is not where the rule ends this run."),
    ],
)
def test_other_answers_of_early_stopping_are_told_what_is_missing(got, text):
    assert text in fault(STOP, lambda *_: got).mistake


def test_every_fault_of_early_stopping_gives_an_answer_of_its_own_in_some_case():
    answers = {
        name: tuple(tuple(function_in(known.code)(losses, patience)) for losses, patience in lesson_08.STOPS)
        for name, known in STOP.mistakes.items()
    }
    assert len(set(answers.values())) == len(answers)


def test_dropout_may_draw_its_mask_otherwise():
    def dropout(X, p, training, rng):
        return np.where(rng.uniform(size=X.shape) < p, 0, X / (1 - p)) if training else X.copy()

    DROPOUT.examine(dropout)


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (lambda X, *_: None, "returns nothing"),
        (lambda X, *_: "x", "array of numbers"),
        (lambda X, *_: X[0], "the shape of X, (60, 100)"),
        (lambda X, *_: X * np.nan, "NaN or infinity"),
        (lambda X, p, training, rng: (rng.random(X.shape) >= p) * 3.0, "must become `X / (1 - p)`"),
    ],
)
def test_other_answers_of_dropout_are_told_what_is_missing(got, text):
    assert text in fault(DROPOUT, got).mistake


def test_a_trial_has_one_order():
    assert [before + after for before, after, _ in TRIAL.rules] == ["CE", "EB", "BA", "AF", "FD"]


def run(losses, finished=True, **cells):
    cells = {"patience": "off", "dropout": "0", "weight decay": "0", "wrong labels": "20%", "rows": 300, **cells}
    history = History(Update(n, 1, 22_500 * n, 0.0, loss=0.5, val_loss=loss) for n, loss in enumerate(losses))
    return SimpleNamespace(finished=finished, cells=cells, history=history)


@pytest.mark.parametrize(
    ("losses", "option"), [([2, 1, 0.9], 0), ([2, 0.9, 0.95], 1), ([2, 0.9, 1.2], 2), ([2, 0.9, 0.91], 0)]
)
def test_the_prediction_tells_falling_level_and_rising_apart(losses, option):
    seen, text = lesson_08.PREDICTION.outcome(SimpleNamespace(runs=[run(losses)]))
    assert seen == option
    assert text.endswith(f"fell to {min(losses):.2f} and ended at {losses[-1]:.2f}.")


def test_the_prediction_waits_for_a_whole_run_without_help():
    helped = [{"patience": "5"}, {"dropout": "0.5"}, {"weight decay": "0.01"}, {"wrong labels": "0%"}, {"rows": 500}]
    runs = [run([2, 1, 1], finished=False), run([2, 1]), *(run([2, 1, 1], **cells) for cells in helped)]
    assert lesson_08.PREDICTION.outcome(SimpleNamespace(runs=runs)) is None
