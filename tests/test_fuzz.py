"""Damaged files of every format are read or refused by name; `benchmarks/fuzz.py` does it more often."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FUZZ = Path(__file__).parent.parent / "benchmarks" / "fuzz.py"
FORMATS = ("npz", "HDF5", "HDF5, pandas", "Parquet", "ROOT, TTree", "ROOT, RNTuple", "CSV", "the cache's entries")


def test_damage_ends_in_values_or_in_a_message() -> None:
    command = [sys.executable, str(FUZZ), "--mutations", "50", "--formats", *FORMATS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in FORMATS:
        assert f"| {name} | 50 |" in done.stdout
