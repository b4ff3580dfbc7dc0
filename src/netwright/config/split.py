"""The `split` section: which rows are fitted, which say when to stop, and which are evaluated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from netwright.section import FileNames, Number, Section, Whole

__all__ = ["CrossSplit", "FilesSplit", "FoldsSplit", "ReversedSplit", "SharesSplit", "SplitSection", "with_split_files"]

_SEED: Any = Field(1, ge=0, lt=2**63, description="Seed of the split.")
_UNSEEN: Any = Field(
    "sub-ensemble",
    description=(
        "Which members score rows outside the data of the training. random: one, chosen by the row's "
        "identity; sub-ensemble: those of one fold, chosen in the same way; ensemble: all."
    ),
)


class _Split(Section):
    """What every division of rows says of itself."""

    every_row_is_tested: ClassVar[bool] = False
    """Whether every row is a test row of some members, which are then picked by the row's identity."""

    cross_validates: ClassVar[bool] = False
    """Whether there are several folds, each with its own members."""

    @property
    def division_seed(self) -> int:
        """Seed that, with its identity, decides where a row goes; 0 where something else decides."""
        return int(getattr(self, "seed", 0))

    @property
    def unseen_members(self) -> Literal["random", "sub-ensemble", "ensemble"]:
        """Which members evaluate rows outside of the training data."""
        unseen: Literal["random", "sub-ensemble", "ensemble"] = getattr(self, "unseen", "ensemble")
        return unseen


class SharesSplit(_Split):
    """Fractions of the rows; a hash of its identity decides where a row goes, never its position."""

    kind: Literal["shares"] = Field(description="Shares of rows; others: files, folds, cross, reversed.")
    train: Number = Field(0.7, gt=0, lt=1, description="Fraction of rows for training.")
    valid: Number = Field(0.15, gt=0, lt=1, description="Fraction of rows for validation: they decide when to stop.")
    test: Number = Field(0.15, gt=0, lt=1, description="Fraction of rows for testing: results are reported on them.")
    seed: Whole = _SEED

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        total = self.train + self.valid + self.test
        if abs(total - 1) > 1e-9:
            msg = (
                f"train + valid + test must be 1, received {self.train} + {self.valid} + {self.test} = {total:g}. "
                f"Change one of them by {1 - total:+.3g}"
            )
            raise ValueError(msg)
        return self


class FilesSplit(_Split):
    """Whole files, for data that is already split; patterns match files of data.files."""

    kind: Literal["files"] = Field(description="By file.")
    train: FileNames = Field(min_length=1, description="Files for training.")
    valid: FileNames | Number = Field(
        description="Files for validation, or a fraction of the rows of the training files: they decide when to stop."
    )
    test: FileNames | Number = Field(
        description="Files for testing, or a fraction of the rows of the training files: results are reported on them."
    )

    @field_validator("valid", "test")
    @classmethod
    def _part_has_rows(cls, part: list[str] | float) -> list[str] | float:
        if not part or (isinstance(part, float) and not 0 < part < 1):
            msg = f"name files, or give a fraction of the training rows between 0 and 1. Received: {part}"
            raise ValueError(msg)
        return part

    @model_validator(mode="after")
    def _files_divide(self) -> Self:
        if set(self.files) == {"train"}:
            msg = "valid and test are both fractions of the training files. Name files for one, or write kind: shares"
            raise ValueError(msg)
        return self

    @property
    def files(self) -> dict[str, list[str]]:
        """The files of each part; without the part that is a fraction of the training files."""
        parts = {"train": self.train, "valid": self.valid, "test": self.test}
        return {part: files for part, files in parts.items() if isinstance(files, list)}

    @property
    def drawn(self) -> tuple[str, float] | None:
        """The part that is a fraction of the training files, and the fraction; None where each has files."""
        parts = {"valid": self.valid, "test": self.test}
        return next(((part, share) for part, share in parts.items() if isinstance(share, float)), None)


class FoldsSplit(_Split):
    """k members: each validates on another fold of the training rows; all are evaluated on one test set."""

    kind: Literal["folds"] = Field(description="Cross-validation over train and valid, one test set (variant 1).")
    folds: Whole = Field(5, ge=2, le=100, description="Number of folds, and of members of the ensemble.")
    test: Number = Field(0.2, gt=0, lt=1, description="Fraction of rows for testing: results are reported on them.")
    seed: Whole = _SEED

    cross_validates: ClassVar[bool] = True


class CrossSplit(_Split):
    """k members: each leaves out one fold for validation and one for testing, so that every row is tested."""

    kind: Literal["cross"] = Field(description="Cross-validation over all rows (variant 2).")
    folds: Whole = Field(5, ge=3, le=100, description="Number of folds, and of members.")
    unseen: Literal["random", "sub-ensemble", "ensemble"] = _UNSEEN
    seed: Whole = _SEED

    cross_validates: ClassVar[bool] = True
    every_row_is_tested: ClassVar[bool] = True


class ReversedSplit(_Split):
    """Two members: each is trained on one half of the rows and evaluated on the other."""

    kind: Literal["reversed"] = Field(description="A second training with the halves exchanged.")
    valid: Number = Field(0.2, gt=0, lt=1, description="Fraction of each half for validation: it decides when to stop.")
    unseen: Literal["random", "sub-ensemble", "ensemble"] = _UNSEEN
    seed: Whole = _SEED

    cross_validates: ClassVar[bool] = True
    every_row_is_tested: ClassVar[bool] = True


SplitSection = Annotated[
    SharesSplit | FilesSplit | FoldsSplit | CrossSplit | ReversedSplit, Field(discriminator="kind")
]


def with_split_files(split: SplitSection, change: Callable[[list[str]], list[str]]) -> SplitSection:
    """Return a split with other names of its files.

    Args:
        split: of any kind.
        change: from names of files to those that replace them.

    Returns:
        A copy of a split by file; any other as it is.
    """
    if not isinstance(split, FilesSplit):
        return split
    return split.model_copy(update={part: change(files) for part, files in split.files.items()})
