"""What every lab with runs does for its subclass, shown on a small one, and who is told that a lab came to rest."""

import asyncio
import math
import re
import threading
from pathlib import Path

import ipywidgets
import pytest
from pieces import click, in_loop, make_data, make_net, status, until

import mbtutor as mb
from mbtutor import widgets
from mbtutor.widgets.controls import clock_buttons, pace_menu
from mbtutor.widgets.lab import Lab
from mbtutor.widgets.runs_lab import RunsLab
from mbtutor.widgets.tables import table


class SmallForm:
    """One field: how many updates."""

    def __init__(self, updates, changed):
        self.updates = ipywidgets.BoundedIntText(description="Updates", value=updates, min=1, max=10_000)
        self.updates.observe(lambda change: changed(), "value")
        self.clock, self.pace = clock_buttons(), pace_menu(math.inf)
        self.widget = ipywidgets.VBox([self.updates, self.pace])

    @property
    def settings(self):
        return self.updates.value


class SmallLab(RunsLab):
    """Trains a small network on random rows."""

    name = "small_lab"

    def __init__(self, data, updates=20):
        self.data, self.explained, self.frames = data, ipywidgets.HTML(), []
        form = SmallForm(updates, self.handler(self._changed))
        super().__init__(form, below=[self.explained], sections={"More": ipywidgets.HTML("more")})

    def _new_run(self, settings):
        if settings == 13:
            raise ValueError("updates must not be 13")
        batches = mb.MiniBatches(self.data, 8)
        training = mb.train(make_net(), batches, updates=settings, validation=self.data, validate_every=5)
        return training, f"{settings} <updates>", {"planned": settings}

    def _explain_settings(self):
        self.explained.value = f"{self.form.settings} updates to come"

    def _frame_more(self):
        self.frames.append(len(self.history))


@pytest.fixture
def lab():
    lab = SmallLab(make_data(50))
    yield lab
    lab.close()


def test_the_subclass_explains_its_settings_at_once(lab):
    assert lab.explained.value == "20 updates to come"
    lab.form.updates.value = 30
    assert lab.explained.value == "30 updates to come"


def test_its_widgets_stand_on_the_page_and_its_section_is_folded(lab):
    assert lab.explained in lab.view.children
    (button, section), (other, more) = [fold.children for fold in lab.view.children[-2].children]
    assert (button.description, other.description, more.value) == ("Table of the runs", "More", "more")
    assert section.layout.display == more.layout.display == "none"
    other.value = True
    assert (section.layout.display, more.layout.display) == ("none", None)
    other.value = False
    assert more.layout.display == "none"


def test_no_lab_folds_its_sections_where_the_keyboard_does_not_reach_them():
    modules = list(Path(widgets.__file__).parent.rglob("*.py"))
    assert len(modules) > 20
    assert not [module.name for module in modules if "ipywidgets.Accordion(" in module.read_text(encoding="utf-8")]


def test_before_the_first_run_the_axis_is_as_long_as_that_run_will_be(lab):
    assert lab.curves.end == 20 * 50 / 7  # 7 batches hold the 50 rows
    lab.form.clock.value = "updates"
    assert lab.curves.end == 20


def test_more_than_the_curves_is_drawn_with_each_frame_and_at_rest(lab):
    lab.form.updates.value = 10_000

    async def scenario():
        click(lab, "Train")
        await until(lambda: len(set(lab.frames)) > 3)
        click(lab, "Stop")

    in_loop(scenario)
    assert lab.frames[-1] == len(lab.history), "the last picture is that of the last update"


def test_the_table_has_the_columns_of_the_subclass(lab):
    lab.run()
    assert re.findall(r"<th[^>]*>([^<]*)", lab.table.value)[:4] == ["run", "planned", "updates", "examples"]
    assert re.findall(r"<td[^>]*>([^<]*)", lab.table.value)[:4] == ["1", "20", "20", "148"]


def test_a_loss_that_went_astray_stays_short(lab):
    lab.run()
    lab.history.append(mb.Update(21, 1, 150, 1.0, loss=7.17e180, val_loss=5.9e40, val_accuracy=0.1))
    lab._settle("")
    assert "loss of this batch 7.2e+180, validation loss 5.9e+40" in lab.progress.value
    assert {"7.2e+180", "5.9e+40"} <= set(re.findall(r"<td[^>]*>([^<]*)", lab.table.value))


