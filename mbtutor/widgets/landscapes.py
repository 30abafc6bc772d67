"""What the labs of paths walk in: a loss of two weights, drawn whole, and those who walk there."""

from dataclasses import dataclass, field

import numpy as np

from .. import figures
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

    data: a Dataset of one column x and one number y a row. The window has the lowest loss in its middle. Places in it
    are pairs (w, b) or, where relative=True, how far w and b are from those of the lowest loss.
    """

    def __init__(self, data, relative=False):
        self.data = _one_column(data)
        x, y = self.data.X[:, 0], self.data.y
        columns = np.column_stack([x, np.ones(len(x))])
        best = np.linalg.lstsq(columns, y, rcond=None)[0]
        self._curvature = columns.T @ columns / len(x)
        self.origin = best if relative else np.zeros(2)
        self.lowest = w, b = best - self.origin
        self.names = tuple(f"{name}, from the lowest" for name in figures.AXES) if relative else figures.AXES
        self.first = np.linspace(w - WIDTH / 2, w + WIDTH / 2, COLUMNS)
        self.second = np.linspace(b - HEIGHT / 2, b + HEIGHT / 2, ROWS)
        grid = self.first + self.origin[0], self.second + self.origin[1]
        self.losses = loss_grid(self.network(self.lowest), self.data, *grid)

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

    def network(self, place, optimizer=None):
        """A network whose two weights are those of that place, compiled."""
        net = Network([Dense(1, 1)])
        net.weights = np.add(place, self.origin)
        net.compile("mean_squared_error", optimizer or SGD(lr=0.1))
        return net

    def loss(self, place):
        """The loss over all rows at that place; infinity where it is too large to compute with."""
        try:
            return evaluate(self.network(place), self.data)["loss"]
        except NotFinite:
            return np.inf

    def above_lowest(self, places):
        """By how much the loss at these places (k, 2) lies above the lowest, (k,): a quadratic form of the way."""
        way = np.subtract(places, self.lowest)
        with np.errstate(over="ignore", invalid="ignore"):  # far beyond any picture
            return np.einsum("ki,ij,kj->k", way, self._curvature, way)


@dataclass
class Walker:
    """One who walks. style: how its path is drawn. training: what mb.train returned for it, which it asks for updates.

    origin: of the Landscape. points: the places it has been at, the start first. rows_used: by its updates so far.
    """

    label: str
    style: int
    training: object
    origin: np.ndarray
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
            self.points.append(self.training.net.weights - self.origin)
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
