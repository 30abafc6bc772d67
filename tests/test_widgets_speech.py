"""The speech lab without a browser: two splits of the same rows, what each holds out, and the code it shows."""

import math
import re

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, status, until

import mbtutor as mb
from mbtutor.widgets.two_splits import BY_ROW, BY_SPEAKER, FRAME, JOINED, MEAN, ROWS, Words, two_splits


def words(widget):
    return " ".join(re.sub("<[^>]*>", " ", widget.value).split())


def spoken(speakers=5, classes=3, length=4, d=2, seed=0):
    """Made-up frames, mixed in order: speaker and word move them, the frames of a word lie close together."""
    rng = np.random.default_rng(seed)
    voice, word, _ = np.indices((speakers, classes, length)).reshape(3, -1)
    middles = rng.normal(size=(classes, d))[word] + rng.normal(size=(speakers, d))[voice]
    order = rng.permutation(len(voice))
    X = (middles + 0.05 * rng.normal(size=middles.shape))[order]
    return mb.Dataset(X, word[order], groups=voice[order], class_names=("ah", "ee", "oo")[:classes])


@pytest.fixture(scope="module")
def vowels():
    return mb.datasets.load_vowels()


@pytest.fixture
def lab(vowels):
    lab = mb.SpeechLab(vowels, pace=math.inf)
    yield lab
    lab.close()


@pytest.fixture
def small():
    lab = mb.SpeechLab(spoken(), held_out=2, batch_size=8, hidden=8, epochs=10, pace=math.inf)
    yield lab
    lab.close()


