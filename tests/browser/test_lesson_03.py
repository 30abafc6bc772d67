"""Lesson 03 as a learner meets it: run, predicted, every control of the lab moved, an exercise answered."""

import re

import pytest
import runs
from page import LabPage, NotebookPage, changing
from playwright.sync_api import expect

RIGHT = "def dense_backward(X, W, dY):\n    return dY @ W.T, X.T @ dY, dY.sum(axis=0)\n\n\n"
WRONG = "def dense_backward(X, W, dY):\n    return dY @ W.T, X.T @ dY, dY.mean(axis=0)\n\n\n"
START = {"Hidden layers": "3", "Activation": "Sigmoid", "First weights": "He uniform", "Loss": "cross-entropy"}
START |= {"Optimizer": "SGD", "Unit": "epochs", "Pace, in updates": "as fast as it can"}
TYPED = {"Hidden units": 32, "Batch size": 32, "Learning rate": 0.1, "Train for": 5}
CONTROLS = ["Hidden layers", "Hidden units", "Hidden units slider", "Activation", "First weights"]
CONTROLS += ["Batch size", "Batch size slider", "Learning rate", "Learning rate slider", "Loss", "Optimizer"]
CONTROLS += ["Train for", "Unit", "Pace, in updates", "Train", "One update", "examples", "updates", "seconds"]
CONTROLS += ["Table of the runs", "Show the code"]
CHECK = 'mb.check("03.1", dense_backward)'


