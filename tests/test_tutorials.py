"""The tutorials, executed block by block as a reader does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from examples.tutorials.make_files import main
from typer.testing import CliRunner

from netwright.cli._app import app
from netwright.plots import of_run
from netwright.workflow import _recorded

PAGES = sorted((Path(__file__).parents[1] / "docs/tutorials").glob("*.md"))
DRAWN = {"flavour-tagging", "nanoaod-regression"}  # classes and a quantity; the others' figures are of the same kinds


def run_line(line: str) -> None:
    """Run one line of a shell block: the script that makes files, or a command."""
    program, *arguments = shlex.split(line)
    if program == "python":
        assert arguments[0] == "examples/tutorials/make_files.py"
        main(arguments[1:])
        return
    assert program == "netwright"
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0, answer.output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if page.stem not in DRAWN:
        for module in (of_run, _recorded):
            monkeypatch.setattr(module, "save", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```(\w+)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert {kind for kind, _ in blocks} == {"sh", "python"}
    for kind, text in blocks:
        if kind == "sh":
            for line in text.splitlines():
                run_line(line)
        else:
            exec(compile(text, page.name, "exec"), {})  # noqa: S102  # the page is ours
            assert capsys.readouterr().out


def test_a_page_that_is_not_there() -> None:
    with pytest.raises(SystemExit, match="there is no page x in docs/tutorials"):
        main(["x"])
