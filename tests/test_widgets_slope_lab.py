"""The slope lab without a browser: the ball moved and stepped, and what the lab says of it."""

import html
import re
import time

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, numeric_gradient, status

import mbtutor as mb
from mbtutor import figures
from mbtutor.exercises import lessons
from mbtutor.widgets.walks import CURVES, LIMIT, Walk


@pytest.fixture
def lab():
    lab = mb.SlopeLab()
    yield lab
    lab.close()


def words(lab):
    return html.unescape(re.sub("<[^>]*>", "", lab.words.value))


# Stepping ---------------------------------------------------------------------------------------------------------


def test_at_first_it_says_where_the_ball_lies_and_what_a_step_would_do(lab):
    assert words(lab) == "w = 2.00, loss 4.00, slope 4.00: the step is -0.1 x 4.00 = -0.40"
    assert status(lab).startswith("Ready: press Step")
    assert lab.walk.places == [2.0]


def test_a_step_moves_the_ball_against_the_slope(lab):
    before = lab.picture.value
    click(lab, "Step")
    assert lab.walk.places == pytest.approx([2.0, 1.6])
    assert words(lab) == "w = 1.60, loss 2.56, slope 3.20: the step is -0.1 x 3.20 = -0.32"
    assert html.unescape(status(lab)) == "One step: loss 4.00 -> 2.56. It rolled down."
    assert lab.picture.value != before
    assert lab.weight.value == lab.weight.slider.value == 1.6


def test_ten_steps_are_ten_times_one_step(lab):
    click(lab, "Ten steps")
    one_by_one = mb.SlopeLab()
    for _ in range(10):
        click(one_by_one, "Step")
    assert lab.walk.places == one_by_one.walk.places
    np.testing.assert_allclose(lab.walk.places, 2 * 0.8 ** np.arange(11))
    assert html.unescape(status(lab)).startswith("10 steps: loss 4.00 -> 0.05.")
    one_by_one.close()


def test_run_does_what_the_button_does(lab):
    click(lab, "Ten steps")
    other = lab.twin()
    other.run()
    assert other.walk == lab.walk
    other.close()


def test_back_to_the_start_begins_a_new_walk_from_the_same_place(lab):
    assert lab.buttons["Back to the start"].disabled
    lab.weight.slider.value = -2.5
    click(lab, "Ten steps")
    click(lab, "Back to the start")
    assert lab.walk.places == [-2.5] and status(lab) == "Back at the start."
    assert [len(walk.rates) for walk in lab.walks] == [10, 0]
    assert lab.buttons["Back to the start"].disabled


@pytest.mark.parametrize(
    ("curve", "w", "lr", "said"),
    [
        ("parabola", 2, 0.1, "It rolled down."),
        ("parabola", -2, 0.8, "jumped over the lowest point, and landed lower"),
        ("parabola", 2, 0.5, "the curve is flat"),
        ("parabola", 2, 1, "landed just as high on the other side: it will swing for ever"),
        ("parabola", 2, 1.1, "jumped over the valley and landed higher. Lower the learning rate"),
        ("two valleys", 2, 0.5, "jumped over a hill, into another valley"),
        ("two valleys", 2, 1.1, "landed higher"),
    ],
)
def test_each_kind_of_step_is_told_in_words(curve, w, lr, said):
    lab = mb.SlopeLab(curve, w=w, lr=lr)
    click(lab, "Step")
    assert said in status(lab)
    lab.close()


def test_a_ball_that_climbs_stays_within_reach_and_says_why():
    lab = mb.SlopeLab(lr=1.1)
    for _ in range(3):
        click(lab, "Ten steps")
    assert max(map(abs, lab.walk.places)) == abs(lab.walk.w) <= LIMIT
    assert len(lab.walk.rates) == 12 and "No step made: the next one would throw the ball to w = -21.40" in status(lab)
    click(lab, "Back to the start")
    assert lab.walk.w == 2
    lab.close()


def test_in_two_valleys_the_start_decides_which_one_is_found():
    for start, bottom in ((2.0, 1.33), (-2.0, -1.48)):
        lab = mb.SlopeLab("two valleys", w=start)
        for _ in range(4):
            lab.run()
        assert round(lab.walk.w, 2) == bottom
        assert "the curve is flat" in status(lab)
        lab.close()


# Moving -----------------------------------------------------------------------------------------------------------


def test_moving_the_ball_begins_a_new_walk_and_a_mere_move_leaves_none(lab):
    for tenth in (10, 5, 0, -5):
        lab.weight.slider.value = tenth / 10
    assert len(lab.walks) == 1 and lab.walk.places == [-0.5]
    assert words(lab) == "w = -0.50, loss 0.25, slope -1.00: the step is -0.1 x (-1.00) = 0.10"
    click(lab, "Step")
    lab.weight.field.value = 2.75
    assert lab.walk.places == [2.75] and status(lab) == "A new start at w = 2.75."
    assert len(lab.walks) == 2


def test_a_step_to_a_place_with_many_digits_is_no_move_of_the_learner(lab):
    for _ in range(7):
        click(lab, "Step")
    assert len(lab.walks) == 1
    np.testing.assert_allclose(lab.walk.places, 2 * 0.8 ** np.arange(8))


def test_the_learning_rate_counts_from_the_next_step_on(lab):
    click(lab, "Step")
    lab.rate.slider.value = 0.5
    assert "the step is -0.5 x 3.20 = -1.60" in words(lab)
    click(lab, "Step")
    assert lab.walk.rates == [0.1, 0.5] and lab.walk.w == pytest.approx(0)


