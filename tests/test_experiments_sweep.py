"""A sweep is many plain runs: the same results as `fit`, on all cores, cancelled in a moment, read again from disk."""

import asyncio
import os
import time

import joblib
import numpy as np
import pytest
from pieces import in_loop, make_data, make_net

import mbtutor as mb
from mbtutor.experiments import Setting
from mbtutor.experiments import sweep as room

DATA, VAL = make_data(60), make_data(20, seed=1)


def sweep(batch_sizes=(8, 30), lrs=(0.1, 0.5), net=None, **options):
    options = {"epochs": 2} | options
    return mb.Sweep(net or make_net(), DATA, VAL, batch_sizes, lrs, **options)


def test_each_run_is_that_of_fit():
    outcomes = sweep(seeds=(0, 1)).run()
    assert [outcome.setting for outcome in outcomes] == [
        Setting(b, lr, seed) for b in (8, 30) for lr in (0.1, 0.5) for seed in (0, 1)
    ]
    for setting, history, error in outcomes:
        net = make_net(seed=setting.seed, optimizer=mb.SGD(lr=setting.lr))
        batches = mb.MiniBatches(DATA, setting.batch_size, seed=setting.seed)
        own = mb.fit(net, batches, epochs=2, validation=VAL, validate_every=max(1, 2 * len(batches) // 50))
        assert error == "" and len(own) == len(history)
        for name in ("number", "loss", "val_loss", "val_accuracy"):
            np.testing.assert_allclose(own[name], history[name], rtol=0, atol=1e-12)


def test_the_template_is_not_trained_and_its_weights_do_not_matter():
    net = make_net()
    first = sweep(net=net).run()
    assert net.updates == 0
    net.weights[...] = 7
    second = sweep(net=net).run()
    assert [outcome.val_loss for outcome in first] == [outcome.val_loss for outcome in second]


def test_the_budget_counts_epochs_updates_or_examples():
    for budget, ends in (({"epochs": 2}, [16, 4]), ({"updates": 5}, [5, 5]), ({"examples": 90}, [12, 3])):
        made = sweep(lrs=[0.1], **{"epochs": None} | budget).run()
        assert [outcome.history["number"][-1] for outcome in made] == ends


def test_a_target_ends_a_run_at_the_validation_that_reaches_it():
    (outcome,) = sweep([8], [0.1], epochs=30, target=1.3, validate_every=2).run()
    numbers, losses = outcome.history.measured("val_loss")
    assert losses[-1] <= 1.3 < losses[-2] and numbers[-1] == outcome.history["number"][-1] < 240
    assert (np.diff(numbers) == 2).all()


def test_the_learning_rate_is_warmed_up_over_epochs():
    (outcome,) = sweep([8], [0.5], epochs=3, warm_up=1.5).run()
    net, batches = make_net(optimizer=mb.SGD(lr=0.5)), mb.MiniBatches(DATA, 8, seed=0)
    own = mb.fit(net, batches, epochs=3, validation=VAL, schedule=mb.warm_up(0.5, updates=12))
    assert outcome.val_loss == pytest.approx(own["val_loss"][-1], abs=1e-12)
    (cold,) = sweep([8], [0.5], epochs=3).run()
    assert cold.val_loss != outcome.val_loss


def test_a_run_that_diverges_is_an_outcome_with_its_reason():
    bad, good = sweep([8], [1e300, 0.1]).run()
    assert bad.val_loss == np.inf and np.isnan(bad.val_accuracy) and "Lower the learning rate" in bad.error
    assert good.error == "" and 0 <= good.val_accuracy <= 1 and np.isfinite(good.val_loss)


def test_a_worker_computes_on_one_thread():
    with joblib.parallel_config(**room._backend()):
        (threads,) = joblib.Parallel(2)(joblib.delayed(os.getenv)(name) for name in ["OPENBLAS_NUM_THREADS"])
    assert threads == "1"


def test_a_backend_that_the_caller_chose_is_left_alone():
    with joblib.parallel_config(backend="threading"):
        assert room._backend() == {}
        assert len(sweep().run()) == 4


def test_what_was_made_before_is_read(tmp_path):
    first = sweep(cache=tmp_path).run()
    second = sweep(cache=tmp_path).run()
    for one, other in zip(first, second):
        assert one.history["seconds"].tolist() == other.history["seconds"].tolist()  # the very same run
    third = sweep(cache=tmp_path, net=make_net([mb.Dense(4, 3)])).run()
    assert third[0].val_loss != first[0].val_loss


def test_a_damaged_cache_is_computed_anew(tmp_path):
    first = sweep(cache=tmp_path).run()
    damaged = list(tmp_path.rglob("output.pkl"))
    assert len(damaged) == 4
    for path in damaged:
        path.write_bytes(b"nothing of use")
    second = sweep(cache=tmp_path, workers=1).run()
    assert all(path.read_bytes() != b"nothing of use" for path in damaged)
    assert [outcome.val_loss for outcome in second] == [outcome.val_loss for outcome in first]


def test_the_cache_of_this_machine_can_be_placed_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("MBTUTOR_CACHE", str(tmp_path / "here"))
    sweep([8], [0.1], cache=True).run()
    assert list((tmp_path / "here").rglob("output.pkl"))


def test_a_cancelled_sweep_ends_soon_and_leaves_no_trace_in_the_cache(tmp_path):
    long = sweep(lrs=(0.1, 0.2, 0.3, 0.4), epochs=100_000, cache=tmp_path, workers=2)

    async def scenario():
        async def later():
            await asyncio.sleep(1.5)
            long.cancel()
            return time.perf_counter()

        task = asyncio.create_task(later())
        assert [outcome async for outcome in long.outcomes()] == []
        assert time.perf_counter() - await task < 2

    in_loop(scenario)
    assert not list(tmp_path.rglob("output.pkl"))
    assert not long._folder.exists()


def test_a_sweep_that_is_cancelled_before_its_first_run_makes_none():
    waiting = sweep()
    made = iter(waiting)
    waiting.cancel()
    assert list(made) == [] and not waiting._folder.exists()
    assert len(waiting.run()) == 4, "it can be started again"


def test_a_cancelled_sweep_hands_out_no_more_runs():
    long = sweep(settings=[(8, 0.1, seed) for seed in range(200)], workers=1)
    made = []
    for outcome in long:
        made.append(outcome)
        long.cancel()
    assert len(made) < 10


def test_the_event_loop_goes_on_while_runs_are_made():
    async def scenario():
        ticks, made = 0, []

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        started = time.perf_counter()
        async for outcome in sweep(epochs=200).outcomes():
            made.append(outcome.setting)
        ticking.cancel()
        assert len(made) == 4
        assert ticks > (time.perf_counter() - started) * 30

    in_loop(scenario)


def test_leaving_the_loop_early_calls_the_rest_off():
    async def scenario():
        long = sweep(lrs=(0.1, 0.2, 0.3), settings=[(8, 0.1, 0), *((8, 0.1, seed) for seed in range(1, 6))], epochs=400)
        async for outcome in long.outcomes():
            assert len(outcome.history) > 1
            break
        await asyncio.sleep(0)

    in_loop(scenario)
    assert len(sweep().run()) == 4, "the processes are ready for the next sweep"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_sizes": ()}, "a sweep needs batch_sizes and lrs"),
        ({"batch_sizes": (8, 8)}, "every setting must differ"),
        ({"batch_sizes": (8, 0)}, "batch_size must be a whole number of at least 1; got 0"),
        ({"lrs": (0.1, -1)}, "lr must be a finite number above 0; got -1"),
        ({"seeds": (0, -1)}, "seed must be a whole number of at least 0; got -1"),
        ({"epochs": None}, "give one of epochs, updates, examples; got none of them"),
        ({"updates": 3}, "give one of epochs, updates, examples; got epochs, updates"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1; got 0"),
        ({"workers": 0}, "workers must be a whole number of at least 1; got 0"),
        ({"target": np.nan}, "target must be a number"),
        ({"warm_up": -1}, "warm_up must be a number from 0"),
        ({"validate_every": 0}, "validate_every must be a whole number of at least 1; got 0"),
    ],
)
def test_what_cannot_be_swept_is_refused_before_the_first_run(options, message):
    with pytest.raises(ValueError, match=message):
        sweep(**options)


def test_the_net_must_be_a_compiled_network():
    with pytest.raises(TypeError, match="net must be a compiled Network; got int"):
        mb.Sweep(3, DATA, VAL, [8], [0.1], epochs=1)
    with pytest.raises(ValueError, match="the network has no loss yet"):
        sweep(net=mb.Network([mb.Dense(4, 3)]))
