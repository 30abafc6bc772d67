"""The table lab without a browser: files as they are uploaded, targets, columns, runs, the seal, and what it saves."""

import math
import re
import subprocess
import sys
from datetime import datetime

import numpy as np
import pytest
from pieces import click, in_loop, status, until

import mbtutor as mb
from mbtutor.widgets.model_folder import in_own_unit
from mbtutor.widgets.own_table import MOST_NUMBERS, OwnTable, file_name
from mbtutor.widgets.table_columns import MOST

GARDEN = "plot;light;soil;height;bloom\r\n" + "".join(
    f"{row};{row % 12};{'NA' if row % 19 == 3 else ('clay', 'sand', 'peat')[row % 3]};"
    f"{'' if row % 17 == 4 else 40 + 3 * (row % 12)};{'yes' if row % 12 > 5 else 'no'}\r\n"
    for row in range(120)
)


def words(widget):
    text = re.sub("<[^>]*>", " ", re.sub("<style>.*?</style>", "", widget.value, flags=re.S))
    return " ".join(text.replace("&#x27;", "'").replace("&quot;", '"').split())


def upload(lab, name, content):
    content = content.encode() if isinstance(content, str) else content
    given = {"name": name, "type": "text/csv", "size": len(content), "content": content}
    lab.choice.upload.value = ({**given, "last_modified": datetime.now()},)


@pytest.fixture
def lab():
    lab = mb.TableLab(pace=math.inf, epochs=3)
    yield lab
    lab.close()


@pytest.fixture
def garden(lab):
    """The lab with a file of one's own, whose target is chosen."""
    upload(lab, "my garden.csv", b"\xef\xbb\xbf" + GARDEN.encode())
    lab.choice.target.value = "bloom"
    lab.choice.columns.boxes["plot"].value = False
    return lab


# Before a run -----------------------------------------------------------------------------------------------------


def test_it_begins_with_penguins_ready_to_be_learned_and_nothing_trained(lab):
    assert words(lab.choice.message) == "penguins.csv is loaded: 344 rows, 8 columns."
    assert "240 rows to train, 52 to validate, 52 to test" in words(lab.explained)
    assert "always the commonest class, Adelie: 44.2%" in words(lab.explained)
    assert lab.histories[0].label == "no run yet" and len(lab.tries) == 0
    assert lab.seal.button.disabled and words(lab.verdict) == "No run yet."


def test_each_column_says_what_it_holds_and_the_target_cannot_be_ticked(lab):
    assert lab.choice.columns.boxes["species"].disabled and not lab.choice.columns.boxes["species"].value
    assert lab.choice.columns.boxes["species"].description == "species (target)"
    text = " ".join(words(row.children[1]) for row in lab.choice.columns.widget.children[1:])
    assert "text 11 2 male, female" in text and "numbers 2 164 39.1, 39.5, 40.3" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"batch_size": 241}, "batch_size must be at most 240"),
        ({"hidden": 513}, "hidden must be at most 512"),
        ({"optimizer": "Adagrad"}, "optimizer must be"),
        ({"lr": 0}, "lr must be"),
        ({"pace": 7}, "pace must be"),
        ({"target": "colour"}, "target must be"),
        ({"left_out": ["colour"]}, "left_out must name columns of penguins.csv"),
        ({"path": "nowhere.csv"}, "nowhere.csv"),
    ],
)
def test_bad_arguments_are_named(arguments, says):
    with pytest.raises(ValueError, match=says):
        mb.TableLab(**arguments)


def test_a_path_of_ones_own_and_a_target_by_name(tmp_path):
    (tmp_path / "garden.csv").write_text(GARDEN)
    lab = mb.TableLab(str(tmp_path / "garden.csv"), "bloom", left_out=["plot"], epochs=1)
    lab.run()
    assert words(lab.verdict).startswith("Validation accuracy")
    lab.close()


# Runs -------------------------------------------------------------------------------------------------------------


def test_a_run_stands_beside_the_answer_that_knows_nothing(lab):
    lab.run()
    parts = lab.choice.parts
    found = mb.evaluate(lab._training.net, parts.val)
    assert words(lab.verdict) == f"Validation accuracy {found['accuracy']:.1%}; {parts.score.beside(parts.val)}."
    assert parts.level == pytest.approx(23 / 52)
    assert lab.figure().axes[1].lines[-1].get_ydata()[0] == parts.level


