"""A trained network as an ONNX file, which other programs run without this package."""

import json

import numpy as np

import mbtutor

from .. import checks, files, frameworks
from ..datasets.dataset import Dataset
from ..layers.conv2d import Conv2D
from ..layers.embedding import Embedding
from ..preparation import Scaler
from .onnx_graph import OPSET, STEPS, WITHOUT_FLOAT64, Graph, through
from .places import check_known, flat, of_sequences

IR_VERSION = 8  # of the file: the one that came with this operator set


def to_onnx(net, path, *, data=None, scaler=None, shape=None):
    """Write `net` as the ONNX file `path`: from the input "X" to the output "Y", what net.forward(X)[0] returns.

    X is (batch, ...), as many rows as one likes; for a network of sequences X is (batch, longest, ...) with a second
    input "lengths" (batch,). X is whole numbers (int64) where the first layer is an Embedding.
    scaler: the Scaler that prepared the rows; it goes into the file, and X are the raw rows then.
    data: the Dataset that was trained on, for its scaler and the names of its classes (metadata "class_names").
    shape: of one row, such as (1, 28, 28); needed where neither the first layer nor data nor scaler tells it.
    The file computes in the network's dtype, in float32 where onnxruntime has no float64 (Conv2D), which is said.
    Raises ValueError, which names it, for a layer that ONNX cannot have, and for a scaler that does not fit;
    MissingFramework where onnx is not installed. The old file stays as it is on any error.
    """
    check_known(net, STEPS, "ONNX")
    class_names = ()
    if data is not None:
        if not isinstance(data, Dataset):
            raise TypeError(f"data must be the Dataset that was trained on; got {type(data).__name__}")
        scaler, class_names = data.scaler if scaler is None else scaler, data.class_names
        shape = data.X.shape[1:] if shape is None else shape
    _check_scaler(net, scaler)
    shape = _input_shape(net, scaler, shape)
    onnx = frameworks.needed("onnx")
    dtype = _dtype(net)
    model = _model(onnx, net, dtype, scaler, shape)
    facts = {"mbtutor": mbtutor.__version__, "dtype": dtype.name, "scaled": str(scaler is not None).lower()}
    facts["class_names"] = json.dumps([str(name) for name in class_names])
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    with files.replacing(path) as file:
        file.write(model.SerializeToString())


def _dtype(net):
    """What the file computes in."""
    single = [repr(layer) for _, layer in flat(net.layers) if isinstance(layer, WITHOUT_FLOAT64)]
    if single and net.dtype == np.float64:
        checks.note(f"to_onnx: the file computes in float32, as onnxruntime has no float64 for {single[0]}")
        return np.dtype(np.float32)
    return net.dtype


def _check_scaler(net, scaler):
    if scaler is None:
        return
    if not isinstance(scaler, Scaler):
        raise TypeError(f"scaler must be a Scaler, such as data.scaler; got {type(scaler).__name__}")
    if isinstance(net.layers[0], Embedding):
        raise ValueError(f"{net.layers[0]!r} takes whole numbers, which no scaler may change. Leave the scaler out")
    lead = (None,) if of_sequences(net) else ()
    try:
        net.output_shape((*lead, *scaler.offset.shape))
    except ValueError as error:
        raise ValueError(f"scaler was made for rows of shape {scaler.offset.shape}; {error}") from None


def _model(onnx, net, dtype, scaler, shape):
    graph, helper = Graph(dtype), onnx.helper
    tokens, sequences = isinstance(net.layers[0], Embedding), of_sequences(net)
    numbers = onnx.TensorProto.INT64 if tokens else helper.np_dtype_to_tensor_dtype(dtype)
    inputs = [helper.make_tensor_value_info("X", numbers, shape)]
    if sequences:
        inputs.append(helper.make_tensor_value_info("lengths", onnx.TensorProto.INT64, ["batch"]))
        graph.mask("X")
    X = "X"
    if scaler is not None:
        X = graph.step("Div", graph.step("Sub", X, scaler.offset), scaler.scale)
    graph.step("Identity", through(graph, net.layers, X), into="Y")
    outputs = [helper.make_tensor_value_info("Y", helper.np_dtype_to_tensor_dtype(dtype), None)]
    made = helper.make_graph(graph.nodes, "mbtutor", inputs, outputs, graph.constants)
    made.doc_string = repr(net)
    opset = [helper.make_opsetid("", OPSET)]
    options = {"producer_name": "mbtutor", "producer_version": mbtutor.__version__, "ir_version": IR_VERSION}
    model = helper.make_model(made, opset_imports=opset, **options)
    return _with_output_shape(onnx, model)


def _with_output_shape(onnx, model):
    """The model, with the shape of Y as onnx finds it, its first axis called "batch"."""
    shape = onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape
    if shape.dim:
        shape.dim[0].dim_param = "batch"
    model.graph.output[0].type.tensor_type.shape.CopyFrom(shape)
    return model


def _input_shape(net, scaler, shape):
    """The shape of X: a number where it is known, a name where it is free."""
    first = next(layer for _, layer in flat(net.layers))
    sequences = of_sequences(net)
    lead = ["batch", "longest"] if sequences else ["batch"]
    if shape is not None:
        shape = tuple(shape)
        net.output_shape(shape)
        return [*lead, *(shape[1:] if sequences else shape)]
    if isinstance(first, Embedding):
        return lead
    if scaler is not None:
        return [*lead, *scaler.offset.shape]
    if isinstance(first, Conv2D):
        return [*lead, first.channels, "height", "width"]
    width = getattr(first, "inputs", None) or (sequences and getattr(first, "features", None))
    if not width:
        raise ValueError(f"shape must be given, that of one row, such as shape=(1, 28, 28), for {first!r}")
    return [*lead, width]
