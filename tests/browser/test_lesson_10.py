"""Lesson 10 in the browser: the prediction, every control of both labs, their pictures, the exercises."""

import pytest
import runs
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "10_recognise_images.ipynb"
RIGHT = """def convolve(picture, weights):
    size = len(weights)
    rows, columns = (length - size + 1 for length in picture.shape)
    windows = [[picture[i : i + size, j : j + size] for j in range(columns)] for i in range(rows)]
    return [[(window * weights).sum() for window in line] for line in windows]


mb.check("10.1", convolve)"""
WRONG = RIGHT.replace(".sum()", ".mean()")

BUTTONS = ["Train", "One update", "examples", "updates", "seconds"]
SECTIONS = ["Table of the runs", "Show the code"]
AUGMENTATION = ["Shift", "Noise", "Training rows"]
AUGMENTATION += ["Batch size", "Batch size slider", "Learning rate", "Learning rate slider"]
AUGMENTATION += ["Train for", "Unit", "Seed", "Pace, in updates"]
NORM = ["Batch size", "Batch size slider", "Batch norm", "Share of the newest batch"]
NORM += ["Learning rate", "Learning rate slider", "Train for", "Unit", "Seed", "Pace, in updates"]


class ImagesPage(LabPage):
    """A lab of lesson 10, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        parts = ("explained", "coming", "filters", "mistakes", "verdict")
        for name in parts:
            setattr(self, name, self.place.locator(f".mbtutor-{name}"))
        self.means = self.place.locator("svg.mbtutor-means")

    def ran_with(self, name, says):
        """The lab says so of its newest run; by default the table has the value of that field in its line."""
        if says:
            expect(self.place).to_contain_text(says)
            return
        lines = self.place.locator(".mbtutor-table tr")
        column = lines.first.locator("th").all_text_contents().index(name.lower())
        expect(lines.last.locator("td").nth(column)).to_have_text(self.field(name).input_value())


@pytest.fixture(scope="module")
def lab(notebook):
    """The augmentation lab, opened by an answer to the prediction."""
    lab = ImagesPage(notebook, "conv-predict")
    lab.predict("both lower", opens=lab.curves)
    return lab


@pytest.fixture
def fresh(lab):
    """No runs, and a short run as fast as it goes."""
    lab.reset()
    menus = {"Shift": "none", "Noise": "none", "Training rows": "500"}
    for name, text in (menus | {"Unit": "updates", "Pace, in updates": "as fast as it can"}).items():
        lab.choose(name, text)
    for name, value in {"Batch size": 32, "Learning rate": 0.003, "Train for": 8, "Seed": 0}.items():
        lab.type(name, value)
    lab.click("updates")
    lab.programs_say("batch_size=32, seed=0)", "lr=0.003", "updates=8", "arange(500)")
    return lab


@pytest.fixture(scope="module")
def norm(notebook):
    return ImagesPage(notebook, "conv-lab")


@pytest.fixture
def calm(norm):
    """The batch norm lab without runs, and a short run as fast as it goes."""
    norm.reset()
    menus = {"Batch norm": "after the hidden layer", "Share of the newest batch": "0.1", "Unit": "updates"}
    for name, text in (menus | {"Pace, in updates": "as fast as it can"}).items():
        norm.choose(name, text)
    for name, value in {"Batch size": 8, "Learning rate": 0.002, "Train for": 30, "Seed": 0}.items():
        norm.type(name, value)
    norm.click("updates")
    norm.programs_say("batch_size=8, seed=0", "lr=0.002", "updates=30", "momentum=0.1")
    return norm


def test_two_runs_answer_the_prediction(lab, screenshot):
    screenshot(lab.page, "10_opened")
    lab.choose("Pace, in updates", "as fast as it can")
    with changing(lab.curves, lab.progress, lab.filters, lab.mistakes):
        runs.train(lab)
    expect(lab.place.locator(".mbtutor-answers")).to_contain_text("Not seen yet.")
    with changing(lab.coming):
        lab.choose("Shift", "up to 1 pixel")
        expect(lab.explained).to_contain_text("moved by up to 1 pixel, anew in every batch")
    with changing(lab.curves, lab.progress, lab.filters, lab.mistakes, lab.coming):
        runs.train(lab)
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("Not as you said: the training loss higher, the validation loss lower.")
    screenshot(lab.place, "10_answered")


def test_each_control_of_the_augmentation_makes_another_run(fresh):
    lab = fresh
    for how, name, value, says in (
        ("choose", "Shift", "up to 2 pixels", "shift 2"),
        ("choose", "Noise", "0.2", "noise 0.2"),
        ("choose", "Training rows", "1,000", "rows 1000"),
        ("drag", "Batch size", 20, None),
        ("drag", "Learning rate", 17, None),
        ("type", "Train for", 5, "of 5"),
        ("type", "Seed", 1, None),
        ("choose", "Unit", "epochs", "of 80"),
    ):
        lab.reset()  # the table keeps only six runs
        runs.train(lab)
        with changing(lab.curves, lab.progress, lab.filters):
            getattr(lab, how)(name, value)
            if says == "of 80":  # five epochs take a while: it is enough that they have begun
                lab.click("Train")
                expect(lab.progress).to_contain_text(says)
                lab.click("Stop")
            else:
                runs.train(lab)
        lab.ran_with(name, says)


def test_the_mistakes_of_one_kind_can_be_chosen(fresh):
    lab = fresh
    runs.train(lab)
    expect(lab.mistakes).to_contain_text("rows read wrong; the first 24:")
    with changing(lab.mistakes):
        lab.field("Show the mistakes").select_option(index=1)
        expect(lab.mistakes).to_contain_text("read wrong in this way")
    lab.choose("Show the mistakes", "all")


def test_each_button_of_the_augmentation_works(fresh):
    fresh.type("Train for", 500)
    fresh.choose("Pace, in updates", "20 a second")
    fresh.click("examples")
    runs.each_control_works(fresh, "mouse")


def test_the_augmentation_goes_by_keyboard_alone(fresh, screenshot):
    lab = fresh
    # The menu of mistakes and the sections come after the curves.
    assert lab.stops() == [*AUGMENTATION, *BUTTONS, "Show the mistakes", *SECTIONS]
    for name, value in (("Shift", "up to 1 pixel"), ("Training rows", "1,000")):
        lab.tab_to(name)
        lab.keys("Space", "ArrowDown", "Enter")  # a closed menu leaves the arrows to JupyterLab
        expect(lab.field(name).locator("option:checked")).to_have_text(value)
    lab.tab_to("Batch size slider")
    lab.keys("ArrowRight")
    expect(lab.field("Batch size")).to_have_value("64")
    lab.tab_to("Train for")
    lab.keys("6", "Enter")
    with changing(lab.curves, lab.progress):
        lab.press("Train")
        expect(lab.progress).to_contain_text("of 6")


def test_each_control_of_the_batch_norm_lab_makes_another_run(calm, screenshot):
    lab = calm
    with changing(lab.curves, lab.progress, lab.means, lab.verdict):
        runs.train(lab)
    for how, name, value, says in (
        ("choose", "Share of the newest batch", "0.5", "share 0.5"),
        ("drag", "Batch size", 24, None),
        ("drag", "Learning rate", 17, None),
        ("type", "Train for", 40, "of 40"),
        ("type", "Seed", 1, None),
        ("choose", "Batch norm", "none", "there is one mode"),
    ):
        lab.reset()  # the table keeps only six runs
        runs.train(lab)
        with changing(lab.curves, lab.progress, lab.means):
            getattr(lab, how)(name, value)
            runs.train(lab)
        lab.ran_with(name, says)
    expect(lab.field("Share of the newest batch")).to_be_disabled()
    with changing(lab.curves, lab.progress):
        lab.type("Train for", 1)
        lab.choose("Unit", "epochs")
        runs.train(lab)
    screenshot(lab.place, "10_norm_controls")


def test_two_rows_part_the_modes(calm, screenshot):
    lab = calm
    lab.type("Batch size", 2)
    lab.type("Train for", 400)
    runs.train(lab)
    expect(lab.verdict).to_contain_text("The modes differ by +")
    expect(lab.means).to_have_attribute("data-n", "400")
    screenshot(lab.place, "10_norm_two")


def test_each_button_of_the_batch_norm_lab_works_by_keyboard(calm):
    calm.type("Train for", 2000)
    calm.choose("Pace, in updates", "50 a second")
    calm.click("examples")
    runs.each_control_works(calm, "keyboard", measures="now and then")


def test_the_batch_norm_lab_goes_by_keyboard_alone(calm):
    lab = calm
    assert lab.stops() == [*NORM, *BUTTONS, *SECTIONS]
    lab.tab_to("Batch size slider")
    lab.keys("ArrowRight")
    expect(lab.field("Batch size")).to_have_value("16")
    lab.tab_to("Share of the newest batch")
    lab.keys("Space", "ArrowDown", "Enter")
    expect(lab.field("Share of the newest batch").locator("option:checked")).to_have_text("0.5")
    with changing(lab.curves, lab.means):
        lab.press("Train")
        expect(lab.progress).to_contain_text("update 30 of 30")


@pytest.mark.parametrize("width", [900, 1400])
def test_both_fit_a_narrow_and_a_wide_page(fresh, calm, width, screenshot):
    fresh.page.set_viewport_size({"width": width, "height": 1100})
    for lab, pictures, name in ((fresh, [fresh.curves], "pictures"), (calm, [calm.curves, calm.means], "norm")):
        runs.train(lab)
        room = lab.place.bounding_box()
        for box in (picture.bounding_box() for picture in pictures):
            assert box["x"] + box["width"] <= room["x"] + room["width"] + 4  # the margin of a widget
        screenshot(lab.place, f"10_{name}_{width}")
    fresh.page.set_viewport_size({"width": 1280, "height": 1100})


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, calm, screenshot):
    for name, lab, pictures in (("10", fresh, [fresh.curves]), ("10_norm", calm, [calm.means])):
        runs.train(lab)
        lab.is_readable(screenshot, name, *pictures)


def test_an_exercise_wrong_a_hint_and_right(notebook):
    wrong = notebook.check("conv-exercise-1", WRONG, "You take the mean of the products.")
    notebook.hint(wrong, "How many places are there?")
    notebook.check("conv-exercise-1", RIGHT, "10.1 passed")
    notebook.check("conv-exercise-3", 'mb.check("10.3", "BDFAEC")', "D before B")
    notebook.check("conv-exercise-4", 'mb.check("10.4", "B")', "Without padding a window of 5 loses 4 lines")


def test_the_quiz_replies_and_the_page_of_progress_knows(notebook):
    notebook.reply("conv-recall", "more hidden units", "more room to learn rows by heart")
    notebook.reply("conv-quiz", "once, before the training", "it can learn these by heart too")
    notebook.reply("conv-quiz", "the running mean", "what the training batches have left behind")
    line = notebook.progress("conv-exercise-4", "10")
    for done in ("✓ 10.1", "✗ 10.4", "1 of 3", "✓ made"):
        expect(line).to_contain_text(done)
