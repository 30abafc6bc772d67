"""Lesson 15: gradients averaged by the workers themselves, and rows that none of them takes twice."""

import threading

import numpy as np

from .exercise import Choose, Mistake, NotYet, Prediction, Question, Write, seen, short, taken

TITLE = "Spread it over many machines"

# 15.1 --------------------------------------------------------------------------------------------------------------

SECONDS_TO_MEET = 0.5  # longer than any worker here needs to come to an all-reduce
# The rows of each worker; one has none where the batch is smaller than the number of workers.
ROWS = ((5, 2, 1), (4, 4), (3,), (2, 1, 0, 1))


_here = threading.local()  # .meeting: where the workers of this thread meet; .place: which of them it is


class _NotAll(Exception):
    """An all-reduce to which not every worker came."""


class _Meeting:
    """Where workers, a thread each, add up what they bring."""

    def __init__(self, workers):
        self.barrier, self.box = threading.Barrier(workers), [None] * workers

    def summed(self, place, value):
        self.box[place] = np.array(value, float)
        self._wait()
        if len({value.shape for value in self.box}) > 1:
            raise NotYet("The workers hand values of different shapes to the same `all_reduce`; they cannot be added.")
        total = sum(self.box)
        self._wait()
        return float(total) if total.ndim == 0 else total

    def _wait(self):
        try:
            self.barrier.wait(SECONDS_TO_MEET)
        except threading.BrokenBarrierError:
            raise _NotAll from None


def _all_reduce(value):
    return _here.meeting.summed(_here.place, value)


