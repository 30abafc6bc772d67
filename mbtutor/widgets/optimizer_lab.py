"""The lab of lesson A2: six optimizers set out from one place of a valley, whose shape can be chosen."""

import numpy as np

from .. import checks, figures
from ..batches import MiniBatches
from ..datasets.dataset import Dataset, as_dataset
from ..training import train
from .controls import PACES, NumberField, NumberSlider, WholeField, menu, powers_up_to
from .landscapes import Landscape, Walker
from .live_picture import LivePicture
from .paths_lab import LARGEST_SEED, MOST_UPDATES, PathsLab
from .programs import program_tabs, show_texts
from .programs.descents import Descents, descents_programs
from .settings import OPTIMIZERS

CONDITIONS = (1, 2, 5, 10, 20, 50, 100, 200)
ALONG, ACROSS = "along the axes", "across the axes"


class OptimizerLab(PathsLab):
    """Shows the paths of the optimizers through a valley, and how far each is above the lowest loss.

    data: a Dataset with one column and one number y a row. The column is prepared anew, so that the valley gets the
    shape that is asked for: condition, how many times steeper its walls are than its floor (1 to 200); lie, "along the
    axes" (the column is made too small) or "across the axes" (its mean is far from 0). batch_size: None for all rows.
    start: how far (w, b) is from the lowest. The rest is where the other controls start.
    Nothing walks before a click; `run()` walks all the paths. Raises ValueError for what the controls do not offer.
    """

    name = "optimizer_lab"

    def __init__(
        self,
        data,
        *,
        condition=50,
        lie=ALONG,
        batch_size=None,
        start=(1.2, -0.4),
        lr=0.05,
        updates=100,
        seed=0,
        pace=20,
    ):
        self.data = as_dataset(data)
        Landscape(self.data)  # refuses what is no column
        rows, anew = len(self.data), self.handler(self._shape_changed)
        self.condition = _condition_slider(checks.number("condition", condition, 1, 201), anew)
        self.lie = menu("The valley lies", [ALONG, ACROSS], checks.choice("lie", lie, (ALONG, ACROSS)))
        self.lie.observe(lambda change: anew(), "value")
        batch_size = rows if batch_size is None else checks.whole_number("batch_size", batch_size, maximum=rows)
        self.size = _batch_slider(batch_size, rows, self.handler(self._size_changed))
        self.curves, self.code = LivePicture("mbtutor-descents"), program_tabs()
        landscape = self._landscape()
        super().__init__(
            OPTIMIZERS,
            landscape,
            landscape.within(start),
            checks.positive_number("lr", lr),
            checks.whole_number("updates", updates, maximum=MOST_UPDATES),
            checks.whole_number("seed", seed, minimum=0, maximum=LARGEST_SEED),
            checks.choice("pace", pace, tuple(PACES.values())),
            [self.condition.widget, self.lie, self.size.widget],
            below=[self.curves.widget],
            sections={"Show the code": self.code},
        )

    def run(self):
        """Walk every chosen path to its end, without a browser."""
        self._walk_to_the_end()

    def figure(self):
        """The paths, as the lab shows them now, as a matplotlib figure."""
        return figures.valley(*self._valley())

    def left(self):
        """{label: by how much the loss at the end of that path lies above the lowest}."""
        return {label: float(losses[-1]) for label, (_, losses) in self._descents().items()}

    # The walkers --------------------------------------------------------------------------------------------------

    def _walkers(self):
        return [self._walker(style, name) for style, name in enumerate(OPTIMIZERS)]

    def _walker(self, style, name):
        kind, options = OPTIMIZERS[name]
        net = self.landscape.network(self.start, kind(lr=self.rate.value, **options))
        batches = MiniBatches(self.landscape.data, self.size.value, seed=self.seed.value)
        return Walker(name, style, train(net, batches, updates=self.updates.value), self.landscape.origin)

    def _landscape(self):
        return Landscape(prepared(self.data, self.condition.value, self.lie.value), relative=True)

    def _size_changed(self):
        self._forget_paths()
        self._settle(f"Batches of {self.size.value:,} rows from now on.")

    def _shape_changed(self):
        self._player.stop()
        self.walkers, self.landscape = [], self._landscape()
        self._draw()
        self._settle(f"Another valley: {self.condition.value:g} times steeper walls than floor, {self.lie.value}.")

    def _settle(self, text):
        super()._settle(text)
        column = column_lines(self.condition.value, self.lie.value)
        rest = self.rate.value, self.size.value, self.seed.value, self.updates.value
        show_texts(self.code, descents_programs(Descents(column, self.start, self._chosen(), *rest)))

    # The picture --------------------------------------------------------------------------------------------------

    def _descents(self):
        """What figures.descents is called with."""
        above = self.landscape.above_lowest
        return {walker.label: (walker.style, above(walker.points)) for walker in self.walkers}

    def _draw(self):
        self.curves.draw(figures.descents(self._descents(), self.updates.value))
        super()._draw()

    def _frame(self):
        super()._frame()
        rounds = max((walker.updates for walker in self.walkers), default=0)
        text = f"Loss above the lowest, update by update. {self._sentence()}"
        self.curves.frame(figures.descent_points(self._descents()), text, rounds)

    def _sentence(self):
        if not self.walkers:
            (above,) = self.landscape.above_lowest([self.start])
            return f"The start lies {above:.4f} above the lowest loss"
        made = max(walker.updates for walker in self.walkers)
        left = ", ".join(f"{label}: {_plain(value)}" for label, value in self.left().items())
        return f"Update {made:,} of {self.updates.value:,}, loss above the lowest: {left}"


def prepared(data, condition, lie):
    """The same rows, their column scaled or shifted so that the curvatures of the loss are `condition` : 1.

    With z for the standardised column: z / sqrt(condition) gives a valley along the axes; r + sqrt(1 - r²) z with
    r = (condition - 1) / (condition + 1) one that runs at 45 degrees to them.
    """
    z = (data.X - data.X.mean()) / data.X.std()
    r = (condition - 1) / (condition + 1)
    return Dataset(z / np.sqrt(condition) if lie == ALONG else r + np.sqrt(1 - r * r) * z, data.y, name=data.name)


def column_lines(condition, lie):
    """What `prepared` does to the column, as lines of a program: they make X of z."""
    if lie == ALONG:
        return f"X = z / np.sqrt({condition:g})  # too small: the valley lies along the axes"
    ratio = f"r = ({condition:g} - 1) / ({condition:g} + 1)"
    return f"{ratio}\nX = r + np.sqrt(1 - r * r) * z  # a mean far from 0: the valley lies across the axes"


def _condition_slider(value, changed):
    field = NumberField(min=1, max=CONDITIONS[-1], step=1)
    marks = {1: "1", 10: "10", 100: "100"}
    tooltip = "How many times steeper the walls of the valley are than its floor"
    return NumberSlider("Condition number", value, CONDITIONS, field, marks, changed, tooltip)


def _batch_slider(value, rows, changed):
    marks = {1: "1", 8: "8", 64: "64", rows: f"all {rows:,}"}
    field = WholeField(min=1, max=rows)
    return NumberSlider(
        "Batch size", value, powers_up_to(rows), field, marks, changed, "How many rows are averaged for one update"
    )


def _plain(value):
    return f"{value:.4f}" if value < 1000 else "far off"
