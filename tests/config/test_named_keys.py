"""Messages name keys of the experiment file: each of these keys exists."""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from netwright.config import Experiment

SOURCE = Path(__file__).parents[2] / "src" / "netwright"
SECTIONS = ("cluster", "data", "ensemble", "model", "result", "search", "split", "training")
NAMED = re.compile(rf"(?<![\w./`])({'|'.join(SECTIONS)})\.([a-z_]+)(?![\w(/])")
FILES = {"json", "keras", "onnx"}  # split.json is no key


def sections_of(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from sections_of(argument)


KEYS = {
    name: {key for section in sections_of(Experiment.model_fields[name].annotation) for key in section.model_fields}
    for name in SECTIONS
}


def unknown_keys(text: str) -> Iterator[str]:
    """Yield what looks like a key of a section and is none."""
    for match in NAMED.finditer(text):
        if match[2] not in KEYS[match[1]] | FILES:
            yield match[0]


def texts_of(source: str) -> Iterator[str]:
    """Yield the sentences in code, without docstrings."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return (node.value for node in strings if id(node) not in alone and " " in node.value)


def test_keys_that_messages_name_exist() -> None:
    sources = {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}
    likely = {name: source for name, source in sources.items() if any(unknown_keys(source))}  # parsing takes longer
    wrong = {(name, key) for name, source in likely.items() for text in texts_of(source) for key in unknown_keys(text)}
    assert not wrong


def test_unknown_keys_are_found() -> None:
    assert list(unknown_keys("Set model.precision: bfloat16, or training.precision.")) == ["model.precision"]
