"""Learning rates that follow the batch size or the number of the update, and stages with their own batch size."""

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb


def test_the_linear_and_the_square_root_rule():
    assert mb.scaled_lr(0.1, 256, reference=64) == pytest.approx(0.4)
    assert mb.scaled_lr(0.1, 256, reference=64, rule="square root") == pytest.approx(0.2)
    assert mb.scaled_lr(0.1, 16, reference=64) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 256, 64), "lr must be a finite number above 0; got 0"),
        ((0.1, 0, 64), "batch_size must be a whole number of at least 1; got 0"),
        ((0.1, 64, 2.5), "reference must be a whole number of at least 1; got 2.5"),
        ((0.1, 64, 64, "cubic"), "rule must be one of 'linear', 'square root'; got 'cubic'"),
    ],
)
def test_what_cannot_be_scaled_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        mb.scaled_lr(*arguments)


def test_warm_up_climbs_and_stays():
    rate = mb.warm_up(0.4, updates=4, start=0.2)
    assert [rate(number) for number in (1, 2, 4, 5, 100)] == pytest.approx([0.25, 0.3, 0.4, 0.4, 0.4])


@pytest.mark.parametrize(
    "options", [{"lr": 0, "updates": 3}, {"lr": 1, "updates": 0}, {"lr": 1, "updates": 3, "start": -1}]
)
def test_a_warm_up_that_cannot_be_is_refused(options):
    with pytest.raises(ValueError, match=r"(lr|updates|start) must be"):
        mb.warm_up(**options)


def test_train_asks_the_schedule_before_each_update():
    net, data = make_net(), make_data(30)
    rates = []
    run = mb.train(net, mb.MiniBatches(data, 10), epochs=2, schedule=mb.warm_up(0.3, updates=3))
    for update in run:
        rates.append(net.optimizer.lr)
        assert update.number == len(rates) - 1
    assert rates == pytest.approx([0.1, 0.1, 0.2, 0.3, 0.3, 0.3, 0.3])


def test_a_constant_schedule_is_the_optimizers_own_rate():
    plain, scheduled = make_net(), make_net(optimizer=mb.SGD(lr=5))
    mb.fit(plain, mb.MiniBatches(make_data(30), 8), epochs=2)
    mb.fit(scheduled, mb.MiniBatches(make_data(30), 8), epochs=2, schedule=lambda number: 0.1)
    np.testing.assert_array_equal(plain.weights, scheduled.weights)


def test_a_run_with_a_schedule_is_resumed_in_the_middle():
    data, schedule = make_data(30), mb.warm_up(0.3, updates=5)
    whole, first, second = make_net(), make_net(), make_net()
    mb.fit(whole, mb.MiniBatches(data, 8), epochs=2, schedule=schedule)
    run = mb.train(first, mb.MiniBatches(data, 8), epochs=2, schedule=schedule)
    for _ in range(4):
        next(run)
    mb.fit(second, mb.MiniBatches(data, 8), epochs=2, schedule=schedule, resume=run.state())
    np.testing.assert_array_equal(whole.weights, second.weights)


def test_a_schedule_must_be_a_function():
    with pytest.raises(TypeError, match="schedule must be a function such as mb.warm_up"):
        mb.train(make_net(), mb.MiniBatches(make_data(), 8), epochs=1, schedule=0.1)


def test_a_schedule_that_asks_for_an_impossible_rate_stops_before_the_update():
    net = make_net()
    with pytest.raises(ValueError, match="lr must be a finite number above 0; got -1"):
        mb.fit(net, mb.MiniBatches(make_data(), 8), epochs=1, schedule=lambda number: 0.1 if number < 3 else -1)
    assert net.updates == 2


def test_stages_count_on_as_one_run():
    net, data = make_net(), make_data(30)
    history = mb.History(mb.train_in_stages(net, data, [(2, 10, 0.1), mb.Stage(1, 15, 0.2)], validation=data))
    assert history["number"].tolist() == list(range(9))
    assert history["epoch"].tolist() == [0, 1, 1, 1, 2, 2, 2, 3, 3]
    assert history["examples"].tolist() == [0, 10, 20, 30, 40, 50, 60, 75, 90]
    assert (np.diff(history["seconds"]) > 0).all()
    assert net.optimizer.lr == 0.2


def test_one_stage_is_a_plain_run_and_two_alike_are_one_of_both_lengths():
    plain, one, two = make_net(), make_net(), make_net()
    data = make_data(30)
    losses = [update.loss for update in mb.train(plain, mb.MiniBatches(data, 8, seed=3), epochs=4)]
    assert [update.loss for update in mb.train_in_stages(one, data, [(4, 8, 0.1)], seed=3)] == losses
    assert [update.loss for update in mb.train_in_stages(two, data, [(1, 8, 0.1), (3, 8, 0.1)], seed=3)] == losses


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([], r"stages must be a list of \(epochs, batch_size, lr\)"),
        ([(2, 10)], r"stages must be a list of \(epochs, batch_size, lr\)"),
        ([(2, 10, 0.1), (0, 10, 0.1)], "epochs must be a whole number of at least 1; got 0"),
        ([(2, 10, 0.1), (1, 0, 0.1)], "batch_size must be a whole number of at least 1; got 0"),
        ([(2, 10, 0.1), (1, 10, -0.1)], "lr must be a finite number above 0; got -0.1"),
    ],
)
def test_a_later_stage_that_cannot_be_is_told_before_the_first_update(stages, message):
    net = make_net()
    with pytest.raises(ValueError, match=message):
        next(mb.train_in_stages(net, make_data(), stages))
    assert net.updates == 0
