"""Recordings in every usual format are read alike, become frames that mean the same at every rate, or are refused."""

import os
import re
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dct
from scipy.io import wavfile

import mbtutor as mb
from mbtutor.datasets import log_mel, mfcc, read_wav
from mbtutor.datasets.spectral import FLOOR, band_middles, mel_weights

RATE = 16000
WHOLE, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
FORMATS = [(WHOLE, 8), (WHOLE, 16), (WHOLE, 24), (WHOLE, 32), (FLOAT, 32), (FLOAT, 64)]


def chunk(name, contents, size=None, padded=True):
    contents = bytes(contents)
    padding = b"\0" * (len(contents) % 2) if padded else b""
    return struct.pack("<4sI", name, len(contents) if size is None else size) + contents + padding


def fmt(code, bits, channels=1, rate=RATE, extensible=False):
    block = channels * bits // 8
    main = struct.pack("<HHIIHH", EXTENSIBLE if extensible else code, channels, rate, rate * block, block, bits)
    if extensible:
        main += struct.pack("<HHIH", 22, bits, 0, code) + bytes.fromhex("000000001000800000aa00389b71")
    return chunk(b"fmt ", main)


def riff(*chunks):
    contents = b"WAVE" + b"".join(chunks)
    return struct.pack("<4sI", b"RIFF", len(contents)) + contents


