"""What a learner can set for a run, and the network and optimizer that follow from it."""

from dataclasses import dataclass

from .. import checks
from ..layers import Dense, Dropout, ReLU, Sigmoid, Tanh
from ..network import Network
from ..optimizers import SGD, Adam, AdamW, RMSProp

# What the labs call it, and what it is here; programs/ says what it is in each framework.
OPTIMIZERS = {
    "SGD": (SGD, {}),
    "SGD with momentum": (SGD, {"momentum": 0.9}),
    "Nesterov momentum": (SGD, {"momentum": 0.9, "nesterov": True}),
    "RMSProp": (RMSProp, {}),
    "Adam": (Adam, {}),
    "AdamW": (AdamW, {}),
}
ACTIVATIONS = {"ReLU": ReLU, "Tanh": Tanh, "Sigmoid": Sigmoid}
LOSSES = {"cross-entropy": "cross_entropy", "mean squared error": "one_hot_squared_error"}
OF_NUMBERS = {"squared error of a number": "mean_squared_error"}  # for one number to be hit, and no classes
ALL_LOSSES = LOSSES | OF_NUMBERS
HE, ZERO = "He uniform", "all zero"
INITS = (HE, ZERO)


@dataclass(frozen=True)
class Settings:
    """What the learner chose. budget is "epochs" or "updates", amount how many of them.

    Raises ValueError for a name that is in no menu, and for a learning rate or a seed that cannot be.
    """

    batch_size: int
    lr: float
    optimizer: str
    hidden: int  # units in each hidden layer
    budget: str
    amount: int
    seed: int
    hidden_layers: int = 1
    activation: str = "ReLU"
    init: str = HE
    loss: str = "cross-entropy"
    weight_decay: float = 0.0  # for SGD and AdamW alone
    dropout: float = 0.0  # after each hidden layer
    patience: int | None = None  # validations without a lower loss that end the run; None: it is not ended
    validate_every: int | None = None  # updates between two of these validations; None: an epoch

    known_losses = tuple(LOSSES)

    def __post_init__(self):
        checks.positive_number("lr", self.lr)
        checks.whole_number("seed", self.seed, minimum=0)
        checks.choice("optimizer", self.optimizer, tuple(OPTIMIZERS))
        checks.choice("activation", self.activation, tuple(ACTIVATIONS))
        checks.choice("init", self.init, INITS)
        checks.choice("loss", self.loss, self.known_losses)

    @property
    def for_a_number(self):
        """Whether one number is to be hit, instead of a class named."""
        return self.loss in OF_NUMBERS

    def sizes(self, inputs, outputs):
        """How many numbers go into the network, come out of each hidden layer, and come out at the end."""
        return [inputs, *[self.hidden] * self.hidden_layers, outputs]

    def make_network(self, inputs, outputs):
        """The untrained network, compiled."""
        *hidden, last = _pairs(self.sizes(inputs, outputs))
        drop = (Dropout(self.dropout),) if self.dropout else ()
        layers = [layer for pair in hidden for layer in (Dense(*pair), ACTIVATIONS[self.activation](), *drop)]
        net = Network([*layers, Dense(*last)], seed=self.seed)
        if self.init == ZERO:
            net.weights[...] = 0
        net.compile(ALL_LOSSES[self.loss], self.make_optimizer())
        return net

    def make_optimizer(self):
        """The optimizer object of these settings."""
        kind, options = OPTIMIZERS[self.optimizer]
        more = {"weight_decay": self.weight_decay} if self.weight_decay else {}
        return kind(lr=self.lr, **options, **more)


def _pairs(sizes):
    """(inputs, outputs) of each Dense layer."""
    return list(zip(sizes, sizes[1:]))
