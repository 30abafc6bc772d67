"""The pictures of spoken words: their frames, what became of each row, two splits, and recordings."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor import figures
from mbtutor.history import History
from mbtutor.training import Update


def images(axes):
    return [np.asarray(image.get_array()) for image in axes.images]


def test_each_voice_is_a_block_of_its_frames():
    rng = np.random.default_rng(0)
    frames = [rng.normal(size=(length, 3)) for length in (2, 4)]
    figure = figures.voices(frames, ["ann", "bob"], "yes", {"by row": [["learned", "right"], ["wrong"]]})
    top, below = figure.axes
    for image, part in zip(images(top), frames, strict=True):
        np.testing.assert_array_equal(image, part.T)
    assert [tuple(image.get_extent()[:2]) for image in top.images] == [(0, 2), (3.5, 7.5)]
    assert top.get_title() == 'The word "yes" in 2 voices: each column is a frame, its colours are its numbers'
    assert [label.get_text() for label in below.get_xticklabels()] == ["ann", "bob"]
    assert below.get_xticks().tolist() == [1, 5.5]
    assert [label.get_text() for label in below.get_yticklabels()] == ["by row"]


def test_each_row_has_its_mark_below_its_frames():
    frames = [np.arange(8.0).reshape(4, 2)] * 2
    marks = {"one": [["learned", "held out"], ["right"]], "two": [["wrong"] * 4, ["learned"]]}
    _, below = figures.voices(frames, [0, 1], "a", marks).axes
    found = {dots.get_label(): dots.get_offsets().tolist() for dots in below.collections}
    assert found["learned from"] == [[1, 0], [7.5, 1]]
    assert found["held out, not asked yet"] == [[3, 0]]
    assert found["held out, answered right"] == [[7.5, 0]]
    assert found["held out, answered wrong"] == [[0.5, 1], [1.5, 1], [2.5, 1], [3.5, 1]]


def test_the_gap_lies_between_the_two_splits():
    history = History(label="run 1", loss="cross_entropy")
    for number, (row, speaker) in enumerate([(0.1, 0.1), (0.7, 0.4), (0.9, 0.5)]):
        history.append(Update(number, 1, 32 * number, 0.0, 1 - row, row, 1 - speaker, speaker))
    points = figures.split_points(history, "updates")
    assert list(points) == list(figures.SPLIT_LINES)
    np.testing.assert_array_equal(points["gap"], [[0, 1, 2, 2, 1, 0], [0.1, 0.7, 0.9, 0.5, 0.4, 0.1]])
    lines = {
        line.get_gid(): line for axes in figures.split_gap([history]).axes for line in (*axes.lines, *axes.patches)
    }
    assert set(figures.SPLIT_LINES) <= set(lines)
    np.testing.assert_array_equal(lines["val_accuracy"].get_ydata(), [0.1, 0.4, 0.5])
    np.testing.assert_array_equal(lines["loss"].get_ydata(), 1 - np.array([0.1, 0.7, 0.9]))


@pytest.mark.parametrize("groups", [None, ["ann", "bob", "ann"]])
def test_recordings_are_drawn_with_time_to_the_right(groups):
    rng = np.random.default_rng(0)
    items = [rng.normal(size=(length, 6)) for length in (3, 5, 4)]
    names = tuple(f"{100 * band} Hz" for band in range(1, 7))
    data = mb.Dataset(mb.Sequences(items), ["no", "yes", "no"], feature_names=names, groups=groups)
    figure = figures.recordings(data, [2, 1])
    for axes, row in zip(figure.axes, (2, 1), strict=True):
        np.testing.assert_array_equal(images(axes)[0], items[row].T)
        assert axes.images[0].origin == "lower"
    titles = ["no, 4 frames", "yes, 5 frames"] if groups is None else ["no (ann), 4 frames", "yes (bob), 5 frames"]
    assert [axes.get_title() for axes in figure.axes] == titles
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [names[i] for i in (0, 1, 2, 3, 5)]
