"""Consistency checks between the `result` section and the rest of an experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netwright.config.data import DataSection
from netwright.config.inputs import InputGroup, columns_of
from netwright.config.result import RESERVED, ResultSection
from netwright.config.targets import Target
from netwright.errors import did_you_mean

__all__ = ["result_disagreements"]


def result_disagreements(
    section: ResultSection | None,
    data: DataSection,
    inputs: Mapping[str, InputGroup],
    targets: Mapping[str, Target],
) -> Iterator[str]:
    """Yield inconsistencies between the `result` section and the inputs and targets.

    Args:
        section: the section, which has passed its own checks; None for an experiment without one.
        data: where the rows come from; samples with cross sections say how many events are expected.
        inputs: input groups by name.
        targets: heads by name.

    Yields:
        One line per mistake, with its path in the file.
    """
    if section is None:
        return
    if data.rows is not None:
        yield (
            f"result: expected yields are those of events, and each row is an element of {data.rows} (data.rows). "
            "Leave result out"
        )
        return
    heads = [name for name, target in targets.items() if target.labels]
    head = section.head or (heads[0] if len(heads) == 1 else None)
    if head is None:
        yield f"result.head: say whose score is used; heads that tell classes apart: {', '.join(heads) or 'none'}"
        return
    if head not in heads:
        yield f'result.head: there is no head "{head}" that tells classes apart.{did_you_mean(head, heads)}'
        return
    if data.samples:
        yield from _of_samples(section, data)
    yield from _classes(section, head, list(targets[head].labels), yields=data.has_yields)
    yield from _weights(section, inputs)


def _of_samples(section: ResultSection, data: DataSection) -> Iterator[str]:
    """Check that nothing is given twice, by samples and by the result."""
    for key in ("luminosity", "processes"):
        if data.has_yields and getattr(section, key):
            yield f"result.{key}: the samples have cross sections, which say how many events are expected. Leave it out"
    if section.weight_variations:
        yield "result.weight_variations: variations of samples belong in data.variations: {NAME_up: {weight: COLUMN}}"
    for name in sorted(set(section.systematics) & set(data.variation_pairs)):
        varied = data.variation_pairs[name][1]
        yield f"result.systematics.{name}: there is a variation {varied} too. Give the two different names"


def _classes(section: ResultSection, head: str, classes: list[str], *, yields: bool) -> Iterator[str]:
    """Check that every class has expected events, and that no unknown class is listed."""
    named = dict(_named(section))
    for name in classes:
        if not yields and name not in named["result.processes"]:
            yield f"result.processes: class {name} of {head} is missing; every class needs its expected events"
    for path, names in named.items():
        for name in names:
            if name not in classes:
                yield f'{path}: there is no class "{name}" of {head}.{did_you_mean(name, classes)}'
    systematics = [path.rpartition(".")[2] for path in named if path != "result.processes"]
    for name in sorted(RESERVED.intersection([*classes, *systematics])):
        yield f"result: {name} has a meaning in limit programs; call the class or systematic otherwise"


def _weights(section: ResultSection, inputs: Mapping[str, InputGroup]) -> Iterator[str]:
    """Check that no input separates the classes but is missing in recorded collisions."""
    for systematic, variations in section.weight_variations.items():
        for column in sorted({column for sides in variations.values() for column in sides}):
            for name, group in inputs.items():
                if column in columns_of(group):
                    yield (
                        f"inputs.{name}: the network may not see column {column}: it is a weight of "
                        f"result.weight_variations.{systematic}. Leave it out."
                    )


def _named(section: ResultSection) -> Iterator[tuple[str, list[str]]]:
    """Yield each path in the section that lists classes, with the classes."""
    yield "result.processes", list(section.processes)
    for name, classes in section.systematics.items():
        yield f"result.systematics.{name}", list(classes)
    for name, columns in section.weight_variations.items():
        yield f"result.weight_variations.{name}", list(columns)
