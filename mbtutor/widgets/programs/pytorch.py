"""The settings of a lab as a program for PyTorch."""

from .text import arguments, decay, layer_lines

OPTIMIZERS = {
    "SGD": ("SGD", {}),
    "SGD with momentum": ("SGD", {"momentum": 0.9}),
    "Nesterov momentum": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "RMSProp": ("RMSprop", {}),
    "Adam": ("Adam", {}),
    "AdamW": ("AdamW", {}),
}
ACTIVATIONS = {"ReLU": "nn.ReLU()", "Tanh": "nn.Tanh()", "Sigmoid": "nn.Sigmoid()"}
INITS = {
    "He uniform": 'nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")',
    "all zero": "nn.init.zeros_(layer.weight)",
}
LOSSES = {
    "cross-entropy": "loss_of = nn.CrossEntropyLoss()",
    "mean squared error": """def loss_of(Y, y):  # 1 for the right class, 0 for the others
    return nn.functional.mse_loss(Y, nn.functional.one_hot(y, {outputs}).float())

""",
    "squared error of a number": """def loss_of(Y, y):
    return nn.functional.mse_loss(Y[:, 0], y.float())

""",
}
IMPORTS = """import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import mbtutor as mb  # for the data alone
"""
UPDATE = """    optimizer.zero_grad()
    loss = loss_of(net(X_batch), y_batch)
    loss.backward()
    optimizer.step()
"""
EVALUATION = """with torch.no_grad():
    Y, y = net(torch.tensor(val.X, dtype=torch.float32)), torch.tensor(val.y)
print({"loss": loss_of(Y, y).item(), "accuracy": (Y.argmax(1) == y).double().mean().item()})
"""
OF_A_NUMBER = EVALUATION.replace(', "accuracy": (Y.argmax(1) == y).double().mean().item()', "")


def program(settings, sizes, data):
    """The text of the program. sizes: of the layers, from the inputs to the outputs. data: lines that make the data."""
    name, options = OPTIMIZERS[settings.optimizer]
    options, drop = options | decay(settings), f"nn.Dropout({settings.dropout:g})" if settings.dropout else ""
    return f"""{IMPORTS}
{data}

{rows(settings)}
net = nn.Sequential(
{layer_lines(sizes, "nn.Linear", ACTIVATIONS[settings.activation], drop)}
)
{first_weights(INITS[settings.init])}
{LOSSES[settings.loss].format(outputs=sizes[-1])}
optimizer = torch.optim.{name}(net.parameters(), {arguments(lr=settings.lr, **options)})
{_stopping(settings) if settings.patience else training(settings)}
{"net.eval()  # dropout off" + chr(10) if drop else ""}{OF_A_NUMBER if settings.for_a_number else EVALUATION}"""


def rows(settings, more=""):
    """The lines that hand out the rows of `train`. more: options of the DataLoader."""
    return f"""torch.manual_seed({settings.seed})
X, y = torch.tensor(train.X, dtype=torch.float32), torch.tensor(train.y)
loader = DataLoader(TensorDataset(X, y), batch_size={settings.batch_size}, shuffle=True{more})
"""


def first_weights(init=INITS["He uniform"], kinds="nn.Linear"):
    """The lines that draw the first weights as the lab does; PyTorch's own are smaller."""
    return f"""for layer in net:
    if isinstance(layer, {kinds}):
        {init}
        nn.init.zeros_(layer.bias)
"""


def training(settings):
    """The loop over the batches of the whole run."""
    return f"""
epochs = itertools.chain.from_iterable(itertools.repeat(loader))  # batch after batch, epoch after epoch
for X_batch, y_batch in itertools.islice(epochs, {_updates(settings)}):
{UPDATE}"""


def _updates(settings):
    return settings.amount if settings.budget == "updates" else f"{settings.amount} * len(loader)"


def _stopping(settings):
    """The loop with early stopping."""
    return f"""
X_val, y_val = torch.tensor(val.X, dtype=torch.float32), torch.tensor(val.y)
lowest, best, waited = float("inf"), None, 0
epochs = itertools.chain.from_iterable(itertools.repeat(loader))  # batch after batch, epoch after epoch
for number, (X_batch, y_batch) in enumerate(itertools.islice(epochs, {_updates(settings)}), start=1):
{UPDATE}    if number % {settings.validate_every or "len(loader)"} == 0:  # validate, without dropout
        net.eval()
        with torch.no_grad():
            val_loss = loss_of(net(X_val), y_val).item()
        net.train()
        if val_loss < lowest:
            lowest, best, waited = val_loss, {{name: w.clone() for name, w in net.state_dict().items()}}, 0
        else:
            waited += 1
        if waited == {settings.patience}:
            break
if best:
    net.load_state_dict(best)
"""
