"""Part 1 of the guide: prepare the data. Split it, bring its columns to one scale, encode the classes."""

from dataclasses import dataclass, replace

import numpy as np

from . import checks
from .datasets.dataset import Dataset, as_dataset, scaled
from .datasets.encoder import fitted
from .datasets.mapped import chunks
from .datasets.sequences import Sequences, numbers_of
from .datasets.table import Table
from .datasets.wording import few


def shuffled(n, *key):
    """Return the numbers 0..n-1 in an order that depends on `key` alone, (n,) int64.

    Each number is a card with random bits above it; sorting the cards shuffles them. The bits are raw PCG64 output,
    which numpy promises never to change (NEP 19); Generator.permutation carries no such promise.
    """
    low = np.uint64(2 ** n.bit_length() - 1)  # the bits that hold a number below n
    cards = np.random.PCG64(key).random_raw(n) & ~low | np.arange(n, dtype=np.uint64)
    return (np.sort(cards) & low).astype(np.int64)


def split(data, val=0.15, test=0.15, seed=0, stratify=True):
    """Return (train, val, test): three Datasets that share no row and together hold every row; of a Table three Tables.

    val, test: the fraction of the rows for each, at least 0 and together below 1. A part of fraction 0 is None.
    stratify: give each class its share of every part (float targets have no classes: they are split at random).
    Within a part the rows keep their order, so a sorted file stays sorted. The sizes are exact to a row.
    Raises ValueError for fractions that leave a part empty, and for a class too small to be in every part.
    """
    data = _with_target(data) if isinstance(data, Table) else as_dataset(data)
    sizes = _part_sizes(len(data), val, test)
    seed = checks.whole_number("seed", seed, minimum=0)
    by_class = stratify and data.y.dtype.kind in "iu" and data.y.ndim == 1
    order = shuffled(len(data), seed)
    if by_class:
        order = order[np.argsort(data.y[order], kind="stable")]  # class by class, shuffled inside each
    parts = _dealt(order, sizes)
    if by_class:
        _check_classes(data, parts)
    more = "" if stratify else ", stratify=False"
    line = f"train, val, test = mb.split({data.name}, val={val}, test={test}, seed={seed}{more})"
    return tuple(_part(data, name, rows, line) for name, rows in parts.items())


def split_by_group(data, val=0.15, test=0.15, seed=0):
    """Return (train, val, test): three Datasets of which no two share a group, such as a speaker.

    val, test: a fraction of the groups, drawn by `seed`; or the name of a group, or a list of names. A part of fraction
    0 is None. Groups may differ in size, so a part need not hold that fraction of the rows, nor every class.
    Raises ValueError for data without groups, a group that is unknown or in two parts, a part that would be empty, and
    a class that would be missing from train.
    """
    data = as_dataset(data)
    if data.groups is None:
        raise ValueError("data has no groups; say which each row belongs to: mb.Dataset(X, y, groups=...)")
    val, test = _listed("val", val), _listed("test", test)
    seed = checks.whole_number("seed", seed, minimum=0)
    chosen = _chosen_groups(np.unique(data.groups), {"val": val, "test": test}, seed)
    held_out = {name: np.isin(data.groups, groups) for name, groups in chosen.items()}
    parts = {"train": ~held_out["val"] & ~held_out["test"], **held_out}
    _check_taught_classes(data, parts["train"])
    line = f"train, val, test = mb.split_by_group({data.name}, val={val!r}, test={test!r}, seed={seed})"
    return tuple(_part(data, name, np.flatnonzero(rows), line) for name, rows in parts.items())


def encode(train, *others):
    """Return the Tables as Datasets of numbers, by what the rows of **train** hold.

    A number column stays one; its gaps are filled with train's mean, and a 0/1 column "NAME is missing" follows where
    train has gaps. A text column becomes a 0/1 column for each of its texts in train, "NAME=text", and one for gaps
    where train has any. A text, or a gap, that train did not have is 0 in all of them, and a note says so.
    Of a Table that stays in a file nothing is written: each batch is encoded as it is read. With no others, returns
    the one Dataset; a part that is None (see split) stays None.
    Raises ValueError, naming the column, for a text in nearly every row another (an id), and for one without a value
    in train.
    """
    parts = [_with_target(train)] + [None if part is None else _with_target(part) for part in others]
    known = [part for part in parts if part is not None]
    encoder = fitted(train)
    for part in known:
        encoder.check(part)
    encoder.tell_unseen(known[1:])
    names = ", ".join(part.name for part in known)
    encoded = tuple(part and _encoded(encoder, part, f"{names} = mb.encode({names})") for part in parts)
    return encoded if others else encoded[0]


