"""Recordings: the samples of a WAV file, in any of the usual formats, as numbers from -1 to 1."""

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np

WHOLE, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # format codes; the last says that the code stands further on
BITS = {WHOLE: (8, 16, 24, 32), FLOAT: (32, 64)}
COMPRESSED = {2: "ADPCM", 6: "A-law", 7: "mu-law", 17: "IMA ADPCM", 49: "GSM", 85: "MP3", 255: "AAC", 353: "WMA"}
LOUDEST = 10  # floats may pass 1 a little; beyond this they were not meant for -1 to 1
FIX = "save it as WAV, 16-bit PCM"


class Recording(NamedTuple):
    """samples: (n,) float64, -1 to 1. rate: samples a second. clipped: the share of samples at full scale, 0 to 1."""

    samples: np.ndarray
    rate: int
    clipped: float


def read_wav(path):
    """Return the Recording in a WAV file: whole numbers of 8, 16, 24 or 32 bits, or floats of 32 or 64.

    Two channels or more are averaged; `clipped` counts the samples of all of them. The file is RIFF (IBM and Microsoft
    1991, Multimedia Programming Interface and Data Specifications 1.0): chunks of a name, a size, and contents padded
    to an even size; "fmt " says how the samples of "data" are stored, and chunks with other names are passed over.
    Raises ValueError, naming the file, if it cannot be read, is no such WAV file, is cut short or holds no samples.
    """
    try:
        found = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}. Check its name and who may read it") from None
    try:
        return _recording(_chunks(found))
    except ValueError as error:
        raise ValueError(f"{path} {error}") from None


def _recording(chunks):
    code, bits, channels, rate = _format(chunks.get(b"fmt ", (0, b""))[1])
    sound = _sound(*chunks.get(b"data", (0, b"")), width=channels * bits // 8)
    samples = _amplitudes(sound, code, bits)
    finite = np.isfinite(samples)
    if not finite.all():
        raise ValueError(f"holds {samples[~finite][0]} at sample {finite.argmin() // channels}; {FIX}")
    if abs(samples).max() > LOUDEST:
        raise ValueError(f"holds samples up to {abs(samples).max():g}, but floats in a WAV run from -1 to 1; {FIX}")
    # What was 16 bits once is clipped at the top of 16 bits, in whatever format it was saved again.
    clipped = abs(samples) >= 1 - 2.0 ** (1 - min(bits, 16))
    return Recording(samples.reshape(-1, channels).mean(axis=1), rate, float(clipped.mean()))


def _chunks(found):
    """{name: (the size it declares, its contents)} up to the sound; contents end where the file does."""
    if found[:4] != b"RIFF" or found[8:12] != b"WAVE":
        raise ValueError(f"is not a WAV file: it begins with {found[:12]!r}, not RIFF....WAVE; {FIX}")
    chunks, at = {}, 12
    while at + 8 <= len(found) and b"data" not in chunks:
        name, size = struct.unpack_from("<4sI", found, at)
        chunks.setdefault(name, (size, found[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return chunks


def _format(contents):
    """(format code, bits a sample, channels, rate) of the chunk that says how the samples are stored."""
    if len(contents) < 16:
        raise ValueError(f"does not say how its sound is stored: there is no whole fmt chunk before the data; {FIX}")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", contents)
    if code == EXTENSIBLE and len(contents) >= 26:
        (code,) = struct.unpack_from("<H", contents, 24)
    if code not in BITS:
        raise ValueError(f"holds sound in format {code} ({COMPRESSED.get(code, 'unknown')}), not plain samples; {FIX}")
    if bits not in BITS[code]:
        kind = "float" if code == FLOAT else "whole-number"
        raise ValueError(f"holds {kind} samples of {bits} bits, not of {', '.join(map(str, BITS[code]))}; {FIX}")
    if not channels or not rate:
        raise ValueError(f"declares {channels} channels and {rate} samples a second; {FIX}")
    return code, bits, channels, rate


def _sound(size, contents, width):
    """The bytes of the samples, if all are there; width: the bytes of one sample of all channels."""
    if size > len(contents):
        raise ValueError(
            f"is cut short: {len(contents):,} of {size:,} bytes of sound are there; copy it again, or {FIX}"
        )
    if not size:
        raise ValueError("holds no samples; record it again")
    if size % width:
        raise ValueError(f"ends within a sample: {size:,} bytes of sound are no multiple of {width}; {FIX}")
    return contents


def _amplitudes(contents, code, bits):
    """The samples of all channels in turn, (n * channels,) float64."""
    if code == FLOAT:
        return np.frombuffer(contents, f"<f{bits // 8}").astype(np.float64)
    if bits == 8:  # the only ones without a sign
        return np.frombuffer(contents, np.uint8) / 128 - 1
    if bits == 24:  # numpy has no such numbers: they become the upper three bytes of 32 bits
        wider = np.zeros((len(contents) // 3, 4), np.uint8)
        wider[:, 1:] = np.frombuffer(contents, np.uint8).reshape(-1, 3)
        contents, bits = wider.tobytes(), 32
    return np.frombuffer(contents, f"<i{bits // 8}") / 2.0 ** (bits - 1)
