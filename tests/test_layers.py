"""Each layer's backward is the derivative of its forward, and nothing is kept in between."""

import copy
import re

import numpy as np
import pytest
from pieces import numeric_gradient, relative_error

import mbtutor as mb
from mbtutor import layers

SMOOTH, KINKS = 1e-7, 1e-6
LENGTHS = np.array([5, 3, 1, 4])
MASK = np.arange(5) < LENGTHS[:, None]  # of every batch of sequences here, whose shape has None for the 5
LAYERS = [
    (lambda: layers.Dense(5, 4), (7, 5), SMOOTH),
    (lambda: layers.Dense(5, 4), (1, 5), SMOOTH),
    (layers.ReLU, (7, 5), KINKS),
    (layers.Tanh, (7, 5), SMOOTH),
    (layers.Sigmoid, (7, 5), SMOOTH),
    (layers.Flatten, (7, 2, 3), SMOOTH),
    (lambda: layers.Dropout(0.4), (7, 5), SMOOTH),
    (lambda: layers.Dropout(0), (7, 5), SMOOTH),
    (lambda: layers.Conv2D(2, 3, 3), (4, 2, 5, 6), SMOOTH),
    (lambda: layers.Conv2D(3, 2, 1), (1, 3, 2, 2), SMOOTH),
    (lambda: layers.Conv2D(1, 2, 3, stride=2, padding=2), (3, 1, 6, 5), SMOOTH),
    (lambda: layers.Conv2D(2, 1, 2, stride=3), (3, 2, 4, 7), SMOOTH),
    (lambda: layers.MaxPool2D(2), (3, 2, 4, 7), KINKS),
    (lambda: layers.MaxPool2D(3, stride=2), (2, 3, 6, 5), KINKS),
    (lambda: layers.MaxPool2D(1, stride=2), (2, 1, 4, 4), KINKS),
    (lambda: layers.BatchNorm(5), (7, 5), SMOOTH),
    (lambda: layers.BatchNorm(5, momentum=0.5, eps=0.1), (2, 5), SMOOTH),
    (lambda: layers.BatchNorm(2), (3, 2, 4, 3), SMOOTH),
    (lambda: layers.Dense(3, 2), (4, None, 3), SMOOTH),
    (lambda: layers.Embedding(6, 3), (4, None), SMOOTH),
    (lambda: layers.RNN(3, 4), (4, None, 3), SMOOTH),
    (lambda: layers.GRU(3, 4), (4, None, 3), SMOOTH),
    (layers.LastStep, (4, None, 3), SMOOTH),
    (layers.MeanOverTime, (4, None, 3), SMOOTH),
    (lambda: layers.LayerNorm(5), (7, 5), SMOOTH),
    (lambda: layers.LayerNorm(3), (4, None, 3), SMOOTH),
    (lambda: layers.PositionalEncoding(3, longest=8), (4, None, 3), SMOOTH),
    (lambda: layers.SelfAttention(6, 2), (4, None, 6), SMOOTH),
    (lambda: layers.SelfAttention(6, 3, causal=True), (4, None, 6), SMOOTH),
    (lambda: layers.Residual([layers.LayerNorm(6), layers.SelfAttention(6, 2)]), (4, None, 6), SMOOTH),
    (lambda: layers.Residual([layers.Dense(5, 5), layers.Dropout(0.4), layers.Tanh()]), (7, 5), SMOOTH),
    (lambda: layers.Residual([layers.Residual([layers.BatchNorm(5)]), layers.Dense(5, 5)]), (7, 5), SMOOTH),
]
every_layer = pytest.mark.parametrize("make, shape, gate", LAYERS, ids=lambda value: None)


def ready(make, shape, dtype=np.float64):
    """(layer with weights, X, run): no number of X within 0.01 of a kink, and run(X) a forward pass of training.

    Dropout draws the same numbers in each pass. Tokens (the shape ends with None) are a quarter above whole numbers:
    what is near them counts as the same token.
    """
    layer, rng = make(), np.random.default_rng(1)
    layer.initialise(rng, np.dtype(dtype))
    for name in layer.parameter_names:
        layer.array(name)[...] = rng.normal(size=layer.array(name).shape)
    sizes = [size or MASK.shape[1] for size in shape]
    X = rng.normal(size=sizes) if shape[-1] else rng.integers(0, 5, sizes) + 0.25
    mask = MASK if None in shape else None
    run = lambda X: layer.forward(X, training=True, rng=np.random.default_rng(3), mask=mask)  # noqa: E731
    return layer, (X + 0.01 * np.sign(X)).astype(dtype), run


