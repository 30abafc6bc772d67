"""The batch explorer without a browser: its controls moved, its buttons clicked, its picture and its words read."""

import re

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import all_digits, make_data

import mbtutor as mb
from mbtutor import figures
from mbtutor.widgets.batch_explorer import arithmetic
from mbtutor.widgets.controls import NumberSlider


@pytest.fixture
def lab():
    lab = mb.BatchExplorer(all_digits())
    yield lab
    lab.close()


def words(widget):
    """What a page says: the text without its tags and style."""
    return re.sub("<style>.*</style>|<[^>]*>", "", widget.value, flags=re.DOTALL)


def click(lab, name, times=1):
    for _ in range(times):
        lab.buttons[name].click()


def sections(lab):
    """The drawn parts of the picture: the rows in their own order, then the epochs, each as HTML."""
    return lab.picture.value.split("<p>")[1:]


def groups(section):
    """[(classes, caption, row numbers), ...]: the groups of tiles of a drawn part, as they are drawn."""
    found = []
    for look, text in re.findall(r'<div class="group ([^"]*)">(.*?)</div>', section):
        caption = re.sub("<[^>]*>", "", "".join(re.findall("<b>(.*)</b>", text)))
        found.append((look.split(), caption, [int(row) for row in re.findall(r">row (\d+)<", text)]))
    return found


def rows_of(lab, epoch):
    """The row numbers that the picture shows in that drawn epoch, batch by batch, what is left out included."""
    return [rows for _, _, rows in groups(sections(lab)[epoch])]


def states(lab):
    """What each batch of the drawn epochs is: used, now or to come."""
    return [
        [next((word for word in look if word in ("used", "now")), "to come") for look, _, _ in groups(section)]
        for section in sections(lab)[1:]
    ]


# What is drawn ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize(("rows", "size"), [(24, 8), (20, 8), (60, 7), (60, 1), (60, 60), (5, 4), (1, 1)])
def test_the_picture_shows_every_row_once_an_epoch_in_the_batches_of_minibatches(rows, size, shuffle, drop_last):
    lab = mb.BatchExplorer(all_digits(), rows=rows, batch_size=size, shuffle=shuffle, drop_last=drop_last, seed=3)
    batches = mb.MiniBatches(all_digits().subset(range(rows)), size, shuffle=shuffle, drop_last=drop_last, seed=3)
    assert rows_of(lab, 0) == [list(range(rows))]
    for epoch in (1, 2):
        drawn, handed = rows_of(lab, epoch), [batch.index.tolist() for batch in batches]
        assert drawn[: len(handed)] == handed
        assert sorted(sum(drawn, [])) == list(range(rows))
        assert len(drawn) == len(handed) + bool(drop_last and rows % size)
    lab.close()


def test_a_tile_has_its_picture_its_row_number_and_its_class(lab):
    for row in range(24):
        tile = f'<i style="--row:{row}"></i>row {row}<small>class {all_digits().y[row]}</small>'
        assert lab.picture.value.count(tile) == 3, "in its own order and in each epoch"
    batch = next(iter(mb.MiniBatches(all_digits().subset(range(24)), 8)))
    row = batch.index[0]
    assert f'title="row {row}, class {batch.y[0]}, in batch 1 of epoch 1"' in lab.picture.value


def test_neighbouring_batches_differ_by_colour_and_frame_and_each_is_named(lab):
    looks = [look for look, _, _ in groups(sections(lab)[1])]
    assert looks == [["odd"], ["even"], ["odd"]]
    style = re.search("<style>(.*)</style>", lab.picture.value, re.DOTALL).group(1)
    assert figures.BLUE in style and figures.VERMILLION in style and "group.even { border-style: dashed }" in style
    captions = [caption for _, caption, _ in groups(sections(lab)[1])]
    assert captions == ["update 1: 8 rows", "update 2: 8 rows", "update 3: 8 rows"]


