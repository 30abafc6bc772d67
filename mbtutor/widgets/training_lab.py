"""The first lab: choose a batch size, press Train, and watch a network learn."""

import html
import time
from pathlib import Path

import ipywidgets

from .. import checks, figures
from ..batches import MiniBatches
from ..datasets.dataset import as_dataset
from ..files import replacing
from ..history import History
from ..layers import Dense, ReLU
from ..network import Network
from ..player import Player
from ..training import train as start_training
from .batch_preview import preview
from .lab import Lab
from .live_curves import LiveCurves
from .programs import OPTIMIZERS, Settings, programs
from .training_form import LARGEST_BUDGET, LARGEST_HIDDEN, PACES, TrainingForm

FRAME = 1 / 15  # seconds between two pictures: a browser shows every one of these
EARLIER_RUNS = 5
VALIDATIONS = 100  # about how many points the validation curve of a run has
COLUMNS = ("run", "batch size", "learning rate", "optimizer", "hidden", "updates", "examples", "seconds")
MEASURES = {"loss": "training loss", "val_loss": "validation loss", "val_accuracy": "validation accuracy"}


class TrainingLab(Lab):
    """Trains a network with one hidden layer on `train`, one click away, and shows loss and accuracy live.

    train, val: Datasets with class labels. The rest is where the controls start: batch_size (1 up to all rows), lr,
    optimizer (a name in the menu), hidden units, epochs or a budget of updates, seed, pace (updates a second; None:
    as fast as it can). Nothing trains until Train is clicked; `run()` does the same without a browser.
    Raises ValueError for a setting that the controls do not offer.
    """

    def __init__(
        self, train, val, *, batch_size=32, lr=0.1, optimizer="SGD", hidden=32, epochs=5, updates=None, seed=0, pace=200
    ):
        self.train, self.val = as_dataset(train), as_dataset(val)
        if not self.train.classes:
            raise ValueError(f"train must have class labels in y for this lab; got {self.train.y.dtype} targets")
        budget, amount = ("epochs", epochs) if updates is None else ("updates", updates)
        self._start = Settings(
            batch_size=_up_to(len(self.train), "batch_size", batch_size),
            lr=checks.positive_number("lr", lr),
            optimizer=checks.choice("optimizer", optimizer, tuple(OPTIMIZERS)),
            hidden=_up_to(LARGEST_HIDDEN, "hidden", hidden),
            budget=budget,
            amount=_up_to(LARGEST_BUDGET, budget, amount),
            seed=checks.whole_number("seed", seed, minimum=0),
        )
        self._pace = checks.choice("pace", pace, tuple(PACES.values()))
        super().__init__()
        self._player = Player(self._record, self._ended, pace)
        self._build()
        self._reset()
        self.say("Ready: press Train.")

    @property
    def history(self):
        """The History of the newest run; empty before the first."""
        return self._runs[-1].history if self._runs else History(label="no run yet")

    @property
    def histories(self):
        """The Histories of the runs kept, oldest first; the newest one is the run that is drawn live."""
        return [run.history for run in self._runs] or [self.history]

    def run(self):
        """Train to the end of the budget, without a browser or an event loop; return the History."""
        self._begin()
        self._player.run()
        return self.history

    def figure(self):
        """The curves on the page as a matplotlib figure."""
        return figures.curves(self.histories, self.form.clock.value, self._end())

    def twin(self):
        """A new lab with the same data and the same first settings."""
        start = {**vars(self._start), "pace": self._pace, "epochs": None}
        start[start.pop("budget")] = start.pop("amount")
        return type(self)(self.train, self.val, **start)

    def save(self, folder="exports"):
        """Write the picture (PNG) and one table of numbers a run (CSV) into `folder`; return their paths."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / "training_lab.png"]
        with replacing(paths[0]) as file:
            file.write(figures.png(self.figure()))
        for run in self._runs:
            paths.append(folder / f"training_lab_run_{run.number}.csv")
            run.history.to_csv(paths[-1])
        return paths

    def close(self):
        """Stop what runs and give the widgets' memory back."""
        self._player.stop()
        super().close()

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self):
        self.form = TrainingForm(
            self._start, len(self.train), self._pace, self.handler(self._changed), self.handler(self._lr_changed)
        )
        self.form.clock.observe(self.handler(lambda change: self._draw()), "value")
        self.form.pace.observe(self.handler(self._pace_changed), "value")
        self.buttons = {
            name: self._button(name, action, style, about)
            for name, action, style, about in (
                ("Train", self._train, "success", "Start a run from the same untrained network"),
                ("Pause", self._pause, "", "Hold the run, or let it go on"),
                ("One update", self._one_update, "", "Make exactly one update, then hold"),
                ("Stop", self._stop, "danger", "End the run; its curve stays"),
                ("Reset", self._reset, "", "Forget all runs; the settings stay"),
                ("Save", self._save, "", "Write the picture and the numbers into the folder exports"),
            )
        }
        self.curves, self.progress = LiveCurves(), ipywidgets.HTML()
        self.preview, self.table, self.code = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.Tab()
        self.code.children = [ipywidgets.HTML() for _ in range(3)]
        self.code.titles = ("mbtutor", "PyTorch", "Keras")
        more = ipywidgets.Accordion([self.table, self.code], titles=("Table of the runs", "Show the code"))
        note = ipywidgets.HTML(
            '<small style="opacity:.75">The square in JupyterLab\'s toolbar stops a cell. It does not stop this lab: '
            "use the lab's own Stop.</small>"
        )
        buttons = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        right = ipywidgets.VBox(
            [buttons, self.form.clock, self.curves.widget, self.progress, self.status],
            layout={"flex": "1 1 520px", "width": "auto"},
        )
        self.view.children = [
            self.preview,
            ipywidgets.HBox([self.form.widget, right], layout={"flex_flow": "row wrap"}),
            more,
            note,
        ]

    def _button(self, name, action, style, about):
        button = ipywidgets.Button(description=name, button_style=style, tooltip=about, layout={"width": "98px"})
        button.on_click(self.handler(lambda button: action()))
        return button

    # What the learner does ----------------------------------------------------------------------------------------

    def _train(self):
        if self._player.playing:
            return  # the second half of a double click
        self._begin()
        self._play()

    def _pause(self):
        if self._player.playing:
            self._player.pause()
            self._settle("Paused.")
        elif self._player.loaded:
            self._play()

    def _one_update(self):
        if not self._player.loaded:
            self._begin()
            self._player.step()  # the untrained network comes first
        self._player.step()
        if self._player.loaded:
            self._settle("One update made.")

    def _stop(self):
        if self._player.loaded:
            self._player.stop()
            self._settle("Stopped.")

    def _reset(self):
        self._player.stop()
        self._runs, self._count, self._training = [], 0, None
        self._draw()
        self._explain_settings()
        self._settle("Reset: all runs are forgotten, the settings stay.")

    def _save(self):
        paths = self.save()
        self.say(f"Saved {len(paths)} files: {', '.join(map(str, paths))}")

    def _changed(self):
        """Another setting than the learning rate: what is running ends as a thin curve, and a new run begins."""
        self._explain_settings()
        if self._player.loaded:
            playing = self._player.playing
            self._begin()
            if playing:
                self._play()
            else:
                self._settle("A new run, not started yet.")

    def _lr_changed(self):
        """The learning rate counts from the next update on; no run has to end for it."""
        self._explain_settings()
        if self._player.loaded:
            self._training.net.optimizer.lr = self.form.lr.value
            self._runs[-1].lr += f", then {self.form.lr.value:g}"

    def _pace_changed(self, change):
        self._player.pace = change["new"]

    # A run --------------------------------------------------------------------------------------------------------

    def _begin(self):
        settings = self.form.settings
        layers = [Dense(self.train.X.shape[1], settings.hidden), ReLU(), Dense(settings.hidden, self.train.classes)]
        net = Network(layers, seed=settings.seed)
        net.compile(loss="cross_entropy", optimizer=settings.make_optimizer())
        batches = MiniBatches(self.train, settings.batch_size, seed=settings.seed)
        updates = settings.amount * (len(batches) if settings.budget == "epochs" else 1)
        self._training = start_training(
            net, batches, updates=updates, validation=self.val, validate_every=max(1, updates // VALIDATIONS)
        )
        self._count += 1
        self._runs = [*self._runs, _LabRun(self._count, settings)][-EARLIER_RUNS - 1 :]
        self._player.load(self._training)
        self._draw()

    def _play(self):
        self._player.play()
        self._enable()
        self.say("Training.")

    def _record(self, updates):
        """The player's news after every slice: keep all of it, draw some of it."""
        for update in updates:
            self.history.append(update)
        if time.perf_counter() - self._last_frame >= FRAME:
            self._frame()

    def _ended(self, error):
        """The player's last word on a run."""
        self._settle("Finished." if error is None else "")
        if error is not None:
            self.fail(error)

    # The picture --------------------------------------------------------------------------------------------------

    def _draw(self):
        """Draw the axes anew, as for a new run or another clock."""
        self.curves.draw(self.histories, self.form.clock.value, self._end())
        self._frame()

    def _frame(self):
        """Show the newest numbers, in the picture and in words."""
        if self.curves.outgrown(self.history):
            self.curves.draw(self.histories, self.form.clock.value, self._end())
        text = self._sentence()
        self.curves.frame(self.history, text)
        self.progress.value = f'<div class="mbtutor-progress">{text}</div>'
        self._last_frame = time.perf_counter()

    def _settle(self, text):
        """Show the state of rest after a run has ended or was held."""
        self._frame()
        self.table.value = _table(self._runs)
        self._enable()
        self.say(text)

    def _enable(self):
        playing, loaded = self._player.playing, self._player.loaded
        self.buttons["Train"].disabled = playing
        self.buttons["Pause"].disabled = self.buttons["Stop"].disabled = not loaded
        self.buttons["Pause"].description = "Go on" if loaded and not playing else "Pause"
        self.buttons["Save"].disabled = self.buttons["Reset"].disabled = not self._runs

    def _explain_settings(self):
        settings = self.form.settings
        self.preview.value = preview(MiniBatches(self.train, settings.batch_size, seed=settings.seed))
        for tab, text in zip(self.code.children, programs(settings, self.train).values()):
            tab.value = f'<pre class="mbtutor-code" style="overflow-x:auto">{html.escape(text)}</pre>'

    def _sentence(self):
        if not len(self.history):
            return "no update yet"
        last = [f"update {self.history['number'][-1]:,.0f} of {self._training.total:,}"]
        for name, text in MEASURES.items():
            measured = self.history.measured(name)[1]
            if len(measured):
                last.append(f"{text} {measured[-1]:.1%}" if "accuracy" in name else f"{text} {measured[-1]:.3f}")
        return ", ".join(last)

    def _end(self):
        """Where the horizontal axis ends: at the end of the longest run (or of the first to come), if that is known."""
        if self.form.clock.value == "seconds":
            return None
        runs = self._runs or [_LabRun(1, self.form.settings)]
        return max(run.end(self.form.clock.value, len(self.train)) for run in runs)


class _LabRun:
    """One run of the lab: its number, its settings and its history."""

    def __init__(self, number, settings):
        self.number, self.settings, self.lr = number, settings, f"{settings.lr:g}"
        self.history = History(label=f"run {number}: batch size {settings.batch_size}")

    def end(self, clock, rows):
        """Where this run ends on that clock if it is not stopped."""
        an_epoch = -(-rows // self.settings.batch_size)
        updates = self.settings.amount * (an_epoch if self.settings.budget == "epochs" else 1)
        return updates if clock == "updates" else updates * rows / an_epoch

    def row(self):
        """The cells of this run in the table."""
        history, settings = self.history, self.settings
        last = [f"{history[name][-1]:,.0f}" for name in ("number", "examples")] + [f"{history['seconds'][-1]:.2f}"]
        measured = [history.measured(name)[1] for name in MEASURES]
        shown = [f"{values[-1]:.4f}" if len(values) else "" for values in measured]
        return [self.number, settings.batch_size, self.lr, settings.optimizer, settings.hidden, *last, *shown]


def _table(runs):
    head = "".join(f'<th scope="col" style="padding:2px 10px">{name}</th>' for name in (*COLUMNS, *MEASURES.values()))
    rows = [run.row() for run in runs if len(run.history)]
    cells = ["".join(f'<td style="padding:2px 10px;text-align:right">{cell}</td>' for cell in row) for row in rows]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    caption = "<caption>The last number of each run</caption>"
    return f'<table class="mbtutor-table" style="line-height:1.6">{caption}<tr>{head}</tr>{body}</table>'


def _up_to(highest, name, value):
    if checks.whole_number(name, value) > highest:
        raise ValueError(f"{name} must be at most {highest:,} in this lab; got {value}")
    return value
