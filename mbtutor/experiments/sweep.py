"""Many runs of one network, one for each batch size, learning rate and seed, on all cores of this machine."""

import asyncio
import copy
import itertools
import os
import shutil
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np

from .. import checks
from ..batches import MiniBatches
from ..datasets.dataset import as_dataset
from ..history import History
from ..network import Network
from ..schedules import warm_up
from ..training import TrainingDiverged, train
from . import cache as caching

LOOK = 0.05  # seconds between two looks of a run at whether it was called off
VALIDATIONS = 50  # about how often a run is validated, unless told
UNITS = ("epochs", "updates", "examples")


class Setting(NamedTuple):
    """What differs between the runs of a sweep."""

    batch_size: int
    lr: float
    seed: int = 0


class Outcome(NamedTuple):
    """What became of one run. error: why it diverged, or ""."""

    setting: Setting
    history: History
    error: str = ""

    @property
    def val_loss(self):
        """The validation loss at the end; infinite for a run that diverged."""
        return np.inf if self.error else float(self.history.measured("val_loss")[1][-1])

    @property
    def val_accuracy(self):
        """The validation accuracy at the end; NaN for a run that diverged, and for a regression."""
        values = self.history.measured("val_accuracy")[1]
        return float(values[-1]) if len(values) and not self.error else np.nan


