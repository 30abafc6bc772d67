"""Lesson 13: frame stacking, a split that leaks the voices, the mean of a padded utterance, what to hold out."""

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, function_in, seen, short

TITLE = "Recognise speech with a deep network"

# (frames of one utterance, reach): in the first case every known fault gives an answer of its own.
UTTERANCES = (
    ([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]], 1),
    ([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]], 2),
    ([[7.0, 8.0]], 2),
    ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], 3),
)


def _examine_stack(stack):
    for frames, reach in UTTERANCES:
        frames = np.array(frames)
        right = function_in(STACK.solution)(frames, reach)
        got = _array(stack(frames.copy(), reach))
        if not _same(got, right):
            given = f"frames={frames.tolist()}, reach={reach}"
            raise NotYet(_fault_of_stack(got, right, frames, reach), seen(given, got.tolist(), right.tolist()))


def _fault_of_stack(got, right, frames, reach):
    for name, mistake in STACK.mistakes.items():
        if _same(got, _known(mistake, frames, reach)):
            return name
    if got.shape != right.shape:
        return f"The answer must have the shape {right.shape}, one row a frame; yours has {got.shape}."
    return "The rows do not hold the right frames yet. Write the first row of a small case by hand."


STACK = Write(
    id="13.1",
    task="Write frame stacking.",
    starter='''
def stack(frames, reach):
    """Return (length, (2 * reach + 1) * d): beside each frame its `reach` neighbours before and after, in order.

    frames: (length, d), one utterance. Beyond an end the first or the last frame stands in.
    """
    ...
''',
    hints=(
        "Make the utterance longer first: the first frame `reach` times before it, the last one `reach` times after.",
        "`padded = np.concatenate([frames[:1]] * reach + [frames] + [frames[-1:]] * reach)`. The earliest neighbours "
        "of all frames are then `padded[0 : len(frames)]`, the next `padded[1 : len(frames) + 1]`, and so on.",
        "`np.concatenate([padded[step : step + len(frames)] for step in range(2 * reach + 1)], axis=1)` puts them side "
        "by side.",
    ),
    solution="""
import numpy as np


def stack(frames, reach):
    padded = np.concatenate([frames[:1]] * reach + [frames] + [frames[-1:]] * reach)
    return np.concatenate([padded[step : step + len(frames)] for step in range(2 * reach + 1)], axis=1)
""",
    explanation="The utterance keeps its length and its frames grow wider. `mb.stack_frames` does it for all the "
    "utterances of a data set at once, and never looks across from one into the next.",
    examine=_examine_stack,
    mistakes={
        "wrapped": Mistake(
            "At the ends you take frames from the other end of the utterance, as `np.roll` and negative places do. "
            "Beyond an end, repeat the first or the last frame.",
            "import numpy as np\n\n\ndef stack(frames, reach):\n"
            "    return np.concatenate([np.roll(frames, -step, axis=0) for step in range(-reach, reach + 1)], axis=1)",
        ),
        "zeros": Mistake(
            "Beyond the ends you put zeros. Repeat the first frame before the beginning, the last one after the end.",
            "import numpy as np\n\n\ndef stack(frames, reach):\n"
            "    padded = np.pad(frames, ((reach, reach), (0, 0)))\n"
            "    return np.concatenate([padded[i : i + len(frames)] for i in range(2 * reach + 1)], axis=1)",
        ),
        "shorter": Mistake(
            "The utterance has become shorter: its first and last frames are missing. Make it longer at both ends "
            "first.",
            "import numpy as np\n\n\ndef stack(frames, reach):\n"
            "    last = len(frames) - 2 * reach\n"
            "    return np.concatenate([frames[i : i + last] for i in range(2 * reach + 1)], axis=1)",
        ),
        "backwards": Mistake(
            "The neighbours stand in the wrong order: the earliest belongs on the left.",
            "import numpy as np\n\n\ndef stack(frames, reach):\n"
            "    padded = np.concatenate([frames[:1]] * reach + [frames] + [frames[-1:]] * reach)\n"
            "    return np.concatenate([padded[i : i + len(frames)] for i in range(2 * reach, -1, -1)], axis=1)",
        ),
        "one side": Mistake(
            "Only the frames on one side are there. A row holds `reach` frames before it, itself, and `reach` after.",
            "import numpy as np\n\n\ndef stack(frames, reach):\n"
            "    padded = np.concatenate([frames[:1]] * reach + [frames])\n"
            "    return np.concatenate([padded[i : i + len(frames)] for i in range(reach + 1)], axis=1)",
        ),
        "without itself": Mistake(
            "The frame itself is missing between its neighbours.",
            "import numpy as np\n\n\ndef stack(frames, reach):\n"
            "    padded = np.concatenate([frames[:1]] * reach + [frames] + [frames[-1:]] * reach)\n"
            "    steps = [i for i in range(2 * reach + 1) if i != reach]\n"
            "    return np.concatenate([padded[i : i + len(frames)] for i in steps], axis=1)",
        ),
        "by feature": Mistake(
            "You sorted the numbers by feature. Put whole frames side by side: first all numbers of the earliest one.",
            "import numpy as np\n\n\ndef stack(frames, reach):\n"
            "    padded = np.concatenate([frames[:1]] * reach + [frames] + [frames[-1:]] * reach)\n"
            "    parts = [padded[i : i + len(frames)] for i in range(2 * reach + 1)]\n"
            "    return np.stack(parts, axis=2).reshape(len(frames), -1)",
        ),
        "not joined": Mistake(
            "The neighbours are there, but not side by side in one row: join them along axis 1.",
            "import numpy as np\n\n\ndef stack(frames, reach):\n"
            "    padded = np.concatenate([frames[:1]] * reach + [frames] + [frames[-1:]] * reach)\n"
            "    return np.stack([padded[i : i + len(frames)] for i in range(2 * reach + 1)], axis=1)",
        ),
        "below": Mistake(
            "You put the copies below one another. Side by side is `axis=1`.",
            "import numpy as np\n\n\ndef stack(frames, reach):\n"
            "    padded = np.concatenate([frames[:1]] * reach + [frames] + [frames[-1:]] * reach)\n"
            "    return np.concatenate([padded[i : i + len(frames)] for i in range(2 * reach + 1)])",
        ),
    },
)

