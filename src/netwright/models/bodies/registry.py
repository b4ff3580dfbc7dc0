"""Registry of all kinds of bodies: one line each, plus those added by installed packages.

To add a body, write its section in ``config/model.py``, its function in a file of this folder, and a line here. The
contract suite (`netwright.models.bodies.contract`) covers every line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from netwright import plugins
from netwright.config import (
    BODY_SECTIONS,
    BodySection,
    CustomBody,
    DeepSetsBody,
    DenseBody,
    DenselyConnectedBody,
    ResidualBody,
    TabularBody,
)
from netwright.errors import ExperimentError
from netwright.models.bodies.custom import custom
from netwright.models.bodies.deep_sets import deep_sets
from netwright.models.bodies.dense import dense
from netwright.models.bodies.densely_connected import densely_connected
from netwright.models.bodies.residual import residual
from netwright.models.bodies.tabular import tabular
from netwright.models.encode import Encoded

__all__ = ["BodyKind", "body_kinds", "body_output"]


@dataclass(frozen=True)
class BodyKind:
    """A kind of body: its section of an experiment file, and the function that builds its layers.

    Attributes:
        section: class of its section of an experiment, with the name of the kind.
        build: returns the output, shape (rows, units), or (rows, N, units) of N inner networks, from the body's name,
            its section, the encoded inputs and an iterator over seeds (for initialisers and dropout). Layer names begin
            with the body's name and a hyphen.
        permutation_invariant: whether the output is independent of the order of particles and of the padding.
    """

    section: type[BodySection]
    build: Callable[[str, Any, Encoded, Iterator[int]], Any]
    permutation_invariant: bool = False


_BUILT_IN = {
    "dense": BodyKind(DenseBody, dense),
    "residual": BodyKind(ResidualBody, residual),
    "densely-connected": BodyKind(DenselyConnectedBody, densely_connected),
    "deep-sets": BodyKind(DeepSetsBody, deep_sets, permutation_invariant=True),
    "tabular": BodyKind(TabularBody, tabular),
    "custom": BodyKind(CustomBody, custom),
}
_GROUP = "netwright.bodies"


def body_kinds() -> dict[str, BodyKind]:
    """Return all kinds of bodies by name: the built-in ones, and those that installed packages add.

    Returns:
        The kinds of bodies by name.

    Raises:
        PluginError: a body added by a package cannot be used.
    """
    return _BUILT_IN | plugins.load(_GROUP, BodyKind, _BUILT_IN, fault=_fault)


def body_output(name: str, section: BodySection, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Apply the shared layers to the features of the inputs.

    Args:
        name: name of the body, the prefix of its layers' names.
        section: the body section of an experiment.
        encoded: scaled features.
        seeds: iterator over seeds for initialisers and dropout.

    Returns:
        The shared layers' output, shape (rows, units), or (rows, N, units) of a body with N inner networks.

    Raises:
        ExperimentError: a custom body cannot be found, created, or used as a body; or no package provides this kind.
    """
    return _kind_of(section).build(name, section, encoded, seeds)


def _kind_of(section: BodySection) -> BodyKind:
    kind = body_kinds().get(section.kind)
    if kind is None:
        package = type(section).__module__.partition(".")[0]
        msg = (
            f"model: no installed package builds bodies of kind {section.kind}. {package}, which adds its section, has "
            f"to name a BodyKind in the entry points {_GROUP}."
        )
        raise ExperimentError(msg)
    return kind


def _fault(name: str, kind: BodyKind) -> str:
    if BODY_SECTIONS.sections().get(name) is not kind.section:
        return (
            f"its section, {kind.section.__name__}, must have an entry point of that name in the group "
            f"{BODY_SECTIONS.group}"
        )
    return ""
