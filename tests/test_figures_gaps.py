"""The picture of the gap holds both losses, the area between them, and the two upright lines where they belong."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor import figures
from mbtutor.training import Update


def history_of(train, val, label="a run"):
    """A History validated at every tenth update, with these losses."""
    history = mb.History(label=label)
    for place, (loss, val_loss) in enumerate(zip(train, val)):
        both = {"loss": loss, "accuracy": 0.5, "val_loss": val_loss, "val_accuracy": 0.4}
        history.append(Update(10 * place, 1, 100 * place, float(place), **both))
    return history


def artist(figure, name):
    return next(a for axes in figure.axes for a in [*axes.lines, *axes.patches] if a.get_gid() == name)


TRAIN, VAL = [2.0, 1.0, 0.5, 0.2, 0.1], [2.1, 1.2, 0.9, 1.1, 1.3]


@pytest.mark.parametrize(("clock", "unit"), [("updates", 10), ("examples", 100)])
def test_the_lines_and_the_outline_of_the_gap_are_the_numbers(clock, unit):
    figure = figures.gap(history_of(TRAIN, VAL), clock, patience=2)
    x = unit * np.arange(5)
    for name, losses in (("loss", TRAIN), ("val_loss", VAL)):
        np.testing.assert_allclose(artist(figure, name).get_data(), [x, losses])
    outline = artist(figure, "gap").get_xy()
    np.testing.assert_allclose(outline[:5], np.column_stack([x, TRAIN]))
    np.testing.assert_allclose(outline[5:10], np.column_stack([x, VAL])[::-1])
    assert artist(figure, "best").get_xdata().tolist() == [2 * unit] * 2
    assert artist(figure, "stop").get_xdata().tolist() == [4 * unit] * 2


def test_without_patience_or_before_it_is_used_up_no_stop_is_drawn():
    for patience in (None, 3):
        assert len(artist(figures.gap(history_of(TRAIN, VAL), patience=patience), "stop").get_xdata()) == 0


def test_an_empty_history_can_be_drawn():
    figures.png(figures.gap(mb.History()))


def test_earlier_runs_are_thin_validation_curves():
    figure = figures.gap([history_of(TRAIN, VAL, "run 1: first"), history_of(TRAIN, VAL, "run 2")])
    earlier = [line for line in figure.axes[0].lines if line.get_gid() is None]
    assert [line.get_label() for line in earlier] == ["run 1: first"]
    np.testing.assert_allclose(earlier[0].get_ydata(), VAL)


def test_lines_of_one_panel_differ_by_more_than_colour():
    for panel in ("loss", "accuracy"):
        looks = [look[2:4] for name, look in figures.GAP_LINES.items() if look[0] == panel]
        assert len(set(looks)) == len(looks)


def test_the_legend_stands_inside_the_picture():
    figure = figures.gap(history_of(TRAIN, VAL, "run 1: dropout 0.5, patience 5"), patience=2)
    figures.png(figure)
    box = figure.axes[0].get_legend().get_window_extent()
    assert box.x0 >= 0 and box.y0 >= 0
    texts = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert texts == {"gap", "training, all rows", "validation", "lowest point", "patience used up"}


def test_a_clock_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="clock must be one of 'examples', 'updates', 'seconds'; got 'minutes'"):
        figures.gap(mb.History(), clock="minutes")
