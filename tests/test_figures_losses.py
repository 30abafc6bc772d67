"""The figures of losses show the numbers they were given: curves, slopes, markers, points and fits."""

import numpy as np
import pytest

from mbtutor import figures
from mbtutor.figures.losses import LOOKS

SQUARED, ABSOLUTE = {"squared": lambda e: e**2}, {"absolute": np.abs}
TWO = SQUARED | ABSOLUTE
THREE = TWO | {"half": lambda e: np.abs(e) / 2}
X, Y = np.arange(5.0), np.array([1.0, 2.0, 3.0, 25.0, 5.0])
FITS = {"squared": (2.0, 3.0), "absolute": (1.0, 1.0), "half": (1.5, 0.0)}
ERRORS = {"squared": -14.0, "absolute": -21.0, "half": -2.0}


def named(axes, name):
    return next(line for line in axes.lines if line.get_label() == name)


def markers(axes):
    """The large markers in the order of the losses: (x, y, shape)."""
    large = [line for line in axes.lines if line.get_marker() in "osD" and len(line.get_xdata()) == 1]
    return [(*line.get_xydata()[0], line.get_marker()) for line in large if line.get_zorder() == 5]


def test_loss_and_slope_draw_each_loss_and_its_slope():
    left, right = figures.loss_and_slope(TWO, {"squared": [2.0], "absolute": [-1.0]}, (-3, 3)).axes
    for axes, (squared, absolute) in ((left, (lambda e: e**2, np.abs)), (right, (lambda e: 2 * e, np.sign))):
        x, y = named(axes, "squared").get_data()
        np.testing.assert_allclose(y, squared(x), atol=1e-6)
        x, y = named(axes, "absolute").get_data()
        np.testing.assert_allclose(y, absolute(x), atol=1e-6)
        assert (x[0], x[-1]) == (-3, 3) == axes.get_xlim()


def test_a_marker_lies_where_each_loss_is_and_small_ones_where_it_was():
    places = {"squared": [3.0, 1.0, 2.0], "absolute": [-2.0, -1.0]}
    left, right = figures.loss_and_slope(TWO, places, (-3, 3)).axes
    assert markers(left) == [(2, 4, "o"), (-1, 1, "s")]
    np.testing.assert_allclose([mark[:2] for mark in markers(right)], [(2, 4), (-1, -1)], atol=1e-6)
    ways = [line.get_xydata() for line in left.lines if line.get_markersize() == 4 and line.get_marker() in "os"]
    np.testing.assert_allclose(ways[0], [(3, 9), (1, 1)])
    np.testing.assert_allclose(ways[1], [(-2, 2)])


def test_an_axis_is_widened_for_a_place_outside():
    left, _ = figures.loss_and_slope(SQUARED, {"squared": [9.0]}, (-3, 3)).axes
    assert left.get_xlim() == (-3, 9) and left.get_ylim()[1] > 81


def test_losses_differ_by_more_than_colour():
    for part in range(3):
        assert len({look[part] for look in LOOKS}) == len(LOOKS)


def test_the_axis_is_named_and_each_panel_has_a_title():
    figure = figures.loss_and_slope(TWO, {"squared": [0.0], "absolute": [0.0]}, (-3, 3), axis="error")
    assert [axes.get_xlabel() for axes in figure.axes] == ["error", "error"]
    assert repr(figure) == "Picture: Loss (large mark: now; small: before); Slope of the loss there"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["squared", "absolute"]


def test_outlier_draws_the_points_the_star_and_a_line_for_each_fit():
    points, *_ = figures.outlier(X, Y, 3, FITS, THREE, ERRORS, (-25, 25)).axes
    np.testing.assert_allclose(named(points, "points").get_xydata(), [(0, 1), (1, 2), (2, 3), (4, 5)])
    np.testing.assert_allclose(named(points, "the outlier").get_xydata(), [(3, 25)])
    for name, (start, rise) in FITS.items():
        x, y = named(points, name).get_data()
        np.testing.assert_allclose(y, start + rise * x)
    assert points.get_ylim()[1] > 25


def test_a_loss_beyond_the_picture_is_a_marker_at_its_edge_with_a_number():
    _, above, below = figures.outlier(X, Y, 3, FITS, THREE, ERRORS, (-25, 25)).axes
    top, reach = above.get_ylim()[1], below.get_ylim()[1]
    assert top == pytest.approx(1.3 * 25) and reach == pytest.approx(3.2)
    assert [mark[:2] for mark in markers(above)] == [(-14, top), (-21, 21), (-2, 1)]
    np.testing.assert_allclose([mark[1] for mark in markers(below)], [-reach, -1, -0.5], atol=1e-6)
    assert [text.get_text() for text in above.texts] == ["196"]
    assert [text.get_text() for text in below.texts] == ["-28"]


def test_an_outlier_below_zero_stays_in_the_picture():
    points = figures.outlier(X, Y - 30, 3, FITS, THREE, ERRORS, (-25, 25)).axes[0]
    assert points.get_ylim()[0] < -29
