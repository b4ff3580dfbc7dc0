"""Heaps of texts and lists: every size in them is checked before the library follows it."""

from __future__ import annotations

import re
import struct

import h5py
import pytest

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers.hdf5.heaps import check_heaps

TEXTS = [f"jet number {n} " + "µ" * 3 * n for n in range(500)]


@pytest.fixture
def texts(tmp_path):
    """A file with more texts than one heap holds."""
    path = tmp_path / "texts.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("name", data=TEXTS, dtype=h5py.string_dtype())
        file.create_dataset("x", data=range(len(TEXTS)))
    return path


def heaps(data: bytes) -> list[int]:
    return [result.start() for result in re.finditer(b"GCOL", data)]


def objects(data: bytes, heap: int) -> list[int]:
    """The slow twin: where the objects of a heap begin, the free space last."""
    (size,) = struct.unpack_from("<Q", data, heap + 8)
    places, place = [], heap + 16
    while place + 16 <= heap + size:
        places.append(place)
        index, _, _, length = struct.unpack_from("<HHLQ", data, place)
        place += length if index == 0 else 16 + -(-length // 8) * 8
    return places


def test_whole_heaps_are_read(texts, tmp_path):
    assert len(heaps(texts.read_bytes())) > 1
    data = read(texts, cache=tmp_path / "cache")
    assert data.arrow("name").to_pylist() == TEXTS


@pytest.mark.parametrize("size", [0, 8, 5000, 2**40, 2**64 - 1])
@pytest.mark.parametrize("heap", [0, -1])
def test_a_free_space_of_a_wrong_size(texts, tmp_path, heap, size):
    data = bytearray(texts.read_bytes())
    begin = heaps(data)[heap]
    place = objects(data, begin)[-1]
    struct.pack_into("<HHLQ", data, place, 0, 0, 0, size)  # an index of 0: free
    texts.write_bytes(data)
    with pytest.raises(DataError, match=rf"texts\.h5: the heap of texts and lists at byte {begin} declares sizes"):
        read(texts, cache=tmp_path / "cache")


@pytest.mark.parametrize("size", [4097, 2**31, 2**63])
def test_an_object_that_is_larger_than_its_heap(texts, size):
    data = bytearray(texts.read_bytes())
    begin = heaps(data)[0]
    struct.pack_into("<Q", data, objects(data, begin)[3] + 8, size)
    texts.write_bytes(data)
    with h5py.File(texts) as file, pytest.raises(DataError, match="declares sizes that do not fit"):
        check_heaps(texts, file)


@pytest.mark.parametrize("size", [0, 15, 2**30, 2**64 - 1])
def test_a_heap_that_is_larger_than_its_file(texts, size):
    data = bytearray(texts.read_bytes())
    struct.pack_into("<Q", data, heaps(data)[0] + 8, size)
    texts.write_bytes(data)
    with h5py.File(texts) as file, pytest.raises(DataError, match="declares sizes that do not fit"):
        check_heaps(texts, file)


def test_files_without_heaps_and_with_other_sizes_pass(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = [1, 2]
    with h5py.File(tmp_path / "x.h5") as file:
        check_heaps(tmp_path / "x.h5", file)
    properties = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    properties.set_sizes(4, 4)
    with h5py.File(h5py.h5f.create(str(tmp_path / "old.h5").encode(), fcpl=properties)) as file:
        file.create_dataset("name", data=["a", "b"], dtype=h5py.string_dtype())
    assert read(tmp_path / "old.h5", cache=tmp_path).arrow("name").to_pylist() == ["a", "b"]
