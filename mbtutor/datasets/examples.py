"""Two tables that ship as CSV files, to try mb.read_csv on: penguins for classes, cars for a number."""

from pathlib import Path
from typing import NamedTuple

from .. import checks
from . import shipped

FOLDER = Path(__file__).parent


class Example(NamedTuple):
    """A CSV file that ships, with its checksum, its source and its licence."""

    FILE: str
    SHA256: str
    SOURCE: str
    LICENCE: str


PENGUINS = Example(
    "penguins.csv",
    "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93",
    "K. B. Gorman, T. D. Williams and W. R. Fraser (2014), Ecological Sexual Dimorphism and Environmental Variability "
    "within a Community of Antarctic Penguins, doi:10.1371/journal.pone.0090081, as packed in palmerpenguins "
    "(A. Horst, A. Hill and K. Gorman)",
    "CC0 (https://creativecommons.org/publicdomain/zero/1.0/)",
)
CARS = Example(
    "cars.csv",
    "15f00c8a120c8a86ac9faa16d47115c3e103764549a8c3c2fd6d5de31063636a",
    "R. Quinlan (1993), Auto MPG, UCI Machine Learning Repository, doi:10.24432/C5859H",
    shipped.CC_BY,
)
EXAMPLES = {"penguins": PENGUINS, "cars": CARS}


def example_csv(name):
    """Return the path of a CSV file that ships, to be read by mb.read_csv.

    "penguins": 344 penguins of three species (the target "species", for classes), with gaps: two columns of text, five
    of numbers: lengths in mm, mass in g, the year. "cars": 392 cars of 1970 to 1982 (the target "mpg", miles per gallon
    of fuel, for a regression): numbers, the origin as 1 USA, 2 Europe, 3 Japan, and the name of each car.
    Raises ValueError for another name, and if the file is damaged.
    """
    example = EXAMPLES[checks.choice("name", name, tuple(EXAMPLES))]
    shipped.contents(example.FILE, example.SHA256)
    return FOLDER / example.FILE


def name_of(path):
    """The name of the example that lies at a path, or None."""
    path = Path(path).expanduser().resolve()
    return next((name for name, example in EXAMPLES.items() if path == (FOLDER / example.FILE).resolve()), None)
