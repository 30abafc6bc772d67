"""The ensemble lab without a browser: members one after the other, their mean, and whose mistakes are shown."""

import html
import math
import re
import time
from types import SimpleNamespace

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, make_data, prepared_digits, status, until

import mbtutor as mb
from mbtutor.exercises import lessons
from mbtutor.widgets.ensemble_form import BATCHES, BOTH, DIFFER, NOTHING, WEIGHTS
from mbtutor.widgets.member_mistakes import ANY, KINDS, MENDED, OF_THE_MEAN, SHARED, MemberMistakes
from mbtutor.widgets.programs import MAKERS


def words(widget):
    return " ".join(re.sub("<style>.*?</style>|<[^>]*>", " ", widget.value, flags=re.S).split())


@pytest.fixture
def small():
    """A lab on random rows, on which a run takes no time."""
    lab = mb.EnsembleLab(make_data(80), make_data(60, seed=1), members=3, epochs=4, pace=math.inf)
    yield lab
    lab.close()


def trained(lab, **settings):
    for name, value in settings.items():
        widget = getattr(lab.form, name)
        getattr(widget, "field", widget).value = value
    return lab.run()


def wrong(answers, val):
    return float((answers != val.y).mean())


def test_nothing_trains_on_display_and_it_says_so(small):
    assert words(small.verdict) == "No member is ready yet." and len(small.history) == 0
    assert small.ensemble is None and small.answers == []
    text = words(small.explained)
    assert "3 networks of 16 hidden units, 40 updates each, on the same 80 rows." in text
    assert "Each has first weights and an order of its batches of its own" in text
    assert words(small.mistakes.pictures) == "They appear here as soon as a member is ready."


def test_the_numbers_are_those_of_the_members_and_of_their_mean(small):
    small.run()
    val, ensemble = small.val, small.ensemble
    assert len(ensemble) == len(small.answers) == 3
    alone = [1 - mb.evaluate(net, val)["accuracy"] for net in ensemble.members]
    assert alone == pytest.approx([wrong(answers, val) for answers in small.answers])
    mean = wrong(ensemble.predict(val.X), val)
    text = words(small.verdict)
    assert f"3 members read {min(alone):.1%} to {max(alone):.1%} wrong, {np.mean(alone):.1%} on average" in text
    assert f"their mean reads {mean:.1%} wrong" in text
    place = "fewer than" if mean < min(alone) else "more than" if mean > min(alone) else "as many as"
    assert f"{place} the best of them" in text
    progress = f"update 120 of 120, member 3 of 3: {alone[-1]:.1%} wrong; the mean of 3: {mean:.1%} wrong"
    assert words(small.progress) == progress and progress in small.curves.widget.value
    answers = np.array(small.answers)
    apart = (answers != answers[0]).any(axis=0).mean()
    assert f"not of one mind on {apart:.1%} of the rows" in text
    cells = re.findall(r"<td[^>]*>([^<]*)", small.table.value)
    assert cells[:6] == ["1", "3", BOTH, "80", "8", "0.2"]
    reached = [f"{np.mean(alone):.1%}", f"{min(alone):.1%}, {max(alone):.1%}", f"{mean:.1%}"]
    assert cells[-5:] == ["3 of 3", "120", *reached]


def test_the_members_are_those_of_their_seeds(small):
    trained(small, seed=2)
    for number, net in enumerate(small.ensemble.members, 16):
        layers = [mb.Dense(4, 16), mb.ReLU(), mb.Dense(16, 3)]
        alone = mb.Network(layers, seed=number)
        alone.compile("cross_entropy", mb.SGD(0.2))
        mb.fit(alone, mb.MiniBatches(small.train, 8, seed=number), epochs=4)
        np.testing.assert_array_equal(net.weights, alone.weights)


def test_members_differ_in_what_is_chosen(small):
    def starts_and_orders(way):
        small.form.differ.value = way
        runs = small._new_run(small.form.settings)[0]._runs
        return [
            len({key(run) for run in runs}) for key in (lambda r: r.net.weights.tobytes(), lambda r: r.batches.seed)
        ]

    assert {way: starts_and_orders(way) for way in DIFFER} == {
        BOTH: [3, 3],
        BATCHES: [1, 3],
        WEIGHTS: [3, 1],
        NOTHING: [1, 1],
    }
    trained(small, differ=NOTHING)
    text = words(small.verdict)
    assert "not of one mind on 0.0% of the rows. The mean mends 0 rows" in text and "as many as the best" in text


@pytest.mark.parametrize(
    "change",
    [
        {"members": 2},
        {"differ": BATCHES},
        {"rows": 90},
        {"batch_size": 16},
        {"lr": 0.5},
        {"hidden": 8},
        {"amount": 2},
        {"budget": "updates"},
        {"seed": 5},
    ],
)
def test_every_setting_changes_the_run(change):
    lab = mb.EnsembleLab(make_data(90), make_data(60, seed=1), rows=50, members=3, epochs=4, pace=math.inf)
    before = lab.run()["accuracy"]
    after = trained(lab, **change)["accuracy"]
    assert not np.array_equal(before, after, equal_nan=True)
    assert len(re.findall("<tr>", lab.table.value)) == 3
    lab.close()