def standardize(train, *others):
    """Return the same Datasets with every column at mean 0 and standard deviation 1 **in train**.

    Mean and deviation come from `train` alone; the others are scaled by train's numbers, as new data will be.
    A column that never varies gets scale 1, and a note says so. A memory map is scanned in chunks and scaled
    batch by batch; of sequences every position counts alike. With no others, returns the one Dataset; a part that is
    None (see split) stays None.
    """
    return _scaled("standardize", _mean_and_deviation, train, others)


def min_max(train, *others):
    """Return the same Datasets with every column running from 0 to 1 **in train** (others may go beyond)."""
    return _scaled("min_max", _low_and_range, train, others)


def standardize_target(train, *others):
    """Return the same Datasets with a target y of numbers at mean 0 and standard deviation 1 **in train**.

    One learning rate then serves miles per gallon and prices alike, and a mean squared error of 1 is what the mean of
    train would cost as the answer to each of its rows. `train.target_scaler.undo(net.predict(X))` is in the target's
    own unit again. With no others, returns the one Dataset; a part that is None (see split) stays None.
    Raises ValueError for classes, and for a target that never varies in train.
    """
    parts = [as_dataset(train)] + [None if part is None else as_dataset(part) for part in others]
    known = [part for part in parts if part is not None]
    for part in known:
        if part.y.dtype.kind != "f":
            raise ValueError(
                f"standardize_target takes numbers to be hit; {part.name} has classes, which need no scaling"
            )
    mean, deviation = known[0].y.mean(axis=0), known[0].y.std(axis=0)
    if not np.all(deviation > 0):
        raise ValueError(f"the target is {known[0].y[0]} in every row of train: there is nothing to learn")
    scaler, names = Scaler(np.asarray(mean), np.asarray(deviation)), ", ".join(part.name for part in known)
    line = f"{names} = mb.standardize_target({names})"
    applied = tuple(part and _with_scaled_target(scaler, part, line) for part in parts)
    return applied if others else applied[0]


def stack_frames(data, reach):
    """Return the Dataset of sequences in which every frame stands beside its neighbours, the earliest on the left.

    A frame of d numbers becomes one of (2 reach + 1) d: the `reach` frames before it, itself, the `reach` after it.
    Beyond an end of its sequence the first or the last frame stands in. Raises ValueError for rows that are no
    sequences of frames (length, d), and for a reach below 1.
    """
    data = as_dataset(data)
    if not isinstance(data.X, Sequences) or data.X.ndim != 3:
        raise ValueError(f"stack_frames takes sequences of frames (length, features); got rows of {data.X.shape[1:]}")
    width = 2 * checks.whole_number("reach", reach) + 1
    starts = np.cumsum(data.X.lengths) - data.X.lengths
    first, last = (np.repeat(ends, data.X.lengths) for ends in (starts, starts + data.X.lengths - 1))
    places = np.arange(len(first))[:, None] + np.arange(-reach, reach + 1)  # (frames, width)
    places = np.clip(places, first[:, None], last[:, None])
    return replace(
        data,
        X=data.X.with_values(data.X.values[places].reshape(len(places), -1)),
        feature_names=tuple(f"{name}, {step:+d}" for step in range(-reach, reach + 1) for name in data.feature_names),
        scaler=data.scaler and Scaler(np.tile(data.scaler.offset, width), np.tile(data.scaler.scale, width)),
        recipe=(*data.recipe, f"{data.name} = mb.stack_frames({data.name}, {reach})") if data.recipe else (),
    )


def one_hot(y, classes=None):
    """Return (n, classes) floats: row i is 0 everywhere but 1 in column y[i].

    Raises ValueError for labels that are not whole numbers from 0 to classes - 1.
    """
    y = checks.numeric("y", y)
    if y.dtype.kind not in "iu" or y.ndim != 1 or not len(y):
        raise ValueError(f"y must be a row of whole class numbers; got shape {y.shape}, dtype {y.dtype}")
    classes = max(int(y.max()) + 1, 1) if classes is None else checks.whole_number("classes", classes)
    if not 0 <= y.min() <= y.max() < classes:
        raise ValueError(f"y must hold class numbers from 0 to {classes - 1}; got {y.min()} to {y.max()}")
    return np.eye(classes)[y]


