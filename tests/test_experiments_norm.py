"""Both modes of a network with batch norm, and the means that it sees on the way."""

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor.experiments import BothModes, by_own_batches

TRAIN, VAL = make_data(50), make_data(41, seed=1)


def run(momentum=0.1, norm=True, val=VAL, **options):
    layers = [mb.Dense(4, 8), *[mb.BatchNorm(8, momentum=momentum)] * norm, mb.ReLU(), mb.Dense(8, 3)]
    net = make_net(layers)
    return net, mb.train(net, mb.MiniBatches(TRAIN, 10), validation=val, **options)


def test_watching_changes_no_run():
    (net, plain), (other, watched) = run(updates=12, validate_every=4), run(updates=12, validate_every=4)
    expected = [update.val_loss for update in plain]
    assert [update.val_loss for update in BothModes(watched)] == expected
    np.testing.assert_array_equal(net.weights, other.weights)
    np.testing.assert_array_equal(net.statistics, other.statistics)


@pytest.mark.parametrize("momentum", [0.01, 0.1, 0.9])
def test_the_means_are_those_of_batches_of_the_layer_and_of_all_rows(momentum):
    net, watched = run(momentum, updates=7, validate_every=3)
    modes, expected, running = BothModes(watched, feature=2), [], 0.0
    batches, ways = iter(mb.MiniBatches(TRAIN, 10)), iter(modes)
    next(ways)
    for number in range(1, 8):
        if number % 5 == 1 and number > 1:
            batches = iter(mb.MiniBatches(TRAIN, 10))
            break  # the second epoch has another order
        batch, dense = next(batches), net.layers[0]
        mean = (batch.X @ dense.W + dense.b)[:, 2].mean()
        running += momentum * (mean - running)
        next(ways)
        expected.append((number, mean, running))
    np.testing.assert_allclose([row[:3] for row in modes.means], expected, atol=1e-10)
    of_all = {row[0]: row[3] for row in modes.means if not np.isnan(row[3])}
    assert list(of_all) == [3]


def test_the_mean_of_all_rows_is_that_of_the_network_as_it_is():
    net, watched = run(updates=6, validate_every=6)
    modes = BothModes(watched)
    list(modes)
    dense = net.layers[0]
    assert modes.means[-1][3] == pytest.approx((TRAIN.X @ dense.W + dense.b)[:, 0].mean())


def test_without_batch_norm_there_are_no_means_and_one_mode():
    _, watched = run(norm=False, val=make_data(40, seed=1), updates=6, validate_every=3)
    modes = BothModes(watched)
    for update in modes:
        if update.val_loss is not None:
            assert update.loss == pytest.approx(update.val_loss)
            assert update.accuracy == pytest.approx(update.val_accuracy)
    assert modes.means == []


def test_own_batches_are_normalised_by_their_own_rows_and_move_nothing():
    net, training = run(updates=5)
    list(training)
    before = net.statistics.copy()
    loss, accuracy = by_own_batches(net, VAL, 10)  # 41 rows: the last one, alone, is left out
    np.testing.assert_array_equal(net.statistics, before)
    outputs = [(net.forward(X, training=True)[0], y) for X, y in mb.MiniBatches(VAL, 10, seed=0, drop_last=True)]
    assert loss == pytest.approx(np.mean([net.loss.forward(Y, y)[0] for Y, y in outputs]))
    assert accuracy == pytest.approx(np.mean([np.mean(Y.argmax(1) == y) for Y, y in outputs]))


def test_a_run_without_validation_is_refused():
    with pytest.raises(ValueError, match="no validation rows"):
        BothModes(mb.train(make_net(), mb.MiniBatches(TRAIN, 10), updates=3))


def test_a_running_mean_that_never_moves_is_refused():
    with pytest.raises(ValueError, match="momentum above 0"):
        BothModes(run(momentum=0, updates=3)[1])
