"""The loss lab without a browser: scores walked downhill, an outlier moved, and what the lab says of both."""

import html
import itertools
import re
import time

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from pieces import click, in_loop, status

import mbtutor as mb
from mbtutor import figures, losses
from mbtutor.exercises import lessons
from mbtutor.widgets.fits import fits
from mbtutor.widgets.loss_lab import CONSTANT, LINE, TASKS
from mbtutor.widgets.outliers import HIGHEST, IN_LINE, NUMBER, X, Y
from mbtutor.widgets.single_losses import of_a_score, of_an_error

STEPS = ("Step", "Ten steps", "Back to the start")
THROWS = ("Throw it up", "Back in line")


@pytest.fixture
def lab():
    lab = mb.LossLab()
    yield lab
    lab.close()


@pytest.fixture(params=[CONSTANT, LINE])
def numbers(request):
    lab = mb.LossLab(request.param)
    yield lab
    lab.close()


def words(lab):
    return html.unescape(re.sub("<[^>]*>", "", lab.words.value.replace("<br>", " | ")))


def shown(lab):
    return lab.words.value, lab.picture.value, lab.table.value


# The losses -------------------------------------------------------------------------------------------------------

ERRORS = np.array([-3.0, -0.7, -0.2, 0.2, 0.7, 3.0])


def packaged(loss, outputs, target):
    """The loss and the slope of each output alone, by the package."""
    pairs = [loss.forward(np.array([[output]]), np.array([float(target)])) for output in outputs]
    return [value for value, _ in pairs], [backward().item() for _, backward in pairs]


@pytest.mark.parametrize("answer", [0, 1])
def test_the_losses_of_a_score_are_those_of_the_package(answer):
    class SquaredErrorOfChance(losses.MeanSquaredError):
        def forward(self, Y, y):
            p, back = mb.Sigmoid().forward(Y)
            loss, slopes = super().forward(p, y)
            return loss, lambda: back(slopes())[0]

    scores = np.linspace(-8, 8, 17)
    pairs = {"cross-entropy": losses.BinaryCrossEntropy(), "squared error": SquaredErrorOfChance()}
    assert of_a_score(answer).keys() == pairs.keys()
    for name, loss in pairs.items():
        values, slopes = packaged(loss, scores, answer)
        np.testing.assert_allclose(of_a_score(answer)[name].loss(scores), values, atol=1e-12)
        np.testing.assert_allclose(of_a_score(answer)[name].slope(scores), slopes, atol=1e-12)


@pytest.mark.parametrize("delta", [0.5, 1, 2])
def test_the_losses_of_an_error_are_those_of_the_package(delta):
    pairs = {
        "squared error": losses.MeanSquaredError(),
        "absolute error": losses.MeanAbsoluteError(),
        "Huber's loss": losses.Huber(delta),
    }
    assert of_an_error(delta).keys() == pairs.keys()
    for name, loss in pairs.items():
        values, slopes = packaged(loss, ERRORS, 0)
        np.testing.assert_allclose(of_an_error(delta)[name].loss(ERRORS), values, atol=1e-12)
        np.testing.assert_allclose(of_an_error(delta)[name].slope(ERRORS), slopes, atol=1e-12)


# The fits ---------------------------------------------------------------------------------------------------------


def spoiled(height):
    y = Y.copy()
    y[NUMBER] = height
    return y


@pytest.mark.parametrize("height", [0, IN_LINE, 12, HIGHEST])
def test_a_constant_is_the_mean_and_the_median(height):
    y = spoiled(height)
    fit = fits(X, y, 1.0, line=False)
    assert fit["squared error"] == pytest.approx((y.mean(), 0))
    assert fit["absolute error"] == pytest.approx((np.median(y), 0))


@pytest.mark.parametrize("height", [0, IN_LINE, 12, HIGHEST])
def test_the_line_of_the_squared_error_is_that_of_least_squares(height):
    rise, start = np.polyfit(X, spoiled(height), 1)
    assert fits(X, spoiled(height), 1.0, line=True)["squared error"] == pytest.approx((start, rise))


@pytest.mark.parametrize("line", [False, True])
@pytest.mark.parametrize("delta", [0.1, 1, 10])
@pytest.mark.parametrize("height", [0, IN_LINE, HIGHEST])
def test_no_fit_near_by_costs_less(line, delta, height):
    y, every = spoiled(height), of_an_error(delta)
    for name, (start, rise) in fits(X, y, delta, line).items():
        cost = every[name].loss(start + rise * X - y).mean()
        for up, turn in itertools.product((-0.01, 0, 0.01), (-0.001, 0, 0.001) if line else (0,)):
            assert every[name].loss(start + up + (rise + turn) * X - y).mean() >= cost - 1e-12


