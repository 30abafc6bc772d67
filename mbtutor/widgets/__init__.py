"""The labs: the only rooms that know ipywidgets."""

from .batch_explorer import BatchExplorer
from .training_lab import TrainingLab

__all__ = ["BatchExplorer", "TrainingLab"]
