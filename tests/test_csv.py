"""A CSV file is read as it stands, or refused by a message that names line, column, cell and fix; nothing leaks."""

import csv
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pieces import make_net

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
        ("a,y\n1,1\n-999,2\n -999 ,1\n-999.0,1\n", {"missing": [" -999"]}, [[1, None, None, -999]]),
        ("a;y\n1,5;1\n-9,9;2\nn.a.;1\n;1\n", {"missing": ["-9,9", "n.a."], "decimal": ","}, [[1.5, None, None, None]]),
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
    ("a,y\n1,2\n3,\0\n", {}, "a.csv, line 3, column 'y': a NUL byte"),
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
    (GOOD, {"names": ["a", "", "y"]}, "names must hold a name for each column; got ''"),
    (GOOD, {"names": [1, 2, 3]}, "names must be a list of texts, as they stand in the file; got [1, 2, 3]"),
    (GOOD, {"missing": [-999]}, "missing must be a list of texts, as they stand in the file; got [-999]"),
    (GOOD, {"drop": 1}, "drop must be a list of texts, as they stand in the file; got 1"),
    (GOOD, {"text": None}, "text must be a list of texts, as they stand in the file; got None"),
    ("sep=;\na;y\n1;2\n", {}, "a.csv, line 1 is 'sep=', a note to Excel. Delete that line"),
    (GOOD, {"encoding": "utf-16"}, "a.csv, line 1: UTF-16 stream does not start with BOM. Pass the file's encoding"),
    (GOOD, {"encoding": "utf-32"}, "a.csv, line 1: byte 0x73 is not utf-32. Save the file as UTF-8, or pass"),
    ("a,y\n1,2\n".encode("utf-16-le") + b"\0\xd8", {"encoding": "utf-16-le"}, "a.csv, line 3: byte 0x00 is not utf-16"),
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
    monkeypatch.setattr(csv_rows, "LONGEST", 200_000)
    with pytest.raises(ValueError, match="a.csv, line 2: a cell has over 131,072 characters"):
        read(tmp_path, "a,y\n" + "1" * 5_000_000)
    with pytest.raises(ValueError, match="a.csv, line 2 has 100,001 cells, and the table has 2 columns"):
        read(tmp_path, "a,y\n" + "1," * 5_000_000)
    cell = "1" * 120_000  # a row in two pieces would be torn, a cell in quotes is not
    assert cells(read(tmp_path, f'a,y\n"x{cell}\n",1.5\n"{cell}",2\n', text=["a"])) == [["x" + cell, cell]]


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


# The columns at a glance


def test_the_columns_say_what_they_hold(tmp_path):
    content = "a,b,y\n" + "".join(
        f"{i},{'' if i == 3 else f'<b>{i % 4}</b>'},{'yes' if i % 2 else 'no'}\n" for i in range(9)
    )
    table = read(tmp_path, content)
    a, b, y = table.columns
    assert (a.name, a.kind, a.missing, a.different, a.examples) == ("a", "numbers", 0, 9, ("0", "1", "2"))
    assert (b.kind, b.missing, b.different) == ("text", 1, 4) and table.columns["b"] is b
    assert (y.name, y.kind, y.target, y.different) == ("y", "text", True, 2)
    assert repr(table).splitlines() == [
        "Table(table: 9 rows, 2 columns, target y, 2 classes)",
        "column      kind     missing  different  examples",
        "a           numbers  0        9          0, 1, 2",
        "b           text     1        4          <b>0</b>, <b>1</b>, <b>2</b>",
        "y (target)  text     0        2          no, yes",
    ]
    page = table._repr_html_()
    assert "<b>" not in page and "&lt;b&gt;0&lt;/b&gt;" in page and page.count("<tr>") == 4
    assert [column.missing for column in table.subset(np.arange(4, 9)).columns] == [0, 0, 0]
    assert repr(read(tmp_path, content, target=None)).startswith("Table(table: 9 rows, 3 columns, no target)\n")


