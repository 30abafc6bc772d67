"""Augmentation changes the pictures of a batch anew each time, the same for the same seed, and nothing else."""

import json
import re

import numpy as np
import pytest

import mbtutor as mb

RNG = np.random.default_rng(0)
X = RNG.uniform(1, 2, (10, 1, 5, 4))
DATA = mb.Dataset(X, np.arange(10) % 2)


def batches(augment=None, **options):
    return mb.MiniBatches(DATA, 4, augment=augment or mb.random_shift(1), **options)


def moved(picture, down, right):
    """The picture (1, h, w) with its rows and columns moved, zeros coming in."""
    found = np.zeros_like(picture)
    for row, column in np.ndindex(picture.shape[1:]):
        if 0 <= row + down < picture.shape[1] and 0 <= column + right < picture.shape[2]:
            found[:, row, column] = picture[:, row + down, column + right]
    return found


def test_each_picture_is_moved_by_up_to_a_pixel_and_zeros_come_in():
    seen = set()
    for epoch in range(20):
        for batch in batches(seed=epoch):
            for picture, row in zip(batch.X, batch.index):
                places = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (moved(X[row], i, j) == picture).all()]
                assert len(places) == 1
                seen.update(places)
            assert (batch.y == DATA.y[batch.index]).all()
    assert len(seen) == 9


def test_what_is_drawn_depends_on_seed_epoch_and_place_alone():
    first, second = batches(), batches()
    one, two, other = list(first), list(second), list(second)
    assert all((a.X == b.X).all() for a, b in zip(one, two))
    assert any((a.X != b.X).any() for a, b in zip(two, other))
    epoch = iter(batches())
    next(epoch)
    rest = batches().resume(json.loads(json.dumps(epoch.state())))
    assert all((a.X == b.X).all() for a, b in zip(rest, one[1:], strict=True))
    plain = mb.MiniBatches(DATA, 4)
    assert [b.index.tolist() for b in plain] == [b.index.tolist() for b in one]
    with pytest.raises(ValueError, match="augmented=True"):
        plain.resume(epoch.state())


def test_the_pieces_of_a_batch_are_those_of_the_whole():
    whole, again = next(iter(batches())), next(iter(batches()))
    assert (np.concatenate([piece.X for piece in again.pieces(3)]) == whole.X).all()
    assert (np.concatenate([piece.y for piece in again.pieces(3)]) == whole.y).all()


def test_the_data_stay_as_they_are():
    before = X.copy()
    for augment in (mb.random_shift(1), mb.random_noise(0.3)):
        for batch in batches(augment):
            assert batch.X.shape == (len(batch), 1, 5, 4) and batch.X.dtype == X.dtype
    assert (before == X).all()


def test_noise_has_the_deviation_that_was_asked_for():
    noise = mb.random_noise(0.3)(np.zeros((200, 1, 20, 20), np.float32), np.random.default_rng(0))
    assert noise.dtype == np.float32 and noise.std() == pytest.approx(0.3, rel=0.01) and abs(noise.mean()) < 0.01


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: mb.random_shift(0), "pixels must be a whole number"),
        (lambda: mb.random_noise(0), "deviation must be a finite number above 0"),
        (lambda: mb.MiniBatches(DATA, 4, augment="shift"), "augment must be a function of (X, rng)"),
        (lambda: next(iter(batches(mb.random_shift(4)))).X, "below the size of the pictures, 5 x 4; got 4"),
        (lambda: mb.random_shift(1)(np.ones((3, 4)), RNG), "got rows of shape (4,)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_could_not_be_augmented_is_refused(make, words):
    with pytest.raises((ValueError, TypeError), match=re.escape(words)):
        make()
