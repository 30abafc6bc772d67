"""A network of this package, with its loss and optimizer, as each framework writes them."""

import re

from ...layers import Dense, Dropout, Flatten, ReLU, Sigmoid, Tanh
from ...optimizers import SGD, Adam, AdamW, RMSProp
from . import keras, pytorch, tensorflow
from .text import arguments

# What each layer is called: (in PyTorch, in Keras), with its attributes.
LAYERS = {
    Dense: ("nn.Linear({inputs}, {outputs})", 'Dense({outputs}, kernel_initializer="he_uniform")'),
    ReLU: ("nn.ReLU()", "ReLU()"),
    Tanh: ("nn.Tanh()", 'Activation("tanh")'),
    Sigmoid: ("nn.Sigmoid()", 'Activation("sigmoid")'),
    Dropout: ("nn.Dropout({rate})", "Dropout({rate})"),
    Flatten: ("nn.Flatten()", "Flatten()"),
}
LOSSES = {"cross_entropy": "cross-entropy", "one_hot_squared_error": "mean squared error"}


def untranslated(net):
    """What of the network these programs do not say in a framework, in words; empty where they say it all."""
    missing = [repr(layer) for layer in net.layers if type(layer) not in LAYERS]
    missing += [] if net.loss.name in LOSSES else [f"the loss {net.loss.name}"]
    if type(net.optimizer) is SGD and net.optimizer.weight_decay and net.optimizer.momentum:
        missing += ["weight decay with momentum"]  # in Keras it is another algorithm
    return " and ".join(missing)


def mbtutor_layers(net):
    """The lines that make a list of the layers of this package."""
    lines = (re.sub(r"\b([A-Z]\w*)\(", r"mb.\1(", repr(layer)) for layer in net.layers)
    return "layers = [\n" + "".join(f"    {line},\n" for line in lines) + "]"


def mbtutor_optimizer(net):
    """The optimizer of this package, with a learning rate called lr."""
    return "mb." + re.sub(r"\(lr=[^,)]*", "(lr=lr", repr(net.optimizer))


def pytorch_layers(net):
    """One indented line a layer."""
    return "\n".join(f"    {LAYERS[type(layer)][0].format(**_numbers(layer))}," for layer in net.layers)


def keras_layers(net, module):
    """One indented line a layer. module: "keras" or "tf.keras"."""
    return "\n".join(f"    {module}.layers.{LAYERS[type(layer)][1].format(**_numbers(layer))}," for layer in net.layers)


def pytorch_optimizer(net):
    """The optimizer of the weights of `net`, with a learning rate called lr."""
    name, options = _options(net.optimizer, 0)
    return f"torch.optim.{name}(net.parameters(), {arguments(lr='lr', **options)})"


def keras_optimizer(net, module):
    """The optimizer, with a learning rate called lr. module: "keras" or "tf.keras"."""
    name, options = _options(net.optimizer, 1)
    return f"{module}.optimizers.{name}({arguments(learning_rate='lr', **options)})"


def pytorch_loss(net):
    """The line or the function that names the loss."""
    return pytorch.LOSSES[LOSSES[net.loss.name]].format(outputs=_outputs(net))


def keras_loss(net):
    """(the loss, how the answers are written for it, with {y} in it)."""
    loss, answers = keras.LOSSES[LOSSES[net.loss.name]]
    return loss, answers.replace("{outputs}", str(_outputs(net)))


def tensorflow_loss(net):
    """The line or the function that names the loss."""
    return tensorflow.LOSSES[LOSSES[net.loss.name]].format(outputs=_outputs(net))


def _numbers(layer):
    return {name: value for name, value in vars(layer).items() if isinstance(value, (int, float))}


def _outputs(net):
    return net.output_shape(None)[-1]


def _options(optimizer, place):
    """(name, options) of the optimizer: place 0 as PyTorch has them, 1 as Keras has them."""
    told = {name: value for name, value in vars(optimizer).items() if name in ("momentum", "nesterov", "weight_decay")}
    told = {name: value for name, value in told.items() if value}
    if isinstance(optimizer, SGD):
        return "SGD", told
    if isinstance(optimizer, RMSProp):
        decay, eps = optimizer.decay, optimizer.eps
        return "RMSprop", {"alpha": decay, "eps": eps} if place == 0 else {"rho": decay, "epsilon": eps}
    betas, eps = (optimizer.beta1, optimizer.beta2), optimizer.eps
    rest = {"betas": betas, "eps": eps} if place == 0 else {"beta_1": betas[0], "beta_2": betas[1], "epsilon": eps}
    return "AdamW" if isinstance(optimizer, AdamW) else Adam.__name__, rest | told