def test_what_a_cell_holds_spoils_no_table_and_no_message(tmp_path):
    long = "x" * 9000
    table = read(tmp_path, f'"{long}",b,y\n1,\x1b[2J,1.5\n2,"a\n\tb",2\n')
    lines = repr(table).splitlines()
    assert len(lines) == 5 and max(map(len, lines)) < 120 and "\\x1b[2J, a b" in lines[3]
    for content in (f"{long},y\n1,2\n{long},3\n", f"{long},{long}\n", f"{long},b\n1,2\n", f"a,y\n{long},2\n1,3\n"):
        with pytest.raises(ValueError, match="x…'") as raised:
            read(tmp_path, content)
        assert len(str(raised.value)) < 500


def test_many_values_are_counted_up_to_a_limit_and_long_text_is_cut(tmp_path):
    content = 'a,"long\nname",y\n' + "".join(f"{i},{'word ' * 20},1.5\n{i},x,2\n" for i in range(10_100))
    table = read(tmp_path, content)
    assert table.columns["a"].different == 10_001 and "over 10,000" in repr(table.columns)
    assert table.columns["long\nname"].examples == ("word word word word word…"[:23] + "…", "x")
    assert all(len(line) < 120 for line in repr(table).splitlines()) and len(repr(table).splitlines()) == 5


# Splitting and encoding


ROWS = (
    ["size,colour,shape,y"]
    + ["1,red,round,a", "3,blue,round,b", ",red,,a", "8,,square,b", "4,blue,square,a"] * 6
    + [",green,,b", "9,green,oval,a"]
)


def parts_of(folder, memory_map=None):
    """(train, val, test) in which only test has green and oval."""
    table = read(folder, "\n".join(ROWS), memory_map=memory_map)
    ends = {"train": (0, 20), "val": (20, 30), "test": (30, 32)}
    return tuple(replace(table.subset(np.arange(*rows)), name=name) for name, rows in ends.items())


def test_a_table_is_split_as_a_data_set_is(tmp_path):
    table = read(tmp_path, "\n".join(ROWS))
    data = mb.Dataset(np.arange(32.0)[:, None], table.y)
    for part, rows in zip(mb.split(table, seed=3), mb.split(data, seed=3), strict=True):
        places = rows.X[:, 0].astype(int)
        assert np.array_equal(part.values, table.values[places], equal_nan=True) and part.y.tolist() == rows.y.tolist()
        assert (
            part.name == rows.name
            and part.recipe[1] == "train, val, test = mb.split(table, val=0.15, test=0.15, seed=3)"
        )
    assert mb.split(table, test=0)[2] is None


@pytest.mark.parametrize("mapped", [False, True])
def test_numbers_keep_one_column_and_texts_get_one_each(mapped, tmp_path, capsys):
    train, val, test = mb.encode(*parts_of(tmp_path, tmp_path if mapped else None))
    names = ["size", "size is missing", "colour=blue", "colour=red", "colour is missing"]
    assert list(train.feature_names) == [*names, "shape=round", "shape=square", "shape is missing"]
    assert train.class_names == ("a", "b") and len(train) == 20 and train.X.shape == (20, 8)
    expected = [
        [1, 0, 0, 1, 0, 1, 0, 0],
        [3, 0, 1, 0, 0, 1, 0, 0],
        [4, 1, 0, 1, 0, 0, 0, 1],
        [8, 0, 0, 0, 1, 0, 1, 0],
        [4, 0, 1, 0, 0, 0, 1, 0],
    ]
    assert train.X[:5].tolist() == val.X[:5].tolist() == expected
    assert test.X[:].tolist() == [[4, 1, 0, 0, 0, 0, 0, 1], [9, 0, 0, 0, 0, 0, 0, 0]]
    told = "note: column 'colour': train had no 'green'; such a row is 0 in all its columns\n"
    assert capsys.readouterr().out == told + told.replace("colour", "shape").replace("green", "oval")
    assert train.recipe[-1] == val.recipe[-1] == "train, val, test = mb.encode(train, val, test)"


