"""The labs, and the questions around them: the only rooms that know ipywidgets."""

from .attention_lab import AttentionLab
from .batch_explorer import BatchExplorer
from .batch_size_race import BatchSizeRace
from .evaluation_lab import EvaluationLab
from .gradient_microscope import GradientMicroscope
from .learning_rate_map import LearningRateMap
from .loss_lab import LossLab
from .memory_lab import MemoryLab
from .optimizer_lab import OptimizerLab
from .overfitting_lab import OverfittingLab
from .prediction import predict
from .quiz import quiz, recall
from .scaling_lab import ScalingLab
from .slope_lab import SlopeLab
from .starting_over import reset
from .training_lab import TrainingLab

__all__ = [
    "AttentionLab",
    "BatchExplorer",
    "BatchSizeRace",
    "EvaluationLab",
    "GradientMicroscope",
    "LearningRateMap",
    "LossLab",
    "MemoryLab",
    "OptimizerLab",
    "OverfittingLab",
    "ScalingLab",
    "SlopeLab",
    "TrainingLab",
    "predict",
    "quiz",
    "recall",
    "reset",
]
