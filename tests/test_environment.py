"""What gets installed: pyproject.toml, the three lock files, environment.yml and the wheel say the same."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCKS = {
    "requirements.lock": ("test", "browser"),
    "requirements-lowest.lock": ("test",),
    "requirements-frameworks.lock": ("test", "frameworks", "bench"),
}
OTHER_NAMES = {"matplotlib-base": "matplotlib"}  # conda's matplotlib brings a window system


def direct(*extras):
    """Return the requirements of the package and of these extras, with those that an extra refers to."""
    lines = PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    found = [Requirement(line) for line in lines]
    inner = {extra for requirement in found if requirement.name == PROJECT["name"] for extra in requirement.extras}
    named = direct(*inner)[len(PROJECT["dependencies"]) :] if inner else []
    return [requirement for requirement in found if requirement.name != PROJECT["name"]] + named


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(file):
    """Return {name: [(version, marker or None), ...]} of a lock file."""
    versions = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if not line.lstrip().startswith("#"):
            name, version, marker = re.fullmatch(r"([a-z0-9-]+)==([\w.+]+)(?: ; (.+))?", line).groups()
            versions.setdefault(name, []).append((version, Marker(marker) if marker else None))
    return versions


def version_on(python, choices):
    """Return the one version that a lock file gives this Python."""
    found = [v for v, marker in choices if marker is None or marker.evaluate({"python_full_version": python})]
    assert len(found) == 1, choices
    return found[0]


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_has_exact_versions_and_nothing_of_a_machine(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    assert len(locked(file)) > 80  # reads every line, or raises
    assert not re.search(r"://|--(?!extra)\w|\bfile:| @ |/(?!\w*\.toml)", text), "an address, an option or a path"


@pytest.mark.parametrize("file", LOCKS)
@pytest.mark.parametrize("python", ["3.11.0", "3.13.1", "3.15.0"])
def test_a_lock_has_every_direct_dependency_within_its_bounds(file, python):
    versions = locked(file)
    for requirement in direct(*LOCKS[file]):
        if requirement.marker and not requirement.marker.evaluate({"platform_system": "Linux"}):
            continue
        version = version_on(python, versions[plain(requirement.name)])
        assert requirement.specifier.contains(version), (requirement, version)


def test_the_lowest_lock_has_the_lower_bounds_themselves():
    versions = locked("requirements-lowest.lock")
    for requirement in direct("test"):
        (bound,) = requirement.specifier
        assert bound.operator == ">=", requirement
        exact = Requirement(f"{requirement.name}=={bound.version}").specifier
        assert exact.contains(version_on("3.11.0", versions[plain(requirement.name)])), requirement


def test_the_frameworks_are_tested_with_the_versions_of_the_lab():
    lab, frameworks = locked("requirements.lock"), locked("requirements-frameworks.lock")
    for requirement in direct("test"):
        assert lab[plain(requirement.name)] == frameworks[plain(requirement.name)]


def test_the_lab_brings_no_framework():
    assert not {"torch", "keras", "tensorflow-cpu", "onnx", "distributed", "jax"} & set(locked("requirements.lock"))


def test_every_dependency_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[project.optional-dependencies]")
    lines = re.findall(r'^  "\w.*$', text[0].split("dependencies = [")[1] + text[1].split("[tool.ruff]")[0], re.M)
    extras = PROJECT["optional-dependencies"].values()
    assert len(lines) == len(PROJECT["dependencies"]) + sum(map(len, extras))
    assert [line for line in lines if not re.search(r",  # [\w`]", line)] == []


def test_conda_gets_the_same_packages_and_versions():
    python, pip, *packages, from_pip = CONDA["dependencies"]
    assert (python, pip, from_pip) == ("python " + PROJECT["requires-python"], "pip", {"pip": ["-e ."]})
    assert CONDA["channels"] == ["conda-forge"]
    conda = dict(package.split(" =") for package in packages)
    conda = {OTHER_NAMES.get(name, name): version for name, version in conda.items()}
    lock = locked("requirements.lock")
    names = [plain(requirement.name) for requirement in direct("test")]
    assert conda == {name: version_on("3.11.0", lock[name]) for name in names}  # a version that every Python here takes


def test_the_wheel_holds_the_package_with_its_data_and_nothing_else(tmp_path):
    build = f"from flit_core import buildapi; buildapi.build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True)
    names = {n for n in zipfile.ZipFile(*tmp_path.glob("*.whl")).namelist() if ".dist-info/" not in n}
    files = {str(p.relative_to(ROOT).as_posix()) for p in (ROOT / "mbtutor").rglob("*") if p.is_file()}
    assert names == {name for name in files if "__pycache__" not in name}
    assert "mbtutor/datasets/digits.npy" in names
