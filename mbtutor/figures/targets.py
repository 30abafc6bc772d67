"""How many updates each batch size needs to a target, with the curve through them, and what that costs in examples."""

import numpy as np

from .picture import INK, Picture
from .races import LANES, plain_ticks, tidy

CURVE = 120  # points of a fitted curve


def plateaus(tasks, title="Updates to the target, for each batch size"):
    """Updates to the target against the batch size, with the fitted curve, for one task or more.

    tasks: {name: (needed, plateau)}; needed {batch size: updates of each seed}, plateau as of experiments.fit_plateau.
    Dots are means over the seeds, bars reach from the least to the most; a vertical line marks the critical batch size.
    """
    figure = Picture(figsize=(7.6, 4.2), dpi=72)
    figure.subplots_adjust(left=0.11, right=0.98, top=0.92, bottom=0.13)
    axes, names = figure.subplots(), []
    for (name, (needed, plateau)), (colour, dashes, marker) in zip(tasks.items(), LANES):
        sizes, means = _means(needed)
        spread = [[mean - min(needed[size]), max(needed[size]) - mean] for size, mean in zip(sizes, means)]
        dots = {"linestyle": "", "marker": marker, "ms": 7, "capsize": 3, "elinewidth": 1.2}
        axes.errorbar(sizes, means, yerr=np.transpose(spread), color=colour, label=name, **dots)
        grid = np.geomspace(sizes[0], sizes[-1], CURVE)
        curve = f"{plateau.level:.2g} (1 + {plateau.knee:.0f} / B)"
        axes.plot(grid, plateau.at(grid), color=colour, linestyle=dashes, linewidth=1.6, label=curve)
        critical = f"critical batch size {plateau.knee:.0f}"
        axes.axvline(plateau.knee, color=colour, linestyle=(0, (2, 3)), linewidth=1.2, label=critical)
        names += [name, curve, critical]
    axes.set(title=title, xlabel="batch size B", ylabel="updates", xscale="log", yscale="log")
    plain_ticks(axes.xaxis, sorted({size for needed, _ in tasks.values() for size in needed}))
    plain_ticks(axes.yaxis, _steps([n for needed, _ in tasks.values() for found in needed.values() for n in found]))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend([handles[labels.index(name)] for name in names], names, frameon=False)
    tidy(axes)
    return figure


def trade_off(needed, plateau):
    """Updates against examples to the target, one dot a batch size, with the curve that the plateau says.

    needed, plateau: as in `plateaus`. The corner at the bottom left, where no run can be, has the fewest of both.
    """
    figure = Picture(figsize=(6.4, 4.4), dpi=72)
    figure.subplots_adjust(left=0.13, right=0.97, top=0.92, bottom=0.12)
    axes = figure.subplots()
    sizes, means = _means(needed)
    colour, _, marker = LANES[0]
    dots = {"color": colour, "linestyle": "", "marker": marker, "ms": 8}
    axes.plot(sizes * means, means, label="measured, mean of the seeds", **dots)
    for place, (size, mean) in enumerate(zip(sizes, means), start=sum(sizes < plateau.knee) % 2):
        # Where the curve is steep there is room beside the dot; where it is level, below it and above it in turn.
        below = place % 2 == 0
        offset, align = ((8, 4), "left") if size < plateau.knee else ((0, -17 if below else 9), "center")
        text = {"xytext": offset, "textcoords": "offset points", "ha": align, "fontsize": 9.5}
        axes.annotate(f"B = {size:,}", (size * mean, mean), **text)
    grid = np.geomspace(sizes[0], sizes[-1], CURVE)
    axes.plot(grid * plateau.at(grid), plateau.at(grid), color=INK, linewidth=1.4, label="the fitted curve")
    critical = plateau.knee * plateau.at(plateau.knee), plateau.at(plateau.knee)
    star = {"marker": "*", "ms": 15, "linestyle": "", "label": f"critical batch size, B = {plateau.knee:.0f}"}
    axes.plot(*critical, color=LANES[1][0], **star)
    axes.set(xlabel="examples", ylabel="updates", xscale="log", yscale="log")
    axes.set_title("What the target costs, in updates and in examples")
    axes.set(xlim=(0.6 * min(sizes * means), 1.8 * max(sizes * means)), ylim=(0.5 * min(means), 1.8 * max(means)))
    plain_ticks(axes.xaxis, _steps(axes.get_xlim()))
    plain_ticks(axes.yaxis, _steps(means))
    axes.legend(frameon=False)
    tidy(axes)
    return figure


def _means(needed):
    """The batch sizes in order and the mean of each, as arrays."""
    sizes = sorted(needed)
    return np.array(sizes), np.array([np.mean(needed[size]) for size in sizes])


def _steps(values):
    """Round numbers from the least to the most of the values."""
    steps = [digit * 10**power for power in range(9) for digit in (1, 2, 5)]
    return [step for step in steps if 0.9 * min(values) <= step <= 1.1 * max(values)]
