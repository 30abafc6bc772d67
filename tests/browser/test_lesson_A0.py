"""Lesson A0 as a learner meets it: run, predicted, the ball dragged and stepped, an exercise answered."""

import re

import pytest
from page import LabPage
from playwright.sync_api import expect

LESSON = "A0_warm_up.ipynb"
WIDTH = 900


class BallPage(LabPage):
    """The prediction and the slope lab below it, in a learner's words."""

    def __init__(self, notebook):
        super().__init__(notebook, "warm-30")
        self.picture = self.place.locator("svg.mbtutor-slope")
        self.words = self.place.locator(".mbtutor-words")

    def lies_at(self, w):
        """The words, the picture and its description agree on where the ball lies."""
        expect(self.words).to_contain_text(f"w = {w}, loss")
        expect(self.picture).to_contain_text(f"at w = {w} its slope is")
        expect(self.picture).to_have_attribute("aria-label", re.compile(re.escape(f"w = {w}, loss")))


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = BallPage(notebook)
    lab.predict("closer to the bottom: with longer steps it gets there sooner", opens=lab.picture)
    return lab


@pytest.fixture(autouse=True)
def fresh(lab):
    """Each test begins with the parabola, the ball at 2 and learning rate 0.1."""
    lab.field("Curve").select_option("parabola")
    lab.type("Learning rate", 0.1)
    lab.type("Weight w", 1)
    lab.type("Weight w", 2)
    lab.lies_at("2.00")


def test_steps_move_the_ball_and_back_brings_it_home(lab, screenshot):
    lab.button("Step").click()
    lab.lies_at("1.60")
    lab.says("One step: loss 4.00 -> 2.56. It rolled down.")
    lab.button("Ten steps").click()
    lab.lies_at("0.17")
    screenshot(lab.place, "A0_steps")
    lab.button("Back to the start").click()
    lab.lies_at("2.00")


def test_the_prediction_is_answered(lab):
    lab.type("Learning rate", 1.1)
    expect(lab.words).to_contain_text("the step is -1.1 x 4.00 = -4.40")
    lab.button("Ten steps").click()
    lab.lies_at("12.38")
    lab.says("jumped over the valley and landed higher")
    lab.says("Not as you said:")


def test_the_ball_follows_the_slider_by_mouse_and_by_keyboard(lab):
    handle = lab.handle("Weight w")
    handle.focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.lies_at("1.90")
    expect(lab.field("Weight w")).to_have_value("1.9")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x - 60, y, steps=6)
    expect(lab.field("Weight w")).to_have_value(re.compile(r"^(0|1\.[0-3])"))  # while the mouse is down
    lab.page.mouse.up()
    lab.says("A new start at w = ")


def test_the_learning_rate_slider_changes_the_next_step(lab):
    lab.handle("Learning rate").focus()
    lab.page.keyboard.press("ArrowRight")
    expect(lab.words).to_contain_text("the step is -0.2 x 4.00 = -0.80")


def test_the_other_curve_has_two_valleys_and_the_table_lists_the_steps(lab, screenshot):
    lab.field("Curve").select_option("two valleys")
    expect(lab.words).to_contain_text("w = 2.00, loss 2.60, slope 4.30")
    lab.button("Step").focus()
    lab.page.keyboard.press("Enter")
    lab.lies_at("1.57")
    lab.place.get_by_text("Table of the steps", exact=True).click()
    expect(lab.place.locator(".mbtutor-table tr")).to_have_count(3)
    screenshot(lab.place, "A0_two_valleys")


def test_the_dark_theme_and_a_narrow_page_are_readable(lab, screenshot):
    lab.is_readable(screenshot, "A0", lab.picture)


def test_an_exercise_says_what_is_wrong_and_then_that_it_is_right(notebook):
    for letter, said in (("D", "needs a number for each of 10 columns"), ("A", "A0.1 passed")):
        notebook.check("warm-exercise-1", f'mb.check("A0.1", "{letter}")', said)


def test_the_quiz_says_what_a_wrong_answer_mixes_up(notebook):
    notebook.reply("warm-quiz", "0.7", "That walks uphill")
