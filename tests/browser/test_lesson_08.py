"""Lesson 08 in the browser: the prediction, every control of the overfitting lab, its picture, the exercises."""

import pytest
import runs
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "08_stop_overfitting.ipynb"
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


FORM = ["Training rows", "Training rows slider", "Batch size", "Batch size slider"]
FORM += ["Learning rate", "Learning rate slider", "Wrong labels", "Weight decay", "Dropout", "Patience"]
FORM += ["Train for", "Unit", "Seed", "Pace, in updates"]
BUTTONS = ["Train", "One update", "examples", "updates", "seconds"]
SECTIONS = ["Table of the runs", "Show the code"]


class OverfittingPage(LabPage):
    """The prediction and the overfitting lab below it, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.explained, self.verdict = (self.place.locator(f".mbtutor-{name}") for name in ("explained", "verdict"))

    def line(self, name):
        return self.curves.locator(f"g[id$='-{name}'] path").first

    def path(self, name):
        """The line of that name in the picture, as it is drawn now."""
        return self.line(name).get_attribute("d")


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = OverfittingPage(notebook, "overfit-predict")
    lab.predict("it falls, then stays level", opens=lab.curves)
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins without runs, with the settings of the lesson but a short run as fast as it goes."""
    lab.reset()
    menus = {"Wrong labels": "20%", "Weight decay": "none", "Dropout": "none", "Patience": "off", "Unit": "epochs"}
    for name, text in (menus | {"Pace, in updates": "as fast as it can"}).items():
        lab.choose(name, text)
    lab.type("Training rows", 300)
    expect(lab.explained).to_contain_text("learns from 300 of")  # they bound the batch size, which is typed next
    fields = {"Batch size": 32, "Learning rate": 0.1, "Train for": 20, "Seed": 0}
    for name, value in fields.items():
        lab.type(name, value)
    lab.click("updates")
    expect(lab.explained).to_contain_text("An epoch has 10 updates, the run 200;")
    lab.programs_say("with_wrong_labels(train.subset(range(300)), 0.2)", "mb.SGD(lr=0.1)", "batch_size=32, seed=0")
    expect(lab.verdict).to_have_text("No run yet.")
    return lab


def test_the_first_run_moves_and_answers_the_prediction(lab, screenshot):
    expect(lab.field("Patience").locator("option:checked")).to_have_text("off")
    screenshot(lab.page, "08_opened")
    lab.click("Train")
    expect(lab.progress).to_contain_text("gap")
    expect(lab.line("gap")).not_to_have_attribute("d", lab.path("gap"), timeout=20_000)
    screenshot(lab.page, "08_training")
    lab.choose("Pace, in updates", "as fast as it can")
    lab.comes_to_rest("Finished.")
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("Not as you said: it falls, then rises again.")
    expect(lab.verdict).to_contain_text("Overfitting: the validation loss has risen from")
    expect(lab.verdict).to_contain_text("Of 60 wrong labels the network now repeats 41.")
    expect(lab.progress).to_contain_text("a patience of 5 would have stopped at update")
    screenshot(lab.place, "08_answered")


@pytest.mark.parametrize(
    "how, name, value, says",
    [
        ("type", "Training rows", 500, "rows 500"),
        ("drag", "Training rows", 20, "rows 500"),
        ("type", "Batch size", 8, "batch size 8"),
        ("drag", "Batch size", 20, "batch size 64"),
        ("type", "Learning rate", 0.3, r"learning rate 0\.3"),
        ("drag", "Learning rate", 17, r"learning rate 0\.2"),
        ("choose", "Wrong labels", "none", "wrong labels 0%"),
        ("choose", "Weight decay", "0.01", r"weight decay 0\.01"),
        ("choose", "Dropout", "50% of the hidden units", r"dropout 0\.5"),
        ("type", "Train for", 10, "update 100 of 100"),
        ("choose", "Unit", "updates", "update 20 of 20"),
        ("type", "Seed", 1, "seed 1"),
    ],
)
def test_each_control_makes_another_run(fresh, how, name, value, says):
    runs.another_run(fresh, how, name, value, says)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_each_button_works(fresh, by):
    fresh.choose("Pace, in updates", "20 a second")
    fresh.click("examples")
    runs.each_control_works(fresh, by, measures="now and then")


def test_rows_bound_the_batch_and_say_at_once_what_a_run_is(fresh):
    lab = fresh
    lab.type("Batch size", 300)
    expect(lab.explained).to_contain_text("An epoch has 1 update, the run 20")
    lab.type("Training rows", 100)
    expect(lab.field("Batch size")).to_have_value("100")
    expect(lab.explained).to_contain_text("100 of 3,934 rows, 20 of them with a wrong label")
    lab.type("Training rows", 300)
    expect(lab.explained).to_contain_text("An epoch has 3 updates, the run 60")
    lab.type("Batch size", 32)
    expect(lab.explained).to_contain_text("An epoch has 10 updates, the run 200")


