"""Training neither builds networks nor reads rows: it imports nothing that does."""

from __future__ import annotations

import ast
from pathlib import Path

import netwright.training

_ELSEWHERE = {
    "netwright.models": {"build", "ensemble", "load_model"},
    "netwright.data": {"Dataset", "describe", "describe_folds", "divide", "prepare", "read"},
}


def test_training_neither_builds_nor_reads() -> None:
    folder = Path(netwright.training.__file__).parent
    imported: dict[str, set[str]] = {}
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.setdefault(node.module, set()).update(alias.name for alias in node.names)
    rooms = {module.split(".")[1] for module in imported if module.startswith("netwright.")}
    assert {"config", "data", "models", "training"} <= rooms
    assert not rooms & {"simulation", "readers", "evaluation", "lab", "workflow"}
    for module, names in _ELSEWHERE.items():
        assert not imported[module] & names
