"""How a Keras model was compiled, as plain facts."""

from __future__ import annotations

import warnings
from typing import Any

from netwright.doctor.case import Objective
from netwright.doctor.quantities.architecture import snake_case
from netwright.doctor.quantities.heads import by_head, names_of_heads

__all__ = ["learning_rate_of", "loss_weights_of", "objective_of"]

_SHORT = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
}
_KERAS_LOSSES = {
    *_SHORT.values(),
    *("binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy"),
    *("sparse_categorical_crossentropy", "hinge", "squared_hinge", "categorical_hinge", "poisson", "huber"),
    *("cosine_similarity", "kl_divergence"),
}


def objective_of(model: Any, head: str = "", *, class_weight: bool = False) -> Objective:  # noqa: ANN401  # Keras
    """Describe how a model was compiled.

    Args:
        model: a Keras model.
        head: name of one of several outputs; empty for the first.
        class_weight: whether ``fit`` got class weights.

    Returns:
        Loss, optimiser and metrics; empty where the model was never compiled.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer="adam", loss="mse")
        >>> objective_of(model).loss, objective_of(model).optimizer
        ('mean_squared_error', 'adam')
    """
    optimizer = getattr(model, "optimizer", None)
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # that of mixed precision wraps another
    loss = getattr(model, "loss", None)
    loss = by_head(loss, names_of_heads(model)).get(head, _first(loss))
    own_step = "train_step" in {key for kind in type(model).__mro__ if _is_users(kind) for key in vars(kind)}
    outputs = getattr(model, "outputs", None)
    return Objective(
        loss=_loss_name(loss),
        from_logits=bool(_option(loss, "from_logits", default=False)),
        optimizer=snake_case(type(inner).__name__) if inner is not None else "",
        learning_rate=learning_rate_of(model),
        momentum=float(getattr(inner, "momentum", 0.0) or 0.0),
        clipping=min(map(_number(inner), ("clipnorm", "clipvalue", "global_clipnorm"))),
        epsilon=float(getattr(inner, "epsilon", None) or 0.0),
        weight_decay=float(getattr(inner, "weight_decay", None) or 0.0),
        averaging=float(getattr(inner, "ema_momentum", None) or 0.0) if getattr(inner, "use_ema", False) else 0.0,
        metrics=_metric_names(model, head),
        class_weight=class_weight,
        outputs=len(outputs) if isinstance(outputs, list | tuple | dict) else 1,
        own_step=own_step,
        sums_gradients_of=int(getattr(inner, "gradient_accumulation_steps", None) or 1),
        label_smoothing=float(_option(loss, "label_smoothing", default=0.0)),
    )


def learning_rate_of(model: Any) -> float:  # noqa: ANN401
    """Return the learning rate that a model's next step uses; NaN where there is none.

    Args:
        model: a Keras model.

    Returns:
        The rate, dimensionless.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
        >>> learning_rate_of(model)
        0.5
    """
    import keras

    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return float("nan")
    try:
        return float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    except (AttributeError, TypeError, ValueError):  # an optimiser of the user's own
        return float("nan")


def loss_weights_of(model: Any) -> dict[str, float]:  # noqa: ANN401
    """Return the weights that were given to the losses of a model's outputs.

    Args:
        model: a Keras model.

    Returns:
        By name of the output; empty where none were given.

    Example:
        >>> import keras
        >>> x = keras.Input((2,))
        >>> model = keras.Model(x, {name: keras.layers.Dense(1, name=name)(x) for name in ("top", "mass")})
        >>> model.compile(loss="mse", loss_weights={"top": 1.0, "mass": 0.1})
        >>> loss_weights_of(model)
        {'top': 1.0, 'mass': 0.1}
    """
    weights = by_head(_compiled_with(model).get("loss_weights"), names_of_heads(model))
    return {name: float(weight) for name, weight in weights.items() if isinstance(weight, int | float)}


def _compiled_with(model: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the arguments of ``compile``; none where there was no call."""
    with warnings.catch_warnings():  # a lambda as loss is none of our business here
        warnings.simplefilter("ignore")
        return (model.get_compile_config() if getattr(model, "compiled", False) else None) or {}


def _is_users(kind: type) -> bool:
    return not kind.__module__.startswith("keras.")


def _first(loss: Any) -> Any:  # noqa: ANN401
    while isinstance(loss, list | tuple | dict) and loss:
        loss = next(iter(loss.values())) if isinstance(loss, dict) else loss[0]
    return loss


def _loss_name(loss: Any) -> str:  # noqa: ANN401
    if loss is None:
        return ""
    if not isinstance(loss, str):
        name = getattr(loss, "__name__", type(loss).__name__)
        if not str(getattr(loss, "__module__", type(loss).__module__)).startswith("keras."):
            return "custom"
        loss = name
    name = snake_case(loss)
    return _SHORT.get(name, name) if name in _KERAS_LOSSES | set(_SHORT) else "custom"


def _option(loss: Any, name: str, *, default: float) -> float:  # noqa: ANN401
    """Return an argument that a loss of Keras was made with."""
    return getattr(loss, name, getattr(loss, "_fn_kwargs", {}).get(name, default)) or default


def _number(optimizer: Any) -> Any:  # noqa: ANN401
    def read(name: str) -> float:
        value = getattr(optimizer, name, None)
        return float(value) if isinstance(value, int | float) else float("inf")

    return read


def _metric_names(model: Any, head: str) -> tuple[str, ...]:  # noqa: ANN401
    names: list[str] = []

    def walk(metric: Any) -> None:  # noqa: ANN401
        if isinstance(metric, str):
            names.append(snake_case(metric))
        elif isinstance(metric, dict) and "class_name" in metric:
            names.append(snake_case(str(metric.get("config", {}).get("name", metric["class_name"]))))
        elif isinstance(metric, list | tuple | dict):
            for item in metric.values() if isinstance(metric, dict) else metric:
                walk(item)

    metrics = _compiled_with(model).get("metrics")
    is_by_head = isinstance(metrics, dict) and head and "class_name" not in metrics
    walk(metrics.get(head) if is_by_head and metrics is not None else metrics)
    return tuple(names)
