"""The updates of a run as columns of numbers, seen against any of three clocks."""

import csv

import numpy as np

from . import checks, files
from .training import Update, train

CLOCKS = ("examples", "updates", "seconds")


class History:
    """Grows by `append(update)`. Each column is a read-only array with NaN where nothing was measured.

    Columns: number, epoch, examples, seconds, loss, accuracy, val_loss, val_accuracy (all (updates + 1,) float64).
    label: what a picture calls the run. loss: the name of its loss; two different losses are not drawn on one axis.
    """

    def __init__(self, updates=(), label="", loss=""):
        self.label, self.loss = label, loss
        self._columns, self._count = np.empty((len(Update._fields), 64)), 0  # room that doubles when it is full
        for update in updates:
            self.append(update)

    def append(self, update):
        """Add one Update at the end; TypeError for anything else."""
        if not isinstance(update, Update):
            raise TypeError(f"update must be an Update, as mb.train(...) hands them out; got {update!r:.60}")
        if self._count == self._columns.shape[1]:
            self._columns = np.concatenate([self._columns, np.empty_like(self._columns)], axis=1)
        self._columns[:, self._count] = [np.nan if value is None else value for value in update]
        self._count += 1  # last, so that an interrupt cannot leave half a record

    def __len__(self):
        return self._count

    def __getitem__(self, name):
        checks.choice("name", name, Update._fields)
        column = self._columns[Update._fields.index(name), : self._count]
        column.setflags(write=False)  # a view: a live curve asks for its columns many times a second
        return column

    def clock(self, name):
        """Where each record stands on that clock: rows used, updates made or seconds spent, (records,)."""
        return self["number" if checks.choice("name", name, CLOCKS) == "updates" else name]

    def measured(self, name, clock="updates"):
        """Return (x, values): the column without its gaps, and where on the clock each value stands."""
        values = self[name]
        known = ~np.isnan(values)
        return self.clock(clock)[known], values[known]

    def smoothed(self, name, window):
        """The mean of each value and up to window - 1 values before it, (records,); gaps count for nothing."""
        checks.whole_number("window", window)
        values = self[name]
        known = ~np.isnan(values)
        total, count = np.cumsum(np.where(known, values, 0)), np.cumsum(known)
        total[window:], count[window:] = total[window:] - total[:-window], count[window:] - count[:-window]
        return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)

    def to_csv(self, path):
        """Write a header and one line an update, an empty cell where nothing was measured; whole, or not at all."""
        with files.replacing(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(Update._fields)
            for row in self._columns[:, : self._count].T.tolist():
                writer.writerow("" if value != value else f"{value:.10g}" for value in row)

    def __repr__(self):
        return f"History({len(self) - 1 if len(self) else 0} updates{': ' + self.label if self.label else ''})"


def fit(net, batches, *, progress=None, **options):
    """Run `train(net, batches, **options)` to its end and return its History.

    progress: True shows a bar, False shows none; by default a terminal gets one and a notebook none, so that a
    notebook prints the same on every machine. An interrupt (Ctrl-C) returns what was done so far; training can go on.
    """
    from tqdm import tqdm  # only this function needs it

    run = train(net, batches, **options)
    history = History()
    try:
        for update in tqdm(
            run, total=run.total + 1, unit=" updates", disable=None if progress is None else not progress
        ):
            history.append(update)
    except KeyboardInterrupt:
        if run.number not in history["number"]:  # it came between an update and its record
            history.append(run.progress())
        checks.note(f"interrupted after update {run.number} of {run.total}; the weights of that update are kept")
    return history
