"""Many runs, and what is measured over them: sweeps, updates to a target, noise of the gradient, memory, speed."""

from .memory import Line, line_fit, peak_bytes, peak_resident, update_parts, update_peak
from .sweep import Outcome, Setting, Sweep
from .targets import Plateau, Reached, best_lr, fit_plateau, mean_by, reached, updates_to

__all__ = [
    "Line",
    "Outcome",
    "Plateau",
    "Reached",
    "Setting",
    "Sweep",
    "best_lr",
    "fit_plateau",
    "line_fit",
    "mean_by",
    "peak_bytes",
    "peak_resident",
    "reached",
    "update_parts",
    "update_peak",
    "updates_to",
]
