"""Take a trained network to other programs: as an ONNX file, or its weights to PyTorch and Keras and back."""

from .keras_models import from_keras, to_keras
from .onnx_files import to_onnx
from .pytorch import from_pytorch, to_pytorch

__all__ = ["from_keras", "from_pytorch", "to_keras", "to_onnx", "to_pytorch"]