# (X, speakers, held_out): columns and voices in which every known fault gives an answer of its own.
RECORDINGS = (
    ([[1.0], [3.0], [10.0], [30.0], [5.0], [7.0], [90.0]], [0, 0, 1, 1, 2, 2, 3], [1, 3]),
    ([[1.0, 4.0], [2.0, 6.0], [9.0, 8.0], [3.0, 1.0]], [5, 5, 6, 7], [6]),
    ([[2.0], [4.0], [8.0], [16.0], [32.0]], [2, 0, 1, 2, 0], [0, 1]),
)


def _examine_prepare(prepare):
    for X, speakers, held_out in RECORDINGS:
        X, speakers = np.array(X), np.array(speakers)
        right = function_in(PREPARE.solution)(X, speakers, held_out)
        got = _pair(prepare(X.copy(), speakers.copy(), list(held_out)))
        if not all(map(_same, got, right)):
            given = f"X={X.tolist()}, speakers={speakers.tolist()}, held_out={held_out}"
            texts = (tuple(part.round(2).tolist() for part in pair) for pair in (got, right))
            raise NotYet(_fault_of_prepare(got, right, X, speakers, held_out), seen(given, *texts))


def _fault_of_prepare(got, right, X, speakers, held_out):
    for name, mistake in PREPARE.mistakes.items():
        known = _known(mistake, X, speakers, held_out)
        if known is not None and all(map(_same, got, known)):
            return name
    if [len(part) for part in got] != [len(part) for part in right]:
        return "The parts do not hold the right rows: train has every row of the speakers that are not in held_out."
    return "The rows are right, their scaling is not yet."


