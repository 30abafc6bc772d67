"""Memory as it is measured: to the byte by tracemalloc, by the system for a whole process, and counted from shapes."""

import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest
from pieces import make_data, make_net, prepared_digits, same

import mbtutor as mb
from mbtutor.experiments import Line, line_fit, peak_bytes, peak_resident, update_parts, update_peak

SIZES = (32, 64, 128, 256, 512, 1024, 2048)


def digits_net(hidden=(256,), optimizer=None, dtype="float64"):
    sizes = [64, *hidden]
    layers = [layer for pair in zip(sizes, sizes[1:]) for layer in (mb.Dense(*pair), mb.ReLU())]
    return make_net([*layers, mb.Dense(sizes[-1], 10)], optimizer=optimizer, dtype=dtype)


# Counting bytes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "right"),
    [
        (lambda: None, 0),
        (lambda: np.zeros(1_000_000), 8e6),
        (lambda: np.sort(np.zeros(1_000_000)), 16e6),
        (lambda: [np.zeros(1_000_000) for _ in range(3)], 24e6),
        (lambda: sum(np.zeros(1_000_000).sum() for _ in range(3)), 8e6),
    ],
    ids=["nothing", "one array", "a sorted copy beside it", "three kept", "three in turn"],
)
def test_the_peak_is_what_was_held_at_once(function, right):
    assert peak_bytes(function) == pytest.approx(right, abs=20_000)


def test_what_was_there_before_does_not_count_and_what_stays_does():
    kept = [np.zeros(500_000)]
    assert peak_bytes(lambda: kept.append(np.zeros(1_000_000))) == pytest.approx(8e6, abs=20_000)


@pytest.mark.parametrize("on", [True, False])
def test_a_tracing_stays_as_it_was_also_after_an_error(on):
    if on:
        tracemalloc.start(3)
    try:
        assert peak_bytes(lambda: np.zeros(1_000_000)) == pytest.approx(8e6, abs=20_000)
        with pytest.raises(ZeroDivisionError):
            peak_bytes(lambda: 1 / 0)
        assert tracemalloc.is_tracing() == on
        assert not on or tracemalloc.get_traceback_limit() == 3
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("measure", [peak_bytes, peak_resident])
@pytest.mark.parametrize("odd", [3, None, "print"])
def test_what_cannot_be_called_is_refused(measure, odd):
    with pytest.raises(TypeError, match="function must be callable without arguments; got"):
        measure(odd)


# One update -------------------------------------------------------------------------------------------------------


def test_the_peak_grows_along_a_straight_line():
    train, *_ = prepared_digits()
    line = line_fit(SIZES, [update_peak(digits_net(), train, size) for size in SIZES])
    assert line.r2 > 0.9999
    assert 6500 < line.slope < 8000, "842 numbers of 8 bytes a row, and a little"


