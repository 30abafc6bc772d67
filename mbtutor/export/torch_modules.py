"""The layers of this package that PyTorch has no module for, or not with lengths: made of PyTorch's own pieces."""

import torch
from torch import nn


class Layers(nn.Sequential):
    """Layers in order, called with (X), or of sequences with (X, lengths): (n, longest, ...) and (n,)."""

    def forward(self, X, lengths=None):
        """The outputs of the last layer. lengths: of the sequences in X; None where none is shorter than the rest."""
        for layer in self:
            X = layer(X, lengths) if isinstance(layer, TakesLengths) else layer(X)
        return X


class TakesLengths(nn.Module):
    """A layer that asks where each sequence ends."""

    def ends(self, X, lengths):
        """(lengths, (n, longest) True before the end)."""
        lengths = torch.full((len(X),), X.shape[1]) if lengths is None else torch.as_tensor(lengths)
        return lengths, torch.arange(X.shape[1]) < lengths[:, None]


class Norm(nn.BatchNorm1d):
    """PyTorch's BatchNorm of rows, which also takes images: their channels are the features."""

    def _check_input_dim(self, X):
        pass


class Tokens(nn.Embedding):
    """PyTorch's Embedding, which also takes whole numbers that are held as floats."""

    def forward(self, X):
        return super().forward(X.long())


class Recurrent(TakesLengths):
    """PyTorch's RNN or GRU; past its end a row keeps its last state, as in this package."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, X, lengths=None):
        lengths, real = self.ends(X, lengths)
        packed = nn.utils.rnn.pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False)
        packed, last = self.cell(packed)
        Y = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True, total_length=X.shape[1])[0]
        return torch.where(real[:, :, None], Y, last[0][:, None])


class Attention(TakesLengths):
    """PyTorch's MultiheadAttention of a sequence to itself."""

    def __init__(self, features, heads, causal):
        super().__init__()
        self.causal = causal
        self.attention = nn.MultiheadAttention(features, heads, batch_first=True)

    def forward(self, X, lengths=None):
        _, real = self.ends(X, lengths)
        longest = X.shape[1]
        unseen = torch.ones(longest, longest, dtype=torch.bool).triu(1) if self.causal else None
        return self.attention(X, X, X, key_padding_mask=~real, attn_mask=unseen, need_weights=False)[0]


class AddPositions(nn.Module):
    """X + table, position by position."""

    def __init__(self, table):
        super().__init__()
        self.register_buffer("table", torch.tensor(table), persistent=False)

    def forward(self, X):
        return X + self.table[torch.arange(X.shape[1])].to(X.dtype)


class Last(TakesLengths):
    """The last real position of each row."""

    def forward(self, X, lengths=None):
        lengths, _ = self.ends(X, lengths)
        return X[torch.arange(len(X)), lengths - 1]


class Mean(TakesLengths):
    """The mean of the real positions of each row."""

    def forward(self, X, lengths=None):
        _, real = self.ends(X, lengths)
        share = (real / real.sum(dim=1, keepdim=True, dtype=X.dtype)).to(X.dtype)
        return (X * share[:, :, None]).sum(dim=1)


class Skip(TakesLengths):
    """X + what the layers make of X."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, X, lengths=None):
        return X + self.layers(X, lengths)
