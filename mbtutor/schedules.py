"""A schedule says which learning rate each update gets; `train(..., schedule=...)` asks it before every update."""

import math

from . import checks


def scaled_lr(lr, batch_size, reference, rule="linear"):
    """The learning rate for `batch_size`, where `lr` is the one that suits the batch size `reference`.

    rule: "linear", lr times k (Krizhevsky 2014; Goyal et al. 2017), or "square root", lr times the root of k
    (Hoffer et al. 2017), where k is batch_size / reference.
    """
    lr = checks.positive_number("lr", lr)
    k = checks.whole_number("batch_size", batch_size) / checks.whole_number("reference", reference)
    return lr * (k if checks.choice("rule", rule, ("linear", "square root")) == "linear" else math.sqrt(k))


def warm_up(lr, updates, start=0.0):
    """A schedule that climbs in a straight line from `start` to `lr` within so many updates, then stays.

    Update n gets start + (lr - start) n / updates (Goyal et al. 2017, section 2.2).
    """
    lr, updates = checks.positive_number("lr", lr), checks.whole_number("updates", updates)
    start = checks.number("start", start, 0)

    def rate(number):
        return start + (lr - start) * min(1, number / updates)

    return rate
