"""What `init` writes passes `check`, whatever the columns are called and hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw

ROWS = 60
NAMES = (
    "yes",
    "null",
    "1e3",
    "a:b",
    "q'uote",
    'd"q',
    "{i}",
    "br{ace}",
    "x y",
    "Eta",
    "eta",
    "étä",
    "new\nline",
    "#c",
    "- d",
)


@pytest.mark.parametrize(
    ("target", "values"),
    [
        ("no", np.arange(ROWS) % 2),
        ("null", np.arange(ROWS) % 3),
        ("true: x", np.linspace(0, 1, ROWS)),
        ("1", np.where(np.arange(ROWS) % 2, "yes", "no")),
        ("w:", np.where(np.arange(ROWS) % 2, "1", "0")),
    ],
)
def test_init_never_writes_what_check_refuses(tmp_path: Path, target: str, values: np.ndarray) -> None:
    random = np.random.default_rng(0)
    columns = {name: random.normal(size=ROWS) for name in NAMES}
    columns |= {"const": np.ones(ROWS), "missing": np.full(ROWS, np.nan), "text": [f"t{i}" for i in range(ROWS)]}
    pq.write_table(pa.table(columns | {target: values}), tmp_path / "odd.parquet")
    path = nw.init(tmp_path / "odd.parquet", target, output=tmp_path / "odd.yaml").path
    assert nw.check(path).rows == ROWS
