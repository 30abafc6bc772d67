"""The race without a browser: lanes, learning rates and budgets, who is at the target, and what a learner can break."""

import asyncio
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, make_data, make_net, status, until

import mbtutor as mb
from mbtutor.exercises import lessons
from mbtutor.experiments import Reached, Setting
from mbtutor.widgets.race_form import LINEAR, ONE, OWN

ROWS = mb.datasets.make_clusters(360, features=4, classes=3, spread=1, seed=0)
DATA, VAL = ROWS.subset(np.arange(240)), ROWS.subset(np.arange(240, 360))
TARGET = 0.6


@pytest.fixture
def lab():
    """Two lanes on few rows, which both reach the target within a moment."""
    lab = mb.BatchSizeRace(make_net(), DATA, VAL, (4, 24), lr=0.3, target=TARGET, pace=math.inf)
    yield lab
    lab.close()


def words(widget):
    return " ".join(re.sub("<[^>]*>", " ", widget.value).split())


def cells(lab):
    """The table of the lanes: a dict a lane."""
    names = re.findall(r"<th[^>]*>([^<]*)", lab.table.value)
    rows = re.findall(r"<tr>(<td.*?)</tr>", lab.table.value)
    return [dict(zip(names, re.findall(r"<td[^>]*>([^<]*)", row))) for row in rows]


def lane(lab, name):
    return lab.form.lanes["ABCDEF".index(name)]


# A race -----------------------------------------------------------------------------------------------------------


def test_nothing_trains_before_a_click(lab):
    assert lab.lanes == {} and lab.results == [] and status(lab) == "Ready: press Race."
    assert "none yet" in words(lab.table)
    assert lab.buttons["Save"].disabled and lab.buttons["Pause"].disabled and not lab.buttons["Race"].disabled


