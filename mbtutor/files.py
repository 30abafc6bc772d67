"""Write files so that a failure half-way leaves the old file as it was."""

import contextlib
import os
import tempfile
from pathlib import Path


@contextlib.contextmanager
def replacing(path, mode="wb", **options):
    """Open a new file beside `path`; on success it takes the place of `path`, on any error it is removed."""
    path = Path(path)
    if path.is_dir() or not path.parent.is_dir():
        raise FileNotFoundError(
            f"path must be a file in a folder that exists; got {str(path)!r}. Make the folder first"
        )
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with open(handle, mode, **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, _usual_permissions())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.remove(beside)
        raise


def _usual_permissions():
    """The mode that open() would have given (mkstemp keeps its files private)."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
