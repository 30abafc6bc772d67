""" "Show the code" of every lab, without a framework: four programs that can be read, and that follow each control."""

import ast
import html
import re

import numpy as np
import pytest
from pieces import make_data, make_net

import mbtutor as mb
from mbtutor import widgets
from mbtutor.widgets.lab import Lab
from mbtutor.widgets.programs import MAKERS

DATA, VAL = make_data(80), make_data(40, seed=1)
COLUMN = mb.Dataset(np.linspace(0, 1, 30)[:, None], np.arange(30) % 2.0)
PLACES = mb.datasets.load_places(pairs=True).subset(range(0, 30_000, 1000))
LETTERS = mb.datasets.load_places().subset(range(0, 30_000, 1000))
VOWELS = mb.datasets.load_vowels()


def pictures(n, seed=0):
    rng = np.random.default_rng(seed)
    return mb.Dataset(rng.random((n, 1, 16, 16)), np.arange(n) % 3, image_shape=(16, 16))


def reader():
    first = [mb.Embedding(29**2, 8), mb.PositionalEncoding(8), mb.Residual([mb.LayerNorm(8), mb.SelfAttention(8, 2)])]
    return mb.Network([*first, mb.MeanOverTime(), mb.Dense(8, 10)], seed=0)


def set_to(widget, value):
    """A change of a control, as a learner makes it; a slider's is that of its field."""
    getattr(widget, "field", widget).value = value


