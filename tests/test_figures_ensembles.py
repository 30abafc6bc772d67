"""The pictures of lesson A3 hold the numbers they are given: members in training, those that are ready, their mean."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor import figures
from mbtutor.training import Update


def lines(figure):
    return {line.get_gid(): line for axes in figure.axes for line in axes.lines if line.get_gid()}


def history_of(members, label="a run"):
    """members: [(accuracies of the member, accuracy of the mean when it is ready or None), ...], 10 updates apart."""
    history, before = mb.History(label=label), 0
    for accuracies, mean in members:
        for place, accuracy in enumerate(accuracies):
            number = before + 10 * place
            joined = mean if place == len(accuracies) - 1 else None
            history.append(Update(number, place, 8 * number, number / 100, 1.0, accuracy, joined and 0.5, joined))
        before = number
    return history


MEMBERS = [((0.1, 0.8, 0.9), 0.9), ((0.2, 0.7, 0.85), 0.94), ((0.15, 0.75), None)]


@pytest.mark.parametrize(("clock", "unit"), [("updates", 10), ("examples", 80), ("seconds", 0.1)])
def test_each_member_begins_at_0_and_the_last_one_stands_out(clock, unit):
    found = lines(figures.ensemble(history_of(MEMBERS), clock))
    np.testing.assert_allclose(found["now"].get_data(), [[0, unit], [0.85, 0.25]])
    x, wrong = found["before"].get_data()
    np.testing.assert_allclose(x, [0, unit, 2 * unit, np.nan] * 2)
    np.testing.assert_allclose(wrong, [0.9, 0.2, 0.1, np.nan, 0.8, 0.3, 0.15, np.nan])


def test_members_that_are_ready_are_bars_and_their_mean_is_a_line():
    figure = figures.ensemble(history_of(MEMBERS), highest=0.4)
    found = lines(figure)
    np.testing.assert_allclose(found["mean"].get_data(), [[1, 2], [0.1, 0.06]])
    x, wrong = (values.reshape(2, 3) for values in found["alone"].get_data())
    np.testing.assert_allclose(x[:, :2].mean(axis=1), [1, 2])
    np.testing.assert_allclose(wrong[:, :2], [[0.1, 0.1], [0.15, 0.15]])
    np.testing.assert_allclose(found["dots"].get_ydata().reshape(2, 3)[:, 0], [0.1, 0.06])
    assert np.isnan(x[:, 2]).all() and [axes.get_ylim() for axes in figure.axes] == [(0, 0.4)] * 2


def test_earlier_runs_are_thin_lines_with_their_names():
    earlier = history_of([((0.1, 0.6), 0.6), ((0.1, 0.5), 0.7)], "another")
    figure = figures.ensemble([earlier, history_of(MEMBERS)], first=3)
    (line,) = [line for line in figure.axes[1].lines if not line.get_gid()]
    np.testing.assert_allclose(line.get_data(), [[1, 2], [0.4, 0.3]])
    assert line.get_label() == "another" and figure.axes[1].get_ylim() == (0, 0.7)
    legends = [axes.get_legend() for axes in figure.axes]
    assert [legend.get_title().get_text() for legend in legends] == ["a run", "earlier runs, the mean"]
    figures.png(figure)


def test_the_axis_of_the_mistakes_holds_every_member():
    for accuracy, ceiling in ((0.95, 0.2), (0.7, 0.4), (0.35, 0.7), (0.0, 1.0)):
        assert figures.error_ceiling([history_of([((0.1, accuracy), accuracy)])]) == ceiling
    assert figures.error_ceiling([mb.History()]) == 0.2


def test_an_empty_run_can_be_drawn():
    for points in figures.ensemble_points(mb.History(), "updates").values():
        assert [len(part) for part in points] == [0, 0]
    figures.png(figures.ensemble(mb.History()))


def test_lines_of_one_panel_differ_by_more_than_colour():
    for panel in ("training", "ready"):
        widths = [width for place, _, width, _ in figures.MEMBER_LINES.values() if place == panel]
        assert len(set(widths)) == len(widths)


def test_errors_by_members_are_means_with_bars():
    means, votes = np.array([[0.06, 0.08], [0.04, 0.05]]), np.array([[0.1, 0.2], [0.05, 0.07]])
    figure = figures.by_members((1, 4), {"mean": means, "vote": votes}, title="wrong")
    (axes,) = figure.axes
    for container, values in zip(axes.containers, (means, votes), strict=True):
        line, _, (bars,) = container
        np.testing.assert_array_equal(line.get_xdata(), [1, 4])
        np.testing.assert_allclose(line.get_ydata(), values.mean(axis=1))
        ends = [segment[:, 1] for segment in bars.get_segments()]
        np.testing.assert_allclose(ends, np.sort(values, axis=1))
    looks = {(line.get_linestyle(), line.get_marker()) for line, _, _ in axes.containers}
    assert len(looks) == 2 and repr(figure) == "Picture: wrong"
    figures.png(figure)
