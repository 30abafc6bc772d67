"""Your own recordings: a folder of WAV files becomes a data set of sequences of sound features."""

import os
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np

from .. import checks
from .dataset import Dataset
from .riff import read_wav
from .sequences import Sequences
from .spectral import band_middles, log_mel, mfcc

CLIPPED = 0.01  # the share of samples at full scale from which a note is due; music at full level has less


def load_wavs(folder, features="log_mel", *, groups=False, bands=40, coefficients=13, top=4000, dtype=np.float64):
    """Return the recordings in a folder as a Dataset: X Sequences of frames, (n, None, bands), y (n,) the label.

    folder: where the WAV files lie, named label_number.wav, or in folders named by the label: label/number.wav.
    groups: with True the part after the label says who spoke, label_speaker_number.wav or label/speaker_number.wav, and
    becomes `groups`, for mb.split_by_group. What follows in a name is free; files that begin with a dot are left out.
    features: "log_mel", `bands` numbers a frame, or "mfcc", `coefficients` numbers; log_mel and mfcc say the formulas.
    A frame lasts 25 ms and the next begins 10 ms later. Recordings of several rates may be mixed: nothing is resampled,
    each is measured at its own rate, in the same bands up to `top` Hz (at most half of the lowest rate).
    Raises ValueError, naming the file and the fix, for whatever could not be trained on: see read_wav and log_mel, a
    folder without WAV files, a file without a label (or group), a single label. A note tells of clipped recordings.

    A new recording is prepared alike by the same two steps: `new = mb.datasets.read_wav("new.wav")` and
    `mb.Sequences([mb.datasets.log_mel(new.samples, new.rate)])`, with the same options.
    """
    checks.choice("features", features, ("log_mel", "mfcc"))
    folder, dtype = Path(folder).expanduser(), checks.float_dtype("dtype", dtype)
    paths = _wav_files(folder)
    labels, speakers = zip(*(_label_and_group(path, folder, groups) for path in paths))
    if len(set(labels)) == 1:
        raise ValueError(f"every recording in {folder} has the label {labels[0]!r}; record at least two, to tell apart")
    options = {"bands": bands, "top": top} | ({"coefficients": coefficients} if features == "mfcc" else {})
    items, clipped = zip(*(_frames(path, features, options) for path in paths))
    _tell_of_clipping(paths, clipped)
    return Dataset(
        Sequences([frames.astype(dtype) for frames in items]),
        np.array(labels),
        name="recordings",
        feature_names=_names(features, bands, coefficients, top),
        source=str(folder),
        groups=np.array(speakers) if groups else None,
        recipe=(_recipe(folder, features, groups, options, dtype),),
    )


def _wav_files(folder):
    """The WAV files in a folder and in those within it, in the order of their names."""
    walk = os.walk(folder, onerror=_refuse)
    found = [Path(where, name).relative_to(folder) for where, _, names in walk for name in names]
    seen = [path for path in found if not any(part.startswith(".") for part in path.parts)]
    wavs = [folder / path for path in sorted(seen, key=Path.as_posix) if path.suffix.lower() == ".wav"]
    if not wavs:
        others = Counter(path.suffix for path in seen)
        held = ", ".join(f"{count} {suffix or 'without a suffix'}" for suffix, count in others.most_common(3))
        raise ValueError(f"{folder} holds no WAV file (files there: {held or 'none'}); save the recordings as .wav")
    return wavs


def _refuse(error):
    raise ValueError(
        f"folder {error.filename} cannot be read: {error.strerror}. Check its name, seen from {os.getcwd()}"
    ) from None


def _label_and_group(path, folder, groups):
    """What the folders and the name of a file say: the label first, then the group, then anything."""
    parts = [*path.relative_to(folder).parent.parts, *path.stem.split("_")]
    parts = [unicodedata.normalize("NFC", part).strip() for part in parts]  # some systems take accents apart
    if len(parts) < 2 or not parts[0]:
        raise ValueError(
            f"{path} has no label; name it label_number.wav, or put it into a folder that is named by its label"
        )
    if groups and (len(parts) < 3 or not parts[1]):
        raise ValueError(
            f"{path} has no group; name it label_group_number.wav, or group_number.wav in the folder of its label, or "
            "leave out groups=True"
        )
    return parts[0], parts[1]


def _frames(path, features, options):
    """(its frames, the share of clipped samples) of one file."""
    recording = read_wav(path)
    try:
        make = log_mel if features == "log_mel" else mfcc
        return make(recording.samples, recording.rate, **options), recording.clipped
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _tell_of_clipping(paths, clipped):
    worst = int(np.argmax(clipped))
    count = sum(share >= CLIPPED for share in clipped)
    if count:
        checks.note(
            f"{count} of {len(paths)} recordings are clipped, at worst {paths[worst].name}, with {clipped[worst]:.1%} "
            "of its samples at full scale. Record more quietly, or further from the microphone"
        )


def _names(features, bands, coefficients, top):
    if features == "mfcc":
        return tuple(f"c{k}" for k in range(coefficients))
    return tuple(f"{middle:.0f} Hz" for middle in band_middles(bands, top))


def _recipe(folder, features, groups, options, dtype):
    changed = {"features": features, "groups": groups, **options, "dtype": str(dtype)}
    usual = {"features": "log_mel", "groups": False, "bands": 40, "coefficients": 13, "top": 4000, "dtype": "float64"}
    more = "".join(f", {name}={value!r}" for name, value in changed.items() if value != usual[name])
    return f"recordings = mb.datasets.load_wavs({str(folder)!r}{more})"
