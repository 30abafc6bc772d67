"""The map of losses writes each loss in its place, brighter where it is lower, with signs that need no colour."""

import math

import numpy as np
import pytest

from mbtutor import figures

LOSSES = {(16, 0.1): 0.2, (16, 0.4): 0.05, (64, 0.1): 1.5, (64, 0.4): 2.3, (256, 0.1): math.inf}
GUESS = math.log(10)


def test_every_loss_stands_in_its_cell():
    figure = figures.heat_map(LOSSES, guess=GUESS, title="Five losses")
    (axes,) = figure.axes
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "0.200", (1, 0): "★ 0.050", (0, 1): "★ 1.50", (1, 1): "▲ 2.30", (0, 2): "✕"}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["16", "64", "256"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.1", "0.4"]
    assert repr(figure) == "Picture: Five losses"
    for meaning in ("lowest of its row", "no better than guessing", "diverged"):
        assert meaning in axes.get_xlabel()
    figures.png(figure)


def test_a_map_without_a_run_is_empty():
    figure = figures.heat_map({}, [16, 64], [0.1, 0.2])
    assert not figure.axes[0].texts and not figure.axes[0].patches
    figures.png(figure)


def test_a_lower_loss_is_brighter_and_no_better_than_guessing_is_dark():
    shades = figures.loss_shades(LOSSES, GUESS)
    assert shades[16, 0.4] == figures.SHADES - 1 and shades[64, 0.4] == shades[256, 0.1] == 0
    assert shades[16, 0.4] > shades[16, 0.1] > shades[64, 0.1] > 0
    bright = [np.dot(_rgb(figures.cell_colours(shade)[0]), (0.299, 0.587, 0.114)) for shade in range(figures.SHADES)]
    assert (np.diff(bright) > 0).all()


def test_equal_factors_are_equal_steps():
    shades = figures.loss_shades({(1, k): 0.1 * 2**k for k in range(5)}, guess=1.6)
    steps = np.diff([shades[1, k] for k in range(5)])
    assert steps.min() >= -4 and steps.max() <= -3


def test_the_first_cells_of_a_map_are_not_called_bright():
    assert figures.loss_shades({(2048, 0.1): 2.2}, GUESS)[2048, 0.1] <= 1
    assert figures.loss_shades({(2048, 0.1): math.inf}, GUESS) == {(2048, 0.1): 0}


@pytest.mark.parametrize("shade", range(figures.SHADES))
def test_the_number_in_a_cell_can_be_read(shade):
    """WCAG asks for a contrast of 4.5 between letters and background."""
    light, dark = sorted((_luminance(colour) for colour in figures.cell_colours(shade)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_best_of_a_row_is_the_lower_rate_where_two_are_equal():
    losses = {(8, 0.2): 1.0, (8, 0.1): 1.0, (16, 0.1): math.inf, (16, 0.2): 1.0, (32, 0.1): 2.0}
    assert figures.best_of_rows(losses) == {(8, 0.1)}, "one loss alone is not yet the best of its row"


def test_huge_losses_are_short():
    assert figures.cell_texts({(8, 0.1): 0.5, (8, 0.2): 7.2e180}) == {(8, 0.1): "★ 0.500", (8, 0.2): "7e+180"}


def _rgb(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def _luminance(colour):
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(colour)]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
