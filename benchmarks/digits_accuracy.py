"""What accuracy a small network reaches on the digits at each batch size.

    python -m benchmarks.digits_accuracy [--splits 10] [--epochs 30]

64 hidden ReLU units, SGD with a learning rate of 0.1, 30 epochs, a quarter of the rows for the test, the mean of 10
splits. First the 1,797 rows that scikit-learn ships (the published figures are theirs), then all 5,620 of ours, under
two scalings.
"""

import argparse
import contextlib
import io

import numpy as np
from sklearn.datasets import load_digits

import mbtutor as mb

SIZES = (1, 8, 32, 128, 512, None)  # None: all rows in one batch
SETTINGS = """
split           stratified, 25% test, seeds 0, 1, ... (mb.split), nothing kept for validation
initialisation  Dense weights uniform in +-sqrt(6 / inputs), biases 0; seed of the network = seed of the split
order           shuffled every epoch, seed of the batches = seed of the split; the short last batch is kept
optimizer       SGD, learning rate 0.1, no momentum, no weight decay; float64
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=30)
    options = parser.parse_args()
    print(f"Mean test accuracy in %, +- standard deviation over {options.splits} splits, {options.epochs} epochs")
    print(SETTINGS)
    print("rows  scaling     " + "".join(f"{'B=' + str(size or 'all'):>14}" for size in SIZES))
    for name, scaling, data, scale in kinds():
        cells = [f"{100 * a.mean():5.1f} +- {100 * a.std(ddof=1):.1f}" for a in measured(data, scale, options)]
        print(f"{name:5} {scaling:12}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


def kinds():
    """(rows, scaling, data, what to do to train and test) for each line of the table."""
    X, y = load_digits(return_X_y=True)
    ours = mb.datasets.load_digits()
    yield "1797", "pixels / 16", mb.Dataset(X / 16, y), lambda train, test: (train, test)
    yield "5620", "pixels / 16", mb.Dataset(ours.X / 16, ours.y), lambda train, test: (train, test)
    yield "5620", "standardize", ours, mb.standardize


def measured(data, scale, options):
    """For each batch size the accuracies of the splits, (splits,)."""
    for size in SIZES:
        yield np.array([accuracy(data, scale, size, seed, options.epochs) for seed in range(options.splits)])


def accuracy(data, scale, size, seed, epochs):
    train, _, test = mb.split(data, val=0, test=0.25, seed=seed)
    with contextlib.redirect_stdout(io.StringIO()):  # a note on columns that never vary, once a split
        train, test = scale(train, test)
    net = mb.Network([mb.Dense(64, 64), mb.ReLU(), mb.Dense(64, 10)], seed=seed)
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr=0.1))
    mb.fit(net, mb.MiniBatches(train, size or len(train), seed=seed), epochs=epochs, progress=False)
    return mb.evaluate(net, test)["accuracy"]


if __name__ == "__main__":
    main()
