"""The files that ship: read whole, unpacked, and compared with the checksum that stands beside their loader."""

import gzip
import hashlib
import io
import zlib
from importlib import resources

import numpy as np

CC_BY = "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)"


def contents(name, sha256):
    """Return the bytes of a file in this folder, unpacked where its name ends in .gz.

    sha256: of the unpacked bytes, because another version of zlib packs the same bytes in another way.
    Raises ValueError if the file is damaged or missing.
    """
    path = resources.files(__package__) / name
    try:
        found = unpacked(name, path.read_bytes())
    except (OSError, EOFError, zlib.error):
        found = b""
    if hashlib.sha256(found).hexdigest() != sha256:
        raise ValueError(f"{path} is damaged (its checksum differs). Install mbtutor again")
    return found


def table(name, sha256):
    """Return the array in a .npy or .npy.gz file of this folder, as `contents` does."""
    return np.load(io.BytesIO(contents(name, sha256)), allow_pickle=False)


def unpacked(name, found):
    """Return the bytes of a file as they were before gzip."""
    return gzip.decompress(found) if name.endswith(".gz") else found


def recipe(name, dtype):
    """The line that loads these data, for "Show the code"."""
    option = "" if dtype == np.float64 else f'dtype="{dtype}"'
    return (f"{name} = mb.datasets.load_{name}({option})",)
