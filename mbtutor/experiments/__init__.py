"""Many runs, and what is measured over them: sweeps, updates to a target, noise of the gradient, memory, speed."""

from .gap import BothLosses, StoppingPoint, stopping_point
from .intervals import Interval, confidence_interval
from .sweep import Outcome, Setting, Sweep, on_all_cores
from .targets import Plateau, Reached, best_lr, fit_plateau, mean_by, reached, updates_to

__all__ = [
    "BothLosses",
    "Interval",
    "Outcome",
    "Plateau",
    "Reached",
    "Setting",
    "StoppingPoint",
    "Sweep",
    "best_lr",
    "confidence_interval",
    "fit_plateau",
    "mean_by",
    "on_all_cores",
    "reached",
    "stopping_point",
    "updates_to",
]
