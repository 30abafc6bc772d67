"""The settings of the speech lab as programs: one network on a split by row, its twin on a split by speaker."""

from textwrap import indent

from . import keras, pytorch, tensorflow
from .text import keras_imports, made, real

ROWS = {
    "one frame": "",
    "a word: mean of its frames": "vowels = of_words(lambda word: word.mean(axis=0))\n",
    "a word: its frames joined": "vowels = of_words(lambda word: word.ravel())\n",
}
WORDS = """

def of_words(join):
    word = vowels.groups * vowels.classes + vowels.y
    first = np.unique(word, return_index=True)[1]
    X = np.array([join(vowels.X[word == word[row]]) for row in first])
    return mb.Dataset(X, vowels.y[first], groups=vowels.groups[first])


"""
INDENT = "    "  # in the body of a loop
GIVEN = "# vowels: the data set that you gave to the lab"


def speech_programs(settings, data, speakers):
    """{framework: text}. settings: SpeechSettings. data: the frames. speakers: those that are held out."""
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    return {name: maker(settings, _splits(settings, data, speakers)) for name, maker in makers.items()}


def _splits(settings, data, speakers):
    """The lines that make both splits and begin the loop over them, the same in every program."""
    joined = ROWS[settings.rows]
    return f"""{made(data, "vowels", GIVEN)}
{WORDS + joined if joined else ""}
speakers = {speakers}  # never heard while training
splits = {{
    "by row": mb.split(vowels, val=0, test=np.isin(vowels.groups, speakers).mean(), seed={settings.seed}),
    "by speaker": mb.split_by_group(vowels, val=0, test=speakers),
}}
reached = {{}}
for name, (train, _, test) in splits.items():
    train, test = mb.standardize(train, test)
    width = train.X.shape[1]
"""


# What every program says at its end.
LAST = """    reached |= {f"{name}: loss": loss, f"{name}: accuracy": accuracy}
print(reached)
"""


def _mbtutor(settings, splits):
    return f"""import numpy as np

import mbtutor as mb

{splits}    layers = [mb.Dense(width, {settings.hidden}), mb.ReLU(), mb.Dense({settings.hidden}, vowels.classes)]
    net = mb.Network(layers, seed={settings.seed})
    net.compile("cross_entropy", mb.SGD(lr={real(settings.lr)}))
    batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed={settings.seed})
    mb.fit(net, batches, {settings.budget}={settings.amount})
    reached |= {{f"{{name}}: {{what}}": value for what, value in mb.evaluate(net, test).items()}}
print(reached)
"""


def _pytorch(settings, splits):
    lines = f"""{pytorch.rows(settings)}
net = nn.Sequential(nn.Linear(width, {settings.hidden}), nn.ReLU(), nn.Linear({settings.hidden}, vowels.classes))
{pytorch.first_weights()}
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr={real(settings.lr)})
{pytorch.training(settings)}
with torch.no_grad():
    Y, y = net(torch.tensor(test.X, dtype=torch.float32)), torch.tensor(test.y)
loss, accuracy = loss_of(Y, y).item(), (Y.argmax(1) == y).double().mean().item()
"""
    return f"""{pytorch.IMPORTS}import numpy as np

{splits}{indent(lines, INDENT)}{LAST}"""


def _keras(settings, splits):
    lines = f"""
keras.utils.set_random_seed({settings.seed})
model = keras.Sequential([
    keras.Input((width,)),
{_layers("keras", settings)}
])
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.SGD(learning_rate={real(settings.lr)}),
    metrics=["accuracy"],
)
{keras.training(settings)}
loss, accuracy = model.evaluate(test.X, test.y, verbose=0)
"""
    return f"""{keras_imports(*keras.loops(settings))}import numpy as np

import mbtutor as mb  # for the data

{splits}{indent(lines, INDENT)}{LAST}"""


def _tensorflow(settings, splits):
    lines = f"""
{tensorflow.rows(settings)}
model = tf.keras.Sequential([
    tf.keras.Input((width,)),
{_layers("tf.keras", settings)}
])
optimizer = tf.keras.optimizers.SGD(learning_rate={real(settings.lr)})
{tensorflow.training(settings)}
Y, y = model(tf.constant(test.X, tf.float32)), tf.constant(test.y)
loss, accuracy = float(loss_of(y, Y)), float(tf.reduce_mean(tf.cast(tf.argmax(Y, axis=1) == y, tf.float32)))
"""
    update = tensorflow.UPDATE.replace("(X, y):", "(model, optimizer, X, y):")
    lines = lines.replace("update(X_batch", "update(model, optimizer, X_batch")
    return f"""import numpy as np
{tensorflow.IMPORTS}
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
{update}{splits}{indent(lines, INDENT)}{LAST}"""


def _layers(module, settings):
    """The lines of the layers, as Keras writes them."""
    return f"""    {module}.layers.Dense({settings.hidden}, activation="relu", kernel_initializer="he_uniform"),
    {module}.layers.Dense(vowels.classes, kernel_initializer="he_uniform"),"""
