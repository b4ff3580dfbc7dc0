"""Labels that do not belong to their inputs: all of them, or many."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._dynamics import diverged, largest_rate, usual_rate, validation_accuracy
from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case, Rows, Skill
from netwright.doctor.quantities.association import any_column_tells
from netwright.doctor.quantities.labels import Labels, describe_labels
from netwright.doctor.quantities.reversed_labels import reversed_block
from netwright.doctor.quantities.rightness import indicators
from netwright.doctor.quantities.validation_baseline import validation_baseline
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["LABELS_SHUFFLED", "LABEL_NOISE"]

_MIN_ROWS = 100  # effective rows: with fewer, chance hides what there is to learn
_MIN_OTHERS = 30  # rows of other classes than the most frequent
_MIN_JUDGED = 20  # validation rows
_ERRORS = 4.0
_MIN_EXCESS = 0.06
_MEMORISED = 0.15  # of the rows, above chance: so much a small network learns of a few hundred
_FEW_EPOCHS, _FAR_TOO_HIGH = 3, 100.0  # times the usual learning rate
_OFTEN = 0.25  # of the rows
_OF_LINE = 0.75  # of the variance that a line with as many parameters would explain
_MAX_MEMORISED = 0.3
_WIDEST = 300  # columns
_NEARLY_ALL = 0.9  # of the weights: beside such a class there is nothing to find
_RANDOM = 0.2  # of the labels
_CLEARER = 0.1, 3.0  # of the rows; standard errors: so many more are right elsewhere
_MAX_CLEAR = 0.87  # of the training rows: with a sixth of the labels wrong, no more agree with a rule
_SHUFFLED = "The labels do not belong to the inputs."
_TOGETHER = 2.0  # standard errors of the correlation of outputs and targets


def _validation_error(case: Case, skill: Skill) -> float:
    count = case.validation.effective if case.validation is not None else 0
    if count < _MIN_JUDGED or not np.isfinite(skill.validation):
        return float("inf")
    return float(np.sqrt(0.25 / count))


def _best_epoch(case: Case) -> tuple[float, int]:
    """Return the largest share of right validation rows of all epochs, and that epoch; 0 where it was not measured."""
    accuracy = validation_accuracy(case)
    return (float(accuracy.max()), int(accuracy.argmax()) + 1) if len(accuracy) else (0.0, 0)


def _best_training(case: Case, skill: Skill) -> float:
    """Return the largest share of right training rows of all epochs: that of the end where the training went down."""
    names = [name for name in case.history.logs if "acc" in name and not name.startswith("val_")]
    reached = case.history[names[0]].tolist() if len(names) == 1 else []
    return float(max([skill.network, *reached]))


def _share_error(case: Case, skill: Skill, reached: float) -> float:
    """Return the standard error of the difference between shares of right validation rows and right training rows."""
    counts = [0 if rows is None else rows.effective for rows in (case.validation, case.rows)]
    if min(counts) < _MIN_JUDGED:
        return float("inf")
    shares = np.clip([reached, skill.network], 0, 1)
    return float(np.sqrt((shares * (1 - shares) / counts).sum()))


def _correlates(case: Case) -> bool:
    """Whether an output goes with its target on validation rows, however weakly: then it has learnt something."""
    rows, outputs = case.validation, case.vitals[-1].validation if case.vitals else None
    if rows is None or outputs is None or rows.target is None or outputs.shape[1] != rows.target.shape[1]:
        return False
    x, y = outputs - outputs.mean(0), rows.target - rows.target.mean(0)
    norm = np.sqrt((x**2).sum(0) * (y**2).sum(0))
    correlation = (x * y).sum(0) / np.where(norm > 0, norm, np.inf)
    return bool((correlation * np.sqrt(len(x)) > _TOGETHER).any())


def _a_column_tells(rows: Rows) -> bool:
    """Whether a column goes with the targets, if by less than is needed to predict a row: the problem is hard then."""
    labels = _weighted_labels(rows)
    if rows.target is None or labels is None or not np.isfinite(rows.inputs).all():
        return False
    return any_column_tells(rows.inputs, indicators(rows.target, labels))


def _too_rare(rows: Rows) -> bool:
    """Whether all classes but the most frequent have so few rows that chance hides what there is to learn of them."""
    labels = None if rows.target is None else describe_labels(rows.target, rows.target.shape[1])
    return labels is not None and bool(labels.shares) and (1 - labels.shares[0]) * len(rows) < _MIN_OTHERS


def _memorised_share(case: Case, skill: Skill) -> float:
    """Return what a network learns of its training rows although nothing tells their targets.

    Of numbers, a line explains a share of the variance of one over the rows with each of its parameters; a network
    with fewer parameters than rows comes to about half of that in a few dozen epochs.
    """
    if skill.classes or case.rows is None:
        return _MEMORISED
    return float(np.clip(_OF_LINE * case.architecture.parameters / len(case.rows), _MEMORISED, _MAX_MEMORISED))


def _by_cluster(case: Case, skill: Skill) -> float:
    """Return what chance may add to the validation rows that are right where labels of the training rows are shuffled.

    Rows of one class are alike, so that a network which learnt nothing gives most of them the same answer: of k
    classes, it is right by whole classes. Two deviations of that, where it does not know its training rows either.
    """
    target = None if case.validation is None else case.validation.target
    classes = 0 if target is None else max(target.shape[1], len(np.unique(target)))
    if not skill.classes or classes < 3 or skill.network > skill.trivial + _MEMORISED:
        return 0.0
    return float(2 * np.sqrt(skill.trivial * (1 - skill.trivial) / classes))


def _cannot_learn(case: Case) -> bool:
    """Whether a network could not learn its training rows, whatever these are: steps are too few or far too long."""
    plan = case.plan
    return plan.epochs <= _FEW_EPOCHS or diverged(case) or largest_rate(case) > _FAR_TOO_HIGH * usual_rate(case)


def _are_bits(rows: Rows) -> bool:
    """Whether each input is one of two values, both of them frequent, as in numbers in base 2.

    What several bits tell together, such as parity, shows in no simple method.
    """
    low, high = rows.inputs.min(0), rows.inputs.max(0)
    if not ((rows.inputs == low) | (rows.inputs == high)).all():
        return False
    upper = (rows.inputs == high).mean(0)
    return bool((np.minimum(upper, 1 - upper) > _OFTEN).all())


def _shuffled(case: Case) -> Iterator[Finding]:
    rows, skill = case.rows, case.skill
    if (
        rows is None
        or skill is None
        or rows.effective < _MIN_ROWS
        or not np.isfinite(skill.baseline)
        or skill.learnable
    ):
        return
    error = _validation_error(case, skill)
    silenced = rows.tokens or _too_rare(rows) or (case.objective.class_weight and skill.trivial > _NEARLY_ALL)
    if silenced or not case.plan.finished or rows.inputs.shape[1] > _WIDEST:
        return
    # without validation rows, training rows that are not learnt by heart say the same
    training = not np.isfinite(error)
    by_chance = _memorised_share(case, skill) if training else max(2 * error, _by_cluster(case, skill))
    reached = skill.network if training else skill.validation
    if skill.explained_baseline > skill.explained_limit or _correlates(case) or _a_column_tells(rows):
        return
    if reached > skill.trivial + by_chance:
        if training and not _are_bits(rows):
            yield _perhaps_by_heart(skill)
        return
    without = f"the most frequent answer: {skill.trivial:.1%}" if skill.classes else "shares of their variance"
    yield Finding(
        "labels shuffled",
        "NOTE" if training and (_cannot_learn(case) or _are_bits(rows)) else "WARN",
        f"Neither the network ({reached:.1%} on {'training' if training else 'validation'} rows) nor a simple method "
        f"({skill.baseline:.1%}) finds anything in the inputs that tells the targets ({without}).",
        threshold=LABELS_SHUFFLED.threshold,
        cause=_SHUFFLED,
        remedy="Look at ten rows by hand, and at what shuffles or joins inputs and labels: both in the same way.",
        see="docs/doctor.md",
        confidence=0.5 if training else 0.6,
    )


def _perhaps_by_heart(skill: Skill) -> Finding:
    what = "of the training rows are right" if skill.classes else "of the variance of the training rows is explained"
    return Finding(
        "labels shuffled",
        "NOTE",
        f"{skill.network:.1%} {what}, where a simple method finds nothing, and there are no validation rows: the "
        "network may have learnt labels by heart that do not belong to the inputs.",
        threshold=LABELS_SHUFFLED.threshold,
        cause="Whether the labels belong to the inputs cannot be told.",
        remedy="Give fit validation_split=0.2, of shuffled rows.",
        see="docs/doctor.md",
        confidence=0.4,
    )


def _noise(case: Case) -> Iterator[Finding]:
    skill = case.skill
    if skill is None or not case.plan.finished:
        return
    if block := _reversed_rows(case):
        yield _reversed_finding(*block)
        return
    better = skill.validation - skill.network
    best, epoch = _best_epoch(case)
    learnt = skill.network > skill.trivial and not falls_short(case)
    if learnt and better > max(_MIN_EXCESS, _ERRORS * _validation_error(case, skill)):
        text = (
            f"{skill.validation:.1%} of the validation rows are right, but only {skill.network:.1%} of those that the "
            "network was trained on, dropout switched off."
            if skill.classes
            else f"{skill.validation:.1%} of the variance of the validation rows is explained, but only "
            f"{skill.network:.1%} of that of the training rows, dropout switched off."
        )
    elif (
        learnt
        and epoch
        and not largest_rate(case) > _FAR_TOO_HIGH * usual_rate(case)
        and best - _best_training(case, skill) > max(_MIN_EXCESS, _ERRORS * _share_error(case, skill, best))
    ):
        text = (
            f"{best:.1%} of the validation rows were right after epoch {epoch}, but in the end only "
            f"{skill.network:.1%} of those that the network was trained on."
        )
    elif _look_random(case, skill):
        text = (
            f"About {skill.random_labels:.0%} of the labels look as if they were drawn at random: they contradict the "
            "others also where these are clear."
        )
    elif clearer := _clearer_elsewhere(case, skill):
        text = (
            f"A simple method that was fitted on the training rows is right for {clearer:.1%} of the validation rows, "
            f"but only for {skill.baseline:.1%} of training rows that it has not seen."
        )
    else:
        return
    yield Finding(
        "label noise",
        "WARN",
        text,
        threshold=LABEL_NOISE.threshold,
        cause="Many labels of the training rows are wrong.",
        remedy="Look at training rows whose label the network contradicts, and at how labels are made.",
        see="docs/doctor.md",
        confidence=0.6,
    )


def _reversed_rows(case: Case) -> tuple[int, int] | None:
    """Return the rows whose labels are turned round, counted as the training does; None where there are none."""
    rows, skill = case.rows, case.skill
    if rows is None or rows.target is None or rows.tokens or skill is None or not skill.classes:
        return None
    if rows.inputs.shape[1] > _WIDEST or not np.isfinite(rows.target).all():
        return None
    block = reversed_block(rows.inputs, rows.target)
    scale = max(rows.total, len(rows)) / len(rows)
    return (round(block[0] * scale), round(block[1] * scale)) if block else None


def _reversed_finding(first: int, end: int) -> Finding:
    return Finding(
        "label noise",
        "WARN",
        f"About rows {first} to {end - 1}, the two classes look as if exchanged: what tells them elsewhere is wrong "
        "there, although the inputs are alike.",
        threshold=LABEL_NOISE.threshold,
        cause="The labels of a block of rows are turned round.",
        remedy="Look at where these rows come from: does their source give 0 and 1 another meaning?",
        see="docs/doctor.md",
        confidence=0.8,
    )


def _clearer_elsewhere(case: Case, skill: Skill) -> float:
    """Return how right a simple method is on validation rows, where that is far more often than in training rows.

    Rows of the same kind agree with a rule as often, whether they are for training or for validation; an easier mixture
    of classes in the validation rows is taken off. 0 where there is no such difference.
    """
    rows, validation = case.rows, case.validation
    if rows is None or validation is None or not skill.classes or not skill.baseline < _MAX_CLEAR or falls_short(case):
        return 0.0
    if min(rows.effective, validation.effective) < _MIN_JUDGED or rows.inputs.shape[1] > _WIDEST:
        return 0.0
    reached = validation_baseline(rows, validation, case.objective) or 0.0
    shares = [
        0.0 if labels is None or not labels.shares else labels.shares[0]
        for labels in map(_weighted_labels, (rows, validation))
    ]
    least = max(_CLEARER[0], _CLEARER[1] * float(np.sqrt(0.25 / rows.effective + 0.25 / validation.effective)))
    return reached if reached - skill.baseline - max(0.0, shares[1] - shares[0]) > least else 0.0


def _weighted_labels(rows: Rows) -> Labels | None:
    return None if rows.target is None else describe_labels(rows.target, rows.target.shape[1], rows.weight)


def _look_random(case: Case, skill: Skill) -> bool:
    """Whether many labels look as if drawn at random, but not all of them: these are shuffled."""
    many = skill.random_labels >= _RANDOM and _finds_something(skill) and not _knows_better(case, skill)
    return many and not any(one.cause == _SHUFFLED for one in _shuffled(case))


def _finds_something(skill: Skill) -> bool:
    """Whether a simple method is right more often than one answer for all: else no label is clear."""
    return skill.learnable or skill.baseline > skill.trivial


def _knows_better(case: Case, skill: Skill) -> bool:
    """Whether the network is right more often than labels allow that were drawn at random."""
    reached = skill.validation if np.isfinite(_validation_error(case, skill)) else skill.network
    return bool(reached > 1 - skill.random_labels * (1 - skill.trivial if skill.classes else 1) / 2)


LABELS_SHUFFLED = Symptom(
    name="labels shuffled",
    needs=("rows", "skill"),
    threshold="The network on validation rows (without 20 of these, on training rows that it has not learnt by heart: "
    "15% above chance, of numbers up to 30%), ridge regression or kernel ridge regression find something, or the ranks "
    "of a column go with those of a target by more than chance gives in 1% of the cases.",
    silent="Fewer than 100 rows, those with weights counted as (Σw)²/Σw², or 30 of other classes than the most "
    "frequent; more than 300 columns; words and categories; class weights that leave less than 10% to the other "
    "classes. A NOTE without validation rows after three epochs, with a loss that grew, or 100 times the usual rate, "
    "for numbers in base 2, and where the network knows its training rows.",
    examine=_shuffled,
    explains=("overtraining", "underfitting", "constant output", "learning rate too low", "too few epochs"),
)
LABEL_NOISE = Symptom(
    name="label noise",
    needs=("skill",),
    threshold="Training rows are right as often as validation rows, both after their best epoch, within 4 standard "
    "errors and 6%, and so they are by a simple method, within 3 standard errors and 10%; fewer than 20% of "
    "the labels look as if drawn at random (likelihood ratio of 2.5 standard errors, see quantities/random_labels.py); "
    "with no block of rows turned round does a line explain 10% more of the variance (quantities/reversed_labels.py).",
    silent="Fewer than 20 validation rows, or a network that does worse on its training rows than a simple method; of "
    "random labels, rows from which a simple method learns nothing, fewer than 100 rows, a class that is clear at one "
    "end of its scores, or a network that is right more often than they allow.",
    examine=_noise,
    explains=("underfitting", "too few epochs"),
)
