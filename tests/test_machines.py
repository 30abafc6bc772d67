"""Shares, averages and workers played in one process; and starting real ones, as far as that needs no framework."""

import os
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor import machines
from mbtutor.machines import launch
from mbtutor.machines.together import EQUAL, MEANS, NONE, SAME, SLOW, WEIGHTED


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(1, 20))
def test_shares_hold_every_row_once_as_even_as_can_be(rows, workers):
    parts = machines.shares(rows, workers)
    sizes = [part.stop - part.start for part in parts]
    assert np.concatenate([np.arange(rows)[part] for part in parts]).tolist() == list(range(rows))
    assert len(parts) == workers and max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(("rows", "workers"), [(10, 0), (10, 2.5), (-1, 2), (10, "4")])
def test_what_cannot_be_shared_out_is_refused(rows, workers):
    with pytest.raises(ValueError, match="must be a whole number"):
        machines.shares(rows, workers)


def test_an_average_counts_rows():
    average = machines.average([np.array([1.0, 2]), np.array([4.0, 8])], [3, 1])
    assert average.tolist() == [1.75, 3.5]
    assert machines.average([np.array([1.0]), np.array([np.nan])], [3, 0]).tolist() == [1.0]
    for gradients, rows in (([np.ones(2)], [1, 2]), ([np.ones(2)], [0]), ([], [])):
        with pytest.raises(ValueError, match="each worker's gradient and its rows"):
            machines.average(gradients, rows)


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 7, 60])
@pytest.mark.parametrize("rows", [50, 7, 1])
def test_the_averaged_gradient_is_that_of_the_batch(workers, rows):
    data, net = make_data(50), make_net()
    X, y = data.X[:rows], data.y[:rows]
    _, whole = net.loss_and_gradient(X, y)
    assert abs(machines.averaged_gradient(net, X, y, workers) - whole).max() < 1e-15


# Played in one process -------------------------------------------------------------------------------------------


def steps_of(workers=4, batch_size=16, updates=20, optimizer=None, **options):
    data = make_data(90)
    batches = mb.MiniBatches(data, batch_size, seed=1)
    net = make_net(optimizer=optimizer)
    return list(machines.Together(net, batches, workers, data, updates, **options))


@pytest.mark.parametrize("optimizer", [None, mb.SGD(0.1, momentum=0.9), mb.Adam(0.01)], ids=["SGD", "momentum", "Adam"])
@pytest.mark.parametrize("rows", [EQUAL, SLOW])
@pytest.mark.parametrize("workers", [1, 2, 3, 8, 20])
def test_workers_that_average_by_rows_stay_with_the_one_process(workers, rows, optimizer):
    """90 rows: the last batch of an epoch has 10, fewer than 20 workers."""
    steps = steps_of(workers, rows=rows, optimizer=optimizer)
    assert [step.number for step in steps] == list(range(21))
    assert max(step.off for step in steps) < 1e-13 and max(step.apart for step in steps) == 0
    assert steps[-1].alone < steps[0].alone - 0.02
    assert steps[-1].losses == pytest.approx([steps[-1].alone] * workers, abs=1e-13)


def test_the_one_process_trains_as_mb_train_does():
    data, net = make_data(90), make_net()
    together = machines.Together(net, mb.MiniBatches(data, 16, seed=1), 4, data, 20)
    list(together)
    mb.fit(net, mb.MiniBatches(data, 16, seed=1), updates=20)
    assert abs(together.alone.weights - net.weights).max() < 1e-14


def test_a_mean_of_means_is_off_where_shares_are_unequal_and_only_there():
    assert steps_of(averaging=MEANS, updates=5)[-1].off < 1e-13  # 16 rows for 4
    uneven = steps_of(averaging=MEANS, rows=SLOW, updates=5)[-1]
    assert uneven.off > 1e-3 and uneven.apart == 0
    assert steps_of(averaging=MEANS, updates=6)[-1].off > 1e-4  # the last batch: 10 rows for 4


def test_without_averaging_workers_drift_apart_and_are_alone_with_their_share():
    steps = steps_of(2, averaging=NONE)
    assert steps[0].apart == 0 < steps[1].apart < steps[-1].apart and steps[-1].off > 1e-2
    together = machines.Together(make_net(), mb.MiniBatches(make_data(64), 16), 2, make_data(64), 4, averaging=NONE)
    *_, last = together
    net = make_net()
    for batch in mb.MiniBatches(make_data(64), 16):
        net.update(batch.X[8:], batch.y[8:])
    assert abs(together.nets[1].weights - net.weights).max() < 1e-14 and last.losses[0] != last.losses[1]


def test_the_same_rows_for_all_are_one_share_and_nobody_drifts():
    together = machines.Together(make_net(), mb.MiniBatches(make_data(64), 16), 4, make_data(64), 4, rows=SAME)
    *_, last = together
    net = make_net()
    for batch in mb.MiniBatches(make_data(64), 16):
        net.update(batch.X[12:], batch.y[12:])
    assert abs(together.nets[0].weights - net.weights).max() < 1e-14 and last.apart < 1e-14 < last.off


