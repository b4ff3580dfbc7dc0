"""Draw how often the doctor is right, by the confidence that it states: docs/doctor/calibration.png.

python docs/doctor_calibration.py  # from the table in benchmarks/faultbench/RESULTS.md
"""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.style
from matplotlib.figure import Figure

from netwright.plots._style import COLOURS, GREY, STYLE

HERE = Path(__file__).parent
RESULTS = HERE.parent / "benchmarks" / "faultbench" / "RESULTS.md"
ROW = re.compile(
    r"\| [\d.]+ to [\d.]+ \| (?P<alarms>\d+) \| (?P<stated>[\d.]+) \| (?P<right>[\d.]+) "
    r"\[(?P<low>[\d.]+), (?P<high>[\d.]+)\]"
)


def main() -> None:
    """Write the figure."""
    rows = [
        {key: float(value) for key, value in result.groupdict().items()} for result in ROW.finditer(RESULTS.read_text())
    ]
    with matplotlib.style.context(STYLE, after_reset=True):
        sheet = Figure(figsize=(5.2, 4.4), layout="constrained")
        axes = sheet.subplots()
        axes.plot([0, 1], [0, 1], color=GREY, ls="--", label="as stated")
        stated, right = ([row[key] for row in rows] for key in ("stated", "right"))
        below, above = [r["right"] - r["low"] for r in rows], [r["high"] - r["right"] for r in rows]
        axes.errorbar(stated, right, (below, above), fmt="o", color=COLOURS[1], capsize=3, label="first alarms")
        for row in rows:
            axes.annotate(
                f"{row['alarms']:.0f}",
                (row["stated"], row["low"]),
                (0, -12),
                textcoords="offset points",
                ha="center",
                fontsize=8,
            )
        axes.set_xlim(0.3, 1.02)
        axes.set_ylim(-0.05, 1.05)
        axes.set_xlabel("confidence that the doctor states")
        axes.set_ylabel("share of alarms with the right cause")
        axes.legend(loc="lower right")
        sheet.savefig(HERE / "doctor" / "calibration.png", dpi=60, metadata={"Software": "netwright"})


if __name__ == "__main__":
    main()
