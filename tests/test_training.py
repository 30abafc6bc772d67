"""The loop: exact records, early stopping, stops that keep whole updates, the same remainder after a pause."""

import json
import math
import re
import sys
import threading
from _thread import interrupt_main
from pathlib import Path

import numpy as np
import pytest
from pieces import make_data, make_net, prepared_digits, same

import mbtutor as mb

PACKAGE = str(Path(mb.__file__).parent)
DROPOUT = [mb.Dense(4, 8), mb.ReLU(), mb.Dropout(0.3), mb.Dense(8, 3)]
OPTIMIZERS = {
    "SGD": lambda: mb.SGD(0.3),
    "momentum": lambda: mb.SGD(0.1, momentum=0.9),
    "RMSProp": lambda: mb.RMSProp(0.01),
    "Adam": lambda: mb.Adam(0.02),
    "AdamW": lambda: mb.AdamW(0.02),
}


def make_run(optimizer="Adam", resume=None, net=None, **options):
    """A run with everything that has a state: dropout, an optimizer's memory, validation, patience."""
    net = net or make_net(DROPOUT, optimizer=OPTIMIZERS[optimizer]())
    options = {"epochs": 4, "validation": make_data(13, seed=1), "validate_every": 2, "patience": 3, **options}
    return mb.train(net, mb.MiniBatches(make_data(20), 6), resume=resume, **options)


def timeless(updates):
    return [update._replace(seconds=0) for update in updates]


def reference(optimizer="Adam", **options):
    """(records, the state after each of them, the weights at the end) of a run that is never stopped."""
    run, records, states = make_run(optimizer, **options), [], []
    for update in run:
        records.append(update)
        states.append(run.state())
    return timeless(records), states, run.net.weights.copy()


@pytest.mark.parametrize("B, drop_last", [(1, False), (6, False), (6, True), (20, False), (20, True)])
def test_records_count_updates_epochs_and_examples(B, drop_last):
    batches = mb.MiniBatches(make_data(20), B, drop_last=drop_last)
    records = list(mb.train(make_net(), batches, epochs=3))
    sizes = [len(batch) for _ in range(3) for batch in mb.MiniBatches(make_data(20), B, drop_last=drop_last)]
    assert [record.number for record in records] == list(range(3 * len(batches) + 1))
    assert [record.examples for record in records] == np.cumsum([0, *sizes]).tolist()
    assert [record.epoch for record in records] == [0] + [epoch for epoch in (1, 2, 3) for _ in range(len(batches))]
    seconds = [record.seconds for record in records]
    assert seconds == sorted(seconds) and seconds[0] == 0 < seconds[-1]


def test_update_zero_is_the_untrained_network():
    net, val = make_net(), make_data(13, seed=1)
    first = next(mb.train(net, mb.MiniBatches(make_data()), epochs=1, validation=val))
    measured = mb.evaluate(net, val)
    assert first == (0, 0, 0, 0.0, None, None, measured["loss"], measured["accuracy"]) and net.updates == 0


def test_a_record_has_the_loss_of_its_batch_before_the_update():
    run, twin = make_run("SGD", patience=None), make_net(DROPOUT, optimizer=mb.SGD(0.3))
    next(run)
    for record, batch in zip(run, mb.MiniBatches(make_data(20), 6)):
        assert (record.loss, record.accuracy) == twin.update(batch.X, batch.y)


def test_a_record_is_immutable_and_holds_plain_numbers():
    record = list(make_run())[4]
    with pytest.raises(AttributeError):
        record.loss = 0
    assert {type(value) for value in record} == {int, float} and json.loads(json.dumps(record)) == list(record)


def test_each_update_is_made_when_it_is_asked_for():
    run = make_run()
    assert run.net.updates == 0
    next(run), next(run), next(run)
    assert run.net.updates == run.number == 2


@pytest.mark.parametrize("every, expected", [(None, [0, 4, 7]), (3, [0, 3, 6, 7]), (1, list(range(8))), (100, [0, 7])])
def test_validation_comes_first_then_at_its_interval_and_last(every, expected):
    run = make_run(epochs=None, updates=7, validate_every=every, patience=None)
    assert [record.number for record in run if record.val_loss is not None] == expected