# {lab: (how it is made, {control: another value})}. How a run is shown, such as its pace, is no part of a program.
LABS = {
    "AttentionLab": (
        lambda: mb.AttentionLab(reader(), PLACES),
        {
            "name": (lambda lab: lab.name, "oslo"),
            "padding": (lambda lab: lab.padding, 3),
            "padding mask": (lambda lab: lab.boxes["padding_mask"], False),
            "causal mask": (lambda lab: lab.boxes["causal"], True),
            "positions": (lambda lab: lab.boxes["positions"], False),
        },
    ),
    "AugmentationLab": (
        lambda: mb.AugmentationLab(pictures(60), pictures(30), rows=40),
        {
            "rows": (lambda lab: lab.form.rows, 60),
            "batch size": (lambda lab: lab.form.batch_size, 8),
            "learning rate": (lambda lab: lab.form.lr, 1.0),
            "shift": (lambda lab: lab.form.shift, 2),
            "noise": (lambda lab: lab.form.noise, 0.2),
            "budget": (lambda lab: lab.form.budget, "updates"),
            "amount": (lambda lab: lab.form.amount, 7),
            "seed": (lambda lab: lab.form.seed, 5),
        },
    ),
    "AveragingLab": (
        lambda: mb.AveragingLab(DATA, VAL),
        {
            "workers": (lambda lab: lab.form.workers, 3),
            "local batch size": (lambda lab: lab.form.local, 8),
            "learning rate": (lambda lab: lab.form.rate, 1.0),
            "rows": (lambda lab: lab.form.rows, "a slow worker takes fewer"),
            "averaging": (lambda lab: lab.form.averaging, "mean of means"),
            "first weights": (lambda lab: lab.form.first, True),
            "rows that all take": (lambda lab: lab.form.rows, "the same for all"),
            "no averaging": (lambda lab: lab.form.averaging, "not at all"),
        },
    ),
    "BatchExplorer": (
        lambda: mb.BatchExplorer(DATA),
        {
            "rows": (lambda lab: lab.rows, 20),
            "batch size": (lambda lab: lab.batch_size, 5),
            "shuffle": (lambda lab: lab.shuffle, False),
            "drop_last": (lambda lab: lab.drop_last, True),
        },
    ),
    "BatchSizeRace": (
        lambda: mb.BatchSizeRace(make_net(), DATA, VAL, (4, 24)),
        {
            "batch size": (lambda lab: lab.form.lanes[0].size, 7),
            "another lane": (lambda lab: lab.form.lanes[2].runs, True),
            "learning rate": (lambda lab: lab.form.rate, 1.0),
            "target": (lambda lab: lab.form.target, 0.9),
            "budget": (lambda lab: lab.form.budget, "examples"),
            "seed": (lambda lab: lab.form.seed, 5),
        },
    ),
    "EnsembleLab": (
        lambda: mb.EnsembleLab(DATA, VAL, rows=60),
        {
            "members": (lambda lab: lab.form.members, 3),
            "differ in": (lambda lab: lab.form.differ, "batches alone"),
            "rows": (lambda lab: lab.form.rows, 80),
            "batch size": (lambda lab: lab.form.batch_size, 5),
            "learning rate": (lambda lab: lab.form.lr, 1.0),
            "hidden units": (lambda lab: lab.form.hidden, 8),
            "budget": (lambda lab: lab.form.budget, "updates"),
            "amount": (lambda lab: lab.form.amount, 7),
            "seed": (lambda lab: lab.form.seed, 5),
        },
    ),
    "EvaluationLab": (
        lambda: mb.EvaluationLab(DATA, VAL, VAL),
        {
            "batch size": (lambda lab: lab.form.batch_size, 8),
            "learning rate": (lambda lab: lab.form.lr, 1.0),
            "hidden units": (lambda lab: lab.form.hidden, 8),
            "optimizer": (lambda lab: lab.form.optimizer, "Adam"),
            "budget": (lambda lab: lab.form.budget, "updates"),
            "seed": (lambda lab: lab.form.seed_field, 5),
        },
    ),
    "GradientMicroscope": (
        lambda: mb.GradientMicroscope(COLUMN),
        {
            "w": (lambda lab: lab.first, 0.5),
            "b": (lambda lab: lab.second, 0.25),
            "learning rate": (lambda lab: lab.rate, 1.0),
            "paths": (lambda lab: lab.shown[0], False),
            "updates": (lambda lab: lab.updates, 7),
            "seed": (lambda lab: lab.seed, 5),
        },
    ),
    "LearningRateMap": (
        lambda: mb.LearningRateMap(DATA, VAL, batch_sizes=[8, 16]),
        {
            "optimizer": (lambda lab: lab.form.optimizer, "Adam"),
            "unit": (lambda lab: lab.form.unit, "examples"),
            "amount": (lambda lab: lab.form.amount, 700),
            "seeds": (lambda lab: lab.form.seeds, 3),
        },
    ),
    "LossLab": (
        mb.LossLab,
        {
            "score": (lambda lab: lab.score, 2.5),
            "answer": (lambda lab: lab.answer, "no"),
            "learning rate": (lambda lab: lab.rate, 2.0),
            "task": (lambda lab: lab.task, "a number, by a line"),
            "outlier": (lambda lab: lab.outlier, 20.0),
            "delta": (lambda lab: lab.delta, 2.0),
        },
    ),
    "MemoryLab": (
        lambda: mb.MemoryLab(DATA),
        {
            "hidden units": (lambda lab: lab.form.hidden, 8),
            "layers": (lambda lab: lab.form.layers, 2),
            "optimizer": (lambda lab: lab.form.optimizer, "Adam"),
            "numbers": (lambda lab: lab.form.dtype, "float32"),
            "place": (lambda lab: lab.form.place, True),
            "pieces": (lambda lab: lab.form.accumulate, True),
            "their size": (lambda lab: lab.form.pieces, 16),
        },
    ),
    "NormLab": (
        lambda: mb.NormLab(DATA, VAL),
        {
            "batch size, and one row left over": (lambda lab: lab.form.batch_size, 79),
            "momentum": (lambda lab: lab.form.momentum, 0.5),
            "learning rate": (lambda lab: lab.form.lr, 1.0),
            "budget": (lambda lab: lab.form.budget, "updates"),
            "seed": (lambda lab: lab.form.seed, 5),
            "norm": (lambda lab: lab.form.norm, False),
        },
    ),
    "OptimizerLab": (
        lambda: mb.OptimizerLab(COLUMN),
        {
            "condition": (lambda lab: lab.condition, 20),
            "lie": (lambda lab: lab.lie, "across the axes"),
            "batch size": (lambda lab: lab.size, 8),
            "learning rate": (lambda lab: lab.rate, 1.0),
        },
    ),
    "OverfittingLab": (
        lambda: mb.OverfittingLab(DATA, VAL, rows=60),
        {
            "rows": (lambda lab: lab.form.rows, 50),
            "wrong": (lambda lab: lab.form.wrong, 0.1),
            "weight decay": (lambda lab: lab.form.weight_decay, 0.01),
            "dropout": (lambda lab: lab.form.dropout, 0.5),
            "patience": (lambda lab: lab.form.patience, 3),
            "seed": (lambda lab: lab.form.seed_field, 5),
        },
    ),
    "PaddingLab": (
        lambda: mb.PaddingLab(LETTERS),
        {
            "batch size": (lambda lab: lab.form.batch_size, 8),
            "computed": (lambda lab: lab.form.computed, False),
            "way": (lambda lab: lab.form.way, "by token budget"),
            "budget": (lambda lab: lab.form.token_budget, 100),
        },
    ),
    "ScalingLab": (
        lambda: mb.ScalingLab(make_data(90)),
        {
            "scaling": (lambda lab: lab.form.scaling, "standard"),
            "leak": (lambda lab: lab.form.leak, True),
            "val": (lambda lab: lab.form.val, 0.2),
            "learning rate": (lambda lab: lab.form.lr, 1.0),
            "epochs": (lambda lab: lab.form.epochs, 7),
        },
    ),
    "SlopeLab": (
        mb.SlopeLab,
        {
            "w": (lambda lab: lab.weight, 1.5),
            "learning rate": (lambda lab: lab.rate, 1.0),
            "curve": (lambda lab: lab.curve, "two valleys"),
        },
    ),
    "SpeechLab": (
        lambda: mb.SpeechLab(VOWELS),
        {
            "rows": (lambda lab: lab.form.rows, "a word: its frames joined"),
            "drawn": (lambda lab: lab.form.drawn, True),
            "batch size": (lambda lab: lab.form.batch_size, 8),
            "hidden units": (lambda lab: lab.form.hidden, 8),
            "budget": (lambda lab: lab.form.budget, "updates"),
            "seed": (lambda lab: lab.form.seed_field, 5),
        },
    ),
    "TableLab": (
        lambda: mb.TableLab("cars"),
        {
            "column": (lambda lab: lab.choice.columns.boxes["weight"], False),
            "categories": (lambda lab: lab.choice.reading.text, "origin"),
            "target": (lambda lab: lab.choice.target, "acceleration"),
            "task": (lambda lab: lab.choice.task, "regression"),
            "batch size": (lambda lab: lab.form.batch_size, 8),
            "learning rate": (lambda lab: lab.form.lr, 1.0),
            "hidden units": (lambda lab: lab.form.hidden, 5),
            "optimizer": (lambda lab: lab.form.optimizer, "Adam"),
            "budget": (lambda lab: lab.form.budget, "updates"),
            "amount": (lambda lab: lab.form.amount, 7),
            "seed": (lambda lab: lab.form.seed_field, 5),
        },
    ),
    "TrainingLab": (
        lambda: mb.TrainingLab(DATA, VAL, architecture=True),
        {
            "batch size": (lambda lab: lab.form.batch_size, 8),
            "learning rate": (lambda lab: lab.form.lr, 1.0),
            "layers": (lambda lab: lab.form.architecture["hidden_layers"], 2),
            "activation": (lambda lab: lab.form.architecture["activation"], "Tanh"),
            "first weights": (lambda lab: lab.form.architecture["init"], "all zero"),
            "loss": (lambda lab: lab.form.architecture["loss"], "mean squared error"),
            "optimizer": (lambda lab: lab.form.optimizer, "Nesterov momentum"),
            "amount": (lambda lab: lab.form.amount, 7),
        },
    ),
}


