"""A network is its layers in order, all weights in one vector, and an update that is whole or not at all."""

import copy
import math
import pickle
import re

import numpy as np
import pytest
from pieces import all_digits, make_data, make_net, numeric_gradient, prepared_digits, relative_error, same

import mbtutor as mb
from mbtutor.losses import CrossEntropy
from mbtutor.network import NotFinite

STACKS = {
    "tanh": [mb.Dense(4, 6), mb.Tanh(), mb.Dense(6, 3)],
    "sigmoid": [mb.Dense(4, 6), mb.Sigmoid(), mb.Dense(6, 3)],
    "deep": [mb.Dense(4, 6), mb.Tanh(), mb.Dense(6, 5), mb.Sigmoid(), mb.Dense(5, 3)],
    "relu": [mb.Dense(4, 6), mb.ReLU(), mb.Dense(6, 3)],
    "relu at the end": [mb.Dense(4, 6), mb.Tanh(), mb.Dense(6, 3), mb.ReLU()],
    "one layer": [mb.Dense(4, 3)],
}
TARGETS = {
    "cross_entropy": make_data().y,
    "binary_cross_entropy": (np.random.default_rng(1).random((50, 3)) > 0.5).astype(int),
    "mean_squared_error": np.random.default_rng(1).normal(size=(50, 3)),
    "one_hot_squared_error": make_data().y,
}


@pytest.mark.parametrize("loss", TARGETS)
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("rows", [1, 7])
def test_the_gradient_of_every_weight_agrees_with_central_differences(stack, loss, rows):
    net = make_net(STACKS[stack], loss)
    X, y = make_data().X[:rows], TARGETS[loss][:rows]
    _, gradient = net.loss_and_gradient(X, y)
    numeric = numeric_gradient(lambda: net.loss_and_gradient(X, y)[0], net.weights)
    theirs = net.parameters(numeric)
    for name, exact in net.parameters(gradient).items():
        assert relative_error(theirs[name], exact) <= (1e-6 if "relu" in stack else 1e-7), name


def sklearn_twin(make, X, y, B, lr):
    """(scikit-learn before training, after 3 epochs): its first weights show after a step of next to nothing."""
    options = {"hidden_layer_sizes": (16,), "solver": "sgd", "alpha": 0, "batch_size": B, "shuffle": False}
    options |= {"momentum": 0, "nesterovs_momentum": False, "random_state": 0, "tol": 0, "n_iter_no_change": 10**6}
    start = make(**options, learning_rate_init=1e-300, max_iter=1).fit(X, y)
    return start, make(**options, learning_rate_init=lr, max_iter=3).fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("B", [1, 7, 32, 128, 300])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_three_epochs_equal_scikit_learns(kind, B):
    from sklearn.neural_network import (
        MLPClassifier,
        MLPRegressor,
    )  # imported here: test_mutants starts this file often, and scikit-learn is slow to load

    X, y = all_digits().X[:300] / 16, all_digits().y[:300]
    if kind == "classes":
        start, theirs = sklearn_twin(MLPClassifier, X, y, B, lr=0.1)
        net, weight = make_net([mb.Dense(64, 16), mb.ReLU(), mb.Dense(16, 10)]), 1
    else:
        y = y / 10
        start, theirs = sklearn_twin(MLPRegressor, X, y, B, lr=0.01)  # its loss is half of the mean square
        net, weight = make_net([mb.Dense(64, 16), mb.ReLU(), mb.Dense(16, 1)], "mean_squared_error", mb.SGD(0.005)), 2
    for name, array in zip(
        net.parameters(), (start.coefs_[0], start.intercepts_[0], start.coefs_[1], start.intercepts_[1])
    ):
        net.parameters()[name][...] = array
    batches = mb.MiniBatches((X, y), B, shuffle=False)
    run = mb.History(mb.train(net, batches, epochs=3))
    sizes = np.diff(run["examples"])
    losses = [np.average(run["loss"][1:][at], weights=sizes[at]) for at in (run["epoch"][1:] == e for e in (1, 2, 3))]
    assert np.allclose(losses, weight * np.array(theirs.loss_curve_), rtol=0, atol=1e-12)
    for mine, other in zip(
        net.parameters().values(), (theirs.coefs_[0], theirs.intercepts_[0], theirs.coefs_[1], theirs.intercepts_[1])
    ):
        assert abs(mine - other).max() <= 1e-12


