"""The settings of a lab as a program for PyTorch."""

from .text import arguments, layer_lines

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
{layer_lines(sizes, "nn.Linear", ACTIVATIONS[settings.activation])}
)
for layer in net:
    if isinstance(layer, nn.Linear):
        {INITS[settings.init]}
        nn.init.zeros_(layer.bias)

{LOSSES[settings.loss].format(outputs=sizes[-1])}
optimizer = torch.optim.{name}(net.parameters(), {arguments(lr=settings.lr, **options)})

epochs = itertools.chain.from_iterable(itertools.repeat(loader))  # batch after batch, epoch after epoch
for X_batch, y_batch in itertools.islice(epochs, {updates}):
    optimizer.zero_grad()
    loss = loss_of(net(X_batch), y_batch)
    loss.backward()
    optimizer.step()

with torch.no_grad():
    Y, y = net(torch.tensor(val.X, dtype=torch.float32)), torch.tensor(val.y)
print({{"loss": loss_of(Y, y).item(), "accuracy": (Y.argmax(1) == y).double().mean().item()}})
"""
