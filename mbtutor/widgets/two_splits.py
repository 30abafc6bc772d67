"""The same rows split twice, by row and by speaker, and one network trained on each: what the speech lab compares."""

from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..datasets import Dataset, as_dataset
from ..preparation import split, split_by_group, standardize

FRAME, MEAN, JOINED = "one frame", "a word: mean of its frames", "a word: its frames joined"
ROWS = (FRAME, MEAN, JOINED)
BY_ROW, BY_SPEAKER = "split by row", "split by speaker"


class Words:
    """Frames of spoken words, and how they are made into rows.

    data: a Dataset of flat rows with class labels (what was said) and groups (who said it), in which every speaker
    said every word in as many frames. Raises ValueError for other data.
    """

    def __init__(self, data):
        data = as_dataset(data)
        if data.groups is None or not data.classes or data.X.ndim != 2:
            raise ValueError(
                "data must have flat rows (n, features), class labels in y and speakers in groups, as "
                f"mb.datasets.load_vowels() has; got X of shape {data.X.shape}, "
                f"groups={'none' if data.groups is None else 'given'}"
            )
        self.speakers, voice = np.unique(data.groups, return_inverse=True)
        counts = np.zeros((len(self.speakers), data.classes), int)
        np.add.at(counts, (voice, data.y), 1)
        if counts.min() != counts.max():
            raise ValueError(
                "every speaker must have said every word in as many frames; got "
                f"{counts.min()} to {counts.max()} frames a word"
            )
        self.data, self.length = data, int(counts.max())
        self.names = data.class_names or tuple(map(str, range(data.classes)))
        self._frames = np.lexsort((data.y, voice)).reshape(*counts.shape, -1)  # (speakers, words, frames) row numbers

    @cached_property
    def shown(self):
        """The frames as they are drawn, (speakers, words, frames, features): each feature at mean 0, deviation 1."""
        X = self.data.X
        return ((X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-12))[self._frames]

    def rows(self, kind):
        """The Dataset whose rows are what `kind`, one of ROWS, says; where they are words, speaker by speaker."""
        if kind == FRAME:
            return self.data
        frames = self.data.X[self._frames.reshape(-1, self.length)]  # (words of all speakers, frames, features)
        X = frames.mean(axis=1) if kind == MEAN else frames.reshape(len(frames), -1)
        first = self.data.subset(self._frames[:, :, 0].ravel())
        return replace(first, X=X, feature_names=(), recipe=())

    def places(self, kind):
        """The numbers of the rows of each word, (speakers, words, rows)."""
        shape = self._frames.shape[:2]
        return self._frames if kind == FRAME else np.arange(shape[0] * shape[1]).reshape(*shape, 1)


class Part(NamedTuple):
    """One split of rows: both parts scaled by the first, and the numbers of the rows in the second."""

    train: Dataset
    test: Dataset
    held_out: np.ndarray


def two_splits(rows, speakers, seed):
    """{BY_ROW, BY_SPEAKER: Part}: as many rows held out each time. speakers: those that are held out."""
    share = float(np.isin(rows.groups, speakers).mean())
    return {
        BY_ROW: _part(rows, lambda data: split(data, val=0, test=share, seed=seed)),
        BY_SPEAKER: _part(rows, lambda data: split_by_group(data, val=0, test=speakers)),
    }


def _part(rows, cut):
    train, _, test = cut(rows)
    numbered = replace(rows, X=np.arange(len(rows))[:, None], feature_names=(), recipe=())  # is cut in the same way
    return Part(*standardize(train, test), cut(numbered)[2].X[:, 0])


class BothSplits:
    """Two training runs of as many updates, made in turn.

    parts: the two splits. by_row, by_speaker: what mb.train(..., validation=test) returned for each. In its records
    loss and accuracy are those on the rows held out by row, val_loss and val_accuracy those on the rows held out by
    speaker, where they were measured.
    """

    def __init__(self, parts, by_row, by_speaker):
        self.parts, self.by_row, self.by_speaker = parts, by_row, by_speaker
        self.net, self.batches, self.total = by_speaker.net, by_speaker.batches, by_speaker.total

    def __iter__(self):
        for row, speaker in zip(self.by_row, self.by_speaker, strict=True):
            yield speaker._replace(loss=row.val_loss, accuracy=row.val_accuracy, seconds=row.seconds + speaker.seconds)
