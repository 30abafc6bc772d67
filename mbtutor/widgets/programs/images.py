"""The settings of the augmentation lab as programs: pictures that are changed anew in every batch."""

from . import keras, pytorch, tensorflow
from .text import arguments, keras_imports, made, real


def augmentation_programs(settings, train):
    """{framework: text} of the program that makes the run of these AugmentationSettings."""
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    few = f"few = train.subset(np.arange({settings.rows}) * len(train) // {settings.rows})"
    return {name: maker(settings, train, f"{made(train)}\n{few}") for name, maker in makers.items()}


def _mbtutor(settings, train, data):
    steps = [f"mb.random_shift({settings.shift})"] * (settings.shift > 0)
    steps += [f"mb.random_noise({settings.noise:g})"] * (settings.noise > 0)
    augment = f", augment={steps[0]}" if len(steps) == 1 else ", augment=augment" if steps else ""
    options = f"few, batch_size={settings.batch_size}, seed={settings.seed}{augment}"
    both = f"""shift, noise = {", ".join(steps)}


def augment(X, rng):
    return noise(shift(X, rng), rng)


"""
    return f"""import numpy as np

import mbtutor as mb

{data}
{both if len(steps) == 2 else ""}batches = mb.MiniBatches({options})
layers = [
    *(mb.Conv2D(1, 8, 5), mb.ReLU(), mb.MaxPool2D(2)),
    *(mb.Conv2D(8, 16, 3), mb.ReLU(), mb.MaxPool2D(2)),
    *(mb.Flatten(), mb.Dense({_numbers(train)}, {train.classes})),
]
net = mb.Network(layers, seed={settings.seed}, dtype=np.float32)
net.compile(loss="cross_entropy", optimizer=mb.Adam({arguments(lr=settings.lr)}))
history = mb.fit(net, batches, {settings.budget}={settings.amount}, validation=val)
print(mb.evaluate(net, val))
"""


def _pytorch(settings, train, data):
    height, width = train.X.shape[2:]
    shift = f"""    around = nn.functional.pad(X, [{settings.shift}] * 4)  # what comes in from outside is 0
    down, right = torch.randint(0, {2 * settings.shift + 1}, (2, len(X))).tolist()
    windows = [x[:, i : i + {height}, j : j + {width}] for x, i, j in zip(around, down, right)]
    X = torch.stack(windows)
"""
    noise = f"    X = X + {settings.noise:g} * torch.randn_like(X)\n"
    steps = [shift] * (settings.shift > 0) + [noise] * (settings.noise > 0)
    augment = f"\n\ndef augment(X):\n{''.join(steps)}    return X\n\n" if steps else ""
    training = pytorch.training(settings).replace("net(X_batch)", "net(augment(X_batch))" if steps else "net(X_batch)")
    return f"""{pytorch.IMPORTS}import numpy as np

{data}

{pytorch.rows(settings).replace("train.", "few.")}{augment}
net = nn.Sequential(
    nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear({_numbers(train)}, {train.classes}),
)
{pytorch.first_weights(kinds="(nn.Conv2d, nn.Linear)")}
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr={real(settings.lr)})
{training}
{pytorch.EVALUATION}"""


def _keras(settings, train, data):
    height, width = train.X.shape[2:]
    shares = f"{settings.shift} / {height}, {settings.shift} / {width}"
    options = 'fill_mode="constant", interpolation="nearest"'
    augment = f"    keras.layers.RandomTranslation({shares}, {options}),\n" * (settings.shift > 0)
    augment += f"    keras.layers.GaussianNoise({settings.noise:g}),\n" * (settings.noise > 0)
    remark = "    # These layers change the rows while the model trains, and let them pass when it is evaluated.\n"
    return f"""{keras_imports(*keras.loops(settings))}import numpy as np

import mbtutor as mb  # for the data

{data}


def channels_last(X):  # Keras has the channels of a picture last: (n, height, width, channels)
    return np.moveaxis(X, 1, -1)


keras.utils.set_random_seed({settings.seed})
model = keras.Sequential([
    keras.Input(({height}, {width}, 1)),
{remark + augment if augment else ""}{_layers("keras", train)}
])
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.Adam(learning_rate={real(settings.lr)}, epsilon=1e-08),
    metrics=["accuracy"],
)
{keras.training(settings, "few", "channels_last({X})")}
loss, accuracy = model.evaluate(channels_last(val.X), val.y, verbose=0)
print({{"loss": loss, "accuracy": accuracy}})
"""


def _tensorflow(settings, train, data):
    height, width = train.X.shape[2:]
    k = settings.shift
    shift = f"""    around = tf.pad(x, [[{k}, {k}], [{k}, {k}], [0, 0]])  # what comes in from outside is 0
    x = tf.image.random_crop(around, [{height}, {width}, 1])
"""
    noise = f"    x = x + tf.random.normal(tf.shape(x), stddev={settings.noise:g})\n"
    steps = [shift] * (settings.shift > 0) + [noise] * (settings.noise > 0)
    augment = f"\n\ndef augment(x, y):  # one picture\n{''.join(steps)}    return x, y\n\n\n" if steps else ""
    mapped = ".map(augment).batch(" if steps else ".batch("
    rows = tensorflow.rows(settings, "channels_last(few.X)").replace("train", "few").replace(".batch(", mapped)
    first, rest = rows.split("batches =")
    return f"""import numpy as np
{tensorflow.IMPORTS}
{data}


def channels_last(X):  # TensorFlow has the channels of a picture last: (n, height, width, channels)
    return np.moveaxis(X, 1, -1)


{first.rstrip()}{augment or chr(10)}batches ={rest}
model = tf.keras.Sequential([
    tf.keras.Input(({height}, {width}, 1)),
{_layers("tf.keras", train)}
])
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(learning_rate={real(settings.lr)}, epsilon=1e-08)
{tensorflow.UPDATE}{tensorflow.training(settings)}
{tensorflow.EVALUATION.replace("val.X", "channels_last(val.X)")}"""


def _layers(module, train):
    """The lines of the layers, as Keras writes them."""
    conv = f'    {module}.layers.Conv2D({{}}, {{}}, activation="relu", kernel_initializer="he_uniform"),\n'
    pool = f"    {module}.layers.MaxPooling2D(2),\n"
    last = f'    {module}.layers.Dense({train.classes}, kernel_initializer="he_uniform"),'
    return f"{conv.format(8, 5)}{pool}{conv.format(16, 3)}{pool}    {module}.layers.Flatten(),\n{last}"


def _numbers(train):
    """How many numbers the convolutions leave of a picture."""
    height, width = train.X.shape[2:]
    return 16 * (((height - 4) // 2 - 2) // 2) * (((width - 4) // 2 - 2) // 2)
