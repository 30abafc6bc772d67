"""Every exercise of every lesson: its solution passes, its starter is not started, each mistake has its own message."""

import itertools
import linecache
import os
import sys
import time

import cloudpickle
import numpy as np
import pytest

import mbtutor as mb
from mbtutor.exercises import checking, lessons, record, sandbox, worker
from mbtutor.exercises.exercise import Choose, NotYet, Order, Write, seen, short, taken

EVERY = [exercise for number in lessons.numbers() for exercise in lessons.lesson(number).EXERCISES]
FUNCTIONS = [exercise for exercise in EVERY if isinstance(exercise, Write)]
ORDERS = [exercise for exercise in EVERY if isinstance(exercise, Order)]
CHOICES = [exercise for exercise in EVERY if isinstance(exercise, Choose)]
MISTAKES = [(exercise, name) for exercise in FUNCTIONS for name in exercise.mistakes]
QUESTIONS = [(number, question) for number in lessons.numbers() for question in lessons.lesson(number).QUIZ]

_cells = itertools.count()


@pytest.fixture(autouse=True)
def fresh_progress(tmp_path, monkeypatch):
    """Each test has its own progress file, and no hint was given before it."""
    monkeypatch.setenv("MBTUTOR_PROGRESS", str(tmp_path / "progress.json"))
    checking._hints_given.clear()


def defined(exercise, code):
    """The learner's function of that code, defined as a notebook does it: its source can be found, in no file."""
    file = f"<cell {next(_cells)}>"
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    names = {}
    exec(compile(code, file, "exec"), names)
    return names[checking._name(exercise)]


def checked(exercise, code):
    return mb.check(exercise.id, defined(exercise, code))


def ids(exercises):
    return [exercise.id for exercise in exercises]


# Every exercise ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=ids(FUNCTIONS))
def test_the_solution_passes(exercise):
    result = checked(exercise, exercise.solution)
    assert result.passed, result
    assert exercise.explanation in result.lines


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=ids(FUNCTIONS))
def test_the_starter_is_not_started(exercise):
    assert checked(exercise, exercise.starter).kind == "not started"
    with_a_comment = exercise.starter.replace("\n    ", "\n    # where do I begin?\n    ", 1)
    assert checked(exercise, with_a_comment).kind == "not started"
    assert mb.progress().done == 0 and not record.load()["exercises"], "nothing was tried"


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=ids(FUNCTIONS))
def test_the_starter_itself_would_not_pass(exercise):
    verdict = sandbox.examined(exercise.id, defined(exercise, exercise.starter))
    assert not verdict["passed"]


@pytest.mark.parametrize(("exercise", "name"), MISTAKES, ids=[f"{e.id} {name}" for e, name in MISTAKES])
def test_each_mistake_is_met_with_its_own_message(exercise, name):
    result = checked(exercise, exercise.mistakes[name].code)
    assert result.kind == "not yet"
    assert result.lines[0] == exercise.mistakes[name].message
    assert "failed" not in str(result)


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=ids(FUNCTIONS))
def test_messages_differ_from_mistake_to_mistake(exercise):
    messages = [mistake.message for mistake in exercise.mistakes.values()]
    assert messages and len(set(messages)) == len(messages)


@pytest.mark.parametrize("exercise", ORDERS, ids=ids(ORDERS))
def test_an_order_is_right_when_it_keeps_the_rules(exercise):
    orders = ["".join(order) for order in itertools.permutations(exercise.lines)]
    met, passed = set(), 0
    for order in orders:
        result = checking._check_order(exercise, order)
        met |= {result.lines[0]} if not result.passed else set()
        passed += result.passed
    assert 1 <= passed < len(orders) / 10, "few orders are right"
    assert met == {message for *_, message in exercise.rules}, "each rule has its own message, and each can be met"
    assert checking._check_order(exercise, exercise.solution.split('"')[3]).passed


@pytest.mark.parametrize("exercise", ORDERS + CHOICES, ids=ids(ORDERS + CHOICES))
def test_letters_that_are_no_answer_are_met_with_what_to_do(exercise):
    for nothing in (None, "", "?", " ... "):
        assert mb.check(exercise.id, nothing).kind == "not started"
    for odd in ("Z", "AAB", 7, ["Z"]):
        assert mb.check(exercise.id, odd).kind == "not yet"


