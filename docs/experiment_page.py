"""Writes docs/experiment.md from the typed configuration: python docs/experiment_page.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from netwright import config
from netwright.config import commented_experiment, parse_experiment
from netwright.tasks import ProtectedSection
from netwright.workflow._demo import top_tagging

PAGE = Path(__file__).with_name("experiment.md")

SECTIONS = {
    "data": [config.DataSection],
    "data.samples.NAME": [config.SampleSection],
    "data.samples.NAME.sum_of_weights": [config.SumOfWeightsSection],
    "data.variations.NAME": [config.VariationSection],
    "data.csv": [config.CsvSection],
    "data.friends": [config.FriendSection],
    "data.generate": [config.GenerateSection],
    "inputs": list(get_args(get_args(config.InputGroup)[0])),
    "inputs.NAME.lorentz_boost": [config.LorentzBoostSection],
    "targets": list(get_args(get_args(config.Target)[0])),
    "targets.NAME.protected": [ProtectedSection],
    "split": list(get_args(get_args(config.SplitSection)[0])),
    "model": [config.ModelSection],
    "model.body": list(config.BODY_SECTIONS.built_in),
    "ensemble": [config.EnsembleSection],
    "training": [config.TrainingSection],
    "training.optimizer": list(get_args(get_args(config.Optimizer)[0])),
    "training.schedule": list(get_args(get_args(config.Schedule)[0])),
    "training.early_stopping": [config.EarlyStoppingSection],
    "result": [config.ResultSection],
    "result.processes.NAME": [config.ProcessSection],
    "search": [config.SearchSection],
    "search.parameters.PATH": [config.ParameterSection],
    "search.pruning": [config.PruningSection],
    "cluster": [config.ClusterSection],
}


def page() -> str:
    """Return the page."""
    lines = [
        "# Keys of an experiment file",
        "",
        "<!-- Written by docs/experiment_page.py from the typed configuration; do not edit. -->",
        "",
        "Keys without a default are required. Unknown keys are errors, with a suggestion, and all mistakes are",
        "reported at once. `netwright check FILE --defaults` shows a file with every default written out.",
    ]
    for name, sections in SECTIONS.items():
        lines += ["", f"## {name}"]
        for section in sections:
            lines += ["", *table(name, section)]
    example = commented_experiment(parse_experiment(top_tagging("jets/*.npz")))
    example = re.sub(r"files: \[.*?\] +#", "files: [jets/*.npz]  #", example)
    lines += ["", "## An example", "", "The experiment of `netwright demo`:"]
    return "\n".join([*lines, "", "```yaml", example.rstrip(), "```", ""])


def table(name: str, section: type[Any]) -> list[str]:
    """Describe one section: its keys, defaults and meanings."""
    kind = section.model_fields.get("kind")
    title = f"### kind: {get_args(kind.annotation)[0]}\n\n" if kind else ""
    lines = [f"{title}{' '.join((section.__doc__ or '').split())}", "", "| key | default | meaning |", "|---|---|---|"]
    for key, field in section.model_fields.items():
        if key == "kind":
            continue
        meaning = (field.description or f"see {name}.{key}").replace("|", "\\|")
        lines.append(f"| `{key}` | {shown(field)} | {meaning} |")
    return lines


def shown(field: Any) -> str:  # noqa: ANN401
    """Write a default."""
    if field.is_required():
        return ""
    default = field.default_factory() if field.default is PydanticUndefined else field.default
    return "see below" if isinstance(default, BaseModel) else f"`{default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
