"""Splits share no row and lose none; scaling knows the training part alone."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pieces import all_digits, make_data

import mbtutor as mb
from mbtutor.preparation import Scaler, shuffled


def numbered(n, classes=3):
    """Rows that hold their own number, so that it can be seen where they went."""
    return mb.Dataset(np.arange(n, dtype=float)[:, None], np.arange(n) % classes)


def rows_of(part):
    return [] if part is None else part.X[:, 0].astype(int).tolist()


@given(
    n=st.integers(4, 300),
    val=st.floats(0, 0.6),
    test=st.floats(0, 0.6),
    seed=st.integers(0, 2**70),
    classes=st.integers(1, 5),
)
def test_every_row_goes_to_exactly_one_part(n, val, test, seed, classes):
    data = numbered(n, classes)
    try:
        parts = mb.split(data, val=val, test=test, seed=seed)
    except ValueError as error:
        assert re.search("empty|below 1|too few rows", str(error))
        return
    assert sorted(sum(map(rows_of, parts), [])) == list(range(n))
    assert [len(rows_of(part)) for part in parts[1:]] == [round(val * n), round(test * n)]
    assert all(np.array_equal(part.y, part.X[:, 0] % classes) for part in parts if part)


def test_each_class_has_its_share_of_every_part():
    digits = all_digits()
    for part in mb.split(digits, val=0.2, test=0.1, seed=5):
        share = np.bincount(part.y) / len(part) - np.bincount(digits.y) / len(digits)
        assert abs(share).max() < 1.5 / len(part)


def test_a_split_depends_on_its_seed_alone():
    first, again, other = (rows_of(mb.split(numbered(100), seed=seed)[2]) for seed in (1, 1, 2))
    assert first == again != other
    state = np.random.get_state()[1].copy()
    mb.split(numbered(100))
    assert np.array_equal(state, np.random.get_state()[1])


def test_a_golden_split_stays_what_it_was():
    _, val, test = mb.split(numbered(20, 2), val=0.2, test=0.2, seed=0)
    assert (rows_of(val), rows_of(test)) == ([5, 6, 12, 15], [0, 1, 9, 16])


def test_rows_keep_their_order_within_a_part():
    assert all(rows_of(part) == sorted(rows_of(part)) for part in mb.split(numbered(50)))


def test_float_targets_are_split_without_classes():
    data = mb.Dataset(np.arange(20.0)[:, None], np.linspace(0, 1, 20))
    assert [len(part) for part in mb.split(data, val=0.25, test=0.25)] == [10, 5, 5]


def test_a_part_of_fraction_zero_is_none():
    train, val, test = mb.split(numbered(20), val=0)
    assert val is None and len(train) + len(test) == 20
    assert mb.standardize(train, val, test)[1] is None


@pytest.mark.parametrize(
    "options, words",
    [
        ({"val": 0.5, "test": 0.5}, "val + test must be below 1, so that rows are left to train on; got 0.5 + 0.5"),
        ({"val": 0.7, "test": 0.7}, "got 0.7 + 0.7"),
        ({"val": 0.01}, "val=0.01 of 20 rows leaves val empty; use a larger fraction"),
        ({"val": 0, "test": 0.99}, "val=0 and test=0.99 of 20 rows leave train empty"),
        ({"val": -0.1}, "val must be a number from 0 up to, not including, 1; got -0.1"),
        ({"test": 1}, "test must be a number"),
        ({"test": "0.2"}, "test must be a number"),
        ({"val": float("nan")}, "val must be a number"),
        ({"seed": -1}, "seed must be a whole number of at least 0; got -1"),
        ({"seed": 1.5}, "seed must be a whole number"),
    ],
)
def test_fractions_and_seeds_that_make_no_split_are_refused(options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        mb.split(numbered(20), **options)


def test_a_class_too_small_for_every_part_is_named():
    data = mb.Dataset(np.arange(40.0)[:, None], ["rare"] * 2 + ["common"] * 38)
    with pytest.raises(ValueError, match=r"class rare has too few rows \(2\) to put one in (val|test|train)"):
        mb.split(data)
    assert [len(part) for part in mb.split(data, stratify=False)] == [28, 6, 6]


def grouped(groups, classes=2):
    data = numbered(len(groups), classes)
    return mb.Dataset(data.X, data.y, groups=groups)


@given(
    groups=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    val=st.floats(0, 0.7),
    test=st.floats(0, 0.7),
    seed=st.integers(0, 2**70),
)
def test_no_group_is_in_two_parts_and_every_row_in_one(groups, val, test, seed):
    known = len(set(groups))
    try:
        parts = mb.split_by_group(grouped(groups, classes=1), val=val, test=test, seed=seed)
    except ValueError as error:
        assert re.search("empty|below 1", str(error))
        return
    assert sorted(sum(map(rows_of, parts), [])) == list(range(len(groups)))
    assert all(part.groups.tolist() == [groups[row] for row in rows_of(part)] for part in parts if part)
    counts = [len(set(part.groups.tolist())) if part else 0 for part in parts]
    assert counts[1:] == [round(val * known), round(test * known)] and sum(counts) == known


def test_the_groups_themselves_can_be_named():
    data = grouped(["ann", "bob", "ann", "cid", "dan", "dan", "bob", "ann"])
    train, val, test = mb.split_by_group(data, val="bob", test=["dan"])
    assert (rows_of(train), rows_of(val), rows_of(test)) == ([0, 2, 3, 7], [1, 6], [4, 5])
    train, val, test = mb.split_by_group(data, val=0.5, test={"dan"}, seed=1)  # half of the four, from the other three
    assert rows_of(test) == [4, 5] and len(set(val.groups)) == 2 and len(set(train.groups)) == 1
    numbers = grouped(np.arange(12) % 4, classes=3)
    for names in ([2, 3], (3, 2), range(2, 4), np.array([2, 3])):
        train, val, test = mb.split_by_group(numbers, val=0, test=names)
        assert val is None and rows_of(test) == [2, 3, 6, 7, 10, 11] and len(train) == 6


def test_a_split_by_group_depends_on_its_seed_alone_and_can_be_repeated():
    data = grouped(np.arange(40) % 20, classes=1)
    first, again, other = (rows_of(mb.split_by_group(data, seed=seed)[2]) for seed in (1, 1, 2))
    assert first == again != other
    vowels = mb.datasets.load_vowels()
    for options in ({"test": range(8, 15), "val": 0}, {"seed": 3}):
        parts = mb.split_by_group(vowels, **options)
        names = {"mb": mb}
        exec("\n".join(parts[0].recipe), names)
        for name, part in zip(("train", "val", "test"), parts):
            assert names[name] is None if part is None else np.array_equal(names[name].X, part.X)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"test": ["eve"]}, "test must name groups of the data, which are 'ann', 'bob', 'cid', 'dan'; got 'eve'"),
        ({"val": "an"}, "val must name groups of the data, which are 'ann', 'bob', 'cid', 'dan'; got 'an'"),
        ({"val": "ann", "test": ["ann"]}, "val and test must share no group; 'ann' is in both"),
        ({"test": []}, "test must name at least one group; got an empty list. For no such part use test=0"),
        ({"val": ["ann", "bob"], "test": ["cid", "dan"]}, "of 4 groups leave train empty"),
        ({"val": 0.5, "test": ["cid", "dan"]}, "val=0.5 and test=['cid', 'dan'] of 4 groups leave train empty"),
        ({"val": 0.1}, "val=0.1 of 4 groups leaves val empty; use a larger fraction"),
        ({"val": 0.6, "test": 0.4}, "val + test must be below 1, so that groups are left to train on"),
        ({"test": 3}, "test must be a fraction below 1, or groups in a list; got 3. Try test=[3]"),
        ({"test": -0.1}, "test must be a number from 0 up to"),
        ({"test": None}, "test must be a number from 0 up to"),
        ({"seed": -1}, "seed must be a whole number of at least 0; got -1"),
    ],
)
def test_groups_that_make_no_split_are_refused(options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        mb.split_by_group(grouped(["ann", "bob", "cid", "dan"] * 3, classes=1), **{"val": 0.25, "test": 0.25} | options)


def test_a_class_that_could_not_be_learned_is_named():
    data = mb.Dataset(np.arange(4.0)[:, None], ["a", "b", "a", "c"], groups=[1, 1, 2, 3])
    with pytest.raises(ValueError, match="class c is only in groups kept from train"):
        mb.split_by_group(data, val=0, test=[3])
    targets = mb.Dataset(np.arange(4.0)[:, None], np.arange(4) / 2, groups=[1, 1, 2, 3])
    assert [len(part) for part in mb.split_by_group(targets, val=[2], test=[3])] == [2, 1, 1]


@pytest.mark.parametrize("groups", [["a", None, "b"], [1.0, np.nan, 2.0], ["a", float("nan"), "b"]])
def test_a_row_without_a_group_is_refused(groups):
    groups = np.array(groups, object if "a" in groups else float)
    with pytest.raises(ValueError, match="groups must be names or numbers; got (None|nan) at row 1"):
        mb.Dataset(np.ones((3, 2)), [0, 1, 0], groups=groups)
    with pytest.raises(ValueError, match=r"data has no groups; say which each row belongs to: mb.Dataset\("):
        mb.split_by_group(numbered(20))


def test_shuffles_are_uniform_over_the_24_orders_of_4():
    from scipy.stats import (
        chisquare,
    )  # imported here: test_mutants starts this file often, and scikit-learn is slow to load

    orders = dict.fromkeys(itertools.permutations(range(4)), 0)
    for epoch in range(24_000):
        orders[tuple(shuffled(4, 7, epoch).tolist())] += 1
    assert chisquare(list(orders.values())).pvalue > 0.001


@given(st.integers(1, 2000), st.lists(st.integers(0, 2**64), min_size=1, max_size=2))
def test_a_shuffle_is_a_permutation(n, key):
    assert np.array_equal(np.sort(shuffled(n, *key)), np.arange(n))


@pytest.mark.parametrize("scale, theirs", [(mb.standardize, "StandardScaler"), (mb.min_max, "MinMaxScaler")])
def test_scaling_agrees_with_scikit_learn_and_uses_train_alone(scale, theirs):
    from sklearn import (
        preprocessing,
    )  # imported here: test_mutants starts this file often, and scikit-learn is slow to load

    digits = all_digits()
    train, val, test = mb.split(digits)
    scaled = scale(train, val, test)
    fitted = getattr(preprocessing, theirs)().fit(train.X)
    for before, after in zip((train, val, test), scaled):
        assert np.allclose(after.X, fitted.transform(before.X), rtol=0, atol=1e-12)
        assert after.scaler is scaled[0].scaler and np.array_equal(after.y, before.y)


def test_two_scalings_in_a_row_are_remembered_as_one():
    data = make_data()
    twice = mb.min_max(mb.standardize(data))
    assert np.allclose(twice.scaler.apply(data.X), twice.X, rtol=0, atol=1e-12)


@pytest.mark.parametrize("scale", [mb.standardize, mb.min_max])
def test_a_constant_column_gets_scale_one_and_is_said_once(capsys, scale):
    X = np.column_stack([np.full(7, 0.1), np.arange(7.0)])  # seven times 0.1 does not add up to 0.7
    scaled = scale(mb.Dataset(X, np.zeros(7, int)))
    assert scaled.scaler.scale[0] == 1 and np.isfinite(scaled.X).all() and abs(scaled.X[:, 0]).max() < 1e-15
    assert capsys.readouterr().out.count("1 of 2 columns never vary in train (0); their scale is 1") == 1


@pytest.mark.parametrize("scale", [mb.standardize, mb.min_max])
def test_numbers_too_large_to_scale_are_refused(scale):
    X = np.array([[-1.7e308, 1.0], [1.7e308, 2.0]])
    with pytest.raises(ValueError, match="column 0 of train holds numbers too large"):
        scale(mb.Dataset(X, [0, 1]))


def test_parts_of_another_width_are_refused():
    with pytest.raises(ValueError, match=re.escape("rows of train's shape (4,); data has (5,)")):
        mb.standardize(make_data(), make_data(d=5))


@pytest.mark.parametrize(
    "dtype, kept", [("float32", "float32"), ("float64", "float64"), ("int16", "float64"), ("bool", "float64")]
)
def test_scaling_keeps_float32_and_turns_the_rest_into_float64(dtype, kept):
    X = (np.arange(20).reshape(10, 2) % 3).astype(dtype)
    assert mb.standardize(mb.Dataset(X, np.zeros(10, int))).X.dtype == kept


def test_variance_does_not_cancel_far_from_zero():
    X = 1e9 + np.random.default_rng(0).normal(size=(1000, 1))
    assert mb.standardize(mb.Dataset(X, np.zeros(1000, int))).X.std() == pytest.approx(1, abs=1e-6)


def test_the_caller_keeps_their_array_as_it_was():
    data = make_data()
    before = data.X.copy()
    mb.standardize(*mb.split(data))
    assert np.array_equal(data.X, before)


def test_the_recipe_tells_how_the_data_were_made():
    digits = all_digits()
    train, val, test = mb.standardize(*mb.split(digits, seed=3))
    assert train.recipe == (
        "digits = mb.datasets.load_digits()",
        "train, val, test = mb.split(digits, val=0.15, test=0.15, seed=3)",
        "train, val, test = mb.standardize(train, val, test)",
    )
    names = {"mb": mb}
    exec("\n".join(train.recipe), names)
    assert np.array_equal(names["test"].X, test.X) and np.array_equal(names["train"].y, train.y)


def test_a_scaler_then_another_is_one_scaler():
    first, later = Scaler(np.array([1.0]), np.array([2.0])), Scaler(np.array([3.0]), np.array([4.0]))
    X = np.array([[5.0], [-7.0]])
    assert np.allclose(first.then(later).apply(X), later.apply(first.apply(X)), rtol=0, atol=1e-15)


def test_one_hot_is_one_where_the_class_is():
    assert mb.one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert mb.one_hot(np.array([1, 0], "u1")).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    "y, classes, words",
    [
        ([0, 3], 3, "y must hold class numbers from 0 to 2; got 0 to 3"),
        ([-1, 0], None, "got -1 to 0"),
        ([-3, -2], None, "got -3 to -2"),
        ([0.0, 1.0], None, "y must be a row of whole class numbers; got shape (2,), dtype float64"),
        ([[0], [1]], None, "got shape (2, 1)"),
        ([], None, "got shape (0,)"),
        ([0, 1], 0, "classes must be a whole number of at least 1; got 0"),
        ([0, 1], 2.0, "classes must be a whole number"),
    ],
)
def test_one_hot_refuses_what_is_no_class(y, classes, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        mb.one_hot(y, classes)


def frames(*lengths, d=2):
    """A Dataset of sequences in which every number is another one."""
    values = np.arange(float(sum(lengths) * d)).reshape(-1, d)
    items = np.split(values, np.cumsum(lengths)[:-1])
    names = tuple(f"f{number}" for number in range(d))
    return mb.Dataset(mb.Sequences(items), np.arange(len(lengths)) % 2, feature_names=names, recipe=("data = ...",))


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5), reach=st.integers(1, 4))
def test_each_frame_stands_beside_its_neighbours_in_its_own_sequence(lengths, reach):
    data = frames(*lengths)
    stacked = mb.stack_frames(data, reach)
    assert stacked.X.shape == (len(lengths), None, 2 * (2 * reach + 1)) and stacked.X.lengths.tolist() == lengths
    for row, length in enumerate(lengths):
        for t in range(length):
            places = [min(max(t + step, 0), length - 1) for step in range(-reach, reach + 1)]
            np.testing.assert_array_equal(stacked.X.item(row)[t], data.X.item(row)[places].ravel())


def test_stacking_keeps_what_is_known_of_the_data_and_can_come_before_or_after_scaling():
    train, test = frames(3, 5), frames(4, 2)
    after = [mb.stack_frames(part, 1) for part in mb.standardize(train, test)]
    np.testing.assert_allclose(after[1].scaler.offset, np.tile(train.X.values.mean(axis=0), 3))
    back = after[1].X.values * after[1].scaler.scale + after[1].scaler.offset
    np.testing.assert_allclose(back, mb.stack_frames(test, 1).X.values)
    stacked = mb.stack_frames(train, 1)
    assert stacked.feature_names == ("f0, -1", "f1, -1", "f0, +0", "f1, +0", "f0, +1", "f1, +1")
    assert stacked.recipe == ("data = ...", "data = mb.stack_frames(data, 1)")
    assert stacked.y.tolist() == [0, 1] and train.X.shape == (2, None, 2)


@pytest.mark.parametrize("reach", [0, -1, 1.5, True])
def test_a_reach_that_is_no_number_of_neighbours_is_refused(reach):
    with pytest.raises((TypeError, ValueError), match="reach must be a whole number"):
        mb.stack_frames(frames(3), reach)


def test_rows_that_are_no_sequences_of_frames_are_refused():
    for data in (numbered(5), mb.datasets.load_places()):
        with pytest.raises(ValueError, match=r"stack_frames takes sequences of frames \(length, features\)"):
            mb.stack_frames(data, 1)


# A target of numbers ----------------------------------------------------------------------------------------------


def numbers(n, seed=0, mean=40.0):
    rng = np.random.default_rng(seed)
    return mb.Dataset(rng.normal(size=(n, 2)), rng.normal(mean, 7, size=n), name="train" if seed == 0 else "val")


def test_a_target_is_scaled_by_train_alone_and_back_again():
    train, val = numbers(50), numbers(20, seed=1)
    scaled, held_out, none = mb.standardize_target(train, val, None)
    assert none is None and scaled.y.mean() == pytest.approx(0) and scaled.y.std() == pytest.approx(1)
    np.testing.assert_allclose(held_out.y, (val.y - train.y.mean()) / train.y.std())
    np.testing.assert_allclose(held_out.target_scaler.undo(held_out.y), val.y)
    assert scaled.X is train.X


def test_a_target_scaled_twice_is_undone_at_once():
    train = numbers(50)
    twice = mb.standardize_target(mb.standardize_target(train))
    np.testing.assert_allclose(twice.target_scaler.undo(twice.y), train.y)


def test_the_recipe_says_that_the_target_was_scaled():
    train = replace(numbers(50), recipe=("train = ...",))
    assert mb.standardize_target(train).recipe[-1] == "train = mb.standardize_target(train)"


@pytest.mark.parametrize(
    ("y", "says"),
    [(np.arange(6) % 2, "has classes, which need no scaling"), (np.full(6, 2.5), "the target is 2.5 in every row")],
)
def test_a_target_that_cannot_be_scaled_is_told(y, says):
    with pytest.raises(ValueError, match=says):
        mb.standardize_target(mb.Dataset(np.zeros((6, 1)), y))
