"""Lesson 04 as a learner meets it: predicted, trained, the mistakes looked at, the best run chosen, the test opened."""

import re

import pytest
import runs
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "04_evaluate_the_model.ipynb"
RIGHT = """def evaluate_accuracy(predict, batches):
    return sum((predict(X) == y).sum() for X, y in batches) / sum(len(y) for _, y in batches)


mb.check("04.1", evaluate_accuracy)"""
WRONG = """def evaluate_accuracy(predict, batches):
    return np.mean([(predict(X) == y).mean() for X, y in batches])


mb.check("04.1", evaluate_accuracy)"""


CHOSEN = {"Optimizer": "SGD", "Unit": "epochs", "Pace, in updates": "as fast as it can"}
TYPED = {"Batch size": 32, "Learning rate": 0.1, "Hidden units": 32, "Train for": 5, "Seed": 0}
CONTROLS = ["Batch size", "Batch size slider", "Learning rate", "Learning rate slider", "Hidden units"]
CONTROLS += ["Hidden units slider", "Optimizer", "Train for", "Unit", "Seed", "Pace, in updates"]
CONTROLS += ["Train", "One update", "examples", "updates", "seconds", "Show the mistakes"]
SECTIONS = ["Table of the runs", "Precision, recall and F1 of each class", "Show the code"]


