"""Spoken vowels: 990 frames of sound by 15 speakers, to be told apart in the voice of someone never heard before."""

import numpy as np

from .. import checks
from . import shipped
from .dataset import Dataset

FILE = "vowels.npy"
SHA256 = "4a2722e9cbba17d530ca4c479480764b919f8840a36ebef583589c7262402b2e"
SOURCE = (
    "D. Deterding, M. Niranjan and T. Robinson, Connectionist Bench (Vowel Recognition - Deterding Data), "
    "UCI Machine Learning Repository, doi:10.24432/C58P4S"
)
WORDS = ("heed", "hid", "head", "had", "hud", "hard", "hod", "hoard", "hood", "who'd", "heard")


def load_vowels(dtype=np.float64):
    """Return the frames as a Dataset: X (990, 10) log area ratios, y (990,) the vowel 0..10, groups (990,) the speaker.

    Fifteen speakers (numbers 0..14) said eleven words, one for each vowel of British English; each word gave six
    frames. A log area ratio, which has no unit, compares the widths of two neighbouring sections of the vocal tract,
    seen as a row of tubes; the ten follow from a linear prediction of the sound. The published scores train on the
    first eight speakers and test on the other seven (A. J. Robinson 1989, Dynamic Error Propagation Networks):
    `train, _, test = mb.split_by_group(vowels, val=0, test=range(8, 15))`.
    Source and licence are fields of the Dataset. Raises ValueError if the file that ships is damaged.
    """
    dtype = checks.float_dtype("dtype", dtype)
    table = shipped.table(FILE, SHA256)
    return Dataset(
        (table[:, :10] / 1000).astype(dtype),  # the file counts thousandths
        table[:, 11].astype(np.int64),
        name="vowels",
        feature_names=tuple(f"log area ratio {number}" for number in range(1, 11)),
        class_names=WORDS,
        source=SOURCE,
        licence=shipped.CC_BY,
        groups=table[:, 10].astype(np.int64),
        recipe=shipped.recipe("vowels", dtype),
    )
