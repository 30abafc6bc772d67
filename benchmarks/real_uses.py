"""How long an update of the networks of the real uses (lessons 10 to 13) takes in mbtutor and in PyTorch.

    python -m benchmarks.real_uses [--quick] [--models CNN] [--threads 1] [--sizes 8 32 128]

It fails where PyTorch needs less than half of mbtutor's time at batch size 32 and one thread.
"""

import argparse
import sys
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import contenders
from benchmarks.rounds import cell, machine, measured_in_rounds, ratios

HERE = Path(__file__).parent
SIZES = (8, 32, 128)
BURST = {8: 200, 32: 80, 128: 20}  # updates: about 0.1 seconds


def images(rows=4000):
    """(X, y) of synthetic images of 28 x 28."""
    X, y = contenders.data(rows)
    return X.reshape(rows, 1, 28, 28), y


def cnn_mbtutor(size, updates, threads):
    import mbtutor as mb

    layers = [mb.Conv2D(1, 8, 5), mb.ReLU(), mb.MaxPool2D(2), mb.Conv2D(8, 16, 3), mb.ReLU(), mb.MaxPool2D(2)]
    layers += [mb.Flatten(), mb.Dense(400, 10)]
    return contenders.mbtutor_of(layers, mb.MiniBatches(images(), batch_size=size), updates)


def cnn_pytorch(size, updates, threads):
    from torch import nn

    layers = [nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(400, 10)]
    return contenders.pytorch_of(layers, *images(), size, updates, threads)


# Each model by its name: a function (size, updates, threads) for each library, a contender as in contenders.py.
MODELS = {"CNN": {"mbtutor": cnn_mbtutor, "PyTorch eager": cnn_pytorch}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few short rounds: to see that it works")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, choices=SIZES)
    options = parser.parse_args()
    rounds = 3 if options.quick else 15
    measured = {
        (name, threads, size): measure(name, threads, size, rounds)
        for name in options.models
        for threads in options.threads
        for size in options.sizes
    }
    report = text(measured, rounds)
    print(report)
    if not options.quick:
        (HERE / "real_uses.md").write_text(report, encoding="utf-8")
    gated = [timed for (_, threads, size), timed in measured.items() if (threads, size) == (1, 32)]
    sys.exit(any(np.median(ratios(timed, "PyTorch eager")) < 0.5 for timed in gated))


def measure(name, threads, size, rounds):
    """Return {library: [(seconds, processor seconds) an update, for each round]}."""
    made = {library: partial(make, size, BURST[size], threads) for library, make in MODELS[name].items()}
    timed = measured_in_rounds(made, BURST[size], rounds, threads)
    print(f"{name}, {threads} thread(s), batch size {size}: measured", flush=True)
    return timed


def text(measured, rounds):
    lines = [
        "# Time per update of the real uses",
        "",
        "float32, plain SGD, softmax cross-entropy; every loss becomes a Python float. The ratio is **PyTorch's time /",
        f"mbtutor's time**: above 1, mbtutor is faster. Median of {rounds} rounds, quartiles in brackets.",
        "CNN: synthetic images of 28 x 28, convolution of 8 filters 5 x 5, ReLU, max-pooling by 2, convolution of 16",
        "filters 3 x 3, ReLU, max-pooling by 2, 10 classes.",
        "",
        f"Made by `python -m benchmarks.real_uses` on {machine('torch')}.",
        "",
        "| model | threads | batch size | µs an update | PyTorch eager | in processor time |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for (name, threads, size), timed in measured.items():
        micros = 1e6 * median(seconds for seconds, _ in timed["mbtutor"])
        cells = [cell(timed, "PyTorch eager", clock) for clock in (0, 1)]
        lines.append(f"| {name} | {threads} | {size} | {micros:,.0f} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
