"""The optimizer lab without a browser: valleys of any shape, six paths, and how far each is above the lowest."""

import ast
import contextlib
import html
import io
import re

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, status, until

import mbtutor as mb
from mbtutor import figures
from mbtutor.exercises import lessons
from mbtutor.widgets.optimizer_lab import ACROSS, ALONG, CONDITIONS, prepared
from mbtutor.widgets.settings import OPTIMIZERS


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.random(300)
    return mb.Dataset(x[:, None], (x + rng.normal(0, 0.3, 300) > 0.5).astype(float))


@pytest.fixture
def lab(data):
    lab = mb.OptimizerLab(data, updates=30)
    yield lab
    lab.close()


def words(widget):
    return html.unescape(re.sub("<[^>]*>", "", widget.value))


# The valley ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("lie", [ALONG, ACROSS])
def test_the_valley_has_the_condition_number_that_is_asked_for(data, condition, lie):
    x = prepared(data, condition, lie).X[:, 0]
    columns = np.column_stack([x, np.ones(len(x))])
    steep, flat = np.linalg.eigh(columns.T @ columns / len(x))[0][::-1]
    assert steep / flat == pytest.approx(condition)


@pytest.mark.parametrize(("lie", "way"), [(ALONG, [1, 0]), (ACROSS, [np.sqrt(0.5), -np.sqrt(0.5)])])
def test_the_floor_of_the_valley_runs_as_it_says(data, lie, way):
    x = prepared(data, 50, lie).X[:, 0]
    columns = np.column_stack([x, np.ones(len(x))])
    floor = np.linalg.eigh(columns.T @ columns)[1][:, 0]
    np.testing.assert_allclose(abs(floor @ way), 1, atol=1e-12)


def test_the_rows_and_answers_stay_and_the_lowest_loss_is_the_same_in_every_valley(data):
    lowest = set()
    for condition, lie in ((1, ALONG), (50, ALONG), (50, ACROSS)):
        lab = mb.OptimizerLab(data, condition=condition, lie=lie)
        lowest.add(round(lab.landscape.loss((0, 0)), 12))
        np.testing.assert_array_equal(lab.landscape.data.y, data.y)
        lab.close()
    assert len(lowest) == 1, "w x + b can answer the same, however x was scaled or shifted"


def test_the_height_above_the_lowest_is_the_difference_of_the_losses(lab):
    land = lab.landscape
    places = np.random.default_rng(0).normal(size=(5, 2))
    expected = [land.loss(place) - land.loss((0, 0)) for place in places]
    np.testing.assert_allclose(land.above_lowest(places), expected, atol=1e-12)


def test_another_shape_draws_another_map_and_forgets_the_paths(lab):
    lab.run()
    picture = lab.picture.widget.value
    lab.lie.value = ACROSS
    assert lab.walkers == [] and lab.picture.widget.value != picture
    assert status(lab) == "Another valley: 50 times steeper walls than floor, across the axes."
    picture = lab.picture.widget.value
    lab.condition.slider.value = 10
    assert lab.picture.widget.value != picture and "10 times steeper" in status(lab)
    assert lab.start.tolist() == [1.2, -0.4], "the start stays where it is, seen from the lowest"


# The paths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_path_is_ordinary_training_by_that_optimizer(lab, name):
    lab.run()
    (walker,) = [walker for walker in lab.walkers if walker.label == name]
    kind, options = OPTIMIZERS[name]
    net = lab.landscape.network([1.2, -0.4], kind(lr=0.05, **options))
    path = mb.experiments.weight_path(net, mb.MiniBatches(lab.landscape.data, 300), updates=30)
    np.testing.assert_allclose(walker.points, path - lab.landscape.origin, atol=1e-12)
    assert lab.left()[name] == pytest.approx(
        lab.landscape.loss(walker.points[-1]) - lab.landscape.loss((0, 0)), abs=1e-9
    )
    assert f"{name}: {lab.left()[name]:.4f}" in words(lab.words)


