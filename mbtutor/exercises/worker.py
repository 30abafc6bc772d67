"""Runs in a process of its own: takes a learner's function, examines it, and answers with one line of JSON."""

import io
import json
import os
import pickle
import sys

import numpy as np

from . import lessons
from .exercise import NotYet

MOST_PRINTED = 100_000  # characters, after which the check ends
READY = b"ready\n"


class TooMuchOutput(BaseException):
    """Not an Exception: a learner's `except Exception` must not swallow it."""


class Printed(io.TextIOBase):
    """Stands in for sys.stdout: keeps the first lines, and ends the check when there are far too many."""

    def __init__(self):
        self.text, self.length = "", 0

    def write(self, text):
        self.length += len(text)
        if len(self.text) < 1000:
            self.text = (self.text + text[:1000])[:1000]
        if self.length > MOST_PRINTED:
            raise TooMuchOutput
        return len(text)


def main():
    """Read (exercise id, pickled function) from stdin, answer on what was stdout."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    request = sys.stdin.buffer.read()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.stdout = sys.stderr = Printed()
    exercise_id, pickled = pickle.loads(request)
    exercise = lessons.find(exercise_id)
    if exercise.prepare:
        exercise.prepare()
    answers.write(READY)
    verdict = _verdict(exercise, pickled) | {"printed": sys.stdout.text}
    answers.write(json.dumps(verdict).encode())
    os._exit(0)  # at once, whatever threads or exit handlers the learner's code has started


def _verdict(exercise, pickled):
    learners = None
    try:
        learners = pickle.loads(pickled)
        note = exercise.examine(learners if exercise.may_change_input else _watched(learners))
    except NotYet as fault:
        known = exercise.mistakes.get(fault.mistake)
        return {"passed": False, "message": known.message if known else fault.mistake, "seen": fault.seen}
    except BaseException as error:
        return {"passed": False, "message": _in_words(error), "line": _learners_line(error, learners)}
    return {"passed": True, "note": note or ""}


def _watched(function):
    """The function, given copies of its arguments; NotYet if it writes into them."""

    def call(*arguments):
        given = pickle.loads(pickle.dumps(arguments))
        before = _bytes_of(given)
        result = function(*given)
        if _bytes_of(given) != before:
            raise NotYet("Your function changes what it was given. Work on a copy, or build a new array.")
        return result

    return call


def _bytes_of(arguments):
    return pickle.dumps([part for part in arguments if not isinstance(part, np.random.Generator)])


def _in_words(error):
    if isinstance(error, TooMuchOutput):
        return f"Your code printed more than {MOST_PRINTED:,} characters. Is there a print inside a loop?"
    if isinstance(error, RecursionError):
        return "Your function calls itself without end (RecursionError). Where does it stop?"
    if isinstance(error, MemoryError):
        return "Your code asked for more memory than there is (MemoryError)."
    if isinstance(error, EOFError):
        return "Nobody can answer input() while your code is checked. Use the function's arguments instead."
    if isinstance(error, SystemExit):
        return "Your code ended Python (exit or quit). Use return instead."
    return f"Your code stopped with {type(error).__name__}: {str(error)[:300]}"


def _learners_line(error, learners):
    """[file, line number] of the last place in the learner's own code, or None. Cells of a notebook are no files."""
    own = getattr(getattr(learners, "__code__", None), "co_filename", None)
    place, trace = None, error.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file == own or not (file.startswith("<frozen") or os.path.exists(file)):
            place = [file, trace.tb_lineno]
        trace = trace.tb_next
    return place


if __name__ == "__main__":
    main()
