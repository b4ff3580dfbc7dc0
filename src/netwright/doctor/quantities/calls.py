"""What the layers of a model take and give while it runs: so the connections of a subclassed model come to light."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from netwright.doctor.quantities.architecture import Wires, layers_of

__all__ = ["Call", "leaves", "watched", "wires_of"]


@dataclass(frozen=True)
class Call:
    """One call of a layer, or of the model itself.

    Attributes:
        name: of the layer; empty for the model.
        inputs: tensors that it was given.
        output: the first tensor that it returned; None where it returned none, or for the model.
    """

    name: str
    inputs: tuple[Any, ...] = field(default=())
    output: Any = None


def leaves(value: Any) -> Iterator[Any]:  # noqa: ANN401  # lists and dictionaries of tensors
    """Yield the tensors in whatever structure.

    Example:
        >>> import numpy as np
        >>> len(list(leaves([np.zeros(1), {"a": np.ones(1)}, None])))
        2
    """
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    elif hasattr(value, "shape"):
        yield value


@contextmanager
def watched(model: Any) -> Iterator[list[Call]]:  # noqa: ANN401  # Keras has no types
    """Record what layers take and give while a model runs, then leave them as they were.

    Args:
        model: a built Keras model.

    Yields:
        The calls, in order; they fill while the model runs.
    """
    calls: list[Call] = []
    recorded = [(layer, layer.name) for layer in layers_of(model) if "call" not in vars(layer)]
    if "call" not in vars(model):
        recorded.append((model, ""))
    for layer, name in recorded:
        vars(layer)["call"] = _recording(layer.call, name, calls)
    try:
        yield calls
    finally:
        for layer, _ in recorded:
            del vars(layer)["call"]


def _recording(call: Callable[..., Any], name: str, calls: list[Call]) -> Callable[..., Any]:
    def recording(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        inputs = tuple(leaves((args, kwargs)))
        if not name:
            calls.append(Call(name, inputs))
            return call(*args, **kwargs)
        output = call(*args, **kwargs)
        calls.append(Call(name, inputs, next(leaves(output), None)))
        return output

    return recording


def wires_of(calls: Sequence[Call], output: Any) -> Wires | None:  # noqa: ANN401
    """Follow tensors from layer to layer.

    Args:
        calls: of the layers and of the model.
        output: the tensor that the model returned.

    Returns:
        The connections; only which layer gives the output where a layer takes what no layer gave, so that something
        else happened in between, or is used twice; None where that is not known either.

    Example:
        >>> import numpy as np
        >>> x, y, z = np.zeros(1), np.ones(1), np.ones(2)
        >>> wires_of([Call("", (x,)), Call("a", (x,), y), Call("b", (y,), z)], z)
        Wires(follow={'a': ['b'], 'b': []}, outputs=('b',))
        >>> wires_of([Call("", (x,)), Call("a", (x,), y), Call("b", (y + 1,), z)], z)
        Wires(follow={}, outputs=('b',))
    """
    makers: dict[int, str] = {id(tensor): "" for call in calls if not call.name for tensor in call.inputs}
    follow: dict[str, list[str]] = {}
    is_known = True
    for call in calls:
        if not call.name:
            continue
        sources = [makers.get(id(tensor)) for tensor in call.inputs]
        is_known = is_known and None not in sources and call.name not in follow
        follow[call.name] = []
        for source in sources:
            if source:
                follow[source].append(call.name)
        makers[id(call.output)] = call.name
    end = makers.get(id(output))
    return Wires(follow if is_known else {}, (end,)) if end else None
