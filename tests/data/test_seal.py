"""Seals: every change of a sealed file is found."""

from __future__ import annotations

import numpy as np
import pytest
import xxhash

from netwright.data.cache import _seal
from netwright.data.cache._seal import SEAL_BYTES, is_whole, seal


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_sealed_file_is_whole_until_a_bit_of_it_changes(tmp_path, monkeypatch, size):
    monkeypatch.setattr(_seal, "_BLOCK_BYTES", 64)
    path = tmp_path / "entry"
    content = np.random.default_rng(1).bytes(size)
    path.write_bytes(content)
    assert not is_whole(path)
    seal(path)
    whole = path.read_bytes()
    assert whole == content + xxhash.xxh3_128_digest(content) + b"netwright seal 1"
    assert len(whole) == size + SEAL_BYTES
    assert is_whole(path)
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        assert not is_whole(path)
        path.write_bytes(whole[:place])
        assert not is_whole(path)
    path.write_bytes(whole + b"x")
    assert not is_whole(path)