@pytest.mark.parametrize("optimizer", [mb.SGD(lr=0.1), mb.SGD(lr=0.1, momentum=0.9), mb.Adam()], ids=repr)
@pytest.mark.parametrize("hidden", [(256,), (128, 256)], ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_most_of_the_peak_is_told_by_the_shapes(hidden, optimizer, dtype):
    train, *_ = prepared_digits()
    data, net = mb.Dataset(train.X.astype(dtype), train.y), digits_net(hidden, optimizer, dtype)
    for size in (512, 2048, len(data)):
        explained = sum(update_parts(net, data, size).values()) / update_peak(net, data, size)
        assert 0.85 < explained < 1, size


def test_the_parts_are_those_of_the_shapes():
    net, data = make_net(optimizer=mb.Adam()), make_data(50)  # 4 inputs, 8 hidden, 3 classes: 67 weights
    parts = {"weights": 67, "optimizer's state": 2 * 67 + 1, "gradient": 67}
    parts |= {"rows of the batch": 10 * (4 + 1), "activations": 10 * (8 + 3), "slopes": 10 * 2 * 8}
    assert update_parts(net, data, 10) == {name: 8 * numbers for name, numbers in parts.items()}
    pieces = update_parts(net, data, 10, 5)
    assert pieces["gradient"] == 2 * 67 * 8 and pieces["activations"] == 5 * (8 + 3) * 8
    assert update_parts(net, data, 50)["rows of the batch"] == 0, "all rows are used where they are"
    other = make_net(dtype="float32")
    assert update_parts(other, data, 10)["rows of the batch"] == 10 * (4 * (8 + 4) + 8), "and once more in float32"


def test_the_parts_count_a_mapped_file_that_is_copied_and_a_net_without_hidden_layers(tmp_path):
    np.save(tmp_path / "X.npy", make_data(50).X)
    mapped = mb.Dataset(np.load(tmp_path / "X.npy", mmap_mode="r"), make_data(50).y)
    assert update_parts(make_net(), mapped, 50)["rows of the batch"] == 0
    assert update_parts(make_net(), mb.standardize(mapped), 50)["rows of the batch"] == 50 * 5 * 8
    parts = update_parts(make_net([mb.Dense(4, 3)]), mapped, 10)
    assert parts["activations"] == 10 * 3 * 8 and parts["slopes"] == 2 * 10 * 3 * 8


def test_accumulation_takes_the_memory_of_a_piece():
    train, *_ = prepared_digits()
    peaks = [update_peak(digits_net(), train, size, 64) for size in (64, 512, 3000)]
    assert max(peaks) < 1.3e6 < update_peak(digits_net(), train, 512) / 3
    assert peaks[1] == pytest.approx(peaks[2], rel=0.02), "whatever the batch"


def test_float32_takes_about_half():
    train, *_ = prepared_digits()
    small = mb.Dataset(train.X.astype("float32"), train.y)
    ratio = update_peak(digits_net(dtype="float32"), small, 1024) / update_peak(digits_net(), train, 1024)
    assert 0.48 < ratio < 0.55


def test_the_network_stays_as_it_is():
    net, data = make_net(optimizer=mb.Adam()), make_data(50)
    before = net.state()
    update_peak(net, data, 8)
    update_peak(net, data, 8, 3)
    assert same(net.state(), before)


def test_a_data_set_that_is_loaded_counts_and_a_mapped_one_does_not(tmp_path):
    train, *_ = prepared_digits()
    np.save(tmp_path / "X.npy", train.X)
    there = update_peak(digits_net(), train, 32)

    def load(mode):
        return lambda: mb.Dataset(np.load(tmp_path / "X.npy", mmap_mode=mode), train.y)

    assert update_peak(digits_net(), load(None), 32) == pytest.approx(there + train.X.nbytes, abs=20_000)
    assert update_peak(digits_net(), load("r"), 32) == pytest.approx(there, abs=20_000)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be a whole number of at least 1; got 0"),
        ({"batch_size": 2.5}, ValueError, "batch_size must be a whole number"),
        ({"batch_size": "8"}, ValueError, "batch_size must be a whole number"),
        ({"micro_batch_size": 0}, ValueError, "micro_batch_size must be a whole number of at least 1; got 0"),
        ({"net": 3}, TypeError, "net must be a Network"),
        ({"net": mb.Network([mb.Dense(4, 3)])}, ValueError, "no loss yet"),
        ({"net": make_net([mb.Dense(5, 3)])}, ValueError, "takes rows of 5 numbers"),
        ({"data": 3}, TypeError, "data must be a Dataset or a pair"),
    ],
    ids=str,
)
@pytest.mark.parametrize("measure", [update_peak, update_parts])
def test_what_could_not_be_trained_is_refused(measure, change, error, words):
    arguments = {"net": make_net(), "data": make_data(50), "batch_size": 8} | change
    with pytest.raises(error, match=words):
        measure(**arguments)