def test_both_splits_hold_out_as_many_rows_and_one_of_them_whole_voices(vowels):
    rows = Words(vowels).rows(FRAME)
    row, speaker = two_splits(rows, list(range(8, 15)), seed=0).values()
    for part in (row, speaker):
        assert (len(part.train), len(part.test)) == (528, 462)
        np.testing.assert_allclose(part.train.X.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(part.train.X.std(axis=0), 1, atol=1e-12)
        back = part.test.X * part.test.scaler.scale + part.test.scaler.offset
        np.testing.assert_allclose(back, rows.X[part.held_out], atol=1e-9)
        assert np.array_equal(part.test.y, rows.y[part.held_out])
    assert set(speaker.train.groups) == set(range(8)) and set(speaker.test.groups) == set(range(8, 15))
    assert set(row.train.groups) == set(row.test.groups) == set(range(15))


def test_words_are_the_mean_of_their_frames_or_all_of_them():
    data = spoken()
    spoken_words = Words(data)
    for kind, join in ((MEAN, lambda frames: frames.mean(axis=0)), (JOINED, np.ravel)):
        rows = spoken_words.rows(kind)
        assert len(rows) == 15 and rows.groups.tolist() == np.repeat(range(5), 3).tolist()
        assert rows.y.tolist() == [0, 1, 2] * 5
        for number in range(15):
            own = (data.groups == rows.groups[number]) & (data.y == rows.y[number])
            np.testing.assert_allclose(rows.X[number], join(data.X[own]))


def test_nothing_trains_on_display_and_it_says_what_is_held_out(lab):
    assert words(lab.verdict) == "No run yet." and len(lab.history) == 0
    text = words(lab.explained)
    assert "learns from 528 frames and is asked for the 462 others" in text
    assert "it learns 8 voices and is asked for 7 others: 8, 9, 10, 11, 12, 13, 14." in text
    assert "An epoch has 17 updates, the run 1,700." in text
    label = lab.picture.value
    assert "The word &quot;heed&quot; in 15 voices" in label
    assert "split by speaker: 48 learned, 42 held out" in label


def test_the_run_of_the_lesson_shows_the_gap_and_its_numbers_are_those_of_the_networks(lab):
    history = lab.run()
    training = lab._training
    found = [mb.evaluate(run.net, run.validation)["accuracy"] for run in (training.by_row, training.by_speaker)]
    assert [history.measured(name)[1][-1] for name in ("accuracy", "val_accuracy")] == found
    assert found[0] > 0.85 and 0.45 < found[1] < 0.6
    text = f"split by row {found[0]:.1%} right, split by speaker {found[1]:.1%} right"
    assert text in words(lab.progress) and text in lab.curves.widget.value
    assert [lab.answers[name].mean() for name in (BY_ROW, BY_SPEAKER)] == found
    assert f"flatters it by {100 * (found[0] - found[1]):.0f} points" in words(lab.verdict)
    cells = re.findall(r"<td[^>]*>([^<]*)", lab.table.value)
    assert cells[:7] == ["1", FRAME, "the last", "32", "0.1", "88", "0"]
    assert cells[7:] == ["1,700", f"{found[0]:.1%}", f"{found[1]:.1%}", f"{100 * (found[0] - found[1]):.1f}"]


def test_the_answers_to_the_frames_of_a_word_are_put_together(small):
    small.run()
    test, net = small._training.by_speaker.validation, small._training.net
    scores = net.forward(test.X)[0]
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    right = 0
    for speaker in (3, 4):
        for word in range(3):
            own = (test.groups == speaker) & (test.y == word)
            right += probabilities[own].prod(axis=0).argmax() == word
    assert small.words_right == (right, 6)
    assert f"right on {right} of these voices' 6 words" in words(small.verdict)


def test_a_split_by_row_leaks_frames_but_not_words(lab):
    gaps = {}
    for kind in ROWS:
        lab.form.rows.value = kind
        lab.run()
        gaps[kind] = lab.answers[BY_ROW].mean() - lab.answers[BY_SPEAKER].mean()
    assert gaps[FRAME] > 0.25 and gaps[MEAN] < 0 and gaps[JOINED] < 0
    assert lab.words_right is None and "points lower" in words(lab.verdict)


def test_the_picture_marks_every_row_of_the_word(lab):
    lab.run()
    lab.form.word.value = 10
    figure = lab.word_figure()
    assert figure.axes[0].get_title().startswith('The word "heard" in 15 voices')
    counts = {collection.get_label(): len(collection.get_offsets()) for collection in figure.axes[1].collections}
    row, speaker = lab._parts(lab.form.settings).values()
    asked = [(part.test.y == 10) for part in (row, speaker)]
    right = [np.count_nonzero(lab.answers[name][own]) for name, own in zip((BY_ROW, BY_SPEAKER), asked)]
    assert counts["learned from"] == 180 - sum(own.sum() for own in asked)
    assert counts["held out, answered right"] == sum(right)
    assert counts["held out, answered wrong"] == sum(own.sum() for own in asked) - sum(right)
    label = re.search('aria-label="([^"]*)"', lab.picture.value)[1]
    assert f"split by speaker: 48 learned, {right[1]} right, {42 - right[1]} wrong" in label
    assert lab.figure().axes[1].get_title().startswith("Accuracy")


def test_a_new_split_takes_the_answers_to_the_old_one_away(small):
    small.run()
    assert "held out" not in small._about_word()  # every row has been asked for
    small.form.seed_field.value = 1
    assert "held out" in small._about_word() and "wrong" not in small._about_word()
    small.run()
    small.form.hidden.field.value = 5  # the same split: what was answered stays
    assert "held out" not in small._about_word()


@pytest.mark.parametrize(
    "change",
    [
        {"rows": MEAN},
        {"rows": JOINED},
        {"drawn": True},
        {"batch_size": 4},
        {"lr": 0.5},
        {"hidden": 3},
        {"amount": 20},
        {"budget": "updates"},
        {"seed_field": 5},
    ],
)
def test_every_setting_changes_the_run_and_the_code(small, change):
    before, code = small.run().measured("val_loss")[1], small.code.children[0].value
    for name, value in change.items():
        widget = getattr(small.form, name)
        getattr(widget, "field", widget).value = value
    assert not np.array_equal(before, small.run().measured("val_loss")[1])
    assert small.code.children[0].value != code and len(re.findall("<tr>", small.table.value)) == 3


def test_drawn_speakers_follow_the_seed(lab):
    lab.form.drawn.value = True
    heard = set()
    for seed in range(5):
        lab.form.seed_field.value = seed
        held_out = lab._speakers(lab.form.settings)
        assert len(set(held_out)) == 7 and held_out == sorted(held_out)
        assert set(lab._parts(lab.form.settings)[BY_SPEAKER].test.groups) == set(held_out)
        heard.add(tuple(held_out))
    assert len(heard) == 5


def test_the_batch_is_no_larger_than_the_rows(small):
    small.form.batch_size.field.value = 36
    small.form.rows.value = MEAN
    assert small.form.batch_size.value == 9 and "An epoch has 1 update, the run 10." in words(small.explained)
    small.run()


def test_a_new_learning_rate_reaches_both_networks_while_they_train(small):
    async def scenario():
        small.form.amount.value = 5000
        click(small, "Train")
        await until(lambda: len(small.history) > 20)
        small.form.lr.field.value = 0.3
        click(small, "Stop")
        assert status(small) == "Stopped."

    in_loop(scenario)
    assert len(small.runs) == 1 and small.runs[0].cells["learning rate"] == "0.1, then 0.3"
    assert small._training.by_row.net.optimizer.lr == small._training.by_speaker.net.optimizer.lr == 0.3


def test_one_update_another_word_and_reset(small):
    async def scenario():
        click(small, "One update")
        assert status(small) == "One update made." and words(small.progress).startswith("update 1 of 50:")
        before = small.picture.value
        small.form.word.value = 2
        assert small.picture.value != before and len(small.runs) == 1
        click(small, "Reset")

    in_loop(scenario)
    assert words(small.verdict) == "No run yet." and small.answers == {} and "held out" in small._about_word()


def test_a_run_that_diverges_is_told(small):
    async def scenario():
        small.form.lr.field.value = 100
        small.form.amount.value = 100
        click(small, "Train")
        await until(lambda: "Lower the learning rate" in status(small) or status(small) == "Finished.")

    in_loop(scenario)
    assert not small.buttons["Train"].disabled


@pytest.mark.parametrize("change", [{}, {"rows": MEAN}, {"rows": JOINED}, {"drawn": True, "seed": 3}])
def test_the_code_it_shows_makes_that_run(vowels, change):
    lab = mb.SpeechLab(vowels, epochs=3, pace=math.inf, **change)
    lab.run()
    code = re.search(r"<pre[^>]*>(.*)</pre>", lab.code.children[0].value, flags=re.S)[1]
    code = code.replace("&quot;", '"').replace("&#x27;", "'").replace("print(reached)", "")
    exec(code, names := {})
    assert [names["reached"][f"by {split}: accuracy"] for split in ("row", "speaker")] == list(lab.runs[0].accuracies)
    lab.close()


def test_what_the_lab_does_not_offer_is_refused(vowels):
    for settings, message in (
        ({"held_out": 15}, "held_out must be at most 14"),
        ({"held_out": 0}, "held_out must be a whole number of at least 1"),
        ({"rows": "words"}, "rows must be one of 'one frame', 'a word"),
        ({"drawn": 2}, "drawn must be one of False, True"),
        ({"batch_size": 529}, "batch_size must be at most 528"),
        ({"rows": MEAN, "batch_size": 89}, "batch_size must be at most 88"),
        ({"hidden": 513}, "hidden must be at most 512"),
        ({"lr": 0}, "lr must be a finite number above 0"),
        ({"pace": 7}, "pace must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            mb.SpeechLab(vowels, **settings)


def test_data_that_are_no_spoken_words_are_refused(vowels):
    for data in (mb.datasets.load_digits(), mb.datasets.load_utterances()):
        with pytest.raises(
            ValueError, match=r"data must have flat rows \(n, features\), class labels in y and speakers"
        ):
            mb.SpeechLab(data)
    with pytest.raises(ValueError, match="every word in as many frames; got 5 to 6 frames a word"):
        mb.SpeechLab(vowels.subset(np.arange(989)))


def test_the_prediction_of_lesson_13_is_answered_by_the_first_run(lab):
    asked = mb.predict("13", lab)
    asked.field.index = 3
    asked.commit.click()
    lab.run()
    assert words(asked.answers).endswith("Not as you said: about half of them.")


def test_closing_the_lab_gives_every_widget_back():
    before = set(live_widgets)
    lab = mb.SpeechLab(spoken(), held_out=2, batch_size=8, epochs=1)
    lab.run()
    lab.close()
    assert set(live_widgets) == before
