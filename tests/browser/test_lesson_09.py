"""Lesson 09 as a learner meets it: predicted, measured, every control of the lab moved, the limit found, exercises."""

import re

import pytest
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "09_fit_it_in_memory.ipynb"
WIDTH = 1400
RIGHT = """def accumulated_gradient(mean_gradient, X, y, micro):
    total = 0
    for i in range(0, len(y), micro):
        total = total + len(y[i : i + micro]) / len(y) * mean_gradient(X[i : i + micro], y[i : i + micro])
    return total


mb.check("09.1", accumulated_gradient)"""
WRONG = """def accumulated_gradient(mean_gradient, X, y, micro):
    return sum(mean_gradient(X[i : i + micro], y[i : i + micro]) for i in range(0, len(y), micro))


mb.check("09.1", accumulated_gradient)"""


STOPS = ["Batch size", "Batch size slider", "Budget in MB", "Budget in MB slider", "Hidden units"]
STOPS += ["Hidden units slider", "Hidden layers", "Optimizer", "Numbers", "The data set is", "Accumulate gradients"]
STOPS += ["Micro-batch size slider"]  # without accumulation a stop that does nothing; its field is none
STOPS += ["Measure", "Measure all sizes", "Find the limit", "Clear"]
STOPS += ["Table of the measurements", "Show the code"]