def stored(samples, code, bits):
    """The bytes of samples from -1 to 1, (n,) or (n, channels), written without the help of the reader."""
    flat = np.asarray(samples, float).ravel()
    if code == FLOAT:
        return struct.pack(f"<{len(flat)}{'f' if bits == 32 else 'd'}", *flat)
    top = 2 ** (bits - 1)
    numbers = [min(int(round(value * top)), top - 1) for value in flat.tolist()]
    if bits == 8:
        return bytes(number + 128 for number in numbers)
    return b"".join(number.to_bytes(bits // 8, "little", signed=True) for number in numbers)


def wav(samples, code=WHOLE, bits=16, rate=RATE, extensible=False, before=(), after=()):
    samples = np.asarray(samples, float)
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    return riff(
        fmt(code, bits, channels, rate, extensible), *before, chunk(b"data", stored(samples, code, bits)), *after
    )


def noise(n=4000, seed=0):
    return np.clip(0.2 * np.random.default_rng(seed).normal(size=n), -0.99, 0.99)


def tone(frequency, rate=RATE, seconds=0.3, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)


def save(path, found):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(found)
    return path


def two_words(folder, **files):
    """A folder with a recording each of two words, and the files given by name."""
    save(folder / "no_1.wav", wav(noise(seed=1)))
    save(folder / "yes_1.wav", wav(noise(seed=2)))
    for name, found in files.items():
        save(folder / f"{name}.wav", found)
    return folder


# Reading one file


@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize(("code", "bits"), FORMATS)
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_every_format_gives_the_samples_that_were_written(code, bits, channels, extensible, tmp_path):
    sound = noise(301 * channels).reshape(301, channels)  # an odd number of bytes in 8 and 24 bits
    recording = read_wav(save(tmp_path / "a.wav", wav(sound, code, bits, 11025, extensible)))
    assert recording.rate == 11025 and recording.samples.dtype == np.float64 and recording.clipped == 0
    tolerance = {(WHOLE, 8): 0.5 / 128, (WHOLE, 16): 0.5 / 2**15, (FLOAT, 32): 1e-7}.get((code, bits), 2**-23)
    np.testing.assert_allclose(recording.samples, sound.mean(axis=1), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("code", "bits", "raw", "values"),
    [
        (WHOLE, 8, bytes([0, 64, 128, 255]), [-1, -0.5, 0, 127 / 128]),
        (WHOLE, 16, bytes([0, 0x80, 0xFF, 0xFF, 0, 0, 0xFF, 0x7F]), [-1, -(2**-15), 0, 1 - 2**-15]),
        (WHOLE, 24, bytes([0, 0, 0x80, 0xFF, 0xFF, 0xFF, 1, 0, 0]), [-1, -(2**-23), 2**-23]),
        (WHOLE, 24, bytes([0xFF, 0xFF, 0x7F]), [1 - 2**-23]),
        (WHOLE, 32, bytes([0, 0, 0, 0x80, 0, 0, 0, 0x40]), [-1, 0.5]),
        (FLOAT, 32, bytes([0, 0, 0x80, 0xBF, 0, 0, 0, 0x3F]), [-1, 0.5]),
        (FLOAT, 64, bytes([0] * 6 + [0xF0, 0xBF] + [0] * 6 + [0xE0, 0x3F]), [-1, 0.5]),
    ],
)  # fmt: skip
def test_known_bytes_are_known_numbers(code, bits, raw, values, tmp_path):
    assert read_wav(save(tmp_path / "a.wav", riff(fmt(code, bits), chunk(b"data", raw)))).samples.tolist() == values


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_what_scipy_writes_is_read_as_scipy_reads_it(dtype, tmp_path):
    numbers = (noise(300) * (1 if dtype in (np.float32, np.float64) else np.iinfo(dtype).max)).astype(dtype)
    wavfile.write(tmp_path / "a.wav", 22050, numbers.reshape(150, 2))
    theirs = wavfile.read(tmp_path / "a.wav")[1].astype(float)
    theirs = {np.uint8: theirs / 128 - 1, np.int16: theirs / 2**15, np.int32: theirs / 2**31}.get(dtype, theirs)
    recording = read_wav(tmp_path / "a.wav")
    assert recording.rate == 22050 and np.array_equal(recording.samples, theirs.mean(axis=1))


def test_other_chunks_are_passed_over_also_odd_ones(tmp_path):
    others = [chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0"), chunk(b"bext", b"odd"), chunk(b"junk", b"")]
    for before, after in ((others, ()), ((), others), (others, others)):
        found = wav(noise(101), bits=8, before=before, after=after)
        np.testing.assert_allclose(
            read_wav(save(tmp_path / "a.wav", found)).samples, noise(101), rtol=0, atol=0.5 / 128
        )


def test_what_follows_the_sound_may_be_missing_or_broken(tmp_path):
    sound = riff(fmt(WHOLE, 8), chunk(b"data", stored(noise(301), WHOLE, 8), padded=False))
    for end in (b"", b"\0", b"\0LIST\xff\xff\xff\xff", b"\0data\0\0\0\0"):
        assert len(read_wav(save(tmp_path / "a.wav", sound + end)).samples) == 301


def test_the_share_of_clipped_samples_is_counted_in_every_channel(tmp_path):
    sound = np.column_stack([np.linspace(-0.9, 0.9, 100), np.where(np.arange(100) < 10, 1.0, 0.1)])
    for code, bits in FORMATS:
        assert read_wav(save(tmp_path / "a.wav", wav(sound, code, bits))).clipped == 0.05
    again = np.clip(sound, -1, 1 - 2**-15)  # clipped in 16 bits, and saved in another format afterwards
    assert all(read_wav(save(tmp_path / "a.wav", wav(again, *kind))).clipped == 0.05 for kind in FORMATS[1:])
    assert read_wav(save(tmp_path / "b.wav", wav(tone(440, amplitude=1)))).clipped < 0.01
    assert read_wav(save(tmp_path / "c.wav", wav(np.clip(tone(440, amplitude=3), -1, 1)))).clipped > 0.5


LOST = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
REFUSED = {
    "nothing": (b"", "is not a WAV file: it begins with b'', not RIFF....WAVE; save it as WAV, 16-bit PCM"),
    "MP3": (b"ID3\x04" + bytes(100), "is not a WAV file: it begins with b'ID3"),
    "RF64": (b"RF64" + wav(noise(10))[4:], "is not a WAV file: it begins with b'RF64"),
    "AVI": (b"RIFF\x10\0\0\0AVI " + bytes(100), "is not a WAV file"),
    "the head alone": (riff(), "there is no whole fmt chunk before the data"),
    "fmt cut": (riff(chunk(b"fmt ", LOST[:10])), "there is no whole fmt chunk before the data"),
    "no fmt": (riff(chunk(b"data", bytes(100))), "there is no whole fmt chunk before the data"),
    "fmt after the data": (riff(chunk(b"data", bytes(100)), fmt(WHOLE, 16)), "no whole fmt chunk before the data"),
    "ADPCM": (riff(fmt(2, 4), chunk(b"data", bytes(64))), "holds sound in format 2 (ADPCM), not plain samples; save"),
    "mu-law": (riff(fmt(7, 8), chunk(b"data", bytes(64))), "format 7 (mu-law)"),
    "MP3 inside": (riff(fmt(85, 16), chunk(b"data", bytes(64))), "format 85 (MP3)"),
    "A-law, extensible": (riff(fmt(6, 8, extensible=True), chunk(b"data", bytes(64))), "format 6 (A-law)"),
    "unknown": (riff(fmt(1234, 16), chunk(b"data", bytes(64))), "format 1234 (unknown)"),
    "extensible without its code": (riff(fmt(EXTENSIBLE, 16), chunk(b"data", bytes(64))), "format 65534 (unknown)"),
    "12 bits": (riff(fmt(WHOLE, 12), chunk(b"data", bytes(64))), "samples of 12 bits, not of 8, 16, 24, 32;"),
    "64-bit whole": (riff(fmt(WHOLE, 64), chunk(b"data", bytes(64))), "holds whole-number samples of 64 bits"),
    "16-bit float": (riff(fmt(FLOAT, 16), chunk(b"data", bytes(64))), "holds float samples of 16 bits, not of 32, 64"),
    "no channels": (riff(fmt(WHOLE, 16, channels=0), chunk(b"data", bytes(64))), "declares 0 channels and 16000 "),
    "no rate": (riff(fmt(WHOLE, 16, rate=0), chunk(b"data", bytes(64))), "declares 1 channels and 0 samples a second"),
    "no data chunk": (riff(fmt(WHOLE, 16)), "holds no samples; record it again"),
    "no samples": (riff(fmt(WHOLE, 16), chunk(b"data", b"")), "holds no samples; record it again"),
    "cut short": (wav(noise(1000))[:-100], "is cut short: 1,900 of 2,000 bytes of sound are there; copy it again"),
    "a huge size": (riff(fmt(WHOLE, 16), chunk(b"data", bytes(100), size=2**32 - 1)), "100 of 4,294,967,295 bytes"),
    "a huge chunk before": (riff(fmt(WHOLE, 16), chunk(b"LIST", bytes(9), size=2**32 - 1)), "holds no samples"),
    "half a sample": (riff(fmt(WHOLE, 16), chunk(b"data", bytes(101))), "ends within a sample: 101 bytes of sound"),
    "half a pair": (riff(fmt(WHOLE, 16, channels=2), chunk(b"data", bytes(102))), "are no multiple of 4"),
    "NaN": (wav([[0.1, 0], [0, np.nan]], FLOAT, 32), "holds nan at sample 1; save it as WAV, 16-bit PCM"),
    "infinity": (wav([0.1, 0, -np.inf], FLOAT, 64), "holds -inf at sample 2"),
    "16 bits in floats": (wav([20000, 0, -32768], FLOAT, 32), "holds samples up to 32768, but floats in a WAV run"),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_a_file_that_is_no_plain_recording_is_refused_by_name(fault, tmp_path):
    found, words = REFUSED[fault]
    two_words(tmp_path, maybe_1=found)
    for load in (lambda: read_wav(tmp_path / "maybe_1.wav"), lambda: mb.datasets.load_wavs(tmp_path)):
        with pytest.raises(ValueError, match=re.escape(words)) as error:
            load()
        assert str(error.value).startswith(str(tmp_path / "maybe_1.wav "))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ValueError, match="gone.wav cannot be read: No such file or directory. Check its name"):
        read_wav(tmp_path / "gone.wav")
    with pytest.raises(ValueError, match="cannot be read: Is a directory|cannot be read: Permission denied"):
        read_wav(tmp_path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_in_words(tmp_path_factory, data):
    found = bytearray(wav(noise(60), *data.draw(st.sampled_from(FORMATS)), extensible=data.draw(st.booleans())))
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, 79), st.integers(0, 255)), max_size=4)):
        found[place] = value
    path = tmp_path_factory.getbasetemp() / "damaged.wav"
    path.write_bytes(found[: data.draw(st.integers(0, len(found)))])
    try:
        recording = read_wav(path)
    except ValueError as error:
        assert str(error).startswith(f"{path} ")
    else:
        assert recording.samples.ndim == 1 and np.isfinite(recording.samples).all() and 0 <= recording.clipped <= 1


