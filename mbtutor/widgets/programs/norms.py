"""The settings of the batch norm lab as programs: one network, asked for the validation rows in both modes."""

from . import keras, pytorch, tensorflow
from .text import arguments, keras_imports, made, real


def norm_programs(settings, train, drop_last):
    """{framework: text} of the program that makes the run of these NormSettings. drop_last: of each epoch."""
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    return {name: maker(settings, train, drop_last) for name, maker in makers.items()}


def _mbtutor(settings, train, drop_last):
    inputs, hidden = train.X[0].size, settings.hidden
    norm = f" mb.BatchNorm({hidden}, momentum={settings.momentum:g})," if settings.norm else ""
    last = ", drop_last=True" if drop_last else ""
    own = """own = mb.experiments.by_own_batches(net, val, batches.batch_size)
print({**mb.evaluate(net, val), "own loss": float(own[0]), "own accuracy": float(own[1])})
"""
    return f"""import mbtutor as mb

{made(train)}
batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed={settings.seed}{last})
layers = [mb.Flatten(), mb.Dense({inputs}, {hidden}),{norm} mb.ReLU(), mb.Dense({hidden}, {train.classes})]
net = mb.Network(layers, seed={settings.seed})
net.compile(loss="cross_entropy", optimizer=mb.Adam({arguments(lr=settings.lr)}))
history = mb.fit(net, batches, {settings.budget}={settings.amount}, validation=val)
{own if settings.norm else "print(mb.evaluate(net, val))" + chr(10)}"""


def _pytorch(settings, train, drop_last):
    inputs, hidden = train.X[0].size, settings.hidden
    norm = f" nn.BatchNorm1d({hidden}, momentum={settings.momentum:g})," if settings.norm else ""
    own = f"""
val_rows = TensorDataset(torch.tensor(val.X, dtype=torch.float32), torch.tensor(val.y))
own = list(DataLoader(val_rows, batch_size={settings.batch_size}, shuffle=True))
own = [(X, y) for X, y in own if len(y) > 1]  # a row by itself has no deviation
net.train()  # each batch is normalised by its own mean and deviation
with torch.no_grad():
    Y, y = torch.cat([net(X) for X, _ in own]), torch.cat([y for _, y in own])
reached |= {{"own loss": loss_of(Y, y).item(), "own accuracy": (Y.argmax(1) == y).double().mean().item()}}
print(reached)
"""
    evaluation = pytorch.EVALUATION.replace("print({", "reached = {").replace("})", "}") if settings.norm else ""
    return f"""{pytorch.IMPORTS}
{made(train)}

{pytorch.rows(settings, ", drop_last=True" if drop_last else "")}
net = nn.Sequential(nn.Flatten(), nn.Linear({inputs}, {hidden}),{norm} nn.ReLU(), nn.Linear({hidden}, {train.classes}))
{pytorch.first_weights()}
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr={real(settings.lr)})
{pytorch.training(settings)}
net.eval()  # normalised by the running mean and deviation
{evaluation + own if settings.norm else pytorch.EVALUATION}"""


def _keras(settings, train, drop_last):
    own = f"""
own = [batch for batch in mb.MiniBatches(val, {settings.batch_size}) if len(batch) > 1]  # one row has no deviation
# Each batch is normalised by its own mean and deviation.
Y = np.concatenate([keras.ops.convert_to_numpy(model(batch.X, training=True)) for batch in own])
y = np.concatenate([batch.y for batch in own])
own_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, Y)
reached |= {{"own loss": float(own_loss), "own accuracy": float(np.mean(Y.argmax(axis=1) == y))}}
print(reached)
"""
    last = 'reached = {"loss": loss, "accuracy": accuracy}\n' + own if settings.norm else keras.LAST
    modules, train_it = keras.loops(settings), keras.training(settings)
    if drop_last:
        updates = settings.amount if settings.budget == "updates" else f"{settings.amount} * len(batches)"
        modules, train_it = ["itertools"], keras.by_batch(settings, updates, more=", drop_last=True")
    return f"""{keras_imports(*modules)}{"import numpy as np" + chr(10) if settings.norm else ""}
import mbtutor as mb  # for the data

{made(train)}

keras.utils.set_random_seed({settings.seed})
model = keras.Sequential([
    keras.Input({train.X.shape[1:]}),
{_layers("keras", settings, train)}
])
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.Adam(learning_rate={real(settings.lr)}, epsilon=1e-08),
    metrics=["accuracy"],
)
{train_it}
loss, accuracy = model.evaluate(val.X, val.y, verbose=0)  # normalised by the running mean and deviation
{last}"""


def _tensorflow(settings, train, drop_last):
    own = f"""
val_rows = tf.data.Dataset.from_tensor_slices((tf.constant(val.X, tf.float32), val.y)).shuffle(len(val))
own = [(X, y) for X, y in val_rows.batch({settings.batch_size}) if len(y) > 1]  # one row has no deviation
# Each batch is normalised by its own mean and deviation.
Y, y = tf.concat([model(X, training=True) for X, _ in own], axis=0), tf.concat([y for _, y in own], axis=0)
accuracy = tf.reduce_mean(tf.cast(tf.argmax(Y, axis=1) == y, tf.float32))
reached |= {{"own loss": float(loss_of(y, Y)), "own accuracy": float(accuracy)}}
print(reached)
"""
    rows = tensorflow.rows(settings)
    if drop_last:
        rows = rows.replace(f"batch({settings.batch_size})", f"batch({settings.batch_size}, drop_remainder=True)")
    evaluation = tensorflow.EVALUATION.replace("print({", "reached = {").replace("})", "}")
    return f"""{tensorflow.IMPORTS}
{made(train)}

{rows}
model = tf.keras.Sequential([
    tf.keras.Input({train.X.shape[1:]}),
{_layers("tf.keras", settings, train)}
])
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(learning_rate={real(settings.lr)}, epsilon=1e-08)
{tensorflow.UPDATE}{tensorflow.training(settings)}
# Normalised by the running mean and deviation:
{evaluation + own if settings.norm else tensorflow.EVALUATION}"""


def _layers(module, settings, train):
    """The lines of the layers, as Keras writes them; its momentum is the share of what was before."""
    lines = ["Flatten()", f'Dense({settings.hidden}, kernel_initializer="he_uniform")']
    lines += [f"BatchNormalization(momentum={1 - settings.momentum:g}, epsilon=1e-05)"] if settings.norm else []
    lines += ["ReLU()", f'Dense({train.classes}, kernel_initializer="he_uniform")']
    return "\n".join(f"    {module}.layers.{line}," for line in lines)
