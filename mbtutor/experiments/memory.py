"""How much memory something takes at most: what numpy holds, and what a whole process grows by."""

import contextlib
import copy
import json
import math
import os
import subprocess
import sys
import time
import tracemalloc
from typing import NamedTuple

import cloudpickle
import numpy as np
import psutil

from .. import checks
from ..batches import MiniBatches
from ..datasets.dataset import as_dataset
from ..datasets.mapped import MappedRows
from ..evaluation import check_fit
from ..layers import Dense
from .memory_worker import READY

LOOK = 0.002  # seconds between two looks at the size of a process


def peak_bytes(function):
    """Call function(); return the most bytes that it held at once, over what was held before it.

    Counted is what Python and numpy ask for (tracemalloc), to the byte, and not what a C library takes for itself:
    for that see peak_resident. A tracing that is already on stays on, but its own peak is counted anew from here.
    Raises TypeError for what cannot be called, and whatever function() raises.
    """
    _check_callable(function)
    was_on = tracemalloc.is_tracing()
    if not was_on:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        function()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not was_on:
            tracemalloc.stop()


def update_peak(net, data, batch_size, micro_batch_size=None):
    """Return the most bytes that one update holds at once: weights, optimizer's state, rows and all in between.

    net: a compiled Network; a copy of it is updated, so that it stays as it is and its weights count too.
    data: a Dataset or pair (X, y), which was there before and does not count; or a function that loads one, which does.
    micro_batch_size: rows in a piece, for gradient accumulation. A small update comes first, to warm up.
    Raises ValueError or TypeError for what could not be trained.
    """
    _check_sizes(batch_size, micro_batch_size)
    load = data if callable(data) else lambda: data
    _one_update(net, load, 2)
    return peak_bytes(lambda: _one_update(net, load, batch_size, micro_batch_size))


def update_parts(net, data, batch_size, micro_batch_size=None):
    """Return {what: bytes}: what an update holds while the slopes go back, counted from shapes alone.

    Arguments as for update_peak (data itself, not a function). The layers: Dense and activations, as they keep their
    inputs and outputs for the way back. Short-lived arrays of an optimizer's step, and Python itself, are not counted.
    """
    _check_sizes(batch_size, micro_batch_size)
    data = as_dataset(data)
    check_fit(net, data)
    if None in data.X.shape:
        raise ValueError("data must have rows of one size to be counted; sequences differ. Measure them by update_peak")
    rows, copied = _rows_held(data, batch_size, micro_batch_size)
    weights, number = net.weights.nbytes, net.dtype.itemsize
    widths = _widths(net, data.X.shape[1:])
    inputs = 0 if not copied else data.X.dtype.itemsize * widths[0]
    if data.X.dtype != net.dtype:
        inputs += number * widths[0]  # converted, beside the rows as they are
    gradients = 1 if micro_batch_size is None else 2  # the sum so far, and that of the piece
    return {
        "weights": weights,
        "optimizer's state": sum(np.asarray(value).nbytes for value in net.optimizer_state.values()),
        "gradient": gradients * weights,
        "rows of the batch": rows * (inputs + (data.y.dtype.itemsize if copied else 0)),
        "activations": rows * number * sum(widths[place] for place in _kept(net)),
        "slopes": rows * number * 2 * max(widths[1:-1], default=widths[-1]),
    }


class Line(NamedTuple):
    """The straight line value = intercept + slope x; r2 is the share of the values' variance that it explains."""

    slope: float
    intercept: float
    r2: float

    def at(self, x):
        """The value of the line there."""
        return self.intercept + self.slope * x

    def largest(self, value):
        """The largest whole x at which the line is not above `value`: infinite for a line that does not rise."""
        return math.floor((value - self.intercept) / self.slope) if self.slope > 0 else math.inf


