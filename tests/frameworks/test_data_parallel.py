"""Data-parallel training in real processes equals one process; a worker that dies is told, and the run goes on."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest
import torch
from pieces import same

import mbtutor as mb
from mbtutor import machines
from mbtutor.machines import data_parallel
from mbtutor.machines.shares import shares

SIZE = 65  # neither 65 nor the 34 rows of the last batch divide by 3 or 4
EPOCHS = 2


@pytest.fixture(scope="module")
def alone():
    """(network, losses) of one process, by mbtutor."""
    return by_numpy()


def by_numpy(**settings):
    net, _, run = data_parallel.make_run(**{"batch_size": SIZE, "epochs": EPOCHS, **settings})
    return net, np.array([update.loss for update in run][1:])


def train(workers, path, **options):
    return machines.train_on_workers(workers, path, batch_size=SIZE, epochs=EPOCHS, **options)


def differences(state, net, losses):
    return abs(state["losses"] - losses).max(), abs(state["network"]["weights"] - net.weights).max()


def left_behind():
    """Processes of the script that still run."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if "mbtutor.machines.data_parallel" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    yield
    until = time.monotonic() + 10
    while left_behind() and time.monotonic() < until:
        time.sleep(0.1)
    assert left_behind() == []


def test_no_batch_here_divides_by_the_workers():
    _, batches, _ = data_parallel.make_run(batch_size=SIZE)
    sizes = {len(batch) for batch in batches}
    assert sizes == {65, 34} and all(size % workers for size in sizes for workers in (3, 4))
    assert [len({part.stop - part.start for part in shares(34, workers)}) for workers in (3, 4)] == [2, 2]


@pytest.mark.parametrize("workers", [1, 3, 4])
def test_workers_make_the_updates_of_one_process(workers, alone, tmp_path):
    state = train(workers, tmp_path / "run.npz")
    assert max(differences(state, *alone)) < 1e-12
    assert state["apart"] == 0 and state["workers"] == workers and state["number"] == 122
    assert len(state["seconds_each"]) == 122 and (state["seconds_each"] > 0).all()


def test_a_worker_without_rows_takes_part(tmp_path):
    """3,934 rows in batches of 207: the last one has a single row, for two workers."""
    settings = {"batch_size": 207, "epochs": 1, "momentum": 0.9, "hidden": 8, "seed": 3, "lr": 0.05}
    state = machines.train_on_workers(2, tmp_path / "run.npz", **settings)
    assert state["number"] == 20
    assert max(differences(state, *by_numpy(**settings))) < 1e-12


def test_without_averaging_workers_drift_and_a_mean_of_means_is_another_gradient(alone, tmp_path):
    drifted = train(2, tmp_path / "none.npz", average="none")
    assert drifted["apart"] > 0.3
    means = train(3, tmp_path / "means.npz", average="unweighted")
    assert means["apart"] == 0 and 1e-4 < differences(means, *alone)[1] < 0.3


