"""Bad input is refused by a message that names the argument, shows the value and says the fix."""

import datetime
import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from mbtutor import checks

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize("value", [1, np.int8(1), np.uint64(1), np.array(1)])
def test_whole_numbers_of_every_kind_pass(value):
    number = checks.whole_number("epochs", value)
    assert number == 1 and type(number) is int


@pytest.mark.parametrize("value", [0, -1, 2.5, 1.0, "8", None, True, np.True_, np.float64(3), NAN, [3], np.ones(1)])
def test_anything_but_a_whole_number_is_refused(value):
    with pytest.raises(ValueError, match=r"epochs must be a whole number of at least 1; got " + re.escape(repr(value))):
        checks.whole_number("epochs", value)


@pytest.mark.parametrize("value", [0, 1001, 2.5, "8"])
def test_a_whole_number_can_have_a_limit(value):
    assert checks.whole_number("rows", 1000, maximum=1000) == 1000
    with pytest.raises(ValueError, match=r"rows must be a whole number from 1 to 1,000; got " + re.escape(repr(value))):
        checks.whole_number("rows", value, maximum=1000)


@pytest.mark.parametrize(
    "value",
    [0, -0.0, -1, NAN, INF, -INF, np.float32(INF), np.longdouble("1e400"), "0.1", None, True, 1j, 10**400, [0.1]],
)
def test_a_positive_number_is_finite_and_above_zero(value):
    with pytest.raises(ValueError, match="lr must be a finite number above 0; got"):
        checks.positive_number("lr", value)


@pytest.mark.parametrize("value", [5e-324, 1e300, np.float32(0.5), 1])
def test_extreme_but_honest_positive_numbers_pass(value):
    assert checks.positive_number("lr", value) == value


@pytest.mark.parametrize("value", [-0.1, 1, NAN, INF, "0.5", None])
def test_a_number_stays_in_its_range(value):
    with pytest.raises(ValueError, match="rate must be a number from 0 up to, not including, 1; got"):
        checks.number("rate", value, 0, 1)


def test_a_choice_lists_its_options():
    with pytest.raises(ValueError, match="clock must be one of 'updates', 'seconds'; got 'hours'"):
        checks.choice("clock", "hours", ("updates", "seconds"))


@pytest.mark.parametrize("value", ["float16", int, "nonsense", None.__class__, 3])
def test_only_two_dtypes_are_known(value):
    with pytest.raises(ValueError, match="dtype must be one of 'float64', 'float32'; got"):
        checks.float_dtype("dtype", value)


@pytest.mark.parametrize(
    "objects, dtype",
    [
        ([[1, 2]], np.int64),
        ([[True, 2]], np.int64),
        ([[1, 2.5]], np.float64),
        ([[Decimal("1.5"), Fraction(1, 2)]], np.float64),
    ],
)
def test_objects_that_are_numbers_are_converted(objects, dtype):
    array = checks.numeric("X", np.array(objects, dtype=object))
    assert array.dtype == dtype and np.array_equal(array, np.array(objects, dtype=float))


@pytest.mark.parametrize(
    "values",
    [
        np.array([["1", "2"]], dtype=object),
        np.array([[1, "two"]], dtype=object),
        np.array([[1, {}]], dtype=object),
        np.array([[1, datetime.date(2026, 1, 1)]], dtype=object),
        np.array([[10**400]], dtype=object),
        np.array([[1 + 2j]], dtype=object),
        np.array([["a"]]),
        np.array([["2026-01-01"]], dtype="datetime64[D]"),
        np.array([[1 + 2j]]),
        np.zeros((1, 2), dtype="i4,f4"),
        {1, 2},
    ],
    ids=str,
)
def test_what_is_no_real_number_is_a_type_error(values):
    with pytest.raises(TypeError, match="X must hold real numbers"):
        checks.rows("X", values)


def test_rows_of_unequal_length_are_refused_by_name():
    with pytest.raises(ValueError, match="X must be a table with rows of equal length"):
        checks.rows("X", [[1, 2], [3]])


def test_masked_entries_are_refused_and_an_empty_mask_is_no_matter():
    table = np.ma.array([[1.0, 2.0]], mask=[[False, True]])
    with pytest.raises(ValueError, match=r"X has 1 masked entries; fill them, e.g. by X.filled\(0\)"):
        checks.rows("X", table)
    assert type(checks.rows("X", np.ma.array([[1.0, 2.0]]))) is np.ndarray


def test_a_matrix_becomes_a_plain_array():
    matrix = np.ones((1, 2)).view(np.matrix)
    assert type(checks.rows("X", matrix)) is np.ndarray


@pytest.mark.parametrize("X, shape", [(np.empty((0, 3)), "(0, 3)"), (np.empty((3, 0)), "(3, 0)")])
def test_no_rows_or_no_columns_is_refused_with_the_shape(X, shape):
    with pytest.raises(ValueError, match=re.escape(f"X must have at least one row and one column; got shape {shape}")):
        checks.rows("X", X)


@pytest.mark.parametrize("X", [np.arange(3.0), 3.0, None, {}])
def test_fewer_than_two_axes_are_refused_and_the_message_says_how_to_reshape(X):
    expected = (ValueError, r"X\.reshape\(-1, 1\).*X\.reshape\(1, -1\)")
    if isinstance(X, dict):
        expected = (TypeError, "objects of type dict")
    with pytest.raises(expected[0], match=expected[1]):
        checks.rows("X", X)


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_the_first_place_that_is_not_finite_is_named(bad):
    X = np.zeros((5, 4), np.float32)
    X[3, 2] = X[4, 0] = bad
    with pytest.raises(ValueError, match=r"X holds -?(nan|inf) at row 3, column 2 \(counted from 0\)"):
        checks.finite("X", X)
    with pytest.raises(ValueError, match="at row 103, column 2"):
        checks.finite("X", X, range(100, 105))


def test_a_missing_value_among_objects_is_named_by_its_place():
    X = checks.rows("X", np.array([[1, 2], [3, None]], dtype=object))
    with pytest.raises(ValueError, match="X holds nan at row 1, column 1"):
        checks.finite("X", X)


def test_unequal_lengths_show_both_shapes():
    with pytest.raises(ValueError, match=r"X of shape \(3, 2\) and y of shape \(4,\)"):
        checks.same_length(np.zeros((3, 2)), np.zeros(4))


@pytest.mark.parametrize("value, missing", [({"a": 1}, "b"), ([], "a, b"), (None, "a, b"), ("ab", "a, b")])
def test_a_dict_without_its_names_is_refused(value, missing):
    with pytest.raises(ValueError, match=f"state must be a dict as it was saved; missing: {missing}"):
        checks.has_names("state", value, ("a", "b"))
