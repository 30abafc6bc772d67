"""Real data that ships with its source and licence, your own recordings, made-up data, and the Dataset for all."""

from .clusters import make_clusters
from .dataset import Dataset, as_dataset
from .digits import load_digits
from .images import load_images
from .places import load_places
from .sequences import Padded, Sequences
from .utterances import load_utterances
from .vocabulary import Vocabulary
from .vowels import load_vowels
from .wrong_labels import with_wrong_labels

__all__ = [
    "Dataset",
    "Padded",
    "Sequences",
    "Vocabulary",
    "as_dataset",
    "load_digits",
    "load_images",
    "load_places",
    "load_utterances",
    "load_vowels",
    "make_clusters",
    "with_wrong_labels",
]
