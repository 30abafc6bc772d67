"""Lesson 08 in the browser: the prediction, every control of the overfitting lab, its picture, the exercises."""

import re

import pytest
from page import NotebookPage, is_light
from playwright.sync_api import expect

RIGHT = """def early_stopping(losses, patience):
    best = 0
    for number in range(len(losses)):
        if losses[number] < losses[best]:
            best = number
        if number - best == patience:
            return number, best
    return len(losses) - 1, best


mb.check("08.1", early_stopping)"""
WRONG = RIGHT.replace("< losses[best]", "<= losses[best]")


class OverfittingPage:
    """The prediction and the overfitting lab below it, in a learner's words."""

    def __init__(self, notebook, cell):
        self.page, self.keyboard = notebook.page, notebook.page.keyboard
        self.place = notebook.cell(cell).locator(".jp-OutputArea-output")
        self.curves = self.place.locator("svg.mbtutor-curves")
        self.explained, self.verdict = (self.place.locator(f".mbtutor-{name}") for name in ("explained", "verdict"))
        self.progress = self.place.locator(".mbtutor-progress")

    def button(self, name):
        return self.place.get_by_role("button", name=name, exact=True)

    def type(self, name, value):
        field = self.place.get_by_label(name, exact=True)
        field.fill(str(value))
        field.press("Enter")

    def choose(self, name, text):
        self.place.get_by_label(name, exact=True).select_option(text)

    def says(self, text):
        expect(self.place.locator(".mbtutor-status").last).to_have_text(text, timeout=30_000)

    def line(self, name):
        return self.curves.locator(f"g[id$='-{name}'] path").first

    def path(self, name):
        """The line of that name in the picture, as it is drawn now."""
        return self.line(name).get_attribute("d")

    def train(self):
        """Make a run; return its loss curves and what is said of it."""
        lines = self.place.locator(".mbtutor-table tr")  # a run has one when it has ended; Stop is on too briefly
        before = lines.count()
        self.button("Train").click()
        expect(lines).to_have_count(max(2, before + 1), timeout=60_000)
        expect(self.curves).to_have_attribute("aria-label", re.compile("lowest validation loss"))
        return self.path("val_loss"), self.progress.inner_text()


