"""Keras and netwright, imported in either order: choose the backend, and register the layers of saved networks.

``keras.models.load_model`` finds a layer of netwright once it is registered, which importing `netwright.models`
does. That import also imports Keras (over a second), so it is postponed until Keras is imported anyway; where one of
our layers is what imports Keras, `netwright.models` is imported after it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["set_up_keras"]

_LAYERS = "netwright.models"  # layers of bodies and of ensembles
_IMPORTING = ("netwright.layers.", "netwright.models")
_NEEDED = ("jax", "pyarrow", "pydantic")  # by them; a user of `netwright.doctor` alone may have none


def set_up_keras() -> None:
    """Choose JAX as Keras's backend unless one is set, and register our layers once Keras is imported.

    An earlier import of Keras that failed because it looked for TensorFlow is undone, so that the next one finds JAX.
    """
    if importlib.util.find_spec("jax") is not None:
        os.environ.setdefault("KERAS_BACKEND", "jax")
    if "keras" in sys.modules:
        _register_layers()
        return
    for name in [name for name in sys.modules if name.startswith("keras.")]:
        del sys.modules[name]
    if not any(isinstance(finder, _AfterKeras) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterKeras())


class _AfterKeras(MetaPathFinder):
    """Find Keras as usual, with a loader that imports our layers after it."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # the interface of importlib
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find Keras, once; leave everything else to the other finders."""
        if fullname != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Registering(spec.loader)
        return spec


class _Registering(Loader):
    """Load Keras with its own loader, then import our layers."""

    def __init__(self, own: Loader) -> None:
        self.own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module with its own loader."""
        return self.own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then import ours; the module keeps its own loader."""
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self.own
        self.own.exec_module(module)
        _register_layers()


def _register_layers() -> None:
    importing = any(name.startswith(_IMPORTING) for name in sys.modules)
    if not importing and all(importlib.util.find_spec(name) is not None for name in _NEEDED):
        importlib.import_module(_LAYERS)
