"""What the layers for sequences compute, what they refuse, and that networks of them learn."""

import re

import numpy as np
import pytest
from pieces import make_net, same

import mbtutor as mb
from mbtutor import layers
from mbtutor.datasets.sequences import Padded

RNG = np.random.default_rng(0)
MASK = np.arange(6) < np.array([2, 6, 3])[:, None]
X = RNG.normal(size=(3, 6, 4))
WORDS = [RNG.integers(0, 9, n) for n in (3, 1, 7, 2, 2, 5, 4, 1, 6, 3)]
NAMES = mb.Dataset(mb.Sequences(WORDS), np.array([0, 1, 0, 1, 1, 2, 0, 2, 1, 0]))
READERS = {
    "RNN": lambda: [mb.Embedding(9, 6), mb.RNN(6, 12), mb.LastStep(), mb.Dense(12, 3)],
    "GRU": lambda: [mb.Embedding(9, 6), mb.GRU(6, 12), mb.MeanOverTime(), mb.Dense(12, 3)],
    "transformer": lambda: [
        mb.Embedding(9, 6),
        mb.PositionalEncoding(6, longest=7),
        mb.Residual([mb.LayerNorm(6), mb.SelfAttention(6, 2), mb.Dropout(0.1)]),
        mb.Residual([mb.LayerNorm(6), mb.Dense(6, 12), mb.ReLU(), mb.Dense(12, 6)]),
        mb.MeanOverTime(),
        mb.Dense(6, 3),
    ],
}
every_reader = pytest.mark.parametrize("name", READERS)


def started(layer):
    layer.initialise(np.random.default_rng(1), np.dtype(float))
    return layer


@pytest.mark.parametrize("kind", [mb.RNN, mb.GRU])
def test_past_its_end_a_row_keeps_its_state(kind):
    layer = started(kind(4, 5))
    Y = layer.forward(X, mask=MASK)[0]
    for row, length in enumerate(MASK.sum(axis=1)):
        alone = layer.forward(X[[row], :length])[0][0]
        assert np.allclose(Y[row, :length], alone, rtol=0, atol=1e-14) and (Y[row, length:] == Y[row, length - 1]).all()
    assert np.array_equal(layers.LastStep().forward(Y, mask=MASK)[0], Y[:, -1])


def test_the_state_of_a_recurrent_layer_step_by_step():
    rnn = started(mb.RNN(4, 5))
    h = np.zeros((3, 5))
    for t, Y in enumerate(rnn.forward(X)[0].swapaxes(0, 1)):
        h = np.tanh(X[:, t] @ rnn.W + rnn.b + h @ rnn.U + rnn.c)
        assert np.allclose(Y, h, rtol=0, atol=1e-14)


def test_a_gate_that_keeps_all_keeps_the_first_state():
    gru = started(mb.GRU(4, 5))
    gru.b[5:10] = 1e3
    assert not gru.forward(X, mask=MASK)[0].any()
    gru.b[5:10], gru.U[...] = -1e3, 0  # and one that keeps nothing leaves what this position says
    gru.b[:5] = -1e3
    now = np.tanh(X @ gru.W[:, 10:] + gru.b[10:])
    assert np.allclose(gru.forward(X)[0], now, rtol=0, atol=1e-14)


def test_last_step_and_mean_take_real_positions_alone():
    assert np.array_equal(mb.LastStep().forward(X, mask=MASK)[0], [X[0, 1], X[1, 5], X[2, 2]])
    means = [X[0, :2].mean(axis=0), X[1].mean(axis=0), X[2, :3].mean(axis=0)]
    assert np.allclose(mb.MeanOverTime().forward(X, mask=MASK)[0], means, rtol=0, atol=1e-15)
    assert np.array_equal(mb.LastStep().forward(X)[0], X[:, -1])
    assert np.allclose(mb.MeanOverTime().forward(X)[0], X.mean(axis=1), rtol=0, atol=1e-15)