def test_run_races_to_the_target_and_says_where_each_lane_reached_it(lab):
    found = lab.run()
    assert set(found) == {4, 24}
    for size, where in found.items():
        net = make_net(optimizer=mb.SGD(0.3))
        every = max(1, 16 // size)
        run = mb.train(net, mb.MiniBatches(DATA, size), updates=5000, validation=VAL, validate_every=every)
        alone = next(update for update in run if update.val_loss is not None and update.val_loss <= TARGET)
        assert (where.updates, where.examples) == (alone.number, alone.examples)
    assert [row["updates to target"] for row in cells(lab)] == [f"{where.updates:,}" for where in found.values()]
    assert [row["examples to target"] for row in cells(lab)] == [f"{where.examples:,}" for where in found.values()]
    fewest = min(found, key=lambda size: found[size].updates)
    assert f"fewest updates: {'AB'[fewest == 24]} with batch size {fewest} ({found[fewest].updates})" in status(lab)


def test_all_lanes_start_from_the_same_weights_and_the_network_of_the_learner_stays(lab):
    before = lab.net.weights.copy()
    lab.run()
    first = [lane.history["val_loss"][0] for lane in lab.lanes.values()]
    assert first[0] == first[1]
    np.testing.assert_array_equal(lab.net.weights, before)


def test_a_race_to_the_target_ends_for_each_lane_there(lab):
    lab.run()
    for one in lab.lanes.values():
        losses = one.history.measured("val_loss")[1]
        assert losses[-1] <= TARGET and (losses[:-1] > TARGET).all()


@pytest.mark.parametrize(("budget", "amount"), [("examples", 480), ("updates", 30), ("seconds", 0.2)])
def test_a_race_for_the_same_amount_goes_on_past_the_target(lab, budget, amount):
    lab.form.budget.value = budget
    lab.form.amount.value = amount
    lab.run()
    for one in lab.lanes.values():
        made = one.history.clock(budget)
        assert made[-1] >= amount > made[-2]
    assert all(one.reached for one in lab.lanes.values()) or budget != "seconds"


def test_a_race_clicked_in_a_running_loop_stands_side_by_side(lab):
    seen = []

    async def scenario():
        lab.form.budget.value = "examples"
        lab.form.amount.value = 100_000
        lab.form.clock.value = "examples"
        click(lab, "Race")
        assert status(lab) == "Racing." and lab.buttons["Race"].disabled
        for _ in range(5):
            made = len(lab.lanes[0].history)
            await until(lambda made=made: len(lab.lanes[0].history) > made)
            seen.append([one.history["examples"][-1] for one in lab.lanes.values()])
        click(lab, "Stop")

    in_loop(scenario)
    assert all(abs(a - b) <= 24 for a, b in seen)
    assert status(lab) == "Stopped." and not lab.buttons["Race"].disabled


def test_another_horizontal_axis_changes_whose_turn_it_is(lab):
    async def scenario():
        lab.form.budget.value = "examples"
        lab.form.amount.value = 1_000_000
        click(lab, "Race")
        await until(lambda: len(lab.lanes[0].history) > 100)
        lab.form.clock.value = "updates"
        await until(lambda: abs(len(lab.lanes[0].history) - len(lab.lanes[1].history)) <= 1)
        click(lab, "Stop")

    in_loop(scenario)
    assert lab.lanes[1].history["examples"][-1] > 2 * lab.lanes[0].history["examples"][-1]


def test_the_moment_at_the_target_is_said(lab):
    said = []
    lab.status.observe(lambda change: said.append(status(lab)), "value")
    found = lab.run()
    for name, (size, where) in zip("AB", found.items()):
        text = f"Lane {name} (batch size {size}) is at the target after {where.updates:,} updates, {where.examples:,} "
        assert any(line.startswith(text) for line in said)


def test_pause_holds_and_goes_on_to_the_same_end(lab):
    expected = {size: where[:2] for size, where in lab.run().items()}

    async def scenario():
        lab.form.pace.value = 50
        click(lab, "Race")
        await until(lambda: sum(len(one.history) for one in lab.lanes.values()) > 4)
        click(lab, "Pause")
        assert status(lab) == "Paused." and lab.buttons["Pause"].description == "Go on"
        made = [len(one.history) for one in lab.lanes.values()]
        await asyncio.sleep(0.05)
        assert made == [len(one.history) for one in lab.lanes.values()]
        lab.form.pace.value = math.inf
        click(lab, "Pause")
        await until(lambda: "finished." in status(lab))

    in_loop(scenario)
    assert {one.setting.batch_size: one.reached[:2] for one in lab.lanes.values()} == expected


def test_one_update_is_one_of_whoever_moves_next(lab):
    click(lab, "One update")
    assert [len(one.history) for one in lab.lanes.values()] == [2, 1]
    click(lab, "One update")
    assert sum(len(one.history) for one in lab.lanes.values()) == 4
    assert status(lab) == "One update made."


def test_a_second_click_is_no_second_race(lab):
    async def scenario():
        lab.form.pace.value = 20
        click(lab, "Race")
        lab._start()
        click(lab, "Stop")

    in_loop(scenario)
    assert {result.race for result in lab.results} <= {1}


def test_reset_forgets_the_races_and_keeps_the_settings(lab):
    lane(lab, "A").size.value = 8
    lab.run()
    click(lab, "Reset")
    assert lab.lanes == {} and lab.results == [] and lane(lab, "A").size.value == 8
    assert status(lab).startswith("Reset")


# Lanes and learning rates -----------------------------------------------------------------------------------------


def test_lanes_are_chosen_by_their_checkbox(lab):
    lane(lab, "F").runs.value = True
    lane(lab, "A").runs.value = False
    lane(lab, "F").size.value = 60
    lab.run()
    assert list(lab.lanes) == [1, 5]
    assert [row["lane"] for row in cells(lab)] == ["B", "F"]
    assert lab.lanes[5].setting.batch_size == 60
    assert lane(lab, "A").size.disabled and not lane(lab, "F").size.disabled


def test_one_lane_is_no_race(lab):
    lane(lab, "A").runs.value = False
    assert status(lab) == "A race needs two lanes at least: tick another one."
    click(lab, "Race")
    assert lab.lanes == {} and not lab.buttons["Race"].disabled
    lane(lab, "C").runs.value = True
    assert status(lab) == "Ready: press Race."


def test_six_lanes_race(lab):
    for number, one in enumerate(lab.form.lanes):
        one.runs.value = True
        one.size.value = 4 * (number + 1)
    assert len(lab.run()) == 6
    assert lab.figure().axes[0].get_legend_handles_labels()[1][5].startswith("F: B = 24")


def test_one_rate_for_all(lab):
    lab.form.rate.field.value = 0.2
    assert [one.lr.value for one in lab.form.lanes] == [0.2] * 6
    assert all(one.lr.disabled for one in lab.form.lanes)
    lab.run()
    assert [one.setting.lr for one in lab.lanes.values()] == [0.2, 0.2]


def test_linear_scaling_goes_from_batch_size_32(lab):
    lab.form.rule.value = LINEAR
    lab.form.rate.field.value = 0.32
    assert [one.lr.value for one in lab.form.lanes[:2]] == pytest.approx([0.04, 0.24])
    lane(lab, "A").size.value = 16
    assert lane(lab, "A").lr.value == pytest.approx(0.16)
    assert lab.form.rate.field.description == "Rate for batch size 32"


def test_each_its_own_rate(lab):
    lab.form.rule.value = OWN
    assert lab.form.rate.field.disabled and not lane(lab, "A").lr.disabled and lane(lab, "C").lr.disabled
    lane(lab, "A").lr.value, lane(lab, "B").lr.value = 0.1, 0.5
    lab.run()
    assert [one.setting.lr for one in lab.lanes.values()] == [0.1, 0.5]
    lab.form.rule.value = ONE
    assert lane(lab, "A").lr.value == lab.form.rate.value


def test_a_number_that_does_not_fit_says_so(lab):
    lane(lab, "A").size.value = 1000
    assert lane(lab, "A").size.value == 240
    assert "Batch A goes from 1 to 240; 1,000 became 240." in words(lane(lab, "A").widget.children[3])


def test_a_change_during_a_race_begins_another_one(lab):
    async def scenario():
        lab.form.budget.value = "updates"
        lab.form.amount.value = 20_000
        click(lab, "Race")
        await until(lambda: len(lab.lanes[0].history) > 5)
        lab.form.seed.value = 1
        await until(lambda: len(lab.lanes[0].history) > 5)
        assert lab._lanes.race == 2
        click(lab, "Stop")

    in_loop(scenario)
    assert {result.setting.seed for result in lab.results} == {0, 1}


def test_a_lane_that_diverges_is_told_and_the_other_goes_on():
    lab = mb.BatchSizeRace(
        make_net(loss="one_hot_squared_error"), DATA, VAL, (4, 24), lrs=(1e2, 0.05), target=0.05, pace=math.inf
    )
    found = lab.run()
    assert found[4] is None and lab.lanes[0].error
    assert "Diverged: A; lower the learning rate there." in status(lab)
    assert cells(lab)[0]["updates to target"] == "diverged"
    assert len(lab.lanes[1].history) > len(lab.lanes[0].history)
    lab.close()


def test_who_never_reaches_the_target_is_told(lab, monkeypatch):
    monkeypatch.setattr("mbtutor.widgets.batch_size_race.MOST_UPDATES", 20)
    lab.form.target.value = 0.0001
    assert set(lab.run().values()) == {None}
    assert "No lane has reached the target. Not there: A, B." in status(lab)
    assert {row["updates to target"] for row in cells(lab)} == {"not yet"}


# The picture ------------------------------------------------------------------------------------------------------


def test_the_page_shows_each_lane_and_the_target_and_describes_them(lab):
    lab.run()
    svg = ET.fromstring(lab._picture.widget.value.replace("xlink:", ""))
    assert svg.get("role") == "img" and int(svg.get("data-n")) == sum(len(one.history) for one in lab.lanes.values())
    for name, (size, one) in zip("AB", zip((4, 24), lab.lanes.values())):
        assert f"{name} ({size}): loss {one.loss()} after" in svg.get("aria-label")
    text = "".join(svg.itertext())
    assert "target 0.6" in text and "A: B = 4, rate 0.3" in text and "Examples to the target" in text


def test_the_figure_is_what_the_page_shows(lab):
    found = lab.run()
    for clock in ("updates", "examples", "seconds"):
        lab.form.clock.value = clock
        left, right = lab.figure().axes
        for number, (size, where) in enumerate(found.items()):
            (line,) = [line for line in left.lines if line.get_gid() == f"lane-{number}"]
            assert line.get_xdata()[-1] == pytest.approx(getattr(where, clock))
            marker = mb.figures.LANES[number][2]
            (dot,) = [line for line in right.lines if line.get_marker() == marker]
            assert (dot.get_xdata()[0], dot.get_ydata()[0]) == pytest.approx((size, getattr(where, clock)))


def test_earlier_races_for_the_same_target_stay_as_hollow_dots(lab):
    lab.run()
    lab.form.seed.value = 1
    lab.run()
    (past,) = [line for line in lab.figure().axes[1].lines if line.get_label() == "earlier races"]
    assert list(past.get_xdata()) == [4, 24]
    lab.form.target.value = 0.7
    lab.run()
    assert not [line for line in lab.figure().axes[1].lines if line.get_label() == "earlier races"]
    assert len(lab.results) == 6 and words(lab.every).startswith("All races race lane batch size rate seed target")


def test_the_axis_grows_as_the_race_goes_on(lab):
    lab.form.clock.value = "updates"
    lab.form.target.value = 0.3

    async def scenario():
        click(lab, "Race")
        await until(lambda: lab._lanes.end("updates") > 40)
        assert lab._end > 40
        click(lab, "Stop")

    in_loop(scenario)


def test_save_writes_a_picture_and_a_table_a_lane(lab, tmp_path):
    lab.run()
    paths = lab.save(tmp_path)
    assert [path.name for path in paths] == [
        "batch_size_race.png",
        "batch_size_race_lane_A.csv",
        "batch_size_race_lane_B.csv",
    ]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert len(paths[1].read_text().splitlines()) == len(lab.lanes[0].history) + 1


# Around it --------------------------------------------------------------------------------------------------------


def test_who_watches_is_told_when_a_race_ends(lab):
    told = []
    lab.watch(lambda lab: told.append(len(lab.results)))
    lab.run()
    assert told == [2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_sizes": (4,)}, "batch_sizes must be a list of 2 to 6 sizes"),
        ({"batch_sizes": range(1, 8)}, "batch_sizes must be a list of 2 to 6 sizes"),
        ({"batch_sizes": (4, 241)}, "batch_sizes must be at most 240 in this lab; got 241"),
        ({"batch_sizes": (4, 0)}, "batch_sizes must be a whole number of at least 1; got 0"),
        ({"lrs": (0.1,)}, "lrs must be as many as batch_sizes, 2"),
        ({"lrs": (0.1, -1)}, "lrs must be a finite number above 0"),
        ({"lr": 0}, "lr"),
        ({"rates": "square"}, "rates must be one of"),
        ({"target": -1}, "target must be a finite number above 0"),
        ({"budget": "epochs"}, "budget must be one of"),
        ({"budget": "updates", "amount": 10**7}, "amount must be at most 20,000 updates"),
        ({"amount": 5}, "amount must be left out for a race until the target"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"pace": 3}, "pace must be one of"),
    ],
)
def test_arguments_that_the_controls_do_not_offer_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        mb.BatchSizeRace(make_net(), DATA, VAL, **{"batch_sizes": (4, 24), **options})


