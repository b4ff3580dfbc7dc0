"""The operations of a function in a flat list: what JAX traces, with calls of inner functions written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, DebugInfo, Jaxpr, JaxprEqn, Literal, jaxpr_as_fun

from netwright.errors import GraphError

__all__ = ["LARGEST", "Recording", "Step", "record"]

LARGEST = 300  # operations that a reader can follow, in the text at least

# functions of JAX that are one operation to a reader, though JAX makes them of several
_WHOLE = {
    "elu", "gelu", "hard_sigmoid", "hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax", "mish", "relu", "relu6",
    "selu", "silu", "softmax", "softplus", "swish", "_where", "clip",
}  # fmt: skip
_CONTROL = {"while": "lax.while_loop or fori_loop", "scan": "lax.scan or fori_loop", "cond": "lax.cond or switch"}
_FOREIGN = {"pure_callback", "io_callback", "debug_callback"}


@dataclass(frozen=True)
class Step:
    """One operation.

    Attributes:
        operation: its name.
        settings: its parameters in JAX besides the operands.
        operands: numbers of values, in the order of the operation's arguments.
        results: numbers of the values that it gives.
        variables: the operands, each once, without literals.
        run: computes the results from the variables.
    """

    operation: str
    settings: dict[str, Any]
    operands: tuple[int, ...]
    results: tuple[int, ...]
    variables: tuple[int, ...]
    run: Callable[..., Sequence[jax.Array]]


@dataclass(frozen=True)
class Recording:
    """A function as a list of steps.

    Attributes:
        steps: in the order of the forward pass.
        constants: values that are neither inputs nor results, by number.
        result: number of the function's value.
    """

    steps: tuple[Step, ...]
    constants: dict[int, Any]
    result: int


def record(closed: ClosedJaxpr, title: str) -> Recording:
    """Write a function out.

    Args:
        closed: what JAX traced; its inputs get the numbers 0, 1, ...
        title: name of the function, for messages.

    Returns:
        Its steps.

    Raises:
        GraphError: it has control flow, calls of Python, or too many operations.
    """
    recorder = _Recorder(title, len(closed.jaxpr.invars))
    outputs = recorder.write(
        closed.jaxpr, [recorder.constant(constant) for constant in closed.consts], range(recorder.count)
    )
    return Recording(tuple(recorder.steps), recorder.constants, outputs[0])


class _Recorder:
    def __init__(self, title: str, inputs: int) -> None:
        self.title, self.count = title, inputs
        self.steps: list[Step] = []
        self.constants: dict[int, Any] = {}

    def number(self) -> int:
        self.count += 1
        return self.count - 1

    def constant(self, value: object) -> int:
        number = self.number()
        self.constants[number] = value
        return number

    def write(self, jaxpr: Jaxpr, constants: Sequence[int], inputs: Sequence[int]) -> list[int]:
        """Write the equations of a function, and return the numbers of its results."""
        numbers: dict[Any, int] = dict(zip(jaxpr.constvars, constants, strict=True))
        numbers |= dict(zip(jaxpr.invars, inputs, strict=True))

        def of(atom: Any) -> int:  # noqa: ANN401  # a variable or a literal of JAX
            return self.constant(atom.val) if isinstance(atom, Literal) else numbers[atom]

        for equation in jaxpr.eqns:
            results = self._equation(equation, [of(atom) for atom in equation.invars])
            numbers |= dict(zip(equation.outvars, results, strict=True))
        return [of(atom) for atom in jaxpr.outvars]

    def _equation(self, equation: JaxprEqn, operands: list[int]) -> list[int]:
        """Write one equation: as a step, or as the steps of the function that it calls."""
        kind = equation.primitive.name
        self._refuse(kind)
        inner = next(_inner(equation), None)
        called = _called(equation)
        if inner is not None and called not in _WHOLE and not kind.startswith("custom_"):
            return self.write(inner.jaxpr, [self.constant(constant) for constant in inner.consts], operands)
        results = [self.number() for _ in equation.outvars]
        name = called.removeprefix("_") if inner is not None else kind
        positions, run = _runner(equation)
        variables = tuple(operands[position] for position in positions)
        self.steps.append(Step(name, equation.params, tuple(operands), tuple(results), variables, run))
        if len(self.steps) > LARGEST:
            msg = (
                f"{self.title} has more than {LARGEST} operations, and such a graph cannot be read. Trace a part of "
                "it, a smaller example of the same kind, or write a loop over numbers as one operation on arrays."
            )
            raise GraphError(msg)
        return results

    def _refuse(self, kind: str) -> None:
        if kind in _CONTROL:
            msg = (
                f"{self.title} uses control flow of JAX ({_CONTROL[kind]}), whose steps are not in its graph. Write "
                "the steps out, or choose values with jnp.where."
            )
            raise GraphError(msg)
        if kind in _FOREIGN:
            msg = f"{self.title} calls Python from inside of JAX ({kind}), which has no gradient. Use jax.numpy."
            raise GraphError(msg)


def _inner(equation: JaxprEqn) -> Iterator[ClosedJaxpr]:
    """Find the function that an equation calls."""
    for key in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
        function = equation.params.get(key)
        if isinstance(function, ClosedJaxpr):
            yield function
        elif isinstance(function, Jaxpr):
            yield ClosedJaxpr(function, ())


def _called(equation: JaxprEqn) -> str:
    """Return the name of the function that an equation calls; empty if it calls none."""
    if equation.primitive.name == "custom_jvp_call":
        inner = next(_inner(equation))
        return str(inner.jaxpr.debug_info.func_name)
    return str(equation.params.get("name", ""))


def _runner(equation: JaxprEqn) -> tuple[list[int], Callable[..., Sequence[jax.Array]]]:
    """Return the positions of an equation's variables, each once, and a function of them that computes it."""
    distinct = list(dict.fromkeys(atom for atom in equation.invars if not isinstance(atom, Literal)))  # x·x has one
    debug_info = DebugInfo("trace", "step", ("",) * len(distinct), ("",) * len(equation.outvars))
    single = Jaxpr((), distinct, equation.outvars, [equation], equation.effects, debug_info=debug_info)
    positions = [equation.invars.index(variable) for variable in distinct]
    return positions, jaxpr_as_fun(ClosedJaxpr(single, ()))
