"""What every section of an experiment file has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_]*$"

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A name that is a column, a layer and a node of the exported network at once."""


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        msg = "Input should be a number; YAML reads yes, no, on and off as booleans"
        raise ValueError(msg)  # noqa: TRY004  # pydantic collects ValueError
    return value


def _of_64_bits(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        msg = "Input should be a whole number of 64 bits"
        raise ValueError(msg)
    return value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _named(value: str) -> str:
    if not value.strip():
        msg = "Input should name a file; ./ is the folder of the experiment file"
        raise ValueError(msg)
    return value


Number = Annotated[float, BeforeValidator(_no_boolean)]
"""A number that is not a boolean by accident."""

Whole = Annotated[int, BeforeValidator(_no_boolean), AfterValidator(_of_64_bits)]
"""A whole number of 64 bits that is not a boolean by accident."""

Texts = Annotated[list[str], BeforeValidator(_listed)]
"""Texts in a list; one alone may stand without brackets."""

FileNames = Annotated[list[Annotated[str, AfterValidator(_named)]], BeforeValidator(_listed)]
"""Names of files in a list, none of them blank; one alone may stand without brackets."""

Units = Annotated[list[Annotated[Whole, Field(ge=1, le=1_000_000)]], Field(max_length=200)]
"""Units of layers, one after another."""


class Section(BaseModel):
    """A part of an experiment file: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)
