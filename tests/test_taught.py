"""What a lesson builds in the open does the same as what the package holds, so that neither drifts from the other."""

import ast
import tracemalloc
from pathlib import Path

import nbformat
import numpy as np
import pytest
from pieces import make_data, make_net, numeric_gradient, relative_error

import mbtutor as mb
from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet
from mbtutor.widgets.single_losses import of_a_score

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def taught(notebook, name, kind="def", **known):
    """The function that a lesson defines, alone with numpy and the names that are `known` there; or a "class"."""
    cells = nbformat.read(NOTEBOOKS / notebook, as_version=4).cells
    (source,) = [cell.source for cell in cells if cell.cell_type == "code" and f"{kind} {name}(" in cell.source]
    functions = [node for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
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


def test_05_the_variance_and_the_noise_are_those_of_the_package(monkeypatch):
    data, net = make_data(30), make_net()
    variance = taught("05_see_the_noise.ipynb", "gradient_variance")(net, data)
    assert variance == pytest.approx(mb.experiments.gradient_variance(net, data), rel=1e-12)
    orders = [np.random.default_rng(seed).permutation(30) for seed in range(20)]
    monkeypatch.setattr("mbtutor.experiments.noise.shuffled", lambda n, seed, size, draw: orders[draw])

    class Rng:
        """Draws the orders that the package is given, one after another."""

        waiting = iter(orders)

        def permutation(self, n):
            return next(self.waiting)

    built = taught("05_see_the_noise.ipynb", "batch_noise")(net, data, 7, 20, Rng())
    assert built == pytest.approx(mb.experiments.batch_noise(net, data, 7, draws=20), rel=1e-12)


def test_a2_momentum_and_adam_are_those_of_the_package():
    momentum, adam = (taught("A2_choose_an_optimizer.ipynb", name) for name in ("momentum", "adam"))
    rng = np.random.default_rng(0)
    gradients, start = rng.normal(size=(50, 4)), rng.normal(size=4)
    packaged = mb.SGD(0.1, momentum=0.9), mb.Adam(0.1)
    states = [optimizer.start(start) for optimizer in packaged]
    weights, own, own_state = [start, start], [start, start], [[0.0], [0.0, 0.0]]
    for count, gradient in enumerate(gradients, 1):
        for i, optimizer in enumerate(packaged):
            step, states[i] = optimizer.step(weights[i], gradient.copy(), states[i])
            weights[i] = weights[i] - step
        own[0], *own_state[0] = momentum(own[0], gradient, *own_state[0], lr=0.1)
        own[1], *own_state[1] = adam(own[1], gradient, *own_state[1], count, lr=0.1)
    np.testing.assert_allclose(own, weights, atol=1e-12)


def test_a1_the_losses_of_a_score_are_those_of_the_package_and_of_the_lab():
    sigmoid = taught("A1_choose_a_loss.ipynb", "sigmoid")
    scores = np.linspace(-8, 8, 33)
    np.testing.assert_allclose(sigmoid(scores), mb.Sigmoid().forward(scores)[0], atol=1e-15)
    for answer in (0, 1):
        for name, one in of_a_score(answer).items():
            built = taught("A1_choose_a_loss.ipynb", name.replace("-", "_").replace(" ", "_"))
            np.testing.assert_allclose(built(scores, answer), one.loss(scores), atol=1e-12)
    cross_entropy = taught("A1_choose_a_loss.ipynb", "cross_entropy")
    packaged, _ = mb.losses.BinaryCrossEntropy().forward(scores[:, None], np.arange(33) % 2)
    assert cross_entropy(scores, np.arange(33) % 2).mean() == pytest.approx(packaged, abs=1e-12)


def test_a1_the_squared_error_behind_a_softmax_is_a_mean_with_the_right_slopes():
    softmax = taught("A1_choose_a_loss.ipynb", "softmax")
    loss = taught("A1_choose_a_loss.ipynb", "SoftmaxSquaredError", kind="class", softmax=softmax)()
    rng = np.random.default_rng(0)
    scores, y = 2 * rng.normal(size=(6, 4)), np.array([0, 3, 1, 2, 3, 3])
    value, backward = loss.forward(scores, y)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert value == pytest.approx(((p - np.eye(4)[y]) ** 2).mean(), abs=1e-12)
    numeric = numeric_gradient(lambda: loss.forward(scores, y)[0], scores)
    assert relative_error(numeric, backward()) <= 1e-7


def test_a1_the_summed_loss_is_the_packaged_one_times_the_rows():
    loss = taught("A1_choose_a_loss.ipynb", "SummedCrossEntropy", kind="class")()
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(7, 4)), np.arange(7) % 4
    mean, mean_backward = mb.losses.CrossEntropy().forward(scores, y)
    value, backward = loss.forward(scores, y)
    assert value == pytest.approx(7 * mean)
    np.testing.assert_allclose(backward(), 7 * mean_backward(), atol=1e-12)


