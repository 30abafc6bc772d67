"""Without a framework everything else works, and the words say which is missing and how to get it."""

import importlib.util

import numpy as np
import pytest

import mbtutor as mb
from mbtutor import export, frameworks


@pytest.fixture
def with_only(monkeypatch):
    """with_only("torch"): of the frameworks, only these are installed, as far as mbtutor can see."""
    real = importlib.util.find_spec
    monkeypatch.delenv("KERAS_BACKEND", raising=False)

    def only(*names):
        known = set(frameworks.NAMES)
        monkeypatch.setattr(
            importlib.util,
            "find_spec",
            lambda name, *more: (object() if name in names else None) if name in known else real(name, *more),
        )

    return only


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("torch", "PyTorch is not installed. To get it: pip install 'mbtutor[torch]', then restart the kernel."),
        ("tensorflow", "TensorFlow is not installed. To get it: pip install 'mbtutor[tensorflow]'"),
        ("onnxruntime", "onnxruntime is not installed. To get it: pip install 'mbtutor[onnx]'"),
        ("distributed", "Dask is not installed. To get it: pip install 'mbtutor[dask]'"),
        ("keras", "Keras is not installed. To get it: pip install 'mbtutor[keras]'"),
    ],
)
def test_what_is_missing_is_said_with_how_to_get_it(name, said, with_only, capsys):
    with_only()
    assert not frameworks.installed(name) and not frameworks.has(name)
    assert capsys.readouterr().out.startswith(said)
    with pytest.raises(frameworks.MissingFramework, match=r"pip install 'mbtutor\["):
        frameworks.needed(name)


def test_keras_alone_has_nothing_to_compute_with(with_only, capsys):
    with_only("keras")
    assert not frameworks.has("keras")
    assert "nothing to compute with" in capsys.readouterr().out
    for backend in ("torch", "tensorflow"):
        with_only("keras", backend)
        assert frameworks.installed("keras") and frameworks._backend() == backend


def test_a_backend_that_the_learner_has_chosen_stays(with_only, monkeypatch):
    with_only("keras", "torch", "tensorflow")
    assert frameworks._backend() == "tensorflow"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert frameworks._backend() == "torch"


@pytest.mark.parametrize("to", ["to_onnx", "to_pytorch", "to_keras", "from_pytorch", "from_keras"])
def test_every_export_says_what_it_needs_and_writes_nothing(to, with_only, tmp_path):
    with_only()
    net = mb.Network([mb.Dense(2, 2)])
    before = net.weights.copy()
    given = {"to_onnx": (net, tmp_path / "net.onnx"), "from_pytorch": (None, net), "from_keras": (None, net)}
    with pytest.raises(ImportError, match=r"is not installed\. To get it: pip install 'mbtutor\["):
        getattr(export, to)(*given.get(to, (net,)))
    assert not list(tmp_path.iterdir()) and np.array_equal(net.weights, before)


@pytest.mark.parametrize("to", ["to_onnx", "to_pytorch", "to_keras"])
def test_what_is_no_network_is_refused(to):
    with pytest.raises(TypeError, match="net must be a Network; got str"):
        getattr(export, to)("net", *["net.onnx"] * (to == "to_onnx"))
