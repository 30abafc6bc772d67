"""The batch explorer as a learner meets it: every control by mouse and by keyboard, picture and words read."""

import re

import nbformat
import page
import pytest
from page import LabPage
from playwright.sync_api import expect

ROWS, SIZE, SEED = "Rows N", "Batch size B", "seed: which orders"
CELLS = {"data": "import mbtutor as mb\ndigits = mb.datasets.load_digits()", "explorer": "mb.BatchExplorer(digits)"}
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory, browser):
    """opened(width): a page of that width with a small notebook of its own, its cells run."""
    folder = tmp_path_factory.mktemp("explorer")
    with page.jupyterlab(folder, tmp_path_factory.mktemp("jupyter")) as site:

        def opened(width):
            cells = [nbformat.v4.new_code_cell(text, id=name) for name, text in CELLS.items()]
            notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
            nbformat.write(notebook, folder / f"{width}.ipynb")
            notebook = page.NotebookPage(browser, site, f"{width}.ipynb", width=width)
            assert not notebook.run_all()
            return notebook

        yield opened


@pytest.fixture(scope="module")
def notebook(opened):
    notebook = opened(1280)
    yield notebook
    assert not notebook.errors, notebook.errors


class ExplorerPage(LabPage):
    """The lab, in a learner's words."""

    def __init__(self, notebook):
        super().__init__(notebook, "explorer")
        self.picture = self.place.locator(".mbtutor-tiles")
        self.groups = self.picture.locator(".group")
        self.now = self.picture.locator(".group.now")
        self.rows, self.size = self.field(ROWS), self.field(SIZE)

    def control(self, name):
        return self.place.get_by_label(re.compile(name))

    def drawn(self):
        """The tiles in their groups as text: what a learner can compare."""
        return self.picture.inner_text()

    def changes(self, before):
        expect(self.picture).not_to_have_text(before, use_inner_text=True)

    def says(self, text):
        expect(self.place.locator(".mbtutor-status")).to_contain_text(text)

    def explains(self, text):
        expect(self.place.locator(".mbtutor-arithmetic")).to_contain_text(text)


@pytest.fixture
def lab(notebook):
    """The lab with 24 rows, 8 a batch, shuffled, at the start of epoch 1."""
    lab = ExplorerPage(notebook)
    for name, wanted in (("shuffle", True), ("drop_last", False)):
        lab.control(name).set_checked(wanted)
    lab.type(ROWS, 24)
    lab.explains("24 rows / ")  # the batch size has followed: what is typed now stays
    lab.type(SIZE, 8)
    lab.explains("24 rows / 8 a batch = 3 updates an epoch.")
    lab.type(SEED, 0)
    lab.button("Reset").click()
    expect(lab.now).to_have_count(0)
    return lab


def test_the_first_look_shows_every_row_three_times(lab, screenshot):
    expect(lab.picture.locator(".tile")).to_have_count(3 * 24)
    expect(lab.groups).to_have_count(1 + 3 + 3)
    for row in (0, 23):
        image = lab.picture.locator("i").nth(row).evaluate("part => getComputedStyle(part).backgroundImage")
        assert image.startswith('url("data:image/png')
    screenshot(lab.page, "explorer_first_look")


def test_the_rows_slider_moves_by_mouse_and_the_batch_size_follows(lab):
    before = lab.drawn()
    lab.drag(ROWS, -400)
    expect(lab.rows).to_have_value("1")
    expect(lab.size).to_have_value("1")
    lab.explains("1 row / 1 a batch = 1 update an epoch")
    lab.changes(before)
    lab.drag(ROWS, 600)
    expect(lab.rows).to_have_value("60")
    lab.explains("60 rows / 1 a batch = 60 updates an epoch")
    expect(lab.handle(SIZE)).to_have_attribute("aria-valuemax", "59.0")
    lab.drag(SIZE, 600)
    expect(lab.size).to_have_value("60")
    lab.explains("60 rows / 60 a batch = 1 update an epoch")


def test_both_sliders_move_by_keyboard(lab):
    before = lab.drawn()
    lab.handle(ROWS).focus()
    lab.keyboard.press("ArrowLeft")
    expect(lab.rows).to_have_value("23")
    lab.explains("23 rows / 8 a batch = 2.88, rounded up: 3 updates an epoch; the last batch has 7 rows")
    lab.changes(before)
    expect(lab.handle(SIZE)).to_have_attribute("aria-valuemax", "22.0")
    before = lab.drawn()
    lab.handle(SIZE).focus()
    for size in (9, 10):
        lab.keyboard.press("ArrowRight")
        expect(lab.size).to_have_value(str(size))
    lab.explains("23 rows / 10 a batch = 2.3, rounded up: 3 updates an epoch; the last batch has 3 rows")
    lab.changes(before)


def test_a_number_too_large_for_the_rows_is_not_taken(lab):
    lab.type(SIZE, 30)
    expect(lab.size).to_have_value("24")
    lab.explains("24 rows / 24 a batch = 1 update an epoch")


