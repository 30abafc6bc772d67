"""One JupyterLab and one Chromium for all browser tests, on a copy of the notebooks."""

import os
import shutil
from pathlib import Path

import page
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The address of a JupyterLab that serves a copy of notebooks/."""
    folder = tmp_path_factory.mktemp("site") / "notebooks"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with page.jupyterlab(folder, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    with page.chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def notebook(site, browser, request):
    """The notebook LESSON of the test's module after Run All, in a window of WIDTH pixels where it names one."""
    notebook = page.NotebookPage(browser, site, request.module.LESSON, getattr(request.module, "WIDTH", 1280))
    failures = notebook.run_all()
    assert not failures, failures
    yield notebook
    assert not notebook.errors, notebook.errors


@pytest.fixture(scope="module", autouse=True)
def closed_pages(browser):
    """A notebook left open takes a tenth of a core, although nobody looks at it."""
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture
def screenshot(tmp_path):
    """screenshot(place, name) keeps a picture in the folder SCREENSHOTS, to be looked at, or in a scratch folder."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return lambda place, name: place.screenshot(path=folder / f"{name}.png")
