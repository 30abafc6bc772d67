"""Sequences keep their lengths, are padded batch by batch, and come in batches of like length."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mbtutor as mb
from mbtutor.batches import wasted_share

RNG = np.random.default_rng(0)
WORDS = [RNG.integers(0, 9, n) for n in (3, 1, 7, 2, 2, 5, 4, 1, 6, 3)]
DATA = mb.Dataset(mb.Sequences(WORDS), np.arange(10) % 2)


def rows_of(batches, epoch=0):
    return [rows.tolist() for rows in batches.rows_of(epoch)[0]]


def test_a_batch_is_padded_to_its_longest_and_the_mask_says_where():
    padded = DATA.X[[1, 3, 0]]
    assert padded.values.shape == (3, 3) and padded.lengths.tolist() == [1, 2, 3]
    assert padded.mask.tolist() == [[True, False, False], [True, True, False], [True, True, True]]
    for row, number in enumerate((1, 3, 0)):
        assert padded.values[row, : len(WORDS[number])].tolist() == WORDS[number].tolist()
    assert (padded.values[~padded.mask] == 0).all() and padded.wasted == pytest.approx(1 / 3)
    assert padded[1:].values.tolist() == padded.values[1:].tolist() and len(padded[1:]) == 2


def test_rows_come_out_as_they_went_in():
    assert all((DATA.X.item(row) == word).all() for row, word in enumerate(WORDS))
    part = DATA.subset(np.array([2, 5]))
    assert part.X.lengths.tolist() == [7, 5] and (part.X.item(1) == WORDS[5]).all()
    assert DATA.X.shape == (10, None) and DATA.X[2:4].shape == (2, None)


def test_every_position_counts_alike_when_sequences_are_standardised():
    frames = mb.Sequences([RNG.normal(3, 2, (n, 4)) for n in (2, 9, 5)])
    scaled = mb.standardize(mb.Dataset(frames, [0, 1, 0]))
    assert scaled.X.lengths.tolist() == [2, 9, 5]
    assert abs(scaled.X.values.mean(axis=0)).max() < 1e-12 and np.allclose(scaled.X.values.std(axis=0), 1)
    assert np.allclose(scaled.scaler.apply(frames.item(1)), scaled.X.item(1))


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: mb.Sequences([]), "at least one sequence; got none"),
        (lambda: mb.Sequences([[1, 2], []]), "sequence 1 is empty"),
        (lambda: mb.Sequences([np.ones((2, 3)), np.ones((2, 4))]), "sequence 0 has (3,), sequence 1 has (4,)"),
        (lambda: mb.Sequences([[1.0], [1.0, np.nan]]), "sequence 1 holds nan at row 1"),
        (lambda: mb.Sequences([[1], ["a"]]), "sequence 1 must hold real numbers"),
        (lambda: mb.Dataset([[1, 2], [3]], [0, 1]), "say so: mb.Sequences(X)"),
        (lambda: mb.standardize(DATA), "begin the network with mb.Embedding"),
        (lambda: mb.BucketBatches(DATA), "give batch_size or token_budget"),
        (lambda: mb.BucketBatches(DATA, 4, token_budget=9), "give batch_size or token_budget"),
        (lambda: mb.BucketBatches(DATA, token_budget=6), "at least 7, the longest sequence; got 6"),
        (lambda: mb.BucketBatches(DATA, 0), "batch_size must be a whole number"),
        (lambda: mb.BucketBatches((np.ones((3, 2)), [0, 1, 0]), 2), "Use MiniBatches"),
        (lambda: mb.Dataset(np.ones((3, 2)), [0, 1, 0], groups=["a", "b"]), "groups must have one entry a row"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_could_not_be_a_batch_of_sequences_is_refused(make, words):
    with pytest.raises((ValueError, TypeError), match=re.escape(words)):
        make()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=40), st.integers(1, 45), st.integers(12, 60))
def test_each_row_is_in_one_batch_of_every_epoch(lengths, size, budget):
    data = mb.Dataset(mb.Sequences([np.ones(n, int) for n in lengths]), np.zeros(len(lengths), int))
    for batches in (mb.BucketBatches(data, size), mb.BucketBatches(data, token_budget=budget)):
        assert len(batches) == len(rows_of(batches, 0)) == len(rows_of(batches, 1))
        for epoch in (0, 1):
            found = rows_of(batches, epoch)
            assert sorted(sum(found, [])) == list(range(len(lengths)))
            assert min(map(len, found)) == batches.smallest and max(map(len, found)) == batches.batch_size
            for rows in found:
                longest = max(lengths[row] for row in rows)
                assert len(rows) <= size if batches.token_budget is None else len(rows) * longest <= budget


def test_batches_of_like_length_waste_less():
    lengths = RNG.integers(3, 30, 400)
    data = mb.Dataset(mb.Sequences([np.ones(n, int) for n in lengths]), np.zeros(400, int))
    mixed, alike = mb.MiniBatches(data, 32), mb.BucketBatches(data, 32)
    assert wasted_share(alike) < 0.1 < 0.3 < wasted_share(mixed)
    batch = next(iter(mixed))
    rows = mixed.rows_of(0)[0]
    assert batch.X.wasted == pytest.approx(1 - lengths[rows[0]].sum() / (32 * lengths[rows[0]].max()))
    padded = sum(len(part) * lengths[part].max() for part in rows)
    assert wasted_share(mixed) == pytest.approx(1 - lengths.sum() / padded)


def test_the_order_depends_on_seed_and_epoch_alone():
    make = lambda seed=0: mb.BucketBatches(DATA, 3, seed=seed)  # noqa: E731
    assert rows_of(make()) == rows_of(make()) and rows_of(make()) != rows_of(make(1)) != rows_of(make(), 1)
    first, second = make(), make()
    assert [b.index.tolist() for b in first] == rows_of(second, 0)
    assert [b.index.tolist() for b in first] == rows_of(second, 1)
    plain = mb.BucketBatches(DATA, 3, shuffle=False)
    assert rows_of(plain) == [[1, 7, 3], [4, 0, 9], [6, 5, 8], [2]]


def test_an_epoch_is_resumed_at_every_batch():
    for options in ({"batch_size": 3}, {"token_budget": 9}):
        whole = rows_of(mb.BucketBatches(DATA, **options))
        for stop in range(len(whole) + 1):
            epoch = iter(mb.BucketBatches(DATA, **options))
            for _ in range(stop):
                next(epoch)
            rest = mb.BucketBatches(DATA, **options).resume(json.loads(json.dumps(epoch.state())))
            assert [batch.index.tolist() for batch in rest] == whole[stop:]
    with pytest.raises(ValueError, match="token_budget=9"):
        mb.BucketBatches(DATA, 3).place(iter(mb.BucketBatches(DATA, token_budget=9)).state() | {"batch_size": 3})


def test_examples_are_counted_where_batches_differ_in_size():
    frames = mb.Dataset(mb.Sequences([RNG.normal(size=(n, 2)) for n in (3, 1, 7, 2, 2, 5)]), np.arange(6) % 2)
    batches = mb.BucketBatches(frames, token_budget=8)
    epoch = iter(batches)
    sizes = [len(batch) for batch in batches]
    assert len(set(sizes)) > 1
    assert [epoch.rows_before(i, epochs=2) for i in range(len(sizes) + 1)] == [12, *(12 + np.cumsum(sizes)).tolist()]
