"""Lesson 07 as a learner meets it: predicted, raced, seen on three clocks, tuned lane by lane, and the exercises."""

import re

import pytest
from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "07_race_batch_sizes.ipynb"
RIGHT = """def critical_batch(one, updates_one, other, updates_other):
    b = (updates_one - updates_other) / (1 / one - 1 / other)
    return b / (updates_one - b / one)


mb.check("07.1", critical_batch)"""
WRONG = """def critical_batch(one, updates_one, other, updates_other):
    return one * (updates_one / updates_other - 1)


mb.check("07.1", critical_batch)"""


SIZES, RATES = (16, 64, 256, 1024), (1.1, 3.2, 7, 7)
LANES = [f"{what} {name}" for name in "ABCD" for what in ("Lane", "Batch", "Rate")] + ["Lane E", "Lane F"]
FORM = ["Learning rates", "Learning rate slider", "The race ends", "Target loss", "Seed", "Pace, in updates"]
BUTTONS = ["Race", "One update", "examples", "updates", "seconds"]
SECTIONS = ["Table of all races", "Show the code"]


class RacePage(LabPage):
    """The prediction and the race below it, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.picture = self.place.locator("svg.mbtutor-race")
        self.table = self.place.locator("table.mbtutor-table").first

    def finishes(self, number):
        expect(self.status).to_contain_text(f"Race {number} finished.", timeout=60_000)

    def race(self):
        """Race to the end; the races are counted since the last Reset."""
        before = re.search(r"Race (\d+) finished", self.status.inner_text())
        self.click("Race")
        self.finishes(int(before[1]) + 1 if before else 1)

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

    def made(self, updates):
        """Wait until the lanes have made so many updates or more, the untrained networks counted."""
        at_least = "n => +document.querySelector('svg.mbtutor-race').dataset.n >= n"
        self.page.wait_for_function(at_least, arg=updates, timeout=30_000)


@pytest.fixture(scope="module")
def lab(notebook):
    """The race, opened by an answer to the prediction."""
    lab = RacePage(notebook, "race-lab")
    lab.predict("a quarter of the updates again", opens=lab.picture)
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins without races, with the settings of the lesson, as fast as it can."""
    lab.reset()
    lab.choose("Pace, in updates", "as fast as it can")
    lab.choose("The race ends", "at the target")
    lab.choose("Learning rates", "each its own")
    lab.type("Seed", 0)
    lab.type("Target loss", 0.785)
    for name in "ABCD":
        lab.field(f"Lane {name}").check()
    for name in "EF":
        lab.field(f"Lane {name}").uncheck()
    for name, size, rate in zip("ABCD", SIZES, RATES):
        expect(lab.field(f"Rate {name}")).to_be_enabled()
        lab.type(f"Batch {name}", size)
        lab.type(f"Rate {name}", rate)
    lab.click("examples")
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
    lab.choose("Pace, in updates", "5 a second")
    lab.click("Race")
    lab.made(8)
    before = lab.paths()
    lab.made(20)
    assert all(old != new for old, new in list(zip(before, lab.paths()))[:2])
    screenshot(lab.place, "07_racing")
    lab.click("Stop")
    lab.comes_to_rest("Stopped.")
    seen = [int(text.replace(",", "")) for text in lab.column("examples").values()]
    assert max(seen) - min(seen) <= 1024
    made = lab.picture.get_attribute("data-n")
    with changing(lab.picture):
        lab.click("seconds")
    expect(lab.picture).to_have_attribute("data-n", made)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_each_button_works(fresh, by):
    lab = fresh
    press = lab.click if by == "mouse" else lab.press
    press("One update")
    lab.comes_to_rest("One update made.")
    expect(lab.picture).to_have_attribute("data-n", "5")
    press("One update")
    expect(lab.picture).to_have_attribute("data-n", "6")
    lab.choose("Pace, in updates", "5 a second")
    press("Go on")
    lab.comes_to_rest("Racing.")
    lab.made(8)
    press("Pause")
    lab.comes_to_rest("Paused.")
    for clock in ("updates", "seconds", "examples"):
        with changing(lab.picture):
            press(clock)
            expect(lab.picture).to_contain_text(f"{clock.capitalize()} to the target")
    lab.choose("Pace, in updates", "as fast as it can")
    press("Go on")
    lab.finishes(1)
    assert lab.column("updates to target") == {"A": "110", "B": "28", "C": "14", "D": "12"}
    everything = lab.place.get_by_text("All races", exact=True)
    expect(everything).to_be_hidden()
    press("Table of all races")
    expect(everything).to_be_visible()
    press("Table of all races")
    expect(everything).to_be_hidden()
    press("Save")
    lab.says("Saved 5 files: exports/batch_size_race.png, exports/batch_size_race_lane_A.csv")
    press("Race")
    lab.finishes(2)
    with changing(lab.picture):
        press("Reset")
        expect(lab.place).to_contain_text("The lanes: none yet.")


