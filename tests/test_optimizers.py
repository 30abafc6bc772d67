"""Each optimizer follows its published formula, touches nothing it is given, and refuses senseless settings."""

import json
import math
import re

import numpy as np
import pytest

import mbtutor as mb

OPTIMIZERS = [
    mb.SGD(0.1),
    mb.SGD(0.1, weight_decay=0.01),
    mb.SGD(0.1, momentum=0.9),
    mb.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    mb.RMSProp(0.01),
    mb.Adam(0.01),
    mb.AdamW(0.01),
]
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)


def walked(optimizer, gradients, weights):
    state = optimizer.start(weights)
    for gradient in gradients:
        step, state = optimizer.step(weights, gradient.copy(), state)
        weights = weights - step
    return weights, state


def by_hand(optimizer, gradients, w):
    """The published formulas, one number at a time."""
    lr, decay = optimizer.lr, getattr(optimizer, "weight_decay", 0)
    v = s = m = 0.0
    for t, g in enumerate(gradients, start=1):
        if isinstance(optimizer, mb.SGD):
            g = g + decay * w
            v = optimizer.momentum * v + g
            w -= lr * (g + optimizer.momentum * v if optimizer.nesterov else v)
        elif isinstance(optimizer, mb.RMSProp):
            s = optimizer.decay * s + (1 - optimizer.decay) * g * g
            w -= lr * g / (math.sqrt(s) + optimizer.eps)
        else:
            w *= 1 - lr * decay
            m = optimizer.beta1 * m + (1 - optimizer.beta1) * g
            s = optimizer.beta2 * s + (1 - optimizer.beta2) * g * g
            m_hat, s_hat = m / (1 - optimizer.beta1**t), s / (1 - optimizer.beta2**t)
            w -= lr * m_hat / (math.sqrt(s_hat) + optimizer.eps)
    return w


@every_optimizer
def test_200_steps_follow_the_formula(optimizer):
    rng = np.random.default_rng(0)
    gradients, start = rng.normal(size=(200, 3)), rng.normal(size=3)
    weights, _ = walked(optimizer, gradients, start)
    expected = [by_hand(optimizer, gradients[:, i].tolist(), float(start[i])) for i in range(3)]
    assert np.allclose(weights, expected, rtol=0, atol=1e-12)


@every_optimizer
def test_a_step_changes_neither_the_weights_nor_the_state(optimizer):
    weights = np.array([1.0, -2.0])
    state = walked(optimizer, np.ones((3, 2)), weights)[1]
    before = json.dumps({name: np.asarray(value).tolist() for name, value in state.items()})
    optimizer.step(weights, np.ones(2), state)
    assert weights.tolist() == [1, -2]
    assert json.dumps({name: np.asarray(value).tolist() for name, value in state.items()}) == before


@every_optimizer
def test_float32_stays_float32(optimizer):
    weights, state = walked(optimizer, np.ones((3, 2), np.float32), np.ones(2, np.float32))
    assert weights.dtype == np.float32
    assert all(value.dtype == np.float32 for value in state.values() if isinstance(value, np.ndarray))


@every_optimizer
def test_settings_make_the_same_optimizer_again(optimizer):
    settings = json.loads(json.dumps(optimizer.settings()))
    again = getattr(mb, settings.pop("name"))(**settings)
    assert again.settings() == optimizer.settings() and repr(again) == repr(optimizer)


@every_optimizer
def test_the_learning_rate_counts_from_the_next_step(optimizer):
    fast, slow = type(optimizer)(lr=0.2), type(optimizer)(lr=0.1)
    slow.lr = 0.2
    weights = np.ones(2)
    steps = [each.step(weights, np.ones(2), each.start(weights))[0] for each in (fast, slow)]
    assert np.array_equal(*steps)


@pytest.mark.parametrize("value", [0, -0.1, math.inf, -math.inf, math.nan, "0.1", None, True, [0.1]])
@pytest.mark.parametrize("make", [mb.SGD, mb.RMSProp, mb.Adam, mb.AdamW])
def test_a_learning_rate_is_a_finite_number_above_zero(make, value):
    with pytest.raises(ValueError, match="lr must be a finite number above 0; got " + re.escape(repr(value))):
        make(lr=value)
    optimizer = make(lr=0.1)
    with pytest.raises(ValueError, match="lr must be a finite number above 0"):
        optimizer.lr = value
    assert optimizer.lr == 0.1


@pytest.mark.parametrize(
    "make, options, words",
    [
        (mb.SGD, {"momentum": 1}, "momentum must be a number from 0 up to, not including, 1; got 1"),
        (mb.SGD, {"momentum": -0.1}, "momentum must be"),
        (mb.SGD, {"nesterov": True}, "nesterov=True needs momentum above 0, e.g. momentum=0.9; got momentum=0"),
        (mb.SGD, {"weight_decay": -1}, "weight_decay must be a number from 0"),
        (mb.AdamW, {"weight_decay": math.inf}, "weight_decay must be a number from 0"),
        (mb.RMSProp, {"decay": 1}, "decay must be"),
        (mb.RMSProp, {"eps": 0}, "eps must be a finite number above 0; got 0"),
        (mb.Adam, {"beta1": 1.0}, "beta1 must be"),
        (mb.Adam, {"beta2": "0.9"}, "beta2 must be"),
        (mb.Adam, {"eps": -1e-8}, "eps must be"),
    ],
)
def test_settings_out_of_range_are_refused(make, options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        make(lr=0.1, **options)


@pytest.mark.parametrize("optimizer, name", [(mb.SGD(0.1), "momentum"), (mb.Adam(), "beta1"), (mb.RMSProp(), "eps")])
def test_only_the_learning_rate_changes_later(optimizer, name):
    with pytest.raises(
        AttributeError, match=f"{name} of an optimizer cannot be changed; make a new one and compile again"
    ):
        setattr(optimizer, name, 0.5)
