"""A page to print: which lessons a learner has worked through, and what was passed in each."""

import html

from .. import files
from . import record
from .page import Progress

STYLE = """
body { font-family: Georgia, serif; margin: 0; color: #222; background: #fff; }
main { max-width: 178mm; margin: 12mm auto; padding: 8mm 10mm; border: 2px solid #0072B2; }
h1 { font-size: 24pt; margin: 0 0 2mm; color: #0072B2; font-weight: normal; }
.who { font-size: 17pt; margin: 4mm 0 1mm; border-bottom: 1px solid #999; min-height: 8mm; }
table { border-collapse: collapse; width: 100%; font-size: 9.5pt; margin: 4mm 0; }
th, td { text-align: left; padding: 1.1mm 3mm 1.1mm 0; border-bottom: 1px solid #ddd; }
td.n, th.n { text-align: right; white-space: nowrap; }
small { color: #555; }
@page { size: A4; margin: 10mm; }
@media print { main { margin: 0 auto; } tr { break-inside: avoid; } }
"""


class Certificate:
    """What a learner has done, as one page of HTML: a notebook shows it, `save` writes it for printing."""

    def __init__(self, name):
        self.name, self.day, self.progress = name, record.today(), Progress()

    @property
    def complete(self):
        """Whether every exercise of every lesson is passed."""
        return self.progress.done == self.progress.total

    def save(self, path="certificate.html"):
        """Write the page to `path`; open it in a browser and print it. Returns the path."""
        with files.replacing(path, "w", encoding="utf-8") as file:
            file.write(self.page())
        return path

    def page(self):
        """The whole page."""
        title = "<title>mbtutor: what I have learned</title>"
        head = f'<meta charset="utf-8">{title}<style>{STYLE}</style>'
        return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{self._main()}</body></html>\n'

    def __repr__(self):
        return f"Certificate of {self.name or 'a learner'}, {self.day}: {self._sum()}"

    def _repr_html_(self):
        frame = "border:2px solid #0072B2;padding:12px 20px;max-width:680px"
        return f'<div class="mbtutor-certificate" style="{frame}">{self._main()}</div>'

    def _sum(self):
        return f"{self.progress.done} of {self.progress.total} exercises passed"

    def _main(self):
        lessons = [row for row in self.progress.rows if row["passed"] or row["right"]]
        rows = "".join(map(_row, lessons)) or '<tr><td colspan="4">Nothing is passed yet.</td></tr>'
        head = '<th>lesson</th><th class="n">exercises</th><th class="n">quiz</th><th class="n">predicted</th>'
        done = "Every exercise of the course is passed." if self.complete else f"{self._sum()}."
        return (
            f'<main><h1>Mini-batch training, by running it</h1><div class="who">{html.escape(self.name)}</div>'
            f"<p>{done} {self.day}</p><table><tr>{head}</tr>{rows}</table>"
            "<small>Worked through in mbtutor's notebooks, each exercise checked by a program on the learner's own "
            "machine. It says what was done there; it is not an examination.</small></main>"
        )


def certificate(name=""):
    """Return the page of what is done, for `name` to print: `mb.certificate("Ada").save()`.

    Raises TypeError for a name that is not text.
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be text, such as 'Ada Lovelace'; got {name!r}")
    return Certificate(" ".join(name.split()))


def _row(row):
    predicted = "yes" if row["predicted"] else "no"
    cells = f"{len(row['passed'])} of {len(row['exercises'])}", f"{row['right']} of {row['questions']}", predicted
    numbers = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    return f"<tr><td><b>{row['number']}</b> {html.escape(row['title'])}</td>{numbers}</tr>"
