"""Findings on an experiment file: implicit consequences, and settings that work against each other."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.config.experiment import Experiment
from netwright.config.model import Body, CustomBody, HiddenLayers, ResidualBody
from netwright.finding import Finding
from netwright.tasks import BinaryTarget, task_of

__all__ = ["experiment_findings"]

SEE = "docs/experiment.md"
SATURATING = {"sigmoid", "hard_sigmoid"}
DEEP = 3  # hidden layers of sigmoid; X. Glorot, Y. Bengio, AISTATS 2010: gradients vanish in deeper networks
RESULT_BATCH = 4096  # A. Elwood, D. Krücker, arXiv:1806.00322
CORRELATION_BATCH = 512
HIGH_DROPOUT = 0.5  # N. Srivastava et al., JMLR 15 (2014) 1929: 0.5 is close to the best for most hidden layers


def experiment_findings(experiment: Experiment) -> list[Finding]:
    """Return what the user should know about an experiment before training.

    Args:
        experiment: an experiment that has been read and checked.

    Returns:
        Findings of severity NOTE and WARN; an experiment with a mistake is rejected earlier.

    Example:
        >>> from netwright.config import parse_experiment
        >>> inputs = {"x": {"kind": "numeric", "columns": ["a"]}}
        >>> targets = {"y": {"kind": "binary", "column": "b"}}
        >>> body = {"kind": "dense", "dropout": 0.7}
        >>> sections = {"data": {"files": ["f"]}, "inputs": inputs, "targets": targets, "model": {"body": body}}
        >>> experiment_findings(parse_experiment(sections))[1].sentence
        'model.body: dropout is 0.7. Usual values are 0.1 to 0.5. Set a smaller value.'
    """
    findings = [
        Finding(
            "signal class",
            "NOTE",
            f"targets.{name}: {remark}.",
            (f"targets.{name}",),
            see=SEE,
        )
        for name, target in experiment.targets.items()
        if (remark := task_of(target).remark(target))
    ]
    findings += _batch_findings(experiment)
    findings += _vote_findings(experiment)
    for name, body in experiment.model.bodies.items():
        key = "model.body" if name == "body" else f"model.more_bodies.{name}"
        findings += _body_findings(key, body)
        heads = [head for head, target in experiment.targets.items() if target.body == name]
        if not any(experiment.targets[head].loss_weight for head in heads):
            evidence = f"{key}: loss_weight of {', '.join(heads)} is 0, so this body keeps its initial weights."
            findings.append(Finding("body without a loss", "NOTE", evidence, (key,), see=SEE))
    return findings


def _batch_findings(experiment: Experiment) -> Iterator[Finding]:
    """Warn of losses that are estimated from each batch where batches are small."""
    size = experiment.training.batch_size
    for name, target in experiment.targets.items():
        if not isinstance(target, BinaryTarget):
            continue
        if target.loss != "cross-entropy" and size < RESULT_BATCH:
            yield Finding(
                "small batches for a result",
                "WARN",
                f"targets.{name}.loss: {target.loss} is computed from batches of {size} rows.",
                (f"targets.{name}.loss", "training.batch_size"),
                threshold=f"The reference has {RESULT_BATCH} rows and more.",
                cause="A significance is no mean over rows: that of a small batch is biased, and pushes towards "
                "cuts that leave no background there.",
                remedy=f"Set training.batch_size: {RESULT_BATCH}, or loss: cross-entropy and select: {target.loss}.",
                see="docs/limits.md",
            )
        if target.protected is not None and target.protected.loss_weight and size < CORRELATION_BATCH:
            yield Finding(
                "small batches for a correlation",
                "WARN",
                f"targets.{name}.protected: the distance correlation is that of batches of {size} rows.",
                (f"targets.{name}.protected", "training.batch_size"),
                threshold=f"By chance it is about 1/√rows; {CORRELATION_BATCH} rows and more see a small one.",
                remedy=f"Set training.batch_size: {CORRELATION_BATCH} or more.",
                see="docs/limits.md",
            )


def _vote_findings(experiment: Experiment) -> Iterator[Finding]:
    """Warn of calibrated probabilities of which only votes are left."""
    ensemble = experiment.ensemble
    if ensemble.combine != "majority" or not (ensemble.members > 1 or experiment.split.cross_validates):
        return
    for name, target in experiment.targets.items():
        if target.output_calibration != "none":
            yield Finding(
                "votes of calibrated probabilities",
                "WARN",
                f"targets.{name}.calibration: {target.output_calibration} with ensemble.combine: majority.",
                (f"targets.{name}.calibration", "ensemble.combine"),
                cause="The score is the share of members that vote for a class, which is no calibrated probability; "
                "where the event weights of a class are small, no calibrated member votes for it.",
                remedy="Set ensemble.combine: mean, or calibration: none.",
                see="docs/ensembles.md",
            )


def _body_findings(key: str, body: Body) -> Iterator[Finding]:
    if isinstance(body, CustomBody):
        yield Finding(
            "custom layer",
            "NOTE",
            f"{key}: the code of module {body.layer.partition(':')[0]} runs here and whenever the run is opened.",
            (key,),
            remedy="Keep it where Python finds it.",
            see=SEE,
        )
        return
    if not isinstance(body, HiddenLayers):  # a body from another package
        return
    yield from _of_activation(key, body)
    if body.batch_normalisation == "before" and (body.l1 or body.l2 or body.max_norm):
        yield Finding(
            "penalty before a normalisation",
            "WARN",
            f"{key}: l1, l2 or max_norm is set, and batch_normalisation is before.",
            (key,),
            cause="A normalisation undoes the scale of the weights before it, so these only change the effective "
            "learning rate.",
            remedy="Set batch_normalisation: after, or leave the penalty out.",
            see=SEE,
        )
    if body.dropout > HIGH_DROPOUT:
        yield Finding(
            "high dropout",
            "WARN",
            f"{key}: dropout is {body.dropout:g}.",
            (key,),
            threshold=f"Usual values are 0.1 to {HIGH_DROPOUT:g}.",
            remedy="Set a smaller value.",
            see=SEE,
        )
    if isinstance(body, ResidualBody):
        yield from _of_residual(key, body)


def _of_activation(key: str, body: HiddenLayers) -> Iterator[Finding]:
    if body.activation == "selu":
        yield from _of_selu(key, body)
    if body.activation == "linear":
        yield Finding(
            "linear layers",
            "WARN",
            f"{key}: the activation is linear.",
            (key,),
            cause="Several linear layers together are no more than one.",
            remedy="Set relu or selu.",
            see=SEE,
        )
    if body.activation in SATURATING and len(body.units) > DEEP and not isinstance(body, ResidualBody):
        yield Finding(
            "vanishing gradients",
            "WARN",
            f"{key}: there are {len(body.units)} layers of {body.activation}.",
            (key,),
            threshold=f"With more than {DEEP}, gradients usually vanish.",
            remedy="Set relu or selu.",
            see=SEE,
        )


def _of_selu(key: str, body: HiddenLayers) -> Iterator[Finding]:
    dropout = ", and AlphaDropout for its dropout" if body.dropout else ""
    evidence = f"{key}: selu comes with LeCun-normal initial weights{dropout}."
    yield Finding("selu", "NOTE", evidence, (key,), see=SEE)
    if body.batch_normalisation != "none":
        yield Finding(
            "selu with batch normalisation",
            "NOTE",
            f"{key}: selu is self-normalising, so batch normalisation is not needed.",
            (key,),
            remedy="Leave it out, or set relu.",
            see=SEE,
        )


def _of_residual(key: str, body: ResidualBody) -> Iterator[Finding]:
    if len(body.units) == 1:
        evidence = f"{key}: one layer has no shortcut around it, so this is a dense body."
        yield Finding("residual body without a shortcut", "NOTE", evidence, (key,), see=SEE)
    elif len(set(body.units)) > 1:
        evidence = f"{key}: where the units of residual layers differ, a layer of weights replaces the shortcut."
        yield Finding("residual body with projections", "NOTE", evidence, (key,), see=SEE)
