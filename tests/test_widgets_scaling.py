"""The scaling lab without a browser: what it says of a split and a scaling, and what it trains on."""

import contextlib
import html
import io
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from pieces import all_digits, click, in_loop, make_data, status, until

import mbtutor as mb

RATES = {"none": 0.384, "standard": 0.973, "min-max": 0.960}  # validation accuracy after five epochs


@pytest.fixture
def lab():
    lab = mb.ScalingLab(all_digits())
    yield lab
    lab.close()


def words(widget):
    """What a reader sees of an HTML widget."""
    return " ".join(re.sub("<style>.*?</style>|<[^>]*>", " ", widget.value, flags=re.S).split())


def by_hand(scale, *parts):
    with contextlib.redirect_stdout(io.StringIO()):  # the note on columns that never vary
        return scale(*parts)


# Preparing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scaling", "scale"), [("standard", mb.standardize), ("min-max", mb.min_max)])
def test_it_splits_and_scales_as_the_package_does(lab, scaling, scale):
    lab.form.scaling.value = scaling
    for made, right in zip(lab.parts(), by_hand(scale, *mb.split(all_digits()))):
        np.testing.assert_array_equal(made.X, right.X)
        np.testing.assert_array_equal(made.y, right.y)


def test_without_scaling_the_columns_stay_as_they_are(lab):
    for made, right in zip(lab.parts(), mb.split(all_digits())):
        assert made.X is not None and (made.X == right.X).all() and made.scaler is None


@pytest.mark.parametrize(("scaling", "center"), [("standard", np.mean), ("min-max", np.min)])
def test_a_leak_takes_the_statistics_of_all_rows(lab, scaling, center):
    lab.form.scaling.value, lab.form.leak.value = scaling, True
    np.testing.assert_allclose(lab.parts()[0].scaler.offset, center(all_digits().X, axis=0))
    assert "from all 5,620 rows , test rows included. That is a leak." in words(lab.report)
    lab.form.leak.value = False
    np.testing.assert_allclose(lab.parts()[0].scaler.offset, center(mb.split(all_digits())[0].X, axis=0))
    assert "from the 3,934 training rows alone." in words(lab.report)


def test_a_leak_without_scaling_takes_nothing(lab):
    lab.form.leak.value = True
    assert "Statistics: none are taken." in words(lab.report)


def test_a_moved_fraction_is_seen_at_once_in_words_and_in_the_picture(lab):
    assert "train 3,934 rows validation 843 rows test 843 rows" in words(lab.report)
    before = lab.picture.value
    lab.form.val.field.value = 0.4
    assert "train 2,529 rows validation 2,248 rows test 843 rows" in words(lab.report)
    assert lab.picture.value != before
    lab.form.test.slider.value = 0.05
    assert "train 3,091 rows validation 2,248 rows test 281 rows" in words(lab.report)
    assert [len(part) for part in lab.parts()] == [3091, 2248, 281]


def test_fractions_that_leave_nothing_to_train_on_are_told_and_others_work_again(lab):
    told = "Validation and test together must be below 1, so that rows are left to train on."
    lab.form.val.field.value = 0.9
    assert status(lab) == told
    click(lab, "Train")
    assert status(lab) == told and len(lab.history) == 0
    lab.form.lr.field.value = 0.2
    assert status(lab) == told
    lab.form.val.field.value = 0.2
    assert status(lab) == "Ready: press Train." and len(lab.parts()[1]) == 1124


def test_fractions_put_back_to_what_they_were_are_no_longer_refused(lab):
    lab.form.val.field.value = 0.9
    lab.form.val.field.value = 0.15
    assert status(lab) == "Ready: press Train."
    lab.run()
    lab.form.epochs.value = 1
    assert status(lab) == "Finished."  # a change takes away only what it mends


def test_the_table_of_runs_has_the_rows_of_each_part(lab):
    lab.run()
    assert lab.runs[0].cells["split"] == "3,934 / 843 / 843" and "3,934 / 843 / 843" in words(lab.table)


def test_it_says_whether_the_classes_are_shared(lab):
    assert "Classes: equally shared, to a row. Rows of the rarest class: 388 in train, 83 in val" in words(lab.report)
    lab.form.stratify.value = False
    assert re.search(r"Classes: not equally shared , one is \d\d rows off its share", words(lab.report))
    fewest = np.bincount(lab.parts()[1].y).min()
    assert f"{fewest} in validation" in words(lab.report)


def test_the_note_on_columns_that_never_vary_stands_in_the_lab(lab, capsys):
    lab.form.scaling.value = "standard"
    assert "2 of 64 columns never vary in train (0, 39); their scale is 1" in words(lab.report)
    assert capsys.readouterr().out == ""
    lab.form.scaling.value = "none"
    assert "never vary" not in words(lab.report)


def test_the_numbers_of_the_columns_are_those_of_the_parts():
    lab = mb.ScalingLab(all_digits(), scaling="standard", columns=[20, 0])
    raw, val = mb.split(all_digits())[0], lab.parts()[1]
    assert words(lab.numbers).endswith("pixel 0,0 0.00 ± 0.00 0.00 ± 0.00 0.00 ± 0.00")
    row = f"pixel 2,4 {raw.X[:, 20].mean():.2f} ± {raw.X[:, 20].std():.2f} 0.00 ± 1.00"
    assert f"{row} {val.X[:, 20].mean():.2f} ± {val.X[:, 20].std():.2f}" in words(lab.numbers)
    lab.close()


def test_another_learning_rate_does_not_draw_the_columns_again(lab):
    before = lab.picture.value
    lab.form.lr.field.value = 0.5
    assert lab.picture.value is before


