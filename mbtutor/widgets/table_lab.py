"""The lab of lesson 16: a table of your own, from its file to a trained, tested and saved model."""

import html
import math

import ipywidgets

from .. import checks, figures, frameworks
from ..batches import MiniBatches
from ..training import train as start_training
from .controls import PACES, up_to
from .live_curves import LiveCurves
from .model_folder import save_model
from .programs import MAKERS, program_tabs, show_programs, show_texts
from .questions import boxed, paragraph
from .runs_lab import RunsLab
from .table_choice import TableChoice
from .table_form import CardForm, TableForm, TableSettings
from .table_tries import SealedRows, TableTry
from .training_form import LARGEST_BUDGET, LARGEST_HIDDEN
from .tries import Tries

VALIDATIONS = 100  # about how many points the validation curve of a run has
LARGEST_WORK = 100_000  # numbers in a batch, so that one update stays under 0.2 s with the most hidden units
NO_PROGRAM = "# There is no program yet: nothing can be learned as it stands."


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
        self.choice = TableChoice(path, target, left_out, self.handler, self._another_problem, self._columns_changed)
        parts = self.choice.parts
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
        self.form = TableForm(start, len(parts.train) if parts else batch_size, pace, changed, changed)
        self._make_widgets()
        self._take_up()
        super().__init__(self.form, **self._page())

    def close(self):
        """Stop what runs, give the widgets' memory back, and remove the copies of what was uploaded."""
        super().close()
        self.choice.close()

    # The page -----------------------------------------------------------------------------------------------------

    def _make_widgets(self):
        self.explained, self.verdict, self.tried = (ipywidgets.HTML() for _ in range(3))
        self.tried.layout.display = "block"  # so that a wide table scrolls within a narrow page
        self.card, self.code, self.tries = CardForm(), program_tabs(), Tries()
        self.seal = SealedRows(None, self.tries, self.handler)

    def _page(self):
        sections = {"How the file is read": self.choice.reading.widget, "Show the code": self.code}
        about_card = "<b>Model card:</b> what the numbers cannot say. Save writes your words into it."
        card = boxed([ipywidgets.HTML(paragraph(about_card)), self.card.widget])
        return {
            "above": [*self.choice.widgets, self.explained],
            "below": [self.verdict, self.tried, self.seal.widget, card],
            "sections": sections,
        }

    # Another choice -----------------------------------------------------------------------------------------------

    def _another_problem(self):
        """Another table or target: forget the runs of the one before; return whether there were any."""
        self._player.stop()
        gone = bool(self.runs)
        self._take_up()
        self._forget()
        self._settle(self.ready)
        return gone

    def _take_up(self):
        """Begin with the parts as they are chosen: nothing is tried yet, and their test is sealed."""
        parts = self.choice.parts
        self.tries = Tries(parts.score if parts else None)
        self.seal.renew(parts.test if parts else None, self.tries)
        self._fit_form()

    def _columns_changed(self):
        """Other columns, the same rows and the same test: earlier runs stay, to compare."""
        self._fit_form()
        self._changed()

    def _fit_form(self):
        if parts := self.choice.parts:
            rows = min(len(parts.train), max(1, LARGEST_WORK // parts.train.X.shape[1]))
            self.form.fit(rows, self.choice.left_out, parts.deviation > 0)

    # A run --------------------------------------------------------------------------------------------------------

    def _new_run(self, settings):
        if self.choice.parts is None:
            raise ValueError(self.choice.trouble)
        train, val, *_ = self.choice.parts
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
        self._made = self.form.settings, self.choice.parts

    def _settle(self, text):
        super()._settle(text)
        self._note_try()

    def _reset(self):
        self.tries.clear()
        super()._reset()

    def _note_try(self):
        """Keep the run as it stands, if it has made an update, as one that can be chosen and saved."""
        if len(self.history) > 1:
            self.tries.note(TableTry.of(self._runs.newest, self._training, *self._made))
        self.tried.value = self.tries.html()
        self.seal.refresh()

    # What it shows ------------------------------------------------------------------------------------------------

    def _explain_settings(self):
        settings = self.form.settings
        if self.choice.parts is None:
            self.explained.value = ""
            return show_texts(self.code, dict.fromkeys(MAKERS, NO_PROGRAM))
        train, val, test, score, _ = self.choice.parts
        updates = -(-len(train) // settings.batch_size)
        width = train.X.shape[1]
        self.explained.value = (
            '<div class="mbtutor-explained" style="line-height:1.5;max-width:860px">Split into '
            f"<b>{len(train):,} rows to train, {len(val):,} to validate, {len(test):,} to test</b>; prepared, a row is "
            f"{width:,} number{'s'[: width > 1]}. An epoch has {updates:,} update{'s'[: updates > 1]}. To be beaten on "
            f"the validation rows: {html.escape(score.beside(val))}.</div>"
        )
        return show_programs(self.code, settings, train)

    def _draw_axes(self):
        parts = self.choice.parts
        unit = {"unit": self.choice.target.value, "deviation": parts.deviation} if parts and parts.deviation else {}
        self.curves.beside = {"level": parts.level, **unit} if parts else {}
        super()._draw_axes()

    def _frame_more(self):
        text = html.escape(self._verdict())
        self.verdict.value = f'<div class="mbtutor-verdict" role="status" style="line-height:1.5">{text}</div>'

    def _verdict(self):
        """The newest result beside the answer that knows nothing, in words."""
        (_, losses), parts = self.history.measured("val_loss"), self.choice.parts
        if not len(losses) or parts is None:
            return "No run yet."
        if parts.deviation:
            reached = parts.deviation * math.sqrt(losses[-1])
        else:
            reached = self.history.measured("val_accuracy")[1][-1]
        return f"Validation {parts.score.name} {parts.score.text(reached)}; {parts.score.beside(parts.val)}."

    def _end(self):
        return 1 if self.choice.parts is None and not self._runs.kept else super()._end()

    def save(self, folder="my_model"):
        """Write the weights, the program, the run, the model card and the picture of one run; return the paths.

        It is the run that the test judged or, while that is sealed, the best by validation.
        """
        chosen = self.seal.opened or self.tries.best
        if chosen is None:
            raise ValueError("there is no run to save yet: press Train first")
        table = self.choice.own
        return save_model(
            folder,
            chosen,
            title=f"{self.choice.target.value} from {table.name}",
            use=self.card.use.value,
            limits=self.card.limits.value,
            test=chosen.parts.test if self.seal.opened else None,
            table=None if table.ships else (table.name, table.content),
            figure=self.figure(),
        )

    def _save(self):
        paths = self.save()
        number = (self.seal.opened or self.tries.best).number
        missing = (
            "" if frameworks.installed("onnx") else ". With onnx (pip install 'mbtutor[onnx]') there is model.onnx too"
        )
        self.say(f"Saved {len(paths)} files of run {number}: {', '.join(map(str, paths))}{missing}")
