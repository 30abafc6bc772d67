"""The overfitting lab without a browser: both losses and their gap, patience, wrong labels, and the code it shows."""

import math
import re

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, make_data, status, until

import mbtutor as mb
from mbtutor.widgets.overfitting_form import DECAYS, DROPOUTS, PATIENCES, WRONG


def words(widget):
    return " ".join(re.sub("<[^>]*>", " ", widget.value).split())


@pytest.fixture
def lab(digits):
    lab = mb.OverfittingLab(*digits[:2], pace=math.inf)
    yield lab
    lab.close()


@pytest.fixture
def small():
    """A lab on random rows, whose labels no network can foresee."""
    lab = mb.OverfittingLab(
        make_data(80), make_data(60, seed=1), rows=40, batch_size=8, lr=0.5, epochs=40, pace=math.inf
    )
    yield lab
    lab.close()


def trained(lab, **settings):
    for name, value in settings.items():
        widget = getattr(lab.form, name)
        getattr(widget, "field", widget).value = value
    return lab.run()


def test_nothing_trains_on_display_and_it_says_so(lab):
    assert words(lab.verdict) == "No run yet." and len(lab.history) == 0
    assert "300 of 3,934 rows , 60 of them with a wrong label." in words(lab.explained)
    assert "An epoch has 10 updates, the run 1,500; both losses are measured every 30 updates" in words(lab.explained)


def test_the_run_of_the_lesson_overfits_and_all_its_numbers_are_those_of_the_network(lab):
    history = lab.run()
    (numbers, val), (_, train) = history.measured("val_loss"), history.measured("loss")
    assert numbers.tolist() == list(range(0, 1501, 30))
    net, rows = lab._training.net, lab._training.batches.data
    assert mb.evaluate(net, rows)["loss"] == train[-1] and mb.evaluate(net, lab.val)["loss"] == val[-1]
    text = f"training loss {train[-1]:.3f}, validation loss {val[-1]:.3f}, gap {val[-1] - train[-1]:.3f}"
    assert text in words(lab.progress) and text in lab.curves.widget.value
    lowest = f"lowest validation loss {val.min():.3f} at update {numbers[val.argmin()]:.0f}"
    assert lowest in words(lab.progress)
    assert f"risen from {val.min():.3f} to {val[-1]:.3f}" in words(lab.verdict)
    wrong = rows.y != lab.train.y[:300]
    assert lab.repeated == ((net.predict(rows.X) == rows.y)[wrong].sum(), 60)
    assert f"Of 60 wrong labels the network now repeats {lab.repeated[0]} ." in words(lab.verdict)
    cells = re.findall(r"<td[^>]*>([^<]*)", lab.table.value)
    assert cells[:9] == ["1", "300", "20%", "32", "0.1", "0", "0", "off", "0"]
    assert cells[9:13] == ["1,500", f"{train[-1]:.3f}", f"{val[-1]:.3f}", f"{val[-1] - train[-1]:.3f}"]


def test_where_patience_is_off_it_says_where_a_patience_of_5_would_have_stopped(small):
    history = small.run()
    numbers, losses = history.measured("val_loss")
    low, stop = mb.experiments.stopping_point(losses, 5)
    text = f"a patience of 5 would have stopped at update {numbers[stop]:.0f} and gone back to {losses[low]:.3f}"
    assert text in words(small.progress)
    np.testing.assert_array_equal(small.curves.points(history)["stop"][0], numbers[stop])


def test_patience_ends_the_run_and_the_weights_of_the_lowest_point_are_back(small):
    history = trained(small, patience=3)
    numbers, losses = history.measured("val_loss")
    assert history["number"][-1] < 200
    assert mb.evaluate(small._training.net, small.val)["loss"] == losses.min()
    assert status(small) == (
        "Stopped early: 3 validations without a lower loss. The weights of update "
        f"{numbers[losses.argmin()]:.0f} are put back, with validation loss {losses.min():.3f}."
    )
    assert "the weights of the lowest point are back" in words(small.verdict)
    assert small.curves.points(history)["stop"][0][0] == numbers[-1]
    assert "would have stopped" not in words(small.progress)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 60},
        {"batch_size": 16},
        {"lr": 0.2},
        {"wrong": 0.5},
        {"weight_decay": 0.1},
        {"dropout": 0.5},
        {"patience": 2},
        {"amount": 20},
        {"seed_field": 5},
    ],
)
def test_every_setting_changes_the_run_its_words_and_the_code(small, change):
    before, code = small.run().measured("val_loss")[1], small.code.children[0].value
    after = trained(small, **change).measured("val_loss")[1]
    assert not np.array_equal(before, after)
    assert small.code.children[0].value != code
    assert len(re.findall("<tr>", small.table.value)) == 3


def test_no_batch_is_larger_than_the_rows(small):
    small.form.batch_size.field.value = 40
    small.form.rows.field.value = 20
    assert small.form.batch_size.value == 20 and small.form.batch_size.options[-1] == 20
    small.form.rows.field.value = 80
    assert small.form.batch_size.value == 20 and small.form.batch_size.options[-1] == 80
    small.run()


