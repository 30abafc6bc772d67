"""A checkpoint comes back as it was saved; a damaged or hostile file is refused, and nothing in it is run."""

import io
import json
import pickle
import re
import struct
import zipfile

import numpy as np
import pytest
from pieces import make_data, make_net, same

import mbtutor as mb
from mbtutor.checkpoints import PLAIN

REFUSED = "is not a whole mbtutor checkpoint .*; it may be cut short. Use another"


def a_state():
    net = make_net([mb.Dense(4, 8), mb.Dropout(0.3), mb.Dense(8, 3)], optimizer=mb.Adam(0.02))
    options = {"epochs": 3, "validation": make_data(13, seed=1), "patience": 2}
    run = mb.train(net, mb.MiniBatches(make_data(20), 6), **options)
    for _ in range(6):
        next(run)
    return run.state()


def saved(folder):
    mb.save_checkpoint(folder / "good.npz", a_state())
    return folder / "good.npz"


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path, contents, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def npy(array, **claims):
    """The bytes of a .npy file whose header may claim another shape or descr than the array has."""
    file = io.BytesIO()
    claims = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape, **claims}
    np.lib.format.write_array_header_1_0(file, claims)
    return file.getvalue() + array.tobytes()


def test_a_checkpoint_comes_back_as_it_was_saved(tmp_path):
    state = a_state()
    mb.save_checkpoint(tmp_path / "run.npz", state)
    assert same(mb.load_checkpoint(tmp_path / "run.npz"), state)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_numpy_reads_the_arrays_without_pickle(tmp_path):
    with np.load(saved(tmp_path), allow_pickle=False) as archive:
        assert np.array_equal(archive["network/weights"], a_state()["network"]["weights"])


@pytest.mark.parametrize("state", [None, [], "state", make_net()])
def test_what_is_no_state_is_not_saved(tmp_path, state):
    with pytest.raises(TypeError, match=r"state must be what run.state\(\) returned, a dict; got"):
        mb.save_checkpoint(tmp_path / "run.npz", state)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [object(), {1, 2}, np.array([{}], dtype=object), lambda: None])
def test_what_cannot_be_saved_leaves_the_old_file(tmp_path, content):
    path = saved(tmp_path)
    before = path.read_bytes()
    with pytest.raises((TypeError, ValueError)):
        mb.save_checkpoint(path, {**a_state(), "more": content})
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["good.npz"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("writes", [0, 1, 5, 12])
def test_a_save_that_fails_half_way_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, error, writes):
    path, left = saved(tmp_path), writes
    before, write_array = path.read_bytes(), np.lib.format.write_array

    def failing(*args, **kwargs):
        nonlocal left
        left -= 1
        if left < 0:
            raise error
        write_array(*args, **kwargs)

    state = a_state()
    state["many"] = {str(i): np.ones(1000) for i in range(20)}
    monkeypatch.setattr(np.lib.format, "write_array", failing)
    with pytest.raises(type(error)):
        mb.save_checkpoint(path, state)
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["good.npz"]


def test_a_file_cut_anywhere_is_refused(tmp_path):
    whole = saved(tmp_path).read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        (tmp_path / "cut.npz").write_bytes(whole[:length])
        with pytest.raises(ValueError, match=REFUSED):
            mb.load_checkpoint(tmp_path / "cut.npz")


def test_a_file_damaged_anywhere_is_refused_or_read_as_it_was(tmp_path):
    path, rng = saved(tmp_path), np.random.default_rng(0)
    whole, good = path.read_bytes(), mb.load_checkpoint(path)
    refused = 0
    for place in rng.integers(0, len(whole), 600):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.integers(8)
        (tmp_path / "damaged.npz").write_bytes(damaged)
        try:
            assert same(mb.load_checkpoint(tmp_path / "damaged.npz"), good)  # a date, say, was hit
        except ValueError as error:
            assert re.search(REFUSED, str(error))
            refused += 1
    assert refused > 500


HEADERS = {
    "a huge declared shape": lambda a: npy(a, shape=(10**15,)),
    "a shape beyond all numbers": lambda a: npy(a, shape=(10**300, 10**300)),
    "negative shapes": lambda a: npy(a, shape=(-1, -a.size)),
    "objects": lambda a: npy(a, descr="|O"),
    "another order": lambda a: npy(a, fortran_order=True),
    "text": lambda a: npy(a.astype(str)),
    "fields": lambda a: npy(a, descr=[("a", "<f8")]),
    "no bytes an entry": lambda a: npy(a, descr="|S0"),
    "descr is code": lambda a: npy(a, descr="__import__('os').system('x')"),
    "too short": lambda a: npy(a)[:-8],
    "too long": lambda a: npy(a) + b"more",
    "no header": lambda a: b"",
    "not numpy": lambda a: b"print('hello')",
    "a header that never closes": lambda a: npy(a).replace(b"}", b"(", 1),
    "a header that is a call": lambda a: npy(a).replace(b"False", b"f(0) ", 1),
    "a pickle": lambda a: pickle.dumps(a),
}


@pytest.mark.parametrize("fault", HEADERS)
def test_a_member_that_is_not_the_array_it_claims_is_refused(tmp_path, fault):
    contents = members(saved(tmp_path))
    contents["network/weights.npy"] = HEADERS[fault](a_state()["network"]["weights"])
    path = written(tmp_path / "hostile.npz", contents)
    try:
        state = mb.load_checkpoint(path)
    except ValueError as error:
        assert re.search(REFUSED, str(error))
    else:  # an array, though not of numbers: the network refuses it
        with pytest.raises(ValueError, match="state was taken with"):
            make_net([mb.Dense(4, 8), mb.Dropout(0.3), mb.Dense(8, 3)], optimizer=mb.Adam()).load_state(
                state["network"]
            )


