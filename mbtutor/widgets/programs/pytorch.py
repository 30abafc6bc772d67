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
}


def program(settings, sizes, data):
    """The text of the program. sizes: of the layers, from the inputs to the outputs. data: lines that make the data."""
    name, options = OPTIMIZERS[settings.optimizer]
    updates = settings.amount if settings.budget == "updates" else f"{settings.amount} * len(loader)"
    options, drop = options | decay(settings), f"nn.Dropout({settings.dropout:g})" if settings.dropout else ""
    before, inside, after = _stopping(settings) if settings.patience else ("", "", "")
    return f"""import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import mbtutor as mb  # for the data alone

{data}

torch.manual_seed({settings.seed})
X, y = torch.tensor(train.X, dtype=torch.float32), torch.tensor(train.y)
loader = DataLoader(TensorDataset(X, y), batch_size={settings.batch_size}, shuffle=True)

net = nn.Sequential(
{layer_lines(sizes, "nn.Linear", ACTIVATIONS[settings.activation], drop)}
)
for layer in net:
    if isinstance(layer, nn.Linear):
        {INITS[settings.init]}
        nn.init.zeros_(layer.bias)

{LOSSES[settings.loss].format(outputs=sizes[-1])}
optimizer = torch.optim.{name}(net.parameters(), {arguments(lr=settings.lr, **options)})
{before}
epochs = itertools.chain.from_iterable(itertools.repeat(loader))  # batch after batch, epoch after epoch
for {"number, (X_batch, y_batch)" if before else "X_batch, y_batch"} in {_counted(before, updates)}:
    optimizer.zero_grad()
    loss = loss_of(net(X_batch), y_batch)
    loss.backward()
    optimizer.step()
{inside}
{after}{"net.eval()  # dropout off" + chr(10) if drop else ""}with torch.no_grad():
    Y, y = net(torch.tensor(val.X, dtype=torch.float32)), torch.tensor(val.y)
print({{"loss": loss_of(Y, y).item(), "accuracy": (Y.argmax(1) == y).double().mean().item()}})
"""


def _counted(counted, updates):
    """The batches of the whole run; where they are counted, each with its number."""
    batches = f"itertools.islice(epochs, {updates})"
    return f"enumerate({batches}, start=1)" if counted else batches


def _stopping(settings):
    """Early stopping: the lines (before the loop, inside it, after it)."""
    before = """
X_val, y_val = torch.tensor(val.X, dtype=torch.float32), torch.tensor(val.y)
lowest, best, waited = float("inf"), None, 0
"""
    inside = f"""    if number % {settings.validate_every or "len(loader)"} == 0:  # validate, without dropout
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
"""
    return before, inside, "if best:\n    net.load_state_dict(best)\n"
