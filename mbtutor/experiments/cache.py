"""Outcomes of runs that were made before, kept on disk, so that a sweep made again is only read."""

import functools
import os
from pathlib import Path

import joblib
import platformdirs


def folder(cache):
    """The folder that `cache` names: None for False, for True the one of this machine (MBTUTOR_CACHE names another)."""
    if isinstance(cache, bool):
        return (os.environ.get("MBTUTOR_CACHE") or platformdirs.user_cache_dir("mbtutor")) if cache else None
    return os.fspath(cache)


def remembered(place, function, ignore):
    """The function, whose results are kept in the folder `place` (None: nowhere) for each set of arguments.

    ignore: arguments that do not change the result. Damaged files are computed anew.
    """
    return joblib.Memory(place, verbose=0).cache(function, ignore=list(ignore))


@functools.cache
def fingerprint():
    """A text that changes with every change of the package's own code: a result of older code is not taken for new."""
    package = Path(__file__).parents[1]
    rooms = [path for path in sorted(package.rglob("*.py")) if path.parent.name not in ("widgets", "exercises")]
    return joblib.hash([path.read_bytes() for path in rooms])
