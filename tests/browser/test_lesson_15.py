"""Lesson 15 as a learner meets it: predicted, workers trained and spoiled, every control moved, exercises."""

import re

import pytest
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "15_spread_it_over_many_machines.ipynb"
WIDTH = 1400
START = "def worker_gradient(all_reduce, gradient, rows):\n"
RIGHT = START + "    return all_reduce(rows * gradient) / all_reduce(rows)\n\n\n"
WRONG = START + "    return all_reduce(gradient) / all_reduce(1)\n\n\n"
CHECK = 'mb.check("15.1", worker_gradient)'
WORKERS, LOCAL, RATE = "Workers", "Local batch size", "Learning rate"
AVERAGED, ROWS, FIRST = "Averaging", "Rows", "First weights"
STOPS = [name for slider in (WORKERS, LOCAL, RATE) for name in (slider, f"{slider} slider")]
STOPS += [AVERAGED, ROWS, FIRST, "Train", "One update", "Clear", "Table of the runs", "Show the code"]


class AveragingPage(LabPage):
    """The prediction and the averaging lab below it, in a learner's words."""

    def __init__(self, notebook):
        super().__init__(notebook, "machines-lab")
        self.picture = self.place.locator("svg.mbtutor-workers")
        self.words = self.place.locator(".mbtutor-words")
        self.rows = self.place.locator(".mbtutor-table tr")

    def changes(self):
        return changing(self.picture, self.words)

    def train(self):
        """Train, and wait for the end."""
        with self.changes():
            self.click("Train")
            self.comes_to_rest("Done: 100 updates.")


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = AveragingPage(notebook)
    lab.predict("they are alike, but not the same: each worker has seen other rows", opens=lab.picture)
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins without runs, with the settings of the lesson."""
    for name, value in ((WORKERS, 4), (LOCAL, 8), (LOCAL, 16), (RATE, 0.1)):  # a change, for the lab to speak of it
        lab.type(name, value)
    for name, option in ((AVERAGED, "weighted by rows"), (ROWS, "equal shares"), (FIRST, "the same for all")):
        lab.choose(name, option)
    lab.says("Set: 4 x 16 rows, rate 0.1, averaged: weighted by rows, equal shares.")
    lab.click("Clear")
    expect(lab.place.locator(".mbtutor-table")).to_contain_text("none yet")
    return lab


def test_without_frameworks_the_lesson_says_how_to_get_them(notebook):
    for cell, says in (("ddp", "pip install 'mbtutor[torch]'"), ("dask", "pip install 'mbtutor[dask]'")):
        expect(notebook.cell(f"machines-{cell}")).to_contain_text(says)


def test_a_prediction_opens_the_lab_and_stands_beside_what_happened(lab, screenshot):
    lab.says("Not seen yet.", "A batch of 64 rows for 4 workers, 16 each")
    lab.train()
    lab.says("the same but for rounding", "Not as you said: they are the same, all five")
    screenshot(lab.place, "15_trained")


def test_every_control_moves_picture_and_words(fresh, screenshot):
    lab = fresh
    lab.train()
    with lab.changes():
        lab.choose(AVERAGED, "not at all")
        lab.says("rate 0.1, not averaged, equal shares.")
    lab.train()
    lab.says("between workers, 0.")
    screenshot(lab.place, "15_drifted")
    with lab.changes():
        lab.drag(WORKERS, -60)
        expect(lab.status).to_have_text(re.compile("Set: [123] x 16 rows"))
    with lab.changes():
        lab.type(WORKERS, 8)
        lab.says("Set: 8 x 16 rows")
    with lab.changes():
        lab.type(LOCAL, 8)
        lab.says("A batch of 64 rows for 8 workers, 8 each")
        lab.click("One update")
        lab.says("After update 1:")
    with lab.changes():
        lab.type(RATE, 0.3)
        lab.says("rate 0.3, not averaged")
        lab.click("One update")
        lab.says("After update 1:")
    with lab.changes():
        lab.choose(ROWS, "a slow worker takes fewer")
        lab.says("for 8 workers, 2, 9,")
    with lab.changes():
        lab.choose(AVERAGED, "mean of means")
        lab.click("One update")
        lab.says("nothing but rounding between workers, 0.0")
    with lab.changes():
        lab.choose(FIRST, "each its own")
        lab.says("own first weights.", "Weights: 1")
    with changing(lab.picture):
        lab.train()
    expect(lab.rows).to_have_count(4)  # the head, and three runs
    screenshot(lab.place, "15_eight")
    with lab.changes():
        lab.click("Clear")
        expect(lab.place.locator(".mbtutor-table")).to_contain_text("none yet")


def test_it_all_goes_by_keyboard_alone(fresh):
    lab = fresh
    assert lab.stops() == STOPS
    with lab.changes():
        lab.tab_to(AVERAGED)
        lab.keys("Space", "ArrowDown", "Enter")  # a closed menu leaves the arrows to JupyterLab
        lab.says("averaged: mean of means")
        lab.press("One update", "Space")
        lab.says("After update 1:")
    with lab.changes():
        lab.tab_to(f"{WORKERS} slider")
        lab.keys("ArrowLeft")
        lab.says("Set: 3 x 16 rows")
    with lab.changes():
        lab.press("Train")
        lab.comes_to_rest("Done: 100 updates.")
    lab.press("Table of the runs")
    expect(lab.place.get_by_text("3 x 16 rows, rate 0.1, averaged: mean of means")).to_be_visible()
    lab.keys("Enter")


def test_stop_ends_a_run(fresh):
    lab = fresh
    lab.type(WORKERS, 8)
    lab.click("Train")
    lab.says("Training.")
    lab.click("Stop")
    lab.comes_to_rest("Stopped.")


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, screenshot):
    fresh.train()
    fresh.is_readable(screenshot, "15", fresh.picture)


def test_an_exercise_wrong_and_right(notebook):
    wrong = notebook.check("machines-ex1", WRONG + CHECK, "This is the mean of the workers' gradients")
    notebook.hint(wrong, "all_reduce(rows)")
    notebook.check("machines-ex1", RIGHT + CHECK, "15.1 passed")
    notebook.check("machines-ex3", 'mb.check("15.3", "C")', "At the old rate they would not go far enough")


def test_the_quiz_says_what_a_wrong_answer_mixes_up(notebook):
    notebook.reply("machines-quiz", "400: each worker makes 100", "They make the same 100, together")
