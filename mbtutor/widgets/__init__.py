"""The labs: the only rooms that know ipywidgets."""

from .training_lab import TrainingLab

__all__ = ["TrainingLab"]
