"""The training lab with its layers, activation, first weights and loss to be chosen."""

import math
import re
import subprocess
import sys
import tracemalloc

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, status, until

import mbtutor as mb
from mbtutor.widgets.programs import keras, programs, pytorch, tensorflow
from mbtutor.widgets.settings import ACTIVATIONS, ALL_LOSSES, INITS, LOSSES, OPTIMIZERS, Settings
from mbtutor.widgets.training_form import LARGEST_HIDDEN, MOST_HIDDEN_LAYERS


@pytest.fixture
def lab(digits):
    lab = mb.TrainingLab(*digits[:2], architecture=True)
    yield lab
    lab.close()


def choose(lab, **values):
    for name, value in values.items():
        lab.form.architecture[name].value = value


def words(lab):
    return re.sub("<svg.*?</svg>|<[^>]*>", "", lab.network.value, flags=re.S)


# What the settings mean -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ({}, "64 inputs → 32 ReLU → 10 outputs: 2,410 weights."),
        ({"hidden_layers": 0}, "64 inputs → 10 outputs: 650 weights."),
        ({"hidden_layers": 3}, "64 inputs → 32 ReLU → 32 ReLU → 32 ReLU → 10 outputs: 4,522 weights."),
        ({"activation": "Tanh"}, "64 inputs → 32 Tanh → 10 outputs: 2,410 weights."),
        ({"activation": "Sigmoid"}, "64 inputs → 32 Sigmoid → 10 outputs: 2,410 weights."),
        ({"init": "all zero"}, "Every weight is 0 at the start."),
        ({"init": "He uniform"}, "The first weights are drawn at random (He uniform), the biases are 0."),
        ({"loss": "cross-entropy"}, "The loss is cross-entropy: -ln of the share"),
        ({"loss": "mean squared error"}, "The loss is the mean squared error: the network should answer 1"),
    ],
)
def test_the_network_is_said_in_words_at_once(lab, chosen, text):
    choose(lab, **chosen)
    assert text in words(lab)
    net = lab.form.settings.make_network(64, 10)
    assert f": {net.weights.size:,} weights" in words(lab)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_layers": 0},
        {"hidden_layers": 2},
        {"activation": "Tanh"},
        {"init": "all zero"},
        {"loss": "mean squared error"},
    ],
)
def test_every_control_changes_the_picture_of_the_network_or_its_words_and_the_code(lab, change):
    network, code = lab.network.value, [tab.value for tab in lab.code.children]
    choose(lab, **change)
    assert lab.network.value != network
    assert all(tab.value != text for tab, text in zip(lab.code.children, code, strict=True))


def test_hidden_units_change_the_picture(lab):
    lab.form.hidden.slider.value = 64
    assert "64 inputs → 64 ReLU → 10 outputs" in words(lab)
    assert "64 x 64 + 64" in lab.network.value


def test_the_picture_is_described_and_takes_its_colour_from_the_page(lab):
    label = re.search(r'<svg class="mbtutor-layers" role="img" aria-label="([^"]*)"', lab.network.value).group(1)
    assert label == "64 inputs → 32 ReLU → 10 outputs: 2,410 weights"
    assert "currentColor" in lab.network.value and "<style" not in lab.network.value


def test_without_hidden_layers_their_controls_are_off(lab):
    units = lab.form.hidden
    choose(lab, hidden_layers=0)
    assert units.field.disabled and units.slider.disabled and lab.form.architecture["activation"].disabled
    choose(lab, hidden_layers=1)
    assert not (units.field.disabled or units.slider.disabled or lab.form.architecture["activation"].disabled)


def test_another_batch_size_leaves_the_network_alone(lab):
    before = lab.network.value
    lab.form.batch_size.field.value = 64
    assert lab.network.value == before
    assert "62 updates in an epoch" in lab.preview.value


