"""Lesson 07: the critical batch size from two runs, where a run reached its target, and which size is quickest."""

import numbers

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen

TITLE = "Race batch sizes"


def _number(got):
    """The learner's answer as a float; NotYet where it is no number."""
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    if np.ndim(got) != 0 or not isinstance(np.asarray(got).item(), numbers.Real):
        raise NotYet(f"The answer must be one number; got {type(got).__name__}.")
    return float(got)


def _near(a, b):
    return abs(a - b) <= 1e-6 * max(1, abs(b))


# (size, updates) of two runs that lie on one curve; in each, every fault gives a number of its own.
RUNS = (
    ((16, 110), (256, 20)),
    ((256, 20), (16, 110)),
    ((1, 1000), (100, 10.9)),
    ((32, 60), (64, 40)),
)


def _examine_critical(critical_batch):
    for (one, of_one), (other, of_other) in RUNS:
        got = critical_batch(one, of_one, other, of_other)
        value, right = _number(got), _from_two(one, of_one, other, of_other)["right"]
        if not _near(value, right):
            given = f"sizes {one} and {other}, updates {of_one} and {of_other}"
            raise NotYet(_fault_of_critical(value, one, of_one, other, of_other), seen(given, got, right))


def _from_two(one, of_one, other, of_other):
    """What can come out of two runs: right, and by each fault."""
    b = (of_one - of_other) / (1 / one - 1 / other)
    a = of_one - b / one
    return {
        "right": b / a,
        "level": a,
        "examples": b,
        "upside down": a / b,
        "second as plateau": one * (of_one / of_other - 1),
        "not per row": -(of_one - of_other) / (one - other),
        "sign": -b / a,
    }


def _fault_of_critical(got, *runs):
    values = _from_two(*runs)
    if abs(got - values["right"]) < 1:
        return "rounded"
    faults = (name for name, value in values.items() if name != "right" and _near(got, value))
    return next(faults, "That is not the critical batch size of the curve through these two runs.")


CRITICAL = Write(
    id="07.1",
    task="Write the critical batch size from two runs.",
    starter='''
def critical_batch(one, updates_one, other, updates_other):
    """Return the critical batch size: two runs of batch sizes `one` and `other` needed so many updates each."""
    ...
''',
    hints=(
        "Write the curve as `updates = a + b / size`. Two runs are two equations for the two unknowns a and b.",
        "Subtract one equation from the other, and a is gone: `updates_one - updates_other` is "
        "`b * (1 / one - 1 / other)`.",
        "So `b = (updates_one - updates_other) / (1 / one - 1 / other)`, then `a = updates_one - b / one`, and the "
        "critical batch size is `b / a`.",
    ),
    solution="""
def critical_batch(one, updates_one, other, updates_other):
    b = (updates_one - updates_other) / (1 / one - 1 / other)
    a = updates_one - b / one
    return b / a
""",
    explanation="a is the plateau, the updates that even the largest batch needs; b is the fewest examples. Their "
    "ratio is the batch size at which both prices are doubled. Two runs are the least; more of them and a fit even "
    "out the luck.",
    examine=_examine_critical,
    mistakes={
        "level": Mistake(
            "This is a, the number of updates on the plateau. The critical batch size is `b / a`.",
            "def critical_batch(one, n, other, m):\n    b = (n - m) / (1 / one - 1 / other)\n    return n - b / one",
        ),
        "examples": Mistake(
            "This is b, the fewest examples. Divide it by the plateau a.",
            "def critical_batch(one, n, other, m):\n    return (n - m) / (1 / one - 1 / other)",
        ),
        "upside down": Mistake(
            "Upside down: the critical batch size is `b / a`, not `a / b`.",
            "def critical_batch(one, n, other, m):\n    b = (n - m) / (1 / one - 1 / other)\n"
            "    return (n - b / one) / b",
        ),
        "second as plateau": Mistake(
            "You take the second run for the plateau itself. It lies above it: solve both equations for a and b.",
            "def critical_batch(one, n, other, m):\n    return one * (n / m - 1)",
        ),
        "not per row": Mistake(
            "You divide by the difference of the sizes. The curve goes with 1 / size: divide by `1 / one - 1 / other`.",
            "def critical_batch(one, n, other, m):\n    return -(n - m) / (one - other)",
        ),
        "sign": Mistake(
            "Right but for its sign. Are the two differences of b the same way round, one minus other in both?",
            "def critical_batch(one, n, other, m):\n    return (n - m) * one * other / (one * n - other * m)",
        ),
        "rounded": Mistake(
            "Right, but rounded. Return it as it comes out: a critical batch size need not be a whole number.",
            "def critical_batch(one, n, other, m):\n    b = (n - m) / (1 / one - 1 / other)\n"
            "    return round(b / (n - b / one))",
        ),
    },
)

