"""The arrays of all layers in one vector; each layer holds windows onto it, so that one line changes them all."""

import numpy as np


class Joined:
    """One vector for the arrays that every layer names in `kind` ("parameter_names" or "statistic_names").

    vector: (numbers,). Moves the arrays there and leaves windows onto it in their place.
    """

    def __init__(self, layers, kind, dtype):
        named = [{name: layer.array(name) for name in getattr(layer, kind)} for layer in layers]
        self.vector = np.concatenate(
            [np.empty(0, dtype)] + [array.ravel() for part in named for array in part.values()]
        )
        self._places, start = [], 0  # for each layer {name: (slice of the vector, shape)}
        for part in named:
            self._places.append({})
            for name, array in part.items():
                self._places[-1][name] = slice(start, start + array.size), array.shape
                start += array.size
        self.tie(layers)

    def tie(self, layers):
        """Let the layers hold windows onto this vector: again after a copy, which copies windows one by one."""
        for i, layer in enumerate(layers):
            for name, window in self.windows(i).items():
                layer.hold(name, window)

    def windows(self, i, vector=None):
        """{name: array} of layer i as windows onto this vector, or onto one that lines up with it."""
        vector = self.vector if vector is None else vector
        return {name: vector[place].reshape(shape) for name, (place, shape) in self._places[i].items()}

    def all_windows(self, vector=None):
        """{"0.W": array, "0.b": array, ...}: those of every layer, by its number and name."""
        parts = [self.windows(i, vector) for i in range(len(self._places))]
        return {f"{i}.{name}": window for i, windows in enumerate(parts) for name, window in windows.items()}
