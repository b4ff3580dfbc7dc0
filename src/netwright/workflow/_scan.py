"""Scan: train with several values of a parameter, all as members, and compare the results on validation rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from netwright.atomic_files import make_folder
from netwright.config import Experiment
from netwright.data import describe_folds
from netwright.errors import ExperimentError, RunError, TrainingInterruptedError
from netwright.lab import Run, RunLock, create_run, history_writer, locked, open_checkpointing
from netwright.plots import parameter_scan, save, trade_off
from netwright.progress import Progress, silent, step
from netwright.statistics import paired_difference
from netwright.strict_json import write_json
from netwright.training import Hooks, Observer, TrainedModel, interruptible
from netwright.workflow._cluster import check_cluster
from netwright.workflow._data import ExperimentData, load_data
from netwright.workflow._members_on_cluster import members_on_cluster
from netwright.workflow._open_experiment import open_experiment
from netwright.workflow._plan_file import read_plan_file
from netwright.workflow._prepare import members_of_experiments, train_on_rows
from netwright.workflow._processes import expected_section
from netwright.workflow._scan_result import MERITS, TRADE_OFF_EFFICIENCY, Scan, scan_content, scan_sentence
from netwright.workflow._scan_values import default_value, with_value
from netwright.workflow._scanned_value import ScannedValue
from netwright.workflow._train_and_evaluate import record_start
from netwright.workflow._varied_rows import read_variations

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
    chosen on validation rows; it and the experiment's own value are then evaluated once on test rows. Needs the extra
    "statistics".

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
        ExperimentError: there is no section ``result``, no such key or merit, or a value is not valid for the key.
        RunError: the folder contains a different scan, or a worker of the cluster could not go on.
        TrainingInterruptedError: a signal ended the scan, which can be resumed.
        NetwrightError: for the same reasons as in `train` and `limit`.

    Example:
        >>> import netwright as nw
        >>> found = nw.scan("search.yaml", "targets.is_hh.importance.tt", [0.1, 1.0, 10.0])  # doctest: +SKIP
        >>> found.best  # doctest: +SKIP
        10.0
    """
    if cluster is not None:
        check_cluster(cluster)
    experiment, _ = open_experiment(experiment, trust=trust, progress=progress)
    if experiment.result is None:
        msg = (
            "A scan chooses by the result, and the experiment has no section result. Add it, with luminosity and "
            "processes. To choose by a metric, such as the area under the ROC curve, name the values in the section "
            f"search: {{parameters: {{{parameter}: {{choices: [...]}}}}, sampler: grid}}, and run netwright search."
        )
        raise ExperimentError(msg)
    default = _default(experiment, parameter, merit)
    all_values = sorted({*map(float, values), default})
    experiments = [with_value(experiment, parameter, value) for value in all_values]
    path = Path("runs") / f"{experiment.name}-scan" if folder is None else Path(folder)
    run = _run(path, experiment, parameter, all_values, trust=trust)
    data = load_data(experiment, progress)
    section = expected_section(experiment, data.rows) or experiment.result
    with locked(run.path, progress) as lock:
        if cluster is not None:
            count = len(all_values) * data.division.folds * experiment.ensemble.members
            members_on_cluster(run, lock, cluster, jobs, count, progress, parameter=parameter, values=all_values)
        trained = _train(run, lock, experiments, data, observers, progress)
    variations = read_variations(experiment, data.rows.forms, progress)
    evaluated = [
        ScannedValue(value, value_experiment, section, data, members, variations, progress)
        for value, value_experiment, members in zip(all_values, experiments, trained, strict=True)
    ]
    result = _compared(parameter, merit, default, evaluated, path / "scan.json", progress)
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
) -> list[list[TrainedModel]]:
    """Train the members of all values at once, and return them by value."""
    record_start(run, experiments[0], data, progress)
    members = members_of_experiments(experiments, data.rows, data.division)
    per_value = len(members) // len(experiments)
    with step(progress, "Describing"):
        descriptions = describe_folds(data.rows, data.division, experiments[0], name_row=data.dataset.locate)
    remarks: list[str] = []
    with interruptible() as stop_signal:
        writer = history_writer(run.path / "history.jsonl")
        hooks = Hooks((writer, *observers), interrupted=stop_signal, name_row=data.dataset.locate)
        checkpointing = open_checkpointing(run, lock, remarks.append)
        trained = train_on_rows(members, data.rows, descriptions, hooks, checkpointing)
    if stop_signal.signal:
        raise TrainingInterruptedError(stop_signal.signal, run.path, command="the same netwright scan command")
    return [trained[start : start + per_value] for start in range(0, len(trained), per_value)]


def _compared(
    parameter: str, merit: str, default: float, evaluated: Sequence[ScannedValue], path: Path, progress: Progress
) -> Scan:
    """Compare the values on validation rows, and evaluate the default and the best on test rows."""
    points = []
    for number, scanned in enumerate(evaluated):
        progress("Comparing", number, len(evaluated), "values")
        points.append(scanned.point())
    progress("Comparing", len(evaluated), len(evaluated), "values")
    sign = 1 if MERITS[merit] == "larger" else -1
    at_best = int(np.argmax([sign * point.worth.together[merit] for point in points]))
    at_default = next(index for index, point in enumerate(points) if point.value == default)
    difference = paired_difference(
        *([member[merit] for member in points[at].worth.members] for at in (at_best, at_default))
    )
    best = points[at_best].value
    test = {name: evaluated[at].on_test(progress) for name, at in (("default", at_default), ("best", at_best))}
    sentence = scan_sentence(parameter, merit, default, best, difference, len(points[0].worth.members))
    return Scan(parameter, merit, tuple(points), default, best, difference, test, sentence, path)


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
