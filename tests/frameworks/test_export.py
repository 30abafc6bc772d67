"""What a network is exported to computes what the network computes, and weights come back unchanged."""

import json
import os

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from pieces import make_net
from torch import nn

import mbtutor as mb
from mbtutor import export, files, layers

keras = mb.frameworks.needed("keras")

GATES = {"float64": 1e-10, "float32": 1e-6}
every_dtype = pytest.mark.parametrize("dtype", GATES)


def block(features, heads):
    """A transformer's block, as lesson 12 builds it."""
    listening = [mb.LayerNorm(features), mb.SelfAttention(features, heads)]
    thinking = [mb.LayerNorm(features), mb.Dense(features, 12), mb.ReLU(), mb.Dense(12, features)]
    return [mb.Residual(listening), mb.Residual(thinking)]


ROWS, IMAGES, VECTORS, TOKENS = (4,), (2, 9, 8), (None, 4), (None,)
NETWORKS = {  # what goes in, the layers
    "Dense and ReLU": (ROWS, [mb.Dense(4, 6), mb.ReLU(), mb.Dense(6, 3)]),
    "Tanh, Sigmoid, Dropout": (ROWS, [mb.Dense(4, 6), mb.Tanh(), mb.Dropout(0.3), mb.Dense(6, 3), mb.Sigmoid()]),
    "BatchNorm and LayerNorm": (ROWS, [mb.BatchNorm(4, eps=0.01), mb.Dense(4, 6), mb.LayerNorm(6), mb.BatchNorm(6)]),
    "Residual": (ROWS, [mb.Dense(4, 6), mb.Residual([mb.Dense(6, 6), mb.Tanh()]), mb.Dense(6, 2)]),
    "MaxPool2D": (IMAGES, [mb.MaxPool2D(3, stride=2), mb.Flatten(), mb.Dense(24, 3)]),
    "BatchNorm of images": (IMAGES, [mb.BatchNorm(2), mb.MaxPool2D(2), mb.Flatten(), mb.Dense(32, 3)]),
    "Flatten first": (IMAGES, [mb.Flatten(), mb.Dense(144, 3)]),
    "Conv2D": (IMAGES, [mb.Conv2D(2, 3, 3), mb.ReLU(), mb.MaxPool2D(2), mb.Flatten(), mb.Dense(27, 3)]),
    "Conv2D and BatchNorm": (
        IMAGES,
        [mb.Conv2D(2, 3, 3, stride=2, padding=1), mb.BatchNorm(3), mb.Flatten(), mb.BatchNorm(60), mb.Dense(60, 2)],
    ),
    "images to images": (IMAGES, [mb.Residual([mb.Conv2D(2, 2, 3, padding=1), mb.Tanh()]), mb.MaxPool2D(2)]),
    "Embedding": (TOKENS, [mb.Embedding(9, 4), mb.Dense(4, 3)]),
    "RNN": (VECTORS, [mb.RNN(4, 5), mb.LastStep(), mb.Dense(5, 3)]),
    "RNN, every state": (VECTORS, [mb.RNN(4, 5)]),
    "two GRUs": (TOKENS, [mb.Embedding(9, 4), mb.GRU(4, 5), mb.GRU(5, 3), mb.MeanOverTime()]),
    "transformer": (
        TOKENS,
        [mb.Embedding(9, 6), mb.PositionalEncoding(6), *block(6, 2), mb.MeanOverTime(), mb.Dense(6, 3)],
    ),
    "causal SelfAttention": (VECTORS, [mb.SelfAttention(4, 2, causal=True), mb.LastStep()]),
    "frames": (VECTORS, [mb.Dense(4, 5), mb.ReLU(), mb.MeanOverTime(), mb.Dense(5, 3)]),
}
IN_KERAS = [name for name, (shape, _) in NETWORKS.items() if None not in shape or name == "Embedding"]


NOT_TOLD = ("MaxPool2D", "BatchNorm of images", "BatchNorm and LayerNorm", "Flatten first")  # the shape of a row