PREPARE = Write(
    id="13.2",
    task="Find the bug: the score is too good, because the training rows have heard the voices that are held out.",
    starter='''
import numpy as np


def prepare(X, speakers, held_out):
    """Return (train, test): the rows of X, scaled. test holds every row of the speakers in the list held_out."""
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    test = speakers == held_out[0]
    return X[~test], X[test]
''',
    hints=(
        "Two things are wrong. Count the rows of each speaker in both parts. And: whose rows go into the mean?",
        "`np.isin(speakers, held_out)` tells for each row whether its speaker is in the list. Split first.",
        "With `train, test = X[~held], X[held]`, take `mean, deviation = train.mean(axis=0), train.std(axis=0)`, and "
        "scale both parts by these two.",
    ),
    solution="""
import numpy as np


def prepare(X, speakers, held_out):
    held = np.isin(speakers, held_out)
    train, test = X[~held], X[held]
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation
""",
    explanation="Split first, then measure, then scale: so nothing of the voices held out, neither a row nor their "
    "mean, reaches the training rows. New voices will be scaled by the same two numbers.",
    repair=True,
    examine=_examine_prepare,
    mistakes={
        "all rows": Mistake(
            "The split is right now. But mean and deviation still come from all the rows: take those of train alone.",
            "import numpy as np\n\n\ndef prepare(X, speakers, held_out):\n"
            "    X = (X - X.mean(axis=0)) / X.std(axis=0)\n"
            "    test = np.isin(speakers, held_out)\n    return X[~test], X[test]",
        ),
        "first speaker": Mistake(
            "The scaling is right now. But only the first speaker of the list is held out; the others are learned "
            "from. `np.isin(speakers, held_out)`",
            "import numpy as np\n\n\ndef prepare(X, speakers, held_out):\n"
            "    held = speakers == held_out[0]\n    train, test = X[~held], X[held]\n"
            "    mean, deviation = train.mean(axis=0), train.std(axis=0)\n"
            "    return (train - mean) / deviation, (test - mean) / deviation",
        ),
        "each by its own": Mistake(
            "Each part is scaled by its own numbers. Of a new voice you have one word, and no mean: scale test by the "
            "mean and deviation of train.",
            "import numpy as np\n\n\ndef prepare(X, speakers, held_out):\n    held = np.isin(speakers, held_out)\n"
            "    parts = X[~held], X[held]\n    with np.errstate(all='ignore'):\n"
            "        return tuple((part - part.mean(axis=0)) / part.std(axis=0) for part in parts)",
        ),
        "swapped": Mistake(
            "These two are swapped: train first, without the speakers in the list.",
            "import numpy as np\n\n\ndef prepare(X, speakers, held_out):\n    held = np.isin(speakers, held_out)\n"
            "    train, test = X[~held], X[held]\n    mean, deviation = train.mean(axis=0), train.std(axis=0)\n"
            "    return (test - mean) / deviation, (train - mean) / deviation",
        ),
        "by the test": Mistake(
            "Mean and deviation are those of the test rows. Take those of train.",
            "import numpy as np\n\n\ndef prepare(X, speakers, held_out):\n    held = np.isin(speakers, held_out)\n"
            "    train, test = X[~held], X[held]\n    mean, deviation = test.mean(axis=0), test.std(axis=0)\n"
            "    with np.errstate(all='ignore'):\n"
            "        return (train - mean) / deviation, (test - mean) / deviation",
        ),
        "test not scaled": Mistake(
            "Train is scaled, test is not. Both are scaled by the numbers of train.",
            "import numpy as np\n\n\ndef prepare(X, speakers, held_out):\n    held = np.isin(speakers, held_out)\n"
            "    train, test = X[~held], X[held]\n    mean, deviation = train.mean(axis=0), train.std(axis=0)\n"
            "    return (train - mean) / deviation, test",
        ),
        "one number": Mistake(
            "You take one mean over all the columns. Each column has its own: `axis=0`.",
            "import numpy as np\n\n\ndef prepare(X, speakers, held_out):\n    held = np.isin(speakers, held_out)\n"
            "    train, test = X[~held], X[held]\n    mean, deviation = train.mean(), train.std()\n"
            "    return (train - mean) / deviation, (test - mean) / deviation",
        ),
    },
)

# The probabilities of the classes for each frame; over all the cases every known fault gives answers of its own.
FRAMES = (
    [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.0001, 0.6, 0.3999]],
    [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.1, 0.2, 0.7]],
    [[0.2, 0.8]],
    [[0.1, 0.6, 0.3], [0.1, 0.6, 0.3], [0.98, 0.01, 0.01], [0.2, 0.5, 0.3]],
    [[0.2, 0.3, 0.5], [0.2, 0.3, 0.5], [0.02, 0.97, 0.01]],
)


