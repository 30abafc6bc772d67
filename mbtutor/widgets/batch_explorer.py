"""The lab of the batches: which row falls in which batch, this epoch and the next, and what an iterator hands out."""

import ipywidgets

from .. import checks, figures
from ..batches import MiniBatches
from ..datasets.dataset import as_dataset
from .batch_tiles import BatchTiles, ShownEpoch, counted
from .controls import NumberSlider, WholeField
from .folds import folded
from .lab import Lab
from .programs import program_tabs, show_texts
from .programs.batches import batches_programs
from .tables import table

MOST_ROWS = 60  # more tiles than this do not fit on a page
LARGEST_SEED = 9999
SHOWN_EPOCHS = 2
COLUMNS = ("epoch", "update", "rows")


class BatchExplorer(Lab):
    """Shows the first rows of `data` as tiles, and how MiniBatches cuts them into batches, epoch by epoch.

    data: a Dataset, or a pair (X, y); with pictures or without. The rest is where the controls start: rows (1 up to
    60, or as many as there are), batch_size (1 up to rows), shuffle, drop_last and seed, as in MiniBatches.
    `batches` are the MiniBatches of the settings as they stand; `run()` does what the button Next epoch does.
    Raises ValueError for a setting that the controls do not offer.
    """

    def __init__(self, data, *, rows=24, batch_size=8, shuffle=True, drop_last=False, seed=0):
        data = as_dataset(data)
        self.data = data.subset(range(min(MOST_ROWS, len(data))))
        start = {
            "rows": checks.whole_number("rows", rows, maximum=len(self.data)),
            "batch_size": checks.whole_number("batch_size", batch_size, maximum=rows),
            "shuffle": bool(shuffle),
            "drop_last": bool(drop_last),
            "seed": checks.whole_number("seed", seed, minimum=0, maximum=LARGEST_SEED),
        }
        super().__init__()
        self._tiles = BatchTiles(self.data)
        self._build(**start)
        self._begin("Ready: press Next batch.")

    def run(self):
        """Hand out what is left of this epoch, as the button Next epoch does."""
        self._next_epoch()

    def figure(self):
        """The tiles on the page as a matplotlib figure."""
        return figures.batches_of(self.batches, SHOWN_EPOCHS, first=self._first_shown())

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self, rows, batch_size, shuffle, drop_last, seed):
        self.rows = self._slider("Rows N", rows, len(self.data), "How many rows there are")
        self.batch_size = self._slider("Batch size B", batch_size, rows, "How many rows are averaged for one update")
        self.shuffle = self._switch("shuffle: a new order every epoch", shuffle)
        self.drop_last = self._switch("drop_last: leave a short last batch out", drop_last)
        self.seed = ipywidgets.BoundedIntText(
            description="seed: which orders",
            value=seed,
            max=LARGEST_SEED,
            style={"description_width": "initial"},
            layout={"width": "190px"},
            tooltip="The same seed gives the same orders again",
        )
        for widget in (self.shuffle, self.drop_last, self.seed):
            widget.observe(self.handler(lambda change: self._begin()), "value")
        self.buttons = {
            name: self._button(name, action, style, about)
            for name, action, style, about in (
                ("Next batch", self._next_batch, "primary", "Hand out one batch: one update"),
                ("Next epoch", self._next_epoch, "", "Hand out the rest of this epoch"),
                ("Reset", self._begin, "", "Go back to the start of epoch 1; the settings stay"),
            )
        }
        self.arithmetic, self.picture, self.table = (ipywidgets.HTML() for _ in range(3))
        self.code = program_tabs()
        sliders = [ipywidgets.Box([one.widget], layout={"flex": "1 1 220px"}) for one in (self.rows, self.batch_size)]
        wrap = {"flex_flow": "row wrap", "grid_gap": "0 20px"}
        switches = ipywidgets.HBox([self.shuffle, self.drop_last, self.seed], layout={**wrap, "flex": "1 1 270px"})
        self.view.children = [
            ipywidgets.HBox([*sliders, switches], layout=wrap),
            self.arithmetic,
            ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"}),
            self.status,
            self.picture,
            folded({"Table of the batches": self.table, "Show the code": self.code}),
        ]

    def _slider(self, name, value, highest, about):
        field, stops = WholeField(min=1, max=highest), range(1, highest + 1)
        return NumberSlider(name, value, stops, field, _marks(highest), self.handler(self._resized), about)

    def _switch(self, name, value):
        return ipywidgets.Checkbox(description=name, value=value, indent=False, layout={"width": "auto"}, tooltip=name)

    def _button(self, name, action, style, about):
        button = ipywidgets.Button(description=name, button_style=style, tooltip=about, layout={"width": "110px"})
        button.on_click(self.handler(lambda button: action()))
        return button

    # What the learner does ----------------------------------------------------------------------------------------

    def _resized(self):
        rows = self.rows.value
        if self.batch_size.options[-1] != rows:
            self.batch_size.offer(range(1, rows + 1), _marks(rows))
        self._begin()

    def _begin(self, text="Back at the start of epoch 1: press Next batch."):
        """Make new batches for the settings as they stand, and an iterator over their first epoch."""
        self.batches = MiniBatches(
            self.data.subset(range(self.rows.value)),
            self.batch_size.value,
            shuffle=self.shuffle.value,
            drop_last=self.drop_last.value,
            seed=self.seed.value,
        )
        self._epoch, self._batch = iter(self.batches), None
        controls = (self.rows, self.batch_size, self.shuffle, self.drop_last, self.seed)
        show_texts(self.code, batches_programs(*(control.value for control in controls)))
        self._show(text)

    def _next_batch(self):
        self._batch = next(self._epoch, None)
        if self._batch is None:  # the end of an epoch: a `for` would stop here, and the next one begins a new epoch
            self._epoch = iter(self.batches)
            self._batch = next(self._epoch)
        place, updates, number = self._epoch.position, len(self.batches), self._epoch.number + 1
        rows = "rows" if len(self._batch) > 1 else "row"
        text = f"update {place} of {updates} in epoch {number}: {rows} {_listed(self._batch.index)}."
        if place == updates:
            text += f" That was the last batch: epoch {number} is over."
        self._show(text)

    def _next_epoch(self):
        self._epoch, self._batch = iter(self.batches), None
        number = self._epoch.number
        text = f"Epoch {number} is over: {_updates(self.batches)}. Next comes update 1 of epoch {number + 1}."
        self._show(text)

    # The picture --------------------------------------------------------------------------------------------------

    def _show(self, text):
        """Draw everything as it stands now; `text` is for the status line."""
        first = self._first_shown()
        shown = [self._shown(epoch) for epoch in range(first, first + SHOWN_EPOCHS)]
        self.arithmetic.value = _line(arithmetic(self.batches))
        self.picture.value = self._tiles.html(self.batches, shown, shown[self._epoch.number - first])
        self.table.value = _table(shown)
        self.say(text)
        self.tell_watchers()

    def _first_shown(self):
        return max(0, self._epoch.number - 1)

    def _shown(self, number):
        """The ShownEpoch of that number, counted from 0: over, under way or still to come."""
        batches, left_out = self.batches.rows_of(number)
        if number < self._epoch.number:
            return ShownEpoch(number + 1, batches, left_out, used=len(batches))
        if number > self._epoch.number or self._batch is None:
            return ShownEpoch(number + 1, batches, left_out)
        return ShownEpoch(number + 1, batches, left_out, self._epoch.position, self._epoch.position - 1)


