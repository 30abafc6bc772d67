"""The labs, and the questions around them: the only rooms that know ipywidgets."""

from .batch_explorer import BatchExplorer
from .evaluation_lab import EvaluationLab
from .overfitting_lab import OverfittingLab
from .prediction import predict
from .quiz import quiz, recall
from .scaling_lab import ScalingLab
from .slope_lab import SlopeLab
from .starting_over import reset
from .training_lab import TrainingLab

__all__ = [
    "BatchExplorer",
    "EvaluationLab",
    "OverfittingLab",
    "ScalingLab",
    "SlopeLab",
    "TrainingLab",
    "predict",
    "quiz",
    "recall",
    "reset",
]