def test_every_layer_of_the_room_is_checked_here():
    checked = {type(make()).__name__ for make, _, _ in LAYERS}
    assert checked == set(layers.__all__) - {"Layer"}


@every_layer
def test_gradients_agree_with_central_differences(make, shape, gate):
    layer, X, run = ready(make, shape)
    Y, backward = run(X)
    dY = np.random.default_rng(2).normal(size=Y.shape)
    dX, gradients = backward(dY.copy())
    moved = {"X": (X, dX)} | {name: (layer.array(name), gradient) for name, gradient in gradients.items()}
    assert set(moved) == {"X", *layer.parameter_names}
    for array, gradient in moved.values():
        assert relative_error(numeric_gradient(lambda: float((run(X)[0] * dY).sum()), array), gradient) <= gate


@every_layer
def test_gradients_can_be_written_into_arrays_that_are_given(make, shape, gate):
    layer, X, run = ready(make, shape)
    Y, backward = run(X)
    out = {name: np.full_like(layer.array(name), np.nan) for name in layer.parameter_names}
    _, gradients = backward(np.ones_like(Y))
    backward(np.ones_like(Y), out=out, need_dX=False)
    assert all(np.array_equal(out[name], gradients[name]) for name in out)


@every_layer
def test_a_layer_changes_neither_its_input_nor_itself_between_passes(make, shape, gate):
    layer, X, run = ready(make, shape)
    before, dY = X.copy(), None
    Y, backward = run(X)
    dY = np.ones_like(Y)
    first = backward(dY)[0].copy()
    run(X + 1)
    assert np.array_equal(backward(dY)[0], first) and np.array_equal(X, before) and (dY == 1).all()


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_goes_through_both_ways(make, shape, gate, dtype):
    layer, X, run = ready(make, shape, dtype)
    Y, backward = run(X)
    dX, gradients = backward(np.ones_like(Y))
    assert {array.dtype for array in (Y, dX, *gradients.values())} == {np.dtype(dtype)}


@every_layer
def test_a_layer_predicts_the_shape_of_its_rows(make, shape, gate):
    layer, X, run = ready(make, shape)
    assert run(X)[0].shape[1:] == tuple(size or MASK.shape[1] for size in layer.output_shape(shape[1:]))
    layer.output_shape(None)


@every_layer
def test_a_fresh_layer_shares_nothing(make, shape, gate):
    layer, _, _ = ready(make, shape)
    twin = layer.fresh()
    assert repr(twin) == repr(layer)
    names = (*layer.parameter_names, *layer.statistic_names)
    assert not any(np.shares_memory(layer.array(name), twin.array(name)) for name in names)


@every_layer
@pytest.mark.parametrize("turn", [np.asfortranarray, lambda array: np.repeat(array, 2, axis=0)[::2]])
def test_the_order_of_the_numbers_in_memory_does_not_matter(make, shape, gate, turn):
    results = []
    for turned in (np.ascontiguousarray, turn):
        _, X, run = ready(make, shape)
        X = turned(X)
        X.flags.writeable = False
        Y, backward = run(X)
        dX, gradients = backward(turned(np.random.default_rng(2).normal(size=Y.shape)))
        results.append([Y, dX, *gradients.values()])
    assert all(np.allclose(one, other, rtol=0, atol=1e-13) for one, other in zip(*results))


@pytest.mark.parametrize("make, shape, gate", [case for case in LAYERS if None in case[1]], ids=lambda value: None)
def test_padding_and_what_stands_in_it_do_not_matter(make, shape, gate):
    layer, X, _ = ready(make, shape)
    longer, mask = np.full((len(X), 7, *X.shape[2:]), 4.0), np.pad(MASK, ((0, 0), (0, 2)))
    longer[mask] = X[MASK]
    for one, other in zip(real_parts(layer, X, MASK), real_parts(layer, longer, mask)):
        assert np.allclose(one, other, rtol=0, atol=1e-13)


def real_parts(layer, X, mask):
    """Y, dX at the real positions and all gradients, from a dY that is 0 elsewhere; dX must be 0 elsewhere, too."""
    Y, backward = layer.forward(X, mask=mask)
    real, dY = mask if Y.ndim == 3 else ..., np.zeros_like(Y)
    dY[real] = np.random.default_rng(2).normal(size=Y[real].shape)
    dX, gradients = backward(dY)
    assert not dX[~mask].any()
    return Y[real], dX[mask], *gradients.values()


