"""The share of one process: truth and other tools, the doctor, and the remedies followed."""

from __future__ import annotations

import hashlib
import importlib.util
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from faultbench.baselines import best_simple
from faultbench.faults import Case, cases
from faultbench.healthy import Healthy, healthy_trainings
from faultbench.judge import SIZE_OF_HARM, alarms
from faultbench.lines import Line, Lines, read
from faultbench.measure import Trained, train
from faultbench.networks import targets
from faultbench.programs import Program
from faultbench.remedies import Advice, mend
from faultbench.rivals import RIVALS, Watcher
from faultbench.rows import draw

__all__ = ["Choice", "doctor_kind", "work"]


@dataclass(frozen=True)
class Choice:
    """What is to be done.

    Args:
        folder: of the results.
        seeds: of each fault.
        development: only tasks that the doctor may be developed on; False for all tasks.
        every: one in so many cases and healthy trainings.
        shard: number of this process.
        shards: how many processes share the work.
        until: time of `time.monotonic` after which no program is trained for the first time.
        end: the same after which no remedy is followed.
    """

    folder: Path
    seeds: int
    development: bool
    every: int
    shard: int
    shards: int
    until: float
    end: float


def doctor_kind() -> str | None:
    """Name the doctor by its source, so that another version judges again; None where there is none."""
    package = importlib.util.find_spec("netwright")
    folder = Path(str(package.origin)).parent / "doctor" if package and package.origin else None
    if folder is None or not folder.is_dir():
        return None
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return f"doctor-{digest.hexdigest()[:8]}"


def chosen(choice: Choice) -> tuple[list[Case], list[Healthy]]:
    """Return the cases, tasks kept for the end first and of these first seeds first, and the healthy trainings."""
    faulty = [case for case in cases(choice.seeds) if case.development or not choice.development]
    healthy = [training for training in healthy_trainings() if training.development or not choice.development]
    # the tasks kept for the end come first, faults in an order that means nothing: a run that is cut short has some of
    # all of them
    faulty.sort(key=lambda case: (case.development, case.faulty.seed, case.faulty.key))
    healthy.sort(key=lambda one: (one.development, one.program.key))
    return faulty[:: choice.every], healthy[:: choice.every]


def work(choice: Choice) -> None:
    """Do the share of this process, and write each result as it comes.

    Args:
        choice: what is to be done.
    """
    faulty, healthy = chosen(choice)
    programs = _in_turn(faulty, healthy)
    mine = list(_of_this_process(programs, choice))
    truth = Lines(choice.folder, "truth", choice.shard)
    kind = doctor_kind()
    said = Lines(choice.folder, kind, choice.shard) if kind else None
    for program, compare in mine:
        if time.monotonic() > choice.until:
            break
        if program.key not in truth:
            # the doctor looks at the same training: that it changes nothing is seen where it judges again
            new = said is not None and program.key not in said
            line, findings = truth_of(program, compare=compare, doctor=new)
            truth.add(line)
            if new and said is not None:
                said.add({**line, "rivals": {}, "findings": findings, "together": True})
        elif said is not None and program.key not in said:
            said.add(examined(program))
    if said is not None and kind is not None:
        follow_remedies(faulty, choice, kind, truth)


