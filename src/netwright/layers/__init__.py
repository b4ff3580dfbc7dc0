"""Keras layers that live inside the model, so that it takes raw units and gives raw units.

Their names are listed in ``__init__.pyi``, one per line. A layer is imported, with Keras, when it is first used.
"""

from typing import Any

import lazy_loader

from netwright import plugins

_layer, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    import keras  # noqa: F401  # first, and whole: with it come all our layers, which import it themselves

    return _layer(name)


def register_layers() -> None:
    """Import every layer, so that Keras finds those that a saved network is made of."""
    for name in __all__:
        __getattr__(name)


def added_layers() -> dict[str, type]:
    """Import the layers that installed packages add, so that Keras finds them, and their code counts as trusted.

    Returns:
        Classes by the names of their entry points in the group ``netwright.layers``.

    Raises:
        PluginError: what a package adds cannot be used.
    """
    return plugins.load("netwright.layers", type, __all__, fault=_fault)


def _fault(name: str, layer: type) -> str:
    import keras

    del name
    if not issubclass(layer, keras.layers.Layer):
        return f"{layer.__name__} must derive from keras.layers.Layer"
    if keras.saving.get_registered_object(keras.saving.get_registered_name(layer)) is not layer:
        return (
            f"{layer.__name__} must be registered, so that saved networks can name it: put "
            "@keras.saving.register_keras_serializable(package=...) above the class"
        )
    return ""
