"""The lab of lesson 05: paths of several batch sizes, the cloud of their gradients, and how it shrinks."""

import ipywidgets
import numpy as np

from .. import checks, figures
from ..batches import MiniBatches
from ..experiments import BatchNoise, gradient_variance, noise_by_batch_size, sample_gradients
from ..optimizers import SGD
from ..preparation import shuffled
from ..training import train
from . import svg
from .controls import PACES, NumberSlider, WholeField, powers_up_to
from .landscapes import Landscape, Walker
from .live_picture import LivePicture
from .paths_lab import LARGEST_SEED, MOST_UPDATES, PathsLab
from .programs import program_tabs, show_texts
from .programs.paths import Paths, paths_programs
from .tables import table

SIZES = (1, 8, 64)  # the batch sizes that can walk, besides all rows
BATCHES = 200  # in the cloud
DRAWS = 400  # batches that one point of the noise is measured by


class GradientMicroscope(PathsLab):
    """Shows how the gradients of batches scatter around that of all rows, and what it does to the path of training.

    data: a Dataset with one column x and one number y a row (n, 1), (n,); the network answers w x + b, so its loss is
    a landscape over two weights. start: (w, b), by default near a corner. batch_size: of the cloud. The rest is where
    the other controls start, pace in updates a second.
    `noise` holds the BatchNoise of each batch size that was measured at the start. Nothing walks before a click;
    `run()` walks all the paths and measures the noise. Raises ValueError for what the controls do not offer.
    """

    name = "gradient_microscope"

    def __init__(self, data, *, start=None, lr=0.2, batch_size=8, updates=100, seed=0, pace=20):
        landscape = Landscape(data)
        rows = len(landscape.data)
        self.noise, self._drawn = [], None
        self._choices = {f"B = {size}": size for size in SIZES if size < rows} | {f"all {rows:,} rows": rows}
        self.size = NumberSlider(
            "Batch size of the cloud",
            checks.whole_number("batch_size", batch_size, maximum=rows),
            powers_up_to(rows),
            WholeField(min=1, max=rows),
            {1: "1", 8: "8", 64: "64", rows: f"all {rows:,}"},
            self.handler(self._size_changed),
            "How many rows are averaged for each dot of the cloud",
        )
        self.cloud, self.facts, self.line_facts, self.noise_table = (ipywidgets.HTML() for _ in range(4))
        self.code = program_tabs()
        self._ids, self.line = svg.new_prefix(), LivePicture("mbtutor-noise")
        self.cloud.layout.flex = self.line.widget.layout.flex = "1 1 300px"
        pictures = ipywidgets.HBox([self.cloud, self.line.widget], layout={"flex_flow": "row wrap"})
        self._limits = _limits(landscape)
        self.line.draw(figures.noise_line([], 1.0, rows, self._limits))
        super().__init__(
            self._choices,
            landscape,
            landscape.corner if start is None else landscape.within(start),
            checks.positive_number("lr", lr),
            checks.whole_number("updates", updates, maximum=MOST_UPDATES),
            checks.whole_number("seed", seed, minimum=0, maximum=LARGEST_SEED),
            checks.choice("pace", pace, tuple(PACES.values())),
            [self.size.widget],
            {"Measure the noise": ("info", "Measure it for batch size 1, 2, 4, ... at the start", self._measure)},
            [self.facts, self.line_facts, pictures],
            {"Table of the noise": self.noise_table, "Show the code": self.code},
        )

    @property
    def variance(self):
        """σ² of the rows' gradients at the start."""
        return float(self._gradients.var(axis=0, ddof=1).sum())

    def run(self):
        """Walk every chosen path to its end and measure the noise, without a browser."""
        self._walk_to_the_end()
        self._player.load(self._measuring())
        self._player.run()

    def figure(self):
        """What the lab shows now, as a matplotlib figure."""
        return figures.microscope(self._valley(), self._cloud(), self._line())

    def _tables(self):
        noise = {"noise": [BatchNoise._fields, *self.noise]} if self.noise else {}
        return super()._tables() | noise

    def _has_something(self):
        return super()._has_something() or bool(self.noise)

    def _settle(self, text):
        super()._settle(text)
        sizes = [self._choices[name] for name in self._chosen()]
        rest = self.rate.value, sizes, self.updates.value, self.seed.value, len(self.landscape.data), DRAWS
        show_texts(self.code, paths_programs(Paths(self.start, *rest)))

    # The walkers --------------------------------------------------------------------------------------------------

    def _walkers(self):
        return [self._walker(style, name) for style, name in enumerate(self._choices)]

    def _walker(self, style, name):
        net = self.landscape.network(self.start, SGD(self.rate.value))
        batches = MiniBatches(self.landscape.data, self._choices[name], seed=self.seed.value)
        return Walker(name, style, train(net, batches, updates=self.updates.value), self.landscape.origin)

    # The noise ----------------------------------------------------------------------------------------------------

    def _size_changed(self):
        self._drawn = None
        self._show_cloud()
        self._draw()
        self.say(f"The cloud is now made of batches of {self.size.value:,} rows.")

    def _measure(self):
        if self._player.playing:
            return
        self._player.load(self._measuring())
        self._player.play()
        self._enable()
        self.say("Measuring.")

    def _enable(self):
        super()._enable()
        self.buttons["Measure the noise"].disabled = self._player.playing

    def _arrived(self):
        return "Measured." if self._at_work == "noise" else super()._arrived()

    def _rounds(self):
        self._at_work = "paths"
        return super()._rounds()

    def _measuring(self):
        self._at_work, self.noise = "noise", []
        return noise_by_batch_size(self._net, self.landscape.data, draws=DRAWS, seed=self.seed.value)

    def _record(self, items):
        found = [item for item in items if isinstance(item, BatchNoise)]
        self.noise += found
        if found:
            self._show_line()
        super()._record(items)

    def _moved(self):
        """Another place has other gradients."""
        self._net = self.landscape.network(self.start)
        self._gradients = sample_gradients(self._net, self.landscape.data)
        self.noise, self._drawn = [], None
        self._show_cloud()
        self._show_line()

    def _batch_gradients(self):
        """The gradients of the batches in the cloud, (BATCHES, 2); drawn once for each place and batch size."""
        if self._drawn is None:
            n, size, seed = len(self._gradients), self.size.value, self.seed.value
            batches = [shuffled(n, seed, draw)[:size] for draw in range(BATCHES)]
            self._drawn = np.array([self._gradients[rows].mean(axis=0) for rows in batches])
        return self._drawn

    def _landings(self):
        size = self.size.value
        return f"one update, B = {size:,}", self.start - self.rate.value * self._batch_gradients()

    def _cloud(self):
        """What figures.cloud is called with."""
        n, full = len(self._gradients), self._gradients.mean(axis=0)
        radius = np.sqrt(self.variance / self.size.value * (1 - self.size.value / n))
        reach = 1.2 * max(2 * np.sqrt(self.variance), np.abs(full).max())
        return self._batch_gradients(), full, radius, reach

    def _line(self):
        """What figures.noise_line is called with."""
        return self.noise, self.variance, len(self._gradients), self._limits

    def _show_cloud(self):
        gradients, full, radius, reach = self._cloud()
        text = self._about_cloud(gradients, full, radius)
        figure = figures.cloud(gradients, full, radius, reach)
        self.cloud.value = svg.picture(figure, "mbtutor-cloud", self._ids, text)
        self.facts.value = f'<div class="mbtutor-facts" style="line-height:1.5">{text}</div>'

    def _about_cloud(self, gradients, full, radius):
        distance, square = np.sqrt(((gradients - full) ** 2).sum(axis=1).mean()), float(full @ full)
        scale = self.variance / square if square else np.inf
        rows = f"{scale:.1f} rows" if scale < len(self._gradients) else "more than all rows"
        return (
            f"Gradient of all rows: length {np.sqrt(square):.3f}. Batches of {self.size.value:,}: typical distance "
            f"from it {distance:.3f}, expected {radius:.3f}. Noise scale: {rows}"
        )

    def _show_line(self):
        text = "Noise not measured here yet"
        if self.noise:
            size, measured, expected = self.noise[-1]
            text = f"Mean squared distance of batches of {size:,}: measured {measured:.5f}, expected {expected:.5f}"
        self.line.frame(figures.noise_points(*self._line()[:3]), text, len(self.noise))
        self.line_facts.value = f'<div class="mbtutor-noise-facts" style="line-height:1.5">{text}</div>'
        self.noise_table.value = table("The noise at the start", [self._noise_row(noise) for noise in self.noise])

    def _noise_row(self, noise):
        shares = {"mean squared distance": noise.measured, "expected": noise.expected}
        return {"batch size": f"{noise.batch_size:,}", **{name: f"{value:.5f}" for name, value in shares.items()}}


def _limits(landscape):
    """The range of the noise over all of the landscape, from few rows a batch to nearly all."""
    corners = [(w, b) for w in landscape.first[[0, -1]] for b in landscape.second[[0, -1]]]
    variances = [
        gradient_variance(landscape.network(weights), landscape.data) for weights in (landscape.lowest, *corners)
    ]
    lowest = max(min(variances), 1e-4 * max(variances))  # above 0, also where a line goes through all the points
    return lowest / len(landscape.data) / 4, 2 * max(variances)
