"""The pieces that networks are built from; each returns its output and the way back."""

from .activations import ReLU, Sigmoid, Tanh
from .base import Layer
from .dense import Dense
from .dropout import Dropout
from .flatten import Flatten

__all__ = ["Dense", "Dropout", "Flatten", "Layer", "ReLU", "Sigmoid", "Tanh"]