def test_stop_and_reset_by_keyboard(fresh):
    lab = fresh
    lab.choose("Pace, in updates", "5 a second")
    lab.press("Race")
    lab.made(6)
    lab.press("Stop", key="Space")
    lab.comes_to_rest("Stopped.")
    lab.press("Reset")
    expect(lab.place).to_contain_text("The lanes: none yet.")


def test_the_horizontal_axis_changes_both_panels(fresh, screenshot):
    lab = fresh
    lab.race()
    seen = {}
    for clock in ("updates", "seconds", "examples"):
        with changing(lab.picture):
            lab.click(clock)
            expect(lab.picture).to_contain_text(f"{clock.capitalize()} to the target")
        seen[clock] = tuple(lab.paths())
        screenshot(lab.place, f"07_{clock}")
    assert len(set(seen.values())) == 3


def test_each_lane_can_be_set_added_and_left_out(fresh, screenshot):
    lab = fresh
    expect(lab.field("Batch E")).to_be_disabled()
    for name, size, rate in (("E", 4, 0.28), ("F", 4096, 7)):
        lab.field(f"Lane {name}").check()
        expect(lab.field(f"Rate {name}")).to_be_enabled()
        lab.type(f"Batch {name}", size)
        lab.type(f"Rate {name}", rate)
    lab.field("Lane A").uncheck()
    expect(lab.field("Batch A")).to_be_disabled()
    lab.race()
    assert lab.column("batch size") == {"B": "64", "C": "256", "D": "1,024", "E": "4", "F": "4,096"}
    assert lab.column("rate") == {"B": "3.2", "C": "7", "D": "7", "E": "0.28", "F": "7"}
    assert len(lab.paths()) == 5
    screenshot(lab.place, "07_five_lanes")
    for name in "CDEF":
        lab.field(f"Lane {name}").uncheck()
    lab.says("A race needs two lanes at least: tick another one.")


def test_the_rules_of_the_rates_fill_the_fields(fresh):
    lab = fresh
    lab.choose("Learning rates", "one for all")
    lab.type("Learning rate", 2)
    for name in "ABCD":
        expect(lab.field(f"Rate {name}")).to_have_value("2")
        expect(lab.field(f"Rate {name}")).to_be_disabled()
    lab.drag("Learning rate", -60)
    expect(lab.field("Rate A")).not_to_have_value("2")
    lab.choose("Learning rates", "linear scaling")
    lab.type("Rate for batch size 32", 1)
    for name, size in zip("ABCD", SIZES):
        expect(lab.field(f"Rate {name}")).to_have_value(f"{size / 32:g}")
    lab.race()
    assert lab.column("rate") == {"A": "0.5", "B": "2", "C": "8", "D": "32"}
    lab.choose("Learning rates", "each its own")
    expect(lab.field("Rate A")).to_be_enabled()


def test_every_budget_ends_the_race_where_it_says(fresh):
    lab = fresh
    for budget, amount in (("examples", 6000), ("updates", 30), ("seconds", 0.05)):
        lab.choose("The race ends", f"after the same {budget}")
        lab.type(f"How many {budget}", amount)
        lab.race()
        made = [float(text.replace(",", "").removesuffix(" s")) for text in lab.column(budget).values()]
        assert len(made) == 4 and all(value >= amount for value in made)
    lab.choose("The race ends", "at the target")
    expect(lab.field("How many seconds")).to_be_hidden()