def test_a_number_has_its_error_in_its_own_unit(lab):
    lab.choice.examples["Cars"].click()
    lab.run()
    error = mb.typical_error(lab._training.net, lab.choice.parts.val)
    assert words(lab.verdict) == f"Validation error {error:.3g} mpg; always the mean of train: 7.91 mpg."
    assert lab.tries.best.error == pytest.approx(error) and lab.tries.best.accuracy is None
    assert f"{error:.4g} mpg" in words(lab.tried).replace("\N{NO-BREAK SPACE}", " ")
    click_seal(lab)
    test = mb.typical_error(lab.tries.best.net, lab.choice.parts.test)
    assert f"test error {test:.3g} mpg (always the mean of train: 7.74 mpg)" in words(lab.seal.text)


def click_seal(lab):
    lab.seal.button.click()
    assert lab.seal.opened


def test_the_best_number_is_the_lowest(lab):
    lab.choice.examples["Cars"].click()
    for amount in (1, 20, 2):
        lab.form.amount.value = amount
        lab.run()
    assert lab.tries.best.number == 2
    lab.form.seed_field.value = 1
    lab.run()
    assert re.search(r"Runs 3, 4 differ by nothing but the seed: typical errors from \d\S* mpg to", words(lab.tried))


def test_columns_left_out_make_another_run_and_keep_the_ones_before(lab):
    lab.run()
    lab.choice.columns.boxes["bill_length_mm"].value = False
    lab.choice.columns.boxes["bill_depth_mm"].value = False
    assert "a row is 11 numbers" in words(lab.explained)
    lab.run()
    one, two = lab.runs
    assert (one.cells["left out"], two.cells["left out"]) == ("nothing", "bill_length_mm, bill_depth_mm")
    assert len(lab.tries) == 2
    best = lab.tries.best
    click_seal(lab)
    right = mb.evaluate(best.net, best.parts.test)["accuracy"]
    assert f"test accuracy {right:.1%}" in words(lab.seal.text)


def test_another_target_is_another_problem(lab):
    lab.run()
    click_seal(lab)
    lab.choice.target.value = "body_mass_g"
    assert "The runs and the seal of the target before are gone." in words(lab.choice.message)
    assert "2 of 344 rows have no 'body_mass_g'" in words(lab.choice.message), (
        "two penguins were not weighed, and that is said"
    )
    assert len(lab.tries) == 0 and lab.seal.opened is None and not lab.runs
    assert "always the mean of train" in words(lab.explained)
    lab.run()
    assert "body_mass_g" in words(lab.verdict)


def test_whole_numbers_can_be_learned_as_classes_or_as_a_number(lab):
    lab.choice.target.value = "year"
    assert "always the commonest class" in words(lab.explained)
    lab.choice.task.value = "regression"
    assert "always the mean of train" in words(lab.explained)
    lab.choice.task.value, lab.choice.target.value = "", "sex"
    lab.choice.task.value = "regression"
    assert "sex" in words(lab.choice.message) and 'role="alert"' in lab.choice.message.value
    click(lab, "Train")
    assert "sex" in status(lab) and not lab.runs


def test_a_text_that_names_every_row_is_told_with_the_way_out(lab):
    lab.choice.examples["Cars"].click()
    lab.choice.columns.boxes["car_name"].value = True
    assert "In this lab: untick that column" in words(lab.choice.message)
    lab.choice.columns.boxes["car_name"].value = False
    assert words(lab.choice.message) == "cars.csv is loaded: 392 rows, 9 columns."
    lab.run()


def test_it_trains_in_a_running_loop_and_stops(lab):
    async def scenario():
        lab.form.amount.value = 50_000
        click(lab, "Train")
        await until(lambda: len(lab.history) > 20)
        click(lab, "Stop")
        made = len(lab.history)
        upload(lab, "garden.csv", GARDEN)
        assert made > 20 and lab.choice.own.name == "garden.csv" and not lab.runs

    in_loop(scenario)


