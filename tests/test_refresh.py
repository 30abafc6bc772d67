"""notebooks/refresh.py: what it keeps of a run, what it leaves out, and that a second run changes nothing."""

import base64
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

REFRESH = Path(__file__).parent.parent / "notebooks" / "refresh.py"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
SOURCES = [
    "import os, sys, time\nprint(sys.executable)",
    "print(os.environ['MBTUTOR_SNAPSHOT'])",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "import ipywidgets\nipywidgets.IntSlider()",
    "print('a', flush=True)\ntime.sleep(0.3)\nprint('b')",
    "print(time.time())",
]


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A notebook refreshed for the first time, beside a kernel of the user's that does not start."""
    stray = tmp_path / "stray" / "kernels" / "python3"
    stray.mkdir(parents=True)
    (stray / "kernel.json").write_text('{"argv": ["false"], "display_name": "Python 3", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "stray"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in SOURCES])
    notebook.metadata["widgets"] = {}
    notebook.cells[-1].metadata = {"tags": ["measured", "nbval-ignore-output"], "execution": {}}
    path = tmp_path / "some.ipynb"
    nbformat.write(notebook, path)
    refresh(path)
    return path


def refresh(path):
    return subprocess.run([sys.executable, "-P", REFRESH, path], check=True, capture_output=True, text=True)


def test_outputs_are_stored_and_nothing_of_the_machine(stored):
    notebook = nbformat.read(stored, as_version=4)
    executable, snapshot, figure, slider, stream, measured = notebook.cells
    assert executable.outputs[0].text.strip() == sys.executable
    assert snapshot.outputs[0].text == "1\n"
    assert b"Software" not in base64.b64decode(figure.outputs[0].data["image/png"])
    assert set(slider.outputs[0].data) == {"text/plain"}
    assert [output.text for output in stream.outputs] == ["a\nb\n"]
    assert measured.metadata == {"tags": ["measured", "nbval-ignore-output"]}
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3, 4, 5, 6]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}


def test_a_second_run_changes_nothing(stored):
    before = stored.read_bytes()
    refresh(stored)
    assert stored.read_bytes() == before


def test_a_failing_cell_leaves_the_notebook_as_it_was(stored):
    notebook = nbformat.read(stored, as_version=4)
    notebook.cells[1].source = "1 / 0"
    nbformat.write(notebook, stored)
    before = stored.read_bytes()
    with pytest.raises(subprocess.CalledProcessError) as failed:
        refresh(stored)
    assert "ZeroDivisionError" in failed.value.stderr
    assert stored.read_bytes() == before
