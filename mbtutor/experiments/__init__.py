"""Many runs, and what is measured over them: sweeps, updates to a target, noise of the gradient, memory, speed."""

from .sweep import Outcome, Setting, Sweep
from .targets import Plateau, Reached, best_lr, fit_plateau, mean_by, reached, updates_to

__all__ = [
    "Outcome",
    "Plateau",
    "Reached",
    "Setting",
    "Sweep",
    "best_lr",
    "fit_plateau",
    "mean_by",
    "reached",
    "updates_to",
]
