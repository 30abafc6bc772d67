"""The exercises of lesson 16: right answers written in other ways pass, and others are told what is the matter."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor.exercises import lessons
from mbtutor.exercises.exercise import NotYet

PREPARE, _, SOLVE = lessons.lesson("16").EXERCISES


def fault(exercise, function):
    with pytest.raises(NotYet) as met:
        exercise.examine(function)
    return met.value.mistake


def parts_of(path, drop=("car_name",), **options):
    table = mb.read_csv(path, target="mpg", drop=list(drop))
    return mb.standardize(*mb.encode(*mb.split(table, **{"val": 0.2, "test": 0.2, **options})))


def trained(parts, lr=0.1, epochs=20):
    net = mb.Network([mb.Dense(parts[0].X.shape[1], 16), mb.ReLU(), mb.Dense(16, 8), mb.ReLU(), mb.Dense(8, 1)])
    net.compile("mean_squared_error", mb.SGD(lr))
    mb.fit(net, mb.MiniBatches(parts[0], 32), epochs=epochs)
    return net


def test_scaling_by_hand_is_scaling():
    def prepare(table):
        parts = mb.encode(*mb.split(table, seed=0))
        mean, deviation = parts[0].X.mean(axis=0), parts[0].X.std(axis=0)
        return [mb.Dataset((part.X - mean) / deviation, part.y) for part in parts]

    PREPARE.examine(prepare)


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda table: None, "returns nothing"),
        (lambda table: mb.split(table), "got ['Table', 'Table', 'Table']"),
        (lambda table: mb.encode(table), "got 'Dataset'"),
        (lambda table: mb.standardize(*mb.encode(*mb.split(table, val=0.2, test=0.2))), "The parts have [206, 69, 69]"),
        (lambda table: mb.standardize(*mb.encode(*mb.split(table, seed=1))), "Split with seed=0"),
        (lambda table: mb.min_max(*mb.encode(*mb.split(table))), "not the right numbers"),
    ],
    ids=["nothing", "tables", "one", "other shares", "other seed", "min_max"],
)
def test_other_preparations_are_told_what_is_the_matter(prepare, says):
    assert says in fault(PREPARE, prepare)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_other_seeds_and_layers_solve_it_too(seed):
    def solve(path):
        parts = mb.standardize_target(*parts_of(path, seed=seed))
        return [trained(parts, epochs=15), *parts]

    SOLVE.examine(solve)


def test_a_target_in_its_own_unit_solves_it_with_a_lower_rate():
    def solve(path):
        parts = parts_of(path)
        return trained(parts, lr=0.01), *parts

    SOLVE.examine(solve)


def of_parts(change):
    """A function that solves it, but for what `change(net, train, val, test)` does to it in the end."""

    def solve(path):
        parts = mb.standardize_target(*parts_of(path))
        return change(trained(parts), *parts)

    return solve


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda net, *parts: None, "returns nothing"),
        (lambda net, *parts: net, "Return four things"),
        (lambda net, *parts: (net, *parts[:2]), "got ['Network', 'Dataset', 'Dataset']"),
        (lambda net, *parts: (mb.History(), *parts), "got History. `fit` returns the history"),
        (lambda net, *parts: (net, *parts[:2], None), "After the network come three Datasets"),
        (lambda net, train, val, test: (net, train, val, val.subset(np.arange(9))), "Each belongs to one part"),
        (lambda net, train, val, test: (net, train, val, val), "each row of the file once"),
    ],
    ids=["nothing", "net alone", "three", "history", "no test", "rows lost", "val twice"],
)
def test_what_is_returned_in_another_way_is_named(change, says):
    assert says in fault(SOLVE, of_parts(change))


def test_too_short_a_training_is_told_by_its_error():
    def solve(path):
        parts = mb.standardize_target(*parts_of(path))
        return trained(parts, lr=1e-4, epochs=1), *parts

    says = fault(SOLVE, solve)
    assert "On validation it is" in says and "is asked for" in says


def mixed_up(part):
    """The part with the answer of each row at another one."""
    return mb.Dataset(part.X, np.roll(part.y, 1), target_scaler=part.target_scaler)


def test_the_error_that_counts_is_that_of_the_validation_rows():
    SOLVE.examine(of_parts(lambda net, train, val, test: (net, train, val, mixed_up(test))))
    says = fault(SOLVE, of_parts(lambda net, train, val, test: (net, train, mixed_up(val), test)))
    assert "On validation it is" in says


@pytest.mark.parametrize("shares", [{"val": 0.15, "test": 0.15}, {"val": 0.2, "test": 0.1}, {"val": 0.1}])
def test_other_shares_are_named(shares):
    def solve(path):
        parts = mb.standardize_target(*parts_of(path, **shares))
        return trained(parts), *parts

    assert "20% of 392 rows are 78: `val=0.2, test=0.2`" in fault(SOLVE, solve)


def test_scaling_by_the_validation_rows_is_no_scaling_by_train():
    def solve(path):
        table = mb.read_csv(path, target="mpg", drop=["car_name"])
        train, val, test = mb.encode(*mb.split(table))
        val, train, test = mb.standardize(val, train, test)
        parts = mb.standardize_target(train, val, test)
        return trained(parts), *parts

    assert fault(SOLVE, solve) == "not scaled"
