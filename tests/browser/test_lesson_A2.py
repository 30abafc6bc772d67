"""Lesson A2 as a learner meets it: predicted, six paths walked in two valleys, every control moved, answered."""

import re

import pytest
from page import LabPage
from playwright.sync_api import expect

LESSON = "A2_choose_an_optimizer.ipynb"
NAMES = ("SGD", "SGD with momentum", "Nesterov momentum", "RMSProp", "Adam", "AdamW")
RIGHT = """def momentum_update(weights, gradient, velocity, lr, m):
    velocity = m * velocity + gradient
    return weights - lr * velocity, velocity


mb.check("A2.1", momentum_update)"""
WRONG = RIGHT.replace("- lr * velocity", "- lr * gradient")


class OptimizerPage(LabPage):
    """The prediction and the optimizer lab below it, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.map = self.place.locator("svg.mbtutor-valley")
        self.curves = self.place.locator("svg.mbtutor-descents")
        self.words = self.place.locator(".mbtutor-words")

    def walk(self, said="Arrived."):
        self.button("Run paths").focus()
        self.keyboard.press("Enter")
        self.comes_to_rest(said)

    def left(self):
        """{name: loss above the lowest} as the words say it."""
        return dict(re.findall(r"([A-Z][A-Za-z ]+): ([\d.]+)", self.words.inner_text().split("lowest: ")[1]))

    def fresh(self):
        """The settings of the lesson, nothing walked."""
        self.field("The valley lies").select_option("along the axes")
        for name, value in {"Condition number": 50, "Batch size": 1125, "Learning rate": 0.05}.items():
            self.type(name, value)
        for name, value in {"Start: weight w": 1.2, "Start: bias b": -0.4, "Updates of a path": 100}.items():
            self.type(name, value)
        for name in NAMES:
            self.field(name).check()
        self.field("Pace, in updates").select_option("as fast as it can")
        for seed in (9, 0):  # another seed forgets what was walked and measured
            self.type("Seed", seed)
            self.comes_to_rest(f"Seed {seed} deals out other batches.")
        expect(self.words).to_contain_text("The start lies 0.1888 above the lowest loss")


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = OptimizerPage(notebook, "opt-predict")
    lab.predict("both: turning changes nothing", opens=lab.map)
    return lab


@pytest.fixture
def fresh(lab):
    lab.fresh()
    return lab


def test_two_valleys_answer_the_prediction(lab, screenshot):
    screenshot(lab.page, "A2_opened")
    lab.click("Run paths")
    expect(lab.map).not_to_have_attribute("data-n", "0")
    screenshot(lab.place, "A2_walking")
    lab.comes_to_rest("Arrived.")
    assert lab.map.get_attribute("data-n") == lab.curves.get_attribute("data-n") == "100"
    screenshot(lab.place, "A2_along")
    lab.field("The valley lies").select_option("across the axes")
    expect(lab.words).to_contain_text("The start lies")
    lab.walk()
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("In the turned valley, Adam ended 0.0088 above the lowest loss, momentum 0.0000")
    expect(answers).to_contain_text("Not as you said: momentum does, Adam falls far behind it.")
    screenshot(lab.place, "A2_across")


@pytest.mark.parametrize(
    ("name", "key"),
    [("Start: weight w", "ArrowLeft"), ("Start: bias b", "ArrowRight"), ("Condition number", "ArrowLeft")],
)
def test_start_and_shape_are_moved_by_keyboard(fresh, name, key):
    lab = fresh
    picture, words = lab.map.inner_html(), lab.words.inner_text()
    lab.handle(name).focus()
    lab.keyboard.press(key)
    expect(lab.words).not_to_have_text(words)
    lab.comes_to_rest(re.compile("^(A new start at|Another valley: )"))
    assert lab.map.inner_html() != picture


def test_rate_batch_size_seed_updates_and_choice_change_what_is_left(fresh):
    lab = fresh
    lab.walk()
    found = [lab.left()]
    assert list(found[0]) == list(NAMES)
    for name, value, said in (
        ("Learning rate", 0.2, "The next update is made with learning rate 0.2."),
        ("Batch size", 8, "Batches of 8 rows from now on."),
        ("Seed", 3, "Seed 3 deals out other batches."),
        ("Updates of a path", 40, "A path will have 40 updates."),
    ):
        lab.type(name, value)
        lab.comes_to_rest(said)
        lab.walk()
        found.append(lab.left())
        assert found[-1] != found[-2], name
    assert lab.curves.get_attribute("data-n") == "40"
    for name in NAMES[1:]:
        lab.field(name).uncheck()
    lab.comes_to_rest("Paths chosen: SGD.")
    lab.walk()
    assert list(lab.left()) == ["SGD"]
    expect(lab.map.locator('[id$="path-Adam"]')).to_have_count(0)


def test_who_runs_away_is_said_and_stop_holds(fresh):
    lab = fresh
    lab.type("Learning rate", 0.8)
    lab.type("Updates of a path", 1000)
    lab.comes_to_rest("A path will have 1,000 updates.")
    lab.walk("Arrived. Nesterov momentum ran away: lower the learning rate.")
    lab.type("Learning rate", 0.05)
    lab.comes_to_rest("The next update is made with learning rate 0.05.")
    lab.field("Pace, in updates").select_option("5 a second")
    lab.click("Run paths")
    expect(lab.map).to_have_attribute("data-n", re.compile("^([2-9]|[0-9]{2})$"), timeout=20_000)
    lab.click("Stop")
    lab.comes_to_rest("Stopped.")
    lab.click("One update")
    lab.comes_to_rest("One update made.")
    lab.place.get_by_text("Table of the paths", exact=True).click()
    expect(lab.place.locator(".mbtutor-table tr")).to_have_count(7)
    lab.click("Reset")
    lab.comes_to_rest("Reset: the paths are forgotten, the settings stay.")
    expect(lab.button("Reset")).to_be_disabled()


def test_the_program_follows_the_controls(fresh):
    lab, code = fresh, fresh.place.locator(".mbtutor-code")
    lab.place.get_by_text("Show the code", exact=True).click()
    expect(code.first).to_contain_text('"Nesterov momentum": mb.SGD(lr=0.05, momentum=0.9, nesterov=True)')
    lab.type("Learning rate", 0.2)
    lab.field("The valley lies").select_option("across the axes")
    lab.place.get_by_role("tab", name="PyTorch").click()
    expect(code.nth(1)).to_contain_text("torch.optim.Adam(weights, lr=0.2)")
    expect(code.nth(1)).to_contain_text("the valley lies across the axes")
    lab.place.get_by_text("Show the code", exact=True).click()


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, screenshot):
    fresh.walk()
    fresh.is_readable(screenshot, "A2", fresh.map, fresh.curves)


def test_exercises_wrong_and_right(notebook):
    wrong = notebook.answer("opt-exercise-1", WRONG).locator(".mbtutor-result")
    expect(wrong).to_contain_text("The weights move by the gradient alone, as in plain SGD.")
    expect(notebook.answer("opt-exercise-1", RIGHT).locator(".mbtutor-result")).to_contain_text("A2.1 passed")
    letter = notebook.answer("opt-exercise-3", 'mb.check("A2.3", "A")').locator(".mbtutor-result")
    expect(letter).to_contain_text("A step of Adam is about as long as its learning rate")


def test_the_quiz_says_what_a_wrong_answer_mixes_up(notebook):
    quiz = notebook.cell("opt-quiz")
    quiz.get_by_label("Adam is the better optimizer.").check()
    quiz.get_by_role("button", name="Answer").nth(2).click()
    expect(quiz).to_contain_text("SGD would like a larger one")
