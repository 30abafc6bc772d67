"""Utterances: two Japanese vowels said 640 times by nine men, each a sequence of sounds, to tell who is speaking."""

import numpy as np

from .. import checks
from . import shipped
from .dataset import Dataset
from .sequences import Sequences

FILE = "utterances.npy.gz"
SHA256 = "0a5c995f6b76fbc143e157396f1ca9542269632652a6e94e0a925e58b62668a3"
SOURCE = (
    "M. Kudo, J. Toyama and M. Shimbo (1999), Japanese Vowels, UCI Machine Learning Repository, doi:10.24432/C5NS47"
)
TRAINING = 270  # the utterances published for training come first


def load_utterances(dtype=np.float64):
    """Return the utterances as a Dataset: X 640 Sequences of shape (640, None, 12), y (640,) the speaker 0..8.

    Each utterance is the vowels /ae/, cut into 7 to 29 frames of 12 cepstral coefficients (of a linear prediction; they
    have no unit), which describe the sound of a frame. groups names the part an utterance was published in: 270 of
    "train", 30 a speaker, and 370 of "test", recorded apart from them. To split as published:
    `train, _, test = mb.split_by_group(utterances, val=0, test="test")`.
    Source and licence are fields of the Dataset. Raises ValueError if the file that ships is damaged.
    """
    dtype = checks.float_dtype("dtype", dtype)
    table = shipped.table(FILE, SHA256)
    starts = np.flatnonzero(np.diff(table[:, 0], prepend=-1))
    frames = (table[:, 2:] / 1e6).astype(dtype)  # the file counts millionths
    return Dataset(
        Sequences(np.split(frames, starts[1:])),
        table[starts, 1].astype(np.int64) - 1,
        name="utterances",
        feature_names=tuple(f"cepstral coefficient {number}" for number in range(1, 13)),
        class_names=tuple(f"speaker {number}" for number in range(1, 10)),
        source=SOURCE,
        licence=shipped.CC_BY,
        groups=np.where(table[starts, 0] < TRAINING, "train", "test"),
        recipe=shipped.recipe("utterances", dtype),
    )
