"""The layers as steps of an ONNX graph (operator set 17), each made of operators that take float32 and float64."""

import math

import numpy as np

from .. import layers

OPSET = 17


class Graph:
    """A list of ONNX steps that grows. `graph.step("Add", X, Y)` returns the name of what comes out.

    Numbers and arrays among the inputs become constants of the graph. dtype: of the network.
    """

    def __init__(self, dtype, outer=None):
        import onnx

        self.onnx, self.dtype = onnx, np.dtype(dtype)
        self.nodes, self.constants, self.named = [], [], outer.named if outer else {}
        self._mask = None

    def name(self, kind):
        """A name that nothing else in the file has."""
        self.named[kind] = self.named.get(kind, 0) + 1
        return f"{kind}_{self.named[kind]}"

    def constant(self, array, kind="constant"):
        """The name of an array that is stored in the file; floats in the network's dtype."""
        array = np.asarray(array)
        array = array.astype(self.dtype) if array.dtype.kind == "f" else array
        name = self.name(kind)
        self.constants.append(self.onnx.numpy_helper.from_array(array.copy(order="C"), name))
        return name

    def step(self, operator, *inputs, outputs=1, into=None, **attributes):
        """Add one operator; return the name of its output, or the names of several."""
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        made = [into] if into else [self.name(operator.lower()) for _ in range(outputs)]
        self.nodes.append(self.onnx.helper.make_node(operator, names, made, self.name("step"), **attributes))
        return made[0] if outputs == 1 else made

    def length(self, X, axis):
        """The length of one axis of X, as a single whole number."""
        return self.step("Gather", self.step("Shape", X), np.int64(axis))

    def numbers_up_to(self, count):
        """0, 1, ..., count - 1."""
        return self.step("Range", np.int64(0), count, np.int64(1))

    def mask(self, X):
        """(n, longest) True before the end of each sequence; made once, from the input X and `lengths`."""
        if not self._mask:
            places = self.numbers_up_to(self.length(X, 1))
            self._mask = self.step("Less", places, self.step("Unsqueeze", "lengths", np.array([1])))
        return self._mask


def _dense(graph, layer, X):
    return graph.step("Add", graph.step("MatMul", X, layer.W), layer.b)


def _conv2d(graph, layer, X):
    options = {"strides": [layer.stride] * 2, "pads": [layer.padding] * 4, "kernel_shape": [layer.kernel_size] * 2}
    return graph.step("Conv", X, layer.W, layer.b, **options)


def _max_pool2d(graph, layer, X):
    return graph.step("MaxPool", X, kernel_shape=[layer.kernel_size] * 2, strides=[layer.stride] * 2)


def _batch_norm(graph, layer, X):
    """With the running statistics, to which eps is added here, as the operator would round it to float32."""
    variance = (layer.running_var + layer.eps).astype(layer.running_var.dtype)
    return graph.step("BatchNormalization", X, layer.gamma, layer.beta, layer.running_mean, variance, epsilon=0.0)


def _layer_norm(graph, layer, X):
    Z = graph.step("Sub", X, graph.step("ReduceMean", X, axes=[-1]))
    variance = graph.step("ReduceMean", graph.step("Mul", Z, Z), axes=[-1])
    Z = graph.step("Div", Z, graph.step("Sqrt", graph.step("Add", variance, np.float64(1e-5))))
    return graph.step("Add", graph.step("Mul", Z, layer.gamma), layer.beta)


def _positional_encoding(graph, layer, X):
    places = graph.numbers_up_to(graph.length(X, 1))  # a place past the table is refused by Gather
    return graph.step("Add", X, graph.step("Gather", layer.table, places))


def _last_step(graph, layer, X):
    last = graph.step("Unsqueeze", graph.step("Sub", "lengths", np.int64(1)), np.array([1]))
    return graph.step("GatherND", X, last, batch_dims=1)


def _mean_over_time(graph, layer, X):
    real = graph.step("Cast", graph.mask(X), to=_kind(graph))
    share = graph.step("Div", real, graph.step("ReduceSum", real, np.array([1]), keepdims=1))
    weighted = graph.step("Mul", X, graph.step("Unsqueeze", share, np.array([2])))
    return graph.step("ReduceSum", weighted, np.array([1]), keepdims=0)


