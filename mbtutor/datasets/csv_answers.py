"""The target column of a CSV file becomes classes or numbers, by a rule that is told."""

import numpy as np

from .. import checks
from .wording import few, quoted

MOST_CLASSES = 20  # up to so many different whole numbers are taken for classes


def answers(y, column, task, where):
    """Return (y, class names) of the cells of a target: class numbers, or floats and no names.

    y: (n,) floats, the cells as `column`, a CellColumn, read them. task: "classification", "regression" or None.
    where: the words that name the file. Raises ValueError for one value in every row, and for a task that can't be.
    """
    if column.kind == "text":
        if task == "regression":
            raise ValueError(
                f"{where}: the target {quoted(column.name)} is text, such as {quoted(column.texts[0])}, and a "
                "regression needs numbers. Choose another, or leave out task"
            )
        return _text_classes(y, column, where)
    values = np.unique(y)
    if len(values) == 1:
        raise ValueError(_constant(where, column, f"{values[0]:g}"))
    if task == "classification" and column.fraction:
        line, cell = column.fraction
        raise ValueError(
            f"{where}, line {line}, column {quoted(column.name)}: classes are text or whole numbers; got "
            f"{quoted(cell)}. Read the column as text, text=[{quoted(column.name)}], or leave out task"
        )
    if task is None and not column.fraction and len(values) <= MOST_CLASSES:
        checks.note(
            f"{quoted(column.name)} holds {len(values)} different whole numbers, which are taken for classes; for "
            'numbers pass task="regression"'
        )
        task = "classification"
    if task != "classification":
        return y, ()
    _check_count(where, column, len(values), len(y))
    return np.searchsorted(values, y), tuple(f"{value:.0f}" for value in values)


def answers_like(y, column, class_names, where):
    """Return (y, class names), numbered as they were in another file."""
    if not class_names:
        return y, ()
    if column.kind == "text":
        names, numbers = column.texts, y.astype(np.int64)
    else:
        values, numbers = np.unique(y, return_inverse=True)
        names = [f"{value:.0f}" if value % 1 == 0 else f"{value:g}" for value in values]
    place = {name: number for number, name in enumerate(class_names)}
    unknown = [names[number] for number in np.unique(numbers) if names[number] not in place]
    if unknown:
        raise ValueError(
            f"{where}: the target {quoted(column.name)} has the class {quoted(unknown[0])}, which was not learned; "
            f"the classes are {few(class_names)}. Leave out its rows"
        )
    return np.array([place.get(name, -1) for name in names], np.int64)[numbers], class_names


def _text_classes(y, column, where):
    """Number the texts in the order of the alphabet."""
    count = len(column.texts)
    if count == 1:
        raise ValueError(_constant(where, column, quoted(column.texts[0])))
    _check_count(where, column, count, len(y))
    order = np.array(sorted(range(count), key=column.texts.__getitem__))
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    return rank[y.astype(np.int64)], tuple(column.texts[place] for place in order)


def _constant(where, column, value):
    return (
        f"{where}: the target {quoted(column.name)} is {value} in every row: there is nothing to learn. Choose another"
    )


def _check_count(where, column, count, rows):
    if count > max(MOST_CLASSES, rows / 2):
        raise ValueError(
            f"{where}: the target {quoted(column.name)} has {count:,} different values in {rows:,} rows, so it is "
            "hardly a class. Choose another"
        )
