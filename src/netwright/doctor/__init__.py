"""A doctor for trainings: says what is wrong, why, and what to do, for any Keras model and for our engine.

    from netwright.doctor import DoctorCallback, examine_model

    for finding in examine_model(model, x, y):
        print(finding.sentence)
    doctor = DoctorCallback()
    model.fit(x, y, epochs=20, callbacks=[doctor])
    for finding in doctor.findings:
        print(finding.severity, finding.sentence)

These need Keras and NumPy, under JAX, TensorFlow or PyTorch, and import Keras when they are first used. `Doctor` is an
observer of the trainings of `netwright.train`, and needs JAX.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.doctor.callback import DoctorCallback
    from netwright.doctor.case import LayerVitals
    from netwright.doctor.examination import examine_model
    from netwright.doctor.observer import Doctor
    from netwright.doctor.prescription import Change, Prescription, in_keys, prescribe
    from netwright.doctor.separation_record import SeparationRecord
    from netwright.doctor.verdict import VERDICT, likeliest
    from netwright.doctor.vitals_record import VitalsRecord

__all__ = [
    "VERDICT",
    "Change",
    "Doctor",
    "DoctorCallback",
    "LayerVitals",
    "Prescription",
    "SeparationRecord",
    "VitalsRecord",
    "examine_model",
    "in_keys",
    "likeliest",
    "prescribe",
]

_HOMES = {
    "VERDICT": "verdict",
    "Change": "prescription",
    "Doctor": "observer",
    "DoctorCallback": "callback",
    "LayerVitals": "case",
    "Prescription": "prescription",
    "SeparationRecord": "separation_record",
    "VitalsRecord": "vitals_record",
    "examine_model": "examination",
    "in_keys": "prescription",
    "likeliest": "verdict",
    "prescribe": "prescription",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name in _HOMES:
        return getattr(importlib.import_module(f"netwright.doctor.{_HOMES[name]}"), name)
    msg = f"module 'netwright.doctor' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
