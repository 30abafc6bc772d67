"""Real data that ships with its source and licence, your own recordings, made-up data, and the Dataset for all."""

from .clusters import make_clusters
from .dataset import Dataset, as_dataset
from .digits import load_digits
from .images import load_images
from .places import load_places
from .riff import Recording, read_wav
from .sequences import Padded, Sequences
from .spectral import log_mel, mfcc
from .utterances import load_utterances
from .vocabulary import Vocabulary
from .vowels import load_vowels
from .wavs import load_wavs
from .wrong_labels import with_wrong_labels

__all__ = [
    "Dataset",
    "Padded",
    "Recording",
    "Sequences",
    "Vocabulary",
    "as_dataset",
    "load_digits",
    "load_images",
    "load_places",
    "load_utterances",
    "load_vowels",
    "load_wavs",
    "log_mel",
    "make_clusters",
    "mfcc",
    "read_wav",
    "with_wrong_labels",
]
