"""A trained network that reads one text at a time, with its masks and its sense of order switched on or off."""

import copy
from dataclasses import dataclass

import numpy as np

from ..datasets.sequences import Padded
from ..experiments import attention_layers, attention_maps
from ..layers import PositionalEncoding


@dataclass(frozen=True)
class Switches:
    """How the network is made to read: padding is the number of empty positions after a text."""

    padding: int = 0
    padding_mask: bool = True
    causal: bool = False
    positions: bool = True


class Reader:
    """Reads texts with a copy of `net`; the network itself stays as it is.

    net: a trained Network that begins with an Embedding and has a SelfAttention. vocabulary: of its texts. Whether it
    reads characters or pairs of them follows from the size of its Embedding. Raises ValueError where nothing fits.
    """

    def __init__(self, net, vocabulary):
        if not attention_layers(net.layers):
            raise ValueError(f"net must have a SelfAttention, or there is no attention to show; got {net!r}")
        tokens, characters = getattr(net.layers[0], "vocabulary_size", None), len(vocabulary)
        if tokens not in (characters, characters**2):
            raise ValueError(
                f"net must begin with an Embedding of {characters} characters or of {characters**2} pairs, as the "
                f"vocabulary of data has them; got {net.layers[0]!r}"
            )
        self.vocabulary, self.pairs = vocabulary, tokens == characters**2
        self._net = copy.deepcopy(net)
        self._tables = {layer: layer.table for layer in self._net.layers if isinstance(layer, PositionalEncoding)}
        self.longest = min((len(table) for table in self._tables.values()), default=None)

    def numbers(self, text, padding=0):
        """The token numbers of a text, (length,); ValueError, in words for a learner, for one that cannot be read."""
        numbers = (self.vocabulary.encode_pairs if self.pairs else self.vocabulary.encode)(text)
        if self.longest and len(numbers) + padding > self.longest:
            added = f" and {padding} padding positions" if padding else ""
            raise ValueError(
                f"the table of positions ends at {self.longest}; this name{added} would need {len(numbers) + padding}. "
                "Type a shorter name" + (" or take padding away" if padding else "")
            )
        return numbers

    def tokens(self, text):
        """The tokens of a text, a list of characters or pairs."""
        numbers = self.numbers(text)
        return self.vocabulary.decode_pairs(numbers) if self.pairs else list(self.vocabulary.decode(numbers))

    def answer(self, text, switches):
        """(probability of each class (K,), attention maps, an array (heads, longest, longest) a block) for one text."""
        X = self._padded([self.numbers(text, switches.padding)], switches)
        self._set(switches)
        return self._probabilities(X)[0], [maps[0] for maps in attention_maps(self._net, X)]

    def right(self, texts, y, switches):
        """The share of these texts whose class is answered right. y: (n,) the true classes."""
        X = self._padded([self.numbers(text, switches.padding) for text in texts], switches)
        self._set(switches)
        return float(np.mean(self._net.forward(X)[0].argmax(axis=1) == y))

    def _padded(self, texts, switches):
        lengths = np.array([len(numbers) for numbers in texts])
        mask = np.arange(lengths.max() + switches.padding) < lengths[:, None]
        values = np.zeros(mask.shape, int)
        values[mask] = np.concatenate(texts)
        return Padded(values, mask if switches.padding_mask else np.ones_like(mask))

    def _set(self, switches):
        for layer in attention_layers(self._net.layers):
            layer.causal = switches.causal
        for layer, table in self._tables.items():
            layer.table = table if switches.positions else np.zeros_like(table)

    def _probabilities(self, X):
        Y = self._net.forward(X)[0].astype(float)
        E = np.exp(Y - Y.max(axis=1, keepdims=True))
        return E / E.sum(axis=1, keepdims=True)
