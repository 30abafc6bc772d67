"""The settings of a lab as a program for Keras."""

from .text import arguments, decay, keras_imports

OPTIMIZERS = {
    "SGD": ("SGD", {}),
    "SGD with momentum": ("SGD", {"momentum": 0.9}),
    "Nesterov momentum": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "RMSProp": ("RMSprop", {"rho": 0.99, "epsilon": 1e-08}),
    "Adam": ("Adam", {"epsilon": 1e-08}),
    "AdamW": ("AdamW", {"weight_decay": 0.01, "epsilon": 1e-08}),
}
ACTIVATIONS = {"ReLU": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid"}
INITS = {"He uniform": "he_uniform", "all zero": "zeros"}
# The loss, and the answers as it takes them: class numbers, or 1 for the right class and 0 for the others.
LOSSES = {
    "cross-entropy": ("keras.losses.SparseCategoricalCrossentropy(from_logits=True)", "{y}"),
    "mean squared error": ("keras.losses.MeanSquaredError()", "keras.utils.to_categorical({y}, {outputs})"),
    "squared error of a number": ("keras.losses.MeanSquaredError()", "{y}"),
}
LAST = 'print({"loss": loss, "accuracy": accuracy})\n'
OF_A_NUMBER = 'print({"loss": loss})\n'


def program(settings, sizes, data):
    """The text of the program. sizes: of the layers, from the inputs to the outputs. data: lines that make the data."""
    name, options = OPTIMIZERS[settings.optimizer]
    loss, _ = LOSSES[settings.loss]
    options = options | decay(settings)
    found, metrics = ("loss", "") if settings.for_a_number else ("loss, accuracy", '    metrics=["accuracy"],\n')
    return f"""{keras_imports(*loops(settings, settings.patience))}
import mbtutor as mb  # for the data

{data}

keras.utils.set_random_seed({settings.seed})
model = keras.Sequential([
    keras.Input(({sizes[0]},)),
{_layer_lines(settings, sizes)}
])
model.compile(
    loss={loss},
    optimizer=keras.optimizers.{name}({arguments(learning_rate=settings.lr, **options)}),
{metrics})
{_training(settings, sizes[-1])}
{found} = model.evaluate(val.X, {_answers(settings, "val.y", sizes[-1])}, verbose=0)
{OF_A_NUMBER if settings.for_a_number else LAST}"""


def _layer_lines(settings, sizes):
    start, bend = f'kernel_initializer="{INITS[settings.init]}"', f'activation="{ACTIVATIONS[settings.activation]}"'
    drop = f" keras.layers.Dropout({settings.dropout:g})," if settings.dropout else ""
    hidden = [f"    keras.layers.Dense({size}, {bend}, {start}),{drop}" for size in sizes[1:-1]]
    return "\n".join([*hidden, f"    keras.layers.Dense({sizes[-1]}, {start}),"])


def _training(settings, outputs):
    if settings.patience:
        return _stopping(settings, outputs)
    return training(settings, y=LOSSES[settings.loss][1], outputs=outputs)


def loops(settings, counted=False):
    """The modules that the training of these settings needs. counted: whether it goes batch by batch in any case."""
    return ["itertools"] if settings.budget == "updates" or counted else []


def training(settings, rows="train", X="{X}", y="{y}", outputs=None):
    """The lines that train on `rows`. X, y: how the model takes inputs and answers, with {X} and {y} in them."""
    if settings.budget == "epochs":
        X, y = X.format(X=f"{rows}.X"), y.format(y=f"{rows}.y", outputs=outputs)
        return f"model.fit({X}, {y}, batch_size={settings.batch_size}, epochs={settings.amount}, verbose=0)"
    return by_batch(settings, settings.amount, rows, X.format(X="X_batch"), y.format(y="y_batch", outputs=outputs))


def by_batch(settings, updates, rows="train", X="X_batch", y="y_batch", more=""):
    """The loop over so many batches. more: options of the MiniBatches."""
    return f"""batches = mb.MiniBatches({rows}, batch_size={settings.batch_size}, seed={settings.seed}{more})
epochs = itertools.chain.from_iterable(itertools.repeat(batches))  # batch after batch, epoch after epoch
for X_batch, y_batch in itertools.islice(epochs, {updates}):
    model.train_on_batch({X}, {y})"""


def _stopping(settings, outputs):
    """The loop with early stopping; keras.callbacks.EarlyStopping does it where validations are counted in epochs."""
    updates = settings.amount if settings.budget == "updates" else f"{settings.amount} * len(batches)"
    found = "val_loss" if settings.for_a_number else "val_loss, _"
    return f"""batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed={settings.seed})
epochs = itertools.chain.from_iterable(itertools.repeat(batches))  # batch after batch, epoch after epoch
lowest, best, waited = float("inf"), model.get_weights(), 0
for number, (X_batch, y_batch) in enumerate(itertools.islice(epochs, {updates}), start=1):
    model.train_on_batch(X_batch, {_answers(settings, "y_batch", outputs)})
    if number % {settings.validate_every or "len(batches)"} == 0:
        {found} = model.evaluate(val.X, {_answers(settings, "val.y", outputs)}, verbose=0)
        if val_loss < lowest:
            lowest, best, waited = val_loss, model.get_weights(), 0
        else:
            waited += 1
        if waited == {settings.patience}:
            break
model.set_weights(best)"""


def _answers(settings, y, outputs):
    return LOSSES[settings.loss][1].format(y=y, outputs=outputs)
