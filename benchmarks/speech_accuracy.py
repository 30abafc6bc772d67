"""How well a network knows vowels and voices that it has not heard, beside what was published on the same splits.

    python -m benchmarks.speech_accuracy [--seeds 5]

Vowels: 88 hidden ReLU units, SGD, one frame a row; held out are seven of fifteen speakers, as published (A. J. Robinson
1989), or as many frames drawn by chance. Utterances (Kudo, Toyama and Shimbo 1999; the split as published): 64 ReLU
units for each frame, alone or with its neighbours, the mean over the frames, then the speaker. Each seed has first
weights and an order of its own, and by row a split of its own. Mean and deviation come from the training rows alone.
Prints a table, and writes it into speech_accuracy.md. It fails where vowels by speaker come out below 51%, or
utterances below 94%. Less than a minute.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

import mbtutor as mb
from mbtutor.experiments import on_all_cores

REPORT = Path(__file__).with_suffix(".md")
HELD_OUT = range(8, 15)
GATES = {"vowels, by speaker, 88 hidden units": 0.51, "utterances, frames alone": 0.94}
HEAD = """# How well speech is recognised

Made by `python -m benchmarks.speech_accuracy`, {seeds} seeds, numpy {numpy}: the share right of the rows held out.

| data, split, network | published | mean | from | to |
|---|---:|---:|---:|---:|"""


def vowel_net(train, seed, hidden=88):
    layers = [mb.Dense(10, hidden), mb.ReLU(), mb.Dense(hidden, 11)] if hidden else [mb.Dense(10, 11)]
    return trained(layers, train, seed, batch_size=32, epochs=100)


def utterance_net(train, seed):
    layers = [mb.Dense(train.X.shape[-1], 64), mb.ReLU(), mb.MeanOverTime(), mb.Dense(64, 9)]
    return trained(layers, train, seed, batch_size=30, epochs=60)


def trained(layers, train, seed, batch_size, epochs):
    net = mb.Network(layers, seed=seed)
    net.compile("cross_entropy", mb.SGD(lr=0.1))
    mb.fit(net, mb.MiniBatches(train, batch_size, seed=seed), epochs=epochs)
    return net


def vowels(seed, by="speaker", hidden=88):
    """The share right of the vowels held out."""
    data = mb.datasets.load_vowels()
    if by == "speaker":
        train, _, test = mb.split_by_group(data, val=0, test=HELD_OUT)
    else:
        train, _, test = mb.split(data, val=0, test=7 / 15, seed=seed)
    train, test = mb.standardize(train, test)
    return mb.evaluate(vowel_net(train, seed, hidden), test)["accuracy"]


def utterances(seed, reach=0):
    """The share right of the utterances published for testing."""
    data = mb.datasets.load_utterances()
    train, test = mb.standardize(*mb.split_by_group(data, val=0, test="test")[::2])
    if reach:
        train, test = mb.stack_frames(train, reach), mb.stack_frames(test, reach)
    return mb.evaluate(utterance_net(train, seed), test)["accuracy"]


def nearest_neighbour():
    """The share right of the vowels held out by speaker, each answered with the vowel of the nearest training frame."""
    train, _, test = mb.split_by_group(mb.datasets.load_vowels(), val=0, test=HELD_OUT)
    squares = ((test.X[:, None] - train.X) ** 2).sum(axis=2)
    return float((train.y[squares.argmin(axis=1)] == test.y).mean())


# {what: (published, function, its options)}
RUNS = {
    "vowels, by speaker, no hidden units": ("33%", vowels, {"hidden": 0}),
    "vowels, by speaker, 88 hidden units": ("51%", vowels, {}),
    "vowels, by row (leaks), 88 hidden units": ("", vowels, {"by": "row"}),
    "utterances, frames alone": ("94.1%", utterances, {}),
    "utterances, with 1 neighbour on each side": ("", utterances, {"reach": 1}),
    "utterances, with 2 neighbours on each side": ("", utterances, {"reach": 2}),
    "utterances, with 4 neighbours on each side": ("", utterances, {"reach": 4}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    lines, failed = [HEAD.format(seeds=len(seeds), numpy=np.__version__)], []
    for what, (published, function, options) in RUNS.items():
        found = np.array(on_all_cores(function, [{"seed": seed, **options} for seed in seeds]))
        lines.append(f"| {what} | {published} | {found.mean():.1%} | {found.min():.1%} | {found.max():.1%} |")
        if found.mean() < GATES.get(what, 0):
            failed.append(what)
    lines.append(f"| vowels, by speaker, nearest neighbour | 56% | {nearest_neighbour():.1%} | | |")
    print("\n".join(lines))
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.exit(f"below the figure to reach: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
