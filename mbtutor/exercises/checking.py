"""Check an answer, give a hint, show the solution: what a lesson calls, by the number of the exercise."""

import ast
import inspect
import linecache
import textwrap

from . import lessons, record
from .exercise import Choose, Order, Write, short
from .result import Result, code_block, marked_up
from .sandbox import examined

MOST_SHOWN = 200  # characters of what the learner's code printed
_hints_given = {}  # {exercise id: how many}, while this kernel runs


def check(exercise_id, answer=None):
    """Return a Result: passed, not yet (with the reason), or not started. Never raises.

    answer: the learner's function, or for an exercise of another kind its letters, such as "BADC". A function runs
    in a process of its own, for at most 5 seconds.
    """
    return _on(exercise_id, lambda exercise: _checked(exercise, answer))


def hint(exercise_id):
    """Return the next hint of that exercise; each call gives one more."""
    return _on(exercise_id, _next_hint)


def solution(exercise_id):
    """Return one full answer, explained."""
    return _on(exercise_id, _solution)


def starter(exercise_id):
    """The text of the cell as the learner found it; KeyError for an unknown exercise."""
    exercise = lessons.find(exercise_id)
    if isinstance(exercise, Write):
        return f'{exercise.starter.strip(chr(10))}\n\n\nmb.check("{exercise.id}", {_name(exercise)})'
    return f'mb.check("{exercise.id}", "")'


def forget(exercise_id):
    """Start anew: no hint was given, nothing was passed. KeyError for an unknown exercise."""
    exercise = lessons.find(exercise_id)
    _hints_given.pop(exercise.id, None)
    record.forget("exercises", exercise.id)


def _on(exercise_id, action):
    try:
        exercise = lessons.find(exercise_id)
    except KeyError as error:
        return Result("", "No such exercise", [error.args[0]])
    return action(exercise)


def _next_hint(exercise):
    given = min(_hints_given.get(exercise.id, 0) + 1, len(exercise.hints))
    _hints_given[exercise.id] = given
    last = given == len(exercise.hints)
    more = f' That was the last one; `mb.solution("{exercise.id}")` shows it all.' if last else ""
    return Result("", f"{exercise.id}: hint {given} of {len(exercise.hints)}", [exercise.hints[given - 1] + more])


def _solution(exercise):
    title = f"{exercise.id}, a solution: {exercise.task}"
    return Result("", title, [exercise.explanation], exercise.solution.strip("\n"))


def _checked(exercise, answer):
    try:
        result = CHECKS[type(exercise)](exercise, answer)
    except Exception as error:  # ours, not the learner's: say so, and let the notebook go on
        lines = [f"The check itself failed, which is not your fault: {type(error).__name__}: {error}"]
        return _result(exercise, "not yet", [*lines, "Please tell the makers of mbtutor; the solution is below."])
    _remember(exercise, result)
    return result


def _check_function(exercise, function):
    name = _name(exercise)
    if function is None or not callable(function):
        given = "" if function is None else f"; this is {short(function)}"
        line = f'Give the check your function: `mb.check("{exercise.id}", {name})`{given}.'
        return _result(exercise, "not started" if function is None else "not yet", [line])
    if _same_code(function, exercise.starter):
        verb = "Repair the function above" if exercise.repair else "Write the function above"
        return _result(exercise, "not started", [f"{verb}, then run this cell again."])
    verdict = examined(exercise.id, function)
    printed = " ".join(verdict.get("printed", "").split())
    printed = [f"It printed: {printed[:MOST_SHOWN]}{'...' if len(printed) > MOST_SHOWN else ''}"] if printed else []
    if verdict["passed"]:
        note = [verdict["note"]] if verdict.get("note") else []
        return _result(exercise, "passed", [*printed, exercise.explanation, *note])
    seen = [verdict["seen"]] if verdict.get("seen") else []
    return _result(exercise, "not yet", [verdict["message"], *seen, *printed], _line(verdict.get("line")))


def _check_order(exercise, answer):
    letters = _letters(answer)
    every = "".join(exercise.lines)
    if not letters:
        line = f'Put the {len(every)} letters in order, as in `mb.check("{exercise.id}", "{every}")`.'
        return _result(exercise, "not started", [line])
    if sorted(letters) != sorted(every):
        line = f"Use each of the letters {', '.join(every)} once; you gave {letters}."
        return _result(exercise, "not yet", [line])
    for earlier, later, message in exercise.rules:
        if letters.index(earlier) > letters.index(later):
            return _result(exercise, "not yet", [message])
    return _result(exercise, "passed", [exercise.explanation])


def _check_choice(exercise, answer):
    letter = _letters(answer)
    if not letter:
        line = f"Write the letter of your answer between the quotes: {', '.join(exercise.options)}."
        return _result(exercise, "not started", [line])
    if letter == exercise.right:
        return _result(exercise, "passed", [exercise.explanation])
    choices = f"Choose one of {', '.join(exercise.options)}; you gave {str(answer).strip()}."
    reply = exercise.replies.get(letter, choices)
    return _result(exercise, "not yet", [reply])


CHECKS = {Write: _check_function, Order: _check_order, Choose: _check_choice}


def _letters(answer):
    """The letters and digits of an answer, whatever stands between them."""
    return "".join(filter(str.isalnum, str("" if answer is None else answer).upper()))


def _result(exercise, kind, lines, code=""):
    folds = {}
    if kind != "passed":
        total = len(exercise.hints)
        folds = {f"Hint {i} of {total}": marked_up(text) for i, text in enumerate(exercise.hints, 1)}
    folds["A solution, explained"] = code_block(exercise.solution) + marked_up(exercise.explanation)
    return Result(kind, f"{exercise.id} {kind}", lines, code, folds)


def _remember(exercise, result):
    """Keep what was tried; where the file can't be written the learner is told, and nothing else is lost."""
    if result.kind == "not started":
        return
    try:
        known = record.load()["exercises"].get(exercise.id, {})
        facts = {"tries": known.get("tries", 0) + 1}
        if result.passed and "passed" not in known:
            facts["passed"] = record.today()
        record.mark("exercises", exercise.id, **facts)
    except OSError as error:
        result.lines.append(f"(Your progress could not be saved: {error}.)")


def _name(exercise):
    return next(node.name for node in ast.parse(exercise.starter).body if isinstance(node, ast.FunctionDef))


def _same_code(function, code):
    """Whether the function is the one in `code`, whatever its comments and blank lines. Unknown source is another."""
    try:
        own = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return False
    return all(ast.dump(node) in map(ast.dump, ast.parse(code).body) for node in own.body)


def _line(place):
    """The learner's own line where it went wrong, as `line 3: total = total / n`, or ""."""
    if not place:
        return ""
    text = linecache.getline(*place).strip()
    return f"line {place[1]}: {text}" if text else ""
