"""Lesson 14's checks: right answers written in another way, odd answers met in words, and the prediction's outcome."""

import numpy as np
import pytest
from pieces import prepared_digits

import mbtutor as mb
from mbtutor.exercises import lesson_14, lessons, sandbox
from mbtutor.exercises.exercise import NotYet, function_in

EPOCH, OWN, IN_ORDER, _, _ = lessons.lesson("14").EXERCISES
PREDICTION = lessons.lesson("14").PREDICTION
HEADS = {
    EPOCH.id: "one_epoch(net, loader, loss_of, optimizer)",
    OWN.id: "own(shown, sizes)",
    IN_ORDER.id: "in_order(X, y, rows)",
}
LOOP = """
    net.train()
    seen = []
    for batch in loader:
        X, y = batch
        net.zero_grad(set_to_none=True)
        loss = loss_of(net(X), y)
        loss.backward()
        optimizer.step()
        seen.append((float(loss.detach()), y.size(0), X.shape[0]))
    return sum(loss * rows for loss, rows, _ in seen) / sum(rows for *_, rows in seen)"""
ALSO_RIGHT = {
    "the network clears its slopes, sizes as PyTorch says them": (EPOCH, LOOP),
    "cleared after the step": (
        EPOCH,
        LOOP.replace("        net.zero_grad(set_to_none=True)\n", "").replace(
            "optimizer.step()", "optimizer.step()\n        optimizer.zero_grad()"
        ),
    ),
    "by numpy": (
        OWN,
        "\n    import numpy as np\n    return np.diff(np.multiply(shown, np.cumsum(sizes)), prepend=0) / sizes",
    ),
    "a generator": (
        OWN,
        "\n    for n, size in enumerate(sizes):\n"
        "        before = sum(sizes[:n])\n"
        "        yield shown[n] + (shown[n] - shown[n - 1]) * before / size",
    ),
    "joined by numpy": (
        IN_ORDER,
        "\n    import numpy as np\n    return X[np.concatenate(rows)], y[np.concatenate(rows)]",
    ),
    "row by row": (IN_ORDER, "\n    return [[part[row] for batch in rows for row in batch] for part in (X, y)]"),
}
ODD = {
    "nothing": (EPOCH, LOOP.replace("    return sum", "    sum"), "Nothing came back"),
    "words": (EPOCH, LOOP + " * 0 or 'done'", "Return one number"),
    "another number": (EPOCH, LOOP + " + 1", "the mean loss of the rows is not yet"),
    "a whole gradient step too many": (
        EPOCH,
        LOOP.replace("optimizer.step()", "optimizer.step(); optimizer.step()"),
        "After the epoch",
    ),
    "no list": (OWN, " return 3", "Return a list of numbers"),
    "one too few": (OWN, " return shown[1:]", "3 numbers; 2 came back"),
    "others": (OWN, " return [mean + 1 for mean in shown]", "not the losses of the batches"),
    "only X": (IN_ORDER, " return X", "Return two things"),
    "y backwards": (IN_ORDER, " return X, y[::-1]", "not come in the order of the batches"),
}


def function(exercise, body):
    return function_in(f"def {HEADS[exercise.id]}:{body}")


@pytest.fixture(params=["stand-ins", "PyTorch"] if mb.frameworks.installed("torch") else ["stand-ins"])
def parts(request, monkeypatch):
    """Examined with the objects that stand in for PyTorch's, and with PyTorch's own where it is installed."""
    if request.param == "stand-ins":
        monkeypatch.setattr(lesson_14.frameworks, "installed", lambda name: False)
    return request.param


@pytest.mark.parametrize("name", ALSO_RIGHT)
def test_another_right_answer_passes(name, parts):
    exercise, body = ALSO_RIGHT[name]
    note = exercise.examine(function(exercise, body))
    assert (note == lesson_14.STAND_INS) == (exercise is EPOCH and parts == "stand-ins")


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_is_met_in_words(name, parts):
    exercise, body, message = ODD[name]
    with pytest.raises(NotYet, match=message):
        exercise.examine(function(exercise, body))


@pytest.mark.parametrize("name", EPOCH.mistakes)
def test_each_mistake_of_the_loop_is_found_with_and_without_pytorch(name, parts):
    with pytest.raises(NotYet) as met:
        EPOCH.examine(function_in(EPOCH.mistakes[name].code))
    assert met.value.mistake == name


def test_a_step_before_any_slope_does_nothing(parts):
    with pytest.raises(NotYet) as met:
        EPOCH.examine(function(EPOCH, LOOP.replace("loss.backward()\n        optimizer.step()", "optimizer.step()")))
    assert met.value.mistake == "unmoved" and "every weight is what it was" in met.value.seen


def test_in_the_process_of_the_check_the_learner_is_told_of_the_stand_ins():
    verdict = sandbox.examined(EPOCH.id, function_in(EPOCH.solution))
    assert verdict["passed"]
    assert bool(verdict["note"]) != mb.frameworks.installed("torch")
    result = mb.check(EPOCH.id, function_in(EPOCH.solution))
    assert ("stood in for" in "".join(result.lines)) != mb.frameworks.installed("torch")


def test_the_stand_ins_compute_one_update_of_a_network():
    net, batches, lr = lesson_14._case(6, 6, 0.5)
    twin, _, _ = lesson_14._case(6, 6, 0.5)
    standing, loader, loss_of, optimizer, weights = lesson_14._stand_ins(net, batches, lr)
    (X, y) = loader[0]
    loss_of(standing(X), y).backward()
    optimizer.step()
    loss, _ = twin.update(*batches[0])
    assert np.allclose(weights(), twin.weights, atol=1e-12) and loss_of(standing(X), y).item() < loss


def test_the_outcome_waits_for_one_epoch_in_batches_of_100():
    train, val, _ = prepared_digits()
    lab = mb.TrainingLab(train, val, epochs=1)
    lab.run()
    assert PREDICTION.outcome(lab) is None, "another batch size"
    lab.form.batch_size.field.value = 100
    lab.form.amount.value = 2
    lab.run()
    assert PREDICTION.outcome(lab) is None, "two epochs"
    lab.form.amount.value = 1
    lab.run()
    true, text = PREDICTION.outcome(lab)
    assert PREDICTION.options[true] == "40/40" and text.startswith("One epoch of 3,934 rows in batches of 100 made 40")
    lab.close()
