"""Lesson 11 as a learner meets it: predicted, batches looked at and measured, every control moved, exercises."""

import re

import pytest
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "11_read_text_with_a_recurrent_network.ipynb"
WIDTH = 1400
START = """def wasted(lengths, batch_size):
    parts = [lengths[i : i + batch_size] for i in range(0, len(lengths), batch_size)]
"""
RIGHT = START + "    return 1 - sum(lengths) / sum(len(part) * max(part) for part in parts)\n\n\n"
WRONG = START + "    return sum(lengths) / sum(len(part) * max(part) for part in parts)\n\n\n"
CHECK = 'mb.check("11.1", wasted)'
WAY, SIZE, BUDGET, COMPUTED = "Batches are made", "Batch size", "Token budget", "Computed"
# Without a token budget its slider is a stop that does nothing; its field is none.
STOPS = [WAY, SIZE, f"{SIZE} slider", f"{BUDGET} slider", COMPUTED]
STOPS += ["Next batch", "Measure an epoch", "Clear", "Table of the measured epochs", "Show the code"]


class PaddingPage(LabPage):
    """The prediction and the padding lab below it, in a learner's words."""

    def __init__(self, notebook):
        super().__init__(notebook, "text-lab")
        self.picture = self.place.locator("svg.mbtutor-padding")
        self.tiles = self.place.locator(".mbtutor-names")
        self.words = self.place.locator(".mbtutor-words")
        self.rows = self.place.locator(".mbtutor-table tr")

    def changes(self):
        return changing(self.picture, self.tiles, self.words)


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = PaddingPage(notebook)
    lab.predict("about a third", opens=lab.picture)
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins with nothing measured, with the settings of the lesson."""
    lab.choose(COMPUTED, "every position")
    lab.choose(WAY, "as they come")
    for size in (16, 32):  # a change, for the lab to begin with the first batch again
        lab.type(SIZE, size)
    lab.says("Set: as they come, 32 names a batch.", "Batch 1 of 94")
    lab.click("Clear")
    expect(lab.place.locator(".mbtutor-table")).to_contain_text("none yet")
    return lab


def test_a_prediction_opens_the_lab_and_stands_beside_what_happened(lab, screenshot):
    lab.says("Not seen yet.", "Batch 1 of 94: 32 names")
    with changing(lab.picture):
        lab.click("Measure an epoch")
        lab.says("were padding: 5", "Not as you said: more than half.")
    expect(lab.status).to_have_text(re.compile(r"Done: an epoch took \d+\.\d\d seconds\."))
    screenshot(lab.place, "11_measured")


def test_every_control_moves_picture_tiles_and_words(fresh, screenshot):
    lab = fresh
    with lab.changes():
        lab.click("Next batch")
        lab.says("Batch 2 of 94")
    with lab.changes():
        lab.choose(WAY, "alike in length")
        lab.says("Set: alike in length, 32 names a batch.", "positions, 1.")
    with lab.changes():
        lab.drag(SIZE, 60)
        expect(lab.status).to_have_text(re.compile("Set: alike in length, (64|128|256) names a batch."))
    with lab.changes():
        lab.type(SIZE, 16)
        lab.says("Set: alike in length, 16 names a batch.")
    with lab.changes():
        lab.choose(WAY, "by token budget")
        lab.says("Set: by token budget, 512 positions a batch.")
    with lab.changes():
        lab.type(BUDGET, 1024)
        lab.says("Set: by token budget, 1,024 positions a batch.")
    lab.choose(COMPUTED, "real positions only")
    with changing(lab.picture):
        lab.click("Measure an epoch")
        expect(lab.rows).to_have_count(2)  # the head, and one epoch
    screenshot(lab.place, "11_budget")
    with changing(lab.picture):
        lab.click("Clear")
        expect(lab.place.locator(".mbtutor-table")).to_contain_text("none yet")


def test_it_all_goes_by_keyboard_alone(fresh):
    lab = fresh
    assert lab.stops() == STOPS
    with lab.changes():
        lab.tab_to(WAY)
        lab.keys("Space", "ArrowDown", "Enter")  # a closed menu leaves the arrows to JupyterLab
        lab.says("Set: alike in length")
    with lab.changes():
        lab.tab_to(f"{SIZE} slider")
        lab.keys("ArrowRight")
        lab.says("Set: alike in length, 64 names a batch.")
    with lab.changes():
        lab.press("Next batch", "Space")
        lab.says("Batch 2 of 47")
    with changing(lab.picture):
        lab.press("Measure an epoch")
        expect(lab.rows).to_have_count(2)
    lab.press("Table of the measured epochs")
    expect(lab.place.get_by_text("alike in length, 64 names a batch", exact=True)).to_be_visible()
    lab.keys("Enter")


def test_stop_ends_a_measurement(fresh):
    lab = fresh
    lab.type(SIZE, 4)
    lab.says("Set: as they come, 4 names a batch.")
    lab.click("Measure an epoch")
    lab.click("Stop")
    expect(lab.status).to_have_text(re.compile("Stopped: a part of an epoch does not count|Done: "))


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, screenshot):
    fresh.is_readable(screenshot, "11", fresh.picture)


def test_an_exercise_wrong_and_right(notebook, screenshot):
    wrong = notebook.check("text-ex1", WRONG + CHECK, "This is the share that is real.")
    screenshot(notebook.page, "11_wrong")
    notebook.hint(wrong, "Count positions, batch by batch")
    notebook.check("text-ex1", RIGHT + CHECK, "11.1 passed")
    notebook.check("text-ex4", 'mb.check("11.4", "A")', "wrong alone too")


def test_the_quiz_says_what_a_wrong_answer_mixes_up(notebook):
    notebook.reply("text-quiz", "the rows inside each batch", "their order there changes nothing")
