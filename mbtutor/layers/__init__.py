"""The pieces that networks are built from; each returns its output and the way back."""

from .activations import ReLU, Sigmoid, Tanh
from .base import Layer
from .batch_norm import BatchNorm
from .conv2d import Conv2D
from .dense import Dense
from .dropout import Dropout
from .embedding import Embedding
from .flatten import Flatten
from .gru import GRU
from .last_step import LastStep
from .layer_norm import LayerNorm
from .max_pool2d import MaxPool2D
from .mean_over_time import MeanOverTime
from .positional_encoding import PositionalEncoding
from .residual import Residual
from .rnn import RNN
from .self_attention import SelfAttention

__all__ = [
    "GRU",
    "RNN",
    "BatchNorm",
    "Conv2D",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "LastStep",
    "Layer",
    "LayerNorm",
    "MaxPool2D",
    "MeanOverTime",
    "PositionalEncoding",
    "ReLU",
    "Residual",
    "SelfAttention",
    "Sigmoid",
    "Tanh",
]
