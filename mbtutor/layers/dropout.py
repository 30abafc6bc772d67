"""Dropout: while training, switch off a random share of the numbers, so that the network leans on none of them."""

from .. import checks
from .base import Layer


class Dropout(Layer):
    """Sets each number to 0 with probability `rate` and divides the rest by 1 - rate; outside training it does nothing.

    Srivastava et al. (2014), in the inverted form, so that the average signal is the same with and without it.
    """

    draws = True

    def __init__(self, rate):
        self.rate = checks.number("rate", rate, 0, 1)

    def forward(self, X, *, training=False, rng=None, mask=None):
        if not training or self.rate == 0:
            return X, lambda dY, out=None, need_dX=True: (dY, {})
        if rng is None:
            raise ValueError("Dropout draws random numbers while training: pass rng=np.random.default_rng(seed)")
        keep = (rng.random(X.shape) >= self.rate) * X.dtype.type(1 / (1 - self.rate))
        return X * keep, lambda dY, out=None, need_dX=True: (dY * keep, {})

    def __repr__(self):
        return f"Dropout({self.rate:g})"
