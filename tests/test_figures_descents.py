"""Loss above the lowest, update by update; and the loss that each learning rate has led to."""

import numpy as np
import pytest

from mbtutor import figures

LOSSES = np.array([2.0, 0.1, 1e-9, np.inf, np.nan])
BY_RATE = {
    "SGD": (0, (0.1, 1.0), np.array([[0.2, 0.4, 0.3], [np.nan, 9.0, 0.5]])),
    "Adam": (4, (0.1, 1.0), np.array([[0.5, 0.5, 0.5], [0.1, 0.1, 0.1]])),
}


def test_each_curve_has_a_point_for_each_update_and_stays_on_the_axes():
    axes = figures.descents({"SGD": (0, LOSSES), "Adam": (4, LOSSES[:2])}, 10).axes[0]
    drawn = {line.get_gid(): line for line in axes.lines}
    x, y = drawn["curve-SGD"].get_data()
    assert x.tolist() == [0, 1, 2, 3, 4] and y.tolist() == [2.0, 0.1, 1e-6, 10, 10]
    assert drawn["curve-Adam"].get_ydata().tolist() == [2.0, 0.1]
    assert axes.get_xlim() == (0, 10) and axes.get_yscale() == "log"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["SGD", "Adam"]


def test_the_points_for_a_live_picture_are_those_of_the_figure():
    curves = {"SGD": (0, LOSSES), "Adam": (4, LOSSES[:2])}
    drawn = {line.get_gid(): line for line in figures.descents(curves, 10).axes[0].lines}
    points = figures.descent_points(curves)
    assert points.keys() == drawn.keys()
    for gid, (x, y) in points.items():
        np.testing.assert_array_equal(drawn[gid].get_data(), [x, y])


def test_without_a_path_there_are_axes_and_no_legend():
    axes = figures.descents({}, 10).axes[0]
    assert axes.get_legend() is None and axes.get_ylim() == (1e-6, 10)


def test_by_rate_draws_means_with_bars_from_least_to_most():
    axes = figures.by_rate(BY_RATE, 2.5, "After ten updates").axes[0]
    sgd, adam = axes.containers
    np.testing.assert_allclose(sgd.lines[0].get_ydata(), [0.3, (2.5 + 2.5 + 0.5) / 3])
    np.testing.assert_allclose(adam.lines[0].get_ydata(), [0.5, 0.1])
    (bars,) = sgd.lines[2]
    ends = [segment[:, 1] for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [[0.2, 0.4], [0.5, 2.5]])
    assert axes.get_title() == "After ten updates" and axes.get_xscale() == axes.get_yscale() == "log"
    low, high = axes.get_ylim()
    assert low < 0.1 and high == pytest.approx(1.05 * 2.5)


def test_the_ticks_are_plain_numbers():
    for figure in (figures.by_rate(BY_RATE, 2.5, ""), figures.descents({"SGD": (0, LOSSES)}, 10)):
        figure.canvas.draw()
        for text in figure.axes[0].get_yticklabels():
            assert "$" not in text.get_text()