def test_the_statistics_are_those_of_train_alone(tmp_path, capsys):
    """With other rows in val and test, train is encoded in the same way."""
    rows = ["a,b,y", *["2,x,1.5", "4,z,2.5"] * 4, "100,new,3.5", ",,4.5", "100,new,5.5", ",,6.5"]
    table = read(tmp_path, "\n".join(rows))
    train, val, test = mb.encode(*(table.subset(np.arange(*ends)) for ends in ((0, 8), (8, 10), (10, 12))))
    assert train.feature_names == ("a", "b=x", "b=z")
    assert val.X.tolist() == test.X.tolist() == [[100, 0, 0], [3, 0, 0]]  # 3 is train's mean, 35.3 that of all
    assert capsys.readouterr().out.splitlines() == [
        "note: column 'a': train had no gap; one elsewhere is filled with train's mean",
        "note: column 'b': train had no 'new'; such a row is 0 in all its columns",
        "note: column 'b': train had no gap; one elsewhere is 0 in all its columns",
    ]


def test_what_train_does_not_know_is_refused(tmp_path, capsys):
    table = read(tmp_path, "a,b,y\n,x,1.5\n,x,2.5\n3,x,1\n")
    with pytest.raises(ValueError, match=r"column 'a' is missing in every row of train. Leave it out: drop=\['a'\]"):
        mb.encode(table.subset(np.arange(2)), table.subset(np.arange(2, 3)))
    with pytest.raises(ValueError, match="column 'a' holds numbers too large to add up"):
        mb.encode(read(tmp_path, "a,y\n1e308,1.5\n1e308,2.5\n,1\n"))
    with pytest.raises(
        ValueError, match="table has no target; name one: mb.read_csv.path, target=\"...\". of 'a', 'b', 'y'"
    ):
        mb.split(read(tmp_path, "a,b,y\n,x,1.5\n3,x,1\n", target=None))
    with pytest.raises(TypeError, match="encode takes Tables, as mb.read_csv returns them; got Dataset"):
        mb.encode(mb.Dataset([[1.0], [2.0]], [0, 1]))
    for use in (mb.standardize, mb.MiniBatches):
        with pytest.raises(
            TypeError, match="data is a Table, with text and gaps; make Datasets of its parts first, by mb"
        ):
            use(table)
    known = read(tmp_path, "a,y\nu,1.5\nv,2.5\n")
    more = [mb.read_csv(save(tmp_path, f"a,y\nu,1\n{texts}\n"), like=known) for texts in ("p,2\nq,3", "r,2")]
    capsys.readouterr()
    assert [part.X.tolist()[1:] for part in mb.encode(known, *more)] == [[[0, 1]], [[0, 0]] * 2, [[0, 0]]]
    assert "train had no 'p', 'q', 'r'; such a row" in capsys.readouterr().out
    other = read(tmp_path, "a,c,y\n1,x,1.5\n3,x,1\n")
    with pytest.raises(ValueError, match="table was read in another way than the table that train came from"):
        mb.encode(table, other)


def test_too_many_texts_are_refused(tmp_path):
    rows = "".join(f"t{i % 1001},{i % 3}.5\n" for i in range(4000))
    with pytest.raises(
        ValueError, match="column 'a' has 1,001 different texts; at most 1,000 become columns. Put the rare"
    ):
        mb.encode(read(tmp_path, "a,y\n" + rows))


# New rows


@pytest.fixture
def prepared(tmp_path):
    """(the Table, train) of an encoded and standardised table."""
    table = read(tmp_path, "\n".join(ROWS))
    return table, mb.standardize(*mb.encode(*mb.split(table, seed=1)))[0]


def test_new_rows_are_prepared_as_train_was(prepared, tmp_path, capsys):
    table, train = prepared
    new = mb.read_csv(tmp_path / "a.csv", like=train)
    assert new.y.tolist() == table.y.tolist() and new.class_names == table.class_names
    rows = mb.split(mb.Dataset(np.arange(32.0)[:, None], table.y), seed=1)[0].X[:, 0].astype(int)
    assert np.array_equal(train.prepare(new)[rows], train.X)
    capsys.readouterr()
    save(tmp_path, "y;shape;id;size;colour\r\nb;round;1;NA;red\r\n?;oval;2;3;pink\r\n".replace("?", "a"), "new.csv")
    new = mb.read_csv(tmp_path / "new.csv", like=train)
    assert capsys.readouterr().out.splitlines() == [
        "note: new.csv: left out, because the first file did not have or use it: 'id'",
        "note: new.csv: the columns stand in another order; each is found by its name",
    ]
    X = train.prepare(new)
    assert new.y.tolist() == [1, 0] and X.shape == (2, len(train.feature_names)) and np.isfinite(X).all()
    raw = X * train.scaler.scale + train.scaler.offset
    size, missing = (train.feature_names.index(name) for name in ("size", "size is missing"))
    assert raw[1, size] == pytest.approx(3) and raw[:, missing].round(9).tolist() == [1, 0]
    assert raw[0, size] == pytest.approx(train.encoder.means[0]) and "'pink'" in capsys.readouterr().out
    assert new.recipe == (f"new = mb.read_csv({str(tmp_path / 'new.csv')!r}, like=train)",)


