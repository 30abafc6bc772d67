"""The programs of one training run that "Show the code" prints: they run as they are, and learn what the lab learns."""

import functools
import re

import numpy as np
import pytest
from running import every_framework, run

from mbtutor import datasets, evaluation, preparation
from mbtutor.batches import MiniBatches
from mbtutor.training import train as start_training
from mbtutor.widgets.programs import programs
from mbtutor.widgets.settings import HE, ZERO, Settings

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
WIDE = Settings(32, 0.1, "SGD", 256, "updates", 1, 0, hidden_layers=2)
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


@pytest.fixture(scope="module")
def parts():
    """(train, val), prepared as the programs prepare them."""
    return preparation.min_max(*preparation.split(datasets.load_digits()))[:2]


@pytest.fixture(scope="module")
def reached(parts):
    """reached(framework, settings): what the shown program prints at its end."""

    @functools.cache
    def of_all(framework):
        texts = {settings: programs(settings, parts[0])[framework] for settings in SETTINGS + ALIKE}
        if framework != "mbtutor":
            texts["weights"] = printing_first_weights(programs(WIDE, parts[0])[framework])
        return dict(zip(texts, run(list(texts.values()), framework), strict=True))

    return lambda framework, settings: of_all(framework)[settings]


def printing_first_weights(text):
    """The program up to its training, and then a line that prints the widest weight of each array."""
    text = text[: re.search("^(epochs|batches = mb|for X_batch)", text, re.M).start()]
    arrays = "model.get_weights()" if "model" in text else "[p.detach().numpy() for p in net.parameters()]"
    return text + f"print([float(abs(array).max()) for array in {arrays}])"


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


@pytest.mark.parametrize("framework", ["PyTorch", "Keras", "TensorFlow"])
def test_the_first_weights_are_drawn_as_the_lab_draws_them(framework, reached):
    """The widest weight of each layer is just below sqrt(6 / inputs), and every bias 0."""
    widest, limits = reached(framework, "weights"), [(6 / inputs) ** 0.5 for inputs in (64, 256, 256)]
    assert widest[::2] == pytest.approx(limits, rel=0.01) and np.all(np.subtract(widest[::2], limits) < 1e-6)
    assert widest[1::2] == [0, 0, 0]