def test_the_style_of_the_picture_touches_nothing_else_on_the_page(lab):
    style = re.search("<style>(.*)</style>", lab.picture.value, re.DOTALL).group(1)
    selectors = [name for rule in style.split("}") if "{" in rule for name in rule.split("{")[0].split(",")]
    assert len(selectors) > 10 and all(name.strip().startswith(".mbtutor-tiles") for name in selectors)


def test_a_short_last_batch_is_named_as_short(lab):
    lab.rows.field.value = 20
    assert groups(sections(lab)[1])[-1][1] == "update 3: 4 rows, the short last batch"
    assert groups(sections(lab)[2])[-1][1] == "update 3: 4 rows, the short last batch"


def test_rows_left_out_stand_at_the_end_in_grey_and_change_from_epoch_to_epoch(lab):
    lab.rows.field.value, lab.drop_last.value = 20, True
    left_out = []
    for section in sections(lab)[1:]:
        look, caption, rows = groups(section)[-1]
        assert look == ["out"] and caption == "left out this epoch: 4 rows" and len(rows) == 4
        assert "16 of the 20 rows once" in section
        left_out.append(rows)
    assert left_out[0] != left_out[1]
    assert words(lab.arithmetic) == (
        "20 rows / 8 a batch = 2.5, rounded down: 2 updates an epoch; 4 rows are left out of each epoch, chosen "
        "anew each time."
    )
    lab.shuffle.value = False
    assert rows_of(lab, 1)[-1] == rows_of(lab, 2)[-1] == [16, 17, 18, 19]
    assert "the same 4 rows are left out of every epoch" in words(lab.arithmetic)


def test_without_shuffle_the_second_epoch_is_the_first_one_again(lab):
    assert rows_of(lab, 1) != rows_of(lab, 2) and "in a new shuffled order" in sections(lab)[2]
    lab.shuffle.value = False
    assert rows_of(lab, 1) == rows_of(lab, 2) == [[*range(8)], [*range(8, 16)], [*range(16, 24)]]
    assert "in their own order" in sections(lab)[1] and "in the same order again" in sections(lab)[2]


@pytest.mark.parametrize(
    ("rows", "size", "options", "text"),
    [
        (24, 8, {}, "24 rows / 8 a batch = 3 updates an epoch."),
        (20, 8, {}, "20 rows / 8 a batch = 2.5, rounded up: 3 updates an epoch; the last batch has 4 rows."),
        (25, 8, {}, "25 rows / 8 a batch = 3.12, rounded up: 4 updates an epoch; the last batch has 1 row."),
        (24, 8, {"drop_last": True}, "24 rows / 8 a batch = 3 updates an epoch."),
        (
            25,
            24,
            {"drop_last": True, "shuffle": False},
            "25 rows / 24 a batch = 1.04, rounded down: 1 update an epoch; the same 1 row is left out of every epoch.",
        ),
        (
            24,
            24,
            {},
            "24 rows / 24 a batch = 1 update an epoch; one batch holds every row, so their order changes nothing.",
        ),
        (24, 24, {"shuffle": False}, "24 rows / 24 a batch = 1 update an epoch."),
        (1, 1, {"shuffle": False}, "1 row / 1 a batch = 1 update an epoch."),
    ],
)
def test_the_arithmetic_is_written_out(rows, size, options, text):
    batches = mb.MiniBatches(make_data(rows, classes=1), size, **options)
    assert re.sub("<[^>]*>", "", arithmetic(batches)) == text


def test_the_table_holds_the_batches_of_the_picture(lab):
    lab.rows.field.value, lab.drop_last.value = 20, True
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", lab.table.value)
    expected = []
    for epoch in (1, 2):
        for update, rows in zip(("1", "2", "left out"), rows_of(lab, epoch), strict=True):
            expected += [str(epoch), update, ", ".join(map(str, rows))]
    assert cells == expected


