"""What the doctor knows of a training: plain facts and NumPy summaries, which every symptom uses.

Nothing here knows Keras: `quantities` fills these in from a model, and tests fill them in by hand.
"""

from netwright.doctor.case.anatomy import Anatomy, Layer
from netwright.doctor.case.case import Case
from netwright.doctor.case.course import Course
from netwright.doctor.case.plan import Objective, Plan
from netwright.doctor.case.rows import Array, Rows
from netwright.doctor.case.skill import MemberLoss, Skill
from netwright.doctor.case.vitals import LayerVitals, Vitals

__all__ = [
    "Anatomy",
    "Array",
    "Case",
    "Course",
    "Layer",
    "LayerVitals",
    "MemberLoss",
    "Objective",
    "Plan",
    "Rows",
    "Skill",
    "Vitals",
]