def test_new_rows_need_no_target_and_may_be_few(prepared, tmp_path, capsys):
    table, train = prepared
    for like in (table, train):
        new = mb.read_csv(save(tmp_path, "size,colour,shape\n,,\n", "new.csv"), like=like)
        assert new.y is None and len(new) == 1 and np.isfinite(train.prepare(new)).all()
    single = read(tmp_path, "a,y\n1,0.5\n2,1.5\n3,4.5\n")
    assert mb.encode(single).prepare(mb.read_csv(save(tmp_path, "a\n7\n", "new.csv"), like=single)).tolist() == [[7]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("size,shape\n1,round\n", "new.csv lacks 'colour'; it has 'size', 'shape'. Add it, or name it as in the first"),
        ("size,colour,shape\nred,1,round\n", "line 2, column 'size': 'red' is text in a column of numbers. Repair the"),
        ("size,colour,shape,y\n1,red,round,c\n", "the target 'y' has the class 'c', which was not learned; the classes "
         "are 'a', 'b'. Leave out its rows"),
        ("size,colour,shape,y\n1,red,round,\n", "line 2, column 'y': the target is missing, ''"),
    ],
)  # fmt: skip
def test_new_rows_that_do_not_fit_are_refused(content, message, prepared, tmp_path):
    with pytest.raises(ValueError, match=re.escape(message)):
        mb.read_csv(save(tmp_path, content, "new.csv"), like=prepared[1])


def test_whole_number_classes_are_found_again(tmp_path):
    train = mb.encode(read(tmp_path, "a,y\n1,7\n2,-3\n3,11\n"))
    assert mb.read_csv(save(tmp_path, "a,y\n5,11\n5,7.0\n", "new.csv"), like=train).y.tolist() == [2, 1]
    for cell in ("8", "7.5"):
        with pytest.raises(
            ValueError, match=f"has the class '{cell}', which was not learned; the classes are '-3', '7', '11'"
        ):
            mb.read_csv(save(tmp_path, f"a,y\n5,{cell}\n", "new.csv"), like=train)
    text = mb.encode(read(tmp_path, "code,y\n007,a\n7,b\nx,b\n", text=["code"], missing=["-"], delimiter=","))
    new = mb.read_csv(save(tmp_path, "code\n7\n-\n", "new.csv"), like=text)
    assert text.prepare(new).tolist() == [[0, 1, 0], [0, 0, 0]]


def test_like_and_prepare_take_only_their_own(prepared, tmp_path):
    table, train = prepared
    with pytest.raises(
        ValueError, match="like must be a Table of mb.read_csv, or a Dataset made from one; got Dataset"
    ):
        mb.read_csv(tmp_path / "a.csv", like=mb.Dataset([[1.0]], [0.5]))
    with pytest.raises(ValueError, match="like says how the columns are read; leave out target"):
        read(tmp_path, "\n".join(ROWS), like=table)
    with pytest.raises(ValueError, match="like says how the columns are read; leave out drop"):
        read(tmp_path, "\n".join(ROWS), target=None, like=table, drop=["size"])
    with pytest.raises(
        TypeError, match="new must be a Table, as mb.read_csv.path, like=train. returns it; got ndarray"
    ):
        train.prepare(np.zeros((2, 8)))
    with pytest.raises(ValueError, match="was read in another way than the table that train came from"):
        train.prepare(read(tmp_path, "size,colour,shape,y\n1,oval,round,a\n2,pink,round,b\n"))


