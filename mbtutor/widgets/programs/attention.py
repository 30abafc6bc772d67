"""The settings of the attention lab as programs: the trained network reads one name, layer by layer, by its weights."""

import json
from textwrap import indent

from ...layers import (
    Dense,
    Dropout,
    Embedding,
    LastStep,
    LayerNorm,
    MeanOverTime,
    PositionalEncoding,
    ReLU,
    Residual,
    SelfAttention,
    Sigmoid,
    Tanh,
)
from .text import keras_imports

GIVEN = "# net, data: the trained network and the data set that you gave to the lab"
PYTORCH = {
    Embedding: "H = t(layer.W)[X]",
    PositionalEncoding: "H = H + t(layer.table[: X.shape[1]])",
    LayerNorm: "H = nn.functional.layer_norm(H, H.shape[-1:], t(layer.gamma), t(layer.beta), eps=1e-05)",
    SelfAttention: """attention = nn.MultiheadAttention(layer.features, layer.heads, batch_first=True).double()
attention.in_proj_weight.data, attention.in_proj_bias.data = t(layer.W_in.T), t(layer.b_in)
attention.out_proj.weight.data, attention.out_proj.bias.data = t(layer.W_out.T), t(layer.b_out)
H, weights = attention(H, H, H, key_padding_mask=~real, attn_mask=unseen, average_attn_weights=False)
maps.append(weights[0])""",
    Dense: "H = nn.functional.linear(H, t(layer.W.T), t(layer.b))",
    ReLU: "H = torch.relu(H)",
    Tanh: "H = torch.tanh(H)",
    Sigmoid: "H = torch.sigmoid(H)",
    MeanOverTime: "H = H[real].mean(0, keepdim=True)",
    LastStep: "H = H[real][-1:]",
}
KERAS = {
    Embedding: "H = keras.ops.take(layer.W, X, axis=0)",
    PositionalEncoding: 'H = H + layer.table[: X.shape[1]].astype("float32")',
    LayerNorm: "H = ready(keras.layers.LayerNormalization(epsilon=1e-05), H, layer.gamma, layer.beta)(H)",
    SelfAttention: """attention = keras.layers.MultiHeadAttention(layer.heads, layer.features // layer.heads)
attention.build(H.shape, H.shape)
parts = zip(np.split(layer.W_in, 3, axis=1), np.split(layer.b_in, 3))  # of queries, keys and values
arrays = [array for part in parts for array in part] + [layer.W_out, layer.b_out]
attention.set_weights([array.reshape(wanted.shape) for array, wanted in zip(arrays, attention.weights)])
H, weights = attention(H, H, attention_mask=seen, return_attention_scores=True)
maps.append(keras.ops.convert_to_numpy(weights)[0])""",
    Dense: "H = ready(keras.layers.Dense(layer.outputs), H, layer.W, layer.b)(H)",
    ReLU: "H = keras.ops.relu(H)",
    Tanh: "H = keras.ops.tanh(H)",
    Sigmoid: "H = keras.ops.sigmoid(H)",
    MeanOverTime: "H = keras.layers.GlobalAveragePooling1D()(H, mask=real)",
    LastStep: "H = H[:, int(real.sum()) - 1]",
}
TENSORFLOW = {
    Embedding: "H = tf.gather(layer.W, X)",
    PositionalEncoding: "H = H + tf.cast(layer.table[: X.shape[1]], H.dtype)",
    LayerNorm: """mean, variance = tf.nn.moments(H, axes=[-1], keepdims=True)
H = tf.nn.batch_normalization(H, mean, variance, layer.beta, layer.gamma, 1e-05)""",
    SelfAttention: """parts = tf.split(H @ layer.W_in + layer.b_in, 3, axis=-1)  # queries, keys and values
Q, K, V = (in_heads(part, layer.heads) for part in parts)
scores = Q @ tf.linalg.matrix_transpose(K) / (layer.features // layer.heads) ** 0.5
weights = tf.nn.softmax(tf.where(seen[:, None], scores, -float("inf")))
answers = tf.transpose(weights @ V, [0, 2, 1, 3])  # of all heads, side by side
H = tf.reshape(answers, H.shape) @ layer.W_out + layer.b_out
maps.append(weights[0].numpy())""",
    Dense: "H = H @ layer.W + layer.b",
    ReLU: "H = tf.nn.relu(H)",
    Tanh: "H = tf.tanh(H)",
    Sigmoid: "H = tf.sigmoid(H)",
    MeanOverTime: "H = tf.reduce_mean(tf.boolean_mask(H, real), axis=0, keepdims=True)",
    LastStep: "H = tf.boolean_mask(H, real)[-1:]",
}
PRINTING = """answer = dict(zip(data.class_names, probabilities.tolist()))
print({"answer": answer, "most attention of each token": [head.max(-1)MAX.tolist() for head in maps[0]]})
"""


