"""Lesson 09 as a learner meets it: predicted, measured, every control of the lab moved, the limit found, exercises."""

import re

import pytest
from page import NotebookPage, is_light
from playwright.sync_api import expect

RIGHT = """def accumulated_gradient(mean_gradient, X, y, micro):
    total = 0
    for i in range(0, len(y), micro):
        total = total + len(y[i : i + micro]) / len(y) * mean_gradient(X[i : i + micro], y[i : i + micro])
    return total


mb.check("09.1", accumulated_gradient)"""
WRONG = """def accumulated_gradient(mean_gradient, X, y, micro):
    return sum(mean_gradient(X[i : i + micro], y[i : i + micro]) for i in range(0, len(y), micro))


mb.check("09.1", accumulated_gradient)"""


class MemoryPage:
    """The prediction and the memory lab below it, in a learner's words."""

    def __init__(self, notebook):
        self.page, self.keyboard = notebook.page, notebook.page.keyboard
        self.place = notebook.cell("memory-lab").locator(".jp-OutputArea-output")
        self.picture = self.place.locator("svg.mbtutor-memory")
        self.words = self.place.locator(".mbtutor-words")
        self.rows = self.place.locator(".mbtutor-table tr")
        self.handles = self.place.locator(".noUi-handle")

    def field(self, name):
        return self.place.get_by_label(name, exact=True)

    def type(self, name, value):
        self.field(name).fill(str(value))
        self.field(name).press("Enter")

    def button(self, name):
        return self.place.get_by_role("button", name=name, exact=True)

    def says(self, text):
        expect(self.place.locator(".mbtutor-status").last).to_have_text(text, timeout=60_000)

    def measure(self):
        self.button("Measure").click()
        self.says("Done: 1 measured.")

    def measure_all(self):
        self.button("Measure all sizes").click()
        self.says("Done: 13 measured.")

    def find_the_limit(self):
        self.button("Find the limit").click()
        expect(self.words).to_contain_text(re.compile("The largest batch|in one batch fit"), timeout=60_000)

    def shown(self):
        """What a learner sees: the picture and the words."""
        return self.picture.inner_html(), self.words.inner_text()

    def measured(self):
        """(batch size, MB) as the words say them."""
        size, peak = re.search(r"Batch size ([\d,]+) takes ([\d.]+) MB", self.words.inner_text()).groups()
        return int(size.replace(",", "")), float(peak)