@pytest.fixture(scope="module")
def notebook(site, browser):
    notebook = NotebookPage(browser, site, "08_stop_overfitting.ipynb")
    failures = notebook.run_all()
    assert not failures, failures
    yield notebook
    assert not notebook.errors, notebook.errors


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = OverfittingPage(notebook, "overfit-predict")
    expect(lab.curves).to_be_hidden()
    lab.place.get_by_label("it falls, then stays level", exact=True).check()
    lab.button("Commit").click()
    expect(lab.curves).to_be_visible()
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins without runs, with a short run as fast as it goes."""
    lab.choose("Pace, in updates", "as fast as it can")
    lab.type("Train for", 20)
    lab.type("Training rows", 300)
    lab.type("Batch size", 32)
    expect(lab.explained).to_contain_text("An epoch has 10 updates, the run 200")
    if lab.button("Reset").is_enabled():
        lab.button("Reset").click()
    expect(lab.verdict).to_have_text("No run yet.")
    return lab


def test_the_first_run_moves_and_answers_the_prediction(lab, screenshot):
    expect(lab.place.get_by_label("Patience", exact=True).locator("option:checked")).to_have_text("off")
    screenshot(lab.page, "08_opened")
    lab.button("Train").click()
    expect(lab.progress).to_contain_text("gap")
    expect(lab.line("gap")).not_to_have_attribute("d", lab.path("gap"), timeout=20_000)
    screenshot(lab.page, "08_training")
    lab.choose("Pace, in updates", "as fast as it can")
    lab.says("Finished.")
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("Not as you said: it falls, then rises again.")
    expect(lab.verdict).to_contain_text("Overfitting: the validation loss has risen from")
    expect(lab.verdict).to_contain_text("Of 60 wrong labels the network now repeats 41.")
    expect(lab.progress).to_contain_text("a patience of 5 would have stopped at update")
    screenshot(lab.place, "08_answered")


CONTROLS = {
    "Training rows": ("type", 500, 300),
    "Batch size": ("type", 8, 32),
    "Learning rate": ("type", 0.3, 0.1),
    "Wrong labels": ("choose", "none", "20%"),
    "Weight decay": ("choose", "0.01", "none"),
    "Dropout": ("choose", "50% of the hidden units", "none"),
    "Seed": ("type", 1, 0),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_each_setting_makes_another_run(fresh, name):
    lab, (way, value, before) = fresh, CONTROLS[name]
    first = lab.train()
    getattr(lab, way)(name, value)
    second = lab.train()
    getattr(lab, way)(name, before)
    assert first[0] != second[0] and first[1] != second[1]
    expect(lab.curves).to_contain_text(f"run 2: {name.lower().removeprefix('training ')}")


def test_rows_bound_the_batch_and_say_at_once_what_a_run_is(fresh):
    lab = fresh
    lab.type("Batch size", 300)
    expect(lab.explained).to_contain_text("An epoch has 1 update, the run 20")
    lab.type("Training rows", 100)
    expect(lab.place.get_by_label("Batch size", exact=True)).to_have_value("100")
    expect(lab.explained).to_contain_text("100 of 3,934 rows, 20 of them with a wrong label")
    lab.type("Training rows", 300)
    expect(lab.explained).to_contain_text("An epoch has 3 updates, the run 60")
    lab.type("Batch size", 32)
    expect(lab.explained).to_contain_text("An epoch has 10 updates, the run 200")


def test_patience_ends_the_run_and_puts_the_best_weights_back(fresh, screenshot):
    lab = fresh
    lab.type("Train for", 150)
    lab.train()
    lab.choose("Patience", "5 validations")
    lab.train()
    status = lab.place.locator(".mbtutor-status").last
    expect(status).to_contain_text("Stopped early: 5 validations without a lower loss.")
    expect(lab.verdict).to_contain_text("the weights of the lowest point are back")
    assert lab.path("stop") != "M0 0" != lab.path("best")
    screenshot(lab.place, "08_stopped")
    lab.choose("Patience", "off")


def test_clock_budget_and_pace(fresh):
    lab = fresh
    lab.train()
    before = lab.path("val_loss"), lab.curves.text_content()
    lab.button("examples").click()
    expect(lab.curves).to_contain_text("examples seen")
    assert (lab.path("val_loss"), lab.curves.text_content()) != before
    lab.button("updates").click()
    lab.choose("Unit", "updates")
    expect(lab.explained).to_contain_text("the run 20;")
    lab.type("Train for", 200)
    lab.choose("Unit", "epochs")
    expect(lab.explained).to_contain_text("the run 2,000;")
    lab.choose("Pace, in updates", "20 a second")
    lab.button("Train").click()
    expect(lab.progress).to_contain_text("gap")
    lab.button("Stop").click()
    lab.says("Stopped.")


def test_by_keyboard_alone(fresh, screenshot):
    lab = fresh
    rows = lab.place.locator(".widget-slider .noUi-handle").first
    rows.focus()
    lab.keyboard.press("ArrowRight")
    expect(lab.place.get_by_label("Training rows", exact=True)).to_have_value("500")
    lab.keyboard.press("ArrowLeft")
    expect(lab.place.get_by_label("Training rows", exact=True)).to_have_value("300")
    lab.place.get_by_label("Dropout", exact=True).focus()
    for key in ("Space", "ArrowDown", "Enter"):  # a closed menu leaves the arrows to JupyterLab
        lab.keyboard.press(key)
    lab.button("Train").focus()
    lab.keyboard.press("Enter")
    lab.says("Finished.")
    lab.choose("Dropout", "none")
    lab.place.get_by_text("Table of the runs").click()
    expect(lab.place.locator(".mbtutor-table")).to_contain_text("lowest validation loss")
    lab.place.get_by_text("Show the code").click()
    expect(lab.place.locator(".mbtutor-code").first).to_contain_text("with_wrong_labels(train.subset(range(300)), 0.2)")
    screenshot(lab.place, "08_code")


@pytest.mark.parametrize("width", [900, 1400])
def test_it_fits_a_narrow_and_a_wide_page(fresh, width, screenshot):
    lab = fresh
    lab.page.set_viewport_size({"width": width, "height": 1100})
    lab.train()
    box, room = lab.curves.bounding_box(), lab.place.bounding_box()
    assert box["x"] + box["width"] <= room["x"] + room["width"] + 4  # the margin of a widget
    screenshot(lab.place, f"08_{width}")
    lab.page.set_viewport_size({"width": 1280, "height": 1100})


def test_the_dark_theme_is_readable(notebook, fresh, screenshot):
    fresh.train()
    notebook.theme("Dark")
    assert is_light(fresh.curves.locator("text").first)
    screenshot(fresh.place, "08_dark")
    notebook.theme("Light")


def test_exercises_wrong_and_right(notebook, screenshot):
    wrong = notebook.answer("overfit-exercise-1", WRONG).locator(".mbtutor-result")
    expect(wrong).to_contain_text("An equal loss is no lower loss")
    screenshot(notebook.page, "08_wrong")
    expect(notebook.answer("overfit-exercise-1", RIGHT).locator(".mbtutor-result")).to_contain_text("08.1 passed")
    order = notebook.answer("overfit-exercise-3", 'mb.check("08.3", "ECBAFD")').locator(".mbtutor-result")
    expect(order).to_contain_text("C before E")
    letter = notebook.answer("overfit-exercise-4", 'mb.check("08.4", "A")').locator(".mbtutor-result")
    expect(letter).to_contain_text("no gap was measured at all")
