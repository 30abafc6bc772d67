"""Lesson 05 as a learner meets it: predicted, paths walked, the cloud moved, the noise measured, exercises answered."""

import re

import pytest
from page import LabPage
from playwright.sync_api import expect

LESSON = "05_see_the_noise.ipynb"
ALL = "all 1,125 rows"
RIGHT = """def variance_of_rows(gradients):
    return gradients.var(axis=0, ddof=1).sum()


mb.check("05.1", variance_of_rows)"""
WRONG = """def variance_of_rows(gradients):
    return gradients.var(axis=0).sum()


mb.check("05.1", variance_of_rows)"""


class MicroscopePage(LabPage):
    """The prediction and the gradient microscope below it, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.map = self.place.locator("svg.mbtutor-valley")
        self.cloud = self.place.locator("svg.mbtutor-cloud")
        self.line = self.place.locator("svg.mbtutor-noise")
        self.words = self.place.locator(".mbtutor-words")
        self.facts = self.place.locator(".mbtutor-facts")

    def path(self, label):
        """The drawn points of that path."""
        drawn = self.map.locator(f'[id$="path-{label}"] path').get_attribute("d")
        return re.findall(r"[-\d.]+ [-\d.]+", drawn)

    def looks(self):
        """What is seen now: the map, the cloud, the line of the noise."""
        return [picture.inner_html() for picture in (self.map, self.cloud, self.line)]

    def fresh(self):
        """The settings of the lesson, nothing walked, nothing measured."""
        for name, value in {"Start: weight w": 0.2, "Start: bias b": 0.1, "Learning rate": 0.2}.items():
            self.type(name, value)
        self.type("Batch size of the cloud", 8)
        self.type("Updates of a path", 100)
        for name in ("B = 1", "B = 8", "B = 64", ALL):
            self.field(name).check()
        self.field("Pace, in updates").select_option("as fast as it can")
        for seed in (9, 0):  # another seed forgets what was walked and measured
            self.type("Seed", seed)
            self.comes_to_rest(f"Seed {seed} deals out other batches.")
        expect(self.words).to_contain_text("Loss at the start 0.418")


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = MicroscopePage(notebook, "noise-predict")
    lab.predict("a quarter", opens=lab.map)
    return lab


@pytest.fixture
def fresh(lab):
    lab.fresh()
    return lab


def test_paths_walk_one_update_at_a_time_and_the_noise_answers_the_prediction(lab, screenshot):
    screenshot(lab.page, "05_opened")
    lab.click("Run paths")
    expect(lab.map).not_to_have_attribute("data-n", "0")
    walked = int(lab.map.get_attribute("data-n"))
    assert walked < 100, "at the pace of the lesson it can be watched"
    screenshot(lab.place, "05_walking")
    lab.comes_to_rest("Arrived.")
    assert lab.map.get_attribute("data-n") == "100" and len(lab.path("B = 1")) == 101
    expect(lab.words).to_contain_text("Update 100 of 100, loss over all rows: B = 1: 0.043")
    lab.click("Measure the noise")
    lab.comes_to_rest("Measured.")
    assert lab.line.get_attribute("data-n") == "12"
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("The typical distance was 0.297 with 16 rows and 0.148 with 64: 0.50 of it.")
    expect(answers).to_contain_text("Not as you said: half.")
    screenshot(lab.place, "05_answered")


@pytest.mark.parametrize(("name", "key"), [("Start: weight w", "ArrowLeft"), ("Start: bias b", "ArrowRight")])
def test_the_start_is_moved_by_keyboard_and_everything_follows(fresh, name, key):
    lab = fresh
    before, facts = lab.looks(), lab.facts.inner_text()
    value = float(lab.field(name).input_value())
    lab.handle(name).focus()
    lab.keyboard.press(key)
    expect(lab.field(name)).to_have_value(f"{value + (0.05 if key == 'ArrowRight' else -0.05):g}")
    expect(lab.facts).not_to_have_text(facts)
    w, b = (lab.field(name).input_value() for name in ("Start: weight w", "Start: bias b"))
    lab.comes_to_rest(f"A new start at w = {w}, b = {b}.")
    assert all(one != other for one, other in zip(before, lab.looks()))


def test_the_cloud_shrinks_as_the_batch_grows_by_keyboard(fresh, screenshot):
    lab = fresh
    distances = []
    for key, size in (("Home", "1"), ("ArrowRight", "2"), ("ArrowRight", "4"), ("End", "1,125")):
        lab.handle("Batch size of the cloud").focus()
        lab.keyboard.press(key)
        lab.comes_to_rest(f"The cloud is now made of batches of {size} rows.")
        distances.append(float(re.search(r"from it ([\d.]+)", lab.facts.inner_text())[1]))
    assert distances == sorted(distances, reverse=True) and distances[-1] == 0
    expect(lab.map).to_contain_text("one update, B = 1,125")
    screenshot(lab.place, "05_all_rows")


def test_at_the_star_the_gradient_is_gone_but_not_the_cloud(fresh, screenshot):
    lab = fresh
    lab.type("Start: weight w", -1.2)
    lab.type("Start: bias b", 1.08)
    expect(lab.facts).to_contain_text(
        re.compile(r"Gradient of all rows: length 0\.01\d.*Noise scale: more than all rows")
    )
    screenshot(lab.place, "05_star")


def test_learning_rate_seed_updates_and_choice_change_the_paths(fresh):
    lab = fresh

    def walked():
        lab.button("Run paths").focus()
        lab.keyboard.press("Enter")
        lab.comes_to_rest("Arrived.")
        return lab.path("B = 8")

    paths = [walked()]
    lab.type("Learning rate", 0.05)
    lab.comes_to_rest("The next update is made with learning rate 0.05.")
    paths.append(walked())
    lab.type("Seed", 3)
    lab.comes_to_rest("Seed 3 deals out other batches.")
    paths.append(walked())
    lab.type("Updates of a path", 40)
    lab.comes_to_rest("A path will have 40 updates.")
    paths.append(walked())
    assert [len(path) for path in paths] == [101, 101, 101, 41]
    assert len({str(path[:41]) for path in paths}) == 3, "fewer updates end the same path earlier"
    lab.field("B = 1").uncheck()
    lab.comes_to_rest(f"Paths chosen: B = 8, B = 64, {ALL}.")
    walked()
    expect(lab.map.locator('[id$="path-B = 1"]')).to_have_count(0)
    expect(lab.place.locator(".mbtutor-words")).not_to_contain_text("B = 1:")


def test_one_update_stop_and_the_tables(fresh):
    lab = fresh
    lab.button("One update").focus()
    lab.keyboard.press("Enter")
    lab.comes_to_rest("One update made.")
    assert lab.map.get_attribute("data-n") == "1"
    lab.type("Updates of a path", 1000)
    lab.comes_to_rest("A path will have 1,000 updates.")
    lab.field("Pace, in updates").select_option("5 a second")
    lab.click("Run paths")
    expect(lab.map).to_have_attribute("data-n", re.compile("^([3-9]|[0-9]{2,3})$"), timeout=20_000)
    lab.click("Stop")
    lab.comes_to_rest("Stopped.")
    expect(lab.button("Stop")).to_be_disabled()
    lab.place.get_by_text("Table of the paths", exact=True).click()
    expect(lab.place.locator(".mbtutor-table tr").filter(has_text=ALL)).to_have_count(1)
    lab.place.get_by_text("Table of the noise", exact=True).click()
    expect(lab.place).to_contain_text("The noise at the start: none yet.")
    lab.click("Reset")
    lab.comes_to_rest("Reset: the paths are forgotten, the settings stay.")
    expect(lab.button("Reset")).to_be_disabled()


def test_the_program_follows_the_controls_and_save_says_where(fresh):
    lab = fresh
    expect(lab.button("Save")).to_be_disabled()
    section, code = lab.place.get_by_text("Show the code", exact=True), lab.place.locator(".mbtutor-code")
    section.click()
    expect(code.first).to_contain_text("for batch_size in [1, 8, 64, 1125]:")
    lab.field("B = 8").uncheck()
    lab.type("Learning rate", 0.05)
    lab.type("Start: bias b", 0.5)
    for text in ("in [1, 64, 1125]:", "net.weights = [0.2, 0.5]", "mb.SGD(lr=0.05)"):
        expect(code.first).to_contain_text(text)
    section.click()
    expect(code.first).to_be_hidden()
    lab.click("One update")
    lab.comes_to_rest("One update made.")
    lab.button("Save").focus()
    lab.keyboard.press("Enter")
    lab.comes_to_rest("Saved 2 files: exports/gradient_microscope.png, exports/gradient_microscope_paths.csv")


def test_no_path_chosen_is_said_in_the_lab(fresh):
    lab = fresh
    for name in ("B = 1", "B = 8", "B = 64", ALL):
        lab.field(name).uncheck()
    lab.comes_to_rest("Paths chosen: none.")
    lab.click("Run paths")
    lab.comes_to_rest("Stopped: no path is chosen: tick at least one of the boxes under Paths")


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, screenshot):
    fresh.click("Run paths")
    fresh.comes_to_rest("Arrived.")
    fresh.is_readable(screenshot, "05", fresh.map, fresh.cloud, fresh.line)


def test_exercises_wrong_and_right(notebook, screenshot):
    wrong = notebook.answer("noise-exercise-1", WRONG).locator(".mbtutor-result")
    expect(wrong).to_contain_text("divide by n - 1, not by n")
    screenshot(notebook.page, "05_wrong")
    expect(notebook.answer("noise-exercise-1", RIGHT).locator(".mbtutor-result")).to_contain_text("05.1 passed")
    letter = notebook.answer("noise-exercise-4", 'mb.check("05.4", "D")').locator(".mbtutor-result")
    expect(letter).to_contain_text("but not what it is compared with")


def test_the_quiz_says_what_a_wrong_answer_mixes_up(notebook):
    quiz = notebook.cell("noise-quiz")
    quiz.get_by_label("Because the training has arrived at the bottom.").check()
    quiz.get_by_role("button", name="Answer").nth(1).click()
    expect(quiz).to_contain_text("It is 0 anywhere: also at the start.")