def test_a_huge_delta_fits_as_the_squared_error_and_a_tiny_one_as_the_absolute_error():
    y = spoiled(20)
    for line in (False, True):
        assert fits(X, y, 1e6, line)["Huber's loss"] == pytest.approx(fits(X, y, 1, line)["squared error"])
        assert fits(X, y, 0.01, line)["Huber's loss"] == pytest.approx(fits(X, y, 1, line)["absolute error"], abs=0.02)


# Scores -----------------------------------------------------------------------------------------------------------


def test_at_first_it_says_what_the_score_costs_by_each_loss(lab):
    assert words(lab) == (
        "Right answer: yes. Each loss at its own score: "
        "| ● squared error: score -1.00 (26.9% yes), loss 0.53, slope -0.2875 "
        "| ■ cross-entropy: score -1.00 (26.9% yes), loss 1.31, slope -0.7311"
    )
    assert status(lab).startswith("Ready: press Step")
    assert lab.walk.places == {"squared error": [-1.0], "cross-entropy": [-1.0]}


def test_a_step_moves_each_score_by_its_own_slope(lab):
    before = shown(lab)
    click(lab, "Step")
    assert lab.walk.places["cross-entropy"] == pytest.approx([-1, -1 + 0.73106], abs=1e-4)
    assert lab.walk.places["squared error"] == pytest.approx([-1, -1 + 0.28746], abs=1e-4)
    assert all(new != old for new, old in zip(shown(lab), before))
    assert html.unescape(status(lab)).startswith("One step with learning rate 1. Squared error: score -1.00 -> -0.71")


def test_ten_steps_are_ten_times_one_step_and_run_does_what_the_button_does(lab):
    click(lab, "Ten steps")
    one_by_one, other = lab.twin(), lab.twin()
    for _ in range(10):
        click(one_by_one, "Step")
    other.run()
    assert lab.walk.places == one_by_one.walk.places == other.walk.places
    one_by_one.close(), other.close()


def test_from_a_sure_wrong_answer_only_cross_entropy_gets_away():
    lab = mb.LossLab(score=-6)
    lab.run()
    assert lab.walk.right("cross-entropy") and not lab.walk.right("squared error")
    said = html.unescape(status(lab))
    assert "Squared error: score -6.00 -> -5.95, still wrong, where its loss is almost flat." in said
    assert "Cross-entropy: score -6.00 -> 1.26, wrong before, right now." in said
    lab.close()


@pytest.mark.parametrize(
    ("score", "answer", "said"),
    [
        (2, "yes", "score 2.00 -> 2.12, it was right and is surer now"),
        (-2, "no", "score -2.00 -> -2.12, it was right and is surer now"),
        (2, "no", "score 2.00 -> 1.12, still wrong, but on its way"),
        (0.2, "no", "score 0.20 -> -0.35, wrong before, right now"),
    ],
)
def test_what_a_step_did_is_told_in_words(score, answer, said):
    lab = mb.LossLab(score=score, answer=answer)
    click(lab, "Step")
    assert said in html.unescape(status(lab))
    lab.close()


def test_back_to_the_start_begins_a_new_walk_from_the_same_place(lab):
    assert lab.buttons["Back to the start"].disabled
    lab.score.slider.value = -2.5
    click(lab, "Ten steps")
    click(lab, "Back to the start")
    assert lab.walk.places["cross-entropy"] == [-2.5] and status(lab) == "Back at the start."
    assert [len(walk.rates) for walk in lab.walks] == [10, 0]
    assert lab.buttons["Back to the start"].disabled


def test_a_mere_move_leaves_no_walk_behind(lab):
    for half in (-3, -2, 4):
        lab.score.slider.value = half / 2
    assert len(lab.walks) == 1 and lab.walk.start == 2
    assert status(lab) == "A new start at score 2."


def test_the_right_answer_begins_anew_at_the_starting_score(lab):
    click(lab, "Step")
    lab.answer.value = "no"
    assert (lab.walk.start, lab.walk.answer, lab.walk.rates) == (-1, "no", [])
    assert words(lab).startswith("Right answer: no.") and status(lab) == "Now the right answer is no."
    click(lab, "Step")
    assert max(way[-1] for way in lab.walk.places.values()) < -1


def test_the_learning_rate_counts_from_the_next_step_on(lab):
    click(lab, "Step")
    lab.rate.slider.value = 5
    assert status(lab) == "The next steps are made with learning rate 5."
    click(lab, "Step")
    assert lab.walk.rates == [1, 5]


def test_the_table_holds_the_numbers_of_the_walk(lab):
    click(lab, "Step")
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", lab.table.value)
    assert cells == ["0", "-1.00", "0.53", "-1.00", "1.31", "1", "1", "-0.71", "0.45", "-0.27", "0.84", ""]
    for _ in range(3):
        lab.run()
    assert lab.table.value.count("<tr>") == 13 and ">31</td>" in lab.table.value


