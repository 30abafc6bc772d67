"""Lesson 01 as a learner meets it: predicted, split and scaled in the lab, trained, an exercise wrong and right."""

import contextlib
import re

import pytest
from page import NotebookPage, is_light
from playwright.sync_api import expect

LEAKY = """import numpy as np


def standardize(train, other):
    every = np.concatenate([train, other])
    return (train - every.mean(axis=0)) / every.std(axis=0), (other - every.mean(axis=0)) / every.std(axis=0)


"""
RIGHT = """import numpy as np


def standardize(train, other):
    mean, scale = train.mean(axis=0), train.std(axis=0)
    scale[scale == 0] = 1
    return (train - mean) / scale, (other - mean) / scale


"""


class ScalingPage:
    """The prediction and the scaling lab below it, in a learner's words."""

    def __init__(self, notebook, cell_id):
        self.page = notebook.page
        self.place = notebook.cell(cell_id).locator(".jp-OutputArea-output")
        self.report = self.place.locator(".mbtutor-report")
        self.histograms = self.place.locator("svg.mbtutor-histograms")
        self.numbers = self.place.locator(".mbtutor-table").first
        self.curves = self.place.locator("svg.mbtutor-curves")
        self.progress = self.place.locator(".mbtutor-progress")
        self.status = self.place.locator(".mbtutor-status").last

    def field(self, name):
        return self.place.get_by_label(name, exact=True)

    def type(self, name, value):
        self.field(name).fill(str(value))
        self.field(name).press("Enter")

    def button(self, name):
        return self.place.get_by_role("button", name=name, exact=True)

    def says(self, *texts):
        for text in texts:
            expect(self.place).to_contain_text(text)

    def train(self, run, updates):
        """Click Train and wait until that run has made that many updates, its whole budget."""
        self.button("Train").click()
        expect(self.curves).to_contain_text(f"run {run}: ")
        expect(self.progress).to_contain_text(f"update {updates:,} of {updates:,},", timeout=30_000)
        expect(self.status).to_contain_text("Finished", timeout=30_000)


@contextlib.contextmanager
def changing(*places):
    """What is done inside must change each of these places of the page."""
    before = [place.inner_html() for place in places]
    yield
    for place, was in zip(places, before):
        expect(place).not_to_have_js_property("innerHTML", was)


@pytest.fixture(scope="module")
def notebook(site, browser):
    notebook = NotebookPage(browser, site, "01_prepare_the_data.ipynb")
    failures = notebook.run_all()
    assert not failures, failures
    yield notebook
    assert not notebook.errors, notebook.errors


@pytest.fixture(scope="module")
def first(notebook):
    return ScalingPage(notebook, "prepare-predict")


@pytest.fixture
def lab(notebook):
    """The second lab of the lesson, which has the four columns in thousandths, as it starts."""
    lab = ScalingPage(notebook, "prepare-play")
    lab.place.scroll_into_view_if_needed()
    yield lab
    if lab.button("Stop").is_enabled():
        lab.button("Stop").click()
    lab.field("Scaling").select_option("none")
    for name, value in (("Validation fraction", 0.15), ("Test fraction", 0.15), ("Learning rate", 0.1)):
        lab.type(name, value)
    if lab.button("Reset").is_enabled():
        lab.button("Reset").click()


def test_a_prediction_opens_the_lab_and_stands_beside_what_happened(first, screenshot):
    expect(first.curves).to_be_hidden()
    first.place.get_by_label("as many: all pixels are on one scale already").check()
    first.button("Commit").click()
    expect(first.histograms).to_be_visible()
    first.field("Pace, in updates").select_option("as fast as it can")
    first.train(1, 615)
    with changing(first.histograms, first.numbers):
        first.field("Scaling").select_option("standard")
    first.train(2, 615)
    first.says("with standard scaling. Not as you said: less than half as many.")
    screenshot(first.page, "01_happened")


