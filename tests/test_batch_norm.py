"""Batch norm keeps running statistics: they go wherever the weights go, and back where an update fails."""

import copy
import pickle
import re

import numpy as np
import pytest
from pieces import make_data, make_net, numeric_gradient, relative_error, same

import mbtutor as mb
from mbtutor.network import NotFinite

LAYERS = [mb.Dense(4, 8), mb.BatchNorm(8), mb.ReLU(), mb.Dense(8, 3)]


def image_data(n=40, classes=3, dtype=np.float64):
    rng = np.random.default_rng(0)
    return mb.Dataset(rng.normal(size=(n, 2, 6, 6)).astype(dtype), np.arange(n) % classes)


def image_net(dtype=np.float64, **options):
    convolution = [mb.Conv2D(2, 4, 3), mb.BatchNorm(4), mb.ReLU(), mb.MaxPool2D(2)]
    return make_net([*convolution, mb.Flatten(), mb.Dense(16, 3)], dtype=dtype, **options)


def ready(features=3, rows=50):
    layer, rng = mb.BatchNorm(features), np.random.default_rng(0)
    layer.initialise(rng, np.dtype(np.float64))
    layer.gamma[...], layer.beta[...] = rng.normal(size=(2, features))
    return layer, 5 + 3 * rng.normal(size=(rows, features))


def test_while_training_every_feature_has_the_mean_beta_and_the_deviation_gamma():
    layer, X = ready()
    for rows in (X, X.reshape(-1, 5, 3, 1).transpose(0, 2, 1, 3)):
        Y = layer.forward(rows, training=True)[0]
        axes = tuple(axis for axis in range(rows.ndim) if axis != 1)
        assert Y.shape == rows.shape and np.allclose(Y.mean(axes), layer.beta, rtol=0, atol=1e-12)
        assert np.allclose(Y.std(axes), abs(layer.gamma), rtol=1e-5)


def test_outside_training_the_running_statistics_are_used_and_stay():
    layer, X = ready()
    layer.running_mean[...], layer.running_var[...] = [1, 2, 3], [4, 5, 6]
    Y = layer.forward(X)[0]
    expected = layer.gamma * (X - [1, 2, 3]) / np.sqrt(np.array([4, 5, 6]) + layer.eps) + layer.beta
    assert np.allclose(Y, expected, rtol=0, atol=1e-12) and np.allclose(layer.forward(X[:1])[0], Y[:1])
    assert layer.running_mean.tolist() == [1, 2, 3] and layer.running_var.tolist() == [4, 5, 6]


def test_the_running_statistics_move_by_momentum_towards_those_of_the_batch():
    layer, X = ready()
    layer.forward(X, training=True)
    assert np.allclose(layer.running_mean, 0.1 * X.mean(axis=0), rtol=0, atol=1e-12)
    assert np.allclose(layer.running_var, 0.9 + 0.1 * X.var(axis=0, ddof=1), rtol=0, atol=1e-12)
    for _ in range(300):
        layer.forward(X, training=True)
    assert np.allclose(layer.running_mean, X.mean(axis=0)) and np.allclose(layer.running_var, X.var(axis=0, ddof=1))


def test_the_gradient_outside_training_agrees_with_central_differences():
    layer, X = ready(rows=4)
    layer.forward(X, training=True)
    dY = np.random.default_rng(1).normal(size=X.shape)
    dX, gradients = layer.forward(X)[1](dY)
    for array, exact in ((X, dX), (layer.gamma, gradients["gamma"]), (layer.beta, gradients["beta"])):
        assert relative_error(numeric_gradient(lambda: (layer.forward(X)[0] * dY).sum(), array), exact) <= 1e-7


@pytest.mark.parametrize("net, data", [(make_net(LAYERS), make_data()), (image_net(), image_data())])
def test_a_bias_before_batch_norm_has_no_gradient(net, data):
    _, gradient = net.loss_and_gradient(data.X, data.y)
    assert abs(net.parameters(gradient)["0.b"]).max() <= 1e-8
    assert abs(net.parameters(gradient)["0.W"]).max() > 1e-3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_stays_in_the_networks_dtype(dtype):
    net, data = image_net(dtype), image_data()
    net.update(data.X, data.y)
    Y, _ = net.forward(data.X)
    assert {Y.dtype, net.weights.dtype, net.statistics.dtype} == {np.dtype(dtype)}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_of_a_network_keeps_its_windows_and_learns_alike(copied):
    net, data = image_net(), image_data()
    net.update(data.X, data.y)
    other = copied(net)
    for name in ("running_mean", "running_var"):
        assert np.shares_memory(other.layers[1].array(name), other.statistics)
    assert np.shares_memory(other.layers[0].W, other.weights) and same(other.state(), net.state())
    if copied is not copy.copy:
        net.update(data.X, data.y)
        assert not np.array_equal(other.statistics, net.statistics)
        other.update(data.X, data.y)
        assert same(other.state(), net.state())


