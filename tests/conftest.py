"""What many tests need: the digits, prepared as lesson 00 does, and a small part of them."""

import pytest

import mbtutor as mb


@pytest.fixture(scope="session")
def digits():
    """(train, val, test) of the digits, every pixel between 0 and 1."""
    return mb.min_max(*mb.split(mb.datasets.load_digits(), val=0.15, test=0.15, seed=0))
