"""Layers that do not go together: SELU, dropout and normalisation."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["DROPOUT_PLACEMENT", "SELU", "drops_outputs"]

_LECUN = {"LecunNormal", "LecunUniform"}
_GAIN = 2.0  # away from 1, that of LeCun
_STRONG = 0.5
_DROPOUTS = {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"}


def _selu(case: Case) -> Iterator[Finding]:
    selu = [layer for layer in case.architecture.layers if layer.activation == "selu" and layer.initializer]
    wrong = [layer.name for layer in selu if layer.initializer not in _LECUN]
    dropouts = [layer.name for layer in case.architecture.layers if layer.kind in _DROPOUTS and layer.rate > 0]
    if not selu or not (wrong or dropouts):
        return
    parts = [f"{', '.join(wrong)} have selu and no LeCun initialiser"] if wrong else []
    parts += [f"{', '.join(dropouts)} are no AlphaDropout"] if dropouts else []
    measured = [case.vitals[0].layer(name) for name in wrong] if case.vitals else []
    gains = [layer.kernel for layer in measured if layer is not None]
    far = any(gain > _GAIN or gain < 1 / _GAIN for gain in gains) or bool(dropouts)
    yield Finding(
        "selu",
        "WARN" if falls_short(case) or (far and falls_short(case) is None) else "NOTE",
        f"{' and '.join(parts)}.".capitalize(),
        where=tuple(wrong or dropouts),
        threshold=SELU.threshold,
        cause="SELU is used without what it needs.",
        remedy='Use kernel_initializer="lecun_normal" and keras.layers.AlphaDropout with selu.',
        see="docs/doctor.md",
        confidence=0.9,
    )


def drops_outputs(case: Case) -> list[str]:
    """Return the names of the layers that drop outputs of the network itself."""
    kinds = [layer.kind for layer in case.architecture.layers]
    last = len(kinds) - 1 - kinds[::-1].index("Dense") if "Dense" in kinds else len(kinds)
    behind = case.architecture.layers[last + 1 :] if case.architecture.connected else ()
    return [layer.name for layer in behind if layer.kind in _DROPOUTS and layer.rate > 0]


def _dropout(case: Case) -> Iterator[Finding]:
    layers, on_output = case.architecture.layers, drops_outputs(case)
    for index, layer in enumerate(layers):
        if layer.kind not in _DROPOUTS or layer.rate == 0 or not case.architecture.connected:
            continue
        if layer.name in on_output:
            yield Finding(
                "dropout placement",
                "WARN",
                f"{layer.name} drops outputs of the network itself.",
                where=(layer.name,),
                threshold=DROPOUT_PLACEMENT.threshold,
                cause="Dropout is on the output.",
                remedy=f"Leave out {layer.name}, or put it before the last layer with weights.",
                see="docs/doctor.md",
                confidence=0.9,
            )
        elif layers[index + 1 : index + 2] and layers[index + 1].kind == "BatchNormalization":
            yield Finding(
                "dropout placement",
                "WARN" if layer.rate > _STRONG or falls_short(case) else "NOTE",
                f"{layer.name} comes right before {layers[index + 1].name}, whose statistics it changes.",
                where=(layer.name,),
                threshold=DROPOUT_PLACEMENT.threshold,
                cause="Dropout comes before batch normalisation.",
                remedy="Put dropout after the last batch normalisation (Li et al., CVPR 2019).",
                see="docs/doctor.md",
                confidence=0.6,
            )


SELU = Symptom(
    name="selu",
    needs=(),
    threshold="selu goes with a LeCun initialiser and AlphaDropout (Klambauer et al., 2017).",
    silent="Without selu.",
    examine=_selu,
    explains=(
        "underfitting",
        "too few epochs",
        "regularisation too strong",
        "learning rate too high",
        "initial weights",
    ),
    stays="NOTE",
)
DROPOUT_PLACEMENT = Symptom(
    name="dropout placement",
    needs=(),
    threshold="Dropout is neither on the output nor right before batch normalisation.",
    silent="Models whose connections are not known.",
    examine=_dropout,
    explains=("underfitting", "too few epochs", "regularisation too strong", "label noise", "learning rate too high"),
    stays="NOTE",
)
