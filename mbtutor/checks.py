"""Refuse bad input early: each message names the argument, shows the value and says the fix."""

import math
import operator
import sys

import numpy as np


def note(text):
    """Tell the learner one thing that was decided for them, in one line."""
    print(f"note: {text}")


def whole_number(name, value, minimum=1, maximum=math.inf):
    """Return `value` as an int from `minimum` to `maximum`; anything else (2.5, "8", True) is a ValueError."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, (bool, np.bool_)) or not minimum <= number <= maximum:
        allowed = f"of at least {minimum}" if maximum == math.inf else f"from {minimum} to {maximum:,}"
        raise ValueError(f"{name} must be a whole number {allowed}; got {value!r}")
    return number


def number(name, value, low=-math.inf, high=math.inf):
    """Return `value` as a float with low <= value < high; anything else is a ValueError."""
    if not _is_number(value) or not low <= value < high:
        raise ValueError(f"{name} must be a number from {low:g} up to, not including, {high:g}; got {value!r}")
    return float(value)


def positive_number(name, value):
    """Return `value` as a float that is finite and above 0; anything else is a ValueError."""
    if not _is_number(value) or not 0 < value < math.inf:
        raise ValueError(f"{name} must be a finite number above 0; got {value!r}")
    return float(value)


def choice(name, value, options):
    """Return `value` if it is one of `options`; otherwise a ValueError lists them."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}; got {value!r}")
    return value


def numeric(name, values):
    """Return `values` as a plain array of real numbers; objects that are numbers are converted, else TypeError."""
    array = as_array(name, values)
    if array.dtype == object:
        array = _converted(name, array)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name} must hold real numbers; got dtype {array.dtype}. Convert it first, e.g. by .astype(float)"
        )
    return array


def as_array(name, values):
    """Return `values` as a plain array; a ValueError for rows of unequal length, and for masked entries."""
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has {np.ma.count_masked(values)} masked entries; fill them, e.g. by {name}.filled(0)")
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be a table with rows of equal length; numpy says: {error}") from None


def rows(name, X):
    """Return X as a numeric array of at least one row and one column; its shape is in every message."""
    X = numeric(name, X)
    if X.ndim < 2:
        raise ValueError(
            f"{name} must have two axes or more (rows, columns); got shape {X.shape}. "
            f"For one column use {name}.reshape(-1, 1), for one row {name}.reshape(1, -1)"
        )
    if 0 in X.shape:
        raise ValueError(f"{name} must have at least one row and one column; got shape {X.shape}")
    return X


def finite(name, X, row_numbers=None):
    """Raise a ValueError that names the first row and column where X is NaN or infinite.

    row_numbers: (n,) what to call the rows of X where they are a part of something larger.
    """
    if X.dtype.kind != "f" or bool(np.isfinite(X).all()):
        return
    place = np.argwhere(~np.isfinite(X))[0]
    row = place[0] if row_numbers is None else row_numbers[place[0]]
    where = f"row {row}" + "".join(f", column {i}" for i in place[1:])
    raise ValueError(
        f"{name} holds {X[tuple(place)]} at {where} (counted from 0). Repair or drop that row before training"
    )


def float_dtype(name, value):
    """Return `value` as numpy's float64 or float32; anything else is a ValueError."""
    try:
        called = np.dtype(value).name
    except TypeError:
        called = value
    return np.dtype(choice(name, called, ("float64", "float32")))


def has_names(name, value, names):
    """Raise a ValueError unless `value` is a dict that holds all these names."""
    missing = [wanted for wanted in names if not isinstance(value, dict) or wanted not in value]
    if missing or not isinstance(value, dict):
        raise ValueError(f"{name} must be a dict as it was saved; missing: {', '.join(missing) or 'all'}. Use another")


def same_length(X, y):
    """Raise a ValueError with both shapes when X and y do not pair up row by row."""
    if len(X) != len(y):
        raise ValueError(f"X and y must have one entry a row each; got X of shape {X.shape} and y of shape {y.shape}")


def _is_number(value):
    known = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    value = float(value) if isinstance(value, np.number) else value
    return known and abs(value) <= sys.float_info.max  # False for NaN, infinity and 10**400


def _converted(name, array):
    text = next((value for value in array.ravel() if isinstance(value, (str, bytes))), None)
    if text is not None:
        raise TypeError(f"{name} must hold real numbers; it holds text, such as {text!r}. Turn it into numbers first")
    whole = all(isinstance(value, (int, np.integer)) for value in array.ravel())
    try:
        return array.astype(np.int64 if whole else np.float64)
    except (TypeError, ValueError, OverflowError):
        kinds = sorted({type(value).__name__ for value in array.ravel()})
        raise TypeError(f"{name} must hold real numbers; got objects of type {', '.join(kinds)}") from None