# Numbers ----------------------------------------------------------------------------------------------------------


def test_a_thrown_outlier_moves_the_mean_and_not_the_median():
    lab = mb.LossLab(CONSTANT)
    assert "●" in words(lab) and "moved by 0.00" in words(lab)
    assert "in line with the others" not in status(lab), "nothing was moved yet"
    before = shown(lab)
    click(lab, "Throw it up")
    assert words(lab) == (
        "Outlier at 30.00. The constants, how far it moved them, and their slopes at it: "
        "| ● squared error: 7.18, moved by 2.21, slope -45.64 "
        "| ■ absolute error: 5.00, moved by 0.00, slope -1.00 "
        "| ◆ Huber's loss: 5.03, moved by 0.07, slope -1.00"
    )
    assert all(new != old for new, old in zip(shown(lab), before))
    said = status(lab)
    assert (
        said == "The outlier is 24.3 out of line. It moved the fit of squared error most, that of absolute error least."
    )
    lab.close()


def test_the_outlier_goes_up_and_comes_back(numbers):
    start = shown(numbers)
    numbers.run()
    assert numbers.fitted.height == HIGHEST == numbers.outlier.slider.value
    click(numbers, "Throw it up")
    assert status(numbers) == "The outlier lies at 30 already."
    click(numbers, "Back in line")
    assert shown(numbers) == start
    assert "in line with the others" in status(numbers)


def test_the_outlier_and_delta_follow_their_sliders(numbers):
    for slider, value in ((numbers.outlier, 12.5), (numbers.delta, 10)):
        before = shown(numbers)
        slider.slider.value = value
        assert all(new != old for new, old in zip(shown(numbers), before))
    assert (numbers.fitted.height, numbers.fitted.delta) == (12.5, 10)
    assert html.unescape(status(numbers)) == "Huber's loss is squared for errors up to 10, and straight beyond."


def test_the_table_holds_the_numbers_of_the_fits(numbers):
    numbers.run()
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", html.unescape(numbers.table.value))
    fitted = numbers.fitted
    for place, (name, error) in enumerate(fitted.errors.items()):
        row = cells[7 * place : 7 * place + 7]
        assert row[0] == name
        numbers_told = [float(text) for text in row[1:]]
        start, rise = fitted.fits[name]
        one = fitted.losses[name]
        right = [start, start + 10 * rise, fitted.moved[name], error, one.loss(error), one.slope(error)]
        assert numbers_told == pytest.approx(list(map(float, right)), abs=0.0051)
        assert error == pytest.approx(start + 8 * rise - 30)


def test_a_line_says_so():
    lab = mb.LossLab(LINE, outlier=30)
    assert "24.3 out of line" in status(lab)
    assert "The lines at x = 10" in words(lab) and "squared error: 12.47, moved by 5.52" in words(lab)
    lab.close()


# Both -------------------------------------------------------------------------------------------------------------


def test_the_task_shows_its_own_controls_and_keeps_what_the_others_hold(lab):
    def visible():
        return [all(part.layout.display != "none" for part in (lab._rows[k], lab._forms[k])) for k in (True, False)]

    click(lab, "Step")
    assert visible() == [True, False]
    lab.task.value = CONSTANT
    assert visible() == [False, True] and "Outlier" in words(lab)
    assert status(lab).startswith("Ready: press Throw it up")
    lab.task.value = TASKS[0]
    assert visible() == [True, False] and len(lab.walk.rates) == 1


def test_watchers_hear_of_every_move(lab):
    heard = []
    lab.watch(lambda lab: heard.append((lab.task.value, len(lab.walk.rates), lab.outlier.value)))
    click(lab, "Step")
    lab.answer.value = "no"
    lab.task.value = LINE
    click(lab, "Throw it up")
    assert heard == [(TASKS[0], 1, 5.7), (TASKS[0], 0, 5.7), (LINE, 0, 5.7), (LINE, 0, 30)]


def test_inside_a_running_loop_buttons_and_sliders_work_as_well():
    async def scenario():
        lab = mb.LossLab()
        click(lab, "Ten steps")
        lab.task.value = CONSTANT
        lab.outlier.slider.value = 20
        assert len(lab.walk.rates) == 10 and lab.fitted.height == 20
        lab.close()

    in_loop(scenario)