def make(name, dtype="float64", seed=0):
    """(net, rows): a network none of whose numbers is what it starts with, and rows for it."""
    shape, own = NETWORKS[name]
    rng, net = np.random.default_rng(seed), mb.Network(own, seed=seed, dtype=dtype)
    net.weights += 0.1 * rng.normal(size=net.weights.shape)
    net.statistics[...] = 0.5 + rng.random(net.statistics.shape)
    sizes = [longest or 6 for longest in shape]
    draw = (lambda n: rng.integers(0, 9, n)) if shape == TOKENS else (lambda n: rng.normal(size=(n, *sizes[1:])))
    if None in shape:
        return net, mb.Sequences([draw(n) for n in (4, 6, 1, 6, 3)])[:]
    return net, rng.normal(size=(5, *sizes)).astype(dtype)


def numbers(X, dtype):
    """(the array as a framework takes it, lengths or None)."""
    if hasattr(X, "mask"):
        return X.values if X.dtype.kind == "i" else X.values.astype(dtype), X.lengths
    return X.astype(dtype), None


def outputs(path, X, lengths=None):
    """(session, what onnxruntime computes)."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = {"X": X} if lengths is None else {"X": X, "lengths": lengths}
    return session, session.run(["Y"], given)[0]


def close(mine, theirs, dtype):
    return mine.shape == theirs.shape and np.allclose(mine, theirs, rtol=0, atol=GATES[dtype] * max(1, abs(mine).max()))


def test_every_layer_is_exported_here():
    used = {type(layer) for _, own in NETWORKS.values() for _, layer in export.places.flat(own)} | {mb.Residual}
    assert {kind.__name__ for kind in used} == set(layers.__all__) - {"Layer"}


@every_dtype
@pytest.mark.parametrize("name", NETWORKS)
def test_the_onnx_file_computes_what_the_network_computes(name, dtype, tmp_path, capsys):
    net, X = make(name, dtype)
    export.to_onnx(net, tmp_path / "net.onnx", shape=X.shape[1:] if name in NOT_TOLD else None)
    single = dtype == "float64" and "Conv2D" in repr(net)
    assert ("computes in float32" in capsys.readouterr().out) == single
    computes = "float32" if single else dtype
    _, found = outputs(tmp_path / "net.onnx", *numbers(X, computes))
    assert found.dtype == computes and close(net.forward(X)[0], found.astype(dtype), computes)


@pytest.mark.parametrize("name", ["RNN", "Dense and ReLU", "transformer"])
def test_the_file_takes_any_number_of_rows_and_any_length(name, tmp_path):
    net, X = make(name)
    export.to_onnx(net, tmp_path / "net.onnx")
    for rows in (slice(0, 1), slice(0, 3), [2]):
        part = X[rows]
        assert close(net.forward(part)[0], outputs(tmp_path / "net.onnx", *numbers(part, "float64"))[1], "float64")
    session, _ = outputs(tmp_path / "net.onnx", *numbers(X, "float64"))
    names = [(value.name, value.shape[0]) for value in [*session.get_inputs(), *session.get_outputs()]]
    assert names == [("X", "batch"), *[("lengths", "batch")] * (name != "Dense and ReLU"), ("Y", "batch")]


def test_onnx_asks_for_the_shape_where_nothing_tells_it(tmp_path):
    with pytest.raises(ValueError, match=r"shape must be given, that of one row, .* for Flatten\(\)"):
        export.to_onnx(mb.Network([mb.Flatten(), mb.Dense(4, 2)]), tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_a_sequence_past_the_table_of_positions_is_refused_when_it_runs(tmp_path):
    net = mb.Network([mb.PositionalEncoding(4, longest=1), mb.LastStep()])
    export.to_onnx(net, tmp_path / "net.onnx")
    with pytest.raises(Exception, match="out of data bounds|indices"):
        outputs(tmp_path / "net.onnx", np.zeros((2, 3, 4)), np.array([3, 2]))


def test_a_trained_network_takes_raw_rows_and_the_names_of_its_classes_along(tmp_path, capsys):
    raw = mb.datasets.load_vowels()
    train, _, test = mb.split(raw, val=0, test=0.2)
    scaled, scaled_test = mb.standardize(train, test)
    net = make_net([mb.Dense(10, 16), mb.ReLU(), mb.Dense(16, 11)])
    mb.fit(net, mb.MiniBatches(scaled, 32), epochs=3)
    export.to_onnx(net, tmp_path / "net.onnx", data=scaled)
    session, found = outputs(tmp_path / "net.onnx", test.X.astype(float))
    assert np.array_equal(found.argmax(axis=1), net.predict(scaled_test.X))
    assert close(net.forward(scaled_test.X)[0], found, "float64")
    facts = session.get_modelmeta().custom_metadata_map
    assert tuple(json.loads(facts["class_names"])) == raw.class_names and len(raw.class_names) == 11
    assert facts["mbtutor"] == mb.__version__ and facts["dtype"] == "float64" and facts["scaled"] == "true"
    onnx.checker.check_model(tmp_path / "net.onnx", full_check=True)


def convolutional(data):
    return [mb.Conv2D(1, 8, 5), mb.ReLU(), mb.MaxPool2D(2), mb.Flatten(), mb.Dense(1152, 10)]


def recurrent(data):
    return [mb.Embedding(len(data.vocabulary), 8), mb.GRU(8, 16), mb.LastStep(), mb.Dense(16, 10)]


def transformer(data):
    first = mb.Embedding(len(data.vocabulary), 6), mb.PositionalEncoding(6)
    return [*first, *block(6, 2), mb.MeanOverTime(), mb.Dense(6, 10)]


LESSONS = {
    "10": (mb.datasets.load_images, convolutional),
    "11": (mb.datasets.load_places, recurrent),
    "12": (mb.datasets.load_places, transformer),
}


@pytest.mark.parametrize("lesson", LESSONS)
def test_networks_of_the_lessons_answer_alike_after_training(lesson, tmp_path):
    load, own = LESSONS[lesson]
    data = load()
    part = data.subset(np.arange(0, len(data), len(data) // 300))
    net = make_net(own(data), dtype="float32", optimizer=mb.Adam(0.01))
    mb.fit(net, mb.MiniBatches(part, 32), epochs=2)
    export.to_onnx(net, tmp_path / "net.onnx", data=part)
    X = part.X[:50]
    X_numbers, lengths = numbers(X, "float32")
    _, found = outputs(tmp_path / "net.onnx", X_numbers, lengths)
    assert close(net.forward(X)[0], found, "float32")
    given = (torch.tensor(X_numbers),) if lengths is None else (torch.tensor(X_numbers), torch.tensor(lengths))
    assert close(net.forward(X)[0], export.to_pytorch(net)(*given).detach().numpy(), "float32")


class Doubled(mb.layers.Layer):
    """A learner's own layer."""

    def forward(self, X, *, training=False, rng=None, mask=None):
        return 2 * X, lambda dY, out=None, need_dX=True: (2 * dY, {})


