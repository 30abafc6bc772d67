"""Gradient accumulation: a batch computed in pieces makes the update that it makes whole."""

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb


@pytest.mark.parametrize("micro", [1, 3, 8, 16, 100])
@pytest.mark.parametrize("shuffle", [True, False])
def test_pieces_make_the_update_of_the_whole_batch(micro, shuffle):
    whole, pieces, data = make_net(), make_net(), make_data(50)
    for net, options in ((whole, {}), (pieces, {"micro_batch_size": micro})):
        net.history = mb.fit(net, mb.MiniBatches(data, 16, shuffle=shuffle), epochs=3, **options)
    np.testing.assert_allclose(whole.weights, pieces.weights, rtol=0, atol=1e-12)
    for name in ("loss", "accuracy", "examples"):
        np.testing.assert_allclose(whole.history[name], pieces.history[name], rtol=0, atol=1e-12)


def test_a_regression_has_no_accuracy_in_pieces_either():
    data = mb.Dataset(np.random.default_rng(0).normal(size=(20, 4)), np.arange(20.0))
    net = make_net([mb.Dense(4, 1)], "mean_squared_error", mb.SGD(lr=0.001))
    updates = list(mb.train(net, mb.MiniBatches(data, 8), epochs=1, micro_batch_size=3))
    assert [update.accuracy for update in updates] == [None] * 4


def test_pieces_hold_the_rows_of_their_batch():
    data = make_data(20)
    for shuffle in (True, False):
        batch = next(iter(mb.MiniBatches(data, 12, shuffle=shuffle)))
        pieces = list(batch.pieces(5))
        assert [len(piece) for piece in pieces] == [5, 5, 2]
        for name in ("X", "y", "index"):
            joined = np.concatenate([getattr(piece, name) for piece in pieces])
            np.testing.assert_array_equal(joined, getattr(batch, name))


def test_pieces_that_diverge_change_nothing():
    net, data = make_net(optimizer=mb.SGD(lr=1e300)), make_data(20)
    with pytest.raises(mb.TrainingDiverged, match="The weights of update"):
        mb.fit(net, mb.MiniBatches(data, 10), epochs=9, micro_batch_size=4)
    assert np.isfinite(net.weights).all()


@pytest.mark.parametrize("size", [0, -1, 2.5, "8"])
def test_a_size_of_pieces_that_cannot_be_is_refused(size):
    with pytest.raises(ValueError, match="micro_batch_size must be a whole number of at least 1"):
        mb.train(make_net(), mb.MiniBatches(make_data(), 8), epochs=1, micro_batch_size=size)
    batch = next(iter(mb.MiniBatches(make_data(), 8)))
    with pytest.raises(ValueError, match="size must be a whole number of at least 1"):
        list(batch.pieces(size))