@pytest.mark.parametrize("key", [None, "Space"])
def test_the_switches_go_by_mouse_and_by_keyboard(lab, key):
    def flip(name):
        if key:
            lab.control(name).focus()
            lab.keyboard.press(key)
        else:
            lab.control(name).click()

    lab.type(ROWS, 20)
    lab.explains("rounded up: 3 updates an epoch; the last batch has 4 rows")
    expect(lab.groups.nth(3)).to_contain_text("update 3: 4 rows, the short last batch")
    before = lab.drawn()
    flip("drop_last")
    lab.explains("rounded down: 2 updates an epoch; 4 rows are left out of each epoch, chosen anew each time")
    expect(lab.groups.nth(3)).to_contain_text("left out this epoch: 4 rows")
    lab.changes(before)
    before = lab.drawn()
    flip("shuffle")
    lab.explains("the same 4 rows are left out of every epoch")
    expect(lab.groups.nth(3)).to_contain_text(re.compile("row 16.*row 17.*row 18.*row 19"))
    lab.changes(before)


def test_the_seed_gives_other_orders(lab):
    before = lab.drawn()
    lab.control("seed").focus()
    lab.keyboard.press("ArrowUp")
    lab.keyboard.press("Enter")
    expect(lab.control("seed")).to_have_value("1")
    lab.changes(before)
    lab.type(SEED, 0)
    expect(lab.picture).to_have_text(before, use_inner_text=True)


def test_next_batch_walks_by_mouse_through_two_epochs(lab, screenshot):
    lab.type(ROWS, 20)
    lab.explains("20 rows")
    for epoch in (1, 2):
        for update in (1, 2, 3):
            lab.button("Next batch").click()
            lab.says(f"update {update} of 3 in epoch {epoch}: rows ")
            expect(lab.now).to_have_count(1)
            expect(lab.now).to_contain_text(f"▶ update {update}: {4 if update == 3 else 8} rows")
            expect(lab.groups.nth(3 * epoch - 3 + update)).to_have_class(re.compile("now"))
            if (epoch, update) in ((1, 2), (2, 1)):
                screenshot(lab.page, f"explorer_epoch_{epoch}_update_{update}")
    lab.says("That was the last batch: epoch 2 is over.")
    lab.button("Next batch").click()
    lab.says("update 1 of 3 in epoch 3: rows ")
    expect(lab.picture).to_contain_text("Epoch 2 (over):")


def test_the_buttons_go_by_keyboard(lab):
    lab.button("Next batch").focus()
    lab.keyboard.press("Enter")
    lab.says("update 1 of 3 in epoch 1")
    lab.keyboard.press("Space")
    lab.says("update 2 of 3 in epoch 1")
    lab.keyboard.press("Tab")
    lab.keyboard.press("Enter")
    lab.says("Epoch 1 is over: 3 updates. Next comes update 1 of epoch 2.")
    lab.keyboard.press("Tab")
    lab.keyboard.press("Enter")
    lab.says("Back at the start of epoch 1")
    expect(lab.picture.locator(".used")).to_have_count(0)


def test_the_table_says_the_same(lab, screenshot):
    lab.place.get_by_text("Table of the batches").click()
    table = lab.place.locator(".mbtutor-table tr")
    expect(table).to_have_count(1 + 6)
    rows = [int(row) for row in re.findall(r"row (\d+)", lab.groups.nth(1).inner_text())]
    expect(table.nth(1)).to_have_text("11" + ", ".join(map(str, rows)))
    screenshot(lab.place, "explorer_table")
    lab.place.get_by_text("Table of the batches").click()


def test_the_dark_theme_is_readable(notebook, lab, screenshot):
    lab.type(ROWS, 20)
    lab.control("drop_last").check()
    lab.explains("rounded down")
    lab.button("Next batch").click()
    lab.says("update 1 of 2")
    notebook.theme("Dark")
    for part in ("p", ".group.even b", ".group.even small"):
        colour = lab.picture.locator(part).first.evaluate("part => getComputedStyle(part).color")
        assert min(int(number) for number in re.findall(r"\d+", colour)[:3]) > 150, f"{colour} on a dark page"
    screenshot(lab.page, "explorer_dark")
    notebook.theme("Light")


def test_run_all_again_leaves_one_working_lab(notebook, lab):
    assert not notebook.run_all()
    expect(notebook.page.locator(".mbtutor-tiles")).to_have_count(1)
    lab.button("Next batch").click()
    lab.says("update 1 of 3 in epoch 1: rows ")
    assert not notebook.errors, notebook.errors


def test_a_page_of_900_pixels_cuts_nothing_off(opened, screenshot):
    narrow = ExplorerPage(opened(900))
    narrow.button("Next batch").click()
    narrow.says("update 1 of 3")
    right = narrow.picture.evaluate("part => part.getBoundingClientRect().right")
    for group in narrow.groups.all():
        box = group.bounding_box()
        assert box["x"] + box["width"] <= right + 1
    for tile in narrow.picture.locator("small").all():
        assert tile.evaluate("part => part.scrollWidth <= part.clientWidth")
    screenshot(narrow.page, "explorer_900")
