"""Lesson 00 as a learner meets it: opened in a browser, run, clicked, dragged and stopped."""

import time

import pytest
from page import LabPage, NotebookPage, is_light
from playwright.sync_api import expect

FRAMES = """seconds => new Promise(done => {
    const lengths = new Set(), from = performance.now();
    const look = () => {
        lengths.add(document.querySelector('svg.mbtutor-curves').dataset.n);
        if (performance.now() - from < 1000 * seconds) requestAnimationFrame(look); else done(lengths.size - 1);
    };
    look();
})"""


class FirstLab(LabPage):
    """The lab of lesson 00, in a learner's words."""

    def __init__(self, notebook):
        super().__init__(notebook, "start-04")
        self.size, self.preview = self.field("Batch size"), self.place.locator(".mbtutor-preview")

    def points(self):
        return int(self.curves.get_attribute("data-n"))

    def wait_for_points(self, more_than):
        script = f"() => document.querySelector('svg.mbtutor-curves').dataset.n > {more_than}"
        self.page.wait_for_function(script, timeout=20_000)

    def train(self, updates):
        """Click Train and wait until that many updates, the whole budget, are made."""
        self.click("Train")
        expect(self.progress).to_contain_text(f"update {updates:,} of {updates:,},", timeout=30_000)
        self.comes_to_rest("Finished.")

    def type_size(self, size):
        """Type a batch size into the field, and wait until the page has answered."""
        self.size.fill(str(size))
        self.size.press("Enter")
        expect(self.preview).to_contain_text(f"{-(-3934 // size):,} update")
        expect(self.preview).to_contain_text(f"/ {size:,} a batch")


@pytest.fixture(scope="module")
def notebook(site, browser):
    notebook = NotebookPage(browser, site, "00_start_here.ipynb")
    yield notebook
    assert not notebook.errors, notebook.errors


@pytest.fixture(scope="module")
def ran(notebook):
    """The notebook after Run All, and how long that took."""
    started = time.monotonic()
    failures = notebook.run_all()
    assert not failures, failures
    notebook.open_lab("start-04")
    print(f"\nRun All took {time.monotonic() - started:.1f} s")
    return notebook


@pytest.fixture
def lab(ran):
    lab = FirstLab(ran)
    lab.place.scroll_into_view_if_needed()
    yield lab
    lab.reset()


def test_before_anything_runs_the_lab_shows_a_picture_and_no_error(notebook, screenshot):
    picture = notebook.page.locator(".jp-OutputArea-output img").first
    expect(picture).to_be_visible()
    expect(notebook.page.get_by_text("Error displaying widget")).to_have_count(0)
    screenshot(notebook.page, "00_opened")


def test_train_moves_the_curve_live_and_stop_is_heard(lab, screenshot):
    before = lab.curves.evaluate("picture => picture.outerHTML")
    lab.click("Train")
    lab.wait_for_points(20)
    assert lab.curves.evaluate("picture => picture.outerHTML") != before
    frames = lab.page.evaluate(FRAMES, 1.0)
    screenshot(lab.page, "00_training")
    asked = time.monotonic()
    lab.click("Stop")
    lab.comes_to_rest("Stopped.")
    print(f"\n{frames} frames a second seen; Stop was seen after {1000 * (time.monotonic() - asked):.0f} ms")
    assert frames >= 5, "a live curve, not a slide show (a quiet machine shows 15)"
    stopped = lab.points()
    lab.page.wait_for_timeout(300)  # time for a run that had not stopped to show itself
    assert lab.points() == stopped


def test_the_slider_moves_by_mouse_and_the_page_says_what_it_means(lab):
    lab.type_size(32)
    text = lab.preview.inner_text()
    lab.drag("Batch size", 60)
    expect(lab.preview).not_to_have_text(text)
    expect(lab.size).not_to_have_value("32")
    size = int(lab.size.input_value())
    assert size > 32
    expect(lab.preview).to_contain_text(f"{-(-3934 // size)} update")


def test_the_slider_moves_by_keyboard(lab):
    lab.type_size(32)
    lab.handle("Batch size").focus()
    lab.keyboard.press("ArrowRight")
    expect(lab.size).to_have_value("64")
    lab.keyboard.press("ArrowLeft")
    expect(lab.size).to_have_value("32")
    expect(lab.preview).to_contain_text("123 updates in an epoch")


def test_a_number_can_be_typed(lab):
    lab.type_size(100)
    expect(lab.preview).to_contain_text("40 updates in an epoch")
    expect(lab.preview).to_contain_text("the last batch has only 34")


def test_a_second_batch_size_is_drawn_over_the_first(lab, screenshot):
    lab.type_size(3934)
    lab.train(updates=5)
    assert lab.points() == 6
    lab.type_size(64)
    lab.train(updates=5 * 62)
    assert lab.points() == 5 * 62 + 1
    expect(lab.curves).to_contain_text("run 1: batch size 3934")
    expect(lab.curves).to_contain_text("run 2: batch size 64")
    lab.place.get_by_text("Table of the runs").click()
    expect(lab.place.locator(".mbtutor-table tr")).to_have_count(3)
    screenshot(lab.place, "00_two_runs")
    lab.place.get_by_text("Show the code").click()
    expect(lab.place.locator(".mbtutor-code").first).to_contain_text("batch_size=64")
    screenshot(lab.place, "00_code")


def test_dragging_during_a_run_starts_a_new_one(lab):
    lab.type_size(32)
    lab.click("Train")
    lab.wait_for_points(20)
    lab.drag("Batch size", -60)
    expect(lab.curves).to_contain_text("run 1: batch size 32")
    expect(lab.curves).to_contain_text("run 2: batch size")
    lab.wait_for_points(10)
    assert lab.button("Stop").is_enabled()


def test_the_axis_switches(lab):
    lab.type_size(128)
    lab.train(updates=5 * 31)
    for clock, unit in (("updates", "updates made"), ("seconds", "seconds spent"), ("examples", "examples seen")):
        lab.click(clock)
        expect(lab.curves).to_contain_text(unit)


def test_everything_goes_by_keyboard(lab):
    lab.button("Train").focus()
    lab.keyboard.press("Enter")
    lab.wait_for_points(10)
    lab.button("Pause").focus()
    lab.keyboard.press("Space")
    lab.comes_to_rest("Paused.")
    held = lab.points()
    lab.button("One update").focus()
    lab.keyboard.press("Enter")
    lab.wait_for_points(held)
    assert lab.points() == held + 1
    lab.button("Stop").focus()
    lab.keyboard.press("Enter")
    lab.comes_to_rest("Stopped.")


def test_jupyters_own_stop_leaves_the_lab_alone_as_the_lab_says(lab):
    expect(lab.place).to_contain_text("use the lab's own Stop")
    lab.click("Train")
    lab.wait_for_points(10)
    lab.page.evaluate("() => window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
    lab.wait_for_points(lab.points() + 20)


def test_the_dark_theme_is_readable(ran, lab, screenshot):
    lab.type_size(128)
    lab.train(updates=5 * 31)
    ran.theme("Dark")
    assert is_light(lab.curves.locator("text").first)
    screenshot(lab.page, "00_dark")
    ran.theme("Light")


def test_run_all_again_leaves_one_working_lab_a_cell(ran):
    assert not ran.run_all()
    ran.open_lab("start-04")
    lab = FirstLab(ran)
    lab.click("Train")
    lab.wait_for_points(20)
    lab.click("Stop")
    lab.comes_to_rest("Stopped.")