def test_a_network_that_is_not_compiled_or_does_not_fit_is_refused():
    with pytest.raises(TypeError, match="net must be a compiled Network"):
        mb.BatchSizeRace("net", DATA, VAL, (4, 24))
    with pytest.raises(ValueError, match="batches"):
        mb.BatchSizeRace(make_net([mb.Dense(5, 3)]), DATA, VAL, (4, 24))


def test_without_a_target_it_is_half_of_guessing():
    lab = mb.BatchSizeRace(make_net(), DATA, VAL, (4, 24))
    assert lab.form.target.value == pytest.approx(0.5 * math.log(3), abs=1e-3)
    lab.close()


def test_a_twin_is_made_alike_without_races(lab):
    lab.run()
    twin = lab.twin()
    assert twin.form.settings == lab.form.settings and twin.results == []
    twin.close()


def test_closing_gives_every_widget_back():
    before = set(live_widgets)
    lab = mb.BatchSizeRace(make_net(), DATA, VAL, (4, 24), lr=0.3, target=TARGET)
    lab.run()
    lab.close()
    assert set(live_widgets) == before


def test_every_control_has_a_name_of_its_own(lab):
    names = [one.description for lane in lab.form.lanes for one in (lane.runs, lane.size, lane.lr)]
    assert len(set(names)) == 18 and all(names)