def test_another_curve_takes_the_ball_along(lab):
    click(lab, "Step")
    lab.curve.value = "two valleys"
    assert lab.walk == Walk("two valleys", [2.0])
    assert words(lab) == "w = 2.00, loss 2.60, slope 4.30: the step is -0.1 x 4.30 = -0.43"
    assert "(w² - 2)²" in status(lab)


def test_watchers_hear_of_every_step_and_move(lab):
    heard = []
    lab.watch(lambda lab: heard.append((lab.walk.name, round(lab.walk.w, 2), lab.rate.value)))
    click(lab, "Step")
    lab.rate.slider.value = 1
    click(lab, "Back to the start")
    lab.curve.value = "two valleys"
    assert heard == [("parabola", 1.6, 0.1), ("parabola", 1.6, 1), ("parabola", 2, 1), ("two valleys", 2, 1)]


# The question of lesson A0 ---------------------------------------------------------------------------------------


def test_the_prediction_is_answered_by_a_walk_with_learning_rate_1_1(lab):
    outcome = lessons.lesson("A0").PREDICTION.outcome
    click(lab, "Ten steps")
    assert outcome(lab) is None, "learning rate 0.1 does not answer it"
    click(lab, "Back to the start")
    lab.rate.slider.value = 1.1
    click(lab, "Ten steps")
    choice, text = outcome(lab)
    assert lessons.lesson("A0").PREDICTION.options[choice] == "further from the bottom than it was"
    assert "2.00, -2.40, 2.88, -3.46, ...: after 10 steps it lay at w = 12.38" in text
    click(lab, "Back to the start")
    lab.curve.value = "two valleys"
    click(lab, "Step")
    assert outcome(lab) == (choice, text), "what was seen stays seen"


@pytest.mark.parametrize("do", [("parabola", 0.0, 1.1), ("two valleys", 1.0, 1.1), ("parabola", 2.0, 1.0)])
def test_no_other_walk_answers_the_prediction(do):
    curve, w, lr = do
    lab = mb.SlopeLab(curve, w=w, lr=lr)
    lab.run()
    assert lessons.lesson("A0").PREDICTION.outcome(lab) is None
    lab.close()


# Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CURVES)
def test_the_slope_of_a_curve_is_its_slope(name):
    for w in np.linspace(-3, 3, 25):
        place = np.array(w)
        numeric = numeric_gradient(lambda place=place: CURVES[name].loss(place), place)
        assert CURVES[name].slope(w) == pytest.approx(float(numeric), abs=1e-8)


def test_the_table_holds_the_numbers_of_the_walk(lab):
    lab.rate.field.value = 1.1
    click(lab, "Step")
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", lab.table.value)
    assert cells == ["0", "2.00", "4.00", "4.00", "1.1", "1", "-2.40", "5.76", "-4.80", ""]


def test_a_long_walk_shows_its_last_twenty_places(lab):
    for _ in range(5):
        lab.run()
    assert lab.table.value.count("<tr>") == 21 and ">50</td>" in lab.table.value
    assert len(lab.walk.places) == 51


def test_the_picture_says_the_same_to_a_screen_reader_and_leaks_no_style(lab):
    text = lab.picture.value
    assert f'aria-label="{words(lab)}"' in text and 'role="img"' in text
    assert "<style" not in text and "#000000" not in text and "currentColor" in text
    other = mb.SlopeLab()
    ids = [set(re.findall(r'\bid="([^"]+)"', one.picture.value)) for one in (lab, other)]
    assert ids[0] and not ids[0] & ids[1]
    other.close()


def test_a_step_is_drawn_in_less_than_a_tenth_of_a_second(lab):
    def seconds():
        started = time.process_time()  # the clock of this process alone: the machine may be busy with others
        click(lab, "Step")
        return time.process_time() - started

    assert min(seconds() for _ in range(5)) < 0.1


def test_every_control_has_a_label(lab):
    def walk(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from walk(child)

    fields = ipywidgets.Dropdown, ipywidgets.BoundedFloatText
    found = [widget for widget in walk(lab.view) if isinstance(widget, (*fields, ipywidgets.Button))]
    assert [widget.description for widget in found] == [
        "Curve",
        "Weight w",
        "Learning rate",
        "Step",
        "Ten steps",
        "Back to the start",
    ]
    assert all(widget.tooltip for widget in found if isinstance(widget, ipywidgets.Button))


def test_a_saved_notebook_keeps_the_picture_of_ten_steps(lab, monkeypatch):
    monkeypatch.setenv("MBTUTOR_SNAPSHOT", "1")
    saved = lab._repr_mimebundle_()
    walked = lab.twin()
    walked.run()
    assert saved["image/png"] == figures.png(walked.figure())
    assert lab.walk.places == [2.0], "the lab itself has not moved"
    walked.close()


def test_an_error_in_a_handler_is_seen_in_the_lab(lab, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("no ink")

    monkeypatch.setattr(figures, "slope", broken)
    click(lab, "Step")
    assert "no ink" in status(lab) and 'role="alert"' in lab.status.value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"curve": "sine"}, "curve must be one of 'parabola', 'two valleys'; got 'sine'"),
        ({"w": 25}, "w must be a number from -20 up to, not including, 20; got 25"),
        ({"w": "2"}, "w must be a number"),
        ({"lr": 0}, "lr must be a number from 0.0001 up to, not including, 10; got 0"),
    ],
)
def test_settings_that_the_controls_do_not_offer_are_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.SlopeLab(**options)


def test_closing_gives_every_widget_back():
    before = set(live_widgets)
    lab = mb.SlopeLab()
    assert len(live_widgets) > len(before)
    lab.run()
    lab.close()
    assert set(live_widgets) == before
