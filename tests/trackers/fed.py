"""A training of two epochs as a tracker is told of it, without any training."""

from __future__ import annotations

import struct
import zlib

from netwright.doctor import LayerVitals, VitalsRecord
from netwright.finding import Finding
from netwright.lab import Run
from netwright.trackers import Tracking
from netwright.training import EndRecord

WIDTH, HEIGHT = 3, 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress((b"\0" + b"\xff\0\0" * WIDTH) * HEIGHT)),
        _chunk(b"IEND", b""),
    )
)
"""A red picture."""


LAYER = LayerVitals(
    "hidden", gradient=0.1, weight=2.0, quantiles=(-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0),
    gradient_quantiles=(-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3),
)  # fmt: skip


def feed(run: Run) -> list[Finding]:
    """Tell the trackers of a run; return the warnings."""
    from tests.trackers.test_tracking import epoch, start

    (run.path / "figures").mkdir(exist_ok=True)
    (run.path / "figures" / "loss.png").write_bytes(PNG)
    warned: list[Finding] = []
    tracking = Tracking(run, warned.append)
    tracking.on_start(start())
    tracking.on_vitals(VitalsRecord(0, 1, 5, (LAYER,)))
    for number in (1, 2):
        tracking.on_epoch(epoch(number))
    tracking.on_end(EndRecord(()))
    tracking.finish()
    return warned
