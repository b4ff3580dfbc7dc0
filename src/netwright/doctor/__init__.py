"""A doctor for trainings: says what is wrong, why, and what to do, for any Keras model.

    from netwright.doctor import DoctorCallback, examine_model

    for finding in examine_model(model, x, y):
        print(finding.sentence)
    doctor = DoctorCallback()
    model.fit(x, y, epochs=20, callbacks=[doctor])
    for finding in doctor.findings:
        print(finding.severity, finding.sentence)

It needs Keras and NumPy, under JAX, TensorFlow or PyTorch, and imports Keras when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.doctor.callback import DoctorCallback
    from netwright.doctor.examination import examine_model

__all__ = ["DoctorCallback", "examine_model"]

_HOMES = {"DoctorCallback": "callback", "examine_model": "examination"}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name in _HOMES:
        return getattr(importlib.import_module(f"netwright.doctor.{_HOMES[name]}"), name)
    msg = f"module 'netwright.doctor' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