def test_rows_that_came_without_a_table_are_prepared_too(prepared):
    X = np.random.default_rng(0).normal(5, 2, (20, 3))
    plain = mb.Dataset(X, np.arange(20) % 2)
    train, val = mb.standardize(plain.subset(np.arange(15)), plain.subset(np.arange(15, 20)))
    assert np.array_equal(train.prepare(X[15:]), val.X) and np.array_equal(plain.prepare(X), X)
    words = mb.standardize(mb.Dataset(mb.Sequences([X[:4], X[4:9]]), [0, 1]))
    assert np.array_equal(words.prepare(mb.Sequences([X[:4], X[4:9]])).values, words.X.values)
    with pytest.raises(ValueError, match=r"new must have rows of shape \(3,\); got \(4,\)"):
        train.prepare(np.zeros((2, 4)))
    with pytest.raises(TypeError, match="new must be rows of numbers, because this Dataset was not made from a Table"):
        train.prepare(prepared[0])


def test_the_recipe_is_a_program_that_makes_the_same(tmp_path):
    save(tmp_path, "\n".join(ROWS).replace(",", ";"))
    options = {"drop": ["shape"], "missing": ["", "red"], "delimiter": ";"}
    table = mb.read_csv(tmp_path / "a.csv", target="y", memory_map=tmp_path, **options)
    train = mb.standardize(*mb.encode(*mb.split(table, seed=2)))[0]
    names = {"mb": mb}
    exec("\n".join(train.recipe), names)
    assert np.array_equal(names["train"].X[:], train.X[:]) and names["train"].feature_names == train.feature_names


# A memory map


def test_a_mapped_table_trains_as_one_in_memory(tmp_path):
    rng, rows = np.random.default_rng(0), ["a,b,c,y"]
    for number in rng.normal(size=200).round(3).tolist():
        letter, gap = rng.choice(["u", "v", "w", ""]), rng.random() < 0.2
        rows.append(f"{'' if gap else number},{letter},=x,{'yes' if number > 0 else 'no'}")
    results = []
    for memory_map in (None, tmp_path / "m.npy"):
        table = read(tmp_path, "\n".join(rows), memory_map=memory_map)
        train, val, test = mb.standardize(*mb.encode(*mb.split(table, seed=1)))
        net = make_net([mb.Dense(train.X.shape[1], 4), mb.Tanh(), mb.Dense(4, 2)])
        losses = [update.loss for update in mb.train(net, mb.MiniBatches(train, 16), epochs=2, validation=val)][1:]
        scaled = [*train.X[:].ravel(), *train.scaler.offset, *train.scaler.scale, *mb.evaluate(net, test).values()]
        results.append(
            [*losses, *scaled, *net.predict(train.prepare(mb.read_csv(tmp_path / "a.csv", like=table))).ravel()]
        )
        new = mb.read_csv(tmp_path / "a.csv", like=table, memory_map=memory_map and tmp_path)
        assert np.array_equal(train.prepare(new)[:], train.prepare(mb.read_csv(tmp_path / "a.csv", like=train)))
        columns = table.columns
        assert columns == read(tmp_path, "\n".join(rows)).columns and train.X.dtype == np.float64
    assert np.allclose(*results, rtol=0, atol=1e-12)
    assert np.load(tmp_path / "m.npy").shape == (200, 3)


def test_a_file_to_its_map_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    read(tmp_path, GOOD, memory_map=tmp_path)
    before = (tmp_path / "a.csv.npy").read_bytes()

    def full(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr(csv_files, "_npy_header", full)
    with pytest.raises(OSError, match="no space"):
        read(tmp_path, GOOD.replace("2.5", "3"), memory_map=tmp_path)
    assert (tmp_path / "a.csv.npy").read_bytes() == before and sorted(os.listdir(tmp_path)) == ["a.csv", "a.csv.npy"]


def test_a_large_file_is_trained_within_half_of_it(tmp_path):
    """The benchmark on a smaller file; what the process has before it reads is left out of the count."""
    assert sys.platform == "linux", "RssAnon is Linux's"
    command = [sys.executable, "-m", "benchmarks.csv_memory", "--megabytes", "40", "--folder", str(tmp_path)]
    result = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    print(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
