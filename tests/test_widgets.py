"""The training lab without a browser: its controls moved, its buttons clicked inside a running event loop."""

import asyncio
import base64
import math
import re
import subprocess
import sys
import time

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from jupyter_client.manager import start_new_kernel
from pieces import click, in_loop, status, until

import mbtutor as mb
from mbtutor import figures
from mbtutor.widgets.controls import PACES, NumberSlider, WholeField, pace_menu, powers_up_to
from mbtutor.widgets.settings import OPTIMIZERS


@pytest.fixture
def lab(digits):
    train, val, _ = digits
    lab = mb.TrainingLab(train, val)
    yield lab
    lab.close()


# Clicking ---------------------------------------------------------------------------------------------------------


def test_nothing_trains_until_train_is_clicked(lab):
    assert len(lab.history) == 0
    assert status(lab) == "Ready: press Train."


def test_before_the_first_run_the_axis_is_as_long_as_that_run_will_be(lab):
    for number in ("4,000", "8,000", "12,000", "16,000"):
        assert number in lab.curves.widget.value
    assert lab.curves.end == 5 * len(lab.train)


def test_train_runs_to_its_end_and_the_curve_moves(lab):
    async def scenario():
        lab.form.pace.value = 1000
        before = lab.curves.widget.value
        click(lab, "Train")
        assert status(lab) == "Training."
        await until(lambda: len(lab.history) > 30)
        assert lab.curves.widget.value != before
        assert lab.buttons["Train"].disabled and not lab.buttons["Stop"].disabled
        await until(lambda: status(lab) == "Finished.")

    in_loop(scenario)
    assert lab.history["number"][-1] == 5 * 123
    assert f'data-n="{5 * 123 + 1}"' in lab.curves.widget.value
    assert "update 615 of 615" in lab.progress.value
    assert not lab.buttons["Train"].disabled and lab.buttons["Stop"].disabled


def test_a_click_gives_the_run_that_run_gives(lab):
    async def scenario():
        lab.form.pace.value = math.inf
        click(lab, "Train")
        await until(lambda: status(lab) == "Finished.")

    in_loop(scenario)
    clicked = lab.history["loss"]
    np.testing.assert_array_equal(clicked, lab.twin().run()["loss"])


def test_stop_is_heard_at_once_and_keeps_the_curve(lab):
    async def scenario():
        lab.form.pace.value = math.inf
        lab.form.batch_size.field.value = 1
        click(lab, "Train")
        await until(lambda: len(lab.history) > 100)
        asked = time.perf_counter()
        click(lab, "Stop")
        assert time.perf_counter() - asked < 0.3
        made = len(lab.history)
        await asyncio.sleep(0.1)
        assert len(lab.history) == made > 100

    in_loop(scenario)
    assert status(lab) == "Stopped."


def test_a_second_click_starts_no_second_run(lab):
    async def scenario():
        click(lab, "Train")
        click(lab, "Train")
        await until(lambda: len(lab.history) > 20)
        click(lab, "Stop")

    in_loop(scenario)
    assert len(lab.histories) == 1
    np.testing.assert_array_equal(np.diff(lab.history["number"]), 1)


def test_an_error_in_the_task_is_seen_in_the_lab(lab, monkeypatch):
    def broken(X, y):
        raise RuntimeError("the dog ate the weights")

    async def scenario():
        click(lab, "Train")
        monkeypatch.setattr(lab._training.net, "update", broken)
        await until(lambda: "the dog ate the weights" in status(lab))

    in_loop(scenario)
    assert 'role="alert"' in lab.status.value
    assert not lab.buttons["Train"].disabled, "after an error another run can start"


