"""The figures of two weights: the map of the loss with its paths, the cloud of gradients, the line of the noise."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from mbtutor import figures
from mbtutor.experiments import BatchNoise

FIRST, SECOND = np.linspace(-2, 2, 21), np.linspace(-1, 1, 11)
LOSSES = FIRST[None, :] ** 2 + 4 * SECOND[:, None] ** 2
WAY = np.array([[1.5, 0.5], [0.5, 0.5], [0.1, 0.0]])
LANDINGS = np.array([[1.0, 0.2], [1.2, 0.4]])
NOISES = [BatchNoise(1, 2.0, 2.1), BatchNoise(10, 0.2, 0.19), BatchNoise(100, 1e-30, 0.0)]
GRADIENTS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 2.0]])


def lines(axes):
    """{gid: Line2D} of the lines that a live picture moves."""
    return {line.get_gid(): line for line in axes.lines if line.get_gid()}


def dots(line):
    """The places of the dots that are drawn as lines too short to be seen."""
    x, y = line.get_data()
    return np.column_stack([x, y])[::3]


@pytest.fixture
def map_axes():
    paths = {"SGD": (0, WAY), "Adam": (3, WAY[:2])}
    return figures.valley(FIRST, SECOND, LOSSES, (0, 0), (1.5, 0.5), paths, ("one update", LANDINGS)).axes[0]


def test_paths_ends_start_and_landings_stand_where_they_are(map_axes):
    drawn = lines(map_axes)
    assert set(drawn) == {"start", "landings", "path-SGD", "end-SGD", "path-Adam", "end-Adam"}
    np.testing.assert_array_equal(np.column_stack(drawn["path-SGD"].get_data()), WAY)
    for gid, places in {"start": [[1.5, 0.5]], "landings": LANDINGS, "end-SGD": WAY[2:], "end-Adam": WAY[1:2]}.items():
        np.testing.assert_array_equal(dots(drawn[gid]), places)


def test_the_map_has_equal_units_on_both_axes_and_ends_where_the_grid_does(map_axes):
    assert map_axes.get_aspect() == 1
    assert map_axes.get_xlim() == (-2, 2) and map_axes.get_ylim() == (-1, 1)


def test_contour_lines_join_places_of_equal_loss(map_axes):
    _, contours = map_axes.collections
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        x, y = path.vertices.T
        np.testing.assert_allclose(x**2 + 4 * y**2, level, atol=0.06)  # the grid is coarse


def test_lines_are_dense_where_it_is_steep(map_axes):
    """Of a bowl, levels that grow with the square of their number make evenly spaced rings."""
    levels = map_axes.collections[1].levels
    np.testing.assert_allclose(np.diff(np.sqrt(levels)), np.sqrt(levels[0]))


def test_every_style_has_its_own_colour_and_dashes():
    colours, dashes, _ = zip(*figures.STYLES)
    assert len(set(colours)) == len(figures.STYLES)
    solid = [colour for colour, dash in zip(colours, dashes) if dash == "-"]
    assert len({str(dash) for dash in dashes}) == len(dashes) - len(solid) + 1 and len(solid) == 2


def test_a_path_keeps_its_style_whoever_else_walks(map_axes):
    alone = figures.valley(FIRST, SECOND, LOSSES, (0, 0), (1.5, 0.5), {"Adam": (3, WAY)}).axes[0]
    assert to_hex(lines(alone)["path-Adam"].get_color()) == to_hex(lines(map_axes)["path-Adam"].get_color())
    assert "landings" not in lines(alone)


def test_the_legend_names_what_is_there(map_axes):
    names = [text.get_text() for text in map_axes.get_legend().get_texts()]
    assert names == ["lowest loss", "start", "one update", "SGD", "Adam"]


def test_the_points_for_a_live_picture_are_those_of_the_figure(map_axes):
    points = figures.valley_points((1.5, 0.5), {"SGD": (0, WAY), "Adam": (3, WAY[:2])}, ("one update", LANDINGS))
    drawn = lines(map_axes)
    assert points.keys() == drawn.keys()
    for gid, (x, y) in points.items():
        np.testing.assert_array_equal(drawn[gid].get_xdata(), x)
        np.testing.assert_array_equal(drawn[gid].get_ydata(), y)


def test_dots_are_round_and_seen_in_a_png(map_axes):
    """A line without length is drawn only if its ends are round and nothing snaps it to the pixels."""
    for gid in ("start", "landings", "end-SGD"):
        line = lines(map_axes)[gid]
        assert line.get_solid_capstyle() == "round" and line.get_snap() is False and line.get_linestyle() == "-"


def test_the_cloud_has_a_dot_for_each_batch_and_a_circle_of_the_radius():
    axes = figures.cloud(GRADIENTS, np.array([0.5, 1.0]), 0.8, 3).axes[0]
    by_label = {line.get_label(): line for line in axes.lines}
    np.testing.assert_array_equal(np.column_stack(by_label["3 batches"].get_data()), GRADIENTS)
    circle = np.column_stack(by_label["typical distance, expected"].get_data()) - [0.5, 1.0]
    np.testing.assert_allclose(np.hypot(*circle.T), 0.8)
    (arrow,) = axes.texts
    assert tuple(arrow.xy) == (0.5, 1.0) and tuple(arrow.xyann) == (0, 0)
    assert axes.get_xlim() == (-2.5, 3.5) and axes.get_ylim() == (-2, 4) and axes.get_aspect() == 1


def test_the_line_of_the_noise_is_what_the_formula_says():
    axes = figures.noise_line(NOISES, 2.1, 100).axes[0]
    drawn = lines(axes)
    sizes, slope = drawn["slope"].get_data()
    np.testing.assert_allclose(slope, 2.1 / sizes)
    sizes, expected = drawn["expected"].get_data()
    np.testing.assert_allclose(expected[:-1], 2.1 / sizes[:-1] * (1 - sizes[:-1] / 100))
    assert expected[-1] < 1e-10
    np.testing.assert_array_equal(dots(drawn["measured"]), [(1, 2.0), (10, 0.2)]), "a noise of 0 has no place"
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_the_ticks_of_the_noise_are_read_as_they_are():
    """Longer decimals would be cut by the page, which keeps two of them."""
    axes = figures.noise_line([], 2.1, 2000, (1e-6, 20)).axes[0]
    axes.figure.canvas.draw()
    labels = [text.get_text() for axis in (axes.xaxis, axes.yaxis) for text in axis.get_ticklabels()]
    assert {"1", "10", "1,000", "0.1", "0.01", "10⁻³", "10⁻⁵"} <= set(labels)


def test_the_line_of_the_noise_can_stand_on_fixed_axes_before_anything_is_measured():
    axes = figures.noise_line([], 2.1, 100, (1e-6, 10)).axes[0]
    assert axes.get_ylim() == (1e-6, 10) and len(lines(axes)["measured"].get_xdata()) == 0


def test_the_microscope_has_all_three():
    of_valley = FIRST, SECOND, LOSSES, (0, 0), (1.5, 0.5), {"B = 1": (0, WAY)}, ("one update", LANDINGS)
    figure = figures.microscope(of_valley, (GRADIENTS, np.array([0.5, 1.0]), 0.8, 3), (NOISES, 2.1, 100, None))
    assert [axes.get_title() for axes in figure.axes] == [
        "The loss of two weights, from above",
        f"The gradients of {len(GRADIENTS)} batches",
        "The noise against the batch size",
    ]
    assert "path-B = 1" in lines(figure.axes[0]) and "measured" in lines(figure.axes[2])
