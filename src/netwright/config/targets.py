"""The `targets` section: what the network learns to predict, with one head per target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field, SerializeAsAny, WrapValidator

from netwright.tasks import TASKS, TargetSection, task_kinds, task_named

__all__ = ["Target"]


def _of_a_package(content: Any, built_in: Callable[[Any], TargetSection]) -> TargetSection:  # noqa: ANN401
    """Read a head of a kind added by another package, or else a built-in one."""
    kinds = task_kinds()
    kind = content.get("kind") if isinstance(content, Mapping) else getattr(content, "kind", None)
    if isinstance(kind, str) and kind in kinds and kind not in TASKS:
        return task_named(kind).section.model_validate(content)
    return built_in(content)


if TYPE_CHECKING:
    Target = TargetSection
else:
    Target = Annotated[
        Union[tuple(task.section for task in TASKS.values())],  # noqa: UP007  # built from the registry
        Field(discriminator="kind"),
        WrapValidator(_of_a_package),
        SerializeAsAny(),
    ]
