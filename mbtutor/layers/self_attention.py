"""Self-attention: each position gathers from the others what it needs, by weights that it computes itself."""

import math

import numpy as np

from .. import checks
from .base import Layer
from .positions import check_sequences, real_positions


class SelfAttention(Layer):
    """Multi-head attention of a sequence to itself; X and Y (n, longest, features) (Vaswani et al. 2017, 3.2).

    Each position asks (query q), offers (key k) and answers (value v): [q k v] = x W_in + b_in, cut into `heads` parts
    of width d = features / heads. In each head, softmax over the real positions j of q_i . k_j / sqrt(d) says how much
    position i listens to j; the answers, so weighted, side by side, times W_out + b_out, are y_i.
    causal=True: position i listens to those up to itself alone. W_in (features, 3 features), W_out (features, features)
    start uniform in ±sqrt(3 / features) (Glorot and Bengio 2010, eq. 16), the biases at 0.
    """

    parameter_names = ("W_in", "b_in", "W_out", "b_out")

    def __init__(self, features, heads, causal=False):
        self.features = checks.whole_number("features", features)
        self.heads = checks.whole_number("heads", heads)
        if self.features % self.heads:
            fitting = math.gcd(self.features, self.heads)
            raise ValueError(
                f"heads must divide features into equal parts; got {heads} heads for {features} features. "
                f"Use {fitting} heads, or other features"
            )
        self.causal = bool(causal)
        self.W_in = self.b_in = self.W_out = self.b_out = None

    def initialise(self, rng, dtype):
        limit, F = math.sqrt(3 / self.features), self.features
        self.W_in, self.W_out = (rng.uniform(-limit, limit, (F, columns)).astype(dtype) for columns in (3 * F, F))
        self.b_in, self.b_out = np.zeros(3 * F, dtype), np.zeros(F, dtype)

    def weights(self, X, mask=None):
        """How much each position listens to each, (n, heads, longest, longest); every row of it adds up to 1."""
        Q, K, _ = self._in_heads(X @ self.W_in + self.b_in)
        return self._listening(Q, K, real_positions(X, mask))

    def forward(self, X, *, training=False, rng=None, mask=None):
        Q, K, V = self._in_heads(X @ self.W_in + self.b_in)
        A = self._listening(Q, K, real_positions(X, mask))
        Z = np.empty(X.shape, X.dtype)  # the answers, side by side
        np.matmul(A, V, out=self._in_heads(Z)[0])

        def backward(dY, out=None, need_dX=True):
            out = out or dict.fromkeys(self.parameter_names)
            d_in = np.empty((*X.shape[:2], 3 * self.features), X.dtype)
            dQ, dK, dV = self._in_heads(d_in)
            dZ = self._in_heads(dY @ self.W_out.T)[0]
            np.matmul(A.swapaxes(2, 3), dZ, out=dV)
            dA = dZ @ V.swapaxes(2, 3)
            dA -= np.einsum("nhij,nhij->nhi", dA, A)[..., None]  # the softmax's slope
            dA *= A
            dA *= self._scale
            np.matmul(dA, K, out=dQ)
            np.matmul(dA.swapaxes(2, 3), Q, out=dK)
            gradients = {
                "W_in": np.matmul(_rows(X).T, _rows(d_in), out=out["W_in"]),
                "b_in": _rows(d_in).sum(axis=0, out=out["b_in"]),
                "W_out": np.matmul(_rows(Z).T, _rows(dY), out=out["W_out"]),
                "b_out": _rows(dY).sum(axis=0, out=out["b_out"]),
            }
            return d_in @ self.W_in.T if need_dX else None, gradients

        return Z @ self.W_out + self.b_out, backward

    @property
    def _scale(self):
        return 1 / math.sqrt(self.features // self.heads)

    def _in_heads(self, X):
        """Views of X (n, longest, parts * features), one a part: (parts, n, heads, longest, features / heads)."""
        return X.reshape(*X.shape[:2], -1, self.heads, self.features // self.heads).transpose(2, 0, 3, 1, 4)

    def _listening(self, Q, K, real):
        seen = real[:, None, None, :]
        if self.causal:
            seen = seen & np.tri(real.shape[1], dtype=bool)
        S = Q @ K.swapaxes(2, 3)
        S *= self._scale
        np.copyto(S, -np.inf, where=~seen)
        S -= S.max(axis=3, keepdims=True)
        np.exp(S, out=S)
        S /= np.einsum("nhij->nhi", S)[..., None]  # the sum over j; einsum is fast for short rows
        return S

    def output_shape(self, shape):
        check_sequences(self, shape, self.features)
        return (None, self.features)

    def __repr__(self):
        return f"SelfAttention({self.features}, {self.heads}{', causal=True' if self.causal else ''})"


def _rows(X):
    """X (n, longest, ...) with its positions as rows, (n * longest, ...)."""
    return X.reshape(-1, X.shape[-1])