@pytest.mark.parametrize("to", [lambda net, path: export.to_onnx(net, path), lambda net, _: export.to_pytorch(net)])
def test_a_layer_that_is_not_known_is_named_before_anything_is_written(to, tmp_path):
    net = mb.Network([mb.Dense(2, 2), mb.Residual([mb.Dense(2, 2), Doubled()])])
    with pytest.raises(ValueError, match=r"doubled_1_1, Doubled\(\), cannot be taken to"):
        to(net, tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_keras_names_the_layers_it_cannot_have():
    with pytest.raises(ValueError, match=r"gru_0, GRU\(4, 5\), cannot be taken to Keras; these can: BatchNorm"):
        export.to_keras(mb.Network([mb.GRU(4, 5), mb.LastStep()]))


@pytest.mark.parametrize(
    ("first", "scaler", "said"),
    [
        (mb.Dense(4, 2), mb.preparation.Scaler(np.zeros(3), np.ones(3)), r"rows of shape \(3,\); layer 0: Dense"),
        (mb.Embedding(4, 2), mb.preparation.Scaler(np.zeros(3), np.ones(3)), "no scaler may change"),
        (mb.Dense(4, 2), "standard", "scaler must be a Scaler"),
    ],
)
def test_a_scaler_that_does_not_fit_is_refused_and_the_old_file_stays(first, scaler, said, tmp_path):
    path = tmp_path / "net.onnx"
    path.write_text("old")
    with pytest.raises((ValueError, TypeError), match=said):
        export.to_onnx(mb.Network([first]), path, scaler=scaler)
    assert path.read_text() == "old"


def test_a_failure_half_way_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net.onnx"
    path.write_text("old")
    monkeypatch.setattr(files.os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        export.to_onnx(make_net(), path)
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["net.onnx"]


@every_dtype
@pytest.mark.parametrize("name", NETWORKS)
def test_the_module_of_pytorch_computes_the_same_and_gives_the_weights_back(name, dtype):
    net, X = make(name, dtype)
    module = export.to_pytorch(net)
    X_numbers, lengths = numbers(X, dtype)
    given = [torch.tensor(part) for part in (X_numbers, lengths) if part is not None]
    with torch.no_grad():
        assert close(net.forward(X)[0], module(*given).numpy(), dtype)
    other = mb.Network(NETWORKS[name][1], seed=1, dtype=dtype)
    assert not np.array_equal(other.weights, net.weights) or not net.weights.size
    export.from_pytorch(module, other)
    assert np.array_equal(other.weights, net.weights) and np.array_equal(other.statistics, net.statistics)


def test_the_names_in_pytorch_say_which_layer():
    net = mb.Network([mb.Dense(4, 6), mb.ReLU(), mb.Residual([mb.Dense(6, 6)])])
    assert list(export.to_pytorch(net).state_dict()) == [
        "dense_0.weight",
        "dense_0.bias",
        "residual_2.layers.dense_2_0.weight",
        "residual_2.layers.dense_2_0.bias",
    ]


def test_a_module_trains_on_and_its_weights_come_back_to_go_on_here():
    net, X = make("Tanh, Sigmoid, Dropout")
    module, before = export.to_pytorch(net).train(), net.weights.copy()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    nn.CrossEntropyLoss()(module(torch.tensor(X)), torch.tensor([0, 1, 2, 0, 1])).backward()
    optimizer.step()
    assert np.array_equal(net.weights, before), "a module has weights of its own"
    export.from_pytorch(module, net)
    assert not np.allclose(net.weights, before)
    assert close(net.forward(X)[0], module.eval()(torch.tensor(X)).detach().numpy(), "float64")


def small():
    return mb.Network([mb.Dense(4, 6), mb.BatchNorm(6), mb.ReLU(), mb.Dense(6, 3)])


FOREIGN = {  # what a learner may bring, and the words it is refused with
    "another width": (
        lambda: nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)),
        r"W of dense_0 has shape \(4, 6\); the other side has \(4, 5\)",
    ),
    "the last is another": (
        lambda: nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 2)),
        r"W of dense_3 has shape \(6, 3\); the other side has \(6, 2\)",
    ),
    "fewer": (
        lambda: nn.Linear(4, 6),
        r"net has 3 layers with weights \(dense_0, batchnorm_1, dense_3\); the module has 1",
    ),
    "another kind": (
        lambda: nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.Linear(6, 3)),
        "batchnorm_1 needs the weights of a BatchNorm1d or BatchNorm2d; got those of a LayerNorm",
    ),
    "no bias": (
        lambda: nn.Sequential(nn.Linear(4, 6, bias=False), nn.BatchNorm1d(6), nn.Linear(6, 3)),
        "dense_0 needs bias, which Linear",
    ),
    "another eps": (
        lambda: nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6, eps=0.1), nn.Linear(6, 3)),
        "batchnorm_1 has eps 1e-05, the other side 0.1",
    ),
    "not a number": (
        lambda: nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), broken(nn.Linear(6, 3))),
        "b of dense_3 would become NaN or infinite",
    ),
    "no module": (lambda: "module", "must be a torch.nn.Module; got str"),
}


