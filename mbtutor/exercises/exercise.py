"""The kinds of exercise: write a function, repair one, put lines in order, choose; and what each knows about faults."""

import itertools
import re
from dataclasses import dataclass, field


class NotYet(Exception):
    """Raised while an answer is examined, where it is not right yet.

    mistake: the key of one of the exercise's known mistakes, or a message in words.
    seen: what the learner's function was given and what it returned.
    """

    def __init__(self, mistake, seen=""):
        super().__init__(mistake)
        self.mistake, self.seen = mistake, seen


@dataclass(frozen=True)
class Mistake:
    """A fault that learners really make: a function that makes it, and the message that it is met with."""

    message: str
    code: str


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What every kind has. id: "02.1" is the first of lesson 02. hints: from a nudge to nearly everything."""

    id: str
    task: str
    hints: tuple
    solution: str
    explanation: str


@dataclass(frozen=True, kw_only=True)
class Write(Exercise):
    """Write a function, or repair one that has a bug.

    starter: what the learner finds in the cell. examine(function): returns if the function is right, with a note to
    the learner or None; raises NotYet where it is not; it runs in a process of its own. prepare(): what takes long and
    is not the learner's doing, such as loading a framework. repair: the starter is a function with a bug.
    may_change_input: False where a function that writes into its arguments is at fault.
    """

    starter: str
    examine: callable
    prepare: callable = None
    mistakes: dict = field(default_factory=dict)
    repair: bool = False
    may_change_input: bool = False


@dataclass(frozen=True, kw_only=True)
class Order(Exercise):
    """Put lines in order. The answer is their letters, as in "BADC".

    lines: {letter: line}. rules: (earlier letter, later letter, message where it is the other way round); every
    order that keeps the rules is right.
    """

    lines: dict
    rules: tuple


@dataclass(frozen=True, kw_only=True)
class Choose(Exercise):
    """Choose one of some options. options: {letter: text}. right: its letter. replies: {wrong letter: message}."""

    options: dict
    right: str
    replies: dict


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question of a quiz. options: (text, reply) pairs, the reply explains why the choice is right or wrong."""

    text: str
    options: tuple
    right: int


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A question to be answered before the lab is used.

    options: the choices; empty where the answer is a number from `low` to `high` in `unit`.
    then: what to do in the lab. outcome(lab): None while the lab has not shown it, else (what came true: an index of
    options or a number, what happened in words).
    """

    question: str
    then: str
    outcome: callable
    options: tuple = ()
    low: float = 0
    high: float = 100
    unit: str = ""


def taken(items, limit):
    """Return the items as a list; NotYet where there are more than `limit`, as in an endless generator."""
    try:
        waiting = iter(items)
    except TypeError:
        raise NotYet(
            f"Your function must return or yield several things, one after another; got {short(items)}."
        ) from None
    first = list(itertools.islice(waiting, limit + 1))
    if len(first) > limit and hasattr(items, "__len__"):
        raise NotYet(f"Your function gave too many things: {len(items)} came back.")
    if len(first) > limit:
        raise NotYet(f"Your function goes on and on: more than {limit} things came out. Does its loop end?")
    return first


def function_in(code):
    """The function that the code defines last, such as that of a solution or of a known mistake."""
    names = {}
    exec(code, names)
    return list(names.values())[-1]


def seen(given, got, right):
    """A sentence on one call: what the function was given, what came back, what is right."""
    return f"Given `{given}`, it returned `{short(got)}`; right is `{short(right)}`."


def short(value, length=120):
    """The value as text that fits on a line or two; numpy's numbers as plain ones."""
    text = re.sub(r"\bnp\.\w+\(([^()]*)\)", r"\1", " ".join(repr(value).split()))
    text = re.sub(r"\bnp\.(True|False)_", r"\1", text)
    return text if len(text) <= length else text[: length - 3] + "..."
