"""What every lab with runs must show: its buttons, clocks, sections and programs, by mouse or by keyboard."""

import re

from page import changing
from playwright.sync_api import expect

CLOCKS = {"updates": "updates made", "seconds": "seconds spent", "examples": "examples seen"}
PROGRAMS = {
    "mbtutor": "import mbtutor as mb",
    "PyTorch": "import torch",
    "Keras": "import keras",
    "TensorFlow": "import tensorflow as tf",
}


def train(lab):
    """Click Train and wait for the end of the run: its line in the table of the runs is written at rest."""
    lines = lab.place.locator(".mbtutor-table").filter(has_text="The last number of each run").locator("tr")
    before = lines.count()
    lab.click("Train")
    expect(lines).to_have_count(max(2, before + 1), timeout=60_000)
    expect(lab.status).to_contain_text("Finished")


def another_run(lab, how, name, value, says, *places):
    """Set that control by lab.choose, type or drag; the run after it must look different there, and say so."""
    train(lab)
    with changing(lab.curves, lab.progress, *places):
        getattr(lab, how)(name, value)
        train(lab)
    expect(lab.curves.or_(lab.progress).filter(has_text=re.compile(says))).not_to_have_count(0)


def each_control_works(lab, by, measures="each update", programs=PROGRAMS, saved="Saved 2 files"):
    """Press each of them, by "mouse" or "keyboard", on a lab without runs whose pace leaves time for it.

    measures: "now and then" where one update more need not move a curve. programs: {framework: words of its program}.
    saved: what the lab says of the files.
    """
    press, turn = (lab.click, lab.click_tab) if by == "mouse" else (lab.press, lab.press_tab)
    _a_run_is_held_and_stopped(lab, press, (lab.curves, lab.progress)[measures != "each update" :])
    for clock, unit in CLOCKS.items():
        with changing(lab.curves):
            press(clock)
            expect(lab.curves).to_contain_text(unit)
    _sections_open_and_close(lab, press, turn, programs)
    press("Save")
    expect(lab.status).to_contain_text(saved)
    with changing(lab.curves, lab.progress):
        press("Reset")
        expect(lab.progress).to_have_text("no update yet")


def _a_run_is_held_and_stopped(lab, press, moved_by_one):
    live = lab.curves, lab.progress
    with changing(*live):
        press("Train")
        expect(lab.progress).to_contain_text(re.compile("update [1-9]"))
    press("Pause")
    lab.comes_to_rest("Paused.")
    with changing(*moved_by_one):
        press("One update")
        lab.comes_to_rest("One update made.")
    with changing(*live):
        press("Go on")
        lab.comes_to_rest("Training.")
    press("Stop")
    lab.comes_to_rest("Stopped.")


def _sections_open_and_close(lab, press, turn, programs):
    table, code = lab.place.get_by_text("The last number of each run"), lab.place.locator(".mbtutor-code:visible")
    expect(table).to_be_hidden()
    press("Table of the runs")
    expect(table).to_be_visible()
    press("Table of the runs")
    expect(table).to_be_hidden()
    press("Show the code")
    for framework, words in programs.items():
        turn(framework)
        expect(code).to_contain_text(words)
    press("Show the code")
    expect(code).to_have_count(0)
