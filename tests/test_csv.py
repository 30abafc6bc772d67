"""A CSV file is read as it stands, or refused by a message that names line, column, cell and fix; nothing leaks."""

import csv
import os
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import mbtutor as mb
from mbtutor.datasets import csv_columns, csv_files, csv_rows

GOOD = "size,colour,y\n1,red,0.5\n2.5,blue,1.5\n-3e2,red,2.5\n"


def save(folder, content, name="a.csv"):
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def read(folder, content, target="y", **options):
    return mb.read_csv(save(folder, content), target, **options)


def cells(table):
    """The table as lists of numbers, texts and None for gaps, a list a column."""
    columns = np.asarray(table.values[:]).T.tolist()
    return [
        [None if cell != cell else texts[int(cell)] if texts else cell for cell in column]
        for column, texts in zip(columns, table.categories)
    ]


# Reading right


@pytest.mark.parametrize(
    ("content", "options", "columns"),
    [
        (GOOD, {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.replace("\n", "\r\n"), {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.replace("\n", "\r"), {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        ("\ufeff" + GOOD, {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD + "\n\r\n   \n", {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.replace("blue", "\n", 0).replace("2.5,b", "\n2.5,b"), {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.rstrip(), {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.replace(",", ";"), {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.replace(",", "\t"), {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.replace(",", " | "), {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.replace(",", "^"), {"delimiter": "^"}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.replace(",", ", "), {}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        (GOOD.encode("utf-16"), {"encoding": "utf-16"}, [[1, 2.5, -300], ["red", "blue", "red"]]),
        ("a;b;y\n1,5;x;1,25\n2;x;2,5\n", {"decimal": ","}, [[1.5, 2], ["x", "x"]]),
        ("a,y\n1;5,1.5\n2;5,2\n", {}, [["1;5", "2;5"]]),
        ('a,y\n"x\ny",1.5\n"say ""hi"", you",2\n', {}, [["x\ny", 'say "hi", you']]),
        ('a, y\n1, "1.5"\n2, "2"\n', {}, [[1, 2]]),
        ("a,y\n=1+1,1.5\n=SUM(A1),2\n@x,3\n+cmd|' /C calc'!A0,3\n", {}, [["=1+1", "=SUM(A1)", "@x", "+cmd|' /C "
     "calc'!A0"]]),
        ("a,y\n1_000,1.5\nb,2\n", {}, [["1_000", "b"]]),
        ("a,y\nx,1.5\ninf,2\nnan,3\n", {}, [["x", "inf", None]]),
        ("a,b,y\n,NA,1.5\n N/A ,x,2\n3,?,1\nNaN,null,2\nnan,None,2\n7,n/a,2\n", {},
         [[None, None, 3, None, None, 7], [None, "x", None, None, None, "n/a"]]),
        ("a,b,y\n-999,NA,1.5\n,x,2\n3,NA,1\n", {"missing": ["-999"]}, [[None, None, 3], ["NA", "x", "NA"]]),
        ("a,b,y\n1,x,1.5\n3,x,1\n", {"text": ["a"]}, [["1", "3"], ["x", "x"]]),
        ("a,b,y\n1,x,1.5\nz,x,1\n", {"text": "a"}, [["1", "z"], ["x", "x"]]),
        ("a,b,y\n1,x,1.5\nz,x,1\n", {"drop": "a"}, [["x", "x"]]),
        ("1,x,1.5\n3,x,1\n", {"names": ["a", "b", "y"]}, [[1, 3], ["x", "x"]]),
        ("größe,y\n1,1.5\n2,3\n".encode("latin-1"), {"encoding": "latin-1"}, [[1, 2]]),
        ("a,y\n" + "\n" * 9 + "1,1.5\n2,3\n", {}, [[1, 2]]),
        ("a,y\n 1 ,1.5\n+2,3\n.5,1\n1.,1\n1E-3,2\n", {}, [[1, 2, 0.5, 1, 0.001]]),
    ],
)  # fmt: skip
def test_a_table_is_read_as_it_stands(content, options, columns, tmp_path):
    table = read(tmp_path, content, **options)
    assert cells(table) == columns
    assert cells(read(tmp_path, content, memory_map=tmp_path, **options)) == columns


def test_the_target_makes_classes_of_text_and_of_few_whole_numbers(tmp_path, capsys):
    text = read(tmp_path, "a,y\n1,no\n2,yes\n3,maybe\n4,yes\n")
    assert (
        text.class_names == ("maybe", "no", "yes") and text.y.tolist() == [1, 2, 0, 2] and not capsys.readouterr().out
    )
    whole = read(tmp_path, "a,y\n1,7\n2,-3\n3,7\n4,11\n")
    assert whole.class_names == ("-3", "7", "11") and whole.y.tolist() == [1, 0, 1, 2] and whole.y.dtype == np.int64
    said = (
        "note: 'y' holds 3 different whole numbers, which are taken for classes; for numbers pass task=\"regression\"\n"
    )
    assert capsys.readouterr().out == said
    many = read(tmp_path, "a,y\n" + "".join(f"1,{i % 21}\n" for i in range(90)))
    assert many.class_names == () and many.y.tolist() == [i % 21 for i in range(90)]
    assert read(tmp_path, "a,y\n1,7\n2,8\n", task="regression").y.dtype == np.float64
    twenty = "a,y\n" + "".join(f"1,{i % 30}\n" for i in range(90))
    assert len(read(tmp_path, twenty, task="classification").class_names) == 30
    assert read(tmp_path, "a,y\n1,7.5\n2,8\n").y.tolist() == [7.5, 8] and not capsys.readouterr().out


def test_rows_without_a_target_are_left_out_when_asked(tmp_path, capsys):
    table = read(tmp_path, "a,y\n1,x\n2,\n3,z\n4,NA\n", missing_target="drop")
    assert cells(table) == [[1, 3]] and table.class_names == ("x", "z")
    assert capsys.readouterr().out == "note: 2 of 4 rows have no 'y' and are left out\n"


def test_chunks_join_without_a_seam(tmp_path, monkeypatch):
    content = "a,b,y\n" + "".join(f"{i if i % 5 else ''},{'xyz'[i % 3] if i % 7 else ''},{i / 8}\n" for i in range(50))
    whole = read(tmp_path, content)
    monkeypatch.setattr(csv_files, "CHUNK", 3)
    pieces, mapped = read(tmp_path, content), read(tmp_path, content, memory_map=tmp_path / "m.npy")
    assert cells(whole) == cells(pieces) == cells(mapped) and whole.y.tolist() == pieces.y.tolist() == mapped.y.tolist()
    with pytest.raises(ValueError, match="line 48, column 'a': 'oops'"):
        read(tmp_path, content.replace("\n46,", "\noops,"))


NASTY = st.sampled_from(
    ["", " ", "NA", "=1+1", "\n", "\r\n", '"', '""', ",", ";", "\t", "|", "'", "nan", "1_0", "é", "\u2028", "x"]
)
TEXT = st.lists(
    NASTY | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5), max_size=4
)
NUMBER = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18)
TABLES = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(NUMBER, min_size=n, max_size=n),
        st.lists(st.none() | NUMBER, min_size=n, max_size=n),
        st.lists(TEXT.map("".join), min_size=n, max_size=n),
        st.sampled_from([",", ";", "\t", "|"]),
        st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )
)


@given(TABLES)
@example(([1, 2], [None, 3], ["=\n", "\r"], ",", csv.QUOTE_MINIMAL))
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_csv_module_writes_is_read_back(tmp_path, table):
    numbers, gapped, texts, delimiter, quoting = table
    gapped = [1.5, *gapped]
    with open(tmp_path / "a.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting)
        writer.writerow(["number", "gapped", "text\n2", "y"])
        rows = zip([0, *numbers], ["" if value is None else repr(value) for value in gapped], ["é", *texts])
        writer.writerows([*row, place] for place, row in enumerate(rows))
    marks = {*mb.datasets.MISSING}
    back = mb.read_csv(tmp_path / "a.csv", "y", text=["text\n2"], task="regression")
    assert back.names == ("number", "gapped", "text\n2") and back.y.tolist() == list(range(len(texts) + 1))
    expected = ["é", *(None if text.strip() in marks else text.strip() for text in texts)]
    assert cells(back) == [[0, *map(float, numbers)], [None if v is None else float(v) for v in gapped], expected]


# Refusing


REFUSED = [
    ("", {}, "a.csv is empty. Save the table into it again"),
    ("\n  \n\n", {}, "a.csv is empty. Save the table into it again"),
    ("a,y\n", {}, "a.csv has a header and no rows. Put the rows below it"),
    ("a,b,y\n1,2,3\n1,2\n", {}, "a.csv, line 3 has 2 cells, and the table has 3 columns. Repair that line (a cell that "
     "holds ',' needs quotes around it)"),
    ('a,b,y\n"1\n\n",2,3\n\n1,2,3,4\n', {}, "a.csv, line 6 has 4 cells, and the table has 3 columns"),
    ("a,,y\n1,2,3\n", {}, "a.csv, line 1: column 2 of 3 has no name. Name it there (row numbers written by pandas "
     "or R are "
     "left out by index=False or row.names=FALSE)"),
    ("a,y, a\n1,2,3\n", {}, "a.csv: columns 1 and 3 are all called 'a'. Rename all but one"),
    ("5.1,3.5,2\n1,2,3\n", {}, "a.csv, line 1 holds only numbers ('5.1', '3.5', '2'), so it is hardly a header. Pass "
     "names=[...], 3 names; or, if these are the names, put a letter before each"),
    ("5.1,3.5,x\n1,2,3\n", {}, "target must be a column of a.csv: '5.1', '3.5', 'x'; got 'y'. If the file has no "
     "header, "
     "pass names=[...]"),
    ("a,b\n1,2\n", {}, "target must be a column of a.csv: 'a', 'b'; got 'y'"),
    ("a^b^y\n1^2^3\n", {"target": None}, "a.csv has one column only, 'a^b^y'; a table to learn from has two or "
     "more. If its "
     "cells are parted by something other than , ; tab or |, pass delimiter=\"...\""),
    ("a,y\n1,2\nx,3\n", {}, "a.csv, line 3, column 'a': 'x' is text in a column of numbers (the first is '1' in "
     "line 2). "
     "Repair the cell; or count it as missing, missing=[*mb.datasets.MISSING, 'x']; or read the whole column as text, "
     "text=['a']"),
    ("a,y\n,2\nx,3\n\n8,1\n", {}, "a.csv, line 5, column 'a': '8' is a number in a column of text (the first is 'x' "
     "in line "
     "3). Repair the cell; or count it as missing, missing=[*mb.datasets.MISSING, 'x']; or read the whole column as "
     "text, "
     "text=['a']"),
    ("a,y\n5,2\n1_000,3\n", {}, "line 3, column 'a': '1_000' is text in a column of numbers"),
    ("a,y\n5,2\ninf,3\n", {}, "a.csv, line 3, column 'a': 'inf' is not finite. Repair that cell, or count it as "
     "missing: "
     "missing=[*mb.datasets.MISSING, 'inf']"),
    ("a,y\n-Infinity,2\n1,3\n", {}, "a.csv, line 2, column 'a': '-Infinity' is not finite"),
    ("a,y\n1e999,2\n1,3\n", {}, "a.csv, line 2, column 'a': '1e999' is not finite"),
    ("a,y\n1,2\nnan,3\n", {"missing": []}, "a.csv, line 3, column 'a': 'nan' is text in a column of numbers"),
    ("a;y\n1,5;2\n2,5;3\n", {}, "a.csv, line 2, column 'a': '1,5' has a comma. If it is a decimal comma, pass "
     "decimal=\",\"; "
     "if it parts thousands, remove it; if the column is text, pass text=['a']"),
    ("a;y\n1;2\n1.002,5;3\n", {}, "a.csv, line 3, column 'a': '1.002,5' has a comma"),
    ("a;y\n1,5;2\n1.5;3\n", {"decimal": ","}, "a.csv, line 3, column 'a': '1.5' is text in a column of numbers"),
    ("größe,y\n1,2\n3,ü\n".encode("latin-1"), {}, "a.csv, line 1: byte 0xf6 is not utf-8. Save the file as UTF-8, "
     "or pass its "
     "encoding, perhaps encoding='latin-1'"),
    (b"a,y\n" + b"1,2\n" * 9000 + b"\xff,2\n", {}, "a.csv, line 9002: byte 0xff is not utf-8"),
    ("a,y\n1,2\n3,ü\n", {"encoding": "ascii"}, "a.csv, line 3: byte 0xc3 is not ascii. Save the file as UTF-8, or "
     "pass its "
     "encoding, perhaps encoding='utf-8'"),
    (GOOD.encode("utf-16"), {}, 'a.csv is UTF-16; pass encoding="utf-16"'),
    (GOOD.encode("utf-16-le"), {}, 'a.csv, line 1: a NUL byte, which no text has. If the file is UTF-16, pass '
     'encoding="utf-16-le"; else export it anew as CSV'),
    ("a,y\n1,2\n3,\0\n", {}, "a.csv, line 3: a NUL byte"),
    (b"PK\x03\x04 and so on", {}, "a.csv is a zip file or an Excel workbook; unpack it, or save it as CSV"),
    (b"\x1f\x8b\x08\x00", {}, "a.csv is packed by gzip; unpack it first"),
    (b"\x00\x01\x02\xff" * 99, {}, "a.csv, line 1: byte 0xff is not utf-8"),
    ('a,y\n1,2\n"3,2\n4,2\n', {}, 'a.csv, line 3: a quote (") that opens in this row is never closed. Close it, or '
     'write a '
     "quote inside a cell twice"),
    ('a,y\n1,2\n"3"4,2\n', {}, 'a.csv, line 3: text follows a closing quote ("). Write a quote inside a cell twice '
     '("")'),
    ("a,y\n1,2\n" + "x" * 200_000 + ",2\n", {}, "a.csv, line 3: a cell has over 131,072 characters. Perhaps a quote "
     "(\") opens "
     "in this row and is never closed; else shorten the cell"),
    ('a,y\n1,2\n"' + "x,2\n" * 50_000, {}, "a.csv, line 3: a cell has over 131,072 characters. Perhaps a quote"),
    ("a,y\n1,4\n2,4\n", {}, "a.csv: the target 'y' is 4 in every row: there is nothing to learn. Choose another"),
    ("a,y\n1,x\n2,x\n", {}, "a.csv: the target 'y' is 'x' in every row: there is nothing to learn. Choose another"),
    ("a,y\n1,x\n2,\n", {}, "a.csv, line 3, column 'y': the target is missing, ''. Fill it in, or leave such rows out: "
     "missing_target='drop'"),
    ("a,y\n1,?\n2,NA\n", {"missing_target": "drop"}, "a.csv: the target 'y' is missing in every row. Choose another"),
    ("a,b,y\n1,,3\n2,NA,4\n", {}, "a.csv: column 'b' is missing in every row. Leave it out: drop=['b']"),
    ("a,y\n" + "".join(f"1,n{i}\n" for i in range(30)), {}, "a.csv: the target 'y' has 30 different values in 30 "
     "rows, so it is "
     "hardly a class. Choose another"),
    ("a,y\n1,x\n2,z\n", {"task": "regression"}, "a.csv: the target 'y' is text, such as 'x', and a regression needs "
     "numbers. "
     "Choose another, or leave out task"),
    ("a,y\n1,1\n2,2.5\n", {"task": "classification"}, "a.csv, line 3, column 'y': classes are text or whole "
     "numbers; got "
     "'2.5'. Read the column as text, text=['y'], or leave out task"),
    (GOOD, {"target": "Y"}, "target must be a column of a.csv: 'size', 'colour', 'y'; got 'Y'"),
    (GOOD, {"target": 2}, "target must be a column of a.csv: 'size', 'colour', 'y'; got 2"),
    (GOOD, {"drop": ["id"]}, "drop must name columns of the file, 'size', 'colour', 'y'; got 'id'"),
    (GOOD, {"drop": ["y"]}, "drop names the target, 'y'. Take it out of drop, or choose another target"),
    (GOOD, {"drop": ["size", "colour"]}, "drop leaves no column to learn from; a.csv has 'size', 'colour', 'y'"),
    (GOOD, {"text": ["id"]}, "text must name columns of the file, 'size', 'colour', 'y'; got 'id'"),
    (GOOD, {"names": ["a", "b"]}, "names must hold one name for each column; got 2, and a.csv, line 1, has 3 cells"),
    (GOOD, {"names": ["a", "", "y"]}, "names must hold a text for each column; got ''"),
    (GOOD, {"missing": [-999]}, "missing must hold texts, as they stand in the file, such as '-999'; got -999"),
    (GOOD, {"decimal": ";"}, "decimal must be one of '.', ','; got ';'"),
    (GOOD, {"delimiter": ";;"}, "delimiter must be one character, such as ';' or '\\t'; got ';;'"),
    (GOOD, {"encoding": "utf-99"}, 'encoding must be one that Python knows, such as "utf-8"; got \'utf-99\''),
    (GOOD, {"encoding": "hex"}, 'encoding must be one that Python knows, such as "utf-8"; got \'hex\''),
    (GOOD, {"task": "guess"}, "task must be one of None, 'classification', 'regression'; got 'guess'"),
    (GOOD, {"missing_target": "mean"}, "missing_target must be one of 'error', 'drop'; got 'mean'"),
    (GOOD, {"memory_map": "a.txt"}, "memory_map must be a folder that exists, or a file ending in .npy; got 'a.txt'"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "options", "message"), REFUSED, ids=[message[:40] for _, _, message in REFUSED])
def test_what_is_no_table_is_refused_and_nothing_is_written(content, options, message, tmp_path, capsys):
    save(tmp_path, "old", "a.csv.npy")
    for more in ({}, {"memory_map": tmp_path}):
        with pytest.raises(
            ValueError, match="^" + re.escape(message) if message.startswith("a.csv") else re.escape(message)
        ):
            read(tmp_path, content, **{**more, **options})
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "a.csv.npy"] and (tmp_path / "a.csv.npy").read_text() == "old"
    assert capsys.readouterr().out == ""


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="path must be a CSV file; .* is a folder. Name a file in it"):
        mb.read_csv(tmp_path)
    with pytest.raises(ValueError, match="cannot be read: No such file or directory. Check it, seen from "):
        mb.read_csv(tmp_path / "b.csv")
    with pytest.raises(ValueError, match="path must be the name of a CSV file; got ndarray"):
        mb.read_csv(np.zeros(3))
    with pytest.raises(TypeError, match="read_csv has no option 'sep'; its options are task, drop, "):
        read(tmp_path, GOOD, sep=";")


def test_a_line_without_end_is_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_rows, "LONGEST", 1000)
    with pytest.raises(ValueError, match="a.csv, line 2 has over 1,000 characters: it is no CSV file"):
        read(tmp_path, "a,y\n" + "1" * 5000)


def test_a_name_of_each_row_is_no_category(tmp_path, monkeypatch):
    content = "name,a,y\n" + "".join(f"n{i},{i},{i % 2}.5\n" for i in range(60))
    table = read(tmp_path, content)
    assert table.columns["name"].different == 60  # it can be looked at
    with pytest.raises(
        ValueError, match=re.escape("column 'name' has 42 different texts in 42 rows of train, so it looks")
    ):
        mb.encode(*mb.split(table))
    mb.encode(*mb.split(read(tmp_path, content, drop=["name"])))
    monkeypatch.setattr(csv_columns, "MOST_TEXTS", 50)
    with pytest.raises(ValueError, match="line 52, column 'name': more than 50 different texts.* drop=\\['name'\\]"):
        read(tmp_path, content)