# Sound as frames


def test_the_same_sound_gives_the_same_frames_in_every_format(tmp_path):
    sound = noise()
    frames = log_mel(sound, RATE)
    for code, bits in FORMATS:
        for channels in (1, 2):
            recording = read_wav(save(tmp_path / "a.wav", wav(np.column_stack([sound] * channels), code, bits)))
            difference = abs(log_mel(*recording[:2]) - frames).max()
            assert difference < (0.2 if bits == 8 else 1e-3)


def test_frames_last_25_ms_and_begin_every_10_ms():
    for n, count in ((400, 1), (559, 1), (560, 2), (16000, 98)):
        assert log_mel(noise(n), 16000).shape == (count, 40) and mfcc(noise(n), 16000).shape == (count, 13)
    assert [len(log_mel(noise(rate), rate)) for rate in (8000, 11025, 22050, 44100, 48000)] == [98] * 5
    click = np.zeros(16000)
    click[8000] = 1
    heard = np.flatnonzero(log_mel(click, 16000).max(axis=1) > np.log(1e-6))
    assert heard.min() >= 48 and heard.max() <= 50  # the frames that hold second 0.5 well within: 0.48 to 0.505 and on


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
def test_a_pure_tone_lights_its_band_with_its_energy(rate):
    for band in (3, 12, 25, 36):
        frames = log_mel(tone(band_middles()[band], rate), rate)
        assert (frames.argmax(axis=1) == band).all()
        assert np.allclose(np.exp(frames).sum(axis=1), 0.5**2 / 2, rtol=0.02)