def _played(worker_gradient, gradients, rows):
    """What the function returns on every worker, each in a thread of its own; they meet in `_all_reduce`."""
    meeting, answers, errors = _Meeting(len(rows)), [None] * len(rows), []

    def work(place):
        _here.meeting, _here.place = meeting, place
        try:
            answers[place] = worker_gradient(_all_reduce, gradients[place].copy(), rows[place])
        except Exception as error:
            errors.append(error)
            meeting.barrier.abort()

    threads = [threading.Thread(target=work, args=(place,), daemon=True) for place in range(len(rows))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:  # one that is no _NotAll came first, and kept the others from meeting
        raise next((error for error in errors if not isinstance(error, _NotAll)), errors[0])
    return answers


def _examine_averaging(worker_gradient):
    rng = np.random.default_rng(0)
    for rows in ROWS:
        gradients = [rng.normal(size=3) if n else np.zeros(3) for n in rows]
        right = sum(n * gradient for n, gradient in zip(rows, gradients)) / sum(rows)
        try:
            answers = _played(worker_gradient, gradients, rows)
        except _NotAll:
            raise NotYet("not all take part") from None
        answers = [_vector(answer) for answer in answers]
        wrong = next((place for place, answer in enumerate(answers) if not np.allclose(answer, right)), None)
        if wrong is not None:
            given = seen(
                f"worker {wrong} of {len(rows)}, rows {list(rows)}",
                answers[wrong].round(3).tolist(),
                right.round(3).tolist(),
            )
            raise NotYet(_fault_of_averaging(answers, gradients, rows), given)


def _vector(got):
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    try:
        got = np.asarray(got, float)
    except (TypeError, ValueError):
        raise NotYet(f"Return one array of numbers; got {short(got)}.") from None
    if got.shape != (3,):
        raise NotYet(f"Return one array as long as the gradient, here 3 numbers; yours has shape {got.shape}.")
    return got


def _fault_of_averaging(answers, gradients, rows):
    workers, summed = len(rows), sum(n * gradient for n, gradient in zip(rows, gradients))
    faults = {
        "own gradient": gradients,
        "mean of means": [sum(gradients) / workers] * workers,
        "sum of means": [sum(gradients)] * workers,
        "not divided": [summed] * workers,
        "divided by the workers": [summed / workers] * workers,
        "own rows": [summed / n if n else summed for n in rows],
        "means over rows": [sum(gradients) / sum(rows)] * workers,
    }
    for name, values in faults.items():
        if all(n == 0 or np.allclose(answer, value) for answer, value, n in zip(answers, values, rows)):
            return "divided by the workers" if name == "means over rows" else name
    return "That is not the gradient of the mean over the rows of all workers."


AVERAGING = Write(
    id="15.1",
    task="Write what a worker does to average the gradients.",
    starter='''
def worker_gradient(all_reduce, gradient, rows):
    """Return the gradient of the mean loss over the rows of all workers; this one has the `gradient` of its `rows`."""
    ...
''',
    hints=(
        "`all_reduce(rows)` is the number of rows of all workers together: every worker hands in its own, and every "
        "worker gets the sum.",
        "A mean times its rows is a sum. Let the sums be added up, then divide once.",
        "Return `all_reduce(rows * gradient) / all_reduce(rows)`.",
    ),
    solution="""
def worker_gradient(all_reduce, gradient, rows):
    return all_reduce(rows * gradient) / all_reduce(rows)
""",
    explanation="Each worker hands in its sum and its rows, and all of them divide the same two numbers. So all get "
    "the same gradient, and no worker has to be the one that knows everything.",
    examine=_examine_averaging,
    mistakes={
        "mean of means": Mistake(
            "This is the mean of the workers' gradients: the rows of a worker with few of them weigh too much. Hand in "
            "`rows * gradient`, and divide by the rows of all.",
            "def worker_gradient(all_reduce, gradient, rows):\n    return all_reduce(gradient) / all_reduce(1)",
        ),
        "own gradient": Mistake(
            "Every worker keeps its own gradient, so their networks drift apart. What must all of them hand in?",
            "def worker_gradient(all_reduce, gradient, rows):\n    return gradient",
        ),
        "sum of means": Mistake(
            "You add up means: with k workers the result is about k times too large. Add up `rows * gradient`, and "
            "divide by the rows of all.",
            "def worker_gradient(all_reduce, gradient, rows):\n    return all_reduce(gradient)",
        ),
        "not divided": Mistake(
            "This is the sum over all rows. Divide it by their number, which is an `all_reduce` too.",
            "def worker_gradient(all_reduce, gradient, rows):\n    return all_reduce(rows * gradient)",
        ),
        "own rows": Mistake(
            "The sum is right, but each worker divides it by its own rows, so no two of them get the same. Divide by "
            "the rows of all.",
            "def worker_gradient(all_reduce, gradient, rows):\n    return all_reduce(rows * gradient) / max(rows, 1)",
        ),
        "divided by the workers": Mistake(
            "Sums are divided by rows, means by workers; you have mixed them. Divide the sum of `rows * gradient` by "
            "the rows of all.",
            "def worker_gradient(all_reduce, gradient, rows):\n    return all_reduce(rows * gradient) / all_reduce(1)",
        ),
        "not all take part": Mistake(
            "A worker waits in `all_reduce` for one that never comes: real workers would hang there. Every worker must "
            "call it as often as the others, also one without rows.",
            "def worker_gradient(all_reduce, gradient, rows):\n    if rows == 0:\n        return gradient\n"
            "    return all_reduce(rows * gradient) / all_reduce(rows)",
        ),
    },
)

# 15.2 --------------------------------------------------------------------------------------------------------------

# (rows, workers, batch size)
SPLITS = ((20, 2, 8), (30, 3, 10), (23, 4, 8), (7, 1, 3), (9, 4, 3))


def _examine_rows(rows_of_worker):
    for n, workers, batch_size in SPLITS:
        epochs = [
            [_batches(rows_of_worker, rank, workers, n, batch_size, epoch) for rank in range(workers)]
            for epoch in (0, 1)
        ]
        given = f"workers={workers}, n={n}, batch_size={batch_size}"
        _examine_epoch(epochs[0], n, batch_size, given)
        again = [_batches(rows_of_worker, rank, workers, n, batch_size, 0) for rank in range(workers)]
        if again != epochs[0]:
            raise NotYet("Called again for the same epoch, it returns other rows. Let the epoch alone be the seed.")
        together = [[sorted(sum(parts, [])) for parts in zip(*epoch)] for epoch in epochs]
        if n >= 20 and together[0] == together[1]:
            rows = sum(together[0], [])
            raise NotYet("not shuffled" if rows == list(range(n)) else "same order")


def _batches(rows_of_worker, rank, workers, n, batch_size, epoch):
    """The rows of one worker, a list for each batch."""
    got = rows_of_worker(rank, workers, n, batch_size, epoch)
    if got is None:
        raise NotYet("Your function returns nothing. Does it end in `return`?")
    try:
        made = [np.asarray(part).astype(int).ravel().tolist() for part in taken(got, n)]
    except (TypeError, ValueError):
        raise NotYet(f"Return a list of arrays of row numbers, one for each batch; got {short(got)}.") from None
    return made


def _examine_epoch(workers, n, batch_size, given):
    """Raise a NotYet unless all workers together have each row once, a batch at a time, in equal shares."""
    counts = {len(batches) for batches in workers}
    right = -(-n // batch_size)
    if counts != {right}:
        got = f"Given `{given}`, the workers have {', '.join(map(str, sorted(counts)))} batches; right is {right}."
        raise NotYet("Every worker must have a part of every batch, also of a short last one.", got)
    rows = sum((part for batches in workers for part in batches), [])
    twice, never = len(rows) - len(set(rows)), n - len(set(rows))
    count = f"Given `{given}`: of {n} rows, {never} are used by no worker, and {twice} times a row is used again."
    if len(workers) > 1 and all(batches == workers[0] for batches in workers):
        raise NotYet("same rows", count)
    if twice:
        raise NotYet("overlap", count)
    if never or max(rows) >= n or min(rows) < 0:
        raise NotYet("Some rows are used by no worker, or there are none of these numbers.", count)
    for parts in zip(*workers):
        sizes = [len(part) for part in parts]
        if max(sizes) - min(sizes) > 1:
            raise NotYet("uneven", f"Given `{given}`, the workers have {sizes} rows of a batch.")


ROWS_OF_WORKER = Write(
    id="15.2",
    task="Find the bug: some rows are used twice in an epoch, and others never.",
    starter='''
def rows_of_worker(rank, workers, n, batch_size, epoch):
    """Return the rows that worker `rank` takes of each batch of that epoch, a list of arrays."""
    order = np.random.default_rng([rank, epoch]).permutation(n)
    batches = [order[i : i + batch_size] for i in range(0, n, batch_size)]
    return [batch[rank::workers] for batch in batches]
''',
    hints=(
        "`batch[rank::workers]` is right: every worker takes other places of the batch. Is it the same batch?",
        "What is the seed of the order made of? Should two workers have the same order, or each its own?",
        "Leave `rank` out of the seed: `np.random.default_rng(epoch)`.",
    ),
    solution="""
import numpy as np


def rows_of_worker(rank, workers, n, batch_size, epoch):
    order = np.random.default_rng(epoch).permutation(n)
    batches = [order[i : i + batch_size] for i in range(0, n, batch_size)]
    return [batch[rank::workers] for batch in batches]
""",
    explanation="The workers never talk about rows: they agree because each of them draws the same order from the same "
    "seed. What differs from worker to worker is the part of the batch, and nothing else.",
    repair=True,
    examine=_examine_rows,
    mistakes={
        "overlap": Mistake(
            "Each worker still draws an order of its own, so their shares overlap. The seed must be the same on all.",
            "import numpy as np\n\n\ndef rows_of_worker(rank, workers, n, batch_size, epoch):\n"
            "    order = np.random.default_rng(rank + 10 * epoch).permutation(n)\n"
            "    batches = [order[i : i + batch_size] for i in range(0, n, batch_size)]\n"
            "    return [batch[rank::workers] for batch in batches]",
        ),
        "same rows": Mistake(
            "Now all workers take the same rows: k of them do the work of one. Each must take its own part of a batch.",
            "import numpy as np\n\n\ndef rows_of_worker(rank, workers, n, batch_size, epoch):\n"
            "    order = np.random.default_rng(epoch).permutation(n)\n"
            "    return [order[i : i + batch_size] for i in range(0, n, batch_size)]",
        ),
        "same order": Mistake(
            "No row is used twice, but every epoch has the same batches. Keep the epoch in the seed.",
            "import numpy as np\n\n\ndef rows_of_worker(rank, workers, n, batch_size, epoch):\n"
            "    order = np.random.default_rng(0).permutation(n)\n"
            "    batches = [order[i : i + batch_size] for i in range(0, n, batch_size)]\n"
            "    return [batch[rank::workers] for batch in batches]",
        ),
        "not shuffled": Mistake(
            "No row is used twice, but the rows come unshuffled, the same in every epoch. Shuffle by the epoch.",
            "import numpy as np\n\n\ndef rows_of_worker(rank, workers, n, batch_size, epoch):\n"
            "    batches = [np.arange(n)[i : i + batch_size] for i in range(0, n, batch_size)]\n"
            "    return [batch[rank::workers] for batch in batches]",
        ),
        "uneven": Mistake(
            "Every row is used once, but the shares of a batch are not as even as can be: the others would wait.",
            "import numpy as np\n\n\ndef rows_of_worker(rank, workers, n, batch_size, epoch):\n"
            "    order = np.random.default_rng(epoch).permutation(n)\n"
            "    batches = [order[i : i + batch_size] for i in range(0, n, batch_size)]\n"
            "    return [batch if rank == 0 else batch[:0] for batch in batches]",
        ),
    },
)

# 15.3 --------------------------------------------------------------------------------------------------------------

FOUR_TIMES = Choose(
    id="15.3",
    task="Choose how a run goes on four machines.",
    options={
        "A": "4,000 updates, learning rate 0.1",
        "B": "1,000 updates, learning rate 0.1",
        "C": "250 updates, learning rate 0.1",
        "D": "250 updates, learning rate 0.4",
    },
    right="D",
    replies={
        "A": "All workers make the same update together. Four of them make an epoch shorter, not longer.",
        "B": "That would be four times as many epochs: each update now uses 256 rows.",
        "C": "The updates are right. At the old rate they would not go far enough; see lesson 06.",
    },
    hints=(
        "How many rows does one update of the four use together? How many such updates make as many epochs?",
        "The batch is four times as large. What did lesson 06 do with the learning rate then?",
    ),
    solution='mb.check("15.3", "D")',
    explanation="Four times 64 rows are a batch of 256: a quarter of the updates for the same epochs, and by the "
    "linear rule four times the rate, warmed up if it is near the edge. The validation rows have the last word.",
)

EXERCISES = [AVERAGING, ROWS_OF_WORKER, FOUR_TIMES]

ASKED = {"workers": 4, "local": 16, "averaging": "weighted by rows", "rows": "equal shares", "own_weights": False}


def _outcome(lab):
    """What became of the first finished run with the settings of the question; None where there is none yet."""
    for settings, last in lab.made:
        if all(getattr(settings, name) == value for name, value in ASKED.items()):
            same = last.off < 1e-10
            text = f"After {last.number} updates all four have the loss {last.losses[0]:.3f}, the one process "
            text += f"{last.alone:.3f}; the weights are {'the same but for rounding' if same else 'not the same'}."
            return (2 if same else 1), text
    return None


PREDICTION = Prediction(
    question="Four workers take 16 rows each of every batch, average their gradients, and each makes the update. "
    "Beside them one process trains alone with the whole batches of 64. How do their networks compare in the end?",
    options=(
        "the workers are four times as far: their loss is lower",
        "they are alike, but not the same: each worker has seen other rows",
        "they are the same, all five, but for rounding",
    ),
    then="Press Train and let it run to its end. (The workers are played in this one process.)",
    outcome=_outcome,
)

RECALL = Question(
    text="From lesson 09: the gradient of a batch is computed in pieces. How do the gradients of the pieces become "
    "that of the batch?",
    options=(
        ("their mean", "Only where all pieces have as many rows. In a short last piece each row would weigh more."),
        ("their sum", "These are means already: with k pieces the sum would be about k times too large."),
        ("their mean, each weighted by its rows", "Yes. This lesson lets other machines compute the pieces."),
        ("the gradient of the last piece", "Then the rows of the others would count nothing."),
    ),
    right=2,
)

QUIZ = [
    Question(
        text="An epoch has 100 updates on one machine. Now four workers take equal parts of each of these batches. How "
        "many updates has an epoch?",
        options=(
            (
                "400: each worker makes 100",
                "They make the same 100, together: one update, on four copies of the weights.",
            ),
            ("100", "Yes: the batches are the same, only each is computed by four."),
            (
                "25",
                "So it would be if each took as many rows as the one machine did: batches four times as large.",
            ),
        ),
        right=1,
    ),
    Question(
        text="Each of 8 workers keeps the batch size of 32 and the learning rate that one machine had. What have you "
        "changed?",
        options=(
            ("nothing: every worker does as before", "Every worker does, but the update is the mean over 256 rows."),
            ("only the speed", "An epoch now has an eighth of the updates, so at the old rate it goes less far."),
            (
                "the batch is 256, and the learning rate should grow with it",
                "Yes. It is lesson 06 again: more machines, larger batch, another rate.",
            ),
        ),
        right=2,
    ),
    Question(
        text="A worker is killed in the middle of an update. What about the others?",
        options=(
            ("They go on with a smaller batch", "The sum would lack its part. All wait for all, so they cannot go on."),
            (
                "They cannot finish the update; the run goes on from the last checkpoint",
                "Yes, with as many workers as there are: no worker holds anything that the others have not.",
            ),
            (
                "Its rows are lost for good",
                "The order of the rows comes from a seed: whoever takes its place has them.",
            ),
            (
                "One must start from the beginning",
                "Not where a checkpoint was saved. It holds weights, place and seed.",
            ),
        ),
        right=1,
    ),
]
