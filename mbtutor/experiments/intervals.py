"""How far luck may have moved a mean: the interval in which the true one may lie."""

import math
from typing import NamedTuple

import numpy as np

# Student's t: 95% of the distribution lies within +-t, by degrees of freedom. NIST/SEMATECH e-Handbook of Statistical
# Methods, section 1.3.6.7.2, the column of 0.975.
T_95 = dict(
    enumerate(
        # fmt: off
        (
            12.706,
            4.303,
            3.182,
            2.776,
            2.571,
            2.447,
            2.365,
            2.306,
            2.262,
            2.228,
            2.201,
            2.179,
            2.160,
            2.145,
            2.131,
            2.120,
            2.110,
            2.101,
            2.093,
            2.086,
            2.080,
            2.074,
            2.069,
            2.064,
            2.060,
            2.056,
            2.052,
            2.048,
            2.045,
            2.042,
        ),
        # fmt: on
        start=1,
    )
) | {40: 2.021, 60: 2.000, 120: 1.980}


class Interval(NamedTuple):
    """A mean, and from where to where the true one may lie."""

    mean: float
    low: float
    high: float

    @property
    def holds_zero(self):
        """Whether 0 lies inside: then these values do not tell in which direction the true mean lies, if in any."""
        return self.low <= 0 <= self.high

    def __str__(self):
        return f"{self.mean:+.3f} (from {self.low:+.3f} to {self.high:+.3f})"


def confidence_interval(values):
    """Return the 95% confidence interval of the mean of `values`: Interval(mean, low, high).

    mean +- t s / sqrt(n), with the standard deviation s over n - 1 (Student 1908); t from T_95, where n - 1 is not in
    the table that of the next lower one, which is wider. Of many intervals made so, 95% hold the true mean, if the
    values are drawn independently and are roughly normal. For two settings compared on the same seeds give the
    differences, pair by pair. Raises ValueError for fewer than 2 values, or one that is not finite.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(f"values must be a list of at least 2 finite numbers; got {np.array2string(values, 60)}")
    t = T_95[max(freedom for freedom in T_95 if freedom < len(values))]
    mean, reach = values.mean(), t * values.std(ddof=1) / math.sqrt(len(values))
    return Interval(float(mean), float(mean - reach), float(mean + reach))
