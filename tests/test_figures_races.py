"""The figures of lesson 07 hold the numbers they were given: lanes, results, plateaus, the trade-off."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor import figures
from mbtutor.experiments import Plateau, Reached
from mbtutor.training import Update


def lane(batch_size, losses, label="a lane"):
    """A History that is validated at every update; each takes half a second."""
    moves = [Update(i, 1, i * batch_size, i / 2, val_loss=loss) for i, loss in enumerate(losses)]
    return mb.History(moves, label=label)


LANES = {0: lane(8, [2.0, 1.5, 0.9, 0.7]), 3: lane(32, [2.0, 1.2, 0.8])}


def lines(axes, **wanted):
    """The lines of which all of that is true, such as gid="lane-0"."""
    asked = [(f"get_{name}", value) for name, value in wanted.items()]
    return [line for line in axes.lines if all(getattr(line, name)() == value for name, value in asked)]


@pytest.mark.parametrize(("clock", "units"), [("examples", (8, 32)), ("updates", (1, 1)), ("seconds", (0.5, 0.5))])
def test_each_lane_is_its_validation_loss_on_the_clock(clock, units):
    left, _ = figures.race(LANES, clock).axes
    for (number, history), unit in zip(LANES.items(), units):
        (line,) = lines(left, gid=f"lane-{number}")
        np.testing.assert_allclose(line.get_xdata(), unit * np.arange(len(history)))
        np.testing.assert_allclose(line.get_ydata(), history["val_loss"])
        colour, dashes, _ = figures.LANES[number]
        assert line.get_color() == colour
        assert (line.get_linestyle() == "-") == (dashes == "-")


def test_all_lanes_share_one_scale_and_the_target_is_a_line_on_it():
    left, _ = figures.race(LANES, "updates", target=0.8).axes
    low, high = left.get_ylim()
    assert low < 0.7 and high > 2.0 and left.get_yscale() == "log"
    (target,) = [line for line in left.lines if np.array_equal(line.get_ydata(), [0.8, 0.8])]
    assert target.get_linestyle() == "--"
    assert [text.get_text() for text in left.texts] == ["target 0.8"]


def test_who_is_at_the_target_is_marked_there_and_on_the_right():
    reached = {0: Reached(3, 24, 1.5), 3: Reached(2, 64, 1.0)}
    for place, clock in enumerate(("updates", "examples", "seconds")):
        left, right = figures.race(LANES, clock, target=0.8, reached=reached).axes
        for number, size in ((0, 8), (3, 32)):
            marker = figures.LANES[number][2]
            (mark,) = lines(left, marker=marker)
            assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (reached[number][place], 0.8)
            (dot,) = lines(right, marker=marker)
            assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (size, reached[number][place])


def test_the_line_on_the_right_is_the_best_of_each_size():
    earlier = [(8, Reached(9, 72, 4)), (8, Reached(2, 16, 1)), (64, Reached(1, 64, 1))]
    reached = {0: Reached(3, 24, 1.5), 3: Reached(2, 64, 1.0)}
    _, right = figures.race(LANES, "updates", target=0.8, reached=reached, results=earlier).axes
    (best,) = lines(right, label="the best of each size")
    assert list(zip(*best.get_data())) == [(8, 2), (32, 2), (64, 1)]
    (past,) = lines(right, label="earlier races")
    assert list(zip(*past.get_data())) == [(8, 9), (8, 2), (64, 1)]
    assert past.get_markerfacecolor() == "none", "hollow, so not told by colour alone"


def test_before_anyone_is_there_the_right_says_so():
    _, right = figures.race({0: mb.History(label="A")}, "updates", target=0.8).axes
    assert [text.get_text() for text in right.texts] == ["no lane is there yet"]


def test_no_two_lanes_share_a_colour_dashes_or_marker():
    for looks in zip(*figures.LANES):
        assert len(set(map(str, looks))) == 6


def test_a_long_lane_is_thinned_and_keeps_its_newest_point():
    history = lane(1, np.linspace(2, 1, 5000))
    x, y = figures.race_points({2: history}, "updates")["lane-2"]
    assert len(x) <= 242 and (x[-1], y[-1]) == (4999, 1.0)


def test_another_clock_is_refused():
    with pytest.raises(ValueError, match="clock must be one of"):
        figures.race(LANES, "epochs")


NEEDED = {4: [400, 440, 360], 64: [30, 20, 40], 1024: [11, 10, 12]}
PLATEAU = Plateau(10, 160)


def test_plateaus_are_means_bars_and_the_curve():
    axes = figures.plateaus({"a task": (NEEDED, PLATEAU)}).axes[0]
    dots, bars = axes.containers[0][0], axes.containers[0][2][0]
    np.testing.assert_allclose(dots.get_data(), [[4, 64, 1024], [400, 30, 11]])
    np.testing.assert_allclose([segment[:, 1] for segment in bars.get_segments()], [[360, 440], [20, 40], [10, 12]])
    (curve,) = lines(axes, label="10 (1 + 160 / B)")
    np.testing.assert_allclose(curve.get_ydata(), PLATEAU.at(curve.get_xdata()))
    (critical,) = lines(axes, label="critical batch size 160")
    np.testing.assert_array_equal(critical.get_xdata(), [160, 160])


def test_two_tasks_differ_by_more_than_colour():
    axes = figures.plateaus({"one": (NEEDED, PLATEAU), "other": (NEEDED, Plateau(30, 20))}).axes[0]
    first, second = (container[0] for container in axes.containers)
    assert first.get_marker() != second.get_marker() and first.get_color() != second.get_color()
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said[:3] == ["one", "10 (1 + 160 / B)", "critical batch size 160"]
    assert said[3:] == ["other", "30 (1 + 20 / B)", "critical batch size 20"]


def test_the_trade_off_is_updates_against_examples():
    axes = figures.trade_off(NEEDED, PLATEAU).axes[0]
    (dots,) = lines(axes, label="measured, mean of the seeds")
    np.testing.assert_allclose(dots.get_data(), [[1600, 1920, 11264], [400, 30, 11]])
    (knee,) = lines(axes, label="critical batch size, B = 160")
    assert (knee.get_xdata()[0], knee.get_ydata()[0]) == (3200, 20), "twice the least of both"
    (curve,) = lines(axes, label="the fitted curve")
    x, y = curve.get_data()
    np.testing.assert_allclose((y / 10 - 1) * (x / 1600 - 1), 1)
    assert [text.get_text() for text in axes.texts] == ["B = 4", "B = 64", "B = 1,024"]