def test_07_the_fit_is_that_of_the_package():
    rng = np.random.default_rng(0)
    sizes = [1, 4, 16, 64, 256, 1024]
    values = mb.experiments.Plateau(9, 170).at(sizes) * rng.uniform(0.9, 1.1, size=6)
    built = taught("07_race_batch_sizes.ipynb", "fit_plateau")(sizes, values)
    assert built == pytest.approx(tuple(mb.experiments.fit_plateau(sizes, values)))


def test_07_the_updates_needed_are_those_of_a_sweep():
    rows = mb.datasets.make_clusters(300, spread=1, seed=0)
    train, val = rows.subset(np.arange(200)), rows.subset(np.arange(200, 300))
    built = taught("07_race_batch_sizes.ipynb", "updates_needed", train=train, val=val, target=0.8)
    net = make_net([mb.Dense(20, 5)])
    settings = [(8, 0.1, 0), (40, 0.3, 1), (200, 0.5, 2), (200, 1e-6, 0)]
    sweep = mb.Sweep(net, train, val, settings=settings, updates=2000, target=0.8, validate_every=1, workers=1)
    reached = [mb.experiments.reached(outcome.history, 0.8) for outcome in sweep.run()]
    assert [where and where.updates for where in reached] == [built(*setting) for setting in settings]
    assert reached[-1] is None and all(reached[:3])


def test_09_the_peak_is_that_of_the_package():
    built = taught("09_fit_it_in_memory.ipynb", "peak_bytes", tracemalloc=tracemalloc)
    for function in (lambda: np.zeros(100_000), lambda: np.sort(np.zeros(100_000))):
        assert built(function) == pytest.approx(mb.experiments.peak_bytes(function), abs=2000)
    assert not tracemalloc.is_tracing()


@pytest.mark.parametrize(("lr", "batch_size", "reference"), [(0.1, 256, 64), (0.4, 16, 32), (0.2, 100, 100)])
def test_06_the_scaled_rate_is_that_of_the_package(lr, batch_size, reference):
    built = taught("06_tune_the_learning_rate.ipynb", "scaled_lr")(lr, batch_size, reference)
    assert built == pytest.approx(mb.scaled_lr(lr, batch_size, reference), rel=1e-12)


def test_06_the_warm_up_is_that_of_the_package():
    built = taught("06_tune_the_learning_rate.ipynb", "warm_up")(0.4, 7)
    packaged = mb.warm_up(0.4, 7)
    for number in range(1, 12):
        assert built(number) == pytest.approx(packaged(number), rel=1e-12)


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


LESSON_11 = "11_read_text_with_a_recurrent_network.ipynb"


def test_11_padding_and_mask_are_those_of_the_package():
    names = [np.array([1, 2, 3]), np.array([4]), np.array([5, 6])]
    values, mask = taught(LESSON_11, "pad")(names)
    packaged = mb.Sequences(names)[:]
    np.testing.assert_array_equal(values, packaged.values)
    np.testing.assert_array_equal(mask, packaged.mask)


def test_11_the_buckets_are_those_of_the_package():
    lengths = np.random.default_rng(0).integers(1, 9, size=50)
    batches = mb.BucketBatches(mb.Dataset(mb.Sequences([np.ones(n, int) for n in lengths]), np.arange(50) % 2), 8)
    made = taught(LESSON_11, "buckets")(lengths, 8, np.random.default_rng(0))
    assert sorted(np.concatenate(made).tolist()) == list(range(50))
    packaged = [sorted(lengths[rows].tolist()) for rows in batches.rows_of(0)[0]]
    assert sorted(sorted(lengths[rows].tolist()) for rows in made) == sorted(packaged)