def test_patience_ends_the_run_and_puts_the_best_weights_back(fresh, screenshot):
    lab = fresh
    lab.type("Train for", 150)
    runs.train(lab)
    whole = lab.path("val_loss")
    lab.choose("Patience", "5 validations")
    lab.click("Train")
    expect(lab.status).to_contain_text("Stopped early: 5 validations without a lower loss.", timeout=30_000)
    expect(lab.verdict).to_contain_text("the weights of the lowest point are back")
    assert lab.path("stop") != "M0 0" != lab.path("best")
    assert lab.path("val_loss") != whole
    screenshot(lab.place, "08_stopped")


def test_what_is_said_of_a_run_follows_its_budget(fresh):
    lab = fresh
    lab.choose("Unit", "updates")
    expect(lab.explained).to_contain_text("the run 20;")
    lab.type("Train for", 200)
    lab.choose("Unit", "epochs")
    expect(lab.explained).to_contain_text("the run 2,000;")


def test_the_form_goes_by_keyboard_alone(fresh, screenshot):
    lab = fresh
    assert lab.stops() == [*FORM, *BUTTONS, *SECTIONS]
    for name, value in (("Training rows", "500"), ("Batch size", "64"), ("Learning rate", "0.2")):
        lab.tab_to(f"{name} slider")
        lab.keys("ArrowRight")
        expect(lab.field(name)).to_have_value(value)
    for name, value in (("Batch size", "50"), ("Train for", "9"), ("Seed", "3")):
        lab.tab_to(name)
        lab.keys(*value, "Enter")  # Tab has selected what stood there
        expect(lab.field(name)).to_have_value(value)
    for name, value in (
        ("Wrong labels", "30%"),
        ("Weight decay", "0.0001"),
        ("Dropout", "10% of the hidden units"),
        ("Patience", "1 validation"),
    ):
        lab.tab_to(name)
        lab.keys("Space", "ArrowDown", "Enter")  # a closed menu leaves the arrows to JupyterLab
        expect(lab.field(name).locator("option:checked")).to_have_text(value)
    expect(lab.explained).to_contain_text("500 of 3,934 rows, 150 of them with a wrong label. An epoch has 10 updates")
    lab.programs_say("batch_size=50, seed=3", "mb.Dropout(0.1)", "patience=1")
    with changing(lab.curves, lab.progress):
        lab.press("Train")
        expect(lab.progress).to_contain_text("of 90")
    expect(lab.button("Train")).to_be_enabled(timeout=30_000)  # as the run ends, the focus moves
    lab.press("Table of the runs", key="Space")
    expect(lab.place.locator(".mbtutor-table")).to_contain_text("lowest validation loss")
    screenshot(lab.place, "08_keyboard")
    lab.press("Table of the runs", key="Space")


@pytest.mark.parametrize("width", [900, 1400])
def test_it_fits_a_narrow_and_a_wide_page(fresh, width, screenshot):
    lab = fresh
    lab.page.set_viewport_size({"width": width, "height": 1100})
    runs.train(lab)
    box, room = lab.curves.bounding_box(), lab.place.bounding_box()
    assert box["x"] + box["width"] <= room["x"] + room["width"] + 4  # the margin of a widget
    decay, dropout = (lab.field(name).bounding_box() for name in ("Weight decay", "Dropout"))
    assert (abs(decay["y"] - dropout["y"]) < 5) == (width == 900), "in one row where the picture is below"
    screenshot(lab.place, f"08_{width}")
    lab.page.set_viewport_size({"width": 1280, "height": 1100})


def test_the_dark_theme_and_a_narrow_page_are_readable(notebook, fresh, screenshot):
    runs.train(fresh)
    fresh.is_readable(screenshot, "08", fresh.curves)
    arrow = "menu => getComputedStyle(menu).backgroundImage"
    assert "white" not in fresh.field("Dropout").evaluate(arrow)
    notebook.theme("Dark")
    assert "stroke='white'" in fresh.field("Dropout").evaluate(arrow)
    notebook.theme("Light")


def test_an_exercise_wrong_a_hint_and_right(notebook, screenshot):
    wrong = notebook.check("overfit-exercise-1", WRONG, "An equal loss is no lower loss")
    notebook.hint(wrong, "Go through the losses one by one")
    screenshot(notebook.page, "08_wrong")
    notebook.check("overfit-exercise-1", RIGHT, "08.1 passed")
    notebook.check("overfit-exercise-3", 'mb.check("08.3", "ECBAFD")', "C before E")
    notebook.check("overfit-exercise-4", 'mb.check("08.4", "A")', "no gap was measured at all")


def test_the_quiz_replies_and_the_page_of_progress_knows(notebook):
    notebook.reply("overfit-recall", "It tells how good the network will be on new rows.", "so part of it is luck")
    notebook.reply("overfit-quiz", "more hidden units", "more room to learn rows by heart")
    notebook.reply("overfit-quiz", "go back to where the validation loss was lowest", "Yes, that is early stopping")
    line = notebook.progress("overfit-exercise-4", "08")
    for done in ("✓ 08.1", "✗ 08.4", "1 of 3", "✓ made"):
        expect(line).to_contain_text(done)