# Moving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "value", "arithmetic_changes"),
    [
        (lambda lab: lab.rows.field, 30, True),
        (lambda lab: lab.rows.slider, 10, True),
        (lambda lab: lab.batch_size.field, 5, True),
        (lambda lab: lab.batch_size.slider, 12, True),
        (lambda lab: lab.shuffle, False, False),
        (lambda lab: lab.seed, 1, False),
        (lambda lab: lab.drop_last, True, True),
    ],
)
def test_every_control_changes_the_picture_and_the_words(lab, control, value, arithmetic_changes):
    lab.rows.field.value = 23
    click(lab, "Next batch")
    before = lab.picture.value, lab.table.value, words(lab.arithmetic)
    control(lab).value = value
    assert (lab.picture.value != before[0], lab.table.value != before[1]) == (True, True)
    assert (words(lab.arithmetic) != before[2]) == arithmetic_changes
    assert words(lab.status) == "Back at the start of epoch 1: press Next batch."
    assert "now" not in sum(states(lab), []) and "used" not in sum(states(lab), [])


def test_the_batch_size_follows_the_number_of_rows_down(lab):
    lab.drop_last.value, lab.batch_size.field.value = True, 20
    lab.rows.field.value = 12
    assert (lab.batch_size.value, lab.batch_size.field.max, lab.batch_size.slider.value) == (12, 12, 12)
    assert lab.batches.batch_size == 12 and len(lab.batches.data) == 12
    lab.batch_size.field.value = 40
    assert lab.batch_size.value == 12, "a batch with more rows than there are cannot be chosen"
    lab.rows.field.value = 40
    lab.batch_size.slider.value = 40
    assert lab.batches.batch_size == 40 and 'role="alert"' not in lab.status.value


