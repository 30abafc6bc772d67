"""The augmentation lab without a browser: the pictures that come, filters and mistakes, and its prediction."""

import html
import math
import re

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, make_data, status, until

import mbtutor as mb
from mbtutor.widgets.augmentation_form import NOISES, SHIFTS
from mbtutor.widgets.coming_pictures import as_they_come
from mbtutor.widgets.filter_view import filter_view


def words(widget):
    return " ".join(re.sub("<[^>]*>", " ", widget.value).split())


def pictures(n, seed=0, size=14, classes=3):
    """Small pictures that can be learned: each class has a bright corner of its own."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    X = rng.random((n, 1, size, size)) / 4
    for row, label in enumerate(y):
        X[row, 0, 2 + 4 * (label // 2) :, 2 + 5 * (label % 2) :][:3, :3] += 0.7
    return mb.Dataset(X, y, image_shape=(size, size))


@pytest.fixture
def small():
    """A lab on small pictures, on which a run takes no time."""
    lab = mb.AugmentationLab(pictures(60), pictures(30, seed=1), rows=40, batch_size=8, epochs=3, pace=math.inf)
    yield lab
    lab.close()


def trained(lab, **settings):
    for name, value in settings.items():
        widget = getattr(lab.form, name)
        getattr(widget, "field", widget).value = value
    return lab.run()


def test_nothing_trains_on_display_and_it_says_so(small):
    assert len(small.history) == 0 and small.predicted is None
    assert words(small.filters) == "No run yet."
    text = words(small.explained)
    assert "learns from 40 of 60 pictures , as they are stored, every time. An epoch has 5 updates." in text
    assert "The 30 validation pictures stay as they are." in text
    assert [name for name in ("as they are stored", "in epoch 1", "in epoch 2") if name in words(small.coming)] == [
        "as they are stored",
        "in epoch 1",
        "in epoch 2",
    ]


def sheets(lab):
    return re.findall('src="([^"]*)"', lab.coming.value)


def test_the_pictures_come_as_stored_or_changed_anew_in_each_epoch(small):
    stored, first, second = sheets(small)
    assert stored == first == second
    small.form.shift.value = 2
    stored_still, first, second = sheets(small)
    assert stored_still == stored and len({stored, first, second}) == 3
    assert "moved by up to 2 pixels, anew in every batch" in words(small.explained)
    small.form.noise.value = 0.1
    assert "moved by up to 2 pixels and with noise of deviation 0.1, anew" in words(small.explained)


@pytest.mark.parametrize("epoch", [0, 3])
def test_what_is_shown_is_what_the_network_gets(epoch):
    data = pictures(21)
    batches = mb.MiniBatches(data, 4, seed=5, augment=mb.random_shift(1))
    rows = np.array([0, 7, 20])
    shown = as_they_come(batches, epoch, rows)
    assert batches.epoch == 0, "the epoch that comes next is not touched"
    for _ in range(epoch + 1):
        got = {row: X for batch in batches for row, X in zip(batch.index.tolist(), batch.X)}
    np.testing.assert_array_equal(shown, [got[row] for row in rows])


def test_a_run_learns_from_changed_pictures_and_is_judged_by_stored_ones(small):
    trained(small, shift=1)
    training = small._training
    assert training.batches.augment is not None and training.validation is small.val
    assert training.batches.data.X.shape == (40, 1, 14, 14)
    found = mb.evaluate(training.net, small.val)
    assert small.history.measured("val_loss")[1][-1] == found["loss"]
    assert f"validation loss {found['loss']:.3f}, validation accuracy {found['accuracy']:.1%}" in words(small.progress)


def test_the_rows_are_taken_evenly():
    lab = mb.AugmentationLab(pictures(60), pictures(30), rows=20, batch_size=8)
    np.testing.assert_array_equal(lab._batches(lab.form.settings).data.X, lab.train.X[::3])
    lab.close()


def test_filters_and_mistakes_are_those_of_the_network(small):
    small.run()
    net = small._training.net
    np.testing.assert_array_equal(small.predicted, net.predict(small.val.X))
    wrong = int((small.predicted != small.val.y).sum())
    assert words(small.mistakes.pictures).startswith(f"{wrong} row")
    assert f"the largest {np.abs(net.layers[0].W).max():.2f} in size" in words(small.filters)
    assert small.filters.value == filter_view(net.layers[0], small.val.X[len(small.val) // 2])
    assert len(re.findall("<img", small.filters.value)) == 16


def test_the_pictures_follow_the_epoch_of_the_run(small):
    trained(small, shift=1)
    assert "in epoch 3 in epoch 4" in words(small.coming)
    small.form.shift.value = 2
    assert "in epoch 1 in epoch 2" in words(small.coming)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 60},
        {"batch_size": 16},
        {"lr": 0.01},
        {"shift": 2},
        {"noise": 0.2},
        {"amount": 2},
        {"budget": "updates"},
        {"seed": 5},
    ],
)
def test_every_setting_changes_the_run(small, change):
    before = small.run().measured("val_loss")[1]
    after = trained(small, **change).measured("val_loss")[1]
    assert not np.array_equal(before, after)
    assert len(re.findall("<tr>", small.table.value)) == 3


def test_everything_on_offer_can_be_trained(small):
    for name, offered in (("shift", SHIFTS), ("noise", NOISES)):
        for value in offered.values():
            trained(small, amount=1, **{name: value})
            assert small.runs[-1].finished


def test_stop_and_a_changed_setting_while_it_runs(small):
    async def scenario():
        small.form.amount.value = 5000
        click(small, "Train")
        await until(lambda: len(small.history) > 10)
        small.form.shift.value = 1
        await until(lambda: len(small.runs) == 2 and len(small.history) > 10)
        click(small, "Stop")
        assert status(small) == "Stopped."
        click(small, "Reset")

    in_loop(scenario)
    assert small.predicted is None and words(small.filters) == "No run yet." and not small.runs


def test_a_run_that_diverges_is_told(small):
    async def scenario():
        small.form.lr.field.value = 100
        small.form.amount.value = 300
        click(small, "Train")
        await until(lambda: "Lower the learning rate" in status(small) or status(small) == "Finished.")

    in_loop(scenario)
    assert not small.buttons["Train"].disabled


def test_settings_and_rows_that_it_cannot_take_are_refused():
    train, val = pictures(300), pictures(30)
    for settings, message in (
        ({"rows": 301}, "rows must be at most 300"),
        ({"batch_size": 257}, "batch_size must be at most 256"),
        ({"shift": 3}, "shift must be one of 0, 1, 2, 4"),
        ({"noise": 0.3}, "noise must be one of"),
        ({"lr": 0}, "lr must be a finite number above 0"),
        ({"epochs": 0}, "epochs must be a whole number"),
        ({"pace": 7}, "pace must be one of"),
        ({"seed": -1}, "seed must be a whole number"),
    ):
        with pytest.raises(ValueError, match=message):
            mb.AugmentationLab(train, val, **{"rows": 100, **settings})
    for odd in (make_data(60), mb.Dataset(np.zeros((9, 3, 14, 14)), np.arange(9) % 3, image_shape=(14, 14))):
        with pytest.raises(ValueError, match="train must hold grey pictures"):
            mb.AugmentationLab(odd, val, rows=5)
    empty = mb.Dataset(np.zeros((30, 1, 8, 8)), np.arange(30) % 3, image_shape=(8, 8))
    with pytest.raises(ValueError, match="larger than images of"):
        mb.AugmentationLab(empty, empty, rows=30, batch_size=8)


@pytest.mark.parametrize("settings", [{}, {"shift": 1}, {"noise": 0.1}, {"shift": 2, "noise": 0.1, "seed": 3}])
def test_the_code_it_shows_makes_that_run(settings):
    lab = mb.AugmentationLab(pictures(60), pictures(30), rows=40, batch_size=8, epochs=2, pace=math.inf, **settings)
    lab.run()
    (code,) = re.findall(r"<pre[^>]*>(.*)</pre>", lab.code.children[0].value, flags=re.S)
    names = {"train": lab.train, "val": lab.val, "print": lambda *_: None}
    exec(html.unescape(code), names)
    assert mb.evaluate(names["net"], lab.val) == mb.evaluate(lab._training.net, lab.val)
    lab.close()


# The prediction of lesson 10 ---------------------------------------------------------------------------------------


def test_the_prediction_is_answered_by_two_runs_that_differ_by_the_shift_alone():
    train, val, _ = mb.split(mb.datasets.load_images(), val=0.1, test=0.2, seed=0)
    lab = mb.AugmentationLab(train, val, pace=math.inf)
    asked = mb.predict("10", lab)
    asked.field.index = 3
    asked.commit.click()
    lab.run()
    assert "Not seen yet." in words(asked.answers)
    trained(lab, shift=1)
    assert words(asked.answers).endswith("Not as you said: the training loss higher, the validation loss lower.")
    asked.close()


def test_closing_the_lab_gives_every_widget_back():
    before = set(live_widgets)
    lab = mb.AugmentationLab(pictures(60), pictures(30), rows=40, batch_size=8, epochs=1)
    lab.run()
    lab.close()
    assert set(live_widgets) == before
