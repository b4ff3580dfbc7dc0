"""Damaged files of every format are read or refused by name; `benchmarks/fuzz.py` does it more often."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parent.parent / "benchmarks" / "fuzz.py"
FORMATS = ("npz", "HDF5", "HDF5, pandas", "Parquet", "ROOT, TTree", "ROOT, RNTuple", "CSV", "the cache's entries")


@pytest.mark.parametrize("name", FORMATS)
def test_damage_ends_in_values_or_in_a_message(name):
    command = [sys.executable, FUZZ, "--mutations", "100", "--formats", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"| {name} | 100 |" in done.stdout