def test_an_error_in_a_handler_is_seen_in_the_lab(lab, monkeypatch):
    def broken(*arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr(lab, "save", broken)
    lab.run()
    click(lab, "Save")
    assert "No space left on device" in status(lab)


def test_a_run_that_diverges_says_so_and_what_to_do(digits):
    train, val, _ = (mb.Dataset(1e60 * part.X, part.y) for part in digits)
    lab = mb.TrainingLab(train, val, lr=10)

    async def scenario():
        click(lab, "Train")
        await until(lambda: "Lower the learning rate" in status(lab))

    in_loop(scenario)
    assert len(lab.history) >= 1, "what was done before stays"
    assert np.isfinite(lab._training.net.weights).all()
    lab.close()


def test_pause_and_go_on(lab):
    async def scenario():
        click(lab, "Train")
        await until(lambda: len(lab.history) > 10)
        click(lab, "Pause")
        held = len(lab.history)
        assert (status(lab), lab.buttons["Pause"].description) == ("Paused.", "Go on")
        await asyncio.sleep(0.05)
        assert len(lab.history) == held
        click(lab, "Pause")
        assert lab.buttons["Pause"].description == "Pause"
        await until(lambda: len(lab.history) > held + 10)
        click(lab, "Stop")

    in_loop(scenario)
    assert len(lab.histories) == 1


def test_one_update_makes_exactly_one(lab):
    for number in (1, 2, 3):
        click(lab, "One update")
        assert lab.history["number"][-1] == number
    assert "update 3 of 615" in lab.progress.value


def test_reset_forgets_the_runs_and_keeps_the_settings(lab):
    lab.form.batch_size.field.value = 64
    lab.run()
    click(lab, "Reset")
    assert len(lab.history) == 0
    assert lab.form.settings.batch_size == 64
    assert 'data-n="0"' in lab.curves.widget.value


# Moving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "3,934 updates in an epoch"),
        (100, "40 updates in an epoch</b>: 3,934 rows / 100 a batch, and the last batch has only 34"),
        (3934, "1 update in an epoch"),
    ],
)
def test_idle_a_batch_size_says_what_it_means(lab, size, text):
    lab.form.batch_size.field.value = size
    assert text in lab.preview.value
    rows = mb.MiniBatches(lab.train, size, seed=0).order(0)[: min(size, 6)]
    assert f": {', '.join(map(str, rows))}" in lab.preview.value


def test_the_previewed_rows_are_the_rows_of_the_first_batch(lab):
    numbers = re.search(r"by row number: ([\d, ]+), \.\.\.;", lab.preview.value).group(1)
    batch = next(iter(mb.MiniBatches(lab.train, 32, seed=0)))
    assert [int(number) for number in numbers.split(", ")] == batch.index[:6].tolist()


def test_a_new_batch_size_during_a_run_starts_anew_from_the_same_weights(lab):
    async def scenario():
        click(lab, "Train")
        await until(lambda: len(lab.history) > 10)
        lab.form.batch_size.slider.value = 128
        await until(lambda: len(lab.history) > 5)
        click(lab, "Stop")

    in_loop(scenario)
    first, second = lab.histories
    assert first["val_loss"][0] == second["val_loss"][0], "both start from the same untrained network"
    assert second["examples"][1] == 128
    assert "run 1: batch size 32" in lab.curves.widget.value


def test_of_many_quick_moves_the_last_one_wins_and_one_run_goes_on(lab):
    async def scenario():
        click(lab, "Train")
        await until(lambda: len(lab.history) > 3)
        for size in (64, 128, 256, 512, 16):
            lab.form.batch_size.slider.value = size
        await until(lambda: len(lab.history) > 20)
        click(lab, "Stop")
        made = len(lab.history)
        await asyncio.sleep(0.1)
        assert len(lab.history) == made

    in_loop(scenario)
    np.testing.assert_array_equal(np.diff(lab.history["examples"]), 16)


def test_the_learning_rate_acts_at_once_without_a_new_run(lab):
    async def scenario():
        click(lab, "Train")
        await until(lambda: len(lab.history) > 10)
        lab.form.lr.field.value = 0.02
        assert lab._training.net.optimizer.lr == 0.02
        click(lab, "Stop")

    in_loop(scenario)
    assert len(lab.histories) == 1
    assert "0.1, then 0.02" in lab.table.value


