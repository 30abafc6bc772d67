"""A history holds every update once, on three clocks, and writes itself to a file whole."""

import csv
import errno
import os
import subprocess
import sys

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor.training import Update


def a_history():
    return mb.History(
        [
            Update(0, 0, 0, 0.0, None, None, 2.0, 0.1),
            Update(1, 1, 4, 0.5, 4.0, 0.25),
            Update(2, 1, 6, 0.75, 2.0, 0.5, 1.0, 0.6),
        ],
        label="run",
    )


def test_columns_have_gaps_where_nothing_was_measured():
    history = a_history()
    assert (
        len(history) == 3 and repr(history) == "History(2 updates: run)" and repr(mb.History()) == "History(0 updates)"
    )
    assert history["number"].tolist() == [0, 1, 2] and np.isnan(history["loss"][0])
    assert history.measured("val_loss", "examples")[0].tolist() == [0, 6]
    assert history.measured("loss")[1].tolist() == [4, 2]


def test_three_clocks():
    history = a_history()
    clocks = {"examples": [0, 4, 6], "updates": [0, 1, 2], "seconds": [0, 0.5, 0.75]}
    assert {name: history.clock(name).tolist() for name in clocks} == clocks


@pytest.mark.parametrize("window", [1, 2, 3, 7, 50, 100])
def test_smoothing_is_the_mean_of_the_window_without_its_gaps(window):
    values = np.random.default_rng(0).normal(size=50)
    values[[0, 10, 11]] = np.nan
    history = mb.History(Update(i, 1, i, 0.0, None if np.isnan(v) else v) for i, v in enumerate(values))
    windows = [values[max(0, i - window + 1) : i + 1] for i in range(50)]
    means = [np.nan if np.isnan(each).all() else np.nanmean(each) for each in windows]
    assert np.allclose(history.smoothed("loss", window), means, rtol=0, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize(
    "call",
    [
        lambda h: h["speed"],
        lambda h: h.clock("hours"),
        lambda h: h.smoothed("loss", 0),
        lambda h: h.measured("loss", 3),
    ],
)
def test_unknown_names_and_windows_are_refused(call):
    with pytest.raises(ValueError, match="must be (one of|a whole number)"):
        call(a_history())


@pytest.mark.parametrize("update", [(0, 0, 0), {"loss": 1}, None, "update", 3])
def test_only_updates_are_appended(update):
    history = a_history()
    with pytest.raises(TypeError, match="update must be an Update, as mb.train"):
        history.append(update)
    assert len(history) == 3


def test_a_value_that_is_no_number_is_not_half_appended():
    history = a_history()
    with pytest.raises(ValueError, match="could not convert string to float"):
        history.append(Update(3, 1, 8, 1.0, "loss"))
    assert len(history) == 3 and all(len(history[name]) == 3 for name in Update._fields)


def test_a_column_cannot_be_changed_from_outside_and_stays_while_the_history_grows():
    history = a_history()
    losses = history["loss"]
    before = losses.copy()
    with pytest.raises(ValueError, match="read-only"):
        losses[:] = 0
    for number in range(3, 200):
        history.append(Update(number, 1, 4 * number, 1.0, 0.5))
    np.testing.assert_array_equal(losses, before)
    assert history["number"].tolist() == list(range(200))


def test_the_csv_reads_back_as_the_history(tmp_path):
    a_history().to_csv(tmp_path / "run.csv")
    with open(tmp_path / "run.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == Update._fields
    assert rows[0] == ["0", "0", "0", "0", "", "", "2", "0.1"] and rows[1] == [
        "1",
        "1",
        "4",
        "0.5",
        "4",
        "0.25",
        "",
        "",
    ]


def test_a_csv_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "run.csv"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        a_history().to_csv(path)
    assert path.read_text() == "old" and [each.name for each in tmp_path.iterdir()] == ["run.csv"]


def test_fit_is_train_run_to_its_end():
    options = {"epochs": 2, "validation": make_data(13, seed=1)}
    nets = make_net(), make_net()
    history = mb.fit(nets[0], mb.MiniBatches(make_data()), progress=False, **options)
    records = mb.History(mb.train(nets[1], mb.MiniBatches(make_data()), **options))
    for name in set(Update._fields) - {"seconds"}:
        assert np.array_equal(history[name], records[name], equal_nan=True)
    assert np.array_equal(nets[0].weights, nets[1].weights)


@pytest.mark.parametrize("progress, shown", [(None, ""), (False, ""), (True, "5/5")])
def test_fit_shows_a_bar_only_on_a_terminal_or_when_told(capfd, progress, shown):
    mb.fit(make_net(), mb.MiniBatches(make_data(), 13), epochs=1, progress=progress)
    out, err = capfd.readouterr()
    assert out == "" and shown in err and bool(err) == bool(shown)


def test_fit_refuses_what_train_refuses():
    with pytest.raises(ValueError, match="give either epochs or updates"):
        mb.fit(make_net(), mb.MiniBatches(make_data()))


def test_fit_passes_a_divergence_on():
    with pytest.raises(mb.TrainingDiverged, match="Lower the learning rate"):
        mb.fit(make_net(optimizer=mb.SGD(1e300)), mb.MiniBatches(make_data()), epochs=1, progress=False)


CTRL_C = """
import signal, threading, time
import numpy as np, mbtutor as mb
rng = np.random.default_rng(0)
net = mb.Network([mb.Dense(4, 8), mb.ReLU(), mb.Dense(8, 3)])
net.compile("cross_entropy", mb.SGD(lr=0.1))
def interrupt():
    while net.updates < 100:
        time.sleep(0.001)
    signal.raise_signal(signal.SIGINT)
threading.Thread(target=interrupt).start()
batches = mb.MiniBatches((rng.normal(size=(50, 4)), rng.integers(0, 3, 50)), 5)
history = mb.fit(net, batches, updates=10**7)
assert history["number"].tolist() == list(range(net.updates + 1)), (len(history), net.updates)
before = net.updates
mb.fit(net, batches, updates=3)
assert net.updates == before + 3
"""


def test_ctrl_c_in_a_program_of_its_own_keeps_the_history():
    done = subprocess.run([sys.executable, "-c", CTRL_C], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (
        "note: interrupted after update" in done.stdout
        and "of 10000000; the weights of that update are kept" in done.stdout
    )