def test_a_sound_has_nearly_the_same_frames_at_every_rate():
    sounds = {rate: sum(tone(f, rate, 0.5, 0.1) for f in (220, 450, 900, 1800, 3500)) for rate in (8000, 22050, 48000)}
    frames = {rate: log_mel(sound, rate) for rate, sound in sounds.items()}
    loud = frames[48000] > -12
    assert loud.any(axis=0).sum() > 8 and len({len(each) for each in frames.values()}) == 1
    for rate in (8000, 22050):
        assert abs(frames[rate] - frames[48000])[loud].max() < 0.15


def test_twice_the_amplitude_adds_ln_4():
    difference = log_mel(2 * noise(), RATE) - log_mel(noise(), RATE)
    np.testing.assert_allclose(difference, np.log(4), rtol=0, atol=1e-9)
    shifted = mfcc(2 * noise(), RATE) - mfcc(noise(), RATE)  # the same in every band is c_0 alone
    np.testing.assert_allclose(shifted, np.eye(13)[0] * np.log(4) * np.sqrt(40) * np.ones((len(shifted), 1)), atol=1e-9)


def test_a_constant_offset_changes_nothing_and_quiet_has_a_floor():
    np.testing.assert_allclose(log_mel(noise() + 0.3, RATE), log_mel(noise(), RATE), rtol=0, atol=1e-9)
    half = np.concatenate([np.zeros(4000), tone(500)])
    assert log_mel(half - half.mean(), RATE)[0].min() == log_mel(1e-9 * noise(), RATE).max() == np.log(FLOOR)


