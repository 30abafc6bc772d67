"""The padding lab without a browser: the batches it shows, what it measures of them, and what it says of both."""

import html
import re

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, make_data, status, until

import mbtutor as mb
from mbtutor import figures
from mbtutor.batches import wasted_share
from mbtutor.exercises import lessons
from mbtutor.widgets.padding_lab import PaddingSettings


def make_places(n=300):
    return mb.datasets.load_places().subset(range(0, 30_000, 30_000 // n))


@pytest.fixture
def lab():
    lab = mb.PaddingLab(make_places())
    yield lab
    lab.close()


def words(lab):
    return html.unescape(re.sub("<[^>]*>", "", lab.words.value))


def lines(lab):
    """[(letters, hollow tiles, country)] of the tiles on the page."""
    found = []
    for line in re.findall(r"<div>(.*?)</div>", lab.tiles.value):
        hollow = re.search(r'--n:(\d+)"', line)
        answer = html.unescape(re.search("<small>(.*)</small>", line)[1])
        found.append(
            (html.unescape("".join(re.findall("<i>(.*?)</i>", line))), int(hollow[1]) if hollow else 0, answer)
        )
    return found


def measure(lab):
    async def scenario():
        click(lab, "Measure an epoch")
        await until(lambda: not lab._player.playing, 60)

    in_loop(scenario)


# What is shown ----------------------------------------------------------------------------------------------------


def test_nothing_is_measured_before_a_click(lab):
    assert lab.timed == [] and status(lab) == "Ready: press Next batch."
    assert lab.buttons["Stop"].disabled and not lab.buttons["Measure an epoch"].disabled
    assert "none yet" in lab.table.value


@pytest.mark.parametrize(
    ("options", "make"),
    [
        ({}, lambda data: mb.MiniBatches(data, 32)),
        ({"way": "alike in length", "batch_size": 64}, lambda data: mb.BucketBatches(data, 64)),
        ({"way": "by token budget", "token_budget": 256}, lambda data: mb.BucketBatches(data, token_budget=256)),
    ],
)
def test_the_batches_shown_are_those_of_the_package(options, make):
    lab = mb.PaddingLab(make_places(), **options)
    batches, lengths = make(lab.data), lab.data.X.lengths
    rows = next(iter(batches)).index
    whole = len(rows) * lengths[rows].max()
    padding = whole - lengths[rows].sum()
    assert f"Batch 1 of {len(batches)}: {len(rows)} names, the longest has {lengths[rows].max()} char" in words(lab)
    assert f"{whole:,} positions, {padding:,} of them padding ({padding / whole:.0%})" in words(lab)
    assert f"positions, {wasted_share(batches):.1%} padding." in words(lab)
    lab.close()


def test_a_tile_is_a_letter_and_the_rest_of_the_line_is_padding(lab):
    rows = lab._rows[0]
    longest = lab.data.X.lengths[rows].max()
    shown = lines(lab)
    *names, (_, _, more) = shown
    assert len(names) == 16 and more == "and 16 more"
    known = {lab.data.vocabulary.decode(lab.data.X.item(row)): lab.data.class_names[lab.data.y[row]] for row in rows}
    for text, hollow, country in names:
        assert known[text] == country and len(text) + hollow == longest
    assert any(not hollow for _, hollow, _ in names), "the longest is among them"


def test_next_batch_walks_through_the_epoch_and_begins_again(lab):
    first, count = lab.tiles.value, len(lab._rows)
    for number in [*range(2, count + 1), 1]:
        picture, tiles = lab.picture.widget.value, lab.tiles.value
        click(lab, "Next batch")
        assert f"Batch {number} of {count}:" in words(lab) and status(lab) == f"Batch {number}."
        assert lab.tiles.value != tiles and lab.picture.widget.value != picture
    assert lab.tiles.value == first


@pytest.mark.parametrize(
    ("control", "value", "says"),
    [
        (lambda form: form.way, "alike in length", "Set: alike in length, 32 names a batch."),
        (lambda form: form.way, "by token budget", "Set: by token budget, 512 positions a batch."),
        (lambda form: form.batch_size.field, 50, "Set: as they come, 50 names a batch."),
        (lambda form: form.batch_size.slider, 8, "Set: as they come, 8 names a batch."),
    ],
)
def test_every_control_changes_picture_tiles_and_words(lab, control, value, says):
    click(lab, "Next batch")
    before = lab.picture.widget.value, lab.tiles.value, words(lab)
    control(lab.form).value = value
    assert all(now != was for now, was in zip((lab.picture.widget.value, lab.tiles.value, words(lab)), before))
    assert status(lab) == says and words(lab).startswith("Batch 1 of")


def test_the_token_budget_counts_only_where_it_is_used(lab):
    assert lab.form.token_budget.field.disabled and not lab.form.batch_size.field.disabled
    lab.form.way.value = "by token budget"
    assert lab.form.batch_size.field.disabled and not lab.form.token_budget.field.disabled
    before = words(lab)
    lab.form.token_budget.field.value = 128
    assert words(lab) != before and max(whole for _, whole in lab._shapes) <= 128


# Measuring --------------------------------------------------------------------------------------------------------


def test_an_epoch_is_measured_on_a_click(lab):
    picture = lab.picture.widget.value
    measure(lab)
    (timed,) = lab.timed
    assert timed.updates == 10 and timed.settings == PaddingSettings("as they come", 32, True)
    assert timed.real == lab.data.X.lengths.sum() and timed.computed == timed.positions > 1.5 * timed.real
    assert 0 < timed.seconds < 60 and status(lab) == f"Done: an epoch took {timed.seconds:.2f} seconds."
    assert lab.picture.widget.value != picture and f">{timed.seconds:.2f}</td>" in lab.table.value
    assert not lab.buttons["Measure an epoch"].disabled and lab.buttons["Stop"].disabled


def test_what_is_computed_is_what_the_menu_says(lab, monkeypatch):
    seen = []
    monkeypatch.setattr(mb.Network, "update", lambda net, X, y: seen.append(type(X).__name__))
    lab.run()
    lab.form.computed.value = False
    lab.run()
    assert set(seen[:10]) == {"ndarray"} and set(seen[10:]) == {"Padded"} and len(seen) == 20
    assert lab.timed[1].computed == lab.timed[1].real < lab.timed[0].computed


def test_the_first_batch_of_an_epoch_with_padding_left_out_is_trained_as_by_the_loop(lab):
    lab.form.computed.value = False
    seen = [place for place, seconds in lab._updates() if seconds > 0]
    assert seen == list(range(10))


def test_stop_and_a_control_that_moves_end_a_measurement_without_a_result(lab):
    async def scenario(act, says):
        click(lab, "Measure an epoch")
        click(lab, "Measure an epoch")  # the second half of a double click
        assert lab._player.playing and not lab.buttons["Stop"].disabled
        act()
        assert not lab._player.playing and lab.timed == [] and status(lab) == says

    in_loop(lambda: scenario(lambda: click(lab, "Stop"), "Stopped: a part of an epoch does not count."))
    text = "Stopped, because a control moved. Set: as they come, 64 names a batch."
    in_loop(lambda: scenario(lambda: setattr(lab.form.batch_size.field, "value", 64), text))


def test_clear_forgets_what_was_measured(lab):
    lab.run()
    click(lab, "Clear")
    assert lab.timed == [] and "none yet" in lab.table.value and status(lab) == "Cleared: the settings stay."


def test_an_error_while_it_measures_is_seen_in_the_lab(lab, monkeypatch):
    def broken(net, X, y):
        raise RuntimeError("the dog ate the letters")

    monkeypatch.setattr(mb.Network, "update", broken)
    measure(lab)
    assert "the dog ate the letters" in status(lab) and lab.timed == []
    assert not lab.buttons["Measure an epoch"].disabled


# As a lab ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"way": "sorted"}, "way must be one of 'as they come', 'alike in length', 'by token budget'; got 'sorted'"),
        ({"batch_size": 3}, "batch_size must be a whole number from 4 to 256; got 3"),
        ({"token_budget": 5000}, "token_budget must be a whole number from 64 to 4,096; got 5000"),
    ],
)
def test_settings_that_the_controls_do_not_offer_are_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.PaddingLab(make_places(), **options)


