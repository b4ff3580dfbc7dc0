"""Sections distinguished by their key ``kind``, which installed packages can extend."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from pydantic import Field, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from netwright import plugins
from netwright.section import Section

__all__ = ["Kinds"]

S = TypeVar("S", bound=Section)


class Kinds(Generic[S]):
    """All kinds of a section: the built-in ones, and those that packages add through entry points.

    ``Annotated[base, kinds]`` is a field that accepts any of them. Entry points are loaded when a value is first read,
    not when this module is imported, because their sections derive from ours.

    Args:
        group: name of the group of entry points.
        base: the class that all these sections derive from.
        built_in: the sections of netwright.
    """

    def __init__(self, group: str, base: type[S], built_in: Sequence[type[S]]) -> None:
        self.group = group
        self.base = base
        self.built_in = tuple(built_in)

    def sections(self) -> dict[str, type[S]]:
        """Return all sections by kind, built-in ones first.

        Returns:
            Section classes.

        Raises:
            PluginError: a section added by a package cannot be used.
        """
        ours = {_kind_of(section): section for section in self.built_in}
        added: dict[str, type[S]] = plugins.load(self.group, type, ours, fault=self._fault)
        return ours | added

    def union(self) -> Any:  # noqa: ANN401
        """Return all sections as a pydantic union with the discriminator ``kind``."""
        return _union(tuple(self.sections().values()))

    def _fault(self, name: str, section: type[S]) -> str:
        if not issubclass(section, self.base):
            return f"{section.__name__} must derive from netwright.config.{self.base.__name__}"
        if _kind_of(section) != name:
            return f'{section.__name__} must have the field kind: Literal["{name}"], as its entry point is called'
        return ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        """Tell pydantic how to read and write a field of these kinds."""
        del source, handler
        return core_schema.no_info_before_validator_function(self._read, core_schema.any_schema())

    def _read(self, value: Any) -> S:  # noqa: ANN401
        if isinstance(value, self.base) and _kind_of(type(value)):  # defaults, read at import
            return value
        section: S = _adapter(tuple(self.sections().values())).validate_python(value)
        return section


def _kind_of(section: type[Section]) -> str:
    """Return the kind of a section; an empty string if it has none."""
    field = section.model_fields.get("kind")
    if field is None or get_origin(field.annotation) is not Literal:
        return ""
    return str(get_args(field.annotation)[0])


@cache
def _union(sections: tuple[type[Section], ...]) -> Any:  # noqa: ANN401
    return Annotated[Union[sections], Field(discriminator="kind")]  # noqa: UP007  # of a tuple


@cache
def _adapter(sections: tuple[type[Section], ...]) -> TypeAdapter[Any]:
    return TypeAdapter(_union(sections))