# (update numbers, losses, target): reached exactly (every fault gives a number of its own), below, never, at once.
LOSSES = (
    ([0, 10, 20, 30, 40, 50, 60], [1.6, 1.1, 0.8, 0.75, 0.5, 0.9, 0.7], 0.8),
    ([0, 5, 10, 15], [1.6, 1.2, 0.7, 0.9], 0.8),
    ([0, 100, 200], [1.6, 1.3, 1.0], 0.8),
    ([5, 10, 15], [0.5, 0.9, 0.4], 0.8),
)


def _examine_reached(reached_at):
    for updates, losses, target in LOSSES:
        got = reached_at(np.array(updates), np.array(losses), target)
        below = [update for update, loss in zip(updates, losses) if loss <= target]
        right = below[0] if below else None
        if (got is None) == (right is None) and (right is None or _near(_number(got), right)):
            continue
        given = f"updates {updates}, losses {losses}, target {target}"
        raise NotYet(_fault_of_reached(got, updates, losses, target, right), seen(given, got, right))


def _fault_of_reached(got, updates, losses, target, right):
    if got is None:
        return "none"
    if right is None:
        number = np.ndim(got) == 0 and not isinstance(got, bool)
        return "never" if number and got == updates[0] else "no number"
    value = _number(got)
    faults = {
        "place": updates.index(right),
        "lowest": updates[int(np.argmin(losses))],
        "last": [update for update, loss in zip(updates, losses) if loss <= target][-1],
        "strict": next((update for update, loss in zip(updates, losses) if loss < target), -1),
    }
    other = "That is not the first update at or below the target."
    return next((name for name, wrong in faults.items() if _near(value, wrong)), other)


REACHED = Write(
    id="07.2",
    task="Find the bug: a run that never reaches the target wins the race.",
    starter='''
def reached_at(updates, losses, target):
    """Return the first of `updates` whose loss is at or below the target, None if there is none; two arrays."""
    place = np.argmax(losses <= target)
    return updates[place]
''',
    hints=(
        "What are `losses <= target` and its argmax when no loss is low enough?",
        "argmax returns the first largest value. If all are False, the first False is the largest: place 0.",
        "Ask first: `if not (losses <= target).any(): return None`.",
    ),
    solution="""
import numpy as np


def reached_at(updates, losses, target):
    there = losses <= target
    if not there.any():
        return None
    return updates[np.argmax(there)]
""",
    explanation="argmax always answers, also where there is nothing to find. A run that never arrives must not count "
    "as one that arrived at update 0: here it gets None, in a mean it gets infinity.",
    repair=True,
    examine=_examine_reached,
    mistakes={
        "never": Mistake(
            "No loss is at the target here, and still the first update comes back. Return None there.",
            "import numpy as np\n\n\ndef reached_at(updates, losses, target):\n"
            "    return updates[np.flatnonzero(np.append(losses <= target, True))[0] % len(updates)]",
        ),
        "no number": Mistake(
            "No loss is at the target here. The docstring asks for None then, and for nothing else.",
            "import numpy as np\n\n\ndef reached_at(updates, losses, target):\n    there = losses <= target\n"
            "    return updates[np.argmax(there)] if there.any() else -1",
        ),
        "none": Mistake(
            "You return None although a loss is at or below the target here.",
            "def reached_at(updates, losses, target):\n    return None",
        ),
        "place": Mistake(
            "This is the place in the list. Return the number of the update that stands there.",
            "import numpy as np\n\n\ndef reached_at(updates, losses, target):\n    there = losses <= target\n"
            "    return int(np.argmax(there)) if there.any() else None",
        ),
        "lowest": Mistake(
            "This is where the loss is lowest. The race asks where it is low enough for the first time.",
            "import numpy as np\n\n\ndef reached_at(updates, losses, target):\n"
            "    return updates[np.argmin(losses)] if (losses <= target).any() else None",
        ),
        "last": Mistake(
            "This is the last update below the target. Take the first.",
            "import numpy as np\n\n\ndef reached_at(updates, losses, target):\n"
            "    there = np.flatnonzero(losses <= target)\n    return updates[there[-1]] if len(there) else None",
        ),
        "strict": Mistake(
            "A loss that is equal to the target counts as well: `<=`.",
            "import numpy as np\n\n\ndef reached_at(updates, losses, target):\n    there = losses < target\n"
            "    return updates[np.argmax(there)] if there.any() else None",
        ),
    },
)

