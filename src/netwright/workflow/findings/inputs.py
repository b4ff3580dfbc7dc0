"""Findings on the inputs of a network: constants, resolution in float32, encoding of missing values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from netwright.config import Experiment, FourVectorsInput, InputGroup, ParticlesInput, parts_of_particles
from netwright.data import NEARLY_CONSTANT, Dataset, Description, Moments, Rows, cut_particles, missing_positions
from netwright.errors import first_few
from netwright.finding import Finding

__all__ = ["cut_findings", "input_findings"]

_CONSTANT, _RESOLUTION = "constant columns", "resolution in float32"  # symptoms, as in an inspection
_ENCODED = 3  # features of each kind whose encoding is shown
_KINDS = 3  # of features, up to which the encoding of each is said
_HARDER = 0.1  # share of particles left out with more pT than one that is taken, where they are not in its order
_MANY_ROWS = 0.02  # share of rows with such particles
_COMPUTED = {  # features that no column holds, and that may be the same in all rows
    "(objects)": {"log_mass", "log_gamma"},  # of massless particles
    "(jet)": {"log_n"},  # where all rows have equally many particles
}
_OF_ROWS = ("jet", "count", "lorentz-boost")  # kinds of features that are missing only in a row without particles


def input_findings(experiment: Experiment, rows: Rows, description: Description) -> list[Finding]:
    """Return findings on the inputs as the network takes them.

    Args:
        experiment: names the groups of inputs.
        rows: all rows.
        description: the description of the training rows of the first fold.

    Returns:
        Findings of severity NOTE and WARN.
    """
    groups = _groups(experiment, description)
    return [*_fine(rows), *_constants(groups, description), *_unsigned(groups), *_missing(experiment, description)]


def _groups(experiment: Experiment, description: Description) -> dict[str, Moments]:
    """Return the moments of the features that the network has, by group, and by kind of features of particles."""
    groups = dict(description.numeric)
    for name, group in experiment.inputs.items():
        if isinstance(group, FourVectorsInput | ParticlesInput):
            vectors = parts_of_particles(group).four_vectors
            unused = {"jet", "count"} - set(() if vectors is None else vectors.features)  # described in any case
            kinds = description.particles[name]
            groups |= {f"{name} ({kind})": moments for kind, moments in kinds.items() if kind not in unused}
    return groups


def _fine(rows: Rows) -> Iterator[Finding]:
    """Yield findings on columns that float32 does not resolve, and how they are handled."""
    for name, columns in rows.fine.items():
        yield Finding(
            _RESOLUTION,
            "NOTE",
            f"inputs.{name}: {', '.join(columns)} is finer than float32; the network takes it as a value and the rest "
            "that float32 loses, and an exported one in float64.",
            tuple(columns),
            see="docs/inspecting.md",
        )
    for name, offset in rows.forms.offsets.items():
        yield Finding(
            _RESOLUTION,
            "NOTE",
            f"targets.{name}: finer than float32; {offset:.15g} is subtracted from it, and added to the prediction.",
            (f"targets.{name}",),
            see="docs/inspecting.md",
        )


def _unsigned(groups: Mapping[str, Moments]) -> Iterator[Finding]:
    """Yield findings on features whose weights cancel, so that place and spread are those of |w|."""
    for name, moments in groups.items():
        if moments.unsigned:
            evidence = f"inputs.{name}: negative weights nearly cancel the others for {', '.join(moments.unsigned)}."
            remedy = "Its mean and deviation are those with |w|, which is as good for scaling. More rows help."
            yield Finding(
                "weights that cancel", "NOTE", evidence, moments.unsigned, remedy=remedy, see="docs/findings.md"
            )


def _constants(groups: Mapping[str, Moments], description: Description) -> Iterator[Finding]:
    """Yield findings on features whose values in the training rows are all the same, or nearly the same."""
    for name, moments in groups.items():
        computed = _COMPUTED.get(name.rpartition(" ")[2], set())
        constant = [feature for feature in moments.constant if feature not in computed]
        nearly = [feature for feature in moments.nearly_constant if feature not in computed]
        if constant:
            listed = ", ".join(constant)
            yield Finding(
                _CONSTANT,
                "WARN",
                f"inputs.{name}: {listed} has only one value.",
                tuple(constant),
                remedy="Leave it out.",
                see="docs/inspecting.md",
            )
        if nearly and name not in description.centres:
            listed = ", ".join(nearly)
            yield Finding(
                _CONSTANT,
                "WARN",
                f"inputs.{name}: values of {listed} are nearly the same.",
                tuple(nearly),
                threshold=f"They should differ by more than {NEARLY_CONSTANT:g} of their size.",
                cause="They may differ by rounding only.",
                remedy="Leave them out, or check how they were computed.",
                see="docs/inspecting.md",
            )


def cut_findings(dataset: Dataset, experiment: Experiment) -> Iterator[Finding]:
    """Yield how many particles are left out, because groups take the first ones of a row.

    Args:
        dataset: the columns.
        experiment: names the groups of inputs.

    Yields:
        NOTE where particles are left out; WARN where more than 2% of the rows lose some of a list that is neither in
        the order of pT nor sorted, so that harder ones are left out than are taken.
    """
    groups = {n: g for n, g in experiment.inputs.items() if isinstance(g, FourVectorsInput | ParticlesInput)}
    cut = {name: found for name, group in groups.items() if (found := cut_particles(dataset, name, group))}
    if not cut:
        return
    names = sorted(cut, key=lambda name: -cut[name].particles)
    shown = [f"{cut[name].particles:.1%} of inputs.{name} ({_taken(groups[name])})" for name in names]
    unsorted = [name for name in names if _sort_column(groups[name]) is None and cut[name].harder > _HARDER]
    worst = max(unsorted, key=lambda name: cut[name].rows, default=None)
    evidence, remedy = f"Behind the first ones of a row, particles are left out: {first_few(shown)}.", ""
    if worst is not None:
        evidence += (
            f" {', '.join(f'inputs.{name}' for name in unsorted)}: lists are not in the order of pT, and some that are "
            f"left out have more than others, in {cut[worst].rows:.1%} of the rows."
        )
        remedy = _sorting(worst, groups[worst])
    yield Finding(
        "particles left out",
        "WARN" if worst is not None and cut[worst].rows > _MANY_ROWS else "NOTE",
        evidence,
        tuple(f"inputs.{name}" for name in names),
        remedy=f"at_most says how many are taken.{remedy}",
        see="docs/particles.md",
    )


def _taken(group: FourVectorsInput | ParticlesInput) -> str:
    column = _sort_column(group)
    return f"first {group.at_most}" if column is None else f"first {group.at_most} by {column}"


def _sort_column(group: FourVectorsInput | ParticlesInput) -> str | None:
    return group.sort_by if isinstance(group, ParticlesInput) else None


def _sorting(name: str, group: FourVectorsInput | ParticlesInput) -> str:
    """Return how the hardest particles come first."""
    vectors = parts_of_particles(group).four_vectors
    if vectors is None or isinstance(vectors.columns, str):
        return ""
    by = dict(zip(vectors.basis.split(","), vectors.columns, strict=True))
    kind = "" if isinstance(group, ParticlesInput) else " with kind: particles"
    return f" The hardest come first with inputs.{name}.sort_by: {by.get('pt') or by['E']}{kind}."


def _missing(experiment: Experiment, description: Description) -> Iterator[Finding]:
    """Yield one finding on where the network encodes missing values and absent particles, in standard deviations."""
    by_group: dict[str, dict[str, dict[str, float]]] = {}
    what = set()
    for name, group in experiment.inputs.items():
        kinds: dict[str, Moments] = {}
        if group.kind == "categorical":
            continue
        if group.kind == "numeric":
            kinds = {} if group.missing is False else {name: description.numeric[name]}
        else:
            kinds = {kind: m for kind, m in description.particles[name].items() if kind not in _OF_ROWS}
        for kind, moments in kinds.items():
            # of particles, those that a row does not have are counted: what is never absent is not told
            encodings = _encodings(moments, only_missing=group.kind != "numeric")
            if encodings:
                label = f"inputs.{name}" if kind == name else f"inputs.{name} ({kind})"
                by_group.setdefault(f"inputs.{name}", {})[label] = encodings
                what |= _what_is_absent(group)
    if by_group:
        evidence = _every_encoding(
            {label: encodings for kinds in by_group.values() for label, encodings in kinds.items()}
        )
        if sum(map(len, by_group.values())) > _KINDS:
            evidence = _encodings_in_short(by_group)
        evidence = f"{' and '.join(sorted(what)).capitalize()} are encoded{evidence}"
        yield Finding("encoding of missing values", "NOTE", evidence, tuple(by_group), see="docs/experiment.md")


def _what_is_absent(group: InputGroup) -> set[str]:
    """Return what is encoded as missing: values of the file, if some are declared, and particles that rows lack."""
    if not isinstance(group, FourVectorsInput | ParticlesInput):
        return {"missing values"}
    parts = parts_of_particles(group)
    sections = [parts.four_vectors, *parts.numbers.values()]
    declared = any(section is not None and section.missing is not False for section in sections)
    return {"absent particles"} | ({"missing values"} if declared else set())


def _every_encoding(by_group: Mapping[str, Mapping[str, float]]) -> str:
    """Return where the first features of each kind have their missing values, as the end of a sentence."""
    texts = "; ".join(f"{label} at {_shown_encodings(encodings)}" for label, encodings in by_group.items())
    return f", in standard deviations, in {texts}."


def _encodings_in_short(by_group: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return how far from the others missing values are, with one feature of each of the first groups."""
    sizes = [abs(value) for kinds in by_group.values() for encodings in kinds.values() for value in encodings.values()]
    first = [
        f"{group} ({_shown_encodings(dict(islice(next(iter(kinds.values())).items(), 1)))})"
        for group, kinds in by_group.items()
    ]
    return (
        f" {min(sizes):.1f} to {max(sizes):.1f} standard deviations from the mean, in "
        f"{len(sizes)} features of {first_few(first, _ENCODED)}. The page of netwright inspect has all."
    )


def _shown_encodings(encodings: Mapping[str, float]) -> str:
    return first_few([f"{name} {value:+.1f}" for name, value in encodings.items()], _ENCODED)


def _encodings(moments: Moments, *, only_missing: bool) -> dict[str, float]:
    """Return where features have their missing values; of those alone that have some, if asked."""
    return {
        name: float(value)
        for name, value, share in zip(moments.names, missing_positions(moments), moments.missing, strict=True)
        if share > 0 or not only_missing
    }
