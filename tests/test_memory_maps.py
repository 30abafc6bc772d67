"""Rows in a file give what rows in memory give, in every room, and the file is never read whole."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from pieces import make_data, make_net, same

import mbtutor as mb


@pytest.fixture
def twins(tmp_path):
    """The same rows in memory and in a mapped file."""
    data = make_data(90)
    np.save(tmp_path / "X.npy", data.X)
    return data, mb.Dataset(np.load(tmp_path / "X.npy", mmap_mode="r"), data.y)


def trained(data, **options):
    train, val, test = mb.standardize(*mb.split(data, val=0.2, test=0.2, seed=1))
    net = make_net()
    losses = [update.loss for update in mb.train(net, mb.MiniBatches(train, **options), epochs=2, validation=val)][1:]
    assert {type(part.X) for part in (train, val, test)} == {type(data.X)}
    return [*losses, *net.weights, *mb.evaluate(net, test).values(), *net.predict(test.X), *train.scaler.offset]


@pytest.mark.parametrize(
    "options", [{"batch_size": 8}, {"batch_size": 8, "shuffle": False}, {"batch_size": 999}], ids=str
)
def test_split_scale_train_evaluate_and_predict_give_the_same(twins, options):
    in_memory, mapped = (trained(data, **options) for data in twins)
    assert np.allclose(in_memory, mapped, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint8", "bool", ">f8"])
def test_files_of_any_numbers_can_be_mapped(tmp_path, dtype):
    X, y = (make_data(90).X > 0).astype(dtype), make_data(90).y
    np.save(tmp_path / "X.npy", X)
    mapped = mb.Dataset(np.load(tmp_path / "X.npy", mmap_mode="r"), y)
    in_file, in_memory = (mb.min_max(mb.standardize(data)) for data in (mapped, mb.Dataset(X, y)))
    assert np.allclose(in_file.X[:], in_memory.X, rtol=0, atol=1e-6) and in_file.X.dtype == in_memory.X.dtype
    losses = []
    for data in (in_file, in_memory):
        net = make_net([mb.Dense(4, 8), mb.Tanh(), mb.Dense(8, 3)])  # a row of zeros would stand on ReLU's kink
        losses.append([update.loss for update in mb.train(net, mb.MiniBatches(data, 7), epochs=1)][1:])
    assert np.allclose(*losses, rtol=0, atol=1e-6)


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_row_is_found_at_its_batch_before_the_update(tmp_path, shuffle, bad):
    X, y = make_data(90).X.copy(), make_data(90).y
    X[61, 2] = bad
    np.save(tmp_path / "X.npy", X)
    data = mb.Dataset(np.load(tmp_path / "X.npy", mmap_mode="r"), y).subset(np.arange(10, 90))
    batches = mb.MiniBatches(data, 8, shuffle=shuffle)
    number = next(i for i, start in enumerate(range(0, 80, 8)) if 51 in batches.order(0)[start : start + 8])
    net = make_net()
    run = mb.train(net, batches, epochs=1)
    for _ in range(number + 1):
        next(run)
        before = net.state()
    with pytest.raises(ValueError, match=f"X holds {bad} at row 61, column 2"):
        next(run)
    assert same(net.state(), before) and net.updates == number


@pytest.mark.parametrize(
    "call",
    [mb.standardize, mb.min_max, lambda data: mb.evaluate(make_net(), data), lambda data: make_net().predict(data.X)],
)
def test_a_bad_row_is_named_by_whatever_reads_it(tmp_path, call):
    X = make_data(90).X.copy()
    X[61, 2] = np.nan
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(ValueError, match="X holds nan at row 61, column 2"):
        call(mb.Dataset(np.load(tmp_path / "X.npy", mmap_mode="r"), make_data(90).y))


@pytest.mark.parametrize(
    "X, words",
    [(np.zeros(4), "X.reshape"), (np.zeros((0, 4)), "at least one row"), (np.zeros((3, 4)), "one entry a row")],
)
def test_a_file_of_the_wrong_shape_is_refused(tmp_path, X, words):
    np.save(tmp_path / "X.npy", X)
    mapped = np.memmap(tmp_path / "X.npy", mode="r", offset=128, shape=X.shape) if X.size else X
    with pytest.raises(ValueError, match=words):
        mb.Dataset(mapped, [0, 1])


EPOCH = """
import json, resource, sys
import numpy as np, mbtutor as mb

def of_this_process(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))

X, budget = np.load(sys.argv[1], mmap_mode="r"), int(sys.argv[2])
net = mb.Network([mb.Dense(784, 16), mb.ReLU(), mb.Dense(16, 10)], dtype="float32")
net.compile("cross_entropy", mb.SGD(lr=0.01))
net.update(X[:100], np.arange(100) % 10)  # the matrix product takes the working memory that it keeps for good
resource.setrlimit(resource.RLIMIT_DATA, (of_this_process("VmData") + budget,) * 2)
before, most = of_this_process("RssAnon"), 0
train, val, _ = mb.standardize(*mb.split((X, np.arange(len(X)) % 10), val=0.1, test=0))
for update in mb.train(net, mb.MiniBatches(train, 256), epochs=1, validation=val):
    most = max(most, of_this_process("RssAnon") - before)
try:
    refused = np.load(sys.argv[1]) is None
except MemoryError:
    refused = True
print(json.dumps({"RssAnon": most, "updates": net.updates - 1, "whole refused": refused}))
"""


def test_an_epoch_over_a_file_stays_within_a_tenth_of_it(tmp_path):
    """The system refuses every byte beyond the budget, and the whole file in memory would be ten times that."""
    assert sys.platform == "linux", "RLIMIT_DATA and RssAnon are Linux's"
    rows, rng = 2**26 // 1024, np.random.default_rng(0)
    X = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", np.float32, (rows, 784))
    X[:] = rng.random(784, dtype=np.float32)
    X[::2] += 1
    X.flush()
    del X
    budget = (tmp_path / "X.npy").stat().st_size // 10
    assert budget > 20e6
    env = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    output = subprocess.check_output([sys.executable, "-c", EPOCH, tmp_path / "X.npy", str(budget)], text=True, env=env)
    measured = json.loads(output.splitlines()[-1])
    (tmp_path / "X.npy").unlink()
    assert measured["updates"] == -(-round(rows * 0.9) // 256)
    assert measured["RssAnon"] <= budget and measured["whole refused"]