def test_what_stands_between_the_letters_does_not_matter():
    for answer in ("CEADB", "c e a d b", "C-E-A-D-B", "C > E > A > D > B", "(C, E, A, D, B)", list("CEADB")):
        assert mb.check("00.3", answer).passed, answer


@pytest.mark.parametrize("exercise", CHOICES, ids=ids(CHOICES))
def test_each_wrong_choice_has_its_own_reply(exercise):
    assert mb.check(exercise.id, exercise.right.lower()).passed
    wrong = set(exercise.options) - {exercise.right}
    assert wrong == set(exercise.replies) and len(set(exercise.replies.values())) == len(wrong)
    for letter in wrong:
        result = mb.check(exercise.id, letter)
        assert (result.kind, result.lines[0]) == ("not yet", exercise.replies[letter])
    assert mb.check(exercise.id, exercise.solution.split('"')[3]).passed


@pytest.mark.parametrize("number", lessons.numbers())
def test_a_lesson_has_three_exercises_one_bug_and_a_quiz(number):
    lesson = lessons.lesson(number)
    assert [exercise.id for exercise in lesson.EXERCISES] == [f"{number}.{i + 1}" for i in range(len(lesson.EXERCISES))]
    assert len(lesson.EXERCISES) >= 3
    assert any(isinstance(exercise, Write) and exercise.repair for exercise in lesson.EXERCISES), "one to repair"
    assert any(isinstance(exercise, Write) and not exercise.repair for exercise in lesson.EXERCISES), "one to write"
    assert 2 <= len(lesson.QUIZ) <= (10 if number == "16" else 4), "the last one asks about all the lessons"
    assert all(len(exercise.hints) >= 2 for exercise in lesson.EXERCISES)


@pytest.mark.parametrize(("number", "question"), QUESTIONS, ids=[f"{n} {q.text[:30]}" for n, q in QUESTIONS])
def test_every_option_of_a_quiz_has_its_own_reply(number, question):
    texts, replies = zip(*question.options)
    assert len(texts) >= 3 and len(set(texts)) == len(set(replies)) == len(texts)
    assert 0 <= question.right < len(texts)


# What a learner's code may do --------------------------------------------------------------------------------------

COUNT = lessons.find("00.1")


def count(body):
    """The result of checking a function with that body, and the seconds it took."""
    started = time.monotonic()
    result = checked(COUNT, f"import itertools, os\n\n\ndef updates_in_an_epoch(rows, batch_size):\n    {body}\n")
    return result, time.monotonic() - started


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("while True: pass", "did not finish within 5 seconds"),
        ("return list(itertools.count())", "took more than 600 MB"),
        ("print('x' * 10**8)", "printed more than 100,000 characters"),
        ("for i in itertools.count(): print(i)", "printed more than 100,000 characters"),
        ("while True: os.write(1, b'x' * 10**6)", "did not finish within 5 seconds"),
        ("return updates_in_an_epoch(rows, batch_size)", "calls itself without end"),
        ("os._exit(0)", "Python itself stopped"),
        ("os.kill(os.getpid(), 9)", "Python itself stopped"),
        ("exit()", "ended Python"),
        ("return input('rows? ')", "Nobody can answer input()"),
        ("return rows / 0", "ZeroDivisionError: division by zero"),
        ("return unknown", "NameError: name 'unknown' is not defined"),
        ("yield 1", "The answer must be one number"),
        ("pass", "returns nothing"),
    ],
)
def test_code_that_goes_wrong_ends_in_a_hint(body, message):
    result, seconds = count(body)
    assert result.kind == "not yet"
    assert message in result.lines[0]
    assert seconds < 10
    assert "failed" not in str(result)


def test_code_that_swallows_every_exception_ends_in_a_hint():
    result, seconds = count("while True:\n        try: print('x' * 10**6)\n        except: pass")
    assert "did not finish within 5 seconds" in result.lines[0] and seconds < 10


def test_processes_that_a_learner_starts_do_not_outlive_the_check(tmp_path):
    mark = tmp_path / "alive"
    code = f"import time\nwhile True:\n    open({str(mark)!r}, 'w').write(str(time.time()))\n    time.sleep(0.05)"
    count(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {code!r}]).wait()")
    last = mark.read_text()
    time.sleep(0.4)
    assert mark.read_text() == last


def test_an_answer_that_comes_before_anyone_listens_is_heard(monkeypatch):
    listen = sandbox._Process._listen
    monkeypatch.setattr(sandbox._Process, "_listen", lambda process: (time.sleep(1), listen(process)))
    assert checked(COUNT, COUNT.solution).passed


