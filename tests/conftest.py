"""What all tests share: the folder of real files, a cache of their own, and patience with first compilations."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

import netwright  # noqa: F401  # chooses Keras's backend before anybody imports Keras

ROOT = Path(__file__).parents[1]

settings.register_profile("netwright", deadline=None)  # the first call of a compiled function takes longer
settings.load_profile("netwright")

# tests never touch the cache of the user; subprocesses inherit it
os.environ["NETWRIGHT_CACHE"] = tempfile.mkdtemp(prefix="netwright-tests-")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real files, or skip where it is not beside the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real files are not there: {folder}")
    return folder
