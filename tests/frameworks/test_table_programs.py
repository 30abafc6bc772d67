"""The programs of the table lab for a target of numbers: they run as they are, and learn what the lab learns."""

import functools

import numpy as np
import onnxruntime
import pytest
from running import BACK_ENDS, every_framework, run, title

from mbtutor import datasets, preparation
from mbtutor.widgets.own_table import OwnTable
from mbtutor.widgets.programs import programs
from mbtutor.widgets.settings import ZERO
from mbtutor.widgets.table_form import TableSettings
from mbtutor.widgets.table_lab import TableLab

NUMBER = {"loss": "squared error of a number"}
SETTINGS = (
    TableSettings(32, 0.1, "SGD", 16, "epochs", 20, 0, **NUMBER),
    TableSettings(16, 0.01, "Adam", 32, "updates", 300, 1, **NUMBER),
    TableSettings(16, 0.02, "SGD", 16, "epochs", 20, 2, hidden_layers=2, patience=5, **NUMBER),
)
# All rows at once, from weights that are zero: nothing that could differ.
ALIKE = TableSettings(274, 0.1, "SGD", 16, "epochs", 10, 0, hidden_layers=0, init=ZERO, **NUMBER)


@pytest.fixture(scope="module")
def train():
    return OwnTable.example("cars").parts("mpg", ("car_name",)).train


@pytest.fixture(scope="module")
def reached(train):
    """reached(framework): {settings: what the shown program prints at its end}."""

    @functools.cache
    def of_all(framework):
        texts = [programs(settings, train)[title(framework)] for settings in (*SETTINGS, ALIKE)]
        if framework == "mbtutor":  # its last line is the error in miles per gallon
            texts = [text.replace("print(mb.typical_error(net, val))", "") for text in texts]
        return dict(zip((*SETTINGS, ALIKE), run(texts, framework), strict=True))

    return of_all


@every_framework
def test_the_shown_program_hits_the_number_better_than_its_mean(framework, reached):
    for settings in SETTINGS:
        found = reached(framework)[settings]
        assert isinstance(found, dict) and found.keys() == {"loss"}, found
        assert 0.05 < found["loss"] < 0.5


@pytest.mark.parametrize("framework", [name for name in BACK_ENDS if name != "mbtutor"])
def test_the_shown_program_computes_what_mbtutor_computes(framework, reached):
    loss = reached(framework)[ALIKE]["loss"]
    assert loss == pytest.approx(reached("mbtutor")[ALIKE]["loss"], rel=1e-4)


@every_framework
def test_each_tab_of_the_lab_shows_such_a_program(framework, train):
    lab = TableLab("cars")
    texts = {tab: view.value for tab, view in zip(lab.code.titles, lab.code.children)}
    assert "mb.standardize_target(train, val, test)" in texts[title(framework)]
    lab.close()


@pytest.mark.parametrize(("name", "target", "drop"), [("cars", "mpg", ["car_name"]), ("penguins", "species", [])])
def test_the_saved_onnx_file_answers_in_the_targets_own_unit(name, target, drop, tmp_path):
    lab = TableLab(name, epochs=3)
    lab.run()
    assert tmp_path / "model.onnx" in lab.save(tmp_path)
    table = datasets.read_csv(datasets.example_csv(name), target, drop=drop)
    _, encoded, _ = preparation.encode(*preparation.split(table, seed=0))
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (answers,) = session.run(["Y"], {"X": encoded.X})
    outputs, scaler = lab.tries.best.net.forward(lab.choice.parts.val.X)[0], lab.choice.parts.train.target_scaler
    np.testing.assert_allclose(answers, scaler.undo(outputs) if scaler else outputs, rtol=1e-9)
    lab.close()