@dataclass(frozen=True, eq=False)
class Scaler:
    """Remembers how columns were scaled: prepared = (X - offset) / scale, both of the shape of one row."""

    offset: np.ndarray
    scale: np.ndarray

    def apply(self, X):
        """Return X scaled, in floats: float32 stays float32, anything else becomes float64."""
        dtype = self.dtype(X.dtype)
        scaled = X - self.offset.astype(dtype)
        scaled /= self.scale.astype(dtype)  # in place: a batch of a mapped file is held once less
        return scaled

    def undo(self, scaled):
        """Return what `apply` scaled as it was, (n,) or (n, k) for a target."""
        return scaled * self.scale + self.offset

    def dtype(self, dtype):
        """The dtype that `apply` gives to an array of this dtype."""
        return np.dtype(np.float32 if dtype == np.float32 else np.float64)

    def then(self, later):
        """The one Scaler that does this scaling and then the later one."""
        return Scaler(self.offset + self.scale * later.offset, self.scale * later.scale)


def _part_sizes(n, val, test, of="rows"):
    sizes = {name: checks.number(name, fraction, 0, 1) for name, fraction in (("val", val), ("test", test))}
    if val + test >= 1:
        raise ValueError(f"val + test must be below 1, so that {of} are left to train on; got {val} + {test}")
    counts = {name: round(fraction * n) for name, fraction in sizes.items()}
    for name, fraction in sizes.items():
        if fraction > 0 and counts[name] == 0:
            raise ValueError(f"{name}={fraction} of {n} {of} leaves {name} empty; use a larger fraction, or 0 for none")
    if sum(counts.values()) >= n:
        raise ValueError(f"val={val} and test={test} of {n} {of} leave train empty; use smaller fractions")
    return counts


def _dealt(order, sizes):
    """Deal the rows out evenly along `order`, so that each stretch of it (a class) gives every part its share."""
    parts = {}
    for name in ("test", "val"):
        step = np.arange(len(order) + 1) * sizes[name] // len(order)
        chosen = np.diff(step) == 1
        parts[name], order = np.sort(order[chosen]), order[~chosen]
    return {"train": np.sort(order), "val": parts["val"], "test": parts["test"]}


def _check_classes(data, parts):
    for label in np.unique(data.y):
        for name, rows in parts.items():
            if len(rows) and not (data.y[rows] == label).any():
                count, called = int((data.y == label).sum()), data.class_names[label] if data.class_names else label
                raise ValueError(
                    f"class {called} has too few rows ({count}) to put one in {name}; collect more of it, leave it "
                    f"out, give {name} a larger fraction, or pass stratify=False"
                )


def _listed(name, part):
    """One name or several as a list of plain values, so that they print as they are written; a fraction as it is."""
    if isinstance(part, str):
        return [part]
    if isinstance(part, (int, np.integer)) and part >= 1:
        raise ValueError(f"{name} must be a fraction below 1, or groups in a list; got {part}. Try {name}=[{part}]")
    if isinstance(part, (list, tuple, set, frozenset, range, np.ndarray)):
        return np.unique(list(part)).tolist()
    return part


def _chosen_groups(groups, parts, seed):
    """{"val": groups, "test": groups}: the groups that were named, and for a fraction those that are drawn."""
    chosen = {name: part if isinstance(part, list) else [] for name, part in parts.items()}
    _check_named(groups.tolist(), parts, chosen)
    sizes = _part_sizes(len(groups), **{name: 0 if chosen[name] else part for name, part in parts.items()}, of="groups")
    named = {*chosen["val"], *chosen["test"]}
    rest = [group for group in groups[shuffled(len(groups), seed)].tolist() if group not in named]
    for name in ("test", "val"):
        chosen[name], rest = chosen[name] + rest[: sizes[name]], rest[sizes[name] :]
    if not rest:
        raise ValueError(f"val={parts['val']} and test={parts['test']} of {len(groups)} groups leave train empty")
    return chosen


def _check_named(groups, parts, chosen):
    for name, part in parts.items():
        if part == []:
            raise ValueError(f"{name} must name at least one group; got an empty list. For no such part use {name}=0")
        unknown = [group for group in chosen[name] if group not in groups]
        if unknown:
            raise ValueError(f"{name} must name groups of the data, which are {few(groups)}; got {unknown[0]!r}")
    twice = [group for group in chosen["val"] if group in chosen["test"]]
    if twice:
        raise ValueError(f"val and test must share no group; {twice[0]!r} is in both. Leave it out of one")