def test_log_mel_follows_its_formula():
    rate, bands, top, sound = 8000, 6, 3000, noise(200)
    sound = sound - sound.mean()
    window = np.sin(np.pi * np.arange(200) / 199) ** 2
    edges = [
        700 * (10 ** (mel / 2595) - 1) for mel in np.arange(bands + 2) * 2595 * np.log10(1 + top / 700) / (bands + 1)
    ]
    step = rate / 1024
    expected = np.zeros(bands)
    for i in range(int(top / step) + 1):
        f = i * step
        wave = sum(w * x * np.exp(-2j * np.pi * f * t / rate) for t, (w, x) in enumerate(zip(window, sound)))
        power = 2 * abs(wave) ** 2 / (rate * sum(window**2))
        for b in range(bands):
            expected[b] += step * power * max(0, np.interp(f, edges[b : b + 3], [0, 1, 0]))
    np.testing.assert_allclose(np.exp(log_mel(sound, rate, bands, top)[0]), expected, rtol=1e-9)


def test_mfcc_are_the_cosine_transform_of_log_mel():
    L, C = log_mel(noise(), RATE), mfcc(noise(), RATE, coefficients=40)
    np.testing.assert_allclose(C, dct(L, type=2, norm="ortho", axis=1), rtol=0, atol=1e-10)
    k, b = 5, np.arange(40)
    np.testing.assert_allclose(C[:, k], np.sqrt(2 / 40) * L @ np.cos(np.pi * k * (b + 0.5) / 40), rtol=0, atol=1e-10)
    np.testing.assert_allclose(C[:, 0], L.sum(axis=1) / np.sqrt(40), rtol=0, atol=1e-10)
    assert np.array_equal(mfcc(noise(), RATE), C[:, :13])


def test_every_frequency_between_the_first_and_the_last_band_counts_once():
    weights = mel_weights(16000, 40, 4000)
    spacing = 16000 / 2048
    frequencies = np.arange(len(weights)) * spacing
    inner = (frequencies > band_middles()[0]) & (frequencies < band_middles()[-1])
    np.testing.assert_allclose(weights.sum(axis=1)[inner], spacing, rtol=1e-12)
    assert weights[0].sum() == 0 and weights.min() == 0


def test_a_long_recording_is_measured_in_blocks_alike():
    sound = noise(16000 * 8)
    frames = log_mel(sound, RATE)
    assert len(frames) == 798 > 3 * 256
    np.testing.assert_allclose(frames[300:303], log_mel(np.append(sound[48000:], 0), RATE)[:3], rtol=0, atol=0.02)


