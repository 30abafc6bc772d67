"""How much memory an epoch over a large memory-mapped file takes.

    python -m benchmarks.memory_map [--gigabytes 2] [--batch-size 512] [--folder FOLDER]

Writes a file of float32 rows of 784 columns, then splits, standardises, trains one epoch over it in shuffled order and
evaluates, and prints how much anonymous memory (RssAnon) that added at most. Mapped pages count in RSS, but the system
can drop them whenever it likes; anonymous memory is what the process needs. Linux only, as it reads /proc.
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
    net = mb.Network([mb.Dense(COLUMNS, 128), mb.ReLU(), mb.Dense(128, 10)], dtype="float32")
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr=0.01))
    X = np.load(path, mmap_mode="r")
    y = np.random.default_rng(1).integers(0, 10, len(X))
    before, started, most = memory(), time.perf_counter(), {}
    print(f"file {path.stat().st_size / 1e9:.2f} GB, {len(X):,} rows of {COLUMNS} float32, batch size {batch_size}")
    train, val, _ = mb.split((X, y), val=0.05, test=0)
    train, val = mb.standardize(train, val)
    most["after split and standardize"] = memory() - before
    for _ in mb.train(net, mb.MiniBatches(train, batch_size), epochs=1):
        most["most during the epoch"] = max(most.get("most during the epoch", 0), memory() - before)
    mb.evaluate(net, val)
    most["after evaluate"] = memory() - before
    print(f"{net.updates} updates, {time.perf_counter() - started:.0f} s in all")
    for when, added in most.items():
        print(f"RssAnon added, {when:28} {added:7.1f} MB")


def memory():
    """Anonymous memory of this process in MB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 / 1e6 for line in status if line.startswith("RssAnon"))


if __name__ == "__main__":
    main()
