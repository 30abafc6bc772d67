"""The lab of attention: a trained network reads a name, and shows which tokens listen to which, head by head."""

import html
from dataclasses import replace

import ipywidgets
import numpy as np

from .. import checks, figures
from ..datasets.dataset import as_dataset
from ..network import Network
from ..preparation import shuffled
from . import svg
from .controls import NARROW, NumberSlider, WholeField, push_buttons
from .folds import folded
from .lab import Lab
from .probabilities import bars
from .programs import program_tabs, show_texts
from .programs.attention import attention_programs
from .reader import Reader, Switches
from .tables import table

MOST_PADDING = 20
MEASURED = 300  # as many rows of the data are read to say how often the network is right
BUTTONS = {
    "Another name": ("success", "Show another name of the data"),
    "Next mistake": ("", "Go on to the next name that the network reads wrong"),
}
SWITCHES = {
    "padding_mask": ("Padding mask", "Nobody listens to padding, and it does not count in the mean"),
    "causal": ("Causal mask", "A token listens only to itself and to those before it"),
    "positions": ("Positional encoding", "The network is told where each token stands"),
}


class AttentionLab(Lab):
    """Lets a trained transformer read a name: what listens to what in each head, and the probability of each class.

    net: a trained Network of characters, or of their pairs, with a SelfAttention (the first is shown). data: a Dataset
    with a vocabulary and class labels, such as the validation rows; its names are offered. The rest is where the
    controls start: name (by default the first of data), padding (0 to 20 empty positions after it), padding_mask,
    causal, positions. The switches change how the network reads; nothing is trained.
    `answer` is the probability of each class, `maps` (heads, longest, longest), `tokens` what was read. `run()` shows
    another name, as the button does. Raises ValueError for what cannot be read.
    """

    def __init__(self, net, data, *, name=None, padding=0, padding_mask=True, causal=False, positions=True):
        self.data = as_dataset(data)
        if not isinstance(net, Network):
            raise TypeError(f"net must be a trained Network; got {type(net).__name__}")
        if self.data.vocabulary is None or not self.data.classes:
            raise ValueError(f"data must have a vocabulary and class labels, as load_places() has; got {self.data!r}")
        self.net, self.reader = net, Reader(net, self.data.vocabulary)
        self._data_in_pairs = self.data.X.values.max() >= len(self.data.vocabulary)
        self._rows_read = shuffled(len(self.data), 0, 0)[:MEASURED]  # the rows of data may be sorted by class
        self._texts = [self._text(row) for row in self._rows_read]
        self._classes = {self._text(row): int(self.data.y[row]) for row in range(len(self.data))}
        padding = checks.whole_number("padding", padding, minimum=0)
        if padding > MOST_PADDING:
            raise ValueError(f"padding must be at most {MOST_PADDING} in this lab; got {padding}")
        name = self._texts[0] if name is None else name
        self.reader.numbers(name, padding)  # raises ValueError for one that cannot be read
        super().__init__()
        self._turn, self._shares, self._ids = 0, {}, svg.new_prefix()
        self._build(name, padding, {"padding_mask": padding_mask, "causal": causal, "positions": positions})
        self._show("Ready: type a place name, or press Another name.")

    @property
    def switches(self):
        """How the network is made to read, as the controls stand."""
        return Switches(self.padding.value, **{name: bool(box.value) for name, box in self.boxes.items()})

    @property
    def moved_by_padding(self):
        """How far padding, read as the controls say, moves the probability that it moves most; 0 to 1."""
        alone, _ = self.reader.answer(self.read, replace(self.switches, padding=0))
        return float(np.abs(alone - self.answer).max())

    def figure(self):
        """What the lab shows now, as a matplotlib figure."""
        return figures.attention(self.maps, self.tokens, f"Who listens to whom in “{self.read}”")

    def fail(self, error):
        """A name that cannot be read leaves everything as it was: say why, and what is still shown."""
        if isinstance(error, ValueError):
            return self.say(f"{error}. Shown is still “{self.read}”.", error=True)
        return super().fail(error)

    def run(self):
        """Show another name, as the button does."""
        self._another()

    # The page -----------------------------------------------------------------------------------------------------

    def _build(self, name, padding, switches):
        self.name = ipywidgets.Text(
            description="Place name",
            value=name,
            style={"description_width": "initial"},
            layout={"width": "auto"},
            tooltip="Small letters without accents, spaces, hyphens and apostrophes",
        )
        self.name.observe(lambda change: self.handler(self._typed)(), "value")
        self.padding = NumberSlider(
            "Padding",
            padding,
            range(MOST_PADDING + 1),
            WholeField(min=0, max=MOST_PADDING),
            {0: "0", 5: "5", 10: "10", 15: "15", 20: "20"},
            self.handler(self._changed),
            "How many empty positions follow the name",
        )
        self.boxes = {
            key: ipywidgets.Checkbox(
                description=text, value=bool(switches[key]), indent=False, tooltip=tip, layout={"width": "auto"}
            )
            for key, (text, tip) in SWITCHES.items()
        }
        for box in self.boxes.values():
            box.observe(lambda change: self.handler(self._changed)(), "value")
        self.buttons = push_buttons(BUTTONS, map(self.handler, (self._another, self._next_mistake)))
        self.picture, self.words, self.bars, self.table = (ipywidgets.HTML(layout={"width": "100%"}) for _ in range(4))
        self.code = program_tabs()
        row = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        form = ipywidgets.VBox([self.name, row, self.padding.widget, *self.boxes.values(), self.bars], layout=NARROW)
        self.status.layout.min_height = "30px"
        right = ipywidgets.VBox([self.words, self.status, self.picture], layout={"flex": "1 1 520px", "width": "auto"})
        form.layout.overflow = right.layout.overflow = "visible"  # one that scrolls would be a stop of the Tab key
        self.bars.layout.margin = "10px 0 0 0"
        self.view.children = [
            ipywidgets.HBox([form, right], layout={"flex_flow": "row wrap"}),
            folded({"Table of the attention": self.table, "Show the code": self.code}),
        ]

    def _show(self, happened):
        text, switches = self.name.value, self.switches
        self.answer, maps = self.reader.answer(text, switches)
        self.read, self.maps, self.tokens = text, maps[0], self.reader.tokens(text)
        said = self._words(switches)
        self.words.value = f'<div class="mbtutor-words" role="status" style="line-height:1.5">{said}</div>'
        self.picture.value = svg.picture(self.figure(), "mbtutor-attention", self._ids, self._heard())
        self.bars.value = bars(self.answer, self.data.class_names, self._truth())
        self.table.value = table(
            "Share of its attention that each token gives to the one it listens to most", self._rows()
        )
        show_texts(self.code, attention_programs(self.net, text, self.reader.pairs, switches))
        self.say(happened)

    def _words(self, switches):
        best = self.answer.argmax()
        told = f"<b>{html.escape(self.read)}</b>: {self.data.class_names[best]}, {self.answer[best]:.0%} sure"
        truth = self._truth()
        if truth is not None:
            told += " (right)" if truth == best else f" (wrong: it is in {self.data.class_names[truth]})"
        share = self._share(switches)
        kind = "pairs of characters" if self.reader.pairs else "characters"
        padding = f" and {switches.padding} of padding" if switches.padding else ""
        told += f". Read as {len(self.tokens)} {kind}{padding}. "
        return told + f"Read in this way, <b>{share:.0%}</b> of {len(self._texts)} names of {self.data.name} are right."

    def _share(self, switches):
        if switches not in self._shares:
            self._shares[switches] = self.reader.right(self._texts, self.data.y[self._rows_read], switches)
        return self._shares[switches]

    def _truth(self):
        """The class of the name where it is one of the data."""
        return self._classes.get(self.read)

    def _heard(self):
        """For each head the token that listens most to another one, in words."""
        names = figures.token_names(self.tokens, self.maps.shape[1])
        told = []
        for head, weights in enumerate(self.maps, start=1):
            row, column = np.unravel_index(weights.argmax(), weights.shape)
            told.append(
                f"head {head}: {names[row]} gives {weights[row, column]:.0%} of its attention to {names[column]}"
            )
        return f"Attention in {self.read}, its largest share in each head. " + "; ".join(told)

    def _rows(self):
        names = figures.token_names(self.tokens, self.maps.shape[1])
        heads = [(figures.listened_to(weights), weights.max(axis=1)) for weights in self.maps]
        return [
            {"token": name}
            | {f"head {h}": f"{names[best[i]]} {most[i]:.0%}" for h, (best, most) in enumerate(heads, start=1)}
            for i, name in enumerate(names)
        ]

    # What a learner does ------------------------------------------------------------------------------------------

    def _typed(self):
        """The network reads what stands in the field; where it cannot, the lab says why and shows the name before."""
        if self.name.value != self.read:
            self._changed()

    def _changed(self):
        self._show("")
        self.tell_watchers()

    def _another(self):
        self._go_to((self._turn + 1) % len(self._texts), "Another name of the data.")

    def _next_mistake(self):
        rows = np.arange(self._turn + 1, self._turn + 1 + len(self._texts)) % len(self._texts)
        for row in rows:
            if self.reader.answer(self._texts[row], self.switches)[0].argmax() != self._classes[self._texts[row]]:
                return self._go_to(int(row), "A name that is read wrong.")
        return self.say(f"None of the {len(self._texts)} names is read wrong.")

    def _go_to(self, row, happened):
        self._turn = row
        self.read = self.name.value = self._texts[row]
        self._show(happened)
        self.tell_watchers()

    def _text(self, row):
        """The name in that row of the data, as text."""
        vocabulary, numbers = self.data.vocabulary, self.data.X.item(row)
        if not self._data_in_pairs:
            return vocabulary.decode(numbers)
        return "".join(pair[1] for pair in vocabulary.decode_pairs(numbers))[:-1]
