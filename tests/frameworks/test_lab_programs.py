"""The programs of every lab, for three settings each: they run in each framework, and reach what the lab reaches.

Those of the EnsembleLab are tried in test_ensemble_programs.py.
"""

import functools
import html
import re
from typing import NamedTuple

import numpy as np
import pytest
from running import BACK_ENDS, run, title

import mbtutor as mb
from mbtutor.widgets import padding_lab


class Kind(NamedTuple):
    """A lab and three settings of it.

    given: lines that make the data (and the network) that the lab is given. settings: the options of three labs.
    call: how the lab is made. reached(lab): what its program must print, once the lab has run: {name: number}.
    near(way, value): (from, to), where the number may lie that a framework prints in place of `value`. It draws other
    weights and another order; where all rows are in a batch and nothing is drawn, it must be the same number.
    """

    given: str
    call: str
    settings: tuple
    reached: callable
    near: callable


DIGITS = """digits = mb.datasets.load_digits()
train, val, test = mb.split(digits, val=0.15, test=0.15, seed=0)
train, val, test = mb.min_max(train, val, test)
"""
IMAGES = """images = mb.datasets.load_images()
train, val, test = mb.split(images, val=0.06, test=0.2, seed=0)
"""
COLUMN = """import numpy as np
x = np.linspace(0, 1, 40) ** 2
data = mb.Dataset(x[:, None], (x > 0.3) * 1.0)
"""
CLUSTERS = """rows = mb.datasets.make_clusters(450, 4, 3, spread=1, seed=0)
train, val = rows.subset(range(300)), rows.subset(range(300, 450))
net = mb.Network([mb.Dense(4, 3)], seed=0)
net.compile("cross_entropy", mb.SGD(lr=0.1))
"""


def evaluated(lab):
    return mb.evaluate(lab._training.net, lab.val)


def in_both_modes(lab):
    own = mb.experiments.by_own_batches(lab._training.net, lab.val, lab.form.settings.batch_size)
    own = dict(zip(("own loss", "own accuracy"), map(float, own))) if lab.form.settings.norm else {}
    return evaluated(lab) | own


def by_both_splits(lab):
    reached = {}
    for split in ("row", "speaker"):
        part = getattr(lab._training, f"by_{split}")
        reached |= {f"by {split}: {what}": value for what, value in mb.evaluate(part.net, part.validation).items()}
    return reached


def ended(lane):
    """Where a lane of the race has come: the last record, and the last validation loss."""
    history = lane.history
    found = {clock: history[name][-1] for clock, name in (("updates", "number"), ("examples", "examples"))}
    return found | {"loss": history.measured("val_loss")[1][-1]}


def ends_and_noise(lab):
    losses = [float(lab.landscape.loss(walker.points[-1])) for walker in lab.walkers]
    sizes = [lab._choices[walker.label] for walker in lab.walkers]
    ends = {size: [*map(float, walker.points[-1]), loss] for size, walker, loss in zip(sizes, lab.walkers, losses)}
    return {"ends": ends, "noise": {size: [measured, expected] for size, measured, expected in lab.noise}}


def walk_or_fit(lab):
    """Ten steps of each loss, or the heights of each fit at both ends, before the outlier is thrown up."""
    if lab.task.value == "yes or no":
        ends = {name: way[-1] for name, way in lab.walk.places.items()}
        losses = lab.walk.losses
        return {
            name: {"score": score, "loss": float(losses[name].loss(score)), "slope": float(losses[name].slope(score))}
            for name, score in ends.items()
        }
    return {
        name: {"at the first x": start, "at the last x": start + 10 * rise}
        for name, (start, rise) in lab.fitted.fits.items()
    }


def within(share, least=0.0):
    """As far from the value as that share of it, or as `least`."""

    def near(way, value):
        reach = max(share * abs(value), least)
        return value - reach, value + reach

    return near


SAME = within(1e-3, 1e-4)  # Keras computes in float32
# What mbtutor itself prints is the very number, but where memory is measured, or a descent comes close to a fit.
BY_OURSELVES = {"MemoryLab": within(0.01), "LossLab": within(2e-3, 1e-3)}


