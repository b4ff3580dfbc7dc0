"""Keras layers that live inside the model, so that it takes raw units and gives raw units.

Their names stand in ``__init__.pyi``, one line a file. A layer is imported, and Keras with it, when it is first used.
"""

from typing import Any

import lazy_loader

_layer, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    import keras  # noqa: F401  # first, and whole: with it come all our layers, which import it themselves

    return _layer(name)


def register_layers() -> None:
    """Import every layer, so that Keras finds those that a saved network is made of."""
    for name in __all__:
        __getattr__(name)