def test_11_the_state_is_that_of_the_recurrent_layer():
    net = mb.Network([mb.Embedding(9, 3), mb.RNN(3, 4), mb.LastStep()], seed=0)
    padded = mb.Sequences([np.array([1, 2, 3]), np.array([4]), np.array([8, 6])])[:]
    embedding, rnn, _ = net.layers
    state = taught(LESSON_11, "read")(embedding.W[padded.values], padded.mask, rnn.W, rnn.U, rnn.b + rnn.c)
    np.testing.assert_allclose(state, net.forward(padded)[0], atol=1e-12)


IMAGES = "10_recognise_images.ipynb"


@pytest.mark.parametrize("pixels", [1, 2])
def test_10_the_shift_is_that_of_the_package(pixels):
    X = np.random.default_rng(0).random((20, 1, 9, 7))
    built = taught(IMAGES, "shifted")(X, np.random.default_rng(5), pixels)
    np.testing.assert_array_equal(built, mb.random_shift(pixels)(X, np.random.default_rng(5)))


def test_10_the_convolution_and_the_pooling_are_those_of_the_package():
    conv2d = taught(IMAGES, "conv2d", sliding_window_view=np.lib.stride_tricks.sliding_window_view)
    X = np.random.default_rng(0).normal(size=(3, 2, 12, 8))
    layer = mb.Network([mb.Conv2D(2, 5, 3)], seed=1).layers[0]
    layer.b[...] = np.arange(5)
    packaged, _ = layer.forward(X)
    np.testing.assert_allclose(conv2d(X, layer.W, layer.b), packaged, atol=1e-12)
    np.testing.assert_array_equal(taught(IMAGES, "max_pool")(X), mb.MaxPool2D(2).forward(X)[0])


def test_10_the_batch_norm_is_that_of_the_package():
    X = np.random.default_rng(0).normal(3, 2, size=(6, 4))
    layer = mb.Network([mb.BatchNorm(4)]).layers[0]
    layer.gamma[...], layer.beta[...] = [1, 2, 3, 4], [0, 1, 0, -1]
    built = taught(IMAGES, "normalise")(X, layer.gamma, layer.beta)
    np.testing.assert_allclose(built, layer.forward(X, training=True)[0], atol=1e-12)


