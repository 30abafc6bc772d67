"""Lesson A3 in the browser: the prediction, every control of the ensemble lab, its pictures, the exercises."""

import re

import pytest
import runs
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "A3_average_an_ensemble.ipynb"
RIGHT = """def answers(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p.mean(axis=0).argmax(axis=-1)


mb.check("A3.1", answers)"""
WRONG = RIGHT.replace("p.mean", "scores.mean")

PROGRAMS = {**runs.PROGRAMS, "TensorFlow": "import tensorflow as tf"}
CONTROLS = ["Members", "Members slider", "They differ in", "Training rows", "Batch size", "Batch size slider"]
CONTROLS += ["Learning rate", "Learning rate slider", "Hidden units", "Hidden units slider"]
CONTROLS += ["Train for", "Unit", "Seed", "Pace, in updates"]
BUTTONS = ["Train", "One update", "examples", "updates", "seconds"]
SECTIONS = ["Table of the runs", "Show the code"]


class EnsemblePage(LabPage):
    """The ensemble lab, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.explained, self.verdict = (self.place.locator(f".mbtutor-{name}") for name in ("explained", "verdict"))
        self.mistakes = self.place.locator(".mbtutor-mistakes")


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = EnsemblePage(notebook, "ens-predict")
    lab.predict("about as many as its members do on average", opens=lab.curves)
    return lab


@pytest.fixture
def fresh(lab):
    """No runs, and a short run of two members as fast as it goes."""
    lab.reset()
    menus = {"They differ in": "weights and batches", "Training rows": "all 1,124", "Unit": "updates"}
    for name, text in (menus | {"Pace, in updates": "as fast as it can"}).items():
        lab.choose(name, text)
    values = {"Members": 2, "Batch size": 8, "Learning rate": 0.2, "Hidden units": 16, "Train for": 60, "Seed": 0}
    for name, value in values.items():
        lab.type(name, value)
    lab.click("updates")
    lab.programs_say("range(0, 2)", "batch_size=8, seed=order", "lr=0.2", "updates=60", "mb.Dense(64, 16)")
    return lab


def test_the_prediction_is_answered_by_four_members(lab, screenshot):
    screenshot(lab.page, "A3_opened")
    with changing(lab.curves, lab.progress, lab.verdict, lab.mistakes):
        lab.click("Train")
        expect(lab.progress).to_contain_text("member 3 of 4")
    screenshot(lab.place, "A3_training")
    lab.comes_to_rest("Finished.")
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("their mean reads 4.3% wrong")
    expect(answers).to_contain_text("Not as you said: fewer than the best member.")
    expect(lab.verdict).to_contain_text("fewer than the best of them")
    screenshot(lab.place, "A3_finished")


def test_each_control_makes_another_run(fresh, screenshot):
    lab, table = fresh, fresh.place.locator(".mbtutor-table").filter(has_text="The last number of each run")
    changes = (
        ("drag", "Members", 60, "member [3-8] of [3-8]"),
        ("choose", "They differ in", "nothing", r"not of one mind on 0\.0%"),
        ("choose", "Training rows", "300", "<td[^>]*>300<"),
        ("drag", "Batch size", 24, None),
        ("drag", "Learning rate", -17, None),
        ("drag", "Hidden units", 24, None),
        ("type", "Train for", 90, "90 updates"),
        ("type", "Seed", 1, None),
        ("choose", "Unit", "epochs", "90 epochs"),
    )
    lab.type("Members", 2)
    for number, (how, name, value, says) in enumerate(changes):
        if number % 4 == 0:  # the table keeps only six runs
            lab.reset()
            runs.train(lab)
        with changing(lab.curves, lab.progress, lab.verdict, lab.mistakes, table):
            getattr(lab, how)(name, value)
            runs.train(lab)
        text = lab.progress.inner_text() + lab.verdict.inner_text() + table.inner_html()
        assert not says or re.search(says, text), name
    screenshot(lab.place, "A3_controls")


def test_the_mistakes_of_one_kind_can_be_chosen(fresh):
    runs.train(fresh)
    for kind in (1, 5, 0):  # mended by the mean, of member 2, of the mean
        with changing(fresh.mistakes):
            fresh.field("Show the mistakes").select_option(index=kind)
        expect(fresh.mistakes.locator("figure u.wrong")).not_to_have_count(0)


def test_each_button_works_by_mouse(fresh):
    fresh.type("Train for", 2000)
    fresh.choose("Pace, in updates", "50 a second")
    fresh.click("examples")
    runs.each_control_works(fresh, "mouse", measures="now and then", programs=PROGRAMS)


def test_the_lab_goes_by_keyboard_alone(fresh):
    lab = fresh
    assert lab.stops() == [*CONTROLS, *BUTTONS, "Show the mistakes", *SECTIONS]
    lab.tab_to("Members slider")
    lab.keys("ArrowRight")
    expect(lab.field("Members")).to_have_value("3")
    lab.tab_to("They differ in")
    lab.keys("Space", "ArrowDown", "Enter")  # a closed menu leaves the arrows to JupyterLab
    expect(lab.field("They differ in").locator("option:checked")).to_have_text("batches alone")
    with changing(lab.curves, lab.verdict):
        lab.press("Train")
        expect(lab.progress).to_contain_text("update 180 of 180, member 3 of 3")


@pytest.mark.parametrize("width", [900, 1400])
def test_it_fits_a_narrow_and_a_wide_page(fresh, width, screenshot):
    fresh.page.set_viewport_size({"width": width, "height": 1100})
    runs.train(fresh)
    room, box = fresh.place.bounding_box(), fresh.curves.bounding_box()
    assert box["x"] + box["width"] <= room["x"] + room["width"] + 4  # the margin of a widget
    screenshot(fresh.place, f"A3_{width}")
    fresh.page.set_viewport_size({"width": 1280, "height": 1100})


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, screenshot):
    fresh.type("Members", 8)
    runs.train(fresh)
    fresh.is_readable(screenshot, "A3", fresh.curves)


def test_an_exercise_wrong_a_hint_and_right(notebook):
    wrong = notebook.check("ens-exercise-1", WRONG, "You average the scores")
    notebook.hint(wrong, "Three steps")
    notebook.check("ens-exercise-1", RIGHT, "A3.1 passed")
    notebook.check("ens-exercise-3", 'mb.check("A3.3", "A")', "They lie in different places")


def test_the_quiz_replies_and_the_page_of_progress_knows(notebook):
    notebook.reply("ens-recall", "Seed 1 is better: use it from now on.", "another seed may lead")
    notebook.reply("ens-quiz", "The mean follows the best member.", "It does not know which one that is.")
    notebook.reply("ens-quiz", "They make different mistakes: where one is wrong, most others are right.", "Yes.")
    line = notebook.progress("ens-exercise-3", "A3")
    for done in ("✓ A3.1", "✗ A3.3", "1 of 3", "✓ made"):
        expect(line).to_contain_text(done)