def test_validation_does_not_change_the_run():
    with_val, without = make_run(patience=None), make_run(patience=None, validation=None, validate_every=None)
    assert [r.loss for r in with_val] == [r.loss for r in without] and same(with_val.net.state(), without.net.state())


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_patience_stops_the_run_and_puts_the_best_weights_back(patience):
    net, val = make_net(optimizer=mb.Adam(0.3)), make_data(30, seed=9)
    run = mb.train(net, mb.MiniBatches(make_data(30), 10), epochs=200, validation=val, patience=patience)
    losses = [record.val_loss for record in run if record.val_loss is not None]
    best = int(np.argmin(losses))
    assert len(losses) == best + patience + 1 < 201
    assert mb.evaluate(net, val)["loss"] == min(losses)


def test_the_best_weights_are_put_back_also_at_the_end_of_the_run():
    net, val = make_net(optimizer=mb.Adam(0.3)), make_data(30, seed=9)
    losses = [
        r.val_loss for r in mb.train(net, mb.MiniBatches(make_data(30), 30), epochs=20, validation=val, patience=99)
    ]
    assert min(losses) < losses[-1] and mb.evaluate(net, val)["loss"] == min(losses)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("through", ["memory", "npz"])
def test_a_run_resumed_at_any_update_gives_the_same_remainder(optimizer, through, tmp_path):
    records, states, weights = reference(optimizer)
    assert len(records) > 6
    for number, state in enumerate(states):
        if through == "npz":
            mb.save_checkpoint(tmp_path / "run.npz", state)
            state = mb.load_checkpoint(tmp_path / "run.npz")
        run = make_run(optimizer, resume=state, net=make_net(DROPOUT, optimizer=OPTIMIZERS[optimizer](), seed=5))
        assert timeless(run) == records[number + 1 :] and np.array_equal(run.net.weights, weights)


def test_a_state_of_a_run_that_has_not_begun_gives_the_whole_run():
    records, _, weights = reference()
    run = make_run(resume=make_run().state())
    assert timeless(run) == records and np.array_equal(run.net.weights, weights)


def test_a_finished_run_goes_on_when_it_is_given_more_epochs():
    options = {"patience": None, "validate_every": 4}
    long, short = make_run(**options), make_run(epochs=2, **options)
    whole, first = timeless(long), timeless(short)
    rest = make_run(resume=short.state(), **options)
    assert first + timeless(rest) == whole and np.array_equal(rest.net.weights, long.net.weights)


def test_a_new_run_goes_on_from_the_weights_as_they_are():
    net = make_net()
    first = list(mb.train(net, mb.MiniBatches(make_data()), updates=3))
    second = mb.train(net, mb.MiniBatches(make_data()), updates=3)
    assert [record.number for record in second] == [0, 1, 2, 3] and net.updates == 6 and len(first) == 4


def interrupted(run, steps):
    """Step `run` until KeyboardInterrupt comes at that bytecode of the package; return the records so far, or None."""
    left = steps

    def tracer(frame, event, arg):
        nonlocal left
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        left -= event == "opcode"
        if left < 0:
            raise KeyboardInterrupt
        return tracer

    records, before = [], sys.gettrace()
    sys.settrace(tracer)
    try:
        for record in run:
            records.append(record)
    except KeyboardInterrupt:
        return records
    finally:
        sys.settrace(before)
    return None


def check_interrupted(run, records, expected):
    """What an interrupted run leaves agrees with the reference, and goes on as that went on."""
    all_records, states, weights = expected
    state = run.state()
    if run.number == len(all_records) - 1 and len(records) == len(all_records):
        return  # the best weights are being put back: nothing is left to do
    assert timeless(records) == all_records[: len(records)] and len(records) in (run.number, run.number + 1)
    assert same(state["network"], states[run.number]["network"])
    resumed = make_run(epochs=2, resume=state)
    rest = timeless(resumed)
    if state["recorded"] < run.number:  # the record was lost; it comes again, without the loss of its batch
        assert rest.pop(0) == all_records[run.number]._replace(loss=None, accuracy=None)
    assert rest == all_records[run.number + 1 :] and np.array_equal(resumed.net.weights, weights)


