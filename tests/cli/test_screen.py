"""What the screen shows of an epoch is what its record says."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from netwright.cli._screen import Screen, findings_table, screen
from netwright.cli.inspect import features_table
from netwright.finding import Finding
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


@pytest.mark.parametrize("width", [80, 60, 108, 120])
@pytest.mark.parametrize("members", [(0,), (0, 7)])
def test_the_line_of_an_epoch_fits_the_screen(width: int, members: tuple[int, ...]) -> None:
    out = StringIO()
    show = Screen(Console(file=out, width=width), None)
    for member in members:
        show.on_epoch(replace(RECORD, member=member, penalty=0.25, rows_per_second=161_374.0, seconds=123.0))
    lines = out.getvalue().splitlines()
    assert len(lines) == len(members)
    assert max(map(len, lines)) <= width
    assert all("loss 0.9140  valid 0.5000 *" in line for line in lines)
    assert all("161,374 rows/s" in line for line in lines) == (width == 120 or (width == 108 and len(members) == 1))


@pytest.mark.parametrize(
    ("settings", "bars", "width"),
    [
        ({"TTY_COMPATIBLE": "1", "TERM": "xterm", "COLUMNS": "80"}, True, 80),
        ({"TTY_COMPATIBLE": "1", "TERM": "dumb", "COLUMNS": "80"}, False, 80),
        ({"TTY_COMPATIBLE": "0", "TERM": "xterm", "COLUMNS": "80"}, False, 80),
        ({"TTY_COMPATIBLE": "0", "TERM": "xterm"}, False, 200),
    ],
)
def test_bars_are_for_terminals_that_can_draw_them(monkeypatch, settings, bars, width) -> None:
    for name in ("TERM", "COLUMNS", "TTY_COMPATIBLE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with screen() as show:
        assert (show.bars is not None) == bars
        assert show.console.width == width
        show("Reading", 1, 2)
        show.clear()
        assert not show.tasks
        assert show.bars is None or not show.bars.tasks


def test_names_and_notes_of_strangers_do_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "a\x1b[2J\x1b]52;c;aGk=\x07\x9b31m name"
    with screen() as show:
        show.say(hostile)
        finding = Finding("x", "NOTE", evidence=hostile, threshold="", cause="", remedy="", where=())
        show.console.print(findings_table([finding], 200))
    shown = capsys.readouterr().out
    assert shown.count("a[2J]52;c;aGk=31m name") == 2
    assert not set("\x1b\x07\x9b") & set(shown)


def test_tables_of_inspect_fit_80_columns_and_cut_no_name() -> None:
    out = StringIO()
    console = Console(file=out, width=80)
    name = "missing_transverse_energy_significance"
    numbers = {"mean": -2.5912e-8, "deviation": 9.9349e-8, "minimum": -3.248e-7, "maximum": 3.9318e-7}
    of_place = SimpleNamespace(role="input", place=())
    feature = SimpleNamespace(
        name=name, feature=of_place, missing=3, count=97, quantiles=None, auc=0.547, digits=5, **numbers
    )
    finding = Finding("drift between parts of the split", "WARN", f"of all, {name} drifts")
    console.print(features_table([feature], console.width))
    console.print(findings_table([finding], console.width))
    text = out.getvalue()
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert "".join(line[1:].split()[0] for line in text.splitlines()[1:] if line[1:2].strip()).startswith(name)
    for shown in ("3.00%", "-2.59e-08", "9.93e-08", "-3.25e-07", "3.93e-07", "0.547", "WARN"):
        assert shown in text