def _check_taught_classes(data, train):
    if data.y.dtype.kind not in "iu" or data.y.ndim > 1:
        return
    missing = np.setdiff1d(data.y, data.y[train])
    if len(missing):
        called = data.class_names[missing[0]] if data.class_names else missing[0]
        raise ValueError(
            f"class {called} is only in groups kept from train, so it could not be learned; choose other groups or "
            "another seed"
        )


def _part(data, name, rows, line):
    if not len(rows):
        return None
    return replace(data.subset(rows), name=name, recipe=(*data.recipe, line) if data.recipe else ())


def _with_target(table):
    """The Table itself, if it has a target; else an error."""
    if not isinstance(table, Table):
        raise TypeError(f"encode takes Tables, as mb.read_csv returns them; got {type(table).__name__}")
    if table.y is None:
        raise ValueError(f'{table.name} has no target; name one: mb.read_csv(path, target="...") of {few(table.names)}')
    return table


def _encoded(encoder, table, line):
    return Dataset(
        encoder.encode(table.values),
        table.y,
        name=table.name,
        feature_names=encoder.names,
        class_names=table.class_names,
        source=table.source,
        licence=table.licence,
        encoder=encoder,
        recipe=(*table.recipe, line) if table.recipe else (),
    )


def _scaled(name, statistics, train, others):
    train = as_dataset(train)
    parts = [train] + [None if part is None else as_dataset(part) for part in others]
    known = [part for part in parts if part is not None]
    for part in known:
        if part.X.shape[1:] != train.X.shape[1:]:
            raise ValueError(
                f"every part must have rows of train's shape {train.X.shape[1:]}; {part.name} has {part.X.shape[1:]}"
            )
    _check_measured(name, train.X)
    scaler = _named_columns(name, *statistics(numbers_of(train.X)))
    names = ", ".join(part.name for part in known)
    applied = tuple(part and _apply(scaler, part, f"{names} = mb.{name}({names})") for part in parts)
    return applied if others else applied[0]


def _apply(scaler, data, line):
    X = scaled(data.X, scaler)
    whole = scaler if data.scaler is None else data.scaler.then(scaler)
    return replace(data, X=X, scaler=whole, recipe=(*data.recipe, line) if data.recipe else ())


def _with_scaled_target(scaler, data, line):
    whole = scaler if data.target_scaler is None else data.target_scaler.then(scaler)
    recipe = (*data.recipe, line) if data.recipe else ()
    return replace(data, y=scaler.apply(data.y), target_scaler=whole, recipe=recipe)


def _check_measured(name, X):
    if isinstance(X, Sequences) and X.dtype.kind in "iu":
        raise ValueError(
            f"{name} takes measurements; these sequences hold whole numbers that stand for characters. "
            "Leave them as they are and begin the network with mb.Embedding(...)"
        )


def _named_columns(name, offset, scale):
    """A Scaler in which a column that never varies has scale 1, so that nothing is divided by zero."""
    if not np.isfinite(scale).all():
        column = np.flatnonzero(~np.isfinite(scale))[0]
        raise ValueError(f"column {column} of train holds numbers too large to square; divide it by its largest first")
    constant = np.flatnonzero(scale == 0)
    if len(constant):
        listed = ", ".join(map(str, constant[:8])) + (", ..." if len(constant) > 8 else "")
        checks.note(f"{name}: {len(constant)} of {scale.size} columns never vary in train ({listed}); their scale is 1")
    return Scaler(offset, np.where(scale == 0, 1.0, scale))


def _mean_and_deviation(X):
    mean = sum(part.sum(axis=0, dtype=np.float64) for part in chunks(X)) / len(X)
    with np.errstate(over="ignore"):  # told in words by _named_columns
        variance = sum(((part - mean) ** 2).sum(axis=0) for part in chunks(X)) / len(X)  # two passes: no cancellation
    low, high = _extremes(X)
    return mean, np.where(low == high, 0.0, np.sqrt(variance))  # rounding can leave a trace of variance in a constant


def _low_and_range(X):
    low, high = _extremes(X)
    with np.errstate(over="ignore"):  # told in words by _named_columns
        return low, high - low


def _extremes(X):
    lows, highs = zip(*((part.min(axis=0), part.max(axis=0)) for part in chunks(X)))
    return np.min(lows, axis=0).astype(np.float64), np.max(highs, axis=0).astype(np.float64)
