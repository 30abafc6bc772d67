"""The map of learning rates: it fills as its runs end, goes on after Stop, and shows the curves of its cells."""

import asyncio
import csv
import math
import time

import numpy as np
import pytest
from pieces import click, in_loop, make_data, make_net, status, until

import mbtutor as mb
from mbtutor import figures
from mbtutor.widgets import learning_rate_map as room
from mbtutor.widgets.cell_curves import CellCurves
from mbtutor.widgets.rate_form import AMOUNTS
from mbtutor.widgets.rate_grid import BORDERS, EMPTY

DATA, VAL = make_data(60), make_data(20, seed=1)
SIZES, LRS = (8, 30), (0.1, 0.5, 2)


def make_map(**options):
    return mb.LearningRateMap(DATA, VAL, **{"batch_sizes": SIZES, "lrs": LRS, "epochs": 2, "hidden": 8} | options)


@pytest.fixture
def lab():
    lab = make_map()
    yield lab
    lab.close()


def texts(lab):
    return [lab.grid[size, lr].description for size in SIZES for lr in lab.map.lrs]


def finished(lab):
    return lambda: lab._sweep is None


async def fill(lab):
    click(lab, "Start")
    await until(finished(lab), 60)


# At rest ----------------------------------------------------------------------------------------------------------


def test_nothing_is_trained_before_a_click(lab):
    assert lab.losses == {} and texts(lab) == [EMPTY] * 6
    assert "0 of 6 runs" in lab.progress.value and "none yet" not in lab.progress.value
    assert {name for name, button in lab.buttons.items() if button.disabled} == {"Stop", "Save", "Reset"}
    assert lab._shown.layout.display == "none", "no curve yet"


def test_run_fills_the_map_with_what_fit_reaches(lab):
    losses = lab.run()
    assert list(losses) == list(lab.losses) and len(losses) == 6
    for (size, lr), loss in losses.items():
        net = make_net(optimizer=mb.SGD(lr))
        mb.fit(net, mb.MiniBatches(DATA, size, seed=0), epochs=2)
        assert loss == pytest.approx(mb.evaluate(net, VAL)["loss"], abs=1e-12)
    assert lab.run() == losses, "nothing is missing any more"


def test_page_figure_and_table_say_the_same_losses(lab):
    losses = lab.run()
    written = figures.cell_texts(losses, math.log(3))
    assert texts(lab) == [written[size, lr] for size in SIZES for lr in LRS]
    assert sorted(text.get_text() for text in lab.figure().axes[0].texts) == sorted(texts(lab))
    for (size, lr), loss in losses.items():
        assert f"{loss:.4f}" in lab.table.value
        assert f"batch size {size}, learning rate {lr:g}: validation loss {loss:.4g}" in lab.grid[size, lr].tooltip
    lowest = min(losses.values())
    assert f"6 of 6 runs; lowest loss so far {lowest:.3f}" in lab.progress.value
    assert (lab.bar.value, lab.bar.max) == (6, 6)


def test_a_cell_that_learned_nothing_or_diverged_says_so_by_a_sign():
    lab = make_map(lrs=(1e-6, 0.3, 1e300), epochs=None, updates=40)
    losses = lab.run()
    assert [figure.split()[0] for figure in texts(lab)[::3]] == ["\N{BLACK UP-POINTING TRIANGLE}"] * 2
    assert texts(lab)[2::3] == ["\N{MULTIPLICATION X}"] * 2
    assert losses[8, 1e300] == math.inf and "diverged" in lab.table.value
    assert "no better than guessing" in lab.grid.signs.value and "diverged" in lab.grid.signs.value
    lab.grid[8, 1e300].click()
    assert "Lower the learning rate" in lab.words.value and "seed 0 diverged" in lab.words.value
    lab.close()


def test_seeds_are_averaged_and_those_made_before_are_kept(lab):
    first = lab.run()
    before = dict(lab.map.outcomes)
    lab.form.seeds.value = 3
    assert "6 of 18 runs" in lab.progress.value and "can go on" in status(lab)
    mean = lab.run()
    assert all(lab.map.outcomes[setting] is outcome for setting, outcome in before.items())
    three = [outcome.val_loss for outcome in lab.map.of_cell((8, 0.1), 3)]
    assert len(set(three)) == 3 and mean[8, 0.1] == pytest.approx(np.mean(three)) != first[8, 0.1]
    lab.grid[8, 0.1].click()
    spread = f"the mean of 3 seeds from {min(three):.3f} to {max(three):.3f}"
    assert spread in lab.words.value and "mean of 3 seeds" in lab.figure().axes[0].get_title()
    lab.form.seeds.value = 1
    assert lab.losses == first


