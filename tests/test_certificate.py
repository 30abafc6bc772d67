"""The certificate says what the progress file says, and prints on one page of its own."""

import re

import pytest

import mbtutor as mb
from mbtutor.exercises import lessons, record


@pytest.fixture(autouse=True)
def fresh_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("MBTUTOR_PROGRESS", str(tmp_path / "progress.json"))


def passed(exercises):
    for exercise in exercises:
        record.mark("exercises", exercise.id, passed=record.today())


def rows(page):
    return re.findall(r"<tr><td><b>(\w+)</b> (.+?)</td>(.+?)</tr>", page)


def test_it_lists_the_lessons_in_which_something_was_passed():
    passed(lessons.lesson("02").EXERCISES[:2])
    record.mark("predictions", "02", chosen="a")
    right = lessons.lesson("04").QUIZ[1].right
    record.mark("quiz", "04", **{"0": "nonsense", "1": right})
    paper = mb.certificate("Ada")
    (second, fourth) = rows(paper.page())
    total, questions = len(lessons.lesson("02").EXERCISES), len(lessons.lesson("02").QUIZ)
    assert second[:2] == ("02", lessons.lesson("02").TITLE)
    assert re.findall(r">([^<]+)<", second[2]) == [f"2 of {total}", f"0 of {questions}", "yes"]
    assert fourth[0] == "04" and f">1 of {len(lessons.lesson('04').QUIZ)}<" in fourth[2]
    assert f"2 of {mb.progress().total} exercises passed" in repr(paper)
    assert not paper.complete


def test_with_nothing_done_it_says_so():
    page = mb.certificate().page()
    assert "Nothing is passed yet." in page and not rows(page)


def test_when_everything_is_done_it_says_so():
    for number in lessons.numbers():
        passed(lessons.lesson(number).EXERCISES)
    paper = mb.certificate("Ada")
    assert paper.complete and "Every exercise of the course is passed." in paper.page()
    assert [row[0] for row in rows(paper.page())] == lessons.numbers()


def test_it_is_saved_to_be_printed(tmp_path):
    path = mb.certificate("Ada").save(tmp_path / "certificate.html")
    text = path.read_text(encoding="utf-8")
    assert text == mb.certificate("Ada").page() and text.startswith("<!DOCTYPE html>")
    assert "http" not in text, "nothing is fetched"
    with pytest.raises(FileNotFoundError, match="Make the folder first"):
        mb.certificate().save(tmp_path / "nowhere" / "certificate.html")


def test_a_name_is_text_and_no_part_of_the_page():
    assert "<b>" not in mb.certificate("<b>Ada</b>")._main().split("<table>")[0]
    assert "Ada Lovelace" in mb.certificate(" Ada\nLovelace ")._repr_html_()
    with pytest.raises(TypeError, match="name must be text"):
        mb.certificate(3)
