"""An optimizer turns a gradient into an update of the weights.

`step(weights, gradient, state)` returns (step, new state) and changes neither weights nor state: the network subtracts
the step only once everything is known to be finite. (The gradient may be overwritten: it has served its turn.)
All weights of a network stand in one vector, so each rule is a line or two. The formulas and defaults are PyTorch's,
so that a run here can be checked against a run there.
"""

import numpy as np

from . import checks


class Optimizer:
    """Holds the learning rate; `lr` may be changed at any time and counts from the next update on."""

    def __init__(self, lr):
        self.lr = lr

    @property
    def lr(self):
        """The learning rate: how far a step goes along the gradient. Finite, above 0."""
        return self._lr

    @lr.setter
    def lr(self, value):
        self._lr = checks.positive_number("lr", value)

    def __setattr__(self, name, value):
        if not name.endswith("lr") and name in vars(self):  # the state that was started might not fit it
            raise AttributeError(f"{name} of an optimizer cannot be changed; make a new one and compile again")
        super().__setattr__(name, value)

    def start(self, weights):
        """The state before the first update: a dict of vectors like `weights`, and whole numbers."""
        return {}

    def step(self, weights, gradient, state):
        raise NotImplementedError

    def settings(self):
        """Its name and options as plain values: what a checkpoint remembers."""
        return {"name": type(self).__name__, **{name.lstrip("_"): value for name, value in vars(self).items()}}

    def __repr__(self):
        name, *options = self.settings().items()
        return f"{name[1]}({', '.join(f'{option}={value}' for option, value in options if value)})"


class SGD(Optimizer):
    """Stochastic gradient descent: step = lr g.

    momentum m > 0 (Polyak 1964): v = m v + g, step = lr v. nesterov (Nesterov 1983): step = lr (g + m v).
    weight_decay d: g becomes g + d w, which pulls every weight towards 0.
    """

    def __init__(self, lr, momentum=0.0, nesterov=False, weight_decay=0.0):
        super().__init__(lr)
        self.momentum = checks.number("momentum", momentum, 0, 1)
        self.nesterov = bool(nesterov)
        self.weight_decay = _decay(weight_decay)
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov=True needs momentum above 0, e.g. momentum=0.9; got momentum=0")

    def start(self, weights):
        return {"velocity": np.zeros_like(weights)} if self.momentum else {}

    def step(self, weights, gradient, state):
        if self.weight_decay:
            gradient = gradient + self.weight_decay * weights
        if not self.momentum:
            return np.multiply(gradient, self.lr, out=gradient), {}
        velocity = self.momentum * state["velocity"] + gradient
        direction = gradient + self.momentum * velocity if self.nesterov else velocity
        return self.lr * direction, {"velocity": velocity}


class RMSProp(Optimizer):
    """Divides each gradient by its recent size: s = decay s + (1 - decay) g², step = lr g / (sqrt(s) + eps).

    Tieleman and Hinton (2012), lecture 6.5.
    """

    def __init__(self, lr=0.001, decay=0.99, eps=1e-8):
        super().__init__(lr)
        self.decay = checks.number("decay", decay, 0, 1)
        self.eps = checks.positive_number("eps", eps)

    def start(self, weights):
        return {"square": np.zeros_like(weights)}

    def step(self, weights, gradient, state):
        square = self.decay * state["square"] + (1 - self.decay) * gradient**2
        return self.lr * gradient / (np.sqrt(square) + self.eps), {"square": square}


class Adam(Optimizer):
    """Momentum and RMSProp together, both corrected for starting at 0 (Kingma and Ba 2015, algorithm 1)."""

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(lr)
        self.beta1 = checks.number("beta1", beta1, 0, 1)
        self.beta2 = checks.number("beta2", beta2, 0, 1)
        self.eps = checks.positive_number("eps", eps)

    def start(self, weights):
        return {"count": 0, "mean": np.zeros_like(weights), "square": np.zeros_like(weights)}

    def step(self, weights, gradient, state):
        count = state["count"] + 1
        mean = self.beta1 * state["mean"] + (1 - self.beta1) * gradient
        square = self.beta2 * state["square"] + (1 - self.beta2) * gradient**2
        size = np.sqrt(square / (1 - self.beta2**count)) + self.eps
        step = self.lr / (1 - self.beta1**count) * mean / size
        return step, {"count": count, "mean": mean, "square": square}


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: step = Adam's step + lr d w (Loshchilov and Hutter 2019)."""

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        super().__init__(lr, beta1, beta2, eps)
        self.weight_decay = _decay(weight_decay)

    def step(self, weights, gradient, state):
        step, state = super().step(weights, gradient, state)
        return step + self.lr * self.weight_decay * weights, state


def _decay(value):
    return checks.number("weight_decay", value, low=0)