@pytest.mark.parametrize("part", range(4))
def test_an_interrupt_at_any_bytecode_leaves_the_last_whole_update(part):
    expected, steps, stride, seen = reference(epochs=2), 32 * part, 128, set()
    while True:
        run = make_run(epochs=2)
        records = interrupted(run, steps)
        if records is None:
            break
        check_interrupted(run, records, expected)
        seen.add((run.number, len(records)))
        steps += stride
    assert {number for number, _ in seen} >= set(range(len(expected[0])))
    assert {count - number for number, count in seen} == {0, 1}


def test_a_real_interrupt_at_a_random_moment_leaves_the_last_whole_update():
    rng, caught = np.random.default_rng(), 0
    states = reference(epochs=60, patience=None)[1]
    for delay in rng.uniform(0, 0.02, 30):
        run = make_run(epochs=60, patience=None)
        timer = threading.Timer(delay, interrupt_main)
        try:
            timer.start()
            for _ in run:
                pass
            timer.join()
            for _ in range(10**6):  # the interrupt comes within the next few steps
                pass
        except KeyboardInterrupt:
            caught += 1
        assert same(run.net.state(), states[run.number]["network"])
    assert caught == 30


def kept(histories, net):
    """An iterable that runs `fit` when it is asked for its first item, so that `interrupted` can watch it."""
    options = {"epochs": 3, "validation": make_data(13, seed=1), "progress": False}
    histories.append(mb.fit(net, mb.MiniBatches(make_data(20), 6), **options))
    yield from ()


def test_an_interrupted_fit_keeps_a_record_of_every_completed_update(capsys):
    for steps in range(100, 10**6, 499):
        net, histories = make_net(DROPOUT, optimizer=mb.Adam(0.02)), []
        interrupted(kept(histories, net), steps)
        if not histories:  # the interrupt came before the run began, or while the note was printed
            continue
        assert histories[0]["number"].tolist() == list(range(net.updates + 1))
        if net.updates == 12:
            break
    assert "interrupted after update" in capsys.readouterr().out


def test_training_goes_on_after_an_interrupt_as_if_nothing_had_been():
    net, data = make_net(DROPOUT), make_data(20)
    twin = make_net(DROPOUT)
    run = mb.train(net, mb.MiniBatches(data, 6), epochs=2)
    assert len(interrupted(run, 2500)) > 1
    list(mb.train(twin, mb.MiniBatches(data, 6), updates=run.number))
    assert same(net.state(), twin.state())
    for each in (net, twin):
        list(mb.train(each, mb.MiniBatches(data, 6), epochs=1))
    assert same(net.state(), twin.state())


