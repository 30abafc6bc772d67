"""The attention lab without a browser: names read, switches turned, and what the lab says of names it cannot read."""

import html
import re

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, status

import mbtutor as mb
from mbtutor import figures
from mbtutor.exercises import lessons
from mbtutor.widgets.attention_lab import MOST_PADDING
from mbtutor.widgets.reader import Reader, Switches

NAMES = ["oslo", "roma", "san remo", "molare", "salerno", "normal", "er"]


def places(pairs=True):
    vocabulary = mb.Vocabulary(" aelmnors")
    encode = vocabulary.encode_pairs if pairs else vocabulary.encode
    X = mb.Sequences([encode(name) for name in NAMES])
    return mb.Dataset(X, np.array([0, 1, 2, 0, 1, 2, 1]), class_names=("north", "south", "west"), vocabulary=vocabulary)


def reading_net(tokens=81, positions=True, longest=64):
    first = [mb.Embedding(tokens, 8)] + [mb.PositionalEncoding(8, longest)] * positions
    block = mb.Residual([mb.LayerNorm(8), mb.SelfAttention(8, heads=2)])
    return mb.Network([*first, block, mb.MeanOverTime(), mb.Dense(8, 3)], seed=0)


@pytest.fixture
def lab():
    lab = mb.AttentionLab(reading_net(), places(), name="oslo")
    yield lab
    lab.close()


def words(widget):
    return html.unescape(" ".join(re.sub("<style>.*?</style>|<[^>]*>", " ", widget.value, flags=re.S).split()))


# Reading ----------------------------------------------------------------------------------------------------------


def test_it_shows_what_the_network_says_of_the_name(lab):
    (numbers,) = [lab.data.vocabulary.encode_pairs("oslo")]
    Y = reading_net().forward(mb.Sequences([numbers])[:])[0][0]
    np.testing.assert_allclose(lab.answer, np.exp(Y) / np.exp(Y).sum(), atol=1e-12)
    np.testing.assert_allclose(lab.maps.sum(axis=2), 1)
    assert lab.tokens == [" o", "os", "sl", "lo", "o "]
    best = lab.data.class_names[lab.answer.argmax()]
    assert words(lab.words).startswith(f"oslo : {best}, {lab.answer.max():.0%} sure")
    assert "Read as 5 pairs of characters." in words(lab.words)
    for name, share in zip(lab.data.class_names, lab.answer):
        assert re.search(rf"{name}( ✓)? {share:.0%}", words(lab.bars))
    assert "north ✓" in words(lab.bars), "oslo is one of the data"


def test_a_typed_name_is_read_at_once_and_has_no_truth(lab):
    before = lab.picture.value
    lab.name.value = "salem"
    assert lab.tokens == [" s", "sa", "al", "le", "em", "m "] and lab.maps.shape == (2, 6, 6)
    assert lab.picture.value != before and "✓" not in words(lab.bars) and "(right)" not in words(lab.words)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "text must hold at least one character"),
        ("Oslo", "write 'oslo'"),
        ("köln", "'k', character 0 of 'köln'"),
        ("a" * 70, "the table of positions ends at 64; this name would need 71. Type a shorter name."),
    ],
)
def test_a_name_that_cannot_be_read_is_met_with_what_to_do_and_nothing_changes(lab, name, said):
    before = lab.picture.value, lab.words.value, lab.answer
    lab.name.value = name
    assert said in html.unescape(status(lab)) and "Shown is still “oslo”." in status(lab)
    assert 'role="alert"' in lab.status.value
    assert (lab.picture.value, lab.words.value) == before[:2] and lab.answer is before[2]
    lab.name.value = "roma"
    assert 'role="alert"' not in lab.status.value and lab.read == "roma"


def test_padding_that_no_longer_fits_the_table_is_refused():
    lab = mb.AttentionLab(reading_net(longest=12), places(), name="oslo")
    lab.padding.field.value = 8
    assert "this name and 8 padding positions would need 13" in status(lab)
    lab.padding.field.value = 7
    assert lab.maps.shape == (2, 12, 12)
    lab.close()


def test_another_name_and_the_next_mistake_come_from_the_data(lab):
    seen = set()
    for _ in NAMES:
        click(lab, "Another name")
        assert lab.name.value == lab.read in NAMES
        seen.add(lab.read)
    assert seen == set(NAMES)
    for _ in range(3):
        click(lab, "Next mistake")
        assert "(wrong: it is in" in words(lab.words)


def test_without_a_mistake_it_says_so(lab, monkeypatch):
    data = places()
    monkeypatch.setattr(lab.reader, "answer", lambda text, switches: (np.eye(3)[data.y[NAMES.index(text)]], []))
    click(lab, "Next mistake")
    assert status(lab) == "None of the 7 names is read wrong."


def test_characters_and_pairs_are_told_apart_by_the_network_and_by_the_data():
    for net, data in ((reading_net(9), places(False)), (reading_net(9), places()), (reading_net(), places(False))):
        lab = mb.AttentionLab(net, data, name="roma")
        assert len(lab.tokens) == (4 if net.layers[0].vocabulary_size == 9 else 5)
        click(lab, "Another name")
        assert lab.read in NAMES
        lab.close()


# Switches ---------------------------------------------------------------------------------------------------------


