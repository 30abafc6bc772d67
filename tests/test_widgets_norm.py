"""The batch norm lab without a browser: both modes, the running mean, and what the sizes of a batch do to them."""

import html
import math
import re

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, make_data, status, until

import mbtutor as mb
from mbtutor.widgets.norm_form import SHARES


def words(widget):
    return " ".join(re.sub("<[^>]*>", " ", widget.value).split())


@pytest.fixture
def small():
    """A lab on random rows, on which a run takes no time."""
    lab = mb.NormLab(make_data(80), make_data(60, seed=1), batch_size=8, epochs=4, pace=math.inf)
    yield lab
    lab.close()


def trained(lab, **settings):
    for name, value in settings.items():
        widget = getattr(lab.form, name)
        getattr(widget, "field", widget).value = value
    return lab.run()


def test_nothing_trains_on_display_and_it_says_so(small):
    assert words(small.verdict) == "No run yet." and len(small.history) == 0 and small.means == []
    text = words(small.explained)
    assert "Batch norm takes its mean over 8 rows . An epoch over 80 rows has 10 updates." in text
    assert "The 60 validation rows are asked for twice" in text


def test_the_numbers_are_those_of_the_network_in_both_modes(small):
    history = small.run()
    net = small._training.net
    found, own = mb.evaluate(net, small.val), mb.experiments.by_own_batches(net, small.val, 8)
    assert history.measured("val_accuracy")[1][-1] == found["accuracy"]
    assert (history.measured("loss")[1][-1], history.measured("accuracy")[1][-1]) == own
    text = f"evaluation mode {found['accuracy']:.1%} right, normalised by their own batch {own[1]:.1%}"
    assert text in words(small.progress) and text in small.curves.widget.value
    cells = re.findall(r"<td[^>]*>([^<]*)", small.table.value)
    both = [f"{found['accuracy']:.1%}", f"{own[1]:.1%}"]
    assert cells == ["1", "8", "share 0.1", "0.002", "0", "40", *both]


def test_the_means_are_drawn_and_said(small):
    small.run()
    assert [row[0] for row in small.means] == list(range(1, 41))
    number, batch, running, _ = small.means[-1]
    text = f"update {number}: mean of the batch {batch:.2f}, running mean {running:.2f}"
    assert text in words(small.verdict) and text in small._trace.widget.value
    assert 'data-n="40"' in small._trace.widget.value
    assert running == small._training.net.layers[2].running_mean[small._training.feature]


def test_small_batches_part_the_modes_and_none_has_but_one():
    train, val, _ = mb.split(mb.datasets.load_images(), val=0.1, test=0.2, seed=0)
    few = train.subset(np.arange(500) * len(train) // 500)
    lab = mb.NormLab(few, val, batch_size=2, epochs=2, pace=math.inf)
    lab.run()
    (parted,) = map(int, re.findall(r"The modes differ by \+(\d+) points", words(lab.verdict)))
    assert parted > 5
    trained(lab, norm=False)
    assert words(lab.verdict) == "Without batch norm there is one mode: the two curves are the same."
    assert lab.means == [] and lab.form.momentum.disabled
    own, evaluated = (lab.history.measured(name)[1] for name in ("loss", "val_loss"))
    np.testing.assert_allclose(own, evaluated, rtol=1e-9)
    lab.close()


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 16},
        {"norm": False},
        {"momentum": 0.5},
        {"lr": 0.01},
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


def test_a_last_batch_of_one_row_is_left_out_and_the_count_says_so():
    lab = mb.NormLab(make_data(81), make_data(41, seed=1), batch_size=8, epochs=1, pace=math.inf)
    assert "An epoch over 81 rows has 10 updates." in words(lab.explained)
    lab.run()
    assert lab._training.total == 10 and lab.runs[-1].finished
    lab.close()


def test_everything_on_offer_can_be_trained(small):
    for share in SHARES:
        trained(small, amount=1, momentum=share)
        assert small.runs[-1].finished


def test_stop_and_a_changed_setting_while_it_runs(small):
    async def scenario():
        small.form.amount.value = 5000
        click(small, "Train")
        await until(lambda: len(small.history) > 20)
        small.form.batch_size.field.value = 4
        await until(lambda: len(small.runs) == 2 and len(small.history) > 20)
        click(small, "Stop")
        assert status(small) == "Stopped."
        click(small, "Reset")

    in_loop(scenario)
    assert words(small.verdict) == "No run yet." and small.means == []


def test_settings_that_the_lab_does_not_offer_are_refused():
    train, val = make_data(300), make_data(60, seed=1)
    for settings, message in (
        ({"batch_size": 1}, "batch_size must be a whole number of at least 2"),
        ({"batch_size": 257}, "batch_size must be at most 256"),
        ({"momentum": 0.2}, "momentum must be one of 0.01, 0.1"),
        ({"norm": None}, "norm must be one of True, False"),
        ({"lr": 0}, "lr must be a finite number above 0"),
        ({"pace": 7}, "pace must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            mb.NormLab(train, val, **settings)
    with pytest.raises(ValueError, match="must have class labels"):
        mb.NormLab(mb.Dataset(np.zeros((9, 2)), np.arange(9.0)), val)


def test_closing_the_lab_gives_every_widget_back():
    before = set(live_widgets)
    lab = mb.NormLab(make_data(80), make_data(60, seed=1), batch_size=8, epochs=1)
    lab.run()
    lab.close()
    assert set(live_widgets) == before


@pytest.mark.parametrize("settings", [{}, {"norm": False}, {"batch_size": 16, "momentum": 0.5}])
def test_the_code_it_shows_makes_that_run(settings):
    lab = mb.NormLab(
        make_data(81), make_data(60, seed=1), **{"batch_size": 8, "epochs": 2, "pace": math.inf, **settings}
    )
    lab.run()
    (code,) = re.findall(r"<pre[^>]*>(.*)</pre>", lab.code.children[0].value, flags=re.S)
    names = {"train": lab.train, "val": lab.val, "print": lambda *_: None}
    exec(html.unescape(code), names)
    assert mb.evaluate(names["net"], lab.val) == mb.evaluate(lab._training.net, lab.val)
    if "own" in names:
        assert names["own"] == mb.experiments.by_own_batches(lab._training.net, lab.val, lab.form.settings.batch_size)
    lab.close()