def test_the_histograms_are_drawn_anew_within_a_tenth_of_a_second(lab):
    spent = []
    for scaling in ("standard", "min-max", "none", "standard", "min-max"):
        started = time.process_time()
        lab.form.scaling.value = scaling
        spent.append(time.process_time() - started)
    assert min(spent) < 0.1


# Training ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", RATES)
def test_a_run_reaches_what_the_lesson_says(lab, scaling):
    lab.form.scaling.value = scaling
    history = lab.run()
    reached = history.measured("val_accuracy")[1][-1]
    assert history["number"][-1] == 615
    assert reached == pytest.approx(RATES[scaling], abs=0.15 if scaling == "none" else 0.01)


def test_a_run_is_what_mb_fit_makes_of_the_same_parts(lab):
    lab.form.scaling.value = "min-max"
    train, val, _ = lab.parts()
    net = mb.Network([mb.Dense(64, 32), mb.ReLU(), mb.Dense(32, 10)], seed=0)
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr=0.1))
    history = mb.fit(net, mb.MiniBatches(train, 32, seed=0), epochs=5, validation=val)
    np.testing.assert_array_equal(lab.run()["loss"], history["loss"])


def test_earlier_settings_stay_as_thin_curves_named_by_what_differs(lab):
    for scaling in ("none", "standard"):
        lab.form.scaling.value = scaling
        lab.run()
    assert [history.label for history in lab.histories] == ["run 1: scaling none", "run 2: scaling standard"]
    assert "run 1: scaling none" in lab.curves.widget.value


def test_a_change_during_a_run_starts_the_next_on_the_new_columns(lab):
    async def scenario():
        lab.form.pace.value = 50
        click(lab, "Train")
        await until(lambda: len(lab.history) > 3)
        lab.form.scaling.value = "standard"
        await until(lambda: len(lab.histories) == 2 and len(lab.history) > 3)
        click(lab, "Stop")

    in_loop(scenario)
    assert lab._training.batches.data.scaler is not None


def test_a_network_that_only_guesses_is_told_in_words():
    lab = mb.ScalingLab(all_digits(), lr=0.5, epochs=1)
    lab.run()
    assert "hardly more than guessing" in status(lab)
    lab.form.scaling.value, lab.form.lr.field.value = "standard", 0.1
    lab.run()
    assert status(lab) == "Finished."
    lab.close()


def test_a_run_that_diverges_is_told_in_words():
    digits = all_digits()
    lab = mb.ScalingLab(replace(digits, X=digits.X * 1e60), lr=10)

    async def scenario():
        click(lab, "Train")
        await until(lambda: "Lower the learning rate" in status(lab))

    in_loop(scenario)
    lab.close()


def test_few_training_rows_make_one_batch(lab):
    lab = mb.ScalingLab(make_data(60), val=0.4, test=0.4, scaling="standard", epochs=3)
    assert lab.run()["number"][-1] == 3 and len(lab.parts()[0]) == 12
    lab.close()


def test_the_code_makes_the_same_split_and_scaling(lab):
    lab.form.scaling.value, lab.form.leak.value, lab.form.val.field.value = "standard", True, 0.3
    code = html.unescape(re.sub("<[^>]*>", "", lab.code.children[0].value))
    assert "digits, train, val, test = mb.standardize(digits, train, val, test)" in code
    names = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, names)
    np.testing.assert_array_equal(names["train"].X, lab.parts()[0].X)
    accuracy = float(re.search(r"'accuracy': ([\d.]+)", printed.getvalue())[1])
    assert accuracy == lab.run().measured("val_accuracy")[1][-1]


def test_the_code_of_data_of_your_own_begins_with_it_as_it_is():
    lab = mb.ScalingLab(make_data(60), scaling="min-max")
    code = html.unescape(lab.code.children[0].value)
    assert "# data: the data set that you gave to the lab\ntrain, val, test = mb.split(data, val=0.15" in code
    assert "train, val, test = mb.min_max(train, val, test)" in code
    lab.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scaling": "robust"}, "scaling must be one of 'none', 'standard', 'min-max'; got 'robust'"),
        ({"val": 0}, "val must be a number from 0.01"),
        ({"test": 0.99}, "test must be a fraction from 0.01 to 0.98 in this lab; got 0.99"),
        ({"val": 0.9, "test": 0.5}, "val + test must be below 1, so that rows are left to train on; got 0.9 + 0.5"),
        ({"lr": 0}, "lr must be a finite number above 0; got 0"),
        ({"epochs": 2.5}, "epochs must be a whole number of at least 1; got 2.5"),
        ({"columns": [3, 64]}, "columns must be a list of numbers from 0 to 63; got [3, 64]"),
        ({"columns": []}, "columns must be a list of numbers from 0 to 63; got []"),
        ({"columns": [-1]}, "columns must be a whole number of at least 0; got -1"),
        ({"seed": -1}, "seed must be a whole number of at least 0; got -1"),
    ],
)
def test_a_setting_it_does_not_offer_is_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.ScalingLab(all_digits(), **options)


def test_data_without_classes_or_without_columns_is_refused():
    for X, y in ((np.ones((9, 2)), np.arange(9) / 2), (np.ones((9, 2, 2)), np.arange(9) % 3)):
        with pytest.raises(ValueError, match="data must be a table of rows"):
            mb.ScalingLab(mb.Dataset(X, y))


def test_a_twin_starts_with_the_same_settings(lab):
    lab = mb.ScalingLab(all_digits(), scaling="min-max", val=0.3, leak=True, stratify=False, lr=0.2, epochs=2)
    assert lab.twin().form.settings == lab.form.settings
    lab.close()