@pytest.mark.parametrize("B", [1, 7, 32, 49, 50])
def test_size_weighted_batch_gradients_add_up_to_the_full_gradient(B):
    data, net = make_data(), make_net()
    full_loss, full = net.loss_and_gradient(data.X, data.y)
    parts = [(len(batch), *net.loss_and_gradient(*batch)) for batch in mb.MiniBatches(data, B)]
    assert sum(n * loss for n, loss, _ in parts) / len(data) == pytest.approx(full_loss, abs=1e-12)
    assert abs(sum(n * gradient for n, _, gradient in parts) / len(data) - full).max() <= 1e-12


@pytest.mark.parametrize("B", [1, 4, 16, 64, 200])
def test_gradient_noise_is_the_variance_over_b(B):
    N, net = 200, make_net()
    data = make_data(N)
    each = np.array([net.loss_and_gradient(data.X[i : i + 1], data.y[i : i + 1])[1] for i in range(N)])
    full = net.loss_and_gradient(data.X, data.y)[1]
    expected = each.var(axis=0, ddof=1).sum() / B * (1 - B / N)
    rng, noise = np.random.default_rng(0), []
    for _ in range(400):
        rows = rng.choice(N, B, replace=False)
        noise.append(((net.loss_and_gradient(data.X[rows], data.y[rows])[1] - full) ** 2).sum())
    assert np.mean(noise) == pytest.approx(expected, rel=0.15, abs=1e-25)


@pytest.mark.parametrize("K", [2, 3, 10])
def test_zero_weights_give_ln_k(K):
    net = make_net([mb.Dense(4, 8), mb.Tanh(), mb.Dense(8, K)])
    net.weights = np.zeros(net.weights.size)
    assert mb.evaluate(net, make_data(classes=K))["loss"] == pytest.approx(math.log(K), abs=1e-12)


def test_twenty_samples_can_be_overfitted():
    rng = np.random.default_rng(0)
    data = mb.Dataset(rng.normal(size=(20, 4)), rng.integers(0, 3, 20))  # labels without any sense
    net = make_net([mb.Dense(4, 64), mb.ReLU(), mb.Dense(64, 3)], optimizer=mb.Adam(0.01))
    list(mb.train(net, mb.MiniBatches(data, 5), epochs=200))
    assert mb.evaluate(net, data)["accuracy"] == 1.0


def test_weights_are_one_vector_and_layers_have_windows_onto_it():
    net = make_net()
    net.layers[0].W[1, 2] = 7
    assert 7 in net.weights and net.parameters()["0.W"][1, 2] == 7
    net.weights[:] = 5
    assert all((array == 5).all() for array in net.parameters().values()) and (net.layers[2].b == 5).all()
    net.weights = np.arange(net.weights.size)
    assert net.layers[0].W[0, 1] == 1
    net.weights -= 1
    assert net.layers[0].W[0, 1] == 0
    with pytest.raises(ValueError, match=re.escape("weights must have shape (67,); got (3,)")):
        net.weights = np.zeros(3)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_of_a_network_learns_like_the_network(copied):
    data, net = make_data(), make_net([mb.Dense(4, 8), mb.Dropout(0.2), mb.Dense(8, 3)], optimizer=mb.Adam(0.1))
    net.update(data.X, data.y)
    other = copied(net)
    assert all(np.shares_memory(array, other.weights) for array in (other.layers[0].W, other.layers[2].b))
    if copied is not copy.copy:
        assert net.update(data.X, data.y) == other.update(data.X, data.y) and np.array_equal(net.weights, other.weights)


def test_a_replaced_window_is_refused_before_training():
    net, data = make_net(), make_data()
    net.layers[2].b = np.zeros(3)
    with pytest.raises(
        ValueError, match=re.escape("b of layer 2 was replaced; write into it instead: layer.b[...] = ")
    ):
        mb.train(net, mb.MiniBatches(data), epochs=1)