def _examine_word(name_word):
    cases = [np.array(frames) for frames in FRAMES]
    answers, right = [_whole(name_word(frames.copy())) for frames in cases], _words(WORD.solution)
    for frames, said, true in zip(cases, answers, right):
        if said != true:
            known = (name for name, mistake in WORD.mistakes.items() if _words(mistake.code) == answers)
            fault = next(known, "That is not the class with the largest sum of logarithms.")
            raise NotYet(fault, seen(f"probabilities={frames.tolist()}", said, true))


def _words(code):
    return [function_in(code)(np.array(frames)) for frames in FRAMES]


WORD = Write(
    id="13.3",
    task="Name the word from all its frames.",
    starter='''
def name_word(probabilities):
    """Return the number of the class that the frames of one word agree on best.

    probabilities: (frames, classes), what a network gave to each class for each frame; none is 0. The frames count as
    independent: the probability of a class for all of them is the product of those of the frames.
    """
    ...
''',
    hints=(
        "The logarithm of a product is the sum of the logarithms. Which axis counts the frames?",
        "`np.log(probabilities).sum(axis=0)` has one number for each class. The largest of them wins: `argmax()`.",
    ),
    solution="""
import numpy as np


def name_word(probabilities):
    return int(np.log(probabilities).sum(axis=0).argmax())
""",
    explanation="A product of many small numbers would soon round to 0; a sum of logarithms does not. One frame that "
    "rules a class out counts for more than two that are mildly for it: that is how this differs from a vote.",
    examine=_examine_word,
    mistakes={
        "vote": Mistake(
            "You let each frame vote for one class. That forgets how sure each of them is: multiply the probabilities, "
            "or add up their logarithms.",
            "import numpy as np\n\n\ndef name_word(probabilities):\n"
            "    return int(np.bincount(probabilities.argmax(axis=1)).argmax())",
        ),
        "mean": Mistake(
            "You add up the probabilities themselves. They are to be multiplied: add up their logarithms.",
            "def name_word(probabilities):\n    return int(probabilities.mean(axis=0).argmax())",
        ),
        "first": Mistake(
            "You ask the first frame alone.",
            "def name_word(probabilities):\n    return int(probabilities[0].argmax())",
        ),
        "smallest": Mistake(
            "You take the class with the smallest product. The largest one is wanted: `argmax()`.",
            "import numpy as np\n\n\ndef name_word(probabilities):\n"
            "    return int(np.log(probabilities).sum(axis=0).argmin())",
        ),
        "surest": Mistake(
            "You take the class of the surest frame. All frames count.",
            "import numpy as np\n\n\ndef name_word(probabilities):\n    return int(probabilities.max(axis=0).argmax())",
        ),
        "wrong axis": Mistake(
            "You add up over the classes, which names a frame. Add up over the frames: `axis=0`.",
            "import numpy as np\n\n\ndef name_word(probabilities):\n"
            "    return int(np.log(probabilities).sum(axis=1).argmax())",
        ),
    },
)

HOLD_OUT = Choose(
    id="13.4",
    task="Choose what to hold out.",
    options={
        "A": "a fifth of all frames, drawn at random",
        "B": "a fifth of all recordings, drawn at random, each with all its frames",
        "C": "all the recordings of a fifth of the patients",
        "D": "all the recordings made in one of the five weeks",
    },
    right="C",
    replies={
        "A": "Then nearly every frame held out has a neighbour of the same breath among the training frames.",
        "B": "No frame has a twin now, but every voice has been heard: it may know the voices in place of the cough.",
        "D": "The same patients may have come in other weeks. It tells of a new week, not of a new person.",
    },
    hints=(
        "What will be new on the day the program is used?",
        "Who has been heard there before? Hold out such people.",
    ),
    solution='mb.check("13.4", "C")',
    explanation="New people will cough, so the score must be that of people never heard, and each of them counts once: "
    "40 held-out patients are 40 tries, however many frames they gave.",
)

