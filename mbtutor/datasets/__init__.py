"""Real data that ships with its source and licence, made-up data for experiments, and the Dataset that holds both."""

from .clusters import make_clusters
from .dataset import Dataset, as_dataset
from .digits import load_digits
from .sequences import Padded, Sequences
from .wrong_labels import with_wrong_labels

__all__ = ["Dataset", "Padded", "Sequences", "as_dataset", "load_digits", "make_clusters", "with_wrong_labels"]
