"""Weights to Keras and back: a model that computes the same, and a network that takes a model's weights."""

import numpy as np

from .. import frameworks, layers
from .places import check_kind, check_known, check_pairs, checked_network, layer_name, write

LAST = (2, 3, 1)  # Permute: the axes of an image, its channels brought from first to last place
FIRST = (3, 1, 2)  # and back
NORM = {"gamma": "gamma", "beta": "beta"}
ARRAYS = {  # the name of each of our arrays in Keras
    layers.Dense: {"W": "kernel", "b": "bias"},
    layers.Conv2D: {"W": "kernel", "b": "bias"},
    layers.BatchNorm: NORM | {"running_mean": "moving_mean", "running_var": "moving_variance"},
    layers.LayerNorm: NORM,
    layers.Embedding: {"W": "embeddings"},
}
KINDS = {
    layers.Dense: "Dense",
    layers.Conv2D: "Conv2D",
    layers.BatchNorm: "BatchNormalization",
    layers.LayerNorm: "LayerNormalization",
    layers.Embedding: "Embedding",
}
KERNEL = (3, 2, 0, 1)  # Keras' (height, width, channels, filters) turned into our (filters, channels, height, width)


def to_keras(net, shape=None):
    """Return a keras.Model that computes what `net` computes, with its weights, for the same rows.

    shape: of one row, such as (1, 28, 28); not needed where the first layer is Dense, LayerNorm or Embedding. Images
    stand with their channels first, as here; inside the model they are turned, as Keras computes with channels last.
    A float64 model multiplies in float32 all the same where Keras computes with PyTorch; TensorFlow keeps float64.
    BatchNorm computes the same; in training Keras keeps the variance of the batch without the n - 1.
    Raises ValueError, which names it, for a layer that has no counterpart, and MissingFramework without Keras.
    """
    checked_network(net)
    keras = frameworks.needed("keras")
    makers = _makers(keras)
    check_known(net, makers, "Keras")
    inputs = keras.Input(_shape(net, shape), dtype=net.dtype.name, name="X")
    builder = _Builder(keras, makers, net.dtype.name)
    model = keras.Model(inputs, builder.channels_first(builder.through(net.layers, inputs)))
    model.dtype_policy = keras.DTypePolicy(net.dtype.name)  # or it would turn the rows into float32 first
    for name, layer, theirs, turned in _aligned(net, model, keras):
        values = [turned.back(layer, mine, layer.array(mine)) for mine in _names(name, layer, theirs)]
        theirs.set_weights(values)
    return model


def from_keras(model, net):
    """Copy the weights, and the running statistics, of a keras.Model into `net`, layer by layer in order.

    The model may be the learner's own: its layers with weights must be those of `net`, in the same order; activations
    are not compared. Where it flattens images with the channels last, the weights after it are put in our order.
    Raises ValueError, naming the layer and both shapes, where they do not fit; nothing is changed then.
    """
    keras = frameworks.needed("keras")
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a keras.Model; got {type(model).__name__}")
    if not model.built:
        raise ValueError("model has no weights yet: begin it with keras.Input(shape), or call it once")
    ready = []
    for name, layer, theirs, turned in _aligned(checked_network(net), model, keras):
        found = zip(_names(name, layer, theirs), theirs.get_weights())
        ready += [(f"{mine} of {name}", layer.array(mine), turned.ours(layer, mine, values)) for mine, values in found]
    write(ready)


def _makers(keras):
    """{our kind of layer: a function (layer, options) that makes Keras'}; those of the arrays are turned by Builder."""
    made = keras.layers
    return {
        layers.Dense: lambda mine, options: made.Dense(mine.outputs, **options),
        layers.ReLU: lambda mine, options: made.ReLU(**options),
        layers.Tanh: lambda mine, options: made.Activation("tanh", **options),
        layers.Sigmoid: lambda mine, options: made.Activation("sigmoid", **options),
        layers.Dropout: lambda mine, options: made.Dropout(mine.rate, **options),
        layers.Flatten: lambda mine, options: made.Flatten(**options),
        layers.Conv2D: lambda mine, options: made.Conv2D(
            mine.filters, mine.kernel_size, strides=mine.stride, data_format="channels_last", **options
        ),
        layers.MaxPool2D: lambda mine, options: made.MaxPooling2D(
            mine.kernel_size, strides=mine.stride, data_format="channels_last", **options
        ),
        layers.BatchNorm: lambda mine, options: made.BatchNormalization(
            momentum=1 - mine.momentum, epsilon=mine.eps, **options
        ),
        layers.LayerNorm: lambda mine, options: made.LayerNormalization(epsilon=1e-5, **options),
        layers.Embedding: lambda mine, options: made.Embedding(mine.vocabulary_size, mine.features, **options),
    }


