"""Memory-mapped pages go back to the system, and nothing else does."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from netwright.data import read
from netwright.inspection._pages import release_pages

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no madvise as on Linux")


@pytest.fixture
def mapped(tmp_path):
    values = np.random.default_rng(1).normal(size=(20_000, 50)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=values)
    return read(tmp_path / "x.npz", cache=tmp_path / "cache").table, values


def resident_file_pages() -> int:
    return int(Path("/proc/self/status").read_text().partition("RssFile:")[2].split()[0]) * 1024


@LINUX
def test_mapped_pages_are_given_back_and_come_back(mapped):
    table, values = mapped
    flat = table["x"].combine_chunks().flatten() if table["x"].num_chunks == 1 else table["x"].chunk(0).flatten()
    assert np.asarray(flat).sum() == pytest.approx(values.sum(), rel=1e-3)
    before = resident_file_pages()
    assert release_pages(table) > 0.9 * values.nbytes
    assert before - resident_file_pages() > 0.5 * values.nbytes
    assert np.array_equal(np.asarray(table["x"].chunk(0).flatten())[:50], values[0])


def test_other_memory_is_left_alone():
    values = np.random.default_rng(1).normal(size=10_000)
    table = pa.table({"x": values.copy(), "word": ["a"] * 10_000})
    assert release_pages(table) == 0
    assert np.array_equal(np.asarray(table["x"]), values)


def test_without_such_a_system_nothing_happens(mapped, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert release_pages(mapped[0]) == 0
