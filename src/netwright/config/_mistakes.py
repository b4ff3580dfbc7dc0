"""The mistakes of an experiment file in words: path in the file, rule, value received, next step."""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from netwright.config._keys import key_paths
from netwright.config._kinds import Kinds
from netwright.config.experiment import RUN_NAME_PATTERN, Experiment
from netwright.errors import did_you_mean
from netwright.section import NAME_PATTERN
from netwright.tasks import TargetSection, task_kinds, task_named

__all__ = ["mistakes_of", "shortened"]

_TYPES = {"str", "bool", "constrained-int"}  # added by pydantic to the path of a value with several types
_PLACES = 3  # valid paths of a key listed in a message
_SHOWN = 200  # characters of a value shown in a message
_IN_WORDS = {
    NAME_PATTERN: "Input should be a name of letters, digits and _ that begins with a letter",
    RUN_NAME_PATTERN: "Input should be letters, digits, '.', '_' and '-', the first a letter or digit",
}


def mistakes_of(error: ValidationError, content: Mapping[str, Any]) -> list[str]:
    """Describe every mistake once; for a value with several possible types, report that of the first type.

    Args:
        error: of the validation.
        content: content of the file as nested mappings.

    Returns:
        One line for each mistake.
    """
    texts: dict[tuple[int | str, ...], str] = {}
    for detail in error.errors(include_url=False):
        texts.setdefault(_without_tags(detail["loc"], content), _describe(detail, content))
    return [line for text in texts.values() for line in text.splitlines()]


def shortened(text: str) -> str:
    """Shorten a text for a message.

    Args:
        text: of any length.

    Returns:
        Its first 200 characters, and dots if there are more.
    """
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def _describe(detail: ErrorDetails, content: Mapping[str, Any]) -> str:
    """Describe one mistake: its path in the file, the rule and the value received."""
    location = _without_tags(detail["loc"], content)
    path = ".".join(str(key) for key in location)
    received = detail["input"]
    if detail["type"] == "extra_forbidden":
        return f"{path}: unknown key.{_hint(str(location[-1]), _keys_at(detail['loc'][:-1], content))}"
    if detail["type"] == "missing":
        return f"{path}: required, but missing. Add it"
    if detail["type"] == "union_tag_not_found":
        return f"{path}.kind: required, but missing.{did_you_mean('', _kinds(detail))}"
    if detail["type"] == "union_tag_invalid":
        kind = str(detail["ctx"]["tag"])
        return f'{path}.kind: unknown kind "{kind}".{did_you_mean(kind, _kinds(detail))}'
    if detail["type"] in {"model_type", "dict_type", "model_attributes_type"}:
        a_name = isinstance(received, str) and len(received) <= _SHOWN
        kinded = a_name and detail["type"] == "model_attributes_type"
        how = f". Write {{kind: {received}}}" if kinded else ""
        if detail["type"] == "model_type":
            how = f". Its keys: {', '.join(_keys_at(detail['loc'], content))}"
        return f"{path}: expected keys with values below it, received {shortened(repr(received))}{how}"
    rule = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "string_pattern_mismatch":
        rule = _IN_WORDS.get(detail["ctx"]["pattern"], rule)
    if not location:  # sections are inconsistent; each line has its own path
        return rule
    shown = "" if isinstance(received, Mapping) else f", received {shortened(repr(received))}"
    return f"{path}: {rule}{shown}{_yaml_hint(detail)}"


def _yaml_hint(detail: ErrorDetails) -> str:
    """Say how YAML has read what was probably meant as something else."""
    received = detail["input"]
    if detail["type"] == "string_type" and isinstance(received, bool):
        return "; YAML reads yes, no, on and off as booleans: put quotes around it"
    if detail["type"] == "string_pattern_mismatch" and ":" in received:
        key, _, value = received.partition(":")
        return f"; YAML needs a blank after the colon: {key}: {value}"
    return ""


