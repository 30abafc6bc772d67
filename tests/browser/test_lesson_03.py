"""Lesson 03 as a learner meets it: run, predicted, every control of the lab moved, an exercise answered."""

import re

import pytest
from page import NotebookPage, is_light
from playwright.sync_api import expect

RIGHT = "def dense_backward(X, W, dY):\n    return dY @ W.T, X.T @ dY, dY.sum(axis=0)\n\n\n"
WRONG = "def dense_backward(X, W, dY):\n    return dY @ W.T, X.T @ dY, dY.mean(axis=0)\n\n\n"
START = {"Hidden layers": "3", "Activation": "Sigmoid", "First weights": "He uniform", "Loss": "cross-entropy"}
START |= {"Optimizer": "SGD", "Pace, in updates": "as fast as it can"}
CHECK = 'mb.check("03.1", dense_backward)'


class NetworkPage:
    """A lab with the controls of the network, in a learner's words."""

    def __init__(self, notebook, cell):
        self.page = notebook.page
        self.place = notebook.cell(cell).locator(".jp-OutputArea-output")
        self.network = self.place.locator(".mbtutor-network")
        self.layers = self.place.locator("svg.mbtutor-layers")
        self.curves = self.place.locator("svg.mbtutor-curves")
        self.progress = self.place.locator(".mbtutor-progress")
        self.table = self.place.locator(".mbtutor-table tr")
        self.status = self.place.locator(".mbtutor-status").last

    def button(self, name):
        return self.place.get_by_role("button", name=name, exact=True)

    def choose(self, name, option):
        self.place.get_by_label(name, exact=True).select_option(option)

    def type(self, name, value):
        field = self.place.get_by_label(name, exact=True)
        field.fill(str(value))
        field.press("Enter")

    def shows(self, text):
        """The words above the picture of the network, and its description, both say so."""
        expect(self.network).to_contain_text(text)
        expect(self.layers).to_have_attribute("aria-label", re.compile(re.escape(text)))

    def train(self, run):
        """Click Train and wait for the end of that run, counted from 1."""
        self.button("Train").click()
        expect(self.table).to_have_count(1 + run, timeout=30_000)  # it is filled when a run comes to rest
        expect(self.status).to_have_text("Finished.")


@pytest.fixture(scope="module")
def notebook(site, browser):
    notebook = NotebookPage(browser, site, "03_train_the_model.ipynb")
    answer = notebook.cell("train-saw").get_by_text("630 of 650 weights moved")
    expect(answer).to_have_count(0)  # folded: it would spoil the prediction
    failures = notebook.run_all()
    assert not failures, failures
    expect(answer).to_be_visible()
    yield notebook
    assert not notebook.errors, notebook.errors


@pytest.fixture
def lab(notebook):
    """The lab to play with, as it starts: three hidden layers of 32 sigmoids, no run."""
    lab = NetworkPage(notebook, "train-play-lab")
    lab.place.scroll_into_view_if_needed()
    if lab.button("Reset").is_enabled():
        lab.button("Reset").click()
    for name, option in START.items():
        lab.choose(name, option)
    for name, value in {"Hidden units": 32, "Batch size": 32, "Learning rate": 0.1}.items():
        lab.type(name, value)
    lab.shows("64 inputs → 32 Sigmoid → 32 Sigmoid → 32 Sigmoid → 10 outputs: 4,522 weights")
    return lab


def test_the_prediction_stands_beside_what_happened(notebook, screenshot):
    lab = NetworkPage(notebook, "train-lab")
    expect(lab.curves).to_be_hidden()
    lab.place.get_by_label("both: the updates move the weights away from 0").check()
    lab.button("Commit").click()
    expect(lab.curves).to_be_visible()
    lab.choose("Pace, in updates", "as fast as it can")
    lab.choose("First weights", "all zero")
    expect(lab.network).to_contain_text("Every weight is 0 at the start.")
    screenshot(notebook.page, "03_zero_weights")
    lab.train(run=1)
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("Not seen yet.")
    lab.choose("Hidden layers", "0")
    lab.shows("64 inputs → 10 outputs: 650 weights")
    lab.train(run=2)
    expect(answers).to_contain_text(re.compile(r"with a hidden layer ended at \d+% .* the one without at 9\d%"))
    expect(answers).to_contain_text("Not as you said: only the one without a hidden layer.")
    screenshot(notebook.page, "03_happened")