class MemoryPage(LabPage):
    """The prediction and the memory lab below it, in a learner's words."""

    def __init__(self, notebook):
        super().__init__(notebook, "memory-lab")
        self.picture = self.place.locator("svg.mbtutor-memory")
        self.words = self.place.locator(".mbtutor-words")
        self.rows = self.place.locator(".mbtutor-table tr")

    def measure(self):
        self.click("Measure")
        self.comes_to_rest("Done: 1 measured.")

    def measure_all(self):
        self.click("Measure all sizes")
        self.comes_to_rest("Done: 13 measured.")

    def find_the_limit(self):
        self.click("Find the limit")
        expect(self.words).to_contain_text(re.compile("The largest batch|in one batch fit"), timeout=60_000)

    def is_set(self, text):
        """Wait until the lab has heard of the settings."""
        expect(self.status).to_contain_text(re.compile(rf"Set: .*{re.escape(text)}"))

    def measured(self):
        """(batch size, MB) as the words say them."""
        size, peak = re.search(r"Batch size ([\d,]+) takes ([\d.]+) MB", self.words.inner_text()).groups()
        return int(size.replace(",", "")), float(peak)


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = MemoryPage(notebook)
    lab.predict("about 330 MB: 123 times as much", opens=lab.picture)
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins with nothing measured, with the settings of the lesson."""
    lab.choose("Hidden layers", "1")
    lab.choose("Optimizer", "SGD")
    lab.choose("Numbers", "float64, 8 bytes a number")
    lab.choose("The data set is", "in memory")
    lab.field("Accumulate gradients").uncheck()
    for name, value in {"Budget in MB": 10, "Hidden units": 256, "Batch size": 16}.items():
        lab.type(name, value)
    lab.type("Batch size", 32)  # a change, whatever it was
    lab.is_set("batch size 32, budget 10 MB, 1 x 256, SGD, float64.")
    lab.click("Clear")
    lab.comes_to_rest("Cleared: the settings stay.")
    expect(lab.words).to_have_text("Nothing measured yet with 1 x 256, SGD, float64.")
    return lab


def test_all_sizes_answer_the_prediction_and_the_limit_is_found(fresh, screenshot):
    lab = fresh
    screenshot(lab.page, "09_opened")
    lab.measure_all()
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("Batch size 32 took 2.7 MB, all 3,934 rows 28.3 MB: 11 times as much")
    expect(answers).to_contain_text("Not as you said: between 20 and 40 MB.")
    expect(lab.words).to_contain_text("(r² = 1.0000)")
    expect(lab.words).to_contain_text("press Find the limit to see whether they do")
    lab.find_the_limit()
    expect(lab.words).to_contain_text(re.compile(r"The largest batch that fits has 1,\d\d\d rows: (9\.99|10\.00)"))
    limit = re.search(r"fits has ([\d,]+) rows", lab.words.inner_text())[1]
    expect(lab.picture).to_contain_text(f"{limit} rows fit")
    expect(lab.picture).to_have_attribute("aria-label", re.compile(f"fits has {limit} rows"))
    screenshot(lab.place, "09_limit")


def test_the_keyboard_reaches_every_control_and_measures(fresh):
    lab = fresh
    assert lab.stops() == STOPS
    lab.enter()
    lab.press("Measure")
    lab.comes_to_rest("Done: 1 measured.")
    assert lab.measured()[0] == 32
    with changing(lab.picture, lab.words):
        lab.tab_to("Batch size slider")
        lab.keys("ArrowRight")
        lab.is_set("batch size 64")
        lab.press("Measure", "Space")
        lab.comes_to_rest("Done: 1 measured.")
    expect(lab.words).to_contain_text("Batch size 64 takes")
    lab.tab_to("Budget in MB slider")
    lab.keys("ArrowLeft", "ArrowLeft", "ArrowLeft")
    expect(lab.words).to_contain_text("within the budget of 3 MB")
    expect(lab.picture).to_contain_text("budget 3 MB")
    lab.keys("ArrowLeft")
    expect(lab.words).to_contain_text("over the budget of 2 MB")
    lab.press("Find the limit")
    expect(lab.words).to_contain_text("Not even one row fits")
    lab.tab_to("Accumulate gradients")
    lab.keys("Space")
    lab.is_set("pieces of 64")
    with changing(lab.words):
        lab.tab_to("Micro-batch size slider")
        lab.keys("ArrowRight")
        lab.is_set("pieces of 128")
    lab.press("Table of the measurements")
    expect(lab.place.locator(".mbtutor-table")).to_be_visible()
    lab.press("Table of the measurements")
    expect(lab.place.locator(".mbtutor-table")).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "value", "now", "most"),
    [
        ("Hidden units", 32, "1 x 32", 0.98),
        ("Hidden layers", "2", "2 x 256", None),
        ("Optimizer", "Adam", "Adam", None),
        ("Numbers", "float32, 4 bytes a number", "float32", 0.6),
        ("The data set is", "in a mapped file", "mapped file", 0.9),
    ],
)
def test_each_control_moves_the_points(fresh, name, value, now, most):
    lab = fresh
    lab.type("Batch size", 256)
    lab.is_set("batch size 256")
    lab.measure()
    peak = lab.measured()[1]
    with changing(lab.picture, lab.words):
        (lab.type if isinstance(value, int) else lab.choose)(name, value)
        lab.is_set(now)
        expect(lab.words).to_contain_text("Nothing measured yet with")
        lab.measure()
    other = lab.measured()[1]
    assert other < most * peak if most else other > 1.02 * peak
    expect(lab.picture).to_contain_text("1 x 256, SGD, float64")  # the earlier points are still there


def test_sliders_go_by_mouse(fresh):
    lab = fresh
    lab.drag("Batch size", 60)
    expect(lab.field("Batch size")).not_to_have_value("32")
    size = int(lab.field("Batch size").input_value())
    assert size > 32
    lab.is_set(f"batch size {size:,}")
    lab.measure()
    assert lab.measured()[0] == size
    lab.drag("Hidden units", -60)
    expect(lab.field("Hidden units")).not_to_have_value("256")
    assert int(lab.field("Hidden units").input_value()) < 256
    lab.drag("Budget in MB", 60)
    expect(lab.field("Budget in MB")).not_to_have_value("10")
    assert float(lab.field("Budget in MB").input_value()) > 10


def test_accumulation_makes_the_points_level(fresh, screenshot):
    lab = fresh
    lab.measure_all()
    lab.field("Accumulate gradients").check()
    lab.is_set("pieces of")
    lab.type("Micro-batch size", 64)
    expect(lab.words).to_contain_text("pieces of 64")
    lab.measure_all()
    lab.find_the_limit()
    expect(lab.words).to_contain_text("All 3,934 rows in one batch fit")
    lab.type("Batch size", 2048)
    lab.is_set("batch size 2,048")
    level = lab.measured()[1]
    screenshot(lab.place, "09_accumulated")
    lab.type("Micro-batch size", 512)
    lab.is_set("pieces of 512")
    lab.measure()
    assert lab.measured()[1] > 1.5 * level
    lab.type("Micro-batch size", 64)
    lab.is_set("pieces of 64")


def test_stop_and_the_table(fresh):
    lab = fresh
    lab.click("Measure all sizes")
    lab.click("Stop")
    expect(lab.status).to_have_text(re.compile(r"Stopped\.|Done: "))
    lab.measure_all()
    lab.click("Table of the measurements")
    expect(lab.rows).to_have_count(14)
    expect(lab.rows.nth(13)).to_contain_text("3,934")
    lab.click("Clear")
    expect(lab.place.locator(".mbtutor-table")).to_contain_text("none yet")
    lab.click("Table of the measurements")


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, screenshot):
    fresh.measure_all()
    fresh.is_readable(screenshot, "09", fresh.picture)


def test_an_exercise_wrong_and_right(notebook, screenshot):
    wrong = notebook.check("memory-ex1", WRONG, "with k pieces the result is about k times too large")
    screenshot(notebook.page, "09_wrong")
    notebook.hint(wrong, "X[start : start + micro]")
    notebook.check("memory-ex1", RIGHT, "09.1 passed")
    notebook.check("memory-ex4", 'mb.check("09.4", "C")', "each update would be the mean of 32 rows, not of 64")


def test_the_quiz_says_what_a_wrong_answer_mixes_up(notebook):
    notebook.reply("memory-quiz", "2.4 GB", "Weights and gradient do not double")
