"""The pictures of lesson 10 hold the numbers they are given: filters with their answers, both modes, and the means."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor import figures
from mbtutor.training import Update


def lines(figure):
    return {line.get_gid(): line for axes in figure.axes for line in axes.lines if line.get_gid()}


def history_of(own, evaluated, label="a run"):
    history = mb.History(label=label)
    for place, (loss, val_loss) in enumerate(zip(own, evaluated)):
        both = {"loss": loss, "accuracy": loss / 10, "val_loss": val_loss, "val_accuracy": val_loss / 10}
        history.append(Update(10 * place, 1, 100 * place, float(place), **both))
    return history


OWN, EVALUATED = [2.0, 1.5, 1.2], [2.1, 1.1, 0.9]


@pytest.mark.parametrize(("clock", "unit"), [("updates", 10), ("examples", 100)])
def test_both_modes_are_drawn(clock, unit):
    found = lines(figures.modes(history_of(OWN, EVALUATED), clock))
    x = unit * np.arange(3)
    for name, values in (("loss", OWN), ("val_loss", EVALUATED)):
        np.testing.assert_allclose(found[name].get_data(), [x, values])
        np.testing.assert_allclose(found[name.replace("loss", "accuracy")].get_ydata(), np.array(values) / 10)


def test_an_empty_run_can_be_drawn():
    figures.png(figures.modes(mb.History()))
    figures.png(figures.means([]))


def test_the_means_are_the_numbers():
    table = [(1, 0.5, 0.05, np.nan), (2, 1.5, 0.2, 0.9), (3, -1.0, 0.1, np.nan), (4, 0.4, 0.13, 1.1)]
    figure = figures.means(table, end=10)
    found = lines(figure)
    np.testing.assert_allclose(found["batch"].get_data(), [[1, 2, 3, 4], [0.5, 1.5, -1.0, 0.4]])
    np.testing.assert_allclose(found["running"].get_ydata(), [0.05, 0.2, 0.1, 0.13])
    np.testing.assert_allclose(found["rows"].get_data(), [[2, 4], [0.9, 1.1]])
    low, high = figure.axes[0].get_ylim()
    assert low < -1.0 and high > 1.5 and figure.axes[0].get_xlim() == (0, 10)


def test_lines_of_one_panel_differ_by_more_than_colour():
    for looks in (figures.MEAN_LINES, figures.MODE_LINES):
        for panel in {look[0] for look in looks.values()} if looks is figures.MODE_LINES else {None}:
            dashes = [look[-2:-1] + look[1:2] for look in looks.values() if panel in (None, look[0])]
            assert len({str(dash) for dash in dashes}) == len(dashes)


def test_filters_stand_above_their_answers():
    rng = np.random.default_rng(0)
    W, answers = rng.normal(size=(3, 1, 5, 5)), rng.random((3, 24, 24))
    figure = figures.filters(W, answers)
    shown = [axes.images[0] for axes in figure.axes]
    np.testing.assert_array_equal([image.get_array() for image in shown[:3]], W[:, 0])
    np.testing.assert_array_equal([image.get_array() for image in shown[3:]], answers)
    assert {image.get_clim() for image in shown[:3]} == {(-np.abs(W).max(), np.abs(W).max())}
    assert {image.get_clim() for image in shown[3:]} == {(0, answers.max())}
    assert repr(figure) == "Picture: 3 filters: vermillion above 0, blue below; where each answers"
    assert len(figures.filters(W[:, 0]).axes) == 3
    figures.png(figures.filters(W, np.zeros((3, 2, 2)), title="none answers"))


def test_a_sheet_holds_every_picture_with_a_border():
    pictures = np.arange(1, 13.0).reshape(3, 2, 2)
    sheet = figures.sheet(pictures, columns=2)
    assert sheet.shape == (7, 7)
    np.testing.assert_array_equal(sheet[1:3, 1:3], pictures[0])
    np.testing.assert_array_equal(sheet[1:3, 4:6], pictures[1])
    np.testing.assert_array_equal(sheet[4:6, 1:3], pictures[2])
    assert sheet.sum() == pictures.sum()
    assert (figures.sheet(pictures, 2, border=0.5)[0] == 0.5).all()
