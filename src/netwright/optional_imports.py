"""Keep libraries out of our own processes that Keras, JAX and Arrow import and no command uses.

Keras imports pandas, scikit-learn, matplotlib and requests because they are installed, for what is not used here, and
Arrow imports pandas when it makes its first array. That takes as long as importing Keras without them, in each process.
What Keras and JAX import in any case, for sparse matrices and for TPUs, is imported when something of it is used.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["skip_optional_imports"]

# by library, whose imports of it are refused; Arrow's are made in C on behalf of the Python module that called it
_SKIPPED: Mapping[str, Sequence[str]] = {
    "pandas": ("keras", "pyarrow", "netwright"),
    "sklearn": ("keras",),
    "matplotlib": ("keras",),
    "requests": ("keras",),
}

# imported by Keras and JAX in any case, in a quarter of the time that importing Keras takes
_TPU = "jax.experimental.pallas.ops.tpu.splash_attention"
_POSTPONED = (
    "jax.experimental.sparse.linalg",  # imports SciPy
    _TPU,
    f"{_TPU}.splash_attention_kernel",
    f"{_TPU}.splash_attention_mask",
)


def skip_optional_imports() -> None:
    """Let Keras and Arrow find no pandas, scikit-learn, matplotlib and requests in this process, and postpone others.

    Other importers, such as a plugin or netwright's own figures, still get them, also after Keras and Arrow were
    imported without them. Only for processes that are ours: in that of a user, Keras and Arrow may be used with them.
    """
    if not any(isinstance(finder, _Skipping) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Skipping())
    for name in _POSTPONED:
        sys.modules.setdefault(name, _Postponed(name))


class _Skipping(MetaPathFinder):
    """Refuse imports by modules that go on without them; leave all others to the other finders."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # the interface of importlib
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Refuse what the importing module has no need of."""
        if _importing() in _SKIPPED.get(fullname.partition(".")[0], ()):
            msg = f"{fullname} is not needed"
            raise ModuleNotFoundError(msg, name=fullname)
        return None


def _importing() -> str:
    """Return the package of the module that an import is made for."""
    frame = sys._getframe(2)  # noqa: SLF001  # importlib does not tell who imports
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(
        ("importlib", "_frozen_importlib")
    ):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


class _Postponed(ModuleType):
    """A module that is imported as soon as something of it is used."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the module has
        """Return what the module has of that name."""
        if name.startswith("__"):  # asked for by those who look at all modules
            msg = f"module {self.__name__!r} has not been imported yet"
            raise AttributeError(msg)
        inner = f"{self.__name__}.{name}"
        if inner in _POSTPONED:
            return sys.modules[inner]
        for postponed in _POSTPONED:
            if isinstance(sys.modules.get(postponed), _Postponed):
                del sys.modules[postponed]
        return getattr(importlib.import_module(self.__name__), name)
