"""The evaluation lab without a browser: its matrix and mistakes, the table of tries, and the seal on the test set."""

import asyncio
import math
import re

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, make_data, status, until

import mbtutor as mb
from mbtutor.exercises import lessons
from mbtutor.widgets.confusion_table import confusion_table
from mbtutor.widgets.mistakes import ALL, Mistakes


def words(widget):
    return " ".join(re.sub("<[^>]*>", " ", re.sub("<style>.*?</style>", "", widget.value, flags=re.S)).split())


@pytest.fixture
def lab(digits):
    lab = mb.EvaluationLab(*digits, pace=math.inf)
    yield lab
    lab.close()


@pytest.fixture
def small():
    """A lab on random rows, on which a run takes no time."""
    lab = mb.EvaluationLab(make_data(60), make_data(30, seed=1), make_data(40, seed=2), epochs=2, pace=math.inf)
    yield lab
    lab.close()


def trained(lab, **settings):
    for name, value in settings.items():
        widget = getattr(lab.form, name)
        getattr(widget, "field", widget).value = value
    lab.run()


# What it shows ----------------------------------------------------------------------------------------------------


def test_before_the_first_run_there_is_no_matrix_and_nothing_to_judge(lab):
    assert lab.matrix is None and len(lab.tries) == 0
    assert "no run yet" in words(lab.confusion) and "none yet" in words(lab.tried)
    assert lab.seal.button.disabled


def test_the_matrix_counts_the_validation_rows_as_the_network_answers(lab):
    lab.run()
    net = lab._training.net
    np.testing.assert_array_equal(lab.matrix, mb.confusion_matrix(lab.val.y, net.predict(lab.val.X), 10))
    cells = [int(cell or 0) for cell in re.findall(r"<td[^>]*>(\d*)</td>", lab.confusion.value)[1:]]
    assert cells == lab.matrix.ravel().tolist()
    assert "809 right" in words(lab.confusion) and "34 wrong" in words(lab.confusion)


def test_the_matrix_moves_while_a_run_goes_on_and_rests_with_it(lab):
    seen = []

    async def scenario():
        lab.form.amount.value = 1000
        click(lab, "Train")
        await until(lambda: seen.append(lab.matrix.trace()) or len(set(seen)) > 3)
        click(lab, "Stop")

    in_loop(scenario)
    assert lab.matrix.trace() == round(mb.evaluate(lab._training.net, lab.val)["accuracy"] * len(lab.val))


def test_the_mistakes_are_the_rows_read_wrong_by_name(lab):
    lab.run()
    text = words(lab.mistakes.pictures)
    assert text.startswith("34 rows read wrong; the first 24: ")
    predicted = lab._training.net.predict(lab.val.X)
    wrong = np.flatnonzero(predicted != lab.val.y)[:24]
    assert re.findall(r"(\d) read as (\d)", text) == [(str(lab.val.y[row]), str(predicted[row])) for row in wrong]


def test_the_menu_chooses_one_kind_of_mistake_the_commonest_first(lab):
    lab.run()
    (_, everything), (text, kind), *_ = lab.mistakes.menu.options
    assert everything == ALL
    assert lab.matrix[kind] == (lab.matrix * (1 - np.eye(10))).max()
    assert text == f"{kind[0]} read as {kind[1]} ({lab.matrix[kind]})"
    lab.mistakes.menu.value = kind
    shown = re.findall(r"(\d) read as (\d)", words(lab.mistakes.pictures))
    assert shown == [tuple(map(str, kind))] * lab.matrix[kind]
    assert f"{lab.matrix[kind]} rows read wrong in this way" in words(lab.mistakes.pictures)


