"""Scan: train with several values of a parameter, all as members, and compare the results on validation rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from netwright.atomic_files import make_folder
from netwright.config import Experiment, ResultSection
from netwright.data import describe_folds
from netwright.errors import (
    DataError,
    ExperimentError,
    InferenceError,
    NonFiniteLossError,
    RunError,
    TrainingInterruptedError,
)
from netwright.lab import Run, RunLock, create_run, history_writer, locked, open_checkpointing
from netwright.metrics import Measured
from netwright.plots import parameter_scan, save, trade_off
from netwright.progress import Progress, silent, step
from netwright.statistics import paired_difference
from netwright.strict_json import write_json
from netwright.training import Hooks, Observer, TrainedModel, continued_by, interruptible
from netwright.workflow._cluster import check_cluster
from netwright.workflow._data import ExperimentData, load_data
from netwright.workflow._open_experiment import open_experiment
from netwright.workflow._plan_file import read_plan_file
from netwright.workflow._train_and_evaluate import record_start
from netwright.workflow._value_of_key import with_value
from netwright.workflow.inference.section import expected_section, has_result
from netwright.workflow.inference.variations import read_variations
from netwright.workflow.members.on_cluster import members_on_cluster
from netwright.workflow.members.prepare import members_of_experiments, train_on_rows
from netwright.workflow.scans.result import MERITS, TRADE_OFF_EFFICIENCY, Scan, ScanPoint, scan_content, scan_sentence
from netwright.workflow.scans.scanned_value import ScannedValue, evaluated_values
from netwright.workflow.scans.values import default_value

__all__ = ["scan"]


def scan(
    experiment: Experiment | str | Path,
    parameter: str,
    values: Sequence[float],
    *,
    merit: str = "limit",
    folder: str | Path | None = None,
    cluster: str | None = None,
    jobs: int = 1,
    trust: bool = False,
    observers: Sequence[Observer] = (),
    progress: Progress = silent,
) -> Scan:
    """Train an experiment with several values of a parameter, and choose the value with the best result.

    The members of all values (folds, and networks of an ensemble) have the same rows and seeds. Those that differ only
    in numbers, such as the importance of a class or the learning rate, share one compiled program. The best value is
    chosen on validation rows; it and the experiment's own value are then evaluated once on test rows. Values without a
    result, because a loss is not finite or a fit fails, are reported with the reason. Needs the extra "statistics".

    Args:
        experiment: an experiment with a section ``result``, or the path of its file.
        parameter: a key of targets, model or training, such as ``targets.is_top.importance.QCD``.
        values: the values of the parameter; the experiment's own value is added.
        merit: the figure of merit that is optimised, one of `MERITS`.
        folder: output folder; ``runs/NAME-scan`` if not given. An interrupted scan is continued in its folder.
        cluster: lets workers of a cluster train the members: ``local``, ``dask://ADDRESS``, ``slurm`` or ``htcondor``.
            Needs the extra "cluster".
        jobs: number of these workers.
        trust: trust the modules of custom layers, on this machine from now on.
        observers: callbacks for the events of the training.
        progress: callback for progress updates.

    Returns:
        The scan.

    Raises:
        ExperimentError: neither a section ``result`` nor samples say how many events are expected, there is no such
            key or merit, or a value is not valid for the key.
        RunError: the folder contains a different scan, or a worker of the cluster could not go on.
        TrainingInterruptedError: a signal ended the scan, which can be resumed.
        NetwrightError: for the same reasons as in `train` and `limit`.

    Example:
        >>> import netwright as nw
        >>> found = nw.scan("search.yaml", "targets.is_hh.importance.tt", [0.1, 1.0, 10.0])  # doctest: +SKIP
        >>> found.best  # doctest: +SKIP
        10.0
    """
    check_cluster(cluster)
    experiment, _ = open_experiment(experiment, trust=trust, progress=progress)
    if not has_result(experiment):
        msg = (
            "A scan chooses by the result, and the experiment has no section result. Add it, with luminosity and "
            "processes, or as result: {head: NAME} where samples have cross sections. To choose by a metric, such as "
            "the area under the ROC curve, name the values in the section search: "
            f"{{parameters: {{{parameter}: {{choices: [...]}}}}, sampler: grid}}, and run netwright search."
        )
        raise ExperimentError(msg)
    default = _default(experiment, parameter, merit)
    all_values = sorted({*map(float, values), default})
    experiments = [with_value(experiment, parameter, value) for value in all_values]
    path = Path("runs") / f"{experiment.name}-scan" if folder is None else Path(folder)
    run = _run(path, experiment, parameter, all_values, trust=trust)
    with continued_by("the same netwright scan command", path):
        data = load_data(experiment, progress)
        section = expected_section(experiment, data.rows) or ResultSection()
        with locked(run.path, progress) as lock:
            if cluster is not None:
                count = len(all_values) * data.division.folds * experiment.ensemble.members
                members_on_cluster(run, lock, cluster, jobs, count, progress, parameter=parameter, values=all_values)
            trained, reasons = _train(run, lock, experiments, data, observers, progress)
        variations = read_variations(experiment, data.rows.forms, progress)
        by_value = dict(zip(all_values, experiments, strict=True))
        evaluated, points = evaluated_values(by_value, section, data, trained, reasons, variations, progress)
        result = _compared(parameter, merit, default, evaluated, points, path / "scan.json", progress)
        write_json(result.path, scan_content(result))
        with step(progress, "Drawing"):
            _draw(result, path / "figures")
    return result


def _default(experiment: Experiment, parameter: str, merit: str) -> float:
    """Return the experiment's own value of a parameter.

    Raises:
        ExperimentError: there is no such merit, or the key is no number.
    """
    if merit not in MERITS:
        msg = f"--merit {merit}: unknown. Choose from: {', '.join(MERITS)}."
        raise ExperimentError(msg)
    default = default_value(experiment, parameter)
    if default is None:
        msg = f"--parameter {parameter}: is not a number in the experiment. Name a numeric key."
        raise ExperimentError(msg)
    return default


def _run(folder: Path, experiment: Experiment, parameter: str, values: Sequence[float], *, trust: bool) -> Run:
    """Begin a scan, or continue it if it was interrupted."""
    plan = {
        "parameter": parameter,
        "values": list(values),
        "experiment": experiment.model_dump(mode="json", exclude=set() if experiment.trains_for_result else {"result"}),
    }
    path, training = folder / "plan.json", folder / "training"
    if not path.exists() and not training.exists():
        make_folder(folder)
        write_json(path, plan)
    elif not path.exists() or read_plan_file(path) != plan:
        msg = f"{folder} holds another scan. Name another folder with --run, or remove it."
        raise RunError(msg)
    return Run(training, trust) if training.exists() else create_run(experiment, training, trust=trust)


def _train(
    run: Run,
    lock: RunLock,
    experiments: Sequence[Experiment],
    data: ExperimentData,
    observers: Sequence[Observer],
    progress: Progress,
) -> tuple[list[list[TrainedModel]], dict[int, str]]:
    """Train the members of all values at once.

    Return them by value; and why those ended whose loss was not finite in this process, by the number of the value.
    """
    record_start(run, experiments[0], data, progress)
    members = members_of_experiments(experiments, data.rows, data.division)
    per_value = len(members) // len(experiments)
    with step(progress, "Describing"):
        descriptions = describe_folds(data.rows, data.division, experiments[0], name_row=data.dataset.locate)
    remarks: list[str] = []
    reasons: dict[int, str] = {}

    def tolerates(number: int, error: NonFiniteLossError) -> bool:
        reasons.setdefault(number // per_value, str(error))
        return True

    with interruptible() as stop_signal:
        writer = history_writer(run.path / "history.jsonl")
        hooks = Hooks((writer, *observers), interrupted=stop_signal, name_row=data.dataset.locate, tolerates=tolerates)
        checkpointing = open_checkpointing(run, lock, remarks.append)
        trained = train_on_rows(members, data.rows, descriptions, hooks, checkpointing)
    if stop_signal.signal:
        raise TrainingInterruptedError(stop_signal.signal, run.path)
    return [trained[start : start + per_value] for start in range(0, len(trained), per_value)], reasons


def _compared(
    parameter: str,
    merit: str,
    default: float,
    evaluated: Mapping[float, ScannedValue],
    points: Sequence[ScanPoint],
    path: Path,
    progress: Progress,
) -> Scan:
    """Compare the values on validation rows, and evaluate the default and the best on test rows."""
    worths = {point.value: point.worth for point in points if point.worth is not None}
    remarks = [f"{parameter} = {point.value:.4g} has no result: {point.why}" for point in points if point.why]
    sign = 1 if MERITS[merit] == "larger" else -1
    merits = {value: sign * worth.together[merit] for value, worth in worths.items()}
    best = max(merits, key=lambda value: -np.inf if np.isnan(merits[value]) else merits[value])
    by_member = [[member[merit] for member in worths[at].members] for at in (best, default) if at in worths]
    difference = paired_difference(*by_member) if len(by_member) == 2 else Measured(np.nan, np.inf)
    test = {}
    for name, value in (("default", default), ("best", best)):
        try:
            if value in evaluated:
                test[name] = evaluated[value].on_test(progress)
        except (DataError, InferenceError) as error:
            remarks.append(f"{parameter} = {value:.4g} has no result on test rows: {error}")
    members = len(by_member[0]) if default in worths else 0
    pairs = int(np.isfinite(by_member).all(axis=0).sum())
    sentence = scan_sentence(parameter, merit, default, best, difference, pairs, members, len(worths))
    return Scan(
        parameter, merit, tuple(points), default, best, difference, test, tuple(dict.fromkeys(remarks)), sentence, path
    )


def _draw(result: Scan, folder: Path) -> None:
    """Draw merits and losses over the values of the parameter; and rejection over divergence, if a head protects."""
    make_folder(folder)
    points = result.points
    figures = parameter_scan(
        [point.value for point in points], [point.worth for point in points], [point.losses for point in points],
        parameter=result.parameter, default=result.default, best=result.best,
    )  # fmt: skip
    for name, figure in figures.items():
        save(figure, folder, name)
    traded = [(point.value, *point.trade_off) for point in points if point.trade_off is not None]
    if traded:
        columns = (list(column) for column in zip(*traded, strict=True))
        figure = trade_off(*columns, parameter=result.parameter, efficiency=TRADE_OFF_EFFICIENCY)
        save(figure, folder, "scan-trade-off")
