"""The gradient microscope without a browser: paths, cloud and noise line, moved and measured."""

import ast
import asyncio
import csv
import html
import re
import subprocess
import sys
import time

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import all_digits, click, in_loop, status, until

import mbtutor as mb
from mbtutor import figures
from mbtutor.exercises import lessons

ALL = "all 1,125 rows"


@pytest.fixture(scope="module")
def two():
    """Zeros and ones by the ink in their middle, as lesson 05 makes them."""
    digits = all_digits()
    pair = digits.y < 2
    ink = digits.X[pair].reshape(-1, 8, 8)[:, 2:6, 3:5].mean(axis=(1, 2)) / 16
    return mb.Dataset(ink[:, None], (digits.y[pair] == 0).astype(float))


@pytest.fixture
def lab(two):
    lab = mb.GradientMicroscope(two, updates=20)
    yield lab
    lab.close()


def walked(data, start, lr, batch_size, updates, seed=0):
    """The path by ordinary training."""
    net = mb.Network([mb.Dense(1, 1)])
    net.weights = start
    net.compile("mean_squared_error", mb.SGD(lr))
    return mb.experiments.weight_path(net, mb.MiniBatches(data, batch_size, seed=seed), updates=updates)


def paths(lab):
    return {walker.label: np.array(walker.points) for walker in lab.walkers}


def words(widget):
    return html.unescape(re.sub("<[^>]*>", "", widget.value))


def as_fast_as_it_can(lab):
    lab.pace.value = np.inf


# Paths -------------------------------------------------------------------------------------------------------------


def test_at_first_nothing_has_walked_and_the_place_is_said(lab):
    assert lab.walkers == [] and lab.noise == []
    assert words(lab.words) == "Loss at the start 0.418; lowest 0.027, at w = -1.20, b = 1.08"
    assert status(lab) == "Ready: press Run paths, or move the start."
    assert lab.start.tolist() == [0.2, 0.1]
    assert words(lab.facts).startswith("Gradient of all rows: length 0.608. Batches of 8: typical distance from it 0.")


def test_the_lowest_loss_is_the_lowest(lab, two):
    land = lab.landscape
    gradient = mb.experiments.full_gradient(land.network(land.lowest), two)
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    assert land.loss(land.lowest) <= land.losses.min()


def test_each_path_is_ordinary_training_from_the_start(lab, two):
    lab.run()
    assert list(paths(lab)) == ["B = 1", "B = 8", "B = 64", ALL]
    for label, batch_size in zip(paths(lab), (1, 8, 64, 1125)):
        np.testing.assert_array_equal(paths(lab)[label], walked(two, [0.2, 0.1], 0.2, batch_size, 20))
    assert words(lab.words).startswith("Update 20 of 20, loss over all rows: B = 1: ")


def test_small_batches_jump_and_large_ones_do_not(lab):
    lab.run()
    turns = {label: np.abs(np.diff(path, 2, axis=0)).sum() for label, path in paths(lab).items()}
    assert turns["B = 1"] > 2 * turns["B = 8"] > 4 * turns["B = 64"] > 4 * turns[ALL]


def test_one_update_moves_every_path_by_one(lab):
    before = lab.picture.widget.value
    click(lab, "One update")
    assert {len(path) for path in paths(lab).values()} == {2}
    assert status(lab) == "One update made." and lab.picture.widget.value != before
    click(lab, "One update")
    assert {len(path) for path in paths(lab).values()} == {3}


def test_run_paths_goes_on_from_one_update_and_ends_where_run_ends(lab):
    click(lab, "One update")
    as_fast_as_it_can(lab)

    async def scenario():
        click(lab, "Run paths")
        click(lab, "Run paths")  # a double click
        await until(lambda: status(lab) == "Arrived.")

    in_loop(scenario)
    other = lab.twin()
    other.run()
    for label, path in paths(other).items():
        np.testing.assert_array_equal(paths(lab)[label], path)
    other.close()


def test_after_the_end_run_paths_sets_out_again(lab):
    lab.run()
    first = lab.walkers
    click(lab, "One update")
    assert lab.walkers is not first and {walker.updates for walker in lab.walkers} == {1}


