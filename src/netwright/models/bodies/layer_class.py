"""Custom layers, found by their import paths if their code is trusted."""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType

import keras

from netwright.config import ModelSection
from netwright.errors import ExperimentError, did_you_mean
from netwright.layers import added_layers
from netwright.models.trust import trust_module, trusted_module

__all__ = ["import_custom_layers", "layer_class"]


def import_custom_layers(model: ModelSection, *, trust: bool = False) -> None:
    """Import the modules of custom layers, so that Keras finds the classes that a saved network names.

    Args:
        model: the model section of an experiment.
        trust: trust these modules, on this machine from now on.

    Raises:
        TrustError: a module is not trusted; none of its code has been run.
        ExperimentError: a module or class cannot be found, or is not a layer that can be saved.
    """
    for body in model.bodies.values():
        if body.user_code is not None:
            layer_class(body.user_code, trust=trust)


def layer_class(path: str, *, trust: bool = False) -> type[keras.layers.Layer]:
    """Find the class of a custom layer, and check that a saved network can refer to it.

    Args:
        path: import path of the class, as ``package.module:Class``.
        trust: trust its module, on this machine from now on.

    Returns:
        The class.

    Raises:
        TrustError: the module is not trusted; none of its code has been run.
        ExperimentError: the module or class cannot be found, or is not a layer that can be saved.
    """
    module_name, _, class_name = path.partition(":")
    try:
        module = _module(module_name, path, trust=trust)
    except (ImportError, SyntaxError) as error:
        msg = (
            f"{path}: Python cannot import the module {module_name} ({error}). It must be installed, or lie in a "
            "folder that PYTHONPATH names: PYTHONPATH=. netwright train experiment.yaml finds it in this folder."
        )
        raise ExperimentError(msg) from error
    layers = [key for key, value in vars(module).items() if _is_layer(value)]
    kind = getattr(module, class_name, None)
    if kind is None:
        msg = f"{path}: the module {module_name} has no {class_name}.{did_you_mean(class_name, layers)}"
        raise ExperimentError(msg)
    if not _is_layer(kind):
        msg = f"{path} is not a Keras layer; derive the class from keras.layers.Layer.{did_you_mean('', layers)}"
        raise ExperimentError(msg)
    registered = keras.saving.get_registered_object(keras.saving.get_registered_name(kind))
    if registered is not kind and not kind.__module__.startswith("keras."):
        msg = (
            f"{path} is not registered with Keras, so a saved network could not name it. Write "
            f'@keras.saving.register_keras_serializable(package="{module_name}") above the class.'
        )
        raise ExperimentError(msg)
    return kind  # type: ignore[no-any-return]  # keras ships no types


def _module(name: str, layer: str, *, trust: bool) -> ModuleType:
    """Import a module of Keras, netwright or an installed package that adds layers, or a trusted module."""
    if name.partition(".")[0] in {"keras", "netwright"}:
        return importlib.import_module(name)
    added_layers()
    if trust:
        trust_module(name)
    return trusted_module(name, f"layer: {layer}")


def _is_layer(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, keras.layers.Layer)
