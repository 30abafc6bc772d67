"""How far the gradient of a batch lies from the gradient of all rows, and what that says of a useful batch size.

With g for the gradient of all N rows and g_B for that of a batch of B of them, drawn without replacement, the mean of
||g_B - g||² is (σ² / B) (1 - B / N); σ² is the variance of the rows' gradients, divided by N - 1 (Cochran 1977,
Sampling Techniques, theorem 2.2, added up over the weights).

Everything here measures the network as it stands, at one point: no update is made, and what acts only in training,
such as dropout, is off, so that the only chance is which rows are drawn.
"""

from typing import NamedTuple

import numpy as np

from .. import checks
from ..datasets.dataset import as_dataset
from ..evaluation import check_fit
from ..network import NotFinite
from ..preparation import shuffled

ROWS_AT_ONCE = 1024  # of a long data set, so that memory stays small


class BatchNoise(NamedTuple):
    """The noise at one batch size: measured, the mean of ||g_B - g||² over the draws; expected, by the formula."""

    batch_size: int
    measured: float
    expected: float


class NoiseScale(NamedTuple):
    """noise / gradient_square, and the two estimates it is made of; see `noise_scale`."""

    scale: float
    gradient_square: float
    noise: float


def sample_gradients(net, data, rows=None):
    """Return the gradient of each row by itself, (n, weights); their mean is the gradient of all these rows.

    rows: which row numbers, in which order; None for all. It needs n times the memory of the weights.
    Raises ValueError for row numbers that are not there, NotFinite for gradients that are NaN or infinite.
    """
    data = _fitting(net, data)
    rows = np.arange(len(data)) if rows is None else _row_numbers(rows, len(data))
    gradients = np.empty((len(rows), net.weights.size), net.dtype)
    for place, row in enumerate(rows):
        gradients[place] = _gradient(net, data, row[None])
    return gradients


def full_gradient(net, data):
    """Return the gradient of the mean loss over all rows, (weights,)."""
    data = _fitting(net, data)
    gradient = np.zeros_like(net.weights)
    for rows in _parts(len(data)):
        gradient += _gradient(net, data, rows) * (len(rows) / len(data))
    return gradient


def gradient_variance(net, data):
    """Return σ²: the variance of the rows' gradients, divided by N - 1 and added up over the weights.

    It is the trace of their covariance. Only one row's gradient is in memory at a time.
    """
    data = _fitting(net, data)
    if len(data) < 2:
        raise ValueError(f"data must have at least 2 rows, or nothing can vary; got {len(data)}")
    mean = full_gradient(net, data)
    total = sum(_squared_distance(_gradient(net, data, row[None]), mean) for row in np.arange(len(data)))
    return total / (len(data) - 1)


def squared_distances(net, data, batch_size, draws=400, seed=0):
    """Yield ||g_B - g||² for one batch after another, each drawn anew without replacement.

    batch_size: 1 up to all rows. seed: which batches chance deals out. Arguments are checked at once.
    """
    data = _fitting(net, data)
    batch_size = checks.whole_number("batch_size", batch_size, maximum=len(data))
    drawn = _drawn(data, batch_size, draws, seed)
    mean = full_gradient(net, data)
    return (_squared_distance(_gradient(net, data, rows), mean) for rows in drawn)


def batch_noise(net, data, batch_size, draws=400, seed=0):
    """Return the mean of ||g_B - g||² over so many batches of that size, drawn without replacement."""
    return float(np.mean(list(squared_distances(net, data, batch_size, draws, seed))))


def noise_by_batch_size(net, data, batch_sizes=None, draws=400, seed=0):
    """Yield a BatchNoise for each batch size, by default 1, 2, 4, ... and all rows."""
    data = _fitting(net, data)
    n = len(data)
    sizes = [2**k for k in range(n.bit_length()) if 2**k < n] + [n] if batch_sizes is None else batch_sizes
    sizes = [checks.whole_number("batch_sizes", size, maximum=n) for size in sizes]
    checks.whole_number("draws", draws)
    variance = gradient_variance(net, data)
    return (
        BatchNoise(size, batch_noise(net, data, size, draws, seed), variance / size * (1 - size / n)) for size in sizes
    )


def noise_scale(net, data, small=16, big=256, draws=400, seed=0):
    """Estimate the gradient noise scale σ² / |G|²: the batch size at which noise and gradient are equally strong.

    From the lengths of gradients alone, as one would with more rows than can ever be read at once (McCandlish et al.
    2018, An Empirical Model of Large-Batch Training, appendix A.1): each draw takes a batch of `big` rows, and its
    first `small` rows as another one. With |G_B|² for their squared lengths,

        gradient_square = (big |G_big|² - small |G_small|²) / (big - small)
        noise           = (|G_small|² - |G_big|²) / (1 / small - 1 / big)

    Each is averaged over the draws before one is divided by the other. Both are free of bias, also for batches drawn
    without replacement from N rows: `noise` then estimates the σ² of these rows, and `gradient_square` estimates
    |g|² - σ² / N, which is the squared gradient of all the rows that these N were drawn from. Where that is not
    above 0, no gradient can be told from the noise: scale is infinite.
    """
    data = _fitting(net, data)
    big = checks.whole_number("big", big, minimum=2, maximum=len(data))
    small = checks.whole_number("small", small, maximum=big - 1)
    squares = np.array(
        [
            [_squared_length(_gradient(net, data, part)) for part in (rows[:small], rows)]
            for rows in _drawn(data, big, draws, seed)
        ]
    )
    of_small, of_big = squares.mean(axis=0)
    gradient_square = float((big * of_big - small * of_small) / (big - small))
    noise = float((of_small - of_big) / (1 / small - 1 / big))
    return NoiseScale(noise / gradient_square if gradient_square > 0 else np.inf, gradient_square, noise)


def _fitting(net, data):
    data = as_dataset(data)
    check_fit(net, data)
    return data


def _row_numbers(rows, n):
    rows = np.asarray(rows)
    if rows.ndim != 1 or not len(rows) or rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= n:
        raise ValueError(f"rows must be a list of whole numbers from 0 to {n - 1}; got {rows!r:.80}")
    return rows


def _parts(n):
    return (np.arange(start, min(start + ROWS_AT_ONCE, n)) for start in range(0, n, ROWS_AT_ONCE))


def _drawn(data, batch_size, draws, seed):
    """The row numbers of one batch after another, others for each batch size; arguments are checked at once."""
    draws, seed = checks.whole_number("draws", draws), checks.whole_number("seed", seed, minimum=0)
    return (shuffled(len(data), seed, batch_size, draw)[:batch_size] for draw in range(draws))


def _gradient(net, data, rows):
    with np.errstate(all="ignore"):  # numbers that overflow are told in words
        gradient = net.loss_and_gradient(data.X.take(rows, axis=0), data.y[rows], training=False)[1]
    if not np.isfinite(np.vdot(gradient, gradient)):
        raise NotFinite("the gradient is not finite: the weights are too large; take those of an earlier update")
    return gradient


def _squared_length(vector):
    return float(np.vdot(vector, vector))


def _squared_distance(one, other):
    return _squared_length(one - other)
