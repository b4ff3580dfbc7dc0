"""From counted results to the tables of RESULTS.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from faultbench.faults import Case
from faultbench.healthy import Healthy
from faultbench.intervals import fraction
from faultbench.judge import SIZE_OF_HARM, alarms, right_at
from faultbench.results import Results, count_mended, score
from faultbench.rivals import RIVALS

__all__ = ["report"]

CONFIDENCES: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)

HEADER: Final = (
    "| tool | recall | precision | healthy runs with a false alarm | false alarms per healthy run | first cause right "
    "| right among three | remedy right | found after (median) |\n|---|---|---|---|---|---|---|---|---|"
)


def report(results: Results) -> str:
    """Return the tables as Markdown.

    Args:
        results: all of them.

    Returns:
        One table for each set of tasks, and what they stand on.
    """
    titles = ((False, "Tasks kept for the end"), (True, "Tasks for development"))
    tables = (_table(results, title, development=development) for development, title in titles)
    parts = [_what_was_run(results), *tables]
    if results.said:
        parts += [_by_fault(results), _calibration(results)]
    return "\n\n".join(parts)


def _table(results: Results, title: str, *, development: bool) -> str:
    lines = [f"### {title}", "", HEADER]
    if results.said:
        own = score(results, results.doctor, development=development)
        count_mended(own, results, development=development)
        lines.append(f"| **netwright** | {own.row} |")
    rivals = ((name, score(results, results.rival(name), development=development)) for name in RIVALS)
    return "\n".join([*lines, *(f"| {name} | {counts.row} |" for name, counts in rivals)])


def _what_was_run(results: Results) -> str:
    counted, healthy = list(results.counted()), list(results.truly_healthy())
    untouched, twice = results.untouched
    scripts = sum(case.style == "script" for case in counted)
    return (
        f"{len(results.cases)} faulty programs of {len({case.fault.name for case in results.cases})} faults were "
        f"trained, each with its healthy twin; in {len(counted)} the fault did harm (skill lower by {SIZE_OF_HARM:g} "
        f"or more), {scripts} of them plain scripts. Of {len(results.healthy)} healthy trainings {len(healthy)} "
        f"reached what was asked of them; the others are not counted. The doctor judged "
        f"{_judged(results, counted)} faulty and {_judged_healthy(results, healthy)} healthy ones of these; "
        f"{untouched} of {twice} trainings that were made with it and without it ended with the same skills, to the "
        f"last bit."
    )


def _judged(results: Results, counted: Sequence[Case]) -> int:
    return sum(case.faulty.key in results.said for case in counted)


def _judged_healthy(results: Results, healthy: Sequence[Healthy]) -> int:
    return sum(one.program.key in results.said for one in healthy)


def _by_fault(results: Results) -> str:
    by_name = defaultdict(list)
    for case in results.counted():
        if case.faulty.key in results.said:
            by_name[case.fault.name].append(case)
    lines = [
        "### By fault",
        "",
        "| fault | programs | detected | first cause right | remedy right |",
        "|---|---|---|---|---|",
    ]
    for name, of_fault in by_name.items():
        result = [alarms(results.said[case.faulty.key]) for case in of_fault]
        right = sum(bool(a) and a[0]["symptom"] in c.fault.causes for a, c in zip(result, of_fault, strict=True))
        mended = sum(results.was_mended(case) is True for case in of_fault)
        lines.append(f"| {name} | {len(of_fault)} | {sum(map(bool, result))} | {right} | {mended} |")
    return "\n".join(lines)


def _calibration(results: Results) -> str:
    """Confidence of first alarms against how often they are right; on a healthy training an alarm is wrong."""
    outcomes = []
    for case in results.counted():
        result = alarms(results.said.get(case.faulty.key, {}))
        if result:
            outcomes.append((result[0]["confidence"], right_at([{result[0]["symptom"]}], case.fault.causes) == 0))
    for one in results.truly_healthy():
        result = alarms(results.said.get(one.program.key, {}))
        if result:
            outcomes.append((result[0]["confidence"], False))
    lines = [
        "### Confidence of first alarms",
        "",
        "| confidence | alarms | mean confidence | right |",
        "|---|---|---|---|",
    ]
    for low, high in pairwise(CONFIDENCES):
        inside = [(confidence, right) for confidence, right in outcomes if low <= confidence < high]
        if inside:
            mean = np.mean([confidence for confidence, _ in inside])
            right = fraction(sum(right for _, right in inside), len(inside))
            lines.append(f"| {low:g} to {min(high, 1):g} | {len(inside)} | {mean:.2f} | {right} |")
    return "\n".join(lines)
