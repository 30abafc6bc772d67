"""The notebooks as they are stored, and what strict nbval says when it runs them again."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import nbformat

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
LESSONS = [path for path in NOTEBOOKS if re.match(r"(\d\d|A\d)_", path.name)]  # the rest: index and glossary
OF_FRAMEWORKS = [path for path in LESSONS if path.name[:2] in ("14", "15")]  # print what PyTorch and others say
PLAIN = [path for path in NOTEBOOKS if path not in OF_FRAMEWORKS]


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def passed(paths):
    """Return what `agreed` returns for these notebooks when every cell of each was run, and agreed."""
    cells = {path.name: len(code_cells(read(path))) for path in paths}
    return {name: dict.fromkeys(range(count), "passed") for name, count in cells.items() if count}


def agreed(paths, folder):
    """Return {name: {cell number: outcome}} from the report that `make` hands over, or by running nbval in `folder`."""
    report = os.environ.get("NBVAL_REPORT")
    return outcomes(report) if report else run_nbval({path.name: read(path) for path in paths}, folder)


def run_nbval(notebooks, folder):
    """Run notebooks {name: notebook} by strict nbval in an empty folder; return {name: {cell number: outcome}}."""
    folder.mkdir(exist_ok=True)
    for name, notebook in notebooks.items():
        nbformat.write(notebook, folder / name)
    strict = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", "-n", "2", "--dist", "loadfile"]
    command = [sys.executable, "-P", "-m", "pytest", *strict, "-p", "no:cacheprovider", "--junitxml=report.xml", "."]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env["MBTUTOR_PROGRESS"] = str(folder.resolve() / "progress.json")  # other tests may have left some
    env["MBTUTOR_CACHE"] = str(folder.resolve() / "cache")
    run = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return outcomes(folder / "report.xml")


def outcomes(report):
    """Return {notebook's name: {cell number: "passed", "failure", "error" or "skipped"}} of a JUnit report."""
    found = {}
    for case in ET.parse(report).iter("testcase"):
        name, number = case.get("classname").split("/")[-1], int(case.get("name").removeprefix("Cell "))
        name = re.search(r"[^.]+\.ipynb", name)[0]
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        found.setdefault(name, {})[number] = kinds[0] if kinds else "passed"
    return found
