"""The programs that "Show the code" prints for PyTorch and Keras run as they are, and learn what the lab learns."""

import subprocess
import sys

import pytest

from mbtutor import datasets, preparation
from mbtutor.widgets.programs import Settings, programs

SETTINGS = (
    Settings(batch_size=32, lr=0.1, optimizer="SGD", hidden=32, budget="epochs", amount=5, seed=0),
    Settings(batch_size=100, lr=0.01, optimizer="AdamW", hidden=16, budget="updates", amount=400, seed=1),
    Settings(batch_size=8, lr=0.02, optimizer="Nesterov momentum", hidden=64, budget="epochs", amount=1, seed=2),
    Settings(batch_size=64, lr=0.003, optimizer="RMSProp", hidden=32, budget="updates", amount=300, seed=3),
)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.optimizer)
@pytest.mark.parametrize("framework", ["mbtutor", "PyTorch", "Keras"])
def test_the_shown_program_runs_and_learns(settings, framework):
    train, _, _ = preparation.min_max(*preparation.split(datasets.load_digits()))
    program = programs(settings, train)[framework]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    reached = eval(done.stdout.splitlines()[-1])
    assert reached["accuracy"] > 0.9, reached
    assert reached["loss"] < 0.4, reached
