"""Trusted code: modules named by an experiment or a saved network are imported only if they are trusted."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import platformdirs

from netwright.errors import TrustError
from netwright.strict_json import read_json_or_none, write_json

__all__ = ["trust_module", "trusted_module"]

_READ_AT_ONCE = 2**20
_of_this_process: dict[str, str] = {}  # for machines without a writable folder


def trusted_module(name: str, named_by: str) -> ModuleType:
    """Import a module if its code may be run: if it is already imported, or trusted on this machine.

    Args:
        name: dotted name of the module.
        named_by: what refers to the module, for messages.

    Returns:
        The module.

    Raises:
        TrustError: it is not trusted, or has changed since; none of its code has been run.
        ImportError: there is no such module, or it cannot be imported.
    """
    if name not in sys.modules:
        files = _digests(name)
        remembered = _remembered()
        unknown = [path for path, digest in files.items() if remembered.get(path) != digest]
        if unknown:
            changed = " (changed since it was trusted)" if unknown[0] in remembered else ""
            msg = (
                f"{named_by} names the module {name}, whose code would be run: {', '.join(unknown)}{changed}. "
                "Nothing of it was run, because it is not trusted on this machine. Read it; if you trust it, say so "
                "once: --trust (in Python: trust=True)."
            )
            raise TrustError(msg)
    return importlib.import_module(name)


def trust_module(name: str) -> None:
    """Trust the code of a module from now on, on this machine, as long as its files are neither moved nor changed.

    Args:
        name: dotted name of the module.

    Raises:
        ImportError: there is no such module.
    """
    if name in sys.modules:
        return
    _of_this_process.update(_digests(name))
    with suppress(OSError):  # if nothing can be written, trust ends with the process
        folder = _store().parent
        folder.mkdir(parents=True, exist_ok=True)
        write_json(_store(), dict(sorted(_remembered().items())))


def _store() -> Path:
    return platformdirs.user_state_path("netwright") / "trusted.json"


def _remembered() -> dict[str, str]:
    """Return the digests of trusted files by path; empty if the record cannot be read."""
    recorded = read_json_or_none(_store())
    return {**(recorded if isinstance(recorded, dict) else {}), **_of_this_process}


def _digests(name: str) -> Mapping[str, str]:
    """Return the SHA-256 of the files that importing a module runs: the file of each parent package, and its own."""
    digests = {}
    search_path = None
    packages = name.split(".")
    for count in range(1, len(packages) + 1):
        spec = _spec(".".join(packages[:count]), search_path)
        if spec is None:
            msg = f"No module named {'.'.join(packages[:count])!r}"
            raise ModuleNotFoundError(msg)
        search_path = list(spec.submodule_search_locations or ())
        if spec.origin is not None:
            digests[spec.origin] = _digest(spec.origin)
    return digests


def _spec(name: str, search_path: list[str] | None) -> ModuleSpec | None:
    """Find a module without importing its parent packages, unlike `importlib.util.find_spec`."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find(name, search_path) if find is not None else None
        if spec is not None:
            return spec
    return None


def _digest(origin: str) -> str:
    """Return the SHA-256 of a file, of the archive that contains it, or of the origin of a module without a file."""
    digest = hashlib.sha256(origin.encode())
    file = next((path for path in (Path(origin), *Path(origin).parents) if path.is_file()), None)
    if file is not None:
        with file.open("rb") as opened:
            while block := opened.read(_READ_AT_ONCE):
                digest.update(block)
    return digest.hexdigest()
