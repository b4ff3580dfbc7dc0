"""Every symptom has its page, which says what the code does."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from netwright.doctor.case import Case
from netwright.doctor.diagnosis import diagnose
from netwright.doctor.registry import SYMPTOMS
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("doctor_pages", DOCS / "doctor_pages.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks there
    spec.loader.exec_module(module)
    return module


def test_every_symptom_has_a_page_and_no_page_is_left_over(maker):
    assert set(maker.pages()) == {symptom.name for symptom in SYMPTOMS}
    assert {path.stem for path in (DOCS / "doctor").glob("*.md")} == {
        maker.name_of(symptom.name) for symptom in SYMPTOMS
    }


def test_pages_are_those_that_the_script_makes(maker):
    recorded = json.loads(maker.SAID.read_text())
    for symptom, page in maker.pages().items():
        text = (DOCS / "doctor" / f"{maker.name_of(symptom)}.md").read_text()
        assert text == maker.text_of(symptom, page, recorded), f"python docs/doctor_pages.py writes {symptom} again"
        assert symptom in recorded, f"python docs/doctor_pages.py {maker.name_of(symptom)} trains for its figure"
        assert (DOCS / "doctor" / f"{maker.name_of(symptom)}.png").is_file()


def test_a_finding_names_the_page_of_its_symptom():
    one = Symptom("dead units", (), "Few.", "Never.", lambda _: iter([Finding("dead units", "WARN", "Dead.")]))
    (finding,) = diagnose(Case(), [one])
    assert finding.see == "docs/doctor/dead-units.md"
