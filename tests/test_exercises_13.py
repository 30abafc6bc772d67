"""The exercises of lesson 13: right answers written in other ways pass, and others are told what is the matter."""

from types import SimpleNamespace

import numpy as np
import pytest

import mbtutor as mb
from mbtutor.exercises import lesson_13, lessons
from mbtutor.exercises.exercise import NotYet, function_in

STACK, PREPARE, WORD, HOLD_OUT = lessons.lesson("13").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value


def test_stacking_may_be_written_otherwise_and_return_lists():
    def stack(frames, reach):
        places = np.clip(np.arange(len(frames))[:, None] + np.arange(-reach, reach + 1), 0, len(frames) - 1)
        return frames[places].reshape(len(frames), -1)

    STACK.examine(stack)
    STACK.examine(lambda *given: stack(*given).tolist())


def test_the_solution_stacks_as_the_package_does():
    rng = np.random.default_rng(0)
    items = [rng.normal(size=(length, 3)) for length in (1, 4, 9)]
    for reach in (1, 2, 5):
        packaged = mb.stack_frames(mb.Dataset(mb.Sequences(items), ["a", "b", "a"]), reach)
        for row, item in enumerate(items):
            np.testing.assert_array_equal(packaged.X.item(row), function_in(STACK.solution)(item, reach))


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (None, "Your function returns nothing."),
        ("ab", "Return an array of numbers."),
        (np.zeros((4, 7)), "must have the shape (4, 6)"),
        (np.zeros((4, 6)), "do not hold the right frames yet"),
    ],
)
def test_other_answers_of_stacking_are_told_what_is_missing(got, text):
    assert text in fault(STACK, lambda *_: got).mistake


def test_preparing_may_be_written_otherwise_and_return_an_old_list():
    def prepare(X, speakers, held_out):
        held = np.array([speaker in held_out for speaker in speakers])
        return [(part - X[~held].mean(0)) / X[~held].std(0) for part in (X[~held], X[held])]

    PREPARE.examine(prepare)


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (None, "Your function returns nothing."),
        (3, "Return two arrays"),
        ((np.zeros(2), "x"), "Return an array of numbers."),
        ((np.zeros((4, 1)), np.zeros((3, 1))), "The rows are right, their scaling is not yet."),
        ((np.zeros((3, 1)), np.zeros((4, 1))), "The parts do not hold the right rows"),
    ],
)
def test_other_answers_of_preparing_are_told_what_is_missing(got, text):
    assert text in fault(PREPARE, lambda *_: got).mistake


def test_the_bug_scales_by_all_rows_and_holds_out_one_speaker_alone():
    X, speakers = np.arange(8.0)[:, None], np.array([0, 0, 1, 1, 2, 2, 3, 3])
    train, test = function_in(PREPARE.starter)(X, speakers, [2, 3])
    assert len(train) == 6 and len(test) == 2 and abs(train.mean()) > 0.1
    assert fault(PREPARE, function_in(PREPARE.starter)).mistake


def test_naming_a_word_may_multiply_and_return_an_array():
    WORD.examine(lambda probabilities: np.prod(probabilities, axis=0).argmax())
    WORD.examine(lambda probabilities: np.array(np.log(probabilities).mean(axis=0).argmax()))


@pytest.mark.parametrize(
    ("got", "text"),
    [(None, "Your function returns nothing."), ("b", "Return the number of one class"), (0.5, "not a probability")],
)
def test_other_answers_of_naming_a_word_are_told_what_is_missing(got, text):
    assert text in fault(WORD, lambda _: got).mistake


@pytest.mark.parametrize(
    ("exercise", "cases"),
    [(STACK, lesson_13.UTTERANCES), (PREPARE, lesson_13.RECORDINGS), (WORD, lesson_13.FRAMES)],
)
def test_every_fault_is_told_from_the_others_and_from_the_solution(exercise, cases):
    def answers(code):
        found = []
        for case in cases:
            given = case if isinstance(case, tuple) else (case,)
            given = [np.array(part) if isinstance(part, list) else part for part in given]
            try:
                found.append(str(function_in(code)(*given)))
            except Exception as error:
                found.append(type(error).__name__)
        return tuple(found)

    codes = [exercise.solution, *(mistake.code for mistake in exercise.mistakes.values())]
    assert len(set(map(answers, codes))) == len(codes)


def run(speaker, rows="one frame", held_out="the last", finished=True):
    cells = {"a row is": rows, "held out": held_out}
    return SimpleNamespace(cells=cells, finished=finished, accuracies=(0.9, speaker))


@pytest.mark.parametrize(("speaker", "option"), [(0.09, 0), (0.53, 1), (0.75, 2), (0.9, 3)])
def test_the_prediction_is_answered_by_the_voices_held_out(speaker, option):
    lab = SimpleNamespace(runs=[run(0.3, finished=False), run(0.3, rows="a word"), run(speaker)])
    text = f"Split by row it has 90% of the frames right, split by speaker {speaker:.0%}."
    assert lesson_13.PREDICTION.outcome(lab) == (option, text)


def test_no_run_or_another_one_answers_nothing():
    for runs in ([], [run(0.5, finished=False)], [run(0.5, held_out="drawn")]):
        assert lesson_13.PREDICTION.outcome(SimpleNamespace(runs=runs)) is None
