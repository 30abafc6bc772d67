"""Lesson 12: batches by a token budget, a softmax that heeds its mask, attention in order, and how much fits."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Order, Prediction, Question, Write, function_in, seen, taken

TITLE = "Read text with a transformer"

# (sorted lengths, budget): in the first case every known fault gives an answer of its own.
CUTS = (
    ([3, 3, 4, 5, 5, 6, 8, 9], 16),
    ([2, 2, 2, 2], 4),
    ([5], 5),
    ([1, 1, 1, 7], 7),
    ([4, 5, 6], 100),
)


def _examine_cut(cut):
    for lengths, budget in CUTS:
        got, right = _as_lists(cut(list(lengths), budget)), function_in(CUT.solution)(lengths, budget)
        if got != right:
            raise NotYet(_fault_of_cut(got, lengths, budget), seen(f"{lengths}, budget={budget}", got, right))


def _as_lists(got):
    if got is None:
        raise NotYet("Your function returns nothing. Does every way through it end in `return`?")
    try:
        return [[int(row) for row in batch] for batch in taken(got, 100)]
    except (TypeError, ValueError):
        raise NotYet("Return a list of lists of row numbers, such as `[[0, 1, 2], [3, 4]]`.") from None


def _fault_of_cut(got, lengths, budget):
    for name, mistake in CUT.mistakes.items():
        if function_in(mistake.code)(lengths, budget) == got:
            return name
    found = [row for batch in got for row in batch]
    if sorted(found) != list(range(len(lengths))):
        return "Every row must be in exactly one batch; yours has " + (f"the rows {found}." if found else "none.")
    if any(len(batch) * max(lengths[row] for row in batch) > budget for batch in got if batch):
        return "One of your batches has more positions than the budget. Its positions are its rows times its longest."
    return "Those are not the batches: take the rows in order, as many into a batch as the budget allows."


def _cutting(full="(len(batch) + 1) * length > budget", after="batch = []", add="batch.append(row)", end="[batch]"):
    """A solution of 12.1, or with another line in it a fault."""
    return f"""
def cut(lengths, budget):
    batches, batch = [], []
    for row, length in enumerate(lengths):
        if batch and {full}:
            batches.append(batch)
            {after}
        {add}
    return batches + {end}
"""


CUT = Write(
    id="12.1",
    task="Cut rows into batches by a token budget.",
    starter='''
def cut(lengths, budget):
    """Return the batches, a list of lists of row numbers (0, 1, 2, ...), in the order of the rows.

    lengths: how many tokens each row has, sorted from short to long; none has more than the budget. A batch takes
    rows as long as its positions, its rows times its longest row, are no more than the budget.
    """
    ...
''',
    hints=(
        "Go through the rows one by one with a batch that grows. When would the next row be one too many?",
        "The rows are sorted, so the next row is the longest one of the batch it joins. With it the batch has "
        "`(len(batch) + 1) * length` positions.",
        "Where that is above the budget, append the batch to the batches and begin a new one; then append the row to "
        "the batch. After the loop, the last batch is still to be appended.",
    ),
    solution="""
def cut(lengths, budget):
    batches = [[]]
    for row, length in enumerate(lengths):
        if (len(batches[-1]) + 1) * length > budget:
            batches.append([])
        batches[-1].append(row)
    return batches
