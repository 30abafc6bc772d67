"""Take the runs of a sweep to a Dask cluster: some processes here, or other machines behind a scheduler's address."""

import contextlib
import logging

import joblib

import mbtutor

from .. import checks, frameworks

SECONDS = 30  # to reach the scheduler, and for its first worker to come


@contextlib.contextmanager
def dask_cluster(address=None, workers=2):
    """Inside this `with`, the runs of every mb.Sweep are made by the workers of a Dask cluster; gives its Client.

    address: of a scheduler, such as "tcp://scheduler:8786". By default a cluster of `workers` processes, one thread
    each, is started here and ended afterwards. What is sent is the rows, the network and the settings, not mbtutor:
    every worker needs the same version of it. The runs of a worker that is lost are made again by another one.
    Raises ImportError without Dask, TimeoutError where nobody answers, ValueError for workers of another version.
    """
    distributed = frameworks.needed("distributed")
    checks.whole_number("workers", workers)
    with contextlib.ExitStack() as stack:
        if address is None:
            stack.enter_context(_quiet("distributed"))  # dozens of lines tell of a lost worker
            options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
            address = stack.enter_context(distributed.LocalCluster(**options))
        client = stack.enter_context(_reached(distributed.Client, address))
        _check_versions(client)
        stack.enter_context(joblib.parallel_config(backend="dask", client=client))
        yield client


def _reached(client, address):
    """A client of that scheduler with at least one worker."""
    try:
        reached = client(address, timeout=SECONDS)
    except (OSError, ValueError) as error:
        raise TimeoutError(f"no Dask scheduler answers at {address!r} ({error}). Is it running there?") from None
    try:
        reached.wait_for_workers(1, timeout=SECONDS)
    except TimeoutError:
        reached.close()
        raise TimeoutError(f"the scheduler at {address!r} has no worker. Start one: dask worker {address}") from None
    return reached


def _check_versions(client):
    """Raise a ValueError where a worker has not the mbtutor that this process has."""
    # By `eval`, which every Python has: a function of mbtutor could not be sent to where there is no mbtutor.
    found = client.run(eval, "__import__('mbtutor').__version__", on_error="return")
    for worker, version in found.items():
        if version != mbtutor.__version__:
            got = f"it failed with {version!r}" if isinstance(version, Exception) else f"it has {version}"
            raise ValueError(
                f"worker {worker} needs mbtutor {mbtutor.__version__}, as here; {got}. Install the same there"
            )


@contextlib.contextmanager
def _quiet(package):
    """Let no logger of that package say less than a disaster."""
    # Each by itself: some have a level of their own, which that of the package does not reach.
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == package]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