def test_an_upload_during_a_run_ends_it(lab):
    async def scenario():
        lab.form.amount.value = 50_000
        click(lab, "Train")
        await until(lambda: len(lab.history) > 20)
        upload(lab, "garden.csv", GARDEN)
        assert not lab._player.playing and len(lab.tries) == 0 and lab.histories[0].label == "no run yet"

    in_loop(scenario)


def test_a_learning_rate_that_is_too_high_is_told(lab):
    lab.choice.examples["Cars"].click()
    lab.form.lr.field.value = 100

    async def scenario():
        click(lab, "Train")
        await until(lambda: "Lower the learning rate" in status(lab))

    in_loop(scenario)


def test_reset_keeps_file_and_columns(lab):
    lab.run()
    lab.choice.columns.boxes["island"].value = False
    click(lab, "Reset")
    assert not lab.runs and len(lab.tries) == 0 and not lab.choice.columns.boxes["island"].value


# Files ------------------------------------------------------------------------------------------------------------


def test_an_upload_replaces_the_table_and_says_what_is_gone(lab):
    lab.run()
    click_seal(lab)
    upload(lab, "my garden.csv", b"\xef\xbb\xbf" + GARDEN.encode())
    assert words(lab.choice.message) == (
        "my_garden.csv is loaded: 120 rows, 5 columns. The runs and the seal of the table before are gone. "
        "Choose the target: the column that is to be predicted from the others."
    )
    assert len(lab.tries) == 0 and lab.seal.opened is None and lab.seal.button.disabled
    click(lab, "Train")
    assert "Choose the target" in status(lab)
    upload(lab, "second.csv", "a,b\n1,x\n2,y\n")
    assert words(lab.choice.message).startswith("second.csv is loaded: 2 rows, 2 columns. Choose")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a,b\n1,2\n3,4,5\n", "x.csv, line 3"),
        ("", "x.csv is empty"),
        ("a,b\n", "no rows"),
        ("size,kind\n1,x\nbig,y\n", "x.csv, line 3, column 'size': 'big' is text"),
        ("größe,b\n1,2\n".encode("latin-1"), "x.csv, line 1"),
        (b"PK\x03\x04 workbook", "Excel"),
        ("a\n1\n2\n", "one column"),
        (b"a,b\n1,\x00\n", "x.csv"),
    ],
)
def test_a_file_that_is_no_table_is_told_and_changes_nothing(lab, content, says):
    lab.run()
    upload(lab, "x.csv", content)
    assert says in words(lab.choice.message) and 'role="alert"' in lab.choice.message.value
    assert words(lab.choice.message).endswith("penguins.csv stays as it was.")
    assert lab.choice.own.name == "penguins.csv" and len(lab.tries) == 1 and lab.choice.parts is not None


def test_what_could_not_be_read_is_read_again_as_the_learner_says(lab):
    content = "code;größe;price\n" + "1;2,5;10\n2;-99;20,5\n1;4,5;30\n3;5;40\n" * 12
    upload(lab, "codes.csv", content.encode("latin-1"))
    lab.choice.reading.encoding.value = "latin-1"
    assert "line 2, column 'größe'" in words(lab.choice.message)
    lab.choice.reading.decimal.value = ","
    assert lab.choice.own.name == "codes.csv"
    lab.choice.target.value = "price"
    assert lab.choice.parts.train.X.shape[1] == 2
    lab.choice.reading.missing.value, lab.choice.reading.text.value = "-99", "code"
    assert lab.choice.parts.train.feature_names == ("code=1", "code=2", "code=3", "größe", "größe is missing")
    lab.choice.reading.skipped.value = "größe"
    assert lab.choice.parts.train.feature_names == ("code=1", "code=2", "code=3")
    lab.choice.reading.delimiter.value = ","
    assert words(lab.choice.message).endswith("What was read before stays.") and lab.choice.parts.train.X.shape[1] == 3
    upload(lab, "plain.csv", GARDEN)
    assert lab.choice.reading.options == {}


