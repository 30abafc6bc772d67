"""The rows of a CSV file with the lines they stand in; what is no table of text is refused by its line."""

import codecs
import csv
import os
from functools import partial
from itertools import islice
from pathlib import Path

DELIMITERS = (",", ";", "\t", "|")
LONGEST = 2**24  # characters of a line that are read at once: what has no lines must not fill the memory
MARKS = {  # the first bytes of files that are often taken for CSV
    b"\xff\xfe": 'is UTF-16; pass encoding="utf-16"',
    b"\xfe\xff": 'is UTF-16; pass encoding="utf-16"',
    b"PK\x03\x04": "is a zip file or an Excel workbook; unpack it, or save it as CSV",
    b"\x1f\x8b": "is packed by gzip; unpack it first",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook; save it as CSV",
}


def checked_path(path):
    """Return the Path of a file that exists and may be CSV; else a ValueError."""
    try:
        path = Path(path).expanduser()
        with open(path, "rb") as file:
            start = file.read(4)
    except TypeError:
        raise ValueError(f"path must be the name of a CSV file; got {type(path).__name__}") from None
    except IsADirectoryError:
        raise ValueError(f"path must be a CSV file; {path} is a folder. Name a file in it") from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise ValueError(f"path {str(path)!r} cannot be read: {said}. Check it, seen from {os.getcwd()}") from None
    return path, start


def checked_encoding(path, start, encoding):
    """Return the codec to read with: that of a file's own mark is left out; ValueError for what is no text."""
    try:
        name = codecs.lookup(encoding).name
        "a".encode(name)
    except (LookupError, TypeError):
        raise ValueError(f'encoding must be one that Python knows, such as "utf-8"; got {encoding!r}') from None
    for mark, words in MARKS.items():
        if start.startswith(mark) and not name.startswith("utf-16"):
            raise ValueError(f"{path.name} {words}")
    return "utf-8-sig" if name == "utf-8" else name


def rows_of(path, encoding, delimiter):
    """Yield (line, cells) for every row that is not blank; the line is the one where the row begins, from 1."""
    last = 0
    try:
        with open(path, encoding=encoding, newline="") as file:
            lines = iter(partial(file.readline, LONGEST), "")
            reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != " ")
            for cells in reader:
                if len(cells) > 1 or (cells and cells[0].strip()):
                    yield last + 1, cells
                last = reader.line_num
    except csv.Error as error:
        raise ValueError(f"{path.name}, line {last + 1}: {_plainly(str(error))}") from None
    except UnicodeError:
        raise ValueError(_bad_byte(path, encoding)) from None


def found_delimiter(path, encoding):
    """The delimiter that makes most columns, alike in the first rows."""

    def suits(delimiter):
        try:
            widths = [len(cells) for _, cells in islice(rows_of(path, encoding, delimiter), 20)]
        except ValueError:  # with the right one it is told again
            return False, 0
        return bool(widths) and widths[0] > 1 and len(set(widths)) == 1, widths[0] if widths else 0

    return max(DELIMITERS, key=suits)


def check_nul(text, where):
    """Raise a ValueError for a cell or header with a NUL byte."""
    if "\0" in text:
        raise ValueError(
            f"{where}: a NUL byte, which no text has. If the file is UTF-16, pass "
            'encoding="utf-16-le"; else export it anew as CSV'
        )


def _plainly(error):
    if "unexpected end of data" in error:
        return 'a quote (") that opens in this row is never closed. Close it, or write a quote inside a cell twice'
    if "field larger" in error:
        return (
            f'a cell has over {csv.field_size_limit():,} characters. Perhaps a quote (") opens in this row and is '
            "never closed; else shorten the cell"
        )
    if "expected after" in error:
        return 'text follows a closing quote ("). Write a quote inside a cell twice ("")'
    return error


def _bad_byte(path, encoding):
    """Where the file stops to be text in that encoding."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    try:
        with open(path, "rb") as file:
            for block in iter(partial(file.read, 2**16), b""):
                lines += decoder.decode(block).count("\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        lines += error.object[: error.start].decode(encoding, "ignore").count("\n")
        other = "latin-1" if encoding.startswith("utf-8") else "utf-8"
        return (
            f"{path.name}, line {lines}: byte 0x{error.object[error.start]:02x} is not "
            f"{encoding.removesuffix('-sig')}. Save the file as UTF-8, or pass its encoding, perhaps encoding={other!r}"
        )
    except UnicodeError as error:
        return f"{path.name}, line {lines}: {error}. Pass the file's encoding"
    return f"{path.name} is not {encoding}; pass its encoding"
