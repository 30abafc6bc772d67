"""The machinery of a fair comparison: every contender in a process of its own, and only one of them at work at a time.

In every round each contender makes a short burst of updates in turn. A ratio is taken inside a round, where the machine
is as fast for one as for the other.
"""

import contextlib
import multiprocessing
import os
import platform
import time

import numpy as np


def measured_in_rounds(contenders, updates, rounds, threads):
    """Return {contender: [(seconds, processor seconds) an update, for each round]}.

    contenders: {name: a function without arguments that a new process can import, such as a functools.partial}; it
    returns an endless generator, of which one `next` makes so many updates and returns their losses.
    """
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    os.environ["NPROC"] = str(threads)  # the size of XLA's thread pool
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=" + ("true" if threads > 1 else "false")
    with contextlib.ExitStack() as stack:
        ask = {name: stack.enter_context(in_a_process(make, updates)) for name, make in contenders.items()}
        first = {name: burst()[2] for name, burst in ask.items()}  # imports, compiles, fills the caches
        timed = {name: [] for name in ask}
        for number in range(rounds):
            for name in list(ask)[:: 1 if number % 2 else -1]:  # who follows whom changes with each round
                *seconds, loss = ask[name]()
                timed[name].append(seconds)
                if loss and number == rounds - 1:
                    assert loss < first[name], f"{name} did not learn: loss {first[name]} -> {loss}"
        return timed


@contextlib.contextmanager
def in_a_process(make, updates):
    """A function that has the contender make one burst and returns (seconds, processor seconds, mean loss)."""
    context = multiprocessing.get_context("spawn")  # the new process reads the thread counts before it imports numpy
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, make, updates), daemon=True)
    process.start()
    there.close()  # so that a contender that fails ends the wait for it

    def burst():
        here.send("go")
        return here.recv()

    yield burst
    here.send("stop")
    process.join()


def serve(pipe, make, updates):
    bursts = make()
    while pipe.recv() == "go":
        started, processor = time.perf_counter(), time.process_time()
        losses = next(bursts)
        seconds = np.array([time.perf_counter() - started, time.process_time() - processor]) / updates
        pipe.send((*seconds, float(np.mean(losses)) if losses else None))


def ratios(timed, name, clock=0):
    """The contender's time (clock 1: processor time) over mbtutor's, round by round: (rounds,)."""
    return np.array([theirs[clock] / ours[clock] for theirs, ours in zip(timed[name], timed["mbtutor"])])


def cell(timed, name, clock=0):
    """The median of the ratios, and their quartiles, for a table."""
    low, middle, high = np.percentile(ratios(timed, name, clock), [25, 50, 75])
    return f"**{middle:.2f}** [{low:.2f}, {high:.2f}]"


def machine(*libraries):
    """This machine, Python, these libraries and numpy's BLAS, with their versions."""
    from importlib.metadata import version

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", *libraries))
    system = f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}"
    return f"{system}, {versions}, numpy's BLAS: {blas['name']} {blas['version']}"
