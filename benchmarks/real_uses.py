"""How long an update of the networks of the real uses (lessons 10 to 13) takes in mbtutor and in PyTorch.

    python -m benchmarks.real_uses [--quick] [--models CNN] [--threads 1] [--sizes 8 32 128]

It fails where PyTorch needs less than half of mbtutor's time at batch size 32 and one thread.
"""

import argparse
import sys
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import contenders
from benchmarks.rounds import cell, machine, measured_in_rounds, ratios

HERE = Path(__file__).parent
SIZES = (8, 32, 128)
BURST = {8: 200, 32: 80, 128: 20}  # updates: about 0.1 seconds


def images(rows=4000):
    """(X, y) of synthetic images of 28 x 28."""
    X, y = contenders.data(rows)
    return X.reshape(rows, 1, 28, 28), y


def cnn_mbtutor(size, updates, threads):
    import mbtutor as mb

    layers = [mb.Conv2D(1, 8, 5), mb.ReLU(), mb.MaxPool2D(2), mb.Conv2D(8, 16, 3), mb.ReLU(), mb.MaxPool2D(2)]
    layers += [mb.Flatten(), mb.Dense(400, 10)]
    return contenders.mbtutor_of(layers, mb.MiniBatches(images(), batch_size=size), updates)


def cnn_pytorch(size, updates, threads):
    from torch import nn

    layers = [nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(400, 10)]
    return contenders.pytorch_of(layers, *images(), size, updates, threads)


def gru_mbtutor(size, updates, threads):
    import mbtutor as mb

    places = mb.datasets.load_places()
    layers = [mb.Embedding(len(places.vocabulary), 32), mb.GRU(32, 96), mb.LastStep(), mb.Dense(96, 10)]
    return contenders.mbtutor_of(layers, mb.MiniBatches(places, batch_size=size), updates)


def gru_pytorch(size, updates, threads):
    from torch import nn

    class Reader(nn.Module):
        def __init__(self, characters):
            super().__init__()
            self.embedding, self.gru = nn.Embedding(characters, 32), nn.GRU(32, 96, batch_first=True)

        def forward(self, X):
            X, real = trimmed(X)
            packed = nn.utils.rnn.pack_padded_sequence(self.embedding(X), real.sum(1), True, enforce_sorted=False)
            return self.gru(packed)[1][0]

    X, y, characters = padded_places()
    return contenders.pytorch_of([Reader(characters), nn.Linear(96, 10)], X, y, size, updates, threads)


def transformer_mbtutor(size, updates, threads):
    import mbtutor as mb

    places = mb.datasets.load_places(pairs=True)
    layers = [
        mb.Embedding(len(places.vocabulary) ** 2, 64),
        mb.PositionalEncoding(64),
        mb.Residual([mb.LayerNorm(64), mb.SelfAttention(64, 4)]),
        mb.Residual([mb.LayerNorm(64), mb.Dense(64, 128), mb.ReLU(), mb.Dense(128, 64)]),
        mb.LayerNorm(64),
        mb.MeanOverTime(),
        mb.Dense(64, 10),
    ]
    return contenders.mbtutor_of(layers, mb.MiniBatches(places, batch_size=size), updates)


def transformer_pytorch(size, updates, threads):
    """With scaled_dot_product_attention between linear layers: quicker here than nn.MultiheadAttention."""
    import torch
    from torch import nn

    import mbtutor as mb

    class Block(nn.Module):
        def __init__(self, tokens):
            super().__init__()
            self.embedding = nn.Embedding(tokens, 64)
            self.positions = torch.tensor(mb.PositionalEncoding(64).table, dtype=torch.float32)
            self.norm, self.project, self.join = nn.LayerNorm(64), nn.Linear(64, 192), nn.Linear(64, 64)
            self.think = nn.Sequential(nn.LayerNorm(64), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64))
            self.last_norm = nn.LayerNorm(64)

        def forward(self, X):
            X, real = trimmed(X)
            H = self.embedding(X) + self.positions[: X.shape[1]]
            q, k, v = self.project(self.norm(H)).view(*X.shape, 3, 4, 16).permute(2, 0, 3, 1, 4)
            heard = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=real[:, None, None, :])
            H = H + self.join(heard.transpose(1, 2).reshape(H.shape))
            H = self.last_norm(H + self.think(H))
            return (H * real[:, :, None]).sum(1) / real.sum(1, keepdim=True)

    X, y, tokens = padded_places(pairs=True)
    return contenders.pytorch_of([Block(tokens), nn.Linear(64, 10)], X, y, size, updates, threads)


