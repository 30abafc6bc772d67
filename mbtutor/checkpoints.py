"""Save the state of a run to a file and read it back: arrays and plain values only, nothing that could run code."""

import io
import json
import math
import zipfile

import numpy as np

from . import files

PLAIN = "plain values.json"


def save_checkpoint(path, state):
    """Write a `Run.state()` to `path` as an uncompressed .npz. A failure half-way leaves the old file as it was."""
    if not isinstance(state, dict):
        raise TypeError(f"state must be what run.state() returned, a dict; got {type(state).__name__}")
    arrays = {}
    plain = json.dumps({"state": _without_arrays(state, arrays, ""), "arrays": sorted(arrays)})
    with files.replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(PLAIN, plain)
        for name, array in arrays.items():
            with archive.open(name + ".npy", "w") as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def load_checkpoint(path):
    """Return the state that save_checkpoint wrote. Raises ValueError for a damaged or foreign file; unpacks nothing.

    A member is read only if the file is as long as the member claims to be, so a small file cannot fill the memory.
    """
    with open(path, "rb") as file:
        try:
            return _read(file)
        except Exception as error:  # zipfile, json and numpy's header reader break in many ways on a damaged file
            raise ValueError(
                f"{path} is not a whole mbtutor checkpoint ({error}); it may be cut short. Use another"
            ) from None


def _read(file):
    with zipfile.ZipFile(file) as archive:
        members = _trusted(archive)
    plain = json.loads(members.pop(PLAIN))
    if sorted(members) != [name + ".npy" for name in plain["arrays"]]:
        raise ValueError("an array is missing, or one too many")
    for name in plain["arrays"]:
        _put(plain["state"], name.split("/"), _array(name, members[name + ".npy"]))
    return plain["state"]


def _without_arrays(value, arrays, path):
    """`value` with every array replaced by None, and the arrays collected under their place, like "network/weights"."""
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return None
    if isinstance(value, dict):
        return {
            name: _without_arrays(inner, arrays, f"{path}/{name}" if path else name) for name, inner in value.items()
        }
    return value


def _trusted(archive):
    """{name: bytes} of the members, once their sizes are known to be true."""
    infos = archive.infolist()
    end = archive.fp.seek(0, io.SEEK_END)
    if any(info.compress_type != zipfile.ZIP_STORED for info in infos) or sum(info.file_size for info in infos) > end:
        raise ValueError(f"it claims to hold more than its {end} bytes")
    return {info.filename: archive.read(info) for info in infos}


def _array(name, content):
    file = io.BytesIO(content)
    np.lib.format.read_magic(file)
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject or fortran or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError(f"array {name} does not hold the array of shape {shape} that it claims")
    return np.frombuffer(content, dtype, offset=file.tell()).reshape(shape).copy()


def _put(state, places, array):
    """Put an array where its placeholder stands; KeyError where none does."""
    for place in places[:-1]:
        state = state[place]
    if state[places[-1]] is not None:
        raise KeyError(places[-1])
    state[places[-1]] = array
