"""Many runs, and what is measured over them: sweeps, updates to a target, noise of the gradient, memory, speed."""

from .landscape import loss_grid, weight_path
from .noise import (
    BatchNoise,
    NoiseScale,
    batch_noise,
    full_gradient,
    gradient_variance,
    noise_by_batch_size,
    noise_scale,
    sample_gradients,
    squared_distances,
)
from .sweep import Outcome, Setting, Sweep
from .targets import Plateau, Reached, best_lr, fit_plateau, mean_by, reached, updates_to

__all__ = [
    "BatchNoise",
    "NoiseScale",
    "Outcome",
    "Plateau",
    "Reached",
    "Setting",
    "Sweep",
    "batch_noise",
    "best_lr",
    "fit_plateau",
    "full_gradient",
    "gradient_variance",
    "loss_grid",
    "mean_by",
    "noise_by_batch_size",
    "noise_scale",
    "reached",
    "sample_gradients",
    "squared_distances",
    "updates_to",
    "weight_path",
]