@pytest.mark.parametrize("skipped", [[], ["plot"]])
def test_columns_left_out_are_those_that_read_csv_leaves_out(tmp_path, skipped):
    (tmp_path / "garden.csv").write_text(GARDEN)
    reading = {"drop": skipped} if skipped else {}
    train = OwnTable(tmp_path / "garden.csv", **reading).parts("bloom", ("soil",)).train
    table = mb.read_csv(tmp_path / "garden.csv", "bloom", drop=[*skipped, "soil"])
    right = mb.standardize(*mb.encode(*mb.split(table, seed=0)))[0]
    np.testing.assert_array_equal(train.X, right.X)
    assert train.feature_names == right.feature_names
    assert train.recipe[0].startswith("table = mb.read_csv(")
    recipe = "".join(train.recipe)
    assert f"drop={[*skipped, 'soil']!r}" in recipe and recipe.count("drop=") == 1


def test_the_last_column_stays_ticked_or_there_is_nothing_to_learn_from(lab):
    upload(lab, "two.csv", "x,y\n" + "".join(f"{n},{n % 2}\n" for n in range(60)))
    lab.choice.target.value = "y"
    lab.choice.columns.boxes["x"].value = False
    assert "no column is left to learn from; tick one" in words(lab.choice.message)


def test_names_and_cells_are_shown_as_text(lab):
    script = "<script>alert(1)</script>"
    upload(lab, "<b>.csv", f"{script},size\n" + "".join(f"<i>{n % 2}</i>,{n}\n" for n in range(60)))
    lab.choice.target.value = script
    page = " ".join(widget.value for widget in (lab.choice.message, lab.explained, *shown(lab.choice.columns.widget)))
    assert script not in page and "<i>" not in page and "&lt;i&gt;" in page
    lab.run()
    click_seal(lab)
    assert "<i>" not in lab.verdict.value + lab.seal.text.value + lab.tried.value


def shown(widget):
    """The HTML widgets inside."""
    found = [shown(child) for child in getattr(widget, "children", ())]
    return sum(found, []) if found else [widget] if type(widget).__name__ == "HTML" else []


@pytest.mark.parametrize(
    ("given", "name"),
    [("../../etc/passwd", "passwd.csv"), ("C:\\a\\b c.CSV", "b_c.CSV"), (".csv", "csv.csv"), ("ä b.csv", "ä_b.csv")],
)
def test_the_name_of_an_upload_leads_nowhere(given, name):
    assert file_name(given) == name


def test_columns_beyond_the_first_are_learned_from_and_said(lab):
    names = [f"c{n}" for n in range(MOST + 5)]
    rows = "".join(",".join(str((row * n) % 7) for n in range(len(names))) + f",{row % 2}\n" for row in range(60))
    upload(lab, "wide.csv", ",".join([*names, "y"]) + "\n" + rows)
    lab.choice.target.value = "y"
    columns = lab.choice.columns
    assert len(columns.boxes) == MOST and f"The first {MOST} of {MOST + 6}" in columns.widget.children[0].value
    assert lab.choice.parts.train.X.shape[1] == MOST + 5


def test_a_column_without_a_box_can_be_left_out_too(tmp_path):
    names, path = [f"c{n}" for n in range(MOST + 5)], tmp_path / "wide.csv"
    rows = (",".join(str(value) for value in [*((n * k) % 7 for k in range(MOST + 5)), n % 2]) for n in range(60))
    path.write_text("\n".join([",".join([*names, "y"]), *rows]))
    lab = mb.TableLab(path, "y", left_out=["c0", f"c{MOST + 3}"])
    assert lab.choice.left_out == ("c0", f"c{MOST + 3}")
    assert lab.choice.parts.train.X.shape[1] == MOST + 3
    assert "5 of the others are learned from" in lab.choice.columns.widget.children[0].value
    lab.choice.columns.boxes["c1"].value = False
    assert lab.choice.left_out == ("c0", "c1", f"c{MOST + 3}")
    lab.close()


def test_a_table_that_is_too_large_for_a_lab_is_told(lab, monkeypatch):
    monkeypatch.setattr("mbtutor.widgets.own_table.MOST_NUMBERS", 500)
    upload(lab, "garden.csv", GARDEN)
    lab.choice.target.value = "bloom"
    assert "more than the 500 of this lab" in words(lab.choice.message) and MOST_NUMBERS > 500


def test_the_copies_of_uploads_go_when_the_lab_is_closed():
    lab = mb.TableLab()
    upload(lab, "garden.csv", GARDEN)
    assert lab.choice.own.path.exists()
    lab.close()
    assert not lab.choice.own.path.exists()


