"""What is not installed with mbtutor itself: whether it is there, and how to get it."""

import importlib.util

HOW = {
    "torch": "PyTorch is missing here: pip install 'mbtutor[torch]' (its CPU build is enough)",
    "distributed": "Dask is missing here: pip install 'mbtutor[dask]'",
}


def has(module):
    """True if that module ("torch" or "distributed") is installed; where it is not, say how to get it, in one line."""
    found = importlib.util.find_spec(module) is not None
    if not found:
        print(HOW[module])
    return found


def need(module):
    """Raise an ImportError that says how to get that module, unless it is installed."""
    if importlib.util.find_spec(module) is None:
        raise ImportError(HOW[module])
