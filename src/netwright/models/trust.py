"""Whose code is run: modules that an experiment or a saved network names are imported only if they are trusted."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import platformdirs

from netwright.atomic_files import write_text
from netwright.errors import TrustError

__all__ = ["trust_module", "trusted_module"]

_READ_AT_ONCE = 2**20
_of_this_process: dict[str, str] = {}  # for machines where nothing can be written down


def trusted_module(name: str, named_by: str) -> ModuleType:
    """Import a module if its code may be run: it was imported already, or it is trusted on this machine.

    Args:
        name: of the module, with dots.
        named_by: what names it, for messages.

    Returns:
        The module.

    Raises:
        TrustError: it is not trusted, or has changed since; nothing of it has been run.
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
    """Trust the code of a module from now on, on this machine, for as long as its files are where and what they are.

    Args:
        name: of the module, with dots.

    Raises:
        ImportError: there is no such module.
    """
    if name in sys.modules:
        return
    _of_this_process.update(_digests(name))
    with suppress(OSError):  # where nothing can be written, trust ends with the process
        folder = _store().parent
        folder.mkdir(parents=True, exist_ok=True)
        write_text(_store(), json.dumps(dict(sorted(_remembered().items())), indent=2) + "\n")


def _store() -> Path:
    return platformdirs.user_state_path("netwright") / "trusted.json"


def _remembered() -> dict[str, str]:
    """Return the digests of trusted files by path; what cannot be read trusts nothing."""
    try:
        found = json.loads(_store().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    return {**(found if isinstance(found, dict) else {}), **_of_this_process}


def _digests(name: str) -> Mapping[str, str]:
    """Return the SHA-256 of the files that importing a module runs itself: those of its packages, and its own."""
    digests = {}
    place = None
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        spec = _spec(".".join(parts[:count]), place)
        if spec is None:
            msg = f"No module named {'.'.join(parts[:count])!r}"
            raise ModuleNotFoundError(msg)
        place = list(spec.submodule_search_locations or ())
        if spec.origin is not None:
            digests[spec.origin] = _digest(spec.origin)
    return digests


def _spec(name: str, place: list[str] | None) -> ModuleSpec | None:
    """Find a module without importing the packages that it is in, as `importlib.util.find_spec` would."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find(name, place) if find is not None else None
        if spec is not None:
            return spec
    return None


def _digest(origin: str) -> str:
    """Return the SHA-256 of a file, of the archive that it is in, or of what Python calls a module without a file."""
    digest = hashlib.sha256(origin.encode())
    file = next((path for path in (Path(origin), *Path(origin).parents) if path.is_file()), None)
    if file is not None:
        with file.open("rb") as opened:
            while piece := opened.read(_READ_AT_ONCE):
                digest.update(piece)
    return digest.hexdigest()