def test_the_files_bear_the_name_of_the_lab(lab, tmp_path):
    lab.run()
    assert [path.name for path in lab.save(tmp_path)] == ["small_lab.png", "small_lab_run_1.csv"]


def test_settings_that_make_no_run_are_told_and_others_run_again(lab):
    async def scenario():
        lab.form.updates.value = 10_000
        click(lab, "Train")
        await until(lambda: len(lab.history) > 5)
        lab.form.updates.value = 13
        assert status(lab) == "Stopped: updates must not be 13"
        made = len(lab.history)
        await asyncio.sleep(0.1)
        assert len(lab.histories) == 1 and len(lab.history) == made
        lab.form.updates.value = 14
        click(lab, "Train")
        await until(lambda: status(lab) == "Finished.")

    in_loop(scenario)
    assert [history["number"][-1] for history in lab.histories][1:] == [14]


def test_a_twin_has_the_same_arguments_and_no_runs(lab):
    lab.run()
    twin = SmallLab(lab.data, updates=7).twin()
    assert (twin.data, twin.form.settings, len(twin.history)) == (lab.data, 7, 0)


# Watching ---------------------------------------------------------------------------------------------------------


def test_who_watches_is_told_once_a_run_when_it_finishes(lab):
    told = []
    lab.watch(lambda lab: told.append(lab.history["number"][-1]))
    lab.run()
    lab.form.pace.value = 1000

    async def scenario():
        click(lab, "Train")
        assert len(told) == 1, "not while it trains"
        await until(lambda: status(lab) == "Finished.")

    in_loop(scenario)
    assert told == [20, 20]


def test_who_watches_is_told_of_a_stop_but_not_of_a_pause(lab):
    told = []
    lab.watch(told.append)
    for name in ("One update", "Stop", "Stop", "Reset"):
        click(lab, name)
        assert told == ([] if name == "One update" else [lab])


def test_a_run_replaced_by_another_is_no_rest(lab):
    told = []
    lab.watch(told.append)

    async def scenario():
        lab.form.pace.value = 50
        click(lab, "Train")
        lab.form.updates.value = 21
        await asyncio.sleep(0.05)
        assert not told
        await until(lambda: told)

    in_loop(scenario)
    assert lab.history["number"][-1] == 21


def test_an_error_of_who_watches_is_seen_in_the_lab_and_others_are_told(lab):
    def broken(lab):
        raise RuntimeError("the watcher fell asleep")

    told = []
    lab.watch(broken)
    lab.watch(told.append)
    lab.run()
    assert "the watcher fell asleep" in status(lab) and told == [lab]


def test_a_lab_without_runs_tells_it_when_it_says_so():
    lab, told = Lab(), []
    lab.watch(told.append)
    lab.tell_watchers()
    assert told == [lab]
    lab.close()


# Tables -----------------------------------------------------------------------------------------------------------


def test_a_table_escapes_what_it_is_given():
    text = table("a < b", [{"<i>": "<script>"}])
    assert "a &lt; b" in text and "&lt;i&gt;" in text and "&lt;script&gt;" in text


def test_a_table_without_rows_says_so():
    assert "Runs: none yet." in table("Runs", [])


def test_clicks_from_another_thread_are_done_where_the_lab_trains():
    threads = set()

    class Recorded(SmallLab):
        def _frame_more(self):
            threads.add(threading.current_thread())

    async def scenario():
        lab = Recorded(make_data(50), updates=10_000)
        home = threading.current_thread()
        for name in ("Train", "Pause", "One update", "Train", "Stop"):
            threads.clear()
            clicking = threading.Thread(target=click, args=(lab, name))
            clicking.start()
            await asyncio.to_thread(clicking.join)
            await until(lambda: threads)
            assert threads == {home}, name
        lab.close()

    in_loop(scenario)


def test_a_lab_whose_loop_has_ended_still_answers():
    async def make():
        return SmallLab(make_data(50))

    lab = asyncio.run(make())
    click(lab, "Reset")
    assert "Reset" in status(lab)
    lab.close()
