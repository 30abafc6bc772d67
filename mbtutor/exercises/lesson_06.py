"""Lesson 06: the rate of every update, scaled and warmed up; rates for a list of batch sizes; growing batches."""

import math
import numbers

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short, taken

TITLE = "Tune the learning rate with the batch size"


def _same(a, b):
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b))


def _number(got, what):
    """The learner's answer as a float; NotYet where it is no number, be it wrapped in an array without an axis."""
    if np.ndim(got) == 0 and isinstance(np.asarray(got).item(), numbers.Real):
        return float(got)
    raise NotYet(f"{what} must be a number; got {short(got)}.")


# A schedule ---------------------------------------------------------------------------------------------------------

# Each case: lr, batch size, reference, updates of the warm-up. In the first one every fault gives rates of its own.
WARMED = ((0.1, 256, 64, 5), (0.05, 32, 32, 3), (0.2, 16, 64, 5), (0.1, 100, 64, 1))


def _examine_schedule(make_schedule):
    for case in WARMED:
        _examine_rates(make_schedule(*case), case)


def _examine_rates(rate, case):
    lr, batch_size, reference, updates = case
    if rate is None:
        raise NotYet("Your function returns nothing. Does it end in `return rate`?")
    if not callable(rate):
        raise NotYet("no function", f"It returned `{short(rate)}`.")
    numbers_, scaled = range(1, updates + 4), lr * batch_size / reference
    got = [_number(rate(number), f"rate({number})") for number in numbers_]
    right = [scaled * min(1, number / updates) for number in numbers_]
    if not all(map(_same, got, right)):
        given = f"lr={lr}, batch_size={batch_size}, reference={reference}, updates={updates}"
        shown = [[float(f"{value:.4g}") for value in values] for values in (got, right)]
        raise NotYet(_fault_of_rates(got, case), seen(f"{given}, for updates 1 to {updates + 3}", *shown))


