"""Mean over time: one row for a sequence, the mean of its positions."""

from .base import Layer
from .positions import check_sequences, real_positions


class MeanOverTime(Layer):
    """Y[i] = the mean of X[i, t] over the real positions t of row i; X (n, longest, features), Y (n, features)."""

    def forward(self, X, *, training=False, rng=None, mask=None):
        real = real_positions(X, mask)[:, :, None]
        share = (real / real.sum(axis=1, keepdims=True)).astype(X.dtype)  # (n, longest, 1), 0 past the end

        def backward(dY, out=None, need_dX=True):
            return share * dY[:, None], {}

        return (X * share).sum(axis=1), backward

    def output_shape(self, shape):
        check_sequences(self, shape)
        return shape and shape[1:]
