"""What a lesson builds in the open does the same as what the package holds, so that neither drifts from the other."""

import ast
from pathlib import Path

import nbformat
import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def taught(notebook, name, **known):
    """The function that a lesson defines, alone with numpy and the names that are `known` there."""
    cells = nbformat.read(NOTEBOOKS / notebook, as_version=4).cells
    (source,) = [cell.source for cell in cells if cell.cell_type == "code" and f"def {name}(" in cell.source]
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    names = {"np": np, "mb": mb, **known}
    exec(compile(ast.Module(functions, []), notebook, "exec"), names)
    return names[name]


@pytest.mark.parametrize(
    ("curve", "w", "lr"), [("parabola", 2.0, 0.1), ("parabola", 2.0, 1.1), ("two valleys", -2.0, 0.2)]
)
def test_a0_the_walk_is_that_of_the_lab(curve, w, lr):
    lab = mb.SlopeLab(curve, w=w, lr=lr)
    lab.run()
    walk = taught("A0_warm_up.ipynb", "walk")
    np.testing.assert_allclose(lab.walk.places, walk(lab.walk.curve.loss, w, lr, steps=10), rtol=1e-4)
    lab.close()


def test_a0_the_slope_is_that_of_the_figure():
    slope = taught("A0_warm_up.ipynb", "slope")
    for w in (-1.0, 0.0, 2.0):
        assert slope(np.sin, w) == pytest.approx(mb.figures.slope_at(np.sin, w), abs=1e-5)


def test_a0_the_gradient_is_that_of_a_network_with_two_weights():
    rng = np.random.default_rng(0)
    middle, truth, rows = rng.random(40), rng.integers(0, 2, size=40) * 1.0, np.arange(7, 30)
    net = mb.Network([mb.Dense(1, 1)], seed=0)
    net.compile(loss="mean_squared_error", optimizer=mb.SGD(lr=0.1))
    gradient = taught("A0_warm_up.ipynb", "gradient", middle=middle, truth=truth)
    _, exact = net.loss_and_gradient(middle[rows, None], truth[rows, None])
    np.testing.assert_allclose(gradient(net.weights.copy(), rows), exact, atol=1e-4)


def test_01_min_max_scales_as_the_packaged_one():
    rng = np.random.default_rng(0)
    train, val = (mb.Dataset(rng.normal(5, 2, size=(rows, 3)), np.arange(rows) % 2) for rows in (40, 10))
    train.X[:, 2] = 7  # never varies
    built = taught("01_prepare_the_data.ipynb", "min_max")(train.X, train.X, val.X)
    for X, packaged in zip(built, mb.min_max(train, val), strict=True):
        np.testing.assert_array_equal(X, packaged.X)


def test_02_the_iterator_hands_out_the_batches_of_minibatches():
    data = mb.Dataset(np.arange(100.0).reshape(50, 2), np.arange(50) % 3)
    batches = mb.MiniBatches(data, batch_size=8, seed=3)

    class Rng:
        """Draws the order of the first epoch."""

        def permutation(self, n):
            return batches.order(0)

    built = list(taught("02_make_mini_batches.ipynb", "iterate")(data.X, data.y, 8, Rng()))
    handed_out = list(batches)
    assert len(built) == len(handed_out) == 7
    for (X, y), batch in zip(built, handed_out):
        np.testing.assert_array_equal(X, batch.X)
        np.testing.assert_array_equal(y, batch.y)


def test_03_forward_loss_backward_and_update_are_those_of_a_network():
    names = ("forward", "cross_entropy", "backward", "update")
    forward, cross_entropy, backward, update = (taught("03_train_the_model.ipynb", name) for name in names)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(7, 5)), rng.integers(3, size=7)
    net = mb.Network([mb.Dense(5, 4), mb.ReLU(), mb.Dense(4, 3)], seed=1)
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr=0.3))
    weights = [array.copy() for array in net.parameters().values()]

    hidden, scores = forward(X, weights)
    np.testing.assert_allclose(scores, net.forward(X)[0], atol=1e-12)
    loss, dscores = cross_entropy(scores, y)
    packaged_loss, packaged_gradient = net.loss_and_gradient(X, y)
    np.testing.assert_allclose(loss, packaged_loss, atol=1e-12)
    gradients = backward(X, hidden, dscores, weights)
    for own, packaged in zip(gradients, net.parameters(packaged_gradient).values(), strict=True):
        np.testing.assert_allclose(own, packaged, atol=1e-12)
    net.update(X, y)
    for own, packaged in zip(update(weights, gradients, lr=0.3), net.parameters().values(), strict=True):
        np.testing.assert_allclose(own, packaged, atol=1e-12)


