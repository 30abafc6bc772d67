"""Several runs side by side: whoever is furthest behind moves next, and each ends where it should."""

import itertools

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor.experiments import Race, Setting
from mbtutor.experiments.race import on_clock, racers

DATA = make_data(60)


def race(sizes=(4, 10, 30), clock="examples", lr=0.1, **limits):
    runs = racers(make_net(), DATA, DATA, [Setting(size, lr, 0) for size in sizes])
    return Race(runs, clock, **limits or {"updates": 12})


def lanes(moves, count=3):
    """The Updates of each lane, in their order."""
    return [[update for place, update in moves if place == lane] for lane in range(count)]


@pytest.mark.parametrize("clock", ["examples", "updates", "seconds"])
def test_the_one_furthest_behind_moves_next(clock):
    last = {}
    for place, update in race(clock=clock):
        if len(last) == 3:
            assert on_clock(last[place], clock) == min(on_clock(other, clock) for other in last.values())
        last[place] = update
        if update.number == 12:
            break


def test_on_examples_the_lanes_never_stand_further_apart_than_one_batch():
    last = {0: 0, 1: 0, 2: 0}
    for place, update in itertools.islice(race(examples=300), 60):
        last[place] = update.examples
        assert max(last.values()) - min(last.values()) <= 30


def test_on_updates_they_move_in_turn():
    places = [place for place, _ in race(clock="updates", updates=4)]
    assert places == [0, 1, 2] * 5  # the untrained networks, then four updates


def test_each_lane_is_the_run_that_it_would_be_alone():
    for size, updates in zip((4, 10, 30), lanes(list(race(updates=12)))):
        net = make_net()
        every = max(1, 16 // size)
        alone = mb.train(net, mb.MiniBatches(DATA, size), updates=10**9, validation=DATA, validate_every=every)
        expected = [update._replace(seconds=0) for update in itertools.islice(alone, 13)]
        assert [update._replace(seconds=0) for update in updates] == expected


def test_the_clock_can_change_while_they_race_and_who_is_behind_catches_up():
    going = race(clock="examples", updates=100)
    for place, update in going:
        if place == 0 and update.number == 40:
            break
    going.clock = "updates"
    places = [place for place, _ in itertools.islice(going, 30)]
    assert 0 not in places and {1, 2} == set(places)


@pytest.mark.parametrize(
    ("limits", "ends"),
    [
        ({"updates": 5}, [(5, 20), (5, 50), (5, 150)]),
        ({"examples": 40}, [(10, 40), (4, 40), (2, 60)]),
    ],
)
def test_a_lane_ends_at_its_limit(limits, ends):
    found = [updates[-1] for updates in lanes(list(race(**limits)))]
    assert [(update.number, update.examples) for update in found] == ends


def test_seconds_end_a_lane_as_well():
    for updates in lanes(list(race(seconds=0.01))):
        assert updates[-1].seconds >= 0.01 > updates[-2].seconds


def test_the_first_limit_counts_and_the_target_ends_a_lane_at_once():
    target = 1.0
    moves = list(race(sizes=(4, 10, 30), lr=0.5, updates=400, examples=20_000, target=target))
    for updates in lanes(moves):
        losses = [update.val_loss for update in updates if update.val_loss is not None]
        assert all(loss > target for loss in losses[:-1])
        assert losses[-1] <= target or updates[-1].number == 400 or updates[-1].examples >= 20_000
    assert any(updates[-1].val_loss is not None and updates[-1].val_loss <= target for updates in lanes(moves))


def test_a_lane_that_diverges_ends_and_the_others_go_on():
    runs = racers(make_net(loss="one_hot_squared_error"), DATA, DATA, [(10, 1e6, 0), (10, 0.01, 0)])
    going = Race(runs, updates=200)
    last = {place: update.number for place, update in going}
    assert last[1] == 200 and last[0] < 200
    assert set(going.errors) == {0} and "Lower the learning rate" in going.errors[0]


def test_who_is_under_way_is_known():
    going = race(updates=3)
    assert going.under_way == [0, 1, 2]
    list(going)
    assert going.under_way == []


def test_the_runs_start_from_the_weights_of_their_seed_and_the_network_stays():
    net = make_net()
    before = net.weights.copy()
    runs = racers(net, DATA, DATA, [(4, 0.1, 0), (30, 0.5, 0), (30, 0.5, 1)])
    np.testing.assert_array_equal(runs[0].net.weights, runs[1].net.weights)
    assert not np.array_equal(runs[1].net.weights, runs[2].net.weights)
    assert [run.net.optimizer.lr for run in runs] == [0.1, 0.5, 0.5]
    list(Race(runs, updates=3))
    np.testing.assert_array_equal(net.weights, before)
    assert net.optimizer.lr == 0.1


def test_small_batches_are_validated_every_16_examples_large_ones_at_every_update():
    for updates, every in zip(lanes(list(race(sizes=(1, 4, 30)))), (16, 4, 1)):
        looked = [update.number for update in updates if update.val_loss is not None]
        assert looked == list(range(0, 13, every))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give at least one of examples, updates, seconds"),
        ({"updates": 0.5, "clock": "epochs"}, "clock must be one of"),
        ({"updates": -1}, "updates must be a number from 0"),
        ({"updates": 5, "target": "low"}, "target must be a number"),
    ],
)
def test_what_can_be_no_race_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Race(racers(make_net(), DATA, DATA, [(4, 0.1, 0)]), **options)


def test_settings_that_cannot_train_are_refused_before_the_first_update():
    with pytest.raises(ValueError, match="runs must hold"):
        Race([], updates=5)
    with pytest.raises(ValueError, match="batch_size"):
        racers(make_net(), DATA, DATA, [(0, 0.1, 0)])
    with pytest.raises(ValueError, match="lr"):
        racers(make_net(), DATA, DATA, [(4, -1, 0)])
    with pytest.raises(TypeError, match="net must be a compiled Network"):
        racers("net", DATA, DATA, [(4, 0.1, 0)])
