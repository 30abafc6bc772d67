"""Lesson 16 as a learner meets it: the examples, a file of one's own from upload to a saved model, hostile files."""

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest
import runs
from page import LabPage, changing
from playwright.sync_api import expect

from mbtutor.exercises import lessons

LESSON = "16_solve_your_own_problem.ipynb"
PREPARE, _, SOLVE = lessons.lesson("16").EXERCISES
TYPED = {"Batch size": 32, "Learning rate": 0.1, "Hidden units": 16, "Train for": 30, "Seed": 0}
CHOSEN = {"Optimizer": "SGD", "Unit": "epochs", "Pace, in updates": "as fast as it can"}
COLUMNS = ["island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex", "year"]
STOPS = ["Penguins", "Cars", "Your CSV file (0)", "Target: the column to predict", "Learn it as", *COLUMNS]
STOPS += ["Batch size", "Batch size slider", "Learning rate", "Learning rate slider", "Hidden units"]
STOPS += ["Hidden units slider", "Optimizer", "Train for", "Unit", "Seed", "Pace, in updates"]
STOPS += ["Train", "One update", "examples", "updates", "seconds"]
STOPS += ["What is it for?", "Where must it not be used?", "Table of the runs", "How the file is read", "Show the code"]


class TablePage(LabPage):
    """The prediction and the table lab below it, in a learner's words."""

    def __init__(self, notebook, cell):
        super().__init__(notebook, cell)
        self.file = self.place.locator(".mbtutor-file")
        self.explained = self.place.locator(".mbtutor-explained")
        self.verdict = self.place.locator(".mbtutor-verdict")
        self.columns = self.place.locator(".mbtutor-columns")
        self.tried = self.place.locator(".mbtutor-tries")

    def upload(self, name, content, says):
        """Choose that file; what the lab says of it."""
        given = {"name": name, "mimeType": "text/csv", "buffer": content}
        with self.page.expect_file_chooser() as chooser:
            self.place.get_by_role("button", name=re.compile("Your CSV file")).click()
        chooser.value.set_files(given)
        expect(self.file).to_contain_text(says)

    def load(self, example):
        """Press the button of that example, and wait for it."""
        self.click(example)
        expect(self.file).to_contain_text(f"{example.lower()}.csv is loaded")


@pytest.fixture(scope="module")
def lab(notebook):
    """The lab, opened by an answer to the prediction."""
    lab = TablePage(notebook, "own-05")
    lab.predict("about 7 in 10", opens=lab.curves)
    return lab


@pytest.fixture
def fresh(lab):
    """Each test begins with the penguins, without runs, with the settings of the lesson."""
    lab.reset()
    lab.load("Penguins")
    for name, option in CHOSEN.items():
        lab.choose(name, option)
    for name, value in TYPED.items():
        lab.type(name, value)
    lab.programs_say("('penguins')", "batch_size=32", "lr=0.1", "Dense(15, 16)", "epochs=30", "seed=0")
    expect(lab.tried).to_contain_text("none yet")
    return lab


def test_the_first_run_answers_the_prediction(lab, screenshot):
    screenshot(lab.page, "16_opened")
    runs.train(lab)
    answers = lab.place.locator(".mbtutor-answers")
    expect(answers).to_contain_text("It named 52 of 52 right, 100%. Always the commonest species: 44%.")
    expect(answers).to_contain_text("Not as you said")
    expect(lab.verdict).to_contain_text("Validation accuracy 100.0%; always the commonest class, Adelie: 44.2%.")
    screenshot(lab.place, "16_answered")


def test_cars_have_an_error_in_miles_per_gallon(fresh, screenshot):
    lab = fresh
    with changing(lab.columns, lab.explained):
        lab.load("Cars")
    expect(lab.curves).to_contain_text("Typical error in mpg")
    runs.train(lab)
    expect(lab.verdict).to_contain_text(re.compile(r"Validation error 2\.\d+ mpg; always the mean of train: 7.91 mpg"))
    lab.field("weight").click()
    expect(lab.explained).to_contain_text("a row is 6 numbers")
    runs.train(lab)
    expect(lab.tried.locator("tr").last).to_contain_text("weight")
    expect(lab.tried).to_contain_text("Best by validation: run 1")
    screenshot(lab.place, "16_cars")


@pytest.mark.parametrize(
    "how, name, value, says",
    [
        ("drag", "Batch size", 43, "batch size 64"),
        ("drag", "Learning rate", 17, r"learning rate 0\.2"),
        ("drag", "Hidden units", 28, "hidden 32"),
        ("choose", "Optimizer", "Adam", "Adam"),
        ("type", "Train for", 3, "train for 3 epochs"),
        ("choose", "Unit", "updates", "train for 2 updates"),
        ("type", "Seed", 7, "seed 7"),
    ],
)
def test_each_setting_makes_another_run_and_another_line(fresh, how, name, value, says):
    fresh.type("Train for", 2)
    runs.another_run(fresh, how, name, value, says, fresh.verdict, fresh.tried)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_each_button_works(fresh, by):
    fresh.choose("Pace, in updates", "20 a second")
    runs.each_control_works(fresh, by, measures="now and then", saved="Saved 5 files of run 1")


