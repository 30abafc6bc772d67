"""How much memory an epoch over a large memory-mapped file takes.

    python -m benchmarks.memory_map [--gigabytes 2] [--batch-size 512] [--folder FOLDER]

Writes a file of float32 rows of 784 columns, then splits, standardises, trains one epoch over it in shuffled order and
evaluates, in a process of its own, and prints by how much that grew at most (see mb.experiments.peak_resident: on Linux
anonymous memory, because the system can drop the pages of a mapped file whenever it likes).
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

import mbtutor as mb

COLUMNS = 784


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--folder", help="where there is room for the file (default: the system's temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "rows.npy"
        write(path, int(options.gigabytes * 1e9) // (4 * COLUMNS))
        report(path, options.batch_size)


def write(path, rows):
    """A file of random rows, written a few at a time."""
    X, rng = np.lib.format.open_memmap(path, "w+", np.float32, (rows, COLUMNS)), np.random.default_rng(0)
    for start in range(0, rows, 10_000):
        X[start : start + 10_000] = rng.random((min(10_000, rows - start), COLUMNS), dtype=np.float32)
    X.flush()


def report(path, batch_size):
    size, started = path.stat().st_size, time.perf_counter()
    rows = len(np.load(path, mmap_mode="r"))
    print(f"file {size / 1e9:.2f} GB, {rows:,} rows of {COLUMNS} float32, batch size {batch_size}")
    grown = mb.experiments.peak_resident(lambda: an_epoch(path, batch_size))
    seconds = time.perf_counter() - started
    print(f"grew by {grown / 1e6:.1f} MB at most, a {size / grown:.0f}th of the file, in {seconds:.0f} s")


def an_epoch(path, batch_size):
    """Split, standardise, train and evaluate."""
    net = mb.Network([mb.Dense(COLUMNS, 128), mb.ReLU(), mb.Dense(128, 10)], dtype="float32")
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr=0.01))
    X = np.load(path, mmap_mode="r")
    y = np.random.default_rng(1).integers(0, 10, len(X))
    train, val, _ = mb.split((X, y), val=0.05, test=0)
    train, val = mb.standardize(train, val)
    mb.fit(net, mb.MiniBatches(train, batch_size), epochs=1)
    mb.evaluate(net, val)


if __name__ == "__main__":
    main()
