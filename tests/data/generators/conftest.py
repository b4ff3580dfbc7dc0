"""Jets that several tests look at: made once."""

from __future__ import annotations

import pytest

from netwright.data.generators.top_jets import process_block

SEED, ROWS = 3, 24


@pytest.fixture(scope="session")
def block():
    return process_block(SEED, 0, ROWS)
