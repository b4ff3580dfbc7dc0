"""Key of a network's compiled program: what the program depends on, without what is passed as data."""

from __future__ import annotations

import json
from typing import Any

import keras

__all__ = ["program_of"]

_NUMBERS = {
    "netwright>Centre": {"centre"},
    "netwright>Dropout": {"rate"},
    "netwright>Logarithm": {"smallest"},
    "netwright>LorentzBoost": {"scale"},
    "netwright>MaskedSum": {"scale"},
    "netwright>MissingPlace": {"places"},
    "netwright>QuantileScaling": {"knots", "normal"},
    "netwright>Standardise": {"mean", "std"},
    "netwright>Unstandardise": {"mean", "std", "offset"},
}
"""Arguments of layers that are weights of theirs, by the name that Keras registers a layer under."""

_FIRST_WEIGHTS = {"netwright>PeriodicEmbedding": {"deviation"}}
"""Arguments of layers that only their first weights depend on."""

_PENALTIES = {"L1", "L2", "L1L2"}


def program_of(model: keras.Model) -> str:
    """Return the key of a network's compiled program: two networks share a program if and only if their keys agree.

    It is the network's config without what a program takes as data: initial weights and seeds, constants from training
    rows, dropout rates, the L1 and L2 coefficients of weights (`netwright.models.penalties`) and the network's name.
    The whole config of custom layers is included.

    Args:
        model: a network from `netwright.models.build` or `netwright.models.raw_outputs`.

    Returns:
        A JSON string, equal for equal programs.

    Source: definition.

    Example:
        >>> def network(units, seed):
        ...     first = keras.initializers.HeNormal(seed=seed)
        ...     x = keras.Input((3,), name="x")
        ...     return keras.Model(x, keras.layers.Dense(units, kernel_initializer=first, name="y")(x))
        >>> program_of(network(4, seed=1)) == program_of(network(4, seed=2)), program_of(network(4, seed=1)) == (
        ...     program_of(network(5, seed=1))
        ... )
        (True, False)
    """
    config = {key: value for key, value in model.get_config().items() if key != "name"}
    return json.dumps(_without_data(config), sort_keys=True)


def _without_data(config: Any) -> Any:
    """Remove from the config of every Keras or netwright layer what is passed as data."""
    if isinstance(config, list | tuple):
        return [_without_data(item) for item in config]
    if not isinstance(config, dict):
        return config
    registered = config.get("registered_name") or ""
    if str(config.get("module", "")).startswith("keras.") or registered.startswith("netwright>"):
        return {**config, "config": _structure(config["config"], _data_of(registered))}
    return {key: _without_data(value) for key, value in config.items()}


def _data_of(registered: str) -> set[str]:
    return _NUMBERS.get(registered, set()) | _FIRST_WEIGHTS.get(registered, set())


def _structure(arguments: dict[str, Any], numbers: set[str]) -> dict[str, Any]:
    """Return the arguments of a layer that are compiled into the program."""
    structure = {}
    for key, value in arguments.items():
        if key == "seed" or key.endswith("initializer"):
            continue
        if key.endswith("regularizer") and key != "activity_regularizer" and _is_l1_or_l2(value):
            continue
        structure[key] = _placeholders(value) if key in numbers else _without_data(value)
    return structure


def _is_l1_or_l2(value: Any) -> bool:
    return value is None or (value["class_name"] in _PENALTIES and value["module"] == "keras.regularizers")


def _placeholders(value: Any) -> Any:
    """Replace numbers by placeholders that keep their count, and where a number is None."""
    if isinstance(value, list | tuple):
        return [_placeholders(item) for item in value]
    return value is not None
