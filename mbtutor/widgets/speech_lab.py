"""The lab of lesson 13: spoken words as pictures, and how well a network knows voices that it has never heard."""

import time

import ipywidgets
import numpy as np

from .. import checks, figures
from ..batches import MiniBatches
from ..preparation import shuffled
from ..training import train as start_training
from . import svg
from .controls import PACES, up_to
from .live_curves import LiveCurves
from .programs import program_tabs, show_texts
from .programs.speech import speech_programs
from .runs import Run
from .runs_lab import RunsLab
from .speech_form import SpeechForm, SpeechSettings
from .training_form import LARGEST_BUDGET, LARGEST_HIDDEN
from .two_splits import BY_ROW, BY_SPEAKER, FRAME, ROWS, BothSplits, Words, two_splits

VALIDATIONS = 50  # about how many a run has, whatever its batch size
LOOK = 1 / 3  # seconds between two looks at the answers while a run goes on


class SplitCurves(LiveCurves):
    """The live picture of the two splits and the gap between them."""

    def figure(self, histories, clock, end=None, highest_loss=None, first=0):
        return figures.split_gap(histories, clock, end, highest_loss, first)

    def points(self, history):
        return figures.split_points(history, self.clock)


class SpeechRun(Run):
    """A run of both networks: how many of the rows that were held out from it each has right."""

    @property
    def accuracies(self):
        """(by row, by speaker), as they were last measured."""
        return tuple(self.history.measured(name)[1][-1] for name in ("accuracy", "val_accuracy"))

    def sentence(self):
        """Where the run is, in words."""
        if not len(self.history):
            return "no update yet"
        row, speaker = self.accuracies
        return (
            f"update {self.history['number'][-1]:,.0f} of {self._ends['updates']:,}: of the rows held out, split by "
            f"row {row:.1%} right, split by speaker {speaker:.1%} right"
        )

    def row(self):
        """{column: text} of this run in the table."""
        row, speaker = self.accuracies
        found = {"updates": f"{self.history['number'][-1]:,.0f}", BY_ROW: f"{row:.1%}", BY_SPEAKER: f"{speaker:.1%}"}
        return {"run": self.number, **self.cells, **found, "gap in points": f"{100 * (row - speaker):.1f}"}


