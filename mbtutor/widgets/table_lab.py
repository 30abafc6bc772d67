"""The lab of lesson 16: a table of your own, from its file to a trained, tested and saved model."""

import copy
import html
import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import ipywidgets

from .. import checks, figures, frameworks
from ..batches import MiniBatches
from ..evaluation import evaluate
from ..network import NotFinite
from ..training import train as start_training
from .controls import PACES, menu, push_buttons, up_to
from .live_curves import LiveCurves
from .model_folder import save_model
from .own_table import EXAMPLES, LEFT_OUT, OwnTable, file_name, for_the_lab
from .programs import MAKERS, program_tabs, show_programs, show_texts
from .questions import boxed, paragraph
from .runs_lab import RunsLab
from .sealed_test import SealedTest
from .table_columns import TableColumns
from .table_form import FOUND, TASKS, CardForm, ReadingForm, TableForm, TableSettings
from .training_form import LARGEST_BUDGET, LARGEST_HIDDEN
from .tries import Tries, Try

VALIDATIONS = 100  # about how many points the validation curve of a run has
LARGEST_WORK = 100_000  # numbers in a batch, so that one update stays under 0.2 s with the most hidden units
CHOOSE = "choose a column"
NO_RUN = "No run yet."


@dataclass(frozen=True)
class TableTry(Try):
    """A Try that can be saved: with its settings, the Parts it was made from, and its History."""

    settings: object = None
    parts: object = None
    history: object = None


class SealedRows(SealedTest):
    """The test under seal, where each run may have been made from other columns of the same rows."""

    def rows_for(self, tried):
        return tried.parts.test


class BaselineCurves(LiveCurves):
    """The live curves beside the answer that looks at no column. beside: options of figures.baselines."""

    beside = {}

    def figure(self, histories, clock, end=None, highest_loss=None, first=0):
        return figures.baselines(histories, clock, end, highest_loss, first, **self.beside)

    def points(self, history):
        return figures.baseline_points(history, self.clock, self.beside.get("deviation", 0))


