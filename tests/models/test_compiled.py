"""What JAX compiles is kept in the cache, and found there by the next process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.optimised

PROGRAM = """
import time, jax, jax.numpy as jnp
from netwright.models._compiled import keep_compiled
if {chosen!r}:
    jax.config.update("jax_compilation_cache_dir", {chosen!r})
keep_compiled()
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.jit(lambda x: jnp.linalg.inv(x) @ x)(jnp.eye(30)).block_until_ready()
"""


def run(cache: Path, chosen: str = "") -> None:
    environment = os.environ | {"NETWRIGHT_CACHE": str(cache)}
    subprocess.run([sys.executable, "-c", PROGRAM.format(chosen=chosen)], check=True, env=environment)


def test_programs_are_kept_and_found_again(tmp_path: Path) -> None:
    run(tmp_path)
    kept = sorted(path.name for path in (tmp_path / "compiled").glob("*-cache"))
    assert kept
    run(tmp_path)
    assert sorted(path.name for path in (tmp_path / "compiled").glob("*-cache")) == kept


def test_a_folder_that_somebody_chose_stays(tmp_path: Path) -> None:
    run(tmp_path / "ours", str(tmp_path / "theirs"))
    assert list((tmp_path / "theirs").iterdir())
    assert not (tmp_path / "ours").exists()
