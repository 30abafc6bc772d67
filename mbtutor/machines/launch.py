"""Start the workers of a data-parallel run on this machine, wait for them, and say in words what became of them."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from .. import checks, frameworks
from ..checkpoints import load_checkpoint

SETTINGS = {
    *("batch_size", "epochs", "lr", "momentum", "hidden", "seed"),
    *("checkpoint_every", "average", "timeout"),
}
LAST_LINES = 12  # of what the workers said, where nothing better is known
SECONDS_TO_END = 5  # for the workers to end when they are told to


class WorkerLost(RuntimeError):
    """A worker ended in the middle of a run. The checkpoint is whole: the same call goes on from there."""


def train_on_workers(workers, checkpoint, *, restarts=0, seconds=300, kill=None, **settings):
    """Train the digits on `workers` processes of this machine by PyTorch's DistributedDataParallel; return the end.

    It is the script mbtutor.machines.data_parallel, started by torch.distributed.run. checkpoint: a file; where it
    exists, the run goes on from it, on any number of workers. settings: those of the script, such as batch_size=64 (of
    all workers together), epochs=2, lr=0.1, average="weighted". seconds: for all of it. restarts: how often to start
    the workers again after one was lost. kill: (worker, update), to see what happens when a worker is killed there.
    Returns the last checkpoint, a dict: "losses" of each update, "network" with its "weights", "apart" (the largest
    distance between two workers' weights), "seconds_each". Raises ImportError without PyTorch, WorkerLost where a
    worker ended early and no restart is left, TimeoutError, and ValueError for what the script refuses.
    """
    checks.whole_number("workers", workers, 1, 64)
    checks.whole_number("restarts", restarts, 0)
    unknown = sorted(set(settings) - SETTINGS)
    if unknown:
        raise ValueError(f"unknown settings {', '.join(unknown)}; known are {', '.join(sorted(SETTINGS))}")
    frameworks.require("torch")
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    deadly = [] if kill is None else [f"--die-rank={kill[0]}", f"--die-at={kill[1]}"]
    # Not by torchrun's --max-restarts: with gloo, workers started anew may wait for some that are gone.
    for left in range(restarts, -1, -1):
        code, said = _run(command(workers, [f"--checkpoint={checkpoint}", *options, *deadly]), seconds)
        if code == 0:
            return load_checkpoint(checkpoint)
        lost = _lost(said, workers, checkpoint)
        if lost is None:
            raise ValueError("the workers did not train: " + _last_error(said))
        if not left:
            raise WorkerLost(lost)
        checks.note(f"{lost.split('. ')[0]}; the workers are started again from the checkpoint")
        deadly = []
    raise AssertionError("not reached")


def command(workers, options):
    """The command line that starts so many workers on this machine."""
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1"]
    return [*start, f"--nproc-per-node={workers}", "-m", "mbtutor.machines.data_parallel", *map(str, options)]


def _run(line, seconds):
    """(exit code, what was said) of a command; nothing that it has started is left behind, whatever happens."""
    # The workers import what this process could, in the same order: Python would put the present folder before it.
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as file:
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"the workers did not end within {seconds} seconds; they were stopped") from None
        finally:
            _end(process)
        file.seek(0)
        return code, file.read().decode(errors="replace")


def _end(process):
    """End the process and all that it has started: politely, then surely."""
    if process.poll() is not None:
        return
    children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_END)
    for child in (*children, psutil.Process(process.pid)) if process.poll() is None else children:
        with contextlib.suppress(psutil.Error):
            child.kill()
    psutil.wait_procs(children, SECONDS_TO_END)
    process.wait()


def _lost(said, workers, checkpoint):
    """The sentence about a worker that was lost; None where none was."""
    ends = re.findall(r"rank\s*: (\d+) \(local_rank.*\n\s*exitcode\s*: (-?\d+)", said)
    # The others end with a code of their own, or are ended by torch with SIGTERM.
    killed = [(int(rank), -int(code)) for rank, code in ends if int(code) < 0 and -int(code) != signal.SIGTERM]
    during = re.search(r"another worker was lost during update (\d+)", said)
    if not killed and not during:
        return None
    who = f"worker {killed[0][0]} of {workers} was ended by {_name(killed[0][1])}" if killed else "a worker was lost"
    when = f" during update {during[1]}" if during else ""
    go_on = "The same call goes on from there, on any number of workers"
    return f"{who}{when}. {_kept(checkpoint)}. {go_on}"


def _name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _kept(checkpoint):
    if not Path(checkpoint).exists():
        return "There is no checkpoint yet, so the run begins anew"
    return f"The checkpoint holds update {load_checkpoint(checkpoint)['number']}"


def _last_error(said):
    """What went wrong in a worker: its error in one line, or all of the last lines."""
    errors = re.findall(r"^(?:\[rank\d+\]: )?(?:\w+Error|data_parallel: error): (.+)", said, re.M)
    return errors[0] if errors else "\n" + "\n".join(said.splitlines()[-LAST_LINES:])
