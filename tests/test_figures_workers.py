"""The pictures of workers: their gradients and the average, their losses and how far their weights are apart."""

import numpy as np
import pytest

from mbtutor import figures
from mbtutor.machines import Step

STEPS = [Step(0, (2.0, 2.0), 2.0, 0.0, 0.0), Step(1, (1.5, 1.6), 1.4, 0.3, 0.2), Step(2, (1.0, 1.2), 0.9, 0.5, 0.4)]


def line(figure, name):
    return next(line for axes in figure.axes for line in axes.lines if line.get_gid() == name)


def test_the_lines_are_the_numbers():
    figure = figures.together(STEPS, 2, updates=10)
    wanted = {"worker-0": [2, 1.5, 1], "worker-1": [2, 1.6, 1.2], "alone": [2, 1.4, 0.9]}
    wanted |= {"apart": [1e-17, 0.3, 0.5], "off": [1e-17, 0.2, 0.4]}
    for name, values in wanted.items():
        np.testing.assert_allclose(line(figure, name).get_data(), [[0, 1, 2], values])
    left, right = figure.axes
    assert left.get_xlim() == right.get_xlim() == (0, 10) and right.get_yscale() == "log"
    assert left.get_ylim()[1] == pytest.approx(2.1)
    named = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert named == ["worker 0", "worker 1", "one process", "between two workers", "from the one process"]
    assert repr(figure) == "Picture: Validation loss; Distance of weights"


def test_eight_workers_are_told_apart():
    steps = [Step(n, tuple(np.full(8, 1.0)), 1.0, 0.1, 0.1) for n in range(3)]
    figure = figures.together(steps, 8)
    looks = {(line.get_color(), str(line._unscaled_dash_pattern)) for line in figure.axes[0].lines}
    assert len(looks) == 9


def test_a_loss_that_is_not_finite_leaves_the_axis_alone():
    figure = figures.together([*STEPS, Step(3, (np.inf, np.nan), 0.9, 1.0, 1.0)], 2)
    assert figure.axes[0].get_ylim()[1] == pytest.approx(2.1)


def test_the_bars_are_the_gradients_and_the_marks_that_of_all_rows():
    gradients, whole = [np.array([1.0, -2]), np.array([3.0, 0])], np.array([2.0, -1])
    figure = figures.averaging(gradients, [5, 7], whole, whole)
    heights = [[bar.get_height() for bar in axes.patches] for axes in figure.axes]
    assert heights == [[1, -2], [3, 0], [2, -1]]
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["worker 0: 5 rows", "worker 1: 7 rows", "averaged: 12 rows"]
    marks = next(line for line in figure.axes[-1].lines if line.get_marker() == "_")
    assert marks.get_ydata().tolist() == [2, -1]
