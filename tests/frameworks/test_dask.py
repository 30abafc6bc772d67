"""The runs of a sweep on a Dask cluster are those made here, also where a worker is killed in the middle."""

import logging
import os
import signal
import socket

import numpy as np
import psutil
import pytest
from distributed import LocalCluster
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor import machines
from mbtutor.experiments import on_all_cores

GRID = {"batch_sizes": [8, 32], "lrs": [0.1, 0.5], "seeds": range(3)}


def make_sweep(**options):
    return mb.Sweep(make_net(), make_data(400), make_data(100, seed=1), **{**GRID, "epochs": 20, **options})


@pytest.fixture(scope="module")
def here():
    return make_sweep().run()


def numbers(outcomes):
    """{setting: all that was measured in its run}; the seconds differ."""
    return {run.setting: [run.history[name].tolist() for name in ("number", "loss", "val_loss")] for run in outcomes}


def assert_same(outcomes, here):
    found, wanted = numbers(outcomes), numbers(here)
    assert found.keys() == wanted.keys()
    for setting, columns in wanted.items():
        for one, other in zip(found[setting], columns):
            np.testing.assert_array_equal(one, other)


def test_a_sweep_on_a_cluster_is_the_one_made_here(here):
    with machines.dask_cluster() as client:
        processes = client.run(os.getpid)
        assert len(processes) == 2 and os.getpid() not in processes.values()
        assert set(client.nthreads().values()) == {1}
        there = make_sweep().run()
    assert [run.setting for run in there] == [run.setting for run in here]
    assert_same(there, here)
    assert not [pid for pid in processes.values() if psutil.pid_exists(pid)], "the cluster has ended"


def test_the_runs_are_made_by_the_workers():
    with machines.dask_cluster() as client:
        made_by = on_all_cores(os.getpid, [{}] * 8)
        assert set(made_by) <= set(client.run(os.getpid).values())
    assert not set(on_all_cores(os.getpid, [{}] * 4)) & set(made_by), "after it, the runs are made here again"


def test_the_runs_of_a_killed_worker_are_made_again(here):
    with machines.dask_cluster() as client:
        first, *_ = client.run(os.getpid).values()
        outcomes = []
        for run in make_sweep():
            if not outcomes:
                os.kill(first, signal.SIGKILL)
            outcomes.append(run)
    assert len(outcomes) == 12
    assert_same(outcomes, here)


def heard():
    """The loggers of Dask that would tell of an error."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    return {name for name in names if logging.getLogger(name).isEnabledFor(logging.ERROR)}


def test_no_logger_of_dask_fills_the_page_and_afterwards_all_are_as_before():
    before = heard()
    assert {"distributed", "distributed.client"} <= before
    with machines.dask_cluster(workers=1):
        assert heard() == set()
    assert heard() >= before


def test_a_cluster_that_runs_already_is_used_and_left_running(here):
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        with machines.dask_cluster(cluster.scheduler_address):
            assert_same(make_sweep().run(), here)
        with machines.dask_cluster(cluster.scheduler_address) as client:
            assert len(client.nthreads()) == 1, "it still answers"


def test_a_diverged_run_and_the_cache_and_cancel_are_as_here(tmp_path):
    options = {"batch_sizes": [8], "lrs": [0.1, 1e200], "seeds": [0], "cache": str(tmp_path)}
    with machines.dask_cluster(workers=1):
        good, bad = make_sweep(**options).run()
        assert not good.error and "Lower the learning rate" in bad.error
        assert_same(make_sweep(**options).run(), [good, bad])
        assert any(tmp_path.iterdir())
        sweep = make_sweep(epochs=2000)
        for _ in sweep:
            sweep.cancel()
        assert len(make_sweep(**options).run()) == 2, "the next sweep goes on as ever"


def test_nobody_at_that_address_is_told(monkeypatch):
    monkeypatch.setattr(machines.cluster, "SECONDS", 1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(TimeoutError, match=f"no Dask scheduler answers at '{address}'"), machines.dask_cluster(address):
        pass
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        with pytest.raises(TimeoutError, match="has no worker. Start one"), machines.dask_cluster(address):
            pass


def test_a_worker_with_another_version_is_refused(monkeypatch):
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        monkeypatch.setattr(mb, "__version__", "9.9")
        says = r"needs mbtutor 9\.9, as here; it has 0\.1\.0\. Install the same there"
        with pytest.raises(ValueError, match=says), machines.dask_cluster(cluster.scheduler_address):
            pass


@pytest.mark.parametrize("workers", [0, "2"])
def test_a_number_of_workers_that_is_none_is_refused(workers):
    with pytest.raises(ValueError, match="workers must be a whole number"), machines.dask_cluster(workers=workers):
        pass
