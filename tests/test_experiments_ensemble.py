"""Ensembles: the mean of probabilities, the runs of the members as one run, and the mean of weights along a run."""

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor.experiments import Ensemble, MembersRun, mean_of_weights
from mbtutor.network import NotFinite


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.fixture
def data():
    return make_data(40)


@pytest.fixture
def members():
    return [make_net(seed=seed) for seed in range(3)]


def run_of(net, data, **options):
    options = {"updates": 12, "validation": make_data(30, seed=1), "validate_every": 5} | options
    return mb.train(net, mb.MiniBatches(data, 8, seed=0), **options)


def test_it_answers_by_the_mean_of_the_probabilities(members, data):
    mean = np.mean([softmax(net.forward(data.X)[0]) for net in members], axis=0)
    ensemble = Ensemble(members)
    np.testing.assert_allclose(ensemble.probabilities(data.X), mean, rtol=1e-12)
    np.testing.assert_array_equal(ensemble.predict(data.X), mean.argmax(axis=1))
    found = ensemble.evaluate(data)
    assert found["loss"] == pytest.approx(-np.log(mean[np.arange(40), data.y]).mean(), rel=1e-12)
    assert found["accuracy"] == (mean.argmax(axis=1) == data.y).mean()
    assert len(ensemble) == 3 and repr(ensemble).startswith("Ensemble of 3: Network(")


def test_one_member_answers_as_it_does_alone(members, data):
    alone = mb.evaluate(members[0], data)
    for one in (Ensemble(members[:1]), Ensemble(members[0])):
        assert one.evaluate(data) == pytest.approx(alone, rel=1e-12)
        np.testing.assert_array_equal(one.vote(data.X), members[0].predict(data.X))


def test_the_vote_counts_heads(members, data):
    answers = np.array([net.predict(data.X) for net in members])
    expected = [np.bincount(column, minlength=3).argmax() for column in answers.T]
    np.testing.assert_array_equal(Ensemble(members).vote(data.X), expected)


def test_hidden_layers_may_differ_and_huge_scores_do_no_harm(data):
    wide = make_net([mb.Dense(4, 30), mb.Tanh(), mb.Dense(30, 3)])
    sure = make_net()
    sure.weights *= 1000
    found = Ensemble([wide, sure]).evaluate(data)
    assert np.isfinite(found["loss"])
    np.testing.assert_allclose(Ensemble([wide, sure]).probabilities(data.X).sum(axis=1), 1)


def test_what_is_no_ensemble_is_refused(members, data):
    other = make_net([mb.Dense(4, 5)])
    loose = mb.Network([mb.Dense(4, 3)])
    squared = make_net(loss="one_hot_squared_error")
    for given, kind, message in (
        ([], ValueError, "members must be a list of one network or more; got an empty list"),
        (["net"], TypeError, "members must be Networks; member 0 is a str"),
        ([members[0], other], ValueError, "member 0 has 3 outputs, member 1 has 5. Train them on the same rows"),
        ([members[0], loose], ValueError, "the network has no loss yet"),
        ([squared], ValueError, "member 0 has 'one_hot_squared_error'"),
    ):
        with pytest.raises(kind, match=message.replace(".", r"\.")):
            Ensemble(given)
    narrow = Ensemble([members[0], make_net([mb.Dense(2, 3)])])
    with pytest.raises(ValueError, match="2"):
        narrow.evaluate(data)
    with pytest.raises(ValueError, match="NaN|nan"):
        Ensemble(members).predict(np.full((2, 4), np.nan))


def test_the_runs_of_the_members_are_those_made_alone(data):
    val = make_data(30, seed=1)
    alone = [run_of(make_net(seed=seed), data) for seed in range(3)]
    records = [list(run) for run in alone]
    together = MembersRun([run_of(make_net(seed=seed), data) for seed in range(3)])
    made = list(together)
    assert together.total == 36 and len(together) == 3 and len(made) == sum(map(len, records))
    for net, run in zip(together.members, alone, strict=True):
        np.testing.assert_array_equal(net.weights, run.net.weights)
    flat = [update for part in records for update in part]
    assert [update.accuracy for update in made] == [update.val_accuracy for update in flat]
    assert [update.loss for update in made] == [update.val_loss for update in flat]
    assert [update.epoch for update in made] == [update.epoch for update in flat]
    assert [update.number for update in made] == [*range(13), *range(12, 25), *range(24, 37)]
    assert [update.examples for update in made][::13] == [0, 96, 192]
    ready = [update for update in made if update.val_accuracy is not None]
    assert [update.number for update in ready] == [12, 24, 36]
    for count, update in enumerate(ready, 1):
        found = Ensemble(together.members[:count]).evaluate(val)
        assert (update.val_loss, update.val_accuracy) == (found["loss"], found["accuracy"])
    for net, answers in zip(together.members, together.answers, strict=True):
        np.testing.assert_array_equal(answers, net.predict(val.X))
    np.testing.assert_array_equal(together.means[-1], Ensemble(together.members).predict(val.X))


def test_the_member_in_training_is_the_one_at_hand(data):
    runs = [run_of(make_net(seed=seed), data) for seed in range(2)]
    together = MembersRun(runs)
    updates = iter(together)
    for _ in range(13):
        next(updates)
    assert len(together.members) == 1
    next(updates)
    assert together.net is runs[1].net and together.batches is runs[1].batches
    list(updates)
    assert together.net is runs[1].net


def test_runs_that_cannot_be_joined_are_refused(data):
    with pytest.raises(ValueError, match="runs must be a list of one run or more"):
        MembersRun([])
    with pytest.raises(ValueError, match="one has no validation rows"):
        MembersRun([mb.train(make_net(), mb.MiniBatches(data, 8, seed=0), epochs=1)])


@pytest.mark.parametrize("last", [0.25, 0.5, 1])
def test_the_mean_of_the_weights_is_that_of_the_last_updates(data, last):
    net, path = make_net(), []
    for update in run_of(net, data):
        if update.number:
            path.append(net.weights.copy())
    run = run_of(make_net(), data)
    mean = mean_of_weights(run, last)
    np.testing.assert_allclose(mean.weights, np.mean(path[-round(12 * last) :], axis=0), rtol=1e-12)
    np.testing.assert_array_equal(run.net.weights, path[-1])
    assert mean is not run.net and not np.shares_memory(mean.weights, run.net.weights)
    mb.evaluate(mean, data)


def test_a_mean_that_cannot_be_taken_is_refused(data):
    for last in (0, -0.5, 1.5, "half", True, np.nan):
        with pytest.raises(ValueError, match="last must be a share of the updates, above 0 and at most 1; got"):
            mean_of_weights(run_of(make_net(), data), last)
    norm = make_net([mb.Dense(4, 8), mb.BatchNorm(8), mb.ReLU(), mb.Dense(8, 3)])
    before = norm.weights.copy()
    with pytest.raises(ValueError, match="the network must have no BatchNorm"):
        mean_of_weights(run_of(norm, data))
    np.testing.assert_array_equal(norm.weights, before)
    ended = run_of(make_net(), data)
    list(ended)
    with pytest.raises(ValueError, match="got one that has ended"):
        mean_of_weights(ended)


def test_a_network_that_ran_away_says_so(members, data):
    members[1].weights[...] = 1e308
    with pytest.raises(NotFinite, match="the outputs of member 1 became NaN or infinite"):
        Ensemble(members).evaluate(data)
