"""A model card: one page that says what a network is for, what it learned from and how well it did, measured anew."""

import html
import platform
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from . import files
from .datasets.dataset import as_dataset
from .evaluation import baseline, evaluate, share_interval, typical_error

UNWRITTEN = "**Not written yet.**"


@dataclass(frozen=True)
class ModelCard:
    """The page as Markdown in `text`; a notebook shows it formatted, `save` writes it to a file."""

    text: str

    def save(self, path):
        """Write the page to `path`, whole or not at all."""
        with files.replacing(path, "w", encoding="utf-8") as file:
            file.write(self.text)

    def _repr_markdown_(self):
        return self.text

    def __str__(self):
        return self.text


def model_card(net, batches, val, test, *, title, use="", limits=""):
    """Return the ModelCard of a trained network, by the sections of Mitchell et al. 2019 that a small model needs.

    batches: the MiniBatches it learned from. val, test: Datasets it is measured on now; test may be None while it is
    sealed. title: a line. use: what it is for and for whom; limits: where it must not be used. These two are yours to
    write: the page says so while they are missing. Raises what `evaluate` raises for rows that do not fit.
    """
    train, parts = batches.data, {"train": batches.data, "validation": as_dataset(val)}
    if test is not None:
        parts["test"] = as_dataset(test)
    for name, text in (("title", title), ("use", use), ("limits", limits)):
        if not isinstance(text, str):
            raise TypeError(f"{name} must be text; got {type(text).__name__}")
    if not title.strip():
        raise ValueError(f"title must say what the model does; got {title!r}")
    sections = {
        "What it is for": _written(use),
        "Where it must not be used": _written(limits),
        "Data": _data(train, parts),
        "Training": _training(net, batches),
        "Results": _results(net, train, parts),
    }
    if test is not None and train.classes:
        sections["Results on the test rows, class by class"] = _classes(net, train, parts["test"])
    body = "\n".join(f"## {heading}\n\n{text}\n" for heading, text in sections.items())
    return ModelCard(f"# Model card: {_plain(title)}\n\n{body}")


def _written(text):
    return text.strip() or UNWRITTEN


def _data(train, parts):
    rows = ", ".join(f"{len(part):,} {name}" for name, part in parts.items())
    width = int(np.prod(train.X.shape[1:]))
    lines = [
        f"- Rows: {rows}; {width:,} {'number' if width == 1 else 'numbers'} a row after preparation.",
        f"- To be predicted: {_answers(train)}.",
        f"- Source: {_plain(train.source) or UNWRITTEN}",
        f"- Licence: {_plain(train.licence) or UNWRITTEN}",
    ]
    steps = ["", "Prepared by:", "", *(f"    {line}" for line in train.recipe)]
    return "\n".join([*lines, *(steps if train.recipe else [])])


def _answers(train):
    if not train.classes:
        y = train.y if train.target_scaler is None else train.target_scaler.undo(train.y)
        return f"a number, in train {y.mean():.4g} on average, from {y.min():.4g} to {y.max():.4g}"
    shares = np.bincount(train.y, minlength=train.classes) / len(train)
    named = (f"{_class_name(train, k)} ({share:.0%} of train)" for k, share in enumerate(shares))
    return f"one of {train.classes} classes: {', '.join(named)}"


def _training(net, batches):
    layers = "\n".join(f"    {layer!r}" for layer in net.layers)
    return f"""- {net.weights.size:,} weights in these layers:

{layers}

- Loss: {_loss_name(net.loss)}. Optimizer: {net.optimizer!r}.
- {net.updates:,} updates with batches of {batches.batch_size:,} rows: {net.updates / len(batches):.1f} epochs.
- Made with mbtutor {version("mbtutor")}, numpy {np.__version__}, Python {platform.python_version()}."""


def _loss_name(loss):
    return getattr(loss, "name", type(loss).__name__).replace("_", " ")


def _results(net, train, parts):
    if not train.classes:
        return _errors(net, train, parts)
    lines = ["| rows | loss | accuracy | 95% interval | always the commonest class |", "|---|---:|---:|---:|---:|"]
    for name, part in parts.items():
        found = evaluate(net, part)
        low, high = share_interval(round(found["accuracy"] * len(part)), len(part))
        guess = baseline(train, part)
        lines.append(
            f"| {name} | {found['loss']:.3f} | {found['accuracy']:.1%} | {low:.1%} to {high:.1%} | {guess:.1%} |"
        )
    return "\n".join(lines)


def _errors(net, train, parts):
    """For numbers: how far off, beside the answer that knows nothing, the mean of train."""
    lines = ["| rows | typical error | with the mean of train for every row |", "|---|---:|---:|"]
    for name, part in parts.items():
        lines.append(f"| {name} | {typical_error(net, part):.4g} | {baseline(train, part):.4g} |")
    return "\n".join([*lines, "", "The typical error is the root of the mean squared error."])


def _classes(net, train, test):
    decided = net.predict(test.X)
    lines = ["| class | rows | of these right |", "|---|---:|---:|"]
    for k in range(train.classes):
        rows = test.y == k
        right = f"{np.mean(decided[rows] == k):.0%}" if rows.any() else "no row to tell"
        lines.append(f"| {_class_name(train, k)} | {rows.sum():,} | {right} |")
    return "\n".join(lines)


def _class_name(data, k):
    return _plain(str(data.class_names[k])) if data.class_names else str(k)


def _plain(text):
    """Text of a file, such as a class name, so that it can't break a table or become a part of the page."""
    return html.escape(" ".join(text.split()), quote=False).replace("|", "\\|").replace("`", "'")
