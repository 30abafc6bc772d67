"""Lesson 03's checks: right answers written in another way, odd answers met in words, and the prediction's outcome."""

import numpy as np
import pytest
from pieces import prepared_digits

import mbtutor as mb
from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet, function_in

BACKWARD, SLOPES, _, UPDATE = lessons.lesson("03").EXERCISES
PREDICTION = lessons.lesson("03").PREDICTION

ALSO_RIGHT = {
    "lists, and a sum by hand": (
        BACKWARD,
        "import numpy as np\n\n\ndef dense_backward(X, W, dY):\n"
        "    return [(dY @ W.T).tolist(), np.einsum('nd,nk->dk', X, dY).tolist(), sum(dY)]",
    ),
    "row by row": (
        SLOPES,
        "def slopes_of_scores(p, y):\n    return [[(s - (k == right)) / len(p) for k, s in enumerate(row)] "
        "for row, right in zip(p, y)]",
    ),
    "row by row, divided in the loop": (
        SLOPES,
        "def slopes_of_scores(p, y):\n    slopes = p.copy()\n    for row, right in enumerate(y):\n"
        "        slopes[row, right] -= 1\n        slopes[row] /= len(y)\n    return slopes",
    ),
    "the package itself": (
        UPDATE,
        """
import mbtutor as mb


def one_update(X, y, W, b, lr):
    net = mb.Network([mb.Dense(*W.shape)])
    net.compile("cross_entropy", mb.SGD(lr))
    net.layers[0].W[...], net.layers[0].b[...] = W, b
    net.update(X, y)
    return net.layers[0].W, net.layers[0].b
""",
    ),
}
ODD = {
    "nothing": (BACKWARD, "return None", "return dX, dW, db"),
    "one of three": (BACKWARD, "return X.T @ dY", "return dX, dW, db"),
    "none among them": (BACKWARD, "return dY @ W.T, None, dY.sum(axis=0)", "Nothing came back for dW"),
    "words": (BACKWARD, "return 'a', 'b', 'c'", "dX must be an array of numbers"),
    "ragged": (BACKWARD, "return [[1], [1, 2]], 2, 3", "dX must be an array of numbers"),
    "a row too many": (
        BACKWARD,
        "return dY @ W.T, X.T @ dY, dY.sum(axis=0, keepdims=True)",
        r"must have the shape \(2,\)",
    ),
    "the mean of the rows": (SLOPES, "return p.mean(axis=0)", r"must have the shape \(2, 3\)"),
    "nothing moved": (UPDATE, "return W, b", "not yet the right numbers"),
}
LESSONS_OWN = """
import numpy as np


def one_update(X, y, W, b, lr):
    scores = X @ W + b
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    right = np.eye(p.shape[1])[y]
    loss, dscores = -np.log(p[right == 1]).mean(), (p - right) / len(y)
    return W - lr * X.T @ dscores, b - lr * dscores.sum(axis=0)
"""
HEADS = {BACKWARD.id: "dense_backward(X, W, dY)", SLOPES.id: "slopes_of_scores(p, y)"}
HEADS[UPDATE.id] = "one_update(X, y, W, b, lr)"


@pytest.mark.parametrize("name", ALSO_RIGHT)
def test_another_right_answer_passes(name):
    exercise, code = ALSO_RIGHT[name]
    exercise.examine(function_in(code))


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_is_met_in_words(name):
    exercise, line, message = ODD[name]
    with pytest.raises(NotYet, match=message):
        exercise.examine(function_in(f"def {HEADS[exercise.id]}:\n    {line}"))


@pytest.mark.parametrize(
    ("exercise", "line", "given"),
    [
        (BACKWARD, "return X, W, dY", "X=[[1.0, 2.0], [3.0, 0.0]], W=[[1.0, -1.0], [2.0, 0.0]], dY=[[1.0, 0.0], [2.0"),
        (SLOPES, "return p", "p=[[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]], y=[0, 2]"),
        (UPDATE, "return W, b", "W=[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], b=[0.0, 0.0, 1.0], lr=0.3"),
    ],
)
def test_the_first_case_can_be_computed_by_hand(exercise, line, given):
    with pytest.raises(NotYet) as caught:
        exercise.examine(function_in(f"def {HEADS[exercise.id]}:\n    {line}"))
    assert given in caught.value.seen


def test_the_cross_entropy_of_the_lesson_passes_without_a_warning():
    with np.errstate(all="raise", under="ignore"):
        UPDATE.examine(function_in(LESSONS_OWN))


def test_a_b_that_moves_by_the_sum_over_all_classes_is_told_that_this_sum_is_0():
    with pytest.raises(NotYet) as caught:
        UPDATE.examine(function_in(LESSONS_OWN.replace("dscores.sum(axis=0)", "dscores.sum()")))
    message = UPDATE.mistakes[caught.value.mistake].message
    assert "`slopes.sum(axis=0)`" in message and "is always 0" in message


def test_two_faults_in_the_size_of_the_step_are_told_apart():
    faults = set()
    for step in ("0.1 * X.T", "lr * X.T / len(y)", "lr * X.T * len(y)", "X.T"):
        with pytest.raises(NotYet) as caught:
            UPDATE.examine(function_in(LESSONS_OWN.replace("lr * X.T", step)))
        faults.add(caught.value.mistake)
    assert faults == {"rate of the lesson", "divided twice", "summed", "no rate"}


def test_small_numbers_are_shown_with_three_digits():
    with pytest.raises(NotYet) as caught:
        SLOPES.examine(function_in(SLOPES.mistakes["fixed at 512"].code))
    assert "returned `[[-0.000977, 0.000488, 0.000488]" in caught.value.seen


def test_the_outcome_compares_zero_weights_with_and_without_a_hidden_layer():
    train, val, _ = prepared_digits()
    lab = mb.TrainingLab(train, val, architecture=True)
    layers, init = (lab.form.architecture[name] for name in ("hidden_layers", "init"))
    for layers.value, init.value in ((1, "He uniform"), (0, "He uniform"), (1, "all zero")):
        lab.run()
        assert PREDICTION.outcome(lab) is None
    layers.value = 0
    lab.buttons["One update"].click()
    assert PREDICTION.outcome(lab) is None, "a run that is not finished shows nothing"
    lab.run()
    true, text = PREDICTION.outcome(lab)
    assert PREDICTION.options[true] == "only the one without a hidden layer"
    assert "with a hidden layer ended at 10%" in text and "the one without at 96%" in text
    lab.close()
