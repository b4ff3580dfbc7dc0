"""What a reader should know of an experiment: its signal, what comes by itself, what works against itself."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.config.experiment import Experiment
from netwright.config.model import Body, CustomBody, HiddenLayers, ResidualBody
from netwright.config.targets import BinaryTarget

__all__ = ["remarks"]

_FADING = {"sigmoid", "hard_sigmoid"}


def remarks(experiment: Experiment) -> list[str]:
    """Say what an experiment brings along that its file does not spell out.

    Args:
        experiment: read and checked.

    Returns:
        One line each, with its path in the file; nothing of it is a mistake.

    Example:
        >>> from netwright.config import parse_experiment
        >>> inputs = {"x": {"kind": "numeric", "columns": ["a"]}}
        >>> targets = {"y": {"kind": "binary", "column": "b"}}
        >>> body = {"kind": "dense", "activation": "selu"}
        >>> sections = {"data": {"files": ["f"]}, "inputs": inputs, "targets": targets, "model": {"body": body}}
        >>> remarks(parse_experiment(sections))[1:]
        ['model.body: selu brings LeCun-normal first weights along']
    """
    found = [
        f"targets.{name}: the signal is {target.column} = {target.classes[signal]} ({signal}), the second class"
        for name, target in experiment.targets.items()
        if isinstance(target, BinaryTarget)
        for signal in list(target.classes)[1:]
    ]
    for name, body in experiment.model.bodies.items():
        path = "model.body" if name == "body" else f"model.more_bodies.{name}"
        found += [f"{path}: {remark}" for remark in _of_body(body)]
        heads = [head for head, target in experiment.targets.items() if target.body == name]
        if not any(experiment.targets[head].loss_weight for head in heads):
            found.append(f"{path}: loss_weight of {', '.join(heads)} is 0, so this body keeps its first weights")
    return found


def _of_body(body: Body) -> Iterator[str]:
    if isinstance(body, CustomBody):
        module = body.layer.partition(":")[0]
        yield f"the code of module {module} runs, here and whenever the run is opened; keep it where Python finds it"
        return
    if body.activation == "selu":
        yield from _of_selu(body)
    if body.batch_normalisation == "before" and (body.l1 or body.l2 or body.max_norm):
        yield (
            "l1, l2 and max_norm do not bound what a layer can say where a normalisation follows its weights; "
            "they only change how fast it learns"
        )
    if body.activation == "linear":
        yield "layers with activation linear are together no more than one linear layer"
    if body.activation in _FADING and len(body.units) > 3 and not isinstance(body, ResidualBody):
        yield f"gradients fade through {len(body.units)} layers of {body.activation}; relu or selu keep them"
    if body.dropout > 0.5:
        yield f"dropout {body.dropout:g} is high; 0.1 to 0.5 is usual"
    if isinstance(body, ResidualBody):
        yield from _of_residual(body)


def _of_selu(body: HiddenLayers) -> Iterator[str]:
    dropout = ", and AlphaDropout as its dropout" if body.dropout else ""
    yield f"selu brings LeCun-normal first weights along{dropout}"
    if body.batch_normalisation != "none":
        yield "selu normalises by itself; with batch normalisation relu does as well"


def _of_residual(body: ResidualBody) -> Iterator[str]:
    if len(body.units) == 1:
        yield "one layer has no shortcut around it; it is that of a dense body"
    elif len(set(body.units)) > 1:
        yield "where the units of residual layers differ, a layer of weights takes the place of the shortcut"