def test_03_the_loop_is_that_of_fit(capsys):
    names = ("forward", "cross_entropy", "backward", "update")
    known = {name: taught("03_train_the_model.ipynb", name) for name in names}
    data, net = make_data(50), make_net([mb.Dense(4, 5), mb.ReLU(), mb.Dense(5, 3)])
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr=0.1))
    start = [array.copy() for array in net.parameters().values()]
    fit = taught("03_train_the_model.ipynb", "fit", val=data, **known)
    trained = fit(start, mb.MiniBatches(data, batch_size=8, seed=1), epochs=3)
    mb.fit(net, mb.MiniBatches(data, batch_size=8, seed=1), epochs=3)
    for own, packaged in zip(trained, net.parameters().values(), strict=True):
        np.testing.assert_allclose(own, packaged, atol=1e-12)
    assert f"after epoch 3: {mb.evaluate(net, data)['accuracy']:.0%} of" in capsys.readouterr().out


def test_03_the_cross_entropy_holds_out_large_scores():
    cross_entropy = taught("03_train_the_model.ipynb", "cross_entropy")
    loss, slopes = cross_entropy(np.array([[1000.0, -1000.0]]), np.array([0]))
    assert loss == 0 and np.array_equal(slopes, [[0, 0]])


@pytest.mark.parametrize("batch_size", [1, 7, 50, 64])
def test_04_the_evaluation_is_that_of_evaluate(batch_size):
    data = make_data(50)
    net = make_net([mb.Dense(4, 8), mb.ReLU(), mb.Dropout(0.5), mb.Dense(8, 3)])
    built = taught("04_evaluate_the_model.ipynb", "evaluate")(net, data, batch_size)
    assert built == pytest.approx(mb.evaluate(net, data), abs=1e-12)


def test_04_the_confusion_matrix_is_that_of_the_package():
    rng = np.random.default_rng(0)
    y, predicted = rng.integers(0, 4, size=(2, 200))
    built = taught("04_evaluate_the_model.ipynb", "confusion_matrix")(y, predicted, 5)
    np.testing.assert_array_equal(built, mb.confusion_matrix(y, predicted, 5))


@pytest.mark.parametrize("decay", [0.0, 0.01, 0.5])
def test_08_the_weight_decay_is_that_of_sgd(decay):
    weights, gradient = np.array([2.0, -1.0, 0.0]), np.array([0.3, 0.0, -0.2])
    decayed = taught("08_stop_overfitting.ipynb", "decayed")
    step, _ = mb.SGD(lr=0.1, weight_decay=decay).step(weights, gradient.copy(), {})
    np.testing.assert_allclose(decayed(weights, gradient, 0.1, decay), weights - step, atol=1e-15)


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5])
def test_08_the_dropout_is_that_of_the_layer(p):
    X = np.random.default_rng(0).normal(size=(20, 30))
    built = taught("08_stop_overfitting.ipynb", "dropped")(X, p, np.random.default_rng(5))
    packaged, _ = mb.Dropout(p).forward(X, training=True, rng=np.random.default_rng(5))
    np.testing.assert_allclose(built, packaged, atol=1e-12)


def test_08_the_interval_is_that_of_the_package():
    values = np.random.default_rng(0).normal(size=10)
    built = taught("08_stop_overfitting.ipynb", "confidence_interval")(values)
    np.testing.assert_allclose(built, mb.experiments.confidence_interval(values)[1:], atol=1e-12)