def test_each_choice_has_a_map_of_its_own_that_is_kept(lab):
    first = lab.run()
    lab.form.optimizer.value = "Adam"
    assert lab.map.lrs == (0.002, 0.01, 0.04) and lab.losses == {} and texts(lab) == [EMPTY] * 6
    assert "Adam, 2 epochs a run: another map, not started yet." in status(lab)
    assert lab.run() != first
    lab.form.amount.value = 1
    assert str(lab.choice) == "Adam, 1 epoch a run" and lab.losses == {}
    lab.form.amount.value = 2
    lab.form.optimizer.value = "SGD"
    assert lab.losses == first and "a full map" in status(lab)


def test_another_unit_brings_its_own_number_and_is_one_change(lab, monkeypatch):
    changes = []
    monkeypatch.setattr(lab.form, "_changed", lambda: changes.append(lab.choice))
    lab.form.unit.value = "updates"
    assert changes == [("SGD", "updates", 100)]
    lab.form.amount.value = 30
    lab.form.unit.value = "examples"
    lab.form.unit.value = "epochs"
    assert [lab.form.amount.value, lab.choice] == [2, ("SGD", "epochs", 2)]
    lab.form.unit.value = "updates"
    assert lab.form.amount.value == 30
    lab.form.amount.value = 10**6
    assert lab.form.amount.value == AMOUNTS["updates"][1]
    assert "How many goes from 1 to 2,000; 1,000,000 became 2,000." in lab.form.limits.value


@pytest.mark.parametrize(("budget", "updates"), [({"updates": 7}, [7, 7]), ({"examples": 90}, [12, 3])])
def test_the_budget_counts_in_its_unit(budget, updates):
    lab = make_map(epochs=None, lrs=(0.1,), **budget)
    lab.run()
    assert [lab.map.of_cell((size, 0.1), 1)[0].history["number"][-1] for size in SIZES] == updates
    lab.close()


# Clicks in a running event loop ---------------------------------------------------------------------------------------


def test_start_fills_the_map_while_the_event_loop_goes_on(lab):
    told, ticks = [], 0
    lab.watch(lambda lab: told.append(len(lab.losses)))

    async def scenario():
        nonlocal ticks
        click(lab, "Start")
        assert lab.buttons["Start"].disabled and not lab.buttons["Stop"].disabled
        assert status(lab).startswith("Training on ")
        sweep = lab._sweep
        lab.buttons["Start"].click()
        assert lab._sweep is sweep, "the second half of a double click"
        while lab._sweep is not None:
            await asyncio.sleep(0.005)
            ticks += 1
        assert status(lab) == "Finished. Click a cell to see its curve."
        click(lab, "Start")
        assert "Every run of this map is made" in status(lab) and lab._sweep is None

    in_loop(scenario)
    assert told == [6] and ticks > 1 and EMPTY not in texts(lab)


def test_stop_is_heard_at_once_and_start_goes_on_with_the_rest():
    lab = make_map(lrs=[0.01 * k for k in range(1, 9)], epochs=50, workers=1)

    async def scenario():
        click(lab, "Start")
        await until(lambda: len(lab.losses) > 1, 60)
        started = time.perf_counter()
        click(lab, "Stop")
        assert time.perf_counter() - started < 0.3
        kept = dict(lab.map.outcomes)
        assert 1 < len(kept) < 16 and status(lab).startswith("Stopped.")
        await until(lab._task.done, 5)
        assert lab.map.outcomes == kept
        await fill(lab)
        assert all(lab.map.outcomes[setting] is outcome for setting, outcome in kept.items())

    in_loop(scenario)
    assert len(lab.losses) == 16
    lab.close()


