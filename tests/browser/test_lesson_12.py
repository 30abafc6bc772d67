"""Lesson 12 in the browser: the prediction, every control of the attention lab, its picture, the exercises."""

import re

import pytest
from page import LabPage, changing, is_light
from playwright.sync_api import expect

LESSON = "12_read_text_with_a_transformer.ipynb"
RIGHT = """def cut(lengths, budget):
    batches = [[]]
    for row, length in enumerate(lengths):
        if (len(batches[-1]) + 1) * length > budget:
            batches.append([])
        batches[-1].append(row)
    return batches


mb.check("12.1", cut)"""
WRONG = RIGHT.replace("> budget", ">= budget")
STOPS = ["Place name", "Another name", "Next mistake", "Padding", "Padding slider"]
STOPS += ["Padding mask", "Causal mask", "Positional encoding", "Table of the attention", "Show the code"]


class AttentionPage(LabPage):
    """The prediction and the attention lab below it, in a learner's words."""

    def __init__(self, notebook):
        super().__init__(notebook, "attend-predict")
        self.picture = self.place.locator("svg.mbtutor-attention")
        self.words, self.bars = (self.place.locator(f".mbtutor-{name}") for name in ("words", "probabilities"))

    def reads(self, name):
        """The words and the picture agree on the name that is shown."""
        expect(self.words).to_contain_text(re.compile(rf"^{name}: "))
        expect(self.picture).to_have_attribute("aria-label", re.compile(f"^Attention in {name},"))


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = AttentionPage(notebook)
    lab.predict("they stay: there is nothing in the padding to read", opens=lab.picture)
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins with the same name, without padding, with the switches as the network has learned."""
    for name, on in (("Padding mask", True), ("Causal mask", False), ("Positional encoding", True)):
        lab.field(name).set_checked(on)
    lab.type("Padding", 0)
    lab.field("Place name").fill("florence")
    lab.reads("florence")
    expect(lab.words).to_contain_text("Read as 9 pairs of characters.")
    return lab


def test_padding_without_its_mask_answers_the_prediction(fresh, screenshot):
    lab = fresh
    said = lab.bars.inner_text()
    with changing(lab.picture, lab.words):
        lab.type("Padding", 10)
        expect(lab.words).to_contain_text("and 10 of padding")
    assert lab.bars.inner_text() == said, "masked padding changes no probability"
    with changing(lab.picture, lab.words):
        lab.field("Padding mask").uncheck()
        expect(lab.place.locator(".mbtutor-answers")).to_contain_text("Not as you said: they change")
    assert lab.bars.inner_text() != said
    screenshot(lab.place, "12_unmasked")


@pytest.mark.parametrize("name", ["Causal mask", "Positional encoding"])
def test_each_switch_changes_what_is_read(fresh, name):
    with changing(fresh.picture, fresh.words):
        fresh.field(name).click()


def test_a_name_is_read_as_it_is_typed_and_the_slider_moves(fresh, screenshot):
    lab = fresh
    with changing(lab.picture, lab.words):
        lab.field("Place name").press("End")
        lab.keys(*"berg")
        lab.reads("florenceberg")
    with changing(lab.picture, lab.words):
        lab.drag("Padding", 60)
        expect(lab.words).to_contain_text("of padding")
    screenshot(lab.place, "12_typed")


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "at least one character"), ("Paris", "write 'paris'"), ("a" * 70, "the table of positions ends at 64")],
)
def test_a_name_that_cannot_be_read_is_met_with_what_to_do(fresh, name, said, screenshot):
    fresh.field("Place name").fill(name)
    expect(fresh.status).to_contain_text(said)
    fresh.reads("florence")
    screenshot(fresh.place, "12_refused")


def test_the_buttons_bring_other_names(fresh):
    lab = fresh
    with changing(lab.picture, lab.words):
        lab.click("Another name")
        expect(lab.status).to_have_text("Another name of the data.")
    with changing(lab.picture, lab.words):
        lab.click("Next mistake")
        expect(lab.words).to_contain_text("(wrong: it is in")


def test_it_goes_by_keyboard_alone(fresh):
    lab = fresh
    assert lab.stops() == STOPS
    lab.press("Another name")
    expect(lab.status).to_have_text("Another name of the data.")
    lab.tab_to("Padding slider")
    lab.keys("ArrowRight", "ArrowRight")
    expect(lab.words).to_contain_text("and 2 of padding")
    lab.tab_to("Causal mask")
    with changing(lab.picture, lab.words):
        lab.keys("Space")
    lab.press("Table of the attention", key="Space")
    expect(lab.place.locator(".mbtutor-table")).to_contain_text("head 4")
    lab.press("Table of the attention", key="Space")


@pytest.mark.parametrize("width", [900, 1400])
def test_it_fits_a_narrow_and_a_wide_page_light_and_dark(notebook, fresh, width, screenshot):
    lab = fresh
    lab.page.set_viewport_size({"width": width, "height": 1100})
    lab.field("Place name").fill("bad homburg")
    lab.reads("bad homburg")
    assert lab.place.evaluate("place => place.scrollWidth <= place.clientWidth + 1")
    screenshot(lab.place, f"12_{width}")
    notebook.theme("Dark")
    assert is_light(lab.picture.locator("text").first)
    screenshot(lab.place, f"12_{width}_dark")
    notebook.theme("Light")
    lab.page.set_viewport_size({"width": 1280, "height": 1100})


def test_an_exercise_wrong_a_hint_and_right_and_the_quiz(notebook):
    wrong = notebook.check("attend-exercise-1", WRONG, "Exactly the budget is allowed")
    notebook.hint(wrong, "Go through the rows one by one")
    notebook.check("attend-exercise-1", RIGHT, "12.1 passed")
    notebook.check("attend-exercise-3", 'mb.check("12.3", "BDECAF")', "C before E")
    notebook.check("attend-exercise-4", 'mb.check("12.4", "A")', "not to the mean")
    notebook.reply("attend-recall", "which names are of the same length", "the mask looks at positions")
    notebook.reply("attend-quiz", "that of the longest names", "attention needs rows")
    expect(notebook.progress("attend-exercise-4", "12")).to_contain_text("✓ 12.1")