def test_only_the_last_five_earlier_runs_are_kept(lab):
    lab.form.amount.value, lab.form.budget.value = 3, "updates"
    for _ in range(9):
        lab.run()
    assert [history.label.split(":")[0] for history in lab.histories] == [f"run {n}" for n in range(4, 10)]


@pytest.mark.parametrize("clock", ["examples", "updates", "seconds"])
def test_the_horizontal_axis_switches(lab, clock):
    lab.run()
    lab.form.clock.value = clock
    unit = {"examples": "examples seen", "updates": "updates made", "seconds": "seconds spent on updates"}[clock]
    assert unit in lab.curves.widget.value


def test_every_optimizer_in_the_menu_learns(lab):
    lab.form.lr.field.value = 0.01
    for name in OPTIMIZERS:
        lab.form.optimizer.value = name
        losses = lab.run().measured("val_loss")[1]
        assert losses[-1] < 0.6 * losses[0], name


# Reading ----------------------------------------------------------------------------------------------------------


def test_the_table_holds_the_numbers_of_the_picture(lab):
    history = lab.run()
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", lab.table.value)
    assert cells[:7] == ["1", "32", "0.1", "SGD", "32", "615", "19,670"]
    assert cells[8:] == [f"{history[name][-1]:.4f}" for name in ("loss", "val_loss", "val_accuracy")]


def test_save_writes_the_picture_and_every_number(lab, tmp_path):
    lab.run()
    lab.run()
    picture, *tables = lab.save(tmp_path / "exports")
    assert picture.read_bytes().startswith(b"\x89PNG")
    for table, history in zip(tables, lab.histories, strict=True):
        lines = table.read_text().splitlines()
        assert lines[0] == "number,epoch,examples,seconds,loss,accuracy,val_loss,val_accuracy"
        assert len(lines) == len(history) + 1


def test_the_shown_program_reaches_the_loss_of_the_lab(lab):
    lab.form.optimizer.value, lab.form.batch_size.field.value = "Nesterov momentum", 100
    reached = lab.run()["val_loss"][-1]
    program = re.sub("<[^>]*>", "", lab.code.children[0].value).replace("&quot;", '"')
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert eval(done.stdout.splitlines()[-1])["loss"] == pytest.approx(reached, rel=1e-9)


def test_a_saved_notebook_keeps_a_picture_of_a_run_and_one_fixed_line(lab, monkeypatch):
    untrained = lab._repr_mimebundle_()
    monkeypatch.setenv("MBTUTOR_SNAPSHOT", "1")
    saved = lab._repr_mimebundle_()
    assert saved["text/plain"] == untrained["text/plain"] == repr(lab.twin())
    assert len(lab.history) == 0, "the lab itself has not trained"
    trained = lab.twin()
    trained.run()
    assert saved["image/png"] == figures.png(trained.figure()) != untrained["image/png"]
    assert "application/vnd.jupyter.widget-view+json" in saved