class NetworkPage(LabPage):
    """A lab with the controls of the network, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.network = self.place.locator(".mbtutor-network")
        self.layers = self.place.locator("svg.mbtutor-layers")
        self.preview = self.place.locator(".mbtutor-preview")
        self.table = self.place.locator(".mbtutor-table tr")

    def shows(self, text):
        """The words above the picture of the network, and its description, both say so."""
        expect(self.network).to_contain_text(text)
        expect(self.layers).to_have_attribute("aria-label", re.compile(re.escape(text)))


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
    lab.reset()
    for name, option in START.items():
        lab.choose(name, option)
    for name, value in TYPED.items():
        lab.type(name, value)
    lab.programs_say("batch_size=32", "lr=0.1", "epochs=5")
    lab.shows("64 inputs → 32 Sigmoid → 32 Sigmoid → 32 Sigmoid → 10 outputs: 4,522 weights")
    return lab


def test_the_prediction_stands_beside_what_happened(notebook, screenshot):
    lab = NetworkPage(notebook, "train-lab")
    lab.predict("both: the updates move the weights away from 0", opens=lab.curves)
    lab.choose("Pace, in updates", "as fast as it can")
    lab.choose("First weights", "all zero")
    expect(lab.network).to_contain_text("Every weight is 0 at the start.")
    screenshot(notebook.page, "03_zero_weights")
    runs.train(lab)
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("Not seen yet.")
    lab.choose("Hidden layers", "0")
    lab.shows("64 inputs → 10 outputs: 650 weights")
    runs.train(lab)
    expect(answers).to_contain_text(re.compile(r"with a hidden layer ended at \d+% .* the one without at 9\d%"))
    expect(answers).to_contain_text("Not as you said: only the one without a hidden layer.")
    screenshot(notebook.page, "03_happened")


def test_the_layers_change_the_picture_and_the_words(lab, screenshot):
    with changing(lab.layers):
        lab.choose("Hidden layers", "2")
        lab.shows("64 inputs → 32 Sigmoid → 32 Sigmoid → 10 outputs: 3,466 weights")
    with changing(lab.layers):
        lab.drag("Hidden units", -36)
        expect(lab.field("Hidden units")).to_have_value("16")
        lab.shows("64 inputs → 16 Sigmoid → 16 Sigmoid → 10 outputs: 1,482 weights")
    with changing(lab.layers):
        lab.type("Hidden units", 8)
        lab.shows("64 inputs → 8 Sigmoid → 8 Sigmoid → 10 outputs: 682 weights")
    with changing(lab.layers):
        lab.choose("Activation", "ReLU")
        lab.shows("64 inputs → 8 ReLU → 8 ReLU → 10 outputs: 682 weights")
    screenshot(lab.page, "03_two_layers")
    lab.choose("Hidden layers", "0")
    lab.shows("64 inputs → 10 outputs: 650 weights")
    expect(lab.place.get_by_label("Activation", exact=True)).to_be_disabled()


def test_the_first_weights_and_the_loss_are_explained(lab):
    with changing(lab.layers):
        lab.choose("First weights", "all zero")
        expect(lab.network).to_contain_text("Every weight is 0 at the start.")
    lab.choose("First weights", "He uniform")
    expect(lab.network).to_contain_text("drawn at random")
    lab.choose("Loss", "mean squared error")
    expect(lab.network).to_contain_text("1 for the right class and 0 for the others")
    lab.choose("Loss", "cross-entropy")
    expect(lab.network).to_contain_text("The loss is cross-entropy")


def test_runs_of_other_settings_are_compared(lab, screenshot):
    runs.train(lab)
    with changing(lab.curves):
        lab.choose("Activation", "ReLU")
        runs.train(lab)
    for activation in ("Sigmoid", "ReLU"):
        expect(lab.curves).to_contain_text(activation)
    lab.choose("Optimizer", "Adam")
    lab.type("Learning rate", 0.01)
    lab.type("Batch size", 64)
    expect(lab.place.locator(".mbtutor-preview")).to_contain_text("62 updates in an epoch")
    runs.train(lab)
    lab.click("Table of the runs")
    expect(lab.table.nth(3)).to_be_visible()
    expect(lab.table.nth(3)).to_contain_text("Adam")
    screenshot(lab.page, "03_three_runs")
    lab.click("Table of the runs")


@pytest.mark.parametrize(
    "how, name, value, says",
    [
        ("choose", "Hidden layers", "1", "1 x 32 Sigmoid"),
        ("type", "Hidden units", 16, "3 x 16 Sigmoid"),
        ("choose", "Activation", "Tanh", "3 x 32 Tanh"),
        ("choose", "First weights", "all zero", "first weights all zero"),
        ("choose", "Loss", "mean squared error", "mean squared error"),
        ("choose", "Optimizer", "Adam", "Adam"),
        ("type", "Batch size", 100, "batch size 100"),
        ("drag", "Batch size", 43, "batch size 128"),
        ("type", "Learning rate", 0.3, r"learning rate 0\.3"),
        ("drag", "Learning rate", 17, r"learning rate 0\.2"),
        ("type", "Train for", 2, "update 246 of 246"),
        ("choose", "Unit", "updates", "update 1 of 1,"),
    ],
)
def test_each_control_makes_another_run(lab, how, name, value, says):
    lab.type("Train for", 1)
    runs.another_run(lab, how, name, value, says)


def test_the_batch_size_tells_the_first_batches(lab):
    with changing(lab.preview):
        lab.drag("Batch size", -21)
        expect(lab.field("Batch size")).to_have_value("16")
        expect(lab.preview).to_contain_text("246 updates in an epoch")


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_each_button_works(lab, by):
    lab.choose("Pace, in updates", "20 a second")
    runs.each_control_works(lab, by)


def test_the_form_goes_by_keyboard_alone(lab):
    assert lab.stops() == CONTROLS
    for name, key, says in (
        ("Hidden layers", "ArrowUp", "64 inputs → 32 Sigmoid → 32 Sigmoid → 10 outputs"),
        ("Activation", "ArrowUp", "64 inputs → 32 Tanh → 32 Tanh → 10 outputs"),
        ("Hidden units slider", "ArrowLeft", "64 inputs → 16 Tanh → 16 Tanh → 10 outputs"),
    ):
        with changing(lab.layers):
            lab.tab_to(name)
            lab.keys(key) if name.endswith("slider") else lab.keys("Space", key, "Enter")
            lab.shows(says)
    for name, says in (("First weights", "Every weight is 0"), ("Loss", "the mean squared error")):
        lab.tab_to(name)
        lab.keys("Space", "ArrowDown", "Enter")
        expect(lab.network).to_contain_text(says)
    lab.tab_to("First weights")
    lab.keys("Space", "Home", "Enter")
    expect(lab.network).to_contain_text("drawn at random")
    lab.tab_to("Batch size slider")
    lab.keys("ArrowRight", "ArrowRight")
    expect(lab.preview).to_contain_text("31 updates in an epoch")
    for name, value in (("Batch size", "100"), ("Hidden units", "20"), ("Train for", "7"), ("Learning rate", "0.01")):
        lab.tab_to(name)
        lab.keys(*value, "Enter")  # Tab has selected what stood there
        expect(lab.field(name)).to_have_value(value)
    lab.tab_to("Learning rate slider")
    lab.keys("ArrowRight")
    expect(lab.field("Learning rate")).to_have_value("0.02")
    for name, value in (("Optimizer", "SGD with momentum"), ("Unit", "updates")):
        lab.tab_to(name)
        lab.keys("Space", "ArrowDown", "Enter")
        expect(lab.field(name).locator("option:checked")).to_have_text(value)
    lab.shows("64 inputs → 20 Tanh → 20 Tanh → 10 outputs")
    with changing(lab.curves, lab.progress):
        lab.press("Train")
        expect(lab.progress).to_contain_text("update 7 of 7", timeout=30_000)


def test_a_run_that_diverges_says_so(lab, screenshot):
    lab.choose("Hidden layers", "1")
    lab.choose("Activation", "ReLU")
    lab.type("Learning rate", 100)
    lab.button("Train").click()
    expect(lab.status).to_contain_text("Lower the learning rate (it is 100)", timeout=30_000)
    screenshot(lab.page, "03_diverged")


def test_the_dark_theme_and_a_narrow_page_are_readable(lab, screenshot):
    lab.is_readable(screenshot, "03", lab.layers, lab.curves)


def test_an_exercise_wrong_a_hint_and_right(notebook, screenshot):
    wrong = notebook.check("train-exercise-1", WRONG + CHECK, "db is a sum over the rows, not a mean")
    notebook.hint(wrong, "A slope has the shape of what it belongs to")
    screenshot(notebook.page, "03_not_yet")
    notebook.check("train-exercise-1", RIGHT + CHECK, "03.1 passed")


def test_the_quiz_replies_and_the_page_of_progress_knows(notebook, screenshot):
    notebook.reply("train-recall", "3", "An epoch is not an update")
    notebook.reply("train-quiz", "sets it to -0.3", "The update changes the weight by a step")
    notebook.reply("train-quiz", "adds 0.3", "Yes: w - 0.1 (-3) = w + 0.3.")
    screenshot(notebook.page, "03_quiz")
    line = notebook.progress("train-exercise-3", "03")
    for done in ("✓ 03.1", "○ 03.2", "1 of 3", "✓ made"):
        expect(line).to_contain_text(done)