class EvaluationPage(LabPage):
    """The prediction and the evaluation lab below it, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.confusion = self.place.locator(".mbtutor-confusion")
        self.mistakes = self.place.locator(".mbtutor-mistakes")
        self.tried = self.place.locator(".mbtutor-tries")
        self.menu = self.field("Show the mistakes")

    def right(self):
        return int(self.confusion.get_attribute("data-right"))


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction, as fast as it goes."""
    lab = EvaluationPage(notebook, "evaluate-05")
    lab.predict("8", opens=lab.curves)
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins without runs, with the settings of the lesson."""
    lab.reset()
    for name, option in CHOSEN.items():
        lab.choose(name, option)
    for name, value in TYPED.items():
        lab.type(name, value)
    lab.programs_say("batch_size=32", "lr=0.1", "Dense(64, 32)", "epochs=5", "seed=0")
    expect(lab.tried).to_contain_text("none yet")
    return lab


def test_the_first_run_answers_the_prediction(lab, screenshot):
    screenshot(lab.page, "04_opened")
    runs.train(lab)
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("The network read 34 of the 843 rows wrong. In 12 of them it said 9;")
    expect(answers).to_contain_text("Not as you said: 9.")
    screenshot(lab.place, "04_answered")


def test_matrix_and_mistakes_move_while_it_trains(fresh, screenshot):
    lab = fresh
    lab.choose("Pace, in updates", "100 a second")
    lab.click("Train")
    expect(lab.confusion).to_be_visible()
    before, pictures = lab.right(), lab.mistakes.inner_text()
    expect(lab.confusion).not_to_have_attribute("data-right", str(before), timeout=10_000)
    expect(lab.mistakes).not_to_have_text(pictures)
    screenshot(lab.page, "04_training")
    lab.button("Stop").click()
    lab.comes_to_rest("Stopped.")
    assert sum(map(int, re.findall(r"\d+", " ".join(lab.confusion.locator("td").all_inner_texts())))) == 843
    expect(lab.mistakes).to_contain_text(f"{843 - lab.right()} rows read wrong")


def test_the_menu_of_mistakes_goes_by_keyboard(fresh, screenshot):
    lab = fresh
    runs.train(lab)
    expect(lab.menu).to_contain_text("read as")
    lab.menu.focus()
    for key in ("Space", "ArrowDown", "Enter"):  # a closed menu leaves the arrows to JupyterLab
        lab.keyboard.press(key)
    expect(lab.mistakes).to_contain_text("rows read wrong in this way:")
    (kind,) = set(re.findall(r"\d read as \d", lab.mistakes.inner_text()))
    chosen = " ".join(lab.menu.locator("option:checked").inner_text().split())
    pictures = lab.mistakes.locator("figure")
    assert chosen == f"{kind} ({pictures.count()})"
    box = pictures.locator("i").first.bounding_box()
    assert box["width"] == box["height"] == 48
    screenshot(lab.place, "04_one_kind")
    for key in ("Space", "ArrowUp", "Enter"):
        lab.keyboard.press(key)
    expect(lab.mistakes).to_contain_text("34 rows read wrong")


def test_each_setting_makes_another_run_and_the_best_is_said(fresh, screenshot):
    lab = fresh
    runs.train(lab)
    lab.type("Seed", 2)
    runs.train(lab)
    expect(lab.tried).to_contain_text("Runs 1, 2 differ by nothing but the seed")
    lab.type("Batch size", 8)
    runs.train(lab)
    lab.type("Learning rate", 0.01)
    runs.train(lab)
    lab.type("Hidden units", 64)
    runs.train(lab)
    rows = [row.split("\t") for row in lab.tried.locator("tr").all_inner_texts()]
    accuracy = {row[0].split()[0]: float(row[9].rstrip("%")) for row in rows[1:]}
    assert len(set(accuracy.values())) == 5, "every control changes the run"
    best = max(accuracy, key=accuracy.get)
    assert [row[0].split() for row in rows[1:] if "best" in row[0]] == [[best, "◀", "best"]]
    expect(lab.tried).to_contain_text(f"Best by validation: run {best}")
    screenshot(lab.place, "04_tries")
    lab.click(SECTIONS[1])
    expect(lab.place.get_by_text("Of each class, on the validation rows")).to_be_visible()
    lab.click(SECTIONS[1])


@pytest.mark.parametrize(
    "how, name, value, says",
    [
        ("drag", "Batch size", 43, "batch size 128"),
        ("drag", "Learning rate", 17, r"learning rate 0\.2"),
        ("drag", "Hidden units", 28, "hidden 64"),
        ("choose", "Optimizer", "Adam", "Adam"),
        ("type", "Train for", 2, "train for 2 epochs"),
        ("choose", "Unit", "updates", "train for 1 updates"),
        ("type", "Seed", 7, "seed 7"),
    ],
)
def test_each_control_makes_another_run_another_matrix_and_a_line(fresh, how, name, value, says):
    fresh.type("Train for", 1)
    runs.another_run(fresh, how, name, value, says, fresh.confusion, fresh.mistakes, fresh.tried)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_each_button_works(fresh, by):
    fresh.choose("Pace, in updates", "20 a second")
    runs.each_control_works(fresh, by)


def test_the_form_goes_by_keyboard_alone(fresh):
    lab = fresh
    assert lab.stops() == [*CONTROLS, *SECTIONS]
    for name, value in (("Batch size", "64"), ("Learning rate", "0.2"), ("Hidden units", "64")):
        lab.tab_to(f"{name} slider")
        lab.keys("ArrowRight")
        expect(lab.field(name)).to_have_value(value)
    for name, value in (("Batch size", "50"), ("Hidden units", "40"), ("Train for", "9"), ("Seed", "3")):
        lab.tab_to(name)
        lab.keys(*value, "Enter")  # Tab has selected what stood there
        expect(lab.field(name)).to_have_value(value)
    for name, value in (("Optimizer", "SGD with momentum"), ("Unit", "updates")):
        lab.tab_to(name)
        lab.keys("Space", "ArrowDown", "Enter")
        expect(lab.field(name).locator("option:checked")).to_have_text(value)
    with changing(lab.curves, lab.progress, lab.tried):
        lab.press("Train")
        expect(lab.progress).to_contain_text("update 9 of 9", timeout=30_000)
    expect(lab.tried.locator("tr").last).to_contain_text(re.compile("50.*0.2.*SGD.with.momentum.*40.*9.updates.*3"))
    lab.press(SECTIONS[1], key="Space")
    expect(lab.place.get_by_text("Of each class, on the validation rows")).to_be_visible()
    lab.keys("Space")
    expect(lab.place.get_by_text("Of each class, on the validation rows")).to_be_hidden()


def test_the_test_set_opens_once_and_stays_open_after_a_reset(fresh, screenshot):
    lab = fresh
    expect(lab.button("Open the test set")).to_be_disabled()
    runs.train(lab)
    lab.press("Open the test set")
    expect(lab.place).to_contain_text("validation accuracy 96.0%, test accuracy 95.4%")
    expect(lab.button("Opened")).to_be_disabled()
    screenshot(lab.place, "04_test_opened")
    lab.type("Batch size", 8)
    runs.train(lab)
    expect(lab.place).to_contain_text("no unseen rows are left to judge it")
    lab.reset()
    expect(lab.button("Opened")).to_be_disabled()


def test_the_dark_theme_and_a_narrow_page_are_readable(notebook, fresh, screenshot):
    runs.train(fresh)
    fresh.is_readable(screenshot, "04", fresh.curves)
    notebook.theme("Dark")
    colours = "cell => getComputedStyle(cell).color"
    assert min(map(int, re.findall(r"\d+", fresh.confusion.locator("td.wrong").first.evaluate(colours))[:3])) > 15
    notebook.theme("Light")


def test_an_exercise_wrong_a_hint_and_right(notebook, screenshot):
    wrong = notebook.check("evaluate-44", WRONG, "the rows of a short batch weigh too much")
    notebook.hint(wrong, "Count, and divide once at the end")
    screenshot(notebook.page, "04_wrong")
    notebook.check("evaluate-44", RIGHT, "04.1 passed")
    notebook.check("evaluate-50", 'mb.check("04.4", "C")', "That chooses by the test rows.")


def test_the_quiz_replies_and_the_page_of_progress_knows(notebook):
    notebook.reply("evaluate-03", "9 batches of 100", "the last batch stays short")
    notebook.reply("evaluate-52", "95%", "it lets 20 rows weigh as much as 100")
    notebook.reply("evaluate-52", "about 92%", "Yes: 110 of 120 rows.")
    line = notebook.progress("evaluate-50", "04")
    for done in ("✓ 04.1", "✗ 04.4", "1 of 3", "✓ made"):
        expect(line).to_contain_text(done)
