"""How many place names a GRU and a transformer give to the right country, beside counts of pairs of characters.

    python -m benchmarks.places_accuracy [--seeds 5]

30,000 names of ten countries, 70% to train, 10% to validate, 20% to test; float32, Adam, a learning rate that falls
in a line to 0, cross-entropy, batches of 64 names of like length. Each seed has a split, first weights and an order of
its own. Nothing was chosen by the test rows. Prints a table, and writes it into places_accuracy.md.
"""

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np

import mbtutor as mb
from benchmarks.rounds import machine

REPORT = Path(__file__).with_suffix(".md")
SMOOTHINGS = (0.1, 0.3, 1.0)  # added to every count; the validation rows choose
CHARACTERS = 29


def recurrent():
    embedding = [mb.Embedding(CHARACTERS, 32), mb.Dropout(0.1)]
    return [*embedding, mb.GRU(32, 96), mb.LastStep(), mb.Dropout(0.3), mb.Dense(96, 10)]


def transformer(tokens):
    embedding = [mb.Embedding(tokens, 64), mb.PositionalEncoding(64), mb.Dropout(0.2)]
    attention = [mb.LayerNorm(64), mb.SelfAttention(64, 4), mb.Dropout(0.2)]
    thought = [mb.LayerNorm(64), mb.Dense(64, 128), mb.ReLU(), mb.Dense(128, 64), mb.Dropout(0.2)]
    end = [mb.LayerNorm(64), mb.MeanOverTime(), mb.Dropout(0.3), mb.Dense(64, 10)]
    return [*embedding, mb.Residual(attention), mb.Residual(thought), *end]


# name: (layers, whether it reads pairs, epochs, the first learning rate)
NETWORKS = {
    "GRU, characters": (recurrent, False, 10, 0.004),
    "transformer, pairs of characters": (partial(transformer, CHARACTERS**2), True, 12, 0.004),
    "transformer, characters": (partial(transformer, CHARACTERS), False, 12, 0.004),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    lines = list(report(range(parser.parse_args().seeds)))
    print("\n".join(lines))
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def report(seeds):
    """Yield the report line by line."""
    yield "# Place names given to the right country\n"
    yield f"Made by `python -m benchmarks.places_accuracy` on {machine()}."
    yield f"Test accuracy in %, on 6,000 names: the mean of {len(seeds)} seeds, its standard deviation, and each seed;"
    yield "the difference from the counts of pairs, seed by seed, with its 95% interval; processor seconds of a run.\n"
    yield "| | test accuracy | each seed | more than the counts | weights | seconds |"
    yield "|---|---:|---|---:|---:|---:|"
    counts = np.array([counted(seed) for seed in seeds])
    yield "| the country named most often | 10.0 | | | | |"
    yield f"| counts of pairs and Bayes' rule | {spread(counts)} | | | |"
    for name in NETWORKS:
        jobs = [{"name": name, "seed": seed} for seed in seeds]
        accuracies, seconds, weights = map(np.array, zip(*mb.experiments.on_all_cores(trained, jobs)))
        mean, low, high = mb.experiments.confidence_interval(100 * (accuracies - counts))
        difference = f"{mean:+.1f} ({low:+.1f} to {high:+.1f})"
        yield f"| {name} | {spread(accuracies)} | {difference} | {weights[0]:,} | {np.median(seconds):.0f} |"


def spread(accuracies):
    percents = 100 * accuracies
    return f"{percents.mean():.1f} ± {percents.std(ddof=1):.1f} | {' '.join(f'{each:.1f}' for each in percents)}"


def parts(pairs, seed):
    return mb.split(mb.datasets.load_places(pairs=pairs), val=0.1, test=0.2, seed=seed)


def counted(seed):
    """The test accuracy of naive Bayes: each country by the counts of its pairs, as if they came one by one."""
    train, val, test = parts(True, seed)
    owner = np.repeat(train.y, train.X.lengths)
    counts = np.zeros((10, CHARACTERS**2))
    np.add.at(counts, (owner, train.X.values), 1)

    def accuracy(part, smoothing):
        logs = np.log((counts + smoothing) / (counts + smoothing).sum(axis=1, keepdims=True))
        starts = np.cumsum(part.X.lengths) - part.X.lengths
        return (np.add.reduceat(logs[:, part.X.values], starts, axis=1).argmax(axis=0) == part.y).mean()

    return accuracy(test, max(SMOOTHINGS, key=partial(accuracy, val)))


def trained(name, seed):
    """(test accuracy, processor seconds, weights) of one run."""
    layers, pairs, epochs, lr = NETWORKS[name]
    train, _, test = parts(pairs, seed)
    net = mb.Network(layers(), seed=seed, dtype="float32")
    net.compile(loss="cross_entropy", optimizer=mb.Adam(lr))
    batches = mb.BucketBatches(train, batch_size=64, seed=seed)
    total = epochs * len(batches)
    started = time.process_time()
    for _ in mb.train(net, batches, epochs=epochs, schedule=lambda number: lr * (1 - (number - 1) / total)):
        pass
    seconds = time.process_time() - started
    return mb.evaluate(net, test)["accuracy"], seconds, net.weights.size


if __name__ == "__main__":
    main()
