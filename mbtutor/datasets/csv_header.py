"""The first line of a CSV file: the names of its columns, and which of them are read."""

from contextlib import closing

from .. import checks
from .csv_rows import check_nul, rows_of
from .wording import counted, few, quoted, texts


def header_of(path, encoding, delimiter, names=None):
    """Return the names of the columns: those in the file, or `names` for a file without a header; checked."""
    with closing(rows_of(path, encoding, delimiter)) as rows:
        first = next(rows, None)
    if first is None:
        raise ValueError(f"{path.name} is empty. Save the table into it again")
    line, cells = first
    check_nul("".join(cells), f"{path.name}, line {line}")
    if names is None:
        found = [name.strip() for name in cells]
        _check_header(f"{path.name}, line {line}", found)
    else:
        found = _given(names, f"{path.name}, line {line}, has {counted(len(cells), 'cell')}", len(cells))
    twice = [name for name in found if found.count(name) > 1]
    if twice:
        at = [str(place) for place, name in enumerate(found, 1) if name == twice[0]]
        raise ValueError(
            f"{path.name}: columns {' and '.join(at)} are all called {quoted(twice[0])}. Rename all but one"
        )
    return found


def chosen_columns(path, header, target, drop):
    """Return the names of the columns to read, the target (or None) last."""
    if target is not None and target not in header:
        hint = ". If the file has no header, pass names=[...]" if any(map(_is_number, header)) else ""
        raise ValueError(f"target must be a column of {path.name}: {few(header)}; got {target!r}{hint}")
    if len(header) == 1:
        raise ValueError(
            f"{path.name} has one column only, {few(header)}; a table to learn from has two or more. If its cells are "
            'parted by something other than , ; tab or |, pass delimiter="..."'
        )
    drop = listed("drop", drop, header)
    if target in drop:
        raise ValueError(f"drop names the target, {target!r}. Take it out of drop, or choose another target")
    names = [name for name in header if name != target and name not in drop]
    if not names:
        raise ValueError(f"drop leaves no column to learn from; {path.name} has {few(header)}")
    return names if target is None else [*names, target]


def columns_like(path, header, like):
    """Return the names of the columns to read, in the order of the Table `like`, the target last if it is there."""
    lacking = [name for name in like.names if name not in header]
    if lacking:
        raise ValueError(
            f"{path.name} lacks {few(lacking)}; it has {few(header)}. Add it, or name it as in the first file"
        )
    extra = [name for name in header if name not in (*like.names, like.target)]
    if extra:
        checks.note(f"{path.name}: left out, because the first file did not have or use it: {few(extra)}")
    if [name for name in header if name in like.names] != list(like.names):
        checks.note(f"{path.name}: the columns stand in another order; each is found by its name")
    return [*like.names, like.target] if like.target in header else list(like.names)


def listed(name, columns, header):
    """Return one name or several as a list; a ValueError for a name that is no column."""
    columns = texts(name, columns)
    unknown = [column for column in columns if column not in header]
    if unknown:
        raise ValueError(f"{name} must name columns of the file, {few(header)}; got {unknown[0]!r}")
    return columns


def _check_header(where, names):
    if names[0].startswith("sep="):
        raise ValueError(f"{where} is {quoted(names[0])}, a note to Excel. Delete that line")
    if "" in names:
        raise ValueError(
            f"{where}: column {names.index('') + 1} of {len(names)} has no name. Name it there (row numbers "
            "written by pandas or R are left out by index=False or row.names=FALSE)"
        )
    if all(map(_is_number, names)):
        raise ValueError(
            f"{where} holds only numbers ({few(names, 3)}), so it is hardly a header. Pass names=[...], "
            f"{counted(len(names), 'name')}; or, if these are the names, put a letter before each"
        )


def _given(names, where, width):
    names = texts("names", names)
    if "" in names:
        raise ValueError("names must hold a name for each column; got ''")
    if len(names) != width:
        raise ValueError(f"names must hold one name for each column; got {len(names)}, and {where}")
    return names


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
