"""Lesson 13 in the browser: the prediction, every control of the speech lab, its two pictures, the exercises."""

import re

import pytest
import runs
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "13_recognise_speech.ipynb"
RIGHT = """def stack(frames, reach):
    places = np.arange(len(frames))[:, None] + np.arange(-reach, reach + 1)
    return frames[np.clip(places, 0, len(frames) - 1)].reshape(len(frames), -1)


mb.check("13.1", stack)"""
WRONG = RIGHT.replace("np.clip(places, 0, len(frames) - 1)", "places % len(frames)")

FORM = ["Word in the picture", "A row is", "Held out", "Batch size", "Batch size slider"]
FORM += ["Learning rate", "Learning rate slider", "Hidden units", "Hidden units slider"]
FORM += ["Train for", "Unit", "Seed", "Pace, in updates"]
BUTTONS = ["Train", "One update", "examples", "updates", "seconds"]
SECTIONS = ["Table of the runs", "Show the code"]


class SpeechPage(LabPage):
    """The prediction and the speech lab below it, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.voices = self.place.locator("svg.mbtutor-voices")
        self.explained, self.verdict = (self.place.locator(f".mbtutor-{name}") for name in ("explained", "verdict"))


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = SpeechPage(notebook, "speech-predict")
    lab.predict("about three of four", opens=lab.curves)
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins without runs, with the settings of the lesson but a short run as fast as it goes."""
    lab.reset()
    menus = {"Word in the picture": "heed", "A row is": "one frame", "Held out": "the last 7 speakers"}
    for name, text in (menus | {"Unit": "epochs", "Pace, in updates": "as fast as it can"}).items():
        lab.choose(name, text)
    expect(lab.explained).to_contain_text("learns from 528 frames")  # they bound the batch size, which is typed next
    fields = {"Batch size": 32, "Learning rate": 0.1, "Hidden units": 88, "Train for": 5, "Seed": 0}
    for name, value in fields.items():
        lab.type(name, value)
    lab.click("updates")
    lab.programs_say("batch_size=32, seed=0", "epochs=5", "Dense(width, 88)", "mb.SGD(lr=0.1)", "speakers = [8, 9")
    expect(lab.explained).to_contain_text("An epoch has 17 updates, the run 85.")
    expect(lab.verdict).to_have_text("No run yet.")
    return lab


def test_the_first_run_moves_and_answers_the_prediction(lab, screenshot):
    expect(lab.explained).to_contain_text("split by speaker, it learns 8 voices and is asked for 7 others")
    screenshot(lab.page, "13_opened")
    with changing(lab.voices, lab.curves, lab.progress, lab.verdict):
        lab.click("Train")
        expect(lab.progress).to_contain_text("split by row")
    screenshot(lab.page, "13_training")
    lab.choose("Pace, in updates", "as fast as it can")
    lab.comes_to_rest("Finished.")
    expect(lab.place.locator(".mbtutor-answers")).to_contain_text("Not as you said: about half of them.")
    expect(lab.verdict).to_contain_text("Split by row flatters it by")
    expect(lab.verdict).to_contain_text("of these voices' 77 words")
    screenshot(lab.place, "13_answered")


@pytest.mark.parametrize(
    "how, name, value, says",
    [
        ("choose", "A row is", "a word: mean of its frames", "a word: mean of its frames"),
        ("choose", "Held out", "7 drawn by the seed", "held out drawn"),
        ("type", "Batch size", 8, "batch size 8"),
        ("drag", "Batch size", 20, "batch size 64"),
        ("type", "Learning rate", 0.3, r"learning rate 0\.3"),
        ("type", "Hidden units", 4, "hidden units 4"),
        ("type", "Train for", 3, "update 51 of 51"),
        ("choose", "Unit", "updates", "update 5 of 5"),
        ("type", "Seed", 1, "seed 1"),
    ],
)
def test_each_control_makes_another_run(fresh, how, name, value, says):
    runs.another_run(fresh, how, name, value, says, fresh.voices)