# Runs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden_layers", [0, 1, 2])
def test_every_network_and_loss_in_the_menus_learns(digits, hidden_layers, activation, loss):
    settings = Settings(32, 0.005, "Adam", 32, "epochs", 5, 0, hidden_layers, activation, loss=loss)
    lab = mb.TrainingLab(*digits[:2], architecture=True, **arguments_of(settings))
    history = lab.run()
    assert history.measured("val_accuracy")[1][-1] > 0.9
    assert len(lab._training.net.layers) == 2 * hidden_layers + 1
    lab.close()


def arguments_of(settings):
    others = ("weight_decay", "dropout", "patience", "validate_every")  # of another lab
    values = {name: value for name, value in vars(settings).items() if name not in others}
    return {values.pop("budget"): values.pop("amount"), **values}


@pytest.mark.parametrize("hidden_layers", [1, 2, 3])
def test_weights_that_are_all_zero_start_at_ln_k_and_never_learn_apart(lab, hidden_layers):
    choose(lab, hidden_layers=hidden_layers, init="all zero")
    losses = lab.run().measured("val_loss")[1]
    assert losses[0] == pytest.approx(math.log(10), abs=1e-12)
    assert losses[-1] > 2.29, "five epochs teach nothing"
    first, *_, last = (layer for layer in lab._training.net.layers if isinstance(layer, mb.Dense))
    assert not first.W.any() and not last.W.any()


def test_sigmoid_units_that_start_at_zero_stay_alike(lab):
    choose(lab, init="all zero", activation="Sigmoid")
    lab.run()
    first, _, last = lab._training.net.layers
    assert first.W.any(), "half a Sigmoid gets through, so they do move"
    np.testing.assert_allclose(first.W, first.W[:, :1] * np.ones(32))
    np.testing.assert_allclose(last.W, last.W[:1] * np.ones((32, 1)))


def test_zero_weights_without_a_hidden_layer_do_learn(lab):
    choose(lab, init="all zero", hidden_layers=0)
    assert lab.run().measured("val_accuracy")[1][-1] > 0.9


def test_the_squared_error_of_zero_weights_starts_at_one_in_k(lab):
    choose(lab, init="all zero", loss="mean squared error")
    assert lab.run().measured("val_loss")[1][0] == pytest.approx(0.1, abs=1e-12)


def test_a_new_layer_during_a_run_starts_a_new_run(lab):
    async def scenario():
        click(lab, "Train")
        await until(lambda: len(lab.history) > 10)
        choose(lab, hidden_layers=2)
        await until(lambda: len(lab.history) > 5)
        click(lab, "Stop")

    in_loop(scenario)
    assert status(lab) == "Stopped." and len(lab.histories) == 2
    assert "run 1: 1 x 32 ReLU" in lab.curves.widget.value
    assert "run 2: 2 x 32 ReLU" in lab.curves.widget.value


def test_runs_are_called_by_what_differs_between_them(lab):
    lab.form.amount.value, lab.form.budget.value = 2, "updates"
    lab.run()
    choose(lab, init="all zero", loss="mean squared error")
    lab.run()
    names = [history.label for history in lab.histories]
    assert names[0] == "run 1: first weights He uniform, cross-entropy"
    assert names[1] == "run 2: first weights all zero, mean squared error"


def test_runs_with_another_loss_share_the_accuracy_panel_only(lab):
    lab.form.amount.value, lab.form.budget.value = 3, "updates"
    lab.run()
    choose(lab, loss="mean squared error")
    lab.run()
    loss, accuracy = lab.figure().axes
    assert "run 1: cross-entropy" in [line.get_label() for line in accuracy.lines]
    assert "run 1: cross-entropy" not in [line.get_label() for line in loss.lines]
    assert loss.get_ylim()[1] < 1, "the axis fits the squared error, not the cross-entropy of the run before"


def test_the_table_gains_the_columns_of_the_network(lab):
    choose(lab, hidden_layers=2, activation="Tanh", init="all zero", loss="mean squared error")
    lab.run()
    choose(lab, hidden_layers=0)
    lab.run()
    columns = re.findall(r"<th[^>]*>([^<]*)", lab.table.value)
    assert columns[1:7] == ["batch size", "learning rate", "optimizer", "hidden layers", "first weights", "loss"]
    cells = re.findall(r"<td[^>]*>([^<]*)", lab.table.value)
    assert cells[4:7] == ["2 x 32 Tanh", "all zero", "mean squared error"]
    assert cells[len(columns) + 4] == "no hidden layer"


