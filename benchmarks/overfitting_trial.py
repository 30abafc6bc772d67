"""Do mini-batches prevent overfitting? A fair trial, and two unfair ones, on 300 digits.

    python -m benchmarks.overfitting_trial [--seeds 10]

300 training digits with all labels right or a fifth of them wrong, 64 hidden ReLU units, SGD. For each batch size the
learning rate with the lowest mean validation loss over three seeds is kept; then fresh rows and fresh seeds are judged
on the test rows, with the same early stopping for all. The budget is the same number of updates, or of epochs.
Each seed has training rows, wrong labels, first weights and an order of its own. The intervals are for the mean
difference from the batch size of all rows, seed by seed (95%, mb.experiments.confidence_interval).
Everything is done twice, with two ways to stop early. Prints the tables, and writes them into overfitting_trial.md.
"""

import argparse
import contextlib
import io
from pathlib import Path

import numpy as np

import mbtutor as mb

ROWS, TUNED_ON = 300, 3
SIZES = (10, 30, 100, ROWS)
RATES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
BUDGETS = {"1,200 updates": lambda size: 1200, "120 epochs": lambda size: 120 * -(-ROWS // size)}
STOPPINGS = ((30, 5), (60, 10))  # validations in a run that is not stopped, and how many without a lower loss stop it
REPORT = Path(__file__).with_suffix(".md")
COLUMNS = ("batch size", "rate", "test loss", "difference", "test accuracy", "difference in points")
UNFAIR = ("epochs", "batch size", "training loss", "validation loss", "gap", "validation accuracy")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    seeds = range(TUNED_ON, TUNED_ON + parser.parse_args().seeds)
    lines = []
    for line in trial(seeds):
        print(line, flush=True)
        lines.append(line)
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def trial(seeds):
    """Yield the report line by line."""
    yield "# Do mini-batches prevent overfitting?\n"
    yield f"Made by `python -m benchmarks.overfitting_trial`, numpy {np.__version__}: {ROWS} digits to learn from,"
    yield f"{len(seeds)} fresh seeds. A difference is from all rows in one batch: the mean, with its 95% interval.\n"
    intervals = []
    for stopping in STOPPINGS:
        for share in (0.2, 0.0):
            for name, budget in BUDGETS.items():
                labels = f"{share:.0%} of the labels wrong" if share else "all labels right"
                yield f"## {name}, {labels}; {stopping[0]} validations, patience {stopping[1]}\n"
                plans = {size: {"updates": budget(size), "share": share, "stopping": stopping} for size in SIZES}
                rates = {size: tuned(size, plans[size]) for size in SIZES}
                results = {size: judged(size, rates[size], plans[size], seeds) for size in SIZES}
                yield from [*head(COLUMNS), *table(results, rates), ""]
                losses = [results[size][:, 0] - results[ROWS][:, 0] for size in SIZES if size != ROWS]
                intervals += map(mb.experiments.confidence_interval, losses)
    below, above = (sum(side) for side in zip(*((found.high < 0, found.low > 0) for found in intervals)))
    yield f"Of {len(intervals)} loss intervals, {below} lie below 0 (a smaller batch is better), {above} above.\n"
    yield "## Unfair: equal epochs, 20% of the labels wrong, rate 0.1 for all, no early stopping\n"
    yield "The mean of three seeds.\n"
    yield from head(UNFAIR)
    for epochs in (20, 100):
        for size in SIZES:
            yield unfair(size, epochs)


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


def head(columns):
    """The two lines above a table."""
    return f"| {' | '.join(columns)} |", "|" + "---:|" * len(columns)


def table(results, rates):
    """A line for each batch size."""
    for size, found in results.items():
        loss, accuracy = found.mean(axis=0)
        less, points = ("", "") if size == ROWS else differences(found - results[ROWS])
        yield f"| {size} | {rates[size]} | {loss:.3f} | {less} | {accuracy:.1%} | {points} |"


def differences(found):
    """The mean difference in loss and in points of accuracy, each with its interval, as texts. found: (seeds, 2)."""
    for values, places in ((found[:, 0], 3), (100 * found[:, 1], 1)):
        mean, low, high = mb.experiments.confidence_interval(values)
        yield f"{mean:+.{places}f} ({low:+.{places}f} to {high:+.{places}f})"


def unfair(size, epochs):
    """A line of the table of the unfair trial."""
    ends = []
    for seed in range(TUNED_ON):
        _, _, net, data = learn(size, 0.1, epochs * -(-ROWS // size), 0.2, (1, None), seed)
        ends.append([mb.evaluate(net, data)["loss"], *mb.evaluate(net, digits()[1]).values()])
    train, val, accuracy = np.mean(ends, axis=0)
    return f"| {epochs} | {size} | {train:.2f} | {val:.2f} | {val - train:+.2f} | {accuracy:.1%} |"


if __name__ == "__main__":
    main()