def test_another_word_is_another_picture_and_no_other_run(fresh):
    lab = fresh
    runs.train(lab)
    curves = lab.curves.inner_html()
    with changing(lab.voices):
        lab.choose("Word in the picture", "who'd")
        expect(lab.voices).to_contain_text('The word "who\'d" in 15 voices')
    assert lab.curves.inner_html() == curves


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_each_button_works(fresh, by):
    lab = fresh
    press = lab.click if by == "mouse" else lab.press
    lab.choose("Pace, in updates", "20 a second")
    lab.type("Train for", 500)  # so that no slow click comes after its end
    with changing(lab.curves, lab.progress, lab.voices):
        press("Train")
        expect(lab.progress).to_contain_text(re.compile("update [1-9]"))
    press("Pause")
    lab.comes_to_rest("Paused.")
    with changing(lab.progress):
        press("One update")
        lab.comes_to_rest("One update made.")
    press("Go on")
    lab.comes_to_rest("Training.")
    press("Stop")
    lab.comes_to_rest("Stopped.")
    for clock, unit in {"seconds": "seconds spent", "examples": "examples seen"}.items():
        with changing(lab.curves):
            press(clock)
            expect(lab.curves).to_contain_text(unit)
    for section, inside in (("Table of the runs", ".mbtutor-table"), ("Show the code", ".mbtutor-code")):
        press(section)
        expect(lab.place.locator(f"{inside}:visible")).to_have_count(1)
        press(section)
        expect(lab.place.locator(f"{inside}:visible")).to_have_count(0)
    press("Save")
    expect(lab.status).to_contain_text("Saved 2 files")
    with changing(lab.curves, lab.progress, lab.voices):
        press("Reset")
        expect(lab.progress).to_have_text("no update yet")


def test_words_bound_the_batch(fresh):
    lab = fresh
    lab.type("Batch size", 528)
    expect(lab.explained).to_contain_text("An epoch has 1 update, the run 5.")
    lab.choose("A row is", "a word: its frames joined")
    expect(lab.field("Batch size")).to_have_value("88")
    expect(lab.explained).to_contain_text("learns from 88 words and is asked for the 77 others")
    lab.programs_say("word.ravel()")


def test_the_form_goes_by_keyboard_alone(fresh, screenshot):
    lab = fresh
    assert lab.stops() == [*FORM, *BUTTONS, *SECTIONS]
    for name, value in (("Batch size", "64"), ("Learning rate", "0.2"), ("Hidden units", "128")):
        lab.tab_to(f"{name} slider")
        lab.keys("ArrowRight")
        expect(lab.field(name)).to_have_value(value)
    for name, value in (("Train for", "4"), ("Seed", "3")):
        lab.tab_to(name)
        lab.keys(*value, "Enter")  # Tab has selected what stood there
        expect(lab.field(name)).to_have_value(value)
    menus = {"Word in the picture": "hid", "A row is": "a word: mean of its frames"}
    for name, value in (menus | {"Held out": "7 drawn by the seed"}).items():
        lab.tab_to(name)
        lab.keys("Space", "ArrowDown", "Enter")  # a closed menu leaves the arrows to JupyterLab
        expect(lab.field(name).locator("option:checked")).to_have_text(value)
    expect(lab.voices).to_contain_text('The word "hid"')
    expect(lab.explained).to_contain_text("learns from 88 words")
    with changing(lab.curves, lab.progress):
        lab.press("Train")
        expect(lab.progress).to_contain_text("of 8:")
    lab.press("Table of the runs", key="Space")
    expect(lab.place.locator(".mbtutor-table")).to_contain_text("gap in points")
    screenshot(lab.place, "13_keyboard")
    lab.press("Table of the runs", key="Space")


@pytest.mark.parametrize("width", [900, 1400])
def test_it_fits_a_narrow_and_a_wide_page(fresh, width, screenshot):
    lab = fresh
    lab.page.set_viewport_size({"width": width, "height": 1100})
    runs.train(lab)
    room = lab.place.bounding_box()
    for picture in (lab.curves, lab.voices):
        box = picture.bounding_box()
        assert box["x"] + box["width"] <= room["x"] + room["width"] + 4  # the margin of a widget
    screenshot(lab.place, f"13_{width}")
    lab.page.set_viewport_size({"width": 1280, "height": 1100})


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, screenshot):
    runs.train(fresh)
    fresh.is_readable(screenshot, "13", fresh.curves, fresh.voices)


def test_an_exercise_wrong_a_hint_and_right(notebook, screenshot):
    wrong = notebook.check("speech-exercise-1", WRONG, "you take frames from the other end")
    notebook.hint(wrong, "Make the utterance longer first")
    screenshot(notebook.page, "13_wrong")
    notebook.check("speech-exercise-1", RIGHT, "13.1 passed")
    notebook.check("speech-exercise-4", 'mb.check("13.4", "A")', "a neighbour of the same breath")


def test_the_quiz_replies_and_the_page_of_progress_knows(notebook):
    notebook.reply("speech-recall", "from all the rows", "would know something of the test rows")
    notebook.reply("speech-quiz", "How many frames were tested?", "still five people")
    choice = "It is gone: no row has a twin of the same sound in the other part."
    notebook.reply("speech-quiz", choice, "Yes; try it in the lab.")
    line = notebook.progress("speech-exercise-4", "13")
    for done in ("✓ 13.1", "✗ 13.4", "1 of 3", "✓ made"):
        expect(line).to_contain_text(done)
