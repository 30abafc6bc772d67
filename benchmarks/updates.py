"""How long an update takes in mbtutor, PyTorch, scikit-learn and JAX, and how much of it is matrix products.

    python -m benchmarks.updates [--quick] [--threads 1 2] [--sizes 32 128]

Each contender runs in a process of its own, and only one of them works at a time: in every round each makes a short
burst of updates in turn. A ratio is taken inside a round, where the machine is as fast for one as for the other; the
table shows the median of the rounds and the quartiles.
"""

import argparse
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import contenders
from benchmarks.rounds import cell, machine, measured_in_rounds, ratios

HERE = Path(__file__).parent
ROWS = 12_800
SIZES = (1, 8, 32, 128, 512, 2048, ROWS)
BURST = {1: 1600, 8: 800, 32: 400, 128: 100, 512: 25, 2048: 14, ROWS: 2}  # updates: 0.05 to 0.5 seconds
OTHERS = [name for name in contenders.ALL if name != "mbtutor"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few short rounds: to see that it works")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, choices=SIZES)
    parser.add_argument("--rounds", type=int, help="rounds at each batch size (default 15, or 3 with --quick)")
    options = parser.parse_args()
    rounds = options.rounds or (3 if options.quick else 15)
    measured = {n: {size: measure(n, size, rounds) for size in options.sizes} for n in options.threads}
    report = text(measured, rounds)
    print(report)
    if not options.quick:
        (HERE / "updates.md").write_text(report, encoding="utf-8")
        draw(measured, HERE / "updates.png")


def measure(threads, size, rounds):
    """Return {contender: [(seconds, processor seconds) an update, for each round]}."""
    made = {name: partial(contender, name, size, threads) for name in contenders.ALL}
    timed = measured_in_rounds(made, BURST[size], rounds, threads)
    print(f"{threads} thread(s), batch size {size}: measured", flush=True)
    return timed


def contender(name, size, threads):
    return contenders.ALL[name](*contenders.data(ROWS), size, BURST[size], threads)


def text(measured, rounds):
    lines = [
        "# Time per update",
        "",
        f"{ROWS:,} rows of 784 features (synthetic: a faint pattern a class under normal noise, seed 0), 128 hidden",
        "ReLU, 10 classes, float32, plain SGD, softmax cross-entropy. An epoch goes over all rows in a new order; the",
        "last batch may be short. Every contender turns the loss of every update into a Python float.",
        "",
        "A column of ratios is **that library's time / mbtutor's time**: above 1, mbtutor is faster. `bare products`:",
        "the five matrix products of the step alone, as a share of mbtutor's time: 1 would leave nothing to save.",
        f"Median of {rounds} rounds, quartiles in brackets. `cores`: processor time / time, the largest of all;",
        "below 1, the machine was busy with other work, and the table in processor time is the one to trust (what",
        "a contender waits for, such as its own other thread, is missing in it).",
        "",
        f"Made by `python -m benchmarks.updates` on {machine('torch', 'scikit-learn', 'jax')}.",
    ]
    for threads, sizes in measured.items():
        lines += table(f"{threads} thread{'s' if threads > 1 else ''}", sizes, clock=0)
        if threads == 1:
            lines += table("1 thread, processor time", sizes, clock=1)
    return "\n".join(lines) + "\n"


def table(title, sizes, clock):
    head = "| batch size | µs an update | ms an epoch | " + " | ".join(OTHERS) + " | cores |"
    rows = [row(size, timed, clock) for size, timed in sizes.items()]
    return ["", f"## {title}", "", head, "|---:" * (len(OTHERS) + 4) + "|", *rows]


def row(size, timed, clock):
    seconds = median(burst[clock] for burst in timed["mbtutor"])
    cells = [f"{size:,}", f"{seconds * 1e6:,.0f}", f"{seconds * 1e3 * -(-ROWS // size):,.0f}"]
    cells += [cell(timed, name, clock) for name in OTHERS]
    cores = max(median(processor / wall for wall, processor in bursts) for bursts in timed.values())
    return f"| {' | '.join(cells)} | {cores:.1f} |"


def draw(measured, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        2, len(measured), figsize=(5.5 * len(measured), 7), sharex=True, sharey="row", squeeze=False,
        height_ratios=(3, 1), layout="constrained",
    )  # fmt: skip
    looks = zip(OTHERS, ("#D55E00", "#CC79A7", "#009E73", "#0072B2", "#000000"), "osD^v")
    for name, colour, marker in looks:
        for (top, bottom), sizes in zip(axes.T, measured.values()):
            low, middle, high = np.transpose([np.percentile(ratios(t, name), [25, 50, 75]) for t in sizes.values()])
            axis = bottom if name == "bare products" else top
            axis.fill_between(list(sizes), low, high, color=colour, alpha=0.2, linewidth=0)
            axis.plot(list(sizes), middle, color=colour, marker=marker, label=name)
    for (top, bottom), threads in zip(axes.T, measured):
        top.set(title=f"{threads} thread{'s' if threads > 1 else ''}", xscale="log", yscale="log")
        top.axhline(1, color="grey", linestyle="--", label="mbtutor")
        top.set_yticks([0.5, 1, 2, 5, 10, 20], labels=["0.5", "1", "2", "5", "10", "20"])
        bottom.set(xlabel="batch size", ylim=(0, 1.05))
        bottom.set_xticks(SIZES, labels=[f"{size:,}" for size in SIZES])
        bottom.minorticks_off()
    axes[0, 0].set_ylabel("time per update / mbtutor's")
    axes[1, 0].set_ylabel("bare products /\nmbtutor's time")
    axes[0, 0].legend()
    figure.suptitle("Time per update of 784-128-10 in float32: above the dashed line, mbtutor is faster")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
