"""The `data` section: which files, which rows, and what is known about each row."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from netwright.config._products import with_derived_weights
from netwright.config.csv import CsvSection
from netwright.config.friends import FriendSection
from netwright.config.result import RESERVED, Luminosity
from netwright.config.samples import EVENT_WEIGHT, NOMINAL, SAMPLE, SampleSection, VariationSection
from netwright.section import FileNames, Name, Section, Texts, Whole

__all__ = ["EVENT_HASH", "DataSection", "GenerateSection", "index_column", "with_files"]

EVENT_HASH = "event_hash"
"""Column that tells events apart by what is in them, where rows are elements of a collection without identity."""

_OF_SAMPLES = ("luminosity", "variations", "identity_across_samples")


class GenerateSection(Section):
    """Random particles of uniform mass, made while they are needed: new ones in every epoch of a training.

    Columns: the four of the basis, `mass` in GeV, and `event`. For studies of how well a network does a sum.
    """

    kind: Literal["four-vectors"] = Field(description="What is generated.")
    rows: Whole = Field(
        100_000, ge=100, lt=2**31, description="Number of rows; new training rows are generated for every epoch."
    )
    basis: Literal["E,px,py,pz", "E,pt,eta,phi"] = Field("E,px,py,pz", description="Columns of the four-vectors.")
    seed: Whole = Field(1, ge=0, lt=2**31, description="Another seed gives other particles.")


class DataSection(Section):
    """Where the rows come from: files with labels, samples with cross sections, or a generator.

    Paths may contain `*`; relative paths start at the folder of the experiment file. URLs (`https://`, `s3://`,
    `root://`) name files on servers, and `@files.txt` names a text file with a list of files.
    """

    files: FileNames = Field(default_factory=list, description="Paths, URLs or @lists; * matches any characters.")
    samples: dict[Name, SampleSection] = Field(
        default_factory=dict,
        description="Files of each process, instead of files; the column sample holds the name of the process.",
    )
    generate: GenerateSection | None = Field(None, description="Rows generated on the fly, instead of files.")
    luminosity: Luminosity | None = Field(
        None, description="With its unit, such as 138 fb-1; needed when samples have cross sections."
    )
    key: str | None = Field(None, description="Name of the TTree or HDF5 dataset, if a file has several.")
    csv: CsvSection | None = Field(
        None, description="Format of text tables, if the guess is wrong: separator, decimal, names ..."
    )
    friends: list[FriendSection] = Field(
        default_factory=list, description="More columns of the same rows, from other tables or files."
    )
    rows: str | None = Field(
        None,
        description=(
            "Collection of which each element is a row, such as Jet for Jet_pt; columns of the event are repeated. "
            "By default, each event is a row."
        ),
    )
    derived: dict[Name, str] = Field(
        default_factory=dict,
        description="New columns, as SQL expressions of the others; SQL lists count from 1.",
    )
    selection: str | None = Field(None, description="SQL condition; rows that fail it are left out.")
    weight: str | None = Field(
        None, description="Column of the event weight, or a product (genWeight * puWeight); it may be negative."
    )
    identity: Texts = Field(
        default_factory=list,
        description=(
            "Columns that identify a row (run, event ...); rows with equal values stay in the same part of the split."
        ),
    )
    cache: bool = Field(
        True,  # noqa: FBT003  # pydantic's default
        description=("false: do not convert files, but read them block by block in every epoch; see docs/reading.md."),
    )
    identity_across_samples: bool = Field(
        False,  # noqa: FBT003  # pydantic's default
        description="Whether rows of different samples with equal identity columns are the same event.",
    )
    variations: dict[Name, VariationSection] = Field(
        default_factory=dict,
        description="Systematic variations of all simulated samples: NAME_up, NAME_down. Never trained on.",
    )

    @property
    def simulated(self) -> list[str]:
        """The names of the samples that networks are trained and evaluated on."""
        return [name for name, sample in self.samples.items() if not sample.recorded]

    @property
    def recorded(self) -> list[str]:
        """The names of the samples of recorded collisions."""
        return [name for name, sample in self.samples.items() if sample.recorded]

    @property
    def weight_column(self) -> str | None:
        """Column of the event weight of opened rows; None where every row has weight 1."""
        return EVENT_WEIGHT if self.samples else self.weight

    @property
    def identity_columns(self) -> list[str]:
        """Columns of opened rows that their identity is made of; empty for their content."""
        if self.rows is not None and not self.identity:
            return [EVENT_HASH]
        of_sample = self.samples and self.identity and not self.identity_across_samples
        return [*self.identity, SAMPLE] if of_sample and SAMPLE not in self.identity else list(self.identity)

    @property
    def name_columns(self) -> list[str]:
        """Columns that name a row in tables of scores."""
        of_rows = [] if self.rows is None else [index_column(self.rows)]
        names = [*(self.identity_columns if of_rows and not self.identity else self.identity), *of_rows]
        return [*names, SAMPLE] if self.samples and SAMPLE not in names else names

    @property
    def every_file(self) -> list[str]:
        """All files that are named, those of samples, variations and friends too."""
        friends = [*self.friends, *(section for sample in self.samples.values() for section in sample.friends)]
        named: list[DataSection | SampleSection | VariationSection | FriendSection] = [self, *self.samples.values()]
        named += [*self.every_variation, *friends]
        return [file for section in named for file in section.files]

    @property
    def every_variation(self) -> list[VariationSection]:
        """The variations of all samples and those of single ones."""
        return [
            *self.variations.values(),
            *(variation for s in self.samples.values() for variation in s.variations.values()),
        ]

    @property
    def weights(self) -> list[str]:
        """All columns of event weights, those of samples and variations too."""
        names = [self.weight, *(sample.weight for sample in self.samples.values())]
        named = [*names, *(section.weight for section in self.every_variation)]
        return [
            *dict.fromkeys(column for column in named if column is not None),
            *([EVENT_WEIGHT] if self.samples else []),
        ]

    @property
    def variation_names(self) -> list[str]:
        """The names of all variations, each once."""
        named = [self.variations, *(sample.variations for sample in self.samples.values())]
        return list(dict.fromkeys(name for variations in named for name in variations))

    def variations_of(self, name: str) -> list[str]:
        """Return the systematic variations of a sample; recorded collisions have none.

        Args:
            name: of the sample.

        Returns:
            Names of variations, those of all samples first.
        """
        sample = self.samples[name]
        return [] if sample.recorded else list(dict.fromkeys([*self.variations, *sample.variations]))

    @property
    def variation_pairs(self) -> dict[str, tuple[str, str]]:
        """By systematic, the names of its variations at -1σ and +1σ; the first is empty if there is only NAME_up.

        A systematic whose name has a meaning for limit programs, such as mu, is called mu_shape.
        """
        names = self.variation_names
        ends = {name.removesuffix("_up"): name for name in names if name.endswith("_up")}
        return {
            f"{name}_shape" if name in RESERVED else name: (f"{name}_down" if f"{name}_down" in names else "", up)
            for name, up in ends.items()
        }

    @property
    def has_yields(self) -> bool:
        """Whether the simulated samples have cross sections, so that event weights are expected events."""
        return any(self.samples[name].cross_section for name in self.simulated)

    def sample(self, name: str, variation: str = NOMINAL) -> SampleSection:
        """Return a sample with what `data` says of all samples filled in.

        Args:
            name: of the sample.
            variation: its systematic variation; a sample that does not have it stays as it is.

        Returns:
            The section, without variations.
        """
        own = self.samples[name]
        conditions = [f"({selection})" for selection in (self.selection, own.selection) if selection is not None]
        filled = own.model_copy(
            update={
                "key": own.key or self.key,
                "csv": own.csv or self.csv,
                "friends": [*self.friends, *own.friends],
                "weight": None if own.recorded else own.weight or self.weight,
                "derived": {**{k: v for k, v in own.derived.items() if k not in self.derived},
                            **{k: own.derived.get(k, v) for k, v in self.derived.items()}},
                "selection": " AND ".join(conditions) or None,
                "variations": {},
            }
        )  # fmt: skip
        varied = self._variation_of(name, variation)
        update = {} if varied is None else {key: value for key, value in varied if value and key != "columns"}
        return filled.model_copy(update=update)

    def varied_columns(self, name: str, variation: str) -> dict[str, str]:
        """Return the columns that a variation of a sample has instead of others.

        Args:
            name: of the sample.
            variation: its systematic variation.

        Returns:
            By the name of the column that is replaced.
        """
        varied = self._variation_of(name, variation)
        return {} if varied is None else varied.columns

    def _variation_of(self, name: str, variation: str) -> VariationSection | None:
        sample = self.samples[name]
        return None if sample.recorded else sample.variations.get(variation, self.variations.get(variation))

    @model_validator(mode="before")
    @classmethod
    def _weights_are_columns(cls, content: Any) -> Any:  # noqa: ANN401  # as pydantic gives it
        return with_derived_weights(content)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [name for name in ("files", "samples", "generate") if getattr(self, name)]
        if len(sources) != 1:
            msg = f"give one of files, samples and generate, received {', '.join(sources) or 'none'}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _rows_of_files(self) -> Self:
        if self.rows is not None and self.generate is not None:
            msg = "rows: generated rows have no collections. Leave it out"
            raise ValueError(msg)
        if self.rows is not None and index_column(self.rows) in self.identity:
            msg = (
                f"identity: {index_column(self.rows)} tells the elements of an event apart, and these stay in one part "
                "of the split. Name columns of the event alone; predict writes the index anyway"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _files_without_cache(self) -> Self:
        other_source = next((name for name in ("generate", "friends", "rows") if getattr(self, name)), None)
        of_samples = next((name for name, sample in self.samples.items() if sample.friends), None)
        if of_samples is not None:
            other_source = f"samples.{of_samples}.friends"
        if not self.cache and other_source is not None:
            msg = f"cache: false does not go with {other_source}. Leave cache out, so that files are converted once"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _keys_of_samples(self) -> Self:
        alone = [key for key in _OF_SAMPLES if getattr(self, key) and not self.samples]
        if alone:
            msg = f"{alone[0]} is for samples, and there are none. Write samples instead of files, or leave it out"
            raise ValueError(msg)
        if self.samples and not self.simulated:
            msg = "every sample is recorded, and a network is trained on simulated ones. Add one"
            raise ValueError(msg)
        if NOMINAL in self.variation_names:
            msg = f"{NOMINAL} is the name of samples without variation. Give the variation another name"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _variations_with_other_files(self) -> Self:
        for name in self.simulated:
            sample = self.samples[name]
            in_order = [
                friend.files[0] for friend in (*self.friends, *sample.friends) if friend.files and not friend.on
            ]
            for variation, varied in {**self.variations, **sample.variations}.items():
                if varied.files and in_order:
                    msg = (
                        f"samples.{name}: the variation {variation} has its own files, and the friend {in_order[0]} "
                        "has the rows of the others in their order. Join the friend by columns that name a row: on: "
                        "[run, event]"
                    )
                    raise ValueError(msg)
                if varied.files and varied.sum_of_weights is None and isinstance(sample.sum_of_weights, float | int):
                    msg = (
                        f"samples.{name}: the variation {variation} has its own files, and sum_of_weights: "
                        f"{sample.sum_of_weights:g} is that of the others. Give the variation the sum_of_weights of "
                        "its files, or the sample {key: TREE, column: COLUMN}, which is summed over the files that are "
                        "read"
                    )
                    raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _cross_sections_of_all(self) -> Self:
        without = [name for name in self.simulated if self.samples[name].cross_section is None]
        if self.has_yields and without:
            msg = (
                f"samples.{without[0]} has no cross_section, and others have one: their event weights would not be "
                "comparable. Give it to all simulated samples, or to none"
            )
            raise ValueError(msg)
        if self.has_yields != (self.luminosity is not None):
            missing = "luminosity is missing, for example 138 fb-1" if self.has_yields else "no sample has one"
            msg = f"luminosity and the cross sections of samples belong together, and {missing}"
            raise ValueError(msg)
        return self


def index_column(collection: str) -> str:
    """Return the column of the place of a row in its event, where rows are elements of a collection.

    Args:
        collection: as in `data.rows`.

    Returns:
        Its name.

    Example:
        >>> index_column("Jet")
        'Jet_index'
    """
    return re.sub(r"\W", "_", f"{collection}_index")


def with_files(data: DataSection, change: Callable[[list[str]], list[str]]) -> DataSection:
    """Return the section with other names of files, those of samples, variations and friends too.

    Args:
        data: the section.
        change: from names of files to those that replace them.

    Returns:
        A copy.
    """

    def changed(section: Any) -> Any:  # noqa: ANN401  # a section with files
        update: dict[str, Any] = {"files": change(section.files)}
        if hasattr(section, "variations"):
            update |= {"variations": {name: changed(variation) for name, variation in section.variations.items()}}
        if hasattr(section, "friends"):
            update |= {"friends": [changed(friend) for friend in section.friends]}
        return section.model_copy(update=update)

    samples = {name: changed(sample) for name, sample in data.samples.items()}
    changed_data: DataSection = changed(data)
    return changed_data.model_copy(update={"samples": samples})
