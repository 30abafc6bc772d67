"""Many runs, and what is measured over them: sweeps, updates to a target, noise of the gradient, memory, speed."""

from .attention import attention_layers, attention_maps
from .ensemble import Ensemble, MembersRun, mean_of_weights
from .gap import BothLosses, StoppingPoint, stopping_point
from .intervals import Interval, confidence_interval
from .landscape import loss_grid, weight_path
from .memory import Line, line_fit, peak_bytes, peak_resident, update_parts, update_peak
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
from .norm import BothModes, by_own_batches
from .race import Race
from .sweep import Outcome, Setting, Sweep, on_all_cores
from .targets import Plateau, Reached, best_lr, fit_plateau, mean_by, reached, updates_to
from .throughput import Speed, fit_speed, throughput

__all__ = [
    "BatchNoise",
    "BothLosses",
    "BothModes",
    "Ensemble",
    "Interval",
    "Line",
    "MembersRun",
    "NoiseScale",
    "Outcome",
    "Plateau",
    "Race",
    "Reached",
    "Setting",
    "Speed",
    "StoppingPoint",
    "Sweep",
    "attention_layers",
    "attention_maps",
    "batch_noise",
    "best_lr",
    "by_own_batches",
    "confidence_interval",
    "fit_plateau",
    "fit_speed",
    "full_gradient",
    "gradient_variance",
    "line_fit",
    "loss_grid",
    "mean_by",
    "mean_of_weights",
    "noise_by_batch_size",
    "noise_scale",
    "on_all_cores",
    "peak_bytes",
    "peak_resident",
    "reached",
    "sample_gradients",
    "squared_distances",
    "stopping_point",
    "throughput",
    "update_parts",
    "update_peak",
    "updates_to",
    "weight_path",
]