def test_the_form_goes_by_keyboard_alone(fresh):
    lab = fresh
    assert lab.stops() == STOPS
    with changing(lab.columns, lab.explained):
        lab.press("Cars")
        expect(lab.file).to_contain_text("cars.csv is loaded")
    lab.press("Penguins")
    expect(lab.file).to_contain_text("penguins.csv is loaded")
    lab.tab_to("bill_length_mm")
    lab.keys("Space")
    expect(lab.explained).to_contain_text("a row is 13 numbers")
    lab.tab_to("Target: the column to predict")
    lab.keys("Space", *["ArrowDown"] * 7, "Enter")
    expect(lab.explained).to_contain_text("always the commonest class, 2009")
    lab.tab_to("Learn it as")
    lab.keys("Space", "ArrowDown", "ArrowDown", "Enter")
    expect(lab.explained).to_contain_text("always the mean of train")
    lab.press("Train")
    expect(lab.verdict).to_contain_text("Validation error")
    expect(lab.status).to_contain_text("Finished")
    lab.press("Open the test set")
    expect(lab.place).to_contain_text("It is used up.")


def test_a_file_that_is_read_in_another_way(fresh):
    lab = fresh
    content = "code;größe;price\n" + "1;2,5;10\n2;-99;20,5\n1;4,5;30\n3;5;40\n" * 12
    lab.upload("codes.csv", content.encode("latin-1"), "In this lab: see “How the file is read”.")
    lab.click("How the file is read")
    lab.choose("Encoding", "Latin-1 (older Windows programs)")
    expect(lab.file).to_contain_text("line 2, column 'größe'")
    lab.choose("Decimal sign", "comma, as in 3,14")
    expect(lab.file).to_contain_text("codes.csv is loaded: 48 rows, 3 columns.")
    lab.choose("Target: the column to predict", "price")
    expect(lab.explained).to_contain_text("a row is 2 numbers")
    with changing(lab.columns):
        lab.type("Also missing", "-99")
    expect(lab.explained).to_contain_text("a row is 3 numbers")
    with changing(lab.columns):
        lab.type("Categories", "code")
    expect(lab.explained).to_contain_text("a row is 5 numbers")
    with changing(lab.columns):
        lab.type("Not to be read", "größe")
    expect(lab.explained).to_contain_text("a row is 3 numbers")
    lab.choose("Cells are parted by", "comma")
    expect(lab.file).to_contain_text("What was read before stays.")
    lab.click("How the file is read")


# A file of one's own ----------------------------------------------------------------------------------------------


def garden(rows=120):
    """Bytes of a CSV file: semicolons, a byte order mark, gaps, two categories, and a target that can be learned."""
    lines = ["plot;light (h);soil;height;note;bloom"]
    for row in range(rows):
        light, soil = row % 12, ("clay", "sand", "peat")[row % 3]
        height = "" if row % 17 == 4 else f"{40 + 3 * light + row % 5}"
        bloom = "yes" if light > 5 else "no"
        lines.append(f"{row};{light};{'NA' if row % 19 == 3 else soil};{height};=1+{row % 2};{bloom}")
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode()


def saved(site, name):
    """The text of a file that the lab saved, as JupyterLab hands it out."""
    with urllib.request.urlopen(f"{site}/api/contents/{urllib.parse.quote(name)}?type=file&format=text") as answer:
        return json.load(answer)["content"]


