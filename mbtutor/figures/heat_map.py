"""The losses of many runs as a map: batch sizes down, learning rates across, brighter where the loss is lower."""

import numpy as np
from matplotlib import colormaps, colors
from matplotlib.patches import Rectangle

from .picture import INK, Picture

COLOURS = colormaps["viridis"]  # its brightness alone tells the order, also to the colour-blind
SHADES = 16  # as many colours are told apart
BEST, LOST, DIVERGED = "\N{BLACK STAR}", "\N{BLACK UP-POINTING TRIANGLE}", "\N{MULTIPLICATION X}"
SIGNS = {
    BEST: "lowest of its row",
    LOST: "no better than guessing",
    DIVERGED: "diverged: the loss was no longer a number",
}
GUESSING = 0.98  # from this share of the loss of guessing on, a network has learned nothing


def heat_map(losses, batch_sizes=None, lrs=None, guess=np.inf, title="Validation loss"):
    """A map of losses as a matplotlib figure, with each loss written in its cell.

    losses: {(batch size, learning rate): loss}, infinite for a run that diverged; such as `mean_by` returns.
    batch_sizes, lrs: the rows and columns, by default those of the losses; a cell without a loss stays empty.
    guess: the loss of one who guesses, ln(number of classes); a network that is no better gets a sign.
    """
    batch_sizes = sorted({size for size, _ in losses}) if batch_sizes is None else batch_sizes
    lrs = sorted({lr for _, lr in losses}) if lrs is None else lrs
    figure = Picture(figsize=(0.78 * len(lrs) + 1.1, 0.4 * len(batch_sizes) + 1.4), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=11)
    axes.set_xticks(range(len(lrs)), [f"{lr:g}" for lr in lrs])
    axes.set_yticks(range(len(batch_sizes)), batch_sizes)
    axes.set(xlim=(-0.5, len(lrs) - 0.5), ylim=(len(batch_sizes) - 0.5, -0.5), ylabel="batch size")
    axes.set_xlabel("learning rate\n" + signs_used(losses, guess), fontsize=9)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    shown = loss_shades(losses, guess)
    texts = cell_texts(losses, guess)
    for (size, lr), shade in shown.items():
        _draw_cell(axes, lrs.index(lr), batch_sizes.index(size), shade, texts[size, lr])
    return figure


def loss_shades(losses, guess=np.inf):
    """{(batch size, learning rate): how bright its cell is}: 0 where the loss is that of guessing or more, up to
    SHADES - 1 for the lowest loss; in between, equal factors of the loss are equal steps.
    """
    finite = [loss for loss in losses.values() if np.isfinite(loss)]
    highest = min(guess, max(finite, default=1))
    lowest = min([highest / 10, *finite])  # a map with few cells yet does not call its best one bright
    with np.errstate(divide="ignore"):
        share = {key: np.log(highest / loss) / np.log(highest / lowest) for key, loss in losses.items()}
    return {key: round((SHADES - 1) * float(np.clip(value, 0, 1))) for key, value in share.items()}


def cell_texts(losses, guess=np.inf):
    """{(batch size, learning rate): what its cell says}: the loss, with a sign of SIGNS where one is due."""
    best = best_of_rows(losses)
    return {key: _cell_text(loss, key in best, loss >= GUESSING * guess) for key, loss in losses.items()}


def best_of_rows(losses):
    """The cell (batch size, learning rate) with the lowest loss of each batch size that has two finite ones or more."""
    rows = {}
    for (size, lr), loss in losses.items():
        if np.isfinite(loss):
            rows.setdefault(size, []).append((loss, lr))
    return {(size, min(row)[1]) for size, row in rows.items() if len(row) > 1}


def signs_used(losses, guess=np.inf):
    """The signs that stand in the map, each with what it means, in one line."""
    written = "".join(cell_texts(losses, guess).values())
    return "    ".join(f"{sign} {meaning}" for sign, meaning in SIGNS.items() if sign in written)


def cell_colours(shade):
    """(background, letters) of a cell of that shade, as texts like "#440154"."""
    background = COLOURS(shade / (SHADES - 1))
    # Black letters where they stand out more than white ones: WCAG's relative luminance is above 0.18.
    luminance = np.dot(np.power(background[:3], 2.2), (0.2126, 0.7152, 0.0722))
    return colors.to_hex(background), "#000000" if luminance > 0.18 else "#ffffff"


def _cell_text(loss, best, lost):
    if not np.isfinite(loss):
        return DIVERGED
    number = f"{loss:.3f}" if loss < 1 else f"{loss:.2f}" if loss < 100 else f"{loss:.0e}"
    return f"{LOST if lost else BEST} {number}" if lost or best else number


def _draw_cell(axes, column, row, shade, text):
    background, letters = cell_colours(shade)
    look = {"facecolor": background, "edgecolor": INK, "linewidth": 0.5}
    axes.add_patch(Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, **look))
    weight = "bold" if text.startswith(BEST) else "normal"
    axes.text(column, row, text, ha="center", va="center", fontsize=9, color=letters, weight=weight)
