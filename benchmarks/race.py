"""How long the four-lane race of lesson 07 takes to its target, clicked inside a real Jupyter kernel.

usage: python -m benchmarks.race [--rounds N]

For the pace at which the lesson opens, and as fast as it can: the seconds from the click on Race until the lab says
that it has finished, and how long a click, such as one on Stop, waits for its turn meanwhile. The median of N rounds.
"""

import argparse
import asyncio
import math
import statistics
import time

import nbclient
import nbformat
import numpy as np

import mbtutor as mb

SIZES, RATES, TARGET = (16, 64, 256, 1024), (1.1, 3.2, 7, 7), 0.785  # as in the lesson


async def measure(rounds=5):
    """Print every figure; runs in a cell of a kernel."""
    made_up = mb.datasets.make_clusters(10_240, spread=0.4, seed=1)
    rows = mb.Dataset(made_up.X * np.geomspace(1, 0.2, 20), made_up.y)
    train, val = rows.subset(np.arange(8192)), rows.subset(np.arange(8192, 10_240))
    net = mb.Network([mb.Dense(20, 5)], seed=0)
    net.compile(loss="cross_entropy", optimizer=mb.SGD(lr=2.0))
    lab = mb.BatchSizeRace(net, train, val, SIZES, lrs=RATES, target=TARGET)
    found = lab.run()  # matplotlib loads its fonts now, not while we measure
    print("updates to the target:", ", ".join(f"{size:,}: {where.updates}" for size, where in found.items()))
    for pace, name in ((50, "50 updates a second"), (math.inf, "as fast as it can")):
        lab.form.pace.value = pace
        taken = [await _race(lab) for _ in range(rounds)]
        seconds, waits = [race for race, _ in taken], [wait for _, found in taken for wait in found]
        text = f"median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s"
        waited = f"a click waits {1e3 * statistics.median(waits):.0f} ms, at most {1e3 * max(waits):.0f} ms"
        print(f"the race of {len(SIZES)} at {name}: {text}; {waited}")
    lab.close()


async def _race(lab):
    """(seconds from the click to the end, seconds that each look at the event loop had to wait)."""
    waits, started = [], time.perf_counter()
    lab.buttons["Race"].click()
    while lab._player.playing:
        asked = time.perf_counter()
        await asyncio.sleep(0)
        waits.append(time.perf_counter() - asked)
    assert all(lane.reached for lane in lab.lanes.values())
    return time.perf_counter() - started, waits


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    cell = nbformat.v4.new_code_cell(f"from benchmarks.race import measure\nawait measure({rounds})")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=None, on_cell_executed=_show, coalesce_streams=True).execute()


def _show(cell, **_):
    for output in cell.outputs:
        print(output.get("text", ""), end="")


if __name__ == "__main__":
    main()