def test_a_chosen_kind_of_mistake_stays_chosen_as_long_as_it_is_made(lab):
    trained(lab, amount=1)
    made = [kind for _, kind in lab.mistakes.menu.options[1:]]
    trained(lab, amount=5)
    still = {kind for _, kind in lab.mistakes.menu.options[1:]}
    kept, gone = next(kind for kind in made if kind in still), next(kind for kind in made if kind not in still)
    for kind, then in ((kept, kept), (gone, ALL)):
        trained(lab, amount=1)
        lab.mistakes.menu.value = kind
        trained(lab, amount=5)
        assert lab.mistakes.menu.value == then
    assert lab.matrix[kept] > 0 == lab.matrix[gone]
    assert words(lab.mistakes.pictures).startswith("34 rows read wrong; the first 24:")
    click(lab, "Reset")
    assert lab.mistakes.menu.options == ((ALL, ALL),) and lab.mistakes.menu.value == ALL


def test_a_picture_is_the_place_of_its_row_on_the_sheet(digits):
    val = digits[1]
    mistakes = Mistakes(val, lambda action: action)
    wrong = val.y.copy()
    wrong[70] = (val.y[70] + 1) % 10
    mistakes.show(wrong)
    sheet, _, pictures = mistakes.widget.children
    assert 'title="row 70"' in pictures.value
    scale = 50 // 8  # row 70 is in line 2 and column 6 of the 32 columns; each picture is 8 + 1 wide and high
    assert f"background-position:{-(6 * 9 + 1) * scale}px {-(2 * 9 + 1) * scale}px" in pictures.value
    assert "data:image/png;base64," in sheet.value and "data:image" not in pictures.value


def test_rows_that_are_no_pictures_are_named_by_their_number(small):
    small.run()
    assert re.search(r"row \d+ \d read as \d", words(small.mistakes.pictures))


def test_the_scores_of_each_class_are_in_a_folded_table(lab):
    lab.run()
    scores = mb.precision_recall_f1(lab.val.y, lab._training.net.predict(lab.val.X), 10)
    nine = re.findall(r"<td[^>]*>([^<]*)", lab.scores.value)[-6:]
    called = lab.matrix[:, 9].sum()
    assert nine == ["9", "85", str(called), *(f"{scores[name][9]:.1%}" for name in ("precision", "recall", "f1"))]


def test_names_of_classes_are_escaped():
    text = confusion_table(np.array([[1, 2], [0, 3]]), ["<b>", "a & b"])
    assert "&lt;b&gt;" in text and "a &amp; b" in text
    assert "4 right" in text and "2 wrong" in text


# Tries ------------------------------------------------------------------------------------------------------------


def test_each_run_is_a_row_with_its_settings_and_the_best_is_marked_in_words(lab):
    trained(lab, amount=1)
    trained(lab, hidden=64, amount=5)
    trained(lab, hidden=8)
    reached = [mb.evaluate(tried.net, lab.val) for tried in lab.tries._tries.values()]
    assert lab.tries.best.number == 2 == 1 + int(np.argmax([found["accuracy"] for found in reached]))
    text = words(lab.tried)
    assert text.startswith("Best by validation: run 2")
    assert text.count("◀ best") == 1
    assert f"2 ◀ best 32 0.1 SGD 64 5 epochs 0 615 {reached[1]['loss']:.4f} {reached[1]['accuracy']:.2%}" in text
    assert "5\N{NO-BREAK SPACE}epochs" in lab.tried.value, "a cell is one line"


def test_of_equal_accuracies_the_lower_loss_is_the_best(lab):
    trained(lab, amount=1)
    (tried,) = lab.tries._tries.values()
    for number, loss in ((2, tried.loss - 0.1), (3, tried.loss + 0.1)):
        lab.tries.note(type(tried)(number, tried.cells, tried.updates, loss, tried.accuracy, tried.net))
    assert lab.tries.best.number == 2


def test_the_seed_changes_the_run_and_the_spread_is_said(lab):
    for seed in (0, 1, 2):
        trained(lab, seed_field=seed)
    reached = [tried.accuracy for tried in lab.tries._tries.values()]
    assert len(set(reached)) == 3
    text = f"Runs 1, 2, 3 differ by nothing but the seed: from {min(reached):.1%} to {max(reached):.1%}, "
    assert text + f"{100 * (max(reached) - min(reached)):.1f} points apart." in words(lab.tried)
    trained(lab, hidden=16)
    assert "Train again with another seed" in words(lab.tried)