def test_nothing_comes_in_after_a_reset(lab):
    async def scenario():
        click(lab, "Start")
        await until(lambda: lab.losses, 60)
        click(lab, "Reset")
        assert lab.losses == {} and lab._sweep is None
        await until(lab._task.done, 10)
        assert lab.losses == {} and texts(lab) == [EMPTY] * 6
        click(lab, "Start")
        click(lab, "Reset")  # before the first run has begun
        await until(lab._task.done, 10)
        assert lab.losses == {}

    in_loop(scenario)


def test_long_runs_end_soon_after_stop(lab):
    lab.form.unit.value = "updates"
    lab.form.amount.value = 2_000

    async def scenario():
        for _ in range(3):
            click(lab, "Start")
            await asyncio.sleep(0.2)
            click(lab, "Stop")
        await until(lab._task.done, 5)

    in_loop(scenario)


def test_a_click_on_an_empty_cell_makes_its_run_alone_and_shows_it(lab):
    async def scenario():
        lab.grid[30, 0.5].click()
        await until(finished(lab), 60)
        assert list(lab.losses) == [(30, 0.5)]
        assert "Batch size 30, learning rate 0.5 (SGD, 2 epochs a run): after 4 updates" in lab.words.value
        click(lab, "Start")
        lab.grid[8, 2].click()
        assert "no run yet" in status(lab) and len(lab.curves) == 1
        await until(finished(lab), 60)

    in_loop(scenario)
    assert len(lab.losses) == 6


def test_another_setting_during_the_runs_goes_on_with_the_other_map(lab):
    async def scenario():
        click(lab, "Start")
        await until(lambda: lab.losses, 60)
        first, sweep = lab.map, lab._sweep
        lab.form.optimizer.value = "Adam"
        assert lab._sweep is not sweep and lab.map is not first
        await until(finished(lab), 60)
        assert len(lab.losses) == 6 and all(outcome.setting.lr in lab.map.lrs for outcome in lab.outcomes)

    in_loop(scenario)


def test_another_setting_during_the_run_of_a_cell_only_ends_it(lab):
    async def scenario():
        lab.form.amount.value = 50
        lab.grid[8, 0.1].click()
        lab.form.amount.value = 1
        assert lab._sweep is None and "not started yet" in status(lab)
        await until(lab._task.done, 5)
        assert lab.losses == {}

    in_loop(scenario)


def test_an_error_of_the_runs_is_shown_and_the_lab_goes_on(lab, monkeypatch):
    async def broken(sweep):
        raise RuntimeError("a worker was killed")
        yield

    async def scenario():
        with monkeypatch.context() as patch:
            patch.setattr(room.Sweep, "outcomes", broken)
            await fill(lab)
            assert "a worker was killed" in status(lab) and "alert" in lab.status.value
        await fill(lab)
        assert len(lab.losses) == 6

    in_loop(scenario)


def test_closing_calls_off_what_runs(lab):
    lab.form.amount.value = 50

    async def scenario():
        click(lab, "Start")
        await until(lambda: lab.losses, 60)
        lab.close()
        await until(lab._task.done, 5)

    in_loop(scenario)
    assert lab.view.comm is None and len(lab.losses) < 6


# Curves -----------------------------------------------------------------------------------------------------------


def test_clicked_cells_are_drawn_the_newest_in_full_five_earlier_ones_behind_it(lab):
    lab.run()
    lab.grid[8, 0.1].click()
    assert lab._shown.layout.display is None and lab.curves.widget.value.count("<svg") == 1
    before = lab.curves.widget.value
    for cell in [(8, 0.5), (8, 2), (30, 0.1), (30, 0.5), (30, 2)]:
        lab.grid[cell].click()
    assert lab.curves.widget.value != before
    assert [history.label for history in lab.curves.histories()][:2] == ["batch 8, rate 0.1", "batch 8, rate 0.5"]
    assert lab.grid[30, 2].layout.border_top == BORDERS["newest"]
    lab.grid[8, 0.1].click()
    assert [history.label for history in lab.curves.histories()][-1] == "batch 8, rate 0.1"
    assert lab.grid[30, 2].layout.border_top == BORDERS["earlier"]
    lab.form.optimizer.value = "Adam"
    assert lab.grid[8, 0.002].layout.border_top == BORDERS["none"], "the curves stay, their cells are elsewhere"
    lab.run()
    lab.grid[30, 0.01].click()
    labels = [history.label for history in lab.curves.histories()]
    assert len(labels) == 6 and "batch 8, rate 0.5, SGD, 2 epochs a run" not in labels, "the oldest goes"
    assert labels[-2:] == ["batch 8, rate 0.1, SGD, 2 epochs a run", "batch 30, rate 0.01, Adam, 2 epochs a run"]
    curves = lab.curves.widget.value
    lab.form.clock.value = "updates"
    assert lab.curves.widget.value != curves and "updates made" in lab.curves.widget.value
    click(lab, "Reset")
    assert len(lab.curves) == 0 and lab.curves.widget.value == ""