def test_only_the_chosen_paths_walk_and_keep_their_look(lab):
    lab.shown[0].value = lab.shown[2].value = False
    lab.run()
    assert {walker.label: walker.style for walker in lab.walkers} == {"B = 8": 1, ALL: 3}
    lab.shown[0].value = True
    assert lab.walkers == [], "another choice begins anew"


def test_no_path_chosen_is_said(lab):
    for box in lab.shown:
        box.value = False
    click(lab, "One update")
    assert "no path is chosen: tick at least one" in status(lab) and 'role="alert"' in lab.status.value


def test_another_seed_deals_other_batches_but_all_rows_stay_the_same(lab):
    lab.run()
    before = paths(lab)
    lab.seed.value = 1
    assert lab.walkers == []
    lab.run()
    after = paths(lab)
    assert np.array_equal(before[ALL], after[ALL])
    assert not any(np.array_equal(before[label], after[label]) for label in ("B = 1", "B = 8", "B = 64"))


def test_the_learning_rate_counts_from_the_next_update_on(lab, two):
    click(lab, "One update")
    lab.rate.slider.value = 0.05
    assert status(lab) == "The next update is made with learning rate 0.05."
    click(lab, "One update")
    first = walked(two, [0.2, 0.1], 0.2, 1125, 1)
    np.testing.assert_array_equal(paths(lab)[ALL][:2], first)
    np.testing.assert_array_equal(paths(lab)[ALL][2], walked(two, first[-1], 0.05, 1125, 1)[-1])


def test_a_path_that_runs_away_is_named_and_the_others_arrive(two):
    lab = mb.GradientMicroscope(two, updates=1000, lr=0.7)
    lab.shown[1].value = lab.shown[2].value = False
    lab._walk_to_the_end()
    assert status(lab) == "Arrived." and lab.landscape.loss(paths(lab)[ALL][-1]) < 0.0271
    lab.rate.field.value = 5
    lab._walk_to_the_end()
    assert status(lab) == f"Arrived. B = 1, {ALL} ran away: lower the learning rate."
    assert f"{ALL}: too large" in words(lab.words)
    numbers = " ".join(re.findall(r' d="([^"]*)"', lab.picture.widget.value))
    assert "nan" not in numbers and "inf" not in numbers
    lab.close()


def test_stop_is_heard_and_what_was_walked_stays(lab):
    lab.updates.value = 1000
    as_fast_as_it_can(lab)

    async def scenario():
        click(lab, "Run paths")
        await until(lambda: lab.walkers[0].updates > 5)
        assert lab.buttons["Run paths"].disabled and not lab.buttons["Stop"].disabled
        started = time.perf_counter()
        click(lab, "Stop")
        assert time.perf_counter() - started < 0.3
        made = lab.walkers[0].updates
        await asyncio.sleep(0.1)
        assert lab.walkers[0].updates == made

    in_loop(scenario)
    assert status(lab) == "Stopped." and lab.buttons["Stop"].disabled
    assert {walker.updates for walker in lab.walkers} == {lab.walkers[0].updates}


def test_the_table_holds_the_numbers_of_the_paths(lab):
    lab.run()
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", lab.table.value)
    w, b = paths(lab)["B = 8"][-1]
    assert cells[6:11] == ["B = 8", "20", "160", f"{w:.3f}", f"{b:.3f}"]
    assert cells[18:21] == [ALL, "20", "22,500"]


def test_reset_forgets_paths_and_noise(lab):
    lab.run()
    click(lab, "Reset")
    assert lab.walkers == lab.noise == [] and lab.buttons["Reset"].disabled
    assert status(lab) == "Reset: the paths are forgotten, the settings stay."


# Files and the program ----------------------------------------------------------------------------------------------


