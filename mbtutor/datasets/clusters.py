"""Made-up rows in clusters: as many as an experiment needs, and known to hold nothing but what was put in."""

import numpy as np

from .. import checks
from .dataset import Dataset


def make_clusters(n, features=20, classes=5, spread=0.6, seed=0, dtype=np.float64):
    """Return n synthetic rows as a Dataset: X (n, features), y (n,) the number of the cluster 0..classes-1.

    Each class has a centre, drawn from a normal distribution with standard deviation `spread` in every feature; a row
    is the centre of its class plus noise of standard deviation 1. The classes are equally frequent and, for a small
    spread, overlap, so that no network gets every row right. The rows are the same for the same seed.
    """
    n, features = checks.whole_number("n", n), checks.whole_number("features", features)
    classes = checks.whole_number("classes", classes, minimum=2, maximum=n)
    spread, dtype = checks.positive_number("spread", spread), checks.float_dtype("dtype", dtype)
    rng = np.random.default_rng(checks.whole_number("seed", seed, minimum=0))
    y = rng.permutation(np.arange(n) % classes)
    X = spread * rng.normal(size=(classes, features))[y] + rng.normal(size=(n, features))
    return Dataset(
        X.astype(dtype),
        y,
        name="clusters",
        class_names=tuple(map(str, range(classes))),
        source="made up by mbtutor.datasets.make_clusters",
        licence="none needed",
        recipe=(f"clusters = mb.datasets.make_clusters({n}, {features}, {classes}, spread={spread:g}, seed={seed})",),
    )