@pytest.mark.parametrize("rows", [1, 2, 60])
def test_any_number_of_rows_can_be_chosen_with_any_batch_size(lab, rows):
    lab.rows.field.value = rows
    for size in {1, (rows + 1) // 2, rows}:
        lab.batch_size.field.value = size
        assert len(lab.batches) == -(-rows // size)
        assert sorted(sum(rows_of(lab, 1), [])) == list(range(rows))


def test_one_move_of_a_control_draws_once(lab, monkeypatch):
    drawn = []
    monkeypatch.setattr(lab, "_show", drawn.append)
    for control, value in (
        (lab.rows.field, 5),  # the batch size must follow, from 8 to 5
        (lab.rows.slider, 40),
        (lab.batch_size.slider, 3),
        (lab.batch_size.field, 4),
        (lab.shuffle, False),
        (lab.drop_last, True),
        (lab.seed, 7),
    ):
        drawn.clear()
        control.value = value
        assert len(drawn) == 1


# Clicking ---------------------------------------------------------------------------------------------------------


def test_next_batch_walks_through_the_epoch_and_on_into_the_next(lab):
    assert words(lab.status) == "Ready: press Next batch."
    lab.rows.field.value = 20
    batches = mb.MiniBatches(all_digits().subset(range(20)), 8, seed=0)
    expected = [(epoch, update, batch) for epoch in (1, 2, 3) for update, batch in enumerate(batches, 1)]
    for epoch, update, batch in expected:
        click(lab, "Next batch")
        rows = ", ".join(map(str, batch.index))
        end = f" That was the last batch: epoch {epoch} is over." if update == 3 else ""
        assert words(lab.status) == f"update {update} of 3 in epoch {epoch}: rows {rows}.{end}"
        now = [rows for section in sections(lab)[1:] for look, _, rows in groups(section) if "now" in look]
        assert now == [batch.index.tolist()], "exactly the batch that was handed out is highlighted"
        stored = re.findall(r'"tile (?:odd|even) now" title="row (\d+),', sections(lab)[0])
        assert sorted(map(int, stored)) == sorted(batch.index), "and its rows among all rows"


def test_earlier_batches_are_marked_as_used_in_words_too(lab):
    click(lab, "Next batch", 2)
    assert states(lab) == [["used", "now", "to come"], ["to come"] * 3]
    captions = [caption for _, caption, _ in groups(sections(lab)[1])]
    assert captions == ["✓ update 1: 8 rows", "▶ update 2: 8 rows", "update 3: 8 rows"]
    assert sections(lab)[0].count(' used" title=') == 8
    click(lab, "Next batch", 2)
    assert states(lab) == [["used"] * 3, ["now", "to come", "to come"]]
    assert "Epoch 1 (over):" in sections(lab)[1] and "Epoch 2:" in sections(lab)[2]
    click(lab, "Next batch", 3)
    assert states(lab) == [["used"] * 3, ["now", "to come", "to come"]]
    assert "Epoch 2 (over):" in sections(lab)[1] and "Epoch 3:" in sections(lab)[2]


def test_next_epoch_finishes_this_one(lab):
    click(lab, "Next batch")
    click(lab, "Next epoch")
    assert words(lab.status) == "Epoch 1 is over: 3 updates. Next comes update 1 of epoch 2."
    assert states(lab) == [["used"] * 3, ["to come"] * 3]
    click(lab, "Next batch")
    assert words(lab.status).startswith("update 1 of 3 in epoch 2: rows ")
    click(lab, "Next epoch")
    assert "Epoch 3:" in sections(lab)[2]


def test_reset_goes_back_to_the_first_epoch_and_keeps_the_settings(lab):
    lab.rows.field.value, lab.seed.value = 20, 4
    before = lab.picture.value
    click(lab, "Next batch", 5)
    assert lab.picture.value != before
    click(lab, "Reset")
    assert lab.picture.value == before
    assert (lab.rows.value, lab.seed.value) == (20, 4)


def test_an_error_in_a_handler_is_seen_in_the_lab(lab, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("the dog ate the tiles")

    monkeypatch.setattr(lab._tiles, "html", broken)
    for act in (
        lambda: click(lab, "Next batch"),
        lambda: setattr(lab.rows.slider, "value", 9),
        lambda: setattr(lab.drop_last, "value", True),
    ):
        lab.say("fine")
        act()
        assert "the dog ate the tiles" in words(lab.status) and 'role="alert"' in lab.status.value


# Other data -------------------------------------------------------------------------------------------------------


def test_rows_without_pictures_show_their_number_and_class():
    names = np.array(["setosa", "<b>virginica</b>", "versicolor"] * 5)
    lab = mb.BatchExplorer((np.ones((15, 2)), names), rows=15, batch_size=4)
    assert ">row 1<small>class &lt;b&gt;virginica&lt;/b&gt;</small>" in lab.picture.value
    assert "<i " not in lab.picture.value and "picture" not in sections(lab)[0]
    assert sorted(sum(rows_of(lab, 1), [])) == list(range(15))
    figures.png(lab.figure())
    lab.close()


def test_rows_with_targets_that_are_not_classes():
    lab = mb.BatchExplorer((np.ones((9, 2)), np.linspace(0, 1, 9)), rows=9, batch_size=4)
    assert ">row 3<small>target 0.375</small>" in lab.picture.value and "its target." in sections(lab)[0]
    figures.png(lab.figure())
    lab.close()


def test_rows_of_a_memory_map(tmp_path):
    np.save(tmp_path / "X.npy", all_digits().X[:100])
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    lab = mb.BatchExplorer(mb.Dataset(X, all_digits().y[:100], image_shape=(8, 8)))
    click(lab, "Next batch")
    assert sorted(sum(rows_of(lab, 1), [])) == list(range(24)) and '<i style="--row:23">' in lab.picture.value
    lab.close()


def test_there_are_never_more_rows_than_the_data_has():
    lab = mb.BatchExplorer(make_data(10), rows=5, batch_size=2)
    lab.rows.field.value = 30
    assert lab.rows.value == 10 and len(lab.batches.data) == 10
    lab.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": 0}, "rows must be a whole number from 1 to 40; got 0"),
        ({"rows": 41}, "rows must be a whole number from 1 to 40; got 41"),
        ({"batch_size": 25}, "batch_size must be a whole number from 1 to 24; got 25"),
        ({"batch_size": 2.5}, "batch_size must be a whole number from 1 to 24; got 2.5"),
        ({"seed": -1}, "seed must be a whole number from 0 to 9,999; got -1"),
    ],
)
def test_settings_that_the_controls_do_not_offer_are_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.BatchExplorer(make_data(40), **options)


def test_of_a_large_data_set_sixty_rows_are_the_most():
    with pytest.raises(ValueError, match="rows must be a whole number from 1 to 60; got 61"):
        mb.BatchExplorer(all_digits(), rows=61)


def test_what_is_no_data_set_is_refused():
    with pytest.raises(TypeError, match=r"data must be a Dataset or a pair \(X, y\); got str"):
        mb.BatchExplorer("digits")


# As a lab ---------------------------------------------------------------------------------------------------------


def test_a_saved_notebook_keeps_the_picture_after_one_epoch_and_one_fixed_line(lab, monkeypatch):
    monkeypatch.setenv("MBTUTOR_SNAPSHOT", "1")
    saved = lab._repr_mimebundle_()
    twin = lab.twin()
    twin.run()
    assert words(twin.status).startswith("Epoch 1 is over")
    assert saved["image/png"] == figures.png(twin.figure())
    assert saved["text/plain"] == repr(twin)
    assert "application/vnd.jupyter.widget-view+json" in saved
    assert words(lab.status) == "Ready: press Next batch.", "the lab itself has not moved"
    twin.close()


def test_the_figure_shows_the_epochs_of_the_page(lab):
    lab.rows.field.value = 20
    assert [axes.get_title(loc="left").split(":")[0] for axes in lab.figure().axes][1:] == ["Epoch 1", "Epoch 2"]
    click(lab, "Next epoch", 4)
    assert [axes.get_title(loc="left").split(":")[0] for axes in lab.figure().axes][1:] == ["Epoch 4", "Epoch 5"]


def test_a_twin_starts_as_the_lab_started():
    start = {"rows": 20, "batch_size": 6, "shuffle": False, "drop_last": True, "seed": 5}
    lab = mb.BatchExplorer(all_digits(), **start)
    before = lab.picture.value
    lab.rows.field.value = 10
    twin = lab.twin()
    assert twin.picture.value == before
    lab.close()
    twin.close()


def test_every_control_has_a_label(lab):
    for widget in (lab.rows.field, lab.batch_size.field, lab.seed, lab.shuffle, lab.drop_last, *lab.buttons.values()):
        assert widget.description and widget.tooltip
    assert lab.rows.slider.tooltip and lab.batch_size.slider.tooltip


def test_closing_a_lab_gives_every_widget_back():
    before = set(live_widgets)
    lab = mb.BatchExplorer(all_digits())
    assert len(live_widgets) > len(before) + 30
    lab.close()
    assert set(live_widgets) == before


def test_the_largest_picture_stays_small(lab):
    lab.rows.field.value = 60
    for size in (60, 7, 1):
        lab.batch_size.field.value = size
        assert len(lab.picture.value) + len(lab.table.value) < 100_000


def test_a_slider_can_be_given_other_stops_without_telling():
    told = []
    field = ipywidgets.BoundedIntText(min=1, max=10)
    control = NumberSlider("Size", 8, range(1, 11), field, {1: "1", 10: "10"}, lambda: told.append(control.value))
    control.offer(range(1, 6), {1: "1", 5: "5"})
    assert (control.value, control.slider.value, control.slider.options[-1], told) == (5, 5, ("5", 5), [])
    assert ">5</span>" in control.widget.children[-1].value and ">10</span>" not in control.widget.children[-1].value
    control.offer(range(1, 21), {})
    assert (control.value, control.slider.value, told) == (5, 5, [])
    control.slider.value = 20
    assert (control.value, told) == (20, [20])
