"""The page on the architecture agrees with the rules that import-linter enforces."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def layers() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    result: list[str] = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return result


def test_the_drawing_shows_the_layers_from_top_to_bottom() -> None:
    drawing = re.search(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
    assert drawing is not None
    boxes = dict(re.findall(r'(L\d+)\["(.*?)"\]', drawing[1]))
    chain = re.findall(r"L\d+(?: --> L\d+)+", drawing[1])
    assert [boxes[name] for name in chain[0].split(" --> ")] == layers()
    assert len(chain) == 1


def test_the_table_explains_every_subpackage() -> None:
    rows = "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))
    explained = set(re.findall(r"`(\w+)`", rows))
    assert explained == {name for layer in layers() for name in layer.split(" | ")}