@pytest.mark.parametrize("make", [log_mel, mfcc])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"samples": noise(399)},
            "samples must last one frame, 400 samples (25 ms at 16000 a second), or more; got 399",
        ),
        ({"samples": np.zeros(4000)}, "samples hold no sound: each of them is 0. Check the microphone"),
        ({"samples": np.full(4000, 0.25)}, "samples hold no sound: each of them is 0.25"),
        ({"samples": np.ones((2, 4000))}, "samples must have shape (n,); got (2, 4000). Average the channels first"),
        ({"samples": np.append(noise(), np.nan)}, "samples holds nan at row 4000"),
        ({"rate": 6000}, "top must be at most 3000 Hz, because 6000 samples a second hold no sound above half of that"),
        ({"top": 9000}, "got 9000. Use top=8000 for all recordings"),
        ({"top": 0}, "top must be a finite number above 0; got 0"),
        ({"rate": 0}, "rate must be a number from 1000 up to"),
        ({"bands": 0}, "bands must be a whole number of at least 1"),
        ({"bands": 1000}, "bands=1000 up to 4000 Hz are too narrow to measure; use fewer bands"),
    ],
)
def test_sound_that_makes_no_frames_is_refused(make, options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        make(**{"samples": noise(), "rate": RATE} | options)


def test_more_coefficients_than_bands_are_refused():
    with pytest.raises(ValueError, match="coefficients must be a whole number from 1 to 40; got 41"):
        mfcc(noise(), RATE, coefficients=41)


# A folder of recordings


def test_a_folder_becomes_a_data_set_of_sequences(tmp_path):
    for name, n in (("yes_1", 4000), ("no_1", 5000), ("yes_2", 6000), ("maybe_1", 4500)):
        save(tmp_path / f"{name}.wav", wav(noise(n)))
    data = mb.datasets.load_wavs(tmp_path)
    assert data.class_names == ("maybe", "no", "yes") and data.y.tolist() == [0, 1, 2, 2]
    assert data.X.shape == (4, None, 40) and data.X.lengths.tolist() == [26, 29, 23, 36] and data.groups is None
    np.testing.assert_array_equal(data.X.item(3), log_mel(*read_wav(tmp_path / "yes_2.wav")[:2]))
    assert len(data.feature_names) == 40 and data.feature_names[18] == "992 Hz" and data.source == str(tmp_path)
    small = mb.datasets.load_wavs(str(tmp_path), "mfcc", bands=26, coefficients=12, top=8000, dtype="float32")
    assert small.X.shape == (4, None, 12) and small.X.dtype == np.float32 and small.feature_names[11] == "c11"
    np.testing.assert_allclose(small.X.item(1), mfcc(*read_wav(tmp_path / "no_1.wav")[:2], 12, 26, 8000), rtol=1e-5)


def test_its_recipe_makes_it_again(tmp_path):
    two_words(tmp_path, no_ann_2=wav(noise(seed=3)))
    for options in ({}, {"features": "mfcc", "coefficients": 5, "bands": 20, "top": 3000, "dtype": "float32"}):
        data, names = mb.datasets.load_wavs(tmp_path, **options), {"mb": mb}
        exec("\n".join(data.recipe), names)
        again = names["recordings"].X
        assert again.dtype == data.X.dtype and np.array_equal(again.values, data.X.values)
    assert mb.datasets.load_wavs(tmp_path).recipe == (f"recordings = mb.datasets.load_wavs({str(tmp_path)!r})",)


def test_labels_and_groups_come_from_folders_or_names(tmp_path):
    names = [
        "left/ann_1.wav",
        "left/bob_1.WAV",
        "right/ann/1.wav",
        "right/bob/2.Wav",
        "right_cid_3.wav",
        "left/cid_9.wav",
    ]
    for name in names:
        save(tmp_path / name, wav(noise()))
    for hidden in (".left_x_1.wav", "left/._ann_1.wav", ".ipynb_checkpoints/left_1.wav"):
        save(tmp_path / hidden, b"not a recording")
    save(tmp_path / "left/notes.txt", b"not a recording either")
    data = mb.datasets.load_wavs(tmp_path, groups=True)
    called = [f"{data.class_names[y]} {group}" for y, group in zip(data.y, data.groups)]
    assert called == ["left ann", "left bob", "left cid", "right ann", "right bob", "right cid"]
    train, _, test = mb.split_by_group(data, val=0, test="cid")
    assert len(train) == 4 and test.y.tolist() == [0, 1]
    assert mb.datasets.load_wavs(tmp_path).class_names == ("left", "right")


def test_names_in_other_scripts_keep_their_label(tmp_path):
    for name in (
        "はい_1",
        "いいえ_1",
        "caf\u00e9_1",
        "cafe\u0301_2",
    ):  # the last two: one word, with two ways to store it
        save(tmp_path / f"{name}.wav", wav(noise()))
    data = mb.datasets.load_wavs(tmp_path)
    assert set(data.class_names) == {"はい", "いいえ", "café"} and len(data) == 4


def test_recordings_of_every_format_and_rate_can_be_mixed_and_trained_on(tmp_path):
    rates = (8000, 16000, 22050, 44100, 48000)
    for i, (code, bits) in enumerate(FORMATS * 2):
        rate, channels = rates[i % 5], 1 + i % 2
        for label, frequency in (("high", 2000), ("low", 300)):
            rng = np.random.default_rng(i)
            sound = tone(frequency * (1 + 0.02 * i), rate, 0.2) + 0.02 * rng.normal(size=round(0.2 * rate))
            save(tmp_path / f"{label}_{i}.wav", wav(np.column_stack([sound] * channels), code, bits, rate, i % 3 == 0))
    data = mb.datasets.load_wavs(tmp_path)
    assert data.X.shape == (24, None, 40) and set(data.X.lengths.tolist()) == {18}
    means = np.stack([data.X.item(row).mean(axis=0) for row in range(24)])
    assert ((means[:, 29:].max(axis=1) < means[:, :12].max(axis=1)) == data.y).all()


def test_clipping_is_noted_once_and_loaded(tmp_path, capsys):
    loud = np.clip(8 * noise(), -1, 1)
    two_words(tmp_path, no_2=wav(loud), yes_2=wav(0.5 * loud), yes_3=wav(np.clip(20 * noise(), -1, 1)))
    assert len(mb.datasets.load_wavs(tmp_path)) == 5
    share = f"{read_wav(tmp_path / 'yes_3.wav').clipped:.1%}"
    assert capsys.readouterr().out == (
        f"note: 2 of 5 recordings are clipped, at worst yes_3.wav, with {share} of its samples at full scale. "
        "Record more quietly, or further from the microphone\n"
    )
    mb.datasets.load_wavs(two_words(tmp_path / "fine"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("sound", "options", "words"),
    [
        (np.zeros(4000), {}, "samples hold no sound: each of them is 0. Check the microphone, record it again"),
        (np.column_stack([noise(), -noise()]), {}, "samples hold no sound"),
        (noise(399), {}, "samples must last one frame, 400 samples (25 ms at 16000 a second), or more; got 399"),
        (noise(1), {}, "or more; got 1. Record a longer sound"),
        (noise(), {"top": 8001}, "top must be at most 8000 Hz"),
    ],
)
def test_sound_that_makes_no_frames_is_refused_by_the_name_of_its_file(sound, options, words, tmp_path):
    two_words(tmp_path, maybe_1=wav(sound))
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        mb.datasets.load_wavs(tmp_path, **options)
    assert str(error.value).startswith(f"{tmp_path / 'maybe_1.wav'}: ")


@pytest.mark.parametrize(
    ("files", "options", "words"),
    [
        ([], {}, "holds no WAV file (files there: none); save the recordings as .wav"),
        (["a_1.mp3", "b_1.mp3", "c"], {}, "holds no WAV file (files there: 2 .mp3, 1 without a suffix)"),
        ([".a_1.wav"], {}, "holds no WAV file (files there: none)"),
        (["a_1.wav", "a_2.wav"], {}, "has the label 'a'; record at least two, to tell apart"),
        (["a/1.wav"], {}, "has the label 'a'; record at least two, to tell apart"),
        (["a_1.wav", "yes.wav"], {}, "yes.wav has no label; name it label_number.wav, or put it into a folder"),
        (["a_1.wav", "_1.wav"], {}, "_1.wav has no label"),
        (["a_1.wav", "b_1.wav"], {"groups": True}, "a_1.wav has no group; name it label_group_number.wav, or group_"),
        (["a/1.wav", "b/1.wav"], {"groups": True}, "1.wav has no group"),
        (["a__1.wav", "b_x_1.wav"], {"groups": True}, "a__1.wav has no group"),
        (["a_1.wav", "b_1.wav"], {"features": "mel"}, "features must be one of 'log_mel', 'mfcc'; got 'mel'"),
        (["a_1.wav", "b_1.wav"], {"dtype": int}, "dtype must be one of 'float64', 'float32'"),
    ],
)
def test_a_folder_that_is_no_data_set_is_refused(files, options, words, tmp_path):
    for name in files:
        save(tmp_path / name, wav(noise()))
    with pytest.raises(ValueError, match=re.escape(words)):
        mb.datasets.load_wavs(tmp_path, **options)


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    file = save(tmp_path / "a_1.wav", wav(noise()))
    for folder, why in ((tmp_path / "gone", "No such file or directory"), (file, "Not a directory")):
        with pytest.raises(ValueError, match=re.escape(f"folder {folder} cannot be read: {why}. Check its name, seen")):
            mb.datasets.load_wavs(folder)
    save(tmp_path / "locked" / "b_1.wav", wav(noise()))
    scan = os.scandir

    def refusing(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr("os.scandir", refusing)  # who runs the tests may be allowed everything
    with pytest.raises(ValueError, match="locked cannot be read: Permission denied"):
        mb.datasets.load_wavs(tmp_path)