def test_the_largest_network_on_all_rows_at_once_needs_little_memory(digits):
    """How long such an update takes is measured by benchmarks/lab.py."""
    net = Settings(1, 0.1, "Adam", LARGEST_HIDDEN[True], "epochs", 1, 0, MOST_HIDDEN_LAYERS).make_network(64, 10)
    tracemalloc.start()
    net.update(digits[0].X, digits[0].y)
    assert tracemalloc.get_traced_memory()[1] < 2**28, "a quarter of 1 GiB"
    tracemalloc.stop()


# Starting values --------------------------------------------------------------------------------------------------


def test_the_controls_start_where_the_arguments_say(digits):
    lab = mb.TrainingLab(
        *digits[:2],
        architecture=True,
        hidden_layers=3,
        hidden=16,
        activation="Tanh",
        init="all zero",
        loss="mean squared error",
    )
    chosen = lab.form.settings
    assert (chosen.hidden_layers, chosen.hidden, chosen.activation) == (3, 16, "Tanh")
    assert (chosen.init, chosen.loss) == ("all zero", "mean squared error")
    assert lab.twin().form.settings == chosen
    assert "64 inputs → 16 Tanh → 16 Tanh → 16 Tanh → 10 outputs" in words(lab)
    lab.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden_layers": 4}, "hidden_layers must be at most 3 in this lab; got 4"),
        ({"hidden_layers": -1}, "hidden_layers must be a whole number of at least 0; got -1"),
        ({"hidden": 512}, "hidden must be at most 256 in this lab; got 512"),
        ({"activation": "relu"}, "activation must be one of 'ReLU', 'Tanh', 'Sigmoid'; got 'relu'"),
        ({"init": "zeros"}, "init must be one of 'He uniform', 'all zero'; got 'zeros'"),
        ({"loss": "mse"}, "loss must be one of 'cross-entropy', 'mean squared error'; got 'mse'"),
    ],
)
def test_settings_that_the_controls_do_not_offer_are_refused(digits, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.TrainingLab(*digits[:2], architecture=True, **options)


def test_without_architecture_the_lab_stays_as_simple_as_it_was(digits):
    lab = mb.TrainingLab(*digits[:2])
    assert lab.network is None and lab.form.architecture == {}
    lab.close()


def test_every_control_has_a_label_and_closing_gives_every_widget_back(digits):
    before = set(live_widgets)
    lab = mb.TrainingLab(*digits[:2], architecture=True)
    for menu in lab.form.architecture.values():
        assert isinstance(menu, ipywidgets.Dropdown) and menu.description
    lab.close()
    assert set(live_widgets) == before


# Show the code ----------------------------------------------------------------------------------------------------


def test_every_name_in_the_menus_is_known_in_every_framework():
    for framework in (pytorch, keras, tensorflow):
        assert framework.OPTIMIZERS.keys() == OPTIMIZERS.keys()
        assert framework.ACTIVATIONS.keys() == ACTIVATIONS.keys()
        assert framework.LOSSES.keys() == ALL_LOSSES.keys()
        assert framework.INITS.keys() == set(INITS)


@pytest.mark.parametrize(
    "chosen",
    [
        {"hidden_layers": 0, "loss": "mean squared error"},
        {"hidden_layers": 3, "activation": "Tanh"},
        {"init": "all zero", "activation": "Sigmoid"},
    ],
)
def test_the_shown_program_reaches_the_loss_of_the_lab(lab, chosen):
    lab.form.amount.value = 1
    choose(lab, **chosen)
    reached = lab.run()["val_loss"][-1]
    program = programs(lab.form.settings, lab.train)["mbtutor"]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert eval(done.stdout.splitlines()[-1])["loss"] == pytest.approx(reached, rel=1e-9)
