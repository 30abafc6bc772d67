"""The lab of lesson A3: the members of an ensemble are trained one after the other, and their answers averaged."""

import time

import ipywidgets
import numpy as np

from .. import checks, figures
from ..batches import MiniBatches
from ..datasets import as_dataset
from ..experiments import Ensemble, MembersRun
from ..training import train as start_training
from .controls import PACES, up_to
from .ensemble_form import BATCHES, BOTH, FEWEST_ROWS, LARGEST_HIDDEN, NOTHING, WEIGHTS, EnsembleForm, EnsembleSettings
from .live_curves import LiveCurves
from .member_mistakes import MENDED, SHARED, MemberMistakes
from .programs import program_tabs, show_texts
from .programs.ensemble import ensemble_programs
from .runs import Run
from .runs_lab import RunsLab
from .training_form import LARGEST_BUDGET

VALIDATIONS = 40  # about how many each member has


class MemberCurves(LiveCurves):
    """The live picture of the members: each as it trains, and what becomes of their mean."""

    def figure(self, histories, clock, end=None, highest=None, first=0):
        return figures.ensemble(histories, clock, end, highest, first)

    def points(self, history):
        return figures.ensemble_points(history, self.clock)

    def draw(self, histories, clock, end=None, first=0):
        """Draw everything anew, as LiveCurves does."""
        self.clock, self.end = clock, end or 1.5 * max(0.1, self._reached(histories, clock))
        self.highest = figures.error_ceiling(histories)
        self._picture.draw(self.figure(histories, clock, self.end, self.highest, first))
        self.frame(histories[-1], "")

    def outgrown(self, histories):
        """True when a member has left the axes, so that they must be drawn again."""
        return self._reached(histories[-1:], self.clock) > self.end or figures.error_ceiling(histories) > self.highest

    def off_the_top(self, history):
        return False  # every member begins there

    def _reached(self, histories, clock):
        members = (member for history in histories for member in figures.by_member(history, clock))
        return max((x[-1] for x, _ in members if len(x)), default=0)


class EnsembleRun(Run):
    """A run of MembersRun; its words and its line in the table say how much is read wrong."""

    def __init__(self, number, training, label, cells):
        super().__init__(number, training, label, cells)
        self._members = len(training)

    def end(self, clock):
        """Where each member of this run ends on that clock."""
        end = super().end(clock)
        return None if end is None else end / self._members

    def sentence(self):
        """Where the run is, in words."""
        members = figures.by_member(self.history, "updates")
        if not members:
            return "no update yet"
        _, mean = figures.ready(self.history)
        made = self.history["number"][-1]
        text = f"update {made:,.0f} of {self._ends['updates']:,}, member {len(members)} of {self._members}: "
        text += f"{members[-1][1][-1]:.1%} wrong"
        return text + (f"; the mean of {len(mean)}: {mean[-1]:.1%} wrong" if len(mean) else "")

    def row(self):
        """{column: text} of this run in the table."""
        alone, mean = figures.ready(self.history)
        found = {"ready": f"{len(alone)} of {self._members}", "updates": f"{self.history['number'][-1]:,.0f}"}
        found["a member alone"] = f"{alone.mean():.1%}" if len(alone) else ""
        found["from, to"] = f"{alone.min():.1%}, {alone.max():.1%}" if len(alone) else ""
        found["the mean"] = f"{mean[-1]:.1%}" if len(alone) else ""
        return {"run": self.number, **self.cells, **found}


