"""Labels made wrong on purpose: what a network does with them shows whether it learns a rule or learns by heart."""

from dataclasses import replace

import numpy as np

from .. import checks
from .dataset import as_dataset


def with_wrong_labels(data, share, seed=0):
    """Return the Dataset with `share` of its labels (rounded to whole rows) replaced by another class at random.

    data: a Dataset with class labels, at least two of them. The rows stay, and so do their places: `data.y` tells
    which labels were changed. The same seed changes the same labels. Raises ValueError for a share outside 0..1.
    """
    data, share = as_dataset(data), checks.number("share", share, 0, 1 + 1e-12)
    if data.classes < 2:
        raise ValueError(f"data must have labels of at least 2 classes; got {data.classes} in {data.name}")
    rng = np.random.default_rng(checks.whole_number("seed", seed, minimum=0))
    rows = rng.permutation(len(data))[: round(share * len(data))]
    y = data.y.copy()
    y[rows] = (y[rows] + rng.integers(1, data.classes, size=len(rows))) % data.classes
    return replace(data, y=y)
