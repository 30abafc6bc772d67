"""Every link of a notebook leads somewhere, and index and glossary hold what the lessons need."""

import importlib.util
import re
import shutil
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def texts(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]


def headings(path):
    """The names that a link can lead to: JupyterLab writes a hyphen for each space."""
    return {name.replace(" ", "-") for text in texts(path) for name in re.findall(r"^#+ (.+)$", text, re.M)}


def links(path):
    """(file, anchor) of each link to another notebook or to a place in one."""
    return [
        (file, anchor)
        for text in texts(path)
        for file, anchor in re.findall(r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", text)
    ]


def link_module(folder):
    """notebooks/link.py, at work on a copy of the notebooks."""
    for file in (*NOTEBOOKS, ROOT / "notebooks" / "link.py"):
        shutil.copy(file, folder)
    spec = importlib.util.spec_from_file_location("link", folder / "link.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    for file, anchor in links(path):
        target = path.parent / file if file else path
        assert target.exists(), f"{file} is linked, but there is no such file"
        assert not anchor or anchor in headings(target), f"{file} has no place called {anchor}"


def test_links_and_index_are_up_to_date(tmp_path):
    link_module(tmp_path).main()
    for path in NOTEBOOKS:
        assert (tmp_path / path.name).read_text() == path.read_text(), f"{path.name}: run `make notebooks`"


def test_the_index_and_the_readme_list_every_lesson(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    index = "\n".join(texts(ROOT / "notebooks" / "index.ipynb"))
    order = link_module(tmp_path).lessons()
    assert order
    for path in order:
        assert f"]({path.name})" in index
        assert f"](notebooks/{path.name})" in readme


def test_a_lesson_without_minutes_is_found(tmp_path):
    module = link_module(tmp_path)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title\n\nNo time given.")])
    nbformat.write(notebook, tmp_path / "03_x.ipynb")
    with pytest.raises(ValueError, match="03_x.ipynb must begin with"):
        module.header(tmp_path / "03_x.ipynb")


def test_the_glossary_is_in_order_and_each_term_is_linked_from_a_lesson():
    glossary = ROOT / "notebooks" / "glossary.ipynb"
    terms = [text.splitlines()[0].removeprefix("## ") for text in texts(glossary)[1:]]
    assert terms == sorted(terms, key=str.lower) and len(terms) == len(set(terms))
    linked = {anchor for path in NOTEBOOKS for file, anchor in links(path) if file == glossary.name}
    assert not {term.replace(" ", "-") for term in terms} - linked, "a term that no lesson uses"
