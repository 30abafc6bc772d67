"""The settings of the padding lab as programs: an epoch of texts of unequal length, with its padding or without."""

from .text import keras_imports

GIVEN = "# texts: the data set that you gave to the lab"
BATCHES = {
    "as they come": "mb.MiniBatches(texts, {size})",
    "alike in length": "mb.BucketBatches(texts, {size})",
    "by token budget": "mb.BucketBatches(texts, token_budget={size})",
}
FIRST = """losses, real, positions, seconds = [], 0, 0, 0.0
for batch in batches:
"""
LAST = """    losses.append(float(loss))
    real, positions = real + int(batch.X.mask.sum()), positions + batch.X.mask.size
reached = {"updates": len(losses), "positions": positions, "padding": 1 - real / positions}
print(reached | {"seconds": seconds, "loss": sum(losses) / len(losses)})
"""


def padding_programs(settings, data, units):
    """{framework: text}: each trains for one epoch; prints its positions, its padding, its seconds and its mean loss.

    units: of the network whose time is measured.
    """
    made = "\n".join([*data.recipe, f"texts = {data.name}"]) if data.recipe else GIVEN
    rows = f"{made}\nbatches = {BATCHES[settings.way].format(size=settings.size)}"
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    return {
        name: maker(rows, len(data.vocabulary), units, data.classes, settings.every) for name, maker in makers.items()
    }


def _mbtutor(rows, letters, units, classes, every):
    X = "batch.X.values" if every else "batch.X"
    remark = "every position, padding too" if every else "with its mask: padding is left out"
    return f"""import time

import mbtutor as mb

{rows}

net = mb.Network(
    [mb.Embedding({letters}, 32), mb.GRU(32, {units}), mb.LastStep(), mb.Dense({units}, {classes})], dtype="float32"
)
net.compile("cross_entropy", mb.Adam(lr=0.003))
{FIRST}    started = time.perf_counter()
    loss, _ = net.update({X}, batch.y)  # {remark}
    seconds += time.perf_counter() - started
{LAST}"""


def _pytorch(rows, letters, units, classes, every):
    packing = """        X = self.embedding(X)
        packed = pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False)
        _, state = self.gru(packed)  # after the last letter of each text: padding is left out
"""
    padded = "        _, state = self.gru(self.embedding(X))  # after every position, padding too\n"
    names = "pad_sequence" if every else "pack_padded_sequence, pad_sequence"
    return f"""import time

import torch
from torch import nn
from torch.nn.utils.rnn import {names}

import mbtutor as mb  # for the data and the batches

{rows}


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding({letters}, 32)
        self.gru = nn.GRU(32, {units}, batch_first=True)
        self.last = nn.Linear({units}, {classes})

    def forward(self, X, lengths):
{padded if every else packing}        return self.last(state[0])


torch.manual_seed(0)
net, loss_of = Reader(), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
{FIRST}    letters = [torch.tensor(texts.X.item(row)) for row in batch.index]
    X, lengths = pad_sequence(letters, batch_first=True), torch.tensor([len(text) for text in letters])
    started = time.perf_counter()
    optimizer.zero_grad()
    loss = loss_of(net(X, lengths), torch.tensor(batch.y))
    loss.backward()
    optimizer.step()
    seconds += time.perf_counter() - started
{LAST}"""


def _keras(rows, letters, units, classes, every):
    rest = "" if every else ", mask_zero=True"
    remark = "" if every else "  # 0 is padding: it is passed over"
    shift = "" if every else " + 1"
    return f"""{keras_imports("time")}
import mbtutor as mb  # for the data and the batches

{rows}

keras.utils.set_random_seed(0)
normal = keras.initializers.RandomNormal(stddev=1.0)  # as in the lab; those of Keras are far smaller
model = keras.Sequential([
    keras.Input((None,), dtype="int32"),
    keras.layers.Embedding({letters if every else letters + 1}, 32, embeddings_initializer=normal{rest}),{remark}
    keras.layers.GRU({units}),
    keras.layers.Dense({classes}),
])
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.Adam(learning_rate=0.003),
)
{FIRST}    letters = [texts.X.item(row){shift} for row in batch.index]
    X = keras.utils.pad_sequences(letters, padding="post")
    started = time.perf_counter()
    loss = model.train_on_batch(X, batch.y)
    seconds += time.perf_counter() - started
{LAST}"""


def _tensorflow(rows, letters, units, classes, every):
    masked = "" if every else ", mask=tf.sequence_mask(lengths)"
    remark = "every position, padding too" if every else "past its end, the state of a text stays as it is"
    return f"""import time

import tensorflow as tf

import mbtutor as mb  # for the data and the batches

{rows}

tf.keras.utils.set_random_seed(0)
normal = tf.keras.initializers.RandomNormal(stddev=1.0)  # as in the lab; those of Keras are far smaller
embedding = tf.keras.layers.Embedding({letters}, 32, embeddings_initializer=normal)
gru, last = tf.keras.layers.GRU({units}), tf.keras.layers.Dense({classes})
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(learning_rate=0.003)


@tf.function(reduce_retracing=True)  # is not compiled anew for batches of every other length
def update(X, lengths, y):
    with tf.GradientTape() as tape:
        state = gru(embedding(X){masked})  # {remark}
        loss = loss_of(y, last(state))
    weights = embedding.trainable_variables + gru.trainable_variables + last.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


{FIRST}    letters = tf.ragged.constant([texts.X.item(row).tolist() for row in batch.index])
    X, lengths = letters.to_tensor(), letters.row_lengths()  # padded
    started = time.perf_counter()
    loss = update(X, lengths, tf.constant(batch.y))
    seconds += time.perf_counter() - started
{LAST}"""
