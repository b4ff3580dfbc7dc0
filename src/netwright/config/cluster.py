"""The `cluster` section: what a batch system is asked for, for each worker."""

from __future__ import annotations

from pydantic import Field

from netwright.section import Number, Section, Texts, Whole

__all__ = ["ClusterSection"]


class ClusterSection(Section):
    """Resources of each worker, for `--cluster slurm` and `--cluster htcondor`."""

    cores: Whole = Field(1, ge=1, description="Cores per worker.")
    memory: str = Field("4GB", pattern=r"^[0-9.]+ ?[kMGT]i?B$", description="Memory per worker, such as 4GB.")
    disk: str = Field("2GB", pattern=r"^[0-9.]+ ?[kMGT]i?B$", description="Disk space per worker, for HTCondor.")
    walltime: str = Field(
        "02:00:00", pattern=r"^\d+:\d\d:\d\d$", description="Wall time per worker, HH:MM:SS, for Slurm."
    )
    partition: str | None = Field(None, description="Partition, for Slurm.")
    account: str | None = Field(None, description="Account to charge, for Slurm.")
    prologue: Texts = Field(
        [], description="Shell lines to run before a worker starts, for example to load an environment."
    )
    directives: Texts = Field([], description="More options for the batch system: --gres=gpu:1, or NAME = VALUE.")
    wait: Number = Field(120.0, gt=0, description="How long to wait for the first worker, in seconds.")
