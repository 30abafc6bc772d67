"""The rows that an ensemble reads wrong: a picture each, and below it the answer of every member and of their mean."""

import html

import numpy as np

from .. import figures
from .mistakes import MOST, Mistakes

OF_THE_MEAN, MENDED, SHARED, ANY = "of the mean", "mended by the mean", "shared by all members", "of any member"
KINDS = (OF_THE_MEAN, MENDED, SHARED, ANY)
STYLE = f"""<style>
.mbtutor-answers-of {{ margin: 0; text-align: center; font: 11px/16px var(--jp-ui-font-family, sans-serif) }}
.mbtutor-answers-of b {{ font-weight: 600 }}
.mbtutor-answers-of u {{ display: inline-block; min-width: 9px; padding: 0 2px; margin: 0 1px 0 0; border-radius: 3px;
  text-decoration: none; border: 1px solid color-mix(in srgb, {figures.BLUE} 55%, transparent) }}
.mbtutor-answers-of u.wrong {{ text-decoration: underline; font-weight: 700;
  background: color-mix(in srgb, {figures.VERMILLION} 40%, transparent);
  border-color: {figures.VERMILLION} }}
</style>"""


class MemberMistakes(Mistakes):
    """Shows rows of `data` that members of an ensemble or their mean read wrong; `widget` is what to display.

    The menu chooses whose mistakes: those of the mean, those that a member makes and the mean does not, those that all
    members make, those that any makes, or those of one member. An answer that is wrong is underlined.
    """

    def __init__(self, data, handler):
        self._answers = np.zeros((0, len(data)), int)
        super().__init__(data, handler)
        self.menu.layout.max_width = "420px"
        self.offer()

    def show(self, answers, mean=None):
        """Show the mistakes in these answers, a list of (n,) class numbers by member; mean: those of all together.

        An empty list: no member is ready yet.
        """
        self._answers = np.array(answers, int).reshape(-1, len(self.data))
        self._predicted = mean if len(self._answers) else None
        self.offer()

    def counts(self):
        """{what the menu calls it: how many rows}."""
        return {kind: int(rows.sum()) for kind, rows in self._kinds().items()}

    def offer(self):
        """Let the menu list whose mistakes can be shown; the choice stays, where it still can."""
        kinds = self._kinds()
        texts = [(f"{kind} ({rows.sum()})" if len(self._answers) else kind, kind) for kind, rows in kinds.items()]
        kept = self.menu.value if self.menu.value in kinds else OF_THE_MEAN
        self._offering = True  # new options choose the first one for a moment: that is not the learner's choice
        with self.menu.hold_sync():
            self.menu.options = texts
            self.menu.value = kept
        self._offering = False
        self._draw()

    def _kinds(self):
        """{kind: which rows, (n,) bool}."""
        if not len(self._answers):
            return dict.fromkeys(KINDS, np.zeros(len(self.data), bool))
        wrong, mean = self._answers != self.data.y, self._predicted != self.data.y
        kinds = dict(zip(KINDS, (mean, wrong.any(axis=0) & ~mean, wrong.all(axis=0), wrong.any(axis=0))))
        return kinds | {f"of member {number}": rows for number, rows in enumerate(wrong, 1)}

    def _draw(self):
        if self._predicted is None:
            self.pictures.value = '<div class="mbtutor-mistakes">They appear here as soon as a member is ready.</div>'
            return
        rows = np.flatnonzero(self._chosen())
        text = f"{len(rows):,} row{'' if len(rows) == 1 else 's'} of {len(self.data):,}"
        text += f"; the first {MOST}" if len(rows) > MOST else ""
        text += ". Below a picture: the answer of each member in turn, then of the mean; a wrong one is underlined."
        pictures = "".join(map(self._figure, rows[:MOST].tolist()))
        flow = "display:flex;flex-wrap:wrap;gap:8px 12px;margin-top:6px"
        self.pictures.value = f'{STYLE}<div class="mbtutor-mistakes">{text}<div style="{flow}">{pictures}</div></div>'

    def _chosen(self):
        return self._kinds()[self.menu.value]

    def _figure(self, row):
        names = self.data.class_names or range(1 + max(self.data.y.max(), self._answers.max()))
        picture = self._picture(row) if self._pictured else f"<b>row {row}</b>"
        true = self.data.y[row]
        members = "".join(_chip(names[said], said != true) for said in self._answers[:, row])
        mean = _chip(names[self._predicted[row]], self._predicted[row] != true)
        return (
            f'<figure class="mbtutor-answers-of">{picture}<figcaption>is <b>{html.escape(str(names[true]))}</b><br>'
            f"{members}<br>mean {mean}</figcaption></figure>"
        )


def _chip(name, wrong):
    kind = "wrong" if wrong else "right"
    return f'<u class="{kind}">{html.escape(str(name))}</u>'
