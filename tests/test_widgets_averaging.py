"""The averaging lab without a browser: what it trains, what it says of it, and every control."""

import html
import re

import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, prepared_digits, status, until

import mbtutor as mb
from mbtutor.exercises import lessons
from mbtutor.machines import Together
from mbtutor.widgets import averaging_lab


@pytest.fixture
def lab():
    lab = mb.AveragingLab(*prepared_digits()[:2])
    yield lab
    lab.close()


def words(lab):
    return html.unescape(re.sub("<[^>]*>", "", lab.words.value))


def data_n(lab):
    return int(re.search(r'data-n="(\d+)"', lab.picture.widget.value)[1])


def test_nothing_is_trained_before_a_click(lab):
    assert len(lab.steps) == 1 and lab.made == [] and status(lab) == "Ready: press Train."
    assert "A batch of 64 rows for 4 workers, 16 each; 62 updates an epoch. After update 0:" in words(lab)
    assert lab.buttons["Stop"].disabled and not lab.buttons["Train"].disabled and "none yet" in lab.table.value


def test_a_run_keeps_the_workers_with_the_one_process(lab):
    lab.run()
    assert len(lab.steps) == averaging_lab.UPDATES + 1 == data_n(lab) and status(lab) == "Done: 100 updates."
    (made,) = lab.made
    assert made.last.off < 1e-12 and made.last.apart == 0 and made.last.alone < 1
    assert "nothing but rounding between workers, nothing but rounding from the one process" in words(lab)
    assert "4 x 16 rows, rate 0.1, averaged: weighted by rows, equal shares" in lab.table.value


@pytest.mark.parametrize(
    ("control", "value", "says"),
    [
        (lambda form: form.workers.field, 8, "Set: 8 x 16 rows, rate 0.1"),
        (lambda form: form.workers.slider, 2, "Set: 2 x 16 rows, rate 0.1"),
        (lambda form: form.local.field, 5, "Set: 4 x 5 rows, rate 0.1"),
        (lambda form: form.rate.field, 0.3, "Set: 4 x 16 rows, rate 0.3"),
        (lambda form: form.averaging, "mean of means", "averaged: mean of means, equal shares."),
        (lambda form: form.averaging, "not at all", "rate 0.1, not averaged, equal shares."),
        (lambda form: form.rows, "a slow worker takes fewer", "a slow worker takes fewer."),
        (lambda form: form.first, True, "own first weights."),
    ],
)
def test_every_control_begins_anew_and_leads_elsewhere(lab, control, value, says):
    lab.run()
    picture, sentence, end = lab.picture.widget.value, words(lab), lab.steps[-1]
    control(lab.form).value = value
    assert says in status(lab) and len(lab.steps) == 1 and len(lab.made) == 1
    assert lab.picture.widget.value != picture and words(lab) != sentence
    lab.run()
    assert len(lab.made) == 2
    same = control(lab.form) is lab.form.rows or value == "mean of means"  # as good, but for rounding or a little
    assert (lab.steps[-1].losses != end.losses) or same


@pytest.mark.parametrize(
    ("options", "apart", "off"),
    [
        ({"averaging": "mean of means", "rows": "a slow worker takes fewer"}, False, True),
        ({"rows": "a slow worker takes fewer"}, False, False),
        ({"averaging": "not at all"}, True, True),
        ({"rows": "the same for all"}, False, True),
        ({"own_weights": True}, True, True),
        ({"workers": 1, "averaging": "not at all"}, False, False),
    ],
)
def test_what_is_wrong_is_seen_in_the_distances(options, apart, off):
    lab = mb.AveragingLab(*prepared_digits()[:2], **options)
    lab.run()
    last = lab.made[0].last
    assert (last.apart > 0.01, last.off > 0.01) == (apart, off)
    assert ("nothing but rounding between workers" in words(lab)) == (not apart)
    lab.close()


def test_unequal_shares_are_said():
    lab = mb.AveragingLab(*prepared_digits()[:2], rows="a slow worker takes fewer")
    assert "for 4 workers, 5, 20, 19, 20; 62 updates an epoch" in words(lab)
    lab.close()


