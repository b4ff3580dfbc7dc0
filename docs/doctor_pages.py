"""Write the pages of the doctor's symptoms, docs/doctor/NAME.md, with figures of real faulty trainings.

    python docs/doctor_pages.py             # the texts of all pages; figures and quotations stay
    python docs/doctor_pages.py dead-units  # trains the fault and its healthy twin as well, for these pages

Faults and twins are those of benchmarks/faultbench, on its small tasks; what the doctor says of them is quoted from
docs/doctor/said.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

os.environ.setdefault("KERAS_BACKEND", "jax")

FOLDER = Path(__file__).with_name("doctor")
SAID = FOLDER / "said.json"


@dataclass(frozen=True)
class Page:
    """What a page says beside the rule.

    Attributes:
        why: why it happens.
        do: what to do.
        fault: of benchmarks/faultbench that shows it; empty where one of docs/doctor_examples.py does.
        task: of benchmarks/faultbench.
        shown: what the figure of an example shows.
    """

    why: str
    do: str
    fault: str = ""
    task: str = "circles"
    shown: str = ""


def pages() -> dict[str, Page]:
    """Read what the pages say, by symptom."""
    read = yaml.safe_load((FOLDER / "pages.yaml").read_text(encoding="utf-8"))
    return {symptom: Page(**values) for symptom, values in read.items()}


def main() -> None:
    """Write pages, and train for those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="pages to train for, as in dead-units; all for all")
    options = parser.parse_args()
    recorded = json.loads(SAID.read_text(encoding="utf-8")) if SAID.exists() else {}
    for symptom, page in pages().items():
        if "all" in options.pages or name_of(symptom) in options.pages:
            if finding := figure(symptom, page) if page.fault else example(symptom):
                recorded[symptom] = finding
            SAID.write_text(json.dumps(dict(sorted(recorded.items())), indent=1) + "\n", encoding="utf-8")
    for symptom, page in pages().items():
        (FOLDER / f"{name_of(symptom)}.md").write_text(text_of(symptom, page, recorded), encoding="utf-8")


def name_of(symptom: str) -> str:
    """Return the name of a page, without its suffix."""
    return symptom.replace(" ", "-")


def text_of(symptom: str, page: Page, recorded: dict[str, dict[str, str]]) -> str:
    """Return the text of a page."""
    from netwright.doctor.registry import SYMPTOMS

    rules = [rule for rule in SYMPTOMS if rule.name == symptom]
    lines = [f"# {symptom[0].upper()}{symptom[1:]}", ""]
    if symptom in recorded:
        finding = recorded[symptom]
        picture = page.shown or "Losses and skill of a training with this fault, and of its healthy twin"
        twins = f"A training with this fault ({page.fault}), and the same without it. Of the first, the doctor says:"
        lines += [
            "## How it looks",
            "",
            f"![{picture}]({name_of(symptom)}.png)",
            "",
            f"{page.shown}. The doctor says:" if page.shown else twins,
            "",
            f"> **{finding['cause']}** {finding['evidence']} {finding['remedy']}",
            "",
        ]
    lines += ["## Why it happens", "", page.why, "", "## What to do", "", page.do, "", "## When the doctor says so", ""]
    for rule in rules:
        lines += [f"Where this does not hold: {rule.threshold}", "", f"When it is silent: {rule.silent}", ""]
    return "\n".join([*lines, "[All symptoms](../doctor.md#symptoms)", ""])


def figure(symptom: str, page: Page) -> dict[str, str]:
    """Train a fault and its healthy twin, draw both, and return what the doctor says first of the fault."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
    from faultbench.faults import cases

    case = next(one for one in cases(1) if one.fault.name == page.fault and one.task == page.task)
    ill, healthy = watched(case.faulty), watched(case.twin)
    alarms = [finding for finding in ill.findings if finding.severity in {"FAIL", "WARN"}]
    first = next((one for one in alarms if one.symptom == symptom), alarms[0] if alarms else None)
    if first is None:
        sys.stdout.write(f"{symptom}: the doctor found nothing; name another task in pages.yaml\n")
        return {}
    draw(ill, healthy, FOLDER / f"{name_of(symptom)}.png")
    sys.stdout.write(f"{symptom}: {first.symptom}: {first.cause}\n")
    return {"cause": first.cause, "evidence": first.evidence, "remedy": first.remedy}


def example(symptom: str) -> dict[str, str]:
    """Train and draw an example of docs/doctor_examples.py, and return what the doctor says of it."""
    import matplotlib.style
    from doctor_examples import EXAMPLES
    from matplotlib.figure import Figure

    from netwright.plots._style import STYLE

    with matplotlib.style.context(STYLE, after_reset=True):
        sheet = Figure(figsize=(9, 4.2), layout="constrained")
        result = EXAMPLES[symptom](sheet)
        sheet.savefig(FOLDER / f"{name_of(symptom)}.png", dpi=60, metadata={"Software": "netwright"})
    sys.stdout.write(f"{symptom}: {result.cause}\n")
    return {"cause": result.cause, "evidence": result.evidence, "remedy": result.remedy}


def watched(program: Any) -> Any:  # noqa: ANN401  # a program and the doctor's callback
    """Train a program under the eyes of the doctor."""
    from faultbench.measure import train

    from netwright.doctor import DoctorCallback

    doctor = DoctorCallback()
    train(program, lambda: [doctor])
    return doctor


def draw(ill: Any, healthy: Any, path: Path) -> None:  # noqa: ANN401
    """Draw the losses of both trainings, and how well both networks do compared with a simple method."""
    import matplotlib.style
    from matplotlib.figure import Figure

    from netwright.plots._style import COLOURS, GREY, STYLE

    with matplotlib.style.context(STYLE, after_reset=True):
        sheet = Figure(figsize=(11, 4.2), layout="constrained")
        losses, bars = sheet.subplots(1, 2, width_ratios=(2, 1))
        for doctor, colour, name in ((healthy, GREY, "healthy"), (ill, COLOURS[1], "faulty")):
            history = doctor.case.history
            epochs = range(1, history.epochs + 1)
            marker = "o" if history.epochs < 3 else ""  # no line
            losses.plot(epochs, history["loss"], color=colour, marker=marker, label=f"{name}, training")
            if len(history["val_loss"]):
                losses.plot(
                    epochs, history["val_loss"], color=colour, ls="--", marker=marker, label=f"{name}, validation"
                )
        losses.set_xlabel("epoch")
        losses.set_ylabel("loss")
        losses.legend(fontsize=10)
        for place, (doctor, colour) in enumerate(((healthy, GREY), (ill, COLOURS[1]))):
            skills = [case.skill for case in doctor.cases if case.skill is not None]
            skill = min(skills, key=lambda one: one.network, default=None)  # of the head that does worst
            if skill is not None:
                bars.bar(place, max(skill.network, 0.0), color=colour, width=0.6)
                bars.plot([place - 0.4, place + 0.4], [skill.baseline] * 2, color="black", lw=2)
        bars.set_xticks([0, 1], ["healthy", "faulty"])
        bars.set_ylim(0, 1.05)
        bars.set_title("training rows right, or variance explained;\nline: simple method, on unseen rows", fontsize=10)
        bars.minorticks_off()
        sheet.savefig(path, dpi=60, metadata={"Software": "netwright"})


if __name__ == "__main__":
    main()
