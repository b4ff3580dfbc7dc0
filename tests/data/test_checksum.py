"""Checksums at the end of files: every change is found."""

from __future__ import annotations

import numpy as np
import pytest
import xxhash

from netwright.data.cache import _checksum
from netwright.data.cache._checksum import CHECKSUM_BYTES, append_checksum, is_whole


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_file_with_a_checksum_is_whole_until_a_bit_of_it_changes(tmp_path, monkeypatch, size):
    monkeypatch.setattr(_checksum, "_BLOCK_BYTES", 64)
    path = tmp_path / "entry"
    content = np.random.default_rng(1).bytes(size)
    path.write_bytes(content)
    assert not is_whole(path)
    append_checksum(path)
    whole = path.read_bytes()
    assert whole == content + xxhash.xxh3_128_digest(content) + b"netwright seal 1"
    assert len(whole) == size + CHECKSUM_BYTES
    assert is_whole(path)
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        assert not is_whole(path)
        path.write_bytes(whole[:place])
        assert not is_whole(path)
    path.write_bytes(whole + b"x")
    assert not is_whole(path)
