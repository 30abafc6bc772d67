"""Learn mini-batch training by running it. A name is loaded when it is first used, so importing mbtutor is quick."""

import importlib

__version__ = "0.1.0"

_ROOMS = {
    "datasets": ["Dataset", "Sequences", "Table", "Vocabulary", "read_csv"],
    "preparation": ["split", "split_by_group", "encode", "standardize", "min_max", "stack_frames", "one_hot"]
    + ["standardize_target"],
    "batches": ["BucketBatches", "MiniBatches", "random_noise", "random_shift"],
    "layers": [
        *("Dense", "Dropout", "Flatten", "ReLU", "Sigmoid", "Tanh"),
        *("BatchNorm", "Conv2D", "MaxPool2D"),
        *("Embedding", "RNN", "GRU", "LastStep", "MeanOverTime"),
        *("LayerNorm", "PositionalEncoding", "Residual", "SelfAttention"),
    ],
    "optimizers": ["SGD", "RMSProp", "Adam", "AdamW"],
    "schedules": ["scaled_lr", "warm_up"],
    "network": ["Network"],
    "evaluation": [
        *("evaluate", "accuracy", "confusion_matrix", "precision_recall_f1", "share_interval"),
        *("baseline", "typical_error"),
    ],
    "training": ["train", "train_in_stages", "Stage", "Update", "TrainingDiverged"],
    "checkpoints": ["save_checkpoint", "load_checkpoint"],
    "history": ["History", "fit"],
    "cards": ["ModelCard", "model_card"],
    "experiments": ["Sweep"],
    "machines": [],
    "figures": [],
    "losses": [],
    "frameworks": [],
    "export": [],
    "exercises": ["certificate", "check", "hint", "solution", "progress"],
    "widgets": [
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
    ],
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}
__all__ = sorted([*_ROOMS, *_ROOM_OF])


def __getattr__(name):
    if name in _ROOMS:
        return importlib.import_module(f".{name}", __name__)
    if name in _ROOM_OF:
        value = getattr(importlib.import_module(f".{_ROOM_OF[name]}", __name__), name)
        globals()[name] = value  # the next look-up finds it without asking here
        return value
    raise AttributeError(f"mbtutor has no {name!r}; its names are {', '.join(__all__)}")


def __dir__():
    return __all__