def broken(linear):
    linear.bias.data[1] = float("nan")
    return linear


@pytest.mark.parametrize("name", FOREIGN)
def test_a_module_that_does_not_fit_is_refused_and_nothing_is_changed(name):
    build, said = FOREIGN[name]
    net = small()
    before = net.learned()
    with pytest.raises((ValueError, TypeError), match=said):
        export.from_pytorch(build(), net)
    assert all(np.array_equal(array, before[part]) for part, array in net.learned().items())


def test_a_convolution_with_another_stride_or_padding_is_refused():
    net = mb.Network([mb.Conv2D(1, 2, 3, padding=1)])
    for options, said in (({}, "padding"), ({"stride": 2, "padding": 1}, "stride")):
        with pytest.raises(ValueError, match=f"conv2d_0 has {said}"):
            export.from_pytorch(nn.Conv2d(1, 2, 3, **options), net)


def test_a_module_of_the_learners_own_is_read_in_the_order_of_its_layers():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.norm, self.second = nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)

        def forward(self, X):
            return self.second(torch.relu(self.norm(self.first(X))))

    net, module, X = small(), Own().eval(), torch.randn(5, 4)
    export.from_pytorch(module, net)
    assert close(net.forward(X.numpy())[0], module(X).detach().numpy().astype(float), "float32")


