"""Runs in a process of its own: loads a function, says so, waits for a line, calls it, and says how that went."""

import json
import os
import pickle
import sys

import numpy as np

READY = b"ready\n"


def main():
    """Read the pickled function and a line from stdin, answer on what was stdout with a line of JSON."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the function prints must not mix with the answer
    function = pickle.load(sys.stdin.buffer)
    _warm_up()
    answers.write(READY)
    sys.stdin.buffer.readline()
    error = ""
    try:
        function()
    except BaseException as problem:
        error = f"{type(problem).__name__}: {problem}"
    answers.write(json.dumps({"error": error}).encode())
    os._exit(0)  # at once, whatever threads the function has started


def _warm_up():
    """Let the matrix product take the working memory that it keeps for good, so that no function has to pay for it."""
    for dtype in ("float32", "float64"):
        square = np.ones((300, 300), dtype)
        square @ square


if __name__ == "__main__":
    main()