def test_the_learners_own_line_is_shown_and_no_traceback():
    result, _ = count("total = rows\n    return total / (batch_size - batch_size)")
    assert result.code == "line 6: return total / (batch_size - batch_size)"
    assert "Traceback" not in str(result) + result._repr_html_()


def test_what_was_printed_is_shown_a_little_of_it():
    result, _ = count("print('rows are', rows)\n    return -(-rows // batch_size)")
    assert result.passed
    assert result.lines[0].startswith("It printed: rows are 24 rows are 20")
    result, _ = count("print('x' * 5000)\n    return 0")
    assert len(result.lines[-1]) < 250


def test_names_of_the_notebook_may_be_used():
    code = f"import math\nstep = 1\n\n\ndef half_up(x):\n    return math.ceil(x) * step\n\n\n{COUNT.solution.strip()}"
    assert checked(COUNT, code.replace("math.ceil(", "half_up(", 2).replace("half_up(x) * step", "math.ceil(x)")).passed


def test_a_function_of_what_cannot_be_handed_over_is_met_with_what_to_do():
    code = "import threading\nlock = threading.Lock()\n\n\ndef updates_in_an_epoch(rows, batch_size):\n    return lock"
    assert "cannot be handed to the check" in checked(COUNT, code).lines[0]


@pytest.mark.parametrize("odd", [3, "x", [1], np.ones(3), COUNT])
def test_what_is_no_function_is_met_with_what_to_do(odd):
    result = mb.check("00.1", odd)
    assert result.kind == "not yet" and 'mb.check("00.1", updates_in_an_epoch)' in str(result)


def test_without_a_function_it_is_not_started():
    assert mb.check("00.1").kind == "not started"


@pytest.mark.parametrize("odd", ["00.9", "77.1", "", None, 3.1, ["00.1"], len])
def test_an_unknown_number_lists_the_known_ones(odd):
    for answer in (mb.check(odd, len), mb.hint(odd), mb.solution(odd)):
        assert "00.1" in str(answer) or "are 00" in str(answer)


def test_an_argument_that_is_written_into_is_noticed():
    def examine(double):
        double(np.arange(3.0))

    changing = "def double(x):\n    x *= 2\n    return x"
    new = "def double(x):\n    return 2 * x"
    options = {"id": "00.1", "task": "", "hints": ("", ""), "explanation": "ok", "examine": examine}
    for code, passed in ((changing, False), (new, True)):
        exercise = Write(**options, solution=new, starter="def double(x):\n    ...")
        verdict = worker._verdict(exercise, cloudpickle.dumps(defined(exercise, code)))
        assert verdict["passed"] is passed
        assert passed or "changes what it was given" in verdict["message"]


def test_a_fault_of_our_own_is_told_as_ours(monkeypatch):
    def broken(exercise_id, function):
        raise RuntimeError("no process")

    monkeypatch.setattr(checking, "examined", broken)
    result = checked(COUNT, COUNT.solution)
    assert result.kind == "not yet" and "not your fault: RuntimeError: no process" in str(result)


def test_where_no_python_can_be_started_it_is_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert "not your fault" in str(checked(COUNT, COUNT.solution))
    monkeypatch.undo()
    monkeypatch.setattr(sandbox, "READY", b"never said")
    assert "could not start" in str(checked(COUNT, COUNT.solution))


# Hints, solutions, results -----------------------------------------------------------------------------------------


def test_hints_come_one_by_one_and_the_last_points_to_the_solution():
    given = [mb.hint("00.1") for _ in range(4)]
    assert [hint.title for hint in given[:2]] == ["00.1: hint 1 of 3", "00.1: hint 2 of 3"]
    assert [hint.lines[0].split(" That was")[0] for hint in given] == [*COUNT.hints, COUNT.hints[-1]]
    assert 'mb.solution("00.1")' in given[2].lines[0]


def test_the_solution_is_shown_and_explained():
    shown = mb.solution("00.1")
    assert shown.title == "00.1, a solution: Count the updates of an epoch."
    assert shown.code == COUNT.solution.strip("\n") and shown.lines == [COUNT.explanation]
    assert "math.ceil(rows / batch_size)" in shown._repr_html_()


def test_a_result_offers_hints_and_the_solution_folded():
    page = checked(COUNT, COUNT.mistakes["rounded down"].code)._repr_html_()
    assert page.count("<details") == len(COUNT.hints) + 1
    assert "<code>math.ceil(x)</code>" in page
    passed = checked(COUNT, COUNT.solution)._repr_html_()
    assert passed.count("<details") == 1 and "Hint" not in passed