def _hint(key: str, keys: Sequence[str]) -> str:
    """Suggest where an unknown key would be valid, or a similar key."""
    if difflib.get_close_matches(key.casefold(), [known_key.casefold() for known_key in keys], n=1, cutoff=0.8):
        return did_you_mean(key, keys)
    elsewhere = [path for path in key_paths() if path.rpartition(".")[2] == key.casefold()]
    elsewhere = [path for path in elsewhere if path.count(".") == elsewhere[0].count(".")]  # nearest to the top
    if elsewhere:
        return f' Did you mean "{" or ".join(elsewhere[:_PLACES])}"?'
    hint = did_you_mean(key, keys)
    if "Did you mean" not in hint:
        names = {path.rpartition(".")[2]: path for path in reversed(key_paths())}
        near = difflib.get_close_matches(key.casefold(), names, n=1, cutoff=0.8)
        hint = f' Did you mean "{names[near[0]]}"?{hint}' if near else hint
    return hint


def _kinds(detail: ErrorDetails) -> list[str]:
    """Return the valid kinds where a kind is missing or unknown."""
    annotation: Any = Experiment
    for key in detail["loc"]:
        annotation = _step(annotation, key)
    sections = get_args(annotation)
    if any(issubclass(section, TargetSection) for section in sections):
        return list(task_kinds())
    return [kind for section in sections for kind in get_args(section.model_fields["kind"].annotation)]


def _without_tags(location: tuple[int | str, ...], content: Any) -> tuple[int | str, ...]:  # noqa: ANN401
    """Drop what pydantic adds to a path that is not in the file: kinds of groups and union members."""
    keys: list[int | str] = []
    for index, key in enumerate(location):
        twice = location[index + 1 : index + 2] == (key,)  # split.folds.folds: the kind has a key of the same name
        if isinstance(content, Mapping) and key == content.get("kind") and (key not in content or twice):
            continue
        if isinstance(key, str) and ("[" in key or (key in _TYPES and not isinstance(content, Mapping))):
            continue
        keys.append(key)
        if isinstance(content, Mapping):
            content = content.get(key)
        elif isinstance(content, Sequence) and isinstance(key, int) and key < len(content):
            content = content[key]
    return tuple(keys)


def _keys_at(location: tuple[int | str, ...], content: Any) -> list[str]:  # noqa: ANN401
    """Return the valid keys at a pydantic path."""
    annotation: Any = Experiment
    for key in location:
        annotation = _step(annotation, key)
        content = content.get(key, content) if isinstance(content, Mapping) else content
    if get_origin(annotation) in {Union, types.UnionType}:  # a head whose kind another package adds
        annotation = task_named(content["kind"]).section
    return list(annotation.model_fields) if _is_section(annotation) else []


def _step(annotation: Any, key: int | str) -> Any:  # noqa: ANN401
    """Return the type of the element `key` of a value of type `annotation`."""
    if _is_section(annotation):
        return _unwrap(annotation.model_fields[str(key)].rebuild_annotation())
    if get_origin(annotation) is dict:
        return _unwrap(get_args(annotation)[1])
    if get_origin(annotation) in {Union, types.UnionType}:
        members = [a for a in get_args(annotation) if _is_section(a)]
        return next((m for m in members if key in get_args(m.model_fields["kind"].annotation)), None)
    return None


def _unwrap(annotation: Any) -> Any:  # noqa: ANN401
    """Remove `Annotated` and None; for sections that packages can extend, return the union of all kinds."""
    if get_origin(annotation) is Annotated:
        bare, *more = get_args(annotation)
        annotation = next((_unwrap(argument.union()) for argument in more if isinstance(argument, Kinds)), bare)
    if get_origin(annotation) in {Union, types.UnionType}:
        members = [argument for argument in get_args(annotation) if argument is not type(None)]
        return members[0] if len(members) == 1 else annotation
    return annotation


def _is_section(annotation: Any) -> bool:  # noqa: ANN401
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