def test_a_run_is_kept_as_it_stood_although_others_follow(lab):
    trained(lab, amount=1)
    first = lab.tries.best
    weights = first.net.weights.copy()
    trained(lab, amount=5)
    np.testing.assert_array_equal(first.net.weights, weights)
    assert mb.evaluate(first.net, lab.val)["accuracy"] == pytest.approx(first.accuracy)


def test_a_run_replaced_by_another_is_a_try_of_its_own_and_one_without_an_update_is_none(small):
    async def scenario():
        small.form.amount.value = 5000
        click(small, "Train")
        await until(lambda: len(small.history) > 10)
        small.form.hidden.field.value = 16
        await until(lambda: len(small.history) > 10)
        small.form.hidden.field.value = 8
        click(small, "Stop")

    in_loop(scenario)
    assert [tried.cells["hidden"] for tried in small.tries._tries.values()][:2] == [32, 16]
    assert all(tried.updates > 0 for tried in small.tries._tries.values())


def test_a_paused_run_that_goes_on_stays_one_try(small):
    async def scenario():
        click(small, "One update")
        assert [tried.updates for tried in small.tries._tries.values()] == [1]
        click(small, "Pause")  # it says "Go on" now
        await until(lambda: status(small) == "Finished.")

    in_loop(scenario)
    assert [tried.updates for tried in small.tries._tries.values()] == [small._training.total]


def test_a_run_that_diverges_is_a_try_that_is_not_chosen(lab):
    trained(lab, amount=1)

    async def scenario():
        lab.form.lr.field.value = 100
        lab.form.amount.value = 100
        click(lab, "Train")
        await until(lambda: "Lower the learning rate" in status(lab) or status(lab) == "Finished.")

    in_loop(scenario)
    assert len(lab.tries) == 2 and lab.tries.best.number == 1
    assert not lab.buttons["Train"].disabled


def test_the_code_it_shows_has_the_seed_and_makes_that_run(lab):
    trained(lab, seed_field=3, amount=1)
    (code,) = re.findall(r"<pre[^>]*>(.*)</pre>", lab.code.children[0].value, flags=re.S)
    assert "seed=3)" in code
    names = {}
    exec(code.replace("&quot;", '"').replace("print", "result ="), names)
    assert mb.evaluate(names["net"], lab.val)["accuracy"] == pytest.approx(lab.tries.best.accuracy)


# The seal ---------------------------------------------------------------------------------------------------------


def test_the_test_set_judges_the_best_run_by_validation_once(lab):
    trained(lab, amount=2)
    trained(lab, amount=1)
    assert "It would judge run 1" in words(lab.seal.text)
    before = mb.evaluate(lab.tries.best.net, lab.test)["accuracy"]
    lab.seal.button.click()
    text = f"Run 1, the best of 2 by validation: validation accuracy {lab.tries.best.accuracy:.1%},"
    assert f"{text} test accuracy {before:.1%}" in words(lab.seal.text)
    assert lab.seal.button.disabled and lab.seal.button.description == "Opened"


def test_once_opened_it_stays_so_whatever_follows(lab):
    trained(lab, amount=1)
    lab.seal.button.click()
    result, judged = words(lab.seal.text), lab.seal.opened
    assert "second validation set" in result and "no unseen rows are left" not in result
    trained(lab, amount=5)
    lab.seal._open()  # a click that comes from a page that has not heard yet
    assert lab.seal.opened is judged
    more = " Run 2 is the best by validation now, and no unseen rows are left to judge it."
    assert words(lab.seal.text) == result + more
    click(lab, "Reset")
    assert lab.seal.opened is judged and lab.seal.button.disabled and words(lab.seal.text) == result
    assert len(lab.tries) == 0 and lab.matrix is None and "none yet" in words(lab.tried)