def test_a_worker_that_dies_is_told_and_the_run_goes_on_with_another_number_of_them(alone, tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(machines.WorkerLost) as lost:
        train(3, path, kill=(1, 75), momentum=0.9)
    said = "worker 1 of 3 was ended by SIGKILL during update 75. The checkpoint holds update 70. The same call goes on"
    assert str(lost.value).startswith(said)
    halfway = mb.load_checkpoint(path)
    assert halfway["number"] == len(halfway["losses"]) == 70

    net, losses = by_numpy(momentum=0.9)
    mine, _, run = data_parallel.make_run(batch_size=SIZE, epochs=EPOCHS, momentum=0.9)
    rest = list(mb.train(mine, run.batches, epochs=EPOCHS, resume=halfway))
    assert len(rest) == 52 and abs(mine.weights - net.weights).max() < 1e-12

    state = train(2, path, momentum=0.9)
    assert max(differences(state, net, losses)) < 1e-12 and state["workers"] == 2
    again = train(2, path, momentum=0.9)
    assert same(again["network"], state["network"]), "a run at its end stays there"


def test_worker_0_may_die_too_and_the_workers_are_started_again(alone, tmp_path, capsys):
    state = train(2, tmp_path / "run.npz", kill=(0, 33), restarts=1)
    assert max(differences(state, *alone)) < 1e-12
    note = "note: worker 0 of 2 was ended by SIGKILL during update 33; the workers are started again"
    assert capsys.readouterr().out.startswith(note)


def test_a_worker_killed_from_outside_at_any_time(alone, tmp_path):
    path, killed = tmp_path / "run.npz", []

    def kill_when_it_trains():
        until = time.monotonic() + 120
        while time.monotonic() < until and not killed:
            workers = [p for p in left_behind() if psutil.Process(p.pid).environ().get("RANK") == "1"]
            if path.exists() and workers:
                workers[0].send_signal(signal.SIGKILL)
                killed.append(workers[0].pid)
            time.sleep(0.02)

    killer = threading.Thread(target=kill_when_it_trains)
    killer.start()
    long = {"batch_size": SIZE, "epochs": 60, "hidden": 8}
    with pytest.raises(machines.WorkerLost, match=r"worker 1 of 2 was ended by SIGKILL.* The checkpoint holds update"):
        machines.train_on_workers(2, path, **long)
    killer.join()
    assert killed and mb.load_checkpoint(path)["number"] < 60 * 61


TOLD_TO_END = """
import os, signal, time
from mbtutor.machines import data_parallel
data_parallel.end_soon_when_told()
with data_parallel.told_when_a_worker_is_lost(0, 2, 75, "run.npz"):
    os.kill(os.getpid(), signal.SIGTERM)
    {then}
"""


@pytest.mark.parametrize(
    ("then", "says"),
    [
        ("raise RuntimeError('Gloo: connection closed by peer')", "another worker was lost during update 75"),
        ("time.sleep(60)", ""),
    ],
    ids=["it has lost a worker", "it has lost nobody"],
)
def test_a_worker_that_is_told_to_end_first_says_what_it_saw_and_then_ends(then, says):
    """torchrun ends the others with SIGTERM, and may do so before they have noticed that a worker is gone."""
    line = [sys.executable, "-c", TOLD_TO_END.format(then=then)]
    done = subprocess.run(line, stderr=subprocess.PIPE, text=True, timeout=50)
    assert done.returncode == data_parallel.LOST
    assert says in done.stderr and bool(says) == bool(done.stderr)


def test_nobody_waits_for_ever(tmp_path):
    with pytest.raises(TimeoutError, match="did not end within 1 seconds"):
        train(2, tmp_path / "run.npz", seconds=1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1; got 0"),
        ({"lr": -1}, "lr must be a finite number above 0"),
        ({"average": "often"}, "argument --average: invalid choice: 'often'"),
    ],
)
def test_what_the_script_refuses_is_told_in_its_own_words(options, says, tmp_path):
    with pytest.raises(ValueError, match=re.escape(says)):
        machines.train_on_workers(1, tmp_path / "run.npz", **options)


def test_a_checkpoint_of_another_run_or_a_damaged_one_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    train(1, path)
    with pytest.raises(ValueError, match=r"the checkpoint is of a run with lr 0\.1\. Name another file"):
        train(1, path, lr=0.2)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="is not a whole mbtutor checkpoint"):
        train(2, path)


def test_torchrun_on_two_hosts_played_on_one(alone, tmp_path):
    """Two launchers of two workers each, that meet at an address, as on two machines."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    common = [
        "--nnodes=2",
        "--nproc-per-node=2",
        "--rdzv-id=1",
        "--rdzv-backend=c10d",
        f"--rdzv-endpoint=localhost:{port}",
    ]
    script = ["-m", "mbtutor.machines.data_parallel", f"--checkpoint={tmp_path}/run.npz", f"--batch-size={SIZE}"]
    line = [sys.executable, "-m", "torch.distributed.run", *common, "--local-addr=127.0.0.1", *script]
    hosts = [subprocess.Popen(line, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [host.wait(180) for host in hosts] == [0, 0]
    state = mb.load_checkpoint(tmp_path / "run.npz")
    assert state["workers"] == 4 and max(differences(state, *alone)) < 1e-12


def test_weights_and_momentum_go_to_torch_and_back():
    net, _, run = data_parallel.make_run(momentum=0.9)
    for _ in range(3):
        next(run)
    model = data_parallel.as_torch(net)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    data_parallel.momentum_to_torch(net, model, optimizer)
    before = net.state()
    data_parallel.to_mbtutor(net, model, optimizer, net.updates)
    assert same(before, net.state())
    X = np.random.default_rng(0).random((5, 64))
    np.testing.assert_allclose(model(torch.from_numpy(X)).detach().numpy(), net.forward(X)[0], atol=1e-13)
