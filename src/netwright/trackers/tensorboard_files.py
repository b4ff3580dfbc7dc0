"""Event files of TensorBoard, by its own protocol buffers and record writer: no TensorFlow is needed."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.trackers.tracker import Histogram, Parameter, Scalars

__all__ = ["TensorBoardTracker"]

_VERSION = "brain.Event:2"  # what TensorBoard wants in the first record


class TensorBoardTracker:
    """Writes ``tensorboard/events.out.tfevents.*`` in the run: ``tensorboard --logdir runs`` finds them.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Path) -> None:
        self._folder = run / "tensorboard"
        self._path = self._folder

    def begin(self, name: str, parameters: Mapping[str, Parameter]) -> None:
        """Begin the file, with the hyper-parameters."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb

        self._folder.mkdir(exist_ok=True)
        now = time.time()
        self._path = self._folder / f"events.out.tfevents.{now:.6f}.{socket.gethostname()}.{os.getpid()}"
        summary = hparams_pb(dict(parameters), trial_id=name, start_time_secs=now)
        self._write([Event(wall_time=now, file_version=_VERSION), Event(wall_time=now, summary=summary)])

    def scalars(self, records: Sequence[Scalars]) -> None:
        """Write numbers as curves."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        events = []
        for record in records:
            values = [Summary.Value(tag=name, simple_value=value) for name, value in record.values.items()]
            events.append(Event(wall_time=record.time, step=record.step, summary=Summary(value=values)))
        self._write(events)

    def histograms(self, records: Sequence[Histogram]) -> None:
        """Write distributions."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

        events = []
        for record in records:
            centres = [(low + high) / 2 for low, high in zip(record.edges, record.edges[1:], strict=False)]
            proto = HistogramProto(
                min=record.edges[0],
                max=record.edges[-1],
                num=sum(record.counts),
                sum=sum(count * centre for count, centre in zip(record.counts, centres, strict=True)),
                sum_squares=sum(count * centre**2 for count, centre in zip(record.counts, centres, strict=True)),
                bucket_limit=record.edges,
                bucket=[0.0, *record.counts],
            )
            summary = Summary(value=[Summary.Value(tag=record.name, histo=proto)])
            events.append(Event(wall_time=time.time(), step=record.step, summary=summary))
        self._write(events)

    def figure(self, name: str, path: Path) -> None:
        """Write a figure as an image."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        content = path.read_bytes()
        width, height = struct.unpack(">II", content[16:24])  # of the header of every PNG file
        image = Summary.Image(width=width, height=height, colorspace=4, encoded_image_string=content)
        self._write([Event(wall_time=time.time(), summary=Summary(value=[Summary.Value(tag=name, image=image)]))])

    def end(self) -> None:
        """Say that the run has ended."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams.api_pb2 import STATUS_SUCCESS
        from tensorboard.plugins.hparams.metadata import SESSION_END_INFO_TAG, create_summary_metadata
        from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo

        now = time.time()
        session_end = HParamsPluginData(session_end_info=SessionEndInfo(status=STATUS_SUCCESS, end_time_secs=now))
        value = Summary.Value(tag=SESSION_END_INFO_TAG, metadata=create_summary_metadata(session_end))
        self._write([Event(wall_time=now, summary=Summary(value=[value]))])

    def _write(self, events: Iterable[Any]) -> None:
        """Append events; the file is open only so long, so that whatever goes wrong leaves nothing open."""
        from tensorboard.summary.writer.record_writer import RecordWriter

        with self._path.open("ab") as file:
            writer = RecordWriter(file)
            for event in events:
                writer.write(event.SerializeToString())
