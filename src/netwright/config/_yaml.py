"""YAML as experiment files use it: plain values only, no duplicate keys, and limited expansion of aliases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.constructor import ConstructorError

__all__ = ["parse_yaml", "write_yaml"]

_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map", "merge")}
_TEXT = "tag:yaml.org,2002:str"
_WHOLE = "tag:yaml.org,2002:int"
_FLAG = "tag:yaml.org,2002:bool"
_MAX_DIGITS = 300  # more digits than any float has
_MAX_VALUES = 100_000  # nested aliases can expand to more values than fit into memory


def parse_yaml(text: str) -> Any:  # noqa: ANN401  # any YAML value
    """Read YAML.

    Args:
        text: a document of mappings, lists, strings, numbers, booleans and nulls.

    Returns:
        The value of the document.

    Raises:
        yaml.YAMLError: the text is not YAML; as ConstructorError, it holds other types or a duplicate key, or
            expands to too many values.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _count(node, loader, {})
        return loader.construct_document(node)
    except RecursionError as error:
        raise ConstructorError(None, None, "it is nested too deeply") from error
    finally:
        loader.dispose()


def write_yaml(value: Any, *, one_line: bool = False) -> str:  # noqa: ANN401  # any YAML value
    """Write YAML that reads back to an equal value.

    Args:
        value: mappings, lists, strings, numbers, booleans and nulls.
        one_line: whether to write everything on one line, without a trailing line break.

    Returns:
        The text.
    """
    style: dict[str, Any] = {"default_flow_style": True, "width": 10**9} if one_line else {"width": 100}
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, **style)
    if not text.removesuffix("\n").removesuffix("\n...").replace("" if one_line else "\n", "").isprintable():
        # Unicode line breaks and control characters as \\n, \\N ...
        style |= {"default_style": '"'} if one_line else {}
        text = yaml.safe_dump(value, sort_keys=False, **style)
    return text.removesuffix("\n").removesuffix("\n...") if one_line else text


def _count(node: yaml.Node, loader: yaml.SafeLoader, counted: dict[int, int]) -> int:
    """Return how many values a node expands to, including aliases; 0 marks a node that is being counted."""
    if id(node) in counted:
        if counted[id(node)] == 0:
            raise ConstructorError(None, None, "an alias stands inside of what it names", node.start_mark)
        return counted[id(node)]
    counted[id(node)] = 0
    _check(node, loader)
    values = 1 + sum(_count(child, loader, counted) for child in _children(node))
    if values > _MAX_VALUES:
        problem = f"it stands for more than {_MAX_VALUES} values; write it without aliases"
        raise ConstructorError(None, None, problem, node.start_mark)
    counted[id(node)] = values
    return values


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair


def _check(node: yaml.Node, loader: yaml.SafeLoader) -> None:
    """Refuse types that an experiment file does not use, and duplicate keys; the keys on, off, yes and no are words."""
    read_as = node.tag
    if isinstance(node, yaml.ScalarNode) and node.tag != _TEXT:
        read_as = loader.resolve(yaml.ScalarNode, node.value, (True, False))  # type: ignore[no-untyped-call]  # of the stubs
    if isinstance(node, yaml.ScalarNode) and node.tag == _WHOLE and len(node.value) > _MAX_DIGITS:
        node.tag = read_as = _TEXT  # Python would reject the number without a place; a text is reported by key
    if node.tag not in _PLAIN or read_as != node.tag:
        kind = node.tag.rpartition(":")[2]
        shown = f' "{node.value}"' if isinstance(node, yaml.ScalarNode) else ""
        problem = f"{kind}{shown} has no place in an experiment file; put quotes around what is meant as text"
        raise ConstructorError(None, None, problem, node.start_mark)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise ConstructorError(None, None, f'the key "{key.value}" appears twice', key.start_mark)
            if isinstance(key, yaml.ScalarNode) and key.tag == _FLAG:
                key.tag = _TEXT  # YAML 1.1 takes the key "on" of a friend, or a class "no", for true or false
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else "")
