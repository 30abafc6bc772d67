"""What a learner answers, in a browser: prediction, exercises wrong and right, hint, quiz, the page of progress."""

import re

import pytest
from page import NotebookPage
from playwright.sync_api import expect

WRONG = "def updates_in_an_epoch(rows, batch_size):\n    return rows // batch_size\n\n\n"
RIGHT = "def updates_in_an_epoch(rows, batch_size):\n    return -(-rows // batch_size)\n\n\n"
ENDLESS = "def updates_in_an_epoch(rows, batch_size):\n    while True:\n        pass\n\n\n"
CHECK = 'mb.check("00.1", updates_in_an_epoch)'


@pytest.fixture(scope="module")
def lesson(site, browser):
    notebook = NotebookPage(browser, site, "00_start_here.ipynb")
    assert not notebook.run_all()
    yield notebook
    assert not notebook.errors, notebook.errors


def result_of(cell):
    return cell.locator(".mbtutor-result")


def is_open(result, title):
    return result.locator("details").filter(has_text=title).evaluate("details => details.open")


def test_a_prediction_opens_the_lab_and_stands_beside_what_happened(lesson, screenshot):
    cell = lesson.cell("start-04")
    curves = cell.locator("svg.mbtutor-curves")
    expect(curves).to_be_hidden()
    cell.get_by_role("button", name="Commit").click()
    expect(cell.get_by_text("Choose one of the answers first, or skip.")).to_be_visible()
    expect(curves).to_be_hidden()
    cell.get_by_label("the one that saw all at once").check()
    cell.get_by_role("button", name="Commit").click()
    expect(curves).to_be_visible()
    expect(cell.locator(".mbtutor-answers")).to_contain_text("Not seen yet.")
    screenshot(lesson.page, "00_predicted")
    for size in ("32", "3934"):
        field = cell.get_by_label("Batch size", exact=True)
        field.fill(size)
        field.press("Enter")
        cell.get_by_role("button", name="Train", exact=True).click()
        expect(cell.locator(".mbtutor-status").last).to_have_text("Finished.", timeout=30_000)
    answers = cell.locator(".mbtutor-answers")
    expect(answers).to_contain_text(re.compile(r"Batches of 32 made 615 updates and read 9\d%"))
    expect(answers).to_contain_text("Not as you said: the one with batches of 32.")
    screenshot(lesson.page, "00_happened")


def test_a_wrong_answer_a_hint_a_right_answer(lesson, screenshot):
    untouched = result_of(lesson.cell("start-exercise-1"))
    expect(untouched).to_contain_text("not started")
    wrong = result_of(lesson.answer("start-exercise-1", WRONG + CHECK))
    expect(wrong).to_contain_text("Round up, not down")
    assert not is_open(wrong, "Hint 1 of 3")
    wrong.get_by_text("Hint 1 of 3").click()
    assert is_open(wrong, "Hint 1 of 3")
    wrong.get_by_text("A solution, explained").click()
    expect(wrong.get_by_text("math.ceil(rows / batch_size)")).to_be_visible()
    screenshot(lesson.page, "00_hint")
    expect(result_of(lesson.answer("start-exercise-1", RIGHT + CHECK))).to_contain_text("00.1 passed")
    screenshot(lesson.page, "00_passed")


def test_an_endless_loop_ends_in_a_hint_and_the_kernel_lives(lesson):
    expect(result_of(lesson.answer("start-exercise-1", ENDLESS + CHECK))).to_contain_text("did not finish within")
    expect(result_of(lesson.answer("start-exercise-1", RIGHT + CHECK))).to_contain_text("passed")


def test_reset_brings_the_starter_back_in_a_new_cell(lesson):
    cells = lesson.page.locator(".jp-Notebook .jp-Cell")
    before = cells.count()
    lesson.answer("start-exercise-3", 'mb.reset("00.3")')
    expect(cells).to_have_count(before + 1)
    expect(cells.locator(".cm-content").filter(has_text='mb.check("00.3", "")')).to_be_visible()


def test_the_quiz_answers_each_choice(lesson, screenshot):
    cell = lesson.cell("start-quiz")
    cell.scroll_into_view_if_needed()
    first = cell.locator(".mbtutor-question").first
    first.get_by_label("10", exact=True).check()
    first.get_by_role("button", name="Answer").click()
    expect(first).to_contain_text("That would be ten batches.")
    first.get_by_label("100", exact=True).check()
    first.get_by_role("button", name="Answer").click()
    expect(first).to_contain_text("Yes: 1,000 rows / 10 a batch.")
    expect(cell.locator(".mbtutor-status")).to_have_text("1 of 3 right.")
    screenshot(lesson.page, "00_quiz")


def test_the_page_of_progress_knows_it_all(lesson, screenshot):
    page = lesson.answer("start-progress", "mb.progress()").locator(".mbtutor-progress-page")
    expect(page).to_contain_text("✓ 00.1")
    expect(page).to_contain_text("1 of 3")
    expect(page).to_contain_text("✓ made")
    screenshot(lesson.page, "00_progress")


def test_it_all_goes_by_keyboard(site, browser):
    lesson = NotebookPage(browser, site, "00_start_here.ipynb")
    keys = lesson.page.keyboard
    lesson.page.locator(".jp-Notebook .jp-Cell").first.click()
    keys.press("Escape")
    for _ in range(5):  # down to the prediction
        keys.press("Shift+Enter")
    lesson.wait_until_idle()
    skip = lesson.cell("start-04").get_by_role("button", name="Skip")
    answered = lesson.cell("start-04").locator(".mbtutor-answers")
    skip.or_(answered).first.wait_for()  # an answer of the test above may be kept
    quiz = lesson.answer("start-quiz", 'import mbtutor as mb\n\nmb.quiz("00")').locator(".mbtutor-question").nth(1)
    quiz.get_by_role("radio").first.focus()
    keys.press("Tab")  # from choice to choice: JupyterLab keeps the arrow keys for itself
    keys.press("Tab")
    keys.press("Space")
    keys.press("Tab")
    keys.press("Enter")
    expect(quiz).to_contain_text("Yes: with 4,000 rows")
    cell = lesson.answer("start-exercise-3", 'import mbtutor as mb\n\nmb.check("00.3", "AECDB")')
    cell.locator("summary").first.focus()
    keys.press("Enter")
    assert is_open(cell, "Hint 1 of 2")
