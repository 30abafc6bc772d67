"""Lesson 02 as a learner meets it: predicted, the batch explorer by keyboard alone, an exercise wrong and right.

What each control of the explorer does to the picture is tried in test_batch_explorer.
"""

from page import LabPage, changing
from playwright.sync_api import expect

LESSON = "02_make_mini_batches.ipynb"
START = "def make_batches(n, batch_size, rng):\n    order = rng.permutation(n)\n"
WRONG = START + "    return order[:batch_size]\n\n\n"
RIGHT = START + "    for start in range(0, n, batch_size):\n        yield order[start : start + batch_size]\n\n\n"
CHECK = 'mb.check("02.1", make_batches)'
ROWS, SIZE, SEED = "Rows N", "Batch size B", "seed: which orders"
SHUFFLE, DROP_LAST = "shuffle: a new order every epoch", "drop_last: leave a short last batch out"
CONTROLS = [ROWS, f"{ROWS} slider", SIZE, f"{SIZE} slider", SHUFFLE, DROP_LAST, SEED]
CONTROLS += ["Next batch", "Next epoch", "Reset", "Table of the batches", "Show the code"]


class ExplorerPage(LabPage):
    """The prediction and the batch explorer below it."""

    def __init__(self, notebook):
        super().__init__(notebook, "batches-07")
        self.tiles = self.place.locator(".mbtutor-tiles")
        self.arithmetic = self.place.locator(".mbtutor-arithmetic")


def test_a_prediction_opens_the_lab_and_stands_beside_what_happened(notebook, screenshot):
    lab = ExplorerPage(notebook)
    lab.predict("the same four", opens=lab.tiles)
    lab.says("Not seen yet.")
    lab.type(ROWS, 20)
    lab.type(SIZE, 8)
    lab.field(DROP_LAST).check()
    lab.says(
        "20 rows / 8 a batch = 2.5, rounded down: 2 updates an epoch", "Not as you said: four that are drawn anew."
    )
    screenshot(lab.page, "02_happened")


def test_it_all_goes_by_keyboard_alone(notebook):
    notebook.open_lab("batches-07")
    lab = ExplorerPage(notebook)
    lab.field(DROP_LAST).uncheck()
    lab.type(ROWS, 24)
    lab.type(SIZE, 8)
    lab.says("24 rows / 8 a batch = 3 updates an epoch.")
    assert lab.stops() == CONTROLS
    for name, key, says in (
        (f"{ROWS} slider", "ArrowLeft", "23 rows / 8 a batch = 2.88, rounded up: 3 updates"),
        (f"{SIZE} slider", "ArrowRight", "23 rows / 9 a batch = 2.56, rounded up: 3 updates"),
        (DROP_LAST, "Space", "5 rows are left out of each epoch, chosen anew each time"),
        (SHUFFLE, "Space", "the same 5 rows are left out of every epoch"),
    ):
        with changing(lab.tiles, lab.arithmetic):
            lab.tab_to(name)
            lab.keys(key)
            lab.says(says)
    for name, keys, says in ((ROWS, "20", "20 rows / 9 a batch"), (SIZE, "10", "20 rows / 10 a batch = 2 updates")):
        with changing(lab.tiles, lab.arithmetic):
            lab.tab_to(name)
            lab.keys(*keys, "Enter")  # Tab has selected what stood there
            lab.says(says)
    with changing(lab.tiles):
        lab.tab_to(SHUFFLE)
        lab.keys("Space")
    with changing(lab.tiles):
        lab.tab_to(SEED)
        lab.keys("ArrowUp", "Enter")
    for name, key, says in (
        ("Next batch", "Space", "update 1 of 2 in epoch 1: rows 9, 16, "),
        ("Next epoch", "Enter", "Epoch 1 is over: 2 updates."),
        ("Reset", "Enter", "Back at the start of epoch 1"),
    ):
        with changing(lab.tiles, lab.status):
            lab.press(name, key)
            expect(lab.status).to_contain_text(says)
    lab.press("Table of the batches")
    expect(lab.place.get_by_text("The rows of each batch, in order")).to_be_visible()
    lab.keys("Enter")
    expect(lab.place.get_by_text("The rows of each batch, in order")).to_be_hidden()


def test_an_exercise_wrong_a_hint_and_right(notebook, screenshot):
    wrong = notebook.check("batches-exercise-1", WRONG + CHECK, "Hand out each batch with yield")
    notebook.hint(wrong, "First make one long list of all row numbers")
    screenshot(notebook.page, "02_wrong")
    notebook.check("batches-exercise-1", RIGHT + CHECK, "02.1 passed")


def test_the_quiz_replies_and_the_page_of_progress_knows(notebook):
    notebook.reply("batches-05", "from each part by itself", "the same pixel would mean different things")
    notebook.reply("batches-59", "15", "the 40 rows that are left make an update as well")
    notebook.reply("batches-59", "16", "Yes: 15 full batches and one of 40 rows.")
    line = notebook.progress("batches-exercise-3", "02")
    for done in ("✓ 02.1", "○ 02.2", "1 of 3", "✓ made"):
        expect(line).to_contain_text(done)
