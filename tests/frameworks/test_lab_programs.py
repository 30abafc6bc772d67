"""The programs of every lab, for three settings each: they run in each framework, and reach what the lab reaches."""

import functools
import html
import re
from typing import NamedTuple

import pytest
from running import every_framework, run, title

import mbtutor as mb


class Kind(NamedTuple):
    """A lab and three settings of it.

    given: lines that make the data (and the network) that the lab is given. settings: the options of three labs.
    call: how the lab is made. reached(lab): what its program must print, once the lab has run: {name: number}.
    band: how far a framework may be from it, as a share of it, where it draws other weights and another order.
    """

    given: str
    call: str
    settings: tuple
    reached: callable
    band: dict


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


SPLITS = [f"{split}: {what}" for split in ("by row", "by speaker") for what in ("loss", "accuracy")]
LOSS = {"loss": 0.25, "accuracy": 0.06}
ROWS = "all rows at once, from one place: no order and no draw that could differ"
KINDS = {
    "TrainingLab": Kind(
        DIGITS,
        "mb.TrainingLab(train, val, {})",
        ("epochs=2", "batch_size=64, lr=0.01, optimizer='Adam', updates=120", "batch_size=3934, lr=0.5, epochs=40"),
        evaluated,
        LOSS,
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
        LOSS,
    ),
    "ScalingLab": Kind(
        "digits = mb.datasets.load_digits()\n",
        "mb.ScalingLab(digits, {})",
        ("scaling='standard', epochs=2", "scaling='min-max', lr=0.3, epochs=2", "lr=0.003, val=0.3, epochs=3"),
        lambda lab: mb.evaluate(lab._training.net, lab.parts()[1]),
        LOSS,
    ),
    "OverfittingLab": Kind(
        DIGITS,
        "mb.OverfittingLab(train, val, {})",
        ("epochs=20", "rows=500, dropout=0.3, weight_decay=0.003, updates=300", "patience=3, epochs=40"),
        evaluated,
        LOSS,
    ),
    "AugmentationLab": Kind(
        IMAGES,
        "mb.AugmentationLab(train, val, rows=400, {})",
        ("epochs=4", "shift=2, noise=0.2, updates=50", "shift=1, batch_size=64, lr=0.01, epochs=5"),
        evaluated,
        LOSS,
    ),
    "NormLab": Kind(
        DIGITS + "train = train.subset(range(1201))\n",
        "mb.NormLab(train, val, {})",
        ("epochs=2", "batch_size=8, momentum=0.5, updates=150", "batch_size=64, norm=False, epochs=4"),
        in_both_modes,
        LOSS | {"own loss": 0.25, "own accuracy": 0.06},
    ),
    "SpeechLab": Kind(
        "vowels = mb.datasets.load_vowels()\n",
        "mb.SpeechLab(vowels, {})",
        (
            "hidden=32, epochs=15",
            "rows='a word: its frames joined', drawn=True, seed=2, updates=150",
            "rows='a word: mean of its frames', batch_size=16, epochs=40",
        ),
        by_both_splits,
        dict.fromkeys(SPLITS, 0.3),
    ),
    "OptimizerLab": Kind(
        COLUMN,
        "mb.OptimizerLab(data, updates=25, {})",
        ("condition=20, start=(1, 0.2)", "condition=20, lie='across the axes'", "condition=5, lr=0.1"),
        lambda lab: lab.left(),
        ROWS,
    ),
}
CASES = [(name, number) for name in KINDS for number in range(3)]


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
    lab.run()
    return KINDS[name].reached(lab)


@functools.cache
def printed_by_programs(framework):
    return dict(zip(CASES, run([lab_of(*case)[1][title(framework)] for case in CASES], framework), strict=True))


@pytest.mark.parametrize(("name", "number"), CASES)
@every_framework
def test_the_program_reaches_what_the_lab_reaches(name, number, framework):
    printed, reached, band = (
        printed_by_programs(framework)[name, number],
        reached_by_lab(name, number),
        KINDS[name].band,
    )
    assert isinstance(printed, dict), printed
    assert printed.keys() == reached.keys()
    for what, value in reached.items():
        if framework == "mbtutor":
            assert printed[what] == pytest.approx(value, rel=1e-6, abs=1e-9), what
        elif band == ROWS:
            assert printed[what] == pytest.approx(value, rel=1e-3, abs=1e-4), what
        else:
            assert printed[what] == pytest.approx(value, rel=band[what]), what


@every_framework
def test_print_table(framework):
    for (name, number), printed in printed_by_programs(framework).items():
        print("TABLE", framework, name, number, reached_by_lab(name, number), printed)
