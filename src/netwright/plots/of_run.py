"""All figures of a run, drawn from what its directory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import (
    BinaryTarget,
    Experiment,
    FourVectors,
    FourVectorsInput,
    MulticlassTarget,
    NumericInput,
    ParticlesInput,
    Target,
    parts_of_particles,
)
from netwright.data import Rows, Split, cartesian_four_vectors, fine_numbers, particle_columns, stored
from netwright.kinematics import CONSTITUENT_FEATURES, JET_FEATURES, constituent_features, jet_features
from netwright.lab import Run
from netwright.metrics import RocCurve, log_likelihood_ratio, roc_curve, weight_sum
from netwright.plots._calibration import calibration
from netwright.plots._categories import category_places
from netwright.plots._class_discriminant import ClassedScores, class_discriminant
from netwright.plots._confusion import confusion
from netwright.plots._discriminant import ScoredRows, discriminant
from netwright.plots._features import PANELS, features
from netwright.plots._interval_coverage import interval_coverage
from netwright.plots._likelihood_ratio import likelihood_ratio
from netwright.plots._loss_curves import loss_curves
from netwright.plots._member_losses import member_losses
from netwright.plots._protected_spectrum import protected_spectrum
from netwright.plots._response import response
from netwright.plots._roc import roc
from netwright.plots._style import save
from netwright.plots._vitals import layer_vitals
from netwright.progress import Progress, silent
from netwright.tasks import task_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_features", "draw_run"]

Read = Callable[..., pa.Table]

_FEATURE_ROWS = 20_000
_MAX_FEATURES = 2 * PANELS  # a column takes half a second to draw, and `netwright inspect` draws all
PARTS = ("test", "train")
MAX_SIGNALS = 6  # classes for each of which ROC curves are drawn; of more classes only those of the signal


def draw_run(run: Run, *, progress: Progress = silent) -> None:
    """Draw how the training went and what the heads say, into the run's figures.

    Args:
        run: the run, trained and evaluated.
        progress: callback for progress updates.

    Raises:
        RunError: the run has no predictions.
    """
    predictions = run.predictions
    history = run.history
    several = any(record["member"] > 0 for record in history)
    best = max((record["epoch"] for record in history if record["best"]), default=None)
    save(member_losses(history) if several else loss_curves(history, best_epoch=best), run.figures, "loss")
    if looks := [look for look in run.vitals if look["member"] == 0]:
        save(layer_vitals(looks), run.figures, "vitals")
    heads = run.experiment.targets
    for number, (head, target) in enumerate(heads.items()):
        progress("Drawing", number, len(heads), "heads")
        for name, figure in _FIGURES[task_of(target).figures](head, target, predictions):
            save(figure, run.figures, name)
    progress("Drawing", len(heads), len(heads), "heads")


def draw_features(run: Run, rows: Rows, split: Split) -> None:
    """Draw the distributions of the inputs by class, on training rows, into the run's figures.

    Of a group with many columns the first are drawn, two pages of them.

    Args:
        run: the run.
        rows: all rows.
        split: which of them are training rows.
    """
    experiment = run.experiment
    drawn = rows.take(split.train[:_FEATURE_ROWS])
    labels, names = _classes(experiment, drawn)
    for name, group in experiment.inputs.items():
        units: dict[str, str] = {}
        words: dict[str, list[str]] = {}
        columns: dict[str, np.ndarray] = {}
        if isinstance(group, FourVectorsInput | ParticlesInput):
            _draw_particles(run, name, group, drawn, labels, names)
            continue
        if isinstance(group, NumericInput):
            inputs = {key: stored(values) for key, values in drawn.inputs.items()}
            values = fine_numbers(inputs, name, group.columns, drawn.fine.get(name, ()), group.missing)
            columns = dict(zip(group.columns, values.T, strict=True))
            units = dict.fromkeys(group.columns, group.unit) if group.unit else {}
        else:
            columns = dict(zip(group.columns, stored(drawn.inputs[name]).T.astype(float), strict=True))
            columns, words = _with_words(columns, group.columns, drawn)
        columns = dict(islice(columns.items(), _MAX_FEATURES))
        pages = features(columns, labels=labels, class_names=names, weights=drawn.weights, units=units, words=words)
        _save_pages(run, name, pages, len(columns))


def _draw_particles(
    run: Run,
    name: str,
    group: FourVectorsInput | ParticlesInput,
    rows: Rows,
    labels: np.ndarray | None,
    names: dict[int, str] | None,
) -> None:
    """Draw the features of rows, and those of all particles there are."""
    parts = parts_of_particles(group)
    if parts.four_vectors is not None:
        p4 = cartesian_four_vectors(rows.inputs[name][:].astype(float), parts.four_vectors)
        columns = dict(zip(JET_FEATURES, jet_features(p4).T, strict=True))
        _save_pages(
            run, name, features(columns, labels=labels, class_names=names, weights=rows.weights, units={}), len(columns)
        )
        _draw_constituents(run, name, parts.four_vectors, rows, labels, names)
    if isinstance(group, FourVectorsInput) or not (group.numbers or group.categories):
        return
    drawn = np.arange(min(len(rows), _FEATURE_ROWS // 4))
    columns, units, row = particle_columns(name, group, rows, drawn)
    columns, words = _with_words(columns, parts.category_columns, rows)
    of_class = None if labels is None else labels[row]
    pages = features(columns, labels=of_class, class_names=names, weights=rows.weights[row], units=units, words=words)
    _save_pages(run, f"{name}-particles", pages, len(columns))


def _draw_constituents(
    run: Run,
    name: str,
    group: FourVectors,
    rows: Rows,
    labels: np.ndarray | None,
    names: dict[int, str] | None,
) -> None:
    """Draw the features of all constituents there are."""
    p4 = cartesian_four_vectors(rows.inputs[name][: _FEATURE_ROWS // 4].astype(float), group)
    values, mask = constituent_features(p4)
    exists = mask[..., 0] > 0
    row = np.broadcast_to(np.arange(len(exists))[:, None], exists.shape)[exists]
    columns = dict(zip(CONSTITUENT_FEATURES, values[exists].T, strict=True))
    of_class = None if labels is None else labels[row]
    units = dict.fromkeys(("delta_phi",), "rad")
    pages = features(columns, labels=of_class, class_names=names, weights=rows.weights[row], units=units)
    _save_pages(run, f"{name}-constituents", pages, len(columns))


def _with_words(
    columns: dict[str, np.ndarray], categorical: Sequence[str], rows: Rows
) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    """Return columns with places of categories instead of their numbers, and the words at the places by column."""
    found = {column: category_places(columns[column], rows.words.get(column)) for column in categorical}
    places = {column: values for column, (values, _) in found.items()}
    return columns | places, {column: words for column, (_, words) in found.items() if words}


def _save_pages(run: Run, name: str, pages: Iterator[Figure], features_there: int) -> None:
    for number, page in enumerate(pages, start=1):
        save(page, run.figures, f"features-{name}" + (f"-{number}" if features_there > PANELS else ""))


def _classes(experiment: Experiment, rows: Rows) -> tuple[np.ndarray | None, dict[int, str] | None]:
    """Return the labels of the first classification head, or nothing where there is none."""
    for head, target in experiment.targets.items():
        if target.labels and rows.heads[head].counts.all():
            return rows.heads[head].values, dict(enumerate(target.labels))
    return None, None


def _binary_figures(head: str, target: BinaryTarget, predictions: Read) -> Iterator[tuple[str, Figure]]:
    """Draw the discriminant, the ROC curves of both parts, the calibration, and the likelihood ratio."""
    scored = {part: ScoredRows(*_columns(predictions, head, part, [head])) for part in ("test", "train")}
    background, signal = target.classes
    yield (
        f"discriminant-{head}",
        discriminant(scored["train"], scored["test"], class_names={0: background, 1: signal}, name=head),
    )
    curves = {part: roc_curve(rows.labels, rows.scores, rows.weights) for part, rows in scored.items()}
    yield f"roc-{head}", roc(curves, marked="test", signal_name=signal, background_name=background)
    yield f"calibration-{head}", calibration({signal: scored["test"]})
    yield f"likelihood-ratio-{head}", likelihood_ratio(scored["test"], signal_name=signal)
    if target.protected is not None:
        _, values, _ = _columns(predictions, head, "test", [f"{head}_protected"])
        yield f"protected-{head}", protected_spectrum(scored["test"], values, name=target.protected.column)


def _regression_figures(head: str, target: Target, predictions: Read) -> Iterator[tuple[str, Figure]]:
    """Draw the response."""
    truth, predicted, weights = _columns(predictions, head, "test", [head])
    yield f"response-{head}", response(truth, predicted, weights, name=head, unit=target.value_unit or None)


def _quantile_figures(head: str, target: Target, predictions: Read) -> Iterator[tuple[str, Figure]]:
    """Draw the response of the median, and the coverage of both intervals."""
    truth, *quantiles, weights = _columns(predictions, head, "test", task_of(target).output(target).columns(head))
    unit = target.value_unit or None
    yield f"response-{head}", response(truth, quantiles[0], weights, name=head, unit=unit)
    yield f"coverage-{head}", interval_coverage(truth, np.stack(quantiles, axis=1), weights, name=head, unit=unit)


def _multiclass_figures(head: str, target: MulticlassTarget, predictions: Read) -> Iterator[tuple[str, Figure]]:
    """Draw the discriminant, ROC curves of each class against each other, calibration and confusion."""
    classes = list(target.classes)
    class_names = dict(enumerate(classes))
    read = {part: _columns(predictions, head, part, [f"{head}_{name}" for name in classes]) for part in PARTS}
    truth, *scores, weights = read["test"]
    label, probabilities = truth.astype(int), np.stack(scores, 1)
    signal = target.signal_name
    parts = {}
    for part, (values, *class_scores, weight) in read.items():
        ratio = _likelihood_ratio(target, signal, np.stack(class_scores, 1))
        parts[part] = ClassedScores(values.astype(np.int64), ratio, weight)
    discriminated = class_discriminant(
        parts["train"], parts["test"], class_names=class_names, name=f"log-likelihood ratio of {signal}"
    )
    yield f"discriminant-{head}", discriminated
    for name in classes if len(classes) <= MAX_SIGNALS else [signal]:
        ratio = _likelihood_ratio(target, name, probabilities)
        curves = _curves_against_each(name, classes, label, ratio, weights)
        if curves:
            file = f"roc-{head}" if name == signal else f"roc-{head}-{name}"
            yield file, roc(curves, signal_name=name, background_name="each background")
    by_class = {name: ScoredRows(label == index, scores[index], weights) for index, name in class_names.items()}
    yield f"calibration-{head}", calibration(by_class)
    yield f"confusion-{head}", confusion(label, probabilities, weights, class_names=class_names)


def _likelihood_ratio(target: MulticlassTarget, signal: str, probabilities: np.ndarray) -> np.ndarray:
    """Return the discriminant of a class, with the fractions of the file if it is the signal, else equal ones."""
    classes = list(target.classes)
    fractions = [target.fractions.get(name, 0.0) for name in classes] if signal == target.signal else None
    return log_likelihood_ratio(probabilities, classes.index(signal), fractions)


def _curves_against_each(
    signal: str, classes: list[str], truth: np.ndarray, scores: np.ndarray, weights: np.ndarray
) -> dict[str, RocCurve]:
    """Return the ROC curves of one class against each other one of which there are rows."""
    signal_index = classes.index(signal)
    curves = {}
    for other_index, name in enumerate(classes):
        of_both = (truth == signal_index) | (truth == other_index)
        if other_index != signal_index and all(
            _positive(weights[truth == index]) for index in (signal_index, other_index)
        ):
            curves[name] = roc_curve(truth[of_both] == signal_index, scores[of_both], weights[of_both])
    return curves


def _positive(weights: np.ndarray) -> bool:
    """Say whether weights add up to more than their rounding."""
    return weight_sum(weights) > 0


def _columns(predictions: Read, head: str, part: str, scores: list[str]) -> list[np.ndarray]:
    """Read what a head should say of the rows of a part that count for it, what it says, and their weights."""
    truth = f"{head}_true"
    rows = (pc.field("split") == part) & pc.field(truth).is_valid()
    table = predictions([truth, *scores, "weight"], rows)
    return [np.asarray(column.to_numpy(), dtype=float) for column in table.columns]


_FIGURES: Mapping[str, Callable[[str, Any, Read], Iterator[tuple[str, Figure]]]] = {
    "binary": _binary_figures,
    "multiclass": _multiclass_figures,
    "regression": _regression_figures,
    "quantiles": _quantile_figures,
}
"""What draws a head, on rows that count for it, by `netwright.tasks.Task.figures`."""
