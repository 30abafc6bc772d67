"""The lab of the losses: what an answer costs, how steep the loss is there, and what an outlier does to a fit."""

import ipywidgets

from .. import checks, figures
from . import svg
from .controls import NARROW, NumberField, NumberSlider, menu, push_buttons
from .descents import ANSWERS, Descent
from .folds import folded
from .lab import Lab
from .outliers import HIGHEST, IN_LINE, NUMBER, Fitted, X
from .programs import program_tabs, show_texts
from .programs.losses import fit_programs, score_programs
from .tables import table

CLASSES, CONSTANT, LINE = "yes or no", "a number, by a constant", "a number, by a line"
TASKS = CLASSES, CONSTANT, LINE
LIMIT = 8  # a score beyond this is as good as certain
SIZES = (0.1, 0.2, 0.5, 1, 2, 5, 10)  # the stops of the learning rate and of delta
MARKS = (figures.BLUE, "●"), (figures.VERMILLION, "■"), (figures.GREEN, "◆")
SHOWN = 12  # as many of the last places of a walk are listed
BUTTONS = {
    "Step": ("success", "Make one step downhill by each loss"),
    "Ten steps": ("success", "Make ten steps downhill by each loss"),
    "Back to the start": ("", "Put both scores back where you last placed them"),
    "Throw it up": ("success", f"Move the outlier up to {HIGHEST}"),
    "Back in line": ("", f"Move the outlier down to {IN_LINE:g}, in line with the others"),
}


class LossLab(Lab):
    """Shows what an answer costs under several losses, and how steep they are there.

    task: "yes or no" (a score that walks downhill, once by cross-entropy and once by squared error), or "a number, by
    a constant" or "a number, by a line" (eleven points, one of which can be moved; each loss fits its own).
    score: to start from, between -8 and 8; answer: "yes" or "no", the right one; lr: the learning rate of a step.
    outlier: its height, from 0 to 30; delta: of Huber's loss.
    `walks` keeps every walk of the scores, the newest last; `fitted` holds the fits. `run()` makes ten steps, or
    throws the outlier up, as the buttons do. Raises ValueError for a setting that the controls do not offer.
    """

    def __init__(self, task=CLASSES, *, score=-1.0, answer="yes", lr=1.0, outlier=IN_LINE, delta=1.0):
        checks.choice("task", task, TASKS)
        checks.choice("answer", answer, tuple(ANSWERS))
        score = _between("score", score, -LIMIT, LIMIT)
        outlier = _between("outlier", outlier, 0, HIGHEST)
        lr, delta = _between("lr", lr, 0.01, 10), _between("delta", delta, 0.01, 10)
        super().__init__()
        self.walks = [Descent(score, answer)]
        self._ids = svg.new_prefix()
        self._build(task, lr, outlier, delta)
        self._show(self._welcome())

    @property
    def walk(self):
        """The walk that is going on."""
        return self.walks[-1]

    @property
    def fitted(self):
        """What each loss fits to the points as they lie now."""
        return Fitted(self.outlier.value, self.delta.value, self.task.value == LINE)

    def figure(self):
        """What the lab shows now, as a matplotlib figure."""
        if self.task.value == CLASSES:
            losses = {name: one.loss for name, one in self.walk.losses.items()}
            places = {name: way[-SHOWN:] for name, way in self.walk.places.items()}
            return figures.loss_and_slope(losses, places, (-LIMIT, LIMIT), axis="score for yes")
        fitted = self.fitted
        losses = {name: one.loss for name, one in fitted.losses.items()}
        reach = max(5, 1.08 * max(map(abs, fitted.errors.values())))
        return figures.outlier(X, fitted.y, NUMBER, fitted.fits, losses, fitted.errors, (-reach, reach))

    def run(self):
        """Make ten steps or, with numbers, throw the outlier up, as the buttons do."""
        if self.task.value == CLASSES:
            self._step(10)
        else:
            self._move(HIGHEST)

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self, task, lr, outlier, delta):
        self.task = menu("Task", TASKS, task)
        self.answer = menu("Right answer", list(ANSWERS), self.walk.answer)
        self.score = _slider("Starting score", self.walk.start, _halves(-LIMIT, LIMIT), self.handler(self._placed))
        self.rate = _slider("Learning rate", lr, SIZES, self.handler(self._rate_changed))
        self.outlier = _slider("Height of the outlier", outlier, _halves(0, HIGHEST), self.handler(self._thrown))
        self.delta = _slider("Huber's delta", delta, SIZES, self.handler(self._delta_changed))
        for slider in (self.score, self.outlier, self.delta):
            slider.slider.continuous_update = True  # the picture follows the mouse
        self.task.observe(lambda change: self.handler(self._task_changed)(), "value")
        self.answer.observe(lambda change: self.handler(self._answered)(), "value")
        steps = [lambda: self._step(1), lambda: self._step(10), lambda: self._begin("Back at the start.")]
        throws = [lambda: self._move(HIGHEST), lambda: self._move(IN_LINE)]
        self.buttons = push_buttons(BUTTONS, map(self.handler, [*steps, *throws]))
        *of_classes, up, down = self.buttons.values()
        self._rows = {True: _row(of_classes), False: _row([up, down])}  # by whether the task is of classes
        forms = {True: [self.answer, self.score.widget, self.rate.widget]}
        forms[False] = [self.outlier.widget, self.delta.widget]
        self._forms = {which: ipywidgets.VBox(parts) for which, parts in forms.items()}
        self.picture, self.words, self.table = (ipywidgets.HTML(layout={"width": "100%"}) for _ in range(3))
        self.code = program_tabs()
        self.status.layout.min_height = "48px"  # two lines, so that the picture does not jump
        left = ipywidgets.VBox([self.task, *self._forms.values()], layout=NARROW)
        live = [*self._rows.values(), self.words, self.status, self.picture]
        right = ipywidgets.VBox(live, layout={"flex": "1 1 520px", "width": "auto"})
        self.view.children = [
            ipywidgets.HBox([left, right], layout={"flex_flow": "row wrap"}),
            folded({"Table of the same numbers": self.table, "Show the code": self.code}),
        ]

    def _show(self, happened):
        of_classes = self.task.value == CLASSES
        for parts in (self._rows, self._forms):
            for which, part in parts.items():
                part.layout.display = None if which == of_classes else "none"
        shown = self.walk if of_classes else self.fitted
        head, lines = shown.head(), shown.words()
        self.words.value = _with_marks(head, lines)
        self.picture.value = svg.picture(self.figure(), "mbtutor-loss", self._ids, f"{head} {'; '.join(lines)}.")
        if of_classes:
            self.table.value = table("The walk so far", shown.rows(SHOWN))
            programs = score_programs(shown.start, ANSWERS[shown.answer], self.rate.value)
        else:
            self.table.value = table("What each loss fits", shown.rows())
            programs = fit_programs(X, shown.y, shown.delta, shown.line)
        show_texts(self.code, programs)
        self.buttons["Back to the start"].disabled = not self.walk.rates
        self.say(happened)

    def _welcome(self):
        if self.task.value == CLASSES:
            return "Ready: press Step, or move the score."
        if self.outlier.value != IN_LINE:
            return self.fitted.about()
        return "Ready: press Throw it up, or move the outlier by its slider."

    # What a learner does ------------------------------------------------------------------------------------------

    def _step(self, steps):
        self._finish(self.walk.go(steps, self.rate.value))

    def _placed(self):
        self._begin(f"A new start at score {self.score.value:g}.")

    def _answered(self):
        self._begin(f"Now the right answer is {self.answer.value}.")

    def _begin(self, happened):
        if not self.walk.rates:
            self.walks.pop()  # a score that was only moved to and fro has made no walk
        self.walks.append(Descent(self.score.value, self.answer.value))
        self._finish(happened)

    def _rate_changed(self):
        self._finish(f"The next steps are made with learning rate {self.rate.value:g}.")

    def _move(self, height):
        if self.outlier.value == height:
            self._finish(f"The outlier lies at {height:g} already.")
        self.outlier.field.value = height

    def _thrown(self):
        self._finish(self.fitted.about())

    def _delta_changed(self):
        self._finish(f"Huber's loss is squared for errors up to {self.delta.value:g}, and straight beyond.")

    def _task_changed(self):
        self._finish(self._welcome())

    def _finish(self, happened):
        self._show(happened)
        self.tell_watchers()