# The prediction ---------------------------------------------------------------------------------------------------


def result(race, size, updates):
    from mbtutor.widgets.lanes import Result

    where = None if updates is None else Reached(updates, size * updates, 0.1)
    return Result(race, "A", Setting(size, 0.1, 0), 0.7, where, "")


class Shown:
    def __init__(self, *results):
        self.results = results


@pytest.mark.parametrize(("updates", "option"), [(25, 0), (50, 1), (86, 2), (100, 2), (130, 3)])
def test_the_prediction_is_answered_by_a_race_of_256_and_1024(updates, option):
    outcome = lessons.lesson("07").PREDICTION.outcome
    found = outcome(Shown(result(1, 256, 100), result(1, 1024, updates)))
    assert found == (option, f"100 updates with batch size 256, {updates} with 1,024.")


def test_the_prediction_waits_for_both_in_one_race_and_takes_the_newest():
    outcome = lessons.lesson("07").PREDICTION.outcome
    assert outcome(Shown()) is None
    assert outcome(Shown(result(1, 256, 100), result(2, 1024, 90))) is None
    assert outcome(Shown(result(1, 256, 100), result(1, 1024, None))) is None
    both = [result(1, 256, 100), result(1, 1024, 20), result(2, 256, 10), result(2, 1024, 12)]
    assert outcome(Shown(*both))[0] == 3
    more = [result(3, 16, 110), result(3, 64, 28), result(3, 256, 14), result(3, 1024, 12)]
    assert outcome(Shown(*more)) == (
        2,
        "14 updates with batch size 256, 12 with 1,024 (and 28 with 64, 110 with 16).",
    )


def test_rows_of_their_own_can_race():
    lab = mb.BatchSizeRace(make_net(), make_data(60), make_data(30, seed=1), (4, 60), budget="updates", amount=5)
    assert set(lab.run()) == {4, 60}
    lab.close()


def test_a_loss_of_nothing_has_room_on_the_axis_and_ends_no_picture(lab):
    click(lab, "One update")
    lab.lanes[0].history.append(mb.Update(2, 1, 8, 0.1, val_loss=0.0))
    lab._frame()
    lab._frame()
    assert lab.figure().axes[0].get_ylim()[0] > 0


@pytest.mark.parametrize("target", [0.3, TARGET, 1.5])
def test_the_axes_are_drawn_again_only_where_they_must_be(lab, target, monkeypatch):
    lab.form.target.value = target
    lab.form.budget.value = "updates"
    lab.form.clock.value = "updates"
    click(lab, "One update")
    drawn = []
    monkeypatch.setattr(mb.figures, "race", lambda **shown: drawn.append(shown))
    for _ in range(3):
        lab._frame()
    assert drawn == []