def _fault_of_rates(got, case):
    lr, batch_size, reference, updates = case
    k = batch_size / reference
    climb = [min(1, number / updates) for number in range(1, updates + 4)]
    late = [min(1, (number - 1) / updates) for number in range(1, updates + 4)]
    early = [min(1, (number + 1) / updates) for number in range(1, updates + 4)]
    faults = {
        "not scaled": [lr * share for share in climb],
        "divided": [lr / k * share for share in climb],
        "square root": [lr * math.sqrt(k) * share for share in climb],
        "times the batch": [lr * batch_size * share for share in climb],
        "no end": [lr * k * number / updates for number in range(1, updates + 4)],
        "counted from 0": [lr * k * share for share in late],
        "no warm-up": [lr * k for _ in climb],
        "from the old rate": [lr + (lr * k - lr) * share for share in climb],
        "neither": [lr for _ in climb],
        "one update early": [lr * k * share for share in early],
        "one update too long": [lr * k * min(1, number / (updates + 1)) for number in range(1, updates + 4)],
        "the larger": [lr * k * max(1, number / updates) for number in range(1, updates + 4)],
        "no share": [lr * k * min(number, updates) for number in range(1, updates + 4)],
        "scaled after it": [lr * share if share < 1 else lr * k for share in climb],
        "scaled after its end": [lr * min(1, n / updates) if n <= updates else lr * k for n in range(1, updates + 4)],
        "back to the old rate": [lr * k * n / updates if n <= updates else lr for n in range(1, updates + 4)],
        "scaled anew": [lr * k**n * min(1, n / updates) for n in range(1, updates + 4)],
        "nothing left": [0 for _ in climb],
        "down": [lr * k * min(1, updates / number) for number in range(1, updates + 4)],
        "whole steps": [lr * k * min(1, number // updates) for number in range(1, updates + 4)],
    }
    same = (name for name, values in faults.items() if all(map(_same, got, values)))
    return next(same, "These are not the scaled and warmed-up rates yet.")


def _schedule(scaled="lr * batch_size / reference", share="min(1, number / updates)", rate="scaled * {}"):
    return (
        f"def make_schedule(lr, batch_size, reference, updates):\n    scaled = {scaled}\n\n"
        f"    def rate(number):\n        return {rate.format(share)}\n\n    return rate"
    )


SCHEDULE = Write(
    id="06.1",
    task="Write a schedule: linear scaling with warm-up.",
    starter='''
def make_schedule(lr, batch_size, reference, updates):
    """Return rate(number). lr suits the batch size `reference`; the warm-up takes so many updates."""

    def rate(number):
        return ...

    return rate
''',
    hints=(
        "Two parts: which rate is right for this batch size, and which share of it does update `number` get?",
        "The scaled rate is `lr * batch_size / reference`. Update 1 of a warm-up of 4 gets 1/4 of it, update 4 all of "
        "it, and so does every later one.",
        "`min(1, number / updates)` is that share: it climbs to 1 and stays.",
    ),
    solution="""
def make_schedule(lr, batch_size, reference, updates):
    scaled = lr * batch_size / reference

    def rate(number):
        return scaled * min(1, number / updates)

    return rate
""",
    explanation="The rate is scaled once, outside; the inner function only says which share of it an update gets. "
    "`mb.fit(..., schedule=rate)` asks it before each update, with 1, 2, 3, ...",
    examine=_examine_schedule,
    mistakes={
        "not scaled": Mistake(
            "Warmed up, but not scaled: a batch `k` times as large as the reference gets `k` times the rate.",
            _schedule(scaled="lr"),
        ),
        "divided": Mistake(
            "Here a larger batch gets a lower rate. It should get a higher one: fewer steps, each longer.",
            _schedule(scaled="lr * reference / batch_size"),
        ),
        "square root": Mistake(
            "This is the square-root rule. The linear one has no root: twice the batch, twice the rate.",
            _schedule(scaled="lr * (batch_size / reference) ** 0.5"),
        ),
        "times the batch": Mistake(
            "You multiply by the batch size itself. Multiply by how many times as large as `reference` it is.",
            _schedule(scaled="lr * batch_size"),
        ),
        "no end": Mistake(
            "The warm-up never ends: the rate climbs on and on. It must stay once all its updates are made.",
            _schedule(share="number / updates"),
        ),
        "counted from 0": Mistake(
            "One update late: the first update would get a rate of 0. Updates are counted from 1.",
            _schedule(share="min(1, (number - 1) / updates)"),
        ),
        "no warm-up": Mistake(
            "Scaled, but not warmed up: the first update gets the whole rate at once.",
            _schedule(rate="scaled"),
        ),
        "from the old rate": Mistake(
            "This climbs from `lr` to the scaled rate, which some do. Here it shall climb from 0.",
            _schedule(rate="lr + (scaled - lr) * {}"),
        ),
        "down": Mistake(
            "That begins high and falls. A warm-up begins low: `number` above the line, `updates` below it.",
            _schedule(share="min(1, updates / number)"),
        ),
        "whole steps": Mistake(
            "`//` drops what is behind the point, so the rate is 0 until the last update of the warm-up. Use `/`.",
            _schedule(share="min(1, number // updates)"),
        ),
        "neither": Mistake(
            "Every update gets the rate you were given: it is neither scaled nor warmed up.",
            _schedule(scaled="lr", rate="scaled"),
        ),
        "one update early": Mistake(
            "One update early: the first one would get the second one's rate. Updates are counted from 1.",
            _schedule(share="min(1, (number + 1) / updates)"),
        ),
        "one update too long": Mistake(
            "The climb is one update too long: update `updates` shall get the whole rate already.",
            _schedule(share="min(1, number / (updates + 1))"),
        ),
        "the larger": Mistake(
            "`max` takes the larger of the two, so that the rate never climbs and never stays. Take `min`.",
            _schedule(share="max(1, number / updates)"),
        ),
        "no share": Mistake(
            "This multiplies by the number of the update. Its share of the climb is `number / updates`.",
            _schedule(share="min(number, updates)"),
        ),
        "scaled after it": Mistake(
            "The rates of the warm-up itself are not scaled: the climb must lead to the scaled rate.",
            _schedule(rate="lr * number / updates if number < updates else scaled"),
        ),
        "scaled after its end": Mistake(
            "The rates of the warm-up itself are not scaled: update `updates` shall get the whole scaled rate.",
            _schedule(rate="lr * number / updates if number <= updates else scaled"),
        ),
        "back to the old rate": Mistake(
            "After the warm-up the rate falls back to `lr`. It must stay at the scaled rate.",
            _schedule(rate="scaled * number / updates if number <= updates else lr"),
        ),
        "scaled anew": Mistake(
            "The rate is scaled once more at every call. Keep the scaled rate in a name of its own, outside `rate`.",
            "def make_schedule(lr, batch_size, reference, updates):\n    def rate(number):\n        nonlocal lr\n"
            "        lr = lr * batch_size / reference\n        return lr * min(1, number / updates)\n\n"
            "    return rate",
        ),
        "nothing left": Mistake(
            "Every rate is 0. Is there a `//`? It drops what is behind the point: divide with `/`.",
            _schedule(scaled="lr * batch_size // reference"),
        ),
        "no function": Mistake(
            "Return the function itself, without calling it: `return rate`, not `return rate(...)`.",
            "def make_schedule(lr, batch_size, reference, updates):\n    return lr * batch_size / reference",
        ),
    },
)

# A list of rates ----------------------------------------------------------------------------------------------------

# Each case: lr, reference, batch sizes.
SCALED = ((0.1, 32, [64, 128, 256]), (0.4, 64, [16, 32, 64, 128]), (0.2, 100, [100, 37]))


def _examine_list(scaled_rates):
    for lr, reference, sizes in SCALED:
        made = scaled_rates(lr, reference, sizes)
        if made is None:
            raise NotYet("Your function returns nothing. Does it end in `return rates`?")
        if isinstance(made, dict):
            raise NotYet(f"A list of the rates alone is wanted; got a dict, {short(made)}.")
        got = [_number(rate, "Each rate") for rate in taken(made, len(sizes) + 1)]
        right = [lr * size / reference for size in sizes]
        if len(got) != len(right) or not all(map(_same, got, right)):
            given = f"lr={lr}, reference={reference}, batch_sizes={sizes}"
            raise NotYet(_fault_of_list(got, lr, reference, sizes), seen(given, got, right))


def _fault_of_list(got, lr, reference, sizes):
    if len(got) != len(sizes):
        return "one too few"
    steps = [size / before for size, before in zip(sizes, [reference, *sizes])]
    faults = {
        "compounding": lr * np.cumprod([size / reference for size in sizes]),
        "from one to the next": [lr * step for step in steps],
        "from the first": [lr * size / sizes[0] for size in sizes],
        "square root": [lr * math.sqrt(size / reference) for size in sizes],
        "times the batch": [lr * size for size in sizes],
        "divided": [lr * reference / size for size in sizes],
        "not scaled": [lr] * len(sizes),
        "whole": [lr * size // reference for size in sizes],
    }
    same = (name for name, values in faults.items() if all(map(_same, got, values)))
    return next(same, "These are not the scaled rates yet.")


def _rates_with(body):
    return f"def scaled_rates(lr, reference, batch_sizes):\n    rates = []\n    {body}\n    return rates"


LIST = Write(
    id="06.2",
    task="Find the bug: the rates of a list of batch sizes run away.",
    starter='''
def scaled_rates(lr, reference, batch_sizes):
    """Return a list: the linearly scaled rate for each batch size. lr suits the batch size `reference`."""
    rates = []
    for batch_size in batch_sizes:
        lr = lr * batch_size / reference
        rates.append(lr)
    return rates
''',
    hints=(
        "Follow `lr` with a pencil: what is it at the start of the second round?",
        "Each rate is to be reckoned from the rate you were given, not from the one before.",
        "Do not write to `lr` in the loop: `rates.append(lr * batch_size / reference)`.",
    ),
    solution="""
def scaled_rates(lr, reference, batch_sizes):
    rates = []
    for batch_size in batch_sizes:
        rates.append(lr * batch_size / reference)
    return rates
""",
    explanation="The loop wrote its result back into `lr`, so each rate was scaled once more: times 2, then times 2 "
    "times 4, and so on. Leave the number you start from alone.",
    repair=True,
    examine=_examine_list,
    mistakes={
        "compounding": Mistake(
            "Each rate is still reckoned from the one before it, so the factors multiply up.",
            _rates_with(
                "rate = lr\n    for batch_size in batch_sizes:\n"
                "        rate *= batch_size / reference\n        rates.append(rate)"
            ),
        ),
        "from one to the next": Mistake(
            "This compares each batch size with the one before. Compare it with `reference`.",
            _rates_with(
                "for batch_size in batch_sizes:\n        rates.append(lr * batch_size / reference)\n"
                "        reference = batch_size"
            ),
        ),
        "from the first": Mistake(
            "This compares each batch size with the first of the list. Compare it with `reference`.",
            _rates_with("for batch_size in batch_sizes:\n        rates.append(lr * batch_size / batch_sizes[0])"),
        ),
        "square root": Mistake(
            "This is the square-root rule. The linear one has no root: twice the batch, twice the rate.",
            _rates_with("for batch_size in batch_sizes:\n        rates.append(lr * (batch_size / reference) ** 0.5)"),
        ),
        "times the batch": Mistake(
            "You multiply by the batch size itself. Multiply by how many times as large as `reference` it is.",
            _rates_with("for batch_size in batch_sizes:\n        rates.append(lr * batch_size)"),
        ),
        "whole": Mistake(
            "`//` drops what is behind the point. Divide with `/`.",
            _rates_with("for batch_size in batch_sizes:\n        rates.append(lr * batch_size // reference)"),
        ),
        "divided": Mistake(
            "Now larger batches get lower rates. `batch_size` stands above the line, `reference` below it.",
            _rates_with("for batch_size in batch_sizes:\n        rates.append(lr * reference / batch_size)"),
        ),
        "not scaled": Mistake(
            "Every batch size gets the same rate. Multiply by `batch_size / reference`.",
            _rates_with("for batch_size in batch_sizes:\n        rates.append(lr)"),
        ),
        "one too few": Mistake(
            "One rate is wanted for each batch size. Is the `append` inside the loop, and the `return` after it?",
            _rates_with(
                "for batch_size in batch_sizes:\n        rate = lr * batch_size / reference\n    rates.append(rate)"
            ),
        ),
    },
)

# A choice -----------------------------------------------------------------------------------------------------------

MOVE = Choose(
    id="06.3",
    task="Choose what to try.",
    options={
        "A": "3.2, because the linear rule says so",
        "B": "0.2, because it was the best",
        "C": "0.4, 0.8 and 1.6 with three seeds each, and keep the best by validation",
        "D": "0.0125, because a large step needs care",
    },
    right="C",
    replies={
        "A": "Look at the map: 3.2 lies far beyond the edge, where no batch size learns. The rule knows no edge.",
        "B": "At equal epochs a batch of 512 makes a sixteenth of the updates. At the same rate it gets less far.",
        "D": "That is the rule upside down: fewer steps, and shorter ones too.",
    },
    hints=(
        "Go to the row of 512 in the map of this lesson. What does it say at 0.2, 0.4, 0.8, 1.6 and 3.2?",
        "The linear rule says in which direction to look; the edge says how far.",
    ),
    solution='mb.check("06.3", "C")',
    explanation="Scaling says: higher, at most 3.2. The edge says: not beyond 0.8 or so, and one seed cannot tell two "
    "rates apart that lie close. So try a few in between, with several seeds, and let validation decide.",
)

# Growing batches ----------------------------------------------------------------------------------------------------

# Each case: stages (epochs, batch size, rate). In the first one every fault gives stages of its own.
STAGES = (
    [(2, 16, 0.4), (3, 16, 0.1), (4, 16, 0.025)],
    [(5, 32, 0.5), (1, 32, 0.25)],
    [(1, 10, 0.3), (1, 10, 0.1)],
    [(3, 64, 0.1)],
)


def _examine_growth(grow_instead):
    for stages in STAGES:
        made = grow_instead([tuple(stage) for stage in stages])
        if made is None:
            raise NotYet("Your function returns nothing. Does it end in `return`?")
        got = [_stage(stage) for stage in taken(made, len(stages) + 1)]
        right = [(epochs, round(size * stages[0][2] / lr), stages[0][2]) for epochs, size, lr in stages]
        if got != right and not _alike(got, right):
            raise NotYet(_fault_of_growth(got, stages), seen(f"stages={stages}", got, right))
        if not all(isinstance(size, (int, np.integer)) for _, size, _ in got):
            raise NotYet("not whole", seen(f"stages={stages}", got, right))


def _stage(stage):
    try:
        epochs, size, lr = stage
    except (TypeError, ValueError):
        raise NotYet(f"Each stage is three numbers (epochs, batch size, rate); got {short(stage)}.") from None
    _number(size, "A batch size")
    return int(_number(epochs, "The number of epochs")), size, _number(lr, "A rate")


def _alike(got, right, rows=0):
    """Whether the stages are the same, but for so many rows in a batch."""
    return len(got) == len(right) and all(
        _same(one[0], other[0])
        and (_same(one[1], other[1]) or abs(one[1] - other[1]) <= rows)
        and _same(one[2], other[2])
        for one, other in zip(got, right)
    )


def _fault_of_growth(got, stages):
    if len(got) != len(stages):
        return "There must be as many stages as you were given."
    first, last = stages[0][2], stages[-1][2]
    before = [first, *(lr for *_, lr in stages)]
    grown = [(epochs, round(size * first / lr), first) for epochs, size, lr in stages]
    faults = {
        "cut off": grown,
        "rate falls too": [(epochs, size, lr) for (epochs, size, _), (*_, lr) in zip(grown, stages)],
        "the last rate": [(epochs, size, last) for epochs, size, _ in grown],
        "swapped": [(size, epochs, first) for epochs, size, _ in grown],
        "shrinking": [(epochs, size * lr / first, first) for epochs, size, lr in stages],
        "one step only": [(e, round(size * rate / lr), first) for (e, size, lr), rate in zip(stages, before)],
        "four times": [(epochs, 4 * size, first) for epochs, size, _ in stages],
        "by its place": [(e, 4**place * size, first) for place, (e, size, _) in enumerate(stages)],
        "unchanged": stages,
        "same batch": [(epochs, size, first) for epochs, size, _ in stages],
    }
    near = (name for name, values in faults.items() if _alike(got, values, rows=1))
    if any(size != int(size) for _, size, _ in got):
        return next((name for name in near if name != "cut off"), "not whole")
    return next(near, "These are not the stages yet.")


def _grow(stage, first="first = stages[0][2]"):
    return f"def grow_instead(stages):\n    {first}\n    return [{stage} for epochs, batch_size, lr in stages]"


GROW = Write(
    id="06.4",
    task="Write stages that grow the batch instead of lowering the rate.",
    starter='''
def grow_instead(stages):
    """Return stages of the same noise at the first stage's rate. stages: a list of (epochs, batch_size, lr)."""
    ...
''',
    hints=(
        "Where the rate falls to a quarter, the batch grows to four times its size, and the rate stays.",
        "The factor of a stage is `first / lr`, where `first` is the rate of the first stage, `stages[0][2]`.",
        "Go through them with `for epochs, batch_size, lr in stages`; a batch size must be whole: "
        "`round(batch_size * first / lr)`.",
    ),
    solution="""
def grow_instead(stages):
    first = stages[0][2]
    return [(epochs, round(batch_size * first / lr), first) for epochs, batch_size, lr in stages]
""",
    explanation="The noise of an epoch goes with rate divided by batch size. Both ways make that smaller by the same "
    "factor, but a larger batch needs fewer updates for an epoch.",
    examine=_examine_growth,
    mistakes={
        "rate falls too": Mistake(
            "The batch grows and the rate falls as well: that is twice the cure. Give every stage the first rate.",
            _grow("(epochs, round(batch_size * first / lr), lr)"),
        ),
        "cut off": Mistake(
            "A batch is one row off. `int` and `//` cut off what is behind the point, so that 29.99999 becomes 29. "
            "Take `round`.",
            _grow("(epochs, int(batch_size * (first / lr)), first)"),
        ),
        "the last rate": Mistake(
            "The batch sizes are right, but every stage has the last rate. The rate of the first stage is to stay.",
            _grow("(epochs, round(batch_size * first / lr), stages[-1][2])"),
        ),
        "swapped": Mistake(
            "The numbers are right, but a stage is (epochs, batch size, rate), in this order.",
            _grow("(round(batch_size * first / lr), epochs, first)"),
        ),
        "four times": Mistake(
            "Every batch is four times as large here, also where the rate did not fall to a quarter. How far did it?",
            _grow("(epochs, 4 * batch_size, first)"),
        ),
        "by its place": Mistake(
            "Not every stage has a quarter of the rate before. Compute how far it fell: `first / lr`.",
            "def grow_instead(stages):\n    first = stages[0][2]\n"
            "    return [(stage[0], 4**place * stage[1], first) for place, stage in enumerate(stages)]",
        ),
        "shrinking": Mistake(
            "Here the batch shrinks where the rate fell, so the noise grows. Turn the fraction round: `first / lr`.",
            _grow("(epochs, max(1, round(batch_size * lr / first)), first)"),
        ),
        "one step only": Mistake(
            "This compares each rate with the one before. The batch sizes you were given do not grow: compare with "
            "the first rate.",
            "def grow_instead(stages):\n    made, before = [], stages[0][2]\n"
            "    for epochs, batch_size, lr in stages:\n"
            "        made.append((epochs, round(batch_size * before / lr), stages[0][2]))\n        before = lr\n"
            "    return made",
        ),
        "unchanged": Mistake(
            "These are the stages you were given. The rate is to stay, and the batch to grow.",
            "def grow_instead(stages):\n    return list(stages)",
        ),
        "same batch": Mistake(
            "The rate stays, as it should, but the batch does not grow: the noise would stay too.",
            _grow("(epochs, batch_size, first)"),
        ),
        "not whole": Mistake(
            "The sizes are right, but a batch holds a whole number of rows: wrap it in `round(...)` and return a list.",
            _grow("(epochs, batch_size * first / lr, first)"),
        ),
    },
)

EXERCISES = [SCHEDULE, LIST, MOVE, GROW]

# Prediction and quiz ------------------------------------------------------------------------------------------------

OFFERED = (0.025, 0.05, 0.1, 0.2)


def _outcome(lab):
    """Which rate brings batch size 64 nearest to the loss of batch size 16 with 0.05, at equal epochs."""
    wanted = lab.losses.get((16, 0.05))
    row = [lab.losses.get((64, lr)) for lr in OFFERED]
    if lab.choice.optimizer != "SGD" or lab.choice.unit != "epochs" or None in (wanted, *row):
        return None
    if not all(map(math.isfinite, (wanted, *row))):
        return None
    nearest = min(range(len(row)), key=lambda place: abs(math.log(row[place] / wanted)))
    found = ", ".join(f"{loss:.3f} with rate {lr:g}" for loss, lr in zip(row, OFFERED))
    return nearest, f"Batch size 16 with rate 0.05 ended at {wanted:.3f}. Batch size 64 ended at {found}."


PREDICTION = Prediction(
    question="A network learns for 4 epochs with batch size 16 and learning rate 0.05. You want batches of 64, also "
    "for 4 epochs. Which learning rate ends nearest to the same loss?",
    options=(
        "0.025, half the rate: a larger batch wants more care",
        "0.05, the same: each row is seen as often",
        "0.1, twice the rate",
        "0.2, four times the rate",
    ),
    then="Press Start. Find the loss in row 16, column 0.05, then look for the nearest to it in row 64.",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 02: 3,934 rows, batch size 1,024, no row left out. How many updates do 4 epochs make?",
    options=(
        ("4", "An epoch is not an update: it makes one for every batch."),
        ("12", "That drops the short batch: three full ones are 3,072 rows. The other 862 make an update too."),
        ("16", "Yes: 3,934 / 1,024 is 3.8, rounded up 4 updates an epoch, four times."),
        ("4,096", "1,024 is the number of rows in a batch, not of batches in an epoch."),
    ),
    right=2,
)

QUIZ = [
    Question(
        text="With the same rate and the same number of epochs, batches of 256 end at a higher loss than batches of "
        "32. Why?",
        options=(
            ("They make an eighth of the updates, each as long as before.", "Yes. Fewer steps of the same length."),
            ("They see fewer rows in an epoch.", "An epoch sees every row once, whatever the batch size."),
            ("Large batches give worse gradients.", "They give better ones: the mean of more rows has less noise."),
        ),
        right=0,
    ),
    Question(
        text="You go from batches of 64 to batches of 1,024, but train for as many updates as before. What does the "
        "experiment of this lesson say about the learning rate?",
        options=(
            ("Make it 16 times as high.", "That belongs to equal epochs, where the updates become fewer."),
            ("Keep it.", "Yes. As many steps of the same length go equally far; they only cost more rows."),
            ("Make it 16 times as low.", "No rule says so: steps would be shorter, and no more of them."),
        ),
        right=1,
    ),
    Question(
        text="Batch size 16 with rate 0.025 learns well. Batch size 1,024 with rate 1.6, the same by the linear rule, "
        "does not. Why?",
        options=(
            ("A batch of 1,024 is noisier.", "It is less noisy. The length of the step is what matters here."),
            (
                "The steps are too long for the shape of the loss.",
                "Yes: they jump over the valley. The edge is nearly the same for every batch size.",
            ),
            (
                "The right rule is the square root, at every rate.",
                "At low rates the linear rule held and the root fell far behind. No rule holds everywhere.",
            ),
        ),
        right=1,
    ),
]