def test_a_file_of_ones_own_from_upload_to_a_saved_model(fresh, site, tmp_path, screenshot):
    lab = fresh
    runs.train(lab)
    lab.upload("my garden.csv", garden(), "my_garden.csv is loaded: 120 rows, 6 columns.")
    expect(lab.file).to_contain_text("The runs and the seal of the table before are gone.")
    expect(lab.tried).to_contain_text("none yet")
    expect(lab.columns).to_contain_text("=1+0, =1+1")
    lab.click("Train")
    expect(lab.status).to_contain_text("Choose the target")
    lab.choose("Target: the column to predict", "bloom")
    lab.field("plot").click()
    lab.programs_say("'my_garden.csv', target='bloom', drop=['plot']")
    expect(lab.explained).to_contain_text("84 rows to train, 18 to validate, 18 to test")
    expect(lab.button("Open the test set")).to_be_disabled()
    with changing(lab.curves, lab.progress, lab.verdict, lab.tried):
        runs.train(lab)
    lab.click("Open the test set")
    expect(lab.place).to_contain_text(re.compile(r"test accuracy \d+\.\d% \(always the commonest class"))
    lab.field("What is it for?").fill("Deciding where to plant.")
    lab.field("Where must it not be used?").fill("In other gardens.")
    lab.field("Where must it not be used?").press("Tab")
    lab.click("Save")
    expect(lab.status).to_contain_text("Saved 6 files of run 1")
    screenshot(lab.place, "16_own_file")
    lab.field("Where must it not be used?").scroll_into_view_if_needed()
    screenshot(lab.page, "16_own_file_below")

    card, program = saved(site, "my_model/model_card.md"), saved(site, "my_model/program.py")
    for text in ("bloom from my_garden.csv", "Deciding where to plant.", "In other gardens.", "| test |", "18 test"):
        assert text in card
    assert saved(site, "my_model/run.csv").startswith("number,epoch,examples,seconds,loss")
    (tmp_path / "my_garden.csv").write_bytes(garden())
    copy = saved(site, "my_model/my_garden.csv").lstrip("\ufeff")
    assert copy.splitlines() == garden().decode("utf-8-sig").splitlines()
    (tmp_path / "program.py").write_text(program)
    run = subprocess.run([sys.executable, "-P", "program.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    loss = re.search(r"'loss': ([\d.e-]+)", run.stdout)[1]
    expect(lab.tried.locator("tr").last).to_contain_text(f"{float(loss):.4f}")


HOSTILE = {
    "ragged.csv": (b"a,b\n1,2\n3,4,5\n", "line 3"),
    "empty.csv": (b"", "is empty"),
    "words.csv": (b"size,kind\n1,x\n2,y\nbig,x\n", "line 4, column 'size': 'big'"),
    "latin.csv": ("größe,art\n1,x\n".encode("latin-1"), "line 1"),
    "header.csv": (b"a,b\n", "no rows"),
    "sheet.csv": (b"PK\x03\x04 a workbook", "Excel"),
}


def test_hostile_files_are_told_in_words_and_change_nothing(fresh, screenshot):
    lab = fresh
    runs.train(lab)
    for name, (content, says) in HOSTILE.items():
        lab.upload(name, content, says)
        expect(lab.file).to_contain_text("penguins.csv stays as it was.")
        expect(lab.file).to_have_attribute("role", "alert")
    expect(lab.file).to_contain_text("sheet.csv")
    expect(lab.tried).to_contain_text("Best by validation: run 1")
    screenshot(lab.place, "16_hostile")
    expect(lab.place.locator(".jp-RenderedText[data-mime-type*=stderr]")).to_have_count(0)


def test_what_looks_like_code_in_a_file_is_text(fresh):
    lab = fresh
    script = "<script>alert(1)</script>"
    rows = "".join(f'"=HYPERLINK(""x"")",{row % 7},<img src=x onerror=alert(2)>{row % 2}\n' for row in range(60))
    lab.upload("<b>.csv", f"{script},size,kind\n{rows}".encode(), ".csv is loaded: 60 rows, 3 columns.")
    expect(lab.field(script)).to_be_visible()
    expect(lab.columns).to_contain_text('=HYPERLINK("x")')
    lab.choose("Target: the column to predict", "kind")
    expect(lab.explained).to_contain_text("always the commonest class, <img src=x onerror=alert(2)>")
    lab.type("Train for", 2)
    runs.train(lab)
    lab.click("Open the test set")
    expect(lab.place).to_contain_text("It is used up.")


def test_the_dark_theme_and_a_narrow_page_are_readable(fresh, screenshot):
    runs.train(fresh)
    fresh.is_readable(screenshot, "16", fresh.curves)


def test_an_exercise_wrong_a_hint_and_right(notebook):
    wrong = notebook.check(
        "own-39", f"{PREPARE.mistakes['encoded by all'].code}\n\nmb.check('16.1', prepare)", "the mean of all"
    )
    notebook.hint(wrong, "Which rows does a mean come from")
    notebook.check("own-39", f"{PREPARE.solution}\n\nmb.check('16.1', prepare)", "16.1 passed")
    notebook.check("own-41", 'mb.check("16.2", "D")', "It is known at admission.")
    notebook.check("own-43", f"{SOLVE.solution}\n\nmb.check('16.3', solve)", "16.3 passed")


def test_the_quiz_replies_and_the_certificate_knows(notebook):
    notebook.reply("own-03", "the mean of the twenty", "Nobody will use the other nineteen.")
    notebook.reply("own-45", "10", "not how many batches there are")
    notebook.reply("own-45", "each batch loss weighted by its rows", "every row counts alike")
    page = notebook.answer("own-47", 'mb.certificate("Ada Lovelace")')
    expect(page.locator(".mbtutor-certificate")).to_contain_text("Ada Lovelace")
    expect(page.locator("tr").filter(has_text="Solve your own problem")).to_contain_text("2 of 3")