@every_dtype
@pytest.mark.parametrize("name", IN_KERAS)
def test_the_model_of_keras_computes_the_same_and_gives_the_weights_back(name, dtype):
    net, X = make(name, dtype)
    X_numbers, _ = numbers(X, dtype)
    model = export.to_keras(net, None if name == "Embedding" else X.shape[1:])
    found = keras.ops.convert_to_numpy(model(X_numbers))
    multiplies_in = dtype if keras.backend.backend() == "tensorflow" else "float32"
    assert found.dtype == dtype and close(net.forward(X)[0], found, multiplies_in)
    other = mb.Network(NETWORKS[name][1], seed=1, dtype=dtype)
    export.from_keras(model, other)
    assert np.array_equal(other.weights, net.weights) and np.array_equal(other.statistics, net.statistics)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_model_of_the_learners_own_with_the_channels_last_is_put_in_our_order(padding):
    made, pad = keras.layers, padding == "same"
    model = keras.Sequential(
        [
            keras.Input((9, 8, 2)),
            made.Conv2D(3, 3, padding=padding, activation="relu"),
            made.MaxPooling2D(2),
            made.Flatten(),
            made.LayerNormalization(epsilon=1e-5),
            made.Dense(5, activation="tanh"),
            made.Dense(3),
        ]
    )
    numbers_after = 48 if pad else 27
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    own = [mb.Conv2D(2, 3, 3, padding=int(pad)), mb.ReLU(), mb.MaxPool2D(2), mb.Flatten()]
    net = mb.Network([*own, mb.LayerNorm(numbers_after), mb.Dense(numbers_after, 5), mb.Tanh(), mb.Dense(5, 3)])
    export.from_keras(model, net)
    X = rng.normal(size=(4, 2, 9, 8))
    found = keras.ops.convert_to_numpy(model(X.transpose(0, 2, 3, 1).astype("float32")))
    assert np.allclose(net.forward(X)[0], found, atol=1e-4)


KERAS_FOREIGN = {
    "another width": ([4, 5], r"W of dense_0 has shape \(4, 6\); the other side has \(4, 5\)"),
    "fewer": ([4], r"net has 2 layers with weights \(dense_0, dense_2\); the model has 1"),
    "no bias": ([4, 6, None], "dense_0 needs the arrays kernel, bias"),
}


@pytest.mark.parametrize("name", KERAS_FOREIGN)
def test_a_model_that_does_not_fit_is_refused_and_nothing_is_changed(name):
    (inputs, *hidden), said = KERAS_FOREIGN[name]
    own = [keras.layers.Dense(width, use_bias=None not in hidden) for width in hidden if width]
    model = keras.Sequential([keras.Input((inputs,)), *own, keras.layers.Dense(3)])
    net = mb.Network([mb.Dense(4, 6), mb.ReLU(), mb.Dense(6, 3)])
    before = net.weights.copy()
    with pytest.raises(ValueError, match=said):
        export.from_keras(model, net)
    assert np.array_equal(net.weights, before)


def test_keras_asks_for_the_shape_of_an_image():
    with pytest.raises(ValueError, match=r"shape must be given, that of one row, such as shape=\(1, 28, 28\)"):
        export.to_keras(mb.Network([mb.Conv2D(1, 2, 3)]))


def test_a_model_without_weights_yet_is_refused():
    with pytest.raises(ValueError, match="model has no weights yet"):
        export.from_keras(keras.Sequential([keras.layers.Dense(3)]), make_net())
