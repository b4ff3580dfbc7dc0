"""All lines of a folder, held against what is true of each program, and counted."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faultbench.faults import Case, cases
from faultbench.healthy import Healthy, healthy_trainings
from faultbench.intervals import fraction
from faultbench.judge import SIZE_OF_HARM, alarms, is_healthy, is_mended, right_at
from faultbench.lines import Line, read

__all__ = ["Results", "Score", "Verdict", "count_mended", "score"]

Verdict = list[tuple[set[str], int]]
"""For each alarm, in order: what it may be called, and the step it was raised at."""


@dataclass
class Score:
    """Counts of one tool on one set of tasks."""

    faulty: int = 0
    detected: int = 0
    first: int = 0
    among_three: int = 0
    healthy: int = 0
    alarmed: int = 0
    false_alarms: int = 0
    tried: int = 0
    mended: int = 0
    steps: list[float] = field(default_factory=list)

    @property
    def row(self) -> str:
        """The cells of the table."""
        steps = f"{100 * statistics.median(self.steps):.0f}%" if self.steps else "-"
        per_run = f"{self.false_alarms / self.healthy:.2f}" if self.healthy else "-"
        cells = (
            fraction(self.detected, self.faulty),
            fraction(self.detected, self.detected + self.alarmed),
            fraction(self.alarmed, self.healthy),
            per_run,
            fraction(self.first, self.detected),
            fraction(self.among_three, self.detected),
            fraction(self.mended, self.tried),
            steps,
        )
        return " | ".join(cells)


class Results:
    """All lines of a folder, and what is true of each program.

    Args:
        folder: of the results.
        kind: name of the doctor whose lines are judged.
        seeds: that were asked for.
    """

    def __init__(self, folder: Path, kind: str | None, seeds: int) -> None:
        self.truth = read(folder, "truth")
        self.said = read(folder, kind) if kind else {}
        self.mended = read(folder, f"mended-{kind}") if kind else {}
        self.cases = [case for case in cases(seeds) if {case.twin.key, case.faulty.key} <= self.truth.keys()]
        self.healthy = [training for training in healthy_trainings() if training.program.key in self.truth]

    @property
    def untouched(self) -> tuple[int, int]:
        """How many trainings have the same skills with the doctor and without it, and how many were made twice."""
        twice = {key: line for key, line in self.said.items() if "together" not in line and key in self.truth}
        return sum(line["skills"] == self.truth[key]["skills"] for key, line in twice.items()), len(twice)

    def harm(self, case: Case) -> float:
        """Return by how much the fault lowers the skill."""
        twin, faulty = self.truth[case.twin.key], self.truth[case.faulty.key]
        return float(twin["skills"][case.fault.skill] - faulty["skills"][case.fault.skill])

    def counted(self) -> Iterator[Case]:
        """Yield the cases whose fault does harm."""
        return (case for case in self.cases if self.harm(case) >= SIZE_OF_HARM)

    def truly_healthy(self) -> Iterator[Healthy]:
        """Yield the healthy trainings that are healthy."""
        for one in self.healthy:
            skill = "balanced" if "rare class" in one.program.data.changes else "quality"
            if is_healthy(self.truth[one.program.key], skill):
                yield one

    def was_mended(self, case: Case) -> bool | None:
        """Return whether the first remedy brought the program to within 2% of its twin; None where it was not tried."""
        line = self.mended.get(case.faulty.key)
        if line is None:
            return None
        if not line["skills"]:
            return False
        skill = case.fault.skill
        twin, faulty = (self.truth[key]["skills"][skill] for key in (case.twin.key, case.faulty.key))
        return is_mended(line["skills"][skill], twin, faulty)

    def doctor(self, key: str) -> Verdict | None:
        """Return what the doctor said of a program; None where it did not look."""
        line = self.said.get(key)
        return None if line is None else [({alarm["symptom"]}, alarm["step"] or 0) for alarm in alarms(line)]

    def rival(self, name: str) -> Callable[[str], Verdict | None]:
        """Return what gives the verdicts of another tool."""

        def verdict(key: str) -> Verdict | None:
            line = self.truth[key]
            if not line["rivals"] and not line["error"]:  # it came of a remedy, where only the skill was asked
                return None
            return [(set(names), step) for _, step, names in line["rivals"].get(name, [])]

        return verdict


def score(results: Results, verdict: Callable[[str], Verdict | None], *, development: bool) -> Score:
    """Count one tool on the tasks for development, or on those for the end.

    Args:
        results: all of them.
        verdict: of the tool on a program.
        development: which tasks.

    Returns:
        The counts.
    """
    counts = Score()
    for case in results.counted():
        said = verdict(case.faulty.key)
        if case.development == development and said is not None:
            _count_faulty(counts, case, said, results.truth[case.faulty.key])
    for one in results.truly_healthy():
        said = verdict(one.program.key)
        if one.development == development and said is not None:
            counts.healthy += 1
            counts.alarmed += bool(said)
            counts.false_alarms += len(said)
    return counts


def _count_faulty(counts: Score, case: Case, said: Verdict, line: Line) -> None:
    counts.faulty += 1
    if not said:
        return
    counts.detected += 1
    place = right_at([names for names, _ in said], case.fault.causes)
    counts.first += place == 0
    counts.among_three += place is not None and place < 3
    counts.steps.append(min(min(step for _, step in said) / max(line["steps"], 1), 1.0))


def count_mended(counts: Score, results: Results, *, development: bool) -> None:
    """Add how many remedies were right, of the faults that were detected."""
    for case in results.counted():
        mended = results.was_mended(case)
        if case.development == development and mended is not None:
            counts.tried += 1
            counts.mended += mended