def test_a_learners_text_is_not_taken_for_html():
    code = "def updates_in_an_epoch(rows, batch_size):\n    raise ValueError('<script>alert(1)</script>')"
    page = checked(COUNT, code)._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_result_reads_the_same_every_time():
    for code in (COUNT.starter, COUNT.solution, COUNT.mistakes["rounded down"].code):
        first, second = checked(COUNT, code), checked(COUNT, code)
        assert (str(first), first._repr_html_()) == (str(second), second._repr_html_())


def test_the_starter_cell_comes_back():
    assert checking.starter("00.1") == COUNT.starter.strip("\n") + '\n\n\nmb.check("00.1", updates_in_an_epoch)'
    assert checking.starter("00.3") == 'mb.check("00.3", "")'


# Progress ----------------------------------------------------------------------------------------------------------


def test_what_is_done_is_kept_and_shown():
    checked(COUNT, COUNT.mistakes["rounded down"].code)
    assert record.load()["exercises"] == {"00.1": {"tries": 1}}
    checked(COUNT, COUNT.solution)
    assert record.load()["exercises"]["00.1"] == {"tries": 2, "passed": record.today()}
    mb.check("00.3", "ABCDE")
    page = mb.progress()
    assert page.done == 1 and page.total == len(EVERY)
    assert "✓ 00.1" in page._repr_html_() and "✗ 00.3" in page._repr_html_() and "○ 00.2" in page._repr_html_()
    assert f"1 of {len(EVERY)} exercises passed" in str(page)
    checking.forget("00.1")
    assert mb.progress().done == 0 and "00.3" in record.load()["exercises"]


def test_a_passed_exercise_stays_passed():
    checked(COUNT, COUNT.solution)
    checked(COUNT, COUNT.mistakes["rounded down"].code)
    assert mb.progress().done == 1


@pytest.mark.parametrize("broken", ["", "{", "[1, 2]", '{"exercises": 3}', "\x00\xff"])
def test_an_unreadable_file_is_kept_aside_and_nothing_stops(broken):
    record.path().write_text(broken)
    assert mb.progress().done == 0
    assert checked(COUNT, COUNT.solution).passed
    assert mb.progress().done == 1
    aside = record.path().with_suffix(".unreadable.json")
    if broken not in ("[1, 2]", '{"exercises": 3}'):
        assert aside.read_text() == broken


def test_a_file_that_cannot_be_written_is_told_and_the_result_stands(tmp_path, monkeypatch):
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("MBTUTOR_PROGRESS", str(tmp_path / "a file" / "progress.json"))
    result = checked(COUNT, COUNT.solution)
    assert result.passed and "could not be saved" in result.lines[-1]


def test_a_crash_while_writing_leaves_the_old_file(monkeypatch):
    checked(COUNT, COUNT.solution)
    before = record.path().read_bytes()

    def crash(*arguments, **options):
        raise OSError("disk full")

    monkeypatch.setattr(record.json, "dump", crash)
    assert "disk full" in mb.check("00.3", "ABCDE").lines[-1]
    assert record.path().read_bytes() == before
    assert os.listdir(record.path().parent) == [record.path().name]


def test_the_file_has_its_place_on_every_system(monkeypatch):
    monkeypatch.delenv("MBTUTOR_PROGRESS")
    assert record.path().name == "progress.json" and record.path().is_absolute()


# The tools of examining --------------------------------------------------------------------------------------------


def test_a_generator_without_end_is_cut():
    assert taken(iter(range(5)), 5) == [0, 1, 2, 3, 4]
    with pytest.raises(NotYet, match="goes on and on"):
        taken(itertools.count(), 5)
    with pytest.raises(NotYet, match="too many things: 6 came back"):
        taken(range(6), 5)
    with pytest.raises(NotYet, match="must return or yield several things"):
        taken(7, 5)


def test_values_are_told_in_a_line():
    assert short(np.arange(1000)).endswith("...") or len(short(np.arange(1000))) <= 120
    assert "\n" not in short(np.eye(4))
    assert short([np.int64(4), (np.float64(-0.5), np.True_), "np"]) == "[4, (-0.5, True), 'np']"
    assert seen("rows=1", 2, 3) == "Given `rows=1`, it returned `2`; right is `3`."
