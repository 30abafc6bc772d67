"""What is measured by drawing many batches, or by training many times."""

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

__all__ = [
    "BatchNoise",
    "NoiseScale",
    "batch_noise",
    "full_gradient",
    "gradient_variance",
    "loss_grid",
    "noise_by_batch_size",
    "noise_scale",
    "sample_gradients",
    "squared_distances",
    "weight_path",
]