def table_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_save_writes_the_picture_every_place_of_every_path_and_the_noise(lab, tmp_path):
    lab.run()
    picture, walked, noise = lab.save(tmp_path / "deep" / "exports")
    assert picture.name == "gradient_microscope.png" and picture.read_bytes() == figures.png(lab.figure())
    assert walked.name == "gradient_microscope_paths.csv" and noise.name == "gradient_microscope_noise.csv"
    lines = table_of(walked)
    assert len(lines) == 4 * 21 and list(lines[0].values())[:4] == ["B = 1", "0", "0.2", "0.1"]
    last, (w, b) = lines[41], paths(lab)["B = 8"][-1]
    assert (last["path"], last["update"]) == ("B = 8", "20")
    where = [float(last[name]) for name in ("w", "b", "loss")]
    np.testing.assert_allclose(where, [w, b, lab.landscape.loss((w, b))], rtol=1e-9)
    np.testing.assert_allclose([list(map(float, line.values())) for line in table_of(noise)], lab.noise, rtol=1e-9)


def test_only_what_there_is_can_be_saved(lab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert lab.buttons["Save"].disabled and lab.buttons["Reset"].disabled
    click(lab, "One update")
    assert not lab.buttons["Save"].disabled
    click(lab, "Save")
    files = ["gradient_microscope.png", "gradient_microscope_paths.csv"]
    assert status(lab) == f"Saved 2 files: {', '.join(f'exports/{file}' for file in files)}"
    assert sorted(path.name for path in (tmp_path / "exports").iterdir()) == files
    click(lab, "Reset")
    assert lab.buttons["Save"].disabled


def test_the_noise_alone_can_be_saved_and_forgotten(lab, tmp_path):
    async def scenario():
        click(lab, "Measure the noise")
        await until(lambda: status(lab) == "Measured.")

    in_loop(scenario)
    assert not lab.buttons["Save"].disabled
    assert [path.name for path in lab.save(tmp_path)] == ["gradient_microscope.png", "gradient_microscope_noise.csv"]
    click(lab, "Reset")
    assert lab.noise == [] and lab.buttons["Save"].disabled and lab.buttons["Reset"].disabled


def test_the_shown_program_walks_the_same_paths_and_measures_the_same_noise(lab, two, tmp_path):
    lab.second.field.value, lab.rate.field.value, lab.updates.value, lab.seed.value = 0.5, 0.1, 30, 4
    lab.shown[0].value = False
    np.savez(tmp_path / "two.npz", X=two.X, y=two.y)
    given = f"import numpy\nX, y = numpy.load({str(tmp_path / 'two.npz')!r}).values()\n"
    program = html.unescape(re.sub("<[^>]*>", "", lab.code.children[0].value))
    program = program.replace("# data: the data set that you gave to the lab", "data = mb.Dataset(X, y)")
    done = subprocess.run([sys.executable, "-c", given + program], capture_output=True, text=True, check=True)
    printed = ast.literal_eval(done.stdout)
    lab.run()
    assert list(printed["ends"]) == [8, 64, 1125]
    for end, walker in zip(printed["ends"].values(), lab.walkers):
        np.testing.assert_allclose(end, [*walker.points[-1], lab.landscape.loss(walker.points[-1])], rtol=1e-7)
    measured = [(size, *noise) for size, noise in printed["noise"].items()]
    np.testing.assert_allclose(measured, lab.noise, rtol=1e-9)


# The start ----------------------------------------------------------------------------------------------------------


def test_moving_the_start_moves_dots_cloud_and_line_at_once(lab):
    lab.run()
    pictures = [widget.value for widget in (lab.picture.widget, lab.cloud, lab.line.widget, lab.facts)]
    lab.first.slider.value = -0.5
    assert lab.walkers == lab.noise == []
    after = [widget.value for widget in (lab.picture.widget, lab.cloud, lab.line.widget, lab.facts)]
    assert all(one != other for one, other in zip(pictures, after))
    assert status(lab) == "A new start at w = -0.5, b = 0.1."
    lab.second.field.value = 1.5
    assert lab.start.tolist() == [-0.5, 1.5]
    lab.run()
    assert paths(lab)[ALL][0].tolist() == [-0.5, 1.5]


def test_at_the_bottom_the_gradient_is_gone_but_not_the_noise(two):
    lab = mb.GradientMicroscope(two)
    lab.first.field.value, lab.second.field.value = lab.landscape.lowest
    assert "Gradient of all rows: length 0.000" in words(lab.facts)
    assert "Noise scale: more than all rows" in words(lab.facts)
    assert lab.variance > 0.1
    lab.close()


def test_a_move_is_shown_in_less_than_a_quarter_of_a_second(lab):
    def seconds(place):
        started = time.process_time()  # the clock of this process alone: the machine may be busy with others
        lab.first.slider.value = place
        return time.process_time() - started

    assert min(seconds(place) for place in (-0.5, -0.4, -0.3)) < 0.25


# The cloud and the noise --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 16, 1125])
def test_the_cloud_is_made_of_gradients_of_batches_of_that_size(lab, two, size):
    lab.size.slider.value = size
    gradients = lab._batch_gradients()
    net = lab.landscape.network([0.2, 0.1])
    full, variance = mb.experiments.full_gradient(net, two), mb.experiments.gradient_variance(net, two)
    assert lab.variance == pytest.approx(variance)
    expected = variance / size * (1 - size / 1125)
    measured = ((gradients - full) ** 2).sum(axis=1).mean()
    assert measured == pytest.approx(expected, rel=0.2, abs=1e-20)
    assert f"Batches of {size:,}: typical distance from it {np.sqrt(measured):.3f}" in words(lab.facts)
    assert status(lab) == f"The cloud is now made of batches of {size:,} rows."


def test_the_dots_on_the_map_are_single_updates(lab):
    label, landings = lab._landings()
    assert label == "one update, B = 8" and landings.shape == (200, 2)
    np.testing.assert_allclose(landings, [0.2, 0.1] - 0.2 * lab._batch_gradients())
    assert "one update, B = 8" in lab.picture.widget.value


def test_measuring_builds_the_line_point_by_point(lab):
    seen = []

    async def scenario():
        click(lab, "Measure the noise")
        while status(lab) != "Measured.":
            seen.append(len(lab.noise))
            await asyncio.sleep(0.002)

    in_loop(scenario)
    assert len(set(seen)) > 3, "it was not all there at once"
    assert [noise.batch_size for noise in lab.noise] == [2**k for k in range(11)] + [1125]
    for noise in lab.noise[:-1]:
        assert noise.measured == pytest.approx(noise.expected, rel=0.2)
    assert words(lab.line_facts) == "Mean squared distance of batches of 1,125: measured 0.00000, expected 0.00000"
    assert lab.walkers == [] and lab.noise_table.value.count("<tr>") == 13
    assert 'data-n="12"' in lab.line.widget.value


def test_measuring_can_be_stopped_and_started_again(lab):
    async def scenario():
        click(lab, "Measure the noise")
        await until(lambda: lab.noise)
        click(lab, "Stop")
        made = len(lab.noise)
        await asyncio.sleep(0.1)
        assert len(lab.noise) == made < 12
        click(lab, "Measure the noise")
        await until(lambda: status(lab) == "Measured.")

    in_loop(scenario)
    assert len(lab.noise) == 12


def test_the_prediction_is_answered_by_the_noise_of_16_and_64_rows(lab):
    prediction, heard = lessons.lesson("05").PREDICTION, []
    lab.watch(lambda lab: heard.append(prediction.outcome(lab)))
    assert prediction.outcome(lab) is None
    lab.run()
    choice, text = heard[-1]
    assert prediction.options[choice] == "half"
    assert re.fullmatch(r"The typical distance was 0\.\d+ with 16 rows and 0\.\d+ with 64: 0\.\d+ of it\.", text)


# Reading ------------------------------------------------------------------------------------------------------------


def test_the_pictures_say_the_same_to_a_screen_reader_and_leak_no_style(lab):
    lab.run()
    texts = lab.picture.widget.value, lab.cloud.value, lab.line.widget.value
    for text, said in zip(texts, (lab.words, lab.facts, lab.line_facts)):
        assert f'aria-label="{html.escape(words(said))}"' in text and 'role="img"' in text
        assert "<style" not in text and "#000000" not in text and "currentColor" in text
    ids = [set(re.findall(r'\bid="([^"]+)"', text)) for text in texts]
    assert all(ids) and not (ids[0] & ids[1] or ids[0] & ids[2] or ids[1] & ids[2])


def test_every_control_has_a_label(lab):
    def walk(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from walk(child)

    kinds = ipywidgets.Dropdown, ipywidgets.BoundedFloatText, ipywidgets.BoundedIntText, ipywidgets.Checkbox
    found = [widget for widget in walk(lab.view) if isinstance(widget, (*kinds, ipywidgets.Button))]
    assert [widget.description for widget in found] == [
        *("Start: weight w", "Start: bias b", "Learning rate", "Batch size of the cloud"),
        *("B = 1", "B = 8", "B = 64", ALL, "Updates of a path", "Seed", "Pace, in updates"),
        *("Run paths", "One update", "Stop", "Reset", "Measure the noise", "Save"),
    ]
    assert all(widget.tooltip for widget in found if isinstance(widget, ipywidgets.Button))


def test_a_saved_notebook_keeps_the_picture_of_a_run(lab, monkeypatch):
    monkeypatch.setenv("MBTUTOR_SNAPSHOT", "1")
    saved = lab._repr_mimebundle_()
    other = lab.twin()
    other.run()
    assert saved["image/png"] == figures.png(other.figure()) and lab.walkers == []
    other.close()


def test_an_error_in_a_handler_is_seen_in_the_lab(lab, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("no ink")

    monkeypatch.setattr(figures, "cloud", broken)
    lab.size.slider.value = 64
    assert "no ink" in status(lab) and 'role="alert"' in lab.status.value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": (9, 0.1)}, "start must be (w, b) with w from -2.90 to 0.50 and b from -0.02 to 2.18; got (9, 0.1)"),
        ({"start": (0.2, "b")}, "got (0.2, 'b')"),
        ({"start": 0.2}, "start must be (w, b) with w from -2.90"),
        ({"lr": 0}, "lr must be a finite number above 0; got 0"),
        ({"batch_size": 1126}, "batch_size must be a whole number from 1 to 1,125; got 1126"),
        ({"updates": 0}, "updates must be a whole number from 1 to 1,000; got 0"),
        ({"seed": -1}, "seed must be a whole number from 0 to 9,999; got -1"),
        ({"pace": 3}, "pace must be one of 1, 5, 20"),
    ],
)
def test_settings_that_the_controls_do_not_offer_are_refused(two, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.GradientMicroscope(two, **options)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ones((4, 2)), np.ones(4), "got X of shape (4, 2) and y of shape (4,)"),
        (np.ones((4, 1)), np.arange(4.0), "data must have a column that varies; it is 1 in every row"),
        (np.arange(4.0)[:, None], np.ones((4, 2)), "one number to hit a row"),
    ],
)
def test_data_that_make_no_landscape_are_refused(X, y, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.GradientMicroscope(mb.Dataset(X, y))


def test_a_memory_map_is_refused_in_words(tmp_path):
    np.save(tmp_path / "X.npy", np.arange(4.0)[:, None])
    with pytest.raises(ValueError, match="data must be in memory for this lab"):
        mb.GradientMicroscope(mb.Dataset(np.load(tmp_path / "X.npy", mmap_mode="r"), np.arange(4.0)))


def test_small_data_whose_loss_can_be_0_work_as_well():
    lab = mb.GradientMicroscope(mb.Dataset(np.array([[0.0], [1.0], [2.0]]), np.array([1, 3, 5])), batch_size=2)
    lab.run()
    assert [walker.label for walker in lab.walkers] == ["B = 1", "all 3 rows"]
    assert [noise.batch_size for noise in lab.noise] == [1, 2, 3]
    lab.close()


def test_closing_gives_every_widget_back(two):
    before = set(live_widgets)
    lab = mb.GradientMicroscope(two, updates=2)
    assert len(live_widgets) > len(before)
    lab.run()
    lab.close()
    assert set(live_widgets) == before
