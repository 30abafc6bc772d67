"""How much memory a CSV file that is larger than it should be takes, from the file to a trained network.

    python -m benchmarks.csv_memory [--megabytes 1000] [--folder FOLDER]

Writes a CSV file of 24 columns of numbers, one of them with gaps, two of text and a target of three classes. Then, in a
process of its own, reads it to a memory map, splits, encodes, standardises, trains one epoch in shuffled order and
evaluates, and prints the seconds of each step and the most anonymous memory (RssAnon) that the process had. The system
refuses that process every byte beyond half of the file and what it had after its imports. Linux only.
The rows are 50,000 random ones, written again and again: random ones take longer to write than to read. The folder
needs twice the room of the file.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import mbtutor as mb

NUMBERS, ROWS = 24, 50_000
CLASSES = ("low", "middle", "high")
LOOK = 0.005  # seconds between two looks at the memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--folder", help="where there is room for the files (default: the system's temporary folder)")
    parser.add_argument("--train", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        an_epoch(Path(options.train), options.megabytes * 1_000_000 // 2)
    else:
        measure(options.megabytes, options.folder)


def measure(megabytes, folder):
    """Write a file, train on it in a process of its own, and print what that took."""
    with tempfile.TemporaryDirectory(dir=folder) as folder:
        path = Path(folder) / "big.csv"
        rows = write(path, megabytes)
        print(f"{path.stat().st_size / 1e6:,.0f} MB of CSV, {rows:,} rows, {NUMBERS + 3} columns")
        started = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.csv_memory", "--megabytes", str(megabytes)]
        most = watched([*command, "--train", str(path)])
        print(f"RssAnon {most / 1e6:.0f} MB at most, {time.perf_counter() - started:.0f} s")


def write(path, megabytes):
    """Write a file of that size; return the number of its rows."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, NUMBERS))
    label = (X[:, :3] + rng.normal(size=(ROWS, 3)) / 2).argmax(axis=1)
    colour, part = rng.integers(0, 12, ROWS), rng.integers(0, 30, ROWS)
    lines = [
        f"{','.join(map('{:.4f}'.format, x))},colour {c},part-{p},{CLASSES[k]}\n"
        for x, c, p, k in zip(X.tolist(), colour, part, label)
    ]
    lines[::10] = ["," + line.partition(",")[2] for line in lines[::10]]  # a tenth has no first number
    block, count = "".join(lines), 0
    with open(path, "w", encoding="ascii") as file:
        file.write(",".join([*(f"x{i}" for i in range(NUMBERS)), "colour", "part", "label"]) + "\n")
        while file.tell() < megabytes * 1e6:
            count += 1
            file.write(block)
    return count * ROWS


def an_epoch(path, budget):
    """All the way from the file to a trained network, in chunks and batches, within so many bytes more than now."""
    net = mb.Network([mb.Dense(99, 16), mb.ReLU(), mb.Dense(16, 3)], dtype="float32")
    net.compile("cross_entropy", mb.SGD(lr=0.1))
    net.update(np.zeros((512, 99)), np.zeros(512, int))  # the matrix product takes the memory that it keeps for good
    resource.setrlimit(resource.RLIMIT_DATA, (held("self", "VmData") + budget,) * 2)
    clock = Clock()
    clock.tell("start")
    table = mb.read_csv(path, target="label", memory_map=path.parent)
    clock.tell("read")
    train, val, test = mb.split(table, val=0.05, test=0.05)
    clock.tell("split")
    train, val, test = mb.encode(train, val, test)
    clock.tell("encode")
    train, val, test = mb.standardize(train, val, test)
    clock.tell("standardize")
    net = mb.Network([mb.Dense(train.X.shape[1], 16), mb.ReLU(), mb.Dense(16, 3)], seed=0, dtype="float32")
    net.compile("cross_entropy", mb.SGD(lr=0.1))
    for _ in mb.train(net, mb.MiniBatches(train, 512), epochs=1):
        pass
    clock.tell("train")
    print(f"  accuracy on the test rows {mb.evaluate(net, test)['accuracy']:.1%}")


class Clock:
    """Tells the seconds since it was asked before, and the memory now."""

    def __init__(self):
        self.last = time.perf_counter()

    def tell(self, what):
        """Print a line."""
        now = time.perf_counter()
        print(f"  {what}: {now - self.last:.1f} s, RssAnon now {held('self', 'RssAnon') / 1e6:.0f} MB", flush=True)
        self.last = now


def watched(command):
    """Run a command; return the most anonymous memory that it had, in bytes."""
    process, most = subprocess.Popen(command, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}), 0
    while process.poll() is None:
        most = max(most, held(process.pid, "RssAnon"))
        time.sleep(LOOK)
    if process.returncode:
        raise SystemExit(f"the process ended with exit code {process.returncode}")
    return most


def held(process, what):
    """Bytes of memory of one kind that a process has, 0 once it has ended."""
    try:
        with open(f"/proc/{process}/status") as status:
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith(what)), 0)
    except OSError:
        return 0


if __name__ == "__main__":
    main()
