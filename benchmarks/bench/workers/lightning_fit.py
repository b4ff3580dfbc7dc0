"""PyTorch Lightning: its Trainer with the usual DataLoader, without logger, checkpoints and progress bar."""

from __future__ import annotations

import time
from typing import Any

import lightning
import torch
from torch.utils.data import DataLoader, TensorDataset

from bench.problems import DeepSets, Dense, Floats
from bench.workers import devices
from bench.workers.torch_network import dense
from bench.workers.training import Train, serve_training


class Classifier(lightning.LightningModule):
    """The network with its loss and its optimizer."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network
        self.loss = torch.nn.BCEWithLogitsLoss()

    def training_step(self, batch: list[torch.Tensor], number: int) -> torch.Tensor:
        """Return the loss of a batch."""
        del number
        x, y = batch
        loss: torch.Tensor = self.loss(self.network(x), y)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimizer."""
        return torch.optim.Adam(self.parameters())


class Clock(lightning.Callback):
    """Notes when epochs begin and end, so that what the Trainer does before and after is not counted."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.seconds = 0.0

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401, ARG002
        """Note the first beginning."""
        self.began = time.perf_counter() if self.began is None else self.began

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401, ARG002
        """Note the last end."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        assert self.began is not None
        self.seconds = time.perf_counter() - self.began


def fresh(case: Dense | DeepSets, x: Floats, y: Floats) -> Train:
    """Make a network; each call has a Trainer of its own."""
    assert isinstance(case, Dense)
    classifier = Classifier(dense(case))
    loader = DataLoader(
        TensorDataset(torch.from_numpy(x), torch.from_numpy(y)),
        batch_size=case.batch,
        shuffle=True,
        pin_memory=torch.cuda.is_available(),
    )

    def train(epochs: int) -> float:
        clock = Clock()
        trainer = lightning.Trainer(
            max_epochs=epochs,
            accelerator="gpu" if torch.cuda.is_available() else "cpu",
            devices=1,
            callbacks=[clock],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(classifier, loader)
        return clock.seconds

    return train


if __name__ == "__main__":
    serve_training(fresh, ["lightning", "torch"], devices.of_torch)