def test_the_network_learns_from_wrong_labels_and_is_judged_by_right_ones(small):
    small.run()
    rows = small._training.batches.data
    assert len(rows) == 40 and (rows.y != small.train.y[:40]).sum() == 8
    assert small._training.run.validation is small.val


def test_the_code_it_shows_makes_that_run(digits):
    lab = mb.OverfittingLab(*digits[:2], weight_decay=0.01, dropout=0.2, epochs=20, seed=3, pace=math.inf)
    lab.run()
    (code,) = re.findall(r"<pre[^>]*>(.*)</pre>", lab.code.children[0].value, flags=re.S)
    names = {}
    exec(code.replace("&quot;", '"').replace("print", "result ="), names)
    assert mb.evaluate(names["net"], lab.val) == mb.evaluate(lab._training.net, lab.val)
    lab.close()


def test_the_code_of_a_run_with_patience_stops_like_it(digits):
    lab = mb.OverfittingLab(*digits[:2], patience=5, pace=math.inf)
    lab.run()
    (code,) = re.findall(r"<pre[^>]*>(.*)</pre>", lab.code.children[0].value, flags=re.S)
    names = {}
    exec(code.replace("&quot;", '"').replace("print", "result ="), names)
    assert names["history"]["number"][-1] == lab.history["number"][-1]
    assert mb.evaluate(names["net"], lab.val) == mb.evaluate(lab._training.net, lab.val)
    lab.close()


def test_stop_and_a_changed_setting_while_it_runs(small):
    async def scenario():
        small.form.amount.value = 5000
        click(small, "Train")
        await until(lambda: len(small.history) > 50)
        small.form.dropout.value = 0.5
        await until(lambda: len(small.runs) == 2 and len(small.history) > 50)
        click(small, "Stop")
        assert status(small) == "Stopped."

    in_loop(scenario)
    assert [run.cells["dropout"] for run in small.runs] == ["0", "0.5"]
    assert small.runs[-1].patience is None and not small.runs[-1].finished


def test_one_update_and_reset(small):
    async def scenario():
        click(small, "One update")
        assert status(small) == "One update made."
        assert words(small.progress).startswith("update 1 of 200: measured at 0, training loss")
        click(small, "Reset")

    in_loop(scenario)
    assert words(small.verdict) == "No run yet." and small.repeated == (0, 0)


def test_a_run_that_diverges_is_told(small):
    async def scenario():
        small.form.lr.field.value = 100
        small.form.amount.value = 1000
        click(small, "Train")
        await until(lambda: "Lower the learning rate" in status(small) or status(small) == "Finished.")

    in_loop(scenario)
    assert not small.buttons["Train"].disabled


def test_without_wrong_labels_none_are_counted(small):
    trained(small, wrong=0.0)
    assert small.repeated == (0, 0) and "wrong label" not in words(small.verdict)


def test_settings_that_the_lab_does_not_offer_are_refused(digits):
    train, val = digits[:2]
    for settings, message in (
        ({"rows": 4000}, "rows must be at most 3,934"),
        ({"batch_size": 301}, "batch_size must be at most 300"),
        ({"wrong": 0.25}, "wrong must be one of 0.0, 0.05"),
        ({"weight_decay": 0.2}, "weight_decay must be one of"),
        ({"dropout": 1.0}, "dropout must be one of"),
        ({"patience": 0}, "patience must be one of None, 1"),
        ({"hidden": 513}, "hidden must be at most 512"),
        ({"lr": 0}, "lr must be a finite number above 0"),
        ({"pace": 7}, "pace must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            mb.OverfittingLab(train, val, **settings)
    with pytest.raises(ValueError, match="must have class labels"):
        mb.OverfittingLab(mb.Dataset(np.zeros((9, 2)), np.arange(9.0)), val)


def test_everything_on_offer_can_be_trained():
    for name, offered in (("wrong", WRONG), ("weight_decay", DECAYS), ("dropout", DROPOUTS), ("patience", PATIENCES)):
        for value in offered.values():
            value = None if name == "patience" and not value else value
            lab = mb.OverfittingLab(make_data(80), make_data(60, seed=1), rows=40, epochs=1, **{name: value})
            assert len(lab.run()) > 1
            lab.close()


def test_the_picture_of_a_saved_lab_shows_the_gap(small):
    small.run()
    outline = next(patch for patch in small.figure().axes[0].patches if patch.get_gid() == "gap")
    assert len(outline.get_xy()) == 2 * len(small.history.measured("val_loss")[1]) + 1


def test_the_prediction_of_lesson_08_is_answered_by_the_first_run(lab):
    asked = mb.predict("08", lab)
    asked.field.index = 1
    asked.commit.click()
    lab.run()
    assert words(asked.answers).endswith("Not as you said: it falls, then rises again.")


def test_closing_the_lab_gives_every_widget_back(digits):
    before = set(live_widgets)
    lab = mb.OverfittingLab(*digits[:2], epochs=1)
    lab.run()
    lab.close()
    assert set(live_widgets) == before
