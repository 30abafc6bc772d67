"""The settings of the batch explorer as programs: the rows of each batch, as each framework's own loader hands out."""

from .text import keras_imports

EPOCHS = 2  # as many as the lab shows
SHOWING = """    print(f"epoch {epoch}:", *batches)
    epochs.append(batches)
print(epochs)
"""


def batches_programs(rows, batch_size, shuffle, drop_last, seed):
    """{framework: text}: each prints the row numbers of every batch of two epochs."""
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    return {name: maker(rows, batch_size, shuffle, drop_last, seed) for name, maker in makers.items()}


def _mbtutor(rows, batch_size, shuffle, drop_last, seed):
    options = f"batch_size={batch_size}, shuffle={shuffle}, drop_last={drop_last}, seed={seed}"
    return f"""import numpy as np

import mbtutor as mb

rows = mb.Dataset(np.arange({rows})[:, None], np.zeros({rows}))  # which numbers they hold makes no difference
loader = mb.MiniBatches(rows, {options})
epochs = []
for epoch in range(1, {EPOCHS + 1}):
    batches = [batch.index.tolist() for batch in loader]
{SHOWING}"""


def _pytorch(rows, batch_size, shuffle, drop_last, seed):
    options = f"batch_size={batch_size}, shuffle={shuffle}, drop_last={drop_last}"
    return f"""import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed({seed})  # which orders chance deals out; other ones than in mbtutor
rows = TensorDataset(torch.arange({rows}))
loader = DataLoader(rows, {options})
epochs = []
for epoch in range(1, {EPOCHS + 1}):
    batches = [batch.tolist() for (batch,) in loader]
{SHOWING}"""


def _keras(rows, batch_size, shuffle, drop_last, seed):
    count = f"{rows} // {batch_size}" if drop_last else f"math.ceil({rows} / {batch_size})"
    order = f"np.random.default_rng([{seed}, epoch]).permutation({rows})" if shuffle else f"np.arange({rows})"
    imports = keras_imports(*[] if drop_last else ["math"])
    return f"""{imports}import numpy as np


class Rows(keras.utils.PyDataset):  # what model.fit takes, where it shall not shuffle and cut by itself
    def __init__(self):
        super().__init__()
        self.begin(epoch=0)

    def begin(self, epoch):
        self.epoch, self.order = epoch, {order}

    def __len__(self):  # batches in an epoch
        return {count}

    def __getitem__(self, place):
        return self.order[place * {batch_size} : (place + 1) * {batch_size}]

    def on_epoch_end(self):  # fit calls it
        self.begin(self.epoch + 1)


loader, epochs = Rows(), []
for epoch in range(1, {EPOCHS + 1}):
    batches = [loader[place].tolist() for place in range(len(loader))]
    loader.on_epoch_end()
{SHOWING}"""


def _tensorflow(rows, batch_size, shuffle, drop_last, seed):
    shuffled = f".shuffle({rows}, seed={seed})" if shuffle else ""
    rest = ", drop_remainder=True" if drop_last else ""
    return f"""import tensorflow as tf

tf.random.set_seed({seed})  # which orders chance deals out; other ones than in mbtutor
loader = tf.data.Dataset.range({rows}){shuffled}.batch({batch_size}{rest})
epochs = []
for epoch in range(1, {EPOCHS + 1}):
    batches = [batch.numpy().tolist() for batch in loader]
{SHOWING}"""
