"""Prediction and quiz: locked until committed or skipped, answered by clicks, kept for another day."""

import re

import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import make_data

import mbtutor as mb
from mbtutor.exercises import lessons, record
from mbtutor.exercises.exercise import Prediction
from mbtutor.widgets import prediction as prediction_room
from mbtutor.widgets import starting_over
from mbtutor.widgets.quiz import Quiz


@pytest.fixture(autouse=True)
def fresh_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("MBTUTOR_PROGRESS", str(tmp_path / "progress.json"))


def words(widget):
    return re.sub("<style>.*?</style>|<[^>]*>", "", widget.value, flags=re.S)


# Predict -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(digits):
    asked = mb.predict("00", mb.TrainingLab(*digits[:2]))
    yield asked
    asked.close()


def is_open(asked):
    return asked.lab.view.layout.display is None


def both_runs(lab):
    lab.form.batch_size.field.value = 32
    lab.run()
    lab.form.batch_size.field.value = len(lab.train)
    lab.run()


def test_the_lab_is_shut_until_an_answer_is_committed(asked):
    assert not is_open(asked)
    asked.commit.click()
    assert not is_open(asked) and "Choose one of the answers first" in words(asked.status)
    asked.field.index = 0
    asked.commit.click()
    assert is_open(asked) and asked.field.disabled
    assert "Press Train" in words(asked.status)
    assert "batches of 32" in words(asked.answers) and "Not seen yet." in words(asked.answers)


def test_what_happened_stands_beside_what_was_said(asked):
    asked.field.index = 1
    asked.commit.click()
    asked.lab.form.batch_size.field.value = 32
    asked.lab.run()
    assert "Not seen yet." in words(asked.answers)
    both_runs(asked.lab)
    text = words(asked.answers)
    assert "You saidboth the same" in text
    assert re.search(r"Batches of 32 made 615 updates and read 9\d% .*; all rows at once made 5 and read [12]\d%", text)
    assert text.endswith("Not as you said: the one with batches of 32.")


def test_what_was_seen_stays_when_the_lab_is_reset(asked):
    asked.skip.click()
    both_runs(asked.lab)
    asked.lab.buttons["Reset"].click()
    asked.lab.form.batch_size.field.value = 64
    asked.lab.run()
    assert "all rows at once made 5" in words(asked.answers)


def test_a_right_prediction_is_said_to_be_right(asked):
    asked.field.index = 0
    asked.commit.click()
    both_runs(asked.lab)
    assert words(asked.answers).endswith("As you said.")


def test_it_can_be_skipped(asked):
    asked.skip.click()
    assert is_open(asked) and record.load()["predictions"] == {}
    both_runs(asked.lab)
    assert "nothing; you skipped the question" in words(asked.answers)
    assert "Batches of 32 made" in words(asked.answers)


def test_an_answer_of_another_day_is_shown_and_the_lab_is_open(asked, digits):
    asked.field.index = 2
    asked.commit.click()
    assert record.load()["predictions"]["00"] == {"said": 2, "when": record.today()}
    again = mb.predict("00", mb.TrainingLab(*digits[:2]))
    assert is_open(again) and again.field.index == 2 and "all at once" in words(again.answers)
    again.close()


@pytest.mark.parametrize("odd", [7, -1, "x", None, 1.5, [1]])
def test_a_kept_answer_that_fits_no_option_is_passed_over(digits, odd):
    record.mark("predictions", "00", said=odd)
    asked = mb.predict("00", mb.TrainingLab(*digits[:2]))
    assert not is_open(asked)
    asked.close()


def test_a_number_can_be_predicted(monkeypatch):
    number = Prediction(
        question="How many updates?", then="Press Train.", low=0, high=50, unit="updates",
        outcome=lambda lab: (len(lab.history) - 1, f"{len(lab.history) - 1} updates") if len(lab.history) else None,
    )  # fmt: skip
    monkeypatch.setattr(lessons.lesson("00"), "PREDICTION", number)
    data = make_data(50, d=4)
    asked = mb.predict("00", mb.TrainingLab(data, data, epochs=2))
    asked.field.value = 7.0
    asked.commit.click()
    asked.lab.run()
    assert "You said7 updates" in words(asked.answers) and "What happened4 updates" in words(asked.answers)
    asked.close()
    again = mb.predict("00", mb.TrainingLab(data, data))
    assert again.field.value == 7.0 and is_open(again)
    again.close()


def test_a_fault_in_the_outcome_is_shown_in_the_lab(asked, monkeypatch):
    broken = lessons.lesson("00").PREDICTION
    asked.skip.click()
    asked.prediction = prediction_room.lessons.lesson("00").PREDICTION.__class__(
        **{**vars(broken), "outcome": lambda lab: 1 / 0}
    )
    asked.lab.run()
    assert "division by zero" in words(asked.lab.status)


