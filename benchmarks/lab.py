"""What the training lab costs, measured inside a real Jupyter kernel, its messages included.

usage: python -m benchmarks.lab [--clicks N]

--clicks N: also click, drag and make labs anew N times at random and print the kernel's memory as it goes. A learner
clicks about once a second, so 1,800 stand for half an hour.
"""

import argparse
import asyncio
import gc
import math
import random
import statistics
import time
from pathlib import Path

import nbclient
import nbformat

import mbtutor as mb

SETTINGS = ((1, 32), (32, 32), (3934, 32), (3934, 512))  # batch size, hidden units: the fast and the heavy corners


async def measure(clicks=0):
    """Print every figure; runs in a cell of a kernel."""
    train, val, _ = mb.min_max(*mb.split(mb.datasets.load_digits()))
    print(f"memory of the kernel with mbtutor and the digits loaded: {_resident():.0f} MB")
    lab = mb.TrainingLab(train, val, pace=math.inf)
    lab.run()  # matplotlib loads its fonts now, not while we measure
    print(f"memory with one lab: {_resident():.0f} MB")
    await _stop(lab)
    _slider(lab)
    _frame(lab)
    await _drawing_share(lab)
    lab.close()
    await _architecture(train, val)
    await _click_around(train, val, clicks)


async def _stop(lab):
    """How long a message, such as a click on Stop, waits for its turn while a run goes on as fast as it can."""
    for batch_size, hidden in SETTINGS:
        lab.form.batch_size.field.value, lab.form.hidden.field.value = batch_size, hidden
        lab.form.amount.value = 10_000
        print(f"at batch size {batch_size} with {hidden} hidden units: {await _waits(lab)}")
    lab.form.hidden.field.value, lab.form.amount.value = 32, 5


async def _waits(lab):
    lab.buttons["Train"].click()
    waits, until = [], time.perf_counter() + 3
    while time.perf_counter() < until:
        asked = time.perf_counter()
        await asyncio.sleep(0)
        waits.append(time.perf_counter() - asked)
    lab.buttons["Stop"].click()
    waited = f"median {1e3 * statistics.median(waits):.0f} ms, longest {1e3 * max(waits):.0f} ms"
    return f"a click waits {waited} ({_resident():.0f} MB)"


async def _architecture(train, val):
    """The lab with an architecture: its largest network on all rows at once, and a change of the network when idle."""
    lab = mb.TrainingLab(train, val, architecture=True, hidden=256, batch_size=len(train), pace=math.inf, epochs=10_000)
    layers = lab.form.architecture["hidden_layers"]
    for number in (1, 2, 3):
        layers.value = number
        print(f"at batch size {len(train)} with {number} x 256 hidden units: {await _waits(lab)}")
    slider = lab.form.hidden.slider
    times = [_seconds(setattr, slider, "value", units) for units in lab.form.hidden.options * 3]
    print(f"an idle change of the network, its picture included: median {1e3 * statistics.median(times):.0f} ms")
    lab.close()


def _slider(lab):
    """How long it takes an idle lab to say what a new batch size means."""
    slider = lab.form.batch_size.slider
    times = [_seconds(setattr, slider, "value", size) for size in lab.form.batch_size.options * 3]
    print(f"an idle change of the batch size: median {1e3 * statistics.median(times):.1f} ms")


def _frame(lab):
    """What one frame costs the kernel, with five earlier runs in the picture, at the end of a short and a long run."""
    lab.buttons["Reset"].click()
    for batch_size in (32, 64, 128, 256, 512, 32, 1):
        lab.form.batch_size.field.value = batch_size
        lab.run()
        if len(lab.histories) == 6:
            times = [_seconds(lab._frame) for _ in range(100)]
            size = len(lab.curves.widget.value) / 1e3
            text = f"median {1e3 * statistics.median(times):.1f} ms, {size:.0f} KB"
            print(f"a frame after {len(lab.history) - 1:,} updates: {text}")


async def _drawing_share(lab):
    """A run of several seconds with the lab, beside the same run without it, five times in turn."""
    lab.buttons["Reset"].click()
    lab.form.batch_size.field.value, lab.form.amount.value = 1, 15
    shares, longest = [], 0
    for _ in range(5):
        started = time.perf_counter()
        lab.buttons["Train"].click()
        while lab._player.playing:
            await asyncio.sleep(0.001)
        with_lab = time.perf_counter() - started
        net = mb.Network([mb.Dense(64, 32), mb.ReLU(), mb.Dense(32, 10)], seed=0)
        net.compile("cross_entropy", lab.form.settings.make_optimizer())
        updates = lab._training.total
        batches = mb.MiniBatches(lab.train, 1, seed=0)
        run = mb.train(net, batches, updates=updates, validation=lab.val, validate_every=updates // 100)
        alone = _seconds(list, run)
        shares.append(1 - alone / with_lab)
        longest = max(longest, with_lab)
    text = f"median {statistics.median(shares):.1%} ({', '.join(f'{share:.1%}' for share in shares)})"
    print(f"share of a {longest:.1f} s run ({updates:,} updates) that the lab takes: {text}")


async def _click_around(train, val, clicks):
    """Click, drag and make labs anew at random; after the first hundreds memory should stay where it is."""
    chance, lab = random.Random(0), mb.TrainingLab(train, val, pace=math.inf)
    for click in range(clicks):
        action = chance.choice([*lab.buttons, "size", "lr", "hidden", "clock", "new lab"])
        if action in lab.buttons and action != "Save":
            lab.buttons[action].click()
        elif action == "size":
            lab.form.batch_size.slider.value = chance.choice(lab.form.batch_size.options)
        elif action == "lr":
            lab.form.lr.slider.value = chance.choice(lab.form.lr.options[3:10])
        elif action == "hidden":
            lab.form.hidden.slider.value = chance.choice(lab.form.hidden.options)
        elif action == "clock":
            lab.form.clock.value = chance.choice(lab.form.clock.options)
        elif chance.random() < 0.1:
            lab.close()
            lab = mb.TrainingLab(train, val, pace=math.inf)
        await asyncio.sleep(chance.uniform(0, 0.2))
        if (click + 1) % 200 == 0:
            gc.collect()
            print(f"after {click + 1:,} clicks: {_resident():.0f} MB")
    lab.close()


def _seconds(action, *arguments):
    started = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - started


def _resident():
    """This process's resident memory in MB (Linux)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clicks", type=int, default=0)
    clicks = options.parse_args().clicks
    cell = nbformat.v4.new_code_cell(f"from benchmarks.lab import measure\nawait measure({clicks})")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=None, on_cell_executed=_show, coalesce_streams=True).execute()


def _show(cell, **_):
    for output in cell.outputs:
        print(output.get("text", ""), end="")


if __name__ == "__main__":
    main()