def arithmetic(batches):
    """HTML text: how many updates an epoch of these MiniBatches has, and why."""
    n, size = len(batches.data), batches.batch_size
    rest, updates = n % size, f"<b>{_updates(batches)} an epoch</b>"
    text = f"{counted(n, 'row')} / {size} a batch = "
    if not rest:
        alone = "; one batch holds every row, so their order changes nothing" if n == size and batches.shuffle else ""
        return f"{text}{updates}{alone}."
    text += f"{n / size:.3g}, rounded {'down' if batches.drop_last else 'up'}: {updates}; "
    if not batches.drop_last:
        return f"{text}the last batch has {counted(rest, 'row')}."
    left_out = f"{counted(rest, 'row')} {'is' if rest == 1 else 'are'} left out of"
    if batches.shuffle:
        return f"{text}{left_out} each epoch, chosen anew each time."
    return f"{text}the same {left_out} every epoch."


def _line(text):
    style = "font-size:15px;line-height:1.4;margin:4px 0"
    return f'<div class="mbtutor-arithmetic" role="status" style="{style}">{text}</div>'


def _updates(batches):
    return counted(len(batches), "update")


def _listed(rows):
    return ", ".join(map(str, rows))


def _marks(highest):
    """Where a slider from 1 to `highest` is marked."""
    return {value: str(value) for value in {1, *range(10, highest - 2, 10), highest}}


def _table(epochs):
    """The batches of the picture as a table: epoch, update, rows."""
    lines = []
    for epoch in epochs:
        lines += [(epoch.number, number, _listed(rows)) for number, rows in enumerate(epoch.batches, 1)]
        lines += [(epoch.number, "left out", _listed(epoch.left_out))] if len(epoch.left_out) else []
    return table("The rows of each batch, in order", [dict(zip(COLUMNS, line)) for line in lines])
