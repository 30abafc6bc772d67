"""The pictures of padding and of reading hold the numbers they were given."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor import figures

SHAPES = [(10, 16), (12, 12), (5, 20)]
TIMED = [("as they come", True, 48, 0.5), ("alike in length", True, 30, 0.2), ("alike in length", False, 27, 0.1)]


@pytest.fixture
def panels():
    return figures.epoch_and_times(SHAPES, TIMED, marked=1).axes


def test_each_batch_is_a_column_of_characters_and_padding(panels):
    left, _ = panels
    real, padding = left.patches
    assert real.get_data().values.tolist() == [10, 12, 5]
    assert padding.get_data().values.tolist() == [16, 12, 20]
    assert np.array_equal(padding.get_data().baseline, [10, 12, 5]) and padding.get_hatch()
    assert left.get_title() == "Positions in each batch: 43.8% padding"
    (now,) = left.lines
    assert now.get_gid() == "now" and list(now.get_xdata()) == [1.5, 1.5]


def test_each_measured_epoch_is_a_point_hollow_where_padding_was_left_out(panels):
    _, right = panels
    points = [
        (line.get_marker(), line.get_markerfacecolor() == "none", *map(float, line.get_xydata()[0]))
        for line in right.lines
        if len(line.get_xydata())
    ]
    assert points == [("o", False, 0.048, 0.5), ("s", False, 0.03, 0.2), ("s", True, 0.027, 0.1)]


def test_no_two_ways_look_alike():
    colours, markers = zip(*figures.WAYS.values())
    assert len(set(colours)) == len(set(markers)) == 3


def test_the_tiles_are_the_letters_and_the_padding_hatched():
    axes, left, right = figures.padding(["oslo", "ab"], [(6, 8)], []).axes
    assert "".join(text.get_text() for text in axes.texts) == "osloab"
    (rest,) = [patch for patch in axes.patches if patch.get_hatch()]
    assert (round(rest.get_x()), round(rest.get_width())) == (2, 2)
    assert axes.get_title(loc="left") == "2 of the 2 names of a batch"
    assert len(left.patches) == 2 and not any(len(line.get_xdata()) for line in right.lines)


def test_two_kinds_of_batches_stand_side_by_side():
    data = mb.datasets.load_places().subset(range(0, 30_000, 100))
    mixed, alike = mb.MiniBatches(data, 32), mb.BucketBatches(data, 32)
    figure = figures.padded_batches({"mixed": mixed, "alike": alike})
    for axes, batches in zip(figure.axes, (mixed, alike)):
        lengths = data.X.lengths[batches.rows_of(0)[0][0]]
        hatched = sum(round(patch.get_width()) for patch in axes.patches if patch.get_hatch())
        letters = sum(not patch.get_hatch() for patch in axes.patches)
        assert letters + hatched == 12 * lengths.max()
    assert figure.axes[0].get_title() == "mixed: 12 of the 32 names"


def test_a_column_of_a_reading_is_what_is_answered_after_that_letter():
    shares = np.array([[0.2, 0.8, 0.0], [0.1, 0.3, 0.6]])
    figure = figures.reading(["ab", "c"], [shares, shares[:1]], ["x", "y", "z"])
    first, second = figure.axes
    np.testing.assert_array_equal(first.images[0].get_array(), shares.T)
    assert first.collections[0].get_offsets().tolist() == [[0, 1], [1, 2]]
    assert [label.get_text() for label in first.get_xticklabels()] == ["a", "b"]
    assert second.images[0].get_array().shape == (3, 1)
