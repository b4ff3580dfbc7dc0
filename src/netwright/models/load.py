"""Loading a saved network, with a checksum test, and without running untrusted third-party code."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from netwright.errors import RunError, TrustError
from netwright.file_names import in_command
from netwright.layers import added_layers, register_layers, skip_init
from netwright.models._precision import check_floatx
from netwright.models.trust import trust_module, trusted_module

__all__ = ["load_model"]

register_layers()

_CODE = frozenset({"__lambda__", "Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"})
_OURS = ("keras", "netwright", "builtins")
_CONFIG = "config.json"
_UNREADABLE = (
    ValueError, TypeError, LookupError, AttributeError, OSError, RuntimeError, ImportError, EOFError, AssertionError,
    MemoryError, zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip  # raised by Keras, zipfile and h5py for a damaged file


def load_model(path: str | Path, *, trust: bool = False) -> keras.Model:
    """Load a saved network, running only code of Keras and netwright, and trusted code.

    Args:
        path: a ``.keras`` file.
        trust: trust the modules of custom layers that the file names, on this machine from now on.

    Returns:
        The network, a plain Keras model.

    Raises:
        PluginError: something that an installed package adds cannot be used.
        TrustError: the file contains code, or names a module that is not trusted.
        RunError: the file is missing or damaged, or Keras's ``floatx`` is float16 or bfloat16.
    """
    check_floatx()
    path = Path(path)
    added_layers()
    try:
        for module in dict.fromkeys(_modules(path)):
            if trust:
                trust_module(module)
            trusted_module(module, str(path))
        with skip_init():
            return keras.saving.load_model(path, compile=False, safe_mode=True)
    except _UNREADABLE as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        msg = (
            f"{path} cannot be loaded as a network ({reason}). Restore the file from a backup, or train again: "
            f"netwright train {in_command(path.parent / 'experiment.yaml')}"
        )
        raise RunError(msg) from error


def _modules(path: Path) -> Iterator[str]:
    """Yield the modules that a saved network names, except those that are always available."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read(_CONFIG))
    if not isinstance(config, dict):
        msg = f"its {_CONFIG} is not a mapping"
        raise TypeError(msg)
    for mapping in _objects(config):
        name, module = mapping.get("class_name"), mapping.get("module")
        if name in _CODE:
            msg = (
                f"{path}: holds a {name}, which carries code of its own or of another file, and is not loaded. Write "
                "the layer as a class in a module, and name it in the experiment as kind: custom."
            )
            raise TrustError(msg)
        if isinstance(module, str) and module.partition(".")[0] not in _OURS:
            yield module


def _objects(config: object) -> Iterator[dict[str, Any]]:
    """Yield each mapping in a configuration that names a class or a function."""
    pending = [config]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending.extend(node.values())
            if "class_name" in node:
                yield node
        elif isinstance(node, list):
            pending.extend(node)