def test_the_scaling_changes_the_picture_and_the_words(lab, screenshot):
    lab.says("Statistics: none are taken.", "column 10", "After: the same columns, not scaled")
    with changing(lab.histograms, lab.numbers):
        lab.field("Scaling").select_option("standard")
        lab.says("After: the same columns, standardised", "from the 3,934 training rows alone.", "0.00 ± 1.00")
    with changing(lab.histograms, lab.numbers):
        lab.field("Scaling").select_option("min-max")
        lab.says("After: the same columns, scaled by min-max", "2 of 64 columns never vary in train")
    screenshot(lab.page, "01_min_max")


def test_the_leak_is_a_switch_by_keyboard(lab):
    lab.field("Scaling").select_option("standard")
    leak = lab.place.get_by_label("leak: take the statistics from all rows")
    with changing(lab.histograms):
        leak.focus()
        lab.page.keyboard.press("Space")
        lab.says("from all 5,620 rows, test rows included. That is a leak.")
    lab.page.keyboard.press("Space")
    lab.says("from the 3,934 training rows alone.")


def test_the_fractions_move_by_slider_and_by_number(lab):
    with changing(lab.histograms, lab.report.first):
        lab.place.locator(".noUi-handle").nth(0).focus()
        lab.page.keyboard.press("ArrowRight")
        expect(lab.field("Validation fraction")).to_have_value("0.2")
        lab.says("train 3,653 rows", "validation 1,124 rows")
    lab.place.locator(".noUi-handle").nth(1).focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.says("train 3,934 rows", "test 562 rows")
    lab.type("Validation fraction", 0.9)
    lab.says("Validation and test together must be below 1")
    lab.type("Validation fraction", 0.5)
    lab.says("validation 2,810 rows", "Ready: press Train.")


def test_without_stratify_the_classes_are_not_shared(lab):
    lab.says("Classes: equally shared, to a row.")
    stratify = lab.place.get_by_label("stratify: every class in its share")
    stratify.uncheck()
    lab.says("Classes: not equally shared")
    stratify.check()
    lab.says("Classes: equally shared, to a row.")


def test_it_trains_live_and_keeps_the_earlier_run_as_a_thin_curve(lab, screenshot):
    lab.type("Train for, in epochs", 2)
    lab.button("Train").click()
    with changing(lab.curves):
        expect(lab.progress).to_contain_text("update 246 of 246", timeout=30_000)
    lab.says("it reads hardly more than guessing would")
    lab.field("Scaling").select_option("standard")
    lab.train(2, 246)
    expect(lab.curves).to_contain_text("run 1: scaling none")
    expect(lab.progress).to_contain_text(re.compile(r"validation accuracy 9\d"))
    lab.button("updates").click()
    expect(lab.curves).to_contain_text("updates made")
    lab.place.get_by_text("Show the code").click()
    expect(lab.place.locator(".mbtutor-code").first).to_contain_text("epochs=2")
    screenshot(lab.place, "01_two_runs")
    lab.place.get_by_text("Show the code").click()
    lab.type("Train for, in epochs", 5)


def test_the_learning_rate_can_be_typed_and_a_run_that_diverges_is_told(lab):
    lab.field("Scaling").select_option("standard")
    lab.type("Learning rate", 50)
    lab.button("Train").click()
    expect(lab.status).to_contain_text("Lower the learning rate", timeout=30_000)


def test_the_dark_theme_is_readable(notebook, lab, screenshot):
    theme = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
    notebook.page.evaluate(theme, "JupyterLab Dark")
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    assert is_light(lab.histograms.locator("text").first)
    screenshot(lab.page, "01_dark")
    notebook.page.evaluate(theme, "JupyterLab Light")
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "true")


def test_a_wrong_answer_is_met_with_its_reason_and_a_right_one_passes(notebook, screenshot):
    check = 'mb.check("01.1", standardize)'
    wrong = notebook.answer("prepare-exercise-1", LEAKY + check).locator(".mbtutor-result")
    expect(wrong).to_contain_text("That is the leak: take them from train alone.")
    screenshot(notebook.page, "01_wrong")
    right = notebook.answer("prepare-exercise-1", RIGHT + check).locator(".mbtutor-result")
    expect(right).to_contain_text("01.1 passed")
    choice = notebook.answer("prepare-exercise-4", 'mb.check("01.4", "A")').locator(".mbtutor-result")
    expect(choice).to_contain_text("One row is its own mean")
