"""The labs, and the questions around them: the only rooms that know ipywidgets."""

from .prediction import predict
from .quiz import quiz, recall
from .scaling_lab import ScalingLab
from .starting_over import reset
from .training_lab import TrainingLab

__all__ = ["ScalingLab", "TrainingLab", "predict", "quiz", "recall", "reset"]
