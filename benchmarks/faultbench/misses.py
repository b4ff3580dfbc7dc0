"""Each miss, wrong cause, useless remedy and false alarm of the doctor, as a line to learn from."""

from __future__ import annotations

from collections.abc import Iterator

from faultbench.judge import alarms
from faultbench.results import Results

__all__ = ["misses"]


def misses(results: Results, *, development: bool) -> Iterator[str]:
    """Yield a line for each miss, wrong first cause, false alarm and useless remedy of the doctor.

    Args:
        results: all of them.
        development: of which tasks.

    Yields:
        What was found and what was true.
    """
    for case in results.counted():
        said = results.said.get(case.faulty.key)
        if said is None or case.development != development:
            continue
        symptoms = [alarm["symptom"] for alarm in alarms(said)]
        if not symptoms:
            yield f"MISS | {case.name} | true: {sorted(case.fault.causes)} | harm {results.harm(case):.2f}"
        elif symptoms[0] not in case.fault.causes:
            yield f"CAUSE | {case.name} | found {symptoms[:4]} | true: {sorted(case.fault.causes)}"
        elif not results.was_mended(case) is not False:
            yield f"REMEDY | {case.name} | {alarms(said)[0]['remedy'][:140]}"
    for one in results.truly_healthy():
        said = results.said.get(one.program.key)
        if said is not None and one.development == development:
            yield from (f"FALSE ALARM | {one.name} | {a['symptom']}: {a['evidence'][:160]}" for a in alarms(said))
