"""The runs a lab keeps: the newest one and the five before it, as curves, as a table, as files and in words."""

from pathlib import Path
from textwrap import shorten

from .. import figures
from ..files import replacing
from ..history import History
from .tables import table

EARLIER = 5
MEASURES = {"loss": "loss of this batch", "val_loss": "validation loss", "val_accuracy": "validation accuracy"}
CLEAR = ("optimizer", "hidden layers", "loss")  # settings whose text says by itself what it is
LEGEND = 48  # letters that a legend has room for


class Run:
    """One run. training: what mb.train returned, before its first update; it is not kept here.

    label: the run in a few words. cells: {column: text}, its settings as they stand in the table of runs.
    """

    def __init__(self, number, training, label, cells):
        self.number, self.cells, self._label = number, cells, label
        self.history = History(label=f"run {number}: {label}", loss=training.net.loss.name)
        batches = training.batches
        self._ends = {"updates": training.total, "examples": training.total * len(batches.data) / len(batches)}

    def end(self, clock):
        """Where this run ends on that clock if it is not stopped; None for seconds, which nobody knows before."""
        return self._ends.get(clock)

    @property
    def finished(self):
        """Whether all its updates were made."""
        return bool(len(self.history)) and self.history["number"][-1] == self._ends["updates"]

    def name_by(self, columns):
        """Let the run be called by these of its settings; by its own label where there are none."""
        named = [f"{'' if name in CLEAR else name + ' '}{self.cells[name]}" for name in columns]
        name = shorten(", ".join(named) or self._label, LEGEND, placeholder=" ...")
        self.history.label = f"run {self.number}: {name}"

    def sentence(self):
        """Where the run is and its newest measures, in words."""
        if not len(self.history):
            return "no update yet"
        now = self.history["number"][-1]
        last, measured = [f"update {now:,.0f} of {self._ends['updates']:,}"], now
        for name, text in MEASURES.items():
            numbers, values = self.history.measured(name)
            if len(values):
                last.append(f"{text} {values[-1]:.1%}" if "accuracy" in name else f"{text} {_loss(values[-1], 3)}")
                measured = numbers[-1]
        return ", ".join(last) + (f" (validated at update {measured:,.0f})" if measured != now else "")

    def row(self):
        """{column: text} of this run in the table: its settings, then the last number of each measure."""
        history = self.history
        last = {"updates": f"{history['number'][-1]:,.0f}", "examples": f"{history['examples'][-1]:,.0f}"}
        last["seconds"] = f"{history['seconds'][-1]:.2f}"
        for name, text in MEASURES.items():
            values = history.measured(name)[1]
            last[text] = _loss(values[-1], 4) if len(values) else ""
        return {"run": self.number, **self.cells, **last}


class Runs:
    """The last runs of a lab, oldest first. kind: Run, or what a lab has in its place."""

    def __init__(self, kind=Run):
        self.kept, self._count, self._kind = [], 0, kind

    def begin(self, training, label, cells):
        """Add a run; the oldest one goes when there are too many. Arguments as for Run."""
        self._count += 1
        self.kept = [*self.kept, self._kind(self._count, training, label, cells)][-EARLIER - 1 :]
        differing = [name for name in cells if len({run.cells[name] for run in self.kept}) > 1]
        for run in self.kept:
            run.name_by(differing)

    @property
    def left_out(self):
        """How many runs came before the ones that are kept."""
        return self.kept[0].number - 1 if self.kept else 0

    @property
    def newest(self):
        return self.kept[-1]

    @property
    def histories(self):
        """The Histories, oldest first; an empty one before the first run."""
        return [run.history for run in self.kept] or [History(label="no run yet")]

    def end(self, clock):
        """Where the horizontal axis ends: at the end of the longest run, if that is known."""
        return None if clock == "seconds" else max(run.end(clock) for run in self.kept)

    def sentence(self):
        """The newest run in words."""
        return self.newest.sentence() if self.kept else "no update yet"

    def table(self):
        """The last numbers of every run that has any, as HTML text."""
        return table("The last number of each run", [run.row() for run in self.kept if len(run.history)])

    def save(self, folder, name, figure):
        """Write the figure (PNG) and one table of numbers a run (CSV) into `folder`; return their paths."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{name}.png"]
        with replacing(paths[0]) as file:
            file.write(figures.png(figure))
        for run in self.kept:
            paths.append(folder / f"{name}_run_{run.number}.csv")
            run.history.to_csv(paths[-1])
        return paths


def _loss(value, digits):
    """The number as text; as 7.2e+180 where a run went astray and it would have hundreds of digits."""
    return f"{value:.{digits}f}" if value < 10_000 else f"{value:.1e}"