def test_networks_share_nothing_even_when_built_from_the_same_layers():
    layers = [mb.Dense(4, 3)]
    one, other = make_net(layers), make_net(layers)
    assert np.array_equal(one.weights, other.weights)
    one.update(make_data().X, make_data().y)
    assert not np.array_equal(one.weights, other.weights) and layers[0].W is None


def test_first_weights_come_from_the_seed_alone():
    assert np.array_equal(make_net(seed=3).weights, make_net(seed=3).weights)
    assert not np.array_equal(make_net(seed=3).weights, make_net(seed=4).weights)
    state = np.random.get_state()[1].copy()
    mb.fit(make_net([mb.Dense(4, 3), mb.Dropout(0.5)]), mb.MiniBatches(make_data()), epochs=1, progress=False)
    assert np.array_equal(state, np.random.get_state()[1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("given", ["float32", "float64", "int64", "uint8", "bool"])
def test_a_network_computes_in_its_own_dtype(dtype, given):
    net, X = make_net(dtype=dtype, optimizer=mb.Adam()), (make_data().X > 0).astype(given)
    Y, _ = net.forward(X)
    _, gradient = net.loss_and_gradient(X, make_data().y)
    net.update(X, make_data().y)
    assert {Y.dtype, gradient.dtype, net.weights.dtype, net.optimizer_state["mean"].dtype} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    "turn", [np.asfortranarray, lambda X: np.repeat(X, 2, axis=0)[::2], lambda X: X[::-1][::-1], list]
)
def test_the_layout_of_the_rows_does_not_matter(turn):
    data, results = make_data(), []
    read_only = data.X.copy()
    read_only.flags.writeable = False
    for X in (data.X, turn(read_only)):
        net = make_net()
        losses = [update.loss for update in mb.train(net, mb.MiniBatches((X, data.y), 8), epochs=2)][1:]
        results.append([*losses, *net.weights, *net.predict(X), mb.evaluate(net, (X, data.y))["loss"]])
    assert np.allclose(*results, rtol=0, atol=1e-12)


def test_predict_gives_classes_and_numbers():
    X = make_data().X
    assert make_net().predict(X).tolist() == make_net().forward(X)[0].argmax(axis=1).tolist()
    assert make_net(loss="mean_squared_error").predict(X).shape == (50, 3)
    assert np.allclose(make_net().predict(X, batch_size=7), make_net().predict(X))


def test_predict_works_batch_by_batch_on_a_mapped_file(tmp_path):
    np.save(tmp_path / "X.npy", make_data().X)
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert np.array_equal(make_net().predict(X, 8), make_net().predict(make_data().X, 8))


@pytest.mark.parametrize(
    "X, words",
    [
        (np.zeros((2, 5)), "layer 0: Dense(4, 8) takes rows of 4 numbers; got rows of shape (5,)"),
        (np.zeros(4), "X.reshape(1, -1)"),
        (np.zeros((0, 4)), "X must have at least one row and one column; got shape (0, 4)"),
        ([[1, 2, 3, np.nan]], "X holds nan at row 0, column 3"),
        ([[1, 2, 3, 4], [1, -np.inf, 3, 4]], "X holds -inf at row 1, column 1"),
        ([[1, 2, 3, None]], "X holds nan at row 0, column 3"),
        (np.zeros((2, 2, 2)), "put Flatten() before it"),
    ],
)
def test_rows_that_cannot_be_predicted_are_refused(X, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        make_net().predict(X)


def test_rows_too_large_for_float32_are_refused_by_a_float32_network():
    with pytest.raises(ValueError, match="X in float32 holds inf at row 1, column 0"):
        make_net(dtype="float32").predict([[0, 0, 0, 0], [1e39, 0, 0, 0]])


@pytest.mark.parametrize("value", [0, -1, 2.5, "8"])
def test_predict_refuses_a_senseless_batch_size(value):
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1"):
        make_net().predict(make_data().X, batch_size=value)


@pytest.mark.parametrize(
    "layers, options, words",
    [
        ([], {}, "layers must be a list of layers such as [mb.Dense(64, 10)]; got []"),
        (mb.Dense(4, 3), {}, "got Dense(4, 3)"),
        ([mb.Dense], {}, "layers must be a list of layers"),
        (None, {}, "got None"),
        ([mb.Dense(4, 3), mb.Dense(4, 3)], {}, "layer 1: Dense(4, 3) takes rows of 4 numbers; got rows of shape (3,)"),
        ([mb.Dense(4, 3)], {"seed": -1}, "seed must be a whole number of at least 0; got -1"),
        ([mb.Dense(4, 3)], {"seed": None}, "seed must be"),
        ([mb.Dense(4, 3)], {"dtype": "float16"}, "dtype must be one of 'float64', 'float32'; got 'float16'"),
        ([mb.Dense(4, 3)], {"dtype": "number"}, "got 'number'"),
    ],
)
def test_networks_that_could_not_work_are_refused(layers, options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        mb.Network(layers, **options)


@pytest.mark.parametrize("optimizer", [mb.SGD, "sgd", None, 0.1])
def test_what_is_no_optimizer_is_refused_and_nothing_changes(optimizer):
    net = mb.Network([mb.Dense(4, 3)])
    with pytest.raises(TypeError, match=r"optimizer must be an optimizer such as mb.SGD\(lr=0.1\); got"):
        net.compile("cross_entropy", optimizer)
    with pytest.raises(ValueError, match="loss must be one of"):
        net.compile("crossentropy", mb.SGD(0.1))
    assert net.loss is None and net.optimizer is None


@pytest.mark.parametrize("method", ["update", "loss_and_gradient"])
def test_an_uncompiled_network_says_what_to_call(method):
    with pytest.raises(ValueError, match=r"the network has no loss yet: call net.compile\(loss="):
        getattr(mb.Network([mb.Dense(4, 3)]), method)(make_data().X, make_data().y)


@pytest.mark.parametrize("optimizer", [mb.SGD(1e300), mb.SGD(1e200, momentum=0.9), mb.AdamW(1e300), mb.RMSProp(1e300)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_update_that_overflows_changes_nothing_and_warns_of_nothing(optimizer, dtype, recwarn):
    layers = [mb.Dense(4, 8), mb.ReLU(), mb.Dropout(0.5), mb.Dense(8, 3)]
    net, data = make_net(layers, optimizer=optimizer, dtype=dtype), make_data()
    before = None
    with pytest.raises(NotFinite):
        for _ in range(100):
            before = net.state()
            net.update(data.X, data.y)
    assert same(net.state(), before) and not recwarn.list


def test_a_subnormal_learning_rate_leaves_finite_weights():
    net = make_net(optimizer=mb.SGD(5e-324))
    net.update(make_data().X, make_data().y)
    assert net.updates == 1 and np.isfinite(net.weights).all()


def test_a_loss_that_is_not_finite_changes_nothing():
    net, X = make_net(), make_data().X.copy()
    X[3] = np.nan
    before = net.state()
    with pytest.raises(NotFinite, match="the loss became nan"):
        net.update(X, make_data().y)
    assert same(net.state(), before)


def test_the_loss_and_accuracy_of_an_update_are_those_before_it():
    net, data = make_net(), make_data()
    before = mb.evaluate(net, data)
    loss, accuracy = net.update(data.X, data.y)
    assert loss == pytest.approx(before["loss"], abs=1e-12) and accuracy == pytest.approx(before["accuracy"])


def test_accuracy_takes_classes_shares_and_yes_or_no():
    Y = np.array([[2.0, 1], [0, 3]])
    net = make_net([mb.Dense(4, 2)])
    assert net.accuracy(Y, np.array([0, 0])) == net.accuracy(Y, np.array([[0.9, 0.1], [0.6, 0.4]])) == 0.5
    binary = make_net([mb.Dense(4, 1)], "binary_cross_entropy")
    assert binary.accuracy(np.array([[2.0], [-1]]), np.array([[0.9], [0.8]])) == 0.5
    assert make_net([mb.Dense(4, 2)], "mean_squared_error").accuracy(Y, Y) is None


def test_a_loss_object_of_ones_own_is_taken():
    class Doubled(CrossEntropy):
        def forward(self, Y, y):
            loss, backward = super().forward(Y, y)
            return 2 * loss, lambda: 2 * backward()

    plain, double = make_net(), make_net(loss=Doubled(), optimizer=mb.SGD(0.05))
    plain.update(make_data().X, make_data().y)
    double.update(make_data().X, make_data().y)
    assert np.allclose(plain.weights, double.weights, rtol=0, atol=1e-15)


def test_a_network_without_weights_can_still_be_run():
    net = make_net([mb.Flatten(), mb.ReLU()])
    assert net.update(abs(make_data(d=3).X), make_data().y)[0] > 0 and net.weights.size == 0


def spoil(state, **changes):
    return {**state, **changes}


SPOILED = {
    "no dict": lambda state: None,
    "something missing": lambda state: {name: value for name, value in state.items() if name != "rng"},
    "other layers": lambda state: spoil(state, layers=["Dense(4, 3)"]),
    "another dtype": lambda state: spoil(state, dtype="float32"),
    "another optimizer": lambda state: spoil(state, optimizer={**state["optimizer"], "name": "SGD"}),
    "optimizer is a list": lambda state: spoil(state, optimizer=[]),
    "optimizer_state is None": lambda state: spoil(state, optimizer_state=None),
    "memory missing": lambda state: spoil(state, optimizer_state={}),
    "weights missing": lambda state: spoil(state, weights=None),
    "weights too short": lambda state: spoil(state, weights=state["weights"][1:]),
    "weights as text": lambda state: spoil(state, weights=state["weights"].astype(str)),
    "complex weights": lambda state: spoil(state, weights=state["weights"] + 1j),
    "weights NaN": lambda state: spoil(state, weights=state["weights"] * np.nan),
    "memory infinite": lambda state: spoil(
        state, optimizer_state={**state["optimizer_state"], "mean": np.full_like(state["weights"], np.inf)}
    ),
    "lr negative": lambda state: spoil(state, optimizer={**state["optimizer"], "lr": -1}),
    "lr missing": lambda state: spoil(state, optimizer={n: v for n, v in state["optimizer"].items() if n != "lr"}),
    "rng of another kind": lambda state: spoil(state, rng=np.random.MT19937(0).state),
    "rng of nonsense": lambda state: spoil(state, rng={"bit_generator": "PCG64", "state": {}}),
    "updates as text": lambda state: spoil(state, updates="3"),
    "updates negative": lambda state: spoil(state, updates=-3),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_state_is_refused_and_changes_nothing(fault):
    net = make_net(optimizer=mb.Adam())
    net.update(make_data().X, make_data().y)
    before = net.state()
    with pytest.raises(ValueError, match="state|lr must be"):
        net.load_state(SPOILED[fault](make_net(optimizer=mb.Adam(), seed=9).state()))
    assert same(net.state(), before)


def test_a_state_is_a_copy_and_restores_everything():
    data, layers = make_data(), [mb.Dense(4, 8), mb.Dropout(0.5), mb.Dense(8, 3)]
    net, other = (make_net(layers, optimizer=mb.Adam(lr), seed=seed) for lr, seed in ((0.01, 0), (0.5, 1)))
    net.update(data.X, data.y)
    state = net.state()
    net.update(data.X, data.y)
    other.load_state(state)
    other.update(data.X, data.y)
    assert same(other.state(), net.state()) and other.optimizer.lr == 0.01


def test_float32_reaches_about_the_same_accuracy_on_digits():
    train, val, _ = prepared_digits()
    accuracy = []
    for dtype in ("float32", "float64"):
        net = make_net([mb.Dense(64, 32), mb.ReLU(), mb.Dense(32, 10)], dtype=dtype)
        mb.fit(net, mb.MiniBatches(train, 32), epochs=3, progress=False)
        accuracy.append(mb.evaluate(net, val)["accuracy"])
    assert min(accuracy) > 0.93 and abs(accuracy[0] - accuracy[1]) < 0.01
