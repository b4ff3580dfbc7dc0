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
    there = [one for one in entries if not _is_absent(value(one))]
    numbers = all(isinstance(value(one), int | float) for one in there)
    there.sort(key=value if numbers else (lambda one: str(value(one))), reverse=key.startswith("-"))
    return [*there, *(one for one in entries if _is_absent(value(one)))]


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
    found = list(entries)
    every = list(found)
    for condition in conditions:
        match = _CONDITION.fullmatch(condition)
        if match is None:
            msg = f"--filter {condition}: expected KEY=VALUE, or with !=, <, >, ~ (contains), for example metric>0.9."
            raise RunError(msg)
        key, sign, wanted = match.groups()
        value = _value(key, every, "--filter")
        if sign in "<>":
            _check_number(condition, wanted)
        found = [one for one in found if _holds(value(one), sign, wanted)]
    return found


def _value(key: str, entries: list[Entry], option: str) -> Callable[[Entry], Any]:
    """Return what a key stands for; the end of a key of the experiment file is enough where it is one key's."""
    if key in COLUMNS:
        return COLUMNS[key]
    known = {name for one in entries for name in one.settings}
    full = [name for name in known if name == key] or [name for name in known if name.endswith(f".{key}")]
    if len(full) == 1:
        return lambda one: one.settings.get(full[0])
    if full:
        msg = f"{option} {key}: is the end of several keys: {', '.join(sorted(full))}. Name one of them."
        raise RunError(msg)
    msg = f"{option} {key}: is no column and no key of these experiments.{did_you_mean(key, [*COLUMNS, *known])}"
    raise RunError(msg)


def _is_absent(value: Any) -> bool:  # noqa: ANN401  # any value of an experiment file, such as a list
    return value is None or value == ""


def _check_number(condition: str, wanted: str) -> None:
    try:
        float(wanted)
    except ValueError as error:
        msg = (
            f"--filter {condition}: only numbers are compared by < and >. Received: {wanted!r}. Compare text by = or ~."
        )
        raise RunError(msg) from error


def _holds(value: Any, sign: str, wanted: str) -> bool:  # noqa: ANN401  # any value of an experiment file
    if sign == "~":
        return value is not None and wanted.casefold() in str(value).casefold()
    if sign in {"=", "!="}:
        return _equal(value, wanted) == (sign == "=")
    if not isinstance(value, int | float):
        return False
    return value < float(wanted) if sign == "<" else value > float(wanted)


def _equal(value: Any, wanted: str) -> bool:  # noqa: ANN401
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(wanted) == value
        except ValueError:
            return False
    return str(value).casefold() == wanted.casefold()
