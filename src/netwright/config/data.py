"""The `data` section: which files, which rows, and what is known of each row."""

from __future__ import annotations

from pydantic import Field

from netwright.config._section import Name, Section

__all__ = ["DataSection"]


class DataSection(Section):
    """Where the rows come from.

    Paths may hold `*`, and relative ones start at the folder of the experiment file.
    """

    files: list[str] = Field(min_length=1, description="Files to read; * stands for any characters.")
    key: str | None = Field(None, description="Name of the TTree or HDF5 dataset, where a file has several.")
    derived: dict[Name, str] = Field(
        default_factory=dict,
        description="New columns as SQL expressions of the others; SQL lists count from 1.",
    )
    selection: str | None = Field(None, description="SQL condition; rows that do not fulfil it are left out.")
    weight: str | None = Field(None, description="Column of the event weight; it may be negative.")
    identity: list[str] = Field(
        default_factory=list,
        description="Columns that name a row (run, event ...); rows that agree in them stay in one split.",
    )
