"""Limit: the physics result that a network gives, as an upper limit and a significance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netwright.atomic_files import make_folder
from netwright.config import SAMPLE, Experiment, ResultSection, load_result
from netwright.errors import RunError
from netwright.evaluation import PartScores, evaluate_by_part, measured_content
from netwright.file_names import in_command
from netwright.lab import Run, open_run
from netwright.metrics import Measured
from netwright.plots import draw_inference
from netwright.progress import Progress, silent, step
from netwright.readers import Files
from netwright.reporting import report_run
from netwright.statistics import BANDS, Inference, infer, write_datacard
from netwright.strict_json import write_json
from netwright.tasks import task_of
from netwright.workflow._data import ExperimentData
from netwright.workflow._relocated_experiment import relocated_experiment
from netwright.workflow._run_data import load_unchanged
from netwright.workflow.findings.of_run import record_findings
from netwright.workflow.inference.class_events import process_events
from netwright.workflow.inference.sample_shares import sample_share_remarks
from netwright.workflow.inference.section import expected_section, has_result, result_head
from netwright.workflow.inference.variations import ScoredVariation, read_variations, score_variations, varied_part

__all__ = ["RunInference", "limit"]


@dataclass(frozen=True, eq=False)
class RunInference:
    """The physics result from a run's network.

    Attributes:
        inference: limits, significances, templates.
        section: the section ``result`` that was used.
        signal: the class of the signal that is searched for.
        path: ``limit.json``, with all numbers.
        folder: the folder with ``workspace.json``, ``datacard.txt`` and ``shapes.root``.
        report: the run's report, which shows the result.
    """

    inference: Inference
    section: ResultSection
    signal: str
    path: Path
    folder: Path
    report: Path


def limit(
    run: Run | str | Path,
    *,
    result: str | Path | None = None,
    own_files: Files | None = None,
    trust: bool = False,
    progress: Progress = silent,
) -> RunInference:
    """Compute the expected upper limit and significance of a run's signal, and write them into the run.

    The bins of the score and the cut are chosen on validation rows; templates, limit and significance are computed on
    test rows, each evaluated by the members that may score it. Needs the extra "statistics".

    Args:
        run: the run.
        result: a YAML file with a section ``result``; that of the run's experiment if not given.
        own_files: current location of the run's own files, if they have moved.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        The result.

    Raises:
        DataError: a class has no rows, the background does not satisfy the requirements of a bin, or a column is
            missing.
        ExperimentError: the file `result` is not valid.
        InferenceError: no limit can be computed from the likelihood.
        RunError: there is no section ``result``, or the data is not that of the training.

    Example:
        >>> import netwright as nw
        >>> found = nw.limit("runs/top-tagging", result="result.yaml")  # doctest: +SKIP
        >>> found.inference.results["limit"].value  # doctest: +SKIP
        1.83
    """
    run = open_run(run, trust=trust, write=True)
    experiment = run.experiment if result is None else load_result(result, run.experiment)
    if experiment.data.rows is not None:
        msg = (
            f"{run.path}: each of its rows is one element of {experiment.data.rows} (data.rows), and expected yields "
            "and limits are those of events. Write the scores beside the events, and train a network on these: "
            "netwright predict"
        )
        raise RunError(msg)
    if not has_result(experiment):
        msg = (
            f"{run.path}: its experiment has no section result, which says how many events are expected. Write the "
            f"section into a file (docs/limits.md), and name it: netwright limit {in_command(run.path)} --result FILE"
        )
        raise RunError(msg)
    otherwise = "train it again: bins are chosen on its validation rows, and results computed on its test rows"
    data = load_unchanged(run, own_files, progress, otherwise=otherwise)
    section = expected_section(experiment, data.rows) or ResultSection()
    variations = read_variations(relocated_experiment(run, own_files), run.forms, progress)
    varied = score_variations(variations, run.model, experiment.ensemble.members, progress)
    inference = _infer(experiment, section, run, data, varied, progress)
    return _written(run, experiment, section, inference, progress)


def _infer(
    experiment: Experiment,
    section: ResultSection,
    run: Run,
    data: ExperimentData,
    varied: Mapping[str, tuple[ScoredVariation | None, ScoredVariation]],
    progress: Progress,
) -> Inference:
    parts = evaluate_by_part(run.model, data.rows, data.division, experiment.ensemble.members, progress=progress)
    head, target = result_head(experiment, section)

    def events(name: str, rows_text: str, member: int | None = None) -> list[Any]:
        return process_events(
            experiment,
            section,
            data.dataset,
            data.rows,
            parts[name],
            what=rows_text,
            member=member,
            varied=varied_part(varied, name),
        )

    count = parts["test"].scores.member_mask.shape[1]
    inference = infer(
        events("valid", "validation rows"),
        events("test", "test rows"),
        section,
        members=[events("test", "test rows", member) for member in range(count)] if count > 1 else [],
        span=task_of(target).signal_span,
        progress=progress,
    )
    return replace(inference, remarks=(*inference.remarks, *_remarks(experiment, head, data, parts["test"], varied)))


def _remarks(
    experiment: Experiment,
    head: str,
    data: ExperimentData,
    test: PartScores,
    varied: Mapping[str, tuple[ScoredVariation | None, ScoredVariation]],
) -> Iterator[str]:
    """Yield remarks on variations in one direction only, and on samples with an unusual share of the test rows."""
    for name, (low, _) in varied.items():
        if low is None:
            yield f"{name}: there is no variation {name.removesuffix('_shape')}_down, so -1σ is the nominal sample."
    if experiment.data.has_yields:
        classes = tuple(experiment.targets[head].labels)
        samples = data.dataset.arrow(SAMPLE).to_numpy(zero_copy_only=False)[data.rows.numbers]
        yield from sample_share_remarks(classes, data.rows.heads[head], data.rows.weights, samples, test.numbers)


def _written(
    run: Run, experiment: Experiment, section: ResultSection, inference: Inference, progress: Progress
) -> RunInference:
    """Write numbers, workspace, datacard and figures into the run, and rewrite its report."""
    head, target = result_head(experiment, section)
    folder = run.path / "limit"
    make_folder(folder)
    path = run.path / "limit.json"
    write_json(path, _content(section, head, inference))
    write_json(folder / "workspace.json", inference.workspace)
    write_datacard(inference.channel, folder)
    with step(progress, "Drawing"):
        draw_inference(inference, run.figures, head, remark=section.luminosity or "")
    record_findings(run)
    return RunInference(inference, section, target.signal_name, path, folder, report_run(run))


def _content(section: ResultSection, head: str, inference: Inference) -> dict[str, Any]:
    """Return the content of ``limit.json``."""
    channel = inference.channel
    cut = inference.cuts.best
    return {
        "head": head,
        "expected": section.model_dump(mode="json", exclude_none=True),
        "limits": {f"{band:+d}": value for band, value in zip(BANDS, inference.limit.limits, strict=True)},
        "results": _numbers(inference.results),
        "binnings": _numbers(inference.binnings),
        "cut": None if cut is None or inference.at_best_cut is None else {
            "cut": cut, "significance": measured_content(inference.at_best_cut),
        },
        "edges": channel.edges.tolist(),
        "processes": {
            process.name: {"events": process.yields.values.tolist(), "uncertainties": process.yields.errors.tolist()}
            for process in channel.processes
        },
        "background_uncertainties": channel.background_uncertainty.tolist(),
        "remarks": list(inference.remarks),
    }  # fmt: skip


def _numbers(measured: Mapping[str, Measured]) -> dict[str, dict[str, float | None]]:
    return {name: measured_content(number) for name, number in measured.items()}
