"""Residual: layers beside a straight way past them, so that a signal, and a gradient, gets through a deep network."""

from . import chain
from .base import Layer, split_lead


class Residual(Layer):
    """Y = X + what `layers`, in order, make of X, which must have X's shape (He et al. 2016).

    Its arrays are those of its layers, "0.W" that of the first and so on. Raises ValueError where the layers don't fit.
    """

    def __init__(self, layers):
        self.layers = chain.checked_layers(layers)
        self.output_shape(None)

    @property
    def parameter_names(self):
        return self._names("parameter_names")

    @property
    def statistic_names(self):
        return self._names("statistic_names")

    @property
    def draws(self):
        return any(layer.draws for layer in self.layers)

    def _names(self, kind):
        return tuple(f"{i}.{name}" for i, layer in enumerate(self.layers) for name in getattr(layer, kind))

    def initialise(self, rng, dtype):
        for layer in self.layers:
            layer.initialise(rng, dtype)

    def forward(self, X, *, training=False, rng=None, mask=None):
        Y, backs = X, []
        for layer in self.layers:
            Y, back = layer.forward(Y, training=training, rng=rng, mask=mask)
            backs.append(back)

        def backward(dY, out=None, need_dX=True):
            dX, gradients = dY, {}
            for i in reversed(range(len(backs))):
                windows = out and {name: out[f"{i}.{name}"] for name in self.layers[i].parameter_names}
                dX, found = backs[i](dX, out=windows, need_dX=need_dX or i > 0)
                gradients |= {f"{i}.{name}": gradient for name, gradient in found.items()}
            return dX + dY if need_dX else None, gradients

        return X + Y, backward

    def output_shape(self, shape):
        made = chain.output_shape(self.layers, shape)
        if shape is None or made is None:
            return made
        (lead, row), (made_lead, made_row) = split_lead(shape), split_lead(made)
        if row != made_row or (lead != made_lead and ... not in lead + made_lead):
            raise ValueError(
                f"Residual adds its input to what its layers make of it, so both must have one shape; got {shape} and "
                f"{made}. Choose the last layer's width so, and end sequences (LastStep, MeanOverTime) after Residual"
            )
        return made

    def least_rows(self, shape):
        return chain.least_rows(self.layers, shape)

    def check_rows(self, X):
        self.layers[0].check_rows(X)

    def check_length(self, length):
        chain.check_length(self.layers, length)

    def array(self, name):
        layer, name = self._place(name)
        return layer.array(name)

    def hold(self, name, array):
        layer, name = self._place(name)
        layer.hold(name, array)

    def _place(self, name):
        number, name = name.split(".", 1)
        return self.layers[int(number)], name

    def __repr__(self):
        return f"Residual([{', '.join(map(repr, self.layers))}])"