def test_evaluation_moves_nothing():
    net, data = make_net(LAYERS), make_data()
    net.update(data.X, data.y)
    before = net.state()
    mb.evaluate(net, data, batch_size=7), net.predict(data.X, batch_size=1)
    assert same(net.state(), before)


def test_an_update_that_fails_puts_the_statistics_back():
    net, data = make_net(LAYERS), make_data()
    net.update(data.X, data.y)
    before = net.state()
    spoiled = data.X.copy()
    spoiled[3] = np.nan
    with pytest.raises(NotFinite):
        net.update(spoiled, data.y)
    assert same(net.state(), before)
    huge = data.X * 1e200  # its variance overflows, though no output does
    with pytest.raises(NotFinite):
        net.update(huge, data.y)
    assert same(net.state(), before)


def test_an_update_in_pieces_that_fails_at_the_last_puts_the_statistics_back():
    net, data = make_net(LAYERS), make_data()
    data.X[-1] = np.nan
    batch, before = next(iter(mb.MiniBatches(data, 50, shuffle=False))), net.state()
    with pytest.raises(NotFinite):
        net.update_in_pieces(batch, 25)
    assert same(net.state(), before)


def test_the_best_weights_come_back_with_their_statistics():
    data, best = make_data(40), None
    net = make_net(LAYERS, optimizer=mb.SGD(0.5))
    for update in mb.train(net, mb.MiniBatches(data, 8), epochs=40, validation=make_data(30, seed=1), patience=2):
        if update.val_loss is not None and (best is None or update.val_loss < best[0]):
            best = update.val_loss, net.learned()
    assert update.number < 200 and same(net.learned(), best[1])
    assert mb.evaluate(net, make_data(30, seed=1))["loss"] == best[0]


@pytest.mark.parametrize("stop", [0, 1, 4, 7, 11])
def test_a_resumed_run_gives_the_same_remainder(stop, tmp_path):
    def fresh():
        net = image_net(optimizer=mb.Adam(0.01))
        return net, {"batches": mb.MiniBatches(image_data(), 12), "epochs": 3, "validation": image_data(9)}

    net, options = fresh()
    run = mb.train(net, **options, patience=3)
    for _ in range(stop + 1):
        next(run)
    mb.save_checkpoint(tmp_path / "run.npz", run.state())
    rest = [update._replace(seconds=0) for update in run]
    other, options = fresh()
    again = mb.train(other, **options, patience=3, resume=mb.load_checkpoint(tmp_path / "run.npz"))
    assert [update._replace(seconds=0) for update in again] == rest and rest
    assert same(other.learned(), net.learned())


def test_a_state_without_the_statistics_is_refused():
    net = make_net(LAYERS)
    with pytest.raises(ValueError, match="state"):
        net.load_state({**net.state(), "statistics": net.statistics[1:]})


@pytest.mark.parametrize(
    "options, micro_batch_size, least",
    [
        ({"batch_size": 7}, None, "have one of 1."),  # 50 rows leave one over
        ({"batch_size": 1}, None, "have one of 1."),
        ({"batch_size": 8}, 7, "have one of 1."),
    ],
)
def test_a_batch_of_one_row_is_refused_before_the_first_update(options, micro_batch_size, least):
    net = make_net(LAYERS)
    before = net.state()
    words = "the network needs batches of at least 2 rows (BatchNorm takes a mean over them); these "
    with pytest.raises(ValueError, match=re.escape(words + least)):
        mb.train(net, mb.MiniBatches(make_data(50), **options), epochs=1, micro_batch_size=micro_batch_size)
    assert same(net.state(), before)


def test_batches_of_two_rows_and_more_are_trained():
    for options in ({"batch_size": 7, "drop_last": True}, {"batch_size": 2}, {"batch_size": 16}):
        net = make_net(LAYERS)
        list(mb.train(net, mb.MiniBatches(make_data(50), **options), epochs=1))
        assert np.isfinite(net.statistics).all() and net.updates


def test_one_image_is_enough_unless_it_is_a_single_pixel():
    list(mb.train(image_net(), mb.MiniBatches(image_data(5), 1), epochs=1))
    assert mb.BatchNorm(4).least_rows((4, 1, 1)) == 2


def test_a_single_row_given_by_hand_is_refused():
    net = make_net(LAYERS)
    with pytest.raises(ValueError, match=re.escape("BatchNorm(8) needs two rows or more while training; got 1")):
        net.update(make_data().X[:1], make_data().y[:1])
