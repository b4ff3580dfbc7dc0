"""What the doctor knows of a training: plain facts and NumPy summaries, which every symptom uses.

Nothing here knows Keras: `quantities` fills these in from a model, and tests fill them in by hand.
"""

from netwright.doctor.case.architecture import Architecture, Layer
from netwright.doctor.case.case import Case
from netwright.doctor.case.history import History
from netwright.doctor.case.plan import Objective, Plan
from netwright.doctor.case.rows import Array, Rows
from netwright.doctor.case.skill import MemberLoss, Skill
from netwright.doctor.case.vitals import LayerVitals, Vitals

__all__ = [
    "Architecture",
    "Array",
    "Case",
    "History",
    "Layer",
    "LayerVitals",
    "MemberLoss",
    "Objective",
    "Plan",
    "Rows",
    "Skill",
    "Vitals",
]
