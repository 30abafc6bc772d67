"""Link the lessons: previous, index and next at the top of each, and index.ipynb made from their headers.

    python notebooks/link.py

A second run without a change leaves no difference. `make notebooks` runs it first.
"""

import re
from pathlib import Path

import nbformat
from nbformat import v4

HERE = Path(__file__).parent
LESSON = re.compile(r"^(\d\d|A\d)_.*\.ipynb$")
NAVIGATION = "\n\n---\n"  # the last part of a lesson's first cell stands behind a rule
STEPS = {
    "00": "what mini-batch training is",
    "01": "1. prepare the data",
    "02": "2. make mini-batches",
    "03": "3. train the model",
    "04": "4. evaluate the model",
    "05": "why small batches differ",
    "06": "3. the optimizer, and 2. the batch size",
    "07": "batch sizes 32, 64, 128 and the others",
    "08": "what to watch out for: overfitting",
    "09": "fit training into memory",
    "10": "image classification with a CNN",
    "11": "text: recurrent networks, and sequences in batches",
    "13": "a real use: speech recognition",
    "16": "apply it to a problem of your own",
    "12": "text, with attention",
    "14": "PyTorch, TensorFlow and Keras",
    "15": "beyond one machine",
    "A0": "before you start, if you like",
    "A1": "3. train the model: the loss",
    "A2": "3. train the model: the optimizer",
    "A3": "4. evaluate and adjust: several networks",
}
INTRODUCTION = """# Index: the lessons, and what you have done

Take the lessons in this order; each builds on the ones before it. If arrays and slopes are nothing new to you, begin
with 00.
Words that are new are explained where they first stand, and again in the [glossary](glossary.ipynb).

"""
PROGRESS = "Run the cell below to see what you have done so far."


def lessons():
    """The paths of the lessons in the order they are taught: A0 to warm up, then 00, 01, ..., then A1, A2, ..."""
    found = [path for path in HERE.iterdir() if LESSON.match(path.name)]
    return sorted(found, key=lambda path: (not path.name.startswith("A0"), path.name))


def header(path):
    """{"title", "minutes"} as the lesson's first cell says them; ValueError where it does not."""
    text = nbformat.read(path, as_version=4).cells[0].source
    title, minutes = re.match(r"# (.+)", text), re.search(r"\*\*Minutes:\*\* (.+?)\.(?:\s|$)", text)
    if not title or not minutes:
        raise ValueError(f"{path.name} must begin with '# Title' and have a line '**Minutes:** ...'")
    return {"title": title[1], "minutes": minutes[1]}


def navigation(path, order):
    """The line with the links of one lesson."""
    place = order.index(path)
    parts = [f"Lesson {path.name[:2]}", "[index](index.ipynb)", "[glossary](glossary.ipynb)"]
    if place > 0:
        parts.append(f"before: {_link(order[place - 1])}")
    if place + 1 < len(order):
        parts.append(f"next: {_link(order[place + 1])}")
    return " · ".join(parts)


def index(order):
    """The notebook index.ipynb."""
    rows = ["| | lesson | step | minutes |", "|---|---|---|---|"]
    for path in order:
        rows.append(f"| {path.name[:2]} | {_link(path)} | {STEPS[path.name[:2]]} | {header(path)['minutes']} |")
    cells = [v4.new_markdown_cell(INTRODUCTION + "\n".join(rows)), v4.new_markdown_cell(PROGRESS)]
    cells.append(v4.new_code_cell("import mbtutor as mb\n\nmb.progress()"))
    for number, cell in enumerate(cells):
        cell.id = f"index-{number}"
    return v4.new_notebook(cells=cells)


def main():
    """Write the links into every lesson, and the index with the outputs it had."""
    order = lessons()
    for path in order:
        notebook = nbformat.read(path, as_version=4)
        first = notebook.cells[0]
        first.source = first.source.split(NAVIGATION)[0].rstrip() + NAVIGATION + navigation(path, order)
        nbformat.write(notebook, path)
    made, file = index(order), HERE / "index.ipynb"
    if file.exists():
        old = nbformat.read(file, as_version=4)
        made.metadata = old.metadata
        made.cells[-1].update(outputs=old.cells[-1].outputs, execution_count=old.cells[-1].execution_count)
    nbformat.write(made, file)


def _link(path):
    return f"[{header(path)['title']}]({path.name})"


if __name__ == "__main__":
    main()