def test_an_answer_that_cannot_be_kept_still_opens_the_lab(asked, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MBTUTOR_PROGRESS", str(tmp_path / "file" / "progress.json"))
    asked.field.index = 0
    asked.commit.click()
    assert is_open(asked) and "could not be kept" in words(asked.status)


def test_the_saved_notebook_holds_the_question_and_neither_picture_nor_answer(asked):
    bundle = asked._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    assert bundle["text/plain"].startswith("Predict (run this cell to answer): A network is shown")
    assert "  c) the one that saw all at once" in bundle["text/plain"]


def test_closing_it_closes_the_lab(digits):
    before = set(live_widgets)
    mb.predict("00", mb.TrainingLab(*digits[:2])).close()
    assert set(live_widgets) == before


# Quiz --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def quiz():
    quiz = mb.quiz("00")
    yield quiz
    quiz.close()


def answer(quiz, name, choice):
    quiz.asked[name].buttons.index = choice
    quiz.asked[name].answer.click()
    return words(quiz.asked[name].reply)


@pytest.mark.parametrize("number", lessons.numbers())
def test_every_choice_of_every_quiz_is_met_with_its_reply(number):
    quiz = mb.quiz(number)
    for name, question in quiz.questions.items():
        for choice, (_, reply) in enumerate(question.options):
            text = answer(quiz, name, choice)
            assert text == ("✓ " if choice == question.right else "✗ ") + reply.replace("`", "")
    quiz.close()


def test_the_right_ones_are_counted_and_an_answer_can_be_changed(quiz):
    assert words(quiz.status) == ""
    answer(quiz, "0", 0)
    answer(quiz, "1", 0)
    assert words(quiz.status) == "1 of 3 right."
    answer(quiz, "1", 2)
    assert words(quiz.status) == "2 of 3 right."
    assert record.load()["quiz"]["00"] == {"0": 0, "1": 2}
    assert "quiz 2 of 3" in str(mb.progress())


def test_without_a_choice_it_asks_for_one(quiz):
    quiz.asked["0"].answer.click()
    assert words(quiz.asked["0"].reply) == "Choose one of the answers first."
    assert record.load()["quiz"] == {}


def test_answers_of_another_day_are_shown(quiz):
    answer(quiz, "2", 1)
    again = mb.quiz("00")
    assert again.asked["2"].buttons.index == 1 and words(again.status) == "1 of 3 right."
    assert again.asked["0"].buttons.index is None
    again.close()


def test_answers_that_cannot_be_kept_are_still_answered(quiz, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MBTUTOR_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert answer(quiz, "0", 0).startswith("✓")
    assert words(quiz.status) == "1 of 3 right. (Your answers could not be kept.)"


def test_the_saved_notebook_holds_the_questions(quiz):
    text = quiz._repr_mimebundle_()["text/plain"]
    assert text.startswith("Quiz (run this cell to answer)\n1. 1,000 rows") and "  d) 1,000" in text
    assert "Yes" not in text


def test_a_text_of_a_question_may_hold_code_and_no_html(quiz):
    question = lessons.lesson("00").QUIZ[0]
    odd = question.__class__(text="Is `a < b`?", options=(("<b>", "no `x`"), ("&", "yes"), ("c", "c")), right=1)
    quiz = Quiz("00", {"0": odd}, "Quiz")
    assert "<code>a &lt; b</code>" in quiz.asked["0"].widget.children[0].value
    answer(quiz, "0", 0)
    assert "<code>x</code>" in quiz.asked["0"].reply.value
    quiz.close()


def test_an_unknown_lesson_lists_the_known_ones():
    for ask in (mb.quiz, mb.recall, lambda number: mb.predict(number, None)):
        with pytest.raises(KeyError, match="There is no lesson '77'. The lessons with exercises are 00"):
            ask("77")


# Reset -------------------------------------------------------------------------------------------------------------


def test_reset_forgets_and_puts_the_starter_into_a_new_cell(monkeypatch):
    put = []
    monkeypatch.setattr(starting_over, "get_ipython", lambda: type("Shell", (), {"set_next_input": put.append}))
    mb.check("00.3", "CEADB")
    mb.check("00.1")
    assert mb.progress().done == 1
    assert "new cell" in str(mb.reset("00.3")) and put == ['mb.check("00.3", "")']
    assert mb.progress().done == 0
    mb.reset("00.1")
    assert put[1].startswith("def updates_in_an_epoch") and put[1].endswith('mb.check("00.1", updates_in_an_epoch)')


def test_reset_outside_a_notebook_shows_the_starter():
    assert 'mb.check("00.3", "")' in str(mb.reset("00.3"))
    assert "There is no exercise" in str(mb.reset("00.7"))