class EnsembleLab(RunsLab):
    """Trains the members of an ensemble one after the other, and shows what the mean of their answers reads wrong.

    train, val: Datasets with class labels. The rest is where the controls start: members (1 to 8), differ (in what:
    "weights and batches", "batches alone", "weights alone" or "nothing"), rows of `train` to learn
    from (by default all), batch_size, lr, hidden units, epochs or a budget of updates of each member, seed, pace
    (updates a second; math.inf: as fast as it can). The optimizer is SGD.
    Nothing trains until Train is clicked; `run()` does the same without a browser. `ensemble` is the
    mb.experiments.Ensemble of the members that are ready, or None; `answers` what each of them says of each validation
    row, a list of (n,).
    Raises ValueError for a setting that the controls do not offer.
    """

    name = "ensemble_lab"
    curves_kind, run_kind = MemberCurves, EnsembleRun

    def __init__(
        self,
        train,
        val,
        *,
        members=4,
        differ=BOTH,
        rows=None,
        batch_size=8,
        lr=0.2,
        hidden=16,
        epochs=10,
        updates=None,
        seed=0,
        pace=1000,
    ):
        self.train, self.val = as_dataset(train), as_dataset(val)
        if not self.train.classes:
            raise ValueError(f"train must have class labels in y for this lab; got {self.train.y.dtype} targets")
        budget, amount = ("epochs", epochs) if updates is None else ("updates", updates)
        rows = len(self.train) if rows is None else up_to(len(self.train), "rows", rows, FEWEST_ROWS)
        start = EnsembleSettings(
            batch_size=up_to(rows, "batch_size", batch_size),
            lr=lr,
            optimizer="SGD",
            hidden=up_to(LARGEST_HIDDEN, "hidden", hidden),
            budget=budget,
            amount=up_to(LARGEST_BUDGET, budget, amount),
            seed=seed,
            members=up_to(figures.MOST_MEMBERS, "members", members),
            differ=differ,
            rows=rows,
        )
        pace = checks.choice("pace", pace, tuple(PACES.values()))
        form = EnsembleForm(start, len(self.train), pace, self.handler(self._changed))
        self.explained, self.verdict = ipywidgets.HTML(), ipywidgets.HTML()
        self.mistakes, self._shown = MemberMistakes(self.val, self.handler), None
        self.code = program_tabs()
        sections = {"Show the code": self.code}
        super().__init__(form, [self.explained], [self.verdict, self.mistakes.widget], sections)

    @property
    def ensemble(self):
        """The members of the newest run that are ready, as an Ensemble; None where there is none."""
        return Ensemble(self._training.members) if self._training and self._training.members else None

    @property
    def answers(self):
        """What each member that is ready says of each validation row, a list of (n,)."""
        return self._training.answers if self._training else []

    def _explain_settings(self):
        settings = self.form.settings
        updates = -(-settings.rows // settings.batch_size) * (settings.amount if settings.budget == "epochs" else 0)
        updates = updates or settings.amount
        plural = "s"[: settings.members > 1]
        how = {
            BOTH: "Each has <b>first weights and an order of its batches of its own</b>",
            BATCHES: "All have the same first weights, each <b>an order of its batches of its own</b>",
            WEIGHTS: "Each has <b>first weights of its own</b>, all see the same batches",
            NOTHING: "All have the <b>same first weights and the same batches</b>",
        }[settings.differ]
        self.explained.value = (
            f'<div class="mbtutor-explained" style="line-height:1.5"><b>{settings.members} network{plural}</b> '
            f"of {settings.hidden} hidden units, {updates:,} updates each, on the same {settings.rows:,} rows. {how}. "
            f"All are asked for the {len(self.val):,} validation rows; the mean of their probabilities decides.</div>"
        )
        show_texts(self.code, ensemble_programs(settings, self.train))

    # A run --------------------------------------------------------------------------------------------------------

    def _new_run(self, settings):
        rows = settings.rows_of(self.train)
        runs = [self._member(settings, rows, *seeds) for seeds in settings.seeds()]
        cells = {"members": settings.members, "differ in": settings.differ, "rows": settings.rows}
        cells |= {"batch size": settings.batch_size, "learning rate": f"{settings.lr:g}"}
        cells |= {"hidden units": settings.hidden, "train for": f"{settings.amount} {settings.budget}"}
        return MembersRun(runs), f"{settings.members} members", cells | {"seed": settings.seed}

    def _member(self, settings, rows, first_weights, order):
        net = settings.make_member(rows.X.shape[1], self.train.classes, first_weights)
        batches = MiniBatches(rows, settings.batch_size, seed=order)
        updates = settings.amount * (len(batches) if settings.budget == "epochs" else 1)
        every = max(1, updates // VALIDATIONS)
        return start_training(net, batches, updates=updates, validation=self.val, validate_every=every)

    # What it shows ------------------------------------------------------------------------------------------------

    def _frame_more(self):
        shown = (id(self._training), len(self.answers))
        if shown != self._shown:  # a member has become ready, or there is another run
            self._shown = shown
            self.mistakes.show(self.answers, self._training.means[-1] if self.answers else None)
            text = f'<div class="mbtutor-verdict" role="status" style="line-height:1.5">{self._said()}</div>'
            self.verdict.value = text
        self._last_frame = time.perf_counter()

    def _said(self):
        alone, mean = figures.ready(self.history)
        if not len(alone):
            return "No member is ready yet."
        if len(alone) == 1:
            return f"<b>One member</b> is ready: it reads {alone[0]:.1%} wrong. Alone, it is its own mean."
        counts, best = self.mistakes.counts(), alone.min()
        answers = np.array(self.answers)
        apart = (answers != answers[0]).any(axis=0).mean()
        place = "fewer than the best of them" if mean[-1] < best else "as many as the best of them"
        place = "more than the best of them" if mean[-1] > best else place
        return (
            f"<b>{len(alone)} members</b> read {best:.1%} to {alone.max():.1%} wrong, {alone.mean():.1%} on average; "
            f"their mean reads <b>{mean[-1]:.1%}</b> wrong, {place}. They are not of one mind on {apart:.1%} of the "
            f"rows. The mean mends {counts[MENDED]:,} rows that some member reads wrong; {counts[SHARED]:,} are read "
            "wrong by all."
        )
