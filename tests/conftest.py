"""What many tests need: the digits, prepared as lesson 00 does, and a progress file and a cache that are nobody's."""

import pytest

import mbtutor as mb


@pytest.fixture(scope="session")
def digits():
    """(train, val, test) of the digits, every pixel between 0 and 1."""
    return mb.min_max(*mb.split(mb.datasets.load_digits(), val=0.15, test=0.15, seed=0))


@pytest.fixture(autouse=True, scope="session")
def own_progress(tmp_path_factory):
    """The tests, and the kernels and browsers they start, never touch the progress or the cache of who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MBTUTOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("MBTUTOR_PROGRESS", str(tmp_path_factory.mktemp("progress") / "progress.json"))
        yield