def test_13_the_split_by_speaker_is_that_of_split_by_group():
    vowels = mb.datasets.load_vowels()
    built = taught("13_recognise_speech.ipynb", "split_by_speaker")(vowels, range(8, 15))
    packaged = mb.split_by_group(vowels, val=0, test=range(8, 15))[::2]
    for one, other in zip(built, packaged, strict=True):
        for name in ("X", "y", "groups"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_13_the_mean_under_the_mask_is_that_of_the_layer():
    rng = np.random.default_rng(0)
    X, mask = rng.normal(size=(5, 7, 3)), np.arange(7) < np.array([7, 1, 3, 6, 2])[:, None]
    built = taught("13_recognise_speech.ipynb", "masked_mean")(X, mask)
    np.testing.assert_allclose(built, mb.MeanOverTime().forward(X, mask=mask)[0], atol=1e-12)


def test_13_the_nearest_frame_is_the_one_with_the_smallest_distance():
    train, test = make_data(40), make_data(12, seed=1)
    built = taught("13_recognise_speech.ipynb", "nearest")(train, test)
    assert built.tolist() == [int(np.linalg.norm(train.X - row, axis=1).argmin()) for row in test.X]


def test_12_attention_is_that_of_the_layer():
    attend, rng = taught("12_read_text_with_a_transformer.ipynb", "attend"), np.random.default_rng(1)
    layer = mb.Network([mb.SelfAttention(6, heads=1)], seed=0).layers[0]
    layer.b_in[...], layer.b_out[...] = rng.normal(size=18), rng.normal(size=6)
    X, real = rng.normal(size=(1, 5, 6)), np.arange(5) < 3
    heard, weights = attend(*np.split(X[0] @ layer.W_in + layer.b_in, 3, axis=1), real)
    Y, _ = layer.forward(X, mask=real[None])
    np.testing.assert_allclose(heard @ layer.W_out + layer.b_out, Y[0], atol=1e-12)
    np.testing.assert_allclose(weights, layer.weights(X, real[None])[0, 0], atol=1e-12)


def test_16_gaps_and_categories_become_the_columns_of_encode():
    filled, zero_one = (taught("16_solve_your_own_problem.ipynb", name) for name in ("filled", "zero_one"))
    table = mb.read_csv(mb.datasets.example_csv("penguins"), target="species", drop=["year"])
    train, val, _ = mb.split(table, seed=0)
    encoded = dict(zip(mb.encode(train, val)[1].feature_names, mb.encode(train, val)[1].X.T))
    weight, island = (table.names.index(name) for name in ("body_mass_g", "island"))
    built = filled(val.values[:, weight], train.values[:, weight])
    np.testing.assert_allclose(built.T, [encoded["body_mass_g"], encoded["body_mass_g is missing"]])
    texts = [[table.categories[island][int(place)] for place in part.values[:, island]] for part in (val, train)]
    np.testing.assert_array_equal(zero_one(*texts).T, [column for name, column in encoded.items() if "island=" in name])


def test_16_the_loop_reaches_what_the_lab_reaches():
    learn = taught("16_solve_your_own_problem.ipynb", "learn")
    for name, target, drop in (("penguins", "species", ()), ("cars", "mpg", ["car_name"])):
        net, _, val, _ = learn(mb.datasets.example_csv(name), target, drop)
        lab = mb.TableLab(name)
        lab.run()
        assert mb.evaluate(net, val) == mb.evaluate(lab.tries.best.net, lab.choice.parts.val)
        lab.close()


def test_16_the_loop_of_the_lesson_does_not_pass_for_the_blank_page():
    learn = taught("16_solve_your_own_problem.ipynb", "learn")
    with pytest.raises(NotYet, match="59 rows to validate and 59 to test"):
        lessons.find("16.3").examine(lambda path: learn(path, "mpg", ["car_name"]))


ENSEMBLE = "A3_average_an_ensemble.ipynb"


def test_a3_the_mean_of_probabilities_is_that_of_the_ensemble():
    members, X = [make_net(seed=seed) for seed in range(3)], make_data(20).X
    probabilities = taught(ENSEMBLE, "probabilities")
    built = taught(ENSEMBLE, "mean_probabilities", probabilities=probabilities)(members, X)
    np.testing.assert_allclose(built, mb.experiments.Ensemble(members).probabilities(X), atol=1e-12)
    vote = taught(ENSEMBLE, "vote")
    many = np.random.default_rng(0).random((2, 5, 30, 10))
    expected = [[np.bincount(row, minlength=10) for row in votes.T] for votes in many.argmax(axis=-1)]
    np.testing.assert_array_equal(vote(many), expected)


@pytest.mark.parametrize("last", [0.3, 0.5, 1])
def test_a3_the_mean_along_a_run_is_that_of_the_package(last):
    built, packaged = (mb.train(make_net(), mb.MiniBatches(make_data(), 8, seed=0), epochs=3) for _ in range(2))
    mean = taught(ENSEMBLE, "mean_along")(built, last)
    np.testing.assert_allclose(mean, mb.experiments.mean_of_weights(packaged, last).weights, atol=1e-12)


MACHINES = "15_spread_it_over_many_machines.ipynb"


@pytest.mark.parametrize(("rows", "workers"), [(64, 4), (30, 4), (3, 5), (0, 2), (7, 1)])
def test_15_shares_and_average_are_those_of_the_package(rows, workers):
    parts = taught(MACHINES, "shares")(rows, workers)
    assert parts == mb.machines.shares(rows, workers)
    if rows:
        counts = [part.stop - part.start for part in parts]
        gradients = list(np.random.default_rng(0).normal(size=(workers, 3)))
        built = taught(MACHINES, "average")(gradients, counts)
        np.testing.assert_allclose(built, mb.machines.average(gradients, counts), atol=1e-15)


def test_15_the_lines_that_are_shown_stand_in_the_script():
    text = "\n".join(cell.source for cell in nbformat.read(NOTEBOOKS / MACHINES, as_version=4).cells)
    shown = text.split("```python\n")[1].split("```")[0].splitlines()
    script = (Path(mb.__file__).parent / "machines" / "data_parallel.py").read_text(encoding="utf-8")
    assert len(shown) == 6 and [line for line in shown if line not in map(str.strip, script.splitlines())] == []
