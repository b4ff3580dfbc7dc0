"""The `data.friends` section: further columns of the same rows."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from netwright.section import FileNames, Name, Section, Texts

__all__ = ["FriendSection"]


class FriendSection(Section):
    """More columns of the same rows, from another table in the same or other files.

    Without `on`, the table must have the same rows in the same order; with it, rows are joined by these columns.
    """

    files: FileNames = Field(default_factory=list, description="Files of the table; by default the same files.")
    key: str | None = Field(None, description="Name of the TTree or HDF5 dataset, if a file has several.")
    on: Texts = Field(default_factory=list, description="Columns of both tables that identify a row: run, event ...")
    name: Name | None = Field(None, description="Prefix: the columns are then called NAME.column.")

    @model_validator(mode="after")
    def _another_table(self) -> Self:
        if not self.files and self.key is None:
            msg = "give files, or the key of another table in the same files"
            raise ValueError(msg)
        return self