""",
    explanation="What a batch costs is its positions, padding included. Short names come many at a time, long ones "
    "few, and every update is about the same work.",
    examine=_examine_cut,
    mistakes={
        "sum": Mistake(
            "You add up the lengths. Padding counts too: every row is as long as the longest one of its batch.",
            _cutting(full="sum(lengths[r] for r in batch) + length > budget"),
        ),
        "first": Mistake(
            "You count with the first row of the batch, the shortest. The longest one, the newest, says how many "
            "positions each row has.",
            _cutting(full="(len(batch) + 1) * lengths[batch[0]] > budget"),
        ),
        "before": Mistake(
            "You count with the longest row that is in the batch already. The next row is longer: count with its "
            "length.",
            _cutting(full="(len(batch) + 1) * lengths[batch[-1]] > budget"),
        ),
        "without": Mistake(
            "You count the positions without the row that is to join: `len(batch) + 1` rows are to fit.",
            _cutting(full="len(batch) * length > budget"),
        ),
        "less": Mistake(
            "Exactly the budget is allowed: a batch is full only when it would have more.",
            _cutting(full="(len(batch) + 1) * length >= budget"),
        ),
        "last": Mistake(
            "The last batch is missing. After the loop it is not yet among the batches.", _cutting(end="[]")
        ),
        "lost": Mistake(
            "The row that no longer fits is lost: it must begin the next batch.",
            _cutting(add="else:\n            batch.append(row)"),
        ),
        "lengths": Mistake(
            "You return the lengths of the rows. Return their numbers: 0, 1, 2, ...",
            "def cut(lengths, budget):\n    batches = [[]]\n    for length in lengths:\n"
            "        if (len(batches[-1]) + 1) * length > budget:\n            batches.append([])\n"
            "        batches[-1].append(length)\n    return batches",
        ),
        "one": Mistake(
            "Row numbers are counted from 0.",
            "def cut(lengths, budget):\n    batches = [[]]\n    for row, length in enumerate(lengths, 1):\n"
            "        if (len(batches[-1]) + 1) * length > budget:\n            batches.append([])\n"
            "        batches[-1].append(row)\n    return batches",
        ),
    },
)


def _examine_weights(attention_weights):
    rng = np.random.default_rng(0)
    for longest, length in ((4, 3), (5, 5), (6, 1)):
        scores, real = rng.normal(size=(longest, longest)) * 2, np.arange(longest) < length
        got, right = _table(attention_weights(scores.copy(), real.copy()), scores.shape), _weights()(scores, real)
        if not np.allclose(got, right):
            given = f"{longest} positions, {length} of them real"
            sums, padding = got.sum(axis=1).round(2).tolist(), got[:, length:].sum(axis=1).max()
            told = f"Given {given}, the rows add up to {sums}, and padding gets up to {padding:.2f} of one; right are "
            raise NotYet(_fault_of_weights(got, scores, real), f"{told}{[1.0] * longest} and 0.")


def _weights():
    return function_in(WEIGHTS.solution)


def _table(got, shape):
    if got is None:
        raise NotYet("Your function returns nothing. Does every way through it end in `return`?")
    try:
        got = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise NotYet("Return an array of numbers, as large as scores.") from None
    if got.shape != shape:
        raise NotYet(f"The answer must have the shape of scores, {shape}; yours has {got.shape}.")
    return got


def _fault_of_weights(got, scores, real):
    if np.isnan(got).any():
        return "NaN came out: a column of padding has only minus infinity. Both `max` and `sum` go along the rows."
    for name, mistake in WEIGHTS.mistakes.items():
        with np.errstate(all="ignore"):
            if np.allclose(function_in(mistake.code)(scores, real), got):
                return name
    if not np.allclose(got.sum(axis=1), 1):
        return "Each row must add up to 1: divide by the sum of the row, with `axis=1, keepdims=True`."
    return "That is not the softmax of the scores over the real positions."


def _softmax(masked="np.where(real, scores, -np.inf)", axis="axis=1, keepdims=True", back="E / E.sum({axis})"):
    """A solution of 12.2, or with another line in it a fault."""
    return (
        f"import numpy as np\n\n\ndef attention_weights(scores, real):\n    S = {masked}\n"
        f"    E = np.exp(S - S.max({axis}))\n    return {back.format(axis=axis)}"
    )


WEIGHTS = Write(
    id="12.2",
    task="Find the bug: padding is listened to, and the weights of a row do not add up to 1.",
    starter='''
import numpy as np


def attention_weights(scores, real):
    """Return how much each position listens to each, (longest, longest): the softmax of each row of scores.

    scores[i, j]: how well position j answers what i asks. real: (longest,), False where a position is padding.
    """
    S = np.where(real, scores, 0)
    E = np.exp(S - S.max(axis=0))
    return E / E.sum(axis=0)
''',
    hints=(
        "Two things are wrong. Which score makes a weight of 0? And which numbers have to add up to 1: those of a row "
        "or those of a column?",
        "`np.exp(0)` is 1, not 0. And `axis=0` goes down the columns; `axis=1, keepdims=True` goes along each row.",
        "Put `-np.inf` in the place of the 0, and `axis=1, keepdims=True` into both the `max` and the `sum`.",
    ),
    solution="""
import numpy as np


def attention_weights(scores, real):
    S = np.where(real, scores, -np.inf)
    E = np.exp(S - S.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)