def _between(name, value, low, high):
    """The value as a float, from low to high, both included."""
    if checks.number(name, value) < low or value > high:
        raise ValueError(f"{name} must be a number from {low:g} to {high:g}; got {value!r}")
    return float(value)


def _with_marks(head, lines):
    """The lines as HTML, each behind the marker that its loss has in the picture."""
    marked = [
        f'<br><span aria-hidden="true" style="color:{colour}">{mark}</span> {line}'
        for line, (colour, mark) in zip(lines, MARKS)
    ]
    return f'<div class="mbtutor-words" style="line-height:1.5">{head}{"".join(marked)}</div>'


def _halves(low, high):
    return [half / 2 for half in range(2 * low, 2 * high + 1)]


def _row(buttons):
    return ipywidgets.HBox(buttons, layout={"flex_flow": "row wrap"})


# What stands under each slider, and what it is.
_ABOUT = {
    "Starting score": ((-8, -4, 0, 4, 8), "The network's score for yes, before any step"),
    "Learning rate": ((0.1, 1, 10), "How far one step goes for a slope of 1"),
    "Height of the outlier": ((0, 10, 20, 30), "Where the point with the star lies"),
    "Huber's delta": ((0.1, 1, 10), "The error from which on Huber's loss is straight"),
}


def _slider(name, value, stops, changed):
    marks, tooltip = _ABOUT[name]
    field = NumberField(min=min(0.01, stops[0]), max=stops[-1], step=0.1)
    return NumberSlider(name, value, stops, field, {mark: f"{mark:g}" for mark in marks}, changed, tooltip)
