"""What the screen shows of an epoch is what its record says."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from netwright.cli._screen import Screen
from netwright.training import EpochRecord

RECORD = EpochRecord(
    member=0,
    epoch=3,
    steps=30,
    loss=0.914,
    head_losses={"y": 0.914},
    valid_loss=0.5,
    valid_head_losses={"y": 0.5},
    gradient_norm=1.0,
    learning_rate=1e-3,
    seconds=2.0,
    rows_per_second=1234.0,
    monitored=0.5,
    best=True,
)


@pytest.mark.parametrize(("penalty", "said"), [(0.0, ""), (0.25, "penalty 0.2500  ")])
def test_the_line_of_an_epoch(penalty: float, said: str) -> None:
    out = StringIO()
    Screen(Console(file=out, width=200), None).on_epoch(replace(RECORD, penalty=penalty))
    line = f"epoch   3  loss 0.9140  valid 0.5000 * {said}learning rate 1.0e-03  1,234 rows/s  2 s"
    assert out.getvalue().strip() == line