def test_averaging_gradients_keeps_other_first_weights_as_far_apart():
    steps = steps_of(own_weights=True)
    assert steps[0].apart > 1 and steps[-1].apart == pytest.approx(steps[0].apart, rel=1e-9)


def test_a_slow_worker_takes_a_quarter_of_what_another_takes():
    together = machines.Together(make_net(), mb.MiniBatches(make_data(65), 65), 4, make_data(65), 1, rows=SLOW)
    parts = together.parts(65)
    assert [part.stop - part.start for part in parts] == [5, 20, 20, 20]
    assert parts[0].start == 0 and all(one.stop == other.start for one, other in zip(parts, parts[1:]))


def test_a_run_that_runs_away_says_so():
    with pytest.raises(ArithmeticError, match=r"Lower the learning rate \(it is 1e\+160\)"):
        steps_of(optimizer=mb.SGD(1e160))


@pytest.mark.parametrize(
    ("options", "says"), [({"averaging": "yes"}, "averaging must be one of"), ({"rows": "all"}, "rows must be one of")]
)
def test_what_cannot_be_played_is_refused(options, says):
    with pytest.raises(ValueError, match=says):
        steps_of(**options)
    with pytest.raises(ValueError, match="workers must be a whole number"):
        steps_of(0)


# Starting real ones ----------------------------------------------------------------------------------------------


@pytest.fixture
def without_frameworks(monkeypatch):
    monkeypatch.setattr(mb.frameworks.importlib.util, "find_spec", lambda name: None)


def test_what_is_missing_is_named_with_the_way_to_get_it(without_frameworks, tmp_path):
    with pytest.raises(ImportError, match=r"pip install 'mbtutor\[torch\]'"):
        machines.train_on_workers(2, tmp_path / "run.npz")
    with pytest.raises(ImportError, match=r"pip install 'mbtutor\[dask\]'"), machines.dask_cluster():
        pass


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"workers": 0}, "workers must be a whole number"),
        ({"restarts": -1}, "restarts must be a whole number"),
        ({"batchsize": 8}, "unknown settings batchsize; known are average, batch_size"),
    ],
)
def test_what_no_worker_could_do_is_refused_before_any_is_started(options, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        machines.train_on_workers(**{"workers": 2, "checkpoint": tmp_path / "run.npz", **options})


def test_the_command_is_the_one_that_the_lesson_shows():
    line = launch.command(4, ["--checkpoint=run.npz"])
    assert line[0] == sys.executable and line[1:3] == ["-m", "torch.distributed.run"]
    assert line[-4:] == ["--nproc-per-node=4", "-m", "mbtutor.machines.data_parallel", "--checkpoint=run.npz"]


REPORT = """worker 0 of 3: another worker was lost during update 17; run.npz is whole. Start the same command again
Failures:
[1]:
  time      : 2026-11-27_11:22:44
  rank      : 0 (local_rank: 0)
  exitcode  : -15 (pid: 8938)  (SIGTERM)
Root Cause (first observed failure):
[0]:
  rank      : 1 (local_rank: 1)
  exitcode  : -9 (pid: 8939)  (SIGKILL)
"""


def test_the_worker_that_was_killed_is_found_in_the_report_of_torch(tmp_path):
    path = tmp_path / "run.npz"
    said = "worker 1 of 3 was ended by SIGKILL during update 17. There is no checkpoint yet, so the run begins anew. "
    assert launch._lost(REPORT, 3, path).startswith(said)
    mb.save_checkpoint(path, {"number": 10})
    assert "The checkpoint holds update 10. The same call goes on from there" in launch._lost(REPORT, 3, path)
    assert launch._lost("ValueError: no such data", 3, path) is None


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("Traceback\n[rank0]: ValueError: epochs must be 1\nmore", "epochs must be 1"),
        ("usage\ndata_parallel: error: argument --lr: invalid", "argument --lr: invalid"),
        ("a\nb", "\na\nb"),
    ],
)
def test_an_error_of_the_script_is_told_in_a_line(said, error):
    assert launch._last_error(said) == error


def test_after_the_time_limit_nothing_is_left_running(tmp_path):
    file = tmp_path / "pids"
    child = "import time; time.sleep(100)"
    parent = (
        "import os, pathlib, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"pathlib.Path({str(file)!r}).write_text(str(child.pid) + ' ' + str(os.getpid()))\n"
        "time.sleep(100)"
    )
    started = time.monotonic()
    with pytest.raises(TimeoutError, match="did not end within 3 seconds; they were stopped"):
        launch._run([sys.executable, "-c", parent], 3)
    assert time.monotonic() - started < 30
    for pid in map(int, file.read_text().split()):
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_command_sees_the_modules_of_this_process_and_what_it_says_is_kept():
    code, said = launch._run([sys.executable, "-c", "import mbtutor, sys; print(mbtutor.__file__); sys.exit(3)"], 60)
    assert code == 3 and os.path.samefile(said.strip(), mb.__file__)


def test_importing_the_room_loads_no_framework():
    code = "import mbtutor.machines, sys; print([n for n in ('torch', 'distributed', 'dask') if n in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
    assert WEIGHTED in machines.AVERAGING and EQUAL in machines.ROWS