def test_an_embedding_looks_up_rows_and_adds_up_their_gradients():
    layer = started(mb.Embedding(5, 2))
    Y, backward = layer.forward(np.array([[3, 0, 3]]))
    assert np.array_equal(Y[0], layer.W[[3, 0, 3]])
    assert backward(np.array([[[1.0, 2], [3, 4], [5, 6]]]))[1]["W"].tolist() == [[3, 4], [0, 0], [0, 0], [6, 8], [0, 0]]


def test_layer_norm_brings_each_position_to_mean_0_and_deviation_1():
    layer = started(mb.LayerNorm(4))
    Y = layer.forward(5 + 100 * X)[0]
    assert np.allclose(Y.mean(axis=-1), 0, rtol=0, atol=1e-12) and np.allclose(Y.std(axis=-1), 1, rtol=0, atol=1e-6)
    assert not layer.forward(np.full((2, 4), 7.0))[0].any()


def test_positions_are_told_by_sines_and_cosines():
    table = mb.PositionalEncoding(4, longest=9).table
    assert np.allclose(table[3], [np.sin(3), np.cos(3), np.sin(0.03), np.cos(0.03)], rtol=0, atol=1e-15)
    assert len({tuple(row) for row in mb.PositionalEncoding(5).table.tolist()}) == 64


def test_attention_weights_are_shares_of_the_real_positions():
    layer = started(mb.SelfAttention(4, 2))
    A = layer.weights(X, MASK)
    assert A.shape == (3, 2, 6, 6) and np.allclose(A.sum(axis=-1), 1)
    assert ((A > 0) == MASK[:, None, None]).all()
    causal = started(mb.SelfAttention(4, 2, causal=True))
    assert ((causal.weights(X, MASK) > 0) == (MASK[:, None, None] & np.tri(6, dtype=bool))).all()
    V = X @ layer.W_in[:, 8:] + layer.b_in[8:]
    heard = np.concatenate([A[:, 0] @ V[..., :2], A[:, 1] @ V[..., 2:]], axis=-1)
    assert np.allclose(layer.forward(X, mask=MASK)[0], heard @ layer.W_out + layer.b_out, rtol=0, atol=1e-14)


def test_a_causal_layer_does_not_look_ahead():
    layer, changed = started(mb.SelfAttention(4, 2, causal=True)), X.copy()
    changed[:, 3:] += 1
    before, after = layer.forward(X)[0], layer.forward(changed)[0]
    assert np.array_equal(before[:, :3], after[:, :3]) and not np.isclose(before[:, 3:], after[:, 3:]).any()


def test_scores_too_large_for_the_exponential_are_no_harm():
    layer = started(mb.SelfAttention(4, 2))
    assert np.isfinite(layer.forward(1e4 * X, mask=MASK)[0]).all()


def test_the_arrays_of_a_residual_block_are_windows_onto_the_networks_weights():
    net = make_net(READERS["transformer"]())
    names = [name for name in net.parameters() if name.startswith("2.")]
    assert names == ["2.0.gamma", "2.0.beta", "2.1.W_in", "2.1.b_in", "2.1.W_out", "2.1.b_out"]
    net.weights[...] = 0
    assert not net.layers[2].layers[1].W_in.any()
    net.check_windows()
    net.layers[2].layers[1].W_in = np.ones((6, 18))
    with pytest.raises(ValueError, match=re.escape("1.W_in of layer 2 was replaced")):
        net.check_windows()


def test_a_residual_block_adds_its_input():
    inner = started(mb.Dense(4, 4))
    assert np.allclose(mb.Residual([inner]).forward(X)[0], X + inner.forward(X)[0], rtol=0, atol=1e-15)
    nested = mb.Residual([mb.Residual([mb.Dropout(0.5)]), mb.Dense(4, 4)])
    assert nested.draws and nested.parameter_names == ("1.W", "1.b") and not mb.Residual([mb.Tanh()]).draws