def test_the_test_rows_change_nothing_but_what_the_seal_shows(digits):
    train, val, test = digits
    shown = []
    for sealed in (test, mb.Dataset(1 - test.X, test.y)):
        lab = mb.EvaluationLab(train, val, sealed, epochs=1)
        lab.run()
        closed = words(lab.seal.text)
        lab.seal.button.click()
        shown.append((lab.confusion.value, lab.tried.value, lab.scores.value, closed, words(lab.seal.text)))
        lab.close()
    assert shown[0][:4] == shown[1][:4] and shown[0][4] != shown[1][4]


# Faults -----------------------------------------------------------------------------------------------------------


def test_data_that_does_not_fit_is_refused_at_once():
    train, val = make_data(60), make_data(30)
    with pytest.raises(ValueError, match="test must be a Dataset, .* got None"):
        mb.EvaluationLab(train, val, None)
    with pytest.raises(ValueError, match="test: "):
        mb.EvaluationLab(train, val, make_data(30, d=5))
    with pytest.raises(ValueError, match="test: "):
        mb.EvaluationLab(train, val, make_data(30, classes=4))
    with pytest.raises(ValueError, match="hidden must be at most 512"):
        mb.EvaluationLab(train, val, val, hidden=513)


def test_the_watchers_find_the_matrix_of_the_run_that_has_ended(small):
    told = []
    small.watch(lambda lab: told.append(lab.matrix.sum()))
    small.run()
    assert told == [30]


def test_two_labs_share_no_sheet(small, lab):
    assert small.mistakes._sheet != lab.mistakes._sheet


def test_a_frame_between_two_looks_leaves_the_matrix_alone(small):
    async def scenario():
        small.form.amount.value = 100_000
        click(small, "Train")
        await until(lambda: len(small.history) > 10)
        first = small._looked
        for _ in range(3):
            small._frame()
        assert small._looked == first
        await asyncio.sleep(0.3)
        await until(lambda: small._looked > first)
        click(small, "Stop")

    in_loop(scenario)


# The prediction of lesson 04 -------------------------------------------------------------------------------------


def test_the_prediction_of_lesson_04_is_answered_by_the_first_run(lab):
    asked = mb.predict("04", lab)
    asked.field.index = 1
    asked.commit.click()
    assert "Not seen yet." in words(asked.answers)
    lab.run()
    said = lab.matrix.sum(axis=0) - lab.matrix.diagonal()
    assert said.argmax() == 9
    assert f"The network read 34 of the 843 rows wrong. In {said[9]} of them it said 9; " in words(asked.answers)
    assert words(asked.answers).endswith("Not as you said: 9.")


def test_the_prediction_of_lesson_04_waits_for_a_mistake_and_knows_every_digit(small):
    outcome = lessons.lesson("04").PREDICTION.outcome
    assert outcome(small) is None
    small.matrix = np.diag([5, 5, 5])
    assert outcome(small) is None, "no mistake"
    small.matrix = np.array([[79, 21], [0, 0]])
    assert outcome(small) is None, "that network has not learned"
    small.matrix = np.array([[80, 20], [0, 0]])
    assert outcome(small)[1].endswith("In 20 of them it said 1."), "there is no next in line"
    for digit, option in ((0, 3), (1, 0), (8, 1), (9, 2)):
        small.matrix = 9 * np.eye(10, dtype=int)
        small.matrix[2, digit], small.matrix[3, 4] = 7, 2
        assert outcome(small) == (option, outcome(small)[1])
        assert f"In 7 of them it said {digit}; the next in line is 4, with 2." in outcome(small)[1]


# Cleaning up ------------------------------------------------------------------------------------------------------


def test_closing_the_lab_gives_every_widget_back(digits):
    before = set(live_widgets)
    lab = mb.EvaluationLab(*digits, epochs=1)
    lab.run()
    lab.seal.button.click()
    lab.close()
    assert set(live_widgets) == before


def test_a_great_many_pictures_are_not_sent_to_the_page():
    rows = 4_000_000 // 64 + 1
    data = mb.Dataset(np.zeros((rows, 64)), np.arange(rows) % 2, image_shape=(8, 8))
    mistakes = Mistakes(data, lambda action: action)
    mistakes.show(1 - data.y)
    assert mistakes.widget.children[0].value == "" and "row 3" in words(mistakes.pictures)
