"""Weights to PyTorch and back: a module that computes the same, and a network that takes a module's weights."""

from collections import OrderedDict

from .. import frameworks, layers
from .places import check_kind, check_known, check_pairs, checked_network, layer_name, write

# The name of each of our arrays in PyTorch; ".T" where its matrix stands the other way round.
RECURRENT = {"W": "weight_ih_l0.T", "U": "weight_hh_l0.T", "b": "bias_ih_l0", "c": "bias_hh_l0"}
NORM = {"gamma": "weight", "beta": "bias"}
ARRAYS = {
    layers.Dense: {"W": "weight.T", "b": "bias"},
    layers.Conv2D: {"W": "weight", "b": "bias"},
    layers.BatchNorm: NORM | {"running_mean": "running_mean", "running_var": "running_var"},
    layers.LayerNorm: NORM,
    layers.Embedding: {"W": "weight"},
    layers.RNN: RECURRENT,
    layers.GRU: RECURRENT,
    layers.SelfAttention: {
        "W_in": "in_proj_weight.T",
        "b_in": "in_proj_bias",
        "W_out": "out_proj.weight.T",
        "b_out": "out_proj.bias",
    },
}
KINDS = {
    layers.Dense: ("Linear",),
    layers.Conv2D: ("Conv2d",),
    layers.BatchNorm: ("BatchNorm1d", "BatchNorm2d"),
    layers.LayerNorm: ("LayerNorm",),
    layers.Embedding: ("Embedding",),
    layers.RNN: ("RNN",),
    layers.GRU: ("GRU",),
    layers.SelfAttention: ("MultiheadAttention",),
}


def to_pytorch(net):
    """Return a torch.nn.Module that computes what `net` computes, with its weights, in evaluation mode.

    Call it with rows (n, ...), or for a network of sequences with (X, lengths). Its state_dict names each layer and
    its place, such as "dense_0.weight". Raises ValueError, which names it, for a layer that PyTorch cannot have, and
    MissingFramework where PyTorch is not installed.
    """
    checked_network(net)
    torch = frameworks.needed("torch")
    from . import torch_modules as own

    makers = _makers(torch.nn, own)
    check_known(net, makers, "PyTorch")
    module = _sequence(net.layers, "", makers, own)
    module.to(getattr(torch, net.dtype.name)).eval()
    with torch.no_grad():
        for name, layer, theirs in check_pairs(net, _with_arrays(torch.nn, module), "module"):
            for mine, array in _arrays(name, layer, theirs).items():
                array.copy_(torch.tensor(layer.array(mine)))
    return module


def from_pytorch(module, net):
    """Copy the weights, and the running statistics, of a torch.nn.Module into `net`, layer by layer in order.

    The module may be the learner's own: its layers with weights must be those of `net`, in the same order; those
    without, such as activations, are not compared. Raises ValueError, naming the layer and both shapes, where they do
    not fit; nothing is changed then.
    """
    torch = frameworks.needed("torch")
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"module must be a torch.nn.Module; got {type(module).__name__}")
    ready = []
    for name, layer, theirs in check_pairs(checked_network(net), _with_arrays(torch.nn, module), "module"):
        if type(layer) not in KINDS:
            raise ValueError(f"{name}, {layer!r}, cannot take weights from PyTorch")
        check_kind(name, theirs, tuple(getattr(torch.nn, kind) for kind in KINDS[type(layer)]), {})
        check_kind(name, theirs, (torch.nn.Module,), _settings(layer, theirs))
        for mine, array in _arrays(name, layer, theirs).items():
            ready.append((f"{mine} of {name}", layer.array(mine), array.detach().cpu().numpy()))
    write(ready)


def _makers(nn, own):
    """{our kind of layer: a function that makes PyTorch's}."""
    return {
        layers.Dense: lambda mine: nn.Linear(mine.inputs, mine.outputs),
        layers.ReLU: lambda mine: nn.ReLU(),
        layers.Tanh: lambda mine: nn.Tanh(),
        layers.Sigmoid: lambda mine: nn.Sigmoid(),
        layers.Dropout: lambda mine: nn.Dropout(mine.rate),
        layers.Flatten: lambda mine: nn.Flatten(),
        layers.Conv2D: lambda mine: nn.Conv2d(
            mine.channels, mine.filters, mine.kernel_size, stride=mine.stride, padding=mine.padding
        ),
        layers.MaxPool2D: lambda mine: nn.MaxPool2d(mine.kernel_size, stride=mine.stride),
        layers.LayerNorm: lambda mine: nn.LayerNorm(mine.features),
        layers.Embedding: lambda mine: own.Tokens(mine.vocabulary_size, mine.features),
        layers.PositionalEncoding: lambda mine: own.AddPositions(mine.table),
        layers.RNN: lambda mine: own.Recurrent(nn.RNN(mine.inputs, mine.units, batch_first=True)),
        layers.GRU: lambda mine: own.Recurrent(nn.GRU(mine.inputs, mine.units, batch_first=True)),
        layers.LastStep: lambda mine: own.Last(),
        layers.MeanOverTime: lambda mine: own.Mean(),
        layers.SelfAttention: lambda mine: own.Attention(mine.features, mine.heads, mine.causal),
        layers.BatchNorm: lambda mine: own.Norm(mine.features, momentum=mine.momentum, eps=mine.eps),
    }


def _sequence(ours, before, makers, own):
    """The layers as one module."""
    modules = OrderedDict()
    for number, layer in enumerate(ours):
        place = f"{before}{number}"
        inside = type(layer) is layers.Residual
        module = own.Skip(_sequence(layer.layers, f"{place}_", makers, own)) if inside else makers[type(layer)](layer)
        modules[layer_name(place, layer)] = module
    return own.Layers(modules)


def _with_arrays(nn, module):
    """The modules with weights, in order; attention counts as one, whatever it is made of."""
    if isinstance(module, nn.MultiheadAttention):
        return [module]
    inner = [found for child in module.children() for found in _with_arrays(nn, child)]
    return inner or ([module] if next(module.parameters(recurse=False), None) is not None else [])


def _arrays(name, layer, theirs):
    """{our name: their tensor, turned as ours stands}; ValueError where they have none of that name."""
    found = {}
    for mine, other in ARRAYS[type(layer)].items():
        tensor = theirs
        for part in other.removesuffix(".T").split("."):
            tensor = getattr(tensor, part, None)
        if tensor is None:
            raise ValueError(f"{name} needs {other.removesuffix('.T')}, which {theirs!r} was built without")
        found[mine] = tensor.T if other.endswith(".T") else tensor
    return found


def _settings(layer, theirs):
    """{what: (ours, theirs)} of what must agree besides the shapes."""
    if isinstance(layer, layers.Conv2D):
        options = {"stride": layer.stride, "padding": layer.padding, "dilation": 1}
        return {what: ((value, value), getattr(theirs, what)) for what, value in options.items()}
    if isinstance(layer, (layers.BatchNorm, layers.LayerNorm)):
        return {"eps": (getattr(layer, "eps", 1e-5), theirs.eps)}
    if isinstance(layer, layers.SelfAttention):
        return {"heads": (layer.heads, theirs.num_heads)}
    if isinstance(layer, layers.RNN):
        return {"layers": (1, theirs.num_layers), "directions": (1, 1 + theirs.bidirectional)} | (
            {} if isinstance(layer, layers.GRU) else {"activation": ("tanh", theirs.nonlinearity)}
        )
    return {}
