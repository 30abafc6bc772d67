"""Lesson 01 as a learner meets it: predicted, split and scaled in the lab, trained, an exercise wrong and right."""

import re

import pytest
import runs
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "01_prepare_the_data.ipynb"
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


LEAK, STRATIFY = "leak: take the statistics from all rows", "stratify: every class in its share"
PACE, EPOCHS = "Pace, in updates", "Train for, in epochs"
CHOSEN = {"Scaling": "none", PACE: "200 a second"}
TYPED = {"Validation fraction": 0.15, "Test fraction": 0.15, "Learning rate": 0.1, EPOCHS: 5}
CONTROLS = ["Scaling", LEAK, "Validation fraction", "Validation fraction slider", "Test fraction"]
CONTROLS += ["Test fraction slider", STRATIFY, "Learning rate", "Learning rate slider", EPOCHS, PACE]
CONTROLS += ["Train", "One update", "examples", "updates", "seconds", "Table of the runs", "Show the code"]


class ScalingPage(LabPage):
    """The prediction and the scaling lab below it, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.report = self.place.locator(".mbtutor-report").first
        self.histograms = self.place.locator("svg.mbtutor-histograms")
        self.numbers = self.place.locator(".mbtutor-table").first

    def train(self, run, updates):
        """Click Train and wait until that run has made that many updates, its whole budget."""
        self.click("Train")
        expect(self.curves).to_contain_text(f"run {run}: ")
        expect(self.progress).to_contain_text(f"update {updates:,} of {updates:,},", timeout=30_000)
        expect(self.status).to_contain_text("Finished", timeout=30_000)


@pytest.fixture(scope="module")
def first(notebook):
    return ScalingPage(notebook, "prepare-predict")


@pytest.fixture
def lab(notebook):
    """The second lab of the lesson, which has the four columns in thousandths, as it starts."""
    lab = ScalingPage(notebook, "prepare-play")
    lab.place.scroll_into_view_if_needed()
    lab.reset()
    for name, option in CHOSEN.items():
        lab.choose(name, option)
    for name in (LEAK, STRATIFY):
        lab.field(name).set_checked(name == STRATIFY)
    for name, value in TYPED.items():
        lab.type(name, value)
    lab.programs_say("val=0.15, test=0.15", "lr=0.1", "epochs=5")
    return lab


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


def test_the_leak_and_stratify_are_switches(lab):
    lab.choose("Scaling", "standard")
    with changing(lab.histograms, lab.numbers):
        lab.field(LEAK).check()
        lab.says("from all 5,620 rows, test rows included. That is a leak.")
    lab.field(LEAK).uncheck()
    lab.says("from the 3,934 training rows alone.", "Classes: equally shared, to a row.")
    with changing(lab.histograms, lab.numbers):
        lab.field(STRATIFY).uncheck()
        lab.says("Classes: not equally shared")


def test_the_fractions_move_by_slider_and_by_number(lab):
    with changing(lab.histograms, lab.report):
        lab.drag("Validation fraction", 25)
        expect(lab.field("Validation fraction")).to_have_value("0.2")
        lab.says("train 3,653 rows", "validation 1,124 rows")
    with changing(lab.histograms, lab.report):
        lab.drag("Test fraction", -25)
        lab.says("train 3,934 rows", "test 562 rows")
    with changing(lab.histograms, lab.report):
        lab.type("Test fraction", 0.3)
        lab.says("train 2,810 rows", "test 1,686 rows")
    lab.type("Validation fraction", 0.9)
    lab.says("Validation and test together must be below 1")
    with changing(lab.histograms, lab.report):
        lab.type("Validation fraction", 0.5)
        lab.says("validation 2,810 rows", "Ready: press Train.")


@pytest.mark.parametrize(
    "how, name, value, says",
    [
        ("type", "Learning rate", 0.02, "learning rate 0.02"),
        ("drag", "Learning rate", 40, r"learning rate [0125.]+"),
        ("type", EPOCHS, 2, "update 246 of 246"),
    ],
)
def test_how_it_trains_changes_the_next_run(lab, how, name, value, says):
    lab.choose("Scaling", "standard")
    lab.choose(PACE, "as fast as it can")
    lab.type(EPOCHS, 1)
    runs.another_run(lab, how, name, value, says)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_each_button_works(lab, by):
    lab.choose(PACE, "20 a second")
    runs.each_control_works(lab, by)


def test_the_form_goes_by_keyboard_alone(lab):
    assert lab.stops() == CONTROLS
    lab.tab_to("Scaling")
    with changing(lab.histograms, lab.numbers):
        lab.keys("Space", "ArrowDown", "Enter")  # a closed menu leaves the arrows to JupyterLab
        lab.says("After: the same columns, standardised")
    for name, says in ((LEAK, "That is a leak."), (STRATIFY, "Classes: not equally shared")):
        with changing(lab.histograms, lab.numbers):
            lab.tab_to(name)
            lab.keys("Space")
            lab.says(says)
    for name, says in (("Validation fraction", "validation 1,124 rows"), ("Test fraction", "test 1,124 rows")):
        with changing(lab.histograms, lab.report):
            lab.tab_to(f"{name} slider")
            lab.keys("ArrowRight")
            lab.says(says)
        lab.tab_to(name)
        lab.keys("0", ".", "1", "Enter")  # Tab has selected what stood there
        lab.says(says.split()[0] + " 562 rows")
    lab.tab_to("Learning rate slider")
    lab.keys("ArrowRight")
    expect(lab.field("Learning rate")).to_have_value("0.2")
    lab.tab_to(EPOCHS)
    lab.keys("1", "Enter")
    lab.tab_to(PACE)
    lab.keys("Space", "End", "Enter")
    expect(lab.field(PACE).locator("option:checked")).to_have_text("as fast as it can")
    with changing(lab.curves):
        lab.press("Train")
        expect(lab.progress).to_contain_text("update 141 of 141", timeout=30_000)
        lab.says("validation accuracy 9")


def test_it_trains_live_and_keeps_the_earlier_run_as_a_thin_curve(lab, screenshot):
    lab.type("Train for, in epochs", 2)
    lab.button("Train").click()
    with changing(lab.curves):
        expect(lab.progress).to_contain_text("update 246 of 246", timeout=30_000)
    lab.says("it reads hardly more than guessing would")
    lab.field("Scaling").select_option("standard")
    runs.train(lab)
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


def test_the_dark_theme_and_a_narrow_page_are_readable(lab, screenshot):
    lab.is_readable(screenshot, "01", lab.histograms)


def test_a_wrong_answer_is_met_with_its_reason_and_a_right_one_passes(notebook, screenshot):
    check = 'mb.check("01.1", standardize)'
    wrong = notebook.check("prepare-exercise-1", LEAKY + check, "That is the leak: take them from train alone.")
    notebook.hint(wrong, "Two numbers are needed for each column, both from train alone")
    screenshot(notebook.page, "01_wrong")
    notebook.check("prepare-exercise-1", RIGHT + check, "01.1 passed")
    notebook.check("prepare-exercise-4", 'mb.check("01.4", "A")', "One row is its own mean")


def test_the_quiz_replies_and_the_page_of_progress_knows(notebook):
    notebook.reply("prepare-recall", "615 times", "615 is the number of updates")
    notebook.reply("prepare-quiz", "The scaling has a bug.", "It does what it should")
    notebook.reply("prepare-quiz", "The pixel has more ink than it ever had in train.", "Yes: 1 is the highest number")
    line = notebook.progress("prepare-exercise-4", "01")
    for done in ("✓ 01.1", "✗ 01.4", "1 of 3", "✓ made"):
        expect(line).to_contain_text(done)
