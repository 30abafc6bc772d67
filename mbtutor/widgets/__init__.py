"""The labs, and the questions around them: the only rooms that know ipywidgets."""

from .attention_lab import AttentionLab
from .augmentation_lab import AugmentationLab
from .averaging_lab import AveragingLab
from .batch_explorer import BatchExplorer
from .batch_size_race import BatchSizeRace
from .ensemble_lab import EnsembleLab
from .evaluation_lab import EvaluationLab
from .gradient_microscope import GradientMicroscope
from .learning_rate_map import LearningRateMap
from .loss_lab import LossLab
from .memory_lab import MemoryLab
from .norm_lab import NormLab
from .optimizer_lab import OptimizerLab
from .overfitting_lab import OverfittingLab
from .padding_lab import PaddingLab
from .prediction import predict
from .quiz import quiz, recall
from .scaling_lab import ScalingLab
from .slope_lab import SlopeLab
from .speech_lab import SpeechLab
from .starting_over import reset
from .table_lab import TableLab
from .training_lab import TrainingLab

__all__ = [
    "AugmentationLab",
    "AttentionLab",
    "AveragingLab",
    "BatchExplorer",
    "BatchSizeRace",
    "EnsembleLab",
    "EvaluationLab",
    "GradientMicroscope",
    "LearningRateMap",
    "LossLab",
    "MemoryLab",
    "NormLab",
    "OptimizerLab",
    "OverfittingLab",
    "PaddingLab",
    "ScalingLab",
    "SlopeLab",
    "SpeechLab",
    "TableLab",
    "TrainingLab",
    "predict",
    "quiz",
    "recall",
    "reset",
]