@pytest.mark.parametrize(("score", "answer"), [(-6, "yes"), (6, "no")])
def test_the_prediction_is_answered_by_ten_steps_from_minus_six(score, answer):
    prediction = lessons.lesson("A1").PREDICTION
    lab = mb.LossLab()
    click(lab, "Ten steps")
    assert prediction.outcome(lab) is None, "a start at -1 does not answer it"
    lab.answer.value = answer
    lab.score.field.value = score
    click(lab, "Step")
    assert prediction.outcome(lab) is None, "one step is not ten"
    click(lab, "Ten steps")
    choice, text = prediction.outcome(lab)
    assert prediction.options[choice] == "only cross-entropy"
    ends = ("-5.95", "1.26") if answer == "yes" else ("5.95", "-1.26")
    assert (
        text
        == f"From {score}, 10 steps brought the score by squared error to {ends[0]}, by cross-entropy to {ends[1]}."
    )
    click(lab, "Back to the start")
    assert prediction.outcome(lab) == (choice, text), "what was seen stays seen"
    lab.close()


@pytest.mark.parametrize(
    "options", [{"score": -6, "lr": 10}, {"score": 6}, {"score": -5}, {"score": -6, "answer": "no"}]
)
def test_no_other_walk_answers_the_prediction(options):
    lab = mb.LossLab(**options)
    lab.run()
    assert lessons.lesson("A1").PREDICTION.outcome(lab) is None
    lab.close()


@pytest.mark.parametrize("task", TASKS)
def test_the_picture_says_the_same_to_a_screen_reader_and_leaks_no_style(task):
    lab, other = mb.LossLab(task), mb.LossLab(task)
    text = html.unescape(lab.picture.value)
    lines = [line.strip(" ●■◆") for line in words(lab).split("|")]
    assert all(line in text for line in lines) and 'role="img"' in text
    assert "<style" not in text and "#000000" not in text and "currentColor" in text
    ids = [set(re.findall(r'\bid="([^"]+)"', one.picture.value)) for one in (lab, other)]
    assert ids[0] and not ids[0] & ids[1]
    lab.close(), other.close()


@pytest.mark.parametrize("task", TASKS)
def test_a_move_is_drawn_soon_enough_to_follow_the_mouse(task):
    lab = mb.LossLab(task)

    def seconds():
        started = time.process_time()  # the clock of this process alone: the machine may be busy with others
        lab.run()
        click(lab, STEPS[2] if task == TASKS[0] else THROWS[1])
        return (time.process_time() - started) / 2

    assert min(seconds() for _ in range(5)) < 0.2
    lab.close()


def test_every_control_has_a_label(lab):
    def walk(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from walk(child)

    fields = ipywidgets.Dropdown, ipywidgets.BoundedFloatText
    found = [widget for widget in walk(lab.view) if isinstance(widget, (*fields, ipywidgets.Button))]
    names = ["Task", "Right answer", "Starting score", "Learning rate", "Height of the outlier", "Huber's delta"]
    assert [widget.description for widget in found] == [*names, *STEPS, *THROWS]
    assert all(widget.tooltip for widget in found if isinstance(widget, ipywidgets.Button))


@pytest.mark.parametrize("task", TASKS)
def test_a_saved_notebook_keeps_the_picture_of_a_run(task, monkeypatch):
    lab = mb.LossLab(task)
    before = shown(lab)
    monkeypatch.setenv("MBTUTOR_SNAPSHOT", "1")
    saved = lab._repr_mimebundle_()
    ran = lab.twin()
    ran.run()
    assert saved["image/png"] == figures.png(ran.figure()) != figures.png(lab.figure())
    assert shown(lab) == before, "the lab itself has not moved"
    lab.close(), ran.close()


def test_an_error_in_a_handler_is_seen_in_the_lab(lab, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("no ink")

    monkeypatch.setattr(figures, "loss_and_slope", broken)
    click(lab, "Step")
    assert "no ink" in status(lab) and 'role="alert"' in lab.status.value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "a word"}, "task must be one of 'yes or no', 'a number, by a constant', 'a number, by a line'"),
        ({"answer": 1}, "answer must be one of 'no', 'yes'; got 1"),
        ({"score": 9}, "score must be a number from -8 to 8; got 9"),
        ({"score": "2"}, "score must be a number"),
        ({"lr": 0}, "lr must be a number from 0.01 to 10; got 0"),
        ({"outlier": 31}, "outlier must be a number from 0 to 30; got 31"),
        ({"delta": float("nan")}, "delta must be a number"),
    ],
)
def test_settings_that_the_controls_do_not_offer_are_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.LossLab(**options)


@pytest.mark.parametrize("options", [{"score": 8}, {"score": -8}, {"lr": 10}, {"outlier": 0}, {"outlier": 30}])
def test_the_ends_of_the_controls_are_taken(options):
    mb.LossLab(**options).close()


@pytest.mark.parametrize("task", TASKS)
def test_closing_gives_every_widget_back(task):
    before = set(live_widgets)
    lab = mb.LossLab(task)
    assert len(live_widgets) > len(before)
    lab.run()
    lab.close()
    assert set(live_widgets) == before