class SpeechLab(RunsLab):
    """Trains one network on a split by row and its twin on a split by speaker, and shows what was held out from each.

    data: a Dataset of frames of spoken words, such as mb.datasets.load_vowels(): class labels are the words, groups
    the speakers. held_out: how many speakers are held out, as many rows in either split. The rest is where the controls
    start: rows (what a row is: "one frame", "a word: mean of its frames" or "a word: its frames joined"), drawn
    (whether the seed draws the speakers held out; else they are the last ones), batch_size, lr, hidden units, epochs or
    a budget of updates, seed, pace (updates a second; math.inf: as fast as it can). The optimizer is SGD.
    Nothing trains until Train is clicked; `run()` does the same without a browser. `answers` tells which held-out rows
    each network has right, (n,) bool by split; `words_right` how many words of the speakers held out it has right when
    the answers to the frames of a word are put together, of how many.
    Raises ValueError for a setting that the controls do not offer.
    """

    name = "speech_lab"
    curves_kind, run_kind = SplitCurves, SpeechRun

    def __init__(
        self,
        data,
        *,
        held_out=7,
        rows=FRAME,
        drawn=False,
        batch_size=32,
        lr=0.1,
        hidden=88,
        epochs=100,
        updates=None,
        seed=0,
        pace=200,
    ):
        self.words = Words(data)
        speakers = len(self.words.speakers)
        self.held_out = up_to(speakers - 1, "held_out", held_out)
        counts = {kind: (speakers - held_out) * len(self.words.names) for kind in ROWS}
        counts[FRAME] *= self.words.length
        budget, amount = ("epochs", epochs) if updates is None else ("updates", updates)
        start = SpeechSettings(
            batch_size=up_to(counts[checks.choice("rows", rows, ROWS)], "batch_size", batch_size),
            lr=lr,
            optimizer="SGD",
            hidden=up_to(LARGEST_HIDDEN[False], "hidden", hidden),
            budget=budget,
            amount=up_to(LARGEST_BUDGET, budget, amount),
            seed=seed,
            rows=rows,
            drawn=checks.choice("drawn", drawn, (False, True)),
        )
        pace = checks.choice("pace", pace, tuple(PACES.values()))
        changes = map(self.handler, (self._changed, self._lr_changed, self._show_word))
        form = SpeechForm(start, counts, self.words.names, held_out, pace, *changes)
        self.explained, self.picture, self.verdict = (ipywidgets.HTML() for _ in range(3))
        self.code = program_tabs()
        self.picture.layout.width = "100%"
        self._ids, self._looked, self._splits = svg.new_prefix(), 0.0, {}
        self.answers, self.words_right = {}, None
        super().__init__(form, [self.picture, self.explained], [self.verdict], {"Show the code": self.code})

    def figure(self):
        """The curves on the page as a matplotlib figure; before the first run, the picture of the word."""
        return super().figure() if self.runs else self.word_figure()

    def word_figure(self):
        """The picture of the word, and of what was held out, as a matplotlib figure."""
        word = self.form.word.value
        marks = {name: self._marks(name, part, word) for name, part in self._parts(self.form.settings).items()}
        frames = list(self.words.shown[:, word])
        return figures.voices(frames, self.words.speakers.tolist(), self.words.names[word], marks)

    def _explain_settings(self):
        settings = self.form.settings
        _, (train, test, _) = self._parts(settings).values()
        updates = -(-len(train) // settings.batch_size)
        what, voices = "frames" if settings.rows == FRAME else "words", len(self.words.speakers)
        self.explained.value = (
            f'<div class="mbtutor-explained" style="line-height:1.5">Each network learns from <b>{len(train)} {what}'
            f"</b> and is asked for the {len(test)} others. Split by row, both come from all {voices} voices; split by "
            f"speaker, it learns {voices - self.held_out} voices and is asked for {self.held_out} others: "
            f"{_listed(self._speakers(settings))}. An epoch has {updates} update{'s'[: updates > 1]}, the run "
            f"{_updates(settings, len(train)):,}.</div>"
        )
        show_texts(self.code, speech_programs(settings, self.words.data, self._speakers(settings)))
        self._show_word()

    def _parts(self, settings):
        """The two splits that these settings make, {BY_ROW, BY_SPEAKER: Part}; kept until others are asked for."""
        key = settings.rows, settings.drawn, settings.seed
        if key not in self._splits:
            speakers = self._speakers(settings)
            self._splits = {key: two_splits(self.words.rows(settings.rows), speakers, settings.seed)}
        return self._splits[key]

    def _speakers(self, settings):
        """The speakers held out."""
        speakers = self.words.speakers
        order = np.sort(shuffled(len(speakers), settings.seed)[: self.held_out]) if settings.drawn else slice(None)
        return speakers[order][-self.held_out :].tolist()

    # A run --------------------------------------------------------------------------------------------------------

    def _new_run(self, settings):
        parts = self._parts(settings)
        runs = (self._training_of(part, settings) for part in parts.values())
        cells = {"a row is": settings.rows, "held out": "drawn" if settings.drawn else "the last"}
        cells |= {"batch size": settings.batch_size, "learning rate": f"{settings.lr:g}"}
        cells |= {"hidden units": settings.hidden, "seed": settings.seed}
        return BothSplits(parts, *runs), settings.rows, cells

    def _training_of(self, part, settings):
        net = settings.make_network(part.train.X.shape[1], part.train.classes)
        batches = MiniBatches(part.train, settings.batch_size, seed=settings.seed)
        updates = _updates(settings, len(part.train))
        every = max(1, updates // VALIDATIONS)
        return start_training(net, batches, updates=updates, validation=part.test, validate_every=every)

    def _lr_changed(self):
        super()._lr_changed()
        if self._player.loaded:
            self._training.by_row.net.optimizer.lr = self.form.settings.lr

    # What it shows ------------------------------------------------------------------------------------------------

    def _frame_more(self):
        if self._training is None:
            self.answers, self.words_right = {}, None
            self.verdict.value = _paragraph("No run yet.")
            self._show_word()
        elif not self._player.playing or time.perf_counter() - self._looked >= LOOK:
            self._look()

    def _look(self):
        """Ask both networks, as they are now, for the rows held out from them, and say what is going on."""
        runs = zip(self._training.parts, (self._training.by_row, self._training.by_speaker))
        with np.errstate(all="ignore"):  # a network that ran away answers as well
            self.answers = {name: run.net.predict(run.validation.X) == run.validation.y for name, run in runs}
            self.words_right = self._ask_for_words()
        self.verdict.value = _paragraph(self._verdict())
        self._show_word()
        self._looked = time.perf_counter()

    def _ask_for_words(self):
        """(right, asked) of the words of the speakers held out; None where a row is a word already."""
        if self._runs.newest.cells["a row is"] != FRAME:
            return None
        part = self._training.parts[BY_SPEAKER]
        scores = self._training.net.forward(part.test.X)[0]
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        words = self.words.places(FRAME)[np.isin(self.words.speakers, part.test.groups)].reshape(-1, self.words.length)
        frames = np.searchsorted(part.held_out, words)  # where each of a word's frames stands in the test part
        right = logs[frames].sum(axis=1).argmax(axis=1) == part.test.y[frames[:, 0]]
        return int(right.sum()), len(right)

    def _verdict(self):
        row, speaker = (self.answers[name].mean() for name in (BY_ROW, BY_SPEAKER))
        gap = 100 * (row - speaker)
        if gap >= 0:
            text = f"<b>Split by row flatters it by {gap:.0f} points:</b> "
        else:
            text = f"<b>Split by row is {-gap:.0f} points lower:</b> "
        text += f"{row:.0%} right, and {speaker:.0%} on voices that it has never heard."
        if self.words_right:
            right, asked = self.words_right
            text += f" With the answers to the {self.words.length} frames of a word put together, it is right on "
            text += f"{right} of these voices' {asked} words ({right / asked:.0%})."
        return text

    def _show_word(self):
        figure = self.word_figure()
        self.picture.value = svg.picture(figure, "mbtutor-voices", self._ids, self._about_word())

    def _marks(self, name, part, word):
        """What became of each row of a word: a list of keys of figures.MARKS for each speaker."""
        marks = np.full(len(part.train) + len(part.test), "learned", dtype="<U8")
        known = self._training is not None and part is self._training.parts[name] and self.answers
        marks[part.held_out] = np.where(self.answers[name], "right", "wrong") if known else "held out"
        return marks[self.words.places(self.form.rows.value)[:, word]].tolist()

    def _about_word(self):
        word = self.form.word.value
        text = f'The word "{self.words.names[word]}" in {len(self.words.speakers)} voices'
        for name, part in self._parts(self.form.settings).items():
            marks = sum(self._marks(name, part, word), [])
            counts = {mark: marks.count(mark) for mark in figures.MARKS if mark in marks}
            text += f"; {name}: " + ", ".join(f"{count} {mark}" for mark, count in counts.items())
        return text


def _updates(settings, rows):
    return settings.amount * (-(-rows // settings.batch_size) if settings.budget == "epochs" else 1)


def _listed(speakers):
    return ", ".join(map(str, speakers))


def _paragraph(text):
    return f'<div class="mbtutor-verdict" role="status" style="line-height:1.5">{text}</div>'
