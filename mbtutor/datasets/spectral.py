"""Sound as features: how much of it lies in each band of frequencies, from one hundredth of a second to the next."""

from functools import cache

import numpy as np

from .. import checks

FRAME, STEP = 0.025, 0.010  # seconds that a frame lasts, and from the begin of one to the next
SPACING = 8  # Hz at most between two frequencies at which a spectrum is measured
FLOOR = 1e-10  # mean square, 100 dB below full scale: about what 16 bits can hold
BLOCK = 256  # frames at a time, so that a long recording needs little memory


def log_mel(samples, rate, bands=40, top=4000):
    """Return the log-mel frames of a recording, (frames, bands): the logarithm of the sound's mean square in each band.

    samples: (n,) amplitudes from -1 to 1. rate: samples a second. top: the upper end of the highest band, in Hz.
    A frame x lasts 25 ms and the next begins 10 ms later, at any rate. Its energy in band b is

        E_b = sum over f of H_b(f) P(f) df
        P(f) = 2 |sum over t of w_t x_t exp(-2 pi i f t / rate)|^2 / (rate * sum over t of w_t^2)

    w is a Hann window, df at most 8 Hz, and H_b a triangle from the middle of the band below to that of the band above;
    the middles are equally far apart from 0 to `top` in mel = 2595 log10(1 + f / 700). The result is ln max(E, 1e-10).
    So a number means the same at every rate that holds `top`, and twice the amplitude adds ln 4. The mean of the
    recording is taken off first. (Mel: D. O'Shaughnessy 1987, Speech Communication; the bands: S. B. Davis and
    P. Mermelstein 1980, IEEE Transactions on Acoustics, Speech, and Signal Processing 28(4), 357-366.)
    Raises ValueError for sound that is shorter than a frame or silent, and a `top` above half the rate.
    """
    samples, rate = _checked(samples), checks.number("rate", rate, low=1000)
    weights = mel_weights(rate, checks.whole_number("bands", bands), checks.positive_number("top", top))
    length = round(FRAME * rate)
    if len(samples) < length:
        raise ValueError(
            f"samples must last one frame, {length} samples ({1000 * FRAME:g} ms at {rate:g} a second), or more; got "
            f"{len(samples)}. Record a longer sound"
        )
    frames = np.lib.stride_tricks.sliding_window_view(samples - samples.mean(), length)
    starts = np.round(np.arange(int((len(samples) - length) / (STEP * rate)) + 1) * STEP * rate).astype(int)
    energies = [_spectrum(frames[part], rate, len(weights)) @ weights for part in _blocks(starts)]
    return np.log(np.maximum(np.concatenate(energies), FLOOR))


def mfcc(samples, rate, coefficients=13, bands=40, top=4000):
    """Return the mel-frequency cepstral coefficients of a recording, (frames, coefficients).

    They describe the shape of the `bands` log-mel values L of a frame (see log_mel), the coarsest first, by a cosine
    transform (DCT-II, orthonormal; Davis and Mermelstein 1980):

        c_k = s_k sum over b of L_b cos(pi k (b + 1/2) / bands),   s_0 = sqrt(1 / bands), else sqrt(2 / bands)

    c_0 follows the loudness. Raises ValueError as log_mel does, and for more coefficients than bands.
    """
    coefficients = checks.whole_number("coefficients", coefficients, maximum=checks.whole_number("bands", bands))
    k, b = np.arange(coefficients), np.arange(bands)[:, None]
    cosines = np.sqrt(np.where(k == 0, 1, 2) / bands) * np.cos(np.pi * k * (b + 0.5) / bands)
    return log_mel(samples, rate, bands, top) @ cosines


def band_middles(bands=40, top=4000):
    """Return the middle of each band in Hz, (bands,)."""
    return _edges(bands, top)[1:-1]


@cache
def mel_weights(rate, bands, top):
    """Return the triangles H times df, (frequencies, bands): a spectrum times them is the energy of each band."""
    if top > rate / 2:
        raise ValueError(
            f"top must be at most {rate / 2:g} Hz, because {rate:g} samples a second hold no sound above half of that; "
            f"got {top:g}. Use top={rate / 2:g} for all recordings"
        )
    spacing = rate / _points(rate)
    frequencies, edges = np.arange(int(top / spacing) + 1)[:, None] * spacing, _edges(bands, top)
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0, np.minimum(rising, falling)) * spacing
    if not weights.any(axis=0).all():
        raise ValueError(f"bands={bands} up to {top:g} Hz are too narrow to measure; use fewer bands")
    return weights


def _checked(samples):
    samples = checks.numeric("samples", samples)
    if samples.ndim != 1:
        raise ValueError(f"samples must have shape (n,); got {samples.shape}. Average the channels first")
    checks.finite("samples", samples)
    if len(samples) > 1 and samples.min() == samples.max():
        raise ValueError(
            f"samples hold no sound: each of them is {samples[0]:g}. Check the microphone, record it again"
        )
    return samples.astype(np.float64)


def _edges(bands, top):
    """The ends and middles of the bands in Hz, (bands + 2,): band b rises from edge b to b + 1 and falls to b + 2."""
    mel = np.linspace(0, 2595 * np.log10(1 + top / 700), bands + 2)
    return 700 * (10 ** (mel / 2595) - 1)


def _points(rate):
    """How many points a frame is stretched to with zeros, so that its spectrum is measured every few Hz."""
    return 2 ** int(np.ceil(np.log2(rate / SPACING)))


def _spectrum(frames, rate, count):
    """The power per Hz of each frame, (frames, count) from 0 Hz upwards; it adds up to the mean square of the frame."""
    window = np.hanning(frames.shape[1])
    waves = np.fft.rfft(frames * window, _points(rate))[:, :count]
    return 2 * (waves.real**2 + waves.imag**2) / (rate * (window**2).sum())


def _blocks(starts):
    return (starts[first : first + BLOCK] for first in range(0, len(starts), BLOCK))
