"""The gated recurrent unit: a recurrent layer that learns what of its state to keep."""

import numpy as np

from .positions import Steps, real_positions
from .rnn import RNN


class GRU(RNN):
    """A state h that two gates, between 0 and 1, guard; X (n, longest, inputs), Y (n, longest, units) every h_t.

    From a = x_t W + b and s = h_(t-1) U + c, each of three blocks of `units` columns:
    reset r = sigmoid(a_1 + s_1), keep z = sigmoid(a_2 + s_2), candidate n = tanh(a_3 + r s_3),
    h_t = (1 - z) n + z h_(t-1), from h = 0. W (inputs, 3 units), U (units, 3 units), b and c (3 units,).
    Cho et al. (2014) in PyTorch's form. Past its end a row's state stays as it is.
    All start uniform in ±1 / sqrt(units).
    """

    blocks = 3

    def forward(self, X, *, training=False, rng=None, mask=None):
        units, steps = self.units, Steps(real_positions(X, mask))
        inputs = steps.pack(X)
        A = inputs @ self.W + self.b  # of all positions at once, outside the loop
        S = np.empty_like(A)
        gates, candidates = A[:, : 2 * units], A[:, 2 * units :]  # written over, position by position
        r, z, s_3 = gates[:, :units], gates[:, units:], S[:, 2 * units :]
        before = np.empty((len(A), units), A.dtype)  # the state that each position begins with
        H = np.empty_like(before)
        state = np.zeros((len(X), units), X.dtype)
        for step in steps.slices:
            now = state[: step.stop - step.start]  # the rows that go on
            before[step] = now
            np.matmul(now, self.U, out=S[step])
            S[step] += self.c
            gates[step] += S[step, : 2 * units]
            _sigmoid(gates[step])
            candidates[step] += r[step] * s_3[step]
            n = np.tanh(candidates[step], out=candidates[step])
            now[...] = n + z[step] * (now - n)
            H[step] = now

        def backward(dY, out=None, need_dX=True):
            dH, d_state = steps.pack(dY), steps.sum_after(dY)
            n = candidates
            # How h_t answers to a_3, to a_2, and a_3 to a_1: of all positions at once.
            slope_3, slope_2, slope_1 = (1 - z) * (1 - n * n), (before - n) * z * (1 - z), s_3 * r * (1 - r)
            dA, dS = np.empty_like(A), np.empty_like(S)
            for step in reversed(steps.slices):
                d_now = d_state[: step.stop - step.start]
                d_now += dH[step]
                d_3 = np.multiply(d_now, slope_3[step], out=dA[step, 2 * units :])
                np.multiply(d_3, slope_1[step], out=dS[step, :units])
                np.multiply(d_now, slope_2[step], out=dS[step, units : 2 * units])
                np.multiply(d_3, r[step], out=dS[step, 2 * units :])
                d_now *= z[step]
                d_now += dS[step] @ self.U.T
            dA[:, : 2 * units] = dS[:, : 2 * units]
            return self._finish(steps, inputs, before, dA, dS, out, need_dX)

        return steps.unpack(H, after=state), backward


def _sigmoid(X):
    """1 / (1 + exp(-X)), written into X; in this form it cannot overflow."""
    X *= 0.5
    np.tanh(X, out=X)
    X += 1
    X *= 0.5
