"""The notebooks as they are stored: executed, tidy, and compared for real when they are run again.

`make test` runs them by nbval first and hands its report to this file; without a report, this file runs nbval itself.
Lessons that print what a framework says are compared by tests/frameworks/test_lessons.py; every other one is here.
"""

import ast
import copy
import re

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from stored import LESSONS, NOTEBOOKS, PLAIN, agreed, code_cells, passed, read, run_nbval

from mbtutor.exercises import checking, lessons

KNOWN_TAGS = {"measured", "nbval-ignore-output"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
FOLDED = {"outputs_hidden": True}
MOST_BYTES = 600_000
FEWEST_COMPARED = 5

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def is_compared(cell):
    return "nbval-ignore-output" not in cell.metadata.get("tags", [])


def compared_texts(cell):
    """Return the outputs of a cell that nbval compares: (holder, key) of each text."""
    return texts_of(cell) if is_compared(cell) else []


def texts_of(cell):
    """Return the text outputs of a cell: (holder, key) of each."""
    places = [(out.get("data", out), key) for out in cell.outputs for key in ("text", "text/plain")]
    return [(holder, key) for holder, key in places if key in holder]


def prints(cell):
    """Whether a cell has an output that nbval compares and that is more than the name of a picture."""
    return any("image/png" not in holder for holder, _ in compared_texts(cell))


def shows_something(source):
    """Whether a cell must leave an output: it prints, draws, or ends in a value that is not a call's."""
    body = ast.parse(TransformerManager().transform_cell(source)).body
    if body and isinstance(body[-1], ast.Expr) and not isinstance(body[-1].value, ast.Call):
        return not source.rstrip().endswith(";")
    later = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)  # runs when it is called, if ever
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "display", "plt.show"):
            return True
        if not isinstance(node, later):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def faults(notebook):
    """Return what is wrong with a notebook, a line each."""
    cells = code_cells(notebook)
    found = []
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        found.append("execution counts are not 1..n in order")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("the kernelspec is not python3")
    if set(notebook.metadata) - {"kernelspec", "language_info"} or set(notebook.metadata.language_info) != {"name"}:
        found.append("metadata of a machine or of widgets")
    titles = re.findall(r"^# ", "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown"), re.M)
    if len(titles) != 1 or not notebook.cells[0].source.startswith("# "):
        found.append("not one title, at the top")
    if sum(not is_compared(cell) for cell in cells) > len(cells) / 10:
        found.append("more than one code cell in ten is excluded from comparison")
    if cells and sum(map(prints, cells)) < min(len(cells), FEWEST_COMPARED):
        found.append(f"fewer than {FEWEST_COMPARED} cells have an output that is compared")
    for number, cell in enumerate(cells):
        found.extend(f"code cell {number}: {fault}" for fault in cell_faults(cell))
    return found


def cell_faults(cell):
    tags = set(cell.metadata.get("tags", []))
    if tags and tags != KNOWN_TAGS:
        yield f"tags {sorted(tags)}; a cell has both of {sorted(KNOWN_TAGS)} or none"
    if set(cell.metadata) - {"tags", "jupyter"}:
        yield f"metadata {sorted(cell.metadata)}"
    if cell.metadata.get("jupyter", FOLDED) != FOLDED:
        yield f"metadata jupyter {cell.metadata.jupyter}; only {FOLDED}, for what a prediction must not see, is known"
    if re.search(r"#\s*(NBVAL|PYTEST_VALIDATE)_", cell.source):
        yield "a comment that steers nbval"
    if not cell.outputs and shows_something(cell.source):
        yield "shows something, but no output is stored"
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"an error: {output.ename}"
        if output.output_type == "stream" and output.name == "stderr":
            yield "something on stderr"
        if WIDGET_VIEW in output.get("data", {}):
            yield "the view of a widget in a kernel that is gone"


def altered(notebook):
    """Return a copy with one digit changed in every cell that nbval compares, and the numbers of these cells."""
    notebook, changed = copy.deepcopy(notebook), set()
    for number, cell in enumerate(code_cells(notebook)):
        for holder, key in compared_texts(cell)[:1]:
            text = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), holder[key], count=1)
            if text != holder[key]:
                holder[key] = text
                changed.add(number)
    return notebook, changed


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_the_line_that_a_folded_output_still_shows_gives_no_answer_away(path):
    """JupyterLab shows the first line of what is folded: no figure, no yes or no may stand there."""
    folded = [cell for cell in code_cells(read(path)) if cell.metadata.get("jupyter") == FOLDED]
    for cell in folded:
        holder, key = texts_of(cell)[0]
        assert not re.search(r"\d|True|False", holder[key].splitlines()[0]), holder[key]


def test_there_are_lessons_and_the_first_is_00():
    assert LESSONS, "notebooks/ is empty"
    assert LESSONS[0].name.startswith("00_")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_a_lesson_has_enough_that_is_compared(path):
    assert sum(map(prints, code_cells(read(path)))) >= FEWEST_COMPARED


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_every_exercise_stands_in_its_lesson_as_the_learner_shall_find_it(path):
    number = path.name[:2]
    sources = [cell.source for cell in code_cells(read(path))]
    texts = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    lesson = lessons.lesson(number)
    for exercise in lesson.EXERCISES:
        assert sources.count(checking.starter(exercise.id)) == 1, exercise.id
        assert f"### Exercise {exercise.id}: " in texts
        for letter, text in {**getattr(exercise, "lines", {}), **getattr(exercise, "options", {})}.items():
            assert re.search(rf"\*\*{letter}\*\*\s+`?{re.escape(text)}`?", texts), f"{exercise.id} {letter}"
    assert f'mb.quiz("{number}")' in sources
    assert any(f'mb.predict("{number}", ' in source for source in sources)
    assert hasattr(lesson, "RECALL") == (f'mb.recall("{number}")' in sources) == (number not in ("00", "A0"))