def test_every_control_has_a_label(lab):
    def walk(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from walk(child)

    inputs = ipywidgets.Dropdown, ipywidgets.BoundedIntText, ipywidgets.BoundedFloatText, ipywidgets.ToggleButtons
    for widget in walk(lab.view):
        if isinstance(widget, inputs):
            assert widget.description or widget.tooltip
        if isinstance(widget, ipywidgets.Button):
            assert widget.description and widget.tooltip
        if isinstance(widget, ipywidgets.SelectionSlider):  # a screen reader reads the number field beside it
            assert widget.tooltip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1; got 0"),
        ({"batch_size": 5000}, "batch_size must be at most 3,934 in this lab; got 5000"),
        ({"lr": -1}, "lr must be a finite number above 0; got -1"),
        ({"hidden": 4096}, "hidden must be at most 512 in this lab; got 4096"),
        ({"optimizer": "Adamax"}, "optimizer must be one of 'SGD'"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1; got 0"),
        ({"pace": 3}, "pace must be one of"),
        ({"seed": -1}, "seed must be a whole number of at least 0; got -1"),
    ],
)
def test_settings_that_the_controls_do_not_offer_are_refused(digits, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.TrainingLab(*digits[:2], **options)


def test_targets_that_are_not_classes_are_refused(digits):
    with pytest.raises(ValueError, match="train must have class labels"):
        mb.TrainingLab((np.ones((10, 2)), np.linspace(0, 1, 10)), digits[1])


# The parts --------------------------------------------------------------------------------------------------------


def test_slider_and_field_follow_each_other_and_tell_once():
    told = []
    control = NumberSlider(
        "Size", 32, powers_up_to(100), WholeField(min=1, max=100), {}, lambda: told.append(control.value)
    )
    control.slider.value = 64
    control.field.value = 50
    assert (told, control.slider.value) == ([64, 50], 64)


def test_a_menu_shows_every_option_it_can_have():
    for name, pace in PACES.items():
        menu = pace_menu(pace)
        assert menu.label == name and menu.index is not None


def test_a_number_out_of_bounds_is_changed_and_that_is_said(lab):
    said = lambda control: re.sub("<[^>]*>", "", control.limits.value)  # noqa: E731
    lab.form.batch_size.field.value = 999_999
    assert lab.form.batch_size.value == 3934
    assert said(lab.form.batch_size) == "Batch size goes from 1 to 3,934; 999,999 became 3,934."
    assert lab.form.batch_size.limits.layout.display is None
    lab.form.batch_size.field.value = 64
    assert said(lab.form.batch_size) == "" and lab.form.batch_size.limits.layout.display == "none"
    lab.form.lr.field.value = 1000
    assert said(lab.form.lr) == "Learning rate goes from 1e-06 to 100.0; 1,000.0 became 100.0."


def test_powers_end_with_the_number_itself():
    assert powers_up_to(100) == [1, 2, 4, 8, 16, 32, 64, 100]
    assert powers_up_to(64) == [1, 2, 4, 8, 16, 32, 64]
    assert powers_up_to(1) == [1]


def test_the_live_paths_stand_where_matplotlib_puts_the_same_points(lab):
    history = lab.run()
    live = re.search(r'val_loss">\s*<path d="([^"]*)"', lab.curves.widget.value).group(1)
    drawn = figures.curves([history], "examples", lab._end(), lab.curves.highest_loss)
    line = next(line for line in drawn.axes[0].lines if line.get_gid() == "val_loss")
    expected = line.axes.transData.transform(np.column_stack(line.get_data()))
    points = np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", live), float)
    np.testing.assert_allclose(points[:, 0], expected[:, 0], atol=0.06)
    np.testing.assert_allclose(points[:, 1], drawn.bbox.height - expected[:, 1], atol=0.06)


def test_the_picture_leaks_no_style_and_shares_no_id_with_another(digits):
    labs = [mb.TrainingLab(*digits[:2]) for _ in range(2)]
    ids = [set(re.findall(r'\bid="([^"]+)"', lab.curves.widget.value)) for lab in labs]
    assert ids[0] and not ids[0] & ids[1]
    for lab, own in zip(labs, ids):
        text = lab.curves.widget.value
        assert "<style" not in text and "<!DOCTYPE" not in text and "<?xml" not in text
        assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', text)) <= own, "a reference leaves its picture"
        assert 'role="img"' in text and "currentColor" in text and "#000000" not in text
        lab.close()


def test_the_picture_says_its_numbers_to_a_screen_reader(lab):
    lab.run()
    label = re.search(r'aria-label="([^"]*)"', lab.curves.widget.value).group(1)
    assert re.fullmatch(
        r"update 615 of 615, loss of this batch [\d.]+, validation loss [\d.]+, validation accuracy [\d.]+%", label
    )


def test_the_words_say_when_the_rows_were_last_validated(lab):
    async def scenario():
        for made in range(1, 8):  # 615 updates are validated at every sixth
            click(lab, "One update")
            assert (f"(validated at update {made // 6 * 6})" in lab.progress.value) == bool(made % 6), made

    in_loop(scenario)


def test_runs_are_named_by_what_differs_and_keep_their_colours(lab):
    lab.form.amount.value, lab.form.budget.value = 3, "updates"
    lab.run()
    lab.form.optimizer.value = "Adam"
    lab.run()
    assert [history.label for history in lab.histories] == ["run 1: SGD", "run 2: Adam"]
    for hidden in (4, 5, 6, 7, 8):
        lab.form.hidden.field.value = hidden
        lab.run()
    assert lab.histories[0].label == "run 2: hidden 32"
    lines = {line.get_label(): line.get_color() for line in lab.figure().axes[0].lines}
    assert lines[lab.histories[0].label] == figures.histories.EARLIER[1][0], "run 2 has the colour it had as run 2"


def test_a_loss_above_the_picture_is_told(lab):
    lab.form.lr.field.value = 60
    lab.run()
    assert "the loss is off the top of the picture" in lab.progress.value


def test_pictures_of_the_first_batch_are_described(lab):
    batch = next(iter(mb.MiniBatches(lab.train, 32, seed=0)))
    image = re.search(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]+)"', lab.preview.value)
    assert base64.b64decode(image.group(1)).startswith(b"\x89PNG")
    assert image.group(2).endswith(": " + ", ".join(map(str, batch.y)))


