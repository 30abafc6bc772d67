"""The lab of lesson 04: see which rows a network reads wrong, choose settings by validation, open the test set once."""

import copy
import dataclasses
import time

import ipywidgets
import numpy as np

from ..datasets.dataset import as_dataset
from ..evaluation import check_fit, confusion_matrix, evaluate, precision_recall_f1
from ..network import NotFinite
from .confusion_table import confusion_table
from .controls import seed_field
from .mistakes import Mistakes
from .programs import show_programs
from .sealed_test import SealedTest
from .tables import table
from .training_form import TrainingForm
from .training_lab import TrainingLab
from .tries import Tries, Try

NO_RUN = "<p>No run yet.</p>"
NO_MATRIX = "<b>Confusion matrix</b> of the validation rows: no run yet."
LOOK = 1 / 4  # seconds between two looks at the validation rows while a run goes on


class SeededForm(TrainingForm):
    """The form of the training lab with a field for the seed."""

    def __init__(self, start, rows, pace, changed, *more):
        super().__init__(start, rows, pace, changed, *more)
        self.seed_field = seed_field(start.seed)
        self.seed_field.observe(lambda change: changed(), "value")
        *others, pace_menu = self.widget.children
        self.widget.children = [*others, self.seed_field, pace_menu]

    @property
    def settings(self):
        """The Settings as the controls stand."""
        return dataclasses.replace(super().settings, seed=self.seed_field.value)


class EvaluationLab(TrainingLab):
    """The training lab, with the confusion matrix and the mistakes on `val` live, and `test` under seal.

    train, val, test: Datasets with class labels. The other arguments are those of TrainingLab, but for architecture.
    Every run that has come to rest is a row in the table of hyperparameters; the best of them by validation is the
    one that the test set judges, once. `matrix` is the newest confusion matrix (K, K), or None before the first run.
    Raises ValueError for a setting that the controls do not offer and for a test set that does not fit.
    """

    name = "evaluation_lab"
    form_kind = SeededForm

    def __init__(self, train, val, test, **settings):
        if test is None:
            raise ValueError("test must be a Dataset, such as mb.split(data, val=0.15, test=0.15) gives; got None")
        if settings.get("architecture"):
            raise ValueError("architecture must be False here; choose the layers in mb.TrainingLab; got True")
        self.test, self.matrix, self._looked = as_dataset(test), None, 0.0
        super().__init__(train, val, **settings)

    def _page(self, form):
        self.tries = Tries()
        self.seal = SealedTest(self.test, self.tries, self.handler)
        self.confusion, self.tried, self.scores = (ipywidgets.HTML() for _ in range(3))
        self.confusion.layout.min_width = "400px"
        self.tried.layout.display = "block"  # so that a wide table scrolls within a narrow page
        self.mistakes = Mistakes(self.val, self.handler)
        seen = ipywidgets.HBox([self.confusion, self.mistakes.widget], layout={"flex_flow": "row wrap"})
        scores = {"Precision, recall and F1 of each class": self.scores, "Show the code": self.code}
        return {"below": [seen, self.tried, self.seal.widget], "sections": scores}

    def _explain_settings(self):
        show_programs(self.code, self.form.settings, self.train)

    # A run --------------------------------------------------------------------------------------------------------

    def _new_run(self, settings):
        training, label, cells = super()._new_run(settings)
        check_fit(training.net, self.test, "test")
        return training, label, {**cells, "train for": f"{settings.amount} {settings.budget}", "seed": settings.seed}

    def _begin(self):
        if self._player.loaded:
            self._note_try()  # the run that is now replaced
        super()._begin()

    def _reset(self):
        self.tries.clear()
        super()._reset()

    def _settle(self, text):
        super()._settle(text)
        self._note_try()
        self.mistakes.offer(self.matrix)

    def _note_try(self):
        """Keep the run as it stands, if it has made an update, as one that can be chosen."""
        if len(self.history) > 1:
            net, run = copy.deepcopy(self._training.net), self._runs.newest
            reached = _loss(net, self.val), self.matrix.trace() / self.matrix.sum()
            self.tries.note(Try(run.number, dict(run.cells), self._training.number, *reached, net))
        self.tried.value = self.tries.html()
        self.seal.refresh()

    # The picture --------------------------------------------------------------------------------------------------

    def _frame_more(self):
        if self._training is None:
            self.matrix, self.confusion.value, self.scores.value = None, NO_MATRIX, NO_RUN
            self.mistakes.show(None)
        elif not self._player.playing or time.perf_counter() - self._looked >= LOOK:
            self._look()

    def _look(self):
        """Let the network answer for the validation rows as it is now, and show what it said."""
        with np.errstate(all="ignore"):  # a network that ran away answers as well
            predicted = self._training.net.predict(self.val.X)
        names = self.train.class_names or tuple(map(str, range(self.train.classes)))
        self.matrix = confusion_matrix(self.val.y, predicted, len(names))
        self.confusion.value = confusion_table(self.matrix, names)
        self.scores.value = _scores(self.val.y, predicted, names)
        self.mistakes.show(predicted)
        self._looked = time.perf_counter()


def _scores(y, predicted, names):
    """Precision, recall and F1 of each class as a table."""
    scores = precision_recall_f1(y, predicted, len(names))
    counts = {"rows": np.bincount(y, minlength=len(names)), "called so": np.bincount(predicted, minlength=len(names))}
    rows = [
        {"class": name}
        | {title: column[k] for title, column in counts.items()}
        | {title.replace("f1", "F1"): f"{column[k]:.1%}" for title, column in scores.items()}
        for k, name in enumerate(names)
    ]
    return table("Of each class, on the validation rows", rows)


def _loss(net, data):
    try:
        return evaluate(net, data)["loss"]
    except NotFinite:
        return np.inf
