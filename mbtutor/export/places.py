"""The arrays of a network by place: what every export walks through, and how arrays come back, all or none."""

import numpy as np

from ..layers.residual import Residual
from ..network import Network

# Layers that take each row as a sequence; a network with one of them has sequences as its input.
OF_SEQUENCES = ("Embedding", "GRU", "LastStep", "MeanOverTime", "PositionalEncoding", "RNN", "SelfAttention")


def checked_network(net):
    """Return the network; TypeError for anything else."""
    if not isinstance(net, Network):
        raise TypeError(f"net must be a Network; got {type(net).__name__}")
    return net


def layer_name(place, layer):
    """What a layer is called outside: its kind and its place, such as "dense_0", or "dense_1_0" inside Residual."""
    return f"{type(layer).__name__.lower()}_{place}"


def flat(layers, before=""):
    """Yield (name, layer) of every layer in order, those inside a Residual in its place."""
    for number, layer in enumerate(layers):
        place = f"{before}{number}"
        if type(layer) is Residual:
            yield from flat(layer.layers, f"{place}_")
        else:
            yield layer_name(place, layer), layer


def of_sequences(net):
    """Whether the rows that the network takes are sequences."""
    return any(type(layer).__name__ in OF_SEQUENCES for _, layer in flat(net.layers))


def check_known(net, table, target):
    """Raise a ValueError that names the first layer, of any depth, that `table` {kind: ...} does not hold."""
    for name, layer in flat(checked_network(net).layers):
        if type(layer) not in table:
            raise ValueError(
                f"{name}, {layer!r}, cannot be taken to {target}; these can: "
                + ", ".join(sorted(kind.__name__ for kind in table))
            )


def with_arrays(net):
    """[(name, layer)] of the layers that hold weights or statistics."""
    return [(name, layer) for name, layer in flat(net.layers) if layer.parameter_names or layer.statistic_names]


def check_pairs(net, theirs, target):
    """Return [(name, layer, their layer)]; ValueError unless there are as many layers with weights on both sides."""
    mine = with_arrays(net)
    if len(mine) != len(theirs):
        raise ValueError(
            f"net has {len(mine)} layers with weights ({', '.join(name for name, _ in mine)}); "
            f"the {target} has {len(theirs)}. Build both alike"
        )
    return [(name, layer, other) for (name, layer), other in zip(mine, theirs)]


def check_kind(name, theirs, kinds, settings):
    """Raise a ValueError unless `theirs` is one of these kinds and agrees in every setting {what: (ours, theirs)}."""
    if not isinstance(theirs, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise ValueError(f"{name} needs the weights of a {wanted}; got those of a {type(theirs).__name__}")
    for what, (mine, other) in settings.items():
        if mine != other:
            raise ValueError(f"{name} has {what} {mine}, the other side {other}. Build both alike")


def write(arrays):
    """Write [(name, array to write into, values)]; ValueError where any does not fit, and nothing is written then."""
    ready = []
    for name, array, values in arrays:
        values = np.asarray(values)
        if values.shape != array.shape:
            raise ValueError(f"{name} has shape {array.shape}; the other side has {values.shape}. Build both alike")
        with np.errstate(over="ignore"):
            values = values.astype(array.dtype)
        if not np.isfinite(values).all():
            raise ValueError(f"{name} would become NaN or infinite in {array.dtype}; take other weights")
        ready.append((array, values))
    for array, values in ready:
        array[...] = values