def test_seed_and_target_make_another_race_and_earlier_ones_stay(fresh, screenshot):
    lab = fresh
    lab.race()
    first = lab.column("updates to target")
    with changing(lab.picture, lab.table):
        lab.type("Seed", 1)
        lab.race()
    assert lab.column("updates to target") != first
    expect(lab.picture).to_contain_text("earlier races")
    screenshot(lab.place, "07_earlier")
    with changing(lab.picture, lab.table):
        lab.type("Target loss", 0.9)
        lab.race()
    assert int(lab.column("updates to target")["A"]) < int(first["A"])
    lab.click("Table of all races")
    expect(lab.place.get_by_role("table").last.locator("tr")).to_have_count(13)
    lab.click("Table of all races")


def test_the_form_goes_by_keyboard_alone(fresh):
    lab = fresh
    assert lab.stops() == [*LANES, *FORM, *BUTTONS, *SECTIONS]
    lab.tab_to("Lane A")
    lab.keys("Space")
    expect(lab.field("Batch A")).to_be_disabled()
    lab.tab_to("Lane E")
    lab.keys("Space")
    expect(lab.field("Rate E")).to_be_enabled()
    for name, value in (("Batch E", "32"), ("Rate E", "2"), ("Seed", "3"), ("Target loss", "0.8")):
        lab.tab_to(name)
        lab.keys(*value, "Enter")  # Tab has selected what stood there
        expect(lab.field(name)).to_have_value(value)
    lab.press("Race")
    lab.finishes(1)
    assert lab.column("batch size") == {"B": "64", "C": "256", "D": "1,024", "E": "32"}
    for name, value in (("Learning rates", "one for all"), ("The race ends", "after the same examples")):
        lab.tab_to(name)
        lab.keys("Space", "ArrowUp" if name == "Learning rates" else "ArrowDown")
        lab.keys(*(["ArrowUp"] if name == "Learning rates" else []), "Enter")
        expect(lab.field(name).locator("option:checked")).to_have_text(value)
    lab.tab_to("Learning rate")
    lab.keys("2", "Enter")
    expect(lab.field("Rate B")).to_have_value("2")
    lab.tab_to("Learning rate slider")
    lab.keys("ArrowRight")
    expect(lab.field("Rate B")).to_have_value("5")


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, screenshot):
    fresh.race()
    fresh.is_readable(screenshot, "07", fresh.picture)


def test_on_a_narrow_page_everything_stays_inside(notebook, fresh, screenshot):
    page = notebook.page
    page.set_viewport_size({"width": 900, "height": 1100})
    fresh.race()
    box, place = fresh.picture.bounding_box(), fresh.place.first.bounding_box()
    margin = 4  # of a widget
    assert box["x"] >= place["x"] and box["x"] + box["width"] <= place["x"] + place["width"] + margin
    tops = {fresh.field(f"Lane {name}").bounding_box()["y"] for name in "ABCDEF"}
    assert len(tops) == 1, "all six lanes stand in one row"
    ends, target = (fresh.field(name).bounding_box() for name in ("The race ends", "Target loss"))
    assert abs(ends["y"] - target["y"]) < 5 and ends["x"] < target["x"], "the form has two columns above the picture"
    table = fresh.table.bounding_box()
    assert table["x"] + table["width"] <= place["x"] + place["width"] + margin
    screenshot(fresh.place, "07_narrow")
    page.set_viewport_size({"width": 1280, "height": 1100})


def test_an_exercise_wrong_a_hint_and_right(notebook, screenshot):
    wrong = notebook.check("race-ex1", WRONG, "You take the second run for the plateau itself.")
    notebook.hint(wrong, "Write the curve as")
    screenshot(notebook.page, "07_wrong")
    notebook.check("race-ex1", RIGHT, "07.1 passed")
    notebook.check("race-ex4", 'mb.check("07.4", "C")', "The critical batch size is no wall.")


def test_the_quiz_replies_and_the_page_of_progress_knows(notebook):
    notebook.reply("race-recall", "0.2", "That is the square root rule")
    notebook.reply("race-quiz", "Half the updates, half the examples.", "are as many examples")
    notebook.reply("race-quiz", "Half the updates, about the same examples.", "Yes: below the critical size")
    line = notebook.progress("race-ex4", "07")
    for done in ("✓ 07.1", "✗ 07.4", "1 of 3", "✓ made"):
        expect(line).to_contain_text(done)