# What it saves ----------------------------------------------------------------------------------------------------


def printed_by_program(folder):
    run = subprocess.run([sys.executable, "-P", "program.py"], cwd=folder, capture_output=True, text=True, check=True)
    return float(re.search(r"'loss': ([\d.e-]+)", run.stdout)[1])


def test_before_a_run_there_is_nothing_to_save(lab, tmp_path):
    with pytest.raises(ValueError, match="no run to save yet: press Train first"):
        lab.save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_the_saved_program_finds_the_loss_and_the_weights_of_the_run(garden, tmp_path):
    garden.run()
    garden.form.amount.value = 6
    garden.run()
    best = garden.tries.best
    garden.card.use.value, garden.card.limits.value = "For planting.", "Not for trees."
    paths = garden.save(tmp_path)
    assert sorted(path.name for path in paths) == sorted(path.name for path in tmp_path.iterdir())
    assert (tmp_path / "my_garden.csv").read_bytes() == b"\xef\xbb\xbf" + GARDEN.encode()
    assert printed_by_program(tmp_path) == pytest.approx(best.loss, abs=1e-12)
    card = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert "For planting." in card and "Not for trees." in card and "| test |" not in card
    state = mb.load_checkpoint(tmp_path / "weights.npz")
    best.net.load_state(state)
    assert len((tmp_path / "run.csv").read_text().splitlines()) == 1 + len(best.history)


def test_what_the_program_says_of_new_rows_is_true(garden, tmp_path):
    garden.run()
    garden.save(tmp_path)
    (tmp_path / "new.csv").write_text("soil,light,height,plot\nclay,11,73,1\nsand,0,40,2\n")
    program = (tmp_path / "program.py").read_text(encoding="utf-8")
    code, comments = program.split("# The same weights")
    assert comments.count("\n# ") == 5, "each line of it is a comment that can be run"
    lines = [line.removeprefix("# ") for line in comments.splitlines() if "=" in line or "(" in line]
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        exec(code + "\n".join(line for line in lines if not line.startswith("New")), names)
    assert len(names["answers"]) == 2


def test_a_run_that_was_stopped_has_a_program_of_as_many_updates(lab, tmp_path):
    for _ in range(7):
        click(lab, "One update")
    lab.save(tmp_path)
    assert "updates=7" in (tmp_path / "program.py").read_text()
    assert printed_by_program(tmp_path) == pytest.approx(lab.tries.best.loss, abs=1e-12)


def test_once_the_test_is_open_the_run_that_it_judged_is_saved(lab, tmp_path):
    lab.choice.examples["Cars"].click()
    lab.run()
    click_seal(lab)
    lab.form.amount.value = 30
    lab.run()
    assert lab.tries.best.number == 2
    lab.save(tmp_path)
    assert printed_by_program(tmp_path) == pytest.approx(lab.seal.opened.loss, abs=1e-12)
    card = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert f"| test | {mb.typical_error(lab.seal.opened.net, lab.choice.parts.test):.4g} | 7.743 |" in card


def test_a_network_in_the_targets_own_unit_answers_in_it(lab):
    lab.choice.examples["Cars"].click()
    lab.run()
    net, parts = lab.tries.best.net, lab.choice.parts
    before = net.weights.copy()
    answers = in_own_unit(net, parts.train).predict(parts.val.X)
    np.testing.assert_allclose(answers, parts.train.target_scaler.undo(net.predict(parts.val.X)))
    np.testing.assert_array_equal(net.weights, before)


def test_the_save_button_names_the_files(lab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lab.run()
    click(lab, "Save")
    assert status(lab).startswith("Saved 5 files of run 1: my_model")
    assert len(list((tmp_path / "my_model").iterdir())) == 5


def test_the_tabs_show_the_program_in_every_framework(lab):
    lab.choice.examples["Cars"].click()
    texts = [tab.value for tab in lab.code.children]
    assert all("mb.standardize_target(train, val, test)" in text for text in texts)
    assert all(word in text for word, text in zip(("mb.Dense", "mse_loss", "MeanSquaredError", "reduce_mean"), texts))
