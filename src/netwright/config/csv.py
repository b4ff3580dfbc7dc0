"""The `data.csv` section: the format of a text table, where it is not detected correctly."""

from __future__ import annotations

from typing import Literal

import yaml
from pydantic import Field, ValidationError, field_validator

from netwright.config._yaml import parse_yaml
from netwright.errors import ExperimentError
from netwright.section import Section

__all__ = ["CsvSection", "csv_section"]


class CsvSection(Section):
    """Format of CSV and other text tables. Missing keys are guessed from each file."""

    separator: Literal[",", ";", "\t", "|", " "] | None = Field(
        None, description='Between values: ",", ";", "\\t" (tab), "|" or " " (any number of blanks).'
    )
    decimal: Literal[".", ","] | None = Field(None, description="Decimal mark.")
    comment: str | None = Field(
        None, max_length=1, description='Lines that start with this character are skipped; "" for none.'
    )
    encoding: str | None = Field(None, description="Such as utf-8, utf-16 or latin-1.")
    names: list[str] = Field(
        default_factory=list, description="Column names, for a file without a header or to replace its header."
    )
    counts: bool | None = Field(
        None,
        description=(
            "Whether the first line gives the numbers of signal and background rows, which follow in that "
            "order; makes the column is_signal."
        ),
    )
    missing: list[str] = Field(
        default_factory=list,
        description=("Texts that mean a missing number, besides NA, NaN, null, ?, -, a lone point and an empty field."),
    )

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            "".encode(value)  # not codecs.lookup, which also accepts codecs that are not for text
        except LookupError as error:
            msg = f"there is no encoding {value!r}; choose one such as utf-8, utf-16, latin-1 or cp1252"
            raise ValueError(msg) from error
        return value

    @field_validator("names")
    @classmethod
    def _names_differ(cls, value: list[str]) -> list[str]:
        if "" in value or len(set(value)) < len(value):
            msg = "every column needs a different name; rename those that are empty or repeated"
            raise ValueError(msg)
        return value


def csv_section(text: str) -> CsvSection:
    """Read the format of text tables from a command-line option.

    Args:
        text: the keys of `data.csv` as YAML.

    Returns:
        The section.

    Raises:
        ExperimentError: the text is not YAML, or the section is not valid.

    Example:
        >>> csv_section("{separator: ';', names: [pt, eta]}").names
        ['pt', 'eta']
    """
    try:
        content = parse_yaml(text)
        return CsvSection.model_validate(content)
    except (yaml.YAMLError, ValidationError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else " ".join(str(error).split())
        msg = f"--csv must be a mapping such as {{names: [pt, eta], decimal: ','}}: {reason}. Received: {text!r}."
        raise ExperimentError(msg) from error
