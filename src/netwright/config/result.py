"""The `result` section: what is expected in recorded collisions, for limits and significances."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from netwright.section import Name, Number, Section, Whole

__all__ = [
    "RESERVED",
    "TRAINED_FOR",
    "CrossSection",
    "Luminosity",
    "ProcessSection",
    "ResultSection",
    "femtobarns",
    "inverse_femtobarns",
]

RESERVED = {"data_obs", "mu", "r"}
"""Names with a meaning for Combine and HistFactory."""

TRAINED_FOR = frozenset({"significance", "limit"})
"""Results that can select an epoch, be the loss of a head, or the objective of a search."""

_PREFIXES = {"": 1e15, "m": 1e12, "u": 1e9, "µ": 1e9, "μ": 1e9, "n": 1e6, "p": 1e3, "f": 1.0, "a": 1e-3}
_NUMBER = r"\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*"
_CROSS_SECTION = re.compile(rf"{_NUMBER}([munpfaµμ]?)b\s*")
_LUMINOSITY = re.compile(rf"{_NUMBER}(?:1?/\s*([munpfaµμ]?)b|([munpfaµμ]?)b\s*(?:\^?-1|⁻¹))\s*")


def femtobarns(text: str) -> float:
    """Convert a cross section to fb.

    Args:
        text: a number with its unit, such as ``33.5 fb`` or ``0.83 nb``.

    Returns:
        The cross section, in fb.

    Raises:
        ValueError: the text is not a positive number with a unit of cross section.

    Example:
        >>> femtobarns("0.83 nb")
        830000.0
    """
    match = _CROSS_SECTION.fullmatch(text)
    value = _positive(match[1]) if match else None
    if match is None or value is None:
        msg = "Input should be a positive cross section with its unit, for example 33.5 fb or 0.83 nb"
        raise ValueError(msg)
    return value * _PREFIXES[match[2]]


def inverse_femtobarns(text: str) -> float:
    """Convert an integrated luminosity to 1/fb.

    Args:
        text: a number with its unit, such as ``138 fb-1`` or ``20 /pb``.

    Returns:
        The luminosity, in 1/fb.

    Raises:
        ValueError: the text is not a positive number with a unit of luminosity.

    Example:
        >>> inverse_femtobarns("138 fb-1"), inverse_femtobarns("20 /pb")
        (138.0, 0.02)
    """
    match = _LUMINOSITY.fullmatch(text)
    value = _positive(match[1]) if match else None
    if match is None or value is None:
        msg = "Input should be a positive luminosity with its unit, for example 138 fb-1 or 20 /pb"
        raise ValueError(msg)
    return value / _PREFIXES[match[2] if match[2] is not None else match[3]]


def _positive(number: str) -> float | None:
    try:
        value = float(number)
    except ValueError:  # such as 1.2.3
        return None
    return value if 0 < value < float("inf") else None


def _text_with_unit(read: Any) -> BeforeValidator:  # noqa: ANN401
    """Validate a text with a unit, and keep it as written; a number has no unit."""

    def check(value: object) -> object:
        read(str(value))
        return value

    return BeforeValidator(check)


def _both_sides(value: object) -> object:
    """Expand a factor k to the pair 1/k and k."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return [1 / value, value]
    return value


Luminosity = Annotated[str, _text_with_unit(inverse_femtobarns)]
CrossSection = Annotated[str, _text_with_unit(femtobarns)]
Factors = Annotated[
    list[Annotated[Number, Field(gt=0)]], BeforeValidator(_both_sides), Field(min_length=2, max_length=2)
]
WeightColumns = Annotated[list[str], Field(min_length=2, max_length=2)]


class ProcessSection(Section):
    """The expected events of a class, counted as the events are in the files, after any selection."""

    cross_section: CrossSection | None = Field(None, description="With its unit, such as 33.5 fb.")
    events: Number | None = Field(None, gt=0, description="Expected number of events, instead of a cross section.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.cross_section is None) == (self.events is None):
            msg = "give either cross_section or events, received " + ("neither" if self.events is None else "both")
            raise ValueError(msg)
        return self


class ResultSection(Section):
    """The expected events in recorded collisions, from which `netwright limit` computes limits and significances."""

    head: str | None = Field(None, description="Head whose score is used; by default the only classification head.")
    luminosity: Luminosity | None = Field(
        None, description="With its unit, such as 138 fb-1; needed for cross sections."
    )
    processes: dict[Name, ProcessSection] = Field(
        default_factory=dict,
        description="Expected events of each class of the head; leave it out if samples have cross sections.",
    )
    systematics: dict[Name, dict[Name, Factors]] = Field(
        default_factory=dict,
        description=(
            "Uncertainties of yields: for each name and class a factor k at +1σ (1/k at -1σ), or both as [0.9, "
            "1.12]. Classes under one name are fully correlated."
        ),
    )
    weight_variations: dict[Name, dict[Name, WeightColumns]] = Field(
        default_factory=dict,
        description=(
            "Uncertainties of templates: for each name and class the columns of the event weight at -1σ and +1σ."
        ),
    )
    binning: Literal["optimal", "quantiles"] = Field(
        "optimal",
        description=(
            "How to choose bins of the score on validation rows. optimal: largest summed significance; "
            "quantiles: equal fractions of the signal."
        ),
    )
    bins: Whole = Field(10, ge=1, le=10, description="Maximum number of bins.")
    background_events: Number = Field(3.0, gt=0, description="Minimum expected background in a bin.")
    relative_uncertainty: Number = Field(
        0.2, gt=0, description="Maximum √Σw²/Σw of the simulated background in a bin; 0.2 needs 25 effective rows."
    )
    confidence_level: Number = Field(0.95, gt=0, lt=1, description="Confidence level of the upper limit.")
    replicas: Whole = Field(
        50,
        ge=2,
        le=10_000,
        description="Number of bootstrap replicas of the simulated sample, for the statistical uncertainty.",
    )
    seed: Whole = Field(1, ge=0, lt=2**31, description="Seed of the replicas.")

    def expected_events(self, process: str) -> float:
        """Return how many events of a class are expected.

        Args:
            process: name of the class.

        Returns:
            The cross section times the luminosity, σ L, or the number given in the file.
        """
        section = self.processes[process]
        if section.events is not None:
            return float(section.events)
        return femtobarns(str(section.cross_section)) * inverse_femtobarns(str(self.luminosity))

    @model_validator(mode="after")
    def _cross_sections_need_a_luminosity(self) -> Self:
        needing = [name for name, process in self.processes.items() if process.cross_section is not None]
        if needing and self.luminosity is None:
            msg = (
                f"luminosity is missing, and processes.{needing[0]} has a cross section. Add for example luminosity: "
                "138 fb-1, or give events instead of cross sections"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _systematics_have_names_of_their_own(self) -> Self:
        shared = sorted(set(self.systematics) & set(self.weight_variations))
        if shared:
            msg = f"{shared[0]} stands in systematics and in weight_variations. Give the two different names"
            raise ValueError(msg)
        for kind, named in (("systematics", self.systematics), ("weight_variations", self.weight_variations)):
            for systematic, classes in named.items():
                if not classes:
                    msg = f"{kind}.{systematic} names no class. Name one, or leave {systematic} out"
                    raise ValueError(msg)
        return self