def test_a_small_rate_is_written_in_full(lab):
    lab.form.optimizer.value = "Adam"
    lab.run()
    lab.grid[8, 0.002].click()
    assert "batch 8, rate 0.002" in lab.curves.widget.value


def test_no_cell_makes_no_curves():
    curves = CellCurves()
    curves.draw("updates", "")
    assert curves.widget.value == "" and len(curves.histories()[0]) == 0


# Files and arguments ----------------------------------------------------------------------------------------------


def test_save_writes_the_picture_and_a_line_a_run(lab, tmp_path):
    lab.run()
    paths = lab.save(tmp_path / "deep" / "exports")
    assert [path.name for path in paths] == ["learning_rate_map.png", "learning_rate_map.csv"]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    with paths[1].open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 6 and float(lines[0]["val_loss"]) == lab.losses[8, 0.1]


def test_the_save_button_says_where(lab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lab.run()
    click(lab, "Save")
    assert "learning_rate_map.csv" in status(lab) and (tmp_path / "exports" / "learning_rate_map.png").exists()


def test_results_are_kept_on_disk_where_that_is_wanted(tmp_path, monkeypatch):
    monkeypatch.setenv("MBTUTOR_CACHE", str(tmp_path / "cache"))
    seconds = []
    for cache in (False, True, True):
        lab = make_map(cache=cache)
        lab.run()
        assert (tmp_path / "cache").exists() is cache
        seconds.append([outcome.history["seconds"][-1] for outcome in sorted(lab.outcomes)])
        lab.close()
    assert seconds[1] == seconds[2] != seconds[0]


def test_the_tests_touch_nobodys_cache(tmp_path_factory):
    lab = make_map(cache=True, lrs=(0.1,))
    lab.run()
    assert str(lab._sweep_of(lab.map.settings(1)).cache).startswith(str(tmp_path_factory.getbasetemp()))
    lab.close()


def test_the_default_map_has_eight_rows_and_columns(digits):
    lab = mb.LearningRateMap(*digits[:2], optimizer="Adam")
    assert lab.map.batch_sizes == (16, 32, 64, 128, 256, 512, 1024, 2048)
    assert lab.map.lrs == (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064)
    lab.form.optimizer.value = "SGD"
    assert lab.map.lrs == (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
    assert str(lab.choice) == "SGD, 4 epochs a run"
    lab.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_sizes": ()}, "batch_sizes must hold one value or more"),
        ({"batch_sizes": (8, 8)}, "batch_sizes must hold one value or more, each once"),
        ({"batch_sizes": (0,)}, "a batch size must be a whole number"),
        ({"batch_sizes": (61,)}, "a batch size must be at most 60 in this lab; got 61"),
        ({"lrs": ()}, "lrs must hold one value or more"),
        ({"lrs": (0.1, -1)}, "a learning rate must be a finite number above 0; got -1"),
        ({"optimizer": "Magic"}, "optimizer must be one of 'SGD'"),
        ({"updates": 3}, "give one of epochs, updates, examples; got epochs, updates"),
        ({"epochs": 51}, "epochs must be at most 50 in this lab"),
        ({"hidden": 0}, "hidden must be a whole number"),
        ({"seeds": 2}, "seeds must be one of 1, 3; got 2"),
        ({"workers": 0}, "workers must be a whole number"),
    ],
)
def test_what_the_lab_does_not_offer_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make_map(**options)


def test_targets_that_are_no_classes_are_refused():
    data = mb.Dataset(DATA.X, DATA.X[:, 0])
    with pytest.raises(ValueError, match="train must have class labels"):
        mb.LearningRateMap(data, data)


def test_validation_rows_of_another_width_are_refused():
    with pytest.raises(ValueError, match="5"):
        mb.LearningRateMap(DATA, make_data(20, d=5))