class _Builder:
    """Strings Keras' layers together, and knows which way round the images stand."""

    def __init__(self, keras, makers, dtype):
        self.keras, self.makers, self.dtype, self.last = keras, makers, dtype, False

    def through(self, ours, X, before=""):
        """X after all these layers."""
        for number, layer in enumerate(ours):
            name = layer_name(f"{before}{number}", layer)
            if type(layer) is layers.Residual:
                X = self.channels_first(X)
                inner = self.channels_first(self.through(layer.layers, X, f"{before}{number}_"))
                X = self.keras.layers.Add(name=name, dtype=self.dtype)([X, inner])
            else:
                X = self._turned(layer, X)
                X = self.makers[type(layer)](layer, {"name": name, "dtype": self.dtype})(X)
        return X

    def channels_first(self, X):
        """X with its channels first."""
        if self.last:
            X, self.last = self.keras.layers.Permute(FIRST, dtype=self.dtype)(X), False
        return X

    def _turned(self, layer, X):
        """X as that layer takes it."""
        if type(layer) is layers.Flatten:
            return self.channels_first(X)
        images = type(layer) is layers.BatchNorm and len(X.shape) == 4
        if not self.last and (images or type(layer) in (layers.Conv2D, layers.MaxPool2D)):
            X, self.last = self.keras.layers.Permute(LAST, dtype=self.dtype)(X), True
        if getattr(layer, "padding", 0):
            around = self.keras.layers.ZeroPadding2D(layer.padding, data_format="channels_last", dtype=self.dtype)
            X = around(X)
        return X


class _Order:
    """How the numbers of a flattened image stand in Keras and here. order: (numbers,), or None where it is the same."""

    def __init__(self, order=None):
        self.order = order

    def ours(self, layer, mine, values):
        """Keras' array as it stands in our layer."""
        if isinstance(layer, layers.Conv2D) and mine == "W":
            return values.transpose(KERNEL) if values.ndim == 4 else values
        reorder = self.order is not None and len(values) == len(self.order) and (mine != "b")
        return values[self.order] if reorder else values

    def back(self, layer, mine, values):
        """Our array as it stands in a model that to_keras built, where every order is ours."""
        return values.transpose(np.argsort(KERNEL)) if isinstance(layer, layers.Conv2D) and mine == "W" else values


def _aligned(net, model, keras):
    """[(name, our layer, their layer, _Order)] of the layers with weights, once their kinds and settings agree."""
    found, order, last, padding = [], None, False, 0
    for theirs in _leaves(model, keras):
        kind = type(theirs).__name__
        if kind in ("Conv2D", "MaxPooling2D"):
            last = theirs.data_format == "channels_last"
        elif kind == "Permute":
            last = tuple(theirs.dims) == LAST
        elif kind == "Flatten":
            order = _channels_first(theirs.input.shape[1:]) if last else None
            last = False
        if kind == "ZeroPadding2D":
            padding = theirs.padding[0][0]
        if theirs.weights:
            found.append((theirs, _Order(order), padding))
            padding, order = 0, None if kind == "Dense" else order
    return [
        (name, layer, theirs, turned)
        for name, layer, (theirs, turned, padding) in check_pairs(net, found, "model")
        if _check(name, layer, theirs, padding, keras)
    ]


def _check(name, layer, theirs, padding, keras):
    if type(layer) not in KINDS:
        raise ValueError(f"{name}, {layer!r}, cannot take weights from Keras")
    check_kind(name, theirs, (getattr(keras.layers, KINDS[type(layer)]),), {})
    check_kind(name, theirs, (keras.layers.Layer,), _settings(layer, theirs, padding))
    return True


def _settings(layer, theirs, padding):
    """{what: (ours, theirs)} of what must agree besides the shapes."""
    if isinstance(layer, layers.Conv2D):
        if theirs.padding == "same" and theirs.strides == (1, 1) and theirs.kernel_size[0] % 2:
            padding += theirs.kernel_size[0] // 2
        elif theirs.padding == "same":
            padding = "same, which pads unevenly"
        return {"stride": ((layer.stride,) * 2, theirs.strides), "padding": (layer.padding, padding)}
    if isinstance(layer, (layers.BatchNorm, layers.LayerNorm)):
        return {"eps": (getattr(layer, "eps", 1e-5), theirs.epsilon)}
    return {}


def _channels_first(shape):
    """For each place of our flattened image, its place in one of `shape` (height, width, channels)."""
    return np.arange(np.prod(shape)).reshape(shape).transpose(2, 0, 1).ravel()


def _leaves(model, keras):
    """The layers in order, those of a model inside the model in its place."""
    for layer in model.layers:
        yield from _leaves(layer, keras) if isinstance(layer, keras.Model) else [layer]


def _names(name, layer, theirs):
    """Our names of the arrays, in the order of Keras' weights; ValueError where one is missing."""
    ours = {other: mine for mine, other in ARRAYS[type(layer)].items()}
    found = [weight.name for weight in theirs.weights]
    if sorted(found) != sorted(ours):
        raise ValueError(f"{name} needs the arrays {', '.join(ours)}; {theirs.name} has {', '.join(found)}")
    return [ours[other] for other in found]


def _shape(net, shape):
    """The shape of one row for keras.Input: as given, or as the first layer takes it."""
    first = net.layers[0]
    if shape is not None:
        net.output_shape(tuple(shape))
        return tuple(shape)
    if isinstance(first, layers.Embedding):
        return (None,)
    width = getattr(first, "inputs", None) or (first.features if isinstance(first, layers.LayerNorm) else None)
    if width is None:
        raise ValueError("shape must be given, that of one row, such as shape=(1, 28, 28), for " + repr(first))
    return (width,)