def of_a_run(way, value):
    """Losses by a share, accuracies by so many points."""
    return within(0.0, 0.08)(way, value) if way[-1].endswith("accuracy") else within(0.4)(way, value)


def of_few_rows(way, value):
    """Of 52 rows nearly all are right: what is left of the loss is up to the first weights."""
    return of_a_run(way, value) if way[-1].endswith("accuracy") else within(0.4, 0.05)(way, value)


def of_a_race(way, value):
    """Who races to a target needs more updates or fewer, as the first weights are; its loss is that of the target."""
    return within(0.12)(way, value) if way[-1] == "loss" else (value / 5, 5 * value)


def of_the_microscope(way, value):
    """All rows in a batch walk one way, others scatter; the noise is a mean over 400 draws."""
    what, size, place = way
    if size == 40 or what == "noise" and place == 1:
        return SAME(way, value)
    return within(0.35)(way, value) if what == "noise" else within(0.0, 0.8 / size**0.5)(way, value)


TEXTS = """places = mb.datasets.load_places()
texts = places.subset(range(0, 30000, 60))
"""
READER = """places = mb.datasets.load_places(pairs=True)
data = places.subset(range(0, 30000, 100))
first = [mb.Embedding(29**2, 16), mb.PositionalEncoding(16)]
attention, dense = [mb.LayerNorm(16), mb.SelfAttention(16, 4)], [mb.LayerNorm(16), mb.Dense(16, 16), mb.ReLU()]
last = [mb.LayerNorm(16), mb.MeanOverTime(), mb.Dropout(0.3), mb.Dense(16, 10)]
net = mb.Network([*first, mb.Residual(attention), mb.Residual(dense), *last], seed=0, dtype="float32")
net.compile("cross_entropy", mb.Adam(0.01))
mb.fit(net, mb.MiniBatches(data, 30), epochs=2)
"""


def of_an_epoch(way, value):
    """The batches are the same ones."""
    return within(0.06)(way, value) if way[-1] == "loss" else SAME(way, value)


def one_epoch(lab):
    """What the lab says of its epoch, and the mean loss of the updates that it makes."""
    (timed,) = lab.timed
    net, losses = padding_lab._make_network(lab.data), []
    for rows in lab._rows:
        X = lab.data.X[rows]
        losses.append(net.update(X.values if timed.settings.every else X, lab.data.y[rows])[0])
    padding = 1 - timed.real / timed.positions
    return {"updates": timed.updates, "positions": timed.positions, "padding": padding, "loss": np.mean(losses)}


def answer_and_attention(lab):
    most = lab.maps.max(axis=2)
    return {"answer": dict(zip(lab.data.class_names, lab.answer)), "most attention of each token": most.tolist()}