""",
    explanation="The mask comes before the softmax: a score of minus infinity becomes a weight of exactly 0, and the "
    "others still add up to 1. So what is written behind a name cannot change what the network makes of it.",
    repair=True,
    examine=_examine_weights,
    mistakes={
        "zero": Mistake(
            "Padding still has weights: a score of 0 becomes `np.exp(0)`, which is 1. A score of `-np.inf` becomes 0.",
            _softmax(masked="np.where(real, scores, 0)"),
        ),
        "columns": Mistake(
            "Your columns add up to 1. Each row has to: how much one position listens to each.",
            _softmax(masked="np.where(real, scores, -1e9)", axis="axis=0"),
        ),
        "after": Mistake(
            "You set the weights of padding to 0 after the softmax, so the rest no longer adds up to 1. Mask the "
            "scores before it.",
            _softmax(masked="scores", back="E / E.sum({axis}) * real"),
        ),
        "no mask": Mistake("You leave the mask out: padding is listened to like a letter.", _softmax(masked="scores")),
        "turned": Mistake(
            "The mask is the wrong way round: it leaves the real positions out and keeps the padding.",
            _softmax(masked="np.where(real & ~real.all(), -np.inf, scores)"),
        ),
        "listeners": Mistake(
            "Your mask stops padding from listening. It must not be listened to: it belongs to the columns, not to the "
            "rows, of the scores.",
            _softmax(masked="np.where(real[:, None], scores, 0)"),
        ),
        "all": Mistake(
            "The whole table adds up to 1. Each row of it has to: give the `sum` its axis.",
            _softmax(back="E / E.sum()"),
        ),
    },
)

STEPS = Order(
    id="12.3",
    task="Put the steps of an attention head in order.",
    lines={
        "A": "Divide each row by its sum, so that it adds up to 1.",
        "B": "Make a query, a key and a value of each token.",
        "C": "Put minus infinity in the place of every score that a padding position got.",
        "D": "Multiply every query with every key: the scores.",
        "E": "Take the exponential of the scores.",
        "F": "Add up the values, each times its weight.",
    },
    rules=(
        ("B", "D", "Queries and keys must be there before they are multiplied: B before D."),
        ("D", "C", "A score can be masked only when it has been computed: D before C."),
        ("C", "E", "The mask comes before the exponential, which makes 0 of minus infinity: C before E."),
        ("E", "A", "A row of exponentials is what is divided by its sum: E before A."),
        ("A", "F", "The values are weighted by the finished weights: A before F."),
    ),
    hints=(
        "What is an attention score made of? It needs two things from the tokens.",
        "From the scores it goes on: mask, exponential, division by the sum, and at the end the values.",
    ),
    solution='mb.check("12.3", "BDCEAF")',
    explanation="Masked before the exponential, a padding position gets exactly 0, and the division by the sum sees "
    "the real positions alone.",
)

FITS = Choose(
    id="12.4",
    task="Choose what a token budget does.",
    options={
        "A": "30 names, because 300 / 10 is 30.",
        "B": "12 names: the longest one has 25 tokens, and 12 times 25 is 300.",
        "C": "As many as have 300 tokens together, padding not counted.",
        "D": "300 names, whatever their length.",
    },
    right="B",
    replies={
        "A": "Every name of the batch is padded to the longest one, 25 tokens, not to the mean.",
        "C": "Padding is computed as well, and fills memory as well: it counts.",
        "D": "A budget counts positions, not names.",
    },
    hints=(
        "How long does each name become when the batch is padded?",
        "Rows times the longest row must not be more than 300.",
    ),
    solution='mb.check("12.4", "B")',
    explanation="Rows times the longest row is what is computed. In a batch of names of 10 tokens, 30 would fit.",
)

EXERCISES = [CUT, WEIGHTS, STEPS, FITS]

ENOUGH = 5  # so many padding positions, without a mask, answer the question
MOVED = 0.01  # a probability that moves by less has stayed


def _outcome(lab):
    """Whether padding that the mask does not hide changes the answer."""
    if lab.switches.padding < ENOUGH or lab.switches.padding_mask:
        return None
    moved = lab.moved_by_padding
    text = f"Without the mask, {lab.switches.padding} positions of padding moved a probability of “{lab.read}” "
    return int(moved >= MOVED), f"{text}by {100 * moved:.0f} points."


PREDICTION = Prediction(
    question="The network has learned with a padding mask. Now a name is followed by ten padding positions, which hold "
    "no letters, and the mask is switched off. What becomes of the probabilities of its ten countries?",
    options=(
        "they stay: there is nothing in the padding to read",
        "they change: padding is listened to, and is part of the mean",
    ),
    then="Set Padding to 10, see what changes; then switch the padding mask off.",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 11: names of 5 and of 12 characters are in one batch. What does the mask of the batch say?",
    options=(
        ("which characters are in the vocabulary", "That is the vocabulary's business; every position has a number."),
        ("which positions are characters and which are padding", "Yes: True up to the end of each name."),
        ("which names are of the same length", "Bucketing looks at lengths; the mask looks at positions."),
    ),
    right=1,
)

QUIZ = [
    Question(
        text="A transformer without positional encoding reads the tokens of a name in another order. Its answer?",
        options=(
            ("another one: it reads from left to right", "A recurrent network does. Attention looks at all at once."),
            ("the same: without it, attention sees a set of tokens", "Yes. Where a token stands has to be told to it."),
            (
                "an error: the positions do not fit",
                "Any order can be read: the same terms are added, in another order.",
            ),
        ),
        right=1,
    ),
    Question(
        text="Every batch holds at most 1,024 positions. Which batch has the most attention weights to compute?",
        options=(
            ("that of the longest names", "Yes: rows x longest is steady, but attention needs rows x longest²."),
            (
                "that of the shortest names, which has the most rows",
                "It has many rows of few positions; their squares are small.",
            ),
            (
                "they all have the same number",
                "Of positions, about. But each has a weight for every position of its row.",
            ),
        ),
        right=0,
    ),
    Question(
        text="A GRU and a transformer reach about the same accuracy on these names. Which one may still be preferred?",
        options=(
            ("always the transformer: it is newer", "On short names and few rows, its freedom is no help."),
            ("always the GRU: it has fewer weights", "It must go position by position, which is slow for long texts."),
            ("it depends: length of texts, number of rows, hardware", "Yes. Measure both on your data, by validation."),
        ),
        right=2,
    ),
]
