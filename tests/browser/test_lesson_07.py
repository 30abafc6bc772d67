"""Lesson 07 as a learner meets it: predicted, raced, seen on three clocks, tuned lane by lane, and the exercises."""

import re

import pytest
from page import NotebookPage, is_light
from playwright.sync_api import expect

RIGHT = """def critical_batch(one, updates_one, other, updates_other):
    b = (updates_one - updates_other) / (1 / one - 1 / other)
    return b / (updates_one - b / one)


mb.check("07.1", critical_batch)"""
WRONG = """def critical_batch(one, updates_one, other, updates_other):
    return one * (updates_one / updates_other - 1)


mb.check("07.1", critical_batch)"""


class RacePage:
    """The prediction and the race below it, in a learner's words."""

    def __init__(self, notebook, cell):
        self.page, self.keyboard = notebook.page, notebook.page.keyboard
        self.place = notebook.cell(cell).locator(".jp-OutputArea-output")
        self.picture = self.place.locator("svg.mbtutor-race")
        self.table = self.place.locator("table.mbtutor-table").first
        self.status = self.place.locator(".mbtutor-status").last

    def button(self, name):
        return self.place.get_by_role("button", name=name, exact=True)

    def label(self, name):
        return self.place.get_by_label(name, exact=True)

    def type(self, name, value):
        field = self.label(name)
        field.fill(str(value))
        field.press("Enter")

    def says(self, text):
        expect(self.status).to_contain_text(text, timeout=60_000)

    def race(self):
        """Race to the end; the races are counted since the last Reset."""
        before = re.search(r"Race (\d+) finished", self.status.inner_text())
        number = int(before[1]) + 1 if before else 1
        self.button("Race").click()
        self.says(f"Race {number} finished.")

    def column(self, name):
        """{lane: text} of a column of the table."""
        head = self.table.locator("th").all_inner_texts()
        rows = [row.locator("td").all_inner_texts() for row in self.table.locator("tr").all()[1:]]
        return {row[0]: row[head.index(name)] for row in rows}

    def paths(self):
        """The paths of the lanes as the page has them."""
        found = re.findall(r'lane-\d">\s*<path d="([^"]*)"', self.picture.evaluate("svg => svg.outerHTML"))
        assert found
        return found


@pytest.fixture(scope="module")
def notebook(site, browser):
    notebook = NotebookPage(browser, site, "07_race_batch_sizes.ipynb")
    failures = notebook.run_all()
    assert not failures, failures
    yield notebook
    assert not notebook.errors, notebook.errors


