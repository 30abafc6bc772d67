"""Lesson 06 as a learner meets it: predicted, the map filled, cells clicked, every control moved, an exercise answered."""

import re

import pytest
from page import NotebookPage, is_light
from playwright.sync_api import expect

SCHEDULE = """def make_schedule(lr, batch_size, reference, updates):
    def rate(number):
        return lr * batch_size / reference * {}

    return rate


mb.check("06.1", make_schedule)"""
FULL = re.compile(r"^64 of 64 runs; lowest loss so far 0\.\d{3}, at batch size [\d,]+ and learning rate [\d.]+$")


class MapPage:
    """The prediction and the map below it, in a learner's words."""

    def __init__(self, notebook, cell):
        self.page, self.keyboard = notebook.page, notebook.page.keyboard
        self.place = notebook.cell(cell).locator(".jp-OutputArea-output")
        self.cells = self.place.locator("button[title^='batch size']")
        self.progress = self.place.locator(".mbtutor-progress")
        self.words = self.place.locator(".mbtutor-words")
        self.curves = self.place.locator("svg.mbtutor-curves")
        self.status = self.place.locator(".mbtutor-status").last

    def button(self, name):
        return self.place.get_by_role("button", name=name, exact=True)

    def cell(self, batch_size, lr):
        return self.place.locator(f"button[title^='batch size {batch_size:,}, learning rate {lr:g}:']")

    def choose(self, name, option):
        self.place.get_by_label(name, exact=True).select_option(option)

    def type(self, name, value):
        field = self.place.get_by_label(name, exact=True)
        field.fill(str(value))
        field.press("Enter")

    def fill(self):
        self.button("Start").click()
        expect(self.status).to_have_text("Finished. Click a cell to see its curve.", timeout=120_000)

    def loss(self, batch_size, lr):
        return float(re.search(r"[\d.]+", self.cell(batch_size, lr).inner_text())[0])

    def map(self):
        """What the cells say, and their colours."""
        colours = "cells => cells.map(cell => getComputedStyle(cell).backgroundColor)"
        return self.cells.all_inner_texts(), self.cells.evaluate_all(colours)


@pytest.fixture(scope="module")
def notebook(site, browser):
    notebook = NotebookPage(browser, site, "06_tune_the_learning_rate.ipynb")
    failures = notebook.run_all()
    assert not failures, failures
    yield notebook
    assert not notebook.errors, notebook.errors


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = MapPage(notebook, "tune-lab")
    expect(lab.button("Start")).to_be_hidden()
    lab.place.get_by_label("0.1, twice the rate", exact=True).check()
    lab.button("Commit").click()
    expect(lab.button("Start")).to_be_visible()
    return lab


def test_the_map_fills_and_answers_the_prediction(lab, screenshot):
    expect(lab.cells).to_have_count(64)
    assert set(lab.cells.all_inner_texts()) == {"\N{MIDDLE DOT}"}
    screenshot(lab.page, "06_opened")
    lab.button("Start").click()
    expect(lab.progress).to_contain_text(re.compile(r"^[1-9]\d* of 64 runs; lowest loss so far"), timeout=30_000)
    screenshot(lab.page, "06_filling")
    expect(lab.progress).to_have_text(FULL, timeout=120_000)
    expect(lab.status).to_have_text("Finished. Click a cell to see its curve.")
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("Batch size 16 with rate 0.05 ended at 0.187.")
    expect(answers).to_contain_text("Not as you said: 0.2, four times the rate.")
    texts, colours = lab.map()
    assert len(set(colours)) > 8 and sum("\N{BLACK STAR}" in text for text in texts) == 8
    screenshot(lab.page, "06_filled")
    lab.cell(16, .1).click()
    lab.cell(64, .4).click()
    screenshot(lab.place, "06_clicked")
    notebook = lab.page
    notebook.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", "JupyterLab Dark")
    notebook.wait_for_timeout(500)
    screenshot(lab.place, "06_dark")
    notebook.set_viewport_size({"width": 900, "height": 1000})
    notebook.wait_for_timeout(500)
    screenshot(lab.place, "06_narrow")