# Sizes, updates to the target (None: never), seconds of one update; in the first, every fault gives another size.
RACES = (
    ([8, 16, 64, 256, 1024, 4096], [220, 112, 28, 14, 12, 11], [0.0011, 0.001, 0.002, 0.003, 0.0115, 0.05]),
    ([8, 32, 128], [400, 100, None], [0.001, 0.002, 0.0001]),
    ([512, 64, 8], [10, 20, 160], [0.09, 0.03, 0.003]),
    ([1, 10], [None, 7], [0.01, 0.02]),
)


def _examine_quickest(quickest):
    for sizes, updates, seconds in RACES:
        got = quickest(list(sizes), list(updates), list(seconds))
        value, right = _number(got), _choices(sizes, updates, seconds)["right"]
        if not _near(value, right):
            given = f"sizes={sizes}, updates={updates}, seconds={seconds}"
            raise NotYet(_fault_of_quickest(value, sizes, updates, seconds), seen(given, got, right))


def _choices(sizes, updates, seconds):
    """The answer, and what comes out where something else is chosen by."""
    there = [row for row in zip(sizes, updates, seconds) if row[1] is not None]
    best = min(there, key=lambda row: row[1] * row[2])
    return {
        "right": best[0],
        "seconds": best[1] * best[2],
        "place": sizes.index(best[0]),
        "fewest updates": min(there, key=lambda row: row[1])[0],
        "fewest examples": min(there, key=lambda row: row[0] * row[1])[0],
        "highest throughput": max(zip(sizes, seconds), key=lambda row: row[0] / row[1])[0],
        "cheapest update": min(zip(sizes, seconds), key=lambda row: row[1])[0],
    }


def _fault_of_quickest(got, sizes, updates, seconds):
    if got in [size for size, n in zip(sizes, updates) if n is None]:
        return "never there"
    values = _choices(sizes, updates, seconds)
    faults = (name for name, value in values.items() if name != "right" and _near(got, value))
    return next(faults, "That is not the size that is first at the target.")


QUICKEST = Write(
    id="07.3",
    task="Write which batch size is first at the target, in seconds.",
    starter='''
def quickest(sizes, updates, seconds):
    """Return the size that needs the fewest seconds. updates: to the target, None for never; seconds: of one update."""
    ...
''',
    hints=(
        "How long does one size take to the target? So many updates, so many seconds each.",
        "Leave out the sizes whose updates are None, and keep the time beside the size.",
        "`times = [(n * t, size) for size, n, t in zip(sizes, updates, seconds) if n is not None]`, then "
        "`return min(times)[1]`.",
    ),
    solution="""
def quickest(sizes, updates, seconds):
    times = [(n * t, size) for size, n, t in zip(sizes, updates, seconds) if n is not None]
    return min(times)[1]
""",
    explanation="Seconds to the target are updates times seconds an update. The first falls with the batch size, the "
    "second grows; neither alone decides, and nor do rows a second.",
    examine=_examine_quickest,
    mistakes={
        "seconds": Mistake(
            "This is how many seconds it takes. Return the batch size that takes them.",
            "def quickest(sizes, updates, seconds):\n"
            "    return min(n * t for n, t in zip(updates, seconds) if n is not None)",
        ),
        "place": Mistake(
            "This is the place in the list. Return the batch size that stands there.",
            "def quickest(sizes, updates, seconds):\n"
            "    times = [n * t if n else 1e9 for n, t in zip(updates, seconds)]\n    return times.index(min(times))",
        ),
        "fewest updates": Mistake(
            "This size needs the fewest updates. Each of them may cost much more: multiply by its seconds.",
            "def quickest(sizes, updates, seconds):\n"
            "    return min((n, size) for size, n in zip(sizes, updates) if n is not None)[1]",
        ),
        "fewest examples": Mistake(
            "This size needs the fewest examples. Small batches take longer over each of them: count seconds.",
            "def quickest(sizes, updates, seconds):\n"
            "    return min((n * size, size) for size, n in zip(sizes, updates) if n is not None)[1]",
        ),
        "highest throughput": Mistake(
            "This size takes the most rows a second, but its rows bring it no nearer to the target than fewer would.",
            "def quickest(sizes, updates, seconds):\n"
            "    return max((size / t, size) for size, t in zip(sizes, seconds))[1]",
        ),
        "cheapest update": Mistake(
            "This size has the cheapest update. It may need many more of them, or never arrive.",
            "def quickest(sizes, updates, seconds):\n    return min(zip(seconds, sizes))[1]",
        ),
        "never there": Mistake(
            "This size never reached the target: its updates are None. Leave such sizes out.",
            "def quickest(sizes, updates, seconds):\n"
            "    return min(((n or 0) * t, size) for size, n, t in zip(sizes, updates, seconds))[1]",
        ),
    },
)

