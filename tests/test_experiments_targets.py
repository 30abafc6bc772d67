"""Where a run reached its target, and the curve with a plateau through many runs."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor.experiments import Outcome, Plateau, Setting, best_lr, fit_plateau, mean_by, reached, updates_to


def history(*val_losses):
    return mb.History(mb.Update(i, 1, 8 * i, i / 4, 1.0, val_loss=loss) for i, loss in enumerate(val_losses))


def outcome(batch_size, lr, seed, *val_losses):
    return Outcome(Setting(batch_size, lr, seed), history(*val_losses))


def test_the_first_validation_at_the_target_counts():
    assert reached(history(2.3, None, 0.9, None, 0.4, 0.7), 0.5) == (4, 32, 1.0)
    assert reached(history(2.3, None, 0.9), 0.5) is None
    assert reached(history(0.5), 0.5).updates == 0


@pytest.mark.parametrize(("level", "knee"), [(8.9, 175), (0.002, 3.5)])
def test_a_plateau_is_found_again_from_its_points(level, knee):
    sizes = [1, 4, 16, 64, 256, 1024]
    found = fit_plateau(sizes, Plateau(level, knee).at(sizes))
    assert found == pytest.approx((level, knee))
    assert found.at(knee) == pytest.approx(2 * level)


def test_each_point_weighs_by_its_share():
    sizes = np.array([1, 10, 100, 1000])
    values = Plateau(10, 50).at(sizes) * [1.1, 0.9, 1.1, 0.9]
    found = fit_plateau(sizes, values)
    grid = [
        (np.abs(1 - Plateau(level, knee).at(sizes) / values) ** 2).sum()
        for level in found.level * np.linspace(0.9, 1.1, 11)
        for knee in found.knee * np.linspace(0.9, 1.1, 11)
    ]
    assert min(grid) == pytest.approx(grid[60])  # no neighbour is better


@pytest.mark.parametrize(
    ("sizes", "values", "message"),
    [
        ([1, 2], [1], "equal length"),
        ([2, 2], [1, 1], "two different sizes"),
        ([1, 2], [1, -1], "values must be finite numbers above 0"),
        ([0, 2], [1, 1], "sizes must be finite numbers above 0"),
        ([1, 2], [1, np.inf], "values must be finite"),
        ([1, 2, 4], [1, 2, 4], "values must fall towards a level"),
    ],
)
def test_what_has_no_plateau_is_refused(sizes, values, message):
    with pytest.raises(ValueError, match=message):
        fit_plateau(sizes, values)


def test_the_best_rate_is_that_of_the_lowest_mean_over_the_seeds():
    outcomes = [
        outcome(8, 0.1, 0, 1, 1, 0.4),
        outcome(8, 0.1, 1, 1, 1, 0.4),
        outcome(8, 0.2, 0, 1, 0.4),
        outcome(8, 0.2, 1, 1, 1, 1),  # never: the mean is infinite
        outcome(32, 0.2, 0, 1, 0.4),
    ]
    assert mean_by(outcomes, updates_to(0.5)) == {(8, 0.1): 2, (8, 0.2): np.inf, (32, 0.2): 1}
    assert best_lr(outcomes, updates_to(0.5)) == {8: 0.1, 32: 0.2}
    with pytest.raises(ValueError, match="at least one Outcome"):
        best_lr([], updates_to(0.5))
