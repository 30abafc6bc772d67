"""Runs the programs that "Show the code" prints, all those of one framework in one process."""

import os
import subprocess
import sys

import pytest

# Each program runs in a world of its own: importing takes most of the time.
DRIVER = """
import contextlib, io, sys, traceback
for program in eval(sys.stdin.read()):
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(program, {"__name__": "__main__"})
        last = printed.getvalue().splitlines()[-1]
    except BaseException:
        last = repr(traceback.format_exc()[-2000:])
    print("\\nThe last line:", last, flush=True)
"""
QUIET = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
# What is set for each framework. Keras runs twice: once on PyTorch, once on TensorFlow.
BACK_ENDS = {
    "mbtutor": {},
    "PyTorch": {},
    "Keras": {"KERAS_BACKEND": "torch"},
    "Keras on TensorFlow": {"KERAS_BACKEND": "tensorflow"},
    "TensorFlow": {"KERAS_BACKEND": "tensorflow"},
}
every_framework = pytest.mark.parametrize("framework", ["mbtutor", "PyTorch", "Keras", "TensorFlow"])


def title(framework):
    """The title of the tab whose programs are run."""
    return framework.split(" on ")[0]


def run(texts, framework):
    """What each of these programs prints last, as a Python value; its error as text if it fails."""
    command, environment = [sys.executable, "-P", "-c", DRIVER], os.environ | QUIET | BACK_ENDS[framework]
    done = subprocess.run(
        command, input=repr(texts), env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.split(":", 1)[1] for line in done.stdout.splitlines() if line.startswith("The last line:")]
    return [eval(line) for line in lines]
