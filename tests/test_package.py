"""The rooms stand in their order, importing is quick, and what is installed holds the data."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mbtutor as mb

PACKAGE = Path(mb.__file__).parent
# From the bottom up; a room imports only what stands before it.
ORDER = [
    "checks files frameworks datasets preparation batches layers losses optimizers schedules network evaluation",
    "training checkpoints export history cards experiments machines figures player exercises widgets",
]
RANK = {room: rank for rank, room in enumerate(" ".join(ORDER).split())}
UNRELATED = {"training": {"checkpoints"}, "checkpoints": {"training"}, "player": {"figures", "history", "training"}}
HEAVY = ["matplotlib", "ipywidgets", "IPython", "tqdm", "sklearn", "pandas", "scipy", "torch"]


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__")


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path):
    """The rooms of mbtutor that a module imports, wherever in it, by reading its text."""
    package = ("mbtutor", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = list(package[: len(package) - node.level + 1]) if node.level else []
            start += node.module.split(".") if node.module else []
            names = [[*start, alias.name] for alias in node.names]
        else:
            continue
        yield from (name[1] for name in names if name[0] == "mbtutor" and len(name) > 1)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_room_imports_only_rooms_below_it(path):
    room = room_of(path)
    assert room in RANK, f"{room} has no place in the order of design.md"
    for other in set(imported_rooms(path)) - {room}:
        assert RANK[other] < RANK[room] and other not in UNRELATED.get(room, ()), f"{room} imports {other}"


def test_the_order_is_read_from_the_text_correctly(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (tmp_path / "layers").mkdir()
    module = tmp_path / "layers" / "dense.py"
    module.write_text(
        "from .. import checks\nfrom ..training import train\nimport mbtutor.history\nfrom .base import Layer\n"
    )
    assert sorted(imported_rooms(module)) == ["checks", "history", "layers", "training"]


def test_only_the_widgets_know_ipywidgets_and_ipython():
    for path in modules():
        names = {
            (node.module or "" if isinstance(node, ast.ImportFrom) else alias.name).split(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        assert room_of(path) == "widgets" or not names & {"ipywidgets", "IPython"}, path


@pytest.mark.parametrize(
    "code", ["import mbtutor", "import mbtutor; mbtutor.train, mbtutor.Network, mbtutor.fit, mbtutor.datasets"]
)
def test_importing_loads_nothing_heavy(code):
    code += f"; import sys; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_every_name_resolves():
    assert len(mb.__all__) == len(set(mb.__all__)) and dir(mb) == mb.__all__
    for name in mb.__all__:
        room = mb._ROOM_OF.get(name, name)
        if (PACKAGE / room).exists() or (PACKAGE / f"{room}.py").exists():
            assert getattr(mb, name) is not None, name


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(AttributeError, match="mbtutor has no 'Densee'; its names are Adam, "):
        mb.Densee  # noqa: B018


def test_every_public_function_and_class_is_documented():
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"


def test_a_built_wheel_holds_the_data_and_works(tmp_path):
    project = Path(__file__).parents[1]
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", tmp_path, project], check=True)
    (wheel,) = tmp_path.glob("mbtutor-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "installed")
    assert {"mbtutor/datasets/digits.npy", "mbtutor/datasets/penguins.csv"} < {*names}
    assert not [name for name in names if "tests" in name or ".pyc" in name]
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r}); import mbtutor as mb"
    loaders = [name for name in mb.datasets.__all__ if name.startswith("load_") and name != "load_wavs"]
    code += f"; print(mb.__file__, *[len(getattr(mb.datasets, name)()) for name in {loaders}])"
    where, *rows = subprocess.check_output([sys.executable, "-P", "-c", code], text=True).split()
    assert Path(where).parent == tmp_path / "installed" / "mbtutor"
    assert dict(zip(loaders, map(int, rows))) == {
        "load_digits": 5620,
        "load_images": 5000,
        "load_places": 30000,
        "load_utterances": 640,
        "load_vowels": 990,
    }
