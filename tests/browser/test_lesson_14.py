"""Lesson 14 in the browser, without a framework: what is missing is said, the lab hands out programs, the exercises."""

import re

import pytest
from page import LabPage, changing, is_light
from playwright.sync_api import expect
from runs import train

LESSON = "14_use_a_framework.ipynb"
RIGHT = """def one_epoch(net, loader, loss_of, optimizer):
    total, rows = 0, 0
    for X, y in loader:
        optimizer.zero_grad()
        loss = loss_of(net(X), y)
        loss.backward()
        optimizer.step()
        total, rows = total + loss.item() * len(y), rows + len(y)
    return total / rows


mb.check("14.1", one_epoch)"""
WRONG = RIGHT.replace("        optimizer.zero_grad()\n", "")


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = LabPage(notebook, "use-lab")
    lab.predict("3934/3934", opens=lab.curves)
    return lab


def test_each_cell_without_its_framework_says_how_to_get_it(notebook):
    for cell, name in (("use-torch-loop", "torch"), ("use-tf-run", "tensorflow"), ("use-keras-fit", "keras")):
        expect(notebook.cell(cell)).to_contain_text(
            f"To get it: pip install 'mbtutor[{name}]', then restart the kernel."
        )
    expect(notebook.cell("use-onnx")).to_contain_text("pip install 'mbtutor[onnx]'")
    expect(notebook.cell("use-table").locator(".jp-OutputArea-output")).to_contain_text("mbtutor")


def test_an_epoch_in_batches_of_100_answers_the_prediction(lab, screenshot):
    lab.type("Batch size", 100)
    lab.type("Train for", 1)
    with changing(lab.curves, lab.progress):
        train(lab)
    expect(lab.place.locator(".mbtutor-answers")).to_contain_text("Not as you said: 40/40")
    screenshot(lab.place, "14_answered")


def test_the_programs_are_those_of_the_settings(lab):
    lab.press("Show the code", key="Space")
    for tab, words in (
        ("PyTorch", "import torch"),
        ("TensorFlow", "import tensorflow"),
        ("Keras", "import keras"),
        ("mbtutor", "import mbtutor as mb"),
    ):
        lab.press_tab(tab)
        shown = lab.place.locator(".mbtutor-code:visible")
        expect(shown).to_contain_text(words)
        with changing(shown):
            lab.type("Batch size", 64)
            expect(shown).to_contain_text(re.compile(r"batch_size=64|batch\(64\)"))
        lab.type("Batch size", 100)
        expect(shown).to_contain_text(re.compile(r"batch_size=100|batch\(100\)"))
    lab.press("Show the code", key="Space")


def test_it_is_read_in_the_dark_too(notebook, lab, screenshot):
    notebook.theme("Dark")
    assert is_light(lab.curves.locator("text").first)
    screenshot(notebook.page, "14_dark")
    notebook.theme("Light")


def test_an_exercise_wrong_a_hint_and_right_and_the_quiz(notebook):
    wrong = notebook.check("use-exercise-1", WRONG, "The slopes of all batches so far add up")
    notebook.hint(wrong, "Five lines for each batch")
    notebook.check("use-exercise-1", RIGHT, "objects with the same methods stood in for its own")
    notebook.check("use-exercise-4", 'mb.check("14.4", "EFCBDA")', "C before F")
    notebook.check("use-exercise-5", 'mb.check("14.5", "A")', "even with every answer right")
    notebook.reply("use-recall", "that it is not training now", "its running statistics")
    notebook.reply("use-quiz", "1,875 samples", "60,000 training samples")
    expect(notebook.progress("use-exercise-5", "14")).to_contain_text("✓ 14.1")