def test_dense_is_a_weighted_sum_and_a_bias():
    layer, X, _ = ready(lambda: layers.Dense(5, 4), (7, 5))
    assert np.allclose(layer.forward(X)[0], np.einsum("ni,io->no", X, layer.W) + layer.b, rtol=0, atol=1e-14)


def test_dense_starts_uniform_with_the_variance_of_he():
    layer = layers.Dense(400, 300)
    layer.initialise(np.random.default_rng(0), np.float64)
    assert abs(layer.W).max() <= (6 / 400) ** 0.5 and layer.W.var() == pytest.approx(2 / 400, rel=0.02)
    assert not layer.b.any()


def test_activations_at_the_ends_of_the_number_line():
    X = np.array([[-1e300, -0.0, 0.0, 1e300]])
    assert layers.ReLU().forward(X)[0].tolist() == [[0, 0, 0, 1e300]]
    assert layers.Tanh().forward(X)[0].tolist() == [[-1, 0, 0, 1]]
    assert layers.Sigmoid().forward(X)[0].tolist() == [[0, 0.5, 0.5, 1]]


def test_the_slope_of_relu_at_zero_is_zero():
    _, backward = layers.ReLU().forward(np.array([[-0.0, 0.0, 1.0]]))
    assert backward(np.ones((1, 3)))[0].tolist() == [[0, 0, 1]]


def test_dropout_keeps_the_mean_and_drops_its_share():
    X = np.ones((1000, 100))
    Y, _ = layers.Dropout(0.3).forward(X, training=True, rng=np.random.default_rng(0))
    assert (Y == 0).mean() == pytest.approx(0.3, abs=0.01) and Y.mean() == pytest.approx(1, abs=0.01)
    assert set(np.unique(Y)) == {0, 1 / 0.7}


def test_dropout_rests_outside_training_and_asks_for_a_generator_inside():
    X = np.ones((3, 2))
    assert layers.Dropout(0.5).forward(X)[0] is X
    with pytest.raises(ValueError, match=r"Dropout draws random numbers while training: pass rng="):
        layers.Dropout(0.5).forward(X, training=True)


def test_a_convolution_is_a_weighted_sum_of_every_window():
    layer, X, _ = ready(lambda: layers.Conv2D(2, 3, 3), (4, 2, 5, 6))
    Y, _ = layer.forward(X)
    assert Y.shape == (4, 3, 3, 4)
    for n, f, row, column in np.ndindex(Y.shape):
        window = X[n, :, row : row + 3, column : column + 3]
        assert Y[n, f, row, column] == pytest.approx((window * layer.W[f]).sum() + layer.b[f], abs=1e-13)


def test_padding_and_stride_are_zeros_around_and_windows_left_out():
    layer, X, _ = ready(lambda: layers.Conv2D(2, 3, 3), (4, 2, 5, 6))
    wide = layers.Conv2D(2, 3, 3, stride=2, padding=1)
    wide.W, wide.b = layer.W, layer.b
    around = np.pad(X, [(0, 0), (0, 0), (1, 1), (1, 1)])
    assert np.allclose(wide.forward(X)[0], layer.forward(around)[0][:, :, ::2, ::2], rtol=0, atol=1e-13)


def test_a_convolution_starts_uniform_with_the_variance_of_he():
    layer = layers.Conv2D(20, 50, 5)
    layer.initialise(np.random.default_rng(0), np.float64)
    assert abs(layer.W).max() <= (6 / 500) ** 0.5 and layer.W.var() == pytest.approx(2 / 500, rel=0.02)
    assert not layer.b.any()


def test_pooling_keeps_the_largest_and_the_gradient_goes_to_the_first_of_equals():
    X = np.array([[[[1.0, 2, 5, 5, 9], [3, 3, 5, 4, 9], [7, 7, 7, 7, 9]]]])
    Y, backward = layers.MaxPool2D(2).forward(X)
    assert Y.tolist() == [[[[3, 5]]]]  # what is left over at the edge takes no part
    dX, _ = backward(np.array([[[[10.0, 20]]]]))
    assert dX.tolist() == [[[[0, 0, 20, 0, 0], [10, 0, 0, 0, 0], [0, 0, 0, 0, 0]]]]


def test_a_number_that_is_the_largest_of_two_windows_takes_both_gradients():
    X = np.array([[[[0.0, 9, 0]]]])
    _, backward = layers.MaxPool2D(1, stride=1).forward(X)
    assert backward(np.ones((1, 1, 1, 3)))[0].tolist() == [[[[1, 1, 1]]]]
    X = np.array([[[[0.0, 0, 0], [0, 9, 0], [0, 0, 0]]]])
    _, backward = layers.MaxPool2D(2, stride=1).forward(X)
    assert backward(np.ones((1, 1, 2, 2)))[0].tolist() == [[[[0, 0, 0], [0, 4, 0], [0, 0, 0]]]]