@pytest.fixture(scope="module")
def notebook(site, browser):
    notebook = NotebookPage(browser, site, "09_fit_it_in_memory.ipynb", width=1400)
    failures = notebook.run_all()
    assert not failures, failures
    yield notebook
    assert not notebook.errors, notebook.errors


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = MemoryPage(notebook)
    expect(lab.picture).to_be_hidden()
    lab.place.get_by_label("about 330 MB: 123 times as much", exact=True).check()
    lab.button("Commit").click()
    expect(lab.picture).to_be_visible()
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins with nothing measured, with the settings of the lesson."""
    lab.field("Hidden layers").select_option("1")
    lab.field("Optimizer").select_option("SGD")
    lab.field("Numbers").select_option("float64, 8 bytes a number")
    lab.field("The data set is").select_option("in memory")
    lab.field("Accumulate gradients").uncheck()
    for name, value in {"Batch size": 32, "Budget in MB": 10, "Hidden units": 256}.items():
        lab.type(name, value)
    expect(lab.button("Clear")).to_be_enabled(timeout=60_000)
    lab.button("Clear").click()
    lab.says("Cleared: the settings stay.")
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


def test_measure_goes_by_keyboard_alone(fresh):
    lab = fresh
    lab.button("Measure").focus()
    lab.keyboard.press("Enter")
    lab.says("Done: 1 measured.")
    assert lab.measured()[0] == 32
    before = lab.shown()
    lab.handles.nth(0).focus()  # the batch size
    lab.keyboard.press("ArrowRight")
    expect(lab.field("Batch size")).to_have_value("64")
    lab.button("Measure").focus()
    lab.keyboard.press("Enter")
    expect(lab.words).to_contain_text("Batch size 64 takes")
    lab.says("Done: 1 measured.")
    assert all(was != now for was, now in zip(before, lab.shown()))
    lab.handles.nth(1).focus()  # the budget
    for _ in range(3):
        lab.keyboard.press("ArrowLeft")
    expect(lab.words).to_contain_text("within the budget of 3 MB")
    expect(lab.picture).to_contain_text("budget 3 MB")
    lab.keyboard.press("ArrowLeft")
    expect(lab.words).to_contain_text("over the budget of 2 MB")


@pytest.mark.parametrize(
    ("name", "value", "most"),
    [
        ("Hidden units", 32, 0.98),
        ("Hidden layers", "2", None),
        ("Optimizer", "Adam", None),
        ("Numbers", "float32, 4 bytes a number", 0.6),
        ("The data set is", "in a mapped file", 0.9),
    ],
)
def test_each_control_moves_the_points(fresh, name, value, most):
    lab = fresh
    lab.type("Batch size", 256)
    lab.says("Ready: press Measure.")
    lab.measure()
    before, (_, peak) = lab.shown(), lab.measured()
    if lab.field(name).evaluate("element => element.tagName") == "SELECT":
        lab.field(name).select_option(value)
    else:
        lab.type(name, value)
    lab.says("Ready: press Measure.")
    expect(lab.words).to_contain_text("Nothing measured yet with")
    lab.measure()
    assert all(was != now for was, now in zip(before, lab.shown()))
    now = lab.measured()[1]
    assert now < most * peak if most else now > 1.02 * peak
    expect(lab.picture).to_contain_text("1 x 256, SGD, float64")  # the earlier points are still there


def test_accumulation_makes_the_points_level(fresh, screenshot):
    lab = fresh
    lab.measure_all()
    lab.field("Accumulate gradients").check()
    lab.says("Ready: press Measure.")
    expect(lab.words).to_contain_text("pieces of 64")
    lab.measure_all()
    lab.find_the_limit()
    expect(lab.words).to_contain_text("All 3,934 rows in one batch fit")
    lab.type("Batch size", 2048)
    level = lab.measured()[1]
    screenshot(lab.place, "09_accumulated")
    lab.type("Micro-batch size", 512)
    lab.says("Ready: press Measure.")
    expect(lab.words).to_contain_text("Nothing measured yet with")
    lab.measure()
    assert lab.measured()[1] > 1.5 * level


def test_stop_and_the_table(fresh):
    lab = fresh
    lab.button("Measure all sizes").click()
    lab.button("Stop").click()
    expect(lab.place.locator(".mbtutor-status").last).to_have_text(re.compile(r"Stopped\.|Done: "))
    lab.measure_all()
    lab.place.get_by_text("Table of the measurements", exact=True).click()
    expect(lab.rows).to_have_count(14)
    expect(lab.rows.nth(13)).to_contain_text("3,934")
    lab.button("Clear").click()
    expect(lab.place.locator(".mbtutor-table")).to_contain_text("none yet")


def test_the_dark_theme_and_a_narrow_page_are_readable(notebook, fresh, screenshot):
    fresh.measure_all()
    notebook.theme("Dark")
    assert is_light(fresh.picture.locator("text").first)
    screenshot(fresh.place, "09_dark")
    notebook.theme("Light")
    notebook.page.set_viewport_size({"width": 900, "height": 1100})
    expect(fresh.picture).to_be_visible()
    assert fresh.picture.bounding_box()["width"] > 400
    screenshot(fresh.place, "09_narrow")
    notebook.page.set_viewport_size({"width": 1400, "height": 1100})


def test_an_exercise_wrong_and_right(notebook, screenshot):
    wrong = notebook.answer("memory-ex1", WRONG).locator(".mbtutor-result")
    expect(wrong).to_contain_text("with k pieces the result is about k times too large")
    screenshot(notebook.page, "09_wrong")
    expect(notebook.answer("memory-ex1", RIGHT).locator(".mbtutor-result")).to_contain_text("09.1 passed")
    letter = notebook.answer("memory-ex4", 'mb.check("09.4", "C")').locator(".mbtutor-result")
    expect(letter).to_contain_text("each update would be the mean of 32 rows, not of 64")