class Plan(NamedTuple):
    """What all runs of a sweep share: the untrained network, the rows, and how long a run goes on."""

    layers: list
    loss: object
    optimizer: object
    dtype: object
    train: object
    val: object
    unit: str  # of the amount, one of UNITS
    amount: int
    target: float | None  # a validation loss at which a run ends
    validate_every: int | None
    warm_up: float = 0  # epochs

    def start(self, setting):
        """The run of that setting (see mb.train), before its first update."""
        net = Network(self.layers, seed=setting.seed, dtype=self.dtype)
        optimizer = copy.copy(self.optimizer)
        optimizer.lr = setting.lr
        net.compile(self.loss, optimizer)
        batches = MiniBatches(self.train, setting.batch_size, seed=setting.seed)
        updates = self._updates(batches)
        every = max(1, updates // VALIDATIONS) if self.validate_every is None else self.validate_every
        warming = max(1, round(self.warm_up * len(batches)))
        schedule = warm_up(setting.lr, warming) if self.warm_up else None
        return train(net, batches, updates=updates, validation=self.val, validate_every=every, schedule=schedule)

    def _updates(self, batches):
        if self.unit == "examples":
            return -(-self.amount // batches.batch_size)
        return self.amount * (len(batches) if self.unit == "epochs" else 1)


class Sweep:
    """Many runs of one network on the same rows. Iterating starts them; each Outcome comes when its run has ended.

    net: a compiled Network; each run starts anew with its layers, loss and optimizer, and with a seed of its own.
    train, val: Datasets. batch_sizes, lrs, seeds: every combination is a run; or settings: a list of Settings.
    epochs, updates or examples: the budget of each run, one of the three. target: a run ends before that, once its
    validation loss is as low. validate_every: updates between two validations, by default about 50 of them a run.
    warm_up: the learning rate climbs from 0 within so many epochs, see mb.warm_up; by default it is there at once.
    workers: processes, by default one a core; each computes on one thread. cache: True keeps the outcomes on this
    machine (text: in that folder), and a run that was made before is only read.
    Raises ValueError or TypeError, before the first run, for what could not be trained. The runs are shared out by
    joblib: `with joblib.parallel_config(backend=...)` around the loop takes them elsewhere.
    """

    def __init__(
        self,
        net,
        train,
        val,
        batch_sizes=(),
        lrs=(),
        seeds=(0,),
        *,
        settings=None,
        epochs=None,
        updates=None,
        examples=None,
        target=None,
        validate_every=None,
        warm_up=0,
        workers=None,
        cache=False,
    ):
        every = itertools.product(batch_sizes, lrs, seeds) if settings is None else settings
        self.settings = [Setting(*setting) for setting in every]
        self.workers = os.cpu_count() or 1 if workers is None else checks.whole_number("workers", workers)
        self.cache = caching.folder(cache)
        unit, amount = _budget(epochs=epochs, updates=updates, examples=examples)
        target = None if target is None else checks.number("target", target)
        train, val, warm_up = as_dataset(train), as_dataset(val), checks.number("warm_up", warm_up, 0)
        self._plan = Plan(*parts_of(net), train, val, unit, amount, target, validate_every, warm_up)
        self._check()
        self._folder = None  # holds the sign that calls off the runs under way

    def __len__(self):
        return len(self.settings)

    def __iter__(self):
        """Yield the Outcomes as the runs end, in any order; a run that was called off has none."""
        self._folder = Path(tempfile.mkdtemp(prefix="mbtutor-sweep-"))  # now: `cancel` may come before the first run
        return self._made(self._folder)

    def _made(self, folder):
        sign, job = str(folder / SIGN), joblib.delayed(_outcome_or_none)
        try:
            # Without max_nbytes joblib would write the rows to files first: they are small, and sent instead.
            with joblib.parallel_config(**_backend()):
                jobs = joblib.Parallel(self.workers, return_as="generator_unordered", max_nbytes=None)
                # Handed out when a worker has room, so that after `cancel` there is next to nothing to wait for.
                left = itertools.takewhile(lambda setting: not os.path.exists(sign), self.settings)
                made = jobs(job(self.cache, self._plan, setting, sign) for setting in left)
            yield from (outcome for outcome in made if outcome is not None)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def outcomes(self):
        """The same for `async for`, so that the event loop of a notebook goes on hearing sliders and buttons."""
        loop, waiting = asyncio.get_running_loop(), iter(self)
        thread = ThreadPoolExecutor(1, "sweep")  # one thread: joblib wants to be asked by the one that started it
        try:
            while (outcome := await loop.run_in_executor(thread, next, waiting, None)) is not None:
                yield outcome
        finally:
            self.cancel()
            thread.submit(deque, waiting, 0)  # to the end: the processes stay for the next sweep
            thread.shutdown(wait=False)

    def run(self, progress=None):
        """Make all the runs; return their Outcomes in the order of the settings. progress: as for `mb.fit`."""
        from tqdm import tqdm  # only this function needs it

        shown = tqdm(self, unit=" runs", disable=None if progress is None else not progress)
        place = {setting: number for number, setting in enumerate(self.settings)}
        return sorted(shown, key=lambda outcome: place[outcome.setting])

    def cancel(self):
        """Let no further run start, and those under way end within a moment."""
        if self._folder and self._folder.exists():
            (self._folder / SIGN).touch()

    def _check(self):
        if not self.settings:
            raise ValueError("a sweep needs batch_sizes and lrs, such as batch_sizes=[32, 128], lrs=[0.1]; got no run")
        if len(set(self.settings)) < len(self.settings):
            raise ValueError("every setting must differ from the others; got one of them twice")
        for setting in self.settings:
            self._plan.start(setting)


SIGN = "called-off"


def on_all_cores(function, jobs, workers=None):
    """Return [function(**job) for job in jobs], computed in processes of one thread each, as the runs of a Sweep are.

    function: may be written in a notebook; it and what it returns must survive pickling. jobs: dicts of its keyword
    arguments. workers: processes, by default one a core. An exception of the function is raised here.
    """
    workers = os.cpu_count() or 1 if workers is None else checks.whole_number("workers", workers)
    with joblib.parallel_config(**_backend()):
        return joblib.Parallel(workers, max_nbytes=None)(joblib.delayed(function)(**job) for job in jobs)


class _CalledOff(Exception):
    """Ends a run without an outcome; an exception, because the cache keeps whatever is returned."""


def outcome_of(plan, setting, sign=None, code=""):
    """Make the run of one setting; return its Outcome. sign: a file that ends it. code: what the cache compares."""
    run, history, error, looked = plan.start(setting), History(), "", 0.0
    try:
        for update in run:
            history.append(update)
            if plan.target is not None and update.val_loss is not None and update.val_loss <= plan.target:
                break
            if sign and time.monotonic() - looked > LOOK:
                looked = time.monotonic()
                if os.path.exists(sign):
                    raise _CalledOff
    except TrainingDiverged as problem:
        error = str(problem)
    return Outcome(setting, history, error)


def _outcome_or_none(place, plan, setting, sign):
    """What a worker does for one setting. place: the folder of the cache, or None."""
    if os.path.exists(sign):
        return None
    try:
        return caching.remembered(place, outcome_of, ["sign"])(plan, setting, sign, caching.fingerprint())
    except _CalledOff:
        return None


def parts_of(net):
    """(layers, loss, optimizer, dtype) of a compiled network, without its weights."""
    if not isinstance(net, Network):
        raise TypeError(f"net must be a compiled Network; got {type(net).__name__}")
    net.check_compiled()
    return [layer.fresh() for layer in net.layers], net.loss, net.optimizer, net.dtype


def _budget(**amounts):
    """(unit, amount) of the one that is given."""
    given = {unit: amount for unit, amount in amounts.items() if amount is not None}
    if len(given) != 1:
        raise ValueError(f"give one of {', '.join(UNITS)}; got {', '.join(given) or 'none of them'}")
    ((unit, amount),) = given.items()
    return unit, checks.whole_number(unit, amount)


def _backend():
    """Processes that compute on one thread each (two threads for a core would fight), unless the caller chose."""
    chosen, _ = joblib.parallel.get_active_backend()
    default = isinstance(chosen, joblib.parallel.BACKENDS[joblib.parallel.DEFAULT_BACKEND])
    return {"backend": joblib.parallel.DEFAULT_BACKEND, "inner_max_num_threads": 1} if default else {}