def test_a_batch_of_more_than_all_rows_is_all_rows(capsys):
    net, data = make_net(), make_data(50)
    assert update_peak(net, data, 60) == pytest.approx(update_peak(net, data, 50), abs=5000)
    assert update_parts(net, data, 60) == update_parts(net, data, 50)
    assert not capsys.readouterr().out


# The line ---------------------------------------------------------------------------------------------------------


def test_the_line_is_that_of_least_squares():
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    y = 3 - 2 * x + rng.normal(size=30)
    line = line_fit(x, y)
    np.testing.assert_allclose(line[:2], np.polyfit(x, y, 1), atol=1e-12)
    assert line.r2 == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, abs=1e-12)
    np.testing.assert_allclose(line.at(x), np.polyval(line[:2], x))


def test_the_largest_that_fits():
    line = Line(slope=10, intercept=5, r2=1)
    assert [line.largest(value) for value in (15, 14.9, 24, 25, 4)] == [1, 0, 1, 2, -1]
    assert line_fit([1, 2], [3, 3]) == Line(0, 3, 1) and line_fit([1, 2], [3, 3]).largest(5) == np.inf


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([1], [2], "two different x or more"),
        ([1, 1], [2, 3], "two different x or more"),
        ([1, 2], [2], "shapes"),
        ([[1, 2]], [[2, 3]], "two lists"),
        ([1, np.nan], [2, 3], "x must hold finite numbers"),
        ([1, 2], [2, np.inf], "y must hold finite numbers"),
    ],
)
def test_points_without_a_line_are_refused(x, y, words):
    with pytest.raises(ValueError, match=words):
        line_fit(x, y)


# A process of its own ---------------------------------------------------------------------------------------------


def test_a_process_grows_by_what_its_function_holds():
    assert peak_resident(lambda: None) < 2e6
    size = 40_000_000

    def hold():
        kept = np.ones(size // 8)
        time.sleep(0.1)
        return kept.sum()

    assert size <= peak_resident(hold) < size + 4e6


def test_pages_of_a_mapped_file_do_not_count(tmp_path):
    assert sys.platform == "linux", "elsewhere they do, as peak_resident says"
    path = tmp_path / "X.npy"
    np.save(path, np.ones(5_000_000))
    assert peak_resident(lambda: np.load(path, mmap_mode="r").sum()) < 2e6
    assert peak_resident(lambda: np.load(path).sum()) > 30e6  # 40 MB, less what the process had in reserve


def test_what_it_prints_goes_nowhere_and_nothing_comes_back(capfd):
    seen = []
    peak_resident(lambda: (print("heard?"), seen.append(1)))
    assert not seen and capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda: sys.exit(3), "SystemExit: 3"),
        (lambda: __import__("os")._exit(7), r"ended before function\(\) did \(exit code 7\)"),
    ],
    ids=["error", "exit", "gone"],
)
def test_a_function_that_fails_is_told(function, words):
    with pytest.raises(RuntimeError, match=words):
        peak_resident(function)


def test_a_function_that_cannot_be_handed_over_is_told():
    lock = threading.Lock()
    with pytest.raises(TypeError, match="cannot be handed to another process"):
        peak_resident(lambda: lock)


def test_a_function_that_cannot_be_loaded_there_is_told():
    class Odd:
        def __reduce__(self):
            return int, ("not a number",)

    odd = Odd()
    with pytest.raises(RuntimeError, match="could not start, or could not load the function"):
        peak_resident(lambda: odd)


def test_an_interrupt_ends_the_process(monkeypatch):
    made = []
    start = mb.experiments.memory.subprocess.Popen

    def kept(*arguments, **options):
        made.append(start(*arguments, **options))
        return made[-1]

    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(mb.experiments.memory.subprocess, "Popen", kept)
    monkeypatch.setattr(mb.experiments.memory.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        peak_resident(lambda: __import__("time").sleep(60))
    assert made[0].poll() is not None