@pytest.mark.parametrize("optimizer", [mb.SGD(1e6), mb.SGD(1e300), mb.SGD(1e3, momentum=0.99), mb.AdamW(1e308)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_that_diverges_stops_with_the_last_finite_weights(optimizer, dtype, recwarn):
    net = make_net([mb.Dense(4, 8), mb.ReLU(), mb.Dense(8, 3)], "mean_squared_error", optimizer, dtype=dtype)
    data = mb.Dataset(make_data().X, np.ones((50, 3)))
    run, made = mb.train(net, mb.MiniBatches(data, 10), epochs=500), []
    with pytest.raises(
        mb.TrainingDiverged, match=r"update \d+ \(epoch \d+\): .* Lower the learning rate \(it is "
    ) as error:
        for record in run:
            made.append(record.number)
            weights = net.weights.copy()
    message = str(error.value)
    assert f"update {made[-1] + 1} (epoch" in message and f"The weights of update {made[-1]} are kept" in message
    assert np.array_equal(net.weights, weights) and np.isfinite(weights).all() and not recwarn.list
    assert run.number == made[-1]


def test_after_a_lower_learning_rate_training_goes_on():
    net, batches = make_net(optimizer=mb.SGD(1e300)), mb.MiniBatches(make_data())
    with pytest.raises(mb.TrainingDiverged):
        list(mb.train(net, batches, epochs=1))
    net.optimizer.lr = 0.1
    history = mb.fit(net, batches, epochs=20, progress=False)
    assert history["loss"][-1] < history["loss"][1]


def test_a_validation_loss_that_is_not_finite_stops_the_run():
    net, val = make_net(loss="mean_squared_error"), mb.Dataset(np.full((3, 4), 1e300), np.zeros((3, 3)))
    data = mb.Dataset(make_data().X, np.zeros((50, 3)))
    with pytest.raises(
        mb.TrainingDiverged, match="update 0 .*the loss on data became inf; its numbers, or the weights"
    ):
        list(mb.train(net, mb.MiniBatches(data), epochs=1, validation=val))


def test_rows_changed_after_they_were_checked_are_named():
    data, net = make_data(), make_net()
    run = mb.train(net, mb.MiniBatches(data, 10), epochs=1)
    next(run)
    data.X[17, 2] = np.nan
    with pytest.raises(ValueError, match="X holds nan at row 17, column 2"):
        list(run)
    assert np.isfinite(net.weights).all()


def test_labels_changed_before_a_run_are_refused():
    data, net = make_data(), make_net()
    batches = mb.MiniBatches(data)
    data.y[3] = -1
    with pytest.raises(
        ValueError, match="batches: y must hold class numbers from 0 to 2, one for each output; got -1 to 2"
    ):
        mb.train(net, batches, epochs=1)


def test_a_network_changed_from_elsewhere_is_noticed():
    run = make_run()
    next(run), next(run)
    run.net.update(make_data().X, make_data().y)
    with pytest.raises(RuntimeError, match="this run made 1 updates, the network counts 2. Start a new one"):
        next(run)


GOOD = {"epochs": 1}
VALIDATED = {"epochs": 1, "validation": make_data(13, seed=1)}


@pytest.mark.parametrize(
    "options, words",
    [
        ({}, "give either epochs or updates, one of the two; got epochs=None, updates=None"),
        ({"epochs": 1, "updates": 1}, "got epochs=1, updates=1"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1; got 0"),
        ({"epochs": -3}, "epochs must be a whole number of at least 1; got -3"),
        ({"epochs": 2.5}, "epochs must be"),
        ({"epochs": "3"}, "epochs must be"),
        ({"epochs": True}, "epochs must be"),
        ({"updates": 0}, "updates must be a whole number of at least 1; got 0"),
        ({**VALIDATED, "patience": 0}, "patience must be a whole number of at least 1; got 0"),
        ({**VALIDATED, "patience": 1.0}, "patience must be"),
        ({**VALIDATED, "validate_every": 0}, "validate_every must be"),
        ({**GOOD, "patience": 2}, "patience and validate_every need rows to validate on: pass validation=val"),
        ({**GOOD, "validate_every": 2}, "pass validation=val"),
        (
            {**GOOD, "validation": make_data(d=5)},
            "validation: layer 0: Dense(4, 8) takes rows of 4 numbers; got rows of shape (5,)",
        ),
        ({**GOOD, "validation": make_data(classes=4)}, "validation: y must hold class numbers from 0 to 2"),
        ({**GOOD, "validation": (np.full((2, 4), np.nan), [0, 1])}, "X holds nan at row 0, column 0"),
        ({**GOOD, "resume": {}}, "resume must be a dict as it was saved; missing: network, batches"),
        ({**GOOD, "resume": []}, "resume must be a dict"),
    ],
)
def test_options_that_make_no_run_are_refused_before_anything_changes(options, words):
    net, batches = make_net(), mb.MiniBatches(make_data())
    before = net.state()
    with pytest.raises(ValueError, match=re.escape(words)):
        mb.train(net, batches, **options)
    assert same(net.state(), before) and batches.epoch == 0


@pytest.mark.parametrize(
    "net, batches, error, words",
    [
        (None, mb.MiniBatches(make_data()), TypeError, "net must be a Network"),
        ([mb.Dense(4, 3)], mb.MiniBatches(make_data()), TypeError, "net must be a Network"),
        (make_net(), make_data(), TypeError, "batches must be mb.MiniBatches(train, batch_size=32)"),
        (make_net(), [(1, 2)], TypeError, "batches must be mb.MiniBatches"),
        (mb.Network([mb.Dense(4, 3)]), mb.MiniBatches(make_data()), ValueError, "the network has no loss yet"),
        (make_net(), mb.MiniBatches(make_data(d=3)), ValueError, "batches: layer 0: Dense(4, 8) takes rows of 4"),
        (make_net(), mb.MiniBatches((make_data().X, make_data().y + 1)), ValueError, "subtract 1 from y"),
        (make_net(), mb.MiniBatches((make_data().X, make_data().y + 0.5)), ValueError, "y holds float64 numbers"),
        (make_net(), mb.MiniBatches((make_data().X, make_data().y[:, None])), ValueError, "use y.ravel()"),
        (make_net([mb.ReLU()]), mb.MiniBatches((np.ones((3, 2, 2)), [0, 1, 1])), ValueError, "put Flatten first"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_refused(net, batches, error, words):
    with pytest.raises(error, match=re.escape(words)):
        mb.train(net, batches, epochs=1)


def test_a_single_class_can_be_trained():
    list(mb.train(make_net(), mb.MiniBatches((make_data().X, np.zeros(50, int))), epochs=1))
    list(mb.train(make_net([mb.Dense(4, 1)]), mb.MiniBatches((make_data().X, np.zeros(50, int))), epochs=1))


SPOILED = {
    "another batch size": lambda state: state["batches"].update(batch_size=5),
    "another seed": lambda state: state["batches"].update(seed=5),
    "other rows": lambda state: state["batches"].update(rows=21),
    "a position beyond the epoch": lambda state: state["batches"].update(position=9),
    "a number that does not fit the position": lambda state: state.update(number=4),
    "a negative number": lambda state: state.update(number=-1),
    "seconds of text": lambda state: state.update(seconds="1"),
    "best weights too short": lambda state: state.update(best_weights={"weights": np.zeros(3)}),
    "best weights lost": lambda state: state.update(best_weights={"weights": None}),
    "best weights NaN": lambda state: state["best_weights"]["weights"].fill(np.nan),
    "best weights a list": lambda state: state.update(best_weights=[1]),
    "best loss NaN": lambda state: state.update(best_loss=math.nan),
    "waited as text": lambda state: state.update(waited="1"),
    "recorded as text": lambda state: state.update(recorded=None),
    "weights NaN": lambda state: state["network"]["weights"].fill(np.nan),
    "network lost": lambda state: state.update(network=None),
    "batches a list": lambda state: state.update(batches=[1]),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_state_is_refused_and_changes_neither_network_nor_batches(fault):
    state = reference()[1][5]
    SPOILED[fault](state)
    net, batches = make_net(DROPOUT, optimizer=mb.Adam(0.02)), mb.MiniBatches(make_data(20), 6)
    before = net.state()
    with pytest.raises(ValueError, match="resume|state"):
        mb.train(net, batches, epochs=4, validation=make_data(13, seed=1), patience=3, resume=state)
    assert same(net.state(), before) and batches.epoch == 0


@pytest.mark.parametrize(
    "B, accuracy, gate", [(8, 0.974, 0.015), (32, 0.968, 0.015), (128, 0.951, 0.015), (None, 0.73, 0.05)]
)
def test_digits_reach_the_accuracy_that_is_known(B, accuracy, gate):
    """scikit-learn's 1,797 rows, pixels / 16, 64 hidden, SGD lr 0.1, 30 epochs, 25% test, mean of 3 splits."""
    from sklearn.datasets import (
        load_digits,
    )  # imported here: test_mutants starts this file often, and scikit-learn is slow to load

    X, y = load_digits(return_X_y=True)
    reached = []
    for seed in range(3):
        train, _, test = mb.split((X / 16, y), val=0, test=0.25, seed=seed)
        net = make_net([mb.Dense(64, 64), mb.ReLU(), mb.Dense(64, 10)], seed=seed)
        mb.fit(net, mb.MiniBatches(train, B or len(train), seed=seed), epochs=30, progress=False)
        reached.append(mb.evaluate(net, test)["accuracy"])
    assert np.mean(reached) == pytest.approx(accuracy, abs=gate)


def test_all_5620_digits_are_learned_in_ten_epochs():
    train, _, test = prepared_digits()
    net = make_net([mb.Dense(64, 64), mb.ReLU(), mb.Dense(64, 10)])
    mb.fit(net, mb.MiniBatches(train, 32), epochs=10, progress=False)
    assert mb.evaluate(net, test)["accuracy"] > 0.96
