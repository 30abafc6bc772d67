"""The pieces that networks are built from; each returns its output and the way back."""

from .activations import ReLU, Sigmoid, Tanh
from .base import Layer
from .batch_norm import BatchNorm
from .conv2d import Conv2D
from .dense import Dense
from .dropout import Dropout
from .flatten import Flatten
from .max_pool2d import MaxPool2D

__all__ = ["BatchNorm", "Conv2D", "Dense", "Dropout", "Flatten", "Layer", "MaxPool2D", "ReLU", "Sigmoid", "Tanh"]