def line_fit(x, y):
    """Return the Line through the points (x, y) by least squares.

    x, y: (n,) finite numbers, with two different x or more; anything else is a ValueError.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.ndim != 1 or x.shape != y.shape or len(np.unique(x)) < 2:
        raise ValueError(
            f"x and y must be two lists of equal length with two different x or more; got shapes {x.shape}, {y.shape}"
        )
    for name, values in (("x", x), ("y", y)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} must hold finite numbers; got {values.tolist()}")
    centred = x - x.mean()
    slope = centred @ y / (centred @ centred)
    missed, spread = y - y.mean() - slope * centred, y - y.mean()
    r2 = 1 - missed @ missed / (spread @ spread) if spread.any() else 1.0
    return Line(float(slope), float(y.mean() - slope * x.mean()), float(r2))


def peak_resident(function):
    """Call function() in a fresh process; return the most bytes of memory that it grew by.

    The operating system is asked every 2 ms, so a shorter peak may be missed. On Linux only anonymous memory counts
    (RssAnon): the pages of a mapped file stand in RSS too, but the system drops them whenever it needs the room. On
    Windows private memory counts; elsewhere all of RSS, with the mapped pages in it.
    function: it and what it uses are handed over by cloudpickle, so what it changes or prints stays there.
    Numpy computes on one thread there. Raises TypeError for what cannot be called or handed over, RuntimeError where
    function() raises or its process ends early.
    """
    _check_callable(function)
    with _apart(_pickled(function)) as process:
        if process.stdout.readline() != READY:
            raise RuntimeError("the fresh process could not start, or could not load the function")
        before = most = _size(process.pid)
        _send(process, b"go\n")
        while process.poll() is None:
            most = max(most, _size(process.pid))
            time.sleep(LOOK)
        answer = process.stdout.read()
    if not answer:
        raise RuntimeError(f"the process ended before function() did (exit code {process.returncode})")
    if error := json.loads(answer)["error"]:
        raise RuntimeError(f"function() raised {error}")
    return most - before


def _check_sizes(batch_size, micro_batch_size):
    checks.whole_number("batch_size", batch_size)
    if micro_batch_size is not None:
        checks.whole_number("micro_batch_size", micro_batch_size)


def _one_update(net, load, batch_size, micro_batch_size=None):
    data = as_dataset(load())
    check_fit(net, data)
    net = copy.deepcopy(net)
    batch = next(iter(MiniBatches(data, min(batch_size, len(data)))))
    if micro_batch_size:
        net.update_in_pieces(batch, micro_batch_size)
    else:
        net.update(batch.X, batch.y)


def _rows_held(data, batch_size, micro_batch_size):
    """(rows computed at once, whether they are copied): a batch of all rows, in their own order, is a view of them."""
    whole = len(data)
    rows = min(whole, batch_size, micro_batch_size or whole)
    chosen = isinstance(data.X, MappedRows) and (data.X.numbers is not None or data.X.scaler is not None)
    return rows, batch_size < whole or chosen


def _widths(net, shape):
    """How many numbers a row is at the input and after each layer."""
    shapes = [shape]
    for layer in net.layers:
        shapes.append(layer.output_shape(shapes[-1]))
    return [math.prod(shape) for shape in shapes]


def _kept(net):
    """Places in _widths of the arrays that are kept for the way back; the rows themselves count elsewhere."""
    kept = {place if isinstance(layer, Dense) else place + 1 for place, layer in enumerate(net.layers)}
    return (kept | {len(net.layers)}) - {0}


def _check_callable(function):
    if not callable(function):
        raise TypeError(f"function must be callable without arguments; got {function!r:.60}")


def _pickled(function):
    try:
        return cloudpickle.dumps(function)
    except Exception as error:
        raise TypeError(f"function uses what cannot be handed to another process: {error}") from None


@contextlib.contextmanager
def _apart(pickled):
    """A process that has loaded the function and waits for a line to begin; it is ended at the latest here."""
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)  # it imports what this process could
    process = subprocess.Popen(
        [sys.executable, "-m", "mbtutor.experiments.memory_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **one_thread, "PYTHONPATH": paths},
    )
    try:
        _send(process, pickled)
        yield process
    finally:
        process.kill()
        process.wait()
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.stdout.close()


def _send(process, message):
    with contextlib.suppress(OSError):  # it may have died; the missing answer tells
        process.stdin.write(message)
        process.stdin.flush()


def _size(pid):
    """Bytes that only this process holds; 0 once it has ended."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon")), 0)
    except OSError:
        pass
    with contextlib.suppress(psutil.Error):
        held = psutil.Process(pid).memory_info()
        return getattr(held, "private", held.rss)
    return 0
