"""Handwritten digits: all 5,620 of "Optical Recognition of Handwritten Digits" (UCI), 8 x 8 pixels each."""

import numpy as np

from .. import checks
from . import shipped
from .dataset import Dataset

FILE = "digits.npy"
SHA256 = "a045163fb00b34c2d6f15bec1812ad7922ac26b3efd2485e99ffb10a01e0c36a"
SOURCE = (
    "E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, "
    "UCI Machine Learning Repository, doi:10.24432/C50P49"
)


def load_digits(dtype=np.float64):
    """Return the 5,620 digits as a Dataset: X (5620, 64) of ink counts 0..16, y (5620,) the digit 0..9.

    Each pixel counts the inked dots in a 4 x 4 square of a 32 x 32 scan. Source and licence are fields of the Dataset.
    Raises ValueError if the file that ships is damaged.
    """
    dtype = checks.float_dtype("dtype", dtype)
    table = shipped.table(FILE, SHA256)
    return Dataset(
        table[:, :64].astype(dtype),
        table[:, 64].astype(np.int64),
        name="digits",
        feature_names=tuple(f"pixel {row},{column}" for row in range(8) for column in range(8)),
        class_names=tuple("0123456789"),
        image_shape=(8, 8),
        source=SOURCE,
        licence=shipped.CC_BY,
        recipe=shipped.recipe("digits", dtype),
    )
