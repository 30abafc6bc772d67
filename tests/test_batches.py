"""Every row once an epoch, in an order that is promised, in batches that can be resumed anywhere."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mbtutor as mb

# The orders of the first two epochs of ten rows, seed 0. A change here breaks every promise made to a learner.
GOLDEN = [[3, 2, 1, 8, 6, 0, 7, 4, 5, 9], [7, 4, 5, 1, 9, 8, 6, 2, 0, 3]]


def rows(n):
    """n rows that hold their own number, and so do their answers."""
    return mb.Dataset(np.arange(n, dtype=float)[:, None], np.arange(n))


def indices(epoch):
    return [batch.index.tolist() for batch in epoch]


sizes = st.integers(1, 64).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n + 1)))


@settings(max_examples=300, deadline=None)
@given(sizes, st.booleans(), st.integers(0, 2**40))
def test_an_epoch_holds_every_row_exactly_once(size, shuffle, seed):
    n, B = size
    batches = mb.MiniBatches(rows(n), B, shuffle=shuffle, seed=seed)
    for _ in range(2):
        epoch = list(batches)
        assert len(epoch) == len(batches) == -(-n // B)
        assert sorted(sum(indices(epoch), [])) == list(range(n))
        assert [len(batch) for batch in epoch] == [B] * (n // B) + [n % B] * (n % B > 0)
        for batch in epoch:
            assert np.array_equal(batch.X[:, 0], batch.index) and np.array_equal(batch.y, batch.index)


@settings(deadline=None)
@given(sizes)
def test_drop_last_leaves_out_the_short_batch_alone(size):
    n, B = size
    if n < B:
        with pytest.raises(ValueError, match=f"batch_size must be at most the {n} rows when drop_last=True.*got {B}"):
            mb.MiniBatches(rows(n), B, drop_last=True)
        return
    batches = mb.MiniBatches(rows(n), B, drop_last=True)
    seen = sum(indices(batches), [])
    assert len(batches) == n // B and len(seen) == len(set(seen)) == n // B * B


@settings(max_examples=50, deadline=None)
@given(sizes, st.booleans(), st.booleans(), st.integers(0, 3))
def test_resuming_at_every_step_gives_the_identical_remainder(size, shuffle, drop_last, seed):
    n, B = size
    if n < B:
        return
    options = {"shuffle": shuffle, "drop_last": drop_last, "seed": seed}
    batches = mb.MiniBatches(rows(n), B, **options)
    next(iter(batches))  # so that the epoch under test is not the first
    epoch = iter(batches)
    states, seen = [epoch.state()], []
    for batch in epoch:
        seen.append(batch.index.tolist())
        states.append(epoch.state())
    after = indices(batches)
    for position, state in enumerate(states):
        fresh = mb.MiniBatches(rows(n), B, **options)
        assert indices(fresh.resume(json.loads(json.dumps(state)))) == seen[position:]
        assert indices(fresh) == after


def test_the_order_is_the_golden_one():
    batches = mb.MiniBatches(rows(10), 5)
    assert [sum(indices(batches), []) for _ in range(2)] == GOLDEN


def test_each_epoch_has_an_order_of_its_own_set_by_the_seed():
    one, same, other = (mb.MiniBatches(rows(100), 7, seed=seed) for seed in (0, 0, 1))
    first, second = indices(one), indices(one)
    assert first != second and [first, second] == [indices(same), indices(same)] and indices(other) != first


def test_batches_do_not_stay_together_from_epoch_to_epoch():
    first, second = (indices(epoch) for epoch in [mb.MiniBatches(rows(100), 10)] * 2)
    assert not {frozenset(batch) for batch in first} & {frozenset(batch) for batch in second}


def test_two_iterators_do_not_disturb_each_other():
    batches, alone = mb.MiniBatches(rows(20), 3), mb.MiniBatches(rows(20), 3)
    woven = list(zip(iter(batches), iter(batches)))
    assert [a.index.tolist() for a, _ in woven] == indices(alone)
    assert [b.index.tolist() for _, b in woven] == indices(alone)


@settings(max_examples=50, deadline=None)
@given(sizes, st.booleans(), st.booleans())
def test_the_rows_of_an_epoch_are_told_without_touching_the_next_one(size, shuffle, drop_last):
    n, B = size
    batches, alone = (mb.MiniBatches(rows(n), min(n, B), shuffle=shuffle, drop_last=drop_last) for _ in range(2))
    for number in range(2):
        handed, left_out = batches.rows_of(number)
        assert [batch.tolist() for batch in handed] == indices(alone)
        assert sorted(np.concatenate([*handed, left_out])) == list(range(n))
    assert batches.epoch == 0


def test_without_shuffle_rows_come_as_they_are_and_as_views():
    data = rows(10)
    epoch = list(mb.MiniBatches(data, 4, shuffle=False))
    assert indices(epoch) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert all(np.shares_memory(batch.X, data.X) for batch in epoch)


def test_a_batch_of_all_rows_is_a_view():
    data = rows(10)
    (batch,) = mb.MiniBatches(data, 10, shuffle=True)
    assert np.shares_memory(batch.X, data.X) and batch.index.tolist() == list(range(10))


def test_a_batch_unpacks_into_x_and_y():
    batch = next(iter(mb.MiniBatches(rows(10), 4, shuffle=False)))
    X, y = batch
    assert X is batch.X and y is batch.y and len(batch) == 4 and repr(batch) == "Batch(4 rows, index [0, 1, 2, 3])"


def test_targets_of_several_columns_stay_with_their_rows():
    data = mb.Dataset(np.arange(10.0)[:, None], np.column_stack([np.arange(10.0)] * 2))
    assert all(np.array_equal(batch.y[:, 1], batch.X[:, 0]) for batch in mb.MiniBatches(data, 3))


def test_a_batch_size_above_n_is_one_batch_and_a_note(capsys):
    batches = mb.MiniBatches(rows(5), 10**30)
    assert len(batches) == 1 and indices(batches) == [[0, 1, 2, 3, 4]]
    assert "is more than the 5 rows: each epoch is one batch of 5" in capsys.readouterr().out


@pytest.mark.parametrize("value", [0, -1, 2.5, "8", None, True, np.nan])
def test_a_batch_size_that_is_no_whole_number_is_refused(value):
    with pytest.raises(ValueError, match=re.escape(f"batch_size must be a whole number of at least 1; got {value!r}")):
        mb.MiniBatches(rows(10), value)


@pytest.mark.parametrize("value", [-1, 0.5, "0", None, np.random.default_rng(0)])
def test_a_seed_that_is_no_whole_number_is_refused(value):
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0; got"):
        mb.MiniBatches(rows(10), seed=value)


def test_numpy_integers_are_whole_numbers():
    assert indices(mb.MiniBatches(rows(10), np.int8(4), seed=np.uint8(3))) == indices(
        mb.MiniBatches(rows(10), 4, seed=3)
    )


@pytest.mark.parametrize("data", [np.zeros((3, 2)), None, "rows", ([[1.0]],)])
def test_what_is_no_data_set_is_refused(data):
    with pytest.raises(TypeError, match=r"data must be a Dataset or a pair \(X, y\)"):
        mb.MiniBatches(data)


@pytest.mark.parametrize(
    "name, value", [("batch_size", 5), ("seed", 1), ("shuffle", False), ("drop_last", True), ("data", None)]
)
def test_settings_do_not_change_under_an_epoch(name, value):
    batches = mb.MiniBatches(rows(10), 3)
    with pytest.raises(AttributeError, match=f"{name} of MiniBatches cannot be changed; make new ones"):
        setattr(batches, name, value)
    assert len(list(batches)) == 4


@pytest.mark.parametrize(
    "change, words",
    [
        ({"rows": 11}, "state was taken with rows=11; these batches have rows=10"),
        ({"batch_size": 4}, "batch_size=4; these batches have batch_size=3"),
        ({"seed": 1}, "seed=1; these batches have seed=0"),
        ({"shuffle": False}, "shuffle=False"),
        ({"drop_last": True}, "drop_last=True"),
        ({"epoch": -1}, "state's epoch must be a whole number of at least 0; got -1"),
        ({"epoch": None}, "state's epoch"),
        ({"position": 5}, "state's position must be at most 4"),
        ({"position": 1.5}, "state's position must be a whole number"),
    ],
)
def test_a_state_of_other_batches_is_refused_and_changes_nothing(change, words):
    batches = mb.MiniBatches(rows(10), 3)
    state = {**iter(batches).state(), **change}
    with pytest.raises(ValueError, match=re.escape(words)):
        batches.resume(state)
    assert batches.epoch == 1


@pytest.mark.parametrize("state", [None, [], "state", 3])
def test_what_is_no_state_is_refused(state):
    with pytest.raises(ValueError, match="state must be what Epoch.state"):
        mb.MiniBatches(rows(10), 3).resume(state)