@pytest.fixture(params=LABS)
def lab(request):
    lab = LABS[request.param][0]()
    yield lab
    lab.close()


def shown(lab):
    """{title of the tab: the program in it}."""
    texts = [html.unescape(re.sub("<[^>]*>", "", tab.value)) for tab in lab.code.children]
    return dict(zip(lab.code.titles, texts, strict=True))


def sections(widget):
    """{title: widget} of every section below a widget that is folded away."""
    children = getattr(widget, "children", ())
    found = {}
    if len(children) == 2 and getattr(children[0], "tooltip", "") == "Open or close this section":
        found[children[0].description] = children[1]
    for child in children:
        found |= sections(child)
    return found


def test_every_lab_is_tried_here():
    offered = (getattr(widgets, name) for name in widgets.__all__)
    labs = {one.__name__ for one in offered if isinstance(one, type) and issubclass(one, Lab)}
    assert labs == set(LABS)


def test_the_section_has_a_program_for_each_framework(lab):
    assert sections(lab.view)["Show the code"] is lab.code
    imports = {"mbtutor": "mbtutor as mb", "PyTorch": "torch", "Keras": "keras", "TensorFlow": "tensorflow as tf"}
    assert lab.code.titles == tuple(imports) == tuple(MAKERS)
    for framework, text in shown(lab).items():
        assert re.search(rf"^import {imports[framework]}$", text, re.M) or type(lab) is mb.SlopeLab
        assert "GradientTape" in text or framework != "TensorFlow" or type(lab) in (mb.BatchExplorer, mb.AttentionLab)


def test_the_programs_can_be_read_and_follow_every_control(lab):
    for control, (widget, value) in LABS[type(lab).__name__][1].items():
        before = shown(lab)
        set_to(widget(lab), value)
        now = shown(lab)
        assert [name for name in now if now[name] == before[name]] == [], control
        for text in now.values():
            ast.parse(text)
            assert max(map(len, text.splitlines())) <= 120, text
            assert not re.search(r"\n{4}|[ \t]\n", text), text


@pytest.mark.parametrize(
    ("layer", "optimizer", "missing"),
    [
        (mb.BatchNorm(4), mb.SGD(0.1), "it has BatchNorm(4)"),
        (mb.ReLU(), mb.SGD(0.1, momentum=0.9, weight_decay=0.1), "it has weight decay with momentum"),
    ],
)
def test_what_a_program_does_not_say_is_told(layer, optimizer, missing):
    net = make_net([mb.Dense(4, 4), layer, mb.Dense(4, 3)], optimizer=optimizer)
    lab = mb.BatchSizeRace(net, DATA, VAL, (4, 24))
    texts = shown(lab)
    assert texts.pop("mbtutor").count("mb.Network(") == 1
    for name, text in texts.items():
        assert text.startswith(f"# This race is not written for {name} here: ") and missing in text
    lab.close()
