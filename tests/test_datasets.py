"""A data set is finite rows with an answer each; the digits that ship are the published ones."""

import gc
import mmap
import re
from collections import Counter

import numpy as np
import pytest
from pieces import all_digits
from sklearn.datasets import load_digits as sklearn_digits

import mbtutor as mb
from mbtutor.datasets.mapped import MappedRows, is_mapped

X3 = np.arange(6.0).reshape(3, 2)


def mapped(folder, X, name="rows.npy"):
    np.save(folder / name, X)
    return np.load(folder / name, mmap_mode="r")


def test_the_digits_are_all_5620_with_source_and_licence():
    digits = all_digits()
    assert digits.X.shape == (5620, 64) and digits.X.dtype == np.float64
    assert digits.y.shape == (5620,) and digits.classes == 10 and digits.image_shape == (8, 8)
    assert np.bincount(digits.y).tolist() == [554, 571, 557, 572, 568, 558, 558, 566, 554, 562]
    assert digits.X.min() >= 0 and digits.X.max() == 16
    assert "doi:10.24432/C50P49" in digits.source and digits.licence.startswith("CC BY 4.0")
    assert len(digits.feature_names) == 64 and repr(digits) == "Dataset(digits: X (5620, 64) float64, y (5620,) int64)"


def test_scikit_learns_1797_digits_are_all_among_ours():
    digits = all_digits()
    theirs = sklearn_digits()
    count = [
        Counter(row.tobytes() for row in np.column_stack([X, y]).astype(np.uint8))
        for X, y in ((theirs.data, theirs.target), (digits.X, digits.y))
    ]
    assert sum(count[0].values()) == 1797 and not count[0] - count[1]


def test_the_dtype_of_the_digits_can_be_chosen():
    digits = all_digits()
    small = mb.datasets.load_digits(dtype="float32")
    assert small.X.dtype == np.float32 and np.array_equal(small.X, digits.X)
    assert small.recipe == ('digits = mb.datasets.load_digits(dtype="float32")',)
    with pytest.raises(ValueError, match="dtype must be one of 'float64', 'float32'; got 'int64'"):
        mb.datasets.load_digits(dtype=int)


@pytest.mark.parametrize(
    "X", [[[0, 1], [2, 3], [4, 5]], X3.astype(np.float32), X3.astype(object), X3 > 2, X3.astype("u1")]
)
def test_rows_of_any_real_numbers_are_taken(X):
    assert np.array_equal(mb.Dataset(X, [0, 1, 0]).X, np.asarray(X, dtype=float))


def test_anything_with_the_array_protocol_is_taken():
    class Frame:  # what a pandas DataFrame or Series offers
        def __init__(self, values):
            self.values = values

        def __array__(self, dtype=None, copy=None):
            return np.array(self.values, dtype)

    data = mb.Dataset(Frame([[1, 2], [3, 4]]), Frame(["yes", "no"]))
    assert data.X.tolist() == [[1, 2], [3, 4]] and data.class_names == ("no", "yes")