def test_data_that_are_no_texts_or_too_many_are_refused():
    with pytest.raises(ValueError, match="data must be texts with class labels for this lab, such as"):
        mb.PaddingLab(make_data())
    with pytest.raises(
        ValueError, match="up to 6,000 texts of up to 40 characters in this lab; got 30,000 of up to 30"
    ):
        mb.PaddingLab(mb.datasets.load_places())


def test_a_saved_notebook_keeps_the_picture_and_one_fixed_line(lab, monkeypatch):
    monkeypatch.setenv("MBTUTOR_SNAPSHOT", "1")
    saved = lab._repr_mimebundle_()
    assert saved["image/png"].startswith(b"\x89PNG") and saved["text/plain"] == repr(lab)
    assert lab.timed == [], "the lab itself has not moved"


def test_every_control_has_a_label(lab):
    controls = [lab.form.way, lab.form.computed, lab.form.batch_size.field, lab.form.token_budget.field]
    assert all(widget.description for widget in [*controls, *lab.buttons.values()])
    assert 'role="status"' in lab.status.value and 'role="img"' in lab.picture.widget.value
    assert "padding" in re.search('aria-label="([^"]*)"', lab.picture.widget.value)[1]


def test_closing_a_lab_gives_every_widget_back():
    before = set(live_widgets)
    lab = mb.PaddingLab(make_places())
    assert len(live_widgets) > len(before) + 20 and isinstance(lab.view, ipywidgets.VBox)
    lab.close()
    assert set(live_widgets) == before


# The question of lesson 11 ----------------------------------------------------------------------------------------


def test_the_prediction_is_answered_by_the_measured_batches_as_they_come(lab):
    prediction = lessons.lesson("11").PREDICTION
    assert prediction.outcome(lab) is None
    lab.form.way.value = "alike in length"
    lab.run()
    assert prediction.outcome(lab) is None
    lab.form.way.value = "as they come"
    lab.run()
    choice, text = prediction.outcome(lab)
    share = wasted_share(mb.MiniBatches(lab.data, 32))
    assert choice == 2 and text.endswith(f"were padding: {share:.0%}.")


def test_the_longest_text_is_always_shown():
    assert figures.shown_places(["a", "bb", "cccc", "d"], 2) == [0, 2]
    assert figures.shown_places(["a", "bb", "c"], 2) == [0, 1] and figures.shown_places(["a"], 5) == [0]
    assert np.array_equal(figures.shown_places(["abc"] * 20, 16), range(16))
