"""What batch norm sees while a network trains: the mean of each batch, and the running mean that follows."""

import numpy as np

from ..batches import MiniBatches
from ..layers import BatchNorm


class BothModes:
    """A training run whose records hold loss and accuracy of the validation rows in training mode as well.

    run: what mb.train(..., validation=val) returned, of a network on rows with one BatchNorm or none. Where it
    validates, loss and accuracy of a record are those of the validation rows normalised by their own batches, of as
    many rows as the run's; `val_loss` and `val_accuracy` are those of evaluation mode. Other records hold neither.
    feature: whose means are kept. `means` has a row an update: (number, mean of the batch, running mean, mean of all
    training rows, which is measured where the run validates, else NaN). Without a BatchNorm it stays empty.
    """

    def __init__(self, run, feature=0):
        if getattr(run, "validation", None) is None:
            raise ValueError("run must be what mb.train(..., validation=val) returned; it has no validation rows")
        self.run, self.net, self.batches, self.total = run, run.net, run.batches, run.total
        self.feature, self.means = feature, []
        places = [place for place, layer in enumerate(self.net.layers) if isinstance(layer, BatchNorm)]
        self._before = self.net.layers[: places[0]] if places else None
        self._norm = self.net.layers[places[0]] if places else None
        if self._norm and not self._norm.momentum:
            raise ValueError(f"the running mean must move, by a momentum above 0; got {self._norm!r}")

    def __iter__(self):
        before = self._running()
        for update in self.run:
            found = {}
            if update.val_loss is not None:
                loss, accuracy = by_own_batches(self.net, self.run.validation, self.batches.batch_size)
                found = {"loss": loss, "accuracy": accuracy}
            if self._norm and update.number:
                after = self._running()
                of_batch = before + (after - before) / self._norm.momentum  # as the running mean has moved towards it
                of_all = self._of_all_rows() if found else np.nan
                self.means.append((update.number, of_batch, after, of_all))
                before = after
            yield update._replace(loss=found.get("loss"), accuracy=found.get("accuracy"))

    def _running(self):
        return float(self._norm.running_mean[self.feature]) if self._norm else 0.0

    def _of_all_rows(self):
        X = np.asarray(self.batches.data.X, self.net.dtype)
        for layer in self._before:
            X, _ = layer.forward(X)
        return float(X[:, self.feature].mean())


def by_own_batches(net, data, batch_size):
    """(loss, accuracy) of `data` in batches of so many rows that a BatchNorm normalises by their own statistics.

    A last batch of one row is left out, because it has no deviation. Neither weights nor running statistics move.
    """
    state, loss, right, rows = net.statistics.copy(), 0.0, 0.0, 0
    for batch in MiniBatches(data, batch_size, seed=0, drop_last=len(data) % batch_size == 1):
        Y, _ = net.forward(batch.X, training=True)
        loss += net.loss.forward(Y, batch.y)[0] * len(batch)
        right += net.accuracy(Y, batch.y) * len(batch)
        rows += len(batch)
    net.statistics[...] = state
    return loss / rows, right / rows
