"""Batches of sequences of like length, so that little of a batch is padding."""

import numpy as np

from .. import checks
from ..datasets.dataset import as_dataset
from ..datasets.sequences import Sequences
from ..preparation import shuffled
from .mini_batches import MiniBatches


class BucketBatches(MiniBatches):
    """Hands out sequences in batches of like length ("bucketing"), in a new order every epoch.

    data: a Dataset whose X is Sequences. batch_size: rows a batch; or token_budget: the most positions a batch may have
    when padded (rows x longest), so that every batch is about the same work. One of the two; every row is in one batch.
    Rows are sorted by length, those of one length in an order set by (seed, epoch); the sorted rows are cut into
    batches, and the batches come in an order set by (seed, epoch). So `len()` is the same in every epoch.
    Raises ValueError for rows that are no sequences, and for a budget that the longest does not fit into.
    """

    def __init__(self, data, batch_size=None, *, token_budget=None, shuffle=True, seed=0):
        data = as_dataset(data)
        if not isinstance(data.X, Sequences):
            raise ValueError("BucketBatches cuts sequences by their length; these have one. Use MiniBatches")
        if (batch_size is None) == (token_budget is None):
            raise ValueError(f"give batch_size or token_budget; got {batch_size} and {token_budget}")
        lengths = np.sort(data.X.lengths)
        if token_budget is None:
            cuts = _by_rows(lengths, checks.whole_number("batch_size", batch_size))
        else:
            cuts = _by_budget(lengths, checks.whole_number("token_budget", token_budget))
        self.token_budget, self._cuts = token_budget, cuts
        super().__init__(data, int(np.diff(cuts).max()), shuffle=shuffle, seed=seed)

    @property
    def smallest(self):
        return int(np.diff(self._cuts).min())

    @property
    def mixed(self):
        return True

    def __len__(self):
        return len(self._cuts) - 1

    def order(self, epoch):
        rows = shuffled(len(self.data), self.seed, epoch) if self.shuffle else np.arange(len(self.data))
        rows = rows[np.argsort(self.data.X.lengths[rows], kind="stable")]
        return np.concatenate([rows[self._cuts[i] : self._cuts[i + 1]] for i in self._turns(epoch)])

    def edges(self, epoch):
        return np.concatenate([[0], np.cumsum(np.diff(self._cuts)[self._turns(epoch)])])

    def _turns(self, epoch):
        """Which batch of the sorted rows comes first, second, ... in that epoch, (batches,)."""
        return shuffled(len(self), self.seed, epoch, 1) if self.shuffle else np.arange(len(self))

    def _settings(self):
        return {**super()._settings(), "token_budget": self.token_budget}


def wasted_share(batches, epoch=0):
    """The share of all positions of that epoch that is padding, from 0 up to, not including, 1."""
    lengths = batches.data.X.lengths
    rows_of_each, _ = batches.rows_of(epoch)
    padded = sum(len(rows) * lengths[rows].max() for rows in rows_of_each)
    return float(1 - sum(lengths[rows].sum() for rows in rows_of_each) / padded)


def _by_rows(lengths, size):
    return np.append(np.arange(0, len(lengths), size), len(lengths))


def _by_budget(lengths, budget):
    """Where to cut sorted lengths so that rows x longest of each part is at most the budget."""
    if lengths[-1] > budget:
        raise ValueError(f"token_budget must be at least {lengths[-1]}, the longest sequence; got {budget}")
    cuts = [0]
    for row, longest in enumerate(lengths):
        if (row + 1 - cuts[-1]) * longest > budget:
            cuts.append(row)
    return np.array([*cuts, len(lengths)])
