"""Examine a learner's function in a process that can be killed: bounded in time, memory and output, also on Windows."""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
import time

import cloudpickle
import psutil

from .worker import READY

SECONDS = 5  # for the learner's code; starting Python and numpy does not count
SECONDS_TO_START = 60
BYTES = 600 * 2**20  # beyond what the process held when it was ready
LAST_WORDS = 2  # seconds for an answer to arrive after its process has ended
LOOK_EVERY = 0.02  # seconds: a runaway list grows by some 50 MB in this time


def examined(exercise_id, function):
    """Return the verdict: {"passed": bool, "message", "seen", "note", "line", "printed"}, without what there is not."""
    try:
        pickled = cloudpickle.dumps(function)
    except Exception as error:
        return _no(f"Your function uses what cannot be handed to the check ({error}). Use only its arguments.")
    with _Process() as process:
        process.send(pickle.dumps((exercise_id, pickled)))
        return process.verdict()


class _Process:
    """The worker, from its start to its certain end."""

    def __enter__(self):
        one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)  # it imports what this process could
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from mbtutor.exercises.worker import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **one_thread, "PYTHONPATH": paths},
        )
        self._answer = b""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(self, *error):
        for process in (*_children(self._process.pid), self._process):
            with contextlib.suppress(OSError, psutil.Error):  # it may have ended by itself
                process.kill()
        self._process.wait()
        self._listener.join(LAST_WORDS)
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.stdout.close()

    def send(self, request):
        with contextlib.suppress(OSError):  # it may have died while starting; the missing answer tells
            self._process.stdin.write(request)
            self._process.stdin.close()

    def verdict(self):
        self._wait_until(lambda: READY in self._answer, SECONDS_TO_START)
        if self._process.poll() is not None:
            self._listener.join(LAST_WORDS)  # a quick answer may have ended before anyone listened
        if READY not in self._answer:
            return _no("The check could not start a Python process of its own. Restart the kernel and try again.")
        at_rest = _memory(self._process.pid)
        trouble = self._wait_until(lambda: False, SECONDS, at_rest + BYTES)
        if trouble:
            return _no(trouble)
        self._listener.join(LAST_WORDS)
        text = self._answer.partition(READY)[2]
        return json.loads(text) if text else _no("Python itself stopped while it ran your code. What does it call?")

    def _wait_until(self, done, seconds, most_memory=float("inf")):
        """Wait for `done()` or the end of the process; return a message where it took too much of something."""
        until = time.monotonic() + seconds
        while self._process.poll() is None and not done():
            if time.monotonic() > until:
                return f"Your code did not finish within {seconds} seconds. Is there a loop that never ends?"
            if _memory(self._process.pid) > most_memory:
                return f"Your code took more than {BYTES // 2**20} MB. Does a list grow without end?"
            time.sleep(LOOK_EVERY)
        return ""

    def _listen(self):
        for part in iter(lambda: os.read(self._process.stdout.fileno(), 65536), b""):
            self._answer += part


def _children(pid):
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _memory(pid):
    """Bytes that the process and its children hold; 0 once it has ended."""
    total = 0
    for process in [pid, *(child.pid for child in _children(pid))]:
        with contextlib.suppress(psutil.Error):
            total += psutil.Process(process).memory_info().rss
    return total


def _no(message):
    return {"passed": False, "message": message}