@pytest.fixture(scope="module")
def lab(notebook):
    """The race, opened by an answer to the prediction."""
    lab = RacePage(notebook, "race-lab")
    expect(lab.picture).to_be_hidden()
    lab.label("a quarter of the updates again").check()
    lab.button("Commit").click()
    expect(lab.picture).to_be_visible()
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins without races, with the settings of the lesson, as fast as it can."""
    lab.label("Pace, in updates").select_option("as fast as it can")
    lab.label("The race ends").select_option("at the target")
    lab.label("Learning rates").select_option("each its own")
    lab.type("Seed", 0)
    lab.type("Target loss", 0.785)
    for name, size, rate in zip("ABCD", (16, 64, 256, 1024), (1.1, 3.2, 7, 7)):
        lab.label(f"Lane {name}").check()
        lab.type(f"Batch {name}", size)
        lab.type(f"Rate {name}", rate)
    for name in "EF":
        lab.label(f"Lane {name}").uncheck()
    lab.button("examples").click()
    if lab.button("Reset").is_enabled():
        lab.button("Reset").click()
    expect(lab.place).to_contain_text("The lanes: none yet.")
    return lab


def test_the_first_race_answers_the_prediction(lab, screenshot):
    screenshot(lab.page, "07_opened")
    lab.race()
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("14 updates with batch size 256, 12 with 1,024 (and 28 with 64, 110 with 16).")
    expect(answers).to_contain_text("Not as you said: nearly as many.")
    lab.says("fewest updates: D with batch size 1,024 (12); fewest examples: A with batch size 16 (1,760)")
    screenshot(lab.place, "07_answered")


def test_the_lanes_move_side_by_side_and_stop_where_they_are(fresh, screenshot):
    lab = fresh
    lab.label("Pace, in updates").select_option("50 a second")
    lab.button("Race").click()
    expect(lab.picture).to_have_attribute("data-n", re.compile(r"\d\d"), timeout=20_000)
    before = lab.paths()
    expect(lab.picture).to_have_attribute("data-n", re.compile("[5-9][0-9]|1[0-9][0-9]"), timeout=20_000)
    assert all(old != new for old, new in list(zip(before, lab.paths()))[:2])
    screenshot(lab.place, "07_racing")
    lab.button("Stop").click()
    lab.says("Stopped.")
    seen = [int(text.replace(",", "")) for text in lab.column("examples").values()]
    assert max(seen) - min(seen) <= 1024
    made = lab.picture.get_attribute("data-n")
    lab.button("seconds").click()
    expect(lab.picture).to_contain_text("seconds spent on updates")
    assert lab.picture.get_attribute("data-n") == made


def test_pause_and_one_update(fresh):
    lab = fresh
    lab.button("One update").click()
    lab.says("One update made.")
    expect(lab.picture).to_have_attribute("data-n", "5")
    lab.button("One update").click()
    expect(lab.picture).to_have_attribute("data-n", "6")
    lab.label("Pace, in updates").select_option("20 a second")
    lab.button("Pause").or_(lab.button("Go on")).click()
    expect(lab.picture).not_to_have_attribute("data-n", "6")
    lab.button("Pause").click()
    lab.says("Paused.")
    made = lab.picture.get_attribute("data-n")
    lab.label("Pace, in updates").select_option("as fast as it can")
    lab.button("Go on").click()
    lab.says("Race 1 finished.")
    assert int(lab.picture.get_attribute("data-n")) > int(made)
    assert lab.column("updates to target") == {"A": "110", "B": "28", "C": "14", "D": "12"}


def test_the_horizontal_axis_changes_both_panels(fresh, screenshot):
    lab = fresh
    lab.race()
    seen = {}
    for clock, title in (("updates", "Updates"), ("examples", "Examples"), ("seconds", "Seconds")):
        lab.button(clock).click()
        expect(lab.picture).to_contain_text(f"{title} to the target")
        seen[clock] = tuple(lab.paths())
        screenshot(lab.place, f"07_{clock}")
    assert len(set(seen.values())) == 3


def test_each_lane_can_be_set_added_and_left_out(fresh, screenshot):
    lab = fresh
    expect(lab.label("Batch E")).to_be_disabled()
    lab.label("Lane E").check()
    lab.type("Batch E", 4)
    lab.type("Rate E", 0.28)
    lab.label("Lane F").check()
    lab.type("Batch F", 4096)
    lab.type("Rate F", 7)
    lab.label("Lane A").uncheck()
    expect(lab.label("Batch A")).to_be_disabled()
    lab.race()
    assert lab.column("batch size") == {"B": "64", "C": "256", "D": "1,024", "E": "4", "F": "4,096"}
    assert len(lab.paths()) == 5
    screenshot(lab.place, "07_five_lanes")
    for name in "CDEF":
        lab.label(f"Lane {name}").uncheck()
    lab.says("A race needs two lanes at least: tick another one.")


def test_the_rules_of_the_rates_fill_the_fields(fresh):
    lab = fresh
    lab.label("Learning rates").select_option("one for all")
    lab.type("Learning rate", 2)
    for name in "ABCD":
        expect(lab.label(f"Rate {name}")).to_have_value("2")
        expect(lab.label(f"Rate {name}")).to_be_disabled()
    lab.label("Learning rates").select_option("linear scaling")
    expect(lab.label("Rate A")).to_have_value("1")
    expect(lab.label("Rate B")).to_have_value("4")
    lab.type("Rate for batch size 32", 1)
    expect(lab.label("Rate A")).to_have_value("0.5")
    lab.label("Learning rates").select_option("each its own")
    expect(lab.label("Rate A")).to_be_enabled()


def test_every_budget_ends_the_race_where_it_says(fresh):
    lab = fresh
    for budget, amount in (("examples", 6000), ("updates", 30), ("seconds", 0.05)):
        lab.label("The race ends").select_option(f"after the same {budget}")
        lab.type(f"How many {budget}", amount)
        lab.race()
        made = [float(text.replace(",", "").removesuffix(" s")) for text in lab.column(budget).values()]
        assert all(value >= amount for value in made)
    lab.label("The race ends").select_option("at the target")
    expect(lab.label("How many seconds")).to_be_hidden()


def test_seed_and_target_make_another_race_and_earlier_ones_stay(fresh, screenshot):
    lab = fresh
    lab.race()
    first = lab.column("updates to target")
    lab.type("Seed", 1)
    lab.race()
    assert lab.column("updates to target") != first
    expect(lab.picture).to_contain_text("earlier races")
    screenshot(lab.place, "07_earlier")
    lab.type("Target loss", 0.9)
    lab.race()
    assert int(lab.column("updates to target")["A"]) < int(first["A"])
    lab.place.get_by_text("Table of all races").click()
    expect(lab.place.get_by_role("table").last.locator("tr")).to_have_count(13)
    lab.button("Reset").click()
    expect(lab.place).to_contain_text("All races: none yet.")


def test_save_writes_the_files(fresh):
    lab = fresh
    lab.race()
    lab.button("Save").click()
    lab.says("Saved 5 files: exports/batch_size_race.png, exports/batch_size_race_lane_A.csv")


def test_by_keyboard_alone(fresh):
    lab = fresh
    lab.label("Lane D").focus()
    lab.keyboard.press("Space")
    expect(lab.label("Lane D")).not_to_be_checked()
    lab.keyboard.press("Space")
    expect(lab.label("Batch D")).to_be_enabled()
    lab.label("Batch D").focus()
    lab.keyboard.press("ControlOrMeta+a")
    lab.keyboard.type("512")
    lab.keyboard.press("Tab")
    lab.button("Race").focus()
    lab.keyboard.press("Enter")
    lab.says("Race 1 finished.")
    assert lab.column("batch size")["D"] == "512"
    lab.button("updates").focus()
    lab.keyboard.press("Enter")
    expect(lab.picture).to_contain_text("Updates to the target")


def test_the_dark_theme_is_readable(notebook, fresh, screenshot):
    fresh.race()
    notebook.theme("Dark")
    assert is_light(fresh.picture.locator("text").first)
    screenshot(fresh.place, "07_dark")
    notebook.theme("Light")


def test_on_a_narrow_page_everything_stays_inside(notebook, fresh, screenshot):
    page = notebook.page
    page.set_viewport_size({"width": 900, "height": 1100})
    fresh.race()
    box, place = fresh.picture.bounding_box(), fresh.place.first.bounding_box()
    margin = 4  # of a widget
    assert box["x"] >= place["x"] and box["x"] + box["width"] <= place["x"] + place["width"] + margin
    screenshot(fresh.place, "07_narrow")
    page.set_viewport_size({"width": 1280, "height": 1100})


def test_an_exercise_wrong_and_right(notebook, screenshot):
    wrong = notebook.answer("race-ex1", WRONG).locator(".mbtutor-result")
    expect(wrong).to_contain_text("You take the second run for the plateau itself.")
    screenshot(notebook.page, "07_wrong")
    expect(notebook.answer("race-ex1", RIGHT).locator(".mbtutor-result")).to_contain_text("07.1 passed")
    letter = notebook.answer("race-ex4", 'mb.check("07.4", "C")').locator(".mbtutor-result")
    expect(letter).to_contain_text("The critical batch size is no wall.")