KINDS = {
    "TrainingLab": Kind(
        DIGITS,
        "mb.TrainingLab(train, val, {})",
        ("epochs=2", "batch_size=64, lr=0.01, optimizer='Adam', updates=120", "batch_size=3934, lr=0.5, epochs=25"),
        evaluated,
        of_a_run,
    ),
    "EvaluationLab": Kind(
        DIGITS,
        "mb.EvaluationLab(train, val, test, {})",
        (
            "epochs=2",
            "hidden=64, optimizer='SGD with momentum', updates=150",
            "batch_size=256, lr=0.5, seed=3, epochs=5",
        ),
        evaluated,
        of_a_run,
    ),
    "ScalingLab": Kind(
        "digits = mb.datasets.load_digits()\n",
        "mb.ScalingLab(digits, {})",
        ("scaling='standard', epochs=2", "scaling='min-max', lr=0.3, epochs=2", "lr=0.01, val=0.3, epochs=3"),
        lambda lab: mb.evaluate(lab._training.net, lab.parts()[1]),
        of_a_run,
    ),
    "OverfittingLab": Kind(
        DIGITS,
        "mb.OverfittingLab(train, val, {})",
        ("epochs=20", "rows=500, dropout=0.3, weight_decay=0.003, updates=300", "patience=3, epochs=20"),
        evaluated,
        of_a_run,
    ),
    "AugmentationLab": Kind(
        IMAGES,
        "mb.AugmentationLab(train, val, rows=400, {})",
        ("epochs=4", "shift=2, noise=0.2, updates=50", "shift=1, batch_size=64, lr=0.01, epochs=5"),
        evaluated,
        of_a_run,
    ),
    "NormLab": Kind(
        DIGITS + "train = train.subset(range(1201))\n",
        "mb.NormLab(train, val, {})",
        ("epochs=2", "batch_size=8, momentum=0.5, updates=100", "batch_size=64, norm=False, epochs=4"),
        in_both_modes,
        of_a_run,
    ),
    "SpeechLab": Kind(
        "vowels = mb.datasets.load_vowels()\n",
        "mb.SpeechLab(vowels, {})",
        (
            "hidden=32, epochs=10",
            "rows='a word: its frames joined', drawn=True, seed=2, updates=100",
            "rows='a word: mean of its frames', batch_size=16, epochs=25",
        ),
        by_both_splits,
        of_a_run,
    ),
    "TableLab": Kind(
        "",
        "mb.TableLab('penguins', {})",
        (
            "epochs=10",
            "left_out=['island', 'sex'], optimizer='Adam', lr=0.01, batch_size=8, updates=200",
            "hidden=64, lr=0.05, seed=3, epochs=20",
        ),
        lambda lab: mb.evaluate(lab._training.net, lab.choice.parts.val),
        of_few_rows,
    ),
    "AveragingLab": Kind(
        DIGITS,
        "mb.AveragingLab(train, val, {})",
        (
            "",
            "rows='a slow worker takes fewer', local_batch=1, averaging='mean of means', own_weights=True",
            "workers=3, rows='the same for all', local_batch=64, lr=0.3, averaging='not at all', own_weights=True",
        ),
        lambda lab: {"loss": lab.steps[-1].losses, "apart": lab.steps[-1].apart},
        SAME,
    ),
    "BatchSizeRace": Kind(
        CLUSTERS,
        "mb.BatchSizeRace(net, train, val, (16, 300), {})",
        ("lr=0.1, target=0.7", "lrs=(0.3, 3), budget='updates', amount=60", "lr=1.0, budget='examples', amount=6000"),
        lambda lab: {lane.name: ended(lane) for lane in lab.lanes.values()},
        of_a_race,
    ),
    "LearningRateMap": Kind(
        DIGITS,
        "mb.LearningRateMap(train, val, {})",
        (
            "batch_sizes=[64, 3934], lrs=[0.1, 0.4], updates=20, seeds=3",
            "batch_sizes=[128, 512], lrs=[0.01], optimizer='Adam', epochs=3, hidden=16",
            "batch_sizes=[32], lrs=[0.05, 0.2], optimizer='SGD with momentum', examples=3000",
        ),
        lambda lab: lab.losses,
        within(0.45),
    ),
    "GradientMicroscope": Kind(
        COLUMN,
        "mb.GradientMicroscope(data, {})",
        ("updates=25", "start=(0.5, 0.5), lr=0.4, updates=40", "lr=0.1, updates=60, seed=3"),
        ends_and_noise,
        of_the_microscope,
    ),
    "BatchExplorer": Kind(
        "digits = mb.datasets.load_digits()\n",
        "mb.BatchExplorer(digits, {})",
        (
            "shuffle=False",
            "rows=25, batch_size=8, shuffle=False, drop_last=True",
            "rows=7, batch_size=7, shuffle=False",
        ),
        lambda lab: {epoch: [rows.tolist() for rows in lab.batches.rows_of(epoch)[0]] for epoch in range(2)},
        SAME,
    ),
    "SlopeLab": Kind(
        "",
        "mb.SlopeLab({})",
        ("", "'two valleys', w=-2.0, lr=0.2", "w=3.0, lr=1.5"),
        lambda lab: dict(enumerate(lab.walk.places)),
        SAME,
    ),
    "LossLab": Kind(
        "",
        "mb.LossLab({})",
        ("", "'a number, by a constant', outlier=30", "'a number, by a line', outlier=30, delta=0.5"),
        walk_or_fit,
        within(2e-3, 1e-3),
    ),
    "MemoryLab": Kind(
        DIGITS + "train = train.subset(range(700))\n",
        "mb.MemoryLab(train, {})",
        ("", "hidden=64, hidden_layers=2, optimizer='Adam', dtype='float32'", "micro_batch_size=64, mapped=True"),
        lambda lab: lab.curve.peaks,
        lambda way, value: (0.45 * value, 1.1 * value),  # not all that mbtutor holds is held, or counted
    ),
    "PaddingLab": Kind(
        TEXTS,
        "mb.PaddingLab(texts, {})",
        (
            "batch_size=8, every_position=False",
            "way='alike in length', batch_size=8",
            "way='by token budget', token_budget=64, every_position=False",
        ),
        one_epoch,
        of_an_epoch,
    ),
    "AttentionLab": Kind(
        READER,
        "mb.AttentionLab(net, data, {})",
        (
            "name='barcelona'",
            "name='san giovanni', padding=3, causal=True",
            "name='oslo', padding=2, padding_mask=False, positions=False",
        ),
        answer_and_attention,
        SAME,
    ),
    "OptimizerLab": Kind(
        COLUMN,
        "mb.OptimizerLab(data, updates=25, {})",
        ("condition=20, start=(1, 0.2)", "condition=20, lie='across the axes'", "condition=5, lr=0.1"),
        lambda lab: lab.left(),
        SAME,
    ),
}
CASES = [(name, number) for name in KINDS for number in range(3)]
# Keras runs them all on PyTorch; on TensorFlow it runs one of each lab.
RUNS = [(f, *case) for f in BACK_ENDS for case in CASES if f != "Keras on TensorFlow" or case[1] == 1]


