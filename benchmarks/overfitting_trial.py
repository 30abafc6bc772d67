"""Do mini-batches prevent overfitting? A fair trial, and two unfair ones, on 300 digits.

    python -m benchmarks.overfitting_trial [--seeds 10] [--validations 30] [--patience 5]

300 training digits with all labels right or a fifth of them wrong, 64 hidden ReLU units, SGD. For each batch size the
learning rate with the lowest mean validation loss over three seeds is kept; then fresh rows and fresh seeds are judged
on the test rows, with the same early stopping for all. The budget is the same number of updates, or of epochs.
Each seed has training rows, wrong labels, first weights and an order of its own. The intervals are for the mean
difference from the batch size of all rows, seed by seed (95%, mb.experiments.confidence_interval).
"""

import argparse
import contextlib
import io

import numpy as np

import mbtutor as mb

ROWS, TUNED_ON = 300, 3
SIZES = (10, 30, 100, ROWS)
RATES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
BUDGETS = {"1,200 updates": lambda size: 1200, "120 epochs": lambda size: 120 * -(-ROWS // size)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--validations", type=int, default=30, help="in a run that is not stopped")
    parser.add_argument("--patience", type=int, default=5, help="validations without a lower loss that stop a run")
    options = parser.parse_args()
    seeds, stopping = range(TUNED_ON, TUNED_ON + options.seeds), (options.validations, options.patience)
    print(f"{options.validations} validations in a whole run, patience {options.patience}, {len(seeds)} seeds")
    for share in (0.0, 0.2):
        for name, budget in BUDGETS.items():
            print(f"\nwrong labels {share:.0%}, {name} for all, rate tuned for each batch size", flush=True)
            plans = {size: {"updates": budget(size), "share": share, "stopping": stopping} for size in SIZES}
            rates = {size: tuned(size, plans[size]) for size in SIZES}
            report({size: judged(size, rates[size], plans[size], seeds) for size in SIZES}, rates)
    print("\nunfair: wrong labels 20%, rate 0.1 for all, equal epochs, no early stopping, mean of three seeds")
    for epochs in (20, 100):
        for size in SIZES:
            unfair(size, epochs)


def deal(rows, seed, share):
    """Rows and wrong labels of one seed: no two of the first 13 seeds share a row."""
    few = rows.subset(np.arange(ROWS * seed, ROWS * (seed + 1)) % len(rows))
    return mb.datasets.with_wrong_labels(few, share, seed=seed)


def learn(size, lr, updates, share, stopping, seed):
    """(lowest validation loss, [test loss, test accuracy], network, rows) of one run; infinite where it diverged."""
    train, val, test = digits()
    data = deal(train, seed, share)
    net = mb.Network([mb.Dense(64, 64), mb.ReLU(), mb.Dense(64, 10)], seed=seed)
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr))
    batches = mb.MiniBatches(data, size, seed=seed)
    validations, patience = stopping
    options = {"validation": val, "validate_every": max(1, updates // validations), "patience": patience}
    try:
        history = mb.fit(net, batches, updates=updates, progress=False, **options)
    except mb.TrainingDiverged:
        return np.inf, [np.inf, 0.0], net, data
    return history.measured("val_loss")[1].min(), list(mb.evaluate(net, test).values()), net, data


def digits(kept=[]):  # noqa: B006  (made once in each process)
    if not kept:
        with contextlib.redirect_stdout(io.StringIO()):
            kept.extend(mb.min_max(*mb.split(mb.datasets.load_digits(), val=0.15, test=0.15, seed=0)))
    return kept


def tuned(size, plan):
    """The rate with the lowest mean validation loss. plan: {"updates", "share", "stopping"}."""
    jobs = [{"size": size, "lr": lr, "seed": seed, **plan} for lr in RATES for seed in range(TUNED_ON)]
    lowest = mb.experiments.on_all_cores(_lowest, jobs)
    return RATES[np.reshape(lowest, (len(RATES), TUNED_ON)).mean(axis=1).argmin()]


def judged(size, lr, plan, seeds):
    """Test loss and accuracy of each seed, (seeds, 2)."""
    jobs = [{"size": size, "lr": lr, "seed": seed, **plan} for seed in seeds]
    return np.array(mb.experiments.on_all_cores(_tested, jobs))


def _lowest(**job):
    return learn(**job)[0]


def _tested(**job):
    return learn(**job)[1]


def report(results, rates):
    for size, found in results.items():
        loss, accuracy = found.mean(axis=0)
        line = f"B={size:3}  rate {rates[size]:4}  test loss {loss:.3f}  test accuracy {accuracy:.1%}"
        if size != ROWS:
            differences = (found - results[ROWS]).T
            loss, accuracy = map(mb.experiments.confidence_interval, differences)
            line += f"  loss {loss}  accuracy {accuracy}"
        print(line, flush=True)


def unfair(size, epochs):
    ends = []
    for seed in range(TUNED_ON):
        _, _, net, data = learn(size, 0.1, epochs * -(-ROWS // size), 0.2, (1, None), seed)
        ends.append([mb.evaluate(net, data)["loss"], *mb.evaluate(net, digits()[1]).values()])
    train, val, accuracy = np.mean(ends, axis=0)
    print(
        f"{epochs:3} epochs  B={size:3}  training loss {train:.2f}  validation loss {val:.2f}  gap {val - train:+.2f}"
        f"  validation accuracy {accuracy:.1%}"
    )


if __name__ == "__main__":
    main()