def test_with_the_mask_padding_changes_nothing_and_without_it_all(lab):
    alone = lab.answer
    lab.padding.slider.value = 10
    np.testing.assert_allclose(lab.answer, alone, atol=1e-12)
    assert lab.moved_by_padding < 1e-12 and np.all(lab.maps[:, :, 5:] == 0)
    assert "and 10 of padding" in words(lab.words)
    lab.boxes["padding_mask"].value = False
    assert lab.moved_by_padding == pytest.approx(np.abs(alone - lab.answer).max()) and lab.moved_by_padding > 0.001
    assert np.all(lab.maps[:, :, 5:] > 0)


def test_the_causal_mask_hides_what_comes_later_and_the_network_stays_as_it_was():
    net = reading_net()
    lab = mb.AttentionLab(net, places(), name="oslo", causal=True)
    assert np.all(lab.maps[:, ~np.tri(5, dtype=bool)] == 0)
    assert not net.layers[2].layers[1].causal
    lab.boxes["causal"].value = False
    assert np.all(lab.maps > 0)
    lab.close()


def test_without_positions_the_order_of_the_tokens_is_unknown():
    reader = Reader(reading_net(9), mb.Vocabulary(" aelmnors"))
    for positions in (False, True):
        one, other = (reader.answer(name, Switches(positions=positions))[0] for name in ("roma", "amor"))
        assert np.allclose(one, other) == (not positions)


def test_the_share_that_is_right_is_that_of_the_network(lab):
    net, data = reading_net(), places()
    share = np.mean(net.forward(data.X[:])[0].argmax(axis=1) == data.y)
    assert f"{share:.0%} of 7 names" in words(lab.words)
    lab.padding.field.value = 3
    assert f"{share:.0%} of 7 names" in words(lab.words), "masked padding costs nothing"


def test_the_prediction_is_answered_by_padding_without_its_mask(lab):
    outcome = lessons.lesson("12").PREDICTION.outcome
    lab.padding.field.value = 10
    assert outcome(lab) is None
    lab.boxes["padding_mask"].value = False
    assert outcome(lab)[0] == int(lab.moved_by_padding >= 0.01)


def test_watchers_hear_of_every_change_also_inside_a_running_loop(lab):
    heard = []
    lab.watch(lambda lab: heard.append((lab.read, lab.switches.padding)))

    async def scenario():
        lab.name.value = "roma"
        lab.padding.slider.value = 4
        click(lab, "Another name")

    in_loop(scenario)
    assert heard == [("roma", 0), ("roma", 4), (lab.read, 4)]


# What is shown ----------------------------------------------------------------------------------------------------


def test_the_picture_and_the_table_say_the_same(lab):
    assert 'role="img"' in lab.picture.value and "<style" not in lab.picture.value
    head, row, column = np.unravel_index(lab.maps.argmax(), lab.maps.shape)
    names = ["_o", "os", "sl", "lo", "o_"]
    told = f"head {head + 1}: {names[row]} gives {lab.maps.max():.0%} of its attention to {names[column]}"
    assert told in html.unescape(lab.picture.value)
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", lab.table.value)
    assert cells[3 * row] == names[row] and cells[3 * row + 1 + head] == f"{names[column]} {lab.maps.max():.0%}"


def test_a_saved_notebook_keeps_the_picture_of_another_name(lab, monkeypatch):
    monkeypatch.setenv("MBTUTOR_SNAPSHOT", "1")
    saved = lab._repr_mimebundle_()
    other = lab.twin()
    other.run()
    assert saved["image/png"] == figures.png(other.figure()) and lab.read == "oslo"
    other.close()


def test_every_control_has_a_label(lab):
    def walk(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from walk(child)

    fields = ipywidgets.Text, ipywidgets.BoundedIntText, ipywidgets.Checkbox, ipywidgets.Button
    assert [widget.description for widget in walk(lab.view) if isinstance(widget, fields)] == [
        *("Place name", "Another name", "Next mistake", "Padding"),
        *("Padding mask", "Causal mask", "Positional encoding"),
    ]


def test_an_error_nobody_foresaw_is_seen_in_the_lab(lab, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("no ink")

    monkeypatch.setattr(figures, "attention", broken)
    lab.name.value = "roma"
    assert "no ink" in status(lab) and 'role="alert"' in lab.status.value


def test_what_cannot_be_read_is_refused():
    net, data = reading_net(), places()
    plain = mb.Network([mb.Embedding(81, 8), mb.MeanOverTime(), mb.Dense(8, 3)])
    unlabelled = mb.Dataset(data.X, np.linspace(0, 1, 7), vocabulary=data.vocabulary)
    for given, message in (
        ((plain, data), "net must have a SelfAttention"),
        ((reading_net(50), data), "an Embedding of 9 characters or of 81 pairs"),
        ((net, mb.Dataset(data.X, data.y)), "data must have a vocabulary and class labels"),
        ((net, unlabelled), "data must have a vocabulary and class labels"),
    ):
        with pytest.raises(ValueError, match=message):
            mb.AttentionLab(*given)
    with pytest.raises(TypeError, match="net must be a trained Network; got str"):
        mb.AttentionLab("net", data)
    with pytest.raises(ValueError, match=f"padding must be at most {MOST_PADDING}"):
        mb.AttentionLab(net, data, padding=21)
    with pytest.raises(ValueError, match="is not in the vocabulary"):
        mb.AttentionLab(net, data, name="Oslo")


def test_closing_gives_every_widget_back():
    before = set(live_widgets)
    lab = mb.AttentionLab(reading_net(), places())
    assert len(live_widgets) > len(before)
    lab.run()
    lab.close()
    assert set(live_widgets) == before
