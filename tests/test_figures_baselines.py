"""The picture of runs beside the answer that knows nothing: its lines are the numbers of the histories."""

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb


def history(seed=0, label="run", numbers=False):
    data = make_data(60)
    net = make_net(seed=seed)
    if numbers:
        data = mb.standardize_target(mb.Dataset(data.X, 5 + 3 * data.X[:, 0]))
        net = make_net([mb.Dense(4, 8), mb.ReLU(), mb.Dense(8, 1)], "mean_squared_error", seed=seed)
    found = mb.fit(net, mb.MiniBatches(data, 20), epochs=4, validation=data)
    found.label, found.loss = label, net.loss.name
    return found


def lines(axes):
    return {line.get_gid() or line.get_label(): line.get_xydata() for line in axes.lines}


def test_classes_have_their_accuracy_and_a_dotted_line():
    one = history()
    _, right = mb.figures.baselines([one], level=0.4).axes
    x, y = one.measured("val_accuracy", "examples")
    np.testing.assert_allclose(lines(right)["val_accuracy"], np.column_stack([x, y]))
    assert right.lines[-1].get_ydata()[0] == 0.4
    assert [text.get_text() for text in right.texts] == ["always the commonest class"]


def test_numbers_have_their_typical_error_in_the_unit():
    one, two = history(label="run 1", numbers=True), history(1, "run 2", numbers=True)
    _, right = mb.figures.baselines([one, two], level=3.0, unit="mpg", deviation=3.0).axes
    drawn = lines(right)
    for name, run in (("run 1", one), ("error", two)):
        x, losses = run.measured("val_loss", "examples")
        np.testing.assert_allclose(drawn[name], np.column_stack([x, 3 * np.sqrt(losses)]))
    assert right.get_title() == "Typical error in mpg (lower is better)"
    assert [text.get_text() for text in right.texts] == ["always the mean of train"]
    assert right.get_ylim()[1] >= 1.15 * 3


@pytest.mark.parametrize("deviation", [0, 2.0])
def test_the_moving_points_are_those_of_the_picture(deviation):
    one = history(numbers=bool(deviation))
    points = mb.figures.baseline_points(one, "updates", deviation)
    figure = mb.figures.baselines([one], "updates", level=1, unit="x", deviation=deviation)
    drawn = {line.get_gid(): line for axes in figure.axes for line in axes.lines if line.get_gid()}
    assert drawn.keys() == points.keys()
    for name, (x, y) in points.items():
        np.testing.assert_allclose(drawn[name].get_xydata(), np.column_stack([x, y]))


def test_before_there_is_a_target_nothing_is_dotted():
    assert not mb.figures.baselines([mb.History(label="no run yet")]).axes[1].texts