def padded_places(pairs=False):
    """(X (30000, longest), y, how many characters or pairs there are) of the place names, -1 past their ends."""
    import mbtutor as mb

    places = mb.datasets.load_places(pairs=pairs)
    padded = places.X[:]
    return np.where(padded.mask, padded.values, -1), places.y, len(places.vocabulary) ** (2 if pairs else 1)


def trimmed(X):
    """(numbers, which are real) of rows of padded_places, as long as the longest of them."""
    real = X >= 0
    longest = real.sum(1).max()
    return X[:, :longest].clamp(min=0), real[:, :longest]


# Each model by its name: a function (size, updates, threads) for each library, a contender as in contenders.py.
MODELS = {
    "CNN": {"mbtutor": cnn_mbtutor, "PyTorch eager": cnn_pytorch},
    "GRU": {"mbtutor": gru_mbtutor, "PyTorch eager": gru_pytorch},
    "transformer": {"mbtutor": transformer_mbtutor, "PyTorch eager": transformer_pytorch},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few short rounds: to see that it works")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, choices=SIZES)
    options = parser.parse_args()
    rounds = 3 if options.quick else 15
    measured = {
        (name, threads, size): measure(name, threads, size, rounds)
        for name in options.models
        for threads in options.threads
        for size in options.sizes
    }
    report = text(measured, rounds)
    print(report)
    if not options.quick:
        (HERE / "real_uses.md").write_text(report, encoding="utf-8")
    gated = [timed for (_, threads, size), timed in measured.items() if (threads, size) == (1, 32)]
    sys.exit(any(np.median(ratios(timed, "PyTorch eager")) < 0.5 for timed in gated))


def measure(name, threads, size, rounds):
    """Return {library: [(seconds, processor seconds) an update, for each round]}."""
    made = {library: partial(make, size, BURST[size], threads) for library, make in MODELS[name].items()}
    timed = measured_in_rounds(made, BURST[size], rounds, threads)
    print(f"{name}, {threads} thread(s), batch size {size}: measured", flush=True)
    return timed


def text(measured, rounds):
    lines = [
        "# Time per update of the real uses",
        "",
        "float32, plain SGD, softmax cross-entropy; every loss becomes a Python float. The ratio is **PyTorch's time /",
        f"mbtutor's time**: above 1, mbtutor is faster. Median of {rounds} rounds, quartiles in brackets.",
        "CNN: synthetic images of 28 x 28, convolution of 8 filters 5 x 5, ReLU, max-pooling by 2, convolution of 16",
        "filters 3 x 3, ReLU, max-pooling by 2, 10 classes.",
        "GRU: the place names that ship, 3 to 30 characters, mixed in length; embedding of 32, GRU of 96 units, its",
        "last state, 10 classes. PyTorch packs the sequences, so that neither computes padding.",
        "transformer: pairs of characters; embedding of 64, positions, attention of 4 heads, a block of 128 ReLU, both",
        "residual behind a layer norm, layer norm, mean, 10 classes. In PyTorch, scaled_dot_product_attention.",
        "",
        f"Made by `python -m benchmarks.real_uses` on {machine('torch')}.",
        "",
        "| model | threads | batch size | µs an update | PyTorch eager | in processor time |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for (name, threads, size), timed in measured.items():
        micros = 1e6 * median(seconds for seconds, _ in timed["mbtutor"])
        cells = [cell(timed, "PyTorch eager", clock) for clock in (0, 1)]
        lines.append(f"| {name} | {threads} | {size} | {micros:,.0f} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
