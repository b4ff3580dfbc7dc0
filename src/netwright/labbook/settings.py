"""The settings of runs, key by key, read fast and without judging them: they may be of another version."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import yaml

from netwright.errors import RunError
from netwright.labbook.entry import Change

__all__ = ["changes", "counted_keys", "flat_settings", "read_settings"]

_LONGEST = 2**20  # bytes; a resolved file has some thousands
_MAX_VALUES = 20_000  # values; aliases can stand for more than fit into memory
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where libyaml is there
_BLOCK = re.compile(r"^(?=\w)", re.MULTILINE)  # where a key of the outermost level begins
_TOGETHER = re.compile(r"(^|[\s\[{,])[&*]\S|^(---|\.\.\.)", re.MULTILINE)  # aliases and documents reach across keys
_NAMES = ("name", "trackers")  # what a run is called and where it is written to, not what it is


def read_settings(run: Path) -> dict[str, Any]:
    """Read the experiment file of a run.

    Args:
        run: the run directory.

    Returns:
        Its content, as nested mappings.

    Raises:
        RunError: it cannot be read, or is not YAML.
    """
    path = run / "experiment.yaml"
    try:
        if path.stat().st_size > _LONGEST:
            msg = f"{path}: is no experiment file (longer than a megabyte). Restore it from a backup."
            raise RunError(msg)
        content = _parsed(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        msg = f"{path}: cannot be read ({str(error).partition(chr(10))[0]}). Restore it from a backup."
        raise RunError(msg) from error
    if not isinstance(content, dict):
        msg = f"{path}: is no experiment file. Restore it from a backup, or remove the directory."
        raise RunError(msg)
    return content


def _parsed(text: str) -> Any:  # noqa: ANN401  # any content of YAML
    """Parse YAML key by key, so that what thousands of runs have in common is parsed once."""
    try:
        parts = [] if _TOGETHER.search(text) else [_block(block) for block in _BLOCK.split(text)]
    except yaml.YAMLError:  # text of several lines, of which one only looks like a key
        parts = []
    blocks = [block for block in parts if block is not None]
    if blocks and all(isinstance(block, dict) for block in blocks):
        return {key: value for block in blocks for key, value in block.items()}
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  # a safe loader


@lru_cache(maxsize=2**12)
def _block(text: str) -> Any:  # noqa: ANN401
    return yaml.load(text, Loader=_LOADER)  # noqa: S506


def counted_keys(settings: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Return settings as pairs of key and text, of which the symmetric difference has the keys that differ.

    Args:
        settings: of `flat_settings`.

    Returns:
        The pairs, without names of runs.
    """
    return frozenset((key, repr(value)) for key, value in settings.items() if key.partition(".")[0] not in _NAMES)


def flat_settings(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by the path of their key.

    Args:
        content: of an experiment file, as nested mappings.

    Returns:
        Values by key; a list is one value, and an empty mapping none.

    Example:
        >>> flat_settings({"training": {"epochs": 5, "optimizer": {"kind": "adam"}}})
        {'training.epochs': 5, 'training.optimizer.kind': 'adam'}
    """
    return dict(islice(_flat(content, ""), _MAX_VALUES))


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the settings that differ, key by key; a section that only one run has is one change.

    Args:
        before: of one run, as `flat_settings`.
        now: of the other.

    Returns:
        What differs, in the order of the files; names of runs do not count.

    Example:
        >>> [str(one) for one in changes({"training.epochs": 5}, {"training.epochs": 9, "training.seed": 1})]
        ['training.epochs: 5 → 9', 'training.seed: not set → 1']
        >>> [str(one) for one in changes({}, {"inputs.jet.kind": "numeric", "inputs.jet.columns": ["pt"]})]
        ['inputs: not set → 2 settings']
    """
    old, new = _joined(before, _sections(now)), _joined(now, _sections(before))
    keys = (key for key in dict.fromkeys([*new, *old]) if key.partition(".")[0] not in _NAMES)
    return tuple(Change(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key))


def _sections(settings: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of settings, and those of all sections around them."""
    return frozenset(part for key in settings for part in _outermost_first(key))


def _outermost_first(key: str) -> Iterator[str]:
    return accumulate(key.split("."), "{}.{}".format)


def _joined(settings: Mapping[str, Any], others: frozenset[str]) -> dict[str, Any]:
    """Return settings, those of a section that is not among the others as one that says how many they are."""
    section = {key: next((part for part in _outermost_first(key) if part not in others), key) for key in settings}
    counts = Counter(section.values())
    alone = {key: value for key, value in settings.items() if counts[section[key]] == 1}
    return {
        (key if key in alone else section[key]): value if key in alone else f"{counts[section[key]]} settings"
        for key, value in settings.items()
    }


def _flat(content: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