MACHINES = Choose(
    id="07.4",
    task="Choose what eight machines bring.",
    options={
        "A": "the target comes 8 times sooner, for the same work in all",
        "B": "the target comes almost 3 times sooner, for about 3 times the work in all",
        "C": "the target comes no sooner: beyond the critical batch size nothing is gained",
        "D": "the target comes later, because large batches learn worse",
    },
    right="B",
    replies={
        "A": "That holds far below the critical batch size. 512 is far above it: each row counts less there.",
        "C": "The critical batch size is no wall. Put 64 and 512 into the curve and compare.",
        "D": "With a rate that suits it, a larger batch needed no more updates in any of our runs.",
    },
    hints=(
        "Put both batch sizes into updates = plateau * (1 + 160 / size).",
        "1 + 160 / 64 is 3.5, and 1 + 160 / 512 is about 1.3.",
        "So 3.5 / 1.3 times fewer updates, of 8 times as many rows each.",
    ),
    solution='mb.check("07.4", "B")',
    explanation="3.5 / 1.3 is 2.7 times fewer updates, each of 8 times the rows: 8 / 2.7, three times the work. "
    "Whether that is worth it depends on what waiting costs.",
)

EXERCISES = [CRITICAL, REACHED, QUICKEST, MACHINES]


def _outcome(lab):
    """What became of the updates from batch size 256 to 1,024, in the newest race in which both reached the target."""
    races = {}
    for result in lab.results:
        if result.reached:
            races.setdefault(result.race, {})[result.setting.batch_size] = result.reached.updates
    both = [found for found in races.values() if {256, 1024} <= set(found)]
    if not both or not both[-1][256]:
        return None
    found = both[-1]
    share = found[1024] / found[256]
    option = 0 if share < 0.35 else 1 if share < 0.7 else 2 if share <= 1.05 else 3
    more = f" (and {found[64]} with 64, {found[16]} with 16)" if {16, 64} <= set(found) else ""
    text = f"{found[256]} updates with batch size 256, {found[1024]} with 1,024{more}."
    return option, text


PREDICTION = Prediction(
    question="Four networks, with batch sizes 16, 64, 256 and 1,024, train until they reach the same loss, each with a "
    "learning rate that suits it. With 64 rows a batch instead of 16, about a quarter of the updates are needed. What "
    "about 1,024 instead of 256?",
    options=(
        "a quarter of the updates again",
        "about half of them",
        "nearly as many",
        "more than with 256",
    ),
    then="Press Race. When all four are at the target, switch the horizontal axis to updates.",
    outcome=_outcome,
)

QUIZ = [
    Question(
        text="Batch sizes 32 and 512 train for 1,000 updates each, and 512 ends with the lower loss. A colleague "
        "concludes: larger batches learn better. What is missing?",
        options=(
            ("Nothing: the same number of updates is a fair race.", "It is one fair race, and a dear one: see below."),
            ("512 has seen 16 times as many examples.", "Yes. Counted in examples, 32 may well be ahead."),
            ("Nothing: the number of epochs was the same.", "It was not: 512 rows an update make 16 times as many."),
        ),
        right=1,
    ),
    Question(
        text="Far below the critical batch size you double the batch and tune the rate. What does the target cost now?",
        options=(
            ("Half the updates, about the same examples.", "Yes: below the critical size every row counts in full."),
            ("The same updates, twice the examples.", "That is the plateau, far above the critical batch size."),
            ("Half the updates, half the examples.", "Half the updates of twice the rows are as many examples."),
            ("It is reached in half the seconds.", "Only where an update of twice the rows costs the same time."),
        ),
        right=0,
    ),
    Question(
        text="Your machine takes the most rows a second at batch size 4,096. Is the target reached soonest with it?",
        options=(
            ("Yes: more rows a second is faster.", "Faster through the rows. But are so many rows needed?"),
            (
                "Not if it is far above the critical batch size.",
                "Yes: then it needs many more rows, and a smaller batch is there first.",
            ),
            ("No: the smallest batch is always first.", "It needs the fewest examples, but takes longest over each."),
        ),
        right=1,
    ),
]

RECALL = Question(
    text="From lesson 06: a learning rate of 0.1 suits batch size 32. You go over to batches of 128, for as many "
    "epochs. Which rate does linear scaling give?",
    options=(
        ("0.025", "The other way round: with fewer updates, each has to go further."),
        ("0.1", "That suits as many updates. In as many epochs there are only a quarter of them."),
        ("0.2", "That is the square root rule: 4 times the rows, twice the rate."),
        ("0.4", "Yes: 4 times the rows, 4 times the rate, as long as that is below the edge."),
    ),
    right=3,
)