@functools.cache
def lab_of(name, number):
    """That lab, and {title: the program that it shows}, with what it was given above it."""
    kind, names = KINDS[name], {}
    exec(f"import mbtutor as mb\n{kind.given}lab = {kind.call.format(kind.settings[number])}", names)
    lab = names["lab"]
    texts = {tab: words(widget) for tab, widget in zip(lab.code.titles, lab.code.children, strict=True)}
    given = f"import mbtutor as mb\n{kind.given}"
    return lab, {tab: given + text if "that you gave" in text else text for tab, text in texts.items()}


def words(widget):
    return html.unescape(re.sub("<[^>]*>", "", widget.value))


@functools.cache
def reached_by_lab(name, number):
    lab, _ = lab_of(name, number)
    if name != "AttentionLab":  # its button goes on to another name
        lab.run()
    return KINDS[name].reached(lab)


@functools.cache
def printed_by_programs(framework):
    """{(name, number): what that program prints last}."""
    cases = [tuple(case) for ran_in, *case in RUNS if ran_in == framework]
    texts = [lab_of(*case)[1][title(framework)] for case in cases]
    return dict(zip(cases, run(texts, framework), strict=True))


def flat(found, *way):
    """{way to it: number} of dicts and lists in dicts."""
    if not isinstance(found, (dict, list, tuple)):
        return {way: found}
    parts = found.items() if isinstance(found, dict) else enumerate(found)
    return {place: number for key, part in parts for place, number in flat(part, *way, key).items()}


@pytest.mark.parametrize(("framework", "name", "number"), RUNS)
def test_the_program_reaches_what_the_lab_reaches(framework, name, number):
    printed, reached = printed_by_programs(framework)[name, number], reached_by_lab(name, number)
    assert isinstance(printed, (dict, list)), printed
    printed, near = flat(printed), KINDS[name].near
    if framework == "mbtutor":
        near = BY_OURSELVES.get(name, within(1e-6, 1e-9))
    for way, value in flat(reached).items():
        low, high = near(way, value)
        assert low <= printed.pop(way) <= high, (way, value)
    assert {way[-1] for way in printed} <= {"seconds"}
