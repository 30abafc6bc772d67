"""What the table lab learns from: the table, its file and how it is read, the target, and the columns."""

import html
import tempfile
from pathlib import Path

import ipywidgets

from .controls import menu, push_buttons
from .own_table import EXAMPLES, LEFT_OUT, OwnTable, file_name, for_the_lab
from .table_columns import TableColumns
from .table_form import FOUND, TASKS, ReadingForm

CHOOSE = "choose a column"
NO_TARGET = "Choose the target: the column that is to be predicted from the others."


class TableChoice:
    """The table, the target and the columns as the learner chooses them, and the Parts that are made from them.

    path, target, left_out: what is chosen at first, as TableLab takes them. handler: wraps what a widget calls, as
    Lab.handler does. another_problem(): called after another table or target; returns whether there were runs, which
    are gone with it. other_columns(): called after other columns of the same rows, where runs can stay.
    own: the OwnTable. parts: its Parts or None, and then trouble says in words what is in the way.
    `widgets` are what to display, and elsewhere `reading.widget`, which few need.
    Raises ValueError for a file that cannot be learned from.
    """

    def __init__(self, path, target, left_out, handler, another_problem, other_columns):
        self._another_problem, self._other_columns = another_problem, other_columns
        self.own = OwnTable.example(path) if path in EXAMPLES else OwnTable(path)
        target = EXAMPLES.get(path) if target is None else target
        left_out = LEFT_OUT.get(path, ()) if left_out is None else tuple(left_out)
        if target is not None:
            self.own.parts(target, left_out)  # what is wrong in a program is raised, not told on the page
        self._folder = tempfile.TemporaryDirectory(prefix="mbtutor-")  # of the files that are uploaded
        self._uploads, self._waiting = 0, None  # how many there were; the one that could not be read yet
        self._make_widgets(handler)
        self._show(target, left_out)
        self._tell_choice()

    @property
    def left_out(self):
        """The names of the columns that are not learned from, but for the target."""
        return self.columns.left_out(self.target.value)

    def close(self):
        """Remove the copies of what was uploaded."""
        self._folder.cleanup()

    # The page -----------------------------------------------------------------------------------------------------

    def _make_widgets(self, handler):
        about = {name.capitalize(): ("", f"Load the example {name}") for name in EXAMPLES}
        self.examples = push_buttons(about, [handler(lambda name=name: self._load(name)) for name in EXAMPLES])
        self.upload = ipywidgets.FileUpload(
            accept=".csv,.tsv,.txt",
            multiple=False,
            description="Your CSV file",
            tooltip="Load a table from this computer; its first line names the columns",
            layout={"width": "auto"},
        )
        self.upload.observe(handler(self._uploaded), "value")
        self.message = ipywidgets.HTML()
        self.target = menu("Target: the column to predict", [(CHOOSE, FOUND)], FOUND)
        self.task = menu("Learn it as", list(TASKS.items()), FOUND)
        for widget in (self.target, self.task):
            widget.layout.width, widget.layout.max_width = "auto", "420px"
            widget.observe(handler(self._target_changed), "value")
        self.columns = TableColumns(handler(self._columns_changed))
        self.reading = ReadingForm(handler(self._read_again))
        wrap = {"flex_flow": "row wrap", "align_items": "center"}
        files = ipywidgets.HBox([*self.examples.values(), self.upload], layout=wrap)
        problem = ipywidgets.HBox([self.target, self.task], layout=wrap)
        self.widgets = [files, self.message, problem, self.columns.widget]

    def _tell(self, text, error=False):
        """What there is to say about the file; an error as one that a screen reader announces at once."""
        style = "color:var(--jp-error-color1,#B00020);font-weight:600;" if error else ""
        role = "alert" if error else "status"
        self.message.value = (
            f'<div class="mbtutor-file" role="{role}" style="{style}line-height:1.5;max-width:860px">'
            f"{html.escape(text)}</div>"
        )

    def _tell_choice(self, gone=""):
        """Say what is loaded, what is gone with another choice, and what is in the way or was decided."""
        about = f"{self.own.name} is loaded: {self.own.rows:,} rows, {len(self.own.columns)} columns."
        more = self.trouble or " ".join(f"Note: {note}." for note in self.parts.notes)
        self._tell(f"{about}{gone} {more}", error=self.trouble not in ("", NO_TARGET))

    def _show(self, target, left_out):
        """Show the columns of the table, and make its parts if the target is known."""
        self._quiet = True
        names = [column.name for column in self.own.columns]
        self.target.options = [(CHOOSE, FOUND), *((" ".join(name.split()) or name, name) for name in names)]
        self.target.value, self.task.value = target or FOUND, FOUND
        self._quiet = False
        self.columns.show(self.own.columns, left_out)
        self._make_parts()

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
        self._read(self._waiting or self.own.path, self.target.value, self.left_out)

    def _read(self, path, target=None, left_out=()):
        try:
            table = OwnTable(path, **self.reading.options)
        except ValueError as error:
            stays = "What was read before stays." if self._waiting is None else f"{self.own.name} stays as it was."
            return self._tell(f"{for_the_lab(str(error))} {stays}", error=True)
        return self._take(table, target if table.has(target) else None, filter(table.has, left_out))

    def _take(self, table, target, left_out):
        """Go on with another table."""
        self.own, self._waiting = table, None
        if not table.reading:
            self.reading.reset()
        self._show(target, tuple(left_out))
        self._begin_anew("table")

    def _target_changed(self, change):
        """Another target is another problem, and so is a target learned in another way."""
        if not self._quiet:
            self._make_parts()
            self._begin_anew("target")

    def _begin_anew(self, what):
        """No run and no seal of the table or target before counts for this one, and that is said."""
        gone = f" The runs and the seal of the {what} before are gone." if self._another_problem() else ""
        self._tell_choice(gone)

    def _columns_changed(self):
        """Other columns, the same rows and the same test."""
        self._make_parts()
        self._tell_choice()
        self._other_columns()

    def _make_parts(self):
        """Split, encode and standardise for the choice as it stands; what is in the way is kept as `trouble`."""
        target, self.parts, self.trouble = self.target.value, None, ""
        self.columns.mark_target(target)
        try:
            if target:
                self.parts = self.own.parts(target, self.left_out, self.task.value or None)
            else:
                self.trouble = NO_TARGET
        except ValueError as error:
            self.trouble = for_the_lab(str(error))