def attention_programs(net, text, pairs, switches):
    """{framework: text}: each prints the probability of each class, and how much each token listens at most, by head.

    pairs: whether the network reads pairs of characters. switches: the Switches of how it reads.
    """
    encode = "encode_pairs" if pairs else "encode"
    name = f"""numbers = data.vocabulary.{encode}({json.dumps(text)})
padding = {switches.padding}
"""
    makers = {"PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    missing = " and ".join(_untranslated(net.layers))
    if missing:
        others = {name: f"# This network is not written for {name} here: it has {missing}.\n" for name in makers}
    else:
        others = {framework: maker(net, name, switches) for framework, maker in makers.items()}
    return {"mbtutor": _mbtutor(net, name, switches), **others}


def _real(switches, length):
    """How a program says which positions are no padding."""
    return f"np.arange({length})[None] < len(numbers)" if switches.padding_mask else f"np.ones((1, {length}), bool)"


def _mbtutor(net, name, switches):
    still = "" if switches.positions else _NO_POSITIONS
    return f"""import copy

import numpy as np

import mbtutor as mb

{GIVEN}
{name}
values = np.array([[*numbers, *[0] * padding]])
real = {_real(switches, "values.shape[1]")}
X = mb.datasets.Padded(values, real)
net = copy.deepcopy(net)  # yours stays as it is
for layer in mb.experiments.attention_layers(net.layers):
    layer.causal = {switches.causal}
{still}Y = net.forward(X)[0][0].astype(float)
probabilities = np.exp(Y - Y.max()) / np.exp(Y - Y.max()).sum()
maps = [weights[0] for weights in mb.experiments.attention_maps(net, X)]
{PRINTING.replace("MAX", "")}"""


_NO_POSITIONS = """for layer in net.layers:
    if isinstance(layer, mb.PositionalEncoding):
        layer.table = np.zeros_like(layer.table)  # it is not told where a token stands
"""


def _pytorch(net, name, switches):
    unseen = "torch.ones(length, length, dtype=torch.bool).triu(1)" if switches.causal else "None"
    remark = "  # nobody listens to what comes after" if switches.causal else ""
    return f"""import numpy as np
import torch
from torch import nn

{GIVEN}
{name}

def t(array):
    return torch.tensor(array, dtype=torch.float64)


X = torch.tensor([[*numbers, *[0] * padding]])
length, maps = X.shape[1], []
real = torch.tensor({_real(switches, "length")})
unseen = {unseen}{remark}
with torch.no_grad():
{indent(_reading(net, PYTORCH, switches), "    ")}
probabilities = torch.softmax(H[0], 0)
{PRINTING.replace("MAX", ".values")}"""


def _keras(net, name, switches):
    return f"""{keras_imports()}import numpy as np

{GIVEN}
{name}

def ready(layer, X, *arrays):
    \"\"\"A layer of Keras for such rows, with these weights.\"\"\"
    layer.build(X.shape)
    layer.set_weights(arrays)
    return layer


X = np.array([[*numbers, *[0] * padding]])
length, maps = X.shape[1], []
real = {_real(switches, "length")}
{_seen(switches)}
{_reading(net, KERAS, switches)}
probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(H[0]))
{PRINTING.replace("MAX", "")}"""


def _tensorflow(net, name, switches):
    return f"""import numpy as np
import tensorflow as tf

{GIVEN}
{name}

def in_heads(X, heads):
    \"\"\"(1, length, features) -> (1, heads, length, features of a head).\"\"\"
    return tf.transpose(tf.reshape(X, [1, length, heads, -1]), [0, 2, 1, 3])


X = tf.constant([[*numbers, *[0] * padding]])
length, maps = X.shape[1], []
real = {_real(switches, "length")}
{_seen(switches)}
{_reading(net, TENSORFLOW, switches)}
probabilities = tf.nn.softmax(H[0]).numpy()
{PRINTING.replace("MAX", "")}"""


def _seen(switches):
    """The line that says who may listen to whom, (1, listeners, spoken to)."""
    if switches.causal:
        return "seen = real[:, None] & np.tri(length, dtype=bool)  # nobody listens to what comes after"
    return "seen = real[:, None] & np.ones((length, 1), bool)"


def _untranslated(layers):
    """Those of the layers that these programs do not write, a list."""
    inner = [one for layer in layers for one in (layer.layers if isinstance(layer, Residual) else [layer])]
    return [repr(layer) for layer in inner if type(layer) not in PYTORCH and not isinstance(layer, Dropout)]


def _reading(net, known, switches):
    """The lines that send X through the layers, one after another: H is what comes out of each."""
    return "\n".join(_through(net.layers, "net.layers", known, switches))


def _through(layers, place, known, switches):
    for number, layer in enumerate(layers):
        here = f"{place}[{number}]"
        if isinstance(layer, Residual):
            yield f"past = H  # {here}: what its layers make is added to this"
            yield from _through(layer.layers, f"{here}.layers", known, switches)
            yield "H = past + H"
        elif isinstance(layer, Dropout) or (isinstance(layer, PositionalEncoding) and not switches.positions):
            yield f"# {here}, {layer!r}, is left out"
        else:
            yield f"layer = {here}  # {layer!r}"
            yield known[type(layer)]