def test_closing_a_lab_gives_every_widget_back(digits):
    before = set(live_widgets)
    lab = mb.TrainingLab(*digits[:2])
    assert len(live_widgets) > len(before) + 30
    lab.run()
    lab.close()
    assert set(live_widgets) == before


# In a real kernel -------------------------------------------------------------------------------------------------

SETUP = """
import gc, asyncio, mbtutor as mb
from ipywidgets.widgets.widget import _instances
train, val, _ = mb.min_max(*mb.split(mb.datasets.load_digits()))
"""
COUNTS = "gc.collect(); print(len(_instances), sum(not task.done() for task in asyncio.all_tasks()))"


@pytest.fixture(scope="module")
def kernel():
    """A kernel, and a way to run a cell of a notebook in it: run(code, cell id) -> what it printed."""
    manager, client = start_new_kernel(kernel_name="python3")

    def run(code, cell=None):
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = client.session.msg("execute_request", content, metadata={"cellId": cell} if cell else {})
        client.shell_channel.send(message)
        printed = ""
        while True:
            answer = client.get_iopub_msg(timeout=60)
            if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if answer["msg_type"] == "stream":
                printed += answer["content"]["text"]
            assert answer["msg_type"] != "error", answer["content"]
            if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
                return printed

    run(SETUP)
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_cell_that_runs_again_leaves_no_second_lab_behind(kernel):
    make = "lab = mb.TrainingLab(train, val, pace=5); lab.buttons['Train'].click(); lab"
    kernel(make, "the-lab")
    first = kernel(COUNTS)
    for _ in range(4):
        kernel(make, "the-lab")
    assert kernel(COUNTS) == first
    kernel("lab.close()")


def test_two_labs_in_one_cell_and_in_two_cells_live_side_by_side(kernel):
    kernel("a, b = mb.TrainingLab(train, val), mb.TrainingLab(train, val)", "one")
    kernel("c = mb.TrainingLab(train, val)", "two")
    assert kernel("print([lab.view.comm is not None for lab in (a, b, c)])") == "[True, True, True]\n"
    kernel("d = mb.TrainingLab(train, val)", "two")
    assert kernel("print([lab.view.comm is not None for lab in (a, b, c, d)])") == "[True, True, False, True]\n"


def test_a_click_in_the_kernel_trains_while_other_cells_run(kernel):
    kernel("live = mb.TrainingLab(train, val, pace=100); live.buttons['Train'].click()", "live")
    seen = [int(kernel("print(len(live.history))")) for _ in range(20)]
    while int(kernel("print(len(live.history))")) < 50:
        pass
    assert seen == sorted(seen)
    kernel("live.buttons['Stop'].click()")
    assert "Stopped." in kernel("print(live.status.value)")
