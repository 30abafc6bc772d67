"""PyTorch, Keras, TensorFlow, ONNX and Dask: none is needed to learn; each is loaded when it is used, without noise."""

import importlib
import importlib.util
import os

NAMES = {
    "torch": "PyTorch",
    "keras": "Keras",
    "tensorflow": "TensorFlow",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "distributed": "Dask",
}
EXTRAS = {"onnxruntime": "onnx", "distributed": "dask"}  # where the extra is not called like the package
# What Keras can compute with here, the first choice first: `tf.keras` would not work on PyTorch beside TensorFlow.
BACKENDS = ("tensorflow", "torch")
QUIET = {  # what TensorFlow reads when it is loaded; it would write about the processor into the cell
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
}


class MissingFramework(ImportError):
    """A framework that is asked for is not installed; the message says how to get it."""


def installed(name):
    """Whether that framework, "torch" or another of NAMES, can be used here. Loads nothing."""
    return not _missing(name)


def has(name):
    """Whether that framework is installed, ready to be imported; where it is not, say so and how to get it."""
    missing = _missing(name)
    if missing:
        print(_how_to_get(name, missing))
        return False
    needed(name)
    return True


def require(name):
    """Raise MissingFramework, with how to get it, where that framework is not installed. Loads nothing."""
    missing = _missing(name)
    if missing:
        raise MissingFramework(_how_to_get(name, missing))


def needed(name):
    """Load and return that framework; MissingFramework, with how to get it, where it is not installed."""
    require(name)
    if name in ("keras", "tensorflow"):
        for variable, value in QUIET.items():
            os.environ.setdefault(variable, value)
        os.environ.setdefault("KERAS_BACKEND", _backend())
    return importlib.import_module(name)


def _missing(name):
    """The extra that is missing for this framework, or ""."""
    if importlib.util.find_spec(name) is None:
        return EXTRAS.get(name, name)
    return "torch" if name == "keras" and not _backend() else ""


def _backend():
    """What Keras computes with: as the learner has chosen, else the first that is installed; "" for none."""
    chosen = os.environ.get("KERAS_BACKEND")
    choices = (chosen,) if chosen else BACKENDS
    return next((name for name in choices if importlib.util.find_spec(name)), "")


def _how_to_get(name, extra):
    lacks = "has nothing to compute with" if name == "keras" and extra == "torch" else "is not installed"
    return f"{NAMES[name]} {lacks}. To get it: pip install 'mbtutor[{extra}]', then restart the kernel."
