"""The map of lesson 06 as its lab makes it, 64 runs on all cores, beside the same runs by `fit`, one after another.

usage: python -m benchmarks.learning_rate_map [--rounds N]

Fails where a map takes a minute or more.
"""

import argparse
import os
import statistics
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for `fit`, before numpy is loaded: the workers of a sweep have one as well

import mbtutor as mb  # noqa: E402

LIMIT = 60  # seconds for a map
EPOCHS = 4


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    train, val, _ = mb.min_max(*mb.split(mb.datasets.load_digits(), val=0.15, test=0.15, seed=0))
    settings = mb.LearningRateMap(train, val).map.settings(seeds=1)
    maps = [_round(train, val, settings) for _ in range(options.parse_args().rounds)]
    if max(maps) >= LIMIT:
        sys.exit(f"a map took {max(maps):.0f} s, the limit is {LIMIT} s")


def _round(train, val, settings):
    """Make the map on all cores, then its runs on one worker, then by `fit`; print it. The seconds of the map."""
    whole, first, made = _sweep(train, val, settings)
    *_, single = _sweep(train, val, settings, workers=1)
    alone = {setting: _fit(setting, train, val) for setting in settings}
    print(f"{len(made)} runs on {os.cpu_count()} cores: {whole:.1f} s, the first after {first:.1f} s")
    print(f"  mean seconds of the updates of a run by fit: {statistics.mean(alone.values()):.3f}")
    for name, seconds in (("all workers at once", made), ("one worker", single)):
        ratio = statistics.median(seconds[setting] / alone[setting] for setting in settings)
        print(f"  by {name}: {statistics.mean(seconds.values()):.3f} (median of the ratios to fit {ratio:.2f})")
    return whole


def _sweep(train, val, settings, workers=None):
    """(seconds of the map, seconds until its first run ended, {setting: seconds of its updates})."""
    started, made, first = time.perf_counter(), {}, None
    for outcome in mb.Sweep(_net(), train, val, settings=settings, epochs=EPOCHS, workers=workers):
        first = first or time.perf_counter() - started
        made[outcome.setting] = outcome.history["seconds"][-1]
    return time.perf_counter() - started, first, made


def _fit(setting, train, val):
    """The seconds that `fit` spends on the updates of that run."""
    net = _net(setting.seed, setting.lr)
    batches = mb.MiniBatches(train, setting.batch_size, seed=setting.seed)
    every = max(1, EPOCHS * len(batches) // 50)  # as often as a sweep looks at the validation rows
    return mb.fit(net, batches, epochs=EPOCHS, validation=val, validate_every=every, progress=False)["seconds"][-1]


def _net(seed=0, lr=0.1):
    net = mb.Network([mb.Dense(64, 32), mb.ReLU(), mb.Dense(32, 10)], seed=seed)
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr))
    return net


if __name__ == "__main__":
    main()
