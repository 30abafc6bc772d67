"""Workers that train one network together: the gradients that are averaged, and how far their networks drift apart."""

import numpy as np

from .picture import BLUE, GREEN, INK, SKY, VERMILLION, Picture, power_of_ten

COLOURS = (BLUE, VERMILLION, GREEN, SKY, "#E69F00", "#CC79A7", "#999999")  # of the workers
DASHES = ("-", (0, (5, 1)), (0, (1, 1)), (0, (4, 1, 1, 1)))
LOWEST = 1e-17  # a distance of 0 stands at the bottom of an axis in powers of ten


def averaging(gradients, rows, average, whole):
    """The gradient of each worker, what becomes of them, and the gradient of all their rows at once.

    gradients: (workers, n), a part of each worker's gradient. rows: of each worker. average, whole: (n,), the averaged
    gradient and the one of the whole batch.
    """
    panels = [*gradients, average]
    titles = [f"worker {number}: {n} rows" for number, n in enumerate(rows)] + [f"averaged: {sum(rows)} rows"]
    figure = Picture(figsize=(9.6, 2.6), dpi=72)
    figure.subplots_adjust(left=0.08, right=0.985, top=0.87, bottom=0.27, wspace=0.12)
    places, top = np.arange(len(whole)), 1.1 * np.abs([*panels, whole]).max()
    for number, (axes, slopes) in enumerate(zip(figure.subplots(1, len(panels), sharey=True), panels)):
        last = number == len(panels) - 1
        axes.bar(places, slopes, color=INK if last else COLOURS[number % len(COLOURS)], width=0.7)
        if last:
            marks = {"linestyle": "", "marker": "_", "markersize": 11, "markeredgewidth": 2, "color": "#D55E00"}
            axes.plot(places, whole, label="one process, all rows", **marks)
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), frameon=False, fontsize=8.5)
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set(ylim=(-top, top), xticks=[])
        axes.set_title(titles[number], fontsize=9.5)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
    figure.axes[0].set_ylabel("slope of the loss")
    figure.supxlabel("ten weights of the network: the biases of its outputs", fontsize=9.5, x=0.4, y=0.08)
    return figure


def together(steps, workers, updates=None):
    """The loss of every worker and of one process that does it alone; and the distances between their weights.

    steps: of mb.machines.Together. workers: how many there are. updates: where the axis ends. The lines have a gid, as
    in `together_points`.
    """
    figure = Picture(figsize=(9.2, 3.7), dpi=72)
    left, right = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.065, right=0.975, top=0.9, bottom=0.3, wspace=0.2)
    points = together_points(steps, workers)
    for name, (axes, look) in _looks(left, right, workers).items():
        axes.plot(*points[name], gid=name, **look)
    end = updates or max(1, len(steps) - 1)
    losses = [loss for step in steps for loss in (*step.losses, step.alone) if np.isfinite(loss)]
    left.set(xlim=(0, end), ylim=(0, 1.05 * max(losses, default=2.5)), xlabel="updates made", title="Validation loss")
    right.set(xlim=(0, end), yscale="log", ylim=(LOWEST / 2, 30), xlabel="updates made", title="Distance of weights")
    right.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
    right.yaxis.set_major_formatter(lambda value, _: power_of_ten(value))
    right.minorticks_off()
    for axes in (left, right):
        axes.grid(color=INK, alpha=0.15, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        style = {"frameon": False, "fontsize": 8.5, "handlelength": 2.4, "columnspacing": 1.2}
        where = ("lower left", (0.02, 0), 5) if axes is left else ("lower right", (0.99, 0), 1)
        figure.legend(*axes.get_legend_handles_labels(), loc=where[0], bbox_to_anchor=where[1], ncols=where[2], **style)
    return figure


def together_points(steps, workers):
    """{gid: (x, y)} of the lines of `together`; a distance of 0 stands at the lower edge."""
    x = [step.number for step in steps]
    points = {f"worker-{number}": (x, [step.losses[number] for step in steps]) for number in range(workers)}
    points["alone"] = x, [step.alone for step in steps]
    points["apart"] = x, np.maximum([step.apart for step in steps], LOWEST)
    points["off"] = x, np.maximum([step.off for step in steps], LOWEST)
    return points


def _looks(left, right, workers):
    """{gid: (axes, how its line is drawn)}."""
    looks = {
        f"worker-{number}": (
            left,
            {
                "color": COLOURS[number % len(COLOURS)],
                "linestyle": DASHES[number % len(DASHES)],
                "linewidth": 1.5,
                "label": f"worker {number}",
            },
        )
        for number in range(workers)
    }
    looks["alone"] = left, {"color": INK, "linestyle": (0, (2, 2)), "linewidth": 2.4, "label": "one process"}
    looks["apart"] = right, {"color": VERMILLION, "linewidth": 2, "label": "between two workers"}
    from_one = "from the one process"
    looks["off"] = right, {"color": BLUE, "linestyle": (0, (4, 1.5)), "linewidth": 2, "label": from_one}
    return looks
