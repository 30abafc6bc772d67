"""Lesson A1 as a learner meets it: run, predicted, scores walked downhill, an outlier dragged, exercises answered."""

import re

import pytest
from page import LabPage
from playwright.sync_api import expect

LESSON = "A1_choose_a_loss.ipynb"
WIDTH = 900
RIGHT = """def huber(errors, delta):
    size = np.abs(errors)
    losses = np.where(size <= delta, errors**2 / 2, delta * (size - delta / 2))
    return losses, np.where(size <= delta, errors, delta * np.sign(errors))


mb.check("A1.1", huber)"""
WRONG = RIGHT.replace("delta * np.sign(errors)", "delta")


class LossPage(LabPage):
    """A loss lab, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.picture = self.place.locator("svg.mbtutor-loss")
        self.words = self.place.locator(".mbtutor-words")

    def shows(self, text):
        """The words and the picture's description say it."""
        expect(self.words).to_contain_text(text)
        expect(self.picture).to_have_attribute("aria-label", re.compile(re.escape(text)))

    def changes(self, action):
        """Do it, and see both picture and text change."""
        picture, words = self.picture.evaluate("svg => svg.outerHTML"), self.place.inner_text()
        action()
        expect(self.place).not_to_have_text(words)
        self.page.wait_for_function(
            "([svg, before]) => svg.isConnected === false || svg.outerHTML !== before",
            arg=[self.picture.element_handle(), picture],
        )
        assert self.picture.evaluate("svg => svg.outerHTML") != picture


@pytest.fixture(scope="module")
def scores(notebook):
    """The lab of scores, opened by an answer to the prediction."""
    lab = LossPage(notebook, "loss-lab")
    lab.predict("only the squared error: squaring punishes a large error hardest", opens=lab.picture)
    return lab


@pytest.fixture(scope="module")
def numbers(notebook):
    """The lab of the outlier."""
    return LossPage(notebook, "loss-outlier")


@pytest.fixture
def start(scores):
    """The lab of scores at score -1, right answer yes, learning rate 1."""
    scores.field("Task").select_option("yes or no")
    scores.field("Right answer").select_option("yes")
    scores.type("Learning rate", 1)
    scores.type("Starting score", 0)
    scores.type("Starting score", -1)
    scores.shows("score -1.00 (26.9% yes), loss 1.31, slope -0.7311")
    return scores


def test_the_prediction_is_answered_by_ten_steps_from_minus_six(scores, screenshot):
    scores.type("Starting score", -6)
    scores.shows("squared error: score -6.00 (0.2% yes), loss 1.00, slope -0.0049")
    scores.button("Ten steps").click()
    scores.shows("cross-entropy: score 1.26")
    scores.shows("squared error: score -5.95")
    expect(scores.place).to_contain_text("Not as you said: only cross-entropy.")
    screenshot(scores.place, "A1_scores")


def test_each_control_of_the_scores_changes_picture_and_text(start):
    start.changes(lambda: start.button("Step").click())
    start.changes(lambda: start.button("Ten steps").click())
    start.changes(lambda: start.button("Back to the start").click())
    start.shows("score -1.00")
    start.changes(lambda: start.field("Right answer").select_option("no"))
    start.shows("Right answer: no.")
    start.changes(lambda: start.type("Starting score", 3.3))
    start.shows("score 3.30")
    start.type("Learning rate", 5)
    expect(start.status).to_contain_text("The next steps are made with learning rate 5.")


def test_the_score_follows_the_slider_by_mouse_and_by_keyboard(start):
    handle = start.handle("Starting score")
    handle.focus()
    start.changes(lambda: start.page.keyboard.press("ArrowLeft"))
    start.shows("score -1.50")
    expect(start.field("Starting score")).to_have_value("-1.5")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    start.page.mouse.move(x, y)
    start.page.mouse.down()
    start.page.mouse.move(x + 70, y, steps=6)
    expect(start.field("Starting score")).to_have_value(re.compile(r"^[1-5]"))  # while the mouse is down
    start.page.mouse.up()


def test_steps_by_keyboard_alone_and_a_rate_by_its_slider(start):
    start.handle("Learning rate").focus()
    start.page.keyboard.press("ArrowRight")
    expect(start.field("Learning rate")).to_have_value("2")
    start.button("Step").focus()
    start.changes(lambda: start.page.keyboard.press("Enter"))
    start.shows("cross-entropy: score 0.46")
    start.place.get_by_text("Table of the same numbers", exact=True).click()
    expect(start.place.locator(".mbtutor-table tr")).to_have_count(3)
    start.place.get_by_text("Table of the same numbers", exact=True).click()


def test_each_control_of_the_numbers_changes_picture_and_text(numbers, screenshot):
    numbers.changes(lambda: numbers.button("Throw it up").click())
    numbers.shows("Outlier at 30.00.")
    numbers.shows("squared error: 7.18, moved by 2.21")
    numbers.shows("absolute error: 5.00, moved by 0.00")
    screenshot(numbers.place, "A1_constant")
    numbers.changes(lambda: numbers.type("Huber's delta", 10))
    numbers.changes(lambda: numbers.field("Task").select_option("a number, by a line"))
    numbers.shows("The lines at x = 10")
    screenshot(numbers.place, "A1_line")
    numbers.changes(lambda: numbers.button("Back in line").click())
    numbers.shows("Outlier at 5.70.")
    numbers.changes(lambda: numbers.type("Height of the outlier", 0))
    numbers.shows("Outlier at 0.00.")


def test_the_outlier_and_delta_follow_their_sliders_by_keyboard(numbers):
    numbers.type("Height of the outlier", 20)
    numbers.shows("Outlier at 20.00.")
    for name in ("Height of the outlier", "Huber's delta"):
        numbers.handle(name).focus()
        numbers.changes(lambda: numbers.page.keyboard.press("ArrowLeft"))
    numbers.shows("Outlier at 19.50.")


def test_the_task_shows_only_its_own_controls(numbers):
    numbers.field("Task").select_option("yes or no")
    expect(numbers.button("Ten steps")).to_be_visible()
    expect(numbers.button("Throw it up")).to_be_hidden()
    numbers.field("Task").select_option("a number, by a constant")
    expect(numbers.button("Ten steps")).to_be_hidden()
    expect(numbers.field("Starting score")).to_be_hidden()


def test_the_dark_theme_and_a_narrow_page_are_readable(scores, numbers, screenshot):
    for name, lab in (("scores", scores), ("numbers", numbers)):
        lab.is_readable(screenshot, f"A1_{name}", lab.picture)


def test_an_exercise_says_what_is_wrong_and_then_that_it_is_right(notebook):
    for text, said in ((WRONG, "needs the slope -delta"), (RIGHT, "A1.1 passed")):
        cell = notebook.answer("loss-exercise-1", text)
        expect(cell.locator(".mbtutor-result")).to_contain_text(said)


def test_the_quiz_says_what_a_wrong_answer_mixes_up(notebook):
    quiz = notebook.cell("loss-quiz")
    quiz.get_by_label("Each epoch sees twice as many rows.").check()
    quiz.get_by_role("button", name="Answer").nth(1).click()
    expect(quiz).to_contain_text("An epoch is one pass over all rows")
