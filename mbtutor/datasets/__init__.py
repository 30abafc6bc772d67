"""Real data that ships with its source and licence, your own recordings, made-up data, and the Dataset for all."""

from .clusters import make_clusters
from .csv_files import read_csv
from .dataset import Dataset, as_dataset
from .digits import load_digits
from .examples import example_csv
from .images import load_images
from .places import load_places
from .riff import Recording, read_wav
from .sequences import Padded, Sequences
from .spectral import log_mel, mfcc
from .table import MISSING, Table
from .utterances import load_utterances
from .vocabulary import Vocabulary
from .vowels import load_vowels
from .wavs import load_wavs
from .wrong_labels import with_wrong_labels

__all__ = [
    "MISSING",
    "Dataset",
    "Padded",
    "Recording",
    "Sequences",
    "Table",
    "Vocabulary",
    "as_dataset",
    "example_csv",
    "load_digits",
    "load_images",
    "load_places",
    "load_utterances",
    "load_vowels",
    "load_wavs",
    "log_mel",
    "make_clusters",
    "mfcc",
    "read_csv",
    "read_wav",
    "with_wrong_labels",
]
