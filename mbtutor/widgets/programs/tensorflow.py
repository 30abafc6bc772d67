"""The settings of a lab as a program for TensorFlow: a tf.data.Dataset, a GradientTape, and a loop of one's own."""

from .keras import ACTIVATIONS, INITS, OPTIMIZERS
from .text import arguments, decay

IMPORTS = """import tensorflow as tf

import mbtutor as mb  # for the data
"""
LOSSES = {
    "cross-entropy": "loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)\n",
    "mean squared error": """

def loss_of(y, Y):  # 1 for the right class, 0 for the others
    return tf.reduce_mean((Y - tf.one_hot(y, {outputs})) ** 2)


""",
    "squared error of a number": """

def loss_of(y, Y):
    return tf.reduce_mean((Y[:, 0] - tf.cast(y, tf.float32)) ** 2)


""",
}
UPDATE = """

@tf.function  # is compiled once, and runs without Python then
def update(X, y):
    with tf.GradientTape() as tape:
        loss = loss_of(y, model(X, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


"""
EVALUATION = """Y, y = model(tf.constant(val.X, tf.float32)), tf.constant(val.y)
accuracy = tf.reduce_mean(tf.cast(tf.argmax(Y, axis=1) == y, tf.float32))
print({"loss": float(loss_of(y, Y)), "accuracy": float(accuracy)})
"""
OF_A_NUMBER = """Y, y = model(tf.constant(val.X, tf.float32)), tf.constant(val.y)
print({"loss": float(loss_of(y, Y))})
"""


def program(settings, sizes, data):
    """The text of the program. sizes: of the layers, from the inputs to the outputs. data: lines that make the data."""
    name, options = OPTIMIZERS[settings.optimizer]
    options = options | decay(settings)
    return f"""{IMPORTS}
{data}

{rows(settings)}
model = tf.keras.Sequential([
    tf.keras.Input(({sizes[0]},)),
{_layer_lines(settings, sizes)}
])
{LOSSES[settings.loss].format(outputs=sizes[-1])}\
optimizer = tf.keras.optimizers.{name}({arguments(learning_rate=settings.lr, **options)})
{UPDATE}{_stopping(settings) if settings.patience else training(settings)}
{OF_A_NUMBER if settings.for_a_number else EVALUATION}"""


def rows(settings, X="train.X"):
    """The lines that hand out the rows of `train`. X: how its inputs are called."""
    return f"""tf.keras.utils.set_random_seed({settings.seed})
X, y = tf.constant({X}, tf.float32), tf.constant(train.y)
batches = tf.data.Dataset.from_tensor_slices((X, y)).shuffle(len(train)).batch({settings.batch_size})
"""


def training(settings):
    """The loop over the batches of the whole run, each epoch in another order."""
    return f"""for X_batch, y_batch in {_whole_run(settings)}:
    update(X_batch, y_batch)
"""


def _whole_run(settings):
    return f"batches.repeat({settings.amount})" if settings.budget == "epochs" else _so_many(settings.amount)


def _so_many(updates):
    return f"batches.repeat().take({updates})"


def _layer_lines(settings, sizes):
    start, bend = f'kernel_initializer="{INITS[settings.init]}"', f'activation="{ACTIVATIONS[settings.activation]}"'
    drop = f" tf.keras.layers.Dropout({settings.dropout:g})," if settings.dropout else ""
    hidden = [f"    tf.keras.layers.Dense({size}, {bend}, {start}),{drop}" for size in sizes[1:-1]]
    return "\n".join([*hidden, f"    tf.keras.layers.Dense({sizes[-1]}, {start}),"])


def _stopping(settings):
    """The loop with early stopping."""
    return f"""X_val, y_val = tf.constant(val.X, tf.float32), tf.constant(val.y)
lowest, best, waited = float("inf"), model.get_weights(), 0
for number, (X_batch, y_batch) in {_whole_run(settings)}.enumerate(start=1):
    update(X_batch, y_batch)
    if number % {settings.validate_every or "len(batches)"} == 0:  # validate, without dropout
        val_loss = loss_of(y_val, model(X_val))
        if val_loss < lowest:
            lowest, best, waited = val_loss, model.get_weights(), 0
        else:
            waited += 1
        if waited == {settings.patience}:
            break
model.set_weights(best)
"""