EXERCISES = [STACK, PREPARE, WORD, HOLD_OUT]


def _same(got, right):
    got, right = np.asarray(got), np.asarray(right)
    return got.shape == right.shape and np.allclose(got, right, equal_nan=True)


def _known(mistake, *arguments):
    """What the known mistake returns; None where it fails."""
    try:
        return function_in(mistake.code)(*arguments)
    except Exception:
        return None


def _array(got):
    if got is None:
        raise NotYet("Your function returns nothing. Does every way through it end in `return`?")
    try:
        return np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise NotYet("Return an array of numbers.", f"It returned `{short(got)}`.") from None


def _pair(got):
    if got is None:
        raise NotYet("Your function returns nothing. Does every way through it end in `return`?")
    try:
        train, test = got
    except (TypeError, ValueError):
        raise NotYet("Return two arrays: `return train, test`.", f"It returned `{short(got)}`.") from None
    return _array(train), _array(test)


def _whole(got):
    if got is None:
        raise NotYet("Your function returns nothing. Does every way through it end in `return`?")
    try:
        number = int(got)
    except (TypeError, ValueError):
        raise NotYet("Return the number of one class, such as 2.", f"It returned `{short(got)}`.") from None
    if number != got:
        raise NotYet("Return the number of a class, not a probability.", f"It returned `{short(got)}`.")
    return number


LIMITS = (0.15, 0.65, 0.85)  # shares right up to which the options of the prediction go


def _outcome(lab):
    """The share right on the last speakers, in the first finished run in which a row is a frame."""
    for run in lab.runs:
        if run.cells["a row is"] == "one frame" and run.finished and run.cells["held out"] == "the last":
            row, speaker = run.accuracies
            text = f"Split by row it has {row:.0%} of the frames right, split by speaker {speaker:.0%}."
            return int(np.searchsorted(LIMITS, speaker)), text
    return None


PREDICTION = Prediction(
    question="Split by row, the network will have about nine of ten held-out frames right. Split by speaker, it is the "
    "same network with as many frames to learn from. How many does it have right?",
    options=(
        "next to none: it guesses, one in eleven",
        "about half of them",
        "about three of four",
        "nine of ten, as before",
    ),
    then="Press Train and wait until the run has finished.",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 01: `train, val, test = mb.standardize(train, val, test)`. From which rows do mean and deviation "
    "come, by which the test rows are scaled?",
    options=(
        ("from all the rows", "Then the training rows would know something of the test rows."),
        ("from the test rows", "A single new row has no mean of its own. It must be scaled as the training rows are."),
        ("from the training rows", "Yes: what was measured there is used on every later row."),
    ),
    right=2,
)

QUIZ = [
    Question(
        text="A recogniser of spoken commands reports 98%. Which question would you ask first?",
        options=(
            ("How many frames were tested?", "A million frames of five people are still five people."),
            ("Were the speakers it was tested on among those it learned from?", "Yes: if so, memory may explain it."),
            ("How many hidden units does it have?", "More units can remember more, which is no answer."),
        ),
        right=1,
    ),
    Question(
        text="A batch holds an utterance of 10 frames and one of 40, padded to 40. The network takes the mean over 40 "
        "positions of both. What happens to the short one?",
        options=(
            (
                "Nothing: padding is zero, and zeros add nothing.",
                "They add nothing to the sum, but it is divided by 40.",
            ),
            (
                "Its mean is drawn towards what the network makes of padding.",
                "Yes: 30 of its 40 positions are padding, and the answer depends on its neighbours in the batch.",
            ),
            ("An error: the lengths differ.", "The shapes fit, which is why nobody notices."),
        ),
        right=1,
    ),
    Question(
        text="Each word gave six frames. You replace them by their mean, one row a word. What becomes of the lead that "
        "a split by row had over one by speaker?",
        options=(
            (
                "It stays: the voices are still in both parts.",
                "The lab says otherwise. What leaked was the same sound.",
            ),
            ("It is gone: no row has a twin of the same sound in the other part.", "Yes; try it in the lab."),
            ("It grows, because there are fewer rows.", "Fewer rows lower both scores; the twins are what is gone."),
        ),
        right=1,
    ),
]
