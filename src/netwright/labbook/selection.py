"""Which entries of the lab book are shown, and in which order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from netwright.errors import RunError, did_you_mean
from netwright.labbook.entry import Entry

__all__ = ["COLUMNS", "chosen", "in_order"]

COLUMNS: Mapping[str, Callable[[Entry], Any]] = MappingProxyType(
    {
        "started": lambda one: one.started,
        "run": lambda one: one.name,
        "state": lambda one: one.state,
        "parent": lambda one: one.parent or "",
        "changed": lambda one: one.what,
        "metric": lambda one: None if one.value is None else one.value.value,
        "verdict": lambda one: one.verdict,
        "seconds": lambda one: one.seconds,
        "note": lambda one: "; ".join(one.notes),
    }
)
"""What can be sorted and filtered by, besides keys of the experiment file."""

_CONDITION = re.compile(r"\s*([\w.-]+)\s*(!=|[=<>~])\s*(.*?)\s*", re.DOTALL)


def in_order(entries: Iterable[Entry], key: str) -> list[Entry]:
    """Sort entries.

    Args:
        entries: in any order.
        key: one of `COLUMNS`, or a key of the experiment file such as ``training.learning_rate``; with a minus sign
            before it the largest first.

    Returns:
        The entries; those without a value last.

    Raises:
        RunError: there is no such key.
    """
    entries = list(entries)
    value = _value(key.removeprefix("-"), entries, "--sort")
    present = [entry for entry in entries if not _is_absent(value(entry))]
    numbers = all(isinstance(value(entry), int | float) for entry in present)
    present.sort(key=value if numbers else (lambda entry: str(value(entry))), reverse=key.startswith("-"))
    return [*present, *(entry for entry in entries if _is_absent(value(entry)))]


def chosen(entries: Iterable[Entry], conditions: Iterable[str]) -> list[Entry]:
    """Choose entries.

    Args:
        entries: in any order.
        conditions: such as ``metric>0.9``, ``training.learning_rate=0.01``, ``verdict!=good`` or ``note~dropout``
            (contains); all must hold.

    Returns:
        The entries, in their order; one without a value fulfils only ``!=``.

    Raises:
        RunError: a condition cannot be read.
    """
    selected = list(entries)
    all_entries = list(selected)
    for condition in conditions:
        match = _CONDITION.fullmatch(condition)
        if match is None:
            msg = f"--filter {condition}: expected KEY=VALUE, or with !=, <, >, ~ (contains), for example metric>0.9."
            raise RunError(msg)
        key, sign, expected = match.groups()
        value = _value(key, all_entries, "--filter")
        if sign in "<>":
            _check_number(condition, expected)
        selected = [entry for entry in selected if _holds(value(entry), sign, expected)]
    return selected


def _value(key: str, entries: list[Entry], option: str) -> Callable[[Entry], Any]:
    """Return what a key stands for; the end of a key of the experiment file is enough where it is one key's."""
    if key in COLUMNS:
        return COLUMNS[key]
    keys = {name for entry in entries for name in entry.settings}
    full = [name for name in keys if name == key] or [name for name in keys if name.endswith(f".{key}")]
    if len(full) == 1:
        return lambda entry: entry.settings.get(full[0])
    if full:
        msg = f"{option} {key}: is the end of several keys: {', '.join(sorted(full))}. Name one of them."
        raise RunError(msg)
    msg = f"{option} {key}: is no column and no key of these experiments.{did_you_mean(key, [*COLUMNS, *keys])}"
    raise RunError(msg)


def _is_absent(value: Any) -> bool:  # noqa: ANN401  # any value of an experiment file, such as a list
    return value is None or value == ""


def _check_number(condition: str, expected: str) -> None:
    try:
        float(expected)
    except ValueError as error:
        msg = (
            f"--filter {condition}: only numbers are compared by < and >. Received: {expected!r}. "
            "Compare text by = or ~."
        )
        raise RunError(msg) from error


def _holds(value: Any, sign: str, expected: str) -> bool:  # noqa: ANN401  # any value of an experiment file
    if sign == "~":
        return value is not None and expected.casefold() in str(value).casefold()
    if sign in {"=", "!="}:
        return _equal(value, expected) == (sign == "=")
    if not isinstance(value, int | float):
        return False
    return value < float(expected) if sign == "<" else value > float(expected)


def _equal(value: Any, expected: str) -> bool:  # noqa: ANN401
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(expected) == value
        except ValueError:
            return False
    return str(value).casefold() == expected.casefold()