class TableLab(RunsLab):
    """Takes a table in a CSV file, one's own by upload, through all of the course: choose, train, judge, save.

    path: the name of an example ("penguins" or "cars") or the path of a CSV file. target: the column to be predicted;
    of an example it is known. left_out: columns not to learn from. The rest is where the controls start: batch_size,
    lr, optimizer (a name in the menu), hidden units, epochs or a budget of updates, seed, pace (updates a second;
    math.inf: as fast as it can).
    The rows are split 70/15/15 by seed 0, encoded and standardised by train alone; a target of numbers is standardised
    too, and its errors are told in its own unit. Nothing trains until Train is clicked; `run()` does the same without a
    browser, `save(folder)` writes the best run by validation (once the test is open, the one it judged).
    Raises ValueError for a setting that the controls do not offer, and for a file that cannot be learned from.
    """

    name = "table_lab"
    curves_kind = BaselineCurves
    forgotten = "Reset: all runs are forgotten; file, columns and settings stay."

    def __init__(
        self,
        path="penguins",
        target=None,
        *,
        left_out=None,
        batch_size=32,
        lr=0.1,
        optimizer="SGD",
        hidden=16,
        epochs=30,
        updates=None,
        seed=0,
        pace=200,
    ):
        self._folder = tempfile.TemporaryDirectory(prefix="mbtutor-")  # of the files that are uploaded
        self._uploads, self._waiting = 0, None  # how many there were; the one that could not be read yet
        self.own, self._trouble = OwnTable.example(path) if path in EXAMPLES else OwnTable(path), ""
        target = EXAMPLES.get(path) if target is None else target
        left_out = LEFT_OUT.get(path, ()) if left_out is None else tuple(left_out)
        parts = None if target is None else self.own.parts(target, left_out)
        budget, amount = ("epochs", epochs) if updates is None else ("updates", updates)
        start = TableSettings(
            batch_size=up_to(len(parts.train) if parts else LARGEST_BUDGET, "batch_size", batch_size),
            lr=lr,
            optimizer=optimizer,
            hidden=up_to(LARGEST_HIDDEN[False], "hidden", hidden),
            budget=budget,
            amount=up_to(LARGEST_BUDGET, budget, amount),
            seed=seed,
        )
        pace = checks.choice("pace", pace, tuple(PACES.values()))
        changed = self.handler(self._changed)
        rows = max(batch_size, len(parts.train) if parts else 0)
        self.form = TableForm(start, rows, pace, changed, changed)
        self._make_widgets()
        self._show_table(target, left_out)
        super().__init__(self.form, **self._page())
        self._tell(f"{self._about_file()} {self._what_next()}")

    def close(self):
        """Stop what runs, give the widgets' memory back, and remove the copies of what was uploaded."""
        super().close()
        self._folder.cleanup()

    # The page -----------------------------------------------------------------------------------------------------

    def _make_widgets(self):
        about = {name.capitalize(): ("", f"Load the example {name}") for name in EXAMPLES}
        actions = [self.handler(lambda name=name: self._load(name)) for name in EXAMPLES]
        self.examples = push_buttons(about, actions)
        self.upload = ipywidgets.FileUpload(
            accept=".csv,.tsv,.txt",
            multiple=False,
            description="Your CSV file",
            tooltip="Load a table from this computer; its first line names the columns",
            layout={"width": "auto"},
        )
        self.upload.observe(self.handler(self._uploaded), "value")
        self.message, self.explained, self.verdict, self.tried = (ipywidgets.HTML() for _ in range(4))
        self.tried.layout.display = "block"  # so that a wide table scrolls within a narrow page
        self.target = menu("Target: the column to predict", [(CHOOSE, FOUND)], FOUND)
        self.task = menu("Learn it as", list(TASKS.items()), FOUND)
        for widget in (self.target, self.task):
            widget.layout.width, widget.layout.max_width = "auto", "420px"
            widget.observe(self.handler(self._target_changed), "value")
        self.columns = TableColumns(self.handler(self._columns_changed))
        self.reading, self.card = ReadingForm(self.handler(self._read_again)), CardForm()
        self.tries, self.code, self._quiet = Tries(), program_tabs(), False
        self.seal = SealedRows(None, self.tries, self.handler)

    def _page(self):
        wrap = {"flex_flow": "row wrap", "align_items": "center"}
        files = ipywidgets.HBox([*self.examples.values(), self.upload], layout=wrap)
        choice = ipywidgets.HBox([self.target, self.task], layout=wrap)
        sections = {"How the file is read": self.reading.widget, "Show the code": self.code}
        return {
            "above": [files, self.message, choice, self.columns.widget, self.explained],
            "below": [self.verdict, self.tried, self.seal.widget, boxed([self._about_card(), self.card.widget])],
            "sections": sections,
        }

    def _about_card(self):
        text = "<b>Model card:</b> what the numbers cannot say. Save writes your words into it."
        return ipywidgets.HTML(paragraph(text))

    def _tell(self, text, error=False):
        """What there is to say about the file; an error as one that a screen reader announces at once."""
        style = "color:var(--jp-error-color1,#B00020);font-weight:600;" if error else ""
        role = "alert" if error else "status"
        self.message.value = (
            f'<div class="mbtutor-file" role="{role}" style="{style}line-height:1.5;max-width:860px">'
            f"{html.escape(text)}</div>"
        )

    def _about_file(self):
        count = len(self.own.columns)
        return f"{self.own.name} is loaded: {self.own.rows:,} rows, {count} columns."

    def _what_next(self):
        if self.parts is None:
            return self._trouble or "Choose the target: the column that is to be predicted from the others."
        return " ".join(f"Note: {note}." for note in self.parts.notes)

    # What the learner does ----------------------------------------------------------------------------------------

    def _load(self, name):
        """Load an example."""
        self._take(OwnTable.example(name), EXAMPLES[name], LEFT_OUT.get(name, ()))

    def _uploaded(self, change):
        """Read the file that was uploaded; one that is no table leaves everything as it was."""
        if not change["new"]:
            return
        (given,) = change["new"]
        self._uploads += 1
        path = Path(self._folder.name, str(self._uploads), file_name(given["name"]))
        path.parent.mkdir()
        path.write_bytes(given["content"])
        self._waiting = path
        self.reading.reset()
        self._read(path)

    def _read_again(self):
        """Read in another way what was read last, or what could not be read."""
        target = self.target.value
        self._read(self._waiting or self.own.path, target, self.columns.left_out(target))

    def _read(self, path, target=None, left_out=()):
        try:
            table = OwnTable(path, **self.reading.options)
        except ValueError as error:
            stays = "What was read before stays." if self._waiting is None else f"{self.own.name} stays as it was."
            return self._tell(f"{for_the_lab(str(error))} {stays}", error=True)
        return self._take(table, target if table.has(target) else None, filter(table.has, left_out))

    def _take(self, table, target, left_out):
        """Go on with another table: the runs and the seal of the one before are gone, and that is said."""
        self._player.stop()
        gone = " The runs and the seal of the table before are gone." if len(self.tries) or self.runs else ""
        self.own, self._waiting = table, None
        if not table.reading:
            self.reading.reset()
        self._show_table(target, tuple(left_out))
        self._forget()
        self._settle(self.ready)
        self._tell(f"{self._about_file()}{gone} {self._what_next()}", error=bool(self._trouble))

    def _show_table(self, target, left_out):
        """Show the columns of the table, and make its parts if the target is known."""
        self._quiet = True
        names = [column.name for column in self.own.columns]
        self.target.options = [(CHOOSE, FOUND), *((" ".join(name.split()) or name, name) for name in names)]
        self.target.value, self.task.value = target or FOUND, FOUND
        self._quiet = False
        self.columns.show(self.own.columns, left_out)
        self._new_problem()

    def _target_changed(self, change):
        """Another target is another problem: no run and no seal of the one before counts for it."""
        if self._quiet:
            return
        self._player.stop()
        gone = " The runs and the seal of the target before are gone." if self.runs else ""
        self._new_problem()
        self._forget()
        self._settle(self.ready)
        self._tell(f"{self._about_file()}{gone} {self._what_next()}", error=bool(self._trouble))

    def _new_problem(self):
        self.columns.mark_target(self.target.value)
        self._make_parts()
        self.tries = Tries(self.parts.score if self.parts else None)
        self.seal.renew(self.parts.test if self.parts else None, self.tries)

    def _columns_changed(self):
        """Other columns, the same rows and the same test: earlier runs stay, to compare."""
        self._make_parts()
        self._tell(f"{self._about_file()} {self._what_next()}", error=bool(self._trouble))
        self._changed()

    def _make_parts(self):
        """Split, encode and standardise for the choice as it stands; what is in the way is kept as `_trouble`."""
        target, self.parts, self._trouble = self.target.value, None, ""
        if not target:
            return
        left_out = self.columns.left_out(target)
        try:
            self.parts = self.own.parts(target, left_out, self.task.value or None)
        except ValueError as error:
            self._trouble = for_the_lab(str(error))
        else:
            train = self.parts.train
            rows = min(len(train), max(1, LARGEST_WORK // train.X.shape[1]))
            self.form.fit(rows, left_out, self.parts.deviation > 0)

    # A run --------------------------------------------------------------------------------------------------------

    def _new_run(self, settings):
        if self.parts is None:
            raise ValueError(self._what_next())
        train, val = self.parts.train, self.parts.val
        net = settings.make_network(train.X.shape[1], train.classes or 1)
        batches = MiniBatches(train, settings.batch_size, seed=settings.seed)
        updates = settings.amount * (len(batches) if settings.budget == "epochs" else 1)
        every = max(1, updates // VALIDATIONS)
        training = start_training(net, batches, updates=updates, validation=val, validate_every=every)
        return training, f"batch size {settings.batch_size}", self._cells(settings)

    def _cells(self, settings):
        return {
            "left out": ", ".join(settings.left_out) or "nothing",
            "batch size": settings.batch_size,
            "learning rate": f"{settings.lr:g}",
            "optimizer": settings.optimizer,
            "hidden": settings.hidden,
            "train for": f"{settings.amount} {settings.budget}",
            "seed": settings.seed,
        }

    def _begin(self):
        if self._player.loaded:
            self._note_try()  # the run that is now replaced
        super()._begin()
        self._made = self.form.settings, self.parts

    def _settle(self, text):
        super()._settle(text)
        self._note_try()

    def _reset(self):
        self.tries.clear()
        super()._reset()

    def _note_try(self):
        """Keep the run as it stands, if it has made an update, as one that can be chosen and saved."""
        if len(self.history) > 1:
            (settings, parts), net = self._made, copy.deepcopy(self._training.net)
            made = self._training.number
            if made < self._training.total:  # it was stopped: a program makes as many updates
                settings = replace(settings, budget="updates", amount=made)
            measured, error = _measured(net, parts)
            run = self._runs.newest
            more = {"error": error, "settings": settings, "parts": parts, "history": self.history}
            self.tries.note(TableTry(run.number, dict(run.cells), made, *measured, net, **more))
        self.tried.value = self.tries.html()
        self.seal.refresh()

    # What it shows ------------------------------------------------------------------------------------------------

    def _explain_settings(self):
        settings = self.form.settings
        if self.parts is None:
            self.explained.value = ""
            show_texts(
                self.code, dict.fromkeys(MAKERS, "# There is no program yet: nothing can be learned as it stands.")
            )
            return
        train, val, test, score, _ = self.parts
        updates = -(-len(train) // settings.batch_size)
        width = train.X.shape[1]
        self.explained.value = (
            '<div class="mbtutor-explained" style="line-height:1.5;max-width:860px">Split into '
            f"<b>{len(train):,} rows to train, {len(val):,} to validate, {len(test):,} to test</b>; prepared, a row is "
            f"{width:,} number{'s'[: width > 1]}. An epoch has {updates:,} update{'s'[: updates > 1]}. To be beaten on "
            f"the validation rows: {html.escape(score.beside(val))}.</div>"
        )
        show_programs(self.code, settings, train)

    def _draw_axes(self):
        parts = self.parts
        unit = {"unit": self.target.value, "deviation": parts.deviation} if parts and parts.deviation else {}
        self.curves.beside = {"level": parts.level, **unit} if parts else {}
        super()._draw_axes()

    def _frame_more(self):
        self.verdict.value = _paragraph(html.escape(self._verdict()))

    def _verdict(self):
        """The newest result beside the answer that knows nothing, in words."""
        _, losses = self.history.measured("val_loss")
        if not len(losses) or self.parts is None:
            return NO_RUN
        score = self.parts.score
        if self.parts.deviation:
            reached = self.parts.deviation * math.sqrt(losses[-1])
        else:
            reached = self.history.measured("val_accuracy")[1][-1]
        return f"Validation {score.name} {score.text(reached)}; {score.beside(self.parts.val)}."

    def _end(self):
        return 1 if self.parts is None and not self._runs.kept else super()._end()

    def save(self, folder="my_model"):
        """Write the weights, the program, the run, the model card and the picture of one run; return the paths.

        It is the run that the test judged or, while that is sealed, the best by validation.
        """
        chosen = self.seal.opened or self.tries.best
        if chosen is None:
            raise ValueError("there is no run to save yet: press Train first")
        return save_model(
            folder,
            chosen,
            title=f"{self.target.value} from {self.own.name}",
            use=self.card.use.value,
            limits=self.card.limits.value,
            test=chosen.parts.test if self.seal.opened else None,
            table=None if self.own.ships else (self.own.name, self.own.content),
            figure=self.figure(),
        )

    def _save(self):
        paths = self.save()
        number = (self.seal.opened or self.tries.best).number
        missing = (
            "" if frameworks.installed("onnx") else ". With onnx (pip install 'mbtutor[onnx]') there is model.onnx too"
        )
        self.say(f"Saved {len(paths)} files of run {number}: {', '.join(map(str, paths))}{missing}")


def _measured(net, parts):
    """((loss, accuracy or None), typical error or None) on the validation rows; infinitely bad where it ran away."""
    try:
        found = evaluate(net, parts.val)
    except NotFinite:
        return (math.inf, None if parts.deviation else 0.0), math.inf if parts.deviation else None
    error = parts.score.of(net, parts.val) if parts.deviation else None
    return (found["loss"], found.get("accuracy")), error


def _paragraph(text):
    return f'<div class="mbtutor-verdict" role="status" style="line-height:1.5">{text}</div>'
