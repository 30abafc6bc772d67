"""The programs that "Show the code" prints for PyTorch and Keras run as they are, and learn what the lab learns."""

import functools
import os
import subprocess
import sys

import numpy as np
import pytest

from mbtutor import datasets, evaluation, preparation
from mbtutor.batches import MiniBatches
from mbtutor.training import train as start_training
from mbtutor.widgets.optimizer_lab import ACROSS, ALONG, OptimizerLab, column_lines
from mbtutor.widgets.programs import programs
from mbtutor.widgets.programs.descents import Descents, descents_programs
from mbtutor.widgets.settings import HE, OPTIMIZERS, ZERO, Settings

SETTINGS = (
    Settings(batch_size=32, lr=0.1, optimizer="SGD", hidden=32, budget="epochs", amount=5, seed=0),
    Settings(batch_size=100, lr=0.01, optimizer="AdamW", hidden=16, budget="updates", amount=400, seed=1),
    Settings(batch_size=8, lr=0.02, optimizer="Nesterov momentum", hidden=64, budget="epochs", amount=1, seed=2),
    Settings(batch_size=64, lr=0.003, optimizer="RMSProp", hidden=32, budget="updates", amount=300, seed=3),
    Settings(32, 0.1, "SGD with momentum", 32, "epochs", 3, 0, 3, "Tanh"),
    Settings(32, 0.01, "Adam", 32, "updates", 600, 0, 2, "Sigmoid", HE, "mean squared error"),
    Settings(32, 0.02, "Adam", 32, "epochs", 3, 0, 0, "ReLU", ZERO, "mean squared error"),
    Settings(32, 0.1, "SGD", 64, "updates", 800, 0, weight_decay=0.001, dropout=0.3, patience=3, validate_every=50),
    Settings(32, 0.2, "SGD", 32, "epochs", 4, 0, dropout=0.2, patience=2),
)
# All rows at once, from weights that are zero: no order and no draw that could differ, so the numbers agree.
ALIKE = (
    Settings(3934, 0.5, "SGD", 32, "epochs", 10, 0, 0, "ReLU", ZERO, "cross-entropy"),
    Settings(3934, 0.5, "SGD with momentum", 32, "updates", 10, 0, 0, "ReLU", ZERO, "mean squared error"),
    Settings(3934, 0.5, "Nesterov momentum", 32, "epochs", 10, 0, 1, "Sigmoid", ZERO, "cross-entropy"),
    Settings(3934, 0.5, "SGD", 16, "updates", 10, 0, 2, "Sigmoid", ZERO, "mean squared error"),
    Settings(3934, 0.5, "SGD", 32, "epochs", 10, 0, 2, "ReLU", ZERO, "cross-entropy"),
    Settings(3934, 0.5, "SGD", 32, "epochs", 10, 0, 3, "Tanh", ZERO, "mean squared error"),
    Settings(3934, 0.5, "SGD", 32, "updates", 10, 0, 0, "ReLU", ZERO, weight_decay=0.1),
    Settings(3934, 0.5, "SGD", 32, "updates", 10, 0, 0, "ReLU", ZERO, patience=3, validate_every=2),
)
every_framework = pytest.mark.parametrize("framework", ["mbtutor", "PyTorch", "Keras"])
# All programs of a framework run in one process, each in a world of its own: importing takes most of the time.
DRIVER = """
import sys, traceback
for program in eval(sys.stdin.read()):
    try:
        exec(program, {"__name__": "__main__"})
    except Exception:
        print(repr(traceback.format_exc()[-2000:]))
"""


@pytest.fixture(scope="module")
def parts():
    """(train, val), prepared as the programs prepare them."""
    return preparation.min_max(*preparation.split(datasets.load_digits()))[:2]


@pytest.fixture(scope="module")
def reached(parts):
    """reached(framework, settings): what the shown program prints at its end."""

    @functools.cache
    def of_all(framework):
        texts = [programs(settings, parts[0])[framework] for settings in SETTINGS + ALIKE]
        return dict(zip(SETTINGS + ALIKE, run(texts), strict=True))

    return lambda framework, settings: of_all(framework)[settings]


def run(texts):
    """What each of the programs prints last; its error as text if it fails."""
    command, environment = [sys.executable, "-c", DRIVER], {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, input=repr(texts), env=environment, capture_output=True, text=True, check=True, timeout=600
    )
    return [eval(line) for line in done.stdout.splitlines() if line[0] in "{[\"'"]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.optimizer)
@every_framework
def test_the_shown_program_runs_and_learns(settings, framework, reached):
    found = reached(framework, settings)
    assert isinstance(found, dict), found
    assert found["accuracy"] > 0.9, found
    assert found["loss"] < 0.4, found


@pytest.mark.parametrize("settings", ALIKE, ids=lambda settings: f"{settings.hidden_layers} {settings.loss}")
@every_framework
def test_the_shown_program_computes_what_the_lab_computes(settings, framework, reached, parts):
    train, val = parts
    net = settings.make_network(train.X.shape[1], train.classes)
    list(start_training(net, MiniBatches(train, settings.batch_size), updates=settings.amount))
    assert reached(framework, settings) == pytest.approx(evaluation.evaluate(net, val), abs=2e-4)


@pytest.mark.parametrize("framework", ["PyTorch", "Keras"])
def test_the_first_weights_are_drawn_as_the_lab_draws_them(framework, parts):
    """The widest weight of each layer is just below sqrt(6 / inputs), and every bias 0."""
    settings = Settings(32, 0.1, "SGD", 256, "updates", 1, 0, hidden_layers=2)
    text = programs(settings, parts[0])[framework]
    if framework == "PyTorch":
        text = text[: text.index("epochs =")] + "arrays = [p.detach().numpy() for p in net.parameters()]\n"
    else:
        text = text[: text.index("batches =")] + "arrays = model.get_weights()\n"
    (widest,) = run([text + "print([float(abs(array).max()) for array in arrays])"])
    limits = [(6 / inputs) ** 0.5 for inputs in (64, 256, 256)]
    assert widest[::2] == pytest.approx(limits, rel=0.01) and np.all(np.subtract(widest[::2], limits) < 1e-6)
    assert widest[1::2] == [0, 0, 0]


@pytest.mark.parametrize("lie", [ALONG, ACROSS])
@every_framework
def test_the_paths_of_the_optimizer_lab_end_where_the_lab_says(lie, framework):
    """All rows in each batch: no order that could differ. Keras computes in float32."""
    x = np.linspace(0, 1, 40) ** 2
    data = datasets.Dataset(x[:, None], (x > 0.3) * 1.0)
    lab = OptimizerLab(data, condition=20, lie=lie, start=(1, 0.2), updates=25)
    lab.run()
    paths = Descents(column_lines(20, lie), (1, 0.2), list(OPTIMIZERS), 0.05, 40, 0, 25)
    make = f"import numpy as np\nimport mbtutor as mb\nx = np.array({x.tolist()})\n"
    make += "data = mb.Dataset(x[:, None], (x > 0.3) * 1.0)\n"
    (left,) = run([make + descents_programs(paths)[framework]])
    assert left == pytest.approx(lab.left(), abs=1e-4 if framework == "Keras" else 1e-9)
    lab.close()