def test_the_layers_change_the_picture_and_the_words(lab, screenshot):
    lab.choose("Hidden layers", "2")
    lab.shows("64 inputs → 32 Sigmoid → 32 Sigmoid → 10 outputs: 3,466 weights")
    lab.type("Hidden units", 8)
    lab.shows("64 inputs → 8 Sigmoid → 8 Sigmoid → 10 outputs: 682 weights")
    lab.choose("Activation", "ReLU")
    lab.shows("64 inputs → 8 ReLU → 8 ReLU → 10 outputs: 682 weights")
    screenshot(lab.page, "03_two_layers")
    lab.choose("Hidden layers", "0")
    lab.shows("64 inputs → 10 outputs: 650 weights")
    expect(lab.place.get_by_label("Activation", exact=True)).to_be_disabled()


def test_the_first_weights_and_the_loss_are_explained(lab):
    before = lab.layers.inner_html()
    lab.choose("First weights", "all zero")
    expect(lab.network).to_contain_text("Every weight is 0 at the start.")
    assert lab.layers.inner_html() != before
    lab.choose("First weights", "He uniform")
    expect(lab.network).to_contain_text("drawn at random")
    lab.choose("Loss", "mean squared error")
    expect(lab.network).to_contain_text("1 for the right class and 0 for the others")
    lab.choose("Loss", "cross-entropy")
    expect(lab.network).to_contain_text("The loss is cross-entropy")


def test_runs_of_other_settings_are_compared(lab, screenshot):
    lab.train(run=1)
    before = lab.curves.inner_html()
    lab.choose("Activation", "ReLU")
    lab.train(run=2)
    assert lab.curves.inner_html() != before
    for activation in ("Sigmoid", "ReLU"):
        expect(lab.curves).to_contain_text(activation)
    lab.choose("Optimizer", "Adam")
    lab.type("Learning rate", 0.01)
    lab.type("Batch size", 64)
    expect(lab.place.locator(".mbtutor-preview")).to_contain_text("62 updates in an epoch")
    lab.train(run=3)
    lab.place.get_by_text("Table of the runs").click()
    expect(lab.table.nth(3)).to_be_visible()
    expect(lab.table.nth(3)).to_contain_text("Adam")
    screenshot(lab.page, "03_three_runs")


def test_a_run_that_diverges_says_so(lab, screenshot):
    lab.choose("Hidden layers", "1")
    lab.choose("Activation", "ReLU")
    lab.type("Learning rate", 100)
    lab.button("Train").click()
    expect(lab.status).to_contain_text("Lower the learning rate (it is 100)", timeout=30_000)
    screenshot(lab.page, "03_diverged")


def test_the_dark_theme_is_readable(notebook, lab, screenshot):
    notebook.theme("Dark")
    for picture in (lab.layers, lab.curves):
        assert is_light(picture.locator("text").first)
    screenshot(lab.page, "03_dark")
    notebook.theme("Light")


def test_an_exercise_wrong_then_right(notebook, screenshot):
    wrong = notebook.answer("train-exercise-1", WRONG + CHECK).locator(".mbtutor-result")
    expect(wrong).to_contain_text("db is a sum over the rows, not a mean")
    screenshot(notebook.page, "03_not_yet")
    right = notebook.answer("train-exercise-1", RIGHT + CHECK).locator(".mbtutor-result")
    expect(right).to_contain_text("03.1 passed")


def test_the_quiz_and_the_recall_answer(notebook, screenshot):
    for cell, choice, reply in (
        ("train-recall", "3", "An epoch is not an update"),
        ("train-quiz", "adds 0.3", "Yes: w - 0.1 (-3) = w + 0.3."),
    ):
        place = notebook.cell(cell)
        place.scroll_into_view_if_needed()
        question = place.locator(".mbtutor-question").first
        question.get_by_label(choice, exact=True).check()
        question.get_by_role("button", name="Answer").click()
        expect(question).to_contain_text(reply)
    screenshot(notebook.page, "03_quiz")
