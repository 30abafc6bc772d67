"""Lesson 04 as a learner meets it: predicted, trained, the mistakes looked at, the best run chosen, the test opened."""

import re

import pytest
from page import NotebookPage, is_light
from playwright.sync_api import expect

RIGHT = """def evaluate_accuracy(predict, batches):
    return sum((predict(X) == y).sum() for X, y in batches) / sum(len(y) for _, y in batches)


mb.check("04.1", evaluate_accuracy)"""
WRONG = """def evaluate_accuracy(predict, batches):
    return np.mean([(predict(X) == y).mean() for X, y in batches])


mb.check("04.1", evaluate_accuracy)"""


class EvaluationPage:
    """The prediction and the evaluation lab below it, in a learner's words."""

    def __init__(self, notebook, cell):
        self.page, self.keyboard = notebook.page, notebook.page.keyboard
        self.place = notebook.cell(cell).locator(".jp-OutputArea-output")
        self.curves = self.place.locator("svg.mbtutor-curves")
        self.confusion = self.place.locator(".mbtutor-confusion")
        self.mistakes = self.place.locator(".mbtutor-mistakes")
        self.tried = self.place.locator(".mbtutor-tries")
        self.menu = self.place.get_by_label("Show the mistakes")

    def button(self, name):
        return self.place.get_by_role("button", name=name, exact=True)

    def type(self, name, value):
        field = self.place.get_by_label(name, exact=True)
        field.fill(str(value))
        field.press("Enter")

    def says(self, text):
        expect(self.place.locator(".mbtutor-status").last).to_have_text(text, timeout=30_000)

    def train(self):
        tried = self.tried.locator("tr").count()
        self.button("Train").click()
        expect(self.tried.locator("tr")).to_have_count(max(2, tried + 1), timeout=60_000)
        self.says("Finished.")

    def right(self):
        return int(self.confusion.get_attribute("data-right"))


@pytest.fixture(scope="module")
def notebook(site, browser):
    notebook = NotebookPage(browser, site, "04_evaluate_the_model.ipynb")
    failures = notebook.run_all()
    assert not failures, failures
    yield notebook
    assert not notebook.errors, notebook.errors


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction, as fast as it goes."""
    lab = EvaluationPage(notebook, "evaluate-05")
    expect(lab.curves).to_be_hidden()
    lab.place.get_by_label("8", exact=True).check()
    lab.button("Commit").click()
    expect(lab.curves).to_be_visible()
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins without runs, with the settings of the lesson."""
    lab.place.get_by_label("Pace, in updates").select_option("as fast as it can")
    lab.type("Seed", 0)
    lab.type("Train for", 5)
    lab.type("Batch size", 32)
    lab.type("Learning rate", 0.1)
    if lab.button("Reset").is_enabled():
        lab.button("Reset").click()
    expect(lab.tried).to_contain_text("none yet")
    return lab


def test_the_first_run_answers_the_prediction(lab, screenshot):
    screenshot(lab.page, "04_opened")
    lab.train()
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("The network read 34 of the 843 rows wrong. In 12 of them it said 9;")
    expect(answers).to_contain_text("Not as you said: 9.")
    screenshot(lab.place, "04_answered")


def test_matrix_and_mistakes_move_while_it_trains(fresh, screenshot):
    lab = fresh
    lab.place.get_by_label("Pace, in updates").select_option("100 a second")
    lab.button("Train").click()
    expect(lab.confusion).to_be_visible()
    before, pictures = lab.right(), lab.mistakes.inner_text()
    expect(lab.confusion).not_to_have_attribute("data-right", str(before), timeout=10_000)
    expect(lab.mistakes).not_to_have_text(pictures)
    screenshot(lab.page, "04_training")
    lab.button("Stop").click()
    lab.says("Stopped.")
    assert sum(map(int, re.findall(r"\d+", " ".join(lab.confusion.locator("td").all_inner_texts())))) == 843
    expect(lab.mistakes).to_contain_text(f"{843 - lab.right()} rows read wrong")


def test_the_menu_of_mistakes_goes_by_keyboard(fresh, screenshot):
    lab = fresh
    lab.train()
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
    lab.train()
    lab.type("Seed", 2)
    lab.train()
    expect(lab.tried).to_contain_text("Runs 1, 2 differ by nothing but the seed")
    lab.type("Batch size", 8)
    lab.train()
    lab.type("Learning rate", 0.01)
    lab.train()
    lab.type("Hidden units", 64)
    lab.train()
    lab.type("Hidden units", 32)
    rows = [row.split("\t") for row in lab.tried.locator("tr").all_inner_texts()]
    accuracy = {row[0].split()[0]: float(row[9].rstrip("%")) for row in rows[1:]}
    assert len(set(accuracy.values())) == 5, "every control changes the run"
    best = max(accuracy, key=accuracy.get)
    assert [row[0].split() for row in rows[1:] if "best" in row[0]] == [[best, "◀", "best"]]
    expect(lab.tried).to_contain_text(f"Best by validation: run {best}")
    screenshot(lab.place, "04_tries")
    lab.place.get_by_text("Precision, recall and F1 of each class").click()
    expect(lab.place.get_by_text("Of each class, on the validation rows")).to_be_visible()


def test_the_test_set_opens_once_and_stays_open_after_a_reset(fresh, screenshot):
    lab = fresh
    expect(lab.button("Open the test set")).to_be_disabled()
    lab.train()
    lab.button("Open the test set").focus()
    lab.keyboard.press("Enter")
    expect(lab.place).to_contain_text("validation accuracy 96.0%, test accuracy 95.4%")
    expect(lab.button("Opened")).to_be_disabled()
    screenshot(lab.place, "04_test_opened")
    lab.type("Batch size", 8)
    lab.train()
    expect(lab.place).to_contain_text("no unseen rows are left to judge it")
    lab.button("Reset").click()
    expect(lab.button("Opened")).to_be_disabled()


def test_the_dark_theme_is_readable(notebook, fresh, screenshot):
    fresh.train()
    notebook.theme("Dark")
    assert is_light(fresh.curves.locator("text").first)
    colours = "cell => getComputedStyle(cell).color"
    assert min(map(int, re.findall(r"\d+", fresh.confusion.locator("td.wrong").first.evaluate(colours))[:3])) > 150
    screenshot(fresh.place, "04_dark")
    notebook.theme("Light")


def test_an_exercise_wrong_and_right(notebook, screenshot):
    wrong = notebook.answer("evaluate-44", WRONG).locator(".mbtutor-result")
    expect(wrong).to_contain_text("the rows of a short batch weigh too much")
    screenshot(notebook.page, "04_wrong")
    expect(notebook.answer("evaluate-44", RIGHT).locator(".mbtutor-result")).to_contain_text("04.1 passed")
    letter = notebook.answer("evaluate-50", 'mb.check("04.4", "C")').locator(".mbtutor-result")
    expect(letter).to_contain_text("That chooses by the test rows.")