def _in_turn(faulty: Sequence[Case], healthy: Sequence[Healthy]) -> list[tuple[Program, bool]]:
    """Put healthy trainings evenly between the faulty programs of the first seed."""
    programs = [(program, False) for case in faulty for program in (case.twin, case.faulty)]
    first = sum(2 for case in faulty if case.faulty.seed == 0)
    for number, one in reversed(list(enumerate(healthy))):
        programs.insert(number * first // max(len(healthy), 1), (one.program, True))
    return programs


def _of_this_process(programs: Sequence[tuple[Program, bool]], choice: Choice) -> Iterator[tuple[Program, bool]]:
    seen = set()
    for program, compare in programs:
        # by the key without the seed, so that the seeds of one program share what one process compiled
        share = int(hashlib.sha256(repr((program.data, program.network, program.heads)).encode()).hexdigest(), 16)
        if program.key not in seen and share % choice.shards == choice.shard:
            seen.add(program.key)
            yield program, compare


def truth_of(program: Program, *, compare: bool, doctor: bool = False) -> tuple[Line, list[Line]]:
    """Train a program, with the other tools looking on.

    Args:
        program: what is trained.
        compare: whether simple models are trained on the same rows.
        doctor: whether the doctor looks on as well.

    Returns:
        What came of it, and what the doctor found.
    """
    rows = draw(program.data, program.seed)
    watchers: list[Any] = [Watcher(rows.train.x, targets(program, rows.train))]
    if doctor:
        from netwright.doctor import DoctorCallback

        watchers.append(DoctorCallback())
    trained = train(program, lambda: watchers)
    line = _line(program, trained)
    line["rivals"] = {} if trained.error else {name: _said(rule, watchers[0]) for name, rule in RIVALS.items()}
    if compare:
        line["simple"] = {name: best_simple(program, rows, name) for name in ("quality", "balanced")}
    return line, [_finding(finding) for finding in watchers[1].findings] if doctor else []


def _line(program: Program, trained: Trained) -> Line:
    return {"key": program.key, **asdict(trained)}


def _said(rule: Any, watcher: Watcher) -> list[Any]:  # noqa: ANN401 - a Rival
    first: dict[str, Any] = {}
    for said in rule(watcher):
        first.setdefault(said.rule, [said.rule, said.step, list(said.names)])
    return list(first.values())


def examined(program: Program) -> Line:
    """Train a program with the doctor alone, and return what it found."""
    from netwright.doctor import DoctorCallback

    doctor = DoctorCallback()
    trained = train(program, lambda: [doctor])
    return {**_line(program, trained), "findings": [_finding(finding) for finding in doctor.findings]}


def _finding(finding: Any) -> Line:  # noqa: ANN401 - a netwright.finding.Finding
    names = ("symptom", "severity", "confidence", "layer", "step", "evidence", "cause", "remedy")
    return {name: getattr(finding, name) for name in names}


def follow_remedies(faulty: Sequence[Case], choice: Choice, kind: str, truth: Lines) -> None:
    """Follow the remedy of the first alarm of each faulty program, and train what comes of it.

    Args:
        faulty: the cases, of which every so many are this process's.
        choice: what is to be done.
        kind: of the lines of the doctor.
        truth: what is known already; a mended program that equals a known one is not trained again.
    """
    mended = Lines(choice.folder, f"mended-{kind}", choice.shard)
    lines = read(choice.folder, kind)
    for number, case in enumerate(faulty):
        line, twin, broken = (store.get(key) for store, key in (
            (lines, case.faulty.key), (truth.known, case.twin.key), (truth.known, case.faulty.key)))  # fmt: skip
        late = time.monotonic() > choice.end
        if (
            late
            or number % choice.shards != choice.shard
            or case.faulty.key in mended
            or not (line and twin and broken)
        ):
            continue
        harm = twin["skills"][case.fault.skill] - broken["skills"][case.fault.skill]
        if harm >= SIZE_OF_HARM and alarms(line):
            mended.add(_followed(case, alarms(line)[0], truth))


def _followed(case: Case, finding: Line, truth: Lines) -> Line:
    line: Line = {"key": case.faulty.key, "symptom": finding["symptom"], "mended": None, "skills": None}
    try:
        program = mend(case.faulty, Advice(*(finding[name] for name in ("symptom", "cause", "remedy", "layer"))))
    except (KeyError, ValueError):
        line["error"] = traceback.format_exc(limit=1)
        return line
    if program is not None:
        if program.key not in truth:
            truth.add({**_line(program, train(program)), "rivals": {}})
        line |= {"mended": program.key, "skills": truth.known[program.key]["skills"]}
    return line
