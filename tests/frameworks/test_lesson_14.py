"""Lesson 14 with the frameworks: what it writes in the open is what is exported, and its check of a PyTorch loop."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from test_exercises_14 import ALSO_RIGHT, EPOCH, ODD, function

import mbtutor as mb
from mbtutor.exercises import sandbox
from mbtutor.exercises.exercise import NotYet, function_in

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "14_use_a_framework.ipynb"
BEFORE = ("use-setup", "use-start", "use-run", "use-mbtutor")
OF_LOOPS = {
    "PyTorch": ("use-torch-net", "use-torch-loader", "use-torch-loop"),
    "TensorFlow": ("use-tf-data", "use-tf-loop", "use-tf-run"),
    "Keras": ("use-keras-net", "use-keras-fit"),
}
LOOPS = [name for name, (exercise, _) in ALSO_RIGHT.items() if exercise is EPOCH]


def source(cell_id):
    """The code of that cell of the lesson."""
    (cell,) = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.id == cell_id]
    return cell.source


def test_the_module_built_in_the_open_is_the_exported_one():
    net = mb.Network([mb.Dense(64, 32), mb.ReLU(), mb.Dense(32, 10)], seed=3)
    names = {"mb": mb, "start": [array.copy() for array in net.parameters().values()]}
    exec(source("use-torch-net"), names)
    exported = mb.export.to_pytorch(net)
    for built, packaged in zip(names["module"].parameters(), exported.parameters(), strict=True):
        assert torch.equal(built, packaged) and built.dtype == torch.float64
    X = torch.randn(5, 64, dtype=torch.float64)
    assert torch.equal(names["module"](X), exported(X))


def test_the_exercise_finds_the_losses_behind_what_keras_shows():
    names = {"np": np, "losses": {"mbtutor": [2.5, 2.0, 1.5]}, "sizes": [32, 32, 30]}
    exec(source("use-keras-shown"), names)
    own = function_in(mb.exercises.lessons.find("14.2").solution)
    np.testing.assert_allclose(own(names["so_far"], names["sizes"]), names["losses"]["mbtutor"], rtol=1e-12)


@pytest.fixture(scope="module")
def names():
    """What the lesson's cells know once its loops have run, and Adam after them."""
    names = {}
    for cell in [*BEFORE, *(cell for cells in OF_LOOPS.values() for cell in cells), "use-adam"]:
        exec(source(cell), names)
    return names


@pytest.mark.parametrize("name", OF_LOOPS)
def test_a_loop_whose_cell_is_run_twice_starts_from_the_first_weights(name, names):
    def values():
        return list(names["bar"] if name == "Keras" else names["losses"][name])

    once = values()
    exec(source(OF_LOOPS[name][-1]), names)
    assert np.allclose(values(), once, atol=1e-6)


def test_the_loops_that_are_timed_all_use_sgd(names):
    (net,), (module, optimizer) = (names["loops"][name].args for name in ("mbtutor", "PyTorch"))
    assert isinstance(net.optimizer, mb.SGD) and type(optimizer) is torch.optim.SGD
    assert next(module.parameters()) is optimizer.param_groups[0]["params"][0]
    assert type(names["model"].optimizer).__name__ == "SGD"
    assert names["net"] is net and names["module"] is module and names["optimizer"] is optimizer


@pytest.mark.parametrize("name", LOOPS)
def test_a_right_loop_passes_with_pytorch_itself(name):
    assert EPOCH.examine(function(*ALSO_RIGHT[name])) == "", "no word of stand-ins"


@pytest.mark.parametrize("name", EPOCH.mistakes)
def test_each_mistake_of_a_loop_is_found_with_pytorch_itself(name):
    with pytest.raises(NotYet) as met:
        EPOCH.examine(function_in(EPOCH.mistakes[name].code))
    assert met.value.mistake == name


@pytest.mark.parametrize("name", [name for name, (exercise, *_) in ODD.items() if exercise is EPOCH])
def test_an_odd_loop_is_met_in_words_with_pytorch_itself(name):
    exercise, body, message = ODD[name]
    with pytest.raises(NotYet, match=message):
        EPOCH.examine(function(exercise, body))


def test_the_process_of_the_check_has_time_and_memory_for_pytorch():
    """What PyTorch loads at its first update is not counted as the learner's time."""
    assert sandbox.examined(EPOCH.id, function_in(EPOCH.solution)) == {"passed": True, "note": "", "printed": ""}
    verdict = sandbox.examined(EPOCH.id, function_in(EPOCH.mistakes["kept"].code))
    assert verdict["message"] == EPOCH.mistakes["kept"].message