@each_notebook
def test_is_stored_executed_and_tidy(path):
    assert faults(read(path)) == []
    nbformat.validate(read(path))


@each_notebook
def test_is_small(path):
    assert path.stat().st_size < MOST_BYTES


def test_every_code_cell_was_run_and_agreed(tmp_path):
    """All but those of the lessons that print what a framework says: tests/frameworks/test_lessons.py."""
    assert len(PLAIN) >= len(NOTEBOOKS) - 2
    assert agreed(PLAIN, tmp_path) == passed(PLAIN)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_every_lesson_has_numbers_that_are_compared(path):
    assert len(altered(read(path))[1]) >= FEWEST_COMPARED


def test_a_changed_number_in_any_output_is_found(tmp_path):
    changed = {path.name: altered(read(path)) for path in LESSONS if path.name[:2] in ("00", "02", "A0")}  # quick ones
    ran = run_nbval({name: notebook for name, (notebook, _) in changed.items()}, tmp_path)
    assert len(changed) == 3
    for name, (_, cells) in changed.items():
        assert {number for number, outcome in ran[name].items() if outcome == "failure"} == cells, name


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_every_cell_can_be_run_again_in_any_order(path):
    """From the last to the first, after all of them: no error."""
    notebook = read(path)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}})
    numbered = [(number, cell) for number, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    with client.setup_kernel():
        for number, cell in [*numbered, *reversed(numbered)]:
            client.execute_cell(cell, number)  # raises CellExecutionError


@pytest.fixture
def good():
    """A notebook without a fault."""
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("# Count")]
    for count in range(1, 11):
        cell = v4.new_code_cell(f"print({count})", execution_count=count)
        cell.outputs = [v4.new_output("stream", name="stdout", text=f"{count}\n")]
        cells.append(cell)
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec, "language_info": {"name": "python"}})


def strip(notebook):
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None


def exclude(notebook, cells=2):
    for cell in code_cells(notebook)[:cells]:
        cell.metadata["tags"] = ["measured", "nbval-ignore-output"]


SPOIL = {
    "stripped": strip,
    "one output lost": lambda nb: nb.cells[3].update(outputs=[]),
    "a value not stored": lambda nb: nb.cells[3].update(source="1 + 1", outputs=[]),
    "a magic and a picture not stored": lambda nb: nb.cells[3].update(source="%time 1\nplt.show()", outputs=[]),
    "run out of order": lambda nb: nb.cells[3].update(execution_count=9),
    "a mistyped tag": lambda nb: nb.cells[3].metadata.update(tags=["nbval-ignore-ouput"]),
    "a skipped cell": lambda nb: nb.cells[3].metadata.update(tags=["nbval-skip"]),
    "excluded, but not said to be measured": lambda nb: nb.cells[3].metadata.update(tags=["nbval-ignore-output"]),
    "skipped by a comment": lambda nb: nb.cells[3].update(source="# NBVAL_SKIP\nprint(3)"),
    "too many excluded": exclude,
    "too little compared": lambda nb: [cell.update(source="pass", outputs=[]) for cell in nb.cells[2:]],
    "another kernel": lambda nb: nb.metadata.kernelspec.update(name="my-env"),
    "state of widgets": lambda nb: nb.metadata.update(widgets={}),
    "a hidden source": lambda nb: nb.cells[3].metadata.update(jupyter={"source_hidden": True}),
    "timings": lambda nb: nb.cells[3].metadata.update(execution={}),
    "an error": lambda nb: nb.cells[3].outputs.append(nbformat.v4.new_output("error", ename="ValueError")),
    "a warning": lambda nb: nb.cells[3].outputs[0].update(name="stderr"),
    "a dead widget": lambda nb: nb.cells[3].outputs.append(nbformat.v4.new_output("display_data", {WIDGET_VIEW: {}})),
    "two titles": lambda nb: nb.cells.append(nbformat.v4.new_markdown_cell("# Again")),
    "no title": lambda nb: nb.cells[0].update(source="Count"),
}


def test_a_good_notebook_has_no_fault(good):
    assert faults(good) == []
    exclude(good, cells=1)
    assert faults(good) == []


@pytest.mark.parametrize("spoil", SPOIL.values(), ids=SPOIL)
def test_each_fault_is_found(good, spoil):
    spoil(good)
    assert faults(good) != []


def test_a_stored_notebook_that_is_stripped_is_found():
    for path in LESSONS:
        notebook = read(path)
        strip(notebook)
        assert faults(notebook) != []


def test_a_stray_kernel_is_not_used(good, tmp_path, monkeypatch):
    stray = tmp_path / "stray" / "kernels" / "python3"
    stray.mkdir(parents=True)
    (stray / "kernel.json").write_text('{"argv": ["false"], "display_name": "Python 3", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "stray"))
    assert set(run_nbval({"good.ipynb": good}, tmp_path / "run")["good.ipynb"].values()) == {"passed"}
