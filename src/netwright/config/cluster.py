"""The `cluster` section: what a batch system is asked for, for each worker."""

from __future__ import annotations

from pydantic import Field

from netwright.section import Number, Section, Texts, Whole

__all__ = ["ClusterSection"]


class ClusterSection(Section):
    """What `--cluster slurm` and `--cluster htcondor` ask the batch system for, for each worker."""

    cores: Whole = Field(1, ge=1, description="Cores of a worker.")
    memory: str = Field("4GB", pattern=r"^[0-9.]+ ?[kMGT]i?B$", description="Memory of a worker, such as 4GB.")
    disk: str = Field("2GB", pattern=r"^[0-9.]+ ?[kMGT]i?B$", description="Disk of a worker, for HTCondor.")
    walltime: str = Field("02:00:00", pattern=r"^\d+:\d\d:\d\d$", description="Time of a worker, HH:MM:SS, for Slurm.")
    partition: str | None = Field(None, description="Partition, for Slurm.")
    account: str | None = Field(None, description="Account that pays, for Slurm.")
    prologue: Texts = Field([], description="Lines before a worker starts, such as those that load an environment.")
    directives: Texts = Field([], description="More options for the batch system: --gres=gpu:1, or NAME = VALUE.")
    wait: Number = Field(120.0, gt=0, description="How long to wait for the first worker, in s.")
