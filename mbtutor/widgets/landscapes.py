"""What the labs of paths walk in: a loss of two weights, drawn whole, and those who walk there."""

from dataclasses import dataclass, field

import numpy as np

from ..datasets.dataset import as_dataset
from ..evaluation import evaluate
from ..experiments import loss_grid
from ..layers import Dense
from ..network import Network, NotFinite
from ..optimizers import SGD
from ..training import TrainingDiverged

WIDTH, HEIGHT = 3.4, 2.2  # of the part of the landscape that is seen, in weights
COLUMNS, ROWS = 41, 27  # where the loss is computed to draw it


class Landscape:
    """The mean squared error of the answers w x + b, over all rows of `data`, for every w and b in a window.

    data: a Dataset of one column x and one number y a row. The window has the lowest loss in its middle.
    """

    def __init__(self, data):
        self.data = _one_column(data)
        x, y = self.data.X[:, 0], self.data.y
        self.lowest = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0]
        w, b = self.lowest
        self.first = np.linspace(w - WIDTH / 2, w + WIDTH / 2, COLUMNS)
        self.second = np.linspace(b - HEIGHT / 2, b + HEIGHT / 2, ROWS)
        self.losses = loss_grid(self.network(self.lowest), self.data, self.first, self.second)

    @property
    def corner(self):
        """A place to start from, far from the lowest loss but well within the window."""
        return round(self.first[0] + 0.91 * WIDTH, 1), round(self.second[0] + 0.055 * HEIGHT, 1)

    def within(self, start):
        """Return (w, b) if the window holds it; a ValueError says how far it goes."""
        ends = self.first[[0, -1]], self.second[[0, -1]]
        if np.shape(start) != (2,) or not all(_between(value, *end) for value, end in zip(start, ends)):
            (left, right), (bottom, top) = ends
            raise ValueError(
                f"start must be (w, b) with w from {left:.2f} to {right:.2f} and b from {bottom:.2f} to {top:.2f}; "
                f"got {start!r}"
            )
        return tuple(start)

    def network(self, weights, optimizer=None):
        """A network with these two weights, compiled."""
        net = Network([Dense(1, 1)])
        net.weights = weights
        net.compile("mean_squared_error", optimizer or SGD(lr=0.1))
        return net

    def loss(self, weights):
        """The loss over all rows at these two weights; infinity where it is too large to compute with."""
        try:
            return evaluate(self.network(weights), self.data)["loss"]
        except NotFinite:
            return np.inf


@dataclass
class Walker:
    """One who walks. style: how its path is drawn. training: what mb.train returned for it, which it asks for updates.

    points: the pairs of weights it has been at, the start first. rows_used: by its updates so far.
    """

    label: str
    style: int
    training: object
    points: list = field(default_factory=list)
    rows_used: int = 0
    fell: str = ""  # why it could not go on

    def step(self):
        """Make one update, if it still can. The first step is the start itself."""
        if self.fell:
            return
        try:
            update = next(self.training, None)
        except TrainingDiverged as error:
            self.fell, update = str(error), None
        if update is not None:
            self.points.append(self.training.net.weights.copy())
            self.rows_used = update.examples

    @property
    def path(self):
        """(style, points (k, 2)) as figures.valley takes it."""
        return self.style, np.array(self.points)

    @property
    def updates(self):
        """How many updates it has made."""
        return len(self.points) - 1


def _between(value, low, high):
    return isinstance(value, (int, float)) and low <= value <= high


def _one_column(data):
    data = as_dataset(data)
    if not isinstance(data.X, np.ndarray):
        raise ValueError("data must be in memory for this lab, not a memory map; give it mb.Dataset(X[:], y)")
    if data.X.shape[1:] != (1,) or data.y.ndim != 1:
        raise ValueError(
            "data must have one column and one number to hit a row, such as mb.Dataset(x[:, None], y); "
            f"got X of shape {data.X.shape} and y of shape {data.y.shape}"
        )
    if np.ptp(data.X) == 0:
        raise ValueError(f"data must have a column that varies; it is {data.X[0, 0]:g} in every row")
    return data