PLAINS = {
    "no json": b"hello",
    "not utf-8": b"\xff\xfe{}",
    "a list": b"[]",
    "a number": b"5",
    "ten thousand brackets": b"[" * 100_000,
    "a number of ten thousand digits": b'{"x": ' + b"9" * 10_000 + b"}",
    "other names": json.dumps({"hello": None}).encode(),
    "no arrays": json.dumps({"state": {}, "arrays": []}).encode(),
    "a value where an array belongs": lambda plain: plain["state"]["network"].update(weights=3),
    "text on the way to an array": lambda plain: plain["state"].update(network="weights"),
    "another array": lambda plain: plain["arrays"].append("zzz"),
    "a state that is a list": lambda plain: plain.update(state=[]),
}


@pytest.mark.parametrize("fault", PLAINS)
def test_plain_values_that_do_not_fit_are_refused(tmp_path, fault):
    contents, plain = members(saved(tmp_path)), PLAINS[fault]
    if callable(plain):
        changed = json.loads(contents[PLAIN])
        plain(changed)
        plain = json.dumps(changed)
    path = written(tmp_path / "hostile.npz", {**contents, PLAIN: plain})
    with pytest.raises(ValueError, match=REFUSED):
        mb.load_checkpoint(path)


@pytest.mark.parametrize(
    "name", ["../../x.npy", "/etc/x.npy", "..\\x.npy", "network/../../x.npy", "C:/x.npy", ".npy", "a/" * 500 + "x.npy"]
)
def test_a_member_with_a_hostile_name_is_refused_and_nothing_is_written(tmp_path, name):
    path = written(tmp_path / "hostile.npz", {**members(saved(tmp_path)), name: npy(np.ones(3))})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=REFUSED):
        mb.load_checkpoint(path)
    assert sorted(tmp_path.rglob("*")) == before and not (tmp_path.parent / "x.npy").exists()


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compressed_bomb_is_refused_unread(tmp_path, compression):
    path = written(
        tmp_path / "bomb.npz", {**members(saved(tmp_path)), "network/weights.npy": bytes(10**7)}, compression
    )
    assert path.stat().st_size < 10**5
    with pytest.raises(ValueError, match=r"it claims to hold more than its \d+ bytes"):
        mb.load_checkpoint(path)


def test_members_that_overlap_are_refused(tmp_path):
    content, names = npy(np.ones(5000)), [f"network/{i}.npy" for i in range(50)]
    path = written(tmp_path / "overlap.npz", {names[0]: content})
    with zipfile.ZipFile(path, "a") as archive:
        for name in names[1:]:  # many entries, one place in the file
            twin = zipfile.ZipInfo(name)
            first = archive.infolist()[0]
            for field in ("header_offset", "file_size", "compress_size", "CRC"):
                setattr(twin, field, getattr(first, field))
            archive.filelist.append(twin)
        archive.writestr(PLAIN, "{}")
    with pytest.raises(ValueError, match="it claims to hold more than its"):
        mb.load_checkpoint(path)


def test_a_member_that_claims_to_be_huge_is_refused(tmp_path):
    whole = bytearray(saved(tmp_path).read_bytes())
    entry = whole.index(b"PK\x01\x02")
    whole[entry + 24 : entry + 28] = struct.pack("<I", 0xFFFFFFF0)
    (tmp_path / "huge.npz").write_bytes(whole)
    with pytest.raises(ValueError, match="it claims to hold more than its"):
        mb.load_checkpoint(tmp_path / "huge.npz")


def test_an_encrypted_member_is_refused(tmp_path):
    whole = bytearray(saved(tmp_path).read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(mark) + flags] |= 1
    (tmp_path / "locked.npz").write_bytes(whole)
    with pytest.raises(ValueError, match=REFUSED):
        mb.load_checkpoint(tmp_path / "locked.npz")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x05\x06" + bytes(18), pickle.dumps({"a": 1}), npy(np.ones(3))])
def test_a_foreign_file_is_refused(tmp_path, content):
    (tmp_path / "foreign.npz").write_bytes(content)
    with pytest.raises(ValueError, match=REFUSED):
        mb.load_checkpoint(tmp_path / "foreign.npz")


def test_a_pickle_is_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path / "sprung").write_text, ("gotcha",)

    objects = io.BytesIO()
    np.save(objects, np.array([Trap()], dtype=object), allow_pickle=True)
    written(tmp_path / "member.npz", {**members(saved(tmp_path)), "network/weights.npy": objects.getvalue()})
    (tmp_path / "whole.npz").write_bytes(pickle.dumps(Trap()))
    for name in ("member.npz", "whole.npz"):
        with pytest.raises(ValueError, match=REFUSED):
            mb.load_checkpoint(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.npz"):
        mb.load_checkpoint(tmp_path / "nothing.npz")
    with pytest.raises(OSError, match=re.escape(tmp_path.name)):
        mb.load_checkpoint(tmp_path)
    with pytest.raises(FileNotFoundError, match="path must be a file in a folder that exists"):
        mb.save_checkpoint(tmp_path / "nowhere" / "run.npz", a_state())


def test_arrays_lost_from_the_file_are_missed(tmp_path):
    contents = members(saved(tmp_path))
    for lost in contents:
        path = written(tmp_path / "lost.npz", {name: content for name, content in contents.items() if name != lost})
        with pytest.raises(ValueError, match=REFUSED):
            mb.load_checkpoint(path)
