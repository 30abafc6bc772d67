"""A second opinion: every layer, loss and optimizer computes what PyTorch computes."""

import numpy as np
import pytest
import torch
from pieces import make_data, make_net
from torch import nn

import mbtutor as mb
from mbtutor import layers, losses, optimizers

torch.set_num_threads(1)
GATES = pytest.mark.parametrize("dtype, gate", [("float64", 1e-10), ("float32", 1e-5)])

LENGTHS = torch.tensor([4, 6, 1, 6, 3])
MASK = torch.arange(6) < LENGTHS[:, None]  # of every batch of sequences here, whose shape has None for the 6


class SameDropout(nn.Module):
    """PyTorch's dropout draws other numbers; this one drops what ours drops and is differentiated by PyTorch."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, X):
        if not self.training:
            return X
        keep = torch.tensor(np.random.default_rng(3).random(tuple(X.shape)) >= self.rate)
        return torch.where(keep, X / (1 - self.rate), torch.zeros_like(X))


class Lookup(nn.Embedding):
    def forward(self, X):
        return super().forward(X.long()) + 0 * X[:, :, None]  # a gradient of 0 for the tokens, where PyTorch has none


class Packed:
    """A recurrent layer that skips the padding; past the end of a row it repeats its last state."""

    def forward(self, X):
        packed = nn.utils.rnn.pack_padded_sequence(X, LENGTHS, batch_first=True, enforce_sorted=False)
        packed, last = super().forward(packed)
        Y = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)[0]
        return torch.where(MASK[:, :, None], Y, last[0][:, None])


class PackedRNN(Packed, nn.RNN):
    pass


class PackedGRU(Packed, nn.GRU):
    pass


class Attention(nn.MultiheadAttention):
    def __init__(self, features, heads, causal=False):
        super().__init__(features, heads, batch_first=True)
        self.unseen = torch.ones(6, 6, dtype=torch.bool).triu(1) if causal else None

    def forward(self, X):
        return super().forward(X, X, X, key_padding_mask=~MASK, attn_mask=self.unseen)[0]


class Skip(nn.Sequential):
    def forward(self, X):
        return X + super().forward(X)


class Function(nn.Module):
    def __init__(self, forward):
        super().__init__()
        self.forward = forward


def with_positions(X):
    angles = torch.outer(torch.arange(6.0, dtype=X.dtype), 10000 ** (-torch.arange(0, 4, 2, dtype=X.dtype) / 4))
    return X + torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


LAYERS = {
    "Dense": (lambda: mb.Dense(5, 4), lambda: nn.Linear(5, 4), (7, 5)),
    "Dense of one row": (lambda: mb.Dense(5, 4), lambda: nn.Linear(5, 4), (1, 5)),
    "Dense of sequences": (lambda: mb.Dense(4, 3), lambda: nn.Linear(4, 3), (5, None, 4)),
    "ReLU": (mb.ReLU, nn.ReLU, (7, 5)),
    "Tanh": (mb.Tanh, nn.Tanh, (7, 5)),
    "Sigmoid": (mb.Sigmoid, nn.Sigmoid, (7, 5)),
    "Flatten": (mb.Flatten, nn.Flatten, (7, 2, 3)),
    "Dropout": (lambda: mb.Dropout(0.4), lambda: SameDropout(0.4), (7, 5)),
    "Conv2D": (lambda: mb.Conv2D(2, 3, 3), lambda: nn.Conv2d(2, 3, 3), (4, 2, 6, 7)),
    "Conv2D, padding and stride": (
        lambda: mb.Conv2D(3, 2, 3, stride=2, padding=1),
        lambda: nn.Conv2d(3, 2, 3, stride=2, padding=1),
        (2, 3, 6, 5),
    ),
    "MaxPool2D": (lambda: mb.MaxPool2D(2), lambda: nn.MaxPool2d(2), (4, 2, 6, 7)),
    "MaxPool2D that overlaps": (lambda: mb.MaxPool2D(3, stride=2), lambda: nn.MaxPool2d(3, stride=2), (2, 3, 8, 7)),
    "BatchNorm of rows": (lambda: mb.BatchNorm(5), lambda: nn.BatchNorm1d(5), (7, 5)),
    "BatchNorm of images": (
        lambda: mb.BatchNorm(3, momentum=0.3, eps=0.01),
        lambda: nn.BatchNorm2d(3, momentum=0.3, eps=0.01),
        (4, 3, 5, 2),
    ),
    "Embedding": (lambda: mb.Embedding(9, 4), lambda: Lookup(9, 4), (5, None)),
    "RNN": (lambda: mb.RNN(4, 3), lambda: PackedRNN(4, 3, batch_first=True), (5, None, 4)),
    "GRU": (lambda: mb.GRU(4, 3), lambda: PackedGRU(4, 3, batch_first=True), (5, None, 4)),
    "LastStep": (mb.LastStep, lambda: Function(lambda X: X[torch.arange(5), LENGTHS - 1]), (5, None, 4)),
    "MeanOverTime": (
        mb.MeanOverTime,
        lambda: Function(lambda X: torch.stack([row[:n].mean(dim=0) for row, n in zip(X, LENGTHS)])),
        (5, None, 4),
    ),
    "LayerNorm": (lambda: mb.LayerNorm(5), lambda: nn.LayerNorm(5), (7, 5)),
    "LayerNorm of sequences": (lambda: mb.LayerNorm(4), lambda: nn.LayerNorm(4), (5, None, 4)),
    "PositionalEncoding": (lambda: mb.PositionalEncoding(4), lambda: Function(with_positions), (5, None, 4)),
    "SelfAttention": (lambda: mb.SelfAttention(6, 2), lambda: Attention(6, 2), (5, None, 6)),
    "causal SelfAttention": (
        lambda: mb.SelfAttention(6, 3, causal=True),
        lambda: Attention(6, 3, causal=True),
        (5, None, 6),
    ),
    "Residual": (
        lambda: mb.Residual([mb.LayerNorm(6), mb.SelfAttention(6, 2)]),
        lambda: Skip(nn.LayerNorm(6), Attention(6, 2)),
        (5, None, 6),
    ),
}
# The name of each of our parameters in PyTorch; .T where its matrix stands the other way round.
RECURRENT = {"W": "weight_ih_l0.T", "U": "weight_hh_l0.T", "b": "bias_ih_l0", "c": "bias_hh_l0"}
NORM = {"gamma": "weight", "beta": "bias"}
ATTENTION = {
    "W_in": "in_proj_weight.T",
    "b_in": "in_proj_bias",
    "W_out": "out_proj.weight.T",
    "b_out": "out_proj.bias",
}
PARAMETERS = {
    "Dense": {"W": "weight.T", "b": "bias"},
    "Conv2D": {"W": "weight", "b": "bias"},
    "BatchNorm": NORM,
    "Embedding": {"W": "weight"},
    "RNN": RECURRENT,
    "GRU": RECURRENT,
    "LayerNorm": NORM,
    "SelfAttention": ATTENTION,
    "Residual": {
        f"{i}.{mine}": f"{i}.{theirs}" for i, names in enumerate((NORM, ATTENTION)) for mine, theirs in names.items()
    },
}
CLASSES = np.array([0, 3, 1, 2, 3, 3])
SHARES = np.random.default_rng(0).dirichlet(np.ones(4), 6)
LOSSES = {
    "cross entropy of classes": ("cross_entropy", nn.CrossEntropyLoss(), CLASSES),
    "cross entropy of shares": ("cross_entropy", nn.CrossEntropyLoss(), SHARES),
    "binary cross entropy": ("binary_cross_entropy", nn.BCEWithLogitsLoss(), SHARES),
    "mean squared error": ("mean_squared_error", nn.MSELoss(), SHARES),
    "mean absolute error": ("mean_absolute_error", nn.L1Loss(), SHARES),
    "Huber": ("huber", nn.HuberLoss(), SHARES),
    "Huber, another delta": (losses.Huber(2.5), nn.HuberLoss(delta=2.5), SHARES),
    "squared error of classes": (
        "one_hot_squared_error",
        lambda Y, y: nn.functional.mse_loss(Y, nn.functional.one_hot(y, 4).to(Y.dtype)),
        CLASSES,
    ),
}
OPTIMIZERS = {
    "SGD": (mb.SGD(0.1), lambda w: torch.optim.SGD(w, 0.1)),
    "SGD with decay": (mb.SGD(0.1, weight_decay=0.01), lambda w: torch.optim.SGD(w, 0.1, weight_decay=0.01)),
    "momentum": (mb.SGD(0.05, momentum=0.9), lambda w: torch.optim.SGD(w, 0.05, momentum=0.9)),
    "Nesterov": (
        mb.SGD(0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda w: torch.optim.SGD(w, 0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    ),
    "RMSProp": (mb.RMSProp(0.01), lambda w: torch.optim.RMSprop(w, 0.01)),
    "Adam": (mb.Adam(0.01), lambda w: torch.optim.Adam(w, 0.01)),
    "Adam, other settings": (
        mb.Adam(0.02, beta1=0.8, beta2=0.99, eps=1e-6),
        lambda w: torch.optim.Adam(w, 0.02, betas=(0.8, 0.99), eps=1e-6),
    ),
    "AdamW": (mb.AdamW(0.01, weight_decay=0.1), lambda w: torch.optim.AdamW(w, 0.01, weight_decay=0.1)),
}


def apart(mine, theirs):
    theirs = theirs.detach().numpy()
    assert mine.shape == theirs.shape and mine.dtype == theirs.dtype
    return abs(mine - theirs).max()


def test_every_layer_loss_and_optimizer_is_compared_here():
    assert {type(make()).__name__ for make, _, _ in LAYERS.values()} == set(layers.__all__) - {"Layer"}
    assert {losses.as_loss(mine).name for mine, _, _ in LOSSES.values()} == set(losses.LOSSES)
    known = {value for value in vars(optimizers).values() if isinstance(value, type)} - {optimizers.Optimizer}
    assert {type(mine) for mine, _ in OPTIMIZERS.values()} == known


@GATES
@pytest.mark.parametrize("name", LAYERS)
def test_forward_and_backward_of_a_layer(name, dtype, gate):
    make, make_theirs, shape = LAYERS[name]
    rng, layer, module = np.random.default_rng(1), make(), make_theirs().to(getattr(torch, dtype))
    layer.initialise(rng, np.dtype(dtype))
    parameters = {mine: parameter(module, PARAMETERS[type(layer).__name__][mine]) for mine in layer.parameter_names}
    with torch.no_grad():
        for mine, (theirs, turned) in parameters.items():
            layer.array(mine)[...] += 0.1 * rng.normal(size=layer.array(mine).shape)  # no bias is 0, no gamma 1
            theirs.copy_(turned(torch.tensor(layer.array(mine))))
    sizes = [size or 6 for size in shape]
    X = (rng.normal(size=sizes) if shape[-1] else rng.integers(0, 9, sizes)).astype(dtype)
    X_theirs = torch.tensor(X, requires_grad=True)
    mask = MASK.numpy() if None in shape else None
    Y, backward = layer.forward(X, training=True, rng=np.random.default_rng(3), mask=mask)
    Y_theirs = module(X_theirs)
    dY = rng.normal(size=Y.shape).astype(dtype)
    Y_theirs.backward(torch.tensor(dY))
    dX, gradients = backward(dY)
    assert apart(Y, Y_theirs) <= gate and apart(dX, X_theirs.grad) <= gate
    assert set(gradients) == set(parameters) and len(parameters) == len(list(module.parameters()))
    for mine, (theirs, turned) in parameters.items():
        assert apart(gradients[mine], turned(theirs.grad)) <= gate
    for name in layer.statistic_names:
        assert apart(layer.array(name), getattr(module, name)) <= gate
    assert apart(layer.forward(X, mask=mask)[0], module.eval()(X_theirs)) <= gate


def parameter(module, name):
    """(PyTorch's parameter of that name, a function that turns it as ours stands)."""
    matrix = name.endswith(".T")
    return module.get_parameter(name.removesuffix(".T")), lambda tensor: tensor.T if matrix else tensor


@GATES
def test_the_first_of_equal_numbers_takes_the_gradient_of_a_pool(dtype, gate):
    X = np.random.default_rng(1).integers(0, 3, (4, 2, 9, 9)).astype(dtype)
    X_theirs = torch.tensor(X, requires_grad=True)
    Y, backward = mb.MaxPool2D(3, stride=2).forward(X)
    nn.functional.max_pool2d(X_theirs, 3, stride=2).sum().backward()
    assert np.array_equal(backward(np.ones_like(Y))[0], X_theirs.grad.numpy())


@GATES
@pytest.mark.parametrize("name", LOSSES)
def test_forward_and_backward_of_a_loss(name, dtype, gate):
    mine, theirs, y = LOSSES[name]
    Y = (3 * np.random.default_rng(2).normal(size=(6, 4))).astype(dtype)
    Y_theirs = torch.tensor(Y, requires_grad=True)
    loss, backward = losses.as_loss(mine).forward(Y, y)
    loss_theirs = theirs(Y_theirs, torch.tensor(y if y.ndim == 1 else y.astype(dtype)))
    loss_theirs.backward()
    assert abs(float(loss) - loss_theirs.item()) <= gate and apart(backward(), Y_theirs.grad) <= gate


@GATES
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_200_updates_on_the_same_batches(name, dtype, gate):
    optimizer, make_theirs = OPTIMIZERS[name]
    net = make_net([mb.Dense(4, 8), mb.Tanh(), mb.Dense(8, 3)], optimizer=optimizer, dtype=dtype)
    module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)).to(getattr(torch, dtype))
    with torch.no_grad():
        for mine, theirs in ((net.layers[0], module[0]), (net.layers[2], module[2])):
            theirs.weight.copy_(torch.tensor(mine.W.T)), theirs.bias.copy_(torch.tensor(mine.b))
    step, loss_function, seen = make_theirs(module.parameters()), nn.CrossEntropyLoss(), 0
    batches = mb.MiniBatches(make_data(50, dtype=dtype), 8)
    while seen < 200:
        for X, y in batches:
            loss, _ = net.update(X, y)
            step.zero_grad()
            loss_theirs = loss_function(module(torch.tensor(X)), torch.tensor(y))
            loss_theirs.backward()
            step.step()
            assert abs(loss - loss_theirs.item()) <= gate
            seen += 1
    for mine, theirs in ((net.layers[0], module[0]), (net.layers[2], module[2])):
        assert apart(mine.W, theirs.weight.T) <= gate and apart(mine.b, theirs.bias) <= gate