def test_fewer_rows_bound_the_batch_and_come_from_all_over():
    lab = mb.EnsembleLab(make_data(400), make_data(60, seed=1), batch_size=300, updates=2, pace=math.inf)
    assert [value for _, value in lab.form.rows.options] == [100, 300, 400]
    lab.form.rows.value = 100
    assert lab.form.batch_size.value == 100
    rows = lab.form.settings.rows_of(lab.train)
    np.testing.assert_array_equal(rows.X, lab.train.X[::4])
    lab.close()


def test_four_members_read_fewer_digits_wrong_than_the_best_of_them():
    train, val, _ = prepared_digits()
    lab = mb.EnsembleLab(train.subset(np.arange(500)), val, epochs=8, pace=math.inf)
    prediction = lessons.lesson("A3").PREDICTION
    assert prediction.outcome(lab) is None
    lab.run()
    alone, mean = [wrong(answers, val) for answers in lab.answers], wrong(lab.ensemble.predict(val.X), val)
    assert mean < min(alone)
    place, text = prediction.outcome(lab)
    assert place == 2 and f"their mean reads {mean:.1%} wrong" in text
    trained(lab, differ=NOTHING)
    assert prediction.outcome(lab) is None
    trained(lab, differ=BOTH, members=3)
    assert prediction.outcome(lab) is None
    lab.close()


@pytest.mark.parametrize(("mean", "place"), [([0, 0, 0, 0, 0, 1], 2), ([0, 0, 0, 1, 1, 1], 1), ([1, 1, 1, 1, 0, 0], 0)])
def test_each_answer_to_the_prediction_can_come_true(mean, place):
    alone = [[0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 1, 1], [0, 1, 1, 1, 1, 0], [1, 0, 0, 1, 1, 1]]
    val = mb.Dataset(np.zeros((6, 2)), np.zeros(6, int))

    class Four:
        def __len__(self):
            return 4

        def evaluate(self, val):
            return {"accuracy": (np.array(mean) == val.y).mean()}

    runs = [SimpleNamespace(cells={"differ in": BOTH})]
    lab = SimpleNamespace(ensemble=Four(), answers=list(np.array(alone)), val=val, runs=runs)
    assert lessons.lesson("A3").PREDICTION.outcome(lab)[0] == place


def test_a_new_setting_while_it_runs_stop_and_reset(small):
    async def scenario():
        small.form.amount.value = 5000
        click(small, "Train")
        await until(lambda: len(small.history) > 20)
        small.form.lr.field.value = 0.1
        await until(lambda: len(small.runs) == 2 and len(small.history) > 20)
        asked = time.perf_counter()
        click(small, "Stop")
        assert time.perf_counter() - asked < 0.3 and status(small) == "Stopped."
        assert words(small.verdict) == "No member is ready yet." and not small.runs[-1].finished
        click(small, "Reset")

    in_loop(scenario)
    assert small.runs == [] and words(small.progress) == "no update yet"


def test_stopped_between_two_members_the_ready_ones_stay(small):
    async def scenario():
        small.form.amount.value, small.form.budget.value, small.form.pace.value = 40, "updates", 200
        click(small, "Train")
        await until(lambda: len(small.answers) == 1)
        click(small, "Stop")

    in_loop(scenario)
    assert len(small.ensemble) == 1
    assert words(small.verdict).startswith("One member is ready: it reads") and status(small) == "Stopped."
    assert "1 of 3" in words(small.table)


def test_a_member_that_runs_away_is_told(small):
    async def scenario():
        small.form.lr.field.value, small.form.amount.value = 100, 200
        small.train.X[...] *= 1e100
        click(small, "Train")
        await until(lambda: status(small).startswith("Stopped: update"))

    in_loop(scenario)
    assert "Lower the learning rate" in status(small)


def test_one_update_makes_one(small):
    async def scenario():
        click(small, "One update")
        click(small, "One update")

    in_loop(scenario)
    assert small.history["number"].tolist() == [0, 1, 2] and status(small) == "One update made."


def test_pictures_and_tables_are_saved(small, tmp_path):
    small.run()
    paths = small.save(tmp_path)
    assert sorted(path.name for path in paths) == ["ensemble_lab.png", "ensemble_lab_run_1.csv"]
    assert repr(small.figure()).startswith("Picture: Share of validation rows read wrong")


def test_clocks_and_ceilings_draw_the_axes_anew(small):
    small.run()
    for clock in ("examples", "seconds", "updates"):
        before = small.curves.widget.value
        small.form.clock.value = clock
        assert small.curves.widget.value != before
    assert small.curves.highest == mb.figures.error_ceiling(small.histories) > 0.2


