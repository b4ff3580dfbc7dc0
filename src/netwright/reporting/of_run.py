"""The report of a run, from what its directory holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import Experiment, InputGroup, ParticlesInput, Target, columns_of, dump_experiment
from netwright.data import PARTS, SampleYield
from netwright.evaluation import as_measured
from netwright.file_names import in_command
from netwright.finding import Finding, worst_severity
from netwright.lab import Run, refuse_folder, training_seconds
from netwright.metrics import Measured
from netwright.models import first_member
from netwright.reporting._content import (
    ColumnFacts,
    Headline,
    LayerFacts,
    PartFacts,
    ReportContent,
)
from netwright.reporting._figures import pictures_in
from netwright.reporting._result import result_headlines
from netwright.reporting._train_test import TRAIN_TEST
from netwright.reporting._write import write_report
from netwright.tasks import task_of

__all__ = ["report_run"]

_LIMITS = (
    "Uncertainties are statistical, from these rows; they do not include the spread over trainings with other seeds.",
    (
        "The network is evaluated on simulated rows like those it was trained on. The measurement that uses it must "
        "show agreement with recorded collisions, and determine systematic uncertainties."
    ),
    "Early stopping used the validation rows, so their numbers are optimistic; quote those of the test rows.",
)


def report_run(run: Run) -> Path:
    """Write the report of a run, from its files.

    Args:
        run: the run, trained, evaluated and drawn.

    Returns:
        The path of ``report.html``.

    Raises:
        RunError: the run has no evaluation, findings, history or environment.
    """
    refuse_folder(run.path / "report.html")
    evaluation = as_measured(run.evaluation)
    table = run.predictions()
    environment = run.read_json("environment.json")
    members = len(run.read_json("training.json")["members"])
    findings = run.findings
    state, verdict = _verdict(findings)
    experiment = run.experiment
    units = {head: target.value_unit for head, target in experiment.targets.items()}
    content = ReportContent(
        title=experiment.name,
        purpose=_purpose(experiment.targets),
        state=state,
        verdict=verdict,
        headlines=[*_headlines(evaluation["test"], experiment.targets), *result_headlines(run)],
        findings=findings,
        files=experiment.data.every_file,
        parts=[_part(name, table, experiment.targets) for name in PARTS],
        inputs=[_input_facts(name, group) for name, group in experiment.inputs.items()],
        targets=[_target_facts(name, target) for name, target in experiment.targets.items()],
        layers=[_layer_facts(layer) for layer in first_member(run.model).layers],
        settings={key.replace("_", " "): str(value) for key, value in _flat(experiment.training.model_dump())},
        training=_training_facts(run),
        evaluation=evaluation,
        units={head: unit for head, unit in units.items() if unit},
        pictures=list(pictures_in(run.figures, members=members)),
        experiment=dump_experiment(experiment),
        environment={key: str(value) for key, value in _flat(environment) if key != "command"},
        commands=[
            f"netwright train {in_command(run.path / 'experiment.yaml')}",
            f"netwright evaluate {in_command(run.path)}",
            f"netwright export {in_command(run.path)} -o model.onnx",
        ],
        limits=_LIMITS,
        choice=_choice(experiment),
        samples=[SampleYield(**sample) for sample in run.read_json("split.json").get("samples", [])],
    )
    return write_report(content, run.path / "report.html")


def _verdict(findings: Sequence[Finding]) -> tuple[Literal["good", "caution", "bad"], str]:
    """Return the state of a run, by its worst finding, and whether training and test rows agree, in words."""
    sentences = [
        finding.sentence for finding in findings if finding.symptom == TRAIN_TEST and finding.severity != "PASS"
    ]
    sentences = sentences or [
        "Training and test rows agree within their uncertainties; quote the numbers of the test rows."
    ]
    others = sum(finding.severity in {"FAIL", "WARN"} and finding.symptom != TRAIN_TEST for finding in findings)
    if others:
        sentences.append(f"{others} other finding{'s' if others > 1 else ''} to look at.")
    worst = worst_severity(findings)
    return "bad" if worst == "FAIL" else "caution" if worst == "WARN" else "good", " ".join(sentences)


def _purpose(targets: Mapping[str, Target]) -> str:
    return f"A network that {' and '.join(task_of(target).purpose(name, target) for name, target in targets.items())}."


def _headlines(test: Mapping[str, Mapping[str, Measured]], targets: Mapping[str, Target]) -> Iterator[Headline]:
    for head, metrics in test.items():
        target = targets[head]
        task = task_of(target)
        for name in task.headlines:
            metric = task.metric_named(name)
            if metric is not None and name in metrics:
                unit = f" {target.value_unit}" if metric.unit == "target" and target.value_unit else ""
                yield Headline(f"{name.replace('_', ' ')} of {head}, test rows", f"{metrics[name]}{unit}")


def _part(name: str, table: pa.Table, targets: Mapping[str, Target]) -> PartFacts:
    rows = table.filter(pc.equal(table["split"], name))
    weights = np.asarray(rows["weight"])
    classes = {}
    for head, target in targets.items():
        for class_index, class_name in enumerate(target.labels):
            classes[f"{head}: {class_name}"] = int(pc.sum(pc.equal(rows[f"{head}_true"], class_index)).as_py() or 0)
    return PartFacts(name, rows.num_rows, float(weights.sum()), float((weights < 0).mean()), classes)


def _choice(experiment: Experiment) -> dict[str, str]:
    """Return how rows are chosen, weighted and divided, by the key of the experiment file."""
    data, split = experiment.data, experiment.split
    weights = dict.fromkeys(sample.weight for sample in data.samples.values() if sample.weight)
    selections = {f"data.samples.{name}": data.sample(name).selection for name in data.samples}
    selections = selections if any(sample.selection for sample in data.samples.values()) else {"": data.selection}
    shown = [f"{selection} ({name})" if name else selection for name, selection in selections.items() if selection]
    divided = ", ".join(f"{key} {value}" for key, value in split.model_dump().items() if value is not None)
    return {
        "weight": ", ".join(dict.fromkeys([*([data.weight] if data.weight else []), *weights])) or "1 for each row",
        "selection": "; ".join(shown) or "all rows",
        "identity": ", ".join(data.identity_columns) or "content of the inputs",
        "split": divided,
    }


def _input_facts(name: str, group: InputGroup) -> ColumnFacts:
    columns = ", ".join(columns_of(group))
    note = f"at most {group.at_most} of {columns}" if group.kind in {"four-vectors", "particles"} else columns
    of_particles = group.four_vectors if isinstance(group, ParticlesInput) else None
    return ColumnFacts(name, group.kind, getattr(of_particles or group, "unit", None) or "", note)


def _target_facts(name: str, target: Target) -> ColumnFacts:
    where = f", where {target.where}" if target.where else ""
    note = f"{target.truth}{where}, λ = {target.loss_weight:g}"
    return ColumnFacts(name, f"{target.kind} target", target.value_unit, note)


def _layer_facts(layer: Any) -> LayerFacts:  # noqa: ANN401  # keras ships no types
    outputs = layer.output if isinstance(layer.output, list | tuple) else [layer.output]
    shapes = "; ".join(f"({', '.join('rows' if n is None else str(n) for n in x.shape)})" for x in outputs)
    return LayerFacts(
        layer.name, type(layer).__name__, shapes, sum(int(np.prod(w.shape)) for w in layer.trainable_weights)
    )


def _training_facts(run: Run) -> dict[str, str]:
    training = run.read_json("training.json")
    members = training["members"]
    histories = [[epoch for epoch in run.history if epoch["member"] == member["member"]] for member in members]
    speed = float(np.median([epoch["rows_per_second"] for history in histories for epoch in history]))
    seconds = {history[-1]["member"]: history[-1]["seconds"] for history in histories}
    facts = {
        "members": str(len(members)),
        "epochs": ", ".join(str(len(history)) for history in histories),
        "ended by": ", ".join(dict.fromkeys(member["stopped"] for member in members)),
        "best epoch": ", ".join(str(member["best_epoch"]) for member in members),
        "validation loss of the kept weights": ", ".join(
            f"{_kept_loss(run, *pair):.5g}" for pair in zip(members, histories, strict=True)
        ),
        "last learning rate": ", ".join(f"{history[-1]['learning_rate']:.3g}" for history in histories),
        "time": f"{training_seconds(seconds, training['plan']):.0f} s",
        "speed": f"{speed:,.0f} rows/s (median over epochs)",
    }
    if len(members) == 1:
        del facts["members"]
    for head, target in run.experiment.targets.items():
        if any(head in member.get("moved", {}) for member in members):
            unit = target.value_unit
            moved = ", ".join(f"{member['moved'][head]:+.3g}" for member in members if head in member.get("moved", {}))
            facts[f"{head}: last bias moved in the end by"] = f"{moved} {unit}".strip()
    return facts


def _kept_loss(run: Run, member: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> float:
    """Return Σ λ L of validation rows, of the weights that a member has; of old runs, that of its best epoch."""
    losses = member.get("valid_head_losses")
    if not losses:
        return float(history[member["best_epoch"] - 1]["valid_loss"])
    weights = {head: target.loss_weight for head, target in run.experiment.targets.items() if target.loss_weight}
    return float(sum(weight * losses[head] for head, weight in weights.items()))


def _flat(mapping: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Open nested mappings to one level, with the names joined."""
    for key, value in mapping.items():
        name = f"{above} {key}".strip()
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, value
