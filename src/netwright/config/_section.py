"""What every section of an experiment file has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""A name that is a column, a layer and a node of the exported network at once."""


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        msg = "Input should be a number; YAML reads yes, no, on and off as booleans"
        raise ValueError(msg)  # noqa: TRY004  # pydantic collects ValueError
    return value


Number = Annotated[float, BeforeValidator(_no_boolean)]
"""A number that is not a boolean by accident."""

Whole = Annotated[int, BeforeValidator(_no_boolean)]
"""A whole number that is not a boolean by accident."""


class Section(BaseModel):
    """A part of an experiment file: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)
