"""Lesson 06 as a learner meets it: predicted, the map filled, cells clicked, every control moved, a rate scaled."""

import re

import pytest
from page import LabPage, is_light
from playwright.sync_api import expect

LESSON = "06_tune_the_learning_rate.ipynb"
SCHEDULE = """def make_schedule(lr, batch_size, reference, updates):
    def rate(number):
        return lr * batch_size / reference * {}

    return rate


mb.check("06.1", make_schedule)"""
FULL = re.compile(r"^64 of 64 runs; lowest loss so far 0\.\d{3}, at batch size [\d,]+ and learning rate [\d.]+$")
EMPTY, BEST = "\N{MIDDLE DOT}", "\N{BLACK STAR}"
DONE = "Finished. Click a cell to see its curve."


class MapPage(LabPage):
    """The prediction and the map below it, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.cells = self.place.locator("button[title^='batch size']")
        self.words = self.place.locator(".mbtutor-words")

    def at(self, batch_size, lr):
        """The cell of the map for these two."""
        return self.place.locator(f"button[title^='batch size {batch_size:,}, learning rate {lr:g}:']")

    def filled(self):
        return sum(text != EMPTY for text in self.cells.all_inner_texts())

    def one_run(self, batch_size, lr):
        """Click an empty cell and wait for its run; what the words say then."""
        before = self.words.inner_text()
        self.at(batch_size, lr).click()
        expect(self.words).not_to_have_text(before, timeout=60_000)
        expect(self.words).to_contain_text(f"Batch size {batch_size:,}, learning rate {lr:g} (")
        expect(self.button("Stop")).to_be_disabled()
        return self.words.inner_text()


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = MapPage(notebook, "tune-lab")
    lab.predict("0.1, twice the rate", opens=lab.button("Start"))
    return lab


@pytest.fixture
def fresh(lab):
    """An empty map, as the lab starts."""
    lab.choose("Same for every run", "epochs")
    lab.type("How many", 4)
    lab.choose("Optimizer", "SGD")
    lab.choose("Seeds for each cell", "1")
    lab.place.get_by_label("Keep the results on disk").uncheck()
    if lab.button("Reset").is_enabled():
        lab.button("Reset").click()
    expect(lab.progress).to_have_text("0 of 64 runs")
    return lab


def test_the_map_fills_and_answers_the_prediction(lab, screenshot):
    expect(lab.cells).to_have_count(64)
    assert set(lab.cells.all_inner_texts()) == {EMPTY}
    screenshot(lab.page, "06_opened")
    lab.button("Start").click()
    expect(lab.progress).to_contain_text(re.compile(r"^[1-9]\d* of 64 runs; lowest loss so far"), timeout=30_000)
    screenshot(lab.place, "06_filling")
    expect(lab.progress).to_have_text(FULL, timeout=120_000)
    expect(lab.status).to_have_text(DONE)
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("Batch size 16 with rate 0.05 ended at 0.187.")
    expect(answers).to_contain_text("Not as you said: 0.2, four times the rate.")
    texts = lab.cells.all_inner_texts()
    colours = lab.cells.evaluate_all("cells => cells.map(cell => getComputedStyle(cell).backgroundColor)")
    assert EMPTY not in texts and len(set(colours)) > 8
    assert [sum(BEST in text for text in texts[row : row + 8]) for row in range(0, 64, 8)] == [1] * 8
    screenshot(lab.place, "06_filled")


def test_cells_show_their_curves_and_the_clock_redraws_them(lab, screenshot):
    lab.at(16, 0.05).click()
    expect(lab.words).to_contain_text("after 984 updates the validation loss is 0.187")
    first = lab.curves.inner_html()
    lab.at(64, 0.2).click()
    expect(lab.words).to_contain_text("after 248 updates the validation loss is 0.190")
    expect(lab.curves).to_contain_text("batch 16, rate 0.05")
    expect(lab.curves).to_contain_text("batch 64, rate 0.2")
    second = lab.curves.inner_html()
    assert second != first
    lab.button("updates").click()
    expect(lab.curves).to_contain_text("updates made")
    assert lab.curves.inner_html() != second
    screenshot(lab.page, "06_curves")
    lab.button("examples").click()
    expect(lab.place.locator(".mbtutor-table")).to_be_hidden()
    lab.click("Table of the map")
    expect(lab.place.locator(".mbtutor-table")).to_be_visible()
    expect(lab.place.locator(".mbtutor-table")).to_contain_text("0.1867")
    lab.button("Save").click()
    expect(lab.status).to_contain_text("learning_rate_map.png")


def test_the_dark_theme_and_a_narrow_page_are_readable(notebook, lab, screenshot):
    lab.at(256, 0.8).click()
    notebook.theme("Dark")
    assert is_light(lab.curves.locator("text").first)
    screenshot(lab.place, "06_dark")
    notebook.theme("Light")
    for width in (900, 1400):
        lab.page.set_viewport_size({"width": width, "height": 1100})
        last = lab.at(2048, 3.2)
        last.scroll_into_view_if_needed()
        box = last.bounding_box()
        assert box["x"] + box["width"] < width and box["width"] > 55
        screenshot(lab.page, f"06_{width}")
    lab.page.set_viewport_size({"width": 1280, "height": 1100})


def test_stop_keeps_the_cells_and_start_goes_on(fresh):
    fresh.type("How many", 6)
    fresh.button("Start").click()
    expect(fresh.progress).to_contain_text(re.compile(r"^[1-9]\d* of 64 runs"), timeout=30_000)
    fresh.button("Stop").click()
    expect(fresh.status).to_have_text("Stopped. Start goes on with the cells that are missing.")
    kept = fresh.filled()
    assert 0 < kept < 64
    before = fresh.progress.inner_text()
    fresh.button("Start").click()
    expect(fresh.progress).not_to_have_text(before, timeout=30_000)
    assert fresh.filled() > kept
    fresh.button("Reset").click()
    expect(fresh.progress).to_have_text("0 of 64 runs")
    assert fresh.filled() == 0


def test_the_map_goes_by_keyboard_alone(fresh, screenshot):
    fresh.enter()
    fresh.tab_to("How many")
    fresh.keys("ArrowUp", "Enter")
    expect(fresh.status).to_have_text("SGD, 5 epochs a run: another map, not started yet.")
    fresh.press("Start")
    expect(fresh.progress).to_contain_text(re.compile(r"^[1-9]\d* of 64 runs"), timeout=30_000)
    fresh.press("Stop")
    expect(fresh.status).to_contain_text("Stopped.")
    fresh.press("Reset")
    expect(fresh.progress).to_have_text("0 of 64 runs")
    fresh.at(16, 0.1).focus()  # from one cell to the next
    fresh.keys(*["Tab"] * 51, "Enter")
    words = "Batch size 1,024, learning rate 0.8 (SGD, 5 epochs a run): after 20 updates"
    expect(fresh.words).to_contain_text(words, timeout=60_000)
    expect(fresh.curves).to_be_visible()
    screenshot(fresh.place, "06_keyboard")
    fresh.keys("Tab", "Space")
    expect(fresh.words).to_contain_text("Batch size 1,024, learning rate 1.6 (", timeout=60_000)
    assert fresh.filled() == 2


def test_every_control_makes_another_map(fresh, screenshot):
    words = [fresh.one_run(512, 0.4)]
    fresh.type("How many", 2)
    expect(fresh.status).to_have_text("SGD, 2 epochs a run: another map, not started yet.")
    assert fresh.filled() == 0
    words.append(fresh.one_run(512, 0.4))
    fresh.choose("Same for every run", "updates")
    expect(fresh.place.get_by_label("How many", exact=True)).to_have_value("100")
    fresh.type("How many", 20)
    words.append(fresh.one_run(512, 0.4))
    fresh.choose("Same for every run", "examples")
    expect(fresh.place.get_by_label("How many", exact=True)).to_have_value("16000")
    fresh.type("How many", 5000)
    words.append(fresh.one_run(512, 0.4))
    fresh.choose("Optimizer", "Adam")
    expect(fresh.at(512, 0.4)).to_have_count(0)
    words.append(fresh.one_run(512, 0.008))
    assert len(set(words)) == 5
    expect(fresh.curves).to_contain_text("batch 512, rate 0.4, SGD, 5,000 examples a run")
    fresh.choose("Seeds for each cell", "3 (their mean)")
    expect(fresh.progress).to_contain_text("1 of 192 runs")
    fresh.at(1024, 0.008).click()
    expect(fresh.words).to_contain_text("the mean of 3 seeds from", timeout=60_000)
    expect(fresh.progress).to_contain_text("4 of 192 runs")
    screenshot(fresh.place, "06_controls")
    fresh.choose("Optimizer", "SGD")
    fresh.choose("Same for every run", "epochs")
    fresh.choose("Seeds for each cell", "1")
    expect(fresh.status).to_have_text("SGD, 2 epochs a run: a map that can go on.")
    assert fresh.filled() == 1


def test_results_on_disk_are_read_again(fresh):
    fresh.place.get_by_label("Keep the results on disk").check()
    fresh.choose("Same for every run", "updates")
    expect(fresh.progress).to_have_text("0 of 64 runs")
    expect(fresh.place.get_by_label("How many", exact=True)).not_to_have_value("4")
    fresh.type("How many", 2000)
    first = fresh.one_run(512, 0.1)
    fresh.button("Reset").click()
    assert fresh.one_run(512, 0.1) == first


def test_the_map_of_adam_is_a_lab_of_its_own(notebook):
    adam = MapPage(notebook, "tune-play")
    expect(adam.place.get_by_label("Optimizer", exact=True)).to_have_value("Adam")
    assert "Adam, 4 epochs a run" in adam.one_run(1024, 0.064)


def test_an_exercise_wrong_and_right(notebook, screenshot):
    wrong = notebook.check("tune-exercise-1", SCHEDULE.format("number / updates"), "The warm-up never ends")
    notebook.hint(wrong, "Two parts")
    screenshot(notebook.page, "06_wrong")
    notebook.check("tune-exercise-1", SCHEDULE.format("min(1, number / updates)"), "06.1 passed")
    notebook.check("tune-exercise-3", 'mb.check("06.3", "A")', "The rule knows no edge.")
    notebook.check("tune-exercise-3", 'mb.check("06.3", "C")', "06.3 passed")


def test_the_quiz_and_the_recall_answer(notebook):
    notebook.reply("tune-recall", "16", "four times")
    notebook.reply("tune-quiz", "They see fewer rows in an epoch.", "An epoch sees every row once")