@pytest.mark.parametrize(
    "X, y, words",
    [
        (X3, [0, 1], "X of shape (3, 2) and y of shape (2,)"),
        (X3, [], "X of shape (3, 2) and y of shape (0,)"),
        (np.empty((0, 2)), [], "X must have at least one row and one column; got shape (0, 2)"),
        (np.empty((3, 0)), [0, 1, 0], "got shape (3, 0)"),
        (np.arange(3.0), [0, 1, 0], "X.reshape(-1, 1)"),
        (X3, 1, "y must have shape (n,) or (n, k); got shape ()"),
        (X3, np.zeros((3, 1, 1)), "got shape (3, 1, 1)"),
        (X3, [0, np.nan, 1], "y holds nan at row 1"),
        (X3, [[0.0, 1], [1, np.inf], [0, 0]], "y holds inf at row 1, column 1"),
        (X3, ["a", None, "b"], "y holds text, but None at row 1"),
        (X3, np.array(["a", float("nan"), "b"], object), "y holds text, but nan at row 1"),
        (X3, [["a", "b"]] * 3, "y holds text, so it must have shape (n,)"),
        (X3, [[1], [2, 3], [4]], "y must be a table with rows of equal length"),
        ([[1, 2], [3], [4, 5]], [0, 1, 0], "X must be a table with rows of equal length"),
        (np.ma.masked_greater(X3, 4), [0, 1, 0], "X has 1 masked entries"),
        (X3, np.ma.array([0, 1, 0], mask=[0, 1, 0]), "y has 1 masked entries"),
    ],
    ids=str,
)
def test_rows_that_could_not_be_trained_on_are_refused(X, y, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        mb.Dataset(X, y)


@pytest.mark.parametrize(
    "X, y, name",
    [
        (X3.astype(complex), [0, 1, 0], "X"),
        (X3.astype(str), [0, 1, 0], "X"),
        (np.array([["1", 2], [3, 4], [5, 6]], object), [0, 1, 0], "X"),
        (X3.astype("datetime64[s]"), [0, 1, 0], "X"),
        (X3, np.array([0, 1, 0], "datetime64[D]"), "y"),
        (X3, [1j, 2, 3], "y"),
    ],
)
def test_what_is_no_number_is_refused(X, y, name):
    with pytest.raises(TypeError, match=f"{name} must hold real numbers"):
        mb.Dataset(X, y)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused_by_row_and_column(bad):
    X = np.ones((10, 3))
    X[7, 2] = bad
    with pytest.raises(ValueError, match=r"X holds -?(nan|inf) at row 7, column 2"):
        mb.Dataset(X, np.zeros(10, int))


@pytest.mark.parametrize(
    "labels", [["b", "a", "b"], [b"b", b"a", b"b"], np.array(["b", "a", "b"], object), [["b"], ["a"], ["b"]]]
)
def test_text_labels_are_numbered_and_their_names_kept(labels):
    data = mb.Dataset(X3, labels)
    assert data.y.tolist() == [1, 0, 1] and data.class_names == ("a", "b") and data.classes == 2


@pytest.mark.parametrize("y", [[False, True, False], np.array([0, 1, 0], "u1"), np.array([0, 1, 0], object)])
def test_labels_of_other_kinds_become_whole_numbers(y):
    assert mb.Dataset(X3, y).y.dtype == np.int64


def test_a_single_class_is_a_data_set():
    assert mb.Dataset(X3, [0, 0, 0]).classes == 1 and mb.Dataset(X3, [0.5, 1, 2]).classes == 0


def test_labels_without_a_class_name_are_refused():
    with pytest.raises(
        ValueError, match="y must hold class numbers from 0 to 1, one for each of the 2 class_names; got 0 to 2"
    ):
        mb.Dataset(X3, [0, 1, 2], class_names=("a", "b"))


def test_a_data_set_is_frozen_and_a_pair_becomes_one():
    data = mb.Dataset(X3, [0, 1, 0])
    with pytest.raises(AttributeError):
        data.X = X3
    assert mb.datasets.as_dataset(data) is data and len(mb.datasets.as_dataset((X3, [0, 1, 0]))) == 3
    with pytest.raises(TypeError, match=r"data must be a Dataset or a pair \(X, y\); got ndarray"):
        mb.datasets.as_dataset(X3)


def test_a_subset_keeps_pairs_together():
    part = mb.Dataset(X3, [10, 11, 12]).subset([2, 0])
    assert part.X.tolist() == [[4, 5], [0, 1]] and part.y.tolist() == [12, 10]


def test_a_memory_map_is_known_through_its_views(tmp_path):
    rows = mapped(tmp_path, X3)
    with open(tmp_path / "rows.npy", "rb") as file:
        buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    assert all(is_mapped(view) for view in (rows, rows[1:], np.asarray(rows).T, np.frombuffer(buffer, "u1")))
    assert not is_mapped(X3) and not is_mapped(rows.copy().view(np.ndarray) + 0)
    gc.collect()


def test_mapped_rows_give_what_the_array_would(tmp_path):
    X = np.random.default_rng(0).normal(size=(20, 3))
    scaler = mb.standardize(mb.Dataset(X, np.zeros(20, int))).scaler
    rows = mb.Dataset(mapped(tmp_path, X), np.zeros(20, int)).X
    assert isinstance(rows, MappedRows) and rows.shape == X.shape and len(rows) == 20 and rows.dtype == X.dtype
    order = np.array([5, 3, 19, 0])
    assert np.array_equal(rows[2:5], X[2:5]) and np.array_equal(rows[order], X[order])
    part = rows.part(order).scaled(scaler).part([2, 1])
    assert np.array_equal(part[:], scaler.apply(X[[19, 3]]))
    twice = rows.scaled(scaler).scaled(scaler)
    assert np.allclose(twice[:], scaler.apply(scaler.apply(X)), rtol=0, atol=1e-12)


def test_nothing_is_read_of_a_mapped_file_until_a_batch_asks(tmp_path):
    X = np.ones((20, 3))
    X[13, 1] = np.nan
    rows = mb.Dataset(mapped(tmp_path, X), np.zeros(20, int)).X.part(np.arange(19, -1, -1))
    assert rows[7:][0].tolist() == [1, 1, 1]
    for bad in (slice(4, 8), np.array([0, 6])):
        with pytest.raises(ValueError, match="X holds nan at row 13, column 1"):
            rows[bad]


def test_clusters_are_what_they_say_and_the_same_for_a_seed():
    data, again = mb.datasets.make_clusters(5000, seed=3), mb.datasets.make_clusters(5000, seed=3)
    np.testing.assert_array_equal(data.X, again.X)
    assert data.X.shape == (5000, 20) and data.classes == 5 and set(np.bincount(data.y)) == {1000}
    rows = [data.X[data.y == k] for k in range(5)]
    assert np.allclose([part.std(axis=0) for part in rows], 1, atol=0.1)
    assert 0.3 < np.std([part.mean(axis=0) for part in rows]) < 0.9  # a spread of 0.6
    assert not np.array_equal(data.X, mb.datasets.make_clusters(5000, seed=4).X)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be a whole number of at least 1; got 0"),
        ({"classes": 1}, "classes must be a whole number from 2 to 100; got 1"),
        ({"classes": 101}, "classes must be a whole number from 2 to 100; got 101"),
        ({"features": 2.5}, "features must be a whole number"),
        ({"spread": 0}, "spread must be a finite number above 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
    ],
)
def test_clusters_that_cannot_be_made_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        mb.datasets.make_clusters(**{"n": 100} | options)
