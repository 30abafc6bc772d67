"""The picture of the memory lab holds the numbers it was given."""

import numpy as np
import pytest

from mbtutor import figures
from mbtutor.experiments import Line

NOW = {1: 2_000_000, 64: 3_000_000, 512: 8_000_000}
EARLIER = {1: 1_000_000, 512: 4_000_000}
PARTS = {"data set": 2_000_000, "weights": 500_000, "activations": 400_000, "the rest": 100_000}


def lines(axes):
    return {line.get_gid(): line for line in axes.lines if line.get_gid()}


@pytest.fixture
def panels():
    series = [("before", EARLIER), ("now", NOW)]
    line = Line(slope=12_000, intercept=2e6, r2=1)
    return figures.memory(series, 5e6, line, 250, PARTS, 3_000_000, 64).axes


def test_every_peak_is_a_point_in_megabytes(panels):
    left, _ = panels
    np.testing.assert_allclose(lines(left)["now"].get_xydata(), [(1, 2), (64, 3), (512, 8)])
    (earlier,) = [line for line in left.lines if line.get_label() == "before"]
    np.testing.assert_allclose(earlier.get_xydata(), [(1, 1), (512, 4)])
    np.testing.assert_allclose(lines(left)["line"].get_xydata(), [(1, 2.012), (512, 8.144)])


def test_budget_and_limit_are_drawn_and_named(panels):
    left, _ = panels
    assert set(lines(left)["budget"].get_ydata()) == {5}
    assert set(lines(left)["limit"].get_xdata()) == {250}
    assert [text.get_text() for text in left.texts] == ["budget 5 MB", "250 rows fit"]


def test_the_parts_stand_on_one_another_beside_the_measured_peak(panels):
    _, right = panels
    bars = {container.get_label(): container.patches[0] for container in right.containers[:-1]}
    assert bars["data set 2.00"].get_height() == 2 and bars["weights 0.50"].get_y() == 2
    assert bars["the rest 0.10"].get_y() == pytest.approx(2.9) and bars["slopes 0.00"].get_height() == 0
    assert right.containers[-1].patches[0].get_height() == 3
    assert right.get_title() == "What it is made of at B = 64"


def test_no_two_parts_look_alike():
    assert len(set(figures.PARTS.values())) == len(figures.PARTS) == 8


def test_without_a_measurement_there_is_a_budget_and_nothing_else():
    left, right = figures.memory([("now", {})], 5e6, parts={}, rows=3934, size=32).axes
    assert set(lines(left)) == {"now", "budget"} and not len(lines(left)["now"].get_xdata())
    assert left.get_xlim()[1] > 3934 and left.get_ylim()[1] == 7.5
    assert right.get_title() == "What it is made of"


def test_a_budget_far_above_the_points_is_told_in_words():
    (left,) = figures.memory([("now", NOW)], 900e6).axes
    assert "budget" not in lines(left) and left.texts[0].get_text() == "budget 900 MB (above the picture)"
    assert left.get_ylim()[1] < 20