def _self_attention(graph, layer, X):
    width = layer.features // layer.heads
    parts = graph.step("Add", graph.step("MatMul", X, layer.W_in), layer.b_in)
    parts = graph.step("Reshape", parts, np.array([0, 0, 3, layer.heads, width]))
    Q, K, V = graph.step("Split", graph.step("Transpose", parts, perm=[2, 0, 3, 1, 4]), outputs=3, axis=0)
    Q, K, V = (graph.step("Squeeze", part, np.array([0])) for part in (Q, K, V))
    S = graph.step("MatMul", Q, graph.step("Transpose", K, perm=[0, 1, 3, 2]))
    S = graph.step("Mul", S, np.float64(1 / math.sqrt(width)))
    seen = graph.step("Unsqueeze", graph.mask(X), np.array([1, 2]))
    if layer.causal:
        places = graph.numbers_up_to(graph.length(X, 1))
        earlier = graph.step("LessOrEqual", places, graph.step("Unsqueeze", places, np.array([1])))
        seen = graph.step("And", seen, earlier)
    A = graph.step("Softmax", graph.step("Where", seen, S, np.float64(-np.inf)), axis=-1)
    Z = graph.step("Transpose", graph.step("MatMul", A, V), perm=[0, 2, 1, 3])
    Z = graph.step("Reshape", Z, np.array([0, 0, layer.features]))
    return graph.step("Add", graph.step("MatMul", Z, layer.W_out), layer.b_out)


def _recurrent(graph, layer, X):
    """A loop over the positions (Scan): past the end of a row its state stays as it is."""
    helper, kind = graph.onnx.helper, _kind(graph)
    A = graph.step("Add", graph.step("MatMul", X, layer.W), layer.b)
    n = graph.step("Unsqueeze", graph.length(X, 0), np.array([0]))
    shape = graph.step("Concat", n, np.array([layer.units]), axis=0)
    zero = graph.onnx.numpy_helper.from_array(np.zeros(1, graph.dtype))
    start = graph.step("ConstantOfShape", shape, value=zero)
    real = graph.step("Unsqueeze", graph.mask(X), np.array([2]))

    body = Graph(graph.dtype, outer=graph)
    before, inputs, goes_on, now, out = (body.name(name) for name in ("state", "inputs", "real", "now", "out"))
    step = _gru_step if isinstance(layer, layers.GRU) else _rnn_step
    body.step("Where", goes_on, step(body, layer, inputs, before), before, into=now)
    body.step("Identity", now, into=out)
    floats = [helper.make_tensor_value_info(name, kind, None) for name in (before, inputs, now, out)]
    flag = helper.make_tensor_value_info(goes_on, graph.onnx.TensorProto.BOOL, None)
    loop = helper.make_graph(body.nodes, body.name("loop"), [*floats[:2], flag], floats[2:], body.constants)
    options = {"body": loop, "num_scan_inputs": 2, "scan_input_axes": [1, 1], "scan_output_axes": [1]}
    return graph.step("Scan", start, A, real, outputs=2, **options)[1]


def _rnn_step(graph, layer, inputs, state):
    said = graph.step("Add", graph.step("MatMul", state, layer.U), layer.c)
    return graph.step("Tanh", graph.step("Add", inputs, said))


def _gru_step(graph, layer, inputs, state):
    said = graph.step("Add", graph.step("MatMul", state, layer.U), layer.c)
    a = graph.step("Split", inputs, outputs=3, axis=1)
    s = graph.step("Split", said, outputs=3, axis=1)
    r, z = (graph.step("Sigmoid", graph.step("Add", a[i], s[i])) for i in (0, 1))
    new = graph.step("Tanh", graph.step("Add", a[2], graph.step("Mul", r, s[2])))
    return graph.step("Add", new, graph.step("Mul", z, graph.step("Sub", state, new)))


def _residual(graph, layer, X):
    return graph.step("Add", X, through(graph, layer.layers, X))


def _kind(graph):
    return graph.onnx.helper.np_dtype_to_tensor_dtype(graph.dtype)


# What each layer adds to the graph; it is given the graph, the layer, and the name of its input.
STEPS = {
    layers.Dense: _dense,
    layers.ReLU: lambda graph, layer, X: graph.step("Relu", X),
    layers.Tanh: lambda graph, layer, X: graph.step("Tanh", X),
    layers.Sigmoid: lambda graph, layer, X: graph.step("Sigmoid", X),
    layers.Dropout: lambda graph, layer, X: X,
    layers.Flatten: lambda graph, layer, X: graph.step("Flatten", X, axis=1),
    layers.Conv2D: _conv2d,
    layers.MaxPool2D: _max_pool2d,
    layers.BatchNorm: _batch_norm,
    layers.LayerNorm: _layer_norm,
    layers.Embedding: lambda graph, layer, X: graph.step("Gather", layer.W, X),
    layers.PositionalEncoding: _positional_encoding,
    layers.RNN: _recurrent,
    layers.GRU: _recurrent,
    layers.SelfAttention: _self_attention,
    layers.MeanOverTime: _mean_over_time,
    layers.LastStep: _last_step,
    layers.Residual: _residual,
}
WITHOUT_FLOAT64 = (layers.Conv2D,)  # onnxruntime computes these in float32 alone


def through(graph, ours, X):
    """Add the layers to the graph, one after another; return the name of the last output."""
    for layer in ours:
        X = STEPS[type(layer)](graph, layer, X)
    return X
