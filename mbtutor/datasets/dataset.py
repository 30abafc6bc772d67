"""A data set is rows X and their answers y, kept together so that no step can tear a pair apart."""

from dataclasses import dataclass, field, replace

import numpy as np

from .. import checks
from .mapped import MappedRows, is_mapped
from .sequences import Padded, Sequences
from .table import Table


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows and their answers, with what is known about them.

    X: (n, d) or (n, ...), n rows of numbers, or n Sequences; a memory map stays on disk and is read a batch at a time.
    y: (n,) class numbers 0..K-1 or text labels (numbered, their names kept), or (n,) / (n, k) float targets.
    encoder, scaler: what turned a Table into X, and the scaling after it, so that `prepare` treats new rows alike.
    target_scaler: the scaling of y (see standardize_target); `target_scaler.undo` tells a prediction in y's own unit.
    image_shape: (height, width) where a row is a picture.
    groups: (n,) who or what each row comes from, such as a speaker, for a split that keeps a group together.
    vocabulary: the Vocabulary that numbered the characters, where X holds text.
    recipe: the lines of Python that made this data set, for "Show the code".

    Raises TypeError or ValueError, naming the place, for anything that could not be trained on.
    """

    X: object
    y: object
    name: str = "data"
    feature_names: tuple = ()
    class_names: tuple = ()
    image_shape: tuple = ()
    source: str = ""
    licence: str = ""
    scaler: object = None
    groups: object = None
    vocabulary: object = None
    encoder: object = None
    target_scaler: object = None
    recipe: tuple = field(default=(), repr=False)

    def __post_init__(self):
        X, (y, class_names) = as_rows("X", self.X), _answers(self.y, self.class_names)
        set_field = object.__setattr__  # frozen, so that a data set cannot change under a run that reads it
        set_field(self, "X", X)
        set_field(self, "y", y)
        set_field(self, "class_names", class_names)
        checks.same_length(X, y)
        if self.groups is not None:
            set_field(self, "groups", _checked_groups(self.groups, len(X)))
        _check_names(y, class_names)

    def __len__(self):
        return len(self.X)

    def __repr__(self):
        return f"Dataset({self.name}: X {self.X.shape} {self.X.dtype}, y {self.y.shape} {self.y.dtype})"

    @property
    def classes(self):
        """The number of classes, or 0 where y holds targets instead of classes."""
        if self.class_names:
            return len(self.class_names)
        return int(self.y.max()) + 1 if self.y.dtype.kind in "iu" else 0

    def prepare(self, new):
        """Return new rows prepared as these were, ready for `net.predict`: encoded, then scaled.

        new: for a Dataset made from a Table, the Table of a new file, `mb.read_csv("new.csv", like=train)`; else rows
        as they were before scaling. What the file says of the target is its `y`: mb.evaluate(net, (X, new.y)).
        """
        if self.encoder is not None:
            X = self._encoded(new)
        elif isinstance(new, Table):
            raise TypeError("new must be rows of numbers, because this Dataset was not made from a Table; got a Table")
        else:
            X = as_rows("new", new)
        if X.shape[1:] != self.X.shape[1:]:
            raise ValueError(f"new must have rows of shape {self.X.shape[1:]}; got {X.shape[1:]}")
        return X if self.scaler is None else scaled(X, self.scaler)

    def _encoded(self, new):
        if not isinstance(new, Table):
            raise TypeError(
                f"new must be a Table, as mb.read_csv(path, like=train) returns it; got {type(new).__name__}"
            )
        self.encoder.check(new)
        self.encoder.tell_unseen([new])
        return self.encoder.encode(new.values)

    def subset(self, rows):
        """The data set of these row numbers, in this order (of a memory map nothing is read)."""
        X = self.X.part(rows) if isinstance(self.X, (MappedRows, Sequences)) else self.X[rows]
        groups = None if self.groups is None else self.groups[rows]
        return replace(self, X=X, y=self.y[rows], groups=groups, recipe=())  # which rows, it does not tell


def as_dataset(data):
    """Return `data` itself if it is a Dataset, or the Dataset of a pair (X, y)."""
    if isinstance(data, Dataset):
        return data
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return Dataset(*data)
    if isinstance(data, Table):
        raise TypeError("data is a Table, with text and gaps; make Datasets of its parts first, by mb.encode")
    raise TypeError(f"data must be a Dataset or a pair (X, y); got {type(data).__name__}")


def as_rows(name, X):
    """Return X as finite rows of numbers; a memory map as MappedRows, which are checked as they are read."""
    if isinstance(X, (MappedRows, Sequences, Padded)):
        return X
    _check_even(name, X)
    X = checks.rows(name, X)
    if is_mapped(X):
        return MappedRows(X)
    checks.finite(name, X)
    return X


def scaled(X, scaler):
    """Return rows under a scaler, whatever holds them; a memory map is scaled as it is read."""
    if isinstance(X, MappedRows):
        return X.scaled(scaler)
    return X.with_values(scaler.apply(X.values)) if isinstance(X, Sequences) else scaler.apply(X)


def _check_even(name, X):
    """Raise a ValueError for a list of rows that differ in length, which may well be sequences."""
    lengths = [len(row) for row in X if hasattr(row, "__len__")] if isinstance(X, (list, tuple)) else []
    if len(set(lengths)) > 1:
        raise ValueError(
            f"{name} must be a table with rows of equal length; got lengths from {min(lengths)} to {max(lengths)}. If "
            f"the rows are sequences, say so: mb.Sequences({name})"
        )


def _checked_groups(groups, n):
    groups = checks.as_array("groups", groups)
    if groups.shape != (n,):
        raise ValueError(f"groups must have one entry a row, shape ({n},); got shape {groups.shape}")
    for row, group in enumerate(groups.tolist()):
        if not isinstance(group, (str, int, float)) or group != group:
            raise ValueError(f"groups must be names or numbers; got {group!r} at row {row} (counted from 0). Name it")
    return groups


def _answers(y, class_names):
    y = checks.as_array("y", y)
    if y.ndim == 0 or y.ndim > 2:
        raise ValueError(f"y must have shape (n,) or (n, k); got shape {y.shape}")
    if y.dtype.kind in "UST" or (y.dtype == object and any(isinstance(label, str) for label in y.ravel())):
        return _numbered(y)
    y = checks.numeric("y", y)
    checks.finite("y", y)
    return (y.astype(np.int64) if y.dtype.kind in "bu" else y), tuple(class_names)


def _numbered(y):
    """Number text labels in the order of the alphabet; return (numbers, names)."""
    if y.ndim > 1 and y.shape[1] != 1:
        raise ValueError(f"y holds text, so it must have shape (n,), one label a row; got shape {y.shape}")
    for row, label in enumerate(y.ravel()):
        if not isinstance(label, (str, bytes)):
            raise ValueError(
                f"y holds text, but {label!r} at row {row} (counted from 0). Name the class or drop the row"
            )
    names, numbers = np.unique(y.ravel().astype(str), return_inverse=True)
    return numbers.ravel(), tuple(names.tolist())


def _check_names(y, class_names):
    if class_names and y.dtype.kind in "iu" and y.ndim == 1 and not 0 <= y.min() <= y.max() < len(class_names):
        raise ValueError(
            f"y must hold class numbers from 0 to {len(class_names) - 1}, one for each of the {len(class_names)} "
            f"class_names; got {y.min()} to {y.max()}"
        )