def test_along_the_axes_adam_is_far_ahead_of_sgd_and_across_it_is_far_behind_momentum(data):
    lab = mb.OptimizerLab(data)
    lab.run()
    along = lab.left()
    lab.lie.value = ACROSS
    lab.run()
    across = lab.left()
    assert along["Adam"] < along["SGD"] / 50 and along["SGD with momentum"] < along["SGD"] / 10
    assert across["Adam"] > 10 * across["SGD with momentum"]
    lab.close()


def test_in_a_round_bowl_everybody_arrives(data):
    lab = mb.OptimizerLab(data, condition=1, lr=0.1)
    lab.run()
    assert max(lab.left().values()) < 0.02
    lab.close()


def test_small_batches_leave_noise(lab):
    lab.updates.value = 200
    lab.run()
    still = lab.left()["SGD with momentum"]
    lab.size.slider.value = 8
    assert lab.walkers == []
    lab.run()
    assert lab.left()["SGD with momentum"] > 10 * still


def test_choice_rate_and_seed_change_the_paths(lab):
    lab.shown[0].value = lab.shown[3].value = False
    lab.run()
    assert {walker.label: walker.style for walker in lab.walkers} == {
        name: style for style, name in enumerate(OPTIMIZERS) if style not in (0, 3)
    }
    first = lab.left()
    lab.rate.slider.value = 0.2
    lab.run()
    assert lab.left() != first
    lab.size.slider.value = 8
    lab.run()
    first = lab.left()
    lab.seed.value = 1
    lab.run()
    assert lab.left() != first


def test_one_update_and_run_paths_in_a_running_loop(lab):
    click(lab, "One update")
    assert {walker.updates for walker in lab.walkers} == {1}
    lab.pace.value = np.inf

    async def scenario():
        click(lab, "Run paths")
        await until(lambda: status(lab) == "Arrived.")

    in_loop(scenario)
    assert {walker.updates for walker in lab.walkers} == {30} and 'data-n="30"' in lab.curves.widget.value


def test_who_runs_away_is_named(data):
    lab = mb.OptimizerLab(data, lr=0.8, updates=1000)
    lab.run()
    assert status(lab) == "Arrived. Nesterov momentum ran away: lower the learning rate."
    assert "Nesterov momentum: far off" in words(lab.words)
    lab.close()


def test_no_path_chosen_is_said(lab):
    for box in lab.shown:
        box.value = False
    click(lab, "One update")
    assert "no path is chosen" in status(lab)


# Show the code -------------------------------------------------------------------------------------------------------


def shown(lab):
    """{framework: the program as the page shows it}."""
    return dict(zip(lab.code.titles, (words(tab) for tab in lab.code.children)))


@pytest.mark.parametrize(
    "options",
    [{}, {"lie": ACROSS, "condition": 20}, {"batch_size": 8, "seed": 3, "lr": 0.1}, {"start": (-1, 0.5), "updates": 7}],
    ids=["as it opens", "across", "small batches", "start"],
)
def test_the_shown_program_walks_the_paths_of_the_lab(data, options):
    lab = mb.OptimizerLab(data, **{"updates": 30} | options)
    lab.run()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(shown(lab)["mbtutor"], {"data": data})
    left = ast.literal_eval(printed.getvalue())
    assert left == pytest.approx(lab.left(), abs=1e-12) and list(left) == list(OPTIMIZERS)
    lab.close()


def test_every_program_follows_every_control(lab):
    for change in (
        lambda: setattr(lab.first.slider, "value", 0.5),
        lambda: setattr(lab.rate.slider, "value", 0.5),
        lambda: setattr(lab.condition.slider, "value", 2),
        lambda: setattr(lab.lie, "value", ACROSS),
        lambda: setattr(lab.size.slider, "value", 8),
        lambda: setattr(lab.updates, "value", 17),
        lambda: setattr(lab.shown[1], "value", False),
        lambda: setattr(lab.seed, "value", 5),
    ):
        before = shown(lab)
        change()
        now = shown(lab)
        assert list(now) == ["mbtutor", "PyTorch", "Keras", "TensorFlow"] and all(
            now[name] != before[name] for name in now
        )
        for text in now.values():
            ast.parse(text)
            assert max(map(len, text.splitlines())) <= 120
    for text in now.values():
        assert "SGD with momentum" not in text and "0.5, -0.4" in text and "17" in text


