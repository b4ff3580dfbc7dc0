"""The `data` section: which files, which rows, and what is known about each row."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from netwright.config.csv import CsvSection
from netwright.section import Name, Section, Texts, Whole

__all__ = ["DataSection", "GenerateSection"]


class GenerateSection(Section):
    """Random particles of uniform mass, made while they are needed: new ones in every epoch of a training.

    Columns: the four of the basis, `mass` in GeV, and `event`. For studies of how well a network does a sum.
    """

    kind: Literal["four-vectors"] = Field(description="What is generated.")
    rows: Whole = Field(100_000, ge=100, lt=2**31, description="How many; training rows are drawn anew in every epoch.")
    basis: Literal["E,px,py,pz", "E,pt,eta,phi"] = Field("E,px,py,pz", description="Columns of the four-vectors.")
    seed: Whole = Field(1, ge=0, lt=2**31, description="Another seed gives other particles.")


class DataSection(Section):
    """Where the rows come from: files, or a generator.

    Paths may hold `*`, and relative ones start at the folder of the experiment file. URLs (`https://`, `s3://`,
    `root://`) name files on servers, and `@files.txt` is a list of names in a text file.
    """

    files: Texts = Field(default_factory=list, description="Paths, URLs, @lists; * stands for any characters.")
    generate: GenerateSection | None = Field(None, description="Rows that are made on the fly, instead of files.")
    key: str | None = Field(None, description="Name of the TTree or HDF5 dataset, where a file has several.")
    csv: CsvSection | None = Field(
        None, description="How text tables are written, where the guess is wrong: separator, decimal, names ..."
    )
    derived: dict[Name, str] = Field(
        default_factory=dict,
        description="New columns as SQL expressions of the others; SQL lists count from 1.",
    )
    selection: str | None = Field(None, description="SQL condition; rows that do not fulfil it are left out.")
    weight: str | None = Field(None, description="Column of the event weight; it may be negative.")
    identity: Texts = Field(
        default_factory=list,
        description="Columns that name a row (run, event ...); rows that agree in them stay in one split.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.files) == (self.generate is not None):
            msg = "give either files or generate, received " + ("both" if self.files else "neither")
            raise ValueError(msg)
        return self
