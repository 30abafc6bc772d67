"""What is left of a model when the lab is closed: its weights, the program that makes it, its run, and its card."""

import copy
from pathlib import Path

from .. import export, figures, files, frameworks
from ..batches import MiniBatches
from ..cards import model_card
from ..checkpoints import save_checkpoint
from .programs import programs

AFTERWARDS = """
# The same weights, as they were saved:
# net.load_state(mb.load_checkpoint("weights.npz"))
# New rows, which may lack the target, are prepared as train was:
# new = mb.read_csv("new.csv", like=train)
# answers = net.predict(train.prepare(new))
"""
CLASSES = "# print([train.class_names[k] for k in answers])\n"
A_NUMBER = "# print(train.target_scaler.undo(answers[:, 0]))\n"


def program(settings, train):
    """The text of the program that makes the run again, and says how to go on from there."""
    return programs(settings, train)["mbtutor"] + AFTERWARDS + (A_NUMBER if settings.for_a_number else CLASSES)


def save_model(folder, tried, *, title, use, limits, test, table, figure):
    """Write one run into `folder`, each file whole or not at all; return their paths.

    Where onnx is installed there is model.onnx too: its rows are encoded ones, not yet standardised.
    tried: a TableTry. title, use, limits: for its model card. test: the test rows, None while they are sealed.
    table: (name, bytes) of the file that it learned from, None for one that ships. figure: the picture of the runs.
    """
    folder, parts = Path(folder), tried.parts
    card = model_card(
        tried.net,
        MiniBatches(parts.train, tried.settings.batch_size, seed=tried.settings.seed),
        parts.val,
        test,
        title=title,
        use=use,
        limits=limits,
    )
    texts = {"program.py": program(tried.settings, parts.train), "model_card.md": card.text}
    folder.mkdir(parents=True, exist_ok=True)
    save_checkpoint(folder / "weights.npz", tried.net.state())
    tried.history.to_csv(folder / "run.csv")
    contents = {name: text.encode("utf-8") for name, text in texts.items()} | {"curves.png": figures.png(figure)}
    contents |= dict([table]) if table else {}
    for name, content in contents.items():
        with files.replacing(folder / name) as file:
            file.write(content)
    names = ["weights.npz", "run.csv", *contents]
    if frameworks.installed("onnx"):
        export.to_onnx(in_own_unit(tried.net, parts.train), folder / "model.onnx", data=parts.train)
        names.append("model.onnx")
    return [folder / name for name in names]


def in_own_unit(net, train):
    """Return a network that answers in the unit of the target, as it was before mb.standardize_target."""
    net, scaler = copy.deepcopy(net), train.target_scaler
    if scaler is not None:
        last = net.layers[-1]
        last.W *= scaler.scale
        last.b[...] = scaler.undo(last.b)
    return net