# The question of lesson A2 -------------------------------------------------------------------------------------------


def test_the_prediction_is_answered_in_the_turned_valley(data):
    lab, prediction, heard = mb.OptimizerLab(data), lessons.lesson("A2").PREDICTION, []
    lab.watch(lambda lab: heard.append(prediction.outcome(lab)))
    lab.run()
    lab.lie.value = ACROSS
    assert prediction.outcome(lab) is None, "nobody has walked there yet"
    lab.run()
    assert heard[0] is None
    choice, text = heard[-1]
    assert prediction.options[choice] == "momentum does, Adam falls far behind it"
    assert re.match(
        r"In the turned valley, Adam ended 0\.\d{4} above the lowest loss, momentum 0\.\d{4}, SGD 0\.", text
    )
    lab.shown[1].value = False
    lab.run()
    assert heard[-1] is None, "without momentum there is nothing to compare"
    lab.close()


def test_save_writes_the_picture_and_every_place_of_every_path(lab, tmp_path):
    lab.run()
    picture, walked = lab.save(tmp_path)
    assert picture.name == "optimizer_lab.png" and picture.read_bytes() == figures.png(lab.figure())
    header, *lines = walked.read_text().splitlines()
    assert walked.name == "optimizer_lab_paths.csv" and header == "path,update,w,b,loss"
    assert len(lines) == 31 * len(OPTIMIZERS) and lines[0].startswith("SGD,0,1.2,-0.4,")


# Reading -------------------------------------------------------------------------------------------------------------


def test_the_pictures_say_the_same_to_a_screen_reader_and_leak_no_style(lab):
    lab.run()
    for picture in (lab.picture.widget.value, lab.curves.widget.value):
        assert html.escape(words(lab.words)) in picture and 'role="img"' in picture
        assert "<style" not in picture and "#000000" not in picture and "currentColor" in picture


def test_every_control_has_a_label(lab):
    def walk(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from walk(child)

    kinds = ipywidgets.Dropdown, ipywidgets.BoundedFloatText, ipywidgets.BoundedIntText, ipywidgets.Checkbox
    found = [widget for widget in walk(lab.view) if isinstance(widget, (*kinds, ipywidgets.Button))]
    assert [widget.description for widget in found] == [
        *("Start: weight w", "Start: bias b", "Learning rate", "Condition number", "The valley lies", "Batch size"),
        *(*OPTIMIZERS, "Updates of a path", "Seed", "Pace, in updates"),
        *("Run paths", "One update", "Stop", "Reset", "Save"),
    ]


def test_a_saved_notebook_keeps_the_picture_of_a_run(lab, monkeypatch):
    monkeypatch.setenv("MBTUTOR_SNAPSHOT", "1")
    saved = lab._repr_mimebundle_()
    other = lab.twin()
    other.run()
    assert saved["image/png"] == figures.png(other.figure()) and lab.walkers == []
    other.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"condition": 0.5}, "condition must be a number from 1"),
        ({"lie": "upright"}, "lie must be one of 'along the axes', 'across the axes'; got 'upright'"),
        ({"batch_size": 301}, "batch_size must be a whole number from 1 to 300; got 301"),
        ({"start": (5, 0)}, "start must be (w, b) with w from -1.70 to 1.70 and b from -1.10 to 1.10; got (5, 0)"),
        ({"lr": -1}, "lr must be a finite number above 0; got -1"),
    ],
)
def test_settings_that_the_controls_do_not_offer_are_refused(data, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.OptimizerLab(data, **options)


def test_data_that_make_no_landscape_are_refused():
    with pytest.raises(ValueError, match="data must have one column and one number"):
        mb.OptimizerLab(mb.Dataset(np.ones((4, 2)), np.ones(4)))


def test_closing_gives_every_widget_back(data):
    before = set(live_widgets)
    lab = mb.OptimizerLab(data, updates=2)
    lab.run()
    lab.close()
    assert set(live_widgets) == before
