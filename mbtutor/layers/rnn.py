"""The recurrent layer: it reads a sequence position by position, and its state remembers what came before."""

import numpy as np

from .. import checks
from .base import Layer
from .positions import Steps, check_sequences, real_positions


class RNN(Layer):
    """h_t = tanh(x_t W + b + h_(t-1) U + c), from h = 0; X (n, longest, inputs), Y (n, longest, units) every h_t.

    W (inputs, units), U (units, units), b and c (units,) (Elman 1990; PyTorch's equations, with its two biases).
    Past its end a row's state stays as it is. All start uniform in ±1 / sqrt(units).
    """

    parameter_names = ("W", "U", "b", "c")
    blocks = 1  # how many times `units` columns W has

    def __init__(self, inputs, units):
        self.inputs = checks.whole_number("inputs", inputs)
        self.units = checks.whole_number("units", units)
        self.W = self.U = self.b = self.c = None

    def initialise(self, rng, dtype):
        limit, columns = self.units**-0.5, self.blocks * self.units
        shapes = {"W": (self.inputs, columns), "U": (self.units, columns), "b": columns, "c": columns}
        for name, shape in shapes.items():
            self.hold(name, rng.uniform(-limit, limit, shape).astype(dtype))

    def forward(self, X, *, training=False, rng=None, mask=None):
        steps = Steps(real_positions(X, mask))
        inputs = steps.pack(X)
        H = inputs @ self.W + (self.b + self.c)  # of all positions at once; the loop adds what the state says
        before = np.empty_like(H)  # the state that each position begins with
        state = np.zeros((len(X), self.units), X.dtype)
        for step in steps.slices:
            now = state[: step.stop - step.start]  # the rows that go on
            before[step] = now
            H[step] += now @ self.U
            now[...] = np.tanh(H[step], out=H[step])

        def backward(dY, out=None, need_dX=True):
            dH, slope = steps.pack(dY), 1 - H * H
            d_state = steps.sum_after(dY)
            for step in reversed(steps.slices):
                d_now = d_state[: step.stop - step.start]
                dH[step] += d_now
                dH[step] *= slope[step]
                np.matmul(dH[step], self.U.T, out=d_now)
            return self._finish(steps, inputs, before, dH, dH, out, need_dX)

        return steps.unpack(H, after=state), backward

    def _finish(self, steps, inputs, before, dA, dB, out, need_dX):
        """(dX, gradients) from those of inputs W + b, dA, and of before U + c, dB, each (positions, columns)."""
        out = out or dict.fromkeys(self.parameter_names)
        gradients = {
            "W": np.matmul(inputs.T, dA, out=out["W"]),
            "U": np.matmul(before.T, dB, out=out["U"]),
            "b": dA.sum(axis=0, out=out["b"]),
            "c": dB.sum(axis=0, out=out["c"]),
        }
        if not need_dX:
            return None, gradients
        dX = dA @ self.W.T
        return steps.unpack(dX, after=np.zeros((len(steps.order), self.inputs), dX.dtype)), gradients

    def output_shape(self, shape):
        check_sequences(self, shape, self.inputs)
        return (None, self.units)

    def __repr__(self):
        return f"{type(self).__name__}({self.inputs}, {self.units})"