def test_one_update_stop_and_clear(lab):
    click(lab, "One update")
    click(lab, "One update")
    assert len(lab.steps) == 3 == data_n(lab) and "After update 2:" in words(lab) and status(lab) == "One update made."
    click(lab, "Stop")
    assert status(lab) == "Stopped." and len(lab.steps) == 3
    click(lab, "One update")
    assert len(lab.steps) == 2, "a new run has begun"
    lab.run()
    click(lab, "Clear")
    assert lab.made == [] and len(lab.steps) == 1 and "none yet" in lab.table.value


def test_train_and_stop_in_a_running_loop(lab):
    async def scenario():
        click(lab, "Train")
        await until(lambda: len(lab.steps) > 5, 60)  # at its pace a run takes four seconds
        assert lab._player.playing and lab.buttons["Train"].disabled
        click(lab, "Stop")
        stopped = len(lab.steps)
        assert not lab._player.playing and stopped < 101
        lab._player.pace = float("inf")
        click(lab, "Train")
        await until(lambda: lab.made, 60)

    in_loop(scenario)
    assert status(lab) == "Done: 100 updates." and len(lab.steps) == 101


def test_a_control_that_moves_while_it_trains_ends_the_run(lab):
    async def scenario():
        click(lab, "Train")
        await until(lambda: len(lab.steps) > 1, 60)
        lab.form.workers.field.value = 2
        assert not lab._player.playing

    in_loop(scenario)
    assert status(lab).startswith("Stopped, because a control moved. Set: 2 x 16 rows") and lab.made == []


def test_a_run_that_runs_away_is_told(lab, monkeypatch):
    def runs_away(together, X, y):
        raise ArithmeticError("the weights became infinite. Lower the learning rate (it is 100)")

    monkeypatch.setattr(Together, "_update", runs_away)
    in_loop(lambda: one_update(lab))
    assert "Lower the learning rate (it is 100)" in lab.status.value and 'role="alert"' in lab.status.value


async def one_update(lab):
    click(lab, "One update")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"workers": 9}, "workers must be at most 8"),
        ({"workers": 0}, "workers must be a whole number"),
        ({"local_batch": 65}, "local_batch must be at most 64"),
        ({"lr": 0}, "lr must be a finite number above 0"),
        ({"averaging": "often"}, "averaging must be one of"),
        ({"rows": "none"}, "rows must be one of"),
    ],
)
def test_what_the_controls_do_not_offer_is_refused(options, says):
    with pytest.raises(ValueError, match=says):
        mb.AveragingLab(*prepared_digits()[:2], **options)


def test_other_data_are_refused():
    train, val, _ = prepared_digits()
    with pytest.raises(ValueError, match="train must have flat rows and class labels"):
        mb.AveragingLab(mb.datasets.load_images(), val)
    with pytest.raises(ValueError, match="val must have flat rows and class labels"):
        mb.AveragingLab(train, mb.Dataset(val.X, val.X[:, 0]))


def test_the_figure_is_what_the_lab_shows(lab):
    lab.run()
    lines = {line.get_gid(): line for axes in lab.figure().axes for line in axes.lines}
    assert set(lines) == {"worker-0", "worker-1", "worker-2", "worker-3", "alone", "apart", "off"}
    assert lines["alone"].get_ydata().tolist() == [step.alone for step in lab.steps]


def test_the_prediction_comes_true_only_with_the_settings_of_the_question(lab):
    outcome = lessons.lesson("15").PREDICTION.outcome
    assert outcome(lab) is None
    lab.form.averaging.value = "not at all"
    lab.run()
    assert outcome(lab) is None
    lab.form.averaging.value = "weighted by rows"
    lab.run()
    right, text = outcome(lab)
    assert right == 2 and "the same but for rounding" in text


def test_a_closed_lab_leaves_no_widget():
    before = set(live_widgets)
    lab = mb.AveragingLab(*prepared_digits()[:2])
    lab.close()
    assert set(live_widgets) <= before