def test_settings_that_the_lab_does_not_offer_are_refused():
    train, val = make_data(300), make_data(60, seed=1)
    for settings, message in (
        ({"members": 0}, "members must be a whole number of at least 1"),
        ({"members": 9}, "members must be at most 8"),
        ({"differ": "hair"}, "differ must be one of 'weights and batches'"),
        ({"rows": 5}, "rows must be a whole number of at least 10"),
        ({"rows": 301}, "rows must be at most 300"),
        ({"rows": 50, "batch_size": 51}, "batch_size must be at most 50"),
        ({"lr": 0}, "lr must be a finite number above 0"),
        ({"hidden": 257}, "hidden must be at most 256"),
        ({"pace": 7}, "pace must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            mb.EnsembleLab(train, val, **settings)
    with pytest.raises(ValueError, match="must have class labels"):
        mb.EnsembleLab(mb.Dataset(np.zeros((9, 2)), np.arange(9.0)), val)


def test_closing_the_lab_gives_every_widget_back():
    before = set(live_widgets)
    lab = mb.EnsembleLab(make_data(80), make_data(60, seed=1), epochs=1)
    lab.run()
    lab.close()
    assert set(live_widgets) == before


# Whose mistakes are shown --------------------------------------------------------------------------------------------


@pytest.fixture
def mistakes():
    data = mb.Dataset(np.zeros((5, 2)), np.array([0, 1, 2, 0, 1]))
    shown = MemberMistakes(data, lambda action: action)
    #           right        mended            shared           made by the mean alone cannot be; by both, by one
    answers = [[0, 1, 0, 1, 1], [0, 2, 0, 1, 1], [0, 1, 1, 0, 1]]
    shown.show(answers, np.array([0, 1, 0, 1, 1]))
    return shown


def test_the_kinds_of_mistakes_are_counted(mistakes):
    members = {"of member 1": 2, "of member 2": 3, "of member 3": 1}
    assert mistakes.counts() == {OF_THE_MEAN: 2, MENDED: 1, SHARED: 1, ANY: 3} | members
    assert [text for text, _ in mistakes.menu.options][:2] == ["of the mean (2)", "mended by the mean (1)"]


@pytest.mark.parametrize(
    ("kind", "rows"), [(OF_THE_MEAN, [2, 3]), (MENDED, [1]), (SHARED, [2]), (ANY, [1, 2, 3]), ("of member 3", [2])]
)
def test_the_chosen_ones_are_shown(mistakes, kind, rows):
    mistakes.menu.value = kind
    assert [int(row) for row in re.findall(r"<b>row (\d+)</b>", mistakes.pictures.value)] == rows
    assert words(mistakes.pictures).startswith(f"{len(rows)} row{'s' * (len(rows) != 1)} of 5.")


def test_an_answer_that_is_wrong_is_marked(mistakes):
    mistakes.menu.value = MENDED
    marks = re.findall(r'<u class="(\w+)">(\d)</u>', mistakes.pictures.value)
    assert marks == [("right", "1"), ("wrong", "2"), ("right", "1"), ("right", "1")]


def test_the_choice_stays_while_it_can(mistakes):
    mistakes.menu.value = "of member 3"
    mistakes.show([[0, 0, 0, 0, 0]] * 3, np.zeros(5, int))
    assert mistakes.menu.value == "of member 3"
    mistakes.show([[0, 0, 0, 0, 0]] * 2, np.zeros(5, int))
    assert mistakes.menu.value == OF_THE_MEAN
    mistakes.show([])
    assert words(mistakes.pictures) == "They appear here as soon as a member is ready."
    assert [text for text, _ in mistakes.menu.options] == list(KINDS)


def test_many_mistakes_are_cut_and_digits_are_pictures():
    _, val, _ = prepared_digits()
    shown = MemberMistakes(val, lambda action: action)
    shown.show([(val.y + 1) % 10], (val.y + 1) % 10)
    assert f"{len(val):,} rows of {len(val):,}; the first 24." in words(shown.pictures)
    assert len(re.findall("<figure", shown.pictures.value)) == len(re.findall("<i class=", shown.pictures.value)) == 24


# Show the code -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"rows": 50, "differ": WEIGHTS}, {"members": 1, "updates": 30, "seed": 3}])
def test_the_code_it_shows_makes_that_ensemble(settings):
    lab = mb.EnsembleLab(make_data(81), make_data(60, seed=1), **{"members": 2, "pace": math.inf, **settings})
    lab.run()
    (code,) = re.findall(r"<pre[^>]*>(.*)</pre>", lab.code.children[0].value, flags=re.S)
    printed = []
    names = {"train": lab.train, "val": lab.val, "print": printed.append}
    exec(html.unescape(code), names)
    assert printed == [lab.ensemble.evaluate(lab.val)]
    lab.close()


def test_there_is_a_program_for_each_framework(small):
    assert small.code.titles == tuple(MAKERS)
    for tab, library in zip(small.code.children, ("mbtutor", "torch", "keras", "tensorflow"), strict=True):
        (code,) = re.findall(r"<pre[^>]*>(.*)</pre>", tab.value, flags=re.S)
        code = html.unescape(code)
        compile(code, library, "exec")
        assert f"import {library}" in code and "range(0, 3)" in code and "{settings" not in code
