"""The programs of the ensemble lab run in each framework as they are, and reach what the lab's ensemble reaches."""

import functools

import pytest
from running import run

from mbtutor import datasets, preparation
from mbtutor.experiments import Ensemble
from mbtutor.widgets.ensemble_form import BATCHES, BOTH, EnsembleSettings
from mbtutor.widgets.ensemble_lab import EnsembleLab
from mbtutor.widgets.programs import MAKERS
from mbtutor.widgets.programs.ensemble import ensemble_programs

SETTINGS = (
    EnsembleSettings(8, 0.2, "SGD", 16, "updates", 500, 0, members=3, differ=BOTH, rows=1000),
    EnsembleSettings(32, 0.2, "SGD", 32, "epochs", 20, 1, members=2, differ=BATCHES, rows=300),
    EnsembleSettings(64, 0.5, "SGD", 24, "updates", 300, 2, members=1, differ=BOTH, rows=1124),
)


@pytest.fixture(scope="module")
def parts():
    return preparation.min_max(*preparation.split(datasets.load_digits(), val=0.4, test=0.4))[:2]


@pytest.fixture(scope="module")
def reached(parts):
    """reached(settings): what the members of the lab reach together."""

    @functools.cache
    def by_the_lab(settings):
        lab = EnsembleLab(*parts)
        made, _, _ = lab._new_run(settings)
        lab.close()
        list(made)
        return Ensemble(made.members).evaluate(parts[1])

    return by_the_lab


@pytest.mark.parametrize("framework", MAKERS)
def test_the_programs_reach_what_the_lab_reaches(framework, reached, parts):
    texts = [ensemble_programs(settings, parts[0])[framework] for settings in SETTINGS]
    for settings, found in zip(SETTINGS, run(texts, framework), strict=True):
        assert isinstance(found, dict), found
        expected = reached(settings)
        if framework == "mbtutor":
            assert found == pytest.approx(expected, rel=1e-9)
        else:  # other first weights and other batches
            assert found["accuracy"] == pytest.approx(expected["accuracy"], abs=0.03), found
            assert found["loss"] == pytest.approx(expected["loss"], rel=0.35), found