@every_reader
def test_a_reader_learns_ten_names_and_is_resumed_exactly(name):
    nets = [make_net(READERS[name](), optimizer=mb.Adam(0.02)) for _ in range(2)]
    batches = mb.BucketBatches(NAMES, 4)
    mb.fit(nets[0], batches, epochs=60)
    assert mb.evaluate(nets[0], NAMES)["accuracy"] == 1
    nets[1].load_state(nets[0].state())
    for net in nets:
        net.update(NAMES.X[:4], NAMES.y[:4])
    assert same(nets[0].state(), nets[1].state())


@every_reader
def test_an_update_in_pieces_is_that_of_the_whole_batch(name):
    whole, pieces = (make_net(READERS[name]()[:-2] + [mb.LastStep(), READERS[name]()[-1]]) for _ in range(2))
    for net in (whole, pieces):  # dropout draws row by row, so it would differ
        for layer in net.layers:
            for inner in getattr(layer, "layers", []):
                inner.rate = 0
    batch = next(iter(mb.MiniBatches(NAMES, 10)))
    whole.update(batch.X, batch.y)
    pieces.update_in_pieces(batch, 3)
    assert np.allclose(whole.weights, pieces.weights, rtol=0, atol=1e-14)


REFUSED = {
    "no vocabulary": (lambda: mb.Embedding(0, 3), "vocabulary_size must be a whole number of at least 1; got 0"),
    "no features": (lambda: mb.Embedding(3, 2.5), "features must be a whole number of at least 1; got 2.5"),
    "no inputs": (lambda: mb.GRU("8", 3), "inputs must be a whole number of at least 1; got '8'"),
    "no units": (lambda: mb.RNN(8, -1), "units must be a whole number of at least 1; got -1"),
    "no longest": (lambda: mb.PositionalEncoding(8, 0), "longest must be a whole number of at least 1; got 0"),
    "no heads": (lambda: mb.SelfAttention(8, 0), "heads must be a whole number of at least 1; got 0"),
    "uneven heads": (
        lambda: mb.SelfAttention(32, 6),
        "heads must divide features into equal parts; got 6 heads for 32 features. Use 2 heads, or other features",
    ),
    "no layers": (lambda: mb.Residual([]), "layers must be a list of layers such as [mb.Dense(64, 10)]; got []"),
    "another width inside": (
        lambda: mb.Residual([mb.Dense(4, 5), mb.Dense(4, 4)]),
        "layer 1: Dense(4, 4) takes rows of 4 numbers; got rows of shape (5,)",
    ),
    "another width after": (
        lambda: mb.Residual([mb.Dense(4, 5)]).output_shape((4,)),
        "so both must have one shape; got (4,) and (5,). Choose the last layer's width so",
    ),
    "an end inside": (
        lambda: mb.Residual([mb.LastStep()]).output_shape((None, 4)),
        "got (None, 4) and (4,). Choose the last layer's width so, and end sequences (LastStep, MeanOverTime) after",
    ),
    "flat rows for a recurrent layer": (
        lambda: mb.GRU(8, 3).output_shape((8,)),
        "GRU(8, 3) takes sequences of 8 numbers a position; got flat rows of shape (8,). Make the data mb.Sequences(X)",
    ),
    "flat rows for an end": (
        lambda: mb.Network([mb.Dense(4, 4), mb.LastStep()]).output_shape((4,)),
        "layer 1: LastStep() takes sequences; got flat rows of shape (4,)",
    ),
    "tokens for a recurrent layer": (
        lambda: mb.RNN(8, 3).output_shape((None,)),
        "got single numbers. Put Embedding(vocabulary_size, 8) before it",
    ),
    "another width": (
        lambda: mb.SelfAttention(8, 2).output_shape((None, 6)),
        "SelfAttention(8, 2) takes sequences of 8 numbers a position; got 6. If they are right, write 6 in place of 8",
    ),
    "pictures": (
        lambda: mb.MeanOverTime().output_shape((None, 8, 8)),
        "got positions of shape (8, 8). Lay each out as one row of the sequence",
    ),
    "another width to norm": (
        lambda: mb.LayerNorm(8).output_shape((None, 6)),
        "got rows of shape (6,): use LayerNorm(6)",
    ),
    "tokens to norm": (lambda: mb.LayerNorm(8).output_shape((None,)), "put Embedding or Flatten before it"),
    "flat rows of tokens": (
        lambda: mb.Embedding(9, 3).output_shape((7,)),
        "Embedding(9, 3) takes sequences of whole numbers; got rows of shape (7,). If they are such numbers, make them",
    ),
    "measurements": (
        lambda: mb.Embedding(9, 3).output_shape((None, 2)),
        "if they are measurements, leave Embedding out",
    ),
    "tokens for a dense layer": (
        lambda: mb.Dense(8, 3).output_shape((None,)),
        "got rows of shape (). If they are right, put Embedding(vocabulary_size, 8) before it",
    ),
    "no end": (
        lambda: mb.fit(make_net(READERS["RNN"]()[:2]), mb.MiniBatches(NAMES, 4), epochs=1),
        "outputs have shape (None, 12) a row; end it with a Dense layer, or put LastStep or MeanOverTime before its",
    ),
    "memory by shapes": (
        lambda: mb.experiments.update_parts(make_net(READERS["RNN"]()), NAMES, 4),
        "data must have rows of one size to be counted; sequences differ. Measure them by update_peak",
    ),
    "a token too large": (
        lambda: make_net(READERS["GRU"]()).predict(mb.Sequences([[1, 2], [9]])),
        "X must hold whole numbers from 0 to 8 for Embedding(9, 6); got 9. Number the characters from 0",
    ),
    "a token below 0": (
        lambda: mb.Embedding(9, 3).check_rows(np.array([3, -1])),
        "from 0 to 8 for Embedding(9, 3); got -1",
    ),
    "half a token": (lambda: mb.Embedding(9, 3).check_rows(np.array([0, 1.5])), "got 1.5"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_work_is_refused_with_the_mend(name):
    make, words = REFUSED[name]
    with pytest.raises(ValueError, match=re.escape(words)):
        make()


@pytest.mark.parametrize(
    "layer", [mb.RNN(4, 4), mb.GRU(4, 4), mb.LastStep(), mb.MeanOverTime(), mb.SelfAttention(4, 2)], ids=repr
)
@pytest.mark.parametrize(
    "row, words",
    [
        ([False] * 6, "mask has no True in row 1: an empty sequence. Drop that row"),
        ([True, False, True, True, True, True], "mask must be True up to the end of each row and False after it"),
    ],
)
def test_a_mask_that_is_no_padding_is_refused(layer, row, words):
    mask = MASK.copy()
    mask[1] = row
    with pytest.raises(ValueError, match=re.escape(words)):
        started(layer).forward(X, mask=mask)
    with pytest.raises(ValueError, match=re.escape("one entry a position, shape (3, 6); got shape (3, 5)")):
        layer.forward(X, mask=MASK[:, :5])
    assert np.array_equal(layer.forward(X, mask=MASK.astype(int))[0], layer.forward(X, mask=MASK)[0])


def test_a_sequence_longer_than_the_table_of_positions_is_refused_before_any_update():
    long = mb.Dataset(mb.Sequences([*WORDS, np.ones(8, int)]), np.append(NAMES.y, 0))
    words = re.escape("layer 1: PositionalEncoding(6, longest=7) takes sequences of up to 7 positions; got one of 8")
    net = make_net(READERS["transformer"]())
    before = net.state()
    for attempt in (lambda: mb.fit(net, mb.MiniBatches(long, 2), epochs=1), lambda: net.predict(long.X)):
        with pytest.raises(ValueError, match=words):
            attempt()
    assert same(net.state(), before)
    with pytest.raises(ValueError, match=r"up to 7 positions; got one of 8. Use longest=8"):
        net.forward(Padded(np.ones((1, 8)), np.ones((1, 8), bool)))
