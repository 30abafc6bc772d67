"""Real data that ships with its source and licence, and the Dataset that holds it."""

from .dataset import Dataset, as_dataset
from .digits import load_digits

__all__ = ["Dataset", "as_dataset", "load_digits"]
