"""Published rules of other tools, re-implemented simply, so that they judge the same trainings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from faultbench.rivals.autotrainer import auto_trainer
from faultbench.rivals.debugger import debugger
from faultbench.rivals.deepdiagnosis import deep_diagnosis
from faultbench.rivals.deeplocalize import deep_localize
from faultbench.rivals.look import Watcher
from faultbench.rivals.umlaut import umlaut
from faultbench.rivals.verdict import Rival, Said

__all__ = ["RIVALS", "Said", "Watcher"]

RIVALS: Final[Mapping[str, Rival]] = MappingProxyType(
    {
        "UMLAUT": umlaut,
        "DeepLocalize": deep_localize,
        "DeepDiagnosis": deep_diagnosis,
        "AutoTrainer": auto_trainer,
        "SageMaker Debugger": debugger,
    }
)