SIZES = {
    layers.Dense: {"inputs": 3, "outputs": 3},
    layers.Conv2D: {"channels": 3, "filters": 3, "kernel_size": 3, "stride": 1},
    layers.MaxPool2D: {"kernel_size": 3, "stride": 1},
    layers.BatchNorm: {"features": 3},
}


@pytest.mark.parametrize("value", [0, -1, 2.5, "8", (3, 3)])
@pytest.mark.parametrize("layer, name", [(layer, name) for layer in SIZES for name in SIZES[layer]])
def test_a_size_that_is_no_whole_number_is_refused(layer, name, value):
    with pytest.raises(ValueError, match=re.escape(f"{name} must be a whole number of at least 1; got {value!r}")):
        layer(**{**SIZES[layer], name: value})


def test_other_options_without_sense_are_refused():
    with pytest.raises(ValueError, match="padding must be a whole number of at least 0; got -1"):
        layers.Conv2D(3, 3, 3, padding=-1)
    with pytest.raises(ValueError, match="momentum must be a number from 0 up to, not including, 1; got 1"):
        layers.BatchNorm(3, momentum=1)
    with pytest.raises(ValueError, match="eps must be a finite number above 0; got 0"):
        layers.BatchNorm(3, eps=0)


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, "0.5", None, np.nan])
def test_a_dropout_rate_that_is_no_share_is_refused(rate):
    with pytest.raises(ValueError, match="rate must be a number from 0 up to, not including, 1; got"):
        layers.Dropout(rate)


@pytest.mark.parametrize(
    "shape, words",
    [
        ((5,), "Dense(4, 3) takes rows of 4 numbers; got rows of shape (5,). If they are right, use Dense(5, 3)"),
        ((2, 2), "got rows of shape (2, 2). If they are right, put Flatten() before it"),
    ],
)
def test_dense_says_how_to_mend_rows_of_another_shape(shape, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        layers.Dense(4, 3).output_shape(shape)


CONV, POOL, NORM = layers.Conv2D(3, 8, 3), layers.MaxPool2D(2), layers.BatchNorm(3)


@pytest.mark.parametrize(
    "layer, shape, words",
    [
        (
            CONV,
            (1, 9, 9),
            "takes images of 3 channels; got rows of shape (1, 9, 9). If they are right, make its channels 1",
        ),
        (
            CONV,
            (784,),
            "got rows of shape (784,). Make images of rows by X.reshape(-1, channels, height, width); Flatten",
        ),
        (CONV, (28, 28), "got rows of shape (28, 28). Add the axis of the channels by X[:, None]"),
        (
            CONV,
            (None, 5),
            "Conv2D(3, 8, 3) takes images of shape (channels, height, width); got rows of shape (None, 5)",
        ),
        (
            CONV,
            (3, 9, 2),
            "windows of 3 x 3, larger than images of 9 x 2. Use a smaller kernel_size, or fewer layers before",
        ),
        (POOL, (3, 1, 4), "MaxPool2D(2) has windows of 2 x 2, larger than images of 1 x 4"),
        (POOL, (..., 4), "MaxPool2D(2) takes images of shape (channels, height, width)"),
        (NORM, (4,), "takes rows or images of 3 features; got rows of shape (4,). If they are right, use BatchNorm(4)"),
        (NORM, (4, 8, 8), "If they are right, use BatchNorm(4)"),
        (NORM, (..., 4), "If they are right, use BatchNorm(4)"),
        (NORM, (3, 8), "got rows of shape (3, 8). Put Flatten() before it"),
        (NORM, (None, 3), "Sequences are padded, and the padding would count: use LayerNorm there"),
    ],
)
def test_layers_for_images_say_how_to_mend_rows_of_another_shape(layer, shape, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        layer.output_shape(shape)


def test_a_padded_image_may_be_smaller_than_the_kernel():
    assert layers.Conv2D(1, 2, 3, padding=1).output_shape((1, 1, 1)) == (2, 1, 1)


def test_layers_print_as_the_code_that_makes_them():
    made = [make() for make, _, _ in LAYERS]
    assert [repr(eval(repr(layer), vars(layers))) for layer in made] == [repr(layer) for layer in made]
    assert repr(copy.copy(mb.Dense(4, 3))) == "Dense(4, 3)"
